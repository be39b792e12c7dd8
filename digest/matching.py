"""Which topics an article concerns, and why: verdicts, and an index over the topics that saves work.

**Verdicts.** The order is: the topic's feeds, its languages, what it excludes, its clauses (`digest.evaluation`),
what it requires besides, its threshold; the first that fails is the reason.

**The index.** What an article cannot do without is known from compiling: groups of keys, of which it must have one
each. `digest.filing` pulls out the topics of which it has a key of every group; to these come those that the article
is like without having their words. Phrases of which it has too little go again (`digest.reach`), the others are
evaluated. Topics that ask for the same are evaluated once. With `indexed=False` every topic is evaluated; the answers
are the same, and a test compares them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import chain

from digest.background import Vector
from digest.evaluation import (
    Outcome,
    beside_the_cut,
    evidence_of,
    excluded_by,
    joined,
    outcome_of,
    told_words,
    with_nearness,
)
from digest.examples import Examples, leaning, profile_of
from digest.filing import Filing
from digest.memory import Lesson, Memory
from digest.model import Article, Evidence, Verdict
from digest.profiles import similarity
from digest.reach import Reach
from digest.scoring import LIKE, NOTHING_KNOWN, Known, Leaning, Scored, Signs, contributions
from digest.text import Analysis, analyse, primary_language
from digest.topics import CompiledTopic

LEAD = 200
"""So many characters behind the title count for the meaning."""

ALIKE = 0.3
"""It is said that an article is like what the topic found before from this likeness on."""


def evaluate(compiled: CompiledTopic, article: Article, analysis: Analysis, known: Known = NOTHING_KNOWN) -> Verdict:
    """Whether the article concerns the topic, with what was found and the reason.

    `analysis` is that of the article (`analysed`), `known` what is known when it is judged.
    """
    outcome = outcome_of(compiled.tree, analysis, known, "all")
    besides = [outcome_of(clause, analysis, known, "all") for clause in compiled.require]
    score = with_nearness(outcome)
    problem = (
        _out_of_scope(compiled, article)
        or _excluded(compiled, analysis, known)
        or outcome.failure
        or next((f"required besides: {other.failure}" for other in besides if other.failure), "")
        or _below_threshold(compiled, score)
    )
    evidence = evidence_of(chain(outcome.hits, *(other.hits for other in besides)))
    return Verdict(
        topic_id=compiled.topic.id,
        topic_version=compiled.version,
        matched=not problem,
        score=score,
        evidence=evidence,
        reason=problem or _why(outcome, evidence),
        cut=outcome.scored[1] if outcome.scored else None,
        parts=_parts(outcome.scored[0]) if outcome.scored and not outcome.scored[0].failure else (),
    )


def _parts(scored: Scored) -> tuple[tuple[str, float], ...]:
    return tuple(
        (name, round(value, 4)) for name, value in contributions(scored.signs, scored.leaning).items() if value
    )


def analysed(article: Article, languages: frozenset[str] = frozenset()) -> Analysis:
    """The article as `evaluate` wants it; `languages` are those that topics ask for."""
    return analyse(article.entry, (article.feed_name, *article.feed_tags), languages)


class TopicIndex:
    """Topics, ready to be asked which of them an article concerns.

    Not for changing in one thread while another asks.
    """

    def __init__(
        self,
        compiled: Iterable[CompiledTopic] = (),
        *,
        indexed: bool = True,
        memory: Memory | None = None,
        meaning: Callable[[str, str], float] | None = None,
    ) -> None:
        """With `meaning`, how near two texts are in meaning, phrases near their cut are decided by it too."""
        self._indexed = indexed
        self._meaning = meaning
        self._examples: dict[str, Examples] = {}
        self._learned_at = 0
        self.memory = memory or Memory()
        self._topics: dict[str, CompiledTopic] = {}
        self._filing = Filing()
        self._reach: Reach | None = None
        """Of all topics; laid out when it is first asked."""
        self._first: dict[str, str] = {}
        self._others: dict[str, list[str]] = {}
        self._phrases = 0
        self._languages: Counter[str] = Counter()
        self._last: tuple[Article, Analysis] | None = None
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
        self._put(compiled)
        self._phrases += bool(compiled.topic.watch)
        self.problems.pop(topic_id, None)
        self._languages.update(compiled.languages)
        self._last = self._reach = None

    def _put(self, compiled: CompiledTopic) -> None:
        """Keep a topic, and file it where none is filed that asks for the same. A phrase has a past of its own."""
        topic_id = compiled.topic.id
        first = topic_id if compiled.topic.watch else self._first.setdefault(compiled.version, topic_id)
        if first == topic_id:
            self._topics[topic_id] = compiled
            self._filing.add(topic_id, compiled.required)
            self._filing.ask(compiled.looked_for)
        else:
            self._topics[topic_id] = replace(self._topics[first], topic=compiled.topic)
            self._others.setdefault(first, []).append(topic_id)

    def _take(self, compiled: CompiledTopic) -> None:
        """Undo `_put`; where the topic was filed for others, the next of them is now."""
        topic_id = compiled.topic.id
        first = topic_id if compiled.topic.watch else self._first[compiled.version]
        others = self._others.pop(first, [])
        if first != topic_id:
            others.remove(topic_id)
        else:
            self._filing.remove(topic_id)
            self._filing.ask_no_more(compiled.looked_for)
            self._first.pop(compiled.version, None)
            if others:
                first = self._first[compiled.version] = others.pop(0)
                self._filing.add(first, self._topics[first].required)
        if others:
            self._others[first] = others

    def show(self, examples: Mapping[str, Examples]) -> None:
        """Show topics (by id) what they should find and what not, in place of what they were shown before."""
        self._examples = {topic_id: given for topic_id, given in examples.items() if topic_id in self._topics}
        self._study()

    def remember(self, memory: Memory) -> None:
        """Go by another memory from now on."""
        self.memory = memory
        self._study()

    def _study(self) -> None:
        """Learn from the examples, by how often words are met now: done again whenever there are twice as many."""
        self._learned_at = self.memory.background.articles
        for topic_id, examples in self._examples.items():
            meant = [True] * len(examples.right) + [False] * len(examples.wrong)
            analyses = [self._analysed(article) for article in (*examples.right, *examples.wrong)]
            shown = tuple(zip(map(self.memory.background.vector, analyses), meant, strict=True))
            if topic_id not in self.memory.profiles:
                self.memory.put(topic_id, profile_of(shown))
            points = list(self._points(topic_id, analyses, shown))
            self.memory.leanings[topic_id] = replace(leaning(points), shown=shown)

    def _points(
        self, topic_id: str, analyses: Sequence[Analysis], shown: Sequence[tuple[Vector, bool]]
    ) -> Iterator[tuple[Signs, bool]]:
        """What speaks for each example by the phrase and the others, and whether it is meant."""
        for at, (vector, meant) in enumerate(shown):
            others = (*shown[:at], *shown[at + 1 :])
            like = similarity(vector, profile_of(other for other in others if other[1]))
            known = Known(
                self.memory.background,
                self.memory.profiles,
                {topic_id: like},
                {topic_id: Leaning(shown=others)},
                vector,
            )
            scored = outcome_of(self._topics[topic_id].tree, analyses[at], known, "all").scored
            if scored and not scored[0].failure:
                yield scored[0].signs, meant

    def remove(self, topic_id: str) -> None:
        """Take out a topic; one that is not there is as good."""
        compiled = self._topics.pop(topic_id, None)
        self.problems.pop(topic_id, None)
        if compiled is None:
            return
        self._take(compiled)
        self._phrases -= bool(compiled.topic.watch)
        self._languages = +(self._languages - Counter(compiled.languages))
        self._last = None

    def match(self, article: Article) -> tuple[Verdict, ...]:
        """The verdicts of the topics that the article concerns, by topic id."""
        return tuple(verdict for verdict in self._judged(article, promising=True) if verdict.matched)

    def judge(self, article: Article) -> tuple[Verdict, ...]:
        """The verdicts of all topics that the article might concern, matched or not, by topic id.

        Of the others it has nothing that they cannot do without.
        """
        return self._judged(article)

    def _judged(self, article: Article, *, promising: bool = False) -> tuple[Verdict, ...]:
        """The verdicts of the candidates, or of those `promising`: that are not sure to be no match."""
        analysis = self._analysed(article)
        known = self._known(article, analysis)
        found = []
        for topic_id in self._promising(analysis, known) if promising else self._candidates(analysis, known):
            verdict = self._verdict(topic_id, article, analysis, known)
            if verdict is not None:
                found.append(verdict)
                found += [replace(verdict, topic_id=other) for other in self._like(topic_id)]
        return tuple(sorted(found, key=lambda verdict: verdict.topic_id))

    def concerned(self, article: Article) -> list[str]:
        """The ids of the topics that the article concerns, without the reasons: for those who only count."""
        analysis = self._analysed(article)
        known = self._known(article, analysis)
        found = []
        for topic_id in self._promising(analysis, known):
            decided = self._indexed and self._topics[topic_id].decided_by_keys
            verdict = None if decided else self._verdict(topic_id, article, analysis, known)
            if decided or (verdict is not None and verdict.matched):
                found += [topic_id, *self._like(topic_id)]
        return sorted(found)

    def explain(self, article: Article, topic_id: str) -> Verdict:
        """What the topic says of the article, be it a match or not.

        Raises KeyError when there is no such topic.
        """
        analysis = self._analysed(article)
        return evaluate(self._topics[topic_id], article, analysis, self._known(article, analysis))

    def _known(self, article: Article, analysis: Analysis) -> Known:
        if not self._phrases:
            return NOTHING_KNOWN
        if self._meaning is None:
            return self.memory.known(analysis)
        return self.memory.known(analysis, partial(self._meaning, _sentence(article)))

    def without(self, article: Article, own: Mapping[str, float]) -> AbstractContextManager[None]:
        """As if the article had not taught these topics: `Memory.without`."""
        return self.memory.without(self._analysed(article), own)

    def learn(self, article: Article, verdicts: Iterable[Verdict], *, counting: bool = True) -> Lesson:
        """Learn from an article that `judge` has judged, so that the next ones are judged better (`Memory.learn`)."""
        if self._examples and self.memory.background.articles > 2 * self._learned_at + 20:
            self._study()
        return self.memory.learn(self._analysed(article), verdicts, counting=counting)

    def keys(self, article: Article) -> tuple[str, ...]:
        """The keys of its words (`digest.text`), as they are compared here, each once.

        They are kept for some time, and a set of so many takes ten times the memory.
        """
        return tuple(self._analysed(article).keys)

    def _analysed(self, article: Article) -> Analysis:
        """The one that was asked for last is remembered: it is judged, then learned from, then written down."""
        last = self._last
        if last is None or last[0] is not article:
            last = self._last = article, analysed(article, frozenset(self._languages))
        return last[1]

    def _verdict(self, topic_id: str, article: Article, analysis: Analysis, known: Known) -> Verdict | None:
        try:
            verdict = evaluate(self._topics[topic_id], article, analysis, known)
        except Exception as error:  # noqa: BLE001 - one bad topic never stops the others; it is told in `problems`
            self.problems[topic_id] = f"could not be held against article {article.id}: {error!r}"
            return None
        self.problems.pop(topic_id, None)
        return verdict

    def _candidates(self, analysis: Analysis, known: Known) -> Iterable[str]:
        """The topics that the article may concern, one of those that ask for the same."""
        if not self._indexed:
            return self._topics
        found = self._filing.look_up(analysis.in_order, analysis.language)
        analysis.know(lambda: self._filing.spelt(found))
        alike = {topic_id for topic_id, like in known.likeness.items() if like >= LIKE} & self._topics.keys()
        return alike.union(self._filing.pulled(found))

    def _promising(self, analysis: Analysis, known: Known) -> Iterable[str]:
        """Of these the ones that are not sure to be no match."""
        candidates = self._candidates(analysis, known)
        if not self._indexed:
            return candidates
        if self._reach is None:
            self._reach = Reach((topic_id, compiled.tree) for topic_id, compiled in self._topics.items())
        return self._reach.within(candidates, analysis, known)

    def _like(self, topic_id: str) -> Sequence[str]:
        """The other topics that ask for the same; with `indexed=False` they are evaluated by themselves."""
        return self._others.get(topic_id, ()) if self._indexed else ()


def _sentence(article: Article) -> str:
    """What the article says, for comparing in meaning: its title and the beginning of what follows."""
    entry = article.entry
    return f"{entry.title}. {(entry.summary or entry.text)[:LEAD]}".strip()


def _out_of_scope(compiled: CompiledTopic, article: Article) -> str:
    feeds = {name.casefold() for name in compiled.topic.feeds}
    if feeds and feeds.isdisjoint(name.casefold() for name in (article.feed_name, *article.feed_tags)):
        return f"the feed “{article.feed_name}” is not among {', '.join(compiled.topic.feeds)}"
    languages = [primary_language(code) for code in compiled.topic.languages]
    language = primary_language(article.language)
    if languages and language and language not in languages:
        return f"language {language} is not among {', '.join(languages)}"
    return ""


def _excluded(compiled: CompiledTopic, analysis: Analysis, known: Known) -> str:
    for clause in compiled.exclude:
        outcome = outcome_of(clause, analysis, known, "all")
        if not outcome.failure:
            return excluded_by(outcome.hits)
    return ""


def _below_threshold(compiled: CompiledTopic, score: float) -> str:
    threshold = compiled.topic.threshold
    if isinstance(threshold, str) or score >= threshold:
        return ""
    return beside_the_cut(score, "below", threshold)


def _why(outcome: Outcome, evidence: Sequence[Evidence]) -> str:
    if outcome.scored is None:
        return f"all that the topic asks for is there: {told_words(evidence)}"
    scored, cut = outcome.scored
    told = [told_words(evidence)] if evidence else []
    if scored.missing:
        told.append(f"without {joined([f'“{word}”' for word in scored.missing], 'and')}")
    if max(scored.signs.profile, scored.signs.alone) >= ALIKE:
        told.append("like what the topic found before")
    return f"{beside_the_cut(outcome.score, 'over', cut)}: {'; '.join(told)}"
