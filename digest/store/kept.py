"""What is kept and in force, for those who ask what another configuration would make of it. Nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import Connection

from digest.model import Article, Verdict
from digest.store.articles import by_ids, verdict
from digest.store.engine import portions
from digest.store.schema import articles, feeds, generations, matches


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """The set of topics that is in use."""

    fingerprint: str
    topics: Mapping[str, str]
    """Topic id → what its matches depend on."""


def running(tx: Connection) -> Generation | None:
    """The newest generation of topics; None before anything was matched."""
    row = tx.execute(select(generations).order_by(generations.c.id.desc()).limit(1)).first()
    return None if row is None else Generation(fingerprint=row.fingerprint, topics=row.topics)


def articles_since(tx: Connection, since: datetime, now: datetime, *, batch: int) -> Iterator[list[Article]]:
    """The announced articles first seen since then, in that order; without those that are put aside at the moment."""
    where = _kept(since) & or_(articles.c.retry_at.is_(None), articles.c.retry_at <= now)
    ids = tx.execute(select(articles.c.id).where(where).order_by(articles.c.first_seen_at, articles.c.id))
    wanted = list(ids.scalars())
    for start in range(0, len(wanted), batch):
        yield by_ids(tx, wanted[start : start + batch])


def ids_since(tx: Connection, since: datetime) -> list[int]:
    """The ids of the announced articles first seen since then, ascending."""
    return list(tx.execute(select(articles.c.id).where(_kept(since)).order_by(articles.c.id)).scalars())


def matches_since(tx: Connection, since: datetime, topics: Mapping[str, str]) -> dict[tuple[int, str], Verdict]:
    """The matches of these topics (id → version) in announced articles: (article id, topic id) → verdict."""
    found: dict[tuple[int, str], Verdict] = {}
    for some in portions(sorted(topics)):
        chosen = matches.c.topic_id.in_(some)
        for row in tx.execute(select(matches).join_from(matches, articles).where(_kept(since), chosen)):
            if row.topic_version == topics[row.topic_id]:
                found[row.article_id, row.topic_id] = verdict(row)
    return found


def counts_since(tx: Connection, since: datetime, topics: Mapping[str, str]) -> dict[str, int]:
    """How many announced articles each of these topics (id → version) matches."""
    m = matches.c
    counted = (
        select(m.topic_id, m.topic_version, func.count().label("articles"))
        .join_from(matches, articles)
        .where(_kept(since))
        .group_by(m.topic_id, m.topic_version)
    )
    return {
        row.topic_id: row.articles for row in tx.execute(counted) if topics.get(row.topic_id) == row.topic_version
    }


def generations_since(tx: Connection, since: datetime) -> Collection[int]:
    """Those by which announced articles first seen since then were judged."""
    return frozenset(tx.execute(select(articles.c.matched_with).where(_kept(since)).distinct()).scalars())


def feeds_in_use(tx: Connection) -> frozenset[str]:
    """The URLs of the feeds that are polled."""
    return frozenset(tx.execute(select(feeds.c.url).where(feeds.c.removed_at.is_(None))).scalars())


def _kept(since: datetime) -> ColumnElement[bool]:
    return (articles.c.first_seen_at >= since) & articles.c.held.is_(None)
