"""The tree of clauses that every topic is, and how it is printed.

Phrases (`digest.phrases`) and queries (`digest.queries`) become the same clauses, so one evaluator
(`digest.evaluation`) decides and explains both. `str(tree)` is a query that parses to the same tree, for all trees
that a query makes; terms that only phrases have (countries) print as their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import or_
from typing import Literal

from digest.text import Pattern, Scope, words_of

Kind = Literal[
    "word", "acronym", "exact", "prefix", "country", "wildcard", "fuzzy", "regex", "cased", "literal", "site"
]
"""How a term is found: in every inflection; the same in capitals; in this form only, however spelt; by its beginning;
as a country by all its names; with `*` and `?` within; with so many letters wrong (`text~1`); by a regular expression
over one word; in this form and letter case; letter for letter; as the host of a link."""

Grade = Literal["own", "same", "near"]
"""How a word stands for one of a phrase: it is that word; it means the same; it goes with it."""

BEST_FIRST: tuple[Grade, ...] = ("own", "same", "near")
"""The grades: what stands for a word in several ways does so in the first of them."""

Sort = Literal["country", "name", "word", "frame"]
"""What a word of a phrase is. A frame is one that seldom stands in the reports themselves: relations, crisis."""

_WRITTEN = {"exact": '"{}"', "prefix": "{}*", "regex": "/{}/", "cased": 'case:"{}"', "literal": 'exact:"{}"'}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Term:
    """One thing to be found. Equal terms are those that were written alike."""

    text: str
    kind: Kind = "word"
    also: tuple[str, ...] = ()
    """Other names that it goes by, as the operator says."""
    patterns: tuple[Pattern, ...] = field(default=(), compare=False, repr=False)
    """The ways in which it may stand in an article; filled in when the topic is compiled, as the keys are."""
    keys: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """An article that has the term has one of them."""

    def __str__(self) -> str:
        return _WRITTEN.get(self.kind, "{}").replace("{}", self.text)


@dataclass(frozen=True, slots=True)
class Near:
    """Terms, or alternatives, together in one field; no two stand for the same word.

    The parts are terms, alternatives of such (`AnyOf`), and other `Near`.
    """

    parts: tuple[Clause, ...]
    within: int | None = 0
    """At most so many other words between them, in all; None: in one sentence."""
    ordered: bool = True
    """In the order of the parts. With nothing between them it is a phrase."""

    def __str__(self) -> str:
        distance = "S" if self.within is None else str(self.within)
        if quoted := _in_quotes(self.parts):
            ordered = f"~>{distance.lower()}" if distance != "0" else ""
            return quoted + (ordered if self.ordered else f"~{distance.lower()}")
        operator = f" {'O' if self.ordered else ''}NEAR/{distance} "
        return operator.join(f"({part})" if _is_infix(part) else _bracketed(part, AnyOf) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, AnyOf) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts."""

    minimum: int
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return f"({' OR '.join(_bracketed(part, AnyOf) for part in self.parts)})@{self.minimum}"


@dataclass(frozen=True, slots=True)
class Times:
    """The part, which may stand where a part of `Near` may, stands at so many places."""

    minimum: int
    part: Clause

    def __str__(self) -> str:
        if is_atom(self.part):
            return f"{self.part}@{self.minimum}"
        return f"ATLEAST{self.minimum}({self.part})"


@dataclass(frozen=True, slots=True)
class Weighted:
    """The part, counting so many times in the score of what it is a part of."""

    weight: float
    part: Clause

    def __str__(self) -> str:
        written = str(self.part)
        simple = is_atom(self.part) or isinstance(self.part, Times)
        return f"{written if simple else f'({written})'}^{self.weight:g}"


@dataclass(frozen=True, slots=True)
class Not:
    part: Clause

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part, AllOf, AnyOf)}"


