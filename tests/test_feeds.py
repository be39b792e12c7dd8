"""Feed documents to entries. A quirk is a pair of files in `data/feeds`; what only code can say is below."""

from __future__ import annotations

import json
import string
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples

from digest import feeds
from digest.model import ParsedFeed

URL = "https://feeds.example/rss.xml"
QUIRKS = Path(__file__).parent / "data" / "feeds"
CASES = sorted(path for path in QUIRKS.iterdir() if not path.name.endswith(".expected.json"))


def parse(body: str | bytes, **headers: Any) -> ParsedFeed:
    return feeds.parse(body.encode() if isinstance(body, str) else body, url=URL, **headers)


def rss(items: str, attributes: str = "") -> str:
    return f'<rss version="2.0" {attributes}><channel><title>Gazette</title>{items}</channel></rss>'


def printable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


# --- quirks as files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_document_gives_what_the_file_beside_it_expects(path: Path) -> None:
    """Fields that the expectation leaves out may be anything; `problem` is a part of it, `sha256:` any hash."""
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text(encoding="utf-8"))
    parsed = parse(path.read_bytes())

    problem = expected["feed"].pop("problem", None)
    assert (problem in (parsed.problem or "")) if problem else parsed.problem is None
    assert {name: getattr(parsed, name) for name in expected["feed"]} == expected["feed"]
    assert len(parsed.entries) == len(expected["entries"])
    for entry, wanted in zip(parsed.entries, expected["entries"], strict=True):
        found = {name: printable(value) for name, value in asdict(entry).items() if name in wanted}
        if wanted.get("entry_id") == "sha256:":
            found["entry_id"] = found["entry_id"][:7]
        assert found == wanted


def test_every_expectation_has_its_document() -> None:
    documents = {path.stem for path in CASES}
    assert {path.name.removesuffix(".expected.json") for path in QUIRKS.glob("*.expected.json")} == documents
    assert len(documents) >= 15


# --- identity -------------------------------------------------------------------------------------------------------


def test_ids_do_not_depend_on_where_the_feed_was_fetched_from() -> None:
    body = rss("<item><guid>a-1</guid><title>A</title></item><item><title>B</title></item>").encode()
    moved = feeds.parse(body, url="http://elsewhere.example/deep/feed")
    assert [e.entry_id for e in moved.entries] == [e.entry_id for e in parse(body).entries]


def test_an_id_is_not_changed_by_a_new_date_or_text() -> None:
    before = rss(
        "<item><guid>7</guid><title>Talks to start</title><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
    )
    after = rss(
        "<item><guid>7</guid><title>Talks start</title><pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate></item>"
    )
    assert parse(before).entries[0].entry_id == parse(after).entries[0].entry_id == "7"


def test_a_made_id_does_not_depend_on_the_date() -> None:
    one = rss(
        "<item><title>A</title><description>text</description><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
    )
    other = rss("<item><title>A</title><description>text</description></item>")
    assert parse(one).entries[0].entry_id == parse(other).entries[0].entry_id


def test_a_made_id_is_pinned_because_it_is_stored() -> None:
    """A change here brings back every article of feeds without ids and links."""
    made = parse(rss("<item><title>Talks</title><description>In Ankara</description></item>")).entries[0].entry_id
    assert made == "sha256:67c0fc3f78750a97b31cc3f68ad83b4d"


def test_an_id_without_end_is_hashed() -> None:
    first, second = parse(
        rss("".join(f"<item><guid>{'x' * 3000}{n}</guid><title>A</title></item>" for n in (1, 2)))
    ).entries
    assert len(first.entry_id) <= feeds.MAX_ID
    assert first.entry_id != second.entry_id


# --- what surrounds the entries -------------------------------------------------------------------------------------


def test_the_header_gives_the_language_when_the_document_does_not() -> None:
    body = rss("<item><title>A</title></item>")
    assert parse(body, content_language="tr-TR").entries[0].language == "tr"
    assert parse(rss("<language>en</language><item><title>A</title></item>"), content_language="tr").language == "en"
    assert parse(body, content_language="en, fr").language is None


