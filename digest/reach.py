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
from digest.scoring import BASE, DOWN_THERE, FRAME, GRADES, NAMED, NEAR_THE_CUT, PLAIN, Known
from digest.text import Analysis, Form

_ROUNDING = 0.01
_ABSENT, _DEEP_DOWN, _ON_TOP, _IN_TITLE = range(4)
"""How high a word stands."""
_ORDER = {"country": 0, "name": 0, "word": 1, "frame": 2}
_LIKE = max(PLAIN.profile, PLAIN.alone)
_SAME = GRADES["same"]
_DOWN_THERE = BASE + PLAIN.words + PLAIN.names + PLAIN.near
_IN_OTHER_WORDS = max(0.0, _SAME * (PLAIN.words + PLAIN.title) - PLAIN.words)
"""How much more a word may count that others stand for in the title, than where it stands itself further down."""


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
    """The highest sum without likeness when no word stands in the title and lead, but for others that mean it."""


class Reach:
    """Which of a set of topics may concern an article, told from the keys of its words."""

    def __init__(self, trees: Iterable[tuple[str, Clause]]) -> None:
        """Topics by id, each with its tree."""
        self._numbers: dict[Ways, int] = {}
        self._by_key: dict[str, list[int]] = {}
        self._nowhere: list[int] = []
        """By number, how high the words stand in an article that has none."""
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
        names = sum(part.kind in NAMED for part in parts)
        down_there = _DOWN_THERE + _IN_OTHER_WORDS + (0.0 if names else PLAIN.lead)
        return _Laid(
            words=tuple(self._number(part.ways) for part in parts),
            names=names,
            plain=plain,
            least=math.log(phrase.cut / (1 - phrase.cut)),
            down_there=down_there if len(parts) > 1 else math.inf,
        )

    def _number(self, ways: Ways) -> int:
        if ways not in self._numbers:
            number = self._numbers[ways] = len(self._numbers)
            unsure = not _is_told_by_keys(ways)
            self._nowhere.append(_IN_TITLE if unsure else _ABSENT)
            for key in () if unsure else ways.keys:
                self._by_key.setdefault(key, []).append(number)
        return self._numbers[ways]

    def within(self, topics: Iterable[str], analysis: Analysis, known: Known) -> list[str]:
        """Those of the topics that are not sure to be no match."""
        topics = tuple(topics)
        told = {each: laid for each in topics if each not in known.leanings and (laid := self._phrases.get(each))}
        if not told:
            return list(topics)
        here = self._here(analysis, known)
        likeness = known.likeness
        return [
            each for each in topics if each not in told or here.reaches(told[each], _LIKE * likeness.get(each, 0.0))
        ]

    def _here(self, analysis: Analysis, known: Known) -> _Here:
        if self._rarities is not known.background.rarities:
            self._rarities = known.background.rarities
            self._weights = [None] * len(self._ways)
        return _Here(self._heights(analysis), self._weights, self._ways, known, analysis)

    def _heights(self, analysis: Analysis) -> list[int]:
        """By number, how high the words may stand at best, by their keys."""
        found, by_key = self._nowhere.copy(), self._by_key
        for height, keys in (
            (_DEEP_DOWN, analysis.asked),
            (_ON_TOP, analysis.asked_on_top),
            (_IN_TITLE, analysis.asked_in_title),
        ):
            for key in keys:
                for number in by_key.get(key, ()):
                    found[number] = height
        return found


