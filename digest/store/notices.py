"""Standing notices to the operator (one per subject), and what is thrown away when its time has passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import articles, deliveries, editions, matches, notices, revisions, stories, story_keys


def post(tx: Connection, subject: str, text: str, now: datetime) -> None:
    """Says something to the operator, until it is withdrawn. The same words again keep their first date."""
    statement = insert(tx, notices).values(subject=subject, text=text, since=now, seen_at=now)
    tx.execute(
        statement.on_conflict_do_update(index_elements=[notices.c.subject], set_={"text": text, "seen_at": now})
    )


def withdraw(tx: Connection, subject: str) -> None:
    """Ends a notice; none is needed for it to have stood."""
    tx.execute(delete(notices).where(notices.c.subject == subject))


def standing(tx: Connection) -> list[tuple[str, str, datetime]]:
    """(subject, text, since) of every notice, oldest first."""
    rows = tx.execute(select(notices).order_by(notices.c.since, notices.c.subject))
    return [(row.subject, row.text, row.since) for row in rows]


def purge(tx: Connection, *, articles_before: datetime, deliveries_before: datetime) -> tuple[int, int]:
    """Drops the text, matches and story of old articles, and old editions with their deliveries; gives both counts.

    With a text goes what it was before it was edited. The bare row of an article stays: feeds go on listing old
    entries, and a forgotten one would come back as new. An edition goes only when each of its deliveries is settled.
    """
    old = select(articles.c.id).where(articles.c.first_seen_at < articles_before, articles.c.purged_at.is_(None))
    tx.execute(delete(matches).where(matches.c.article_id.in_(old)))
    tx.execute(delete(revisions).where(revisions.c.article_id.in_(old)))
    purged = tx.execute(
        update(articles)
        .where(articles.c.id.in_(old))
        .values(title="", summary="", text="", author=None, image=None, story_id=None, purged_at=articles_before)
    ).rowcount
    tx.execute(delete(story_keys).where(story_keys.c.seen_at < articles_before))
    alive = select(articles.c.story_id).where(articles.c.story_id.is_not(None))
    tx.execute(delete(stories).where(stories.c.created_at < articles_before, stories.c.id.not_in(alive)))
    waiting = select(deliveries.c.edition_id).where(deliveries.c.state.not_in(["accepted", "refused"]))
    dropped = tx.execute(
        delete(editions).where(editions.c.composed_at < deliveries_before, editions.c.id.not_in(waiting))
    ).rowcount
    return purged, dropped
