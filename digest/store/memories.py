"""What matching remembers: how often words were met, and the profiles of topics.

Counts are added to, never set, so that two processes that match at the same time lose none. The number of articles
counted stands under the empty word.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from digest.model import Profile
from digest.store.engine import insert
from digest.store.schema import profiles, words

_ARTICLES = ""
_MOST_STORED = 200_000
"""Words met once are forgotten when there are more."""
_AT_A_TIME = 1_000


def stamp(tx: Connection) -> tuple[int, int, int]:
    """Changes whenever anything that is remembered does: what was read before is still true while it is the same."""
    counted = tx.execute(select(words.c.articles).where(words.c.word == _ARTICLES)).scalar() or 0
    topics, reports = tx.execute(
        select(func.count(profiles.c.topic_id), func.coalesce(func.sum(profiles.c.reports), 0))
    ).one()
    return int(counted), int(topics), int(reports)


def read_words(tx: Connection, limit: int) -> tuple[int, dict[str, int]]:
    """The number of articles, and in how many of them each word was met: those met most often."""
    commonest = select(words).order_by(words.c.articles.desc(), words.c.word).limit(limit + 1)
    found = {row.word: row.articles for row in tx.execute(commonest)}
    return found.pop(_ARTICLES, 0), found


def read_profiles(tx: Connection, versions: Mapping[str, str]) -> dict[str, Profile]:
    """What these topics (id → version) have learned. What a topic learned under another version is not its own."""
    return {
        row.topic_id: Profile(words=row.words, reports=row.reports)
        for row in tx.execute(select(profiles))
        if versions.get(row.topic_id) == row.topic_version
    }


def learned_at(tx: Connection, topic_id: str) -> datetime | None:
    """When a topic last learned something."""
    return tx.execute(select(profiles.c.learned_at).where(profiles.c.topic_id == topic_id)).scalar()


def record(
    tx: Connection,
    *,
    articles: int,
    counts: Mapping[str, int],
    learned: Mapping[str, Profile],
    versions: Mapping[str, str],
    now: datetime,
) -> None:
    """Adds what so many articles counted, and keeps what topics have learned from them by now."""
    if articles:
        statement = insert(tx, words)
        added = statement.on_conflict_do_update(
            index_elements=[words.c.word], set_={"articles": words.c.articles + statement.excluded.articles}
        )
        rows = {_ARTICLES: articles} | dict(counts)
        tx.execute(added, [{"word": word, "articles": times} for word, times in sorted(rows.items())])
    if learned:
        statement = insert(tx, profiles)
        values = {name: statement.excluded[name] for name in ("topic_version", "words", "reports", "learned_at")}
        tx.execute(
            statement.on_conflict_do_update(index_elements=[profiles.c.topic_id], set_=values),
            [
                {
                    "topic_id": topic_id,
                    "topic_version": versions[topic_id],
                    "words": {word: round(weight, 4) for word, weight in profile.words.items()},
                    "reports": profile.reports,
                    "learned_at": now,
                }
                for topic_id, profile in sorted(learned.items())
            ],
        )


def forget(tx: Connection, topic_ids: Collection[str]) -> int:
    """Drops what these topics have learned; gives how many had learned anything."""
    return tx.execute(delete(profiles).where(profiles.c.topic_id.in_(list(topic_ids)))).rowcount


def tidy(tx: Connection, topic_ids: Collection[str]) -> None:
    """Drops the profiles of other topics than these, and rare words where there are too many."""
    tx.execute(delete(profiles).where(profiles.c.topic_id.not_in(list(topic_ids))))
    if (tx.execute(select(func.count()).select_from(words)).scalar() or 0) > _MOST_STORED:
        rare = select(words.c.word).where(words.c.articles == 1, words.c.word != _ARTICLES)
        # Those that somebody is counting are passed over: he may be about to wait for others of them.
        found = tx.execute(rare.with_for_update(skip_locked=True)).scalars().all()
        # By name, since PostgreSQL, where it last saw pages and no word yet, compares all with all in one statement.
        for first in range(0, len(found), _AT_A_TIME):
            tx.execute(delete(words).where(words.c.word.in_(found[first : first + _AT_A_TIME])))
