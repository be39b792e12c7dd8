"""Articles on their way: to be matched, to be grouped into stories, to be shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
    Select,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.engine import Connection

from digest.model import Article, Entry, Evidence, Verdict
from digest.store import news
from digest.store.engine import insert, portions
from digest.store.leases import Claim, claim_rows
from digest.store.schema import Instant, articles, feeds, generations, matches, revisions, stories, story_keys

_Given = datetime | BindParameter[Any]
"""A statement that every tick executes is made once, with parameters: SQLAlchemy takes longer to make it than SQLite
to find nothing."""


def begin_generation(tx: Connection, fingerprint: str, now: datetime, topics: Mapping[str, str] | None = None) -> int:
    """Gives the number of the set of topics with this fingerprint; writes a new, higher one when the set has changed.

    `topics` are their ids, each with what its matches depend on. Articles matched with a lower number are matched
    again. Going back to an older set of topics is a change too.
    """
    number = generation_of(tx, fingerprint)
    if number is not None:
        return number
    added = tx.execute(
        insert(tx, generations)
        .values(fingerprint=fingerprint, created_at=now, topics=dict(topics or {}))
        .returning(generations.c.id)
    )
    return int(added.scalar_one())


def generation_of(tx: Connection, fingerprint: str) -> int | None:
    """The number of this set of topics; None when it is not the one in use."""
    newest = tx.execute(_newest_generation()).first()
    return int(newest.id) if newest and newest.fingerprint == fingerprint else None


@cache
def _newest_generation() -> Select[Any]:
    return select(generations.c.id, generations.c.fingerprint).order_by(generations.c.id.desc()).limit(1)


def unchanged(tx: Connection, topics: Mapping[str, str], earlier: Collection[int]) -> dict[int, frozenset[str]]:
    """For each of these generations those of the topics (id → what its matches depend on) that it had just so."""
    rows = tx.execute(select(generations.c.id, generations.c.topics).where(generations.c.id.in_(set(earlier))))
    return {row.id: frozenset(topic_id for topic_id, _ in topics.items() & row.topics.items()) for row in rows}


def claim_unmatched(tx: Connection, claim: Claim, *, number: int, since: datetime, limit: int) -> list[Article]:
    """Claims announced articles, first seen since then, that this generation of topics has not judged yet: those that
    none has judged first.
    """
    # By time alone SQLite would walk over all that were judged to find the few that were not: 70 ms of 20,000.
    order_by = [articles.c.matched_with, articles.c.first_seen_at, articles.c.id]
    where = _unmatched(number, since, claim.now)
    return _claimed(tx, claim, where, order_by, limit)


def is_any_unmatched(tx: Connection, *, number: int, since: datetime, now: datetime) -> bool:
    """Whether `claim_unmatched` may find something."""
    return tx.execute(_first_unmatched(), {"number": number, "since": since, "now": now}).first() is not None


@cache
def _first_unmatched() -> Select[Any]:
    # Looked for in the order of an index, generation by generation: PostgreSQL, which does not know that none waits,
    # takes any other way for a short one to the first, and walks over all articles.
    number = bindparam("number", type_=Integer)
    since, now = bindparam("since", type_=Instant), bindparam("now", type_=Instant)
    place = tuple_(articles.c.matched_with, articles.c.first_seen_at)
    earlier = _earlier(number, since).subquery()
    of_one = (place >= tuple_(earlier.c.number, since), articles.c.matched_with <= earlier.c.number)
    waiting = select(articles.c.id).where(*of_one, _to_be_judged(since, now))
    first = waiting.order_by(articles.c.matched_with, articles.c.first_seen_at).limit(1).scalar_subquery()
    return select(earlier.c.number).where(first.is_not(None)).limit(1)


def _unmatched(number: int, since: datetime, now: datetime) -> ColumnElement[bool]:
    return articles.c.matched_with.in_(_earlier(number, since)) & _to_be_judged(since, now)


def _to_be_judged(since: _Given, now: _Given) -> ColumnElement[bool]:
    return (
        (articles.c.first_seen_at >= since)
        & articles.c.held.is_(None)
        & or_(articles.c.retry_at.is_(None), articles.c.retry_at <= now)
    )


def _earlier(number: int | BindParameter[Any], since: _Given) -> CompoundSelect[Any]:
    """What `matched_with` may be of an article that came since then and waits for this generation.

    That it is below the number says the same, but the database would walk over all that are older, at each tick.
    """
    g = generations.c
    oldest = select(func.coalesce(func.max(g.id), 0)).where(g.created_at <= since, g.id < number).scalar_subquery()
    told = select(g.id).where(g.id >= oldest, g.id < number)
    of_older_texts = select(-g.id).where(g.id >= oldest, g.id <= number)
    return union_all(select(literal(0).label("number")), told, of_older_texts)


def claim_ungrouped(tx: Connection, claim: Claim, *, limit: int) -> list[Article]:
    """Claims matched-over articles that belong to no story yet."""
    order_by = [*_AS_UNGROUPED, articles.c.first_seen_at, articles.c.id]
    return _claimed(tx, claim, _ungrouped(claim.now), order_by, limit)


def _claimed(
    tx: Connection, claim: Claim, where: ColumnElement[bool], order_by: Sequence[ColumnElement[Any]], limit: int
) -> list[Article]:
    won = claim_rows(tx, articles, claim, where=where, order_by=order_by, limit=limit, columns=[articles.c.id])
    return by_ids(tx, [row.id for row in won])


def is_any_ungrouped(tx: Connection, now: datetime) -> bool:
    """Whether `claim_ungrouped` may find something."""
    return tx.execute(_first_ungrouped(), {"now": now}).first() is not None


@cache
def _first_ungrouped() -> Select[Any]:
    return select(articles.c.id).where(_ungrouped(bindparam("now", type_=Instant))).order_by(*_AS_UNGROUPED).limit(1)


_AS_UNGROUPED = (articles.c.story_id, articles.c.matched_with)
"""An index has them so. In any other order PostgreSQL looks at all articles for the few that are in no story."""


def _ungrouped(now: _Given) -> ColumnElement[bool]:
    return (
        articles.c.story_id.is_(None)
        & (articles.c.matched_with > 0)
        & or_(articles.c.retry_at.is_(None), articles.c.retry_at <= now)
    )


def record_verdicts(
    tx: Connection,
    verdicts: Mapping[int, tuple[Article, Sequence[Verdict]]],
    *,
    number: int,
    owner: str,
    now: datetime,
    settled: Mapping[int, frozenset[str]] | None = None,
) -> set[int]:
    """Writes the matches of articles (by id) and ends their claims; earlier matches that no longer hold are dropped.

    `settled` has, by the generation that an article was judged by before, the topics for which what was found then
    stands. Gives the articles whose claim held.

    A match that was there before under the same version of its topic keeps its date, so that it is not new again.
    Articles whose claim was lost are left to whoever has it.
    """
    # In the order of ids, as `polls.record` rewrites them: neither may wait for the other, who waits for him.
    claimed = select(articles.c.id).where(articles.c.id.in_(list(verdicts)), articles.c.lease_owner == owner)
    mine = set(
        tx.execute(
            update(articles)
            .where(articles.c.id.in_(claimed.order_by(articles.c.id).with_for_update(key_share=True)))
            .values(matched_with=number, attempts=0, problem=None, retry_at=None, lease_owner=None, lease_until=None)
            .returning(articles.c.id)
        ).scalars()
    )
    if not mine:
        return mine
    kept = {
        (row.article_id, row.topic_id): (row.topic_version, row.matched_at)
        for row in tx.execute(select(matches).where(matches.c.article_id.in_(mine)))
    }
    for judged_by in {verdicts[article_id][0].generation for article_id in mine} if kept else ():
        ids = [article_id for article_id in mine if verdicts[article_id][0].generation == judged_by]
        stands = (settled or {}).get(judged_by, frozenset())
        tx.execute(delete(matches).where(matches.c.article_id.in_(ids), matches.c.topic_id.not_in(stands)))
    rows = [
        _match_row(article, verdict, kept.get((article.id, verdict.topic_id)), now)
        for article, found in (verdicts[article_id] for article_id in sorted(mine))
        for verdict in found
    ]
    if rows:
        tx.execute(matches.insert(), rows)
    if rows or kept:
        news.came(tx)
    return mine


def verdict(row: Row[Any]) -> Verdict:
    """The record of a row of `matches`."""
    return Verdict(
        topic_id=row.topic_id,
        topic_version=row.topic_version,
        matched=True,
        score=row.score,
        evidence=evidence(row.evidence),
        reason=row.reason,
        cut=row.cut,
        parts=tuple((name, value) for name, value in row.parts),
    )


def verdicts_of(tx: Connection, article_ids: Collection[int]) -> dict[tuple[int, str], Verdict]:
    """The matches of these articles as they were found: (article id, topic id) → verdict."""
    rows = tx.execute(select(matches).where(matches.c.article_id.in_(list(article_ids))))
    return {(row.article_id, row.topic_id): verdict(row) for row in rows}


def _match_row(
    article: Article, verdict: Verdict, earlier: tuple[str, datetime] | None, now: datetime
) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "topic_id": verdict.topic_id,
        "topic_version": verdict.topic_version,
        "revision": article.revision,
        "score": verdict.score,
        "evidence": [(e.term, e.found, e.field, e.start, e.end) for e in verdict.evidence],
        "reason": verdict.reason,
        "cut": verdict.cut,
        "parts": [list(part) for part in verdict.parts],
        "matched_at": earlier[1] if earlier and earlier[0] == verdict.topic_version else now,
    }


def postpone(tx: Connection, article_id: int, *, until: datetime, problem: str) -> None:
    """Puts an article that cannot be processed aside until then, and keeps the reason for the operator."""
    tx.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(attempts=articles.c.attempts + 1, retry_at=until, problem=problem, lease_owner=None, lease_until=None)
    )


def stories_of_keys(tx: Connection, keys: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """Which story each of these keys stands for, and when its newest article was seen."""
    rows = tx.execute(select(story_keys).where(story_keys.c.key.in_(list(keys)))) if keys else ()
    return {row.key: (row.story_id, row.seen_at) for row in rows}


def new_stories(tx: Connection, count: int, now: datetime) -> list[int]:
    """Creates that many empty stories; gives their ids."""
    if not count:
        return []
    statement = stories.insert().returning(stories.c.id, sort_by_parameter_order=True)
    return list(tx.execute(statement, [{"created_at": now}] * count).scalars())


def record_stories(
    tx: Connection, members: Mapping[int, int], keys: Mapping[str, tuple[int, datetime]], *, owner: str
) -> None:
    """Puts articles into stories (article id → story id), files the stories under their keys, ends the claims."""
    if members:
        ended = {"attempts": 0, "problem": None, "retry_at": None, "lease_owner": None, "lease_until": None}
        mine = (articles.c.id == bindparam("article"), articles.c.lease_owner == owner)
        tx.execute(
            update(articles).where(*mine).values(story_id=bindparam("story"), **ended),
            [{"article": article_id, "story": story_id} for article_id, story_id in members.items()],
        )
    if keys:
        statement = insert(tx, story_keys)
        filed = {"story_id": statement.excluded.story_id, "seen_at": statement.excluded.seen_at}
        tx.execute(
            statement.on_conflict_do_update(index_elements=[story_keys.c.key], set_=filed),
            [{"key": key, "story_id": story, "seen_at": seen} for key, (story, seen) in sorted(keys.items())],
        )
    if members:
        news.came(tx)


def file(tx: Connection, keys: Mapping[int, str]) -> None:
    """Files the stories of these articles (article id → key) under one key more. One that stands for a story already
    goes on doing so; an article that is in no story yet is filed when it is put into one.
    """
    chosen = articles.c.id.in_(list(keys)) & articles.c.story_id.is_not(None)
    rows = tx.execute(select(articles.c.id, articles.c.story_id, articles.c.first_seen_at).where(chosen))
    filed = [{"key": keys[row.id], "story_id": row.story_id, "seen_at": row.first_seen_at} for row in rows]
    if filed:
        statement = insert(tx, story_keys).on_conflict_do_nothing(index_elements=[story_keys.c.key])
        tx.execute(statement, sorted(filed, key=lambda row: row["key"]))


def by_ids(tx: Connection, ids: Iterable[int]) -> list[Article]:
    """The articles with these ids, in the order in which they were first seen."""
    found: list[Article] = []
    for some in portions(ids):
        found += [article(row) for row in tx.execute(_select().where(articles.c.id.in_(some)))]
    return sorted(found, key=lambda a: (a.first_seen_at, a.id))


def find(tx: Connection, reference: str) -> list[Article]:
    """The articles that a person means by an id or a link, be it one that the feed changed since; newest first."""
    chosen = or_(articles.c.link == reference, articles.c.canonical == reference, articles.c.entry_id == reference)
    chosen = or_(chosen, articles.c.id.in_(select(revisions.c.article_id).where(revisions.c.link == reference)))
    if reference.isdecimal() and len(reference) < 19:  # within what an INTEGER of 64 bits holds
        chosen = or_(chosen, articles.c.id == int(reference))
    return [article(row) for row in tx.execute(_select().where(chosen).order_by(articles.c.id.desc()))]


def recent(tx: Connection, limit: int) -> list[Article]:
    """The newest articles, in the order in which they were first seen."""
    newest = _select().order_by(articles.c.id.desc()).limit(limit)
    return sorted((article(row) for row in tx.execute(newest)), key=lambda a: (a.first_seen_at, a.id))


def _select() -> Select[Any]:
    return select(articles, feeds.c.url, feeds.c.name, feeds.c.tags.label("feed_tags")).join_from(articles, feeds)


def article(row: Row[Any]) -> Article:
    """The record of a row of `articles` joined with its feed's `url`, `name` and `feed_tags`."""
    entry = Entry(
        entry_id=row.entry_id,
        link=row.link,
        canonical=row.canonical,
        title=row.title,
        summary=row.summary,
        text=row.text,
        author=row.author,
        language=row.language,
        published_at=row.published_at,
        tags=tuple(row.tags),
        image=row.image,
    )
    return Article(
        id=row.id,
        feed_id=row.feed_id,
        feed_url=row.url,
        feed_name=row.name,
        feed_tags=tuple(row.feed_tags),
        entry=entry,
        first_seen_at=row.first_seen_at,
        revision=row.revision,
        story_id=row.story_id,
        held=row.held,
        generation=row.matched_with,
    )


def evidence(stored: Sequence[Sequence[Any]]) -> tuple[Evidence, ...]:
    """What `matches.evidence` holds, as records."""
    return tuple(Evidence(term=t, found=f, field=field, start=s, end=e) for t, f, field, s, e in stored)
