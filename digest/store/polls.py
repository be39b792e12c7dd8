"""Feeds and what their polls brought."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Update,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from digest.model import Entry, FeedState, HostPause, PollIntent, Taught, Wishes, host_key
from digest.settings import Feed
from digest.store import revisions
from digest.store.engine import insert, portions
from digest.store.leases import Claim, claim_rows
from digest.store.schema import EPOCH, MILLISECOND, Instant, articles, feeds, hosts


def keep(tx: Connection, configured: Sequence[Feed], now: datetime) -> None:
    """Makes the stored feeds those of the configuration. A feed that left is kept, unpolled, with its articles.

    Rows that are right already are left alone, the others written in the order of their ids, as `record` does: two
    transactions that lock rows in different orders may wait for each other without end.
    """
    stored = {row.url: row for row in tx.execute(select(feeds))}
    wrong = [feed for feed in configured if feed.url not in stored or _differs(feed, stored[feed.url])]
    here = {feed.url for feed in configured}
    _follow(tx, wrong, stored, here)
    wrong.sort(key=lambda feed: stored[feed.url].id if feed.url in stored else math.inf)  # new ones as configured
    if wrong:
        statement = insert(tx, feeds)
        shown: dict[str, Any] = {name: statement.excluded[name] for name in ("name", "tags", "language")}
        shown["host"] = func.coalesce(feeds.c.host, statement.excluded.host)
        # One that comes back is polled at once, even if it was gone (410) before.
        shown["next_poll_at"] = case(
            (feeds.c.removed_at.is_not(None), literal(now, Instant)), else_=feeds.c.next_poll_at
        )
        tx.execute(
            statement.on_conflict_do_update(index_elements=[feeds.c.url], set_=shown | {"removed_at": None}),
            [
                {"url": feed.url, "name": feed.name, "tags": feed.tags, "language": feed.language}
                | {"host": host_key(feed.url), "created_at": now, "next_poll_at": now}
                for feed in wrong
            ],
        )
    kept = tx.execute(select(feeds.c.id, feeds.c.url).where(feeds.c.removed_at.is_(None)))
    gone = [row.id for row in kept if row.url not in here]
    for some in portions(gone):
        tx.execute(update(feeds).where(feeds.c.id.in_(some)).values(removed_at=now))


def _differs(feed: Feed, row: Row[Any]) -> bool:
    kept = (row.name, tuple(row.tags), row.language, row.removed_at, row.host is None)
    return kept != (feed.name, feed.tags, feed.language, None, False)


def _follow(tx: Connection, wrong: Sequence[Feed], stored: dict[str, Row[Any]], configured: Collection[str]) -> None:
    """Gives a moved feed its new URL when the operator has put that in the place of the old one.

    So it keeps its articles and all that is known of it, and is not read as if for the first time.
    """
    left = {row.poll_url or row.moved_to: row for row in stored.values() if row.url not in configured}
    for feed in sorted(wrong, key=lambda feed: left[feed.url].id if feed.url in left else 0):
        row = left.get(feed.url)
        if row is not None and feed.url not in stored:
            moved = {"url": feed.url, "host": host_key(feed.url)} | {"poll_url": None, "moved_to": None}
            tx.execute(update(feeds).where(feeds.c.id == row.id).values(moved | {"moved_seen": [], "notice": None}))
            stored[feed.url] = row


def claim_due(tx: Connection, claim: Claim, *, limit: int, urls: Collection[str] | None = None) -> list[FeedState]:
    """Claims feeds that are due now; with `urls` those feeds, due or not. None whose host pauses is among them."""
    where = _due(claim.now) if urls is None else _may_be_polled(claim.now) & feeds.c.url.in_(urls)
    rows = claim_rows(tx, feeds, claim, where=where, order_by=[feeds.c.next_poll_at], limit=limit, columns=_KNOWN)
    return sorted(map(_state, rows), key=lambda state: (state.next_poll_at or claim.now, state.id))


def is_any_due(tx: Connection, now: datetime) -> bool:
    """Whether `claim_due` may find something."""
    return tx.execute(_soonest(), {"now": now}).first() is not None


@cache
def _soonest() -> Select[Any]:
    # Made once, as each tick executes it.
    now = bindparam("now", type_=Instant)
    free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
    return select(feeds.c.id).where(_due(now), free).order_by(feeds.c.next_poll_at).limit(1)


def _due(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    return (feeds.c.next_poll_at <= now) & _may_be_polled(now)


def _may_be_polled(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    pausing = select(hosts.c.host).where(hosts.c.host == feeds.c.host, hosts.c.until > now).exists()
    return feeds.c.removed_at.is_(None) & ~pausing


def state_of(tx: Connection, feed_id: int) -> FeedState | None:
    """A configured feed as it is stored; None when there is none with this id."""
    chosen = (feeds.c.id == feed_id) & feeds.c.removed_at.is_(None)
    row = tx.execute(select(*_KNOWN).where(chosen)).one_or_none()
    return _state(row) if row is not None else None


def pauses(tx: Connection, now: datetime) -> list[HostPause]:
    """The hosts that want no request yet."""
    rows = tx.execute(select(hosts).where(hosts.c.until > now).order_by(hosts.c.host))
    return [HostPause(host=row.host, until=row.until, reason=row.reason) for row in rows]


def hosts_of(tx: Connection, urls: Collection[str]) -> dict[str, str]:
    """URL → host of these feeds."""
    rows = tx.execute(select(feeds.c.url, feeds.c.host).where(feeds.c.url.in_(urls)).order_by(feeds.c.url))
    return {row.url: row.host for row in rows if row.host}


def due_before(tx: Connection, pause: HostPause) -> dict[int, str]:
    """The feeds of a host (id → URL) that would be polled before its pause ends."""
    early = (feeds.c.host == pause.host) & (feeds.c.next_poll_at < pause.until) & feeds.c.removed_at.is_(None)
    return {row.id: row.url for row in tx.execute(select(feeds.c.id, feeds.c.url).where(early))}


def crowd(tx: Connection, now: datetime, *, after: timedelta) -> list[tuple[int, str, str]]:
    """(id, URL, host) of feeds that are due together: all, when nothing was polled for so long; else the new ones,
    less those that were put off already. In the order in which they are due.
    """
    lately = tx.execute(select(feeds.c.id).where(feeds.c.polled_at > now - after).limit(1)).first()
    due = (feeds.c.next_poll_at <= now) & feeds.c.removed_at.is_(None)
    due &= or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
    if lately is not None:
        due &= feeds.c.polled_at.is_(None) & feeds.c.wait_reason.is_(None)
    columns = feeds.c.id, feeds.c.url, feeds.c.host
    rows = tx.execute(select(*columns).where(due).order_by(feeds.c.next_poll_at, feeds.c.id))
    return [(row.id, row.url, row.host or "") for row in rows]


def languages(tx: Connection) -> frozenset[str]:
    """The languages that feeds are in, also those of feeds that left: their articles stay."""
    return frozenset(tx.execute(_spoken()).scalars())


@cache
def _spoken() -> Select[Any]:
    return select(feeds.c.spoken).where(feeds.c.spoken.is_not(None)).distinct()


def reschedule(tx: Connection, waits: Mapping[int, tuple[datetime, str]]) -> None:
    """Sets when feeds are polled next: id → when, and why. One that is polled no more (410) stays so."""
    if waits:
        chosen = (feeds.c.id == bindparam("feed"), feeds.c.next_poll_at.is_not(None))
        tx.execute(
            update(feeds).where(*chosen).values(next_poll_at=bindparam("at"), wait_reason=bindparam("why")),
            [{"feed": feed_id, "at": at, "why": why} for feed_id, (at, why) in sorted(waits.items())],
        )


def release(tx: Connection, owner: str) -> None:
    """Gives back what the owner claimed and did not poll."""
    tx.execute(update(feeds).where(feeds.c.lease_owner == owner).values(lease_owner=None, lease_until=None))


def known_entries(tx: Connection, feed_id: int, entry_ids: Collection[str]) -> dict[str, tuple[int, str, str | None]]:
    """Of these entries of the feed, those that are stored: entry id → (article id, content hash, link)."""
    found: dict[str, tuple[int, str, str | None]] = {}
    for some in portions(entry_ids):
        rows = tx.execute(
            select(articles.c.entry_id, articles.c.id, articles.c.content_hash, articles.c.link).where(
                articles.c.feed_id == feed_id, articles.c.entry_id.in_(some)
            )
        )
        found.update({row.entry_id: (row.id, row.content_hash, row.link) for row in rows})
    return found


def renamed(tx: Connection, feed_id: int, entries: Collection[Entry]) -> dict[str, tuple[int, str, str | None]]:
    """Of entries of the feed whose ids are unknown, those that are stored under another id, with their link and word
    for word: as `known_entries`.
    """
    stored: dict[tuple[str, str], tuple[int, str, str | None]] = {}
    for some in portions({entry.canonical for entry in entries if entry.canonical}):
        rows = tx.execute(
            select(articles.c.canonical, articles.c.id, articles.c.content_hash, articles.c.link).where(
                articles.c.feed_id == feed_id, articles.c.canonical.in_(some)
            )
        )
        stored.update({(row.canonical, row.content_hash): (row.id, row.content_hash, row.link) for row in rows})
    same = ((entry.entry_id, stored.get((entry.canonical or "", entry.content_hash))) for entry in entries)
    return {entry_id: row for entry_id, row in same if row}


def record(
    tx: Connection, intents: Iterable[PollIntent], now: datetime, *, before: Mapping[int, FeedState] | None = None
) -> int:
    """Writes what polls brought and ends their claims; gives the number of new articles.

    An entry that another worker stored in the meantime is left as it is. With `before`, the feeds by id as they were
    claimed, only the times are written of those that have nothing else to say: nearly all, and it spares most of the
    work.
    """
    ordered = sorted(intents, key=lambda intent: intent.feed_id)
    stored = _store_entries(tx, ordered, now)
    ends: dict[Update, list[dict[str, Any]]] = {_END: [], _END_THE_SAME: [], _END_WELL: []}
    for intent in ordered:
        if _teaches(intent, (before or {}).get(intent.feed_id)):
            ends[_END].append(_end(intent, now, brought=stored[intent.feed_id] > 0))
        elif intent.succeeded and intent.problem is None:
            ends[_END_WELL].append(_times(intent, now))
        else:
            ends[_END_THE_SAME].append(_times(intent, now) | _health(intent, now))
    for statement, rows in ends.items():
        if rows:
            tx.execute(statement, rows)
    for asked in filter(None, (intent.host_pause for intent in ordered)):
        pause(tx, asked, now)
    return stored.total()


def _teaches(intent: PollIntent, before: FeedState | None) -> bool:
    """Whether there is more to write than times."""
    if before is None or intent.new or intent.host:
        return True
    return intent.taught is not before.taught and intent.taught != before.taught


def _times(intent: PollIntent, now: datetime) -> dict[str, Any]:
    """The parameters of `_END_WELL`."""
    return {
        "feed": intent.feed_id,
        "new_polled_at": now,
        "new_next_poll_at": intent.next_poll_at,
        "new_wait_reason": intent.wait_reason,
        "new_notice": intent.notice,
    }


def _health(intent: PollIntent, now: datetime) -> dict[str, Any]:
    """What `_END_THE_SAME` has besides."""
    return {
        "new_problem": intent.problem,
        "new_succeeded_at": now if intent.succeeded else None,
    }


def _end(intent: PollIntent, now: datetime, *, brought: bool) -> dict[str, Any]:
    """The parameters of `_END`."""
    taught, rhythm = intent.taught, intent.rhythm
    values: dict[str, Any] = {name: getattr(taught, name) for name in _TAUGHT} | {
        "moved_seen": _milliseconds(taught.moved_seen),
        "appeared": _milliseconds(taught.appeared),
        "rhythm_seconds": None if rhythm is None else round(rhythm.total_seconds()),
        "wishes": _wishes_as_json(taught.wishes),
        "slices": " ".join(sorted(taught.slices)) or None,
        "brought_at": now if brought else None,
        "host": intent.host,
        "spoken": intent.spoken,
        "spoken_by_many": intent.spoken if len(intent.new) >= _MANY else None,
    }
    return {f"new_{name}": value for name, value in values.items()} | _times(intent, now) | _health(intent, now)


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=feeds.c[name].type)


_MANY = 5
"""So many new entries change what language a feed is in; one may be a guest's, or mistaken."""
_TAUGHT = tuple(field.name for field in fields(Taught))
"""Columns of the same names."""
_TAUGHT_AS_IT_IS = tuple(name for name in _TAUGHT if name not in {"moved_seen", "appeared", "wishes", "slices"})
_OF_ITS_POLLS = tuple(
    field.name for field in fields(FeedState) if field.name not in {"feed", "taught", "wait_reason"}
)
_NAMES = (*_OF_ITS_POLLS, "wait_reason", *_TAUGHT, "url", "name", "tags", "language")
_KNOWN = tuple(feeds.c[name] for name in _NAMES)
"""What a `FeedState` is made of."""
_END_WELL = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values(
        {name: _new(name) for name in ("polled_at", "next_poll_at", "wait_reason", "notice")}
        | {name: null() for name in ("problem", "problem_since", "lease_owner", "lease_until")}
        | {"succeeded_at": _new("polled_at"), "failures": literal_column("0")}
    )
)
"""Ends the claims of polls that went well and found nothing. Made once, and executed once for all of them: SQLAlchemy
takes longer to make a statement, and to fill in its parameters, than SQLite to execute it. So what is the same in all
rows is words of the statement."""
_END_THE_SAME = _END_WELL.values(
    {
        "problem": _new("problem"),
        "succeeded_at": func.coalesce(_new("succeeded_at"), feeds.c.succeeded_at),
        "failures": case((_new("succeeded_at").is_not(None), 0), else_=feeds.c.failures + 1),
        "problem_since": case(
            (_new("problem").is_not(None), func.coalesce(feeds.c.problem_since, _new("polled_at")))
        ),
    }
)
"""The same for those that did not go so well."""
_END = _END_THE_SAME.values(
    {name: _new(name) for name in _TAUGHT}
    | {name: func.coalesce(_new(name), feeds.c[name]) for name in ("brought_at", "host")}
    | {
        "rhythm_seconds": _new("rhythm_seconds"),
        "spoken": func.coalesce(
            bindparam("new_spoken_by_many", type_=feeds.c.spoken.type), feeds.c.spoken, _new("spoken")
        ),
    }
)
"""The same for those that have learned something."""


