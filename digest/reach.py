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
from digest.scoring import (
    BASE,
    DOWN_THERE,
    FRAME,
    GRADES,
    LIKE,
    LONG,
    NAMED,
    NEAR_THE_CUT,
    OF_TERM,
    PLAIN,
    Known,
    share_of_names,
)
from digest.text import Analysis, Form, Pattern, may_stand

_ROUNDING = 0.01
_ABSENT, _DEEP_DOWN, _ON_TOP, _IN_TITLE = range(4)
"""How high a word stands."""
_ORDER = {"country": 0, "name": 0, "word": 1, "frame": 2}
_LIKE = max(PLAIN.profile, PLAIN.alone)
_ALONE = LIKE * _LIKE
"""From this lift on an article need not have a word of the phrase itself."""
_SAME = GRADES["same"]
_DOWN_THERE = PLAIN.words + PLAIN.names + PLAIN.near + max(0.0, _SAME * (PLAIN.words + PLAIN.title) - PLAIN.words)
"""Where no word of a phrase is on top. Others for some may be, which counts a little more than the words below."""


class _Laid(NamedTuple):
    """A phrase, laid out."""

    words: tuple[int, ...]
    """Numbers: first those of names, last those of framing words."""
    plain: tuple[int, ...]
    """Those of no framing words."""
    names: tuple[int, ...]
    """Those of names."""
    shares: tuple[float, ...]
    """What each of the words counts: one of a term is only a part of it."""
    least: float
    """The sum behind the score that its cut asks for."""
    base: float
    """What is added to whatever an article has."""
    down_there: float
    """The highest sum without likeness when no word stands in the title and lead, but for others that mean some of
    them; infinite where nothing is told of it.
    """


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

