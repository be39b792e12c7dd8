"""Links for readers, and keys for "the same article"."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import links

BASE = "https://feeds.example/world/rss.xml"


@pytest.mark.parametrize(
    "written, link",
    [
        ("https://a.example/x", "https://a.example/x"),
        ("/x?y=1#z", "https://feeds.example/x?y=1#z"),
        ("x", "https://feeds.example/world/x"),
        ("//b.example/x", "https://b.example/x"),
        ("  \n https://a.example/x\t\n", "https://a.example/x"),
        ("https://a.exa\nmple/x\r\ny", "https://a.example/xy"),
        ("https://a.example/two words", "https://a.example/two%20words"),
        ("HTTPS://A.Example/X", "https://a.example/X"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example./x", "https://a.example/x"),
        ("https://bücher.example/tür?q=ü", "https://xn--bcher-kva.example/t%C3%BCr?q=%C3%BC"),
        ("https://straße.example/x", "https://xn--strae-oqa.example/x"),
        ("https://☃.example/x", "https://xn--n3h.example/x"),
        ("https://a。example/x", "https://a.example/x"),
        ("https://a.example/t%c3%bcr%2f", "https://a.example/t%C3%BCr%2F"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
        ("www.a.example/x", "https://www.a.example/x"),
        ("WWW.a.example.net/x?y=1", "https://www.a.example.net/x?y=1"),
        ("www.a/x", "https://feeds.example/world/www.a/x"),
        ("www.a.html", "https://feeds.example/world/www.a.html"),
        ("http://https://a.example/x", "https://a.example/x"),
        ("https://a.example/https://b.example/x", "https://a.example/https://b.example/x"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
    ],
)
def test_a_link_is_made_absolute_and_printable(written: str, link: str) -> None:
    assert links.absolute(written, BASE) == link


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,hi",
        "ftp://a.example/x",
        "mailto:a@b.example",
        "http://",
        "https:///x y",
        "https://bank.example@evil.example/",
        "https://user:secret@a.example/",
        "https://a.example:99999/",
        "https://a.example:port/",
        "https://[::1/x",
        "https://a..example/",
        "https://-bad/<>",
        "https://good.example\\@evil.example/",
        "https://a.example/" + "x" * 3_000,
    ],
)
def test_what_a_reader_should_not_follow_is_no_link(written: str) -> None:
    assert links.absolute(written) is None


@pytest.mark.parametrize(
    "variant",
    [
        "http://a.example/news/1",
        "https://A.EXAMPLE/news/1/",
        "https://www.a.example/news/1",
        "https://m.a.example/news/1",
        "https://amp.a.example:443/news/1",
        "https://a.example/news/1#comments",
        "https://a.example/news/1?utm_source=rss&utm_medium=feed",
        "https://a.example/news/1?at_medium=RSS&at_campaign=KARANGA",
        "https://a.example/news/1?CMP=Share_iOSApp_Other",
        "https://a.example/news/1?cmpid=x&ftag=CAD590a51e&mc_cid=1&fbclid=2&gclid=3",
        "https://a.example/news/1?srsltid=1&gad_source=2&irclickid=3&clickid=4&ml_subscriber=5&pk_cid=6&mkt_tok=7",
        "https://a.example/news/1?ref=rss",
        "https://a.example/news/1?from=Twitter&",
        "https://a.example/news/1?amp",
        "https://a.example/news/1?outputType=amp",
        "https://a.example/news/1;jsessionid=5F2A.node1?utm_source=rss",
        "https://a.example/news/1?PHPSESSID=0a1b2c&jsessionid=7",
    ],
)
def test_variants_of_one_article_have_one_key(variant: str) -> None:
    assert links.canonical(variant) == "https://a.example/news/1"


@pytest.mark.parametrize(
    "one, other",
    [
        ("https://a.example/story?id=1", "https://a.example/story?id=2"),
        ("https://a.example/story?cid=1", "https://a.example/story?cid=2"),
        ("https://a.example/story?eid=1", "https://a.example/story?eid=2"),
        ("https://a.example/story?uid=1", "https://a.example/story?uid=2"),
        ("https://a.example/find?keyword=a", "https://a.example/find?keyword=b"),
        ("https://a.example/x?ref=main", "https://a.example/x"),
        ("https://a.example/x?source=17", "https://a.example/x"),
        ("https://a.example/x?a=1&b=2", "https://a.example/x?b=2&a=1"),
        ("https://a.example/#!/one", "https://a.example/#!/two"),
        ("https://a.example/News", "https://a.example/news"),
        ("https://a.example/tags/amp", "https://a.example/tags"),
        ("https://blog.a.example/x", "https://a.example/x"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/x?q=a%26b", "https://a.example/x?q=a&b"),
        ("https://www.example/x", "https://example/x"),
    ],
)
def test_what_may_be_two_articles_has_two_keys(one: str, other: str) -> None:
    assert links.canonical(one) != links.canonical(other)


def test_some_names_are_tracking_on_some_sites_only() -> None:
    assert links.canonical("https://www.youtube.com/watch?v=1&feature=share") == "https://youtube.com/watch?v=1"
    assert links.canonical("https://a.example/watch?v=1&feature=share") == "https://a.example/watch?v=1&feature=share"
    assert links.canonical("https://notyoutube.com/w?feature=s") == "https://notyoutube.com/w?feature=s"


@pytest.mark.parametrize(
    "home",
    ["https://a.example", "http://www.a.example/", "https://a.example/?utm_source=rss", "https://a.example/#top"],
)
def test_a_home_page_is_no_key(home: str) -> None:
    assert links.canonical(home) is None


def test_the_lists_are_in_lower_case_because_names_are_compared_so() -> None:
    lists = [links.TRACKING_NAMES, links.TRACKING_PREFIXES, links.REFERRER_NAMES, links.REFERRER_VALUES]
    names = [name for one in [*lists, *links.SITE_NAMES.values(), links.SITE_NAMES] for name in one]
    assert names == [name.lower() for name in names]


URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "HTTPS", "ftp", "javascript", ""]),
    st.sampled_from(
        ["a.example", "www.m.A.example", "ü.example:80", "[::1]", "u@h", "x..y", "www.www", "1.2.3.4:443"]
    ),
    st.text("/ab%2fü~.;\\ \t", max_size=12).map(lambda path: "/" + path),
    st.lists(st.sampled_from(["?", "&", "utm_x=1", "a=%20", "ref=rss", "#!", "#", "b", "=", "é"]), max_size=8).map(
        "".join
    ),
)


@settings(deadline=None)
@given(st.one_of(URLS, st.text(max_size=30)), st.sampled_from(["", BASE, "://[", "data:x"]))
def test_whatever_is_written_the_link_is_http_ascii_and_stays_as_it_is(written: str, base: str) -> None:
    link = links.absolute(written, base)
    if link is not None:
        assert link.startswith(("http://", "https://"))
        assert link.isascii()
        assert link.isprintable()
        assert " " not in link
        assert links.absolute(link) == link


@settings(deadline=None)
@given(URLS)
def test_the_key_of_a_key_is_the_key(written: str) -> None:
    key = links.canonical(written)
    if key is not None:
        assert key.startswith("https://")
        assert links.canonical(key) == key


ORDINARY = st.from_regex(
    r"\Ahttps?://[a-z0-9.:-]{1,20}(/[a-zA-Z0-9!$&'()*+,/:=@~._%;-]{0,20}(\?[a-z0-9?=&#]{0,9})?)?\Z"
)


@settings(deadline=None)
@given(ORDINARY, st.sampled_from(["", BASE]))
def test_a_link_that_needs_no_work_comes_out_as_by_the_long_way(written: str, base: str) -> None:
    assert links.absolute(written, base) == links.absolute(f" {written}", base)
