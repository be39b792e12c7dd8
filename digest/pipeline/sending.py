"""The step `send`: [deliveries] → render → hand over → [outcome].

Order, for each message: it is marked `sending`; it is handed to the server; the outcome is recorded. A crash before
the mark leaves it queued; after the record it is done; in between it is `unsure`, and `when_unsure` decides. An
edition is rendered and encoded once, whatever the number of its subscribers. Several connections work side by side,
each in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from urllib.parse import quote

import structlog

from digest import deliveries, editions, rendering
from digest.errors import RenderError, StoreError, TransportError
from digest.mailing import Connection
from digest.messages import Skeleton
from digest.model import Delivery, DeliveryState, Outcome, Recipient, Settlement
from digest.pipeline.newsroom import Newsroom
from digest.store import ledger, notices, outbox
from digest.store.engine import Transaction

_BATCH = 500
"""Messages claimed together: ten seconds' worth by `smtp.per_second` as it is unless set."""
_LEASE = timedelta(minutes=10)
"""Of a batch that waits its turn. What runs out may be sent by another worker, and then not by this one."""
_HANDING_OVER = timedelta(minutes=15)
"""Longer than any dialogue for one message can last with `smtp.timeout` at each of its steps."""
_PUT_OFF = timedelta(minutes=10)
"""An edition whose template fails waits for the operator, and is tried again meanwhile."""
_PAUSES = (1, 2, 4, 8, 16)
"""Seconds between attempts to record an outcome; servers are back in that time, or another has taken over."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """How many deliveries ended how. `waiting` were not tried: the server is down, or a template fails."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    unsure: int = 0
    waiting: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(
            accepted=self.accepted + other.accepted,
            deferred=self.deferred + other.deferred,
            refused=self.refused + other.refused,
            unsure=self.unsure + other.unsure,
            waiting=self.waiting + other.waiting,
        )


@dataclass(kw_only=True)
class _Round:
    """One batch on its way: what is left to send, and what happened so far, shared by the connections' threads."""

    parcels: SimpleQueue[tuple[Delivery, Skeleton]]
    refusals: list[TransportError] = field(default_factory=list)
    """Of connections that could not be opened; those that could go on (a server may allow fewer than we would)."""


def send(room: Newsroom) -> Sent:
    """Hands over every message that is due; ends early when the server as a whole cannot be used."""
    total = Sent()
    states: list[DeliveryState] = ["queued", "deferred"]
    if room.settings.delivery.when_unsure == "resend":
        states.append("unsure")
    with room.database.read() as tx:
        if not outbox.is_any_due(tx, states, room.clock()):
            return total
    with room.database.write() as tx:
        outbox.mark_unsure(tx, room.clock())
    try:
        while not room.stop.is_set():
            with room.database.write() as tx:
                batch = outbox.claim(tx, room.claim(_LEASE), states=states, limit=_BATCH)
            if not batch:
                break
            sent, is_down = _send_batch(room, batch)
            total += sent
            if is_down:
                break
    finally:
        with room.database.write() as tx:
            outbox.release(tx, room.owner)
    return total


def _send_batch(room: Newsroom, batch: Sequence[Delivery]) -> tuple[Sent, bool]:
    parcels, waiting = _parcels(room, batch)
    if not parcels:
        return Sent(waiting=waiting), False
    current = _Round(parcels=SimpleQueue())
    for parcel in parcels:
        current.parcels.put(parcel)
    lines = max(1, min(room.transport.connections, len(parcels)))
    with ThreadPoolExecutor(lines, thread_name_prefix="send") as pool:
        counts = [future.result() for future in [pool.submit(_work_off, room, current) for _ in range(lines)]]
    total = sum(counts, Sent(waiting=waiting))
    left = _rest(current)
    if not current.refusals or not left:
        with room.database.write() as tx:
            notices.withdraw(tx, "mail")
        return total, False
    now, said = room.clock(), str(current.refusals[0])
    with room.database.write() as tx:
        for delivery in left:
            outbox.defer(
                tx, [delivery.id], room.owner, until=now + deliveries.pause(delivery.attempts + 1), text=said
            )
        notices.post(tx, "mail", said, now)
    log.error("the mail cannot be sent", reason=said, waiting=len(left))
    return total + Sent(waiting=len(left)), True


