"""The evaluator: what a tree of clauses says of an article. It decides and it explains.

Each clause says whether it holds, what was found, how good that is, and where it does not hold, why; so the verdict
on a match and the answer to "why not?" come from the same walk.

**The score.** A word counts 1 in the title, 0.75 in the summary or the first 300 characters of the text, 0.5 further
down; its best place counts. A clause of several parts has their mean (a part that may be missing counts 0 where it
is), alternatives have the best of theirs. What is then missing to 1 is made up by a fifth at most, where all words
found stand in one field: n words within a stretch of m words give n/m of that fifth.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from digest.model import Evidence
from digest.queries import AllOf, AnyOf, AtLeast, Clause, Near, Not, Term, Within, asks_for_something
from digest.text import FIELDS, OPENING, Analysis, FieldText, Scope, fold

MOST_EVIDENCE = 12
"""So many words at most are kept of one verdict."""

_WEIGHTS = {"title": 1.0, "summary": 0.75, "opening": 0.75, "text": 0.5}
_NEARNESS = 0.2

_WHERE: dict[Scope, str] = {
    "all": "the article",
    "title": "the title",
    "summary": "the summary",
    "text": "the text",
    "lead": "the title and summary",
    "top": f"the title, the summary and the first {OPENING} characters of the text",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Words of a field that stand for a term."""

    term: str
    field: FieldText
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one clause. It holds when there is no failure."""

    score: float
    hits: tuple[Hit, ...] = ()
    failure: str = ""


def outcome_of(clause: Clause, analysis: Analysis, scope: Scope) -> Outcome:  # noqa: PLR0911 - one a kind of clause
    match clause:
        case Term():
            return _term(clause, analysis, scope)
        case Near():
            return _near(clause, analysis, scope)
        case Within(scope=narrower, part=part):
            return outcome_of(part, analysis, narrower)
        case Not(part=part):
            return _not(outcome_of(part, analysis, scope))
        case AllOf(parts=parts):
            return _all_of(parts, [outcome_of(part, analysis, scope) for part in parts])
        case AnyOf(parts=parts):
            return _any_of(parts, [outcome_of(part, analysis, scope) for part in parts], scope)
        case AtLeast(minimum=minimum, parts=parts):
            return _at_least(minimum, parts, [outcome_of(part, analysis, scope) for part in parts], scope)


def _term(term: Term, analysis: Analysis, scope: Scope) -> Outcome:
    for field in analysis.scope(scope):
        if spans := _spans(term, field):
            return Outcome(_weight(field, spans[0][0]), (Hit(_name(term), field, *spans[0]),))
    return Outcome(0.0, failure=f"no word of {_WHERE[scope]} stands for “{_name(term)}”")


def _near(near: Near, analysis: Analysis, scope: Scope) -> Outcome:
    words = " ".join(term.text for term in near.terms)
    for field in analysis.scope(scope):
        spans = [_spans(term, field) for term in near.terms]
        if not all(spans):
            continue
        if near.within is None:
            if run := _in_order(spans):
                return Outcome(_weight(field, run[0]), (Hit(words, field, *run),))
        elif together := _any_order(spans, near.within):
            hits = (Hit(term.text, field, *span) for term, span in zip(near.terms, together, strict=True))
            return Outcome(_weight(field, min(together)[0]), tuple(hits))
    distance = "next to each other" if near.within is None else f"with at most {near.within} words between them"
    return Outcome(0.0, failure=f"the words “{words}” do not stand {distance} in {_WHERE[scope]}")


def _not(outcome: Outcome) -> Outcome:
    return Outcome(1.0) if outcome.failure else Outcome(0.0, failure=excluded_by(outcome.hits))


def _all_of(parts: Sequence[Clause], outcomes: Sequence[Outcome]) -> Outcome:
    scores = [outcome.score for part, outcome in zip(parts, outcomes, strict=True) if asks_for_something(part)]
    failures = (outcome.failure for outcome in outcomes if outcome.failure)
    return Outcome(sum(scores) / max(1, len(scores)), _hits(outcomes), next(failures, ""))


def _any_of(parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> Outcome:
    holding = [outcome for outcome in outcomes if not outcome.failure]
    if holding:
        return Outcome(max(outcome.score for outcome in holding), _hits(holding))
    return Outcome(max(outcome.score for outcome in outcomes), _hits(outcomes), _none_of(parts, outcomes, scope))


def _at_least(minimum: int, parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> Outcome:
    holding = [outcome for outcome in outcomes if not outcome.failure]
    score = sum(outcome.score for outcome in holding) / len(parts)
    if len(holding) >= minimum:
        return Outcome(score, _hits(holding))
    missing = [part for part, outcome in zip(parts, outcomes, strict=True) if outcome.failure]
    failure = f"no word of {_WHERE[scope]} stands for {_listed(missing, 'and')}; only one may be missing"
    return Outcome(score, _hits(outcomes), failure)


def _none_of(parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> str:
    if all(isinstance(part, Term) for part in parts):
        return f"no word of {_WHERE[scope]} stands for {_listed(parts, 'or')}"
    return "; and ".join(dict.fromkeys(outcome.failure for outcome in outcomes))


def _hits(outcomes: Iterable[Outcome]) -> tuple[Hit, ...]:
    return tuple(chain.from_iterable(outcome.hits for outcome in outcomes))


def _weight(field: FieldText, first: int) -> float:
    in_opening = field.name == "text" and field.span(first, first)[0] < OPENING
    return _WEIGHTS["opening" if in_opening else field.name]


# --- where words stand ----------------------------------------------------------------------------------------------

_Span = tuple[int, int]
"""The positions of the first and the last word."""


def _spans(term: Term, field: FieldText) -> list[_Span]:
    """Where the term stands in the field, in order; of those that begin together the longest first."""
    found: list[_Span] = []
    for pattern in term.patterns:
        starts = field.where(pattern[0])
        for offset, form in enumerate(pattern[1:] if starts else (), start=1):
            places = set(field.where(form))
            starts = [start for start in starts if start + offset in places]
        found.extend((start, start + len(pattern) - 1) for start in starts)
    return sorted(found, key=lambda span: (span[0], -span[1]))


def _in_order(spans: Sequence[Sequence[_Span]]) -> _Span | None:
    """The first run of words in which each term follows the one before without a gap."""
    runs = list(spans[0])
    for following in spans[1:]:
        by_first: dict[int, list[int]] = {}
        for first, last in following:
            by_first.setdefault(first, []).append(last)
        runs = [(run[0], last) for run in runs for last in by_first.get(run[1] + 1, ())]
    return min(runs, default=None)


def _any_order(spans: Sequence[Sequence[_Span]], within: int) -> list[_Span] | None:
    """A place for each term such that at most `within` other words stand between; None when there is none.

    Every place of a term is tried as the beginning of the stretch. No two terms may take the same word, so what is
    looked for within a stretch is a matching of terms to places.
    """
    words = sum(max(last - first + 1 for first, last in of_term) for of_term in spans)
    for start in sorted({first for of_term in spans for first, _ in of_term}):
        end = start + words + within
        near = [of_term[bisect_left(of_term, (start,)) : bisect_left(of_term, (end,))] for of_term in spans]
        near = [[span for span in of_term if span[1] < end] for of_term in near]
        if all(near) and (chosen := _places(near)):
            return chosen
    return None


def _places(candidates: Sequence[Sequence[_Span]]) -> list[_Span] | None:
    """One place for each term, no two with the same first word, found by augmenting paths (Kuhn)."""
    taken: dict[int, int] = {}
    chosen: dict[int, _Span] = {}

    def place(term: int, tried: set[int]) -> bool:
        for span in candidates[term]:
            if span[0] not in tried:
                tried.add(span[0])
                if span[0] not in taken or place(taken[span[0]], tried):
                    taken[span[0]], chosen[term] = term, span
                    return True
        return False

    if all(place(term, set()) for term in range(len(candidates))):
        return [chosen[term] for term in range(len(candidates))]
    return None


# --- saying why ----------------------------------------------------------------------------------------------------


def excluded_by(hits: Sequence[Hit]) -> str:
    return f"excluded by {told_words(evidence_of(hits), with_terms=False)}"


def with_nearness(outcome: Outcome) -> float:
    score = outcome.score
    places = {(hit.field.name, hit.first) for hit in outcome.hits}
    if len(places) > 1 and len({name for name, _ in places}) == 1:
        stretch = max(hit.last for hit in outcome.hits) - min(hit.first for hit in outcome.hits) + 1
        score += (1 - score) * _NEARNESS * min(1.0, len(places) / stretch)
    return round(score, 4)


def evidence_of(hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    found = {}
    for hit in hits:
        start, end = hit.field.span(hit.first, hit.last)
        evidence = Evidence(
            term=hit.term, found=hit.field.string[start:end], field=hit.field.name, start=start, end=end
        )
        found[hit.field.name, start, end, hit.term] = evidence
    ordered = sorted(found.values(), key=lambda each: (FIELDS.index(each.field), each.start, each.end, each.term))
    return tuple(ordered[:MOST_EVIDENCE])


def told_words(evidence: Sequence[Evidence], *, with_terms: bool = True) -> str:
    """The words found, field by field: “Syria” and “Turkish” for “Turkey” in the title, “talks” in the summary."""
    told = []
    for field in FIELDS:
        words = [_word_told(each, with_terms=with_terms) for each in evidence if each.field == field]
        if words:
            told.append(f"{_joined(words, 'and')} in the {field}")
    return ", ".join(told)


def _word_told(evidence: Evidence, *, with_terms: bool) -> str:
    same = fold(evidence.found) == fold(evidence.term)
    return f"“{evidence.found}”" + ("" if same or not with_terms else f" for “{evidence.term}”")


def _listed(clauses: Sequence[Clause], conjunction: str) -> str:
    names = (_name(clause) if isinstance(clause, Term) else str(clause) for clause in clauses)
    return _joined([f"“{name}”" for name in names], conjunction)


def _name(term: Term) -> str:
    """A term as it is told: without the quotes of an exact one, with the star of a prefix."""
    return term.text if term.kind == "exact" else str(term)


def _joined(words: Sequence[str], conjunction: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
