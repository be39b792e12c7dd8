"""Which addresses a page gives away as its feeds."""

# ruff: noqa: RUF001 - the dash that a title has is the matter

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import discovery

SITE = "https://www.gazette.example/news/today.html"

WORDPRESS = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="UTF-8"><title>Harbour Gazette &#8211; News &amp; tides</title>
<link rel="alternate" type="application/rss+xml" title="Gazette &raquo; Comments Feed" href="/comments/feed/" />
<link rel="alternate" type="application/rss+xml" title="Gazette &raquo; Feed"
  href="https://www.gazette.example/feed/" />
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x" />
<link rel="alternate" type="text/xml+oembed" href="/wp-json/oembed/1.0/embed?url=x&format=xml" />
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2" />
<link rel="alternate" hreflang="de" href="/de/">
<link rel="stylesheet" type="text/css" href="/feed.css">
</head><body><a href="/feed/">RSS</a></body></html>
"""


def declared(html: str, url: str = SITE) -> list[str]:
    return [candidate.url for candidate in discovery.read(html, url).declared]


def linked(html: str, url: str = SITE) -> list[str]:
    return [candidate.url for candidate in discovery.read(html, url).linked]


def test_a_wordpress_page_names_its_feed_then_its_comments_and_nothing_else() -> None:
    page = discovery.read(WORDPRESS, SITE)
    assert page.title == "Harbour Gazette – News & tides"
    assert [(one.url, one.title, one.comments) for one in page.declared] == [
        ("https://www.gazette.example/feed/", "Gazette » Feed", False),
        ("https://www.gazette.example/comments/feed/", "Gazette » Comments Feed", True),
    ]
    assert page.linked == ()


@pytest.mark.parametrize(
    "html, urls",
    [
        ('<link rel=alternate type=application/atom+xml href="atom.xml">', ["https://www.gazette.example/news/atom.xml"]),
        ('<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="/Rss">', ["https://www.gazette.example/Rss"]),
        ("<link href='//cdn.example/f' type='application/rss+xml' rel='home alternate'/>", ["https://cdn.example/f"]),
        ('<link rel="alternate" type="application/feed+json" href="/f.json">', ["https://www.gazette.example/f.json"]),
        ('<link rel="feed" href="/all">', ["https://www.gazette.example/all"]),
        ('<link rel="alternate" type="text/xml" href="/rss.php?a=1&amp;b=2">',
         ["https://www.gazette.example/rss.php?a=1&b=2"]),
        ('<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/x">',
         ["https://www.gazette.example/x"]),
        ('<base href="/base/"><link rel="alternate" type="application/rss+xml" href="rss">',
         ["https://www.gazette.example/base/rss"]),
        ('<link rel="alternate" type="application/rss+xml" href="rss"><base href="https://other.example/a/b">',
         ["https://other.example/a/rss"]),
        ('<base href="javascript:x"><link rel="alternate" type="application/rss+xml" href="/rss">',
         ["https://www.gazette.example/rss"]),
        ('<link rel="alternate" type="application/rss+xml" href="feed://gazette.example/rss">',
         ["http://gazette.example/rss"]),
        ('<link rel="alternate" type="application/rss+xml" href="feed:https://gazette.example/rss">',
         ["https://gazette.example/rss"]),
        ('<link rel="alternate" type="application/rss+xml" href=" podcast://gazette.example/rss">',
         ["http://gazette.example/rss"]),
        (2 * '<link rel="alternate" type="application/rss+xml" href="/a#top">', ["https://www.gazette.example/a"]),
        ('<!-- <link rel="feed" href="/old"> --><link rel="feed" href="/new">', ["https://www.gazette.example/new"]),
        ('<body><p><link rel="alternate" type="application/rss+xml"\n href="/late"></p>',
         ["https://www.gazette.example/late"]),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">', []),
        ('<link rel="alternate" type="application/rss+xml">', []),
        ('<link rel="alternate stylesheet" type="text/css" href="/rss">', []),
        ('<link rel="preload" type="application/rss+xml" href="/rss">', []),
    ],
)  # fmt: skip
def test_a_declared_feed(html: str, urls: list[str]) -> None:
    assert declared(html) == urls


@pytest.mark.parametrize(
    "html, urls",
    [
        ('<a href="/rss/world.xml">World</a>', ["https://www.gazette.example/rss/world.xml"]),
        ('<a class="i" href="/subscribe/all.php">RSS feed</a>', ["https://www.gazette.example/subscribe/all.php"]),
        ('<a href="/x" title="RSS"><img src="i.png"></a>', ["https://www.gazette.example/x"]),
        ('<a href="https://feeds.example/gazette/rss">a</a><a href="/feed">b</a>',
         ["https://www.gazette.example/feed", "https://feeds.example/gazette/rss"]),
        ('<a href="/index.xml">Subscribe</a>', ["https://www.gazette.example/index.xml"]),
        ('<a href="?feed=rss2">Subscribe</a>', ["https://www.gazette.example/news/today.html?feed=rss2"]),
        ('<a href="/feedback">Feedback</a><a href="/feed.css">x</a><a href="/press">Press</a>', []),
        ('<a href="/help/rss.html">What is RSS?</a>', []),
        ('<a href="https://rss.example/">A reader</a>', []),
        ('<a href="mailto:rss@gazette.example">RSS</a>', []),
    ],
)  # fmt: skip
def test_a_link_that_looks_like_a_feed(html: str, urls: list[str]) -> None:
    assert linked(html) == urls


def test_a_page_of_links_about_feeds_is_not_tried_without_end() -> None:
    page = "".join(f'<a href="/rss/{number}">x</a>' for number in range(500))
    assert len(linked(page)) == discovery.MOST_LINKED


def test_of_a_page_that_names_feeds_without_end_some_are_asked() -> None:
    page = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in range(500))
    assert len(discovery.read(page, SITE).declared) == discovery.MOST_DECLARED


def test_footers_behind_thousands_of_tags_are_read() -> None:
    assert linked("<div>" * 50_000 + '<a href="/rss">RSS</a>') == ["https://www.gazette.example/rss"]


@pytest.mark.parametrize(
    "url, first",
    [
        ("https://gazette.example", "https://gazette.example/feed"),
        ("https://gazette.example/blog/", "https://gazette.example/blog/feed"),
        ("https://gazette.example/blog/post.html?x=1", "https://gazette.example/blog/feed"),
        ("https://www.youtube.com/channel/UC1", "https://www.youtube.com/feeds/videos.xml?channel_id=UC1"),
        ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"),
        ("https://github.com/one/two/issues", "https://github.com/one/two/releases.atom"),
        ("https://www.reddit.com/r/worldnews/", "https://www.reddit.com/r/worldnews/.rss"),
        ("https://medium.com/@someone", "https://medium.com/feed/@someone"),
    ],
)
def test_where_a_feed_may_be_when_the_page_names_none(url: str, first: str) -> None:
    tried = discovery.guesses(url)
    assert tried[0] == first
    assert len(tried) <= 8


@pytest.mark.parametrize(
    "body, content_type",
    [
        ("<title>Žurnál</title>".encode("cp1250"), "text/html; charset=windows-1250"),
        (b'<meta charset="windows-1250">' + "<title>Žurnál</title>".encode("cp1250"), "text/html"),
        ("<title>Žurnál</title>".encode(), "text/html"),
        ("<title>Žurnál</title>".encode(), ""),
        ("<title>Žurnál</title>".encode(), "text/html; charset=none"),
    ],
)
def test_a_page_is_read_in_its_encoding(body: bytes, content_type: str) -> None:
    assert discovery.read(discovery.decode(body, content_type), SITE).title == "Žurnál"


@pytest.mark.slow
@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 400_000,
        "<!--" * 500_000,
        "<a href=/rss>" * 150_000,
        "<a " + "x " * 1_000_000,
        "<link rel=alternate " * 100_000,
        "<title>" + "&" * 2_000_000,
    ],
)
def test_a_page_that_is_costly_to_parse_is_read_in_time(html: str) -> None:
    assert len(discovery.read(html, SITE).linked) <= 1


PIECES = [
    "<link ",
    "<a ",
    "<base ",
    "href=",
    "rel=alternate ",
    '"',
    "'",
    ">",
    "<!--",
    "-->",
    "rss",
    "\0",
    "&#x",
    "\ud800",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_is_a_page(html: str) -> None:
    page = discovery.read(html, SITE)
    assert all(one.url.startswith("http") for one in (*page.declared, *page.linked))
    assert all(url.startswith("http") for url in discovery.guesses(SITE))
