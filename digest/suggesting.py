"""What an operator could add to a topic, from what it found lately and what it just missed.

**Names.** An article that scores too little lacks a word of the phrase. Where it has instead a word that weighs
heavily in the topic's profile, this may be another name of the missing one: Damascus for Syria.

**Exclusions.** Words of articles that just match, or just do not, and of none of which the topic is sure: what they
are about is something else. A word may be read as more than it says, as the name of a country by all its names: what
takes away an article of which the topic is sure is not proposed.

Neither is more than a guess about meaning; its effect is none. Each proposal is held against the articles as the
topic would be with it (with what it has learned by now), and one that changes no match is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from digest.clauses import AnyOf, Clause, Phrase
from digest.folding import is_stop_word
from digest.matching import TopicIndex, analysed
from digest.model import Article, Verdict
from digest.profiles import NOTHING_LEARNED, telling
from digest.settings import Topic
from digest.text import Analysis, is_spaceless, keys
from digest.topics import CompiledTopic, compile_topic

PROPOSED = 5
"""So many of each kind at most."""
_TRIED = 10
"""So many of each kind are held against the articles."""
_NEAR = 0.03
"""An article of such a score has enough of the topic to tell something of it."""
_SURE = 0.88
"""Of a match with such a score the topic is sure: every word of the phrase, or most and much of its profile."""
_TIMES = 2
"""One article proposes nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A line that could be added to a topic."""

    kind: Literal["alias", "exclude"]
    word: str
    """As articles have it."""
    stands_for: str
    """For an alias: the word of the phrase that it may be another name of."""
    gained: tuple[Article, ...]
    """What would be found besides."""
    lost: tuple[Article, ...]
    """What would not be found any more."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """An article beside the topic."""

    article: Article
    verdict: Verdict
    words: Mapping[str, str]
    """Of its title and lead: stem → the word."""
    weights: Mapping[str, float]
    """Stem → how much it tells."""


def suggest(
    topic: Topic,
    languages: frozenset[str],
    index: TopicIndex,
    articles: Iterable[Article],
    meaning: Callable[[str, str], float] | None = None,
) -> tuple[Proposal, ...]:
    """What could be added, what has most effect first; nothing for a topic that has no phrase.

    `index` has the topic, and is not changed; `meaning` is what it was made with.
    """
    compiled = compile_topic(topic, languages)
    phrases = list(_phrases(compiled.tree))
    if not phrases:
        return ()
    seen = [_seen(article, compiled, index) for article in articles]
    spelt = _spellings(seen)
    own = _own(phrases)

    def held(kind: Literal["alias", "exclude"], stem: str, stands_for: str, edited: Topic) -> Proposal:
        concerned = [each for each in seen if each.verdict.matched or stem in each.words]
        other = TopicIndex([compile_topic(edited, languages)], memory=index.memory, meaning=meaning)
        gained, lost = _effect(topic.id, other, concerned)
        return Proposal(kind=kind, word=spelt[stem], stands_for=stands_for, gained=gained, lost=lost)

    names = (
        held("alias", stem, part, replace(topic, aliases=(*topic.aliases, (part, spelt[stem]))))
        for part, stem in _names(phrases, seen, _telling(index, topic), own)
    )
    others = (
        held("exclude", stem, "", replace(topic, exclude=(*topic.exclude, spelt[stem])))
        for stem in _strange(seen, own)
    )
    sure = {each.article.id for each in seen if _is_sure(each.verdict)}
    harmless = (each for each in others if sure.isdisjoint(article.id for article in each.lost))
    return (*_best(names, lambda each: len(each.gained)), *_best(harmless, lambda each: len(each.lost)))


def _best(found: Iterable[Proposal], effect: Callable[[Proposal], int]) -> list[Proposal]:
    return sorted(filter(effect, found), key=effect, reverse=True)[:PROPOSED]


def _phrases(clause: Clause) -> Iterator[Phrase]:
    if isinstance(clause, Phrase):
        yield clause
    elif isinstance(clause, AnyOf):
        yield from chain.from_iterable(map(_phrases, clause.parts))


def _own(phrases: Iterable[Phrase]) -> frozenset[str]:
    """The keys of what stands for the words of the phrases already."""
    found = [part.ways for phrase in phrases for part in phrase.parts]
    written = (by_key for ways in found for grade, by_key in ways.by_grade.items() if grade != "near")
    return frozenset[str]().union(*written, *(ways.keys for ways in found))


def _telling(index: TopicIndex, topic: Topic) -> dict[str, float]:
    return dict(telling(index.memory.profiles.get(topic.id, NOTHING_LEARNED)))


# --- the articles ---------------------------------------------------------------------------------------------------


def _seen(article: Article, compiled: CompiledTopic, index: TopicIndex) -> _Seen:
    analysis = analysed(article, compiled.languages)
    verdict = index.explain(article, compiled.topic.id)
    weights = index.memory.background.vector(analysis) if _is_near(verdict) or verdict.matched else {}
    return _Seen(article, verdict, _words(analysis), weights)


def _words(analysis: Analysis) -> dict[str, str]:
    lead = (analysis.title, *([analysis.summary] if analysis.summary.string else analysis.scope("top")[-1:]))
    words = (word for field in lead for word in field.words if word.isalpha() and not is_spaceless(word))
    return {keys(word, analysis.language)[1]: word for word in words if not is_stop_word(word)}


def _is_near(verdict: Verdict) -> bool:
    return not verdict.matched and bool(verdict.parts) and verdict.score >= _NEAR


def _is_sure(verdict: Verdict) -> bool:
    return verdict.matched and verdict.score >= _SURE


def _spellings(seen: Iterable[_Seen]) -> dict[str, str]:
    """Stem → the commonest way of writing it."""
    ways: dict[str, Counter[str]] = {}
    for stem, word in chain.from_iterable(each.words.items() for each in seen):
        ways.setdefault(stem, Counter())[word] += 1
    return {stem: max(found, key=lambda word: (found[word], word)) for stem, found in ways.items()}


# --- what they propose ----------------------------------------------------------------------------------------------


def _names(
    phrases: Iterable[Phrase], seen: Iterable[_Seen], profile: Mapping[str, float], own: frozenset[str]
) -> list[tuple[str, str]]:
    """(word of a phrase, stem of what may be another name of it), those that come together most heavily first."""
    parts = {part.text for phrase in phrases for part in phrase.parts if part.kind != "frame" and not part.must}
    weight: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for each in seen:
        if _is_near(each.verdict):
            missing = parts - {evidence.term for evidence in each.verdict.evidence}
            for pair in ((part, stem) for part in missing for stem in each.words.keys() & profile.keys() - own):
                weight[pair] += profile[pair[1]] * each.verdict.score  # type: ignore[assignment]  # Counter adds floats as well
                times[pair] += 1
    return [pair for pair in sorted(weight, key=lambda p: (-weight[p], p)) if times[pair] >= _TIMES][:_TRIED]


def _strange(seen: Iterable[_Seen], own: frozenset[str]) -> list[str]:
    """Stems of what is near the cut that stand in nothing that the topic is sure of, the heaviest first."""
    seen = list(seen)
    sure = {stem for each in seen if _is_sure(each.verdict) for stem in each.words}
    if not sure:
        return []
    weight: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for each in seen:
        if _is_near(each.verdict) or (each.verdict.matched and not _is_sure(each.verdict)):
            for stem in each.words.keys() - own - sure:
                weight[stem] += each.weights.get(stem, 0.0)  # type: ignore[assignment]  # as above
                times[stem] += 1
    return [stem for stem in sorted(weight, key=lambda s: (-weight[s], s)) if times[stem] >= _TIMES][:_TRIED]


def _effect(
    topic_id: str, edited: TopicIndex, seen: Iterable[_Seen]
) -> tuple[tuple[Article, ...], tuple[Article, ...]]:
    """What would be found besides, and what no more."""
    gained: list[Article] = []
    lost: list[Article] = []
    for each in seen:
        matched = edited.explain(each.article, topic_id).matched
        if matched != each.verdict.matched:
            (gained if matched else lost).append(each.article)
    return tuple(gained), tuple(lost)
