"""What a poll means: pure decisions about one feed and one answer.

The order of the rules:

1. No answer, or an answer that is no feed: the feed keeps what it has, the problem is told, the next poll is put off,
   longer with each failure in a row. 429 and 503 put off all feeds of the host. 410 ends polling; so does a document
   that says that it is the last (JSON Feed, `expired`).
2. 304, or a body that is byte for byte the last one: nothing changed, nor the damage that was told of it.
3. Otherwise each entry is new, edited, mended or known, by (feed, entry id) alone; a date decides nothing here. One
   whose link leads elsewhere is edited, too; one that is gone, or leads to a home page now, is no reason.
4. New entries of a feed read for the first time are announced when they claim to be younger than `first_sight` (or
   claim no date), at most `FIRST_CAP` of them. New entries of a known feed are announced unless they claim to be
   older than `OLD`; at most `DUMP` at a time. The rest is held, and the operator told.
5. A known feed whose document has nothing in common with what is stored has rolled past between two polls, unless one
   of its entries claims to be older than the newest known (its ids changed then). Older pages, read until a known
   entry is met, close the gap, and their entries are announced; else the operator is told, of a feed that holds one
   entry at a time only once.
6. A permanent redirect (RFC 9110, sections 15.4.2 and 15.4.9) is taken over after `MOVES` polls that saw it, each
   `MOVE_APART` or more after the other. A poll without it starts the count anew. An address taken over that fails
   `MOVE_FAILURES` times in a row, or is gone, is given up again for the configured one.

When the next poll is, `digest.waiting` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from shlex import quote

from digest import mending, waiting
from digest.languages import settled
from digest.links import canonical
from digest.markup import one_line
from digest.model import Entry, FeedState, FetchResult, Held, NewArticle, ParsedFeed, PollIntent, Taught, host_key
from digest.settings import Polling
from digest.wording import counted, lasting, shown

FIRST_CAP = 50
"""Announced at most at the first sight of a feed."""
DUMP = 100
"""New entries of a known feed in one poll beyond which the rest is held."""
OLD = timedelta(days=14)
"""A new entry of a known feed that claims to be older than this is an archive's, not news."""
NO_LONGER_THERE = 410
_FINISHED = "The feed says that it is finished; it is polled no more, take it out of feeds.yaml."
MOVES, MOVE_APART, MOVE_FAILURES = 3, timedelta(days=1), 3
TOLD = timedelta(days=7)
"""How long a gap, and what is held of a dump, is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A stored entry, as much of it as tells new from edited."""

    article_id: int | None
    """None: retention has dropped the article, and nothing else is known of it."""
    content_hash: str = ""
    link: str | None = None
    entry: Entry | None = None
    """As stored; needed only where the content hash is another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backfill:
    """What older pages of a feed brought."""

    entries: tuple[Entry, ...]
    """Unknown ones only."""
    closed: bool
    """Whether a known entry was met, so that nothing is missing."""


def address(state: FeedState) -> str:
    """Where the feed is polled."""
    return state.taught.poll_url or state.feed.url


def unchanged(state: FeedState, result: FetchResult) -> bool:
    """Whether the answer says, or its bytes show, that nothing changed since the last good poll."""
    return result.status == 304 or (result.problem is None and body_hash(result.body) == state.taught.body_hash)


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
    backfill: Backfill | None = None,
) -> PollIntent:
    """What to write after a poll.

    `parsed` is None when there was no body to read; `known` covers its entries. `backfill` is what older pages
    brought, after `rolled_past`.
    """
    if result.problem is not None:
        return _failed(state, result, result.problem, polling, now)
    if parsed is None:
        return _answered(state, result, None, state.taught, polling=polling, now=now)
    if parsed.problem is not None and not parsed.entries and not parsed.known:
        return _failed(state, result, with_way(parsed.problem, result), polling, now)
    fresh = [entry for entry in parsed.entries if entry.entry_id not in known]
    new, dumped = _announce(state, fresh, polling, now)
    older = backfill.entries if backfill else ()
    claimed = [entry.published_at for entry in (*fresh, *older)]
    times = waiting.appearances(state.taught.appeared, claimed, every=polling.every, now=now)
    taught = state.taught
    if dumped:
        taught = replace(taught, dumped=dumped, dumped_at=now)
    if rolled_past(state, parsed, known) and not (backfill and backfill.closed) and not _is_usual(taught, parsed):
        taught = replace(taught, gap_at=now, gap_from=state.succeeded_at)
    taught = replace(
        taught, body_hash=body_hash(result.body), slices=parsed.slices, damage=parsed.problem, appeared=times
    )
    edited, mended = _changed(state, parsed, known)
    return replace(
        _answered(state, result, parsed, taught, polling=polling, now=now),
        new=(*new, *_of_older_pages(state, older, now)),
        edited=edited,
        mended=mended,
    )


def with_way(problem: str, result: FetchResult) -> str:
    """What is wrong with a document, and where it came from when that is elsewhere: a login page, say."""
    if canonical(result.source) == canonical(result.request.url):
        return problem
    return f"{problem} (it redirects to {one_line(result.source, 200)})"


def rolled_past(state: FeedState, parsed: ParsedFeed, known: Mapping[str, Known]) -> bool:
    """Whether entries may have come and gone between the last good poll and this one."""
    if state.succeeded_at is None or state.brought_at is None or not parsed.entries or known or parsed.known:
        return False
    newest = state.taught.appeared[-1] if state.taught.appeared else None
    return newest is None or all(e.published_at is None or e.published_at > newest for e in parsed.entries)


def _is_usual(taught: Taught, parsed: ParsedFeed) -> bool:
    """Whether a gap is not worth telling: a feed that holds one entry at a time rolls past at each."""
    return taught.gap_at is not None and len(taught.slices) == len(parsed.slices) == 1


def of_push(state: FeedState, intent: PollIntent, now: datetime) -> PollIntent:
    """What `decide` says, when a hub sent the document: perhaps but a part of the feed, and no word on its health."""
    said = _of_dump(state, intent.taught.dumped, now) if intent.taught.dumped_at == now else None
    return replace(intent, problem=None, notice=" ".join(filter(None, (state.notice, said))) or None)


def unpushed(state: FeedState, polling: Polling, now: datetime) -> waiting.Wait | None:
    """The next poll of a feed that a hub has ceased to push: when it would have been, or now when that is past.
    None: as it is, since the feed was never polled, fails or is gone.
    """
    if state.polled_at is None or state.next_poll_at is None or state.failures:
        return None
    url, habit = state.feed.url, waiting.Habit(times=state.taught.appeared, since=state.created_at)
    wait = waiting.after_success(url, habit, state.taught.wishes, polling=polling, now=state.polled_at)
    return waiting.made_up(url, wait, state.taught.wishes, now)


# --- an answer ------------------------------------------------------------------------------------------------------


def _answered(
    state: FeedState,
    result: FetchResult,
    parsed: ParsedFeed | None,
    taught: Taught,
    *,
    polling: Polling,
    now: datetime,
) -> PollIntent:
    """What every good answer means; `taught` has what the document taught, when there was one."""
    if result.status != 304:
        # Those of the last whole answer: a server that stopped sending them may have forgotten what they meant.
        etag, last_modified = result.headers.get("etag"), result.headers.get("last-modified")
        taught = replace(taught, etag=etag, last_modified=last_modified)
    # Nearly every answer teaches nothing, and then nothing is made anew.
    asked = waiting.wishes(taught.wishes, result, parsed, now)
    taught = _moved(taught if asked == taught.wishes else replace(taught, wishes=asked), state.feed.url, result, now)
    habit = waiting.Habit(times=taught.appeared, since=state.created_at)
    wait = waiting.after_success(state.feed.url, habit, taught.wishes, polling=polling, now=now)
    finished = parsed is not None and parsed.expired
    told = [*_notices(state, taught, now), *([_FINISHED] if finished else [])]
    return PollIntent(
        feed_id=state.id,
        succeeded=True,
        taught=taught,
        rhythm=waiting.rhythm(taught.appeared),
        host=host_key(taught.poll_url or state.feed.url) if taught.poll_url != state.taught.poll_url else None,
        next_poll_at=None if finished else wait.at,
        wait_reason="the feed says that it is finished" if finished else wait.reason,
        problem=taught.damage,  # stands while the body does not change
        notice=" ".join(told) or None,
    )


def _moved(taught: Taught, url: str, result: FetchResult, now: datetime) -> Taught:
    """Counts the polls that saw the same permanent redirect, and takes it over when they are enough."""
    if result.moved_to is None:
        return replace(taught, moved_to=None, moved_seen=()) if taught.moved_to or taught.moved_seen else taught
    seen = [at for at in taught.moved_seen if at <= now] if result.moved_to == taught.moved_to else []
    if not seen or now - seen[-1] >= MOVE_APART:
        seen.append(now)
    if len(seen) < MOVES:
        return replace(taught, moved_to=result.moved_to, moved_seen=tuple(seen))
    return replace(taught, poll_url=None if result.moved_to == url else result.moved_to, moved_to=None, moved_seen=())


def _notices(state: FeedState, taught: Taught, now: datetime) -> list[str]:
    """Sentences for the operator about a feed that answers."""
    told = []
    if taught.poll_url:
        told.append(
            f"The feed has moved for good to {taught.poll_url}, where it is polled now; "
            "put that address into feeds.yaml."
        )
    if taught.moved_to:
        told.append(
            f"The feed says that it has moved for good to {taught.moved_to} "
            f"(seen on {len(taught.moved_seen)} of {MOVES} days); if that is right, put that address into feeds.yaml."
        )
    times = taught.appeared
    if waiting.is_silent(times, now):
        told.append(
            f"Nothing new since {shown(times[-1])}, though something comes every "
            f"{lasting(waiting.rhythm(times) or timedelta(0))} or so: is it dead, or has it moved?"
        )
    if taught.dumped_at and now - taught.dumped_at < TOLD:
        told.append(_of_dump(state, taught.dumped, taught.dumped_at))
    if taught.gap_at and now - taught.gap_at < TOLD:
        why = (
            "the feed holds one entry at a time"
            if len(taught.slices) == 1
            else "all that the feed then held was unknown"
        )
        told.append(
            f"Entries may have been missed between {shown(taught.gap_from)} and {shown(taught.gap_at)}: "
            f"{why}; a shorter polling.every helps."
        )
    if waiting.skips_everything(taught.wishes):
        told.append("The feed excludes every hour or every day (skipHours, skipDays); it is polled once a day.")
    return told


def _of_dump(state: FeedState, dumped: int, at: datetime) -> str:
    return (
        f"{counted(dumped, 'entry', 'entries')} of many that came at once on {shown(at)} are held; "
        f"`digest feeds release {quote(state.feed.url)}` announces them."
    )


def _changed(
    state: FeedState, parsed: ParsedFeed, known: Mapping[str, Known]
) -> tuple[tuple[tuple[int, Entry], ...], tuple[tuple[int, Entry], ...]]:
    """(article id, the entry as it reads now) of those edited and those mended; what came damaged, or not to its end,
    is passed over.
    """
    kinds: dict[mending.Change, list[tuple[int, Entry]]] = {"edited": [], "mended": [], "damaged": []}
    for entry in parsed.entries:
        stored = known.get(entry.entry_id)
        if stored is None or stored.article_id is None or entry.entry_id == parsed.cut:
            continue
        if stored.content_hash != entry.content_hash:
            kind = mending.change(stored.entry, entry) if stored.entry else "edited"
            kinds[kind].append((stored.article_id, _in_language(entry, state)))
        elif _leads_elsewhere(entry.link, stored.link):
            kinds["edited"].append((stored.article_id, _in_language(entry, state)))
    return tuple(kinds["edited"]), tuple(kinds["mended"])


def _leads_elsewhere(link: str | None, before: str | None) -> bool:
    """Whether it leads to an article, and to another one. What only tells where a reader comes from may change."""
    if link is None or link == before:
        return False
    key = canonical(link)
    return key is not None and (before is None or key != canonical(before))


# --- no feed --------------------------------------------------------------------------------------------------------


def _failed(state: FeedState, result: FetchResult, problem: str, polling: Polling, now: datetime) -> PollIntent:
    """Keeps everything but the time of the next poll, and the address that was taken over when it fails too often."""
    url, taught = state.feed.url, state.taught
    wait, pause = waiting.after_failure(url, result, state.failures, taught.wishes, polling=polling, now=now)
    gone = result.status == NO_LONGER_THERE and not result.in_passing
    lost = taught.poll_url is not None and (gone or state.failures + 1 >= MOVE_FAILURES)
    gone = gone and not lost
    if lost:
        problem = f"{problem}; the feed had moved to {taught.poll_url}, and the address in feeds.yaml is polled again"
        taught = replace(taught, etag=None, last_modified=None, poll_url=None)
    return PollIntent(
        feed_id=state.id,
        succeeded=False,
        taught=taught,
        rhythm=waiting.rhythm(taught.appeared),
        host=host_key(url) if lost else None,
        next_poll_at=None if gone else wait.at,
        wait_reason="it is gone for good (410)" if gone else wait.reason,
        problem=f"{problem}; it is polled no more, take it out of feeds.yaml" if gone else problem,
        notice=state.notice,
        host_pause=pause,
    )


# --- new entries ----------------------------------------------------------------------------------------------------


def _announce(
    state: FeedState, fresh: list[Entry], polling: Polling, now: datetime
) -> tuple[tuple[NewArticle, ...], int]:
    """The new articles with what is held of them, and how many because too many came at once."""
    first = state.succeeded_at is None
    oldest, cap = (now - polling.first_sight, FIRST_CAP) if first else (now - OLD, DUMP)
    too_old: Held = "first_sight" if first else "old"
    too_many: Held = "first_sight" if first else "dump"
    held: list[Held | None] = []
    announced = 0
    for entry in fresh:
        if entry.published_at is not None and entry.published_at < oldest:
            held.append(too_old)
        elif announced >= cap:
            held.append(too_many)
        else:
            announced += 1
            held.append(None)
    new = tuple(
        NewArticle(entry=_in_language(entry, state), held=why) for entry, why in zip(fresh, held, strict=True)
    )
    return new, held.count("dump")


def _of_older_pages(state: FeedState, entries: tuple[Entry, ...], now: datetime) -> tuple[NewArticle, ...]:
    """We asked for them, so they are no dump; what an archive holds beyond the gap is old all the same."""
    return tuple(
        NewArticle(
            entry=_in_language(entry, state),
            held="old" if entry.published_at is not None and entry.published_at < now - OLD else None,
        )
        for entry in entries
    )


def _in_language(entry: Entry, state: FeedState) -> Entry:
    """The operator's word first; then what entry and feed declare unless the script belies it; else as detected."""
    language = state.feed.language or settled(entry.language, f"{entry.title}\n{entry.summary}")
    return entry if language == entry.language else replace(entry, language=language)