def _rest(current: _Round) -> list[Delivery]:
    left = []
    while True:
        try:
            left.append(current.parcels.get_nowait()[0])
        except Empty:
            return left


def _parcels(room: Newsroom, batch: Sequence[Delivery]) -> tuple[list[tuple[Delivery, Skeleton]], int]:
    """Each delivery with its edition, rendered once; those whose edition cannot be rendered are put off and told."""
    with room.database.read() as tx:
        contents = ledger.contents(tx, {delivery.edition_id for delivery in batch})
    skeletons: dict[int, Skeleton] = {}
    failed: dict[int, str] = {}
    for edition_id, content in contents.items():
        try:
            edition = editions.from_json(content)
            rendered = rendering.render(edition, room.settings.site, room.templates)
            skeletons[edition_id] = Skeleton.build(rendered, edition=edition, site=room.settings.site)
        except (RenderError, ValueError) as error:
            failed[edition_id] = str(error)
            log.error("an edition could not be rendered", edition=edition_id, reason=str(error))  # noqa: TRY400
    with room.database.write() as tx:
        _tell_failed(room, tx, batch, failed)
    parcels = [(delivery, skeletons[delivery.edition_id]) for delivery in batch if delivery.edition_id in skeletons]
    return parcels, len(batch) - len(parcels)


def _tell_failed(room: Newsroom, tx: Transaction, batch: Sequence[Delivery], failed: dict[int, str]) -> None:
    now = room.clock()
    for edition_id, said in failed.items():
        ids = [delivery.id for delivery in batch if delivery.edition_id == edition_id]
        outbox.defer(tx, ids, room.owner, until=now + _PUT_OFF, text=said)
        notices.post(tx, "templates", said, now)
    if not failed:
        notices.withdraw(tx, "templates")


def _work_off(room: Newsroom, current: _Round) -> Sent:
    """One connection: takes parcels until there are none, it cannot be opened, or the process is asked to end."""
    total = Sent()
    connection: Connection | None = None
    try:
        while not room.stop.is_set():
            try:
                parcel = current.parcels.get_nowait()
            except Empty:
                break
            try:
                connection = connection or room.transport.connect()
            except TransportError as error:
                current.parcels.put(parcel)
                current.refusals.append(error)
                break
            outcome = _hand_over(room, connection, *parcel)
            if outcome is not None:
                total += Sent(**{outcome.kind: 1})
    finally:
        if connection is not None:
            connection.close()
    return total


def _hand_over(room: Newsroom, connection: Connection, delivery: Delivery, skeleton: Skeleton) -> Outcome | None:
    """One message, from mark to record. None when the claim was lost, and nothing was sent."""
    d = delivery
    message = skeleton.fill(
        recipient(room, newsletter=d.newsletter, address=d.address, name=d.name, message_id=d.message_id)
    )
    with room.database.write() as tx:
        if not outbox.begin(tx, delivery.id, room.claim(_HANDING_OVER)):
            return None
    sender = room.settings.site.sender_address
    outcome = connection.send(delivery.message_id, sender, delivery.address, message)
    now = room.clock()
    settlement = deliveries.settle(delivery, outcome, now)
    _record(room, delivery, settlement, now)
    log.info("sent", delivery=delivery.id, outcome=outcome.kind, code=outcome.code, state=settlement.state)
    return outcome


def _record(room: Newsroom, delivery: Delivery, settlement: Settlement, now: datetime) -> None:
    """Waits for a database that is away, as when its server begins anew: what it does not know is sent again."""
    for pause in (*_PAUSES, None):
        try:
            with room.database.write() as tx:
                outbox.settle(tx, delivery.id, room.owner, settlement, now)
        except StoreError:
            if pause is None or room.stop.wait(pause):
                raise
        else:
            return


def recipient(room: Newsroom, *, newsletter: str, address: str, name: str, message_id: str) -> Recipient:
    """What differs in this one's message; `digest preview` shows the same."""
    subject = quote(f"unsubscribe {newsletter} {message_id[1:9]}")
    leave = f"mailto:{room.settings.site.sender_address}?subject={subject}"
    return Recipient(address=address, name=name, message_id=message_id, leave=leave)