@pytest.mark.parametrize(
    "written, code",
    [
        ("en-us", "en"),
        ("pt_BR", "pt"),
        ("ckb", "ckb"),
        ("iw", "he"),
        ("English", None),
        ("", None),
        ("und", None),
        ("x", None),
    ],
)
def test_a_language_is_a_code_without_region(written: str, code: str | None) -> None:
    assert parse(rss(f"<language>{written}</language>")).language == code


@pytest.mark.parametrize(
    "written, minutes", [("60", 60), ("0", None), ("-5", None), ("soon", None), ("9" * 99, None)]
)
def test_a_ttl_is_a_positive_number_of_minutes(written: str, minutes: int | None) -> None:
    assert parse(rss(f"<ttl>{written}</ttl>")).ttl_minutes == minutes


def test_the_servers_charset_is_heard_when_the_document_says_nothing() -> None:
    body = rss("<item><title>Привет, мир</title></item>").encode("koi8-r")
    assert parse(body, content_type="text/xml; charset=KOI8-R").entries[0].title == "Привет, мир"


@pytest.mark.parametrize("declared", ["", " encoding='utf-8'", " encoding='iso-8859-1'"])
@pytest.mark.parametrize(
    "language, title, codec",
    [
        *(("ru", "Привет, мир", "cp1251"), ("el-GR", "Καλημέρα κόσμε", "cp1253"), ("ar", "مرحبا بالعالم", "cp1256")),
        *(("ja", "こんにちは世界", "cp932"), ("fr", "Éléphants à Orléans", "cp1252")),
    ],
)
def test_an_encoding_that_nobody_declared_is_that_of_the_language(
    declared: str, language: str, title: str, codec: str
) -> None:
    document = f"<?xml version='1.0'{declared}?>" + rss(
        f"<language>{language}</language><item><title>{title}</title></item>"
    )
    assert parse(document.encode(codec)).entries[0].title == title


@pytest.mark.parametrize("before", ["", "\n", " \r\n\t" * 50])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_letters_without_a_byte_order_mark_are_known_by_their_zeros(codec: str, before: str) -> None:
    xml = rss("<item><title>Привет, мир</title></item>")
    for document in (xml, '<?xml version="1.0" encoding="utf-16"?>' + xml, '{"items": [{"title": "Привет, мир"}]}'):
        assert [entry.title for entry in parse((before + document).encode(codec)).entries] == ["Привет, мир"]


def test_utf7_is_not_read() -> None:
    """What hides markup from whoever looks at the bytes is left as it is written, even where it is declared."""
    document = '<?xml version="1.0" encoding="utf-7"?>' + rss("<item><title>+AOk-t+AOk-</title></item>")
    parsed = parse(document, content_type="text/xml; charset=utf-7")
    assert [entry.title for entry in parsed.entries] == ["+AOk-t+AOk-"]


def test_utf8_is_known_by_its_bytes_whatever_is_declared() -> None:
    document = '<?xml version="1.0" encoding="windows-1251"?>' + rss("<item><title>Привет, мир</title></item>")
    assert parse(document, content_type="text/xml; charset=koi8-r").entries[0].title == "Привет, мир"


@pytest.mark.parametrize(
    "name", ["punycode", "undefined", "idna", "unicode_escape", "bz2", "rot13", "no-such", "utf-16"]
)
def test_an_encoding_that_is_none_is_not_believed(name: str) -> None:
    parsed = parse(f'<?xml version="1.0" encoding="{name}"?>' + rss("<item><title>Müde</title></item>"))
    assert [entry.title for entry in parsed.entries] == ["Müde"]


@pytest.mark.parametrize(
    "body, words",
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("Not found", "expected XML or JSON, found 'Not found'"),
        ("/etc/passwd", "expected XML or JSON, found '/etc/passwd'"),
        ("<note><to/></note>", "starts with <note>"),
        ("<opml version='2.0'><body/></opml>", "OPML"),
        ("<html><body>Log in</body></html>", "web page"),
        ('{"items": 5}', "a list named `items`"),
        ("[1, 2]", "a list named `items`"),
        ('{"items": [', "starts like JSON"),
        ("<rss", "damaged at line 1"),
        ("\x1f\x8b\x08 compressed", "expected XML or JSON"),
    ],
)
def test_what_is_no_feed_is_named_with_what_it_is(body: str, words: str) -> None:
    parsed = parse(body)
    assert words in (parsed.problem or "")
    assert parsed.entries == ()


