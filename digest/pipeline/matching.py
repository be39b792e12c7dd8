"""The step `match`: [articles] → [matches].

Each article is held against the topics once, with what is known by then; afterwards it is learned from. When topics
change, the articles of the last days are held against those that did: what was found for the others stands.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from digest.background import MOST_WORDS, Background
from digest.matching import TopicIndex
from digest.memory import Memory
from digest.model import Article, Profile, Verdict
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, memories, notices
from digest.store.engine import Transaction

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
        versions = room.compiled_versions(languages)
        number = articles.generation(tx, room.fingerprint(languages), room.clock(), versions)
    while not room.stop.is_set():
        claim = room.claim(_LEASE)
        with room.database.write() as tx:
            batch = articles.claim_unmatched(tx, claim, number=number, since=claim.now - MATCH_AGAIN, limit=_BATCH)
            if not batch:
                break
            settled = articles.unchanged(tx, versions, {article.generation for article in batch})
            index = recall(room, tx, languages)
        room.remembered.clear()  # until what is learned now is recorded
        found += _record(room, index, _Judged(index, number, settled).take(batch))
    return found


def recall(room: Newsroom, tx: Transaction, languages: frozenset[str]) -> TopicIndex:
    """The index over the topics, remembering what all processes have learned so far."""
    index, stamp = room.index(languages), memories.stamp(tx)
    if room.remembered.get(id(index)) != stamp:
        background = Background(*memories.read_words(tx, MOST_WORDS))
        index.memory = Memory(background, memories.read_profiles(tx, room.versions))
        room.remembered.clear()
        room.remembered[id(index)] = stamp
    return index


@dataclass
class _Judged:
    """A batch on its way through the index."""

    index: TopicIndex
    number: int
    settled: dict[int, frozenset[str]]
    verdicts: dict[int, tuple[Article, tuple[Verdict, ...]]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    counted: int = 0
    words: Counter[str] = field(default_factory=Counter)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def take(self, batch: list[Article]) -> _Judged:
        for article in batch:
            try:
                self._judge(article)
            except Exception as error:
                log.exception("an article could not be matched", article=article.id)
                self.failed[article.id] = f"could not be matched ({type(error).__name__}: {error})"
        return self

    def _judge(self, article: Article) -> None:
        stands = self.settled.get(article.generation, frozenset())
        new = tuple(verdict for verdict in self.index.match(article) if verdict.topic_id not in stands)
        first_time = not article.generation and article.revision == 1
        lesson = self.index.learn(article, new, counting=first_time)
        self.verdicts[article.id] = article, new
        self.counted += first_time
        self.words.update(lesson.words)
        self.profiles |= lesson.profiles


def _record(room: Newsroom, index: TopicIndex, judged: _Judged) -> int:
    now = room.clock()
    with room.database.write() as tx:
        articles.record_verdicts(
            tx, judged.verdicts, number=judged.number, owner=room.owner, now=now, settled=judged.settled
        )
        memories.record(
            tx, articles=judged.counted, counts=judged.words, learned=judged.profiles, versions=room.versions
        )
        stamp = memories.stamp(tx)
        for article_id, problem in judged.failed.items():
            articles.postpone(tx, article_id, until=now + _PUT_OFF, problem=problem)
        for topic_id, problem in index.problems.items():
            notices.post(tx, f"topic {topic_id}", problem, now)
    room.remembered[id(index)] = stamp
    return sum(len(found) for _, found in judged.verdicts.values())
