"""How well an article answers a phrase: a score from 0 to 1, made of parts that can be told.

An operator's phrase is not a condition. Reports of "Syria Turkey talks" may never say "talks", and a text that has
all three words may be about football. So each article gets a score, and `threshold` says where the cut is. Its parts:

words      how much of the phrase is there, each word by how rare it is (`digest.background`); a word of the same
           meaning counts less than the word itself, a word that goes with it less again (`digest.concepts`)
title      the same, in the title only
names      how many of the phrase's names are there, squared: one of two is not half of it
rarest     how rare the rarest word found is; half of that where names are found, nothing of the rest, and
           the topic has found nothing yet that tells what is reported of them
lead       whether all of it is in the title and lead
near       how near to each other the words stand
long       whether the phrase has five words or more: of so many a report repeats fewer
profile    how like the article is to those that the topic found before (`digest.profiles`)
alone      the same, for an article without a name of the phrase
shown      how much more like one of the topic's examples of what is meant it is than one of those of what is not,
           -1 to 1 (nearest neighbours: Yang 1999)
meaning    how near the article's sentence is to the phrase's in meaning, where the `semantic` extra is there

Each part is from 0 to 1, but for `shown`. Their weighted sum, put through the logistic function, is the score; the
weights were found by logistic regression on labelled collections (benchmarks/fitting.py says how), one set for all,
and moved so that 0.5 is the cut of `threshold: balanced`. That of `shown` is the middle of those (2 to 4) that serve
alike with five examples a side.

In `title`, `lead` and `near`, too, a word of the same meaning stands for the word, as far as it counts; in `rarest`
the word itself is asked for, and of a country what stands for it counts in the same way. The words of a term
(interest rates) count half each in `words` and `title`, and less in `rarest`, too, where they do not stand together.

An article is looked at when it has a name of the phrase (any word, where there is no name) or is like what the topic
found before; a phrase in quotes must be there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import islice, pairwise

from digest.background import Background, Vector
from digest.clauses import BEST_FIRST, Grade, Near, Part, Phrase
from digest.model import Profile
from digest.places import places, spans, where_any
from digest.text import Analysis, FieldText, may_stand

LIKE = 0.12
"""An article without a name of the phrase is looked at when it is so like what the topic found before."""

CUTS = {"broad": 0.3, "balanced": 0.5, "strict": 0.75}

FRAME = 0.3
"""What a framing word counts, against another as rare."""
NAMED = ("country", "name")

_TOP = ("title", "summary", "opening")
_FIELDS = (*_TOP, "text")
_Places = dict[str, tuple[FieldText, list[tuple[int, int]]]]

GRADES = {"own": 1.0, "same": 0.85, "near": 0.4}
STANDS = GRADES | {"near": 0.0}
"""How far a word stands for one of the phrase, and does not only go with it."""
DOWN_THERE = {"own": 1.0, "same": 0.6, "near": 0.3}
"""What a word counts that stands in the text only."""
OF_TERM = 0.5
"""What each word of a term (industrial production) counts, against another as rare: the two are one thing. On
labelled collections, and on others that nobody had read, 0.5 served better than 0.35, 0.7 and 1.
"""
_APART = 0.8
"""What is left of them where they do not stand together in an article: 0.6 to 0.8 served alike."""
_DEEP = 0.3
"""As how rare a name counts that is the whole phrase and stands in the text only: enough to match, not to learn."""
_NAMES_ONLY = 0.5
"""How much of its rarity a name keeps in a report that has names only, as long as nothing tells what is usually
reported of them: a football result is no talks."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an article, each 0 to 1, or against it: `shown` may be negative."""

    words: float
    title: float
    names: float
    rarest: float
    lead: float
    near: float
    profile: float
    alone: float
    long: float = 0.0
    shown: float = 0.0
    meaning: float | None = None
    """None where it was not asked for."""


_SIGNS = tuple(each.name for each in fields(Signs))
PLAIN = Signs(
    words=3.8, title=1.5, names=2.0, rarest=3.8, lead=0.7, near=1.1, profile=4.2, alone=7.2, long=0.6, shown=3.0
)
_MEANT = replace(PLAIN, title=0.8, rarest=2.7, lead=0.6, near=1.2, profile=2.5, alone=6.5, meaning=5.6)
_MEANT_BASE = -8.2
"""The weights where the meaning is asked for; it takes over what the others stand in for without it."""
NEAR_THE_CUT = 2.0
"""The meaning is asked for where the sum without it is within this of 0 (a score of 0.12 to 0.88)."""
BASE = -7.75
LONG = 5
"""From so many words on, framing ones apart, a phrase is long. The cut that served best on labelled collections was
0.5 to 0.7 for phrases of up to four words, 0.3 for longer ones.
"""


