"""Microseconds of CPU that an article takes to be held against phrase topics, and to be learned from.

    python benchmarks/phrases.py [TOPICS ...]            100 1000 10000 unless said

Topics and articles are made up of the words that the news has: country names, the concepts of the thesaurus, and
invented names of people and companies, each kind drawn by Zipf's law, for topics a flatter one: operators ask for
rarer words than articles use. Of 100 topics 60 are a country and one or two concepts ("Myanmar arms embargo"), 30 an
invented name with or without a concept, 10 two concepts alone. An article names one to three countries and some
people, has a concept in every tenth word, stop words in between, and words that no topic asks for. It is of 40 words
(a title and a summary) or of 300 (a text besides).

tokenise  cutting the articles into words and looking up all their keys, and nothing else, to compare with: judging
          looks up those that topics ask for
judged    `TopicIndex.match`: verdicts with evidence and reason for the topics that match
learned   the same, and `learn` from what came of it, as the step `match` of the daemon does

Promised are 1,000 µs at 1,000 topics and 5,000 µs at 10,000. Of three rounds over other articles the best counts,
since other work shares the machine.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from digest import concepts, countries
from digest.matching import TopicIndex, analysed
from digest.model import Article, Entry
from digest.settings import Topic
from digest.topics import compile_topic

PROMISES = {1_000: 1_000, 10_000: 5_000}
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
STOP_WORDS = tuple("the of to in a and that for on with as by at from it is was be has have will after over".split())  # noqa: SIM905 - a list of words
ARTICLES, BEFORE, ROUNDS = 500, 2_000, 3


class Zipf:
    """Draws words, the first of the list most often."""

    def __init__(self, chance: random.Random, words: Sequence[str], power: float = 1.0) -> None:
        self.chance, self.words = chance, words
        self.weights = list(accumulate(1 / (rank + 5) ** power for rank in range(len(words))))

    def flatter(self) -> Zipf:
        return Zipf(self.chance, self.words, 0.4)

    def __call__(self) -> str:
        return self.chance.choices(self.words, cum_weights=self.weights)[0]


class News:
    """What topics and articles are made of."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        named = [names[0] for names in countries.names("en").values()]
        spoken = [word for each in concepts.concepts() for word in each.words["en"].same]
        for words in (named, spoken):
            chance.shuffle(words)
        self.country, self.concept = Zipf(chance, named), Zipf(chance, spoken)
        self.person = Zipf(chance, [self._invented().capitalize() for _ in range(20_000)])
        self.other = Zipf(chance, [self._invented() for _ in range(30_000)])
        self.asked = {name: getattr(self, name).flatter() for name in ("country", "concept", "person")}

    def _invented(self) -> str:
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((3, 3, 4))))

    def phrase(self) -> str:
        country, concept, person = self.asked.values()
        dice = self.chance.random()
        if dice < 0.6:
            return " ".join([country(), *(concept() for _ in range(self.chance.randint(1, 2)))])
        if dice < 0.9:
            return " ".join([person(), *(concept() for _ in range(self.chance.randint(0, 1)))])
        return f"{concept()} {concept()}"

    def article(self, number: int, length: int) -> Article:
        about = [self.country() for _ in range(self.chance.randint(1, 3))]
        about += [self.person() for _ in range(self.chance.randint(1, 4))]
        words = [self._word(about) for _ in range(length)]
        entry = Entry(
            entry_id=str(number), link=None, canonical=None, title=" ".join(words[:10]),
            summary=" ".join(words[10:40]), text=" ".join(words[40:]), author=None, language="en", published_at=None,
        )  # fmt: skip
        return Article(
            id=number, feed_id=1, feed_url="", feed_name="", feed_tags=(), entry=entry,
            first_seen_at=datetime(2026, 1, 1, tzinfo=UTC), revision=1,
        )  # fmt: skip

    def _word(self, about: Sequence[str]) -> str:
        dice = self.chance.random()
        if dice < 0.45:
            return self.chance.choice(STOP_WORDS)
        if dice < 0.55:
            return self.concept()
        return self.chance.choice(about) if dice < 0.62 else self.other()


def index_of(phrases: Sequence[str]) -> TopicIndex:
    topics = (Topic(id=f"t{number}", name="", watch=(phrase,)) for number, phrase in enumerate(phrases))
    return TopicIndex(compile_topic(topic, frozenset({"en"})) for topic in topics)


def tokenised(articles: Sequence[Article]) -> float:
    started = process_time()
    for article in articles:
        assert analysed(article).keys
    return (process_time() - started) / len(articles) * 1e6


def judged(index: TopicIndex, articles: Sequence[Article], *, learning: bool) -> tuple[float, int]:
    """Microseconds and matches of all."""
    matches = 0
    started = process_time()
    for article in articles:
        verdicts = index.match(article)
        matches += len(verdicts)
        if learning:
            index.learn(article, verdicts)
    return (process_time() - started) / len(articles) * 1e6, matches


def told(count: int, phrases: Sequence[str], length: int, news: News) -> Iterator[str]:
    """A line; the index has learned from `BEFORE` other articles before it is measured."""
    index = index_of(phrases)
    judged(index, [news.article(n, length) for n in range(BEFORE)], learning=True)
    floors, plains, learneds, matches = [], [], [], 0
    for _ in range(ROUNDS):
        first, second = ([news.article(n, length) for n in range(ARTICLES)] for _ in range(2))
        floors.append(tokenised(first))
        taken, found = judged(index, first, learning=False)
        plains.append(taken)
        matches += found
        learneds.append(judged(index, second, learning=True)[0])
    floor, plain, learned = min(floors), min(plains), min(learneds)
    matches_each = matches / ARTICLES / ROUNDS
    promised = PROMISES.get(count)
    verdict = "" if promised is None else f" (promised {promised:,}{': BROKEN' if learned > promised else ''})"
    yield (
        f"{count:>7,} topics, {length:>3} words: tokenise {floor:5.0f} µs, judged {plain:6,.0f} µs, learned "
        f"{learned:6,.0f} µs, {learned / floor:.1f} times tokenising{verdict}; {matches_each:.1f} match"
    )


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000]
    news = News(7)
    for count in counts:
        phrases = [news.phrase() for _ in range(count)]
        for length in (40, 300):
            print(*told(count, phrases, length, news), flush=True)


if __name__ == "__main__":
    main()
