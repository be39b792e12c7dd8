"""What a poll means: pure decisions about one feed and one answer.

The order of the rules:

1. No answer, or an answer that is no feed: the feed keeps what it has, the problem is told, the next poll is put off,
   longer with each failure in a row (or as long as `Retry-After` asks, RFC 9110 section 10.2.3). 410 ends polling.
2. 304, or a body that is byte for byte the last one: nothing changed, nor what was told of it.
3. Otherwise each entry is new, edited or known, by (feed, entry id) alone; a date decides nothing here.
4. New entries of a feed read for the first time are announced when they claim to be younger than `first_sight` (or
   claim no date), at most `FIRST_CAP` of them. New entries of a known feed are announced unless they claim to be
   older than `OLD`; at most `DUMP` at a time. The rest is held, and the operator told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

from digest.languages import settled
from digest.model import Entry, FeedState, FetchResult, Held, NewArticle, ParsedFeed, PollIntent
from digest.settings import Polling

FIRST_CAP = 50
"""Announced at most at the first sight of a feed."""
DUMP = 100
"""New entries of a known feed in one poll beyond which the rest is held."""
OLD = timedelta(days=14)
"""A new entry of a known feed that claims to be older than this is an archive's, not news."""
LONGEST_PAUSE = timedelta(hours=24)
"""Between two polls of a feed that fails."""
LONGEST_RETRY_AFTER = timedelta(days=7)
"""What a server may ask for."""
NO_LONGER_THERE = 410


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A stored entry, as much of it as tells new from edited."""

    article_id: int
    content_hash: str


def unchanged(state: FeedState, result: FetchResult) -> bool:
    """Whether the answer says, or its bytes show, that nothing changed since the last good poll."""
    return result.status == 304 or (result.problem is None and body_hash(result.body) == state.body_hash)


def body_hash(body: bytes) -> str:
    """What tells one body from another."""
    return sha256(body).hexdigest()


def decide(
    state: FeedState,
    result: FetchResult,
    parsed: ParsedFeed | None,
    known: Mapping[str, Known],
    *,
    polling: Polling,
    now: datetime,
) -> PollIntent:
    """What to write after a poll. `parsed` is None when there was no body to read; `known` covers its entries."""
    if result.problem is not None:
        return _failed(state, result, result.problem, polling, now)
    if parsed is None:
        return _kept(state, result, polling, now)
    if parsed.problem is not None and not parsed.entries:
        return _failed(state, result, parsed.problem, polling, now)
    new, told = _announce(state, [e for e in parsed.entries if e.entry_id not in known], polling, now)
    edited = tuple(
        (known[entry.entry_id].article_id, _in_language(entry, state))
        for entry in parsed.entries
        if entry.entry_id in known and known[entry.entry_id].content_hash != entry.content_hash
    )
    headers = result.headers or {}
    return replace(
        _kept(state, result, polling, now),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        body_hash=body_hash(result.body),
        problem=told or parsed.problem or _moved(result),
        new=new,
        edited=edited,
    )


def _kept(state: FeedState, result: FetchResult, polling: Polling, now: datetime) -> PollIntent:
    headers = result.headers or {}
    return PollIntent(
        feed_id=state.id,
        succeeded=True,
        etag=headers.get("etag", state.etag),
        last_modified=headers.get("last-modified", state.last_modified),
        body_hash=state.body_hash,
        moved_to=result.moved_to,
        next_poll_at=now + polling.every + _spread(state.feed.url, polling.every),
        problem=_moved(result) or _standing(state),
    )


def _standing(state: FeedState) -> str | None:
    """What was told of the body that has not changed since: its damage, or what of it is held."""
    return state.problem if state.failures == 0 and state.moved_to is None else None


def _moved(result: FetchResult) -> str | None:
    if result.moved_to is None:
        return None
    return f"the feed has moved for good to {result.moved_to}; put that address into feeds.yaml"


def _failed(state: FeedState, result: FetchResult, problem: str, polling: Polling, now: datetime) -> PollIntent:
    pause = min(polling.every * 2 ** min(state.failures, 10), max(LONGEST_PAUSE, polling.every))
    asked = retry_after((result.headers or {}).get("retry-after"), now)
    wait = max(pause, min(asked, LONGEST_RETRY_AFTER)) if asked else pause
    gone = result.status == NO_LONGER_THERE
    return PollIntent(
        feed_id=state.id,
        succeeded=False,
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        moved_to=result.moved_to,
        next_poll_at=None if gone else now + wait,
        problem=f"{problem}; it is polled no more, take it out of feeds.yaml" if gone else problem,
    )


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long `Retry-After` asks to wait, given as seconds or as a date; None when it asks for nothing readable."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value.strip()[:9]), int(LONGEST_RETRY_AFTER.total_seconds())))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at - now, timedelta(0)) or None


def _spread(url: str, every: timedelta) -> timedelta:
    """Up to a tenth of the interval, fixed for each feed, so that feeds added together drift apart."""
    return every * (int.from_bytes(sha256(url.encode()).digest()[:2], "big") / 0xFFFF / 10)


def _announce(
    state: FeedState, fresh: list[Entry], polling: Polling, now: datetime
) -> tuple[tuple[NewArticle, ...], str | None]:
    """The new articles with what is held of them, and a word to the operator when a dump was held."""
    first = state.succeeded_at is None
    oldest = now - (polling.first_sight if first else OLD)
    cap, over = (FIRST_CAP, "first_sight") if first else (DUMP, "dump")
    held: list[Held | None] = []
    announced = 0
    for entry in fresh:
        if entry.published_at is not None and entry.published_at < oldest:
            held.append("first_sight" if first else "old")
        elif announced >= cap:
            held.append("first_sight" if over == "first_sight" else "dump")
        else:
            announced += 1
            held.append(None)
    new = tuple(
        NewArticle(entry=_in_language(entry, state), held=why) for entry, why in zip(fresh, held, strict=True)
    )
    dumped = held.count("dump")
    told = (
        f"{len(fresh)} new entries came at once and {dumped} of them are held; "
        f"`digest feeds release {state.feed.url}` announces them"
        if dumped
        else None
    )
    return new, told


def _in_language(entry: Entry, state: FeedState) -> Entry:
    """The operator's word first; then what entry and feed declare unless the script belies it; else as detected."""
    language = state.feed.language or settled(entry.language, f"{entry.title}\n{entry.summary}")
    return entry if language == entry.language else replace(entry, language=language)
