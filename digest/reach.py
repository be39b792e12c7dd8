"""What is out of an article's reach: topics of phrases whose score is sure to be below their cut.

An article has words of many more topics than it concerns. How high its score may be at best is told from which words
of a phrase it has, or others of the same meaning, and whether in its title and lead. That takes a hundredth of the
time of `digest.scoring`, which it never contradicts: where examples or the meaning may lift the score, that is
allowed for.

Most of the time goes by waiting for memory, as what topics are made of lies all over it. So what is needed here is
laid out anew, side by side: words have numbers, a phrase has those of its words, and what the words weigh and how
high they stand in the article are lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from digest.background import Rarities
from digest.clauses import AnyOf, Clause, Grade, Phrase, Ways
from digest.scoring import BASE, DOWN_THERE, FRAME, GRADES, LIKE, NAMED, NEAR_THE_CUT, PLAIN, Known, share_of_names
from digest.text import Analysis, Form

_ROUNDING = 0.01
_ABSENT, _DEEP_DOWN, _ON_TOP, _IN_TITLE = range(4)
"""How high a word stands."""
_ORDER = {"country": 0, "name": 0, "word": 1, "frame": 2}
_LIKE = max(PLAIN.profile, PLAIN.alone)
_ALONE = LIKE * _LIKE
"""From this lift on an article need not have a word of the phrase itself."""
_SAME = GRADES["same"]
_DOWN_THERE = (
    BASE + PLAIN.words + PLAIN.names + PLAIN.near + max(0.0, _SAME * (PLAIN.words + PLAIN.title) - PLAIN.words)
)
"""Where no word of a phrase is on top. Others for some may be, which counts a little more than the words below."""


class _Laid(NamedTuple):
    """A phrase, laid out."""

    words: tuple[int, ...]
    """Numbers: first those of names, last those of framing words."""
    names: int
    """So many are names, ..."""
    plain: int
    """... and so many no framing words."""
    least: float
    """The sum behind the score that its cut asks for."""
    down_there: float
    """The highest sum without likeness when no word stands in the title and lead, but for others that mean some."""


class _Others(NamedTuple):
    """What words that are related to one of a phrase do for it."""

    counts: float = 0.0
    """The best of them."""
    height: int = _ABSENT
    """How high one stands that means the same."""


_NO_OTHERS = _Others()
_OTHERS: dict[Grade, tuple[_Others, ...]] = {
    "near": (_NO_OTHERS, _Others(DOWN_THERE["near"]), _Others(GRADES["near"]), _Others(GRADES["near"])),
    "same": (_NO_OTHERS, _Others(DOWN_THERE["same"], _DEEP_DOWN), _Others(_SAME, _ON_TOP), _Others(_SAME, _IN_TITLE)),
}
"""What a word does by its height; those that mean the same do more everywhere, and come last."""


class Reach:
    """Which of a set of topics may concern an article, told from the keys of its words."""

    def __init__(self, trees: Iterable[tuple[str, Clause]]) -> None:
        """Topics by id, each with its tree."""
        self._numbers: dict[Ways, int] = {}
        self._by_key: dict[str, list[int]] = {}
        self._perhaps: set[int] = set()
        """Words that an article may lack though it has a key of theirs: then others may stand for them."""
        self._nowhere: list[int] = []
        """By number, how high the words stand in an article that has none."""
        self._related: dict[Grade, dict[str, list[int]]] = {grade: {} for grade in _OTHERS}
        """By grade and key the words that such a word is related to."""
        self._phrases = {topic: laid for topic, tree in trees if (laid := self._lay_out(tree))}
        self._ways = list(self._numbers)
        self._rarities: Rarities | None = None
        self._weights: list[float | None] = []

    def _lay_out(self, tree: Clause) -> tuple[_Laid, ...]:
        """Its phrases; none where something else decides besides."""
        clauses = tree.parts if isinstance(tree, AnyOf) else (tree,)
        phrases = [clause for clause in clauses if isinstance(clause, Phrase) and 0 < clause.cut < 1]
        return tuple(map(self._laid, phrases)) if len(phrases) == len(clauses) else ()

    def _laid(self, phrase: Phrase) -> _Laid:
        parts = sorted(phrase.parts, key=lambda part: _ORDER[part.kind])
        plain = sum(part.kind != "frame" for part in parts)
        down_there = _DOWN_THERE + (0.0 if plain else PLAIN.lead)
        return _Laid(
            words=tuple(self._number(part.ways) for part in parts),
            names=sum(part.kind in NAMED for part in parts),
            plain=plain,
            least=math.log(phrase.cut / (1 - phrase.cut)),
            down_there=down_there if len(parts) > 1 else math.inf,
        )

    def _number(self, ways: Ways) -> int:
        if ways not in self._numbers:
            number = self._numbers[ways] = len(self._numbers)
            in_quotes = not ways.by_grade  # these are looked for by `score` only
            self._nowhere.append(_IN_TITLE if in_quotes else _ABSENT)
            if not _is_told_by_keys(ways):
                self._perhaps.add(number)
            for key in () if in_quotes else ways.keys:
                self._by_key.setdefault(key, []).append(number)
            for grade, related in self._related.items():
                for key in ways.by_grade.get(grade, ()):
                    related.setdefault(key, []).append(number)
        return self._numbers[ways]

    def within(self, topics: Iterable[str], analysis: Analysis, known: Known) -> list[str]:
        """Those of the topics that are not sure to be no match."""
        topics, phrases, leanings, likeness = tuple(topics), self._phrases, known.leanings, known.likeness
        if phrases.keys().isdisjoint(topics):
            return list(topics)
        reaches = self._here(analysis, known).reaches
        return [
            each
            for each in topics
            if each not in phrases or each in leanings or reaches(phrases[each], _LIKE * likeness.get(each, 0.0))
        ]

    def _here(self, analysis: Analysis, known: Known) -> _Here:
        if self._rarities is not known.background.rarities:
            self._rarities = known.background.rarities
            self._weights = [None] * len(self._ways)
        heights, others = self._heights(analysis), self._others(analysis)
        for number in self._perhaps & others.keys():
            if heights[number] != _ABSENT:
                heights[number] = max(heights[number], others[number].height)
        return _Here(heights, others, self._ways, self._weights, known)

    def _heights(self, analysis: Analysis) -> list[int]:
        """By number, how high the words may stand at best, by their keys."""
        found, by_key = self._nowhere.copy(), self._by_key
        for height, keys in _levels(analysis):
            for key in keys:
                for number in by_key.get(key, ()):
                    found[number] = height
        return found

    def _others(self, analysis: Analysis) -> dict[int, _Others]:
        """By number, what other words do for a word."""
        found: dict[int, _Others] = {}
        for grade, by_key in self._related.items():
            for height, keys in _levels(analysis):
                numbers = chain.from_iterable([by_key[key] for key in keys if key in by_key])
                found |= dict.fromkeys(numbers, _OTHERS[grade][height])
        return found


def _levels(analysis: Analysis) -> tuple[tuple[int, frozenset[str]], ...]:
    """The keys that are asked for, by how high they stand at best, the highest last."""
    return (
        (_DEEP_DOWN, analysis.asked - analysis.asked_on_top),
        (_ON_TOP, analysis.asked_on_top - analysis.asked_in_title),
        (_IN_TITLE, analysis.asked_in_title),
    )


class _Here:
    """An article, as far as it is known."""

    def __init__(
        self,
        heights: Sequence[int],
        others: Mapping[int, _Others],
        ways: Sequence[Ways],
        weights: list[float | None],
        known: Known,
    ) -> None:
        self._heights, self._others, self._ways, self._weights = heights, others, ways, weights
        self._rarities = known.background.rarities
        self._highest = math.inf if known.meaning is None else -NEAR_THE_CUT
        """No sum above it is sure to be below the cut: where it is near, the meaning may lift it."""

    def reaches(self, phrases: Iterable[_Laid], lift: float) -> bool:
        """Whether any of these may; likeness adds `lift` at most."""
        for phrase in phrases:
            least = min(phrase.least, self._highest) - _ROUNDING - lift
            on_top = lift >= _ALONE or phrase.down_there >= least or self._is_on_top(phrase)
            if on_top and self._at_most(phrase) >= least:
                return True
        return False

    def _is_on_top(self, phrase: _Laid) -> bool:
        """Whether any of its words may be, or others for all that frame nothing."""
        heights, others = self._heights, self._others
        for number in phrase.words:
            if heights[number] >= _ON_TOP:
                return True
        for number in phrase.words[: phrase.plain]:  # noqa: SIM110 - a generator for `all` takes three times as long
            if others.get(number, _NO_OTHERS).height < _ON_TOP:
                return False
        return True

    def _at_most(self, phrase: _Laid) -> float:
        """The highest that the sum behind the score may be."""
        heights, others, weights = self._heights, self._others, self._weights
        all_of_it = words = title = rarest = there = 0.0
        found = names = on_top = 0
        for at, number in enumerate(phrase.words):
            weight, height = weights[number] or self._weigh(number), heights[number]
            all_of_it += weight
            if height != _ABSENT:
                stands = counts = 1.0
                names += at < phrase.names
                if height >= _ON_TOP and weight > rarest:
                    rarest = weight
            else:
                stands = _SAME
                counts, height = others.get(number, _NO_OTHERS)
                names += at < phrase.names and height != _ABSENT
            words += weight * counts
            if height == _ABSENT:
                continue
            found += 1
            there += stands
            if height >= _ON_TOP:
                on_top += at < phrase.plain
                if height == _IN_TITLE:
                    title += weight * stands
        size = len(phrase.words)
        alone = size == there == 1
        return (
            BASE
            + (PLAIN.words * words + PLAIN.title * title) / all_of_it
            + PLAIN.names * share_of_names(names, phrase.names)
            + PLAIN.rarest * (1.0 if alone else rarest)
            + PLAIN.lead * (on_top == phrase.plain)
            + PLAIN.near * (there / size if found > 1 or alone else 0.0)
        )

    def _weigh(self, number: int) -> float:
        ways = self._ways[number]
        found = self._weights[number] = self._rarities[ways] * (FRAME if ways.kind == "frame" else 1.0)
        return found


def _is_told_by_keys(ways: Ways) -> bool:
    """Whether an article has the word itself, where it has a key of it, or no other would stand for it either."""
    own = chain.from_iterable(ways.by_grade.get("own", {}).values())
    return "same" not in ways.by_grade or all(pattern == (Form(pattern[0].keys),) for pattern in own)
