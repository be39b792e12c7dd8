"""Deliveries on their way: claimed in batches, marked one by one just before they are handed to the server.

`queued` and `deferred` deliveries are claimed by a lease and keep their state; only the one being handed over is
`sending`. So after a crash only what really was in flight is `unsure`; the rest of the batch is as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, or_, select, update
from sqlalchemy.engine import Connection

from digest.model import Delivery, DeliveryState, Settlement
from digest.store import news
from digest.store.leases import Claim, claim_rows
from digest.store.schema import attempts, deliveries, subscribers


def mark_unsure(tx: Connection, now: datetime) -> int:
    """Deliveries whose worker died while handing them over become `unsure`; gives how many."""
    lost = list(
        tx.execute(
            update(deliveries)
            .where(deliveries.c.state == "sending", deliveries.c.lease_until <= now)
            .values(state="unsure", retry_at=now, lease_owner=None, lease_until=None, text=_CUT_OFF)
            .returning(deliveries.c.id)
        ).scalars()
    )
    if lost:
        rows = [{"delivery_id": d, "ended_at": now, "outcome": "unsure", "text": _CUT_OFF} for d in lost]
        tx.execute(attempts.insert(), rows)
    return len(lost)


_CUT_OFF = "the program ended while the message was being handed over"


def claim(tx: Connection, claim: Claim, *, states: Collection[DeliveryState], limit: int) -> list[Delivery]:
    """Claims deliveries in these states whose time has come, oldest first. One `unsure` without a time is held."""
    where = _due(states, claim.now)
    won = claim_rows(
        tx, deliveries, claim, where=where, order_by=[deliveries.c.id], limit=limit, columns=[deliveries.c.id]
    )
    statement = (
        select(deliveries, subscribers.c.address, subscribers.c.name)
        .join_from(deliveries, subscribers)
        .where(deliveries.c.id.in_([row.id for row in won]))
        .order_by(deliveries.c.id)
    )
    return [
        Delivery(
            id=row.id,
            edition_id=row.edition_id,
            newsletter=row.newsletter,
            address=row.address,
            name=row.name,
            message_id=row.message_id,
            state=row.state,
            attempts=row.attempts,
            queued_at=row.queued_at,
        )
        for row in tx.execute(statement)
    ]


def is_any_due(tx: Connection, states: Collection[DeliveryState], now: datetime) -> bool:
    """Whether `claim` or `mark_unsure` may find something."""
    lost = tx.execute(_first_lost(), {"now": now}).first()
    return (lost or tx.execute(_first_due(), {"states": list(states), "now": now}).first()) is not None


@cache
def _first_lost() -> Select[Any]:
    # Made once, like the next one: every tick executes both, nearly always in vain.
    lost = _in(["sending"]) & (deliveries.c.lease_until <= bindparam("now"))
    return select(deliveries.c.id).where(lost).limit(1)


@cache
def _first_due() -> Select[Any]:
    return select(deliveries.c.id).where(_due([], bindparam("now"))).limit(1)


def _due(states: Collection[DeliveryState], now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    return _in(states) & or_(
        deliveries.c.retry_at.is_(None) & (deliveries.c.state != "unsure"), deliveries.c.retry_at <= now
    )


def _in(states: Collection[DeliveryState]) -> ColumnElement[bool]:
    # Words of the statement and no parameters: PostgreSQL makes one plan for whatever states a prepared statement is
    # given, takes each for as common as `accepted`, and looks at all that was ever delivered.
    return deliveries.c.state.in_(bindparam("states", list(states), expanding=True, literal_execute=True))


def begin(tx: Connection, delivery_id: int, lease: Claim) -> bool:
    """Marks a claimed delivery `sending`; False when the claim was lost, and then it must not be sent."""
    begun = tx.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.lease_owner == lease.owner,
            deliveries.c.state.in_(["queued", "deferred", "unsure"]),
        )
        .values(state="sending", attempts=deliveries.c.attempts + 1, lease_until=lease.until)
    )
    return begun.rowcount == 1


def settle(tx: Connection, delivery_id: int, owner: str, settlement: Settlement, now: datetime) -> None:
    """Records an attempt and what it makes of the delivery, and ends the claim.

    The attempt is recorded even when the claim was lost meanwhile; the delivery then only changes if the server has
    accepted it, for that is known for good.
    """
    outcome = settlement.outcome
    tx.execute(
        attempts.insert().values(
            delivery_id=delivery_id, ended_at=now, outcome=outcome.kind, code=outcome.code, text=outcome.text
        )
    )
    where = deliveries.c.id == delivery_id
    if settlement.state != "accepted":
        where &= deliveries.c.lease_owner == owner
    tx.execute(
        update(deliveries)
        .where(where)
        .values(
            state=settlement.state,
            retry_at=settlement.retry_at,
            settled_at=now if settlement.state in ("accepted", "refused") else None,
            code=outcome.code,
            text=outcome.text,
            lease_owner=None,
            lease_until=None,
        )
    )
    if settlement.state == "refused":  # what it held was not sent
        news.came(tx)


def defer(tx: Connection, ids: Sequence[int], owner: str, *, until: datetime, text: str) -> None:
    """Puts claimed deliveries off that were not tried (the server is down, the template fails), with the reason."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(list(ids)), deliveries.c.lease_owner == owner)
        .values(retry_at=until, text=text, lease_owner=None, lease_until=None)
    )


def release(tx: Connection, owner: str) -> None:
    """Gives back what the owner claimed and did not begin to send.

    What is `sending` keeps its lease, and becomes unsure when that runs out: its outcome could not be recorded.
    """
    tx.execute(
        update(deliveries)
        .where(deliveries.c.lease_owner == owner, deliveries.c.state != "sending")
        .values(lease_owner=None, lease_until=None)
    )