@dataclass(frozen=True, slots=True)
class Within:
    """The clause, looked for in a part of the article only. The innermost counts."""

    scope: Scope
    part: Clause

    def __str__(self) -> str:
        name = "site" if isinstance(self.part, Term) and self.part.kind == "site" else self.scope
        written = f"({self.part})" if _is_infix(self.part) else _bracketed(self.part, AllOf, AnyOf, Not, Within)
        return f"{name}:{written}"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Ways:
    """How a word of a phrase may be written, and what is related to it.

    One object for all phrases that ask for the same, so that an article is searched once; none equals another.
    """

    by_grade: Mapping[Grade, Mapping[str, tuple[Pattern, ...]]] = field(default_factory=dict)
    """For each grade that there is the patterns, by each key of their rarest word."""
    keys: frozenset[str] = frozenset()
    """By these it is told how often the word itself is met, or what means the same in another language."""
    several: frozenset[tuple[tuple[str, ...], ...]] = frozenset()
    """And by the rarest word of each of these: the keys of the words of names that go by several."""
    kind: Sort = "word"
    silent: frozenset[str] = frozenset()
    """The languages in which nothing is known that could stand for it, but for other words of its phrase."""

    def is_silent_in(self, language: str) -> bool:
        """Whether an article in this language, or in one of these, could not have it for all that is known."""
        return bool(self.silent) and self.silent.issuperset(language.split())


@dataclass(frozen=True, slots=True)
class Part:
    """A content word of a phrase, or words in quotes."""

    text: str
    kind: Sort
    clause: Term | Near
    must: bool = False
    """It stands in quotes: without it nothing matches."""
    joined: bool = field(default=False, compare=False)
    """It is one term with the next part (interest rates). Filled in when the topic is compiled."""
    ways: Ways = field(default_factory=Ways, compare=False, repr=False)
    """Filled in when the topic is compiled."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Plain words, of which an article has enough when its score (`digest.scoring`) reaches the cut."""

    text: str
    parts: tuple[Part, ...]
    cut: float
    topic: str = ""
    """The topic whose past is asked."""

    def __str__(self) -> str:
        return self.text

    @property
    def of_terms(self) -> tuple[bool, ...]:
        """For each part whether it is a word of a term, which is one thing."""
        joined = [part.joined for part in self.parts]
        return tuple(map(or_, joined, [False, *joined]))


Clause = Term | Near | AllOf | AnyOf | AtLeast | Times | Weighted | Not | Within | Phrase


def all_of(parts: Iterable[Clause]) -> Clause:
    """All of them, without brackets that change nothing."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def any_of(parts: Iterable[Clause]) -> Clause:
    """Any of them, without brackets that change nothing."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,)))
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def asks_for_something(clause: Clause) -> bool:
    """Whether an article must hold something to satisfy the clause; "everything without football" does not ask."""
    match clause:
        case Term() | Near() | Times() | Phrase():
            return True
        case Within(part=part) | Weighted(part=part):
            return asks_for_something(part)
        case AllOf(parts=parts):
            return any(asks_for_something(part) for part in parts)
        case AnyOf(parts=parts):
            return all(asks_for_something(part) for part in parts)
        case AtLeast(minimum=minimum, parts=parts):
            return minimum > sum(not asks_for_something(part) for part in parts)
        case Not():
            return False


def weight_of(clause: Clause) -> float:
    """How often a part counts in the score of the whole."""
    match clause:
        case Weighted(weight=weight):
            return weight
        case Within(part=part):
            return weight_of(part)
        case _:
            return 1.0


def has_places(clause: Clause) -> bool:
    """Whether the clause stands at places of a field, so that it can be near something and be counted."""
    match clause:
        case Term(kind=kind):
            return kind != "site"
        case Near():
            return True
        case AnyOf(parts=parts):
            return all(has_places(part) for part in parts)
        case _:
            return False


def is_atom(clause: Clause) -> bool:
    """Whether it is written as one word or in one pair of quotes."""
    return isinstance(clause, Term) or (isinstance(clause, Near) and bool(_in_quotes(clause.parts)))


def _is_infix(clause: Clause) -> bool:
    """Whether NEAR stands between its parts."""
    return isinstance(clause, Near) and not is_atom(clause)


def _in_quotes(parts: tuple[Clause, ...]) -> str:
    """The parts as one quoted phrase, or nothing where that would say something else."""
    terms = [part for part in parts if isinstance(part, Term)]
    if len(terms) < len(parts):
        return ""
    if all(term.kind == "cased" and words_of(term.text) == [term.text] for term in terms):
        return f'case:"{" ".join(term.text for term in terms)}"'
    return f'"{" ".join(map(str, terms))}"' if all(map(_stands_in_quotes, terms)) else ""


def _stands_in_quotes(term: Term) -> bool:
    if term.kind == "word":
        return words_of(term.text) == [term.text]
    return term.kind == "prefix" or (term.kind == "wildcard" and "?" not in term.text)


def _bracketed(clause: Clause, *kinds: type[Clause]) -> str:
    """Printed, in brackets where it is of one of the kinds."""
    return f"({clause})" if isinstance(clause, kinds) else str(clause)
