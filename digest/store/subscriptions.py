"""Subscribers and when their next edition is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.engine import Connection

from digest.model import DueSubscription
from digest.settings import Subscription, address_key
from digest.store.engine import insert
from digest.store.schema import subscribers, subscriptions


def keep(tx: Connection, configured: Sequence[Subscription], now: datetime) -> None:
    """Makes the stored subscriptions those of the configuration.

    A subscription that left the configuration is kept, inactive: its history decides what is new when it comes back.
    One that its subscriber ended stays ended.
    """
    ids = _subscribers(tx, configured, now)
    stored = {(row.subscriber_id, row.newsletter): row for row in tx.execute(select(subscriptions))}
    wanted = set()
    for subscription in configured:
        subscriber_id = ids[address_key(subscription.address)]
        wanted.add((subscriber_id, subscription.newsletter))
        _keep_one(tx, subscription, subscriber_id, stored.get((subscriber_id, subscription.newsletter)), now)
    for key, row in stored.items():
        if key not in wanted and row.removed_at is None:
            tx.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(removed_at=now))


def _subscribers(tx: Connection, configured: Sequence[Subscription], now: datetime) -> dict[str, int]:
    people = {address_key(s.address): s for s in configured}
    rows = [
        {
            "address_key": key,
            "address": person.address,
            "name": person.name,
            "consent": f"vouched for by the operator's configuration since {now:%Y-%m-%d}",
            "created_at": now,
        }
        for key, person in sorted(people.items())  # two at it, in orders of their own, would wait for each other
    ]
    if rows:
        statement = insert(tx, subscribers)
        shown = {"address": statement.excluded.address, "name": statement.excluded.name}
        tx.execute(
            statement.on_conflict_do_update(index_elements=[subscribers.c.address_key], set_=shown),
            rows,
        )
    return {row.address_key: row.id for row in tx.execute(select(subscribers.c.address_key, subscribers.c.id))}


def _keep_one(
    tx: Connection, wanted: Subscription, subscriber_id: int, stored: Row[Any] | None, now: datetime
) -> None:
    values: dict[str, Any] = {
        "schedule": wanted.schedule.text,
        "timezone": wanted.timezone,
        "language": wanted.language,
        "topics": list(wanted.topics),
        "removed_at": None,
    }
    if stored is None:
        row = {"subscriber_id": subscriber_id, "newsletter": wanted.newsletter, "created_at": now, **values}
        tx.execute(subscriptions.insert().values(row))
        return
    if (stored.schedule, stored.timezone) != (wanted.schedule.text, wanted.timezone) or stored.removed_at:
        values["next_due_at"] = None  # the old time means nothing on the new schedule
    if any(getattr(stored, name) != value for name, value in values.items()):
        tx.execute(update(subscriptions).where(subscriptions.c.id == stored.id).values(values))


def active(tx: Connection) -> list[tuple[int, str, str, datetime | None]]:
    """(id, schedule, time zone, next due time) of every subscription that is served."""
    s = subscriptions.c
    rows = tx.execute(
        select(s.id, s.schedule, s.timezone, s.next_due_at).where(s.removed_at.is_(None), s.left_at.is_(None))
    )
    return [(row.id, row.schedule, row.timezone, row.next_due_at) for row in rows]


def set_due(tx: Connection, due: Mapping[int, datetime | None]) -> None:
    """Sets the next due time of subscriptions by id."""
    if due:
        rows = [{"the_id": key, "at": value} for key, value in due.items()]
        statement = update(subscriptions).where(subscriptions.c.id == bindparam("the_id"))
        tx.execute(statement.values(next_due_at=bindparam("at")), rows)


def due(tx: Connection, newsletter: str | None, now: datetime) -> list[DueSubscription]:
    """The subscriptions of a newsletter (None: of all) whose time has come, in the order of their ids."""
    found = tx.execute(_served(of_one=newsletter is not None, due=True), {"newsletter": newsletter, "now": now})
    return [_due(row, now) for row in found.all()]


def of_newsletter(tx: Connection, newsletter: str, now: datetime) -> list[DueSubscription]:
    """All subscriptions of a newsletter that are served, due or not; `next_due_at` is `now` where none is set."""
    return [_due(row, now) for row in tx.execute(_served(of_one=True, due=False), {"newsletter": newsletter})]


_READ = (
    *(subscriptions.c[name] for name in ("id", "subscriber_id", "newsletter", "schedule", "timezone", "language")),
    *(subscriptions.c[name] for name in ("topics", "created_at", "last_slot_at", "next_due_at")),
    subscribers.c.address,
)


@cache
def _served(*, of_one: bool, due: bool) -> Select[Any]:
    """Made once, as each tick executes it; of one `newsletter`, and with one that is due `now`, if so."""
    served = (
        select(*_READ)
        .join_from(subscriptions, subscribers)
        .where(subscriptions.c.removed_at.is_(None), subscriptions.c.left_at.is_(None))
        .order_by(subscriptions.c.id)
    )
    served = served.where(subscriptions.c.newsletter == bindparam("newsletter")) if of_one else served
    return served.where(subscriptions.c.next_due_at <= bindparam("now")) if due else served


def _due(row: Row[Any], otherwise: datetime) -> DueSubscription:
    """Of a row of `_READ`."""
    of = dict(zip(_NAMES, row, strict=True))  # attributes of rows take six times as long
    return DueSubscription(**of | {"topics": tuple(of["topics"]), "next_due_at": of["next_due_at"] or otherwise})


_NAMES = tuple(column.name for column in _READ)


def leave(tx: Connection, address: str, newsletter: str | None, now: datetime) -> int:
    """Ends a person's subscriptions (all, or to one newsletter); gives how many were ended by this."""
    return _set_left(tx, address, newsletter, ended=False, at=now)


def rejoin(tx: Connection, address: str, newsletter: str | None) -> int:
    """Undoes `leave`, at the person's wish; gives how many came back."""
    return _set_left(tx, address, newsletter, ended=True, at=None)


def _set_left(tx: Connection, address: str, newsletter: str | None, *, ended: bool, at: datetime | None) -> int:
    person = select(subscribers.c.id).where(subscribers.c.address_key == address_key(address))
    state = subscriptions.c.left_at.is_not(None) if ended else subscriptions.c.left_at.is_(None)
    where = subscriptions.c.subscriber_id.in_(person) & state
    if newsletter is not None:
        where &= subscriptions.c.newsletter == newsletter
    return tx.execute(update(subscriptions).where(where).values(left_at=at, next_due_at=None)).rowcount


def listing(tx: Connection) -> list[dict[str, Any]]:
    """Every subscription as `digest subscribers list` shows it. One that is instant is due at no time to be told."""
    statement = (
        select(subscriptions, subscribers.c.address, subscribers.c.name, subscribers.c.consent)
        .join_from(subscriptions, subscribers)
        .order_by(subscribers.c.address_key, subscriptions.c.newsletter)
    )
    return [
        {
            "address": row.address,
            "name": row.name,
            "newsletter": row.newsletter,
            "schedule": row.schedule,
            "timezone": row.timezone,
            "topics": row.topics,
            "state": "left" if row.left_at else "removed" if row.removed_at else "active",
            "next_due": None if row.left_at or row.removed_at or _is_instant(row) else row.next_due_at,
            "last_slot": row.last_slot_at,
            "consent": row.consent,
        }
        for row in tx.execute(statement)
    ]


def _is_instant(row: Row[Any]) -> bool:
    return str(row.schedule).strip().lower() == "instant"
