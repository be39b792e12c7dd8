"""CPU of `digest topics test` on 100,000 kept articles: a new process, and the next question in the same one.

    python benchmarks/topics_test.py [--articles 100000] [--alternatives] [--keep DIR] [COLLECTION ...]

The articles are those of labelled collections (`shared/data/eval` beside the checkout unless folders are named), over
and over, spread over 30 days; each time about one word in seven is another word of the collections. They go through
the functions that the step `match` uses. With `--alternatives` other ways to choose what to judge are measured on
the same articles: reading all and cutting them into words, LIKE, a full-text index, a row for each word and article.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from digest import config, labelled, pipeline
from digest.matching import TopicIndex
from digest.pipeline import filing, trying
from digest.settings import Topic
from digest.store import articles
from digest.store.engine import open_database
from digest.topics import compile_topic

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
QUESTIONS = (
    "Syria Turkey talks",
    "North Korea missile test",
    "earthquake",
    "coffee prices",
    "oil",
    "Lindsay Lohan rehab",
    "(syria* OR assad) AND turkey",
    '"interest rates"~5 AND NOT title:japan',
    "said*",
)
SETTINGS = {
    "digest.yaml": "database: sqlite:///big.db\n",
    "feeds.yaml": "feeds: [{url: 'https://wire.example/rss', name: Wire}]\n",
    "topics.yaml": "topics: {talks: Syria Turkey talks}\n",
    "newsletters.yaml": "newsletters: {m: {title: M, topics: [talks], subscribers: [amal@example.org]}}\n",
}


def furnish(folder: Path, collections: list[Path], count: int) -> None:
    """A configuration and its database."""
    (folder / "config").mkdir()
    for name, content in SETTINGS.items():
        (folder / "config" / name).write_text(content)
    database = open_database(f"sqlite:///{folder}/big.db")
    database.migrate()
    with sqlite3.connect(folder / "big.db") as plain:
        plain.execute(
            "INSERT INTO feeds (url, name, tags, created_at) VALUES ('https://wire.example/rss', 'Wire', '[]', 0)"
        )
        plain.executemany(
            "INSERT INTO articles (feed_id, entry_id, title, summary, text, language, tags, content_hash, revision, "
            "first_seen_at, matched_with) VALUES (1, ?, ?, ?, ?, 'en', '[]', '', 1, ?, 1)",
            texts(collections, count),
        )
    index, begun, spent = TopicIndex(), process_time(), 0.0
    for first in range(1, count + 1, 200):
        with database.write() as tx:
            batch = [(article, index.keys(article)) for article in articles.by_ids(tx, range(first, first + 200))]
            started = process_time()
            filing.write_down(tx, batch)
            spent += process_time() - started
    size = sqlite3.connect(folder / "big.db").execute(
        "SELECT sum(length(words) + length(articles)) FROM concordances"
    )
    print(
        f"{count} articles: read and analysed {(process_time() - begun - spent) / count * 1e6:.0f} us each, "
        f"written down {spent / count * 1e6:.0f} us each, {size.fetchone()[0] / count:.0f} bytes each"
    )
    database.close()


def texts(collections: list[Path], count: int) -> Iterator[tuple[str, str, str, str, int]]:
    chance = random.Random(7)
    pool = [article.entry for folder in collections for article in labelled.read(folder).articles]
    chance.shuffle(pool)
    words = [word for entry in pool[::5] for word in entry.title.split()]
    begin = int((NOW - timedelta(days=30)).timestamp() * 1000)

    def changed(text: str) -> str:
        return " ".join(chance.choice(words) if chance.random() < 0.15 else word for word in text.split(" "))

    for number in range(count):
        entry = pool[number % len(pool)]
        seen = begin + number * 30 * 86_400_000 // count
        yield str(number), changed(entry.title), changed(entry.summary), changed(entry.text), seen


def from_cold(folder: Path, question: str) -> float:
    """Seconds of CPU of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "digest", "topics", "test", question, "--now", NOW.isoformat()]
    subprocess.run(
        [*command, "--config", str(folder / "config")],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def warm(folder: Path) -> None:
    settings = config.load(folder / "config", {})
    room = pipeline.build(settings, lambda: NOW)
    trial = trying.Trial(room, 30)
    trial.ask("floods")
    for question in QUESTIONS:
        cold = from_cold(folder, question)
        started = process_time()
        told = trial.ask(question, most=trying.WHILE_TYPING)
        again = process_time() - started
        whole = trial.ask(question, most=None) if told.candidates < 10_000 else told
        print(
            f"{question:40} cold {cold:.2f} s, warm {again:.2f} s; judged {told.judged} of {told.candidates}, "
            f"{told.a_day:.1f} a day (all: {whole.a_day:.1f})"
        )
    room.database.close()


def alternatives(folder: Path) -> None:
    keys = compile_topic(Topic(id="t", name="", watch=("Syria Turkey talks",))).required[0]
    words = sorted({key.strip("=").partition("@")[0] for key in keys} - {""})
    plain = sqlite3.connect(folder / "big.db")
    like = " OR ".join(f"{field} LIKE ?" for field in ("title", "summary", "text") for _ in words)
    patterns = [f"%{word}%" for _ in range(3) for word in words]
    told("LIKE", lambda: plain.execute(f"SELECT id FROM articles WHERE {like}", patterns).fetchall())
    told("read all", lambda: plain.execute("SELECT id, title, summary, text FROM articles").fetchall())
    database, index, some = open_database(f"sqlite:///{folder}/big.db"), TopicIndex(), 2_000
    with database.read() as tx:
        batch = articles.by_ids(tx, range(1, some + 1))
    told(f"cut {some} into words", lambda: [index.keys(article) for article in batch])
    rows = [(article.id, key) for article in batch for key in index.keys(article)]
    by_word = sqlite3.connect(":memory:")
    by_word.execute("CREATE TABLE w (word TEXT, article INTEGER, PRIMARY KEY (word, article)) WITHOUT ROWID")
    told(
        f"a row a word, {some} articles, {len(rows)} rows",
        lambda: by_word.executemany("INSERT INTO w VALUES (?2, ?1)", rows),
    )
    full = sqlite3.connect(":memory:")
    full.execute("CREATE VIRTUAL TABLE f USING fts5 (keys, content='', detail=none)")
    lines = [(article.id, " ".join(index.keys(article))) for article in batch]
    told(f"FTS5, {some} articles", lambda: full.executemany("INSERT INTO f (rowid, keys) VALUES (?, ?)", lines))
    told("FTS5, asked", lambda: full.execute("SELECT rowid FROM f WHERE f MATCH ?", [" OR ".join(words)]).fetchall())
    database.close()


def told(name: str, work: Callable[[], object]) -> None:
    started = process_time()
    work()
    print(f"{name}: {process_time() - started:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("collections", nargs="*", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--alternatives", action="store_true")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    shared = ROOT.parent / "shared" / "data" / "eval"
    collections = asked.collections or [shared / name for name in ("wcep", "reuters", "ecbplus")]
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or Path(passing)
        if not (folder / "big.db").exists():
            folder.mkdir(parents=True, exist_ok=True)
            furnish(folder, collections, asked.articles)
        warm(folder)
        if asked.alternatives:
            alternatives(folder)


if __name__ == "__main__":
    main()