def pause(tx: Connection, asked: HostPause, now: datetime) -> None:
    """Keeps a host's pause, unless a longer one is kept; forgets those that are over."""
    tx.execute(delete(hosts).where(hosts.c.until <= now))
    statement = insert(tx, hosts).values(host=asked.host, until=asked.until, reason=asked.reason)
    longer = {"until": statement.excluded.until, "reason": statement.excluded.reason}
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[hosts.c.host], set_=longer, where=hosts.c.until < statement.excluded.until
        )
    )


def record_pushed(tx: Connection, intent: PollIntent, now: datetime) -> int:
    """Writes what a hub pushed; gives the number of new articles.

    Nothing else of the feed changes but what the operator is told of them: a push says nothing of the next poll.
    """
    stored = _store_entries(tx, [intent], now).total()
    values: dict[str, Any] = {"brought_at": now} if stored else {}
    if intent.taught.dumped_at == now:
        values |= {"dumped": intent.taught.dumped, "dumped_at": now, "notice": intent.notice}
    if values:
        tx.execute(update(feeds).where(feeds.c.id == intent.feed_id).values(values))
    return stored


def _store_entries(tx: Connection, intents: Sequence[PollIntent], now: datetime) -> Counter[int]:
    """Feed → how many new articles it has got."""
    rows = [
        {**_columns(new.entry), "feed_id": intent.feed_id, "held": new.held, "revision": 1, "first_seen_at": now}
        for intent in intents
        for new in intent.new
    ]
    stored: Counter[int] = Counter()
    if rows:
        statement = insert(tx, articles).on_conflict_do_nothing(
            index_elements=[articles.c.feed_id, articles.c.entry_id]
        )
        stored.update(tx.execute(statement.returning(articles.c.feed_id), rows).scalars())
    rewritten: dict[int, dict[str, Any]] = {}
    for intent in intents:
        rewritten |= {article_id: _columns(entry) for article_id, entry in intent.mended}
        if intent.edited:
            revisions.set_aside(tx, intent.edited, now)
        for article_id, entry in intent.edited:
            rewritten[article_id] = {**_columns(entry), "revision": articles.c.revision + 1}
    for article_id in sorted(rewritten):  # in the order in which `articles.record_verdicts` takes them
        _rewrite(tx, article_id, rewritten[article_id])
    return stored