@dataclass(frozen=True, slots=True)
class Leaning:
    """What is judged otherwise for one topic, from what it was shown (`digest.examples`)."""

    base: float = 0.0
    by_sign: Mapping[str, float] = field(default_factory=dict)
    """How the weights are moved."""
    shown: tuple[tuple[Vector, bool], ...] = ()
    """What each example is about, and whether it is meant."""

    def of(self, signs: Signs) -> float:
        """What it adds to the sum behind the score."""
        return self.base + sum(more * (getattr(signs, name) or 0.0) for name, more in self.by_sign.items())

    def resemblance(self, vector: Vector) -> float:
        """How much more an article with such a vector is like an example of what is meant than one of what is not."""
        nearest = {True: 0.0, False: 0.0}
        for example, meant in self.shown:
            like = sum(weight * example.get(word, 0.0) for word, weight in vector.items())
            nearest[meant] = max(nearest[meant], like)
        return nearest[True] - nearest[False]


UPRIGHT = Leaning()


@dataclass(frozen=True, slots=True)
class Found:
    """Words of a field that stand for a word of the phrase, or that the topic's past knows (`term` is empty)."""

    term: str
    field: FieldText
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of holding an article against a phrase."""

    score: float
    signs: Signs
    found: tuple[Found, ...]
    missing: tuple[str, ...]
    """Words of the phrase, as typed, that nothing stands for."""
    loose: tuple[tuple[str, str], ...]
    """(word of the phrase, word of the article that goes with it or means the same)."""
    leaning: Leaning = UPRIGHT
    """What the topic's examples change."""
    failure: str = ""
    """Why it is not even looked at."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when an article is judged: from the stream before it, and of the article itself."""

    background: Background = field(default_factory=Background)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    likeness: Mapping[str, float] = field(default_factory=dict)
    """Topic → how like the article is to what the topic found before; absent where it is not at all."""
    leanings: Mapping[str, Leaning] = field(default_factory=dict)
    """By topic; one without examples has none."""
    vector: Vector = field(default_factory=dict)
    """What the article is about; empty where nothing was learned."""
    meaning: Callable[[str], float] | None = None
    """How near the article is to a text in meaning (`digest.semantics`); None: that is not known."""


NOTHING_KNOWN = Known()


def score(phrase: Phrase, analysis: Analysis, known: Known) -> Scored:
    """Hold an article against a phrase."""
    seen = _look(phrase, analysis)
    failure = _not_looked_at(phrase, seen, known)
    leaning = known.leanings.get(phrase.topic, UPRIGHT)
    signs = _signs(phrase, seen, known)
    if known.meaning and not failure and abs(_sum(signs, leaning)) < NEAR_THE_CUT:
        signs = replace(signs, meaning=known.meaning(phrase.text))
    return Scored(
        score=round(1 / (1 + math.exp(-_sum(signs, leaning))), 4),
        signs=signs,
        found=tuple(found for each in seen for found in each.found),
        missing=tuple(each.part.text for each in seen if each.grade is None),
        loose=tuple((each.part.text, each.word) for each in seen if each.grade in {"same", "near"}),
        leaning=leaning,
        failure=failure,
    )


def contributions(signs: Signs, leaning: Leaning = UPRIGHT) -> dict[str, float]:
    """What each sign adds to the sum that the score is made of; `base` is always there,
    `examples` is what the topic's examples change.
    """
    weights, base = (PLAIN, BASE) if signs.meaning is None else (_MEANT, _MEANT_BASE)
    added = {name: (getattr(signs, name) or 0.0) * (getattr(weights, name) or 0.0) for name in _SIGNS}
    return {"base": base} | added | {"examples": leaning.of(signs)}


def _sum(signs: Signs, leaning: Leaning) -> float:
    return sum(contributions(signs, leaning).values())


# --- one word of the phrase -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an article has of a word of a phrase."""

    part: Part
    grade: Grade | None
    """How the best of what stands for it does; None where nothing does."""
    places: _Places
    """By field, the title first, where that stands."""
    on_top: bool
    """Whether it does in the title, the summary or the opening of the text."""

    @property
    def value(self) -> float:
        if self.grade is None:
            return 0.0
        return GRADES[self.grade] if self.on_top else DOWN_THERE[self.grade]

    @property
    def stands(self) -> float:
        """How far it is there, and not only what goes with it."""
        return 0.0 if self.grade is None else STANDS[self.grade]

    @property
    def tells(self) -> float:
        """How far it tells by being rare: a word itself, a country also by what lies in it."""
        return self.stands if self.part.kind == "country" else float(self.grade == "own")

    @property
    def found(self) -> Iterator[Found]:
        """The best place."""
        for field_text, where in list(self.places.values())[:1]:
            yield Found(self.part.text, field_text, *where[0])

    @property
    def word(self) -> str:
        """As the article has it."""
        found = next(self.found)
        start, end = found.field.span(found.first, found.last)
        return found.field.string[start:end]


