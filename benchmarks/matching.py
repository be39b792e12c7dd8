"""Microseconds of CPU that an article takes to be held against query topics, beside what others take.

    python benchmarks/matching.py [TOPICS ...]            100 1000 10000 100000 unless said

Words are drawn from a made-up vocabulary of 30,000 by Zipf's law. A topic is two to four groups that must all be
there: 35 in 100 are alternatives of two or three words, 8 a phrase of two, the others a word. Topics ask for rarer
words than articles use, as operators do. All engines get the same topics and the same articles, of 40 and of 300
words:

tokenise   cutting the articles into words, as Digest does, and nothing else: the floor
digest     `TopicIndex.concerned`, article by article, cutting included: which topics, as the others tell
explained  `TopicIndex.match`: the same with evidence, score and reason for each
tantivy    the articles of a batch put into an index in memory, then all queries run (with `pip install tantivy`)
fts5       the same with SQLite's full-text search

Rounds of the engines alternate, and the best counts, since other work shares the machine. Matches are told, since
stems make Digest find a few more. `add`, `change` and `remove` are for one topic in the full index, compiling apart;
`memory` is what compiled topics and the index take beside the topics as they are configured, measured by tracemalloc
before there is another index. Terms and what is remembered of words are in it: the more topics share them, the less.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from digest.matching import TopicIndex
from digest.model import Article, Entry
from digest.settings import Topic
from digest.text import words_of
from digest.topics import compile_topic

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
ARTICLES = 1_000
ROUNDS = 3

Groups = list[list[str]]
"""Groups of alternatives; one with a blank is a phrase."""


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


def groups(draw: Draw, chance: random.Random) -> Groups:
    found = []
    for word in draw(chance.randint(2, 4)):
        dice = chance.random()
        if dice < 0.35:
            found.append([word, *draw(chance.randint(1, 2))])
        else:
            found.append([f"{word} {draw(1)[0]}" if dice < 0.43 else word])
    return found


def as_query(wanted: Groups, conjunction: str = " AND ") -> str:
    """The groups in the words of Digest and of FTS5."""
    quoted = [[f'"{each}"' if " " in each else each for each in group] for group in wanted]
    return conjunction.join(f"({' OR '.join(group)})" if group[1:] else group[0] for group in quoted)


def article(words: list[str]) -> Article:
    entry = Entry(
        entry_id="1", link=None, canonical=None, title=" ".join(words[:10]), summary="", text=" ".join(words[10:]),
        author=None, language="en", published_at=None,
    )  # fmt: skip
    return Article(
        id=1, feed_id=1, feed_url="", feed_name="", feed_tags=(), entry=entry,
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC), revision=1,
    )  # fmt: skip


# --- the engines: each gives how many matches it found --------------------------------------------------------------

Engine = Callable[[Sequence[Article]], int]


def tokenise(articles: Sequence[Article]) -> int:
    for each in articles:
        words_of(each.entry.title)
        words_of(each.entry.text)
    return 0


def digest(index: TopicIndex) -> Engine:
    return lambda articles: sum(len(index.concerned(each)) for each in articles)


def explained(index: TopicIndex) -> Engine:
    return lambda articles: sum(len(index.match(each)) for each in articles)


def topics(wanted: list[Groups]) -> Iterator[Topic]:
    return (Topic(id=f"t{number}", name="", query=as_query(each)) for number, each in enumerate(wanted))


def tantivy(wanted: list[Groups], batch: int) -> Engine | None:
    try:
        library: Any = import_module("tantivy")
    except ImportError:
        return None
    schema: Any = library.SchemaBuilder().add_text_field("text", tokenizer_name="whitespace").build()
    parser = library.Index(schema)
    queries = [parser.parse_query(as_query(each), ["text"]) for each in wanted]

    def run(articles: Sequence[Article]) -> int:
        found = 0
        for some in batched_of(articles, batch):
            index = library.Index(schema)
            writer = index.writer(15_000_000, 1)
            for each in some:
                writer.add_document(library.Document(text=f"{each.entry.title} {each.entry.text}"))
            writer.commit()
            index.reload()
            searcher = index.searcher()
            found += sum(len(searcher.search(query, batch, count=False).hits) for query in queries)
        return found

    return run


def fts5(wanted: list[Groups], batch: int) -> Engine:
    queries = [(as_query(each),) for each in wanted]

    def run(articles: Sequence[Article]) -> int:
        found = 0
        for some in batched_of(articles, batch):
            database = sqlite3.connect(":memory:")
            database.execute("CREATE VIRTUAL TABLE articles USING fts5(text, tokenize = 'ascii')")
            rows = ((f"{each.entry.title} {each.entry.text}",) for each in some)
            database.executemany("INSERT INTO articles VALUES (?)", rows)
            ask = "SELECT rowid FROM articles WHERE articles MATCH ?"
            found += sum(len(database.execute(ask, query).fetchall()) for query in queries)
            database.close()
        return found

    return run


def batched_of(articles: Sequence[Article], size: int) -> Iterator[Sequence[Article]]:
    return (articles[at : at + size] for at in range(0, len(articles), size))


# --- measuring ------------------------------------------------------------------------------------------------------


def measured(engines: dict[str, Engine], articles: Sequence[Article]) -> dict[str, tuple[float, float]]:
    """By engine the microseconds and the matches of an article."""
    best: dict[str, tuple[float, float]] = {}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            started = process_time()
            found = engine(articles)
            taken = (process_time() - started) / len(articles) * 1e6
            best[name] = (min(taken, best.get(name, (taken, 0))[0]), found / len(articles))
    return best


def editing(index: TopicIndex, wanted: list[Groups]) -> str:
    """Microseconds to add, change and remove one topic, and to compile it, in the full index."""
    compiled = [compile_topic(topic) for topic in topics(wanted)]
    others = [replace(each, topic=replace(each.topic, id=f"x{each.topic.id}")) for each in compiled]
    changed = [replace(each, topic=other.topic) for each, other in zip(reversed(compiled), others, strict=True)]
    told = [("compile", _each(lambda each: compile_topic(each.topic), compiled))]
    told.append(("add", _each(index.add, others)))
    told.append(("change", _each(index.add, changed)))
    told.append(("remove", _each(lambda each: index.remove(each.topic.id), changed)))
    return ", ".join(f"{what} {taken:.0f} us" for what, taken in told)


def _each(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    started = process_time()
    for item in items:
        work(item)
    return (process_time() - started) / len(items) * 1e6


def memory(wanted: list[Groups]) -> float:
    """Bytes that a topic takes compiled and in the index. No other index may be there: they would share the terms."""
    configured = list(topics(wanted))
    compile_topic(configured[0])
    tracemalloc.start()
    index = TopicIndex(map(compile_topic, configured))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(index)


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000, 100_000]
    chance = random.Random(7)
    words = vocabulary(chance)
    texts, asked = Draw(chance, words, 1.0), Draw(chance, words, 0.4)
    by_length = {length: [article(texts(length)) for _ in range(ARTICLES)] for length in (40, 300)}
    for count in counts:
        wanted = [groups(asked, chance) for _ in range(count)]
        taken = memory(wanted)
        index = TopicIndex(compile_topic(topic) for topic in topics(wanted))
        engines: dict[str, Engine | None] = {"tokenise": tokenise, "digest": digest(index)}
        engines["explained"] = explained(index)
        for batch in (1_000, 100):
            engines |= {f"tantivy/{batch}": tantivy(wanted, batch), f"fts5/{batch}": fts5(wanted, batch)}
        there = {name: engine for name, engine in engines.items() if engine}
        for length, articles in by_length.items():
            told = measured(there, articles)
            shown = ", ".join(f"{name} {cpu:.0f} us ({found:.2f})" for name, (cpu, found) in told.items())
            print(f"{count} topics, {length} words: {shown}", flush=True)
        print(f"{count} topics: {editing(index, wanted[:1_000])}; {taken:.0f} bytes a topic", flush=True)
        del index, engines, there


if __name__ == "__main__":
    main()