def _rewrite(tx: Connection, article_id: int, values: dict[str, Any]) -> None:
    """Another text, to be matched again; whoever is at the old one has lost his claim."""
    anew = {"matched_with": -func.abs(articles.c.matched_with), "lease_owner": None, "lease_until": None}
    tx.execute(update(articles).where(articles.c.id == article_id).values(values | anew))


def release_held(tx: Connection, url: str, now: datetime) -> int:
    """Announces what was held back of a feed, as if first seen now; gives the number of articles.

    The feed's notice is withdrawn; what else it said comes again with the next poll.
    """
    chosen = select(feeds.c.id).where(feeds.c.url == url)
    released = tx.execute(
        update(articles)
        .where(articles.c.feed_id.in_(chosen), articles.c.held.is_not(None))
        .values(held=None, first_seen_at=now, matched_with=0)
    )
    tx.execute(update(feeds).where(feeds.c.url == url).values(dumped=0, dumped_at=None, notice=None))
    return released.rowcount


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "link": entry.link,
        "canonical": entry.canonical,
        "title": entry.title,
        "summary": entry.summary,
        "text": entry.text,
        "author": entry.author,
        "language": entry.language,
        "published_at": entry.published_at,
        "tags": entry.tags,
        "image": entry.image,
        "content_hash": entry.content_hash,
    }


