"""What matching remembers of the stream: how often words are met, and what each topic found before.

An article is judged by what is known then (`Memory.known`); afterwards it is learned from (`Memory.learn`), so that
no article is ever judged by itself or by what came later. The words of all profiles are kept as an index, so that
asking how like an article is to a thousand topics costs no more than its own words do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from digest.background import Background
from digest.model import Profile, Verdict
from digest.profiles import NOTHING_LEARNED, taught, telling, untaught
from digest.scoring import Known, Leaning
from digest.text import Analysis

ACQUAINTED = 10
"""Likeness counts half when so many articles were met: while every word is new, any two that share one seem alike."""
SURE = 0.65
"""A topic learns from articles of such a score: above every cut but the strict one, as a wrong one teaches wrong."""

_NO_TOPICS: Mapping[str, float] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What an article taught."""

    words: frozenset[str]
    """Those it was counted for."""
    profiles: Mapping[str, Profile]
    """Of the topics that learned something: as they are now."""


def teaches(verdict: Verdict) -> bool:
    """Whether its topic learns from the article. A match that no phrase decided teaches nothing."""
    return verdict.matched and verdict.cut is not None and verdict.score >= SURE


class Memory:
    """How often words were met, and the profile of each topic, asked and taught together.

    Not for changing in one thread while another asks.
    """

    def __init__(self, background: Background | None = None, profiles: Mapping[str, Profile] | None = None) -> None:
        self.background = background or Background()
        self._profiles: dict[str, Profile] = {}
        self.leanings: dict[str, Leaning] = {}
        """By topic, what its examples change."""
        self._telling: dict[str, dict[str, float]] = {}
        """By word the topics of whose profile it tells, and how much."""
        self._told: dict[str, tuple[str, ...]] = {}
        """By topic these words."""
        for topic_id, profile in (profiles or {}).items():
            self.put(topic_id, profile)

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """By topic; one that has learned nothing has none."""
        return self._profiles

    def put(self, topic_id: str, profile: Profile) -> None:
        """Set what a topic has learned, in place of what it had."""
        told = dict(telling(profile))
        for word in self._told.pop(topic_id, ()):
            if word not in told:
                topics = self._telling[word]
                del topics[topic_id]
                if not topics:
                    del self._telling[word]
        for word, share in told.items():
            self._telling.setdefault(word, {})[topic_id] = share
        if profile.words:
            self._profiles[topic_id], self._told[topic_id] = profile, tuple(told)
        else:
            self._profiles.pop(topic_id, None)

    def known(self, analysis: Analysis, meaning: Callable[[str], float] | None = None) -> Known:
        """What is known when this article is judged; `meaning` says how near it is to a text in meaning."""
        vector = self.background.vector(analysis) if self._telling or self.leanings else {}
        likeness: defaultdict[str, float] = defaultdict(float)
        trusted = self.background.articles / (self.background.articles + ACQUAINTED)
        for word, weight in vector.items():
            trusted_weight = weight * trusted
            for topic_id, share in self._telling.get(word, _NO_TOPICS).items():
                likeness[topic_id] += trusted_weight * share
        return Known(self.background, self._profiles, likeness, self.leanings, vector, meaning)

    @contextmanager
    def without(self, analysis: Analysis, own: Mapping[str, float]) -> Iterator[None]:
        """As if this article had not taught these topics, each by the score that it had: for judging it again."""
        whole = {topic_id: self._profiles[topic_id] for topic_id in own if topic_id in self._profiles}
        vector = self.background.vector(analysis) if whole else {}
        for topic_id, profile in whole.items():
            self.put(topic_id, untaught(profile, vector, own[topic_id]))
        try:
            yield
        finally:
            for topic_id, profile in whole.items():
                self.put(topic_id, profile)

    def learn(self, analysis: Analysis, verdicts: Iterable[Verdict], *, counting: bool = True) -> Lesson:
        """Learn from an article that has been judged, where the verdict `teaches`.

        Without `counting` its words are not counted: they were, when it was judged before.
        """
        sure = [verdict for verdict in verdicts if teaches(verdict)]
        vector = self.background.vector(analysis) if sure else {}
        learned = {}
        for verdict in sure:
            learned[verdict.topic_id] = taught(
                self._profiles.get(verdict.topic_id, NOTHING_LEARNED), vector, verdict.score
            )
            self.put(verdict.topic_id, learned[verdict.topic_id])
        return Lesson(words=self.background.learn(analysis) if counting else frozenset(), profiles=learned)
