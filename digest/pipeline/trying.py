"""What a phrase or query would have found, before it is saved: `digest topics test`. Nothing is written.

It is asked while an operator types, of all that is kept. So not every article is read: the concordances that matching
keeps (`digest.concordance`) say which articles have what the topic cannot do without, and of a phrase also which of
its words they have. Articles alike in that are a group. The groups that have most of the phrase are judged whole; of
the others, where there are too many, so many as the effort allows, spread evenly over the time, and what is found
among them is counted for the rest of their group. Then the numbers are estimates, and it is told.

Judging is that of the step `match`: in order, with a profile that begins empty and learns on the way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import nlargest
from typing import Any

from digest.aliases import with_shared
from digest.background import MOST_WORDS, Background
from digest.clauses import Part, Phrase
from digest.concordance import MOST, having
from digest.errors import TopicError
from digest.matching import TopicIndex
from digest.memory import Memory
from digest.model import Article, Verdict
from digest.pipeline import filing
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.planning import Difference, by_day
from digest.queries import parse
from digest.settings import Topic
from digest.store import articles, concordances, memories
from digest.store.concordances import Concordance
from digest.store.engine import Transaction
from digest.topics import CompiledTopic, compile_topic

MOST_JUDGED = 200
"""So many articles are judged for one answer ..."""
WHILE_TYPING = 100
"""... and so many while the next question is being typed: 0.1 s."""
_ID = "(tested)"
_QUERY_SIGNS = re.compile(
    r"\b(AND|OR|NOT|O?NEAR/\w|ATLEAST\d)\b|[()*~^]|@\d|/\S+/|\b[a-z]+:\S|(^|\s)[-\u2010-\u2015\u2212]\w"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What a text would have found."""

    text: str
    query: bool
    """Whether it was read as a query."""
    no_query: str
    """Why it was read as none although it has a sign that only queries have; else empty."""
    since: datetime
    articles: int
    """So many are kept of this time."""
    candidates: int
    """So many of them have what it cannot do without."""
    judged: int
    """So many of these were judged; when not all, the figures of matches are estimates."""
    days: Mapping[date, float]
    """How many articles first seen on a day (UTC) match; in order, every day is there."""
    best: tuple[Difference, ...]
    """Those that match, the highest score first."""
    misses: tuple[Difference, ...]
    """Those that do not, the nearest first."""

    @property
    def matches(self) -> float:
        """How many match."""
        return sum(self.days.values())

    @property
    def a_day(self) -> float:
        return self.matches / (len(self.days) or 1)

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "kind": "query" if self.query else "phrase",
            "no_query": self.no_query or None,
            "since": self.since.isoformat(),
            "articles": self.articles,
            "candidates": self.candidates,
            "judged": self.judged,
            "estimated": self.judged < self.candidates,
            "matches": round(self.matches, 1),
            "a_day": round(self.a_day, 2),
            "days": [{"day": day.isoformat(), "matches": round(count, 1)} for day, count in self.days.items()],
            "best": [each.as_json() for each in self.best],
            "misses": [each.as_json() for each in self.misses],
        }


def is_query(text: str) -> bool:
    """Whether a text has a sign that only queries have (operator, brackets, star, field), and can be read as one."""
    return _QUERY_SIGNS.search(text) is not None and _mistake(text) is None


def _mistake(query: str) -> TopicError | None:
    try:
        parse(query)
    except TopicError as error:
        return error
    return None


def _compiled(topic: Topic, languages: frozenset[str], no_query: TopicError | None) -> CompiledTopic:
    """What can be read neither as a query nor as a phrase was meant for a query, by its sign."""
    try:
        return compile_topic(topic, languages)
    except TopicError:
        if no_query is not None:
            raise no_query from None
        raise


