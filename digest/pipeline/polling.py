"""The step `poll`: fetch → parse → [articles].

A feed whose window has rolled past what is stored, and that names older pages (RFC 5005; `next_url` of JSON Feed), is
decided upon last, when those were read: page by page, at most `_OLDER_PAGES`, with the same manners as every poll.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from digest import polling, waiting
from digest.fetching import fetch
from digest.model import Entry, FeedState, FetchRequest, FetchResult, HostPause, ParsedFeed, PollIntent, host_key
from digest.pipeline import subscribing
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, polls, retention
from digest.store.engine import Transaction
from digest.stories import link_key

_BATCH, _BATCH_OF_ONE_HOST = 256, 64
"""Feeds claimed together; and polled of one host before the lease is over, for they are polled one after another."""
_LEASE = timedelta(minutes=40)
"""Longer than a batch can take: 64 feeds of one host, one after another, each up to the time limit."""
_ENTRIES_TOGETHER = 200
"""New ones; so many are recorded before the batch is read to its end, for they lie in memory until then."""
_OLDER_PAGES = 5
_CROWD, _OF_ONE_HOST = 32, 5
"""Feeds that are polled at once, and of one host, when after a pause or at the very first start more are due."""
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a bug of ours or of a library raises on hostile input."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gap:
    """A poll that waits for older pages."""

    state: FeedState
    result: FetchResult
    parsed: ParsedFeed
    older: str
    """The next page to read."""
    entries: tuple[Entry, ...] = ()
    """What the pages read so far brought that was unknown."""
    pages: frozenset[str] = frozenset()
    closed: bool = False
    pause: HostPause | None = None


_Done = tuple[str, int | None, PollIntent]
"""A poll: the feed's URL, the status, and what it means. Without the body: some polls are recorded together."""


def poll(room: Newsroom, *, urls: Collection[str] | None = None, spread: bool = False) -> Polled:
    """Polls every feed that is due; with `urls` those feeds, due or not; none whose host has asked us to wait.

    With `spread`, many feeds that are due because nothing was polled for long are polled over an interval.
    """
    if urls is not None:
        return _poll_batch(room, _claimed(room, len(urls), urls), of_one_host=len(urls))
    total = Polled()
    if not _is_any_due(room):
        return total
    if spread:
        _spread(room)
    while not room.stop.is_set():
        batch = _claimed(room, _BATCH)
        polled = _poll_batch(room, batch, of_one_host=_BATCH_OF_ONE_HOST)
        total += polled
        if polled.feeds == len(batch) < _BATCH or not polled.feeds:  # no more are due, or none may be asked now
            break
    return total


def _claimed(room: Newsroom, limit: int, urls: Collection[str] | None = None) -> list[FeedState]:
    with room.database.write() as tx:
        return polls.claim_due(tx, room.claim(_LEASE), limit=limit, urls=urls)


def _is_any_due(room: Newsroom) -> bool:
    with room.database.read() as tx:
        return polls.is_any_due(tx, room.clock())


def pauses(room: Newsroom, urls: Collection[str]) -> dict[str, HostPause]:
    """Of these feeds those whose host has asked us to wait."""
    with room.database.read() as tx:
        asked = {pause.host: pause for pause in polls.pauses(tx, room.clock())}
        hosts = polls.hosts_of(tx, urls) if asked else {}
    return {url: asked[host] for url, host in hosts.items() if host in asked}


def _spread(room: Newsroom) -> None:
    now, settings = room.clock(), room.settings.polling
    with room.database.read() as tx:
        due = polls.crowd(tx, now, after=settings.every)
    at_once, of_host = 0, Counter[str]()
    waits = {}
    for feed_id, url, host in due:
        if at_once < _CROWD and of_host[host] < _OF_ONE_HOST:
            at_once += 1
            of_host[host] += 1
        else:
            waits[feed_id] = waiting.after_crowd(url, settings, now)
    if waits:
        with room.database.write() as tx:
            polls.reschedule(tx, {feed_id: (wait.at, wait.reason) for feed_id, wait in waits.items()})
        log.info("many feeds are due at once", put_off=len(waits), over=str(settings.every))


def _poll_batch(room: Newsroom, batch: list[FeedState], *, of_one_host: int) -> Polled:
    """Polls what was claimed, but of one host only so many: the claims on the others are given back."""
    total, entries, states = Polled(), 0, {state.id: state for state in batch}
    done: list[_Done] = []
    if not batch:
        return total
    try:
        for poll_done in _polls(room, _first_of_each_host(batch, of_one_host)):
            done.append(poll_done)
            entries += len(poll_done[2].new)
            if entries >= _ENTRIES_TOGETHER:
                total += _record(room, done, states)
                done, entries = [], 0
        if done:
            total += _record(room, done, states)
    finally:
        room.parser.close()
        if total.feeds < len(batch):
            with room.database.write() as tx:
                polls.release(tx, room.owner)
    return total


