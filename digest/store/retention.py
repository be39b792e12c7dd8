"""What is thrown away when its time has passed, and what stays of it.

Feeds go on listing old entries, so that a forgotten one would come back as new. Of an article that is dropped its
marks stay, for good: digests of what tells it from others, some 50 bytes in all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from digest.model import Entry
from digest.store.engine import AT_ONCE, insert, portions
from digest.store.schema import articles, deliveries, editions, forgotten, generations, stories, story_keys

_MARK_BYTES = 12
"""Two of a feed's million entries have one mark once in 10^17 feeds; each byte counts, as marks stay for good."""


def is_any_old(tx: Connection, *, articles_before: datetime, deliveries_before: datetime) -> bool:
    """Whether there is something for `purge`. An edition that is not settled counts, though it stays."""
    old = (articles.c.first_seen_at < articles_before, editions.c.composed_at < deliveries_before)
    oldest = (select(where.left).where(where).order_by(where.left).limit(1) for where in old)
    return any(tx.execute(statement).first() is not None for statement in oldest)


def purge(tx: Connection, *, articles_before: datetime, deliveries_before: datetime) -> tuple[int, int]:
    """Drops old articles with all that hangs on them, and old editions with their deliveries; gives both counts.

    An edition goes only when each of its deliveries is settled. Old sets of topics that no article was judged by go,
    too, but for the one in use.
    """
    dropped = _forget(tx, articles_before)
    in_use = select(func.abs(articles.c.matched_with)).union(select(func.max(generations.c.id)))
    unused = (generations.c.created_at < articles_before, generations.c.id.not_in(in_use))
    tx.execute(delete(generations).where(*unused))
    tx.execute(delete(story_keys).where(story_keys.c.seen_at < articles_before))
    alive = select(articles.c.story_id).where(articles.c.story_id.is_not(None))
    tx.execute(delete(stories).where(stories.c.created_at < articles_before, stories.c.id.not_in(alive)))
    waiting = select(deliveries.c.edition_id).where(deliveries.c.state.not_in(["accepted", "refused"]))
    old = (editions.c.composed_at < deliveries_before, editions.c.id.not_in(waiting))
    return dropped, tx.execute(delete(editions).where(*old)).rowcount


def _forget(tx: Connection, before: datetime) -> int:
    a = articles.c
    old = select(a.id, a.feed_id, a.entry_id, a.canonical, a.content_hash).where(a.first_seen_at < before)
    some = old.order_by(a.first_seen_at, a.id).limit(AT_ONCE)
    dropped = 0
    while rows := tx.execute(some).all():
        marks = [
            {"feed_id": row.feed_id, "mark": mark}
            for row in rows
            for mark in _marks(row.entry_id, row.canonical, row.content_hash)
        ]
        tx.execute(insert(tx, forgotten).on_conflict_do_nothing(), marks)
        tx.execute(delete(articles).where(a.id.in_([row.id for row in rows])))
        dropped += len(rows)
    return dropped


def forgotten_of(tx: Connection, feed_id: int, entries: Collection[Entry]) -> frozenset[str]:
    """Of these entries of the feed the ids of those whose articles were dropped, under whatever id: a feed that makes
    up ids anew is known by link and words.
    """
    asked = {
        mark: each.entry_id for each in entries for mark in _marks(each.entry_id, each.canonical, each.content_hash)
    }
    found: set[str] = set()
    for some in portions(asked):
        rows = tx.execute(select(forgotten.c.mark).where(forgotten.c.feed_id == feed_id, forgotten.c.mark.in_(some)))
        found.update(asked[mark] for mark in rows.scalars())
    return frozenset(found)


def _marks(entry_id: str, canonical: str | None, content_hash: str) -> Iterator[bytes]:
    yield _digest(f"id {entry_id}")
    if canonical is not None:
        yield _digest(f"text {content_hash} {canonical}")


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_MARK_BYTES).digest()
