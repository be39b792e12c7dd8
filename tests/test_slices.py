"""Known entries are left out of a document, and nobody can tell from those that are left.

The oracle is everywhere the whole document, read without trimming.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties import examples

from digest import feeds, slices
from digest.model import Entry, ParsedFeed

URL = "https://feeds.example/rss.xml"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def whole(body: str | bytes) -> ParsedFeed:
    return feeds.parse(body.encode() if isinstance(body, str) else body, url=URL, trim=False)


def beside(body: str | bytes, known: frozenset[str] = frozenset()) -> ParsedFeed:
    return feeds.parse(body.encode() if isinstance(body, str) else body, url=URL, known_slices=known)


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>Gazette</title>{''.join(items)}</channel></rss>"


def atom(*items: str) -> str:
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Gazette</title>{''.join(items)}</feed>"


def item(guid: str, title: str = "Talks", rest: str = "") -> str:
    return f"<item><guid>{guid}</guid><title>{title}</title>{rest}</item>"


def ids(parsed: ParsedFeed) -> list[str]:
    return [entry.entry_id for entry in parsed.entries]


def said(entry: Entry) -> tuple[str | None, ...]:
    return entry.link, entry.title, entry.summary, entry.text


def assert_nothing_is_lost(before: str | bytes, after: str | bytes) -> ParsedFeed:
    """Of the later document all that is new or edited is there, as if the whole had been read, in its order."""
    trimmed, full = beside(after, beside(before).slices), whole(after)
    there = set(trimmed.entries)
    assert trimmed.entries == tuple(entry for entry in full.entries if entry in there)
    old = {said(entry) for entry in whole(before).entries}
    assert {said(entry) for entry in full.entries if entry not in there} <= old
    assert (trimmed.title, trimmed.language, trimmed.problem) == (full.title, full.language, full.problem)
    again = beside(after, trimmed.slices)
    assert again.known == 0 or again.entries == ()
    return trimmed


# --- what is left out -----------------------------------------------------------------------------------------------


def test_only_new_entries_are_read() -> None:
    first = beside(rss(item("1"), item("2")))
    second = beside(rss(item("3"), item("1"), item("2")), first.slices)
    assert (ids(first), first.known) == (["1", "2"], 0)
    assert (ids(second), second.known) == (["3"], 2)
    assert second.title == "Gazette"


def test_an_edited_entry_is_new_to_the_reader() -> None:
    first = beside(rss(item("1", "Talks to start"), item("2")))
    second = beside(rss(item("1", "Talks start"), item("2")), first.slices)
    assert [(entry.entry_id, entry.title) for entry in second.entries] == [("1", "Talks start")]


def test_what_is_known_is_what_the_last_document_held() -> None:
    first = beside(rss(item("1"), item("2")))
    second = beside(rss(item("2"), item("3")), first.slices)
    third = beside(rss(item("1"), item("3")), second.slices)
    assert ids(third) == ["1"]


def test_a_counter_that_runs_makes_no_new_entry() -> None:
    counted = item(
        "1", rest="<slash:comments xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>{}</slash:comments>"
    )
    first = beside(rss(counted.format(1)))
    assert beside(rss(counted.format(17)), first.slices).known == 1


def test_an_unchanged_document_has_no_entries_but_known_ones() -> None:
    body = rss(item("1"), item("2"))
    again = beside(body, beside(body).slices)
    assert (again.entries, again.known) == ((), 2)
    assert again.slices == beside(body).slices


def test_without_trimming_nothing_is_left_out_or_remembered() -> None:
    body = rss(item("1"))
    off = feeds.parse(body.encode(), url=URL, known_slices=beside(body).slices, trim=False)
    assert (ids(off), off.known, off.slices) == (["1"], 0, frozenset())


def test_the_same_goes_for_atom_and_json() -> None:
    entry = "<entry><id>1</id><title>Talks</title></entry>"
    assert beside(atom(entry), beside(atom(entry)).slices).known == 1
    first = beside(json.dumps({"items": [{"id": "1", "title": "Talks"}]}))
    second = beside(json.dumps({"items": [{"title": "Talks", "id": "1"}, {"id": "2"}, {"id": "3", "title": "x"}]}))
    again = beside(json.dumps({"items": [{"title": "Talks", "id": "1"}, {"id": "3", "title": "x"}]}), first.slices)
    assert (ids(again), again.known) == (["3"], 1)
    assert first.slices < second.slices


def test_the_encoding_does_not_matter() -> None:
    body = '<?xml version="1.0" encoding="{}"?>' + rss(item("1", "Görüşme"))
    first = beside(body.format("utf-8").encode())
    assert beside(body.format("iso-8859-9").encode("iso-8859-9"), first.slices).known == 1
    assert beside(body.format("utf-16").encode("utf-16"), first.slices).known == 1


def test_hashes_of_another_version_are_forgotten() -> None:
    assert ids(beside(rss(item("1")), frozenset({"short", "x" * 99}))) == ["1"]


# --- what depends on the whole document -----------------------------------------------------------------------------

LINK = "<link>https://a.example/{}</link>"


def test_a_link_that_a_known_entry_has_too_is_no_key() -> None:
    first = beside(rss(item("1", "One", LINK.format("page"))))
    second = beside(rss(item("2", "Two", LINK.format("page?utm_source=rss")), item("1", "One", LINK.format("page"))))
    trimmed = beside(
        rss(item("2", "Two", LINK.format("page?utm_source=rss")), item("1", "One", LINK.format("page"))), first.slices
    )
    assert [entry.canonical for entry in second.entries] == [None, None]
    assert trimmed.entries[0] == second.entries[0]


def test_an_id_that_a_known_entry_of_another_link_has_too_says_nothing() -> None:
    first = beside(rss(item("1", "One", LINK.format("a")), item("1", "Two", LINK.format("b"))))
    assert ids(first) == ["https://a.example/a", "https://a.example/b"]
    second = rss(item("1", "Three", LINK.format("c")), item("1", "One", LINK.format("a")))
    assert "https://a.example/c" in ids(beside(second, first.slices))
    alone = beside(rss(item("1", "One", LINK.format("a"))))
    assert sorted(ids(beside(second, alone.slices))) == ["https://a.example/a", "https://a.example/c"]


def test_of_two_entries_with_one_id_the_first_wins_even_if_it_is_known() -> None:
    first = beside(rss(item("1", "One")))
    assert [e.title for e in beside(rss(item("1", "One"), item("1", "Two")), first.slices).entries] == ["One"]
    assert [e.title for e in beside(rss(item("1", "Two"), item("1", "One")), first.slices).entries] == ["Two"]


# --- in doubt the whole is read -------------------------------------------------------------------------------------

DOUBTFUL = {
    "an end tag in CDATA": item("1", rest="<description><![CDATA[a </item> b]]></description>"),
    "a start tag in CDATA": item("1", rest="<description><![CDATA[a <item> b]]></description>"),
    "an entry in a comment": "<!-- " + item("0") + " -->" + item("1"),
    "nested": "<item><guid>1</guid><title>a</title><item><title>b</title></item></item>",
    "empty elements": item("1") + "<item/>",
    "capitals": "<ITEM><guid>1</guid><title>a</title></ITEM>",
    "a prefix": "<rss:item xmlns:rss='http://purl.org/rss/1.0/'><guid>1</guid><title>a</title></rss:item>",
    "damage": item("1") + item("2", "a & b < c"),
    "a cut": item("1") + "<item><guid>2</guid><title>a",
    "a space in the end tag": "<item><guid>1</guid><title>a</title></item >",
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_in_doubt_is_read_whole_and_not_remembered(name: str) -> None:
    parsed = beside(rss(DOUBTFUL[name]))
    assert parsed.slices == frozenset()
    assert parsed.entries == whole(rss(DOUBTFUL[name])).entries


@pytest.mark.parametrize("name", DOUBTFUL)
def test_known_entries_beside_what_is_in_doubt_change_nothing(name: str) -> None:
    before, after = rss(item("1"), item("0")), rss(DOUBTFUL[name], item("1"))
    trimmed, full = beside(after, beside(before).slices), whole(after)
    assert set(trimmed.entries) <= set(full.entries)
    assert {entry.title for entry in full.entries if entry not in trimmed.entries} <= {"Talks"}


def test_a_known_entry_that_is_quoted_is_text() -> None:
    """The literal text of a known slice within the description of a new entry."""
    quoted = item("2", rest=f"<description><![CDATA[{item('1')}]]></description>")
    assert_nothing_is_lost(rss(item("1")), rss(quoted))
    assert ids(beside(rss(quoted), beside(rss(item("1"))).slices)) == ["2"]


@pytest.mark.slow
@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<item>", "</item>", "<items>", "<![CDATA[", "<!--", "<item>x</item>"])
def test_cutting_takes_linear_time(piece: str) -> None:
    cut = slices.cut(piece * 300_000)
    assert cut is None or len(cut.hashes) == 300_000


# --- any two documents ----------------------------------------------------------------------------------------------

FIELDS = st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["", "a", "b"]), st.sampled_from("xyz"))
ENTRIES = st.lists(FIELDS, max_size=6)


def document(family: str, entries: list[tuple[str, str, str]]) -> str:
    if family == "json":
        return json.dumps(
            {"items": [{"id": i or None, "url": link and f"{URL}/{link}", "title": t} for i, link, t in entries]}
        )
    if family == "atom":
        one = "<link href='https://a.example/{}'/>"
        return atom(
            *(
                f"<entry><id>{i}</id>{one.format(link) if link else ''}<title>{t}</title></entry>"
                for i, link, t in entries
            )
        )
    return rss(*(item(i, t, LINK.format(link) if link else "") for i, link, t in entries))


@pytest.mark.slow
@examples(300)
@example(
    "rss",
    [("1", "a", "y"), ("1", "b", "y"), ("1", "b", "z")],
    [("1", "b", "y"), ("1", "b", "z"), ("", "", "y"), ("1", "a", "y")],
)
@example("rss", [], [("", "b", "x"), ("1", "b", "z"), ("", "", "z"), ("1", "a", "x")])
@given(st.sampled_from(["rss", "atom", "json"]), ENTRIES, ENTRIES)
def test_between_any_two_documents_nothing_is_lost(
    family: str, before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]
) -> None:
    assert_nothing_is_lost(document(family, before), document(family, after))


PIECE = st.sampled_from(
    [
        item("1"),
        item("2"),
        item("3", "a"),
        "<item>",
        "</item>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<title>",
        "&",
        "x",
    ]
)


@pytest.mark.slow
@examples(300)
@given(st.lists(PIECE, max_size=6), st.lists(PIECE, max_size=8))
def test_between_any_two_heaps_nothing_is_lost(before: list[str], after: list[str]) -> None:
    trimmed, full = beside(rss(*after), beside(rss(*before)).slices), whole(rss(*after))
    assert set(trimmed.entries) <= set(full.entries)
    old = {said(entry) for entry in whole(rss(*before)).entries}
    assert {said(entry) for entry in full.entries if entry not in set(trimmed.entries)} <= old


# --- real documents -------------------------------------------------------------------------------------------------

corpus = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there: no corpus to test with"),
]


def rows(folder: str) -> Iterator[dict[str, str]]:
    index = DATA / folder / "index.tsv"
    if index.is_file():
        with index.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines, delimiter="\t")


@pytest.mark.corpus
@pytest.mark.parametrize("file", [pytest.param(row["file"], marks=corpus) for row in rows("feeds")])
def test_of_a_captured_feed_any_half_can_be_known(file: str) -> None:
    body = (DATA / "feeds" / file).read_bytes()
    full, remembered = whole(body), beside(body)
    assert remembered.entries == full.entries
    for parity in (0, 1):
        half = frozenset(one for one in remembered.slices if int(one[:2], 16) % 2 == parity)
        trimmed = beside(body, half)
        there = set(trimmed.entries)
        assert trimmed.entries == tuple(entry for entry in full.entries if entry in there)
        assert len(full.entries) - len(there) <= trimmed.known <= len(half)
    again = beside(body, remembered.slices)
    assert again.known == 0 or again.entries == ()


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there: no corpus to test with")
def test_nine_of_ten_captured_feeds_can_be_trimmed() -> None:
    bodies = [(DATA / "feeds" / row["file"]).read_bytes() for row in rows("feeds") if row["bozo"] == "0"]
    holding = [body for body in bodies if len(whole(body).entries) > 1]
    assert sum(bool(beside(body).slices) for body in holding) >= 0.9 * len(holding) > 50


POLLS = [row["file"] for row in rows("feeds_polls")]


@pytest.mark.corpus
@pytest.mark.parametrize(
    "before, after",
    [pytest.param(a, b, marks=corpus) for a, b in pairwise(POLLS) if a.partition("/")[0] == b.partition("/")[0]],
)
def test_between_two_polls_of_a_real_feed_nothing_is_lost(before: str, after: str) -> None:
    old, new = ((DATA / "feeds_polls" / file).read_bytes() for file in (before, after))
    assert assert_nothing_is_lost(old, new).known > 0