def _state(row: Row[Any]) -> FeedState:
    """Of a row of `_KNOWN`."""
    of = dict(zip(_NAMES, row, strict=True))  # attributes of rows take six times as long
    taught = Taught(
        **{name: of[name] for name in _TAUGHT_AS_IT_IS},
        moved_seen=_instants(of["moved_seen"]),
        appeared=_instants(of["appeared"]),
        wishes=_wishes(of["wishes"]),
        slices=frozenset((of["slices"] or "").split()),
    )
    return FeedState(
        **{name: of[name] for name in _OF_ITS_POLLS},
        feed=Feed(url=of["url"], name=of["name"], tags=tuple(of["tags"]), language=of["language"]),
        taught=taught,
        wait_reason=of["wait_reason"] or "",
    )


def _milliseconds(instants: Sequence[datetime]) -> list[int]:
    return [(at - EPOCH) // MILLISECOND for at in instants]


def _instants(stored: Sequence[int] | None) -> tuple[datetime, ...]:
    return tuple([EPOCH + at * MILLISECOND for at in stored or ()])


_NO_WISHES = Wishes()
_SPANS, _SETS = ("fresh", "ttl", "update_period"), ("skip_hours", "skip_days")


def _wishes_as_json(wishes: Wishes) -> dict[str, Any]:
    """Only what is wished."""
    spans = {name: getattr(wishes, name) for name in _SPANS}
    sets = {name: sorted(getattr(wishes, name)) for name in _SETS}
    seconds = {name: round(span.total_seconds()) for name, span in spans.items() if span is not None}
    return seconds | {name: numbers for name, numbers in sets.items() if numbers}


def _wishes(stored: Mapping[str, Any] | None) -> Wishes:
    if not stored:
        return _NO_WISHES
    spans: dict[str, Any] = {name: timedelta(seconds=stored[name]) for name in _SPANS if name in stored}
    return Wishes(**spans | {name: frozenset(stored[name]) for name in _SETS if name in stored})
