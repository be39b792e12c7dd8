"""What a poll means: the decisions of digest.polling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from records import DAY, HOUR, NOW, answer, entry, feed_state, knowing

from digest.model import FeedState, ParsedFeed, PollIntent, Wishes
from digest.polling import DUMP, FIRST_CAP, Backfill, Known, body_hash, decide, of_push, unchanged, unpushed
from digest.settings import Feed, Polling
from digest.waiting import retry_after

POLLING = Polling(every=timedelta(minutes=30))
SEEN_BEFORE = feed_state(succeeded_at=NOW - DAY, etag='W/"one"', last_modified="Mon", body_hash="old")


def parsed(*titles: str, problem: str | None = None, age: timedelta = HOUR) -> ParsedFeed:
    entries = tuple(entry(title, published_at=NOW - age) for title in titles)
    return ParsedFeed(entries=entries, problem=problem)


def test_a_304_keeps_the_validators_and_counts_as_a_success() -> None:
    intent = decide(SEEN_BEFORE, answer(304, b""), None, {}, polling=POLLING, now=NOW)
    assert (intent.succeeded, intent.taught.etag, intent.taught.last_modified, intent.taught.body_hash) == (
        True,
        'W/"one"',
        "Mon",
        "old",
    )
    assert intent.new == ()


def test_a_304_that_says_nothing_new_teaches_nothing() -> None:
    said = answer(304, b"", headers={"cache-control": "max-age=300"})
    first = decide(SEEN_BEFORE, said, None, {}, polling=POLLING, now=NOW)
    assert first.taught == replace(SEEN_BEFORE.taught, wishes=Wishes(fresh=timedelta(minutes=5)))
    again = decide(replace(SEEN_BEFORE, taught=first.taught), said, None, {}, polling=POLLING, now=NOW)
    assert again.taught is first.taught


def test_what_was_told_of_a_body_stands_while_the_body_does_not_change() -> None:
    def told(**state: Any) -> str | None:
        return decide(feed_state(**state), answer(304, b""), None, {}, polling=POLLING, now=NOW).problem

    assert told(problem="damaged at line 3", damage="damaged at line 3") == "damaged at line 3"
    assert told(problem="timed out", failures=2) is None
    assert told(problem="timed out", failures=2, damage="damaged at line 3") == "damaged at line 3"


def test_a_200_replaces_both_validators_even_by_nothing() -> None:
    intent = decide(SEEN_BEFORE, answer(headers={"etag": '"two"'}), parsed("A"), {}, polling=POLLING, now=NOW)
    assert (intent.taught.etag, intent.taught.last_modified) == ('"two"', None)


def test_a_page_in_place_of_the_feed_is_told_with_the_redirect_that_led_there() -> None:
    def told(there: str) -> str | None:
        result = replace(answer(200, b"<html>"), final_url=there)
        return decide(SEEN_BEFORE, result, parsed(problem="this is a web page"), {}, polling=POLLING, now=NOW).problem

    asked = answer(200).request.url
    assert told(asked) == "this is a web page"
    assert told("https://a.example/login") == "this is a web page (it redirects to https://a.example/login)"


def test_a_body_that_is_byte_for_byte_the_last_one_is_unchanged() -> None:
    state = feed_state(body_hash=body_hash(b"<rss/>"))
    assert unchanged(state, answer(200, b"<rss/>"))
    assert not unchanged(state, answer(200, b"<rss> </rss>"))
    assert not unchanged(state, answer(200, b"<rss/>", problem="broken"))


def test_the_next_poll_is_an_interval_away_and_the_same_for_the_same_feed() -> None:
    first, again = (decide(SEEN_BEFORE, answer(304), None, {}, polling=POLLING, now=NOW).next_poll_at for _ in "ab")
    assert first == again
    assert first is not None
    assert POLLING.every <= first - NOW <= POLLING.every * 1.1


def test_failures_put_the_next_poll_off_further_and_further_but_at_most_a_day() -> None:
    waits = []
    for failures in range(12):
        intent = decide(feed_state(failures=failures), answer(500, problem="x"), None, {}, polling=POLLING, now=NOW)
        assert intent.next_poll_at is not None
        waits.append(intent.next_poll_at - NOW)
    for wait, least in zip(waits, [POLLING.every, POLLING.every * 2, POLLING.every * 4], strict=False):
        assert least <= wait <= least * 1.1
    assert waits == sorted(waits)
    assert DAY <= waits[-1] <= DAY * 1.1


def test_retry_after_is_obeyed_when_it_asks_for_more() -> None:
    result = answer(429, problem="too often", headers={"retry-after": "7200"})
    at = decide(SEEN_BEFORE, result, None, {}, polling=POLLING, now=NOW).next_poll_at
    assert at is not None
    assert NOW + 2 * HOUR <= at < NOW + 3 * HOUR


@pytest.mark.parametrize(
    "value, wait",
    [
        ("7200", timedelta(seconds=7200)),
        (" 60 ", timedelta(seconds=60)),
        ("Fri, 20 Nov 2026 06:00:00 GMT", 2 * HOUR),
        ("Fri, 20 Nov 2026 03:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("99999999999999", timedelta(days=7)),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


def test_a_feed_that_is_gone_is_polled_no_more() -> None:
    intent = decide(SEEN_BEFORE, answer(410, problem="HTTP 410 Gone"), None, {}, polling=POLLING, now=NOW)
    assert intent.next_poll_at is None
    assert intent.problem is not None
    assert "take it out of feeds.yaml" in intent.problem


def test_a_feed_that_says_that_it_is_finished_is_polled_no_more() -> None:
    finished = replace(parsed("A"), expired=True)
    intent = decide(SEEN_BEFORE, answer(), finished, {}, polling=POLLING, now=NOW)
    assert (intent.succeeded, intent.problem, intent.next_poll_at, len(intent.new)) == (True, None, None, 1)
    assert intent.notice is not None
    assert "take it out of feeds.yaml" in intent.notice
    assert "finished" in intent.wait_reason


def test_a_body_that_is_no_feed_is_a_failure_and_keeps_what_was_known() -> None:
    intent = decide(SEEN_BEFORE, answer(), parsed(problem="an HTML page"), {}, polling=POLLING, now=NOW)
    assert (intent.succeeded, intent.problem, intent.taught.etag) == (False, "an HTML page", 'W/"one"')


def test_a_feed_damaged_half_way_brings_what_could_be_read_and_tells_the_damage() -> None:
    intent = decide(SEEN_BEFORE, answer(), parsed("A", problem="damaged"), {}, polling=POLLING, now=NOW)
    assert (intent.succeeded, intent.problem, intent.taught.damage, len(intent.new)) == (
        True,
        "damaged",
        "damaged",
        1,
    )
    whole = decide(feed_state(damage="damaged"), answer(), parsed("A"), {}, polling=POLLING, now=NOW)
    assert (whole.problem, whole.taught.damage) == (None, None)


def test_entries_are_new_edited_or_known_by_their_ids_alone() -> None:
    known = {
        "id of B": Known(article_id=2, content_hash="other"),
        "id of C": Known(article_id=3, content_hash=entry("C").content_hash),
    }
    intent = decide(SEEN_BEFORE, answer(), parsed("A", "B", "C"), known, polling=POLLING, now=NOW)
    assert [new.entry.title for new in intent.new] == ["A"]
    assert [(article_id, e.title) for article_id, e in intent.edited] == [(2, "B")]


def test_at_first_sight_only_the_last_day_is_announced() -> None:
    entries = (*parsed("new").entries, *parsed("old", age=2 * DAY).entries, entry("undated"))
    intent = decide(feed_state(), answer(), ParsedFeed(entries=entries), {}, polling=POLLING, now=NOW)
    assert {new.entry.title: new.held for new in intent.new} == {"new": None, "old": "first_sight", "undated": None}


def test_at_first_sight_no_more_than_the_cap_is_announced() -> None:
    many = parsed(*(f"entry {n}" for n in range(500)))
    intent = decide(feed_state(), answer(), many, {}, polling=POLLING, now=NOW)
    assert sum(new.held is None for new in intent.new) == FIRST_CAP
    assert intent.problem is None


def test_a_feed_that_was_never_read_is_at_first_sight_whatever_failed_before() -> None:
    state = feed_state(polled_at=NOW - DAY, failures=3)
    intent = decide(state, answer(), parsed("old", age=2 * DAY), {}, polling=POLLING, now=NOW)
    assert [new.held for new in intent.new] == ["first_sight"]


def test_a_known_feed_that_dumps_its_archive_is_held_and_the_operator_told() -> None:
    dump = ParsedFeed(entries=tuple(entry(f"entry {n}") for n in range(300)))
    intent = decide(SEEN_BEFORE, answer(), dump, {}, polling=POLLING, now=NOW)
    assert [new.held for new in intent.new].count("dump") == 300 - DUMP
    assert intent.problem is None, "it answers"
    assert intent.notice is not None
    assert "200 entries" in intent.notice
    assert "digest feeds release" in intent.notice


def test_what_is_held_of_a_dump_is_told_for_a_week_whatever_comes_meanwhile() -> None:
    def told(age: timedelta) -> bool:
        state = knowing(SEEN_BEFORE, dumped=200, dumped_at=NOW - age)
        intents = [
            decide(state, answer(), parsed("A"), {}, polling=POLLING, now=NOW),
            decide(replace(state, failures=3), answer(304, b""), None, {}, polling=POLLING, now=NOW),
        ]
        assert [(intent.taught.dumped, intent.taught.dumped_at) for intent in intents] == [(200, NOW - age)] * 2
        return all("200 entries" in (intent.notice or "") for intent in intents)

    assert told(6 * DAY)
    assert not told(8 * DAY)


def test_a_push_says_nothing_of_the_feed_but_what_is_held_of_it() -> None:
    state = replace(knowing(READ_BEFORE, damage="damaged"), notice="It is silent.", problem="damaged")
    dump = ParsedFeed(entries=tuple(entry(f"entry {n}") for n in range(101)), problem="cut off")
    pushed = of_push(state, decide(state, answer(), dump, {}, polling=POLLING, now=NOW), NOW)
    assert (pushed.taught.dumped, pushed.taught.dumped_at, len(pushed.new)) == (1, NOW, 101)
    assert (pushed.notice or "").startswith("It is silent. 1 entry of many that came at once")
    assert "missed" not in (pushed.notice or "")
    few = of_push(state, decide(state, answer(), parsed("A"), {}, polling=POLLING, now=NOW), NOW)
    assert (few.notice, few.taught.dumped_at) == ("It is silent.", None)


def test_a_new_entry_of_a_known_feed_that_claims_to_be_old_is_held() -> None:
    intent = decide(SEEN_BEFORE, answer(), parsed("A", age=30 * DAY), {}, polling=POLLING, now=NOW)
    assert [new.held for new in intent.new] == ["old"]


def test_a_permanent_move_is_told_and_kept() -> None:
    result = answer(moved_to="https://new.example/rss")
    intent = decide(SEEN_BEFORE, result, parsed("A"), {}, polling=POLLING, now=NOW)
    assert intent.taught.moved_to == "https://new.example/rss"
    assert intent.problem is None, "it answers"
    assert intent.notice is not None
    assert "https://new.example/rss" in intent.notice


def test_the_operator_decides_the_language_of_a_feed() -> None:
    state = feed_state(feed=Feed(url="https://wire.example/rss", name="Wire", language="tr"))
    intent = decide(state, answer(), parsed("A"), {}, polling=POLLING, now=NOW)
    assert intent.new[0].entry.language == "tr"


@pytest.mark.parametrize(
    "polled, expected", [(timedelta(minutes=10), timedelta(minutes=20)), (5 * HOUR, timedelta(0))]
)
def test_a_feed_that_is_pushed_no_more_is_polled_when_it_would_have_been(
    polled: timedelta, expected: timedelta
) -> None:
    state = replace(SEEN_BEFORE, polled_at=NOW - polled, next_poll_at=NOW + DAY, created_at=NOW - HOUR)
    wait = unpushed(state, POLLING, NOW)
    assert wait is not None
    assert expected <= wait.at - NOW <= expected * 1.2
    assert unpushed(replace(state, failures=1), POLLING, NOW) is None
    assert unpushed(replace(state, next_poll_at=None), POLLING, NOW) is None
    asked = knowing(state, wishes=Wishes(fresh=6 * HOUR, skip_hours=frozenset({NOW.hour, NOW.hour + 1})))
    later = unpushed(asked, POLLING, NOW)
    assert later is not None
    assert later.at - NOW >= max(6 * HOUR - polled, 2 * HOUR)


# --- moves ----------------------------------------------------------------------------------------------------------

NEW = "https://new.example/rss"


def redirected(*days: float, to: str = NEW, **state: Any) -> PollIntent:
    """What comes of polls on these days, each of them redirected for good."""
    now = feed_state(succeeded_at=NOW - DAY, **state)
    for day in days:
        at = NOW + DAY * day
        intent = decide(now, answer(304, b"", moved_to=to), None, {}, polling=POLLING, now=at)
        now = replace(now, taught=intent.taught)
    return intent


@pytest.mark.parametrize(
    "days, poll_url",
    [
        ([0], None),
        ([0, 1], None),
        ([0, 1, 2], NEW),
        ([0, 0.1, 0.2, 0.5], None),
        ([0, 0.9, 1.8, 2.7], None),
        ([0, 0.5, 1, 1.5, 2], NEW),
    ],
)
def test_a_move_is_taken_over_after_three_polls_a_day_or_more_apart(days: list[float], poll_url: str | None) -> None:
    intent = redirected(*days)
    assert intent.taught.poll_url == poll_url
    assert intent.host == ("new.example" if poll_url else None)
    assert intent.notice is not None
    assert NEW in intent.notice


def test_one_poll_without_the_redirect_starts_the_count_anew() -> None:
    state = feed_state(succeeded_at=NOW, moved_to=NEW, moved_seen=(NOW - 2 * DAY, NOW - DAY))
    assert decide(state, answer(304, b""), None, {}, polling=POLLING, now=NOW).taught.moved_seen == ()
    other = answer(304, b"", moved_to="https://other.example/rss")
    assert decide(state, other, None, {}, polling=POLLING, now=NOW).taught.moved_seen == (NOW,)


def test_a_failed_poll_neither_counts_nor_starts_the_count_anew() -> None:
    state = feed_state(succeeded_at=NOW, moved_to=NEW, moved_seen=(NOW - 2 * DAY, NOW - DAY))
    intent = decide(state, answer(500, problem="x"), None, {}, polling=POLLING, now=NOW)
    assert (intent.taught.moved_to, intent.taught.moved_seen) == (NEW, state.taught.moved_seen)


def test_what_moves_back_is_polled_at_the_configured_address() -> None:
    home = feed_state().feed.url
    intent = redirected(0, 1, 2, to=home, poll_url=NEW)
    assert (intent.taught.poll_url, intent.host, intent.notice) == (None, "wire.example", None)


@pytest.mark.parametrize(
    "status, failures, kept", [(500, 0, True), (500, 1, True), (500, 2, False), (410, 0, False), (404, 2, False)]
)
def test_a_new_address_that_fails_is_given_up(status: int, failures: int, *, kept: bool) -> None:
    state = feed_state(succeeded_at=NOW, poll_url=NEW, failures=failures, etag='"one"')
    intent = decide(state, answer(status, problem="no"), None, {}, polling=POLLING, now=NOW)
    assert (intent.taught.poll_url == NEW, intent.taught.etag == '"one"') == (kept, kept)
    assert intent.next_poll_at is not None


# --- notices --------------------------------------------------------------------------------------------------------


def test_a_feed_silent_beyond_its_habit_is_told_without_counting_as_failed() -> None:
    hourly = tuple(NOW - 20 * DAY + HOUR * n for n in range(10))
    state = feed_state(succeeded_at=NOW, appeared=hourly)
    intent = decide(state, answer(304, b""), None, {}, polling=POLLING, now=NOW)
    assert (intent.succeeded, intent.problem) == (True, None)
    assert intent.notice is not None
    assert "Nothing new since 2026-10-31 13:00 UTC" in intent.notice
    back = decide(state, answer(), parsed("A"), {}, polling=POLLING, now=NOW)
    assert back.notice is None or "Nothing new" not in back.notice


def test_a_feed_that_excludes_everything_is_told() -> None:
    everything = replace(parsed("A"), skip_hours=frozenset(range(24)))
    intent = decide(SEEN_BEFORE, answer(), everything, {}, polling=POLLING, now=NOW)
    assert intent.notice is not None
    assert "once a day" in intent.notice


# --- gaps -----------------------------------------------------------------------------------------------------------

READ_BEFORE = replace(knowing(SEEN_BEFORE, appeared=(NOW - 2 * DAY,)), brought_at=NOW - 2 * DAY)
STORED = {"id of B": Known(article_id=2, content_hash="other")}


@pytest.mark.parametrize(
    "state, document, known, gap",
    [
        (READ_BEFORE, parsed("A"), {}, True),
        (READ_BEFORE, ParsedFeed(entries=(entry("undated"),)), {}, True),
        (READ_BEFORE, parsed("A", "B"), STORED, False),
        (READ_BEFORE, replace(parsed("A"), known=3), {}, False),
        (READ_BEFORE, ParsedFeed(), {}, False),
        (READ_BEFORE, parsed("renamed", age=3 * DAY), {}, False),
        (replace(READ_BEFORE, succeeded_at=None), parsed("A"), {}, False),
        (replace(READ_BEFORE, brought_at=None), parsed("A"), {}, False),
    ],
    ids=["nothing known", "undated", "one known", "known slices", "empty", "ids changed", "first sight", "was empty"],
)
def test_a_window_that_rolled_past_is_noticed(
    state: FeedState, document: ParsedFeed, known: dict[str, Known], *, gap: bool
) -> None:
    intent = decide(state, answer(), document, known, polling=POLLING, now=NOW)
    assert intent.taught.gap_at == (NOW if gap else None)
    assert intent.taught.gap_from == (state.succeeded_at if gap else None)
    assert ("Entries may have been missed" in (intent.notice or "")) is gap


def test_a_gap_is_told_for_a_week() -> None:
    def told(age: timedelta) -> bool:
        state = knowing(READ_BEFORE, gap_at=NOW - age, gap_from=NOW - age - DAY)
        notice = decide(state, answer(304, b""), None, {}, polling=POLLING, now=NOW).notice
        return notice is not None and "missed" in notice

    assert told(6 * DAY)
    assert not told(8 * DAY)


ONE_ENTRY = knowing(READ_BEFORE, slices=frozenset({"of yesterday"}))


def after_a_new_entry(state: FeedState, *slices: str) -> PollIntent:
    document = replace(parsed(*slices), slices=frozenset(slices))
    return decide(state, answer(), document, {}, polling=POLLING, now=NOW)


def test_a_feed_that_holds_one_entry_at_a_time_is_told_of_once() -> None:
    first = after_a_new_entry(ONE_ENTRY, "of today")
    assert "one entry at a time" in (first.notice or "")
    assert (first.taught.gap_at, first.taught.slices) == (NOW, frozenset({"of today"}))
    told = knowing(ONE_ENTRY, gap_at=NOW - 10 * DAY, gap_from=NOW - 11 * DAY)
    again = after_a_new_entry(told, "of today")
    assert (again.notice, again.taught.gap_at, len(again.new)) == (None, told.taught.gap_at, 1)


def test_a_gap_is_told_anew_of_feeds_that_hold_more_than_one_entry() -> None:
    told = knowing(ONE_ENTRY, gap_at=NOW - 10 * DAY, gap_from=NOW - 11 * DAY)
    for state in (told, knowing(told, slices=frozenset()), knowing(told, slices=frozenset({"1", "2"}))):
        grown = after_a_new_entry(state, "of today", "of noon")
        assert grown.taught.gap_at == NOW
        assert "all that the feed then held was unknown" in (grown.notice or "")
    assert after_a_new_entry(knowing(told, slices=frozenset({"1", "2"})), "of today").taught.gap_at == NOW


@pytest.mark.parametrize("closed", [True, False])
def test_older_pages_are_announced_and_close_the_gap_when_they_meet_what_is_known(*, closed: bool) -> None:
    older = (*parsed(*map(str, range(200)), age=DAY).entries, *parsed("ancient", age=30 * DAY).entries)
    backfill = Backfill(entries=older, closed=closed)
    intent = decide(READ_BEFORE, answer(), parsed("A"), {}, polling=POLLING, now=NOW, backfill=backfill)
    assert intent.taught.gap_at == (None if closed else NOW)
    held = {new.entry.title: new.held for new in intent.new}
    assert (len(held), held.pop("ancient"), set(held.values())) == (202, "old", {None})


# --- edits and mending ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before, now, edited, mended",
    [("T\ufffdrkiye", "Türkiye", 0, 1), ("Türkiye", "T\ufffdrkiye", 0, 0), ("Türkiye", "Turkey", 1, 0)],
)
def test_damaged_text_that_comes_back_mended_is_no_edit(before: str, now: str, edited: int, mended: int) -> None:
    stored = entry("A", text=before)
    known = {"id of A": Known(article_id=1, content_hash=stored.content_hash, entry=stored)}
    document = ParsedFeed(entries=(entry("A", text=now),))
    intent = decide(READ_BEFORE, answer(), document, known, polling=POLLING, now=NOW)
    assert (len(intent.edited), len(intent.mended)) == (edited, mended)


def test_an_entry_that_its_document_ends_within_is_no_edit_until_it_comes_whole() -> None:
    stored = entry("A", text="The envoys met in Amman.")
    known = {"id of A": Known(article_id=1, content_hash=stored.content_hash, entry=stored)}
    beginning = ParsedFeed(entries=(entry("A"),), problem="damaged", cut="id of A")
    assert not decide(READ_BEFORE, answer(), beginning, known, polling=POLLING, now=NOW).edited
    whole = replace(beginning, problem=None, cut=None)
    assert decide(READ_BEFORE, answer(), whole, known, polling=POLLING, now=NOW).edited


LINK = "https://wire.example/talks"


@pytest.mark.parametrize(
    "before, now, edited",
    [
        (LINK, "https://wire.example/2026/talks", 1),
        (None, LINK, 1),
        ("https://wire.example/", LINK, 1),
        (LINK, LINK, 0),
        (LINK, f"{LINK}/?utm_source=rss", 0),
        (LINK, "http://www.wire.example/talks", 0),
        (LINK, None, 0),
        (LINK, "https://wire.example/", 0),
    ],
)
def test_an_entry_whose_link_leads_to_another_article_is_edited(
    before: str | None, now: str | None, edited: int
) -> None:
    known = {"id of A": Known(article_id=1, content_hash=entry("A").content_hash, link=before)}
    document = ParsedFeed(entries=(entry("A", link=now),))
    intent = decide(READ_BEFORE, answer(), document, known, polling=POLLING, now=NOW)
    assert [(article_id, one.link) for article_id, one in intent.edited] == [(1, now)] * edited


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_validators_are_those_of_the_last_whole_answer() -> None:
    state = knowing(SEEN_BEFORE, body_hash=body_hash(b"<rss/>"))
    at_304 = decide(state, answer(304, b"", headers={"etag": '"other"'}), None, {}, polling=POLLING, now=NOW)
    assert (at_304.taught.etag, at_304.taught.last_modified) == ('W/"one"', "Mon")
    same_body = decide(state, answer(headers={"etag": '"two"'}), None, {}, polling=POLLING, now=NOW)
    assert (same_body.taught.etag, same_body.taught.last_modified) == ('"two"', None)


def test_a_failure_keeps_all_that_is_known_of_the_feed() -> None:
    state = replace(
        knowing(
            READ_BEFORE,
            wishes=Wishes(ttl=HOUR),
            gap_at=NOW,
            gap_from=NOW - DAY,
            damage="damaged",
            dumped=3,
            dumped_at=NOW,
        ),
        notice="silent",
    )
    intent = decide(state, answer(500, problem="x"), None, {}, polling=POLLING, now=NOW)
    assert (intent.taught, intent.notice) == (state.taught, "silent")
