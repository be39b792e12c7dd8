"""Captured feeds, attacks, and the same feed polled again: what only real documents show."""

from __future__ import annotations

import logging

import pytest
from corpus import DATA, WHERE_IT_IS, rows

from digest import feeds
from digest.model import Entry, ParsedFeed

URL = "http://feed.test/world/rss.xml"

log = logging.getLogger(__name__)

pytestmark = WHERE_IT_IS


def parse(path: str) -> ParsedFeed:
    return feeds.parse((DATA / path).read_bytes(), url=URL)


FEWER = {
    # file: how many less than the index counts, which counts whatever feedparser calls an entry
    "rss-parser__input_incomplete-fields.atom": (1, "the entry is empty"),
    "rss-parser__input_missing-fields.atom": (1, "the entry has nothing but an id and an author"),
    "v2__testdata_no_encoding_ISO-8859-1.xml": (1, "one of the items is empty"),
    "xml_feed_parser__samples_delicious.feed": (1, "two items have the same rdf:about"),
    "xml_feed_parser__samples_illformed_atom10.xml": (1, "the entry is empty"),
    "feedparser__illformed_rss_incomplete_cdata.xml": (1, "the item is empty but for an unfinished CDATA section"),
    "newsboat__data_items_without_titles.xml": (2, "three of the entries have the same id"),
    "reader__data_empty.atom": (1, "the entry has nothing but an id"),
    "reader__data_empty.rss": (1, "the item has nothing but a guid"),
    "reader__data_full.atom": (3, "three entries have nothing but an id and a source"),
    "reader__data_full.rss": (3, "three items have nothing but a guid and a source"),
}


@pytest.mark.parametrize("row", rows("feeds"), ids=lambda row: row["file"])
def test_every_entry_of_a_captured_feed_is_read(row: dict[str, str]) -> None:
    parsed = parse(f"feeds/{row['file']}")
    less, _ = FEWER.get(row["file"], (0, ""))
    assert len(parsed.entries) >= int(row["entries"]) - less
    assert len({entry.entry_id for entry in parsed.entries}) == len(parsed.entries)
    assert all(entry.title for entry in parsed.entries)
    assert parse(f"feeds/{row['file']}") == parsed
    assert not less or len(parsed.entries) == int(row["entries"]) - less, (
        "no exception any more: take it off the list"
    )


MORE = "JSON Feed, which feedparser does not read"


def test_each_difference_from_feedparser_has_its_reason() -> None:
    """`python -m pytest -m "" tests/test_corpus_feeds.py -k difference --log-cli-level=INFO` lists them."""
    counted = [
        (row["file"], int(row["entries"]), len(parse(f"feeds/{row['file']}").entries)) for row in rows("feeds")
    ]
    every = (sum(theirs for _, theirs, _ in counted), sum(ours for *_, ours in counted))
    log.info("%d files: feedparser finds %d entries, we %d", len(counted), *every)
    for file, theirs, ours in counted:
        if theirs != ours:
            reason = FEWER[file][1] if ours < theirs else MORE
            log.info("%s: feedparser %d, we %d: %s", file, theirs, ours, reason)
            assert ours < theirs or file.endswith(".json"), file


@pytest.mark.parametrize("name, entries", [("full", 2), ("10", 0), ("empty", 1)])
def test_json_feeds_that_the_index_does_not_count_are_read(name: str, entries: int) -> None:
    parsed = parse(f"feeds/reader__data_{name}.json")
    assert parsed.problem is None
    assert len(parsed.entries) == entries


def test_a_good_feed_is_no_problem() -> None:
    """A problem is only said of documents that the index, too, calls ill formed, or that hold no feed."""
    ill = {row["file"] for row in rows("feeds") if row["bozo"] == "1" or row["format"] == "none"}
    ill.add("feedjira__sample_feeds_DuplicateContentAtomFeed.xml")  # a feed in a web page, cut out of it
    assert {row["file"] for row in rows("feeds") if parse(f"feeds/{row['file']}").problem} <= ill


