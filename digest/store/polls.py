"""Feeds and what their polls brought."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, literal, or_, select, update
from sqlalchemy.engine import Connection

from digest.model import Entry, Feed, FeedState, PollIntent
from digest.store import revisions
from digest.store.engine import insert
from digest.store.leases import Claim, claim_rows, release_rows
from digest.store.schema import Instant, articles, feeds


def keep(tx: Connection, configured: Sequence[Feed], now: datetime) -> None:
    """Makes the stored feeds those of the configuration. A feed that left is kept, unpolled, with its articles.

    Rows that are right already are left alone, the others written in the order of their ids, as `record` does: two
    transactions that lock rows in different orders may wait for each other without end.
    """
    stored = {row.url: row for row in tx.execute(select(feeds))}
    wrong = [feed for feed in configured if feed.url not in stored or _differs(feed, stored[feed.url])]
    wrong.sort(key=lambda feed: (stored[feed.url].id if feed.url in stored else math.inf, feed.url))
    if wrong:
        statement = insert(tx, feeds)
        shown: dict[str, Any] = {name: statement.excluded[name] for name in ("name", "tags", "language")}
        # One that comes back is polled at once, even if it was gone (410) before.
        shown["next_poll_at"] = case(
            (feeds.c.removed_at.is_not(None), literal(now, Instant)), else_=feeds.c.next_poll_at
        )
        tx.execute(
            statement.on_conflict_do_update(index_elements=[feeds.c.url], set_=shown | {"removed_at": None}),
            [
                {"url": feed.url, "name": feed.name, "tags": feed.tags, "language": feed.language}
                | {"created_at": now, "next_poll_at": now}
                for feed in wrong
            ],
        )
    gone = feeds.c.url.not_in([feed.url for feed in configured])
    tx.execute(update(feeds).where(gone, feeds.c.removed_at.is_(None)).values(removed_at=now))


def _differs(feed: Feed, row: Row[Any]) -> bool:
    kept = (row.name, tuple(row.tags), row.language, row.removed_at)
    return kept != (feed.name, feed.tags, feed.language, None)


def claim_due(tx: Connection, claim: Claim, *, limit: int, urls: Collection[str] | None = None) -> list[FeedState]:
    """Claims feeds that are due now; with `urls` those feeds, due or not."""
    due = feeds.c.next_poll_at <= claim.now if urls is None else feeds.c.url.in_(urls)
    ids = claim_rows(
        tx, feeds, claim, where=feeds.c.removed_at.is_(None) & due, order_by=[feeds.c.next_poll_at], limit=limit
    )
    rows = tx.execute(select(feeds).where(feeds.c.id.in_(ids)).order_by(feeds.c.next_poll_at, feeds.c.id))
    return [_state(row) for row in rows]


def state_of(tx: Connection, feed_id: int) -> FeedState | None:
    """A configured feed as it is stored; None when there is none with this id."""
    chosen = (feeds.c.id == feed_id) & feeds.c.removed_at.is_(None)
    row = tx.execute(select(feeds).where(chosen)).one_or_none()
    return _state(row) if row is not None else None


def release(tx: Connection, owner: str) -> None:
    """Gives back what the owner claimed and did not poll."""
    release_rows(tx, feeds, owner)


def known_entries(tx: Connection, feed_id: int, entry_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Of these entries of the feed, those that are stored: entry id → (article id, content hash)."""
    found: dict[str, tuple[int, str]] = {}
    wanted = list(entry_ids)
    for start in range(0, len(wanted), 500):  # SQLite takes only so many parameters at a time
        rows = tx.execute(
            select(articles.c.entry_id, articles.c.id, articles.c.content_hash).where(
                articles.c.feed_id == feed_id, articles.c.entry_id.in_(wanted[start : start + 500])
            )
        )
        found.update({row.entry_id: (row.id, row.content_hash) for row in rows})
    return found


def record(tx: Connection, intents: Iterable[PollIntent], now: datetime) -> int:
    """Writes what polls brought and ends their claims; gives the number of new articles.

    An entry that another worker stored in the meantime is left as it is.
    """
    return sum(_record_one(tx, intent, now) for intent in sorted(intents, key=lambda intent: intent.feed_id))


