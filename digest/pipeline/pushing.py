"""What hubs push: by the rules of a poll into the store, without waiting for one."""

from __future__ import annotations

from typing import Literal

import structlog

from digest import websub
from digest.model import FetchRequest, FetchResult
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.polling import file_edited, judge_pushed
from digest.store import hubs, polls

log = structlog.get_logger()


def is_ours(room: Newsroom, token: str) -> bool:
    """Whether anything is expected under this part of our address."""
    with room.database.read() as tx:
        return hubs.by_token(tx, token) is not None


def push(
    room: Newsroom, token: str, body: bytes, *, signature: str | None, content_type: str | None
) -> Literal["unknown", "ignored", "taken"]:
    """Stores what a hub pushed, by the rules of a poll. Of a `taken` one the articles are stored when this returns.

    Ignored are pushes whose signature is wrong or missing, and those that cannot be read as a feed. The next poll is
    when it is: polling stays the judge of the feed's health, and finds what a hub has lost.
    """
    with room.database.read() as tx:
        subscription = hubs.by_token(tx, token)
        state = polls.state_of(tx, subscription.feed_id) if subscription is not None else None
    if subscription is None or state is None:
        return "unknown"
    told = log.bind(feed=state.feed.url, hub=subscription.hub)
    if not websub.is_genuine(subscription.secret, body, signature):
        told.warning("a push was ignored: its signature is wrong or missing")
        return "ignored"

    result = FetchResult(
        request=FetchRequest(feed_id=state.id, url=state.feed.url),
        status=200,
        headers={"content-type": content_type} if content_type else {},
        body=body,
        final_url=subscription.topic,
    )
    intent = judge_pushed(room, state, result)
    if not intent.succeeded:
        told.warning("a push was ignored: it is no feed", problem=intent.problem)
        return "ignored"
    with room.database.write() as tx:
        new = polls.record_pushed(tx, intent, room.clock())
        file_edited(tx, [intent])
    told.info("pushed", new=new, edited=len(intent.edited))
    return "taken"
