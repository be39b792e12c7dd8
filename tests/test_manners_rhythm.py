"""A good guest: how often, how many at once, and what is told of silence and gaps. See tests/scenarios.py."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from feedserver import Answer, atom, entry, json_feed
from scenarios import (
    DAY,
    HERE,
    HOUR,
    MINUTE,
    START,
    THERE,
    WEEK,
    Stage,
    news,
    ok,
    over_time,
    publishing,
    refuse,
)

pytestmark = pytest.mark.slow  # simulated days with real servers take half a minute altogether

NEVER = 52 * WEEK
SECOND = timedelta(seconds=1)


def waits_after(stage: Stage, since: timedelta, name: str = "wire") -> list[timedelta]:
    """Between polls of the time from `since` on; there must be some."""
    times = [time for time in stage.times(name) if time >= since]
    assert len(times) > 1, f"{name} was polled {len(times)} times from {since} on"
    return [later - sooner for sooner, later in itertools.pairwise(times)]


# --- Rhythm ---------------------------------------------------------------------------------------------------------


def test_a_busy_feed(stage: Stage) -> None:
    """Something new every twenty minutes.

    Polled at polling.every and hardly later.
    """
    stage.feed("wire", publishing((-WEEK, 20 * MINUTE)))
    stage.run(12 * HOUR)
    assert max(stage.waits()) <= 1.2 * HOUR
    assert "polling.every" in stage.state().wait_reason


def test_a_feed_of_a_few_entries_a_day(stage: Stage) -> None:
    """Something new every eight hours.

    Polled twice in that time or so; nothing waits longer than its rhythm.
    """
    stage.feed("wire", publishing((-2 * WEEK, 8 * HOUR)))
    stage.run(3 * DAY)
    assert all(3 * HOUR <= wait <= 8 * HOUR for wait in waits_after(stage, DAY))


def test_a_weekly_feed(stage: Stage) -> None:
    """Something new every week.

    Polled seldom, but never less often than polling.at_most allows.
    """
    stage.feed("wire", publishing((-10 * WEEK, WEEK)))
    stage.run(2 * WEEK)
    assert all(20 * HOUR <= wait <= DAY for wait in waits_after(stage, 2 * DAY))
    assert "polling.at_most" in stage.state().wait_reason


@pytest.mark.parametrize("every, at_most", [(HOUR, 3 * HOUR), (2 * HOUR, 2 * HOUR), (6 * HOUR, 12 * HOUR)])
def test_the_operators_bounds(stage: Stage, every: timedelta, at_most: timedelta) -> None:
    """A busy feed and a weekly one, and other bounds than the usual.

    Neither is polled sooner than polling.every or later than polling.at_most (the spread of a tenth aside).
    """
    stage.change(every=every, at_most=at_most)
    stage.feed("wire", publishing((-WEEK, 20 * MINUTE)))
    stage.feed("weekly", publishing((-10 * WEEK, WEEK)), host=THERE)
    stage.run(8 * every)
    waits = [*waits_after(stage, HOUR), *waits_after(stage, HOUR, "weekly")]
    assert all(every <= wait <= max(at_most, every * 1.1) for wait in waits)


def test_a_busy_feed_that_goes_quiet(stage: Stage) -> None:
    """Something new every half-hour; from the seventh hour on nothing any more.

    Polled ever more seldom, gradually.
    """
    stage.change(every=3 * HOUR)
    stage.feed("wire", publishing((-WEEK, 30 * MINUTE), (6 * HOUR, NEVER)))
    stage.run(10 * DAY)
    waits = waits_after(stage, 12 * HOUR)
    assert all(later >= sooner * 0.95 for sooner, later in itertools.pairwise(waits))
    assert waits[0] < 4 * HOUR
    assert waits[-1] > 9 * HOUR


def test_a_quiet_feed_that_wakes_up(stage: Stage) -> None:
    """Something new every week; from the fourth day on every half-hour.

    The first poll that sees it is followed by the next as if the feed had always been so busy.
    """
    stage.feed("wire", publishing((-10 * WEEK, WEEK), (3 * DAY, 30 * MINUTE)))
    stage.run(4 * DAY + 12 * HOUR)
    seen = min(time for time in stage.times() if time > 3 * DAY)
    assert seen > 3 * DAY + HOUR
    assert max(waits_after(stage, seen)) <= 1.2 * HOUR


def test_a_feed_without_dates(stage: Stage) -> None:
    """Something new every three hours, none of it dated.

    The rhythm is learned from when things came.
    """
    acts = [(n * 3 * HOUR, ok(news(*range(1, n + 3)))) for n in range(17)]
    stage.feed("wire", over_time(*acts))
    stage.run(2 * DAY)
    assert all(wait <= 3.5 * HOUR for wait in waits_after(stage, 30 * HOUR))


def test_the_reason_of_each_wait_can_be_read(stage: Stage) -> None:
    """Feeds that wait for different reasons.

    Each says why its next poll is when it is.
    """
    stage.feed("cached", ok(Cache_Control="max-age=21600"))
    stage.feed("ttl", ok(news(1, extra="<ttl>300</ttl>")))
    stage.feed("broken", refuse(500))
    stage.feed("asks", refuse(404, "20000"))
    stage.feed("gone", refuse(410))
    stage.run(2 * HOUR)
    told = {"cached": "Cache-Control", "ttl": "ttl", "broken": "failed", "asks": "Retry-After", "gone": "410"}
    assert {name: word in stage.state(name).wait_reason for name, word in told.items()} == dict.fromkeys(told, True)


# --- Many feeds, and restarts ---------------------------------------------------------------------------------------


def add(stage: Stage, count: int) -> None:
    for number in range(count):
        stage.feed(f"wire{number}", ok(etag='"v1"'), host=THERE if number % 2 else HERE)


def busiest(stage: Stage, since: timedelta, span: timedelta) -> int:
    """The most polls in any `span` from `since` on."""
    times = [visit.at - START for visit in stage.visits() if visit.at - START >= since]
    return max(sum(begin <= time < begin + span for time in times) for begin in times)


def test_the_first_start_and_the_way_back_with_many_feeds(stage: Stage) -> None:
    """260 feeds of two hosts in a configuration that is new; later the program stands still for a week.

    Both times all are read within an interval, five of each host at once and the others spread over it.
    """
    add(stage, 260)
    for _ in range(2):
        begin = stage.now
        stage.restart()
        stage.run(HOUR)
        first = [visit.at - begin for visit in stage.visits() if visit.at >= begin]
        assert len(first) >= 260
        assert sum(at < 5 * MINUTE for at in first) <= 10 + 250 / 4
        stage.now += WEEK


def test_feeds_added_together_drift_apart(stage: Stage) -> None:
    """Fifteen feeds, all added at the same moment and polled every four hours.

    Within a day their polls spread over an hour and more, by a share that is each feed's own and stays so.
    """
    for number in range(15):
        stage.feed(f"wire{number}", ok(etag='"v1"', Cache_Control="max-age=14400"))
    stage.run(DAY)
    assert busiest(stage, 12 * HOUR, 10 * MINUTE) <= 10
    for number in range(15):
        assert len({round(wait / MINUTE) for wait in stage.waits(f"wire{number}")}) == 1


def test_ten_restarts_in_a_minute(stage: Stage) -> None:
    """A process that is started ten times in a minute, by an over-eager supervisor say.

    Each feed is asked once.
    """
    for name in ("wire", "sport", "arts"):
        stage.feed(name, ok(etag='"v1"'))
    stage.run(90 * MINUTE)
    before = len(stage.visits())
    for _ in range(10):
        stage.restart()
        stage.run(6 * SECOND)
    assert len(stage.visits()) - before <= 3


@pytest.mark.parametrize(
    "failing", [refuse(500), refuse(429), refuse(503, "14400"), ok(Cache_Control="max-age=14400")]
)
def test_a_restart_in_the_middle_of_a_wait(stage: Stage, failing: Answer) -> None:
    """500, 429, 503 with Retry-After, or an answer good for hours; and other processes, twice in each wait.

    The next poll is at the very moment at which it was due: all that a wait rests on is in the store.
    """
    stage.feed("wire", failing)
    stage.run(MINUTE)
    for _ in range(3):
        due = stage.state().next_poll_at
        for _ in range(2):
            stage.run((due - stage.now) / 3)
            stage.restart()
        stage.run(due - stage.now)
        assert stage.visits()[-1].at == due


def test_a_feed_that_is_added_to_a_running_program(stage: Stage) -> None:
    """Twenty known feeds; the operator adds one.

    It is read within the interval, and none of the others is asked sooner for it.
    """
    add(stage, 20)
    stage.run(90 * MINUTE)
    before = len(stage.visits())
    stage.feed("wire", ok())
    stage.restart()
    stage.run(MINUTE)
    assert len(stage.visits()) - before <= 5
    stage.run(HOUR)
    assert stage.visits("wire")


def test_a_feed_that_is_taken_out(stage: Stage) -> None:
    """The operator takes a feed out of the configuration.

    It is asked no more.
    """
    stage.feed("wire", ok())
    stage.feed("sport", ok())
    stage.run(2 * HOUR)
    before = len(stage.visits("wire"))
    stage.feeds.pop("wire")
    stage.restart()
    stage.run(DAY)
    assert len(stage.visits("wire")) == before
    assert len(stage.visits("sport")) > before


# --- Silence --------------------------------------------------------------------------------------------------------


def test_a_feed_that_falls_silent(stage: Stage) -> None:
    """Something new twice a day; then nothing for three weeks; then again.

    The operator is told, with the date of the last entry, only when the silence is beyond the feed's habit; it is
    withdrawn when something comes.
    """
    stage.feed("wire", publishing((-2 * WEEK, 12 * HOUR), (2 * DAY, NEVER), (23 * DAY, 12 * HOUR)))
    stage.run(5 * DAY)
    assert stage.state().notice is None
    stage.run(15 * DAY)
    assert "Nothing new since 2026-11-1" in stage.state().notice
    assert stage.state().problem is None
    stage.run(6 * DAY)
    assert stage.state().notice is None


def test_a_feed_that_was_never_loud(stage: Stage) -> None:
    """One entry a month; and one that has but a single entry, for twelve days.

    Nothing is told: that is their habit.
    """
    stage.feed("wire", publishing((-52 * WEEK, 30 * DAY)))
    stage.feed("single", ok(news(1), etag='"v1"'), host=THERE)
    stage.run(12 * DAY)
    assert stage.state("wire").notice is None
    assert stage.state("single").notice is None


def test_a_failing_feed_tells_since_when_and_what_was_last(stage: Stage) -> None:
    """Well for six hours, then 500.

    The reason, since when, and the last good poll can be read.
    """
    stage.feed("wire", over_time((-DAY, ok()), (6 * HOUR, refuse(500))))
    stage.run(12 * HOUR)
    good = max(visit.at for visit in stage.visits() if visit.answer.status == 200)
    failed = min(visit.at for visit in stage.visits() if visit.answer.status == 500)
    state = stage.state()
    assert (state.succeeded_at, state.problem_since) == (good, failed)
    assert "500" in state.problem


# --- Gaps -----------------------------------------------------------------------------------------------------------


def pages(stage: Stage, *, kind: str, first: int = 1) -> None:
    """A feed of five entries, of which twenty new ones come at once in the third hour. Older pages of five lead back
    to entry `first`, as `kind` has it: atom, json, or none.
    """

    def document(newest: int, older: str | None) -> bytes:
        entries = [
            entry(id=f"n{n}", title=f"Report number {n}", link=f"https://wire.example/{n}", date=START + n * MINUTE)
            for n in range(newest, newest - 5, -1)
        ]
        if kind == "json":
            made = json.loads(json_feed("Wire", entries))
            return json.dumps(made | ({"next_url": older} if older else {})).encode()
        link = f'<link rel="prev-archive" href="{older}"/>' if older and kind == "atom" else ""
        return atom("Wire", entries, extra=link)

    for newest in range(5, 25, 5):
        older = f"/wire/older/{newest - 5}" if newest - 5 >= first else None
        stage.put(f"/wire/older/{newest}", ok(document(newest, older)))
    stage.feed(
        "wire",
        over_time(
            (-DAY, ok(document(5, None), etag='"five"')),
            (2 * HOUR, ok(document(25, "/wire/older/20"), etag='"twenty-five"')),
        ),
    )


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_a_gap_is_filled_where_older_pages_are_offered(stage: Stage, kind: str) -> None:
    """Twenty-five entries come between two polls and the feed shows five: all unknown. prev-archive links (RFC 5005),
    or next_url (JSON Feed), lead to older pages.

    The pages are read back to the first known entry and no further, each once; nothing is missing, nothing told.
    """
    pages(stage, kind=kind)
    stage.run(5 * HOUR)
    assert stage.titles() == set(range(1, 26))
    asked = [path for visit in stage.visits() for path in visit.paths if "/older" in path]
    assert asked == ["/wire/older/20", "/wire/older/15", "/wire/older/10", "/wire/older/5"]
    assert stage.state().notice is None


def test_a_gap_that_cannot_be_filled_is_told(stage: Stage) -> None:
    """Twenty-five entries come between two polls, the feed shows five, and offers no older pages.

    The operator is told between which polls something may be missing; a week later no more. Nothing but the
    feed is asked for.
    """
    pages(stage, kind="none")
    stage.run(5 * HOUR)
    assert stage.titles() == {1, 2, 3, 4, 5, 21, 22, 23, 24, 25}
    assert "missed between" in stage.state().notice
    assert stage.state().gap_at is not None
    assert {path for visit in stage.visits() for path in visit.paths} == {"/wire"}
    stage.run(8 * DAY)
    assert "missed between" not in (stage.state().notice or "")


def test_older_pages_that_end_too_soon(stage: Stage) -> None:
    """Older pages are offered, but the oldest of them is still unknown.

    What they have is taken, and the rest of the gap told.
    """
    pages(stage, kind="atom", first=15)
    stage.run(5 * HOUR)
    assert stage.titles() == {1, 2, 3, 4, 5, *range(11, 26)}
    assert "missed between" in stage.state().notice


def test_older_pages_that_fail(stage: Stage) -> None:
    """Older pages are offered, and answer 500.

    The feed itself is well; the gap is told.
    """
    pages(stage, kind="atom")
    for number in (5, 10, 15, 20):
        stage.put(f"/wire/older/{number}", refuse(500))
    stage.run(5 * HOUR)
    assert stage.titles() == {1, 2, 3, 4, 5, 21, 22, 23, 24, 25}
    assert stage.state().problem is None
    assert "missed between" in stage.state().notice


def test_older_pages_without_end(stage: Stage) -> None:
    """Older pages that name themselves, or ever new ones.

    Given up after a few.
    """
    pages(stage, kind="atom")
    loop = atom(
        "Wire", [entry(id="x", title="Report number 100")], extra='<link rel="prev-archive" href="/wire/older/20"/>'
    )
    stage.put("/wire/older/20", ok(loop))
    stage.run(5 * HOUR)
    assert sum("/older" in path for visit in stage.visits() for path in visit.paths) <= 20


def test_older_pages_are_left_alone_without_a_gap(stage: Stage) -> None:
    """Older pages are offered all the time; one entry comes every few hours.

    They are never asked for.
    """
    link = '<link rel="prev-archive" href="/wire/older/1"/>'
    stage.put("/wire/older/1", ok())
    made = [entry(id=f"n{n}", title=f"Report number {n}", date=START + n * HOUR) for n in range(15)]
    acts = [(n * 3 * HOUR, ok(atom("Wire", made[n : n + 5], extra=link))) for n in range(1, 8)]
    stage.feed("wire", over_time((-DAY, ok(atom("Wire", made[:5], extra=link))), *acts))
    stage.run(DAY)
    assert {path for visit in stage.visits() for path in visit.paths} == {"/wire"}


def test_new_ids_for_old_entries_are_no_gap(stage: Stage) -> None:
    """A feed gives all its entries other ids; their dates are the old ones.

    No gap is told.
    """
    before = [entry(id=f"a{n}", title=f"Report number {n}", date=START - n * HOUR) for n in range(1, 6)]
    after = [entry(id=f"b{n}", title=f"Report number {n}", date=START - n * HOUR) for n in range(1, 6)]
    stage.feed("wire", over_time((-DAY, ok(atom("Wire", before))), (2 * HOUR, ok(atom("Wire", after)))))
    stage.run(5 * HOUR)
    assert stage.state().gap_at is None


def test_a_window_that_overlaps_is_no_gap(stage: Stage) -> None:
    """A busy feed whose window is just long enough: one entry of the last poll is still there.

    Nothing is told, nothing missing.
    """
    stage.feed("wire", publishing((-DAY, 10 * MINUTE), window=12))
    stage.run(12 * HOUR)
    assert stage.state().notice is None
    numbers = stage.titles() | stage.titles(held=True)
    assert numbers == set(range(min(numbers), max(numbers) + 1))


def test_a_dump_of_an_archive_is_held(stage: Stage) -> None:
    """A known feed of five entries suddenly holds two hundred more; later it fails, and brings something new.

    A hundred are announced, the rest held; for a week the operator is told how to release them.
    """
    dump = range(1, 206)
    acts = (2 * HOUR, ok(news(*dump))), (8 * HOUR, refuse(500)), (20 * HOUR, ok(news(*dump, 206)))
    stage.feed("wire", over_time((-DAY, ok(news(*range(1, 6)))), *acts))
    stage.run(6 * HOUR)
    assert len(stage.titles(held=True)) == 100
    assert "digest feeds release" in stage.state().notice
    stage.run(3 * DAY)
    assert 206 in stage.titles()
    assert "digest feeds release" in stage.state().notice
    stage.run(6 * DAY)
    assert "digest feeds release" not in (stage.state().notice or "")


def test_a_first_sight_of_many_entries(stage: Stage) -> None:
    """A feed of five hundred entries, one a day, is added.

    Only what is of the last day is announced; the rest is stored, so that it is never news.
    """
    stage.feed("wire", publishing((-499 * DAY, DAY), window=500, first=-499 * DAY))
    stage.run(2 * HOUR)
    assert len(stage.titles()) <= 2
    assert len(stage.titles(held=True)) >= 498


def test_a_feed_in_another_order_each_time(stage: Stage) -> None:
    """The same entries, shuffled at each poll, on a server without validators.

    Nothing is new, nothing edited.
    """
    first = [entry(id=f"n{n}", title=f"Report number {n}", date=START - n * HOUR) for n in range(1, 6)]
    acts = [(n * HOUR, ok(atom("Wire", first[n % 5 :] + first[: n % 5]))) for n in range(12)]
    stage.feed("wire", over_time((-DAY, ok(atom("Wire", first))), *acts))
    stage.run(12 * HOUR)
    assert stage.state().brought_at == stage.visits()[0].at
