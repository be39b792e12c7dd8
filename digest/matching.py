"""Which topics an article concerns, and why: an evaluator that decides and explains, and an index that saves it work.

**Evaluating.** A compiled topic is a tree of clauses. Each clause says whether it holds, what was found, how good
that is, and where it does not hold, why; so the verdict on a match and the answer to "why not?" come from the same
walk. The order is: the topic's feeds, its languages, what it excludes, its clauses, its threshold; the first that
fails is the reason.

**The score.** A word counts 1 in the title, 0.75 in the summary or the first 300 characters of the text, 0.5 further
down; its best place counts. A clause of several parts has their mean (a part that may be missing counts 0 where it
is), alternatives have the best of theirs. What is then missing to 1 is made up by a fifth at most, where all words
found stand in one field: n words within a stretch of m words give n/m of that fifth.

**The index.** What an article cannot do without is known from compiling: groups of keys, of which it must have one
each. A topic is filed under the keys of its rarest group, and there under those of the second rarest. An article's
keys pull out the topics that it has both of; those of them are evaluated of which it has a key of every group, and
always those topics that have no such group. Looking up costs in proportion to the article's different words, not to
the topics. With `indexed=False` every topic is evaluated; the answers are the same, and a test compares them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from digest.model import Article, Evidence, Verdict
from digest.queries import AllOf, AnyOf, AtLeast, Clause, Near, Not, Term, Within, asks_for_something
from digest.text import FIELDS, OPENING, Analysis, FieldText, Scope, analyse, fold
from digest.topics import CompiledTopic

MOST_EVIDENCE = 12
"""So many words at most are kept of one verdict."""

_WEIGHTS = {"title": 1.0, "summary": 0.75, "opening": 0.75, "text": 0.5}
_NEARNESS = 0.2
_MOST_FILINGS = 64
"""A topic is filed under at most so many pairs of keys; if there were more, under its rarest group alone."""

_WHERE: dict[Scope, str] = {
    "all": "the article",
    "title": "the title",
    "summary": "the summary",
    "text": "the text",
    "lead": "the title and summary",
    "top": f"the title, the summary and the first {OPENING} characters of the text",
}


def evaluate(compiled: CompiledTopic, article: Article, analysis: Analysis) -> Verdict:
    """Whether the article concerns the topic, with what was found and the reason.

    `analysis` is that of the article's entry.
    """
    outcome = _outcome(compiled.tree, analysis, "all")
    score = _with_nearness(outcome)
    problem = (
        _out_of_scope(compiled, article)
        or _excluded(compiled, analysis)
        or outcome.failure
        or _below_threshold(compiled, score)
    )
    evidence = _evidence(outcome.hits)
    return Verdict(
        topic_id=compiled.topic.id,
        topic_version=compiled.version,
        matched=not problem,
        score=score,
        evidence=evidence,
        reason=problem or f"all that the topic asks for is there: {_told(evidence)}",
    )


class TopicIndex:
    """Topics, ready to be asked which of them an article concerns.

    Not for changing in one thread while another asks.
    """

    def __init__(self, compiled: Iterable[CompiledTopic] = (), *, indexed: bool = True) -> None:
        self._indexed = indexed
        self._topics: dict[str, CompiledTopic] = {}
        self._filed: dict[str, dict[str, set[str]]] = {}
        self._unfiled: set[str] = set()
        self._heads: dict[int, Counter[str]] = {}
        self.problems: dict[str, str] = {}
        """By topic: what went wrong when it was last evaluated. A topic that fails does not stop the others."""
        for topic in compiled:
            self.add(topic)

    def __len__(self) -> int:
        return len(self._topics)

    def add(self, compiled: CompiledTopic) -> None:
        """Put in a topic, in place of an earlier one with its id."""
        self.remove(compiled.topic.id)
        topic_id = compiled.topic.id
        self._topics[topic_id] = compiled
        if not compiled.required:
            self._unfiled.add(topic_id)
        for first, second in _filings(compiled):
            self._filed.setdefault(first, {}).setdefault(second, set()).add(topic_id)
        for head in _heads(compiled):
            self._heads.setdefault(len(head), Counter())[head] += 1

    def remove(self, topic_id: str) -> None:
        """Take out a topic; one that is not there is as good."""
        compiled = self._topics.pop(topic_id, None)
        self._unfiled.discard(topic_id)
        self.problems.pop(topic_id, None)
        if compiled is None:
            return
        for first, second in _filings(compiled):
            self._filed[first][second].discard(topic_id)
            if not self._filed[first][second]:
                del self._filed[first][second]
            if not self._filed[first]:
                del self._filed[first]
        for head in _heads(compiled):
            heads = self._heads[len(head)]
            heads[head] -= 1
            if not heads[head]:
                del heads[head]

    def match(self, article: Article) -> tuple[Verdict, ...]:
        """The verdicts of the topics that the article concerns, by topic id."""
        analysis = analyse(article.entry)
        verdicts = (self._verdict(topic_id, article, analysis) for topic_id in sorted(self._candidates(analysis)))
        return tuple(verdict for verdict in verdicts if verdict is not None and verdict.matched)

    def explain(self, article: Article, topic_id: str) -> Verdict:
        """What the topic says of the article, be it a match or not.

        :raises KeyError: when there is no such topic.
        """
        return evaluate(self._topics[topic_id], article, analyse(article.entry))

    def _verdict(self, topic_id: str, article: Article, analysis: Analysis) -> Verdict | None:
        try:
            verdict = evaluate(self._topics[topic_id], article, analysis)
        except Exception as error:  # noqa: BLE001 - one bad topic never stops the others; it is told in `problems`
            self.problems[topic_id] = f"could not be held against article {article.id}: {error!r}"
            return None
        self.problems.pop(topic_id, None)
        return verdict

    def _candidates(self, analysis: Analysis) -> Iterable[str]:
        if not self._indexed:
            return self._topics
        asked = analysis.keys.union(self._prefixes(analysis.keys), ("",))
        pulled = self._pulled(asked)
        return [topic_id for topic_id in pulled if _has_all(asked, self._topics[topic_id].required)]

    def _pulled(self, asked: frozenset[str]) -> set[str]:
        candidates = set(self._unfiled)
        for first in _common(asked, self._filed):
            filed = self._filed[first]
            for second in _common(asked, filed):
                candidates |= filed[second]
        return candidates

    def _prefixes(self, keys: frozenset[str]) -> Iterator[str]:
        """The prefixes filed that words of the article begin with."""
        for length, heads in self._heads.items():
            if heads:
                yield from (f"{head}*" for head in {key[:length] for key in keys} & heads.keys())


def _has_all(asked: frozenset[str], required: Iterable[frozenset[str]]) -> bool:
    return not any(asked.isdisjoint(group) for group in required)


def _common(asked: frozenset[str], filed: dict[str, set[str]] | dict[str, dict[str, set[str]]]) -> Iterable[str]:
    """The keys that both have, walking through the shorter."""
    return asked.intersection(filed) if len(filed) < len(asked) else filed.keys() & asked


def _filings(compiled: CompiledTopic) -> Iterator[tuple[str, str]]:
    """The pairs of keys under which a topic is filed.

    The second is empty, and so always there, for a topic that has one group only or would be filed too often.
    """
    if not compiled.required:
        return
    first, second = (*compiled.required, frozenset({""}))[:2]
    if len(first) * len(second) > _MOST_FILINGS:
        second = frozenset({""})
    yield from ((one, other) for one in first for other in second)


def _heads(compiled: CompiledTopic) -> list[str]:
    """The beginnings of words that the topic is filed under."""
    return [key[:-1] for key in chain.from_iterable(compiled.required) if key.endswith("*")]


# --- the evaluator --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hit:
    """Words of a field that stand for a term."""

    term: str
    field: FieldText
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one clause. It holds when there is no failure."""

    score: float
    hits: tuple[_Hit, ...] = ()
    failure: str = ""