@dataclass
class Trial:
    """A desk at which one question after the other is asked; what can be kept between them is."""

    room: Newsroom
    days: int
    _background: Background = field(default_factory=Background)
    _stamp: tuple[int, int, int] | None = None
    _unwritten: list[Concordance] | None = None
    """Of articles that nobody has written down yet."""

    def ask(self, text: str, *, query: bool | None = None, limit: int = 10, most: int | None = MOST_JUDGED) -> Tried:
        """What the text finds among the articles of these days; `most` are judged, all without.

        A query is what `query` says; when it says nothing, what `is_query`.

        Raises TopicError for what cannot be read.
        """
        no_query = _mistake(text) if query is None and _QUERY_SIGNS.search(text) else None
        asks = is_query(text) if query is None else query
        topic = Topic(id=_ID, name=text, query=text) if asks else Topic(id=_ID, name=text, watch=(text,))
        now = self.room.clock()
        since = now - timedelta(days=self.days)
        with self.room.database.read() as tx:
            languages = self.room.languages(tx)
            topic = with_shared(topic, self.room.settings.aliases, languages)
            compiled, index = _compiled(topic, languages, no_query), self.room.with_topics([topic]).index(languages)
            index.remember(self._memory(tx))
            pieces = list(concordances.since(tx, since))
            if self._unwritten is None:
                self._unwritten = list(_pieces_of(tx, filing.missing(tx, since, pieces), index))
            kept, groups = _grouped([*self._unwritten, *pieces], compiled, index.memory.background)
            chosen = _chosen(groups, most)
            found = [a for a in articles.by_ids(tx, chosen) if a.first_seen_at >= since and a.held is None]
        verdicts = list(_judged(index, found))
        matching = [(a, v) for a, v in verdicts if v.matched]
        missing = [(a, v) for a, v in verdicts if not v.matched]
        return Tried(
            text=text,
            query=asks,
            no_query="" if no_query is None else str(no_query),
            since=since,
            articles=kept,
            candidates=sum(map(len, groups)),
            judged=len(chosen),
            days=by_day(((a.first_seen_at, chosen[a.id]) for a, _ in matching), since, now),
            best=_highest(matching, limit),
            misses=_highest(missing, limit),
        )

    def _memory(self, tx: Transaction) -> Memory:
        """The words as they are known now, and no profile."""
        stamp = memories.stamp(tx)
        if stamp != self._stamp:
            self._background = Background(*memories.read_words(tx, MOST_WORDS))
            self._stamp = stamp
        return Memory(self._background)


def _judged(index: TopicIndex, found: Iterable[Article]) -> Iterator[tuple[Article, Verdict]]:
    for article in found:
        verdict = index.explain(article, _ID)
        index.learn(article, [verdict], counting=False)
        yield article, verdict


def _pieces_of(tx: Transaction, ids: Sequence[int], index: TopicIndex) -> Iterator[Concordance]:
    for first in range(0, len(ids), MOST):
        batch = articles.by_ids(tx, ids[first : first + MOST])
        yield filing.piece_of([(article, index.keys(article)) for article in batch])


def _grouped(
    pieces: Iterable[Concordance], compiled: CompiledTopic, background: Background
) -> tuple[int, list[list[int]]]:
    """How many articles there are, and the ids of those that may match: groups, what has most of the phrase first."""
    parts = compiled.tree.parts if isinstance(compiled.tree, Phrase) else ()
    ways = [way for part in parts for way in _ways(part, background)]
    required = compiled.required
    kept: set[int] = set()  # an article that was matched again is in two pieces
    signatures: dict[int, tuple[bool, ...]] = {}
    for piece in pieces:
        kept.update(piece.articles)
        places = set(range(len(piece.articles)))
        known: dict[str, list[int]] = {}
        for group in required:
            places &= having(piece.words, group, known)
        if places:
            there = [having(piece.words, keys, known) for keys, _ in ways]
            for signature, of_it in _by_signature(places, there).items():
                signatures |= dict.fromkeys(map(piece.articles.__getitem__, of_it), signature)
    groups: dict[tuple[bool, ...], list[int]] = defaultdict(list)
    for article_id in sorted(signatures):
        groups[signatures[article_id]].append(article_id)
    weights = {s: sum(w for (_, w), there in zip(ways, s, strict=True) if there) for s in groups}
    return len(kept), [groups[signature] for signature in sorted(groups, key=lambda s: (-weights[s], s))]


def _by_signature(places: set[int], there: Iterable[set[int]]) -> dict[tuple[bool, ...], set[int]]:
    """The places parted by which of the sets they are in."""
    parted: dict[tuple[bool, ...], set[int]] = {(): places}
    for each in there:
        parted = {
            (*signature, is_there): of_it
            for signature, before in parted.items()
            for is_there, of_it in ((True, before & each), (False, before - each))
            if of_it
        }
    return parted


def _ways(part: Part, background: Background) -> Iterator[tuple[frozenset[str], float]]:
    """The keys of a word of the phrase, and what they count; those of what is related to it count half."""
    own = part.ways.by_grade.get("own", {}).keys()
    rarity = background.rarities[part.ways]
    yield frozenset(own or part.ways.keys), rarity
    if related := frozenset[str]().union(*part.ways.by_grade.values()) - own:
        yield related, rarity / 2


def _chosen(groups: Sequence[Sequence[int]], most: int | None) -> dict[int, float]:
    """The articles to be judged: id → for how many of its group it stands."""
    if most is None:
        most = sum(map(len, groups))
    few = max(1, min(10, most // (2 * len(groups) or 1)))
    shares = [min(few, len(group)) for group in groups]
    left = max(0, most - sum(shares))
    chosen: dict[int, float] = {}
    for group, share in zip(groups, shares, strict=True):
        more = min(left, len(group) - share)
        left -= more
        size = share + more
        chosen |= {group[at * len(group) // size]: len(group) / size for at in range(size)}
    return chosen


def _highest(found: Iterable[tuple[Article, Verdict]], limit: int) -> tuple[Difference, ...]:
    best = nlargest(limit, found, key=lambda each: (each[1].score, each[0].first_seen_at, each[0].id))
    return tuple(Difference(article=article, verdict=verdict) for article, verdict in best)
