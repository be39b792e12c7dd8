"""How often words are met: what makes "Khashoggi" tell more than "killing".

Counted are the articles in which a word's stem stood in the title and the lead, over all the articles judged so far,
whatever their topic. Of a stream that has just begun little is known, so that each kind of word begins with a guess
that is outweighed by the first few hundred articles.

An article's **vector** says what it is about: the stems of its title and lead, each by how often it stands there and
how rare it is, with length 1 (tf-idf; Salton and Buckley 1988).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from digest.clauses import Phrase, Ways
from digest.text import Analysis, stems_of

MOST_WORDS = 20_000
"""So many words are remembered, those met most often; about 2.5 MB."""

_ASSUMED = 100
"""The guesses count as much as so many articles."""
_SHARES = {"country": 0.02, "name": 0.002, "word": 0.02, "frame": 0.02}
_TITLE = 1.5
"""What a word of the title counts, against one of the lead."""

Vector = Mapping[str, float]


class Rarities(dict[Ways, float]):
    """How rare each word of phrases is, for its kind: worked out when it is first asked for.

    A mapping, since it is asked for hundreds of words an article.
    """

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background

    def __missing__(self, ways: Ways) -> float:
        if len(self) > MOST_WORDS:
            self.clear()
        found = self[ways] = self._background.rarity(ways.kind, ways.keys, ways.several)
        return found


class Background:
    """The articles met so far, as counts. Not for changing in one thread while another asks."""

    def __init__(self, articles: int = 0, counts: Mapping[str, int] | None = None) -> None:
        self.articles = articles
        self.counts: dict[str, int] = dict(counts or {})
        self._settled_at = articles
        self._since: dict[str, int] = {}
        """Counted since then."""
        self.rarities = Rarities(self)
        """Another object whenever they change."""
        self._last: tuple[Analysis, Vector] | None = None
        """The vector that was asked for last, until something is counted: an article is judged, then learned from."""

    def rarities_in(self, phrase: Phrase) -> tuple[float, ...]:
        """How rare each part of a phrase is, for its kind."""
        return tuple([self.rarities[part.ways] for part in phrase.parts])

    def rarity(self, kind: str, keys: frozenset[str], several: Iterable[Sequence[Collection[str]]] = ()) -> float:
        """How much it tells that a term is there: 0 where it is in every article, 1 where nobody has met it.

        `kind` is country, name, word or frame; an article with the term has one of the keys, or one of each word of
        `several`, of which the rarest tells ("South" of South Sudan tells nothing). It stays what it is until there
        are a fiftieth more articles, whether it is asked for meanwhile or not.
        """
        met = self._met(keys.union(*(min(words, key=self._met) for words in several)))
        number = self._settled_at + _ASSUMED
        value = math.log(number / (met + _ASSUMED * _SHARES[kind] + 0.5)) / math.log(number / 0.5)
        return min(1.0, max(0.01, value))

    def _met(self, keys: Iterable[str]) -> int:
        """How often one of them was, when rarities were last settled."""
        counts, since = self.counts, self._since
        return sum([counts[key] - since.get(key, 0) for key in keys if key in counts])

    def vector(self, analysis: Analysis) -> Vector:
        """What the article is about: stem → weight, of length 1; empty for an article without words."""
        if self._last is None or self._last[0] is not analysis:
            self._last = analysis, self._vector(analysis)
        return self._last[1]

    def _vector(self, analysis: Analysis) -> Vector:
        number, met, log = self.articles + _ASSUMED, self.counts.get, math.log
        weights = {
            stem: (1 + log(times)) * log(number / (met(stem, 0) + 1)) for stem, times in _lead(analysis).items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {stem: weight / length for stem, weight in weights.items()} if length else {}

    def learn(self, analysis: Analysis) -> frozenset[str]:
        """Count an article; gives the words that it was counted for."""
        words = frozenset(_lead(analysis))
        self.add(1, dict.fromkeys(words, 1))
        return words

    def add(self, articles: int, counts: Mapping[str, int]) -> None:
        """Count what somebody else has learned."""
        self._last = None
        self.articles += articles
        for word, times in counts.items():
            self.counts[word] = self.counts.get(word, 0) + times
            self._since[word] = self._since.get(word, 0) + times
        too_many = len(self.counts) > MOST_WORDS * 5 // 4
        if too_many:
            self.counts = dict(Counter(self.counts).most_common(MOST_WORDS))
        if too_many or self.articles - self._settled_at > self._settled_at // 50:
            self._settled_at = self.articles
            self._since.clear()
            self.rarities = Rarities(self)


def _lead(analysis: Analysis) -> Mapping[str, float]:
    """The stems of the title and of the summary, or of the text's opening where there is none, with how often each
    stands there.
    """
    return analysis.once("lead", partial(_counted, analysis))


def _counted(analysis: Analysis) -> Mapping[str, float]:
    lead: dict[str, float] = {}
    opening = analysis.summary if analysis.summary.string else analysis.scope("top")[-1]
    for field, weight in ((analysis.title, _TITLE), (opening, 1.0)):
        for stem in stems_of(field.words, analysis.language):
            lead[stem] = lead.get(stem, 0.0) + weight
    return lead