def _outcome(clause: Clause, analysis: Analysis, scope: Scope) -> _Outcome:  # noqa: PLR0911 - one a kind of clause
    match clause:
        case Term():
            return _term(clause, analysis, scope)
        case Near():
            return _near(clause, analysis, scope)
        case Within(scope=narrower, part=part):
            return _outcome(part, analysis, narrower)
        case Not(part=part):
            return _not(_outcome(part, analysis, scope))
        case AllOf(parts=parts):
            return _all_of(parts, [_outcome(part, analysis, scope) for part in parts])
        case AnyOf(parts=parts):
            return _any_of(parts, [_outcome(part, analysis, scope) for part in parts], scope)
        case AtLeast(minimum=minimum, parts=parts):
            return _at_least(minimum, parts, [_outcome(part, analysis, scope) for part in parts], scope)


def _term(term: Term, analysis: Analysis, scope: Scope) -> _Outcome:
    for field in analysis.scope(scope):
        if spans := _spans(term, field):
            return _Outcome(_weight(field, spans[0][0]), (_Hit(_name(term), field, *spans[0]),))
    return _Outcome(0.0, failure=f"no word of {_WHERE[scope]} stands for “{_name(term)}”")


def _near(near: Near, analysis: Analysis, scope: Scope) -> _Outcome:
    words = " ".join(term.text for term in near.terms)
    for field in analysis.scope(scope):
        spans = [_spans(term, field) for term in near.terms]
        if not all(spans):
            continue
        if near.within is None:
            if run := _in_order(spans):
                return _Outcome(_weight(field, run[0]), (_Hit(words, field, *run),))
        elif together := _any_order(spans, near.within):
            hits = (_Hit(term.text, field, *span) for term, span in zip(near.terms, together, strict=True))
            return _Outcome(_weight(field, min(together)[0]), tuple(hits))
    distance = "next to each other" if near.within is None else f"with at most {near.within} words between them"
    return _Outcome(0.0, failure=f"the words “{words}” do not stand {distance} in {_WHERE[scope]}")


