"""Three simple ways to match a phrase, to hold the real one against: they say what its cleverness is worth.

- **AND of words**: every content word of the phrase stands in the article, in that form; case and accents aside.
- **AND of stems**: the same of the stems.
- **BM25**: the stems of the phrase scored by Okapi BM25 (Robertson and Zaragoza 2009; k1 = 1.2, b = 0.75, the inverse
  document frequency ln(1 + (N - n + ½) / (n + ½)), which is never negative). To make topics comparable a score is
  divided by what an article of mean length with every term once would get, which is the sum of those frequencies; it
  may be above 1. One cut does for all topics, `BM25_CUT`; below it the article does not match.

All of them judge as a stream: document frequencies and mean length are those of the articles before. They see title,
summary and text, in the article's language, and drop stop words; they know no countries, no nearness, and of a query
only its words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from math import log

from digest.folding import is_stop_word
from digest.model import Entry
from digest.settings import Topic
from digest.text import Analysis, analyse, keys, words_of

BM25_CUT = 0.65
"""In its favour: of the steps of .05 the best on average over the collections at hand."""

Score = Callable[[Entry], Mapping[str, float]]
"""Of an article, by topic, the scores above 0; it may learn from the article."""

_K1, _B = 1.2, 0.75
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def baselines(topics: Iterable[Topic]) -> Mapping[str, tuple[Score, float]]:
    """By name: how to score, and the score from which on an article matches."""
    topics = tuple(topics)
    return {
        "AND of words": (_AllThere(topics, form=0).score, 1.0),
        "AND of stems": (_AllThere(topics, form=1).score, 1.0),
        "BM25": (_Bm25(topics).score, BM25_CUT),
    }


def _terms(topic: Topic, form: int) -> frozenset[str]:
    """The keys of the content words: folded words (form 0) or English stems (form 1)."""
    text = " ".join((*topic.watch, topic.query or ""))
    content = (word for word in words_of(text) if word not in _OPERATORS and not is_stop_word(word))
    return frozenset(keys(word, "en")[form] for word in content)


class _AllThere:
    """1 where all of a topic's terms are there."""

    def __init__(self, topics: Iterable[Topic], form: int) -> None:
        self._terms = {topic.id: terms for topic in topics if (terms := _terms(topic, form))}

    def score(self, entry: Entry) -> Mapping[str, float]:
        there = analyse(entry).keys
        return {topic: 1.0 for topic, terms in self._terms.items() if terms <= there}


class _Bm25:
    """Learns with each article that it scores: document frequencies and lengths."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._terms = {topic.id: sorted(_terms(topic, form=1)) for topic in topics}
        self._asked = frozenset(chain.from_iterable(self._terms.values()))
        self._articles = 0
        self._words = 0
        self._found_in: Counter[str] = Counter()

    def score(self, entry: Entry) -> Mapping[str, float]:
        counts, length = self._counted(analyse(entry))
        weights = {term: self._weight(term, count, length) for term, count in counts.items()}
        scores = {
            topic: sum(weights.get(term, 0.0) for term in terms) / sum(self._rarity(term) for term in terms)
            for topic, terms in self._terms.items()
            if not weights.keys().isdisjoint(terms)
        }
        self._articles += 1
        self._words += length
        self._found_in.update(counts.keys())
        return scores

    def _counted(self, analysis: Analysis) -> tuple[Mapping[str, int], int]:
        """How often each term of any topic is there, and how many words the article has."""
        words = [*analysis.title.words, *analysis.summary.words, *analysis.text.words]
        stems = (keys(word, analysis.language)[1] for word in words)
        return Counter(stem for stem in stems if stem in self._asked), len(words)

    def _weight(self, term: str, count: int, length: int) -> float:
        usual = self._words / self._articles if self._articles else length
        return self._rarity(term) * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / max(usual, 1)))

    def _rarity(self, term: str) -> float:
        found_in = self._found_in[term]
        return log(1 + (self._articles - found_in + 0.5) / (found_in + 0.5))
