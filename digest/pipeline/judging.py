"""Holding articles against the topics, one after the other, and learning on the way.

The step `match` records what comes of it; `plan` and `topics test` only tell it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from digest.background import MOST_WORDS, Background
from digest.matching import TopicIndex
from digest.memory import Memory, teaches
from digest.model import Article, Profile, Verdict
from digest.pipeline import examples
from digest.pipeline.newsroom import Newsroom
from digest.store import memories
from digest.store.engine import Transaction

log = structlog.get_logger()


def recall(room: Newsroom, tx: Transaction, languages: frozenset[str]) -> TopicIndex:
    """The index over the topics, remembering what all processes have learned so far."""
    index, stamp = room.index(languages), memories.stamp(tx)
    if room.remembered.get(index) != stamp:
        index.show(examples.by_topic(examples.all_of(room.settings.topics, tx)))
        background = Background(*memories.read_words(tx, MOST_WORDS))
        index.remember(Memory(background, memories.read_profiles(tx, room.versions)))
        room.remembered.clear()
        room.remembered[index] = stamp
    return index


@dataclass
class Judged:
    """What comes of judging articles one after the other: the index learns on the way, nothing is recorded.

    `take` fills in what is below `earlier`.
    """

    index: TopicIndex
    settled: Mapping[int, frozenset[str]]
    """By the generation that an article was judged by before, the topics for which what was found then stands."""
    earlier: Mapping[int, Mapping[str, Verdict]]
    """By article the matches, by topic, that it had when it was judged before, of topics that are the same now."""
    verdicts: dict[int, tuple[Article, tuple[Verdict, ...]]] = field(default_factory=dict)
    """By article the matches of the other topics."""
    failed: dict[int, str] = field(default_factory=dict)
    """By article what went wrong, in a sentence."""
    counted: int = 0
    """How many of the articles were judged for the first time, so that their words were counted."""
    words: Counter[str] = field(default_factory=Counter)
    """In how many of these each word stands."""
    keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Of the words of articles that nobody has written down yet (`filing`)."""
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Of the topics that have learned something, as they are now."""

    def take(self, batch: Iterable[Article]) -> Judged:
        """Judges these articles in their order; gives itself. An article that fails does not stop the others."""
        for article in batch:
            try:
                self._judge(article)
            except Exception as error:
                log.exception("an article could not be matched", article=article.id)
                self.failed[article.id] = f"could not be matched ({type(error).__name__}: {error})"
        return self

    def without_own(self, article: Article) -> AbstractContextManager[None]:
        """The index as if it had learned nothing from this article, which cannot speak for itself."""
        return self.index.without(article, self._taught(article))

    def _taught(self, article: Article) -> dict[str, float]:
        """The topics that learned from the article before, and the score by which they did."""
        earlier = self.earlier.get(article.id, {})
        return {topic_id: verdict.score for topic_id, verdict in earlier.items() if teaches(verdict)}

    def _judge(self, article: Article) -> None:
        stands = self.settled.get(article.generation, frozenset())
        with self.without_own(article):
            new = tuple(verdict for verdict in self.index.match(article) if verdict.topic_id not in stands)
        first_time, edited = article.generation == 0, article.generation < 0 and article.revision > 1
        # One that is edited all day, or whose link never stays, is one report all the same.
        had = self._taught(article)
        lessons = () if edited else [verdict for verdict in new if verdict.topic_id not in had]
        lesson = self.index.learn(article, lessons, counting=first_time)
        self.verdicts[article.id] = article, new
        if not stands:  # it is new, was edited, or is read in other languages now
            self.keys[article.id] = self.index.keys(article)
        self.counted += first_time
        self.words.update(lesson.words)
        self.profiles |= lesson.profiles
