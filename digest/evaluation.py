"""The evaluator: what a tree of clauses says of an article. It decides and it explains.

Each clause says whether it holds, what was found, how good that is, and where it does not hold, why; so the verdict
on a match and the answer to "why not?" come from the same walk.

**The score.** A word counts 1 in the title, 0.75 in the summary or the first 300 characters of the text, 0.5 further
down, and 1 in what is said about the article; its best place counts. A clause of several parts has their mean (a part
that may be missing counts 0 where it is), by their weights; alternatives have the best of theirs, each as its weight
is to the highest. What is then missing to 1 is made up by a fifth at most, where all words found stand in one field:
n words within a stretch of m words give n/m of that fifth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from digest.clauses import (
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Near,
    Not,
    Phrase,
    Term,
    Times,
    Weighted,
    Within,
    asks_for_something,
    is_atom,
    weight_of,
)
from digest.folding import fold
from digest.model import Evidence
from digest.places import Place, apart, name_of, places, spans
from digest.scoring import Known, Scored, score
from digest.text import ABOUT, FIELDS, OPENING, Analysis, FieldText, Scope
from digest.wording import counted

MOST_EVIDENCE = 12
"""So many words at most are kept of one verdict."""

_WEIGHTS: dict[str, float] = {"title": 1.0, "summary": 0.75, "opening": 0.75, "text": 0.5, "about": 1.0}
_NEARNESS = 0.2
_ORDER = (*FIELDS, *ABOUT)
_FIELD_NAMES = {"url": "link", "lang": "language", "tag": "tags"}

_WHERE: dict[Scope, str] = {
    "all": "the article",
    "title": "the title",
    "summary": "the summary",
    "text": "the text",
    "lead": "the title and summary",
    "body": "the summary and text",
    "author": "the author's name",
    "tag": "the tags",
    "feed": "the feed's name and tags",
    "url": "the link",
    "lang": "the language",
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
    scored: tuple[Scored, float] | None = None
    """Where a phrase decided: what its score is made of, and the cut."""


def outcome_of(clause: Clause, analysis: Analysis, known: Known, scope: Scope) -> Outcome:  # noqa: C901, PLR0911 - one a kind of clause
    """What comes of holding the article against a clause, which looks at `scope` unless it says otherwise itself."""
    match clause:
        case Phrase():
            return _phrase(clause, analysis, known)
        case Term():
            return _term(clause, analysis, scope)
        case Near():
            return _near(clause, analysis, scope)
        case Times():
            return _times(clause, analysis, scope)
        case Weighted(part=part):
            return outcome_of(part, analysis, known, scope)
        case Within(scope=narrower, part=part):
            return outcome_of(part, analysis, known, narrower)
        case Not(part=part):
            return _not(part, outcome_of(part, analysis, known, scope))
        case AllOf(parts=parts):
            return _all_of(parts, [outcome_of(part, analysis, known, scope) for part in parts])
        case AnyOf(parts=parts):
            return _any_of(parts, [outcome_of(part, analysis, known, scope) for part in parts], scope)
        case AtLeast(minimum=minimum, parts=parts):
            return _at_least(minimum, parts, [outcome_of(part, analysis, known, scope) for part in parts], scope)


def _phrase(phrase: Phrase, analysis: Analysis, known: Known) -> Outcome:
    scored = score(phrase, analysis, known)
    hits = tuple(Hit(each.term, each.field, each.first, each.last) for each in scored.found)
    failure = scored.failure or ("" if scored.score >= phrase.cut else _below_cut(scored, phrase))
    return Outcome(0.0 if scored.failure else scored.score, hits, failure, (scored, phrase.cut))


def _below_cut(scored: Scored, phrase: Phrase) -> str:
    missing = [f"no word of the article stands for {joined([f'“{word}”' for word in scored.missing], 'or')}"]
    loose = [f"for “{word}” it has “{found}”" for word, found in scored.loose]
    why = joined([*(missing if scored.missing else ()), *loose], "and") or _too_little(scored)
    return f"{beside_the_cut(scored.score, 'below', phrase.cut)}: {why}"


def _too_little(scored: Scored) -> str:
    if all(_weight(each.field, each.first) == _WEIGHTS["text"] for each in scored.found):
        return "its words stand in the text only, behind the opening"
    return "its words are there, but too far down, too far apart or too common"


def _term(term: Term, analysis: Analysis, scope: Scope) -> Outcome:
    for field in analysis.scope(scope):
        if found := spans(term, field):
            return Outcome(_weight(field, found[0][0]), (Hit(name_of(term), field, *found[0]),))
    return Outcome(0.0, failure=_not_there(term, analysis, scope))


def _not_there(clause: Clause, analysis: Analysis, scope: Scope) -> str:
    if scope == "lang":
        language = "".join(field.string for field in analysis.scope(scope))
        return f"the article's language is {language or 'not known'}, not {_told(clause)}"
    return f"no word of {_WHERE[scope]} stands for {_told(clause)}"


def _near(near: Near, analysis: Analysis, scope: Scope) -> Outcome:
    for field in analysis.scope(scope):
        for place in islice(places(near, field), 1):
            return Outcome(_weight(field, place.first), _hits_at(place, field))
    for part in near.parts:
        if not any(True for field in analysis.scope(scope) for _ in places(part, field)):
            return Outcome(0.0, failure=_not_there(part, analysis, scope))
    return Outcome(0.0, failure=f"{_together(near)} {_how(near)} {_WHERE[scope]}")


def _together(near: Near) -> str:
    if is_atom(near):
        return f"the words “{' '.join(part.text for part in near.parts if isinstance(part, Term))}” do not stand"
    return f"{joined([_told(part) for part in near.parts], 'and')} do not stand"


def _how(near: Near) -> str:
    order = " in this order" if near.ordered else ""
    if near.within is None:
        return f"in one sentence{order} of"
    if not near.within:
        return f"next to each other{order} in"
    return f"with at most {counted(near.within, 'word')} between them{order} in"


def _times(times: Times, analysis: Analysis, scope: Scope) -> Outcome:
    found = [(place, field) for field in analysis.scope(scope) for place in apart(places(times.part, field))]
    if not found:
        return Outcome(0.0, failure=_not_there(times.part, analysis, scope))
    score = _weight(found[0][1], found[0][0].first)
    hits = tuple(chain.from_iterable(_hits_at(place, field) for place, field in found[: times.minimum]))
    if len(found) >= times.minimum:
        return Outcome(score, hits)
    failure = f"{_told(times.part)} has {len(found)} of the {times.minimum} places it needs in {_WHERE[scope]}"
    return Outcome(score * len(found) / times.minimum, hits, failure)


def _hits_at(place: Place, field: FieldText) -> tuple[Hit, ...]:
    return tuple(Hit(found.term, field, found.first, found.last) for found in place.found)


def _not(part: Clause, outcome: Outcome) -> Outcome:
    if outcome.failure:
        return Outcome(1.0)
    return Outcome(0.0, failure=excluded_by(outcome.hits) if outcome.hits else f"excluded by “{part}”")


def _all_of(parts: Sequence[Clause], outcomes: Sequence[Outcome]) -> Outcome:
    asked = [
        (weight_of(part), outcome.score)
        for part, outcome in zip(parts, outcomes, strict=True)
        if asks_for_something(part)
    ]
    failures = (outcome.failure for outcome in outcomes if outcome.failure)
    return Outcome(_mean(asked), _hits(outcomes), next(failures, ""))


def _mean(scores: Sequence[tuple[float, float]]) -> float:
    """Of scores with their weights."""
    return sum(weight * score for weight, score in scores) / sum(weight for weight, _ in scores) if scores else 0.0


def _any_of(parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> Outcome:
    weights = [weight_of(part) for part in parts]
    scored = [(outcome, outcome.score * each / max(weights)) for outcome, each in zip(outcomes, weights, strict=True)]
    holding = [(outcome, score) for outcome, score in scored if not outcome.failure]
    best, score = max(holding or scored, key=lambda each: each[1])
    if holding:
        return Outcome(score, _hits(outcome for outcome, _ in holding), scored=best.scored)
    return Outcome(score, _hits(outcomes), _none_of(parts, outcomes, scope), best.scored)


def _at_least(minimum: int, parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> Outcome:
    holding = [outcome for outcome in outcomes if not outcome.failure]
    score = _mean(
        [
            (weight_of(part), 0.0 if outcome.failure else outcome.score)
            for part, outcome in zip(parts, outcomes, strict=True)
        ]
    )
    if len(holding) >= minimum:
        return Outcome(score, _hits(holding))
    missing = [part for part, outcome in zip(parts, outcomes, strict=True) if outcome.failure]
    spare = len(parts) - minimum
    may = {0: "none may be missing", 1: "only one may be missing"}.get(spare, f"only {spare} may be missing")
    failure = f"no word of {_WHERE[scope]} stands for {_listed(missing, 'and')}; {may}"
    return Outcome(score, _hits(outcomes), failure)


def _none_of(parts: Sequence[Clause], outcomes: Sequence[Outcome], scope: Scope) -> str:
    if scope != "lang" and all(isinstance(part, Term) for part in parts):
        return f"no word of {_WHERE[scope]} stands for {_listed(parts, 'or')}"
    return "; and ".join(dict.fromkeys(outcome.failure for outcome in outcomes))


def _hits(outcomes: Iterable[Outcome]) -> tuple[Hit, ...]:
    return tuple(chain.from_iterable(outcome.hits for outcome in outcomes))


def _weight(field: FieldText, first: int) -> float:
    in_opening = field.name == "text" and field.span(first, first)[0] < OPENING
    return _WEIGHTS["opening" if in_opening else "about" if field.name in ABOUT else field.name]


# --- saying why ----------------------------------------------------------------------------------------------------


def excluded_by(hits: Sequence[Hit]) -> str:
    """The reason of a miss: what was found and must not be there."""
    return f"excluded by {told_words(evidence_of(hits), with_terms=False)}"


def beside_the_cut(score: float, where: str, cut: float) -> str:
    """Where the score lies beside the cut, with as many digits as tell them apart."""
    digits = 2 if f"{score:.2f}" != f"{cut:.2f}" else 4
    return f"the score {score:.{digits}f} is {where} the cut {cut:.{digits}f}"


def with_nearness(outcome: Outcome) -> float:
    """The score of the whole; a phrase's has nearness in it already."""
    score = outcome.score
    if outcome.scored:
        return score
    hits = [hit for hit in outcome.hits if hit.field.name in FIELDS]
    where = {(hit.field.name, hit.first) for hit in hits}
    if len(where) > 1 and len({name for name, _ in where}) == 1:
        stretch = max(hit.last for hit in hits) - min(hit.first for hit in hits) + 1
        score += (1 - score) * _NEARNESS * min(1.0, len(where) / stretch)
    return round(score, 4)


