"""Subscriptions of feeds at WebSub hubs.

A row is changed only by whoever has seen its last state (`change`): so of two workers one asks a hub, and a hub's
verification is not overwritten by somebody who still waits for its answer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.engine import Connection

from digest.model import HubSubscription
from digest.store.engine import insert, portions
from digest.store.schema import feeds, hubs

_LIVING = select(feeds.c.id).where(feeds.c.removed_at.is_(None))


def of_feed(tx: Connection, feed_id: int) -> HubSubscription | None:
    """The feed's subscription, in whatever state."""
    row = tx.execute(select(hubs).where(hubs.c.feed_id == feed_id)).one_or_none()
    return _subscription(row) if row is not None else None


def by_token(tx: Connection, token: str) -> HubSubscription | None:
    """The subscription that this part of our address stands for; None when no configured feed has it."""
    row = tx.execute(select(hubs).where(hubs.c.token == token, hubs.c.feed_id.in_(_LIVING))).one_or_none()
    return _subscription(row) if row is not None else None


def due(tx: Connection, now: datetime, *, limit: int) -> list[HubSubscription]:
    """Those to be asked for, or renewed, or whose lease has ended."""
    come = or_(hubs.c.retry_at <= now, hubs.c.expires_at <= now)
    rows = tx.execute(
        select(hubs).where(come, hubs.c.feed_id.in_(_LIVING)).order_by(hubs.c.retry_at, hubs.c.feed_id).limit(limit)
    )
    return [_subscription(row) for row in rows]


def pushed(tx: Connection, feed_ids: Collection[int], now: datetime) -> set[int]:
    """Of these feeds those that a hub has promised to push."""
    found: set[int] = set()
    for some in portions(feed_ids):
        chosen = hubs.c.feed_id.in_(some)
        found.update(tx.execute(select(hubs.c.feed_id).where(chosen, hubs.c.expires_at > now)).scalars())
    return found


def put(tx: Connection, subscription: HubSubscription) -> bool:
    """A new subscription, in the place of the feed's last one; gives whether that one's promise is void by this."""
    broken = forget(tx, subscription.feed_id)
    values = {"feed_id": subscription.feed_id, **_values(subscription)}
    # Another worker may have found the same hub at the same moment; either of the two subscriptions will do.
    tx.execute(insert(tx, hubs).values(values).on_conflict_do_nothing(index_elements=[hubs.c.feed_id]))
    return broken


def change(tx: Connection, before: HubSubscription, after: HubSubscription) -> bool:
    """Writes the new state unless somebody has changed the old one; gives whether it did."""
    unchanged = [
        getattr(hubs.c, name).is_not_distinct_from(getattr(before, name))
        for name in ("token", "state", "requested_at", "retry_at", "expires_at")
    ]
    chosen = hubs.c.feed_id == before.feed_id
    return tx.execute(update(hubs).where(chosen, *unchanged).values(_values(after))).rowcount == 1


def forget(tx: Connection, feed_id: int) -> bool:
    """Ends the feed's subscription, so that what comes under its token is answered no more; gives whether there was
    a promise to push.
    """
    row = tx.execute(delete(hubs).where(hubs.c.feed_id == feed_id).returning(hubs.c.expires_at)).one_or_none()
    return row is not None and row.expires_at is not None


def elsewhere(tx: Connection, ending: str) -> list[HubSubscription]:
    """Those whose token does not end so."""
    rows = tx.execute(select(hubs).where(hubs.c.token.not_like(f"%{ending}")).order_by(hubs.c.feed_id))
    return [_subscription(row) for row in rows]


def sweep(tx: Connection) -> None:
    """Forgets the subscriptions of feeds that have left the configuration."""
    tx.execute(delete(hubs).where(hubs.c.feed_id.not_in(_LIVING)))


def _values(subscription: HubSubscription) -> dict[str, Any]:
    return {name: getattr(subscription, name) for name in _COLUMNS}


def _subscription(row: Row[Any]) -> HubSubscription:
    return HubSubscription(feed_id=row.feed_id, **{name: getattr(row, name) for name in _COLUMNS})


_COLUMNS = ("hub", "topic", "token", "secret", "state", "requested_at", "expires_at", "retry_at", "problem")
