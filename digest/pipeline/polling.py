"""The step `poll`: fetch → parse → [articles]."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import structlog

from digest import feeds, polling
from digest.fetching import fetch
from digest.model import FeedState, FetchRequest, FetchResult, PollIntent
from digest.pipeline.newsroom import Newsroom
from digest.store import polls

_BATCH = 64
_LEASE = timedelta(minutes=40)
"""Longer than a batch can take: 64 feeds of one host, one after another, each up to the time limit."""
_RECORDED_TOGETHER = 16

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Polled:
    """What polling did."""

    feeds: int = 0
    articles: int = 0
    """New ones."""
    ill: int = 0
    """Feeds that did not answer with a feed."""

    def __add__(self, other: Polled) -> Polled:
        return Polled(
            feeds=self.feeds + other.feeds, articles=self.articles + other.articles, ill=self.ill + other.ill
        )


def poll(room: Newsroom, *, urls: Collection[str] | None = None) -> Polled:
    """Polls every feed that is due; with `urls` those feeds, due or not."""
    total = Polled()
    while not room.stop.is_set():
        with room.database.write() as tx:
            batch = polls.claim_due(tx, room.claim(_LEASE), limit=len(urls) if urls else _BATCH, urls=urls)
        if batch:
            total += _poll_batch(room, batch)
        if not batch or urls is not None:
            break
    return total


def _poll_batch(room: Newsroom, batch: list[FeedState]) -> Polled:
    total, intents = Polled(), []
    try:
        for intent in _intents(room, batch):
            intents.append(intent)
            if len(intents) == _RECORDED_TOGETHER:
                total += _record(room, intents)
                intents = []
        total += _record(room, intents)
    finally:
        with room.database.write() as tx:
            polls.release(tx, room.owner)
    return total


def _record(room: Newsroom, intents: list[PollIntent]) -> Polled:
    with room.database.write() as tx:
        brought = polls.record(tx, intents, room.clock())
    return Polled(feeds=len(intents), articles=brought, ill=sum(not intent.succeeded for intent in intents))


def _intents(room: Newsroom, batch: list[FeedState]) -> Iterator[PollIntent]:
    states = {state.id: state for state in batch}
    requests = [FetchRequest(feed_id=s.id, url=s.feed.url, etag=s.etag, last_modified=s.last_modified) for s in batch]
    with closing(fetch(requests, room.settings.polling, user_agent=room.user_agent)) as results:
        for result in results:
            state = states[result.request.feed_id]
            intent = _judge(room, state, result)
            log.info(
                "polled",
                feed=state.feed.url,
                status=result.status,
                new=len(intent.new),
                edited=len(intent.edited),
                problem=intent.problem,
            )
            yield intent
            if room.stop.is_set():
                return


def _judge(room: Newsroom, state: FeedState, result: FetchResult) -> PollIntent:
    """Parses and decides. What goes wrong unforeseen is this feed's problem, and no other's."""
    now = room.clock()
    try:
        return _parse_and_decide(room, state, result)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        log.exception("a feed could not be processed", feed=state.feed.url)
        said = f"the feed could not be processed ({type(error).__name__}: {error}); please report it with its address"
        failed = FetchResult(request=result.request, status=result.status, problem=said)
        return polling.decide(state, failed, None, {}, polling=room.settings.polling, now=now)


def _parse_and_decide(room: Newsroom, state: FeedState, result: FetchResult) -> PollIntent:
    parsed, known = None, {}
    if result.problem is None and not polling.unchanged(state, result):
        headers = result.headers or {}
        parsed = feeds.parse(
            result.body,
            url=result.final_url or state.feed.url,
            content_type=headers.get("content-type"),
            content_language=headers.get("content-language"),
        )
        with room.database.read() as tx:
            stored = polls.known_entries(tx, state.id, [entry.entry_id for entry in parsed.entries])
        known = {key: polling.Known(article_id=a, content_hash=h) for key, (a, h) in stored.items()}
    return polling.decide(state, result, parsed, known, polling=room.settings.polling, now=room.clock())
