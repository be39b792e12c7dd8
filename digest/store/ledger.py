"""The ledger: which stories may go into an edition, which editions exist, who was sent what.

What is new to a subscriber is an anti-join over what was delivered to them, never "everything after the last time":
rows commit out of order, and a mark that moved too far loses articles for good. A delivery that was refused does not
count as sent: what it held is offered again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Text, select, type_coerce, update
from sqlalchemy.engine import Connection

from digest.model import Article, Candidate, DueSubscription, EditionIntent, Matched, Story
from digest.store.articles import by_ids, verdict
from digest.store.engine import insert, portions
from digest.store.schema import articles, deliveries, edition_stories, editions, matches, subscribers, subscriptions


def candidates(tx: Connection, topics: Mapping[str, str], since: datetime) -> list[Candidate]:
    """The stories with a match of these topics (id → version) made at or after `since`.

    Matches of held articles, of other topics and of earlier versions of a topic do not count.
    """
    if not topics:
        return []
    statement = (
        select(articles.c.story_id, matches.c.topic_id, matches.c.topic_version, matches.c.matched_at)
        .join_from(matches, articles)
        .where(
            matches.c.topic_id.in_(sorted(topics)),
            matches.c.matched_at >= since,
            articles.c.story_id.is_not(None),
            articles.c.held.is_(None),
        )
    )
    return [
        Candidate(story_id=row.story_id, topic_id=row.topic_id, matched_at=row.matched_at)
        for row in tx.execute(statement)
        if row.topic_version == topics[row.topic_id]
    ]


def stories(tx: Connection, ids: Collection[int], topics: Mapping[str, str]) -> list[Story]:
    """The stories with these ids: all their announced articles, and the matches of these topics (id → version)."""
    members: dict[int, list[Article]] = {}
    for some in portions(sorted(ids)):
        chosen = articles.c.story_id.in_(some)
        found = tx.execute(select(articles.c.id).where(chosen, articles.c.held.is_(None)))
        for each in by_ids(tx, found.scalars()):
            members.setdefault(each.story_id or 0, []).append(each)
    matched = _matched(tx, {each.id: each for group in members.values() for each in group}, topics)
    return [
        Story(
            id=story_id,
            articles=tuple(group),
            matches=tuple(match for each in group for match in matched.get(each.id, ())),
        )
        for story_id, group in sorted(members.items())
    ]


def _matched(tx: Connection, among: Mapping[int, Article], topics: Mapping[str, str]) -> dict[int, list[Matched]]:
    found: dict[int, list[Matched]] = {}
    # Joined to nothing, so that no index is asked for each topic of each article: an article has few matches.
    of_these = (matches.c.topic_id + "").in_(sorted(topics))
    for some in portions(sorted(among)):
        chosen = matches.c.article_id.in_(some) & of_these
        for row in tx.execute(select(matches).where(chosen).order_by(matches.c.article_id, matches.c.topic_id)):
            if row.topic_version == topics[row.topic_id]:
                match = Matched(article=among[row.article_id], verdict=verdict(row), matched_at=row.matched_at)
                found.setdefault(row.article_id, []).append(match)
    return found


def sent_stories(tx: Connection, story_ids: Collection[int], people: Collection[int]) -> dict[int, frozenset[int]]:
    """Of these stories, those that each of these people was sent or is being sent, in any newsletter."""
    held = _editions_with(tx, story_ids)
    history: dict[int, set[int]] = {}
    asked = set(people)
    for some in portions(sorted(held)):
        rows = tx.execute(
            select(deliveries.c.subscriber_id, deliveries.c.edition_id).where(
                deliveries.c.edition_id.in_(some), deliveries.c.state != "refused"
            )
        )
        for subscriber_id, edition_id in rows:
            if subscriber_id in asked:
                history.setdefault(subscriber_id, set()).add(edition_id)
    shared: dict[frozenset[int], frozenset[int]] = {}  # most subscribers have the same editions behind them
    result = {}
    for subscriber_id, edition_ids in history.items():
        key = frozenset(edition_ids)
        if key not in shared:
            shared[key] = frozenset().union(*(held[edition_id] for edition_id in key))
        result[subscriber_id] = shared[key]
    return result


def _editions_with(tx: Connection, story_ids: Collection[int]) -> dict[int, frozenset[int]]:
    held: dict[int, set[int]] = {}
    for some in portions(sorted(story_ids)):
        chosen = edition_stories.c.story_id.in_(some)
        for edition_id, story_id in tx.execute(
            select(edition_stories.c.edition_id, edition_stories.c.story_id).where(chosen)
        ):
            held.setdefault(edition_id, set()).add(story_id)
    return {edition_id: frozenset(ids) for edition_id, ids in held.items()}


def record_edition(
    tx: Connection, intent: EditionIntent, content: str | None, message_ids: Mapping[int, str], now: datetime
) -> int:
    """Writes an edition, its deliveries and the next due times; gives the number of messages queued.

    `message_ids` go by subscription id. The unique keys (newsletter, audience, slot), (edition, subscriber) and
    (newsletter, subscriber, slot) make a second one impossible: what exists already is left as it is.
    """
    edition_id = _edition(tx, intent, content, now)
    queued = 0
    if intent.edition is not None:
        rows = [
            {
                "edition_id": edition_id,
                "subscriber_id": member.subscriber_id,
                "newsletter": intent.newsletter,
                "slot_at": intent.slot_at,
                "message_id": message_ids[member.id],
                "state": "queued",
                "queued_at": now,
            }
            for member, _ in intent.members
        ]
        statement = insert(tx, deliveries).on_conflict_do_nothing().returning(deliveries.c.id)
        queued = len(tx.execute(statement, rows).all())
    _advance(tx, intent.members, intent.slot_at)
    return queued


def _edition(tx: Connection, intent: EditionIntent, content: str | None, now: datetime) -> int:
    """The id of the edition, written if it was not. An account of an empty or late slot gives way to an edition."""
    unique = {"newsletter": intent.newsletter, "audience": intent.audience, "slot_at": intent.slot_at}
    story_ids = [story.story_id for story in intent.edition.stories] if intent.edition else []
    values = {
        "state": intent.state,
        "composed_at": now,
        "subscribers": len(intent.members),
        "stories": len(story_ids),
        "content": content,
        "left_out": {str(story_id): why for story_id, why in intent.left_out.items()},
    }
    statement = insert(tx, editions).values(**unique, **values)
    written = tx.execute(
        statement.on_conflict_do_update(
            index_elements=[editions.c.newsletter, editions.c.audience, editions.c.slot_at],
            set_=values,
            where=editions.c.state != "composed",
        ).returning(editions.c.id)
    ).scalar()
    if written is None:
        where = [getattr(editions.c, name) == value for name, value in unique.items()]
        return int(tx.execute(select(editions.c.id).where(*where)).scalar_one())
    if story_ids:
        rows = [{"edition_id": written, "story_id": s, "position": n} for n, s in enumerate(story_ids)]
        tx.execute(edition_stories.insert(), rows)
    return int(written)


def _advance(tx: Connection, members: Iterable[tuple[DueSubscription, datetime | None]], slot_at: datetime) -> None:
    by_time: dict[datetime | None, list[int]] = {}
    for member, next_due_at in members:
        by_time.setdefault(next_due_at, []).append(member.id)
    for next_due_at, ids in by_time.items():
        for some in portions(ids):
            chosen = subscriptions.c.id.in_(some)
            tx.execute(update(subscriptions).where(chosen).values(next_due_at=next_due_at, last_slot_at=slot_at))


def contents(tx: Connection, edition_ids: Collection[int]) -> dict[int, str]:
    """The frozen editions, as they were written."""
    rows = tx.execute(select(editions.c.id, editions.c.content).where(editions.c.id.in_(list(edition_ids))))
    return {row.id: row.content for row in rows if row.content is not None}


def history_of_story(tx: Connection, story_id: int, subscriber_id: int | None) -> list[dict[str, Any]]:
    """Every delivery of the story (to one subscriber), oldest first: edition, newsletter, slot, state."""
    where = [edition_stories.c.story_id == story_id]
    if subscriber_id is not None:
        where.append(deliveries.c.subscriber_id == subscriber_id)
    statement = (
        select(deliveries.c.edition_id, deliveries.c.newsletter, deliveries.c.slot_at, deliveries.c.state)
        .join_from(deliveries, edition_stories, deliveries.c.edition_id == edition_stories.c.edition_id)
        .where(*where)
        .order_by(deliveries.c.id)
    )
    return [dict(row) for row in tx.execute(statement).mappings()]


def left_out(tx: Connection, story_id: int, newsletter: str, subscriber_id: int | None) -> list[tuple[datetime, str]]:
    """(slot, reason) of each edition of the newsletter that the story was considered for and left out of."""
    where = [editions.c.newsletter == newsletter, type_coerce(editions.c.left_out, Text).like(f'%"{story_id}":%')]
    if subscriber_id is not None:
        where.append(
            editions.c.id.in_(select(deliveries.c.edition_id).where(deliveries.c.subscriber_id == subscriber_id))
        )
    rows = tx.execute(select(editions.c.slot_at, editions.c.left_out).where(*where).order_by(editions.c.slot_at))
    return [(row.slot_at, row.left_out[str(story_id)]) for row in rows if str(story_id) in row.left_out]


def subscriber_id(tx: Connection, key: str) -> int | None:
    """The id behind an address key."""
    return tx.execute(select(subscribers.c.id).where(subscribers.c.address_key == key)).scalar()


def messages(tx: Connection) -> list[dict[str, Any]]:
    """Every message there is, oldest first: address, newsletter, slot, state, Message-ID, the edition's content."""
    statement = (
        select(
            subscribers.c.address,
            deliveries.c.newsletter,
            deliveries.c.slot_at,
            deliveries.c.state,
            deliveries.c.message_id,
            editions.c.content,
        )
        .join_from(deliveries, editions)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .order_by(deliveries.c.slot_at, deliveries.c.id)
    )
    return [dict(row) for row in tx.execute(statement).mappings()]
