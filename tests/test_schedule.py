"""Schedules as operators write them, their slots, and the decisions about slots. `test_every_zone` does the zones."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ScheduleError
from digest.schedule import Due, check_timezone, due, latest_slot, next_slot, parse, settle
from digest.settings import Schedule

ISTANBUL = "Europe/Istanbul"
BERLIN = "Europe/Berlin"
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
INSTANTS = st.datetimes(datetime(2019, 1, 1), datetime(2041, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
CRONS = st.sampled_from(
    [
        "0 7 1 * *",
        "*/7 * * * *",
        "30 2 * * *",
        "0,30 1-3 * * *",
        "15 */2 * * 5",
        "30 0 * * 1-5",
        "0 0 L * *",
        "5 * 29 * *",
    ]
)


def at(text: str) -> datetime:
    """An instant from its ISO form; UTC where it names no offset."""
    instant = datetime.fromisoformat(text)
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def some(slot: datetime | None) -> datetime:
    assert slot is not None, "there is a slot"
    return slot


# --- what the operator writes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, days, time",
    [
        ("daily 07:30", "0123456", (7, 30)),
        ("daily 7:30", "0123456", (7, 30)),
        ("  Daily   00:00 ", "0123456", (0, 0)),
        ("weekdays 23:59", "01234", (23, 59)),
        ("weekends 09:00", "56", (9, 0)),
        ("mon,thu 18:00", "03", (18, 0)),
        ("Monday, THURS 18:00", "03", (18, 0)),
        ("mon-fri 07:30", "01234", (7, 30)),
        ("sun - thu 07:30", "60123", (7, 30)),
        ("sat-mon,wednesday 07:30", "5602", (7, 30)),
        ("fri-fri 07:30", "4", (7, 30)),
    ],
)
def test_days_and_times_are_read_in_several_spellings(text: str, days: str, time: tuple[int, int]) -> None:
    schedule = parse(text)
    assert schedule == Schedule(
        text=text, kind="daily", hour=time[0], minute=time[1], days=frozenset(int(day) for day in days)
    )


def test_instant_hourly_and_cron_are_read() -> None:
    assert parse("instant") == Schedule(text="instant", kind="instant")
    assert parse(" Hourly ") == Schedule(text=" Hourly ", kind="hourly")
    assert parse("cron: 0 7 1  * MON") == Schedule(text="cron: 0 7 1  * MON", kind="cron", cron="0 7 1 * mon")


@pytest.mark.parametrize(
    "text, wrong, hint",
    [
        ("dayly 07:30", "'dayly'", '"daily"'),
        ("hourli", "'hourli'", '"hourly"'),
        ("mon,thorsday 07:30", "'thorsday'", '"thursday"'),
        ("mon thu 18:00", "'mon thu'", '"mon,thu"'),
        ("daily at 18:00", "'daily at'", '"daily"'),
        ("mon,,tue 07:30", "''", ""),
        ("weekdays-sun 07:30", '"weekdays"', ""),
        ("daily", "no time", "daily 07:30"),
        ("07:30", "names no days", "daily 07:30"),
        ("", "names no days", "daily 07:30"),
        ("0 7 * * 1", "names no days", "cron: 0 7 * * 1"),
        ("daily 24:00", "'24:00'", '"00:00"'),
        ("daily 7.30", "'7.30'", '"07:30"'),
        ("daily 0730", "'0730'", '"07:30"'),
        ("daily 07:60", "'07:60'", ""),
        ("daily 7", "'7'", '"07:00"'),
        ("daily 7h30", "'7h30'", '"07:30"'),
        ("daily 6:30 pm", "'6:30 pm'", '"18:30"'),
        ("daily 12am", "'12am'", '"00:00"'),
        ("daily 07:30, 18:00", "'07:30, 18:00'", '"cron: 0 7,18 * * *"'),
        ("daily \u0660\u0667:\u0663\u0660", "\u0660\u0667", ""),
        ("hourly 07:30", '"hourly"', '"hourly"'),
        ("cron 0 7 * * *", "'cron'", '"cron:"'),
        ("cron: 0 0 7 * * *", "6 fields", "seconds"),
        ("cron: 0 7 * *", "4 fields", ""),
        ("cron: @daily", "1 field", "daily 00:00"),
        ("cron: 0 25 * * *", "hour", ""),
        ("cron: 0 7 * * fry", "day-of-week", ""),
        ("cron: 0 7 30 2 *", "day-of-month", ""),
        ("cron: 0 0 */29 * mon#2", "never comes", ""),
        ("daily 07:30" + " " * 300, "311 characters", ""),
    ],
)
def test_a_mistake_is_named_with_what_was_expected_and_the_nearest_word(text: str, wrong: str, hint: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    assert wrong in caught.value.message
    assert caught.value.expected
    assert hint in caught.value.hint


@given(st.text(max_size=60) | st.text("0123456789*/,-#:LW @monfridailycron", max_size=60).map("cron: ".__add__))
def test_whatever_is_written_gives_a_schedule_or_a_schedule_error(text: str) -> None:
    with suppress(ScheduleError):
        schedule = parse(text)
        assert next_slot(schedule, "UTC", at("2026-11-22")) or schedule.kind == "instant"


@pytest.mark.parametrize("name", ["Europe/Istanbul", "UTC", "Asia/Kathmandu", "US/Eastern", "Etc/GMT+3"])
def test_iana_names_are_accepted(name: str) -> None:
    check_timezone(name)


@pytest.mark.parametrize(
    "name, near",
    [
        ("Europe/Instanbul", "Europe/Istanbul"),
        ("europe/berlin ", "Europe/Berlin"),
        ("istanbul", "Europe/Istanbul"),
        ("New York", "America/New_York"),
        ("America/Nuk", "America/Nuuk"),
        ("right/Europe/Paris", "Europe/Paris"),
        ("posix/Europe/Paris", "Europe/Paris"),
        ("PST", ""),
        ("MST", "America/Denver or America/Phoenix"),
        ("UTC+3", ""),
        ("localtime", ""),
        ("Factory", ""),
        ("Europe", ""),
        ("../../etc/localtime", ""),
        ("/etc/localtime", ""),
        ("zone.tab", ""),
        ("\0", ""),
        ("\ud800", ""),
        ("x" * 5000, ""),
        ("", ""),
    ],
)
def test_other_names_are_refused_with_the_nearest_zones(name: str, near: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        check_timezone(name)
    assert near in caught.value.hint
    assert len(str(caught.value)) < 300


def test_a_slot_in_an_unknown_zone_is_a_schedule_error() -> None:
    with pytest.raises(ScheduleError, match="Mars"):
        next_slot(parse("daily 07:30"), "Mars/Olympus", at("2026-11-22"))


# --- slots ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, after, slot",
    [
        ("daily 07:30", "2026-11-22T07:29+03:00", "2026-11-22T07:30+03:00"),
        ("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-23T07:30+03:00"),
        ("weekdays 07:30", "2026-11-20T08:00+03:00", "2026-11-23T07:30+03:00"),
        ("sun 07:30", "2026-11-22T07:30+03:00", "2026-11-29T07:30+03:00"),
        ("hourly", "2026-11-22T07:30+03:00", "2026-11-22T08:00+03:00"),
        ("hourly", "2026-11-22T08:00+03:00", "2026-11-22T09:00+03:00"),
        ("cron: 0 7 1 * *", "2026-11-22T07:30+03:00", "2026-12-01T07:00+03:00"),
        ("cron: 0 7 * * 0", "2026-11-21T07:30+03:00", "2026-11-22T07:00+03:00"),
        ("cron: 0 7 * * 7", "2026-11-21T07:30+03:00", "2026-11-22T07:00+03:00"),
        ("cron: 0 7 L * *", "2026-11-22T07:30+03:00", "2026-11-30T07:00+03:00"),
    ],
)
def test_the_next_slot_is_the_first_strictly_after(text: str, after: str, slot: str) -> None:
    schedule = parse(text)
    assert next_slot(schedule, ISTANBUL, at(after)) == at(slot)
    assert next_slot(schedule, ISTANBUL, at(slot) - timedelta(microseconds=1)) == at(slot)
    assert latest_slot(schedule, ISTANBUL, at(slot)) == at(slot)
    assert some(latest_slot(schedule, ISTANBUL, at(slot) - timedelta(microseconds=1))) <= at(after)


def test_instant_has_no_slots() -> None:
    assert next_slot(parse("instant"), ISTANBUL, at("2026-11-22")) is None
    assert latest_slot(parse("instant"), ISTANBUL, at("2026-11-22")) is None


def test_slots_are_utc_whatever_zone_the_instant_is_given_in() -> None:
    slot = some(next_slot(parse("hourly"), BERLIN, datetime.fromisoformat("2026-11-22T07:45+05:30")))
    assert (slot, slot.tzinfo) == (at("2026-11-22T03:00"), UTC)


def test_an_hourly_digest_comes_at_the_full_hours_of_utc_also_where_local_time_is_half_an_hour_off() -> None:
    assert next_slot(parse("hourly"), "Asia/Kolkata", at("2026-11-22T12:10+05:30")) == at("2026-11-22T12:30+05:30")


@pytest.mark.parametrize("text", ["daily 02:30", "cron: 30 2 * * *"])
def test_a_skipped_time_is_taken_at_the_first_instant_after_the_gap(text: str) -> None:
    assert next_slot(parse(text), BERLIN, at("2026-03-28T12:00")) == at("2026-03-29T03:00+02:00")


@pytest.mark.parametrize("text", ["daily 02:30", "cron: 30 2 * * *"])
def test_a_repeated_time_is_taken_once_and_the_first_time(text: str) -> None:
    first = at("2026-10-25T02:30+02:00")
    tomorrow = at("2026-10-26T02:30+01:00")
    assert next_slot(parse(text), BERLIN, at("2026-10-24T12:00")) == first
    assert next_slot(parse(text), BERLIN, first) == tomorrow
    assert next_slot(parse(text), BERLIN, at("2026-10-25T02:10+01:00")) == tomorrow, "seen from the second pass"
    assert latest_slot(parse(text), BERLIN, at("2026-10-25T02:10+01:00")) == first


def test_a_gap_up_to_midnight_leaves_the_slot_to_its_own_day() -> None:
    # Nuuk, Saturday 28 March 2026: the clock goes from 23:00 to 00:00 of Sunday.
    saturday = at("2026-03-29T00:00-01:00")
    assert next_slot(parse("sat 23:30"), "America/Nuuk", at("2026-03-28T12:00")) == saturday
    assert next_slot(parse("daily 23:30"), "America/Nuuk", saturday) == at("2026-03-29T23:30-01:00")
    assert latest_slot(parse("daily 23:30"), "America/Nuuk", at("2026-03-29T22:00-01:00")) == saturday


def test_a_day_that_does_not_exist_has_no_slot() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    thursday, saturday = at("2011-12-29T07:30-10:00"), at("2011-12-31T07:30+14:00")
    assert next_slot(parse("daily 07:30"), "Pacific/Apia", thursday) == saturday
    assert latest_slot(parse("daily 07:30"), "Pacific/Apia", saturday - timedelta(seconds=1)) == thursday
    before, after = at("2011-12-23T07:30-10:00"), at("2012-01-06T07:30+14:00")
    assert next_slot(parse("fri 07:30"), "Pacific/Apia", before) == after
    assert latest_slot(parse("fri 07:30"), "Pacific/Apia", after - timedelta(seconds=1)) == before


def test_a_cron_expression_with_a_starred_hour_goes_by_elapsed_time() -> None:
    half_hours = parse("cron: 0,30 * * * *")
    slot, spring, autumn = at("2026-03-29T01:30+01:00"), [], []
    for _ in range(2):
        slot = some(next_slot(half_hours, BERLIN, slot))
        spring.append(slot)
    assert spring == [at("2026-03-29T03:00+02:00"), at("2026-03-29T03:30+02:00")]
    slot = at("2026-10-25T02:00+02:00")
    for _ in range(3):
        slot = some(next_slot(half_hours, BERLIN, slot))
        autumn.append(slot)
    assert autumn == [at("2026-10-25T02:30+02:00"), at("2026-10-25T02:00+01:00"), at("2026-10-25T02:30+01:00")]


def test_the_latest_slot_of_a_rare_cron_expression_is_looked_for_over_four_hundred_days() -> None:
    leap_day = parse("cron: 0 7 29 2 *")
    assert latest_slot(leap_day, "UTC", at("2025-03-01")) == at("2024-02-29T07:00")
    assert latest_slot(leap_day, "UTC", at("2026-03-01")) is None


@given(CRONS.map("cron: ".__add__) | st.just("hourly"), st.sampled_from(ZONES), INSTANTS)
def test_next_and_latest_slot_agree(text: str, zone: str, instant: datetime) -> None:
    schedule = parse(text)
    slot = some(next_slot(schedule, zone, instant))
    assert slot > instant
    assert latest_slot(schedule, zone, slot) == slot
    before = latest_slot(schedule, zone, instant)
    if before is not None:
        assert before <= instant
        assert latest_slot(schedule, zone, slot - timedelta(microseconds=1)) == before, "nothing lies between"


@given(st.times(), st.sampled_from(ZONES), INSTANTS)
def test_a_cron_expression_with_a_fixed_time_gives_the_slots_of_the_daily_time(
    time: object, zone: str, instant: datetime
) -> None:
    hour, minute = (int(part) for part in str(time).split(":")[:2])
    daily, cron = parse(f"daily {hour}:{minute:02}"), parse(f"cron: {minute} {hour} * * *")
    assert next_slot(daily, zone, instant) == next_slot(cron, zone, instant)


# --- decisions ------------------------------------------------------------------------------------------------------


def decide(text: str, promised: str, now: str, late: Literal["send", "skip"] = "send") -> Due | None:
    return due(parse(text), ISTANBUL, next_due_at=at(promised), now=at(now), late=late)


def test_nothing_is_due_before_its_time() -> None:
    assert decide("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T07:29:59+03:00") is None


def test_a_slot_is_composed_at_its_time_and_the_next_one_noted() -> None:
    slot = "2026-11-22T07:30+03:00"
    assert decide("daily 07:30", slot, slot) == Due(
        slot_at=at(slot), action="compose", next_due_at=at("2026-11-23T07:30+03:00")
    )


@pytest.mark.parametrize("late", ["send", "skip"])
def test_a_run_each_hour_is_never_late(late: Literal["send", "skip"]) -> None:
    decision = decide("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T08:30:20+03:00", late)
    assert decision
    assert decision.action == "compose"


@pytest.mark.parametrize(
    "text, promised, now, late, action",
    [
        ("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T12:30+03:00", "send", "compose"),
        ("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T12:30+03:00", "skip", "skip_late"),
        ("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T19:30+03:00", "send", "compose"),
        ("daily 07:30", "2026-11-22T07:30+03:00", "2026-11-22T19:31+03:00", "send", "skip_late"),
        ("sun 07:30", "2026-11-22T07:30+03:00", "2026-11-25T19:30+03:00", "send", "compose"),
        ("sun 07:30", "2026-11-22T07:30+03:00", "2026-11-25T19:31+03:00", "send", "skip_late"),
        ("sun 07:30", "2026-11-22T07:30+03:00", "2026-11-22T09:30+03:00", "skip", "skip_late"),
        ("cron: 0 7 1 * *", "2026-11-01T07:00+03:00", "2026-11-15T12:00+03:00", "send", "compose"),
        ("hourly", "2026-11-22T07:00+03:00", "2026-11-22T17:59+03:00", "skip", "compose"),
    ],
)
def test_a_missed_slot_is_served_or_passed_over_by_the_catch_up_rule(
    text: str, promised: str, now: str, late: Literal["send", "skip"], action: str
) -> None:
    decision = decide(text, promised, now, late)
    assert decision
    assert decision.action == action
    assert decision.next_due_at == next_slot(parse(text), ISTANBUL, at(now))


def test_several_missed_slots_become_one_edition_of_the_latest() -> None:
    decision = decide("daily 07:30", "2026-11-15T07:30+03:00", "2026-11-22T08:00+03:00")
    assert decision == Due(
        slot_at=at("2026-11-22T07:30+03:00"), action="compose", next_due_at=at("2026-11-23T07:30+03:00")
    )


def test_instant_is_due_at_every_look() -> None:
    now = at("2026-11-22T08:00")
    assert due(parse("instant"), ISTANBUL, next_due_at=now, now=now, late="skip") == Due(
        slot_at=now, action="compose", next_due_at=now
    )


def test_a_due_time_of_another_schedule_is_only_moved() -> None:
    # Hourly until ten o'clock, then weekly: at eleven nothing is to be sent.
    decision = decide("mon 07:30", "2026-11-22T11:00+03:00", "2026-11-22T11:00+03:00")
    assert decision
    assert (decision.action, decision.next_due_at) == ("move", at("2026-11-23T07:30+03:00"))


def test_a_new_subscription_is_due_at_its_first_slot_to_come() -> None:
    now = at("2026-11-22T08:00+03:00")
    assert settle(parse("daily 07:30"), ISTANBUL, next_due_at=None, now=now) == at("2026-11-23T07:30+03:00")
    assert settle(parse("instant"), ISTANBUL, next_due_at=None, now=now) == now


@pytest.mark.parametrize(
    "stored, settled",
    [
        ("2026-11-23T07:30+03:00", "2026-11-23T07:30+03:00"),  # as it should be
        ("2026-11-21T07:30+03:00", "2026-11-21T07:30+03:00"),  # missed, still owed
        ("2031-01-01T07:30+03:00", "2026-11-23T07:30+03:00"),  # the clock was years ahead
        ("2026-11-22T18:00+03:00", "2026-11-23T07:30+03:00"),  # of the schedule before
        ("2026-11-21T18:00+03:00", "2026-11-23T07:30+03:00"),  # of the schedule before, and missed
    ],
)
def test_a_stored_due_time_is_kept_only_as_a_slot_that_is_owed_or_next(stored: str, settled: str) -> None:
    now = at("2026-11-22T08:00+03:00")
    assert settle(parse("daily 07:30"), ISTANBUL, next_due_at=at(stored), now=now) == at(settled)