class _Here:
    """An article, as far as it is known."""

    def __init__(
        self, heights: list[int], weights: list[float | None], ways: Sequence[Ways], known: Known, analysis: Analysis
    ) -> None:
        self._heights, self._weights, self._ways, self._analysis = heights, weights, ways, analysis
        self._rarities = known.background.rarities
        self._related: dict[int, tuple[float, int]] = {}
        self._highest = math.inf if known.meaning is None else -NEAR_THE_CUT
        """No sum above it is sure to be below the cut: where it is near, the meaning may lift it."""

    def reaches(self, phrases: Iterable[_Laid], lift: float) -> bool:
        """Whether any of these may; likeness adds `lift` at most."""
        for phrase in phrases:
            least = min(phrase.least, self._highest) - _ROUNDING - lift
            if (phrase.down_there >= least or self._is_on_top(phrase)) and self._may_have(phrase, least):
                return True
        return False

    def _is_on_top(self, phrase: _Laid) -> bool:
        """Whether any of its words may be."""
        heights = self._heights
        for number in phrase.words:  # noqa: SIM110 - a generator for `any` takes three times as long
            if heights[number] >= _ON_TOP:
                return True
        return False

    def _may_have(self, phrase: _Laid, least: float) -> bool:
        """Whether the sum behind the score may be so high."""
        at_most, absent = self._at_most(phrase)
        others = _SAME * absent * (PLAIN.words + PLAIN.title) + PLAIN.lead + PLAIN.near
        return at_most >= least or (at_most + others >= least and self._at_most(phrase, related=True)[0] >= least)

    def _at_most(self, phrase: _Laid, *, related: bool = False) -> tuple[float, float]:
        """The highest sum, by its own words or with those `related` to them, and how much of it is absent, 0 to 1."""
        heights, weights = self._heights, self._weights
        all_of_it = absent = words = title = rarest = there = 0.0
        found = names = on_top = 0
        for at, number in enumerate(phrase.words):
            weight, height = weights[number] or self._weigh(number), heights[number]
            all_of_it += weight
            stands = 1.0
            if height != _ABSENT:
                words += weight
                names += at < phrase.names
            else:
                absent += weight
                if not related:
                    continue
                counts, height = self._relation(number)
                words += weight * counts
                stands = _SAME
            if height == _ABSENT:
                continue
            found += 1
            there += stands
            if height >= _ON_TOP:
                on_top += at < phrase.plain
                title += weight * stands if height == _IN_TITLE else 0.0
                if stands == 1.0:
                    rarest = max(rarest, weight)
        size = len(phrase.words)
        alone = size == there == 1
        at_most = (
            BASE
            + (PLAIN.words * words + PLAIN.title * title) / all_of_it
            + PLAIN.names * ((names / phrase.names) ** 2 if phrase.names else 1.0)
            + PLAIN.rarest * (1.0 if alone else rarest)
            + PLAIN.lead * (on_top == phrase.plain)
            + PLAIN.near * (there / size if found > 1 or alone else 0.0)
        )
        return at_most, absent / all_of_it

    def _weigh(self, number: int) -> float:
        ways = self._ways[number]
        found = self._weights[number] = self._rarities[ways] * (FRAME if ways.kind == "frame" else 1.0)
        return found

    def _relation(self, number: int) -> tuple[float, int]:
        """What the best word that is related to one of a phrase may count; and how high one that means it stands."""
        if number not in self._related:
            by_grade = self._ways[number].by_grade
            counts = max((self._counts(grade, by_grade[grade]) for grade in by_grade if grade != "own"), default=0.0)
            self._related[number] = counts, self._height(by_grade.get("same", {}))
        return self._related[number]

    def _counts(self, grade: Grade, keys: Mapping[str, object]) -> float:
        height = self._height(keys)
        return 0.0 if height == _ABSENT else GRADES[grade] if height >= _ON_TOP else DOWN_THERE[grade]

    def _height(self, keys: Mapping[str, object]) -> int:
        """How high any word with one of these keys stands."""
        analysis = self._analysis
        if analysis.asked.isdisjoint(keys):
            return _ABSENT
        if analysis.asked_on_top.isdisjoint(keys):
            return _DEEP_DOWN
        return _ON_TOP if analysis.asked_in_title.isdisjoint(keys) else _IN_TITLE


def _is_told_by_keys(ways: Ways) -> bool:
    """Whether an article has the word itself, where it has a key of it, or another would not stand for it either.

    What stands in quotes is looked for by `digest.scoring` only.
    """
    own = chain.from_iterable(ways.by_grade.get("own", {}).values())
    return bool(ways.by_grade) and ("same" not in ways.by_grade or all(p == (Form(p[0].keys),) for p in own))
