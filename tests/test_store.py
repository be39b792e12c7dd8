"""The store keeps its promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from databases import opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import DAY, HOUR, NOW, entry, subscription, taught, verdict
from sqlalchemy import event, select

from digest import schedule
from digest.model import (
    Article,
    DeliveryState,
    DueSubscription,
    Edition,
    EditionIntent,
    EditionStory,
    NewArticle,
    Outcome,
    PollIntent,
    Settlement,
)
from digest.settings import Feed, Subscription
from digest.store import (
    articles,
    kept,
    leases,
    ledger,
    notices,
    outbox,
    polls,
    report,
    schema,
    subscriptions,
)
from digest.store.engine import Database, Transaction, open_database
from digest.store.leases import Claim

WIRE = Feed(url="https://wire.example/rss", name="Wire", tags=("world",), language="en")
POST = Feed(url="https://post.example/rss", name="Post")
V1 = {"talks": "v1"}


def claim(owner: str = "one", at: datetime = NOW, lease: timedelta = HOUR) -> Claim:
    return Claim(owner=owner, now=at, until=at + lease)


def brought(feed_id: int, *titles: str, **fields: object) -> PollIntent:
    values: dict[str, object] = {
        "feed_id": feed_id,
        "succeeded": True,
        "taught": taught(fields, etag='"e"', body_hash="h"),
        "next_poll_at": NOW + HOUR,
        "problem": None,
        "new": tuple(NewArticle(entry=entry(title), held=None) for title in titles),
    }
    return PollIntent(**{**values, **fields})  # type: ignore[arg-type]


def filled(database: Database, *titles: str) -> list[Article]:
    """A feed with these articles, matched and each in a story of its own; gives them as stored."""
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [state] = polls.claim_due(tx, claim(), limit=10)
        polls.record(tx, [brought(state.id, *titles)], NOW)
        number = articles.begin_generation(tx, "topics", NOW)
        batch = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=100)
        found = {each.id: (each, [verdict()]) for each in batch}
        articles.record_verdicts(tx, found, number=number, owner="one", now=NOW)
        batch = articles.claim_ungrouped(tx, claim(), limit=100)
        ids = articles.new_stories(tx, len(batch), NOW)
        members = {each.id: story_id for each, story_id in zip(batch, ids, strict=True)}
        articles.record_stories(tx, members, {}, owner="one")
        return articles.by_ids(tx, members)


def subscribed(database: Database, *addresses: str) -> list[DueSubscription]:
    """These people subscribed and due now."""
    with database.write() as tx:
        subscriptions.keep(tx, [subscription(address) for address in addresses], NOW)
        subscriptions.set_due(tx, {row[0]: NOW for row in subscriptions.active(tx)})
        return subscriptions.due(tx, "middle-east", NOW)


def edition(*story_ids: int, slot: datetime = NOW) -> Edition:
    stories = tuple(
        EditionStory(
            story_id=n, article_id=n, title="t", summary="", link=None, outlet="Wire", language="en",
            published_at=NOW, score=1.0, reasons=(),
        )
        for n in story_ids
    )  # fmt: skip
    return Edition(
        newsletter="middle-east", title="Middle East watch", audience="everybody", slot_at=slot, composed_at=NOW,
        language="en", timezone="UTC", topics=(), stories=stories,
    )  # fmt: skip


def intent(members: Sequence[DueSubscription], *story_ids: int, slot: datetime = NOW) -> EditionIntent:
    return EditionIntent(
        newsletter="middle-east",
        audience="everybody",
        slot_at=slot,
        state="composed",
        edition=edition(*story_ids, slot=slot),
        left_out={99: "cap: over the 20 stories"},
        members=tuple((member, slot + DAY) for member in members),
    )


def states(tx: Transaction) -> dict[str, int]:
    """How many deliveries are in each state."""
    return Counter(row["state"] for row in ledger.messages(tx))


def compose(database: Database, members: Sequence[DueSubscription], *story_ids: int, slot: datetime = NOW) -> int:
    told = intent(members, *story_ids, slot=slot)
    ids = {member.id: f"<{member.id}.{slot:%d%H}@x>" for member in members}
    with database.write() as tx:
        return ledger.record_edition(tx, told, "content", ids, NOW)


def settle(database: Database, state: DeliveryState, *, retry_at: datetime | None = None, owner: str = "one") -> None:
    """Claims everything that is due and gives it this state."""
    with database.write() as tx:
        for delivery in outbox.claim(tx, claim(owner), states=["queued", "deferred"], limit=100):
            assert outbox.begin(tx, delivery.id, claim(owner))
            kind = state if state in ("accepted", "deferred", "refused", "unsure") else "deferred"
            outcome = Outcome(kind=kind, code=250, text="so it was")
            outbox.settle(tx, delivery.id, owner, Settlement(state=state, retry_at=retry_at, outcome=outcome), NOW)


# --- feeds and articles -------------------------------------------------------------------------------------------


def test_feeds_are_those_of_the_configuration_and_keep_their_history(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE, POST], NOW)
        both = polls.claim_due(tx, claim(), limit=10)
        polls.record(tx, [brought(state.id, "A") for state in both], NOW)
        polls.keep(tx, [Feed(url=WIRE.url, name="The Wire")], NOW)
        later = claim(at=NOW + 2 * HOUR)
        [state] = polls.claim_due(tx, later, limit=10)
        assert (state.feed.name, state.feed.tags, state.taught.etag) == ("The Wire", (), '"e"')
        polls.keep(tx, [WIRE, POST], NOW)
        polls.release(tx, "one")
        again = polls.claim_due(tx, later, limit=10)
        assert {s.feed.name: s.succeeded_at for s in again} == {"Wire": NOW, "Post": NOW}


def test_a_feed_that_is_not_due_is_polled_only_when_asked_for(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE, POST], NOW)
        for state in polls.claim_due(tx, claim(), limit=10):
            polls.record(tx, [brought(state.id)], NOW)
        assert polls.claim_due(tx, claim(), limit=10) == []
        assert [s.feed for s in polls.claim_due(tx, claim(), limit=10, urls=[POST.url])] == [POST]


def test_a_feed_that_is_gone_is_due_no_more_until_it_is_put_in_anew(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [state] = polls.claim_due(tx, claim(), limit=10)
        polls.record(tx, [brought(state.id, succeeded=False, next_poll_at=None, problem="gone")], NOW)
        assert polls.claim_due(tx, claim(at=NOW + 900 * DAY), limit=10) == []
        polls.keep(tx, [WIRE], NOW + DAY)
        assert polls.claim_due(tx, claim(at=NOW + 900 * DAY), limit=10) == []
        polls.keep(tx, [], NOW + DAY)
        polls.keep(tx, [WIRE], NOW + 2 * DAY)
        assert len(polls.claim_due(tx, claim(at=NOW + 2 * DAY), limit=10)) == 1, "it was taken out, and put in again"


def test_an_entry_stored_before_is_not_stored_again(database: Database) -> None:
    [first] = filled(database, "A")
    with database.write() as tx:
        assert polls.record(tx, [brought(first.feed_id, "A", "B")], NOW + HOUR) == 1
        known = polls.known_entries(tx, first.feed_id, ["id of A", "id of B", "id of C"])
    assert known["id of A"] == (first.id, first.entry.content_hash, first.entry.link)
    assert set(known) == {"id of A", "id of B"}


def test_known_entries_are_found_among_thousands(database: Database) -> None:
    [first] = filled(database, "A")
    with database.read() as tx:
        asked = [f"id of {n}" for n in range(2500)] + ["id of A"]
        assert set(polls.known_entries(tx, first.feed_id, asked)) == {"id of A"}


def test_articles_are_matched_again_by_topics_that_came_while_the_clock_was_behind(database: Database) -> None:
    [first] = filled(database, "A")
    with database.write() as tx:
        number = articles.begin_generation(tx, "other topics", NOW - 900 * DAY)
        [again] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10)
    assert again.id == first.id


def test_an_edited_entry_is_a_new_revision_and_is_matched_again(database: Database) -> None:
    [first] = filled(database, "A")
    with database.write() as tx:
        polls.record(tx, [brought(first.feed_id, edited=((first.id, entry("A", summary="more")),))], NOW)
        [again] = articles.claim_unmatched(tx, claim(), number=1, since=NOW - DAY, limit=10)
    assert (again.revision, again.entry.summary, again.story_id) == (2, "more", first.story_id)


def test_an_article_comes_back_as_it_was_stored(database: Database) -> None:
    full = entry(
        "Türkiye “talks” 🕊",
        link="https://x.example/a?b=1",
        canonical="x.example/a",
        summary="s",
        text="t" * 20_000,
        author="Ayşe",
        language="tr",
        published_at=NOW - HOUR,
        tags=("a", "b"),
        image="https://x.example/i.png",
    )
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [state] = polls.claim_due(tx, claim(), limit=1)
        polls.record(tx, [brought(state.id, new=(NewArticle(entry=full, held="old"),))], NOW)
    with database.read() as tx:
        [stored] = articles.find(tx, "https://x.example/a?b=1")
    assert stored.entry == full
    assert (stored.held, stored.feed_tags, stored.first_seen_at, stored.feed_name) == ("old", ("world",), NOW, "Wire")


def test_the_problem_of_a_feed_keeps_the_date_of_its_beginning_and_failures_are_counted(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        for hours in range(3):
            [state] = polls.claim_due(tx, claim(at=NOW + hours * HOUR), limit=1)
            ill = brought(state.id, succeeded=False, problem=f"problem {hours}", next_poll_at=NOW)
            polls.record(tx, [ill], NOW + hours * HOUR)
        [state] = polls.claim_due(tx, claim(at=NOW + DAY), limit=1)
        assert (state.failures, state.problem, state.problem_since) == (3, "problem 2", NOW)
        polls.record(tx, [brought(state.id)], NOW + DAY)
        [state] = polls.claim_due(tx, claim(at=NOW + 2 * DAY), limit=1)
        assert (state.failures, state.problem, state.problem_since) == (0, None, None)


def test_held_articles_wait_until_they_are_released(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [state] = polls.claim_due(tx, claim(), limit=1)
        held = (NewArticle(entry=entry("A"), held="dump"), NewArticle(entry=entry("B"), held=None))
        polls.record(tx, [brought(state.id, new=held, dumped=1, dumped_at=NOW, notice="one is held")], NOW)
        number = articles.begin_generation(tx, "topics", NOW)
        waiting = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10)
        assert [a.entry.title for a in waiting] == ["B"]
        assert polls.release_held(tx, WIRE.url, NOW + DAY) == 1
        [freed] = articles.claim_unmatched(tx, claim(), number=number, since=NOW, limit=10)
        assert (freed.entry.title, freed.first_seen_at) == ("A", NOW + DAY)
        [state] = polls.claim_due(tx, claim(at=NOW + DAY), limit=1)
        assert (state.notice, state.taught.dumped, state.taught.dumped_at) == (None, 0, None)


# --- claims -------------------------------------------------------------------------------------------------------


def test_what_one_claims_another_cannot_until_the_lease_has_run_out(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        assert len(polls.claim_due(tx, claim("one"), limit=1)) == 1
        assert polls.claim_due(tx, claim("two", NOW + HOUR / 2), limit=1) == []
        assert len(polls.claim_due(tx, claim("two", NOW + HOUR), limit=1)) == 1


def test_what_is_given_back_can_be_claimed_at_once(database: Database) -> None:
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        polls.claim_due(tx, claim("one"), limit=1)
        polls.release(tx, "one")
        assert len(polls.claim_due(tx, claim("two"), limit=1)) == 1


@pytest.fixture
def patient(database_url: str) -> Iterator[Database]:
    """A fresh database on which writers wait for each other however slow the disk is."""
    with opened(database_url) as made:
        yield made


def test_two_who_claim_at_the_same_time_never_get_the_same_row(patient: Database) -> None:
    members = subscribed(patient, *(f"p{n}@example.org" for n in range(60)))
    compose(patient, members, 1)
    won: dict[str, list[int]] = {f"worker {n}": [] for n in range(4)}

    def work(owner: str) -> None:
        while True:
            with patient.write() as tx:
                batch = outbox.claim(tx, claim(owner), states=["queued"], limit=7)
            if not batch:
                return
            won[owner] += [delivery.id for delivery in batch]

    threads = [Thread(target=work, args=(owner,)) for owner in won]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [number for numbers in won.values() for number in numbers]
    assert len(everything) == len(set(everything)) == 60


def test_only_one_holds_a_named_lease_and_a_lost_one_is_seen(database: Database) -> None:
    with database.write() as tx:
        assert leases.acquire(tx, "composing", claim("one"))
        assert leases.acquire(tx, "composing", claim("one", NOW + HOUR / 2))
        assert not leases.acquire(tx, "composing", claim("two", NOW + HOUR))
        assert leases.acquire(tx, "composing", claim("two", NOW + 2 * HOUR))
        assert not leases.acquire(tx, "composing", claim("one", NOW + 2 * HOUR))
        leases.give_back(tx, "composing", "one")
        assert not leases.acquire(tx, "composing", claim("three", NOW + 2 * HOUR))
        leases.give_back(tx, "composing", "two")
        assert leases.acquire(tx, "composing", claim("three", NOW + 2 * HOUR))


def test_a_lease_that_another_has_had_since_is_not_renewed(database: Database) -> None:
    with database.write() as tx:
        assert leases.acquire(tx, "composing", claim("one"))
        assert leases.renew(tx, "composing", claim("one", NOW + 2 * HOUR)), "it had run out, but nobody took it"
        assert leases.acquire(tx, "composing", claim("two", NOW + 4 * HOUR))
        assert not leases.renew(tx, "composing", claim("one", NOW + 4 * HOUR))
        leases.give_back(tx, "composing", "two")
        assert not leases.renew(tx, "composing", claim("one", NOW + 4 * HOUR))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_configurations_in_different_orders_may_be_kept_at_the_same_moment(database_url: str) -> None:
    people = [subscription(f"reader{number}@example.org") for number in range(300)]
    database = open_database(database_url)

    def keep(configured: Sequence[Subscription]) -> None:
        for _ in range(5):
            with database.write() as tx:
                subscriptions.keep(tx, configured, NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(keep, [people, people[::-1]]))
    database.close()


# --- matches and stories ------------------------------------------------------------------------------------------


def test_a_changed_set_of_topics_is_a_new_generation_and_so_is_going_back(database: Database) -> None:
    with database.write() as tx:
        first = articles.begin_generation(tx, "one", NOW)
        assert articles.begin_generation(tx, "one", NOW) == first
        second = articles.begin_generation(tx, "two", NOW)
        third = articles.begin_generation(tx, "one", NOW)
    assert first < second < third


def test_matching_again_keeps_the_date_of_a_match_unless_its_topic_has_changed(database: Database) -> None:
    filled(database, "A")
    for version, at in (("v1", NOW), ("v2", NOW + DAY)):
        with database.write() as tx:
            number = articles.begin_generation(tx, f"again {version}", NOW)
            [again] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10)

            judged = {again.id: (again, [replace(verdict(), topic_version=version)])}
            articles.record_verdicts(tx, judged, number=number, owner="one", now=NOW + DAY)
            [candidate] = ledger.candidates(tx, {"talks": version}, NOW - DAY)
            assert candidate.matched_at == at


def test_a_match_that_no_longer_holds_is_dropped(database: Database) -> None:
    filled(database, "A")
    with database.write() as tx:
        number = articles.begin_generation(tx, "other", NOW)
        [again] = articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10)
        articles.record_verdicts(tx, {again.id: (again, [])}, number=number, owner="one", now=NOW)
        assert ledger.candidates(tx, V1, NOW - DAY) == []


@pytest.mark.parametrize("reference", ["https://wire.example/a", "id of A", "1"])
def test_an_article_is_found_without_a_look_at_each(tmp_path: Path, sqlite_template: Path, reference: str) -> None:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    filled(database, "A")
    with database.read() as tx:
        asked: list[tuple[str, Any]] = []
        event.listen(tx, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        articles.find(tx, reference)
        [(statement, values)] = asked
        steps = [row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("ix_articles_canonical" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]
    database.close()


def test_verdicts_of_a_lost_claim_are_not_written(database: Database) -> None:
    filled(database, "A")
    with database.write() as tx:
        number = articles.begin_generation(tx, "other", NOW)
        [again] = articles.claim_unmatched(tx, claim("one"), number=number, since=NOW - DAY, limit=10)
        articles.claim_unmatched(tx, claim("two", NOW + HOUR), number=number, since=NOW - DAY, limit=10)
        articles.record_verdicts(tx, {again.id: (again, [])}, number=number, owner="one", now=NOW)
        assert len(ledger.candidates(tx, V1, NOW - DAY)) == 1


def test_an_article_that_fails_is_put_aside_and_its_problem_told(database: Database, database_url: str) -> None:
    [first] = filled(database, "A")
    with database.write() as tx:
        number = articles.begin_generation(tx, "other", NOW)
        articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10)
        articles.postpone(tx, first.id, until=NOW + HOUR, problem="it was too much")
        assert articles.claim_unmatched(tx, claim(), number=number, since=NOW - DAY, limit=10) == []
        later = claim(at=NOW + HOUR)
        assert len(articles.claim_unmatched(tx, later, number=number, since=NOW - DAY, limit=10)) == 1
    assert report.status(database_url)["problems"][0]["problem"] == "it was too much"


def test_stories_come_with_all_their_articles_and_the_matches_asked_for(database: Database) -> None:
    filled(database, "A", "B")
    with database.write() as tx:
        found = ledger.candidates(tx, V1, NOW - DAY)
        assert [c.matched_at for c in found] == [NOW, NOW]
        stories = ledger.stories(tx, {c.story_id for c in found}, V1)
        assert [[a.entry.title for a in s.articles] for s in stories] == [["A"], ["B"]]
        assert stories[0].matches[0].verdict == verdict()
        assert ledger.candidates(tx, V1, NOW + HOUR) == []
        assert ledger.candidates(tx, {"talks": "v0"}, NOW - DAY) == []
        assert ledger.candidates(tx, {}, NOW - DAY) == []


def test_matches_of_thousands_of_topics_are_asked_for_at_once(database: Database) -> None:
    [first] = filled(database, "A")
    topics = V1 | {f"topic {number}": "v1" for number in range(3000)}
    with database.read() as tx:
        [candidate] = ledger.candidates(tx, topics, NOW - DAY)
        [story] = ledger.stories(tx, [candidate.story_id], topics)
        assert [match.verdict.topic_id for match in story.matches] == ["talks"]
        assert kept.matches_since(tx, NOW - DAY, topics).keys() == {(first.id, "talks")}
        assert not kept.matches_since(tx, NOW - DAY, topics | {"talks": "v0"})


# --- the ledger ---------------------------------------------------------------------------------------------------


def test_an_edition_and_its_deliveries_are_written_once_whoever_tries_again(database: Database) -> None:
    members = subscribed(database, "amal@example.org", "jo@example.org")
    assert compose(database, members, 1, 2) == 2
    assert compose(database, members, 1, 2) == 0
    with database.read() as tx:
        assert states(tx) == {"queued": 2}
        assert len({row["content"] for row in ledger.messages(tx)}) == 1


def test_a_slot_that_was_accounted_for_as_late_can_still_be_composed(database: Database) -> None:
    """As when the clock ran ahead, and came back."""
    [amal] = subscribed(database, "amal@example.org")
    late = replace(intent([amal], 1), state="late", edition=None)
    with database.write() as tx:
        assert ledger.record_edition(tx, late, None, {}, NOW) == 0
    assert compose(database, [amal], 1) == 1
    with database.read() as tx:
        assert list(ledger.contents(tx, [1]).values()) == ["content"]
        assert ledger.sent_stories(tx, [1], [amal.subscriber_id]) == {amal.subscriber_id: frozenset({1})}


def test_nobody_gets_two_messages_of_one_newsletter_for_one_slot(database: Database) -> None:
    [member] = subscribed(database, "amal@example.org")
    compose(database, [member], 1)
    with database.write() as tx:
        other = replace(intent([member], 2), audience="a second audience")
        assert ledger.record_edition(tx, other, "content", {member.id: "<other@x>"}, NOW) == 0


def test_what_was_sent_or_is_on_its_way_is_known_by_subscriber(database: Database) -> None:
    amal, jo = subscribed(database, "amal@example.org", "jo@example.org")
    compose(database, [amal], 1, 2)
    settle(database, "accepted")
    compose(database, [amal, jo], 3, slot=NOW + DAY)
    with database.read() as tx:
        sent = ledger.sent_stories(tx, [1, 2, 3, 4], [amal.subscriber_id, jo.subscriber_id])
    assert sent == {amal.subscriber_id: frozenset({1, 2, 3}), jo.subscriber_id: frozenset({3})}


def test_what_was_refused_was_not_sent(database: Database) -> None:
    [amal] = subscribed(database, "amal@example.org")
    compose(database, [amal], 1)
    settle(database, "refused")
    with database.read() as tx:
        assert ledger.sent_stories(tx, [1], [amal.subscriber_id]) == {}


def test_composing_moves_the_due_time_on(database: Database) -> None:
    [amal] = subscribed(database, "amal@example.org")
    compose(database, [amal], 1)
    with database.read() as tx:
        assert subscriptions.due(tx, "middle-east", NOW) == []
        [later] = subscriptions.due(tx, "middle-east", NOW + DAY)
    assert (later.last_slot_at, later.next_due_at) == (NOW, NOW + DAY)


def test_what_was_left_out_and_why_can_be_asked(database: Database) -> None:
    [amal] = subscribed(database, "amal@example.org")
    compose(database, [amal], 1)
    with database.read() as tx:
        assert ledger.left_out(tx, 99, "middle-east", amal.subscriber_id) == [(NOW, "cap: over the 20 stories")]
        assert ledger.left_out(tx, 9, "middle-east", None) == []
        assert [row["state"] for row in ledger.history_of_story(tx, 1, amal.subscriber_id)] == ["queued"]


# --- subscriptions ------------------------------------------------------------------------------------------------


def test_subscriptions_are_those_of_the_configuration(database: Database) -> None:
    subscribed(database, "amal@example.org", "jo@example.org")
    with database.write() as tx:
        subscriptions.keep(tx, [subscription("Amal@Example.org", timezone="UTC")], NOW)
        rows = {row["address"]: row for row in subscriptions.listing(tx)}
    assert {address: row["state"] for address, row in rows.items()} == {
        "Amal@Example.org": "active",
        "jo@example.org": "removed",
    }
    assert rows["Amal@Example.org"]["next_due"] is None, "the old time means nothing in another zone"
    assert "vouched for by the operator" in rows["Amal@Example.org"]["consent"]


def test_an_unchanged_configuration_keeps_the_due_times(database: Database) -> None:
    subscribed(database, "amal@example.org")
    with database.write() as tx:
        subscriptions.keep(tx, [subscription("amal@example.org")], NOW + DAY)
        assert [row[3] for row in subscriptions.active(tx)] == [NOW]


def test_who_left_stays_away_whatever_the_configuration_says_until_they_come_back(database: Database) -> None:
    subscribed(database, "amal@example.org")
    with database.write() as tx:
        assert subscriptions.leave(tx, "AMAL@example.org", None, NOW) == 1
        assert subscriptions.leave(tx, "amal@example.org", None, NOW) == 0
        subscriptions.keep(tx, [subscription("amal@example.org")], NOW)
        assert subscriptions.active(tx) == []
        assert subscriptions.due(tx, "middle-east", NOW + DAY) == []
        assert subscriptions.rejoin(tx, "amal@example.org", "another") == 0
        assert subscriptions.rejoin(tx, "amal@example.org", "middle-east") == 1
        assert len(subscriptions.active(tx)) == 1


def test_a_person_with_two_newsletters_is_one_subscriber(database: Database) -> None:
    with database.write() as tx:
        both = [subscription("amal@example.org"), subscription("amal@example.org", newsletter="football")]
        subscriptions.keep(tx, both, NOW)
        subscriptions.set_due(tx, {row[0]: NOW for row in subscriptions.active(tx)})
        [one] = subscriptions.due(tx, "middle-east", NOW)
        [other] = subscriptions.due(tx, "football", NOW)
    assert one.subscriber_id == other.subscriber_id
    assert schedule.parse(one.schedule).hour == 7


# --- the outbox ---------------------------------------------------------------------------------------------------


def test_only_the_delivery_being_handed_over_is_unsure_after_a_crash(database: Database) -> None:
    compose(database, subscribed(database, "amal@example.org", "jo@example.org"), 1)
    with database.write() as tx:
        first, _ = outbox.claim(tx, claim(), states=["queued"], limit=10)
        assert outbox.begin(tx, first.id, claim())
    with database.write() as tx:
        assert outbox.mark_unsure(tx, NOW + HOUR / 2) == 0
        assert outbox.mark_unsure(tx, NOW + HOUR) == 1
        assert states(tx) == {"queued": 1, "unsure": 1}
        [attempt] = tx.execute(select(schema.attempts).where(schema.attempts.c.delivery_id == first.id))
        assert attempt.outcome == "unsure"
        later = claim("two", NOW + HOUR)
        assert len(outbox.claim(tx, later, states=["queued", "deferred"], limit=10)) == 1
        assert len(outbox.claim(tx, later, states=["unsure"], limit=10)) == 1


def test_an_unsure_delivery_that_is_held_is_not_claimed_again(database: Database) -> None:
    compose(database, subscribed(database, "amal@example.org"), 1)
    settle(database, "unsure", retry_at=None)
    with database.write() as tx:
        assert outbox.claim(tx, claim(at=NOW + 9 * DAY), states=["queued", "unsure"], limit=10) == []


def test_a_delivery_is_begun_only_by_the_holder_of_its_claim(database: Database) -> None:
    compose(database, subscribed(database, "amal@example.org"), 1)
    with database.write() as tx:
        [delivery] = outbox.claim(tx, claim("one"), states=["queued"], limit=1)
        assert not outbox.begin(tx, delivery.id, claim("two"))
        outbox.release(tx, "one")
        assert not outbox.begin(tx, delivery.id, claim("one"))


def test_an_acceptance_is_recorded_even_when_the_claim_was_lost(database: Database) -> None:
    compose(database, subscribed(database, "amal@example.org"), 1)
    with database.write() as tx:
        [delivery] = outbox.claim(tx, claim("one"), states=["queued"], limit=1)
        outbox.begin(tx, delivery.id, claim("one"))
        outbox.mark_unsure(tx, NOW + HOUR)
        accepted = Settlement(state="accepted", retry_at=None, outcome=Outcome(kind="accepted", code=250, text="ok"))
        outbox.settle(tx, delivery.id, "one", accepted, NOW + 2 * HOUR)
        assert states(tx) == {"accepted": 1}


def test_what_is_deferred_waits_for_its_time(database: Database) -> None:
    compose(database, subscribed(database, "amal@example.org"), 1)
    settle(database, "deferred", retry_at=NOW + HOUR)
    with database.write() as tx:
        assert outbox.claim(tx, claim(at=NOW), states=["deferred"], limit=1) == []
        [again] = outbox.claim(tx, claim(at=NOW + HOUR), states=["deferred"], limit=1)
        assert again.attempts == 1
        outbox.defer(tx, [again.id], "one", until=NOW + DAY, text="the server is down")
        assert outbox.claim(tx, claim(at=NOW + 2 * HOUR), states=["deferred"], limit=1) == []


# --- notices, retention, reports ----------------------------------------------------------------------------------


def test_a_notice_stands_until_it_is_withdrawn(database: Database) -> None:
    with database.write() as tx:
        notices.post(tx, "mail", "refused", NOW)
        notices.post(tx, "mail", "refused still", NOW + HOUR)
        assert notices.standing(tx) == [("mail", "refused still", NOW)]
        notices.withdraw(tx, "mail")
        notices.withdraw(tx, "mail")
        assert notices.standing(tx) == []


def test_the_report_tells_the_whole_picture(database: Database, database_url: str) -> None:
    filled(database, "A")
    compose(database, subscribed(database, "amal@example.org"), 1)
    settle(database, "deferred", retry_at=NOW + HOUR)
    with database.write() as tx:
        notices.post(tx, "mail", "refused", NOW)
        [state] = polls.claim_due(tx, claim(at=NOW + DAY), limit=1)
        polls.record(tx, [brought(state.id, succeeded=False, problem="HTTP 500")], NOW + DAY)
    told = report.status(database_url)
    assert told["notices"] == [{"subject": "mail", "text": "refused", "since_at": NOW}]
    assert told["feeds"]["total"] == told["feeds"]["ill"] == 1
    assert told["feeds"]["problems"][0]["problem"] == "HTTP 500"
    assert told["articles"]["total"] == told["articles"]["stories"] == told["articles"]["matches"] == 1
    assert told["deliveries"] == {"deferred": 1}
    assert told["troubles"][0]["address"] == "amal@example.org"
    assert told["editions"][0]["stories"] == 1
    assert told["subscriptions"][0]["next_due_at"] == NOW + DAY
    [feed] = report.feeds(database_url)
    assert (feed["articles"], feed["problem"], feed["polled_at"]) == (1, "HTTP 500", NOW + DAY)
    assert report.deliveries_due(database_url) == 0


@pytest.mark.parametrize("titles", [("A",), ("A", "B", "C")])
def test_a_transaction_that_raises_leaves_everything_as_it_was(database: Database, titles: tuple[str, ...]) -> None:
    def fail() -> None:
        with database.write() as tx:
            polls.keep(tx, [WIRE], NOW)
            notices.post(tx, "mail", " ".join(titles), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.write() as tx:
        assert notices.standing(tx) == []
        assert polls.claim_due(tx, claim(), limit=1) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50),
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - the zone comes in the next line
    st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9), max_size=4),
)
def test_texts_instants_and_lists_survive_the_round_trip(
    database: Database, title: str, published: datetime, tags: list[str]
) -> None:
    at = published.replace(tzinfo=NOW.tzinfo, microsecond=published.microsecond // 1000 * 1000)
    one = entry(title, entry_id=f"{title}{at}{tags}", published_at=at, tags=tuple(tags))
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [state] = polls.claim_due(tx, claim(), limit=1, urls=[WIRE.url])
        polls.record(tx, [brought(state.id, new=(NewArticle(entry=one, held=None),))], NOW)
        [(article_id, *_)] = polls.known_entries(tx, state.id, [one.entry_id]).values()
        [stored] = articles.by_ids(tx, [article_id])
    assert stored.entry == one
