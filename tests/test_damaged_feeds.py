"""Documents that are no XML: what can be read of them is read as if they were whole, and no entry becomes another."""

from __future__ import annotations

import json

import pytest

from digest import feeds
from digest.model import ParsedFeed

URL = "https://feeds.example/rss.xml"
HEAD = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Q&amp;A</title>'
END = "</channel></rss>"


def parse(document: str) -> ParsedFeed:
    return feeds.parse(document.encode(), url=URL)


def item(number: int) -> str:
    """One with an escape wherever feeds have one."""
    return (
        f"<item><guid>http://a.example/{number}?a=1&amp;b=2</guid><title>Talks {number} &amp;amp; more</title>"
        f"<link>http://a.example/{number}?a=1&amp;b=2</link><category>Q&amp;amp;A</category>"
        "<dc:creator>&lt;b&gt;Jo&lt;/b&gt; &#38; Al</dc:creator><description>In &lt;i&gt;Rome&lt;/i&gt;</description>"
        f'<enclosure type="image/png" url="http://a.example/{number}.png?a=1&#038;q=&quot;b&quot;"/></item>'
    )


WHOLE = HEAD + item(1) + item(2) + item(3) + END
DAMAGE = {
    "an error page after the end": WHOLE + "<html><body>504 & more<br></body></html>",
    "words after the end": WHOLE + "Fatal error",
    "an end tag too many": WHOLE + "</rss>",
    "a tag never closed": HEAD + item(1) + "<br>" + item(2) + item(3) + END,
    "an ampersand": HEAD + "<description>R & D</description>" + item(1) + item(2) + item(3) + END,
    "a prefix nobody declared": HEAD + item(1) + item(2).replace("</item>", "<x:y>z</x:y></item>") + item(3) + END,
    "an entity nobody declared": HEAD + item(1) + "<x>&nope;</x>" + item(2) + item(3) + END,
    "an entry never closed": HEAD + item(1) + item(2).removesuffix("</item>") + item(3) + END,
    "the end cut off": HEAD + item(1) + item(2) + item(3),
    "a second document": HEAD + item(1) + END + HEAD + item(2) + item(3) + END,
    "entries after the end": HEAD + item(1) + END + item(2) + item(3),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_beside_the_entries_changes_none_of_them(name: str) -> None:
    damaged, whole = parse(DAMAGE[name]), parse(WHOLE)
    assert "damaged" in (damaged.problem or "")
    assert damaged.entries == whole.entries
    assert (damaged.title, len(whole.entries)) == ("Q&A", 3)


@pytest.mark.parametrize("cut", ["<title>Half</title><gu", "<title>Half</title><link>http://a.example/4</link>", ""])
def test_an_entry_cut_off_before_its_id_waits_for_the_next_poll(cut: str) -> None:
    """It would be taken for another one then: nothing of it is told twice."""
    parsed = parse(HEAD + item(1) + "<item>" + cut)
    assert [entry.title for entry in parsed.entries] == ["Talks 1 & more"]


def test_an_entry_cut_off_behind_its_id_is_kept() -> None:
    parsed = parse(HEAD + item(1) + "<item><guid>2</guid><title>Talks resumed</title><description>In An")
    assert [(entry.entry_id, entry.summary) for entry in parsed.entries][1:] == [("2", "")]
    assert parsed.cut == "2"


@pytest.mark.parametrize("name", DAMAGE)
def test_nothing_is_cut_off_where_the_last_entry_ends(name: str) -> None:
    assert parse(DAMAGE[name]).cut is None


@pytest.mark.parametrize(
    "written, read",
    [
        ("Talks &#8;&#x1F;&#0; on", "Talks on"),
        ("Talks &#55357;&#56832; &#xD83D;&#xDE00; on", "Talks \N{GRINNING FACE} \N{GRINNING FACE} on"),
        ("Talks &#55357; on &#xFFFF;", "Talks on"),
        ("Talks &#99999999; &#xFFFFFFFFFFFF; on &#8217;&#38;&#60;", "Talks on \N{RIGHT SINGLE QUOTATION MARK}&<"),
    ],
)
def test_a_number_that_is_no_characters_costs_no_entry(written: str, read: str) -> None:
    """As of emoji that were cut into halves before they were escaped. Without it nothing is said to be damaged."""
    titled = item(2).replace("Talks 2 &amp;amp; more", written)
    parsed = parse(HEAD + item(1) + titled + item(3) + END)
    assert [entry.title for entry in parsed.entries] == ["Talks 1 & more", read, "Talks 3 & more"]
    assert parsed.problem is None
    damaged = parse(HEAD + item(1) + titled + "<br>" + item(3) + END)
    assert damaged.entries == parsed.entries
    assert "mismatched tag" in (damaged.problem or "")


def test_a_number_without_its_end_costs_no_entry_either() -> None:
    parsed = parse(HEAD + item(1) + item(2).replace("more", "more &#55357 &#99999999 &#x110000.") + item(3) + END)
    assert [entry.title[:7] for entry in parsed.entries] == ["Talks 1", "Talks 2", "Talks 3"]


# --- JSON -----------------------------------------------------------------------------------------------------------

ITEMS = [{"id": number, "title": f"Talks {number}", "tags": ["items"]} for number in (1, 2, 3)]
JSON = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Q&A", "items": ITEMS}, indent=1)


@pytest.mark.parametrize(
    "document, titles",
    [
        (JSON + "\n<!-- cached -->", ["Talks 1", "Talks 2", "Talks 3"]),
        (JSON + "}", ["Talks 1", "Talks 2", "Talks 3"]),
        (JSON[:-30], ["Talks 1", "Talks 2"]),
        (JSON.replace('"Talks 2"', '"Talks "2"'), ["Talks 1"]),
    ],
)
def test_of_json_all_items_before_the_damage_are_read(document: str, titles: list[str]) -> None:
    parsed = parse(document)
    assert [entry.title for entry in parsed.entries] == titles
    assert parsed.title == "Q&A"
    assert "damaged" in (parsed.problem or "")
    assert f"nevertheless: {len(titles)}" in (parsed.problem or "")
    assert not parsed.slices


BROKEN_OFF = ["{", '{"items": ', '{"items": [', '{"title": "items": [1]}', '{"items": [' * 100_000, JSON[:60]]


@pytest.mark.parametrize("document", BROKEN_OFF)
def test_of_json_that_breaks_off_before_its_items_nothing_is_read(document: str) -> None:
    parsed = parse(document)
    assert (parsed.entries, parsed.problem is None) == ((), False)