def _record_one(tx: Connection, intent: PollIntent, now: datetime) -> int:
    stored = _store_entries(tx, intent, now)
    values: dict[str, Any] = {
        "etag": intent.etag,
        "last_modified": intent.last_modified,
        "body_hash": intent.body_hash,
        "moved_to": intent.moved_to,
        "polled_at": now,
        "next_poll_at": intent.next_poll_at,
        "failures": 0 if intent.succeeded else feeds.c.failures + 1,
        "problem": intent.problem,
        "problem_since": func.coalesce(feeds.c.problem_since, literal(now, Instant)) if intent.problem else None,
        "lease_owner": None,
        "lease_until": None,
    }
    if intent.succeeded:
        values["succeeded_at"] = now
    if stored:
        values["brought_at"] = now
    tx.execute(update(feeds).where(feeds.c.id == intent.feed_id).values(values))
    return stored


def record_pushed(tx: Connection, intent: PollIntent, now: datetime) -> int:
    """Writes what a hub pushed; gives the number of new articles.

    Nothing else of the feed changes but what the operator is told of them: a push says nothing of the next poll.
    """
    stored = _store_entries(tx, intent, now)
    values: dict[str, Any] = {"brought_at": now} if stored else {}
    if intent.problem:
        values |= {
            "problem": intent.problem,
            "problem_since": func.coalesce(feeds.c.problem_since, literal(now, Instant)),
        }
    if values:
        tx.execute(update(feeds).where(feeds.c.id == intent.feed_id).values(values))
    return stored


def _store_entries(tx: Connection, intent: PollIntent, now: datetime) -> int:
    stored = 0
    if intent.new:
        rows = [
            {**_columns(new.entry), "feed_id": intent.feed_id, "held": new.held, "revision": 1, "first_seen_at": now}
            for new in intent.new
        ]
        statement = insert(tx, articles).on_conflict_do_nothing(
            index_elements=[articles.c.feed_id, articles.c.entry_id]
        )
        stored = len(tx.execute(statement.returning(articles.c.id), rows).all())
    for article_id, entry in intent.mended:
        tx.execute(update(articles).where(articles.c.id == article_id).values(_columns(entry)))
    revisions.set_aside(tx, intent.edited, now)
    for article_id, entry in intent.edited:
        changed = {**_columns(entry), "revision": articles.c.revision + 1, "matched_with": 0}
        tx.execute(update(articles).where(articles.c.id == article_id).values(changed))
    return stored


def release_held(tx: Connection, url: str, now: datetime) -> int:
    """Announces what was held back of a feed, as if first seen now; gives the number of articles."""
    chosen = select(feeds.c.id).where(feeds.c.url == url)
    released = tx.execute(
        update(articles)
        .where(articles.c.feed_id.in_(chosen), articles.c.held.is_not(None), articles.c.purged_at.is_(None))
        .values(held=None, first_seen_at=now, matched_with=0)
    )
    tx.execute(
        update(feeds)
        .where(feeds.c.url == url, or_(feeds.c.failures == 0, feeds.c.failures.is_(None)))
        .values(problem=None, problem_since=None)
    )
    return released.rowcount


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "link": entry.link,
        "canonical": entry.canonical,
        "title": entry.title,
        "summary": entry.summary,
        "text": entry.text,
        "author": entry.author,
        "language": entry.language,
        "published_at": entry.published_at,
        "tags": entry.tags,
        "image": entry.image,
        "content_hash": entry.content_hash,
    }


def _state(row: Row[Any]) -> FeedState:
    return FeedState(
        id=row.id,
        feed=Feed(url=row.url, name=row.name, tags=tuple(row.tags), language=row.language),
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        polled_at=row.polled_at,
        succeeded_at=row.succeeded_at,
        brought_at=row.brought_at,
        next_poll_at=row.next_poll_at,
        failures=row.failures,
        problem=row.problem,
        problem_since=row.problem_since,
        moved_to=row.moved_to,
    )