def _first_of_each_host(batch: list[FeedState], most: int) -> list[FeedState]:
    of_host = Counter[str]()
    chosen = []
    for state in batch:
        host = host_key(polling.address(state))
        of_host[host] += 1
        if of_host[host] <= most:
            chosen.append(state)
    return chosen


def _record(room: Newsroom, done: list[_Done], states: Mapping[int, FeedState]) -> Polled:
    with room.database.write() as tx:
        intents = subscribing.slowly(room, tx, [intent for _, _, intent in done])
        brought = polls.record(tx, intents, room.clock(), before=states)
        file_edited(tx, intents)
    tell = log.bind().info  # once: it takes longer than to say nothing
    for (url, status, _), intent in zip(done, intents, strict=True):
        _tell(tell, url, status, intent)
    for pause in filter(None, (intent.host_pause for intent in intents)):
        _put_off(room, pause)
    return Polled(feeds=len(intents), articles=brought, ill=sum(not intent.succeeded for intent in intents))


def file_edited(tx: Transaction, intents: Iterable[PollIntent]) -> None:
    """Lets what others report under the link that an edited entry has now join its story."""
    edited = [each for intent in intents for each in (*intent.edited, *intent.mended)]
    keys = {article_id: key for article_id, entry in edited if (key := link_key(entry))}
    if keys:
        articles.file(tx, keys)


def _put_off(room: Newsroom, pause: HostPause) -> None:
    """Lets all feeds of the host wait for the end of its pause, and come back one by one."""
    with room.database.write() as tx:
        early = polls.due_before(tx, pause)
        waits = {feed_id: waiting.after_pause(url, pause, room.settings.polling) for feed_id, url in early.items()}
        polls.reschedule(tx, {feed_id: (wait.at, wait.reason) for feed_id, wait in waits.items()})


def _polls(room: Newsroom, batch: list[FeedState]) -> Iterator[_Done]:
    states, gaps = {state.id: state for state in batch}, []
    requests = [
        FetchRequest(feed_id=s.id, url=polling.address(s), etag=s.taught.etag, last_modified=s.taught.last_modified)
        for s in batch
    ]
    with closing(_fetch(room, requests)) as results:
        for result in results:
            judged = _judge(room, states[result.request.feed_id], result)
            if isinstance(judged, _Gap):
                gaps.append(judged)
            else:
                yield states[judged.feed_id].feed.url, result.status, judged
    if room.stop.is_set():
        return
    for gap in _read_older(room, gaps):
        yield gap.state.feed.url, gap.result.status, _judge_gap(room, gap)


def _fetch(room: Newsroom, requests: list[FetchRequest]) -> Generator[FetchResult, None, None]:
    with room.database.read() as tx:
        resting = [pause.host for pause in polls.pauses(tx, room.clock())]
    return fetch(requests, room.settings.polling, user_agent=room.user_agent, resting=resting, stop=room.stop)


def _tell(tell: Callable[..., object], url: str, status: int | None, intent: PollIntent) -> None:
    tell(
        "polled",
        feed=url,
        status=status,
        new=len(intent.new),
        edited=len(intent.edited),
        mended=len(intent.mended),
        problem=intent.problem,
        next=str(intent.next_poll_at),
        why=intent.wait_reason,
    )


def _judge(room: Newsroom, state: FeedState, result: FetchResult) -> PollIntent | _Gap:
    """Parses and decides. What goes wrong unforeseen is this feed's problem, and no other's."""
    try:
        parsed = None
        if result.problem is None and not polling.unchanged(state, result):
            parsed = _parse(room, result, known_slices=state.taught.slices if state.succeeded_at else frozenset())
            subscribing.notice(room, result, parsed)
            if parsed.older and polling.rolled_past(state, parsed, _known(room, state, parsed)):
                return _Gap(state=state, result=result, parsed=parsed, older=parsed.older)
        return _decide(room, state, result, parsed)
    except _UNFORESEEN as error:
        return _failed(room, state, result, error)


def _judge_gap(room: Newsroom, gap: _Gap) -> PollIntent:
    """The same when its older pages are read."""
    try:
        return _decide(room, gap.state, gap.result, gap.parsed, gap)
    except _UNFORESEEN as error:
        return _failed(room, gap.state, gap.result, error)