def evidence_of(hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    """The words found, each once, in the order of field and place; at most `MOST_EVIDENCE`."""
    found = {}
    for hit in hits:
        start, end = hit.field.span(hit.first, hit.last)
        evidence = Evidence(
            term=hit.term, found=hit.field.string[start:end], field=hit.field.name, start=start, end=end
        )
        found[hit.field.name, start, end, hit.term] = evidence
    ordered = sorted(found.values(), key=lambda each: (_ORDER.index(each.field), each.start, each.end, each.term))
    return tuple(ordered[:MOST_EVIDENCE])


def told_words(evidence: Sequence[Evidence], *, with_terms: bool = True) -> str:
    """The words found, field by field: “Syria” and “Turkish” for “Turkey” in the title, “talks” in the summary."""
    told = []
    for field in _ORDER:
        words = [_word_told(each, with_terms=with_terms) for each in evidence if each.field == field]
        if words:
            told.append(f"{joined(words, 'and')} in the {_FIELD_NAMES.get(field, field)}")
    return ", ".join(told)


def _word_told(evidence: Evidence, *, with_terms: bool) -> str:
    same = fold(evidence.found) == fold(evidence.term)
    return f"“{evidence.found}”" + ("" if same or not with_terms else f" for “{evidence.term}”")


def _told(clause: Clause) -> str:
    """A term, a phrase or alternatives in quotation marks."""
    if isinstance(clause, AnyOf) and all(isinstance(part, Term) for part in clause.parts):
        return _listed(clause.parts, "or")
    return _listed([clause], "or")


def _listed(clauses: Sequence[Clause], conjunction: str) -> str:
    names = (name_of(clause) if isinstance(clause, Term) else str(clause).strip('"') for clause in clauses)
    return joined([f"“{name}”" for name in names], conjunction)


def joined(words: Sequence[str], conjunction: str) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