def _look(phrase: Phrase, analysis: Analysis) -> list[_Seen]:
    """For each word of the phrase what an article has of it; for all phrases with the same word it is the same."""
    return [analysis.once(part.ways, partial(_seen, part, analysis)) for part in phrase.parts]


def _seen(part: Part, analysis: Analysis) -> _Seen:
    for grade in BEST_FIRST:
        if found := _places(part, grade, analysis):
            return _Seen(part, grade, found, on_top=not found.keys().isdisjoint(_TOP))
    if part.ways.is_silent_in(analysis.language):
        part = replace(part, kind="frame")
    return _Seen(part, None, {}, on_top=False)


def _places(part: Part, grade: Grade, analysis: Analysis) -> _Places:
    """Where words of that grade stand, by field: the title first, the summary, the opening of the text, the text.

    Of words that only go with it, the first field that has any is all that is asked for.
    """
    if isinstance(part.clause, Near):
        return _quoted(part.clause, analysis) if grade == "own" else {}
    by_key = part.ways.by_grade.get(grade, {})
    asked = analysis.asked
    keys = asked.intersection(by_key)
    patterns = dict.fromkeys(pattern for key in keys for pattern in by_key[key] if may_stand(pattern, asked))
    if not patterns:
        return {}
    look = partial(spans, part.clause) if part.clause.kind == "literal" else partial(where_any, patterns)
    found = ((name, (each, where)) for name, each in _fields_with(keys, analysis) if (where := look(each)))
    return dict(islice(found, 1) if grade == "near" else found)


def _quoted(near: Near, analysis: Analysis) -> _Places:
    found = ((name, each, places(near, each)) for name, each in zip(_FIELDS, _fields(analysis), strict=True))
    return {name: (each, where) for name, each, stand in found if (where := [place[:2] for place in stand])}


def _fields_with(keys: frozenset[str], analysis: Analysis) -> Iterator[tuple[str, FieldText]]:
    """The fields that may have a word with one of these keys, of those that the article has."""
    title, summary, opening, text = _fields(analysis)
    if not analysis.asked_in_title.isdisjoint(keys):
        yield "title", title
    if not analysis.asked_on_top.isdisjoint(keys):
        yield "summary", summary
        yield "opening", opening
    yield "text", text


def _fields(analysis: Analysis) -> tuple[FieldText, ...]:
    """Those of `_FIELDS`."""
    return (*analysis.scope("top"), analysis.text)


# --- the whole phrase -----------------------------------------------------------------------------------------------


def _signs(phrase: Phrase, seen: list[_Seen], known: Known) -> Signs:
    rarities = known.background.rarities_in(phrase)
    shares = _shares(phrase, seen)
    rare = [rarity * _weight(each.part) for rarity, each in zip(rarities, seen, strict=True)]
    weights = [each * OF_TERM if of_term else each for each, of_term in zip(rare, phrase.of_terms, strict=True)]
    all_of_it = sum(weights)
    here = [weight * share for weight, share in zip(weights, shares, strict=True)]
    names = [each.stands > 0 for each in seen if each.part.kind in NAMED]
    anchored = _is_anchored(seen)
    likeness = known.likeness.get(phrase.topic, 0.0)
    return Signs(
        words=sum(weight * each.value for weight, each in zip(here, seen, strict=True)) / all_of_it,
        title=sum(w * s.stands for w, s in zip(here, seen, strict=True) if "title" in s.places) / all_of_it,
        names=share_of_names(sum(names), len(names)),
        rarest=_rarest(seen, [r * s for r, s in zip(rare, shares, strict=True)], new=_is_new(phrase.topic, known)),
        lead=float(all(each.stands and each.on_top for each in seen if each.part.kind != "frame")),
        near=_nearness(seen),
        profile=likeness if anchored else 0.0,
        alone=0.0 if anchored else likeness,
        long=float(sum(each.part.kind != "frame" for each in seen) >= LONG),
        shown=known.leanings.get(phrase.topic, UPRIGHT).resemblance(known.vector),
    )


