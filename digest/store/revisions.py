"""What edited entries said before, and where they linked to, so that an operator can see what changed.

It goes when its article goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from digest.model import Entry
from digest.store.engine import insert
from digest.store.schema import articles, revisions

MOST = 20
"""Kept of an article, the newest: a live ticker is edited all day."""
_FIELDS = ("title", "summary", "text", "link")


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """A text that was replaced."""

    number: int
    """1 is what the article said when it was first seen."""
    replaced_at: datetime
    was: dict[str, str | None]
    """The fields that the next revision changed, of `title`, `summary`, `text`, `link`: what stood there until then;
    None: no link."""


def set_aside(tx: Connection, edited: Iterable[tuple[int, Entry]], now: datetime) -> None:
    """Keeps the texts that are about to be replaced by these entries (article id, entry as it reads now)."""
    coming = dict(edited)
    rows: list[dict[str, Any]] = []
    for row in tx.execute(select(articles).where(articles.c.id.in_(list(coming)))):
        changed = [name for name in _FIELDS if getattr(row, name) != getattr(coming[row.id], name)]
        if changed:
            texts = {"title": "", "summary": "", "text": "", "link": None}
            texts |= {name: getattr(row, name) for name in changed}
            own = {"article_id": row.id, "revision": row.revision, "replaced_at": now, "changed": changed}
            rows.append(own | texts)
    if rows:
        tx.execute(insert(tx, revisions).on_conflict_do_nothing(), rows)
    for kept in rows:
        if kept["revision"] > MOST:
            too_old = revisions.c.revision <= kept["revision"] - MOST
            tx.execute(delete(revisions).where(revisions.c.article_id == kept["article_id"], too_old))


def of_articles(tx: Connection, ids: Collection[int]) -> dict[int, tuple[Revision, ...]]:
    """The replaced texts of each of these articles, the oldest first; without those never edited."""
    found: dict[int, tuple[Revision, ...]] = {}
    chosen = select(revisions).where(revisions.c.article_id.in_(list(ids)))
    for row in tx.execute(chosen.order_by(revisions.c.article_id, revisions.c.revision)):
        was = {name: getattr(row, name) for name in row.changed}
        told = Revision(number=row.revision, replaced_at=row.replaced_at, was=was)
        found[row.article_id] = (*found.get(row.article_id, ()), told)
    return found
