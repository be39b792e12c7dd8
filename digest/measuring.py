"""Measuring matching on a labelled collection, as the daemon would have met it.

The articles come one at a time, in the order of their publication, and go through the very index that the daemon asks
(`digest.matching.TopicIndex`); what is said of an article knows only those before it. The labels are looked at
afterwards, and only here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from digest import semantics
from digest.baselines import Score, baselines
from digest.errors import DigestError, TopicError
from digest.examples import Examples
from digest.labelled import Collection
from digest.matching import TopicIndex
from digest.measures import Figures, Judged, Point, best_f1_of_each, curve, figures, mean
from digest.model import Article, Verdict
from digest.settings import Topic
from digest.topics import CompiledTopic, compile_topic

ASKED = 0.1
"""An article that scores less is nothing that an operator would be shown."""

Passing = Callable[[Iterable[Article]], Iterable[Article]]
"""Lets articles through, and may tell somebody how far they are."""


class Mistake(NamedTuple):
    """A false hit, if it matched, or a miss."""

    article: Article
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicResult:
    """What came of one topic."""

    topic: Topic
    figures: Figures
    relevant: int
    """How many articles are."""
    matched: int
    right: int
    false_hits: tuple[Mistake, ...]
    """The best scored first."""
    misses: tuple[Mistake, ...]
    """The best scored first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """How one way of matching did on a collection."""

    name: str
    figures: Figures
    """The means over the topics."""
    topics: Mapping[str, Figures]
    curve: tuple[Point, ...]
    """What one cut for all topics gives."""
    hindsight: float
    """The macro F1 with the best cut of each topic."""
    cut: float | None = None
    """The cut for all topics, where there is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of a collection."""

    collection: str
    articles: int
    matching: Ranked
    topics: tuple[TopicResult, ...]
    """The worst first, by F1 and then nDCG. One without a relevant article is not among them."""
    baselines: tuple[Ranked, ...]
    problems: tuple[str, ...]
    """What went wrong with topics, in sentences."""


def stream(
    collection: Collection, index: TopicIndex, passing: Passing = iter
) -> Iterator[tuple[Article, tuple[Verdict, ...]]]:
    """Each article of the collection with what the index says of it, knowing only those before."""
    for article in passing(collection.articles):
        verdicts = index.judge(article)
        index.learn(article, verdicts)
        yield article, verdicts


def measure(
    collection: Collection,
    *,
    with_baselines: bool = False,
    meaning: bool = False,
    examples: int = 0,
    passing: Passing = iter,
) -> Result:
    """Judge the whole collection.

    Raises DigestError for a topic that cannot be compiled.
    """
    topics = (_compiled(topic, collection) for topic in collection.topics)
    index = TopicIndex(topics, meaning=semantics.likeness if meaning else None)
    shown = first_examples(collection, examples)
    collection = without(collection, shown)
    index.show(shown if examples else {})
    scores, mistakes = _Scores(collection), _Mistakes(collection, index)
    beside = [
        _Baseline(name, score, cut, _Scores(collection))
        for name, (score, cut) in (baselines(collection.topics) if with_baselines else {}).items()
    ]
    problems: dict[str, str] = {}
    for article, verdicts in stream(collection, index, passing):
        for verdict in verdicts:
            scores.take(article, verdict.topic_id, verdict.score, matched=verdict.matched)
        mistakes.take(article, verdicts)
        for baseline in beside:
            baseline.take(article)
        problems |= index.problems
    matching = scores.ranked("matching")
    return Result(
        collection=collection.name,
        articles=len(collection.articles),
        matching=matching,
        topics=mistakes.told(matching.topics),
        baselines=tuple(each.scores.ranked(each.name, each.cut) for each in beside),
        problems=tuple(f"topic {topic}: {problem}" for topic, problem in problems.items()),
    )


def first_examples(collection: Collection, count: int) -> Mapping[str, Examples]:
    """By topic what an operator would label: the first `count` relevant articles of the stream, and of those that are
    not relevant the first which it finds by its phrase all the same; where they are too few, the first which it
    scores at all. Doubtful pairs are no examples.
    """
    found: dict[str, dict[str, list[Article]]] = {
        topic.id: {"right": [], "false hit": [], "scored": []} for topic in collection.topics
    }
    index = TopicIndex(_compiled(topic, collection) for topic in collection.topics)
    for article in collection.articles if count else ():
        verdicts = {verdict.topic_id: verdict for verdict in index.judge(article)}
        for topic, lists in found.items():
            kind = _kind_of_example(collection, article, topic, verdicts.get(topic))
            if kind and len(lists[kind]) < count:
                lists[kind].append(article)
    return {
        topic: Examples(right=tuple(lists["right"]), wrong=tuple([*lists["false hit"], *lists["scored"]][:count]))
        for topic, lists in found.items()
    }