def test_what_stands_in_a_comment_is_no_root() -> None:
    feed = rss("<item><title>A</title></item>")
    parsed = parse(f"<?xml version='1.0'?><!-- made with <rss> and <feed> -->\n<!---->{feed}")
    assert (parsed.problem, len(parsed.entries)) == (None, 1)
    assert (parse("<!-- no <feed> --><html><p>Hi</p></html>").problem or "").startswith("this is a web page")


def test_a_feed_without_entries_is_no_problem() -> None:
    assert parse(rss("")) == ParsedFeed(title="Gazette")


# --- what a feed asks for -------------------------------------------------------------------------------------------

SYNDICATION = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
ATOM_LINK = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='{}' href='{}'/>"


def test_a_feed_may_name_hours_and_days_to_be_left_alone_in() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in (0, "07", 23, 24, 25, "noon", -1))
    days = "<day>Saturday</day><day> sunday </day><day>Someday</day>"
    parsed = parse(rss(f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays><item><title>A</title></item>"))
    assert parsed.skip_hours == {0, 7, 23}
    assert parsed.skip_days == {5, 6}


@pytest.mark.parametrize(
    "period, frequency, asked",
    [
        ("hourly", "1", timedelta(hours=1)),
        ("hourly", "", timedelta(hours=1)),
        (" Daily ", "4", timedelta(hours=6)),
        ("weekly", "7", timedelta(days=1)),
        ("hourly", "0", None),
        ("hourly", "often", None),
        ("sometimes", "1", None),
    ],
)
def test_a_feed_may_say_how_often_it_changes(period: str, frequency: str, asked: timedelta | None) -> None:
    said = f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
    assert parse(rss(said, SYNDICATION)).update_period == asked


def test_a_feed_names_its_hubs_itself_and_what_is_older() -> None:
    links = [
        ("hub", "https://hub.example/"),
        ("self", "/rss.xml"),
        ("next", "?page=2"),
        ("hub", "https://other.example/"),
        ("hub", "https://hub.example/"),
    ]
    parsed = parse(rss("".join(ATOM_LINK.format(*link) for link in links)))
    assert parsed.hubs == ("https://hub.example/", "https://other.example/")
    assert parsed.self_link == "https://feeds.example/rss.xml"
    assert parsed.older == "https://feeds.example/rss.xml?page=2"


def test_an_archive_goes_before_a_next_page() -> None:
    links = ATOM_LINK.format("next", "https://a.example/2") + ATOM_LINK.format(
        "prev-archive", "https://a.example/old"
    )
    assert parse(rss(links)).older == "https://a.example/old"
    assert parse(f"<feed xmlns='http://www.w3.org/2005/Atom'>{links}</feed>").older == "https://a.example/old"


def test_links_that_are_none_name_nothing() -> None:
    parsed = parse(rss("".join(ATOM_LINK.format(rel, "javascript:x") for rel in ("hub", "self", "next"))))
    assert (parsed.hubs, parsed.self_link, parsed.older) == ((), None, None)


def test_a_thousand_hubs_are_a_few() -> None:
    links = "".join(ATOM_LINK.format("hub", f"https://{number}.example/") for number in range(1000))
    hubs = [{"type": "WebSub", "url": f"https://{number}.example/"} for number in range(1000)]
    few = tuple(f"https://{number}.example/" for number in range(10))
    assert parse(rss(links)).hubs == few
    assert parse(json.dumps({"items": [], "hubs": hubs})).hubs == few


def test_a_json_feed_names_them_too() -> None:
    hubs = [
        {"type": "rssCloud", "url": "https://c.example/"},
        {"type": "WebSub", "url": "https://hub.example/"},
        {"type": "websub", "url": "https://other.example/"},
    ]
    body = {"items": [], "hubs": hubs, "feed_url": "https://a.example/feed.json", "next_url": "?before=9"}
    parsed = parse(json.dumps(body))
    assert parsed.hubs == ("https://hub.example/", "https://other.example/")
    assert parsed.self_link == "https://a.example/feed.json"
    assert parsed.older == "https://feeds.example/rss.xml?before=9"


@pytest.mark.parametrize("written, finished", [(True, True), (False, False), (1, False), ("true", False)])
def test_a_json_feed_may_say_that_it_is_finished(written: object, *, finished: bool) -> None:
    assert parse(json.dumps({"items": [{"id": "1", "title": "A"}], "expired": written})).expired is finished
    assert not parse(json.dumps({"items": []})).expired


# --- ids that say nothing -------------------------------------------------------------------------------------------


def described(guid: str, link: str, title: str) -> str:
    return f"<item><guid>{guid}</guid><link>{link}</link><title>{title}</title></item>"


def test_an_id_that_all_entries_have_is_none() -> None:
    """Some programs write the site's address there. Else such a feed would have one article, edited for ever."""
    items = [described("https://a.example/", f"https://a.example/{n}", f"Report {n}") for n in range(3)]
    parsed = parse(rss("".join(items)))
    assert [entry.entry_id for entry in parsed.entries] == [f"https://a.example/{n}" for n in range(3)]
    later = parse(rss("".join([*items[1:], described("https://a.example/", "https://a.example/3", "Report 3")])))
    assert {entry.entry_id for entry in later.entries} - {entry.entry_id for entry in parsed.entries} == {
        "https://a.example/3"
    }


@pytest.mark.parametrize(
    "one, other",
    [
        (("g", "https://a.example/1", "Talks to start"), ("g", "https://a.example/1?utm_source=rss", "Talks start")),
        (("g", "https://a.example/1", "Talks"), ("g", "https://a.example/2", "Talks")),
        (("g", "https://a.example/1", "Talks"), ("g", "", "Another")),
        (("g", "", "Talks"), ("g", "", "Another")),
    ],
    ids=["one link", "one content", "a link and none", "no links"],
)
def test_of_two_entries_with_one_id_the_first_wins_where_nothing_says_that_they_are_two(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    (entry,) = parse(rss(described(*one) + described(*other))).entries
    assert (entry.entry_id, entry.title) == ("g", one[2])


# --- links ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        "<link/><guid>https://a.example/1</guid>",
        "<guid>https://a.example/1</guid><link></link>",
        "<guid>https://a.example/1</guid>",
        "<link>https://a.example/1</link><guid>https://a.example/?p=1</guid>",
        "<guid>https://a.example/?p=1</guid><link>https://a.example/1</link>",
    ],
)
def test_a_guid_stands_for_a_link_that_is_missing_or_empty(item: str) -> None:
    document = rss(f"<item><title>A</title>{item}</item>")
    assert parse(document) == parse(document, quick=False)
    assert parse(document).entries[0].link == "https://a.example/1"


@pytest.mark.parametrize(
    "item", ["<link/><guid isPermaLink='false'>https://a.example/1</guid>", "<link/><guid>1</guid>"]
)
def test_a_guid_that_is_no_address_or_says_so_is_no_link(item: str) -> None:
    document = rss(f"<item><title>A</title>{item}</item>")
    assert parse(document) == parse(document, quick=False)
    assert parse(document).entries[0].link is None


def test_bases_that_are_relative_are_each_within_the_one_around() -> None:
    entries = (
        '<entry xml:base="two/"><id>a</id><title>A</title><link href="x"/></entry>'
        '<entry><id>b</id><title>B</title><link href="x"/></entry>'
        '<entry xml:base="https://b.example/c/"><id>c</id><title>C</title><link xml:base="../d/" href="x"/></entry>'
    )
    document = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/one/">{entries}</feed>'
    found = [entry.link for entry in parse(document).entries]
    assert found == ["https://feeds.example/one/two/x", "https://feeds.example/one/x", "https://b.example/d/x"]


def test_an_item_of_json_without_a_link_has_its_id_when_that_is_one() -> None:
    items = [{"id": "https://a.example/1", "title": "A"}, {"id": "a.example/2", "title": "B"}]
    items += [{"id": "https://a.example/3", "title": "C", "url": "https://a.example/c"}]
    found = [entry.link for entry in parse(json.dumps({"items": items})).entries]
    assert found == ["https://a.example/1", None, "https://a.example/c"]


# --- authors --------------------------------------------------------------------------------------------------------

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def authors(document: str) -> list[str | None]:
    """By both readers, which must find the same."""
    quick, slow = parse(document), parse(document, quick=False)
    assert quick == slow
    return [entry.author for entry in quick.entries]


def test_all_authors_of_an_entry_are_named_each_once() -> None:
    several = "<dc:creator>Ann</dc:creator><dc:creator>B &amp;amp; C</dc:creator><author>a@b.example (Ann)</author>"
    assert authors(rss(f"<item><title>A</title>{several}</item>", DC)) == ["Ann, B & C"]
    several = "<author><name>Ann</name></author><author><email>b@a.example</email></author><author><name>Bea</name>"
    assert authors(ATOM.format(f"<entry><title>A</title>{several}</author></entry>")) == ["Ann, Bea"]


def test_an_entry_of_atom_or_json_without_an_author_has_the_feeds() -> None:
    entries = "<entry><title>A</title></entry><entry><title>B</title><author><name>Bea</name></author></entry>"
    of_feed = "<author><name>Ann</name><uri>https://ann.example/</uri></author>"
    assert authors(ATOM.format(of_feed + entries)) == ["Ann", "Bea"]
    assert authors(ATOM.format(entries + of_feed)) == ["Ann", "Bea"]
    items = [{"id": 1, "title": "A"}, {"id": 2, "title": "B", "author": {"name": "Bea"}}]
    items += [{"id": 3, "title": "C", "authors": ["Cid", {"name": "Dan"}]}, {"id": 4, "title": "D", "author": "Eve"}]
    document = json.dumps({"authors": [{"name": "Ann"}], "items": items})
    assert authors(document) == ["Ann", "Bea", "Cid, Dan", "Eve"]


def test_who_edits_an_item_is_its_author_for_both_readers() -> None:
    document = rss("<item><title>A</title><managingEditor>ed@a.example (Ed)</managingEditor></item>")
    assert authors(document) == ["Ed"]
    assert parse(document, quick=False) == parse(document)


def test_who_edits_a_channel_of_rss_has_not_written_its_items() -> None:
    assert authors(rss("<managingEditor>Ann</managingEditor><item><title>A</title></item>")) == [None]


@pytest.mark.parametrize("change", [("http:", "https:"), ("/'", "'"), ("Atom", "Atom/"), ("dc", "DC")])
def test_namespaces_are_known_in_all_their_spellings(change: tuple[str, str]) -> None:
    """Whatever their prefixes, for both readers."""
    item = (
        "<item><a:link href='https://a.example/1'/><b:creator>Ann</b:creator><c:issued>2026-11-18</c:issued>"
        "<d:encoded>Envoys meet</d:encoded></item>"
    )
    spaces = (
        "xmlns:a='http://www.w3.org/2005/Atom' xmlns:b='http://purl.org/dc/elements/1.1/' "
        "xmlns:c='http://purl.org/dc/terms/' xmlns:d='http://purl.org/rss/1.0/modules/content/'"
    )
    (entry,) = parse(rss(item, spaces)).entries
    assert (entry.link, entry.author, entry.summary) == ("https://a.example/1", "Ann", "Envoys meet")
    assert entry.published_at == datetime(2026, 11, 18, tzinfo=UTC)
    changed = rss(item, spaces.replace(*change))
    assert parse(changed).entries == parse(changed, quick=False).entries == (entry,)


@pytest.mark.parametrize(
    "written, read",
    [
        ("&amp;lt;p&amp;gt;Talks &amp;amp;amp; more&amp;lt;/p&amp;gt; Two", "Talks & more\nTwo"),
        ("<![CDATA[&lt;img src=&quot;/a.jpg&quot;/&gt; Talks]]>", "Talks"),
        ("&amp;lt;!-- x --&amp;gt;&amp;lt;p&amp;gt;A&amp;lt;/p&amp;gt; by &lt;a&gt;B&lt;/a&gt;", "A\nby B"),
        ("&lt;p&gt;Write &amp;lt;p&amp;gt;.&lt;/p&gt;", "Write <p>."),
        ("If a &amp;lt; b", "If a < b"),
    ],
)
def test_a_text_that_was_escaped_twice_is_read_twice(written: str, read: str) -> None:
    """It has no tags but escaped ones; beside others, and in a title, they are what the text is about."""
    item = f"<item><title>The &amp;lt;p&amp;gt;</title><description>{written}</description></item>"
    (entry,) = parse(rss(item)).entries
    assert (entry.title, entry.summary) == ("The <p>", read)


def test_the_whole_text_is_read_where_yandex_wants_it() -> None:
    whole = "<y:full-text>Talks &lt;b&gt;in Rome&lt;/b&gt;</y:full-text>"
    item = f"<item><title>A</title><description>Talks</description>{whole}</item>"
    for prefix in ("yandex", "ya"):
        document = rss(item.replace("y:", f"{prefix}:"), f"xmlns:{prefix}='http://news.yandex.ru'")
        (entry,) = parse(document).entries
        assert (entry.summary, entry.text) == ("Talks", "Talks in Rome")
        assert parse(document, quick=False) == parse(document)


@pytest.mark.parametrize("space", ["http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"])
def test_a_feed_of_rdf_that_knows_atoms_namespace_is_none_of_atom(space: str) -> None:
    """Its titles are HTML, in whatever order the namespaces are declared."""
    rdf, atom = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'", "xmlns:atom='http://www.w3.org/2005/Atom'"
    channel = "<channel><title>F</title></channel><item><title>Q&amp;amp;A on</title></item>"
    for spaces in (f"{atom} xmlns='{space}'", f"xmlns='{space}' {atom}"):
        document = f"<rdf:RDF {rdf} {spaces}>{channel}</rdf:RDF>"
        assert [entry.title for entry in parse(document).entries] == ["Q&A on"]
        assert parse(document, quick=False) == parse(document)


@pytest.mark.parametrize(
    "element", ["<gml:pos>1 2</gml:pos>", "<cc:license>x</cc:license><y><cc:license>x</cc:license></y>"]
)
def test_what_feedparser_stumbles_over_costs_no_entry(element: str) -> None:
    spaces = "xmlns:gml='http://www.opengis.net/gml' xmlns:cc='http://backend.userland.com/creativeCommonsRssModule'"
    items = f"<item><title>A</title>{element}</item><item><title>B</title></item>"
    for document in (rss(items, spaces), rss(f"<item xml:lang='tr'><title>Z</title></item>{items}", spaces)):
        parsed = parse(document, quick=False)
        assert parsed == parse(document)
        assert (parsed.problem, [entry.title for entry in parsed.entries][-2:]) == (None, ["A", "B"])


def test_a_channel_behind_its_items_has_its_title() -> None:
    rdf = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
    document = f"<rdf:RDF {rdf}><item><title>A</title></item><channel><title>F</title></channel></rdf:RDF>"
    assert parse(document, quick=False).title == parse(document).title == "F"


# --- damage ---------------------------------------------------------------------------------------------------------


def test_line_ends_in_a_text_of_json_and_numbers_for_dates_are_read() -> None:
    parsed = parse('{"items": [{"id": 1, "date_published": 1795005000, "title": "Talks\nin\tAnkara"}]}')
    (entry,) = parsed.entries
    assert (parsed.problem, entry.title) == (None, "Talks in Ankara")
    assert entry.published_at == datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def test_an_ampersand_that_nobody_escaped_is_one() -> None:
    item = "<item><title>AT&T and R&D; 5 &lt; 6 &#8212; <![CDATA[Q&A &]]></title><link>{}</link></item>"
    parsed = parse(rss(item.format("https://a.example/x?a=1&copy=2&reg=3&b=4")))
    (entry,) = parsed.entries
    assert entry.title == "AT&T and R&D; 5 < 6 — Q&A &"
    assert entry.link == "https://a.example/x?a=1&copy=2&reg=3&b=4"
    assert "damaged" in (parsed.problem or "")


# --- limits ---------------------------------------------------------------------------------------------------------


def test_summaries_and_texts_have_their_limits() -> None:
    long = "word " * 10_000
    (entry,) = parse(rss(f"<item><guid>1</guid><description>{long}</description></item>")).entries
    assert 900 < len(entry.summary) <= feeds.MAX_SUMMARY
    assert 19_000 < len(entry.text) <= feeds.MAX_TEXT
    assert entry.summary.endswith("word…")


def test_tags_are_at_most_twenty() -> None:
    many = "".join(f"<category>t{n}</category>" for n in range(500))
    assert len(parse(rss(f"<item><title>A</title>{many}</item>")).entries[0].tags) == feeds.MAX_TERMS


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_an_archive_is_cut_and_says_so(kind: str) -> None:
    numbers = range(feeds.MAX_ENTRIES + 3)
    if kind == "xml":
        body = rss("".join(f"<item><guid>{n}</guid><title>t</title></item>" for n in numbers))
    else:
        body = json.dumps({"items": [{"id": n, "title": "t"} for n in numbers]})
    parsed = parse(body)
    assert [parsed.entries[0].entry_id, parsed.entries[-1].entry_id] == ["0", str(feeds.MAX_ENTRIES - 1)]
    assert "more than 5,000 entries" in (parsed.problem or "")


ITEM = "<rss version='2.0'><channel><item><title>t</title>"
BOMBS: dict[str, str | bytes] = {
    # Each took from seconds to hours with a plain feedparser.parse; together they take a few seconds here.
    "an empty prolog": "\n" * 1_000_000 + rss(""),
    "an empty prolog in UTF-16": ("<?xml version='1.0'?>" + "\n" * 200_000 + rss("")).encode("utf-16"),
    "an author like an e-mail address": ITEM + "<author>" + "a." * 200_000 + "@</author></item></channel></rss>",
    "half an entity for ever": ITEM + "&" * 50_000,
    "nested elements": ITEM + "<a>" * 20_000,
    "nested bases": "<rss version='2.0'><channel xml:base='http://a.example/'>" + "<a xml:base='a/'>" * 20_000,
    "a long base": f"<feed xml:base='http://a.example{'/a' * 900}'><entry><title>t</title></entry>" + "<a/>" * 99_999,
    "attributes": "<rss " + " ".join(f"a{n}=''" for n in range(50_000)) + "><channel/></rss>",
    "namespaces": "<rss " + " ".join(f"xmlns:a{n}='u{n}'" for n in range(50_000)) + "><channel/></rss>",
    "categories": ITEM + "".join(f"<category>{n}</category>" for n in range(20_000)) + "</item></channel></rss>",
    "nested HTML": ITEM + "<description>" + "&lt;div>" * 100_000 + "</description></item></channel></rss>",
    "nested XHTML": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>" + "<div>" * 20_000,
    "nested JSON": '{"items":' + "[" * 200_000,
    "a number without end": '{"items":' + "1" * 200_000 + "}",
    "entities of entities": "<!DOCTYPE rss [<!ENTITY a 'lol'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + f"]>{ITEM}<title>&i;</title></item></channel></rss>",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_within_its_time(name: str) -> None:
    parsed = parse(BOMBS[name])
    assert len(parsed.entries) <= 1
    assert sum(len(entry.text) + len(entry.title) for entry in parsed.entries) < 30_000


@pytest.mark.parametrize("name", ["nested bases", "a long base", "attributes", "namespaces"])
def test_what_grows_without_end_is_reported(name: str) -> None:
    assert "without end" in (parse(BOMBS[name]).problem or "")


# --- whatever the bytes ---------------------------------------------------------------------------------------------


def in_time(body: bytes, seconds: float = 1) -> ParsedFeed:
    """What is read, within so many seconds of CPU."""
    begin = time.thread_time()
    parsed = feeds.parse(body, url=URL)
    assert time.thread_time() - begin <= seconds
    return parsed


def assert_sound(body: bytes) -> None:
    """What holds of every result: in time, nothing raised, the same again, ids unique, links http, texts clean."""
    parsed = in_time(body)
    assert parsed == feeds.parse(body, url=URL)
    ids = [entry.entry_id for entry in parsed.entries]
    assert len(set(ids)) == len(ids)
    for entry in parsed.entries:
        assert entry.title
        assert 0 < len(entry.entry_id) <= feeds.MAX_ID
        assert all(
            link.startswith(("http://", "https://")) for link in (entry.link, entry.canonical, entry.image) if link
        )
        assert entry.published_at is None or entry.published_at.tzinfo is UTC
        lines = [entry.entry_id, entry.title, entry.author or "", *entry.tags]
        blocks = [entry.summary.replace("\n", ""), entry.text.replace("\n", "")]
        assert not {category(character) for text in lines + blocks for character in text} & {"Cc", "Cs", "Zl", "Zp"}


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(body: bytes) -> None:
    assert_sound(body)


PIECES = r"""
    <rss version="2.0">|<channel>|</channel>|</rss>|<item>|</item>|<entry>|</entry>|<title>|</title>|<link>|</link>
    <description>|</description>|<guid>|</guid>|<guid isPermaLink="false">|<pubDate>|</pubDate>|<category>|</category>
    <author>|</author>|<name>|</name>|<content:encoded>|</content:encoded>|<content type="xhtml">|</content>|<image>
    </image>|<url>|<published_parsed>|</published_parsed>|<links>|</links>|<tags>|</tags>|<authors>|</authors>|<ttl>
    <title_detail>|</title_detail>|<media:content url="x" medium="image"/>|<language>|<source>|</source>|<b|<p|@
    <feed xmlns="http://www.w3.org/2005/Atom">|</feed>|<id>|</id>|<updated>|<link href="?#"/>|<svg>|<textinput>|ü
    <rdf:RDF>|<![CDATA[|]]>|<!--|-->|<?|?>|&amp;|&lt;b>|&nbsp;|&#0;|&#x110000;|&#xd800;|&#x202e;|&;|<div>|</div>
    2026-03-02|Mon, 02 Mar 2026 10:00:00 GMT|http://a.example/x|//[|javascript:x|a@b.c (d)|&#x1b;|&#x85;
"""
PIECE = st.sampled_from([piece.strip() for line in PIECES.strip().splitlines() for piece in line.split("|")])
HEAP = st.lists(st.one_of(PIECE, st.text(max_size=8)), max_size=30).map("".join)


@examples(300)
@given(HEAP, st.sampled_from(["", '<rss version="2.0"><channel><item>']))
def test_no_heap_of_feed_pieces_raises(heap: str, start: str) -> None:
    assert_sound((start + heap).encode("utf-8", errors="surrogatepass"))


@pytest.mark.slow
@examples(150)
@given(HEAP, HEAP.filter(bool), st.integers(20_000, 240_000))
def test_no_heap_that_is_repeated_takes_long(begin: str, again: str, size: int) -> None:
    """Up to where documents are read in a process that can be ended (`digest.parsing.Limits.large`)."""
    in_time((begin + again * (size // len(again.encode("utf-8", "replace")))).encode("utf-8", "replace"), 5)


@examples(200)
@given(st.sampled_from(CASES), st.data())
def test_no_damage_to_a_document_raises(path: Path, data: st.DataObject) -> None:
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 40)))
        body[start:end] = data.draw(st.binary(max_size=10))
    assert_sound(bytes(body))


FIELDS = """
    id url title content_html content_text summary tags author authors name image language date_published external_url
"""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(string.printable + "ü\ud800\u202e\x00", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS.split()),
            inner,
            max_size=6,
        )
    ),
    max_leaves=15,
)


@examples(200)
@given(st.lists(JSON, max_size=4), JSON, JSON)
def test_no_shape_of_json_raises(items: list[Any], title: Any, language: Any) -> None:
    assert_sound(json.dumps({"items": items, "title": title, "language": language, "home_page_url": title}).encode())
