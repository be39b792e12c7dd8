"""What is thrown away when its time has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from digest.store.schema import articles, deliveries, editions, stories, story_keys

_SAID: dict[str, Any] = {"title": "", "summary": "", "text": "", "author": None, "image": None, "story_id": None}
"""What a bare row has in place of what the article said."""
_AT_ONCE = 500


def purge(tx: Connection, *, articles_before: datetime, deliveries_before: datetime) -> tuple[int, int]:
    """Drops the text, matches and story of old articles, and old editions with their deliveries; gives both counts.

    With a text goes what it was before it was edited. The bare row of an article stays: feeds go on listing old
    entries, and a forgotten one would come back as new. An edition goes only when each of its deliveries is settled.
    """
    purged = _strip(tx, articles_before)
    tx.execute(delete(story_keys).where(story_keys.c.seen_at < articles_before))
    alive = select(articles.c.story_id).where(articles.c.story_id.is_not(None))
    tx.execute(delete(stories).where(stories.c.created_at < articles_before, stories.c.id.not_in(alive)))
    waiting = select(deliveries.c.edition_id).where(deliveries.c.state.not_in(["accepted", "refused"]))
    dropped = tx.execute(
        delete(editions).where(editions.c.composed_at < deliveries_before, editions.c.id.not_in(waiting))
    ).rowcount
    return purged, dropped


def _strip(tx: Connection, before: datetime) -> int:
    """Takes old articles out, with all that hangs on them, and puts their bare rows in.

    A row that only becomes shorter keeps its room in SQLite for good: 3 KB for an article of 2,000 characters, where
    a bare row takes a tenth of that.
    """
    bare = [column for column in articles.c if column.name not in _SAID]
    old = (articles.c.first_seen_at < before, articles.c.purged_at.is_(None))
    some = select(*bare).where(*old).order_by(articles.c.id).limit(_AT_ONCE)
    purged = 0
    while rows := tx.execute(some).mappings().all():
        tx.execute(delete(articles).where(articles.c.id.in_([row["id"] for row in rows])))
        tx.execute(insert(articles), [{**row, **_SAID, "purged_at": before} for row in rows])
        purged += len(rows)
    return purged
