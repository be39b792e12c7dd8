"""What the store remembers of feeds and hosts between polls, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from databases import opened
from instance import eventually
from records import DAY, HOUR, NOW, entry, verdict
from sqlalchemy import select, text, update
from test_store import POST, WIRE, brought, claim

from digest.errors import StoreError
from digest.model import Article, Evidence, FeedState, HostPause, HubSubscription, Taught, Wishes
from digest.settings import Feed
from digest.store import articles, hubs, polls, repairs, report, schema
from digest.store.engine import Database, Transaction

PAUSE = HostPause(host="wire.example", until=NOW + DAY, reason="429")


def claimed(database: Database, at: datetime = NOW, *feeds: Feed) -> list[FeedState]:
    with database.write() as tx:
        polls.keep(tx, feeds or [WIRE], at)
        return polls.claim_due(tx, claim(at=at, lease=timedelta(minutes=1)), limit=10)


def test_all_that_a_poll_taught_is_there_at_the_next(database: Database) -> None:
    [state] = claimed(database)
    taught = Taught(
        etag='"one"',
        last_modified="today",
        body_hash="of today",
        moved_to="https://new.example/rss",
        moved_seen=(NOW - DAY, NOW),
        poll_url="https://other.example/rss",
        gap_at=NOW,
        gap_from=NOW - DAY,
        slices=frozenset({"a", "b"}),
        damage="damaged at line 3",
        dumped=40,
        dumped_at=NOW,
        wishes=Wishes(
            fresh=HOUR, ttl=2 * HOUR, update_period=DAY, skip_hours=frozenset({1}), skip_days=frozenset({6})
        ),
        appeared=(NOW - DAY, NOW),
    )
    assert not set(astuple(taught)) & set(astuple(Taught())), "a field that is not tried here"
    with database.write() as tx:
        polls.record(tx, [brought(state.id, taught=taught, wait_reason="it is early", notice="silent")], NOW)
    [again] = claimed(database, NOW + HOUR)
    assert again.taught == taught
    assert (again.wait_reason, again.notice, again.created_at) == ("it is early", "silent", NOW)


@pytest.mark.parametrize(
    "news",
    [
        {},
        {"notice": "it has moved"},
        {"problem": "damaged"},
        {"succeeded": False, "problem": "no answer", "next_poll_at": None, "wait_reason": "late", "notice": "silent"},
        *({name: None} for name in ("etag", "body_hash", "poll_url", "gap_at", "gap_from", "damage", "dumped_at")),
        {"last_modified": "today", "moved_to": "https://else.example/"},
        {"moved_seen": (), "dumped": 0},
        {"appeared": (NOW,), "rhythm": None},
        {"wishes": Wishes(ttl=HOUR)},
        {"slices": frozenset({"a"})},
        {"host": "else.example"},
        {"new": brought(0, "Talks begin", "Talks go on").new},
    ],
)
def test_what_is_written_is_the_same_whether_or_not_it_is_compared_with_what_was_there(
    database: Database, news: dict[str, Any]
) -> None:
    known: dict[str, Any] = {
        "poll_url": "https://other.example/rss",
        "gap_at": NOW,
        "gap_from": NOW - DAY,
        "slices": frozenset({"a", "b"}),
        "damage": "damaged at line 3",
        "dumped": 40,
        "dumped_at": NOW,
        "wishes": Wishes(ttl=2 * HOUR, skip_hours=frozenset({1})),
        "appeared": (NOW - 3 * HOUR, NOW),
        "moved_seen": (NOW,),
        "rhythm": 3 * HOUR,
    }
    with database.write() as tx:
        ill = known | {"succeeded": False, "problem": "no answer", "notice": "silent"}
        polls.record(tx, [brought(state.id, **ill) for state in claimed_in(tx, NOW)], NOW)
        one, other = claimed_in(tx, NOW + HOUR)
        after = {"wait_reason": "it is early", "next_poll_at": NOW + 3 * HOUR} | known | news
        polls.record(tx, [brought(one.id, **after)], NOW + HOUR, before={one.id: one})
        polls.record(tx, [brought(other.id, **after)], NOW + HOUR)
        rows = [
            {name: value for name, value in row._mapping.items() if name not in {"id", "url", "name"}}
            for row in tx.execute(select(schema.feeds))
        ]
    own = {"host": "", "tags": "", "language": ""} if "host" not in news else {"tags": "", "language": ""}
    assert rows[0] | own == rows[1] | own
    assert rows[0]["polled_at"] == NOW + HOUR


def claimed_in(tx: Transaction, at: datetime) -> list[FeedState]:
    polls.keep(tx, [WIRE, POST], NOW)
    return polls.claim_due(tx, claim(at=at, lease=timedelta(minutes=1)), limit=10)


def test_nothing_learned_is_nothing_remembered(database: Database) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id)], NOW)
    [again] = claimed(database, NOW + HOUR)
    assert again.taught == Taught(etag='"e"', body_hash="h")


def test_no_feed_of_a_host_that_pauses_is_claimed_even_by_name(database: Database) -> None:
    states = claimed(database, NOW, WIRE, POST)
    wire = next(state.id for state in states if state.feed.url == WIRE.url)
    with database.write() as tx:
        due = [
            brought(state.id, next_poll_at=NOW, host_pause=PAUSE if state.id == wire else None) for state in states
        ]
        polls.record(tx, due, NOW)
        assert polls.pauses(tx, NOW) == [PAUSE]
    for at, urls, expected in (
        (NOW + HOUR, None, [POST.url]),
        (NOW + HOUR, [WIRE.url], []),
        (NOW + DAY, [WIRE.url], [WIRE.url]),
    ):
        with database.write() as tx:
            found = polls.claim_due(tx, claim(at=at, lease=timedelta(0)), limit=10, urls=urls)
            assert [state.feed.url for state in found] == expected


def test_a_longer_pause_is_not_shortened_and_one_that_is_over_is_forgotten(database: Database) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        for until in (DAY, HOUR):
            polls.record(tx, [brought(state.id, host_pause=replace(PAUSE, until=NOW + until))], NOW)
        assert [pause.until for pause in polls.pauses(tx, NOW)] == [NOW + DAY]
        other = HostPause(host="post.example", until=NOW + 3 * DAY, reason="503")
        polls.record(tx, [brought(state.id, host_pause=other)], NOW + 2 * DAY)
        assert polls.pauses(tx, NOW) == [other]


def test_feeds_due_before_the_end_of_a_pause_are_put_off(database: Database) -> None:
    states = claimed(database, NOW, WIRE, POST)
    with database.write() as tx:
        polls.record(tx, [brought(state.id) for state in states], NOW)
        early = polls.due_before(tx, PAUSE)
        assert list(early.values()) == [WIRE.url]
        polls.reschedule(tx, dict.fromkeys(early, (NOW + 2 * DAY, "its host pauses")))
    assert [state.feed.url for state in claimed(database, NOW + DAY, WIRE, POST)] == [POST.url]
    found = {state.feed.url: state.wait_reason for state in claimed(database, NOW + 2 * DAY, WIRE, POST)}
    assert found == {WIRE.url: "its host pauses", POST.url: ""}


def test_a_feed_that_is_gone_is_not_brought_back_by_a_pause(database: Database) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id, succeeded=False, next_poll_at=None)], NOW)
        polls.reschedule(tx, {state.id: (NOW, "x")})
    assert claimed(database, NOW + DAY) == []


def test_a_crowd_is_all_that_is_due_after_a_pause_and_what_is_new_otherwise(database: Database) -> None:
    first, second = Feed(url="https://a.example/", name="A"), Feed(url="https://b.example/", name="B")
    with database.write() as tx:
        polls.keep(tx, [first], NOW)
        [state] = polls.claim_due(tx, claim(), limit=1)
        polls.record(tx, [brought(state.id, next_poll_at=NOW + HOUR)], NOW)
        polls.keep(tx, [first, second], NOW + HOUR)
        at = NOW + HOUR
        assert [(url, host) for _, url, host in polls.crowd(tx, at, after=2 * HOUR)] == [(second.url, "b.example")]
        assert sorted(url for _, url, _ in polls.crowd(tx, at, after=HOUR)) == [first.url, second.url]


@pytest.mark.parametrize("known_by", ["moved_to", "poll_url"])
def test_a_moved_feed_keeps_its_articles_when_the_operator_follows_it(database: Database, known_by: str) -> None:
    [state] = claimed(database)
    moved = Feed(url="https://new.example/rss", name="Wire")
    with database.write() as tx:
        polls.record(tx, [brought(state.id, "A", **{known_by: moved.url}, notice="moved")], NOW)
        polls.keep(tx, [moved], NOW + HOUR)
        [again] = polls.claim_due(tx, claim(at=NOW + HOUR), limit=10)
        assert (again.id, again.feed.url, again.taught.poll_url, again.notice) == (state.id, moved.url, None, None)
        assert polls.hosts_of(tx, [moved.url]) == {moved.url: "new.example"}
        assert [article.feed_url for article in articles.recent(tx, 9)] == [moved.url]


def test_a_feed_that_another_moved_to_is_one_of_its_own_while_both_are_configured(database: Database) -> None:
    [state] = claimed(database)
    moved = Feed(url="https://new.example/rss", name="New")
    with database.write() as tx:
        polls.record(tx, [brought(state.id, "A", moved_to=moved.url)], NOW)
        polls.keep(tx, [WIRE, moved], NOW + HOUR)
        found = polls.claim_due(tx, claim(at=NOW + HOUR), limit=10)
    assert {each.feed.url for each in found} == {WIRE.url, moved.url}


def matched(database: Database, *, number: int) -> Article:
    """The one article, judged by a generation of topics, with a match."""
    with database.write() as tx:
        [article] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=9)
        articles.record_verdicts(tx, {article.id: (article, [verdict()])}, number=number, owner="one", now=NOW)
    return article


def test_mended_text_is_kept_without_a_revision_and_matched_again(database: Database) -> None:
    """What was unreadable may match now, and the words that matched stand elsewhere; the match is no newer for it."""
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id, "A")], NOW)
        number = articles.begin_generation(tx, "topics", NOW)
    article = matched(database, number=number)
    with database.write() as tx:
        mended = entry("A", text="Türkiye")
        polls.record(tx, [brought(state.id, mended=((article.id, mended),))], NOW + HOUR)
        [again] = articles.claim_unmatched(tx, claim(at=NOW + HOUR), number=number, since=NOW - DAY, limit=9)
        assert (again.entry.text, again.revision) == ("Türkiye", 1)
        moved = replace(verdict(), evidence=(Evidence(term="t", found="t", field="text", start=3, end=4),))
        verdicts = {again.id: (again, [moved])}
        articles.record_verdicts(tx, verdicts, number=number, owner="one", now=NOW + HOUR)
        [row] = tx.execute(select(schema.matches))
    assert (row.matched_at, row.evidence[0][3]) == (NOW, 3)


@pytest.mark.parametrize("how", ["edited", "mended"])
def test_text_that_changes_while_it_is_matched_is_matched_again(database: Database, how: str) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id, "A")], NOW)
        number = articles.begin_generation(tx, "topics", NOW)
        [article] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=9)
        polls.record(tx, [brought(state.id, **{how: ((article.id, entry("A", text="Türkiye")),)})], NOW)
        articles.record_verdicts(tx, {article.id: (article, [verdict()])}, number=number, owner="one", now=NOW)
        [again] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=9)
        assert again.entry.text == "Türkiye"
        assert list(tx.execute(select(schema.matches))) == [], "what was said of the old text is not kept"


def test_the_pause_of_a_clock_that_ran_ahead_is_forgotten(database: Database) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id, host_pause=replace(PAUSE, until=NOW + 300 * DAY))], NOW)
        repairs.forget_the_future(tx, NOW)
        assert polls.pauses(tx, NOW) == []


def test_the_promise_of_a_hub_by_a_clock_that_ran_ahead_is_asked_for_anew(database: Database) -> None:
    states = claimed(database, NOW, WIRE, POST)
    asked = HubSubscription(
        feed_id=states[0].id, hub="https://hub.example/", topic=WIRE.url, token="a", secret="s", state="active"
    )
    with database.write() as tx:
        for state, token, at in zip(states, "ab", (NOW + 300 * DAY, NOW - DAY), strict=True):
            promised = replace(asked, feed_id=state.id, token=token, requested_at=at, retry_at=at + 8 * DAY)
            hubs.put(tx, replace(promised, expires_at=at + 10 * DAY))
        repairs.forget_the_future(tx, NOW)
        assert hubs.pushed(tx, [state.id for state in states], NOW) == {states[1].id}
        [due] = hubs.due(tx, NOW, limit=9)
    assert (due.feed_id, due.state) == (states[0].id, "wanted")


def test_all_that_is_known_of_one_feed_can_be_read(database: Database, database_url: str) -> None:
    [state] = claimed(database)
    with database.write() as tx:
        taught = Taught(wishes=Wishes(ttl=HOUR), moved_seen=(NOW,))
        told_too = {"wait_reason": "early", "rhythm": 3 * HOUR, "host_pause": PAUSE}
        polls.record(tx, [brought(state.id, "A", taught=taught, **told_too)], NOW)
    told = report.feed(database_url, WIRE.url)
    assert told is not None
    assert (told["wait_reason"], told["wishes"], told["moved_seen"]) == ("early", {"ttl": 3600}, [NOW])
    assert (told["host_pause_reason"], told["host_pause_until_at"]) == (PAUSE.reason, PAUSE.until)
    assert told["rhythm_seconds"] == 3 * 3600
    assert (told["articles"], told["tags"], told["created_at"]) == (1, ["world"], NOW)
    assert report.feed(database_url, "https://other.example/") is None


# --- several at once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("work", ["edits", "verdicts"])
def test_who_waits_for_an_article_holds_none_behind_it(database: Database, database_url: str, work: str) -> None:
    """Else two who write the same articles in orders of their own would wait for each other."""
    [state] = claimed(database)
    with database.write() as tx:
        polls.record(tx, [brought(state.id, "A", "B")], NOW)
        number = articles.begin_generation(tx, "topics", NOW)
        one, other = articles.claim_unmatched(tx, claim(), number=number, since=NOW, limit=9)
        tx.execute(update(schema.articles).where(schema.articles.c.id == one.id).values(author="moved to the end"))

    def write() -> None:
        with database.write() as tx:
            for way in ("indexscan", "bitmapscan"):  # as where so many are written that all are looked at
                tx.execute(text(f"SET LOCAL enable_{way} = off"))
            if work == "edits":
                edited = ((each.id, entry(each.entry.title, text="another")) for each in (other, one))
                polls.record(tx, [brought(state.id, edited=tuple(edited))], NOW)
            else:
                articles.record_verdicts(
                    tx, {other.id: (other, []), one.id: (one, [])}, number=number, owner="one", now=NOW
                )

    waiting = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    holding = select(schema.articles.c.id).order_by(schema.articles.c.id).with_for_update(nowait=True, key_share=True)
    with ThreadPoolExecutor(1) as pool, opened(database_url) as another, another.write() as tx:
        tx.execute(holding.where(schema.articles.c.id == one.id))
        writing = pool.submit(write)
        eventually(lambda: tx.execute(waiting).first())
        tx.execute(holding.where(schema.articles.c.id == other.id))
        with pytest.raises(StoreError, match="lock timeout"):
            writing.result()
