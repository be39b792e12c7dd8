"""HTML to plain text, and plain text made safe."""

from __future__ import annotations

from html import escape
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import markup


@pytest.mark.parametrize(
    "html, text",
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>tail", "a\nb\ntail"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("a<td>b<th>c", "a b c"),
        ("<h2>Head</h2>body", "Head\nbody"),
        ("<unknown>a</unknown>b", "ab"),
        ("in<b>s</b>ide <i>out</i>", "inside out"),
        ("<p>\n  folded\t\n white   space </p>", "folded white space"),
        ("<pre>a\nb</pre>", "a b"),
        ("a<script>x<b>y</b></script><style>p{}</style><noscript>n</noscript><template>t</template>b", "ab"),
        ("<svg><text>drawn</text></svg><iframe>f</iframe><!-- c -->seen", "seen"),
        ("<p onclick='x()'>Hi<img src=x onerror=alert(1)></p>", "Hi"),
        ("Syria &amp; Turkey &#8211; day&nbsp;2", "Syria & Turkey \N{EN DASH} day 2"),
        ("AT&amp;amp;T &lt;b&gt;", "AT&amp;T <b>"),
        ("<i>AT&amp;amp;T</i> &lt;b&gt;", "AT&amp;T <b>"),
        ("R&D and R&amp;D &bogus;", "R&D and R&D &bogus;"),
        ("1 < 2 <3 a", "1 < 2 <3 a"),
        ("<html><head><title>t</title></head><body>b</body></html>", "b"),
        ("<![CDATA[<p>twice</p>]]>", "twice"),
        ("<p>open <b>tags", "open tags"),
        ("\ud800<p>half a character\udfff</p>", "half a character"),
        ("", ""),
        ("<br>", ""),
        ("&nbsp;", ""),
    ],
)
def test_html_becomes_the_text_that_a_reader_sees(html: str, text: str) -> None:
    assert markup.plain(html) == text


@pytest.mark.parametrize(
    "written, text",
    [
        ("a < b &amp; c", "a < b &amp; c"),
        ("line one\n\n  line  two ", "line one\nline two"),
        ("<p>not so plain</p>", "not so plain"),
        ("List<String> is Java", "List<String> is Java"),
    ],
)
def test_plain_text_is_taken_at_its_word_unless_it_is_plainly_html(written: str, text: str) -> None:
    assert markup.literal(written) == text


@pytest.mark.parametrize(
    "written, text",
    [
        ("a\x00b\x1bc\x7f\x9b", "abc"),
        ("\u202eevil\u202c \u2066x\u2069\u200f", "evil x"),
        ("so\u00adft zero\u200bwidth\ufeff", "soft zerowidth"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627", "\u0645\u06cc\u200c\u062e\u0648\u0627"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("a\u2028b\u0085c\u000bd", "a\nb\nc\nd"),
        ("a\u3000b\u00a0c", "a b c"),
        ("\u200c\n\u200d", ""),
        ("\U000e0041tags", "tags"),
    ],
)
def test_what_cannot_be_seen_goes_but_for_the_joiners(written: str, text: str) -> None:
    assert markup.tidy(written) == text


def test_one_line_is_one_line() -> None:
    assert markup.one_line("Talks\r\nBcc: x\n\n body", 100) == "Talks Bcc: x body"


@pytest.mark.timeout(10)
@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "<b>" * 50_000 + "</x>" * 50_000,
        "<p>" + "&" * 1_000_000,
        "<" * 1_000_000,
        "".join(f"<b id={n}>" for n in range(100_000)) + "<p>x" * 1_000,
        "<p>" + "data:x;base64," * 100_000,
    ],
)
def test_markup_that_is_costly_to_parse_is_cut_before(html: str) -> None:
    """In full each takes the HTML parsers some ten seconds to many minutes."""
    assert len(markup.plain(html)) <= markup.MAX_MARKUP


def test_a_picture_inside_the_markup_does_not_use_up_the_limit() -> None:
    assert markup.plain(f'<img src="data:image/png;base64,{"A" * 400_000}"><p>Text</p>') == "Text"


def test_an_ordinary_long_article_is_not_cut() -> None:
    paragraphs = [f"Paragraph {n} with some words in it." for n in range(700)]
    assert markup.plain("".join(f"<p>{one}</p>" for one in paragraphs)) == "\n".join(paragraphs)


def is_clean(text: str) -> bool:
    return not {category(character) for character in text.replace("\n", "")} & {"Cc", "Cs", "Zl", "Zp"}


@settings(deadline=None)
@given(st.text())
def test_escaped_text_survives_as_it_is(text: str) -> None:
    """The oracle: whatever a text is, its HTML spelling reads as the tidied text on one line."""
    visible = text.replace("\x00", "")
    assert markup.plain(f"<p>{escape(visible)}</p>") == " ".join(markup.tidy(" ".join(visible.split())).split())


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<td>",
                "<b",
                ">",
                "<!--",
                "-->",
                "<svg>",
                "&#0;",
                "&#x202e;",
                "x",
                "\ud800",
                "'",
                "=",
                "</",
                "<![CDATA[",
                "<select>",
                "<title>",
                "<plaintext>",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_whatever_the_markup_the_text_is_clean_and_stays_as_it_is(html: str) -> None:
    text = markup.plain(html)
    assert is_clean(text)
    assert markup.tidy(text) == text


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(2, 40))
def test_a_line_keeps_its_limit(text: str, limit: int) -> None:
    line = markup.one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert is_clean(line)
