"""Claims: who works on what, until when.

A claim is a conditional UPDATE whose row count says whether it was won; no lock is held while the work is done. A
worker that dies loses its claims when the lease runs out. On PostgreSQL rows that another transaction is writing are
passed over (SKIP LOCKED, which SQLite neither knows nor needs): whoever waits for rows in an order of its own may
wait for somebody who waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, delete, or_, select, update
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import leases


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Who claims, and for how long. `owner` is unique among all workers."""

    owner: str
    now: datetime
    until: datetime


def claim_rows(
    tx: Connection,
    table: Table,
    claim: Claim,
    *,
    where: ColumnElement[bool],
    order_by: Sequence[ColumnElement[Any]],
    limit: int,
    columns: Sequence[ColumnElement[Any]],
) -> Sequence[Row[Any]]:
    """Claims up to `limit` rows that no living claim holds; gives these columns of them as they are then, in no
    particular order.
    """
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= claim.now)
    wanted = (
        select(table.c.id).where(and_(where, free)).order_by(*order_by).limit(limit).with_for_update(skip_locked=True)
    )
    statement = (
        update(table)
        .where(table.c.id.in_(wanted), free)
        .values(lease_owner=claim.owner, lease_until=claim.until)
        .returning(*columns)
    )
    return tx.execute(statement).all()


def acquire(tx: Connection, name: str, claim: Claim) -> bool:
    """Takes the lease of that name, for work that only one worker may do at a time; False when another has it."""
    tx.execute(
        insert(tx, leases)
        .values(name=name, owner=claim.owner, until=claim.now)
        .on_conflict_do_nothing(index_elements=[leases.c.name])
    )
    mine_or_free = or_(leases.c.owner == claim.owner, leases.c.until <= claim.now)
    won = tx.execute(
        update(leases).where(leases.c.name == name, mine_or_free).values(owner=claim.owner, until=claim.until)
    )
    return won.rowcount == 1


def renew(tx: Connection, name: str, claim: Claim) -> bool:
    """Prolongs a lease that was acquired; False when another has had it since, be it given back by now."""
    mine = (leases.c.name == name, leases.c.owner == claim.owner)
    return tx.execute(update(leases).where(*mine).values(until=claim.until)).rowcount == 1


def give_back(tx: Connection, name: str, owner: str) -> None:
    """Ends the lease early."""
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))
