"""The step `match`: [articles] → [matches].

Each article is held against the topics once, with what is known by then; afterwards it is learned from. When topics
change, the articles of the last days are held against those that did: what was found for the others stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from digest.matching import TopicIndex
from digest.model import Article, Verdict
from digest.pipeline import filing
from digest.pipeline.judging import Judged, recall
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, memories, notices
from digest.store.engine import Transaction

_BATCH = 200
"""Articles, with their analyses in memory and their matches in one transaction."""
_LEASE = timedelta(minutes=5)
"""Longer than a batch takes, with ten thousand topics and the meaning asked for, too; after a crash so long a batch
waits."""
_PUT_OFF = timedelta(hours=1)
"""An article that cannot be matched is hardly another one soon."""
MATCH_AGAIN = timedelta(days=7)
"""How far back a changed topic is matched again."""


def match(room: Newsroom) -> int:
    """Judges every article that this generation of topics has not judged; gives the number of matches."""
    if not _is_any_unmatched(room):
        return 0
    found = 0
    with room.database.write() as tx:
        languages = room.languages(tx)
        versions = room.compiled_versions(languages)
        number = articles.begin_generation(tx, room.fingerprint(languages), room.clock(), versions)
    while not room.stop.is_set():
        claim = room.claim(_LEASE)
        with room.database.write() as tx:
            batch = articles.claim_unmatched(tx, claim, number=number, since=claim.now - MATCH_AGAIN, limit=_BATCH)
            if not batch:
                break
            settled = articles.unchanged(tx, versions, {article.generation for article in batch})
            earlier = _earlier(room, tx, batch)
            index = recall(room, tx, languages)
        room.remembered.clear()  # until what is learned now is recorded
        found += _record(room, index, number, Judged(index, settled, earlier).take(batch))
    return found


def _is_any_unmatched(room: Newsroom) -> bool:
    """Nearly every tick asks, and most of the time nothing is to be written, so that nobody need wait for it."""
    now = room.clock()
    with room.database.read() as tx:
        number = articles.generation_of(tx, room.fingerprint(room.languages(tx)))
        return number is None or articles.is_any_unmatched(tx, number=number, since=now - MATCH_AGAIN, now=now)


def _earlier(room: Newsroom, tx: Transaction, batch: Iterable[Article]) -> dict[int, dict[str, Verdict]]:
    """By article the matches of those that were judged before, under the same versions of their topics."""
    found: dict[int, dict[str, Verdict]] = {}
    versions = room.versions
    for (article_id, topic_id), verdict in articles.verdicts_of(tx, [a.id for a in batch if a.generation]).items():
        if verdict.topic_version == versions.get(topic_id):
            found.setdefault(article_id, {})[topic_id] = verdict
    return found


def _record(room: Newsroom, index: TopicIndex, number: int, judged: Judged) -> int:
    now = room.clock()
    with room.database.write() as tx:
        mine = articles.record_verdicts(
            tx, judged.verdicts, number=number, owner=room.owner, now=now, settled=judged.settled
        )
        filing.write_down(tx, [(judged.verdicts[i][0], keys) for i, keys in judged.keys.items() if i in mine])
        memories.record(
            tx,
            articles=judged.counted,
            counts=judged.words,
            learned=judged.profiles,
            versions=room.versions,
            now=now,
        )
        stamp = memories.stamp(tx)
        for article_id, problem in judged.failed.items():
            articles.postpone(tx, article_id, until=now + _PUT_OFF, problem=problem)
        for topic_id, problem in index.problems.items():
            notices.post(tx, f"topic {topic_id}", problem, now)
    room.remembered[index] = stamp
    return sum(len(found) for _, found in judged.verdicts.values())
