"""Reading labelled collections: what is taken as it stands, and what is told of files that are broken."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import collection
import pytest

from digest import labelled
from digest.errors import DigestError


@pytest.mark.parametrize("compressed", [False, True])
def test_a_collection_is_read_plain_or_compressed(tmp_path: Path, *, compressed: bool) -> None:
    read = labelled.read(collection.write(tmp_path / "small", compressed=compressed))
    assert read.name == "small"
    assert [topic.id for topic in read.topics] == ["lake", "coup"]
    assert read.topics[0].query == "heron AND lake"
    assert read.languages == {"en"}
    assert read.notes == ()


def test_articles_come_in_the_order_of_their_publication_and_undated_ones_where_they_stand(tmp_path: Path) -> None:
    read = labelled.read(collection.write(tmp_path))
    assert [article.entry.entry_id for article in read.articles] == [f"a{n}" for n in range(1, 13)]
    assert [article.id for article in read.articles] == list(range(1, 13))
    assert read.articles[0].first_seen_at == datetime(2026, 1, 1, 7, tzinfo=UTC)
    undated = read.articles[9]
    assert undated.entry.published_at is None
    assert undated.first_seen_at == datetime(2026, 1, 9, tzinfo=UTC)


def test_without_dates_the_order_is_that_of_the_file(tmp_path: Path) -> None:
    undated = [{"id": name, "title": "News", "lang": "en"} for name in ("b", "a", "c")]
    read = labelled.read(collection.write(tmp_path, undated, labels="lake\ta\t1\n"))
    assert [article.entry.entry_id for article in read.articles] == ["b", "a", "c"]


def test_labels_of_one_and_more_are_relevant_and_doubtful_pairs_are_left_out(tmp_path: Path) -> None:
    read = labelled.read(collection.write(tmp_path))
    assert read.relevant == {"lake": {1, 3, 5, 7}, "coup": {2, 4}}
    assert read.left_out == {"lake": {9}, "coup": frozenset()}


def test_a_collection_can_be_narrowed_to_some_topics(tmp_path: Path) -> None:
    read = labelled.read(collection.write(tmp_path)).only({"coup"})
    assert [topic.id for topic in read.topics] == list(read.relevant) == list(read.left_out) == ["coup"]
    assert len(read.articles) == 12


def test_a_topic_may_be_a_phrase_a_query_or_both_and_gets_the_threshold(tmp_path: Path) -> None:
    topics = [
        {"id": "a", "phrase": "Syria talks", "relevant": 3},
        {"id": "b", "phrase": "PKK", "query": "pkk OR hpg"},
    ]
    read = labelled.read(collection.write(tmp_path, topics=topics, labels=""), "strict")
    assert [(topic.watch, topic.query) for topic in read.topics] == [
        (("Syria talks",), None),
        (("PKK",), "pkk OR hpg"),
    ]
    assert {topic.threshold for topic in read.topics} == {"strict"}


def test_labels_on_what_is_not_there_are_counted_and_told(tmp_path: Path) -> None:
    read = labelled.read(collection.write(tmp_path, labels=collection.LABELS + "lake\ta99\t1\nelse\ta1\t1\n"))
    assert read.notes == ("2 lines of qrels.tsv on topics or articles that are not there",)


def test_what_is_missing_for_measuring_is_named(tmp_path: Path) -> None:
    folder = collection.write(tmp_path)
    assert labelled.missing(folder) == ()
    (folder / "qrels.tsv").unlink()
    assert labelled.missing(folder) == ("qrels.tsv",)


def test_empty_lines_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    folder = collection.write(tmp_path)
    for name in ("articles.jsonl", "topics.json", "qrels.tsv"):
        file = folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes() + b"\r\n\r\n")
    assert len(labelled.read(folder).articles) == 12


GOOD = b'{"id": "a", "title": "News", "lang": "en"}\n'
BROKEN = [
    ("articles.jsonl", GOOD + b"{\n", "articles.jsonl:2:2: no JSON"),
    ("articles.jsonl", GOOD + b"[1]\n", "articles.jsonl:2: no object; expected a JSON object such as"),
    ("articles.jsonl", b"[" * 200_000, "articles.jsonl:1: JSON nested too deeply"),
    ("articles.jsonl", b'\n{"title": "News"}\n', "articles.jsonl:2: no `id`; expected a text under `id`"),
    ("articles.jsonl", b'{"id": "a", "title": ""}\n', "articles.jsonl:1: no `title`"),
    ("articles.jsonl", b'{"id": 7, "title": "News"}\n', "articles.jsonl:1: `id` is 7; expected a text"),
    ("articles.jsonl", GOOD + GOOD, "articles.jsonl:2: the id “a” again, first on line 1"),
    (
        "articles.jsonl",
        b'{"id": "a", "title": "News", "published": "yesterday"}\n',
        "articles.jsonl:1: `published` is “yesterday”; expected a date or an instant, such as",
    ),
    ("articles.jsonl", GOOD + b'{"id": "\xff"}\n', "articles.jsonl:2: a byte that is no UTF-8 at byte 9"),
    ("articles.jsonl.gz", b"no gzip", "articles.jsonl.gz:1: the compressed file is damaged"),
    ("topics.json", b'[{"id": "a",\n}]', "topics.json:2:1: no JSON"),
    ("topics.json", b"\xff", "topics.json: cannot be read"),
    ("topics.json", b"{}", "topics.json: no list; expected a list such as"),
    ("topics.json", b'[{"id": "a", "phrase": "b"}, 3]', "topics.json: topic 2 cannot be used; expected an object"),
    ("topics.json", b'[{"id": "a"}]', "topics.json: topic 1 cannot be used"),
    ("topics.json", b'[{"id": "a", "phrase": 3}]', "topics.json: topic 1 cannot be used"),
    ("topics.json", b'[{"id": "a", "phrase": "b"}, {"id": "a", "phrase": "c"}]', "topic 2: the id “a” again"),
    ("qrels.tsv", b"lake\ta1\t2\nlake a3 2\n", "qrels.tsv:2: “lake a3 2” has 1 part; expected topic, article and a"),
    ("qrels.tsv", b"lake\ta1\thigh\n", "qrels.tsv:1: the relevance is “high”; expected"),
]


@pytest.mark.parametrize("name, content, told", BROKEN, ids=[told[:40] for _, _, told in BROKEN])
def test_a_broken_file_is_told_with_its_line_and_what_was_expected(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (collection.write(tmp_path) / name).write_bytes(content)
    with pytest.raises(DigestError, match=re.escape(told)):
        labelled.read(tmp_path)


def test_a_compressed_file_that_ends_early_is_damaged(tmp_path: Path) -> None:
    file = collection.write(tmp_path, compressed=True) / "articles.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DigestError, match="damaged"):
        labelled.read(tmp_path)


def test_a_folder_without_articles_is_told(tmp_path: Path) -> None:
    (collection.write(tmp_path) / "articles.jsonl").unlink()
    with pytest.raises(DigestError, match="no articles here; expected a file"):
        labelled.read(tmp_path)