def _shares(phrase: Phrase, seen: list[_Seen]) -> list[float]:
    """What is left of each word: less of one of a term where only half of that is there, or both words are, but
    apart, as in a report of the steel industry's production.
    """
    shares = [1.0] * len(seen)
    for at, (first, second) in enumerate(pairwise(seen)):
        if phrase.parts[at].joined and not _are_together(first, second):
            shares[at] = shares[at + 1] = _APART
    return shares


def _are_together(one: _Seen, other: _Seen) -> bool:
    """Whether two words stand beside each other, or the same word of the article stands for both. What means the same
    as one of them or goes with it may stand anywhere, and a framing word may be missing.
    """
    if not one.grade == other.grade == "own":
        return all(each.grade or each.part.kind == "frame" for each in (one, other))
    for name in one.places.keys() & other.places.keys():
        around = {at for first, last in one.places[name][1] for at in range(first - 1, last + 2)}
        if any(not around.isdisjoint((first, last)) for first, last in other.places[name][1]):
            return True
    return False


def _not_looked_at(phrase: Phrase, seen: list[_Seen], known: Known) -> str:
    for each in seen:
        if each.part.must and each.grade is None:
            return f"no words of the article stand for “{each.part.text}”"
    anchors = _anchors(seen)
    if _is_anchored(seen) or known.likeness.get(phrase.topic, 0.0) >= LIKE:
        return ""
    listed = " or ".join(f"“{each.part.text}”" for each in anchors)
    unlike = ", and it is not like what the topic found before" if not _is_new(phrase.topic, known) else ""
    return f"no word of the article stands for {listed}{unlike}"


def _is_new(topic: str, known: Known) -> bool:
    """Whether it has found nothing yet; one that was shown only what it should not find has a profile, too."""
    return topic not in known.profiles or not known.profiles[topic].reports


def _rarest(seen: list[_Seen], rare: list[float], *, new: bool) -> float:
    """Of the words on top. A name that is the whole phrase is all that was asked for, be it rare or not.

    `new` is a topic that has found nothing yet.
    """
    if len(seen) == 1 and seen[0].part.kind in NAMED and seen[0].grade == "own":
        return 1.0 if seen[0].on_top else _DEEP
    rarest = max((w * s.tells for w, s in zip(rare, seen, strict=True) if s.on_top), default=0.0)
    return rarest * _NAMES_ONLY if new and _has_names_only(seen) else rarest


def _has_names_only(seen: list[_Seen]) -> bool:
    """Whether nothing is there of what the phrase says about its names."""
    said = [each for each in seen if each.part.kind == "word"]
    return bool(said) and len(said) < len(seen) and all(each.grade is None for each in said)


def _anchors(seen: list[_Seen]) -> list[_Seen]:
    """The names of the phrase; where there is none, its words."""
    plain = [each for each in seen if each.part.kind != "frame"]
    return [each for each in seen if each.part.kind in NAMED] or plain or seen


def _is_anchored(seen: list[_Seen]) -> bool:
    """Whether a name of the phrase is there; where it has none, one of its words, or others for all of them."""
    anchors = _anchors(seen)
    if anchors[0].part.kind in NAMED:
        return any(each.stands for each in anchors)
    return any(each.grade == "own" for each in anchors) or all(each.stands for each in anchors)


def share_of_names(found: int, names: int) -> float:
    """How much it tells that so many of the names of a phrase are there: of three or more one may be missing."""
    enough = names - (names > 2)
    return min(1.0, found / enough) ** 2 if names else 1.0


def _weight(part: Part) -> float:
    return FRAME if part.kind == "frame" else 1.0


def _nearness(seen: list[_Seen]) -> float:
    """Of the shortest stretch of one field with as many different words of the phrase as it has: how full it is."""
    if len(seen) == 1:
        return float(seen[0].grade == "own")
    best = 0.0
    for name in _FIELDS:
        here = [each for each in seen if each.stands and name in each.places]
        if len(here) > 1:
            shortest = _shortest_stretch([first for first, _ in each.places[name][1]] for each in here)
            best = max(best, len(here) / max(len(here), shortest) * sum(each.stands for each in here) / len(seen))
    return best


def _shortest_stretch(positions: Iterable[list[int]]) -> int:
    """How many words the shortest stretch has with one position of each list: a window over all, in order."""
    lists = list(positions)
    marks = sorted((at, number) for number, where in enumerate(lists) for at in where)
    count = [0] * len(lists)
    inside = start = 0
    shortest = marks[-1][0] - marks[0][0] + 1
    for at, number in marks:
        inside += not count[number]
        count[number] += 1
        while inside == len(lists):
            first, oldest = marks[start]
            shortest = min(shortest, at - first + 1)
            count[oldest] -= 1
            inside -= not count[oldest]
            start += 1
    return shortest