_Numbers = tuple[int, ...]
"""Of words."""
_Levels = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""The keys of an article that are asked for: all of them, those on top, those in the title."""


class Reach:
    """Which of a set of topics may concern an article, told from the keys of its words."""

    def __init__(self, trees: Iterable[tuple[str, Clause]]) -> None:
        """Topics by id, each with its tree."""
        self._numbers: dict[Ways, int] = {}
        self._perhaps: set[int] = set()
        """Words that an article may lack though it has a key of theirs: then others may stand for them."""
        self._nowhere: list[int] = []
        """By number, how high the words stand in an article that has none."""
        self._phrases = {topic: laid for topic, tree in trees if (laid := self._lay_out(tree))}
        self._own = self._leads("own")
        self._related = {grade: self._leads(grade) for grade in _OTHERS}
        self._words = {
            each: tuple(chain.from_iterable(phrase.words for phrase in laid)) for each, laid in self._phrases.items()
        }
        self._anywhere = {topic for topic, laid in self._phrases.items() if any(map(_is_anywhere, laid))}
        """Those that may hold though nothing of them is on top."""
        self._ways = list(self._numbers)
        self._silent: dict[str, frozenset[int]] = {}
        """By language the words that are silent in it."""
        self._rarities: Rarities | None = None
        self._weights: list[float | None] = []

    def _lay_out(self, tree: Clause) -> tuple[_Laid, ...]:
        """Its phrases; none where something else decides besides."""
        clauses = tree.parts if isinstance(tree, AnyOf) else (tree,)
        phrases = [clause for clause in clauses if isinstance(clause, Phrase) and 0 < clause.cut < 1]
        return tuple(map(self._laid, phrases)) if len(phrases) == len(clauses) else ()

    def _laid(self, phrase: Phrase) -> _Laid:
        laid = sorted(zip(phrase.parts, phrase.of_terms, strict=True), key=lambda each: _ORDER[each[0].kind])
        parts = [part for part, _ in laid]
        words = tuple(self._number(part.ways) for part in parts)
        plain = words[: sum(part.kind != "frame" for part in parts)]
        base = BASE + PLAIN.long * (len(plain) >= LONG)
        in_quotes = any(self._nowhere[number] for number in words)
        return _Laid(
            words=words,
            plain=plain,
            names=words[: sum(part.kind in NAMED for part in parts)],
            shares=tuple(OF_TERM if of_term else 1.0 for _, of_term in laid),
            least=math.log(phrase.cut / (1 - phrase.cut)),
            base=base,
            down_there=base + _DOWN_THERE if len(words) > 1 and plain and not in_quotes else math.inf,
        )

    def _number(self, ways: Ways) -> int:
        if ways not in self._numbers:
            number = self._numbers[ways] = len(self._numbers)
            in_quotes = not ways.by_grade  # these are looked for by `score` only
            self._nowhere.append(_IN_TITLE if in_quotes else _ABSENT)
            if not _is_told_by_keys(ways):
                self._perhaps.add(number)
        return self._numbers[ways]

    def _leads(self, grade: Grade) -> _Leads:
        return _Leads(ways.by_grade.get(grade, {}) for ways in self._numbers)

    def within(self, topics: Iterable[str], analysis: Analysis, known: Known) -> list[str]:
        """Those of the topics that are not sure to be no match."""
        topics, phrases, leanings, likeness = tuple(topics), self._phrases, known.leanings, known.likeness
        if phrases.keys().isdisjoint(topics):
            return list(topics)
        here = self._here(analysis, known)
        reaches, words = here.reaches, self._words
        has_none_on_top = (here.on_top | here.others_on_top).isdisjoint
        anywhere = self._anywhere if known.meaning is None and not here.silent else phrases
        return [
            each
            for each in topics
            if each not in phrases
            or each in leanings
            or (
                (not has_none_on_top(words[each]) or each in anywhere or each in likeness)
                and reaches(phrases[each], _LIKE * likeness.get(each, 0.0))
            )
        ]

    def _here(self, analysis: Analysis, known: Known) -> _Here:
        if self._rarities is not known.background.rarities:
            self._rarities = known.background.rarities
            self._weights = [None] * len(self._ways)
        here = _Here(self._nowhere, self._ways, self._weights, self._silent_in(analysis.language), known)
        levels = analysis.asked, analysis.asked_on_top, analysis.asked_in_title
        for grade, leads in self._related.items():
            for others, numbers in zip(_OTHERS[grade], leads.by_height(levels), strict=True):
                here.has_others(numbers, others)
        for height, numbers in enumerate(self._own.by_height(levels)):
            here.has(numbers, height)
        here.doubt(self._perhaps)
        return here

    def _silent_in(self, language: str) -> frozenset[int]:
        if language not in self._silent:
            silent = (number for ways, number in self._numbers.items() if ways.is_silent_in(language))
            self._silent[language] = frozenset(silent)
        return self._silent[language]


def _is_anywhere(phrase: _Laid) -> bool:
    """Whether it may hold though nothing of it is on top."""
    return phrase.down_there >= phrase.least - _ROUNDING


def _apart(levels: _Levels) -> _Levels:
    """Each key at its highest only."""
    everywhere, on_top, in_title = levels
    return everywhere - on_top, on_top - in_title, in_title


class _Leads:
    """To which words of phrases those of an article lead, in one grade."""

    def __init__(self, ways: Iterable[Mapping[str, Iterable[Pattern]]]) -> None:
        """What stands for each word of phrases, by its number, by key of its rarest word."""
        alone: dict[str, list[int]] = {}
        together: dict[str, dict[Pattern, list[int]]] = {}
        for number, by_key in enumerate(ways):
            for key, patterns in by_key.items():
                for pattern in patterns:
                    if len(pattern) > 1:
                        together.setdefault(key, {}).setdefault(pattern, []).append(number)
                    elif (numbers := alone.setdefault(key, []))[-1:] != [number]:
                        numbers.append(number)
        shared: dict[_Numbers, _Numbers] = {}  # of as many as there are patterns few differ

        def once(numbers: Iterable[int]) -> _Numbers:
            return shared.setdefault(found := tuple(numbers), found)

        self._by_word = {key: once(numbers) for key, numbers in alone.items()}
        """By key the numbers of the words for which a word with it stands, by itself."""
        self._by_words = {
            key: tuple((_beside(key, pattern), pattern, once(numbers)) for pattern, numbers in of_key.items())
            for key, of_key in together.items()
        }
        """Where several together do, by key of the rarest word: the keys of another of them, and the numbers."""

    def by_height(self, levels: _Levels) -> tuple[list[int], ...]:
        """By height the numbers of the words for which something may stand there; it may be elsewhere, too."""
        found: tuple[list[int], ...] = ([], [], [], [])
        for height, keys in enumerate(_apart(levels), start=_DEEP_DOWN):
            for key in self._by_word.keys() & keys:
                found[height].extend(self._by_word[key])
        is_away = levels[0].isdisjoint
        for key in self._by_words.keys() & levels[0]:
            for other, pattern, numbers in self._by_words[key]:
                if not is_away(other):
                    found[_height(pattern, levels)].extend(numbers)
        found[_ABSENT].clear()
        return found


def _beside(key: str, pattern: Pattern) -> tuple[str, ...]:
    """The keys of another of its words than that with the key, where there is one."""
    return next((form.keys for form in pattern if key not in form.keys and not form.prefix), (key,))


def _height(pattern: Pattern, levels: _Levels) -> int:
    """How high several words may stand together."""
    height = _ABSENT
    for keys in levels:
        if not may_stand(pattern, keys):
            break
        height += 1
    return height


class _Here:
    """An article, as far as it is known."""

    def __init__(
        self,
        heights: Sequence[int],
        ways: Sequence[Ways],
        weights: list[float | None],
        silent: frozenset[int],
        known: Known,
    ) -> None:
        """It begins with what every article may have: `heights` by number. In its language some words are silent."""
        self.silent = silent
        self._heights, self._others = list(heights), [_NO_OTHERS] * len(heights)
        self.on_top: set[int] = set()
        """The words that may be."""
        self.others_on_top: set[int] = set()
        """Those for which others of the same meaning may be."""
        self._ways, self._weights = ways, weights
        self._rarities = known.background.rarities
        self._highest = math.inf if known.meaning is None else -NEAR_THE_CUT
        """No sum above it is sure to be below the cut: where it is near, the meaning may lift it."""

    def has(self, numbers: Iterable[int], height: int) -> None:
        """It may have these words so high, and no higher unless that is said later."""
        heights = self._heights
        for number in numbers:
            heights[number] = height
        if height >= _ON_TOP:
            self.on_top.update(numbers)

    def has_others(self, numbers: Iterable[int], others: _Others) -> None:
        """It may have others for these words; what is said later does more."""
        found = self._others
        for number in numbers:
            found[number] = others
        if others.height >= _ON_TOP:
            self.others_on_top.update(numbers)

    def doubt(self, numbers: set[int]) -> None:
        """It may lack these words, so that others stand for them."""
        for number in numbers & self.others_on_top:
            height = self._others[number].height
            if _ABSENT != self._heights[number] < height:
                self.has([number], height)

    def reaches(self, phrases: Iterable[_Laid], lift: float) -> bool:
        """Whether any of these may; likeness adds `lift` at most.

        Where nothing is on top, neither one of its words nor others for a name or for all that frame nothing,
        `down_there` is told; not of those with words that are silent.
        """
        on_top, others_on_top, silent = self.on_top, self.others_on_top, self.silent
        for phrase in phrases:
            least = min(phrase.least, self._highest) - _ROUNDING - lift
            if (
                not on_top.isdisjoint(phrase.words)
                or not others_on_top.isdisjoint(phrase.names)
                or others_on_top.issuperset(phrase.plain)
                or lift >= _ALONE
                or phrase.down_there >= least
                or not silent.isdisjoint(phrase.plain)
            ) and self._at_most(phrase) >= least:
                return True
        return False

    def _at_most(self, phrase: _Laid) -> float:
        """The highest that the sum behind the score may be.

        A silent word frames where the article has nothing for it. As that is not sure, it counts what it may, and is
        asked for as little as may be.
        """
        heights, others, weights, silent = self._heights, self._others, self._weights, self.silent
        all_of_it = least_of_it = words = title = rarest = there = 0.0
        found = names = on_top = 0
        plain, named = len(phrase.plain), len(phrase.names)
        for at, (number, share) in enumerate(zip(phrase.words, phrase.shares, strict=True)):
            rarity, height = weights[number] or self._weigh(number), heights[number]
            weight = asked = rarity * share
            if number in silent:
                asked *= FRAME
                on_top += max(height, others[number].height) < _ON_TOP
            all_of_it += weight if height != _ABSENT else asked
            least_of_it += asked
            if height != _ABSENT:
                stands = counts = 1.0
                names += at < named
                if height >= _ON_TOP and rarity > rarest:
                    rarest = rarity
            else:
                stands = _SAME
                counts, height = others[number]
                if at < named and height != _ABSENT:
                    names += 1
                    if height >= _ON_TOP and rarity * _SAME > rarest:
                        rarest = rarity * _SAME
            words += weight * counts
            if height == _ABSENT:
                continue
            found += 1
            there += stands
            if height >= _ON_TOP:
                on_top += at < plain
                if height == _IN_TITLE:
                    title += weight * stands
        size = len(phrase.words)
        alone = size == there == 1
        return (
            phrase.base
            + PLAIN.words * words / all_of_it
            + PLAIN.title * title / least_of_it
            + PLAIN.names * share_of_names(names, named)
            + PLAIN.rarest * (1.0 if alone else rarest)
            + PLAIN.lead * (on_top == plain)
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
