"""Labelled collections, as files: articles, topics, and which articles are relevant to which topic.

A collection is a folder with

- `articles.jsonl` or `articles.jsonl.gz`: a JSON object a line with `id`, `title`, `lang`, and where known `summary`,
  `text`, `url`, `source`, `published` (a date or an instant in ISO 8601);
- `topics.json`: a list of objects with `id` and `phrase` (what an operator would type), or `query`, or both;
- `qrels.tsv`: topic, article and relevance, parted by tabs: 1 and more is relevant, 0 is not, -1 is doubtful, so that
  the pair is left out of every figure. A pair that is not listed is not relevant.

Further keys and files are nobody's business here. What cannot be read raises DigestError with file, line, what was
expected.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.errors import DigestError, Problem
from digest.model import LONG_AGO, Article, Entry
from digest.settings import Threshold, Topic
from digest.wording import counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """A folder, read."""

    name: str
    """The folder's."""
    articles: tuple[Article, ...]
    """In the order of their publication; their ids count from 1, `entry_id` is the collection's own."""
    topics: tuple[Topic, ...]
    relevant: Mapping[str, frozenset[int]]
    """By topic, the ids of articles."""
    left_out: Mapping[str, frozenset[int]]
    """By topic, the ids of articles that count neither way: doubtful ones."""
    notes: tuple[str, ...] = ()
    """What is odd about the files, in sentences."""

    @property
    def languages(self) -> frozenset[str]:
        """Those that the articles say they are in."""
        return frozenset(article.language for article in self.articles if article.language)

    def only(self, topics: Container[str]) -> Collection:
        """The same with these topics alone."""
        return replace(
            self,
            topics=tuple(topic for topic in self.topics if topic.id in topics),
            relevant={topic: articles for topic, articles in self.relevant.items() if topic in topics},
            left_out={topic: articles for topic, articles in self.left_out.items() if topic in topics},
        )


def missing(folder: Path) -> tuple[str, ...]:
    """Which of the files are not there without which there is nothing to measure. A folder may hold stories only."""
    return tuple(name for name in ("topics.json", "qrels.tsv") if not (folder / name).is_file())


def read(folder: Path, threshold: Threshold = "balanced") -> Collection:
    """The collection in a folder; its topics get the threshold."""
    articles = _in_order(_read_articles(_articles_file(folder)))
    topics = tuple(_read_topics(folder / "topics.json", threshold))
    qrels = folder / "qrels.tsv"
    labels, notes = _read_labels(
        qrels, {topic.id for topic in topics}, {article.entry.entry_id: article.id for article in articles}
    )
    return Collection(
        name=folder.resolve().name,
        articles=articles,
        topics=topics,
        relevant={topic.id: frozenset(n for n, grade in labels[topic.id].items() if grade >= 1) for topic in topics},
        left_out={topic.id: frozenset(n for n, grade in labels[topic.id].items() if grade < 0) for topic in topics},
        notes=notes,
    )


def _wrong(file: Path, line: int, message: str, expected: str, column: int = 0) -> DigestError:
    return DigestError(str(Problem(str(file), line, column, message, expected)))


# --- articles -------------------------------------------------------------------------------------------------------


