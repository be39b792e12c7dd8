"""How the weights of a phrase's score come about: logistic regression on labelled collections.

    python benchmarks/fitting.py ../shared/data/eval/wcep ../shared/data/eval/reuters ../shared/data/eval/ecbplus

Every article of each collection is judged as a stream, and its signs (`digest.scoring.Signs`) kept beside its label.
The relevant pairs of a topic weigh as much as those of any other, and each collection as much as the others. The
weight of `names` is given: labels alone would let one of two names do, which no operator means. The base is moved so
that the common cut with the best mean F1 over the collections is at a score of 0.5. Printed are the weights to be
written into `digest/scoring.py`, the figures with them, and for each collection the figures with the weights that the
others alone would give: what carries over. Some minutes of CPU.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from digest import labelled, scoring
from digest.labelled import Collection
from digest.matching import TopicIndex
from digest.topics import compile_topic

NAMES = tuple(each.name for each in fields(scoring.Signs) if each.name not in {"meaning", "shown"})
"""Those that there are without the extra `semantic` and without examples."""
GIVEN = {"names": 2.0}
STEPS = 30
STIFF = 1.0
CUTS = [at / 10 for at in range(-30, 21)]


class Pair(NamedTuple):
    """A topic and an article: its signs behind a 1 for the base, and whether it is relevant."""

    topic: str
    row: tuple[float, ...]
    relevant: bool


def pairs_of(collection: Collection) -> list[Pair]:
    """All pairs that the index judges, doubtful ones apart; each judged by what came before it."""
    index = TopicIndex(compile_topic(topic, collection.languages) for topic in collection.topics)
    weights = {name: getattr(scoring.PLAIN, name) for name in NAMES}
    found = []
    for article in collection.articles:
        verdicts = index.judge(article)
        index.learn(article, verdicts)
        for verdict in verdicts:
            parts = dict(verdict.parts)
            if verdict.score > 0 and article.id not in collection.left_out[verdict.topic_id]:
                row = (1.0, *(parts.get(name, 0.0) / weights[name] for name in NAMES))
                found.append(Pair(verdict.topic_id, row, article.id in collection.relevant[verdict.topic_id]))
    return found


def fitted(collections: Iterable[Sequence[Pair]]) -> list[float]:
    """The base and the weights, none below 0: Newton's method, coordinate by coordinate."""
    pairs: list[Pair] = []
    counts: list[float] = []
    for each in collections:
        right = Counter(pair.topic for pair in each if pair.relevant)
        total = sum(1 / max(3, right[pair.topic]) for pair in each)
        pairs += each
        counts += [1000 / max(3, right[pair.topic]) / total for pair in each]
    moved = [-7.0, *(GIVEN.get(name, 1.0) for name in NAMES)]
    sums = [sum(weight * value for weight, value in zip(moved, pair.row, strict=True)) for pair in pairs]
    for _ in range(STEPS):
        for at in range(len(moved)):
            if at and NAMES[at - 1] in GIVEN:
                continue
            slope, bend = (STIFF * moved[at], STIFF) if at else (0.0, 1e-6)
            for pair, count, value in zip(pairs, counts, sums, strict=True):
                if sign := pair.row[at]:
                    likely = 1 / (1 + math.exp(-value))
                    slope += count * (likely - pair.relevant) * sign
                    bend += count * likely * (1 - likely) * sign * sign
            step = max(-moved[at] if at else -9.0, -slope / bend)
            moved[at] += step
            sums = [value + step * pair.row[at] for value, pair in zip(sums, pairs, strict=True)]
    return moved


def f1(pairs: Sequence[Pair], relevant: Counter[str], weights: Sequence[float], cut: float) -> float:
    """The macro F1 of a collection."""
    matched: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for pair in pairs:
        if sum(weight * value for weight, value in zip(weights, pair.row, strict=True)) >= cut:
            matched[pair.topic] += 1
            right[pair.topic] += pair.relevant
    return sum(2 * right[t] / (matched[t] + relevant[t]) for t in relevant) / len(relevant)


def main(folders: Sequence[str]) -> None:
    read = {Path(folder).name: labelled.read(Path(folder), "balanced") for folder in folders}
    pairs = {name: pairs_of(collection) for name, collection in read.items()}
    relevant = {
        name: Counter({topic: len(ids) for topic, ids in collection.relevant.items() if ids})
        for name, collection in read.items()
    }

    def best_cut(names: Sequence[str], weights: Sequence[float]) -> float:
        return max(CUTS, key=lambda cut: sum(f1(pairs[name], relevant[name], weights, cut) for name in names))

    weights = fitted(pairs.values())
    cut = best_cut(list(pairs), weights)
    print(", ".join(f"{name}={weight:.2f}" for name, weight in zip(NAMES, weights[1:], strict=True)))
    print(f"base={weights[0] - cut:.2f}")
    for name, own in pairs.items():
        line = f"{name:12} F1 {f1(own, relevant[name], weights, cut):.3f}"
        if others := [other for other in pairs if other != name]:
            alone = fitted(pairs[other] for other in others)
            carried = f1(own, relevant[name], alone, best_cut(others, alone))
            line += f", with what the others give {carried:.3f}"
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
