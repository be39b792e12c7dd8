"""When a feed is polled next, and why: the arithmetic of digest.waiting."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, HOUR, NOW, answer

from digest.model import ParsedFeed, Wishes
from digest.settings import Polling
from digest.waiting import (
    LONGEST_WISH,
    REMEMBERED,
    Habit,
    after_crowd,
    after_failure,
    after_success,
    appearances,
    fraction,
    freshness,
    host_pause,
    is_silent,
    rhythm,
    wishes,
)

MINUTE = timedelta(minutes=1)
POLLING = Polling(every=30 * MINUTE)
URL = "https://wire.example/rss"


def every(gap: timedelta, *, count: int = 20, last: timedelta = timedelta(0)) -> Habit:
    """A feed with entries at this distance, the newest of them so long ago."""
    return Habit(times=tuple(NOW - last - gap * n for n in reversed(range(count))))


def waited(habit: Habit, asked: Wishes | None = None, polling: Polling = POLLING) -> timedelta:
    return after_success(URL, habit, asked or Wishes(), polling=polling, now=NOW).at - NOW


def about(span: timedelta) -> timedelta:
    """With the spread of this feed."""
    return span * (1 + 0.1 * fraction(URL))


# --- rhythm ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "habit, interval, word",
    [
        (every(4 * HOUR), 2 * HOUR, "about every 4 h"),
        (every(DAY), 12 * HOUR, "about every 1 d"),
        (every(10 * MINUTE), 30 * MINUTE, "polling.every"),
        (every(30 * DAY), DAY / 1.1, "polling.at_most"),
        (every(HOUR, last=5 * DAY), 6 * HOUR, "nothing new for 5 d"),
        (Habit(), 30 * MINUTE, "not known yet"),
        (Habit(since=NOW - 2 * DAY), 4.8 * HOUR, "not known yet"),
        (Habit(since=NOW - 90 * DAY), DAY / 1.1, "polling.at_most"),
        (Habit(times=(NOW - DAY,)), 2.4 * HOUR, "not known yet"),
    ],
)
def test_the_interval_follows_the_habit_within_bounds_and_says_why(
    habit: Habit, interval: timedelta, word: str
) -> None:
    wait = after_success(URL, habit, Wishes(), polling=POLLING, now=NOW)
    assert abs(wait.at - NOW - about(interval)) < timedelta(seconds=1)
    assert word in wait.reason


def test_a_feed_that_becomes_busy_is_polled_more_often_at_once() -> None:
    daily = every(DAY, last=HOUR).times
    assert waited(Habit(times=(*daily, NOW))) == about(30 * MINUTE)


def test_a_feed_that_was_busy_once_goes_back_to_its_usual_interval() -> None:
    daily = every(DAY, last=13 * HOUR).times
    waits = [waited(Habit(times=(*(t - later for t in daily), NOW - 12 * HOUR - later))) for later in (HOUR, DAY)]
    assert about(6 * HOUR) < waits[0] < waits[1] == about(12 * HOUR)


def test_a_feed_that_never_changes_slows_down_gradually() -> None:
    waits = [waited(Habit(since=NOW - HOUR * hours)) for hours in range(0, 400, 20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (about(30 * MINUTE), about(DAY / 1.1))


@given(
    st.lists(st.timedeltas(timedelta(0), timedelta(days=400)), max_size=30),
    st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_whatever_a_feed_does_the_wait_is_within_the_bounds(
    ages: list[timedelta], shortest: timedelta, more: timedelta
) -> None:
    polling = Polling(every=shortest, at_most=shortest + more)
    times = appearances((), [NOW - age for age in ages], every=shortest, now=NOW)
    wait = waited(Habit(times=times, since=NOW - DAY), polling=polling)
    assert shortest <= wait <= max(polling.at_most, shortest * 1.1) + timedelta(seconds=1)


def test_entries_that_one_poll_brings_together_count_once() -> None:
    claimed = [NOW - DAY, NOW - DAY + MINUTE, NOW - DAY + 5 * MINUTE, None]
    assert appearances((), claimed, every=30 * MINUTE, now=NOW) == (NOW - DAY, NOW)


def test_only_the_newest_times_are_kept_and_none_from_the_future() -> None:
    times = appearances((), [NOW - HOUR * n for n in range(-5, 50)], every=HOUR, now=NOW)
    assert len(times) == REMEMBERED
    assert times[-1] == NOW


@pytest.mark.parametrize(
    "gaps, usual",
    [([], None), ([DAY], DAY), ([HOUR, HOUR, HOUR, 30 * DAY], HOUR), ([DAY, DAY, DAY, MINUTE], DAY)],
)
def test_the_rhythm_is_not_moved_by_one_holiday_or_one_busy_hour(gaps: list[timedelta], usual: timedelta) -> None:
    times = [NOW]
    for gap in gaps:
        times.append(times[-1] + gap)
    assert rhythm(times) == usual


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=REMEMBERED))
def test_the_rhythm_is_the_median_of_the_gaps(gaps: list[int]) -> None:
    times = [NOW + timedelta(seconds=after) for after in accumulate(gaps, initial=0)]
    assert rhythm(times) == timedelta(seconds=median(gaps))


@pytest.mark.parametrize(
    "gap, silence, silent",
    [
        (HOUR, 6 * DAY, False),
        (HOUR, 8 * DAY, True),
        (2 * DAY, 19 * DAY, False),
        (2 * DAY, 21 * DAY, True),
    ],
)
def test_silence_is_measured_by_the_feeds_own_habit(gap: timedelta, silence: timedelta, *, silent: bool) -> None:
    assert is_silent(every(gap, last=silence).times, NOW) is silent


# --- wishes ---------------------------------------------------------------------------------------------------------

DATE = "Fri, 20 Nov 2026 04:00:00 GMT"
LATER = "Fri, 20 Nov 2026 06:00:00 GMT"


@pytest.mark.parametrize(
    "headers, fresh",
    [
        ({}, None),
        ({"cache-control": "max-age=3600"}, HOUR),
        ({"cache-control": 'public, MAX-AGE="3600"'}, HOUR),
        ({"cache-control": "max-age=3600", "age": "600"}, 50 * MINUTE),
        ({"cache-control": "max-age=3600", "age": "9999"}, timedelta(0)),
        ({"cache-control": "max-age=3600", "age": "old"}, HOUR),
        ({"cache-control": "s-maxage=7200"}, None),
        ({"cache-control": "s-maxage=7200, max-age=60"}, MINUTE),
        ({"cache-control": "max-age=3600, no-cache"}, timedelta(0)),
        ({"cache-control": "no-store", "expires": LATER}, timedelta(0)),
        ({"cache-control": "max-age=soon"}, timedelta(0)),
        ({"cache-control": "max-age=-5"}, timedelta(0)),
        ({"cache-control": "max-age=60, max-age=3600"}, MINUTE),
        ({"cache-control": "private", "expires": LATER, "date": DATE}, 2 * HOUR),
        ({"expires": LATER}, 2 * HOUR),
        ({"expires": LATER, "date": "Fri, 20 Nov 2026 05:00:00 GMT"}, HOUR),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": DATE, "date": LATER}, timedelta(0)),
        ({"cache-control": "max-age=60", "expires": LATER}, MINUTE),
    ],
)
def test_freshness_is_read_as_the_standard_has_it(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert freshness(headers, NOW) == fresh


def test_a_304_keeps_what_the_document_asked_for_and_may_say_anew_how_fresh_it_is() -> None:
    earlier = Wishes(fresh=HOUR, ttl=2 * HOUR, skip_hours=frozenset({3}))
    assert wishes(earlier, answer(304), None, NOW) == earlier
    said = wishes(earlier, answer(304, headers={"cache-control": "max-age=60"}), None, NOW)
    assert (said.fresh, said.ttl, said.skip_hours) == (MINUTE, 2 * HOUR, frozenset({3}))


def test_a_new_document_replaces_all_wishes() -> None:
    earlier = Wishes(fresh=HOUR, ttl=2 * HOUR, skip_hours=frozenset({3}))
    parsed = ParsedFeed(ttl_minutes=90, update_period=DAY, skip_days=frozenset({5, 6, 9}))
    assert wishes(earlier, answer(), parsed, NOW) == Wishes(
        ttl=90 * MINUTE, update_period=DAY, skip_days=frozenset({5, 6})
    )


@pytest.mark.parametrize(
    "asked, interval, word",
    [
        (Wishes(fresh=3 * HOUR), 3 * HOUR, "Cache-Control"),
        (Wishes(ttl=4 * HOUR, fresh=HOUR), 4 * HOUR, "(ttl)"),
        (Wishes(update_period=DAY), DAY, "sy:updatePeriod"),
        (Wishes(fresh=MINUTE), 30 * MINUTE, "not known yet"),
        (Wishes(fresh=365 * DAY), LONGEST_WISH, "is granted"),
        (Wishes(skip_hours=frozenset(range(24))), DAY, "skipped always"),
        (Wishes(skip_days=frozenset(range(7))), DAY, "skipped always"),
    ],
)
def test_wishes_lengthen_the_wait_and_say_so(asked: Wishes, interval: timedelta, word: str) -> None:
    wait = after_success(URL, Habit(), asked, polling=POLLING, now=NOW)
    assert abs(wait.at - NOW - about(interval)) < timedelta(seconds=1)
    assert word in wait.reason


@pytest.mark.parametrize(
    "hours, days, first",
    [
        ({4, 5, 6}, set(), NOW + 3 * HOUR),  # NOW is a Friday, 04:00
        (set(range(4, 24)), set(), NOW + 20 * HOUR),
        (set(), {4, 5, 6}, NOW + 2 * DAY + 20 * HOUR),
        ({0, 1, 2}, {4}, NOW + 23 * HOUR),
    ],
)
def test_a_poll_moves_out_of_hours_and_days_to_be_skipped(hours: set[int], days: set[int], first: object) -> None:
    asked = Wishes(skip_hours=frozenset(hours), skip_days=frozenset(days))
    wait = after_success(URL, Habit(), asked, polling=POLLING, now=NOW)
    assert wait.at.replace(minute=0, second=0, microsecond=0) == first
    assert "skipHours" in wait.reason


# --- failures, hosts, crowds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, headers, failures, pause",
    [
        (429, {"retry-after": "7200"}, 0, 2 * HOUR),
        (503, {"retry-after": LATER}, 0, 2 * HOUR),
        (429, {}, 0, HOUR),
        (503, {}, 3, 8 * HOUR),
        (503, {}, 40, DAY),
        (503, {"retry-after": "99999999"}, 0, 7 * DAY),
        (500, {"retry-after": "7200"}, 0, None),
        (404, {}, 0, None),
        (None, {}, 0, None),
    ],
)
def test_429_and_503_speak_for_the_host(
    status: int, headers: dict[str, str], failures: int, pause: timedelta | None
) -> None:
    found = host_pause(answer(status, headers=headers, problem="no"), failures, NOW)
    assert (found and found.until) == (pause and NOW + pause)
    assert found is None or (found.host == "wire.example" and str(status) in found.reason)


@pytest.mark.parametrize(
    "status, headers, failures, interval, word",
    [
        (500, {}, 0, 30 * MINUTE, "1 poll failed"),
        (None, {}, 3, 4 * HOUR, "4 polls failed"),
        (404, {}, 30, DAY, "31 polls"),
        (500, {"retry-after": "7200"}, 0, 2 * HOUR, "Retry-After"),
        (404, {"cache-control": "max-age=7200"}, 0, 2 * HOUR, "Cache-Control"),
        (404, {"cache-control": "max-age=31536000"}, 0, DAY, "Cache-Control"),
        (429, {}, 0, HOUR, "answered 429"),
        (503, {"retry-after": "7200"}, 0, 2 * HOUR, "Retry-After"),
    ],
)
def test_failures_put_the_next_poll_off_and_say_why(
    status: int, headers: dict[str, str], failures: int, interval: timedelta, word: str
) -> None:
    result = answer(status, headers=headers, problem="no")
    wait, _ = after_failure(URL, result, failures, Wishes(), polling=POLLING, now=NOW)
    assert abs(wait.at - NOW - about(interval)) < timedelta(seconds=1)
    assert word in wait.reason


def test_a_crowd_is_spread_evenly_over_an_interval_and_always_alike() -> None:
    urls = [f"https://{n}.example/rss" for n in range(1000)]
    waits = [after_crowd(url, POLLING, NOW).at - NOW for url in urls]
    assert waits == [after_crowd(url, POLLING, NOW).at - NOW for url in urls]
    tenths = [sum(POLLING.every * n <= wait * 10 < POLLING.every * (n + 1) for wait in waits) for n in range(10)]
    assert min(tenths) > 60
    assert max(tenths) < 140