def _articles_file(folder: Path) -> Path:
    names = ("articles.jsonl.gz", "articles.jsonl")
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise _wrong(folder, 0, "no articles here", f"a file {' or '.join(names)}")
    return found


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not empty."""
    number = 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield number, text
    except UnicodeDecodeError as error:
        raise _wrong(file, number, f"a byte that is no UTF-8 at byte {error.start + 1}", "UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _wrong(file, number + 1, f"the compressed file is damaged: {error}", "a whole gzip file") from error


def _read_articles(file: Path) -> Iterator[Article]:
    seen: dict[str, int] = {}
    at = LONG_AGO  # when the articles of a collection without dates were published
    for line, text in _lines(file):
        fields = _object(file, line, text)
        own = _text(file, line, fields, "id", needed=True)
        if own in seen:
            raise _wrong(file, line, f"the id “{own}” again, first on line {seen[own]}", "an id for each article")
        seen[own] = line
        published = _published(file, line, fields)
        at = published or at
        yield _article(file, line, fields, at, published)


def _article(file: Path, line: int, fields: Mapping[str, Any], at: datetime, published: datetime | None) -> Article:
    link = _text(file, line, fields, "url") or None
    entry = Entry(
        entry_id=_text(file, line, fields, "id"),
        link=link,
        canonical=link,
        title=_text(file, line, fields, "title", needed=True),
        summary=_text(file, line, fields, "summary"),
        text=_text(file, line, fields, "text"),
        author=None,
        language=_text(file, line, fields, "lang") or None,
        published_at=published,
    )
    return Article.not_stored(entry, number=line, feed_name=_text(file, line, fields, "source"), first_seen_at=at)


def _in_order(articles: Iterator[Article]) -> tuple[Article, ...]:
    """By publication; one that does not tell it stays behind the one before it in the file."""
    ordered = sorted(articles, key=lambda article: article.first_seen_at)
    return tuple(replace(article, id=number) for number, article in enumerate(ordered, start=1))


def _object(file: Path, line: int, text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise _wrong(file, line, f"no JSON: {error.msg}", "a JSON object", error.colno) from error
    except RecursionError as error:
        raise _wrong(file, line, "JSON nested too deeply", "a JSON object") from error
    if not isinstance(fields, dict):
        raise _wrong(file, line, "no object", 'a JSON object such as {"id": "a1", "title": "…", "lang": "en"}')
    return fields


def _text(file: Path, line: int, fields: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = fields.get(name)
    if needed and value in (None, ""):
        raise _wrong(file, line, f"no `{name}`", f"a text under `{name}`")
    if value is not None and not isinstance(value, str):
        raise _wrong(file, line, f"`{name}` is {json.dumps(value, ensure_ascii=False)[:40]}", "a text")
    return value or ""


def _published(file: Path, line: int, fields: Mapping[str, Any]) -> datetime | None:
    text = _text(file, line, fields, "published")
    try:
        instant = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        expected = "a date or an instant, such as 2026-11-22 or 2026-11-22T07:30:00Z"
        raise _wrong(file, line, f"`published` is “{text}”", expected) from error
    return instant.replace(tzinfo=UTC) if instant and instant.tzinfo is None else instant


# --- topics and labels ----------------------------------------------------------------------------------------------


def _read_topics(file: Path, threshold: Threshold) -> Iterator[Topic]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise _wrong(file, error.lineno, f"no JSON: {error.msg}", "a list of topics", error.colno) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise _wrong(file, 0, f"cannot be read: {error}", "JSON in UTF-8") from error
    if not isinstance(found, list):
        raise _wrong(file, 0, "no list", 'a list such as [{"id": "brexit", "phrase": "Brexit"}]')
    seen: set[str] = set()
    for number, fields in enumerate(found, start=1):
        topic = _topic(file, number, fields, threshold)
        if topic.id in seen:
            raise _wrong(file, 0, f"topic {number}: the id “{topic.id}” again", "an id for each topic")
        seen.add(topic.id)
        yield topic


def _topic(file: Path, number: int, fields: Any, threshold: Threshold) -> Topic:
    given = fields if isinstance(fields, dict) else {}
    texts = {name: given.get(name) for name in ("id", "phrase", "query")}
    wrong = [name for name, text in texts.items() if text is not None and not isinstance(text, str)]
    own, phrase, query = (str(text).strip() if text is not None else "" for text in texts.values())
    if wrong or not own or not (phrase or query):
        raise _wrong(
            file, 0, f"topic {number} cannot be used", "an object with texts under `id` and `phrase` or `query`"
        )
    watch = (phrase,) if phrase else ()
    return Topic(id=own, name=phrase or query, watch=watch, query=query or None, threshold=threshold)


def _read_labels(
    file: Path, topics: set[str], articles: Mapping[str, int]
) -> tuple[Mapping[str, dict[int, int]], tuple[str, ...]]:
    """By topic and article the relevance, and what is odd. Lines on topics and articles not there are counted."""
    labels: dict[str, dict[int, int]] = {topic: {} for topic in topics}
    strange = 0
    for line, text in _lines(file):
        topic, article, grade = _label(file, line, text)
        if topic in topics and article in articles:
            labels[topic][articles[article]] = grade
        else:
            strange += 1
    notes = f"{counted(strange, 'line')} of {file.name} on topics or articles that are not there"
    return labels, (notes,) if strange else ()


def _label(file: Path, line: int, text: str) -> tuple[str, str, int]:
    expected = "topic, article and a whole number, parted by tabs"
    parts = [part.strip() for part in text.split("\t")]
    if len(parts) != 3 or not all(parts):
        raise _wrong(file, line, f"“{text[:60]}” has {counted(len(parts), 'part')}", expected)
    try:
        return parts[0], parts[1], int(parts[2])
    except ValueError as error:
        raise _wrong(file, line, f"the relevance is “{parts[2][:40]}”", expected) from error