def _kind_of_example(collection: Collection, article: Article, topic: str, verdict: Verdict | None) -> str:
    if article.id in collection.left_out[topic]:
        return ""
    if article.id in collection.relevant[topic]:
        return "right"
    if verdict is None or verdict.score <= ASKED:
        return ""
    return "false hit" if verdict.matched else "scored"


def without(collection: Collection, examples: Mapping[str, Examples]) -> Collection:
    """The same with these pairs left out of every figure."""
    shown = {
        topic: frozenset(article.id for article in (*given.right, *given.wrong)) for topic, given in examples.items()
    }
    return replace(
        collection,
        relevant={topic: ids - shown.get(topic, frozenset()) for topic, ids in collection.relevant.items()},
        left_out={topic: ids | shown.get(topic, frozenset()) for topic, ids in collection.left_out.items()},
    )


def _compiled(topic: Topic, collection: Collection) -> CompiledTopic:
    try:
        return compile_topic(topic, collection.languages)
    except TopicError as error:
        raise DigestError(f"{collection.name}: topic {topic.id}: {error}") from error


class _Scores:
    """What one way of matching says, topic by topic, beside what is so."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._judged: dict[str, list[Judged]] = {topic: [] for topic, ids in collection.relevant.items() if ids}

    def take(self, article: Article, topic: str, score: float, *, matched: bool) -> None:
        if topic in self._judged and article.id not in self._collection.left_out[topic]:
            relevant = article.id in self._collection.relevant[topic]
            self._judged[topic].append(Judged(score, matched, relevant))

    def ranked(self, name: str, cut: float | None = None) -> Ranked:
        relevant = {topic: len(self._collection.relevant[topic]) for topic in self._judged}
        topics = {topic: figures(judged, relevant[topic]) for topic, judged in self._judged.items()}
        return Ranked(
            name=name,
            figures=mean(topics.values()),
            topics=topics,
            curve=curve(self._judged, relevant),
            hindsight=best_f1_of_each(self._judged, relevant),
            cut=cut,
        )


class _Baseline(NamedTuple):
    name: str
    score: Score
    cut: float
    scores: _Scores

    def take(self, article: Article) -> None:
        for topic, score in self.score(article.entry).items():
            self.scores.take(article, topic, score, matched=score >= self.cut)


class _Mistakes:
    """False hits and misses with their verdicts: those of the moment, since later ones would know more."""

    def __init__(self, collection: Collection, index: TopicIndex) -> None:
        self._collection = collection
        self._index = index
        self._matched: Counter[str] = Counter()
        self._false_hits: dict[str, list[Mistake]] = {topic.id: [] for topic in collection.topics}
        self._misses: dict[str, list[Mistake]] = {topic.id: [] for topic in collection.topics}
        self._wanted: dict[int, list[str]] = {}
        for topic, ids in collection.relevant.items():
            for article in ids:
                self._wanted.setdefault(article, []).append(topic)

    def take(self, article: Article, verdicts: Iterable[Verdict]) -> None:
        by_topic = {verdict.topic_id: verdict for verdict in verdicts}
        wanted = self._wanted.get(article.id, ())
        for topic, verdict in by_topic.items():
            if not verdict.matched or article.id in self._collection.left_out[topic]:
                continue
            self._matched[topic] += 1
            if topic not in wanted:
                self._false_hits[topic].append(Mistake(article, verdict))
        for topic in wanted:
            verdict = by_topic.get(topic) or self._index.explain(article, topic)
            if not verdict.matched:
                self._misses[topic].append(Mistake(article, verdict))

    def told(self, by_topic: Mapping[str, Figures]) -> tuple[TopicResult, ...]:
        topics = [topic for topic in self._collection.topics if topic.id in by_topic]
        told = (self._of(topic, by_topic[topic.id]) for topic in topics)
        return tuple(sorted(told, key=lambda each: (each.figures.f1, each.figures.ndcg20)))

    def _of(self, topic: Topic, found: Figures) -> TopicResult:
        false_hits, misses = self._false_hits[topic.id], self._misses[topic.id]
        return TopicResult(
            topic=topic,
            figures=found,
            relevant=len(self._collection.relevant[topic.id]),
            matched=self._matched[topic.id],
            right=self._matched[topic.id] - len(false_hits),
            false_hits=_best_first(false_hits),
            misses=_best_first(misses),
        )


def _best_first(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(sorted(mistakes, key=lambda mistake: -mistake.verdict.score))
