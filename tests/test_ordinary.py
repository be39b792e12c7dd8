"""The quick reader finds what feedparser finds, or leaves the document to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from digest import feeds, ordinary

URL = "https://feeds.example/rss.xml"
QUIRKS = Path(__file__).parent / "data" / "feeds"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = sorted(path for folder in ("feeds", "feeds_polls", "feeds_hostile") for path in (DATA / folder).rglob("*.*"))


def assert_the_same(body: bytes) -> None:
    assert feeds.parse(body, url=URL) == feeds.parse(body, url=URL, quick=False)


@pytest.mark.parametrize("path", sorted(QUIRKS.iterdir()), ids=lambda path: path.name)
def test_it_finds_in_a_quirk_what_feedparser_finds(path: Path) -> None:
    assert_the_same(path.read_bytes())


@pytest.mark.corpus
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_it_finds_in_a_real_feed_what_feedparser_finds(path: Path) -> None:
    assert_the_same(path.read_bytes())


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there: no corpus to test with")
def test_most_real_feeds_are_ordinary() -> None:
    texts = [path.read_text(encoding="utf-8", errors="ignore") for path in (DATA / "feeds").iterdir()]
    documents = [text[text.find("<rss") :] for text in texts if "<rss" in text]
    assert sum(ordinary.read(document) is not None for document in documents) > 0.7 * len(documents) > 40


SPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
    "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:x='urn:x' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
)
WRITTEN = """
    title link guid id description summary content content:encoded pubDate published updated dc:date
    dc:creator author name email category dc:subject media:group media:content media:thumbnail
    media:description media:title itunes:image itunes:summary itunes:author itunes:keywords media:keywords
    media:category enclosure source image url x:other other comments atom:link language dc:language ttl
    skipHours hour day sy:updatePeriod rights subtitle atom:id links tags media:credit itunes:owner
    itunes:category contributor managingEditor webMaster lastBuildDate keywords dc:description itunes:subtitle
    itunes:title itunes:name itunes:explicit skipDays x:image body div textInput item entry
"""
NAMES = WRITTEN.split()
GIVEN = """
    |isPermaLink="false"|href="http:////a.example/x"|href="?y=1&amp;z;=2" rel="Self"
    rel="hub" href="http://h.example/"|type="html"|type="text"|type="xhtml"
    type="text/html" rel="alternate" href="/z"|url="http://a.example/p.jpg"
    medium="image" url="http://a.example/q.jpg"|term="t" label="L"|domain="d"|xml:lang="de"
    xml:base="http://b.example/"|text="Arts"|rel="next" href="?p=2"|mode="base64"|lang="en"
"""
TEXTS = st.sampled_from(
    [
        "",
        " ",
        "a",
        "b &amp; c",
        "&lt;p&gt;x&lt;/p&gt;",
        "<![CDATA[<b>y</b>]]>",
        "http://a.example/1",
        "http:///a?b;=1&amp;c;",
        "Wed, 18 Nov 2026 12:30:00 CET",
        "2026-11-18",
        "en_US",
        "Ã¼",
        "\x92",
        "ü",
        "7",
        "monday",
        "hourly",
        "u, v,,w",
    ]
)
ATTRIBUTES = st.sampled_from([one.strip() for line in GIVEN.strip().splitlines() for one in line.split("|")])
ELEMENTS = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        "<{0} {1}>{2}</{0}>".format,
        st.sampled_from(NAMES),
        ATTRIBUTES | st.just(""),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=6,
)
ATOM_ENTRIES = "{0}<entry>{1}</entry>{2}<entry>{3}</entry></feed>"
ROOTS = st.sampled_from(
    [
        f"<rss version='2.0' {SPACES}><channel>{{0}}<item>{{1}}</item>{{2}}<item>{{3}}</item></channel></rss>",
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fr' {SPACES}>" + ATOM_ENTRIES,
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        + SPACES
        + "><channel>{0}</channel><item rdf:about='r'>{1}</item>{2}<item>{3}</item></rdf:RDF>",
        f"<rss {SPACES} xmlns='urn:unknown'><channel>{{0}}<item>{{1}}</item>{{2}}<item>{{3}}</item></channel></rss>",
    ]
)
LEAF = st.builds("<{0} {1}>{2}</{0}>".format, st.sampled_from(NAMES[:-2]), ATTRIBUTES | st.just(""), TEXTS)
SOME = st.lists(ELEMENTS, max_size=5).map("".join)
FIELDS = st.lists(LEAF, max_size=6, unique=True).map("".join)


ORDINARY = {
    "podcasts and newsletters": "<itunes:explicit>no</itunes:explicit>{}<itunes:block>Yes</itunes:block>",
    "hours to be left alone in": "<skipHours><hour>1</hour><hour>2</hour></skipHours>{}<skipDays><day>Sunday</day>"
    "</skipDays>",
    "pictures of authors": "{}<item><author><name>A</name><x:image width='1' src='/a.png'/></author></item>",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_many_feeds_have_is_ordinary(name: str) -> None:
    channel = ORDINARY[name].format("<item><title>A</title><itunes:explicit>yes</itunes:explicit></item>")
    document = f"<rss version='2.0' {SPACES}><channel>{channel}</channel></rss>"
    assert ordinary.read(document) is not None
    assert_the_same(document.encode())


@pytest.mark.parametrize(
    "declared",
    [
        "xmlns:thr='http://purl.org/syndication/thread/1.0'",
        "xmlns:cc='http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html'",
        "xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/'",
    ],
)
def test_prefixes_that_feedparser_knows_for_something_else_are_ordinary(declared: str) -> None:
    """Blogger's feeds have the first, Medium's the second, journals' the third."""
    prefix = declared[6:].partition("=")[0]
    item = f"<item><title>A</title><{prefix}:x>1</{prefix}:x><dc:creator>Ann</dc:creator></item>"
    document = f"<rss version='2.0' {SPACES} {declared}><channel>{item}</channel></rss>"
    assert ordinary.read(document) is not None
    assert_the_same(document.encode())


def test_a_prefix_that_was_given_to_another_is_not_believed() -> None:
    taken = "xmlns:dc='http://search.yahoo.com/mrss/' xmlns:d='http://purl.org/dc/elements/1.1/'"
    twice = "<item xmlns:a='urn:a'><a:title>A</a:title><b xmlns:a='urn:b'/><a:title>B</a:title></item>"
    for item, spaces in (("<item><d:creator>Ann</d:creator></item>", taken), (twice, "")):
        document = f"<rss version='2.0' {spaces}><channel>{item}</channel></rss>"
        assert ordinary.read(document) is None
        assert_the_same(document.encode())


@pytest.mark.slow
@examples(600)
@given(ROOTS, FIELDS, FIELDS, st.just(""), FIELDS)
def test_it_finds_in_any_fields_what_feedparser_finds(
    root: str, head: str, one: str, between: str, other: str
) -> None:
    assert_the_same(root.format(head, one, between, other).encode())


@pytest.mark.slow
@examples(600)
@given(ROOTS, SOME, SOME, st.just("") | SOME, SOME)
def test_it_finds_in_any_feed_what_feedparser_finds(root: str, head: str, one: str, between: str, other: str) -> None:
    assert_the_same(root.format(head, one, between, other).encode())
