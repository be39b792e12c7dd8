"""Standing notices to the operator, one per subject."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import notices


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