def test_most_dates_links_and_languages_of_captured_feeds_are_known() -> None:
    """The index says which are missing; what it does not call missing is there."""
    counted = [row for row in rows("feeds") if row["file"] not in FEWER]
    entries = [entry for row in counted for entry in parse(f"feeds/{row['file']}").entries]
    missing = {name: sum(int(row[name]) for row in counted) for name in ("no_date", "no_link")}
    assert sum(entry.link is None for entry in entries) <= missing["no_link"] + 30
    assert sum(entry.published_at is None for entry in entries) <= missing["no_date"] + 30


@pytest.mark.parametrize(
    "file, words",
    [
        ("feedparser__chardet_windows1255.xml", ""),
        ("v2__testdata_encoding_WINDOWS-1251.xml", "тест"),
        ("v2__testdata_koi8r.xml", ""),
    ],
)
def test_encodings_are_understood(file: str, words: str) -> None:
    text = " ".join(entry.title + entry.summary for entry in parse(f"feeds/{file}").entries)
    assert "\ufffd" not in text
    assert words in text or not words


def hostile(name: str) -> tuple[Entry, ...]:
    return parse(f"feeds_hostile/{name}.xml").entries


def test_every_attack_is_answered_below() -> None:
    assert {row["file"] for row in rows("feeds_hostile")} == {f"{name}.xml" for name in ANSWERED.split()}


ANSWERED = """
    billion_laughs external_entity_file script_in_title javascript_link header_injection_title same_guid_changed_title
    changed_guid_same_link no_guid_date_link future_and_ancient_dates relative_links html_in_title_cdata
    utf8_declared_latin1_bytes truncated
"""


def test_entities_are_neither_expanded_nor_fetched() -> None:
    assert [entry.title for entry in hostile("billion_laughs")] == ["&a10;"]
    assert [entry.title for entry in hostile("external_entity_file")] == ["&x;"]


def test_nothing_active_is_in_a_title_or_a_link() -> None:
    assert [(entry.title, entry.summary) for entry in hostile("script_in_title")] == [("Talks", "Hi")]
    assert [entry.link for entry in hostile("javascript_link")] == [None, None, None]
    assert [entry.title for entry in hostile("header_injection_title")] == ["Talks Bcc: victim@example.test body"]


def test_a_repeated_article_can_be_told() -> None:
    assert [entry.entry_id for entry in hostile("same_guid_changed_title")] == ["q"]
    assert {entry.canonical for entry in hostile("changed_guid_same_link")} == {"https://example.test/a"}


def test_poor_entries_are_read_and_named() -> None:
    assert [entry.title for entry in hostile("no_guid_date_link")] == ["T", "D", "example.test/a"]
    assert [entry.published_at is None for entry in hostile("future_and_ancient_dates")] == [False, True, True, True]


def test_links_titles_and_encodings_are_put_right() -> None:
    assert [entry.link for entry in hostile("relative_links")] == ["http://feed.test/news/1"]
    assert [entry.title for entry in hostile("html_in_title_cdata")] == [
        "Syria & Turkey talks \N{EN DASH} day 2",
        "AT&T <b>deal",
    ]
    assert [entry.title for entry in hostile("utf8_declared_latin1_bytes")] == ["Türkiye görüsme"]


def test_what_stands_before_a_cut_is_read_and_the_cut_is_reported() -> None:
    parsed = parse("feeds_hostile/truncated.xml")
    assert [entry.entry_id for entry in parsed.entries] == ["g1"]
    assert "damaged at line 4" in (parsed.problem or "")


@pytest.mark.parametrize("feed", sorted({row["feed"] for row in rows("feeds_polls")}))
def test_a_feed_polled_again_has_as_many_new_ids_as_were_counted(feed: str) -> None:
    seen: set[str] = set()
    for row in rows("feeds_polls"):
        if row["feed"] == feed:
            ids = {entry.entry_id for entry in parse(f"feeds_polls/{row['file']}").entries}
            assert len(ids) == int(row["distinct_ids"])
            assert len(ids - seen) == int(row["new_ids"])
            seen |= ids
