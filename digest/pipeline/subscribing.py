"""The step `subscribe`: hubs are asked to push. What is decided is in `digest.websub`.

    polled feed ─ notice ─► [wanted] ─ subscribe ─► [requested] ─ verify ─► [active] ─ pushing.push ─► [articles]

All of it is off as long as `web.public_url` is empty: without it no hub could reach us.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing

import structlog

from digest import websub
from digest.fetching import fetch
from digest.model import FetchRequest, FetchResult, HubSubscription, ParsedFeed, PollIntent
from digest.pipeline.newsroom import Newsroom
from digest.store import hubs
from digest.store.engine import Transaction

_AT_ONCE = 200

log = structlog.get_logger()


def keep(room: Newsroom, tx: Transaction) -> None:
    """Fits the subscriptions to the configuration: no feed that left, no callback at another address than ours."""
    now, ours = room.clock(), room.settings.web.public_url
    hubs.sweep(tx)
    for subscription in hubs.elsewhere(tx, websub.ending(ours)):
        if ours:
            hubs.put(tx, _fresh(room, subscription.feed_id, subscription.hub, subscription.topic), now)
        else:
            hubs.forget(tx, subscription.feed_id, now)


def slowly(room: Newsroom, tx: Transaction, intents: Sequence[PollIntent]) -> list[PollIntent]:
    """What polls mean for the feeds among them that hubs push: these are polled again only as a check."""
    if not room.settings.web.public_url:
        return list(intents)
    now = room.clock()
    pushed = hubs.pushed(tx, [intent.feed_id for intent in intents], now)
    return [
        websub.poll_slowly(intent, room.settings.polling, now) if intent.feed_id in pushed else intent
        for intent in intents
    ]


def notice(room: Newsroom, result: FetchResult, parsed: ParsedFeed) -> None:
    """Takes down what a polled document offers. One that could not be read whole says nothing of hubs."""
    if not room.settings.web.public_url or parsed.problem is not None:
        return
    feed_id, link = result.request.feed_id, (result.headers or {}).get("link")
    base = result.final_url or result.request.url
    offer = websub.discover(link, parsed.hubs, parsed.self_link, base=base)
    with room.database.read() as tx:
        current = hubs.of_feed(tx, feed_id)
    if offer is None:
        if current is not None:
            with room.database.write() as tx:
                hubs.forget(tx, feed_id, room.clock())
        return
    hub = websub.choose(offer, current)
    if current is None or (current.hub, current.topic) != (hub, offer.topic):
        with room.database.write() as tx:
            hubs.put(tx, _fresh(room, feed_id, hub, offer.topic), room.clock())


def _fresh(room: Newsroom, feed_id: int, hub: str, topic: str) -> HubSubscription:
    return HubSubscription(
        feed_id=feed_id,
        hub=hub,
        topic=topic,
        token=secrets.token_urlsafe(32) + websub.ending(room.settings.web.public_url),
        secret=secrets.token_hex(32),
        retry_at=room.clock(),
    )


def subscribe(room: Newsroom) -> int:
    """Asks hubs for what is due: new subscriptions, renewals, attempts after failed ones. Gives how many were asked.

    What is asked for is stored first, because hubs may verify before they answer.
    """
    if not room.settings.web.public_url:
        return 0
    asked = _asked(room)
    requests = [
        FetchRequest(feed_id=s.feed_id, url=s.hub, form=websub.form(s, room.settings.web.public_url))
        for s in asked.values()
    ]
    with closing(fetch(requests, room.settings.polling, user_agent=room.user_agent)) as answers:
        for answer in answers:
            _settle(room, asked[answer.request.feed_id], answer)
            if room.stop.is_set():
                break
    return len(asked)


def _asked(room: Newsroom) -> dict[int, HubSubscription]:
    """Feed → the subscription that is to be asked for now, and is nobody else's to ask for."""
    now = room.clock()
    with room.database.read() as tx:
        due = hubs.due(tx, now, limit=_AT_ONCE)
    asked: dict[int, HubSubscription] = {}
    if not due:
        return asked
    with room.database.write() as tx:
        for before in due:
            ended = websub.lapse(before, now)
            if ended != before and not hubs.change(tx, before, ended, now):
                continue
            if ended.retry_at is not None and ended.retry_at <= now:
                after = websub.ask(ended, now)
                if hubs.change(tx, ended, after, now):
                    asked[after.feed_id] = after
    return asked


def _settle(room: Newsroom, asked: HubSubscription, answer: FetchResult) -> None:
    log.info("asked a hub to push", hub=asked.hub, topic=asked.topic, status=answer.status, problem=answer.problem)
    if answer.problem is None:
        return
    now = room.clock()
    with room.database.write() as tx:  # in vain when the hub has verified it in the meantime
        hubs.change(tx, asked, websub.refused(asked, answer, now), now)


# --- what comes from hubs -------------------------------------------------------------------------------------------


def verify(room: Newsroom, token: str, query: Mapping[str, str]) -> str | None:
    """What to answer a hub that verifies or denies a subscription; None when we asked for no such thing."""
    now = room.clock()
    with room.database.read() as tx:
        before = hubs.by_token(tx, token)
    reply = websub.verify(before, query, now) if before is not None else None
    if before is None or reply is None:
        return None
    with room.database.write() as tx:
        if not hubs.change(tx, before, reply.subscription, now):
            return None
    log.info("a hub has spoken", hub=before.hub, topic=before.topic, state=reply.subscription.state)
    return reply.text
