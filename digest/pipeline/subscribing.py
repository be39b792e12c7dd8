"""The step `subscribe`: hubs are asked to push. What is decided is in `digest.websub`.

    polled feed ─ notice ─► [wanted] ─ subscribe ─► [requested] ─ verify ─► [active] ─ pushing.push ─► [articles]

All of it is off as long as `web.public_url` is empty: without it no hub could reach us.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing

import structlog

from digest import polling, waiting, websub
from digest.fetching import fetch
from digest.model import FetchRequest, FetchResult, HubSubscription, ParsedFeed, PollIntent, host_key
from digest.pipeline.newsroom import Newsroom
from digest.store import hubs, polls
from digest.store.engine import Transaction

_AT_ONCE, _LOOKED_AT = 200, 5_000
"""Subscriptions: asked for in one step; and looked at, since those of hubs that want no requests stay due."""

log = structlog.get_logger()


def keep(room: Newsroom, tx: Transaction) -> None:
    """Fits the subscriptions to the configuration: no feed that left, no callback at another address than ours."""
    ours = room.settings.web.public_url
    hubs.sweep(tx)
    for subscription in hubs.elsewhere(tx, websub.ending(ours)):
        if ours:
            _begin(room, tx, subscription.feed_id, subscription.hub, subscription.topic)
        else:
            _end(room, tx, subscription.feed_id)


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
    feed_id = result.request.feed_id
    offer = websub.discover(result.headers.get("link"), parsed.hubs, parsed.self_link, base=result.source)
    with room.database.read() as tx:
        current = hubs.of_feed(tx, feed_id)
    if offer is None:
        if current is not None:
            with room.database.write() as tx:
                _end(room, tx, feed_id)
        return
    hub = websub.choose(offer, current)
    if current is None or (current.hub, current.topic) != (hub, offer.topic):
        with room.database.write() as tx:
            _begin(room, tx, feed_id, hub, offer.topic)


# --- subscriptions in the store -------------------------------------------------------------------------------------


def _begin(room: Newsroom, tx: Transaction, feed_id: int, hub: str, topic: str) -> None:
    """A new subscription to be asked for, in the place of the feed's last one."""
    fresh = HubSubscription(
        feed_id=feed_id,
        hub=hub,
        topic=topic,
        token=secrets.token_urlsafe(32) + websub.ending(room.settings.web.public_url),
        secret=secrets.token_hex(32),
        retry_at=room.clock(),
    )
    if hubs.put(tx, fresh):
        _poll_as_ever(room, tx, feed_id)


def _end(room: Newsroom, tx: Transaction, feed_id: int) -> None:
    if hubs.forget(tx, feed_id):
        _poll_as_ever(room, tx, feed_id)


def _change(room: Newsroom, tx: Transaction, before: HubSubscription, after: HubSubscription) -> bool:
    """Whether nobody else has changed it meanwhile."""
    done = hubs.change(tx, before, after)
    if done and before.expires_at is not None and after.expires_at is None:
        _poll_as_ever(room, tx, before.feed_id)
    return done


def _poll_as_ever(room: Newsroom, tx: Transaction, feed_id: int) -> None:
    """No hub pushes the feed any more; what it and its server ask is as good as before."""
    state = polls.state_of(tx, feed_id)
    wait = polling.unpushed(state, room.settings.polling, room.clock()) if state is not None else None
    if wait is not None:
        polls.reschedule(tx, {feed_id: (wait.at, wait.reason)})


# --- asking hubs ----------------------------------------------------------------------------------------------------


def subscribe(room: Newsroom) -> int:
    """Asks hubs for what is due: new subscriptions, renewals, attempts after failed ones. Gives how many were asked.

    What is asked for is stored first, because hubs may verify before they answer. A hub's host that wants no requests
    (429, 503) gets none, whatever it was asked before.
    """
    if not room.settings.web.public_url:
        return 0
    asked, answered = _asked(room), 0
    requests = [
        FetchRequest(feed_id=s.feed_id, url=s.hub, form=websub.form(s, room.settings.web.public_url))
        for _, s in asked.values()
    ]
    with closing(fetch(requests, room.settings.polling, user_agent=room.user_agent)) as answers:
        for answer in answers:
            _settle(room, asked.pop(answer.request.feed_id)[1], answer)
            answered += 1
            if room.stop.is_set():
                break
    _take_back(room, asked.values())
    return answered


def _asked(room: Newsroom) -> dict[int, tuple[HubSubscription, HubSubscription]]:
    """Feed → the subscription that is to be asked for now, and is nobody else's to ask for, before and after."""
    now = room.clock()
    asked: dict[int, tuple[HubSubscription, HubSubscription]] = {}
    with room.database.read() as tx:
        due = hubs.due(tx, now, limit=_LOOKED_AT)
        resting = {pause.host for pause in polls.pauses(tx, now)} if due else set()
    if not due:
        return asked
    with room.database.write() as tx:
        for before in due:
            if len(asked) == _AT_ONCE:
                break
            ended = websub.lapse(before, now)
            if ended != before and not _change(room, tx, before, ended):
                continue
            if ended.retry_at is not None and ended.retry_at <= now and host_key(ended.hub) not in resting:
                after = websub.ask(ended, now)
                if _change(room, tx, ended, after):
                    asked[after.feed_id] = ended, after
    return asked


def _settle(room: Newsroom, asked: HubSubscription, answer: FetchResult) -> None:
    log.info("asked a hub to push", hub=asked.hub, topic=asked.topic, status=answer.status, problem=answer.problem)
    if answer.problem is None:
        return
    now = room.clock()
    pause = waiting.host_pause(answer, 0, now)
    with room.database.write() as tx:  # in vain when the hub has verified it in the meantime
        _change(room, tx, asked, websub.refused(asked, answer, now))
        if pause is not None:
            polls.pause(tx, pause, now)


def _take_back(room: Newsroom, unasked: Collection[tuple[HubSubscription, HubSubscription]]) -> None:
    """What was not asked for after all, because its hub's host has refused another request, or we are to end."""
    if unasked:
        with room.database.write() as tx:
            for before, after in unasked:
                _change(room, tx, after, before)


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
        if not _change(room, tx, before, reply.subscription):
            return None
    log.info("a hub has spoken", hub=before.hub, topic=before.topic, state=reply.subscription.state)
    return reply.text
