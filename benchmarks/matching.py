"""Microseconds of CPU an article takes to be matched, against cutting it into words alone.

    python benchmarks/matching.py [TOPICS ...]

Words are drawn from a made-up vocabulary of 30,000 by Zipf's law. Half of the topics are phrases of up to four words,
one in four of them with a country; half are queries of two to four groups, some with alternatives, a prefix or a
quoted phrase. Topics ask for rarer words than articles use (by the square root of the frequency), as operators do.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from digest.matching import TopicIndex
from digest.model import Article, Entry, Topic
from digest.text import analyse, words_of
from digest.topics import compile_topic

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
COUNTRIES = ["Syria", "Turkey", "Iran", "US", "China", "Russia", "North Korea", "United Kingdom", "Brazil", "Ukraine"]
ARTICLES = 200


def vocabulary(chance: random.Random) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < 30_000:
        words["".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4))))] = None
    return list(words)


class Draw:
    def __init__(self, chance: random.Random, words: list[str], power: float) -> None:
        self.chance, self.words = chance, words
        self.weights = list(accumulate(1 / (rank + 5) ** power for rank in range(len(words))))

    def __call__(self, count: int) -> list[str]:
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)


def topic(number: int, draw: Draw, chance: random.Random) -> Topic:
    words = draw(chance.randint(2, 4))
    if number % 2:
        country = [chance.choice(COUNTRIES)] if chance.random() < 0.25 else []
        return Topic(id=f"t{number}", name="", watch=(" ".join([*country, *words]),))
    groups = [group(word, draw, chance) for word in words]
    return Topic(id=f"t{number}", name="", query=" AND ".join(groups))


def group(word: str, draw: Draw, chance: random.Random) -> str:
    dice = chance.random()
    if dice < 0.35:
        return f"({word} OR {' OR '.join(draw(2))})"
    if dice < 0.43:
        return f'"{word} {draw(1)[0]}"'
    return f"{word}*" if dice < 0.48 else word


def article(words: list[str], chance: random.Random) -> Article:
    names = [chance.choice(COUNTRIES) if chance.random() < 0.02 else word for word in words]
    entry = Entry(
        entry_id="1", link=None, canonical=None, title=" ".join(names[:10]), summary=" ".join(names[10:40]),
        text=" ".join(names[40:]), author=None, language="en", published_at=None,
    )  # fmt: skip
    return Article(
        id=1, feed_id=1, feed_url="", feed_name="", feed_tags=(), entry=entry,
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC), revision=1,
    )  # fmt: skip


def microseconds(work: object, articles: list[Article]) -> float:
    """The best of five rounds, since other work shares the machine."""
    best = float("inf")
    for _ in range(5):
        started = process_time()
        for each in articles:
            work(each)  # type: ignore[operator]
        best = min(best, process_time() - started)
    return best / len(articles) * 1e6


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000]
    chance = random.Random(7)
    words = vocabulary(chance)
    texts, asked = Draw(chance, words, 1.0), Draw(chance, words, 0.5)
    by_length = {length: [article(texts(length), chance) for _ in range(ARTICLES)] for length in (40, 300)}
    for length, articles in by_length.items():
        cut = microseconds(
            lambda a: [words_of(part) for part in (a.entry.title, a.entry.summary, a.entry.text)], articles
        )
        keyed = microseconds(lambda a: analyse(a.entry).keys, articles)
        print(f"{length} words: cut into words {cut:.0f} us, with folded forms and stems {keyed:.0f} us")
    for count in counts:
        started = process_time()
        compiled = [compile_topic(topic(number, asked, chance)) for number in range(count)]
        compiling = (process_time() - started) / count * 1e6
        started = process_time()
        index = TopicIndex(compiled)
        adding = (process_time() - started) / count * 1e6
        told = []
        for length, articles in by_length.items():
            found = sum(len(index.match(each)) for each in articles) / len(articles)
            told.append(f"{length} words {microseconds(index.match, articles):.0f} us, {found:.1f} matches")
        print(f"{count} topics: {'; '.join(told)}; compile {compiling:.0f} us, add {adding:.0f} us a topic")


main()
