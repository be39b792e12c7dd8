"""A table of what topics find and what they do not: tests/data/pairs.yaml, whose head says how it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from records import article
from ruamel.yaml import YAML

from digest.matching import TopicIndex
from digest.settings import Query, Topic
from digest.topics import compile_topic

TABLE = Path(__file__).parent / "data" / "pairs.yaml"


@dataclass(frozen=True)
class Pair:
    topic: Topic
    language: str | None
    title: str
    summary: str
    matches: bool
    why: str
    reason: str
    """Words of the reason, in any letter case."""

    def __str__(self) -> str:
        asked = self.topic.query or "; ".join(self.topic.watch)
        return f"{asked} - {self.language or '?'} - {self.title} - {'yes' if self.matches else 'no'}: {self.why}"


def pairs() -> Iterator[Pair]:
    for block in YAML(typ="safe").load(TABLE.read_text(encoding="utf-8")):
        topic = topic_of(block)
        for verdict in ("yes", "no"):
            for line in block.get(verdict, "").splitlines():
                language, said, why, *reason = (part.strip() for part in line.split(" | "))
                title, _, summary = said.partition(" // ")
                code = None if language == "?" else language
                yield Pair(topic, code, title, summary, verdict == "yes", why, "".join(reason))


def topic_of(block: dict[str, Any]) -> Topic:
    watch = block.get("watch", [])
    return Topic(
        id="topic",
        name="",
        watch=(watch,) if isinstance(watch, str) else tuple(watch),
        query=block.get("query"),
        require=tuple(map(condition, block.get("require", ()))),
        exclude=tuple(map(condition, block.get("exclude", ()))),
        aliases=tuple((name, *others) for name, others in block.get("aliases", {}).items()),
    )


def condition(written: str | dict[str, str]) -> str | Query:
    return written if isinstance(written, str) else Query(written["query"])


PAIRS = list(pairs())
LANGUAGES = frozenset(pair.language for pair in PAIRS if pair.language)


@cache
def index(topic: Topic) -> TopicIndex:
    return TopicIndex([compile_topic(topic, LANGUAGES)])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_topic_finds_what_is_meant_and_nothing_else(pair: Pair) -> None:
    report = article(1, pair.title, summary=pair.summary, language=pair.language)
    explained = index(pair.topic).explain(report, "topic")
    assert explained.matched is pair.matches, f"{pair}: {explained.reason}"
    assert bool(index(pair.topic).match(report)) is pair.matches, "the index disagrees with the scan"
    assert pair.reason.casefold() in explained.reason.casefold()


def test_the_table_is_large_enough_and_in_many_languages() -> None:
    assert len(PAIRS) >= 300
    assert len(set(PAIRS)) == len(PAIRS)
    often = Counter(pair.language for pair in PAIRS)
    assert len([language for language, count in often.items() if language and count >= 5]) >= 10
    assert {pair.matches for pair in PAIRS} == {True, False}