def _not(outcome: _Outcome) -> _Outcome:
    return _Outcome(1.0) if outcome.failure else _Outcome(0.0, failure=_excluded_by(outcome.hits))


def _all_of(parts: Sequence[Clause], outcomes: Sequence[_Outcome]) -> _Outcome:
    scores = [outcome.score for part, outcome in zip(parts, outcomes, strict=True) if asks_for_something(part)]
    failures = (outcome.failure for outcome in outcomes if outcome.failure)
    return _Outcome(sum(scores) / max(1, len(scores)), _hits(outcomes), next(failures, ""))


def _any_of(parts: Sequence[Clause], outcomes: Sequence[_Outcome], scope: Scope) -> _Outcome:
    holding = [outcome for outcome in outcomes if not outcome.failure]
    if holding:
        return _Outcome(max(outcome.score for outcome in holding), _hits(holding))
    return _Outcome(max(outcome.score for outcome in outcomes), _hits(outcomes), _none_of(parts, outcomes, scope))


def _at_least(minimum: int, parts: Sequence[Clause], outcomes: Sequence[_Outcome], scope: Scope) -> _Outcome:
    holding = [outcome for outcome in outcomes if not outcome.failure]
    score = sum(outcome.score for outcome in holding) / len(parts)
    if len(holding) >= minimum:
        return _Outcome(score, _hits(holding))
    missing = [part for part, outcome in zip(parts, outcomes, strict=True) if outcome.failure]
    failure = f"no word of {_WHERE[scope]} stands for {_listed(missing, 'and')}; only one may be missing"
    return _Outcome(score, _hits(outcomes), failure)


def _none_of(parts: Sequence[Clause], outcomes: Sequence[_Outcome], scope: Scope) -> str:
    if all(isinstance(part, Term) for part in parts):
        return f"no word of {_WHERE[scope]} stands for {_listed(parts, 'or')}"
    return "; and ".join(dict.fromkeys(outcome.failure for outcome in outcomes))


def _hits(outcomes: Iterable[_Outcome]) -> tuple[_Hit, ...]:
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


# --- saying why -----------------------------------------------------------------------------------------------------


def _out_of_scope(compiled: CompiledTopic, article: Article) -> str:
    feeds = {name.casefold() for name in compiled.topic.feeds}
    if feeds and feeds.isdisjoint(name.casefold() for name in (article.feed_name, *article.feed_tags)):
        return f"the feed “{article.feed_name}” is not among {', '.join(compiled.topic.feeds)}"
    languages = [_language(code) for code in compiled.topic.languages]
    if languages and article.language and _language(article.language) not in languages:
        return f"language {_language(article.language)} is not among {', '.join(languages)}"
    return ""


def _language(code: str) -> str:
    return code.replace("_", "-").split("-")[0].lower()


def _excluded(compiled: CompiledTopic, analysis: Analysis) -> str:
    for clause in compiled.exclude:
        outcome = _outcome(clause, analysis, "all")
        if not outcome.failure:
            return _excluded_by(outcome.hits)
    return ""


def _excluded_by(hits: Sequence[_Hit]) -> str:
    return f"excluded by {_told(_evidence(hits), with_terms=False)}"


def _below_threshold(compiled: CompiledTopic, score: float) -> str:
    threshold = compiled.topic.threshold
    if isinstance(threshold, str) or score >= threshold:
        return ""
    return f"the score {score:.2f} is below the threshold {threshold:.2f}"


def _with_nearness(outcome: _Outcome) -> float:
    score = outcome.score
    places = {(hit.field.name, hit.first) for hit in outcome.hits}
    if len(places) > 1 and len({name for name, _ in places}) == 1:
        stretch = max(hit.last for hit in outcome.hits) - min(hit.first for hit in outcome.hits) + 1
        score += (1 - score) * _NEARNESS * min(1.0, len(places) / stretch)
    return round(score, 4)


def _evidence(hits: Iterable[_Hit]) -> tuple[Evidence, ...]:
    found = {}
    for hit in hits:
        start, end = hit.field.span(hit.first, hit.last)
        evidence = Evidence(
            term=hit.term, found=hit.field.string[start:end], field=hit.field.name, start=start, end=end
        )
        found[hit.field.name, start, end, hit.term] = evidence
    ordered = sorted(found.values(), key=lambda each: (FIELDS.index(each.field), each.start, each.end, each.term))
    return tuple(ordered[:MOST_EVIDENCE])


def _told(evidence: Sequence[Evidence], *, with_terms: bool = True) -> str:
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