def judge_pushed(room: Newsroom, state: FeedState, result: FetchResult) -> PollIntent:
    """The same for what a hub sent: it may be a part of the feed, and says nothing of when and where to poll."""
    try:
        intent = _decide(room, state, result, _parse(room, result))
        return polling.of_push(state, intent, room.clock()) if intent.succeeded else intent
    except _UNFORESEEN as error:
        return _failed(room, state, result, error)


def _failed(room: Newsroom, state: FeedState, result: FetchResult, error: Exception) -> PollIntent:
    log.error("a feed could not be processed", feed=state.feed.url, exc_info=error)
    said = f"the feed could not be processed ({type(error).__name__}: {error}); please report it with its address"
    failed = FetchResult(request=result.request, status=result.status, problem=said)
    return polling.decide(state, failed, None, {}, polling=room.settings.polling, now=room.clock())


def _decide(
    room: Newsroom, state: FeedState, result: FetchResult, parsed: ParsedFeed | None, gap: _Gap | None = None
) -> PollIntent:
    known = _known(room, state, parsed) if parsed else {}
    backfill = polling.Backfill(entries=gap.entries, closed=gap.closed) if gap else None
    intent = polling.decide(
        state, result, parsed, known, polling=room.settings.polling, now=room.clock(), backfill=backfill
    )
    return replace(intent, host_pause=gap.pause) if gap else intent


def _parse(room: Newsroom, result: FetchResult, *, known_slices: frozenset[str] = frozenset()) -> ParsedFeed:
    return room.parser.parse(
        result.body,
        url=result.source,
        content_type=result.headers.get("content-type"),
        content_language=result.headers.get("content-language"),
        known_slices=known_slices,
        trim=room.settings.polling.trim,
        quick=room.settings.polling.quick,
    )


def _known(room: Newsroom, state: FeedState, parsed: ParsedFeed) -> dict[str, polling.Known]:
    """The stored ones of a document's entries, under whatever id; those that read otherwise now with all of their
    text.
    """
    hashes = {entry.entry_id: entry.content_hash for entry in parsed.entries}
    if not hashes or state.brought_at is None:  # it has no article
        return {}
    with room.database.read() as tx:
        stored = polls.known_entries(tx, state.id, list(hashes))
        strangers = [entry for entry in parsed.entries if entry.entry_id not in stored]
        stored |= polls.renamed(tx, state.id, strangers) if strangers else {}
        strangers = [entry for entry in strangers if entry.entry_id not in stored]
        dropped = retention.forgotten_of(tx, state.id, strangers)
        other = [article_id for key, (article_id, stored_hash, _) in stored.items() if stored_hash != hashes[key]]
        texts = {article.id: article.entry for article in articles.by_ids(tx, other)}
    return dict.fromkeys(dropped, polling.Known(article_id=None)) | {
        key: polling.Known(article_id=article_id, content_hash=stored_hash, link=link, entry=texts.get(article_id))
        for key, (article_id, stored_hash, link) in stored.items()
    }


# --- older pages ----------------------------------------------------------------------------------------------------


def _read_older(room: Newsroom, gaps: list[_Gap]) -> Iterator[_Gap]:
    """The gaps, each as far as its older pages could be read."""
    still = {gap.state.id: gap for gap in gaps}
    for _ in range(_OLDER_PAGES):
        requests = [
            FetchRequest(feed_id=gap.state.id, url=gap.older)
            for gap in still.values()
            if gap.older and gap.older not in gap.pages and not gap.closed and gap.pause is None
        ]
        if not requests:
            break
        with closing(_fetch(room, requests)) as results:
            for result in results:
                still[result.request.feed_id] = _turned(room, still[result.request.feed_id], result)
        if room.stop.is_set():
            return
    yield from still.values()


def _turned(room: Newsroom, gap: _Gap, result: FetchResult) -> _Gap:
    """The gap after one more page."""
    pages = gap.pages | {gap.older}
    if result.problem is not None:
        return replace(gap, pages=pages, pause=waiting.host_pause(result, 0, room.clock()))
    page = _parse(room, result)
    known = _known(room, gap.state, page)
    have = {entry.entry_id for entry in (*gap.parsed.entries, *gap.entries)} | set(known)
    fresh = tuple(entry for entry in page.entries if entry.entry_id not in have)
    return replace(
        gap, pages=pages, older=page.older or "", entries=gap.entries + fresh, closed=gap.closed or bool(known)
    )
