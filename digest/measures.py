"""How right a topic is on labelled articles: precision, recall, F1, nDCG, and the curve of the first two.

All figures run from 0 to 1. What is not defined counts 0: the precision of a topic that finds nothing, the recall
where nothing is relevant. The figures of a collection are the means over its topics (macro), so that a topic with
eight relevant articles weighs as much as one with eighty.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

DEPTH = 20
"""So many articles at the head of a ranking count for nDCG."""

CUTS = tuple(step / 100 for step in range(101))
"""The cuts tried for a curve."""


class Judged(NamedTuple):
    """What was said of one article and one topic, and whether that is so."""

    score: float
    matched: bool
    relevant: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Of one topic, or the means over several."""

    precision: float
    recall: float
    f1: float
    ndcg20: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What one cut for all topics gives: the means over the topics."""

    cut: float
    precision: float
    recall: float
    f1: float


def figures(judged: Sequence[Judged], relevant: int) -> Figures:
    """Of one topic.

    `judged` are the articles that got a score, in the order of the stream; `relevant` is how many articles are
    relevant, with a score or without.

    >>> figures([Judged(0.9, True, True), Judged(0.8, True, False), Judged(0.3, False, True)], relevant=2)
    Figures(precision=0.5, recall=0.5, f1=0.5, ndcg20=0.9197207891481876)
    """
    matched = sum(each.matched for each in judged)
    right = sum(each.matched and each.relevant for each in judged)
    return Figures(
        precision=_share(right, matched),
        recall=_share(right, relevant),
        f1=f1(right, matched, relevant),
        ndcg20=ndcg([(each.score, each.relevant) for each in judged], relevant),
    )


def mean(of_topics: Iterable[Figures]) -> Figures:
    """The macro figures; all 0 where there is no topic."""
    every = tuple(of_topics)
    return Figures(
        precision=_mean([each.precision for each in every]),
        recall=_mean([each.recall for each in every]),
        f1=_mean([each.f1 for each in every]),
        ndcg20=_mean([each.ndcg20 for each in every]),
    )


def f1(right: int, matched: int, relevant: int) -> float:
    """The harmonic mean of precision and recall: `right` of so many `matched`, of so many `relevant`.

    >>> f1(right=2, matched=4, relevant=4), f1(right=0, matched=0, relevant=3)
    (0.5, 0.0)
    """
    return _share(2 * right, matched + relevant)


def ndcg(ranked: Iterable[tuple[float, bool]], relevant: int, depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain at `depth` (Järvelin and Kekäläinen 2002), gain 1 for what is relevant.

    `ranked` are score and relevance of each article in the order of the stream, in which equal scores stay. An
    article with score 0 was not found, and is in no ranking.

    >>> ndcg([(0.5, False), (0.7, True)], relevant=1), ndcg([(0.5, False), (0.5, True)], relevant=1, depth=1)
    (1.0, 0.0)
    """
    found = sorted((pair for pair in ranked if pair[0] > 0), key=lambda pair: -pair[0])
    gain = sum(_discount(place) for place, (_, is_relevant) in enumerate(found[:depth]) if is_relevant)
    best = sum(_discount(place) for place in range(min(depth, relevant)))
    return gain / best if best else 0.0


def curve(
    of_topics: Mapping[str, Sequence[Judged]], relevant: Mapping[str, int], cuts: Sequence[float] = CUTS
) -> tuple[Point, ...]:
    """What each cut would give if all topics matched from that score on; of the same topics as `relevant` has.

    A score of 0 is below every cut.
    """
    ladders = [_Ladder.of(of_topics.get(topic, ()), relevant[topic]) for topic in relevant]
    return tuple(_point(ladders, cut) for cut in cuts)


def best(points: Iterable[Point]) -> Point:
    """The point with the highest F1, of equal ones that with the lowest cut. There must be one."""
    return max(points, key=lambda point: (point.f1, -point.cut))


def best_f1_of_each(of_topics: Mapping[str, Sequence[Judged]], relevant: Mapping[str, int]) -> float:
    """The macro F1 with the best cut for each topic, chosen knowing the labels: what no cut can go beyond."""
    scores = []
    for topic, count in relevant.items():
        judged = of_topics.get(topic, ())
        ladder = _Ladder.of(judged, count)
        scores.append(max((ladder.f1(each.score) for each in judged if each.score > 0), default=0.0))
    return _mean(scores)


class _Ladder(NamedTuple):
    """The scores of one topic, ascending, so that a cut is counted by bisection."""

    every: Sequence[float]
    right: Sequence[float]
    relevant: int

    @classmethod
    def of(cls, judged: Sequence[Judged], relevant: int) -> _Ladder:
        scored = [each for each in judged if each.score > 0]
        return cls(
            sorted(each.score for each in scored), sorted(each.score for each in scored if each.relevant), relevant
        )

    def counts(self, cut: float) -> tuple[int, int]:
        """How many are at the cut or above, and how many of them are right."""
        return len(self.every) - bisect_left(self.every, cut), len(self.right) - bisect_left(self.right, cut)

    def f1(self, cut: float) -> float:
        matched, right = self.counts(cut)
        return f1(right, matched, self.relevant)


def _point(ladders: Sequence[_Ladder], cut: float) -> Point:
    counts = [ladder.counts(cut) for ladder in ladders]
    return Point(
        cut=cut,
        precision=_mean([_share(right, matched) for matched, right in counts]),
        recall=_mean([_share(right, each.relevant) for each, (_, right) in zip(ladders, counts, strict=True)]),
        f1=_mean([ladder.f1(cut) for ladder in ladders]),
    )


def _discount(place: int) -> float:
    return 1 / log2(place + 2)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
