"""The step `match`: [articles] → [matches]."""

from __future__ import annotations

from datetime import timedelta

import structlog

from digest.matching import TopicIndex
from digest.model import Article, Verdict
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, notices

_BATCH = 200
_LEASE = timedelta(minutes=5)
_PUT_OFF = timedelta(hours=1)
MATCH_AGAIN = timedelta(days=7)
"""How far back a changed topic is matched again."""

log = structlog.get_logger()


def match(room: Newsroom) -> int:
    """Judges every article that this generation of topics has not judged; gives the number of matches."""
    found = 0
    with room.database.write() as tx:
        languages = room.languages(tx)
        number = articles.generation(tx, room.fingerprint(languages), room.clock())
    index = room.index(languages)
    while not room.stop.is_set():
        claim = room.claim(_LEASE)
        with room.database.write() as tx:
            batch = articles.claim_unmatched(tx, claim, number=number, since=claim.now - MATCH_AGAIN, limit=_BATCH)
        if not batch:
            break
        found += _match_batch(room, index, batch, number)
    return found


def _match_batch(room: Newsroom, index: TopicIndex, batch: list[Article], number: int) -> int:
    verdicts: dict[int, tuple[Article, tuple[Verdict, ...]]] = {}
    failed: dict[int, str] = {}
    for article in batch:
        try:
            verdicts[article.id] = article, index.match(article)
        except Exception as error:
            log.exception("an article could not be matched", article=article.id)
            failed[article.id] = f"could not be matched ({type(error).__name__}: {error})"
    now = room.clock()
    with room.database.write() as tx:
        articles.record_verdicts(tx, verdicts, number=number, owner=room.owner, now=now)
        for article_id, problem in failed.items():
            articles.postpone(tx, article_id, until=now + _PUT_OFF, problem=problem)
        for topic_id, problem in index.problems.items():
            notices.post(tx, f"topic {topic_id}", problem, now)
    return sum(len(found) for _, found in verdicts.values())
