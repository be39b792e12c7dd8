"""What readers see, what operators may change, and what feeds cannot do.

The golden files hold the whole output for the editions of `sample_editions`. To write them anew, read the diff after:

    REWRITE_GOLDEN=1 python -m pytest tests/test_rendering.py -k golden
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment
from properties import examples
from sample_editions import ALL, ARABIC, EMPTY, HOSTILE, ONE, ORDINARY, PKK, SITE, SIXTY, TALKS, reason, report, story
from selectolax.lexbor import LexborHTMLParser

from digest import messages, rendering, resources
from digest.errors import RenderError
from digest.model import Edition, Rendered
from digest.wrapping import wrap

LANGUAGES = ("en", "tr", "ar", "de", "fr", "es", "ru")
SHIPPED = resources.folder("templates")
GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = rendering.environment([SHIPPED])
VISIBLE = {messages.NAME: "[[NAME]]", messages.ADDRESS: "[[ADDRESS]]", messages.LEAVE: "[[LEAVE]]"}


def render(edition: Edition, environment: SandboxedEnvironment = TEMPLATES) -> Rendered:
    return rendering.render(edition, SITE, environment)


def page(edition: Edition) -> LexborHTMLParser:
    return LexborHTMLParser(render(edition).html)


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text().strip() for node in tree.css(selector)]


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., SandboxedEnvironment]:
    """Templates of an operator, laid before the shipped ones."""

    def write(**files: str) -> SandboxedEnvironment:
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return rendering.environment([tmp_path, SHIPPED])

    return write


# --- the whole ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["subject", "text", "html"])
@pytest.mark.parametrize("name", ALL)
def test_an_edition_is_rendered_as_its_golden_file(name: str, part: str) -> None:
    rendered = getattr(render(ALL[name]), part).rstrip("\n") + "\n"
    for slot, visible in VISIBLE.items():
        rendered = rendered.replace(slot, visible)
    golden = GOLDEN / f"{name}.{'html' if part == 'html' else part + '.txt'}"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render(ORDINARY) == render(ORDINARY, rendering.environment([SHIPPED]))


def test_each_story_stands_once_under_the_first_of_its_topics() -> None:
    tree = page(ORDINARY)
    headings = [(node.tag, node.text().strip()) for node in tree.css("h1, h2, h3")]
    assert headings == [
        ("h1", "Middle East watch"),
        ("h2", "Syria Turkey talks"),
        ("h3", ORDINARY.stories[0].title),
        ("h3", ORDINARY.stories[1].title),
        ("h2", "PKK"),
        ("h3", ORDINARY.stories[2].title),
        ("h2", "Euphrates water"),
        ("h3", ORDINARY.stories[3].title),
        ("h3", ORDINARY.stories[4].title),
    ]


def test_a_single_topic_needs_no_heading_of_its_own() -> None:
    assert [(node.tag, node.text().strip()) for node in page(ONE).css("h1, h2, h3")] == [
        ("h1", "Middle East watch"),
        ("h2", "Border committee to start work in May"),
    ]


def test_a_story_says_why_it_is_there_and_who_else_reports_it() -> None:
    tree = page(ORDINARY)
    assert texts(tree, "td.words")[0] == "Why: Syria Turkey talks \u2013 Syria, Turkey, talks; PKK \u2013 PKK"
    assert texts(tree, "td.note")[0] == "Also reported by BBC News, Al Jazeera, Deutsche Presse-Agentur"
    assert [link.text() for link in tree.css("td.note a")] == ["BBC News", "Al Jazeera", "Rudaw"]


def test_the_words_found_are_marked_in_title_and_summary() -> None:
    tree = page(ORDINARY)
    assert texts(tree, "td.title b.hit")[:3] == ["Syria", "Turkey", "PKK"]
    assert texts(tree, "td.summary b.hit")[:4] == ["Syria", "Turkey", "talks", "PKK"]
    assert texts(tree, "h3 > b.hit") == ["Euphrates"], "of a story without link"
    assert texts(tree, "td.title")[0] == ORDINARY.stories[0].title


def test_a_word_marked_in_a_title_stays_bold_and_in_the_colour_of_the_link() -> None:
    style = page(ORDINARY).css("td.title b.hit")[0].attributes["style"] or ""
    assert "background-color" in style
    assert not re.search(r"(?<!-)color:|font-weight", style)


def test_a_story_without_link_is_a_plain_title() -> None:
    titles = page(ORDINARY).css("h3")
    assert titles[4].css("a") == []
    assert titles[0].css("a")[0].attributes["href"] == "https://example.com/news/1"


def test_an_outlet_is_named_once_however_often_it_reports() -> None:
    reports = tuple(report(n, outlet) for n, outlet in enumerate(["BBC", "Reuters", "BBC", "AFP"], 10))
    assert texts(
        page(replace(ONE, stories=(replace(ONE.stories[0], outlet="Reuters", reports=reports),))), "td.note"
    ) == ["Also reported by BBC, AFP"]


def test_many_outlets_are_counted() -> None:
    reports = tuple(report(n, f"Outlet {n}") for n in range(11))
    (note,) = texts(page(replace(ONE, stories=(replace(ONE.stories[0], reports=reports),))), "td.note")
    assert note.endswith("Outlet 7 and 3 more")


def test_an_empty_edition_says_so() -> None:
    rendered = render(EMPTY)
    assert rendered.subject == "Middle East watch: nothing new"
    assert "Nothing new" in rendered.html
    assert "Nothing new" in rendered.text
    assert messages.LEAVE in rendered.html


def test_the_preheader_goes_on_where_the_subject_ends() -> None:
    (preheader,) = [node.text() for node in page(ORDINARY).css("body > div")]
    assert preheader.startswith("Border committee to start work in May \u00b7 PKK kendini")
    (only,) = [node.text() for node in page(ONE).css("body > div")]
    assert only == ONE.stories[0].summary


# --- languages, directions, times -----------------------------------------------------------------------------------


def test_a_story_in_another_language_carries_its_language_and_direction() -> None:
    cells = {node.text().strip(): node for node in page(ORDINARY).css("td.title")}
    turkish, arabic = cells[ORDINARY.stories[2].title], cells[ORDINARY.stories[3].title]
    assert (turkish.attributes.get("lang"), turkish.attributes.get("dir")) == ("tr", None)
    assert (arabic.attributes.get("lang"), arabic.attributes.get("dir"), arabic.attributes.get("align")) == (
        "ar",
        "rtl",
        "right",
    )
    assert "lang" not in cells[ORDINARY.stories[0].title].attributes


def test_a_right_to_left_edition_runs_right_to_left_and_its_english_story_does_not() -> None:
    tree = page(ARABIC)
    (root,) = tree.css("html")
    assert (root.attributes["lang"], root.attributes["dir"]) == ("ar", "rtl")
    first, second, _ = tree.css("td.title")
    assert (first.attributes.get("dir"), first.attributes["align"]) == (None, "right")
    assert (second.attributes["dir"], second.attributes["align"], second.attributes["lang"]) == ("ltr", "left", "en")


def test_the_first_letter_gives_the_direction_where_the_language_is_unknown() -> None:
    unknown = replace(ORDINARY.stories[3], language=None)
    cell = page(replace(ONE, stories=(unknown,))).css("td.title")[0]
    assert (cell.attributes.get("lang"), cell.attributes.get("dir")) == (None, "rtl")


@pytest.mark.parametrize(
    "hours,zone,expected",
    [
        (1, "Europe/Istanbul", "today, 6:30\u00a0AM"),
        (8, "Europe/Istanbul", "yesterday, 11:30\u00a0PM"),
        (8, "Pacific/Apia", "today, 9:30\u00a0AM"),
        (48, "Europe/Istanbul", "Thu, Mar 12, 7:30\u00a0AM"),
        (24 * 400, "UTC", "Feb 7, 2025, 4:30\u00a0AM"),
        (-24, "UTC", "Sun, Mar 15, 4:30\u00a0AM"),
    ],
)
def test_a_time_is_local_and_near_days_have_names(hours: int, zone: str, expected: str) -> None:
    moved = replace(ONE.stories[0], published_at=ONE.composed_at - timedelta(hours=hours))
    (meta,) = texts(page(replace(ONE, timezone=zone, stories=(moved,))), "td.meta")
    assert meta == f"Anadolu Agency \u00b7 {expected}"


@pytest.mark.parametrize(
    "language,count,expected",
    [
        ("en", 1, "1 story"),
        ("en", 4, "4 stories"),
        ("tr", 4, "4 haber"),
        ("ru", 1, "1 новость"),
        ("ru", 3, "3 новости"),
        ("ru", 5, "5 новостей"),
        ("ru", 21, "21 новость"),
        ("ar", 1, "خبر واحد"),
        ("ar", 2, "خبران"),
        ("ar", 3, "3 أخبار"),
        ("ar", 11, "11 خبرًا"),
        ("ar", 100, "100 خبر"),
        ("fr", 1, "1 sujet"),
        ("de", 1200, "1.200 Meldungen"),
    ],
)
def test_counts_take_the_plural_form_of_the_language(language: str, count: int, expected: str) -> None:
    (day,) = texts(page(replace(ONE, language=language, left_out=count - 1)), "td.day")
    assert day.partition(" \u00b7 ")[2] == expected


def test_a_regional_language_takes_the_words_of_its_language_and_its_own_dates() -> None:
    (day,) = texts(page(replace(ONE, language="en-GB")), "td.day")
    assert day == "Saturday, 14 March 2026 \u00b7 1 story"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_words(language: str) -> None:
    for edition in ALL.values():
        render(replace(edition, language=language))


# --- subjects -------------------------------------------------------------------------------------------------------


def test_a_subject_names_the_newsletter_the_top_story_and_how_many_more() -> None:
    assert render(ONE).subject == "Middle East watch: Border committee to start work in May"
    assert render(ORDINARY).subject == "Middle East watch: Top diplomats of Syria and Turkey meet in Ankara (+7 more)"


def test_a_long_headline_gives_way_to_the_count() -> None:
    long = replace(ORDINARY, stories=(replace(ORDINARY.stories[0], title="Words " * 60), *ORDINARY.stories[1:]))
    subject = render(long).subject
    assert len(subject) <= rendering.MAX_SUBJECT
    assert subject.endswith("Words\u2026 (+7 more)")


# --- room -----------------------------------------------------------------------------------------------------------


def filled_size(html: str) -> int:
    for slot in VISIBLE:
        html = html.replace(slot, "x" * 1000)
    return len(html.encode())


def test_twenty_long_stories_are_shown_in_full() -> None:
    long = replace(ORDINARY.stories[0], summary="Ten words stand in each of these sentences about nothing. " * 8)
    rendered = render(replace(ORDINARY, stories=(long,) * 20))
    assert rendered.html.count("about nothing. Ten") >= 100
    assert filled_size(rendered.html) <= rendering.MAX_HTML


def test_without_room_the_lowest_stories_lose_their_summary_first_and_keep_their_reason() -> None:
    tree = page(SIXTY)
    assert len(tree.css("td.title")) == 60
    assert len(tree.css("td.words")) == 60
    assert SIXTY.stories[0].summary[:60] in texts(tree, "td.summary")[0]
    assert len(tree.css("td.summary")) < 48


def test_what_has_no_room_at_all_is_counted() -> None:
    rendered = render(replace(ONE, stories=ONE.stories * 1000, left_out=5))
    shown = len(LexborHTMLParser(rendered.html).css("td.title"))
    assert 40 < shown < 1000
    assert f"{1005 - shown:,} more stories" in rendered.html
    assert f"{1005 - shown:,} more stories" in rendered.text
    assert rendered.text.count("* Border committee") == shown
    assert rendered.subject.endswith("(+1,004 more)")


@st.composite
def volumes(draw: st.DrawFn, most: int) -> Edition:
    """The same story over and over, every field as long and as awkward as drawn."""
    length = draw(st.integers(0, 4000))
    text = draw(st.sampled_from(["a ", "&", "م", "<", "字", "👩‍👩‍👧 "])) * length
    one = story(
        1,
        text,
        reason(TALKS, *[text] * 12),
        reason(PKK, text),
        summary=text,
        outlet=text,
        link="https://example.com/" + "&" * min(length, 1900),
        reports=tuple(
            report(n, f"{n}{text}", link=f"https://example.com/{n}/" + "&" * 500)
            for n in range(draw(st.integers(0, 12)))
        ),
    )
    count, language = draw(st.integers(0, most)), draw(st.sampled_from(LANGUAGES))
    return replace(ORDINARY, stories=(one,) * count, language=language, title=text or "T")


@pytest.mark.slow
@examples(20)
@given(volumes(60))
def test_no_volume_makes_a_page_too_large(edition: Edition) -> None:
    assert filled_size(render(edition).html) <= rendering.MAX_HTML


@pytest.mark.slow
@examples(40)
@given(volumes(500))
def test_not_even_hundreds_of_stories_make_a_page_too_large(edition: Edition) -> None:
    assert filled_size(render(edition).html) <= rendering.MAX_HTML


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=40),
    st.lists(st.integers(1, 9000), min_size=121, max_size=121),
    st.integers(0, 300_000),
)
def test_whatever_templates_make_of_stories_the_first_step_that_fits_is_found(
    lengths: list[int], gains: list[int], whole: int
) -> None:
    shown = [shown_story("x" * length) for length in lengths]
    steps = 3 * len(lengths)
    sizes = [whole]
    for gain in gains[:steps]:
        sizes.append(max(sizes[-1] - gain, 0))
    sizes[-1] = min(sizes[-1], rendering.MAX_HTML)
    step, page = rendering._first_that_fits(shown, lambda step: "x" * sizes[step])
    assert step == next(n for n, size in enumerate(sizes) if size <= rendering.MAX_HTML)
    assert len(page) == sizes[step]


def shown_story(summary: str) -> rendering.ShownStory:
    return rendering.ShownStory(
        title="Talks", summary=summary, link=None, outlet="News", published_at=datetime(2026, 3, 14, tzinfo=UTC),
        language=None, direction=None, reasons=(), reports=(), more_reports=0,
    )  # fmt: skip


@pytest.mark.parametrize("edition, most", [(ONE, 1), (ORDINARY, 1), (SIXTY, 4)])
def test_what_fits_is_rendered_once_and_anything_else_a_few_times(
    own: Callable[..., SandboxedEnvironment], edition: Edition, most: int
) -> None:
    page = '{% extends "digest/layout.html" %}{% set _ = pages.append(1) %}'
    page += (SHIPPED / "digest" / "html.html").read_text().partition("\n")[2]
    environment, pages = own(digest__html_dot_html=page), list[int]()
    environment.globals["pages"] = pages
    assert render(edition, environment) == render(edition)
    assert len(pages) <= most


def test_a_template_that_leaves_no_room_is_reported(own: Callable[..., SandboxedEnvironment]) -> None:
    templates = own(digest__html_dot_html="<p>{{ 'x' * 100000 }} {{ recipient.leave }}</p>")
    with pytest.raises(RenderError, match=r"html\.html.*bytes of HTML without a single story; expected at most"):
        render(ONE, templates)


# --- what feeds cannot do -------------------------------------------------------------------------------------------


def assert_harmless(rendered: Rendered) -> None:
    tree = LexborHTMLParser(rendered.html)
    tags = {node.tag for node in tree.css("body *")}
    assert tags <= {"table", "tbody", "tr", "td", "h1", "h2", "h3", "a", "b", "br", "div", "span"}
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")], node.attributes
        assert set(node.attributes) & {"src", "background", "action", "srcset"} == set()
    links = [node.attributes["href"] or "" for node in tree.css("a")]
    assert [link for link in links if not re.match(r"https?://", link)] == [messages.LEAVE]
    for part in (rendered.html, rendered.text):
        assert part.count(messages.LEAVE) == 1
        assert part.count(messages.ADDRESS) == 1
        assert messages.NAME not in part
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f]", part)
    assert len(rendered.subject) <= rendering.MAX_SUBJECT
    assert rendered.subject == messages.clean(rendered.subject)


def test_hostile_text_stays_text() -> None:
    rendered = render(HOSTILE)
    assert_harmless(rendered)
    assert '<script>alert("1")</script>' in LexborHTMLParser(rendered.html).css("td.title")[0].text()
    assert "{{ 7 * 7 }}" in rendered.text


@pytest.mark.parametrize("words", [(), ("tag",)])
def test_highlighting_escapes_what_it_shows(words: tuple[str, ...]) -> None:
    shown = rendering.highlight("<i>tag</i> & tags", words)
    assert "<i>" not in shown
    assert str(shown).count('<b class="hit">tag</b>') == len(words)


ANY_TEXT = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(codec=None), max_size=50),
    st.text("<>\"'&{}%#\r\n\u2028\ue101\ue102\ue103\u202e ab:/-!", max_size=100),
)


@examples(60)
@given(st.lists(ANY_TEXT, min_size=12, max_size=12), st.sampled_from(LANGUAGES))
def test_no_text_from_a_feed_or_a_configuration_breaks_out(parts: list[str], language: str) -> None:
    title, summary, link, outlet, code, topic, word, other, to, newsletter, site, place = parts
    one = story(
        1,
        title,
        reason(("t", topic), word, word),
        summary=f"{summary} {word} {summary}",
        link=f"https://{link}",
        outlet=outlet,
        language=code,
        reports=(report(1, other, link=to), report(2, other + "2", link=f"http://x/{to}")),
    )
    edition = replace(
        ORDINARY, title=newsletter, topics=(("t", topic), PKK), stories=(one, one), language=language, left_out=0
    )
    assert_harmless(rendering.render(edition, replace(SITE, name=site, postal_address=place), TEMPLATES))


def test_a_page_loads_nothing_from_elsewhere() -> None:
    for edition in ALL.values():
        html = render(edition).html
        assert not re.search(r"@import|url\(|<img\s|<link\s|<iframe|<[^>]*\ssrc=", html)


# --- the look -------------------------------------------------------------------------------------------------------


def rules(css: str) -> dict[str, str]:
    """Selector and declarations, comments left out; of a list of selectors each one."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        for selector in selectors.split(","):
            found[selector.strip()] = found.get(selector.strip(), "") + body
    return found


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    style = (SHIPPED / "digest" / "style.css").read_text()
    day, _, night = style.partition("@media (prefers-color-scheme: dark) {")
    outlook = (SHIPPED / "digest" / "outlook.css").read_text()
    return {"day": rules(day), "night": rules(night), "outlook": rules(re.sub(r"\[data-ogs[bc]\]", "", outlook))}


@pytest.mark.parametrize("palette", ["day", "night", "outlook"])
def test_every_colour_of_text_stands_out_from_its_ground(palette: str) -> None:
    css = palettes()[palette]

    def colour(selector: str, prop: str) -> str:
        found = re.search(rf"(?<![\w-]){prop}:\s*(#[0-9a-f]{{6}})", css[selector])
        assert found, f"{selector} has no {prop} in {palette}"
        return found[1]

    grounds = [colour(".page", "background-color"), colour(".card", "background-color")]
    for text in (".ink", ".muted", ".link", ".section-name"):
        assert min(contrast(colour(text, "color"), ground) for ground in grounds) >= 4.5, text
    for text in (".summary .hit", ".ink", ".link"):
        assert contrast(colour(text, "color"), colour(".hit", "background-color")) >= 4.5, text
    assert not {"#000000", "#ffffff"} & set(re.findall(r"#[0-9a-f]{6}", str(css)))


def test_every_colour_of_the_day_has_one_of_the_night() -> None:
    day, night, outlook = palettes().values()
    coloured = {selector for selector, body in day.items() if "color:" in body and selector.startswith(".")}
    assert coloured <= set(night)
    assert coloured <= set(outlook)


def test_the_page_is_built_for_every_mail_program() -> None:
    html = render(ORDINARY).html
    tree = LexborHTMLParser(html)
    assert {node.attributes.get("role") for node in tree.css("table")} == {"presentation"}
    assert not re.search(r"display:\s*(flex|grid)|var\(|position:|float:", html)
    assert "prefers-color-scheme" in html
    assert "[data-ogsc]" in html
    assert {node.attributes["name"] for node in tree.css("meta[name]")} >= {"viewport", "color-scheme"}
    assert all("style" in node.attributes for node in tree.css("td[class]"))
    assert len(tree.css("title")) == 1


# --- the text part --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ordinary", "one", "empty", "arabic", "sixty"])
def test_the_text_part_is_made_for_reading(name: str) -> None:
    text = render(ALL[name]).text
    for line in text.splitlines():
        assert len(line) <= 74 or "://" in line, line
        assert line == line.rstrip()
        assert "://" not in line or re.fullmatch(r"\s*https?://\S+", line), "a link stands on a line of its own"
    assert not re.search(r"&\w+;|</?\w+>", text)
    assert not any(before == after == "" for before, after in pairwise(text.split("\n")[:-1]))


@given(st.text(st.characters(exclude_categories=["C"]), max_size=600), st.integers(20, 90))
def test_wrapping_loses_nothing_but_blanks_and_keeps_to_the_width(text: str, width: int) -> None:
    wrapped = wrap(text, width, indent="  ", first="> ")
    assert "".join(wrapped.split()).removeprefix(">") == "".join(text.split())
    assert all(len(line) <= width or len(line.split()) <= 2 for line in wrapped.split("\n"))


PLAIN = st.text(st.sampled_from("ab é…-\xad\xa0\u200b،ж"), max_size=200)


@given(PLAIN, st.integers(8, 60), st.sampled_from(["", "> "]), st.sampled_from(["", "  "]))
def test_wrapping_is_what_textwrap_makes_of_it(text: str, width: int, first: str, indent: str) -> None:
    filled = textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    assert wrap(text, width, indent=indent, first=first) == filled


def test_wrapping_never_breaks_a_link() -> None:
    link = "https://example.com/" + "a-b/" * 40
    assert link in wrap(f"见 {link} 字字字", 40).split()


# --- what operators change ------------------------------------------------------------------------------------------


def test_an_operators_template_comes_first(own: Callable[..., SandboxedEnvironment]) -> None:
    templates = own(digest__subject_dot_txt="{{ headline }} | {{ total }}")
    assert render(ONE, templates).subject == "Border committee to start work in May | 1"
    assert render(ONE, templates).html == render(ONE).html.replace(
        "<title>Middle East watch: Border committee to start work in May<",
        "<title>Border committee to start work in May | 1<",
    )


def test_an_operator_extends_the_layout_and_fills_one_block(own: Callable[..., SandboxedEnvironment]) -> None:
    masthead = "{% block masthead %}<tr><td>Mine</td></tr>{% endblock %}"
    templates = own(digest__html_dot_html='{% extends "digest/layout.html" %}' + masthead)
    html = render(ONE, templates).html
    assert "<td>Mine</td>" in html
    assert "Border committee" in html


def test_an_operator_changes_a_word_and_keeps_the_rest(own: Callable[..., SandboxedEnvironment]) -> None:
    templates = own(words__en_dot_toml='why = "Because of"')
    assert "Because of: Syria" in render(ONE, templates).html
    assert "Unsubscribe" in render(ONE, templates).html
    assert rendering.check(templates, ["en"]) == ()


def test_an_operator_adds_a_language(own: Callable[..., SandboxedEnvironment]) -> None:
    english = (SHIPPED / "words" / "en.toml").read_text(encoding="utf-8")
    templates = own(words__nl_dot_toml=english.replace("Unsubscribe from", "Afmelden van"))
    assert "Afmelden van Middle East watch" in render(replace(ONE, language="nl"), templates).text
    assert "zaterdag 14 maart 2026" in render(replace(ONE, language="nl"), templates).text
    assert rendering.check(templates, ["nl"]) == ()


def test_the_shipped_templates_have_no_problem() -> None:
    assert rendering.check(TEMPLATES, LANGUAGES) == ()


@pytest.mark.parametrize(
    "template,expected",
    [
        (
            "line one\n{{ edition.titel }}",
            r"html\.html:2: '.*Edition object' has no attribute 'titel'; docs/",
        ),
        ("\n\n{{ newsleter }}", r"html\.html:3: 'newsleter' is undefined"),
        ("{% if %}", r"html\.html:1: Expected an expression"),
        ("{{ edition | no_such_filter }}", r"html\.html:1: No filter named 'no_such_filter'"),
        ("{{ 1 / 0 }}", r"html\.html:1: ZeroDivisionError: division by zero"),
        ("{% include 'digest/gone.html' %}", r"digest/gone\.html: there is no such template; looked in"),
        ("{{ word('whyy') }}", r"html\.html:1: the word 'whyy' is missing in .*/words/en\.toml"),
        ("{{ word('because') }}", r"html\.html:1: \{address\} in 'You get .*' is not one of "),
        ("{{ ''.__class__.__mro__ }}", r"html\.html:1: access to attribute '__class__'"),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    own: Callable[..., SandboxedEnvironment], template: str, expected: str
) -> None:
    templates = own(digest__html_dot_html=template)
    with pytest.raises(RenderError, match=expected):
        render(ONE, templates)
    assert re.search(expected, "\n".join(map(str, rendering.check(templates, ["en"]))))


@pytest.mark.parametrize(
    "words,expected",
    [
        ('why = "no end', r"en\.toml:1: Unterminated string; expected TOML"),
        ("stories = 3", r"words/en\.toml: 'stories' is 3; expected a text"),
        ('stories = { one = "{count}" }', r"words/en\.toml: 'stories' has no plural form other; expected one, other"),
        ('also_more = "{cuont}"', r"words/en\.toml: 'also_more' names \{cuont\}; expected \{count\}"),
    ],
)
def test_check_finds_wrong_words(own: Callable[..., SandboxedEnvironment], words: str, expected: str) -> None:
    found = rendering.check(own(words__en_dot_toml=words), ["en"])
    assert any(re.search(expected, str(problem)) for problem in found), found


def test_check_names_every_word_that_a_new_language_lacks(
    own: Callable[..., SandboxedEnvironment], tmp_path: Path
) -> None:
    found = rendering.check(own(words__nl_dot_toml='why = "Waarom {x}"'), ["nl"])
    file = tmp_path / "words" / "nl.toml"
    missing = f"{file}: the word 'leave' is missing; expected something like 'Unsubscribe from {{newsletter}}'"
    assert missing in map(str, found)
    assert f"{file}: 'why' names {{x}}; expected none" in map(str, found)
    assert len(found) > 15


def test_check_and_render_refuse_a_language_without_words() -> None:
    (problem,) = rendering.check(TEMPLATES, ["en", "ja"])
    assert str(problem).startswith(
        "words/ja.toml: there are no words for this language; write templates/words/ja.toml"
    )
    with pytest.raises(RenderError, match="no words for this language"):
        render(replace(ONE, language="ja"))


def test_check_demands_a_way_to_leave(own: Callable[..., SandboxedEnvironment]) -> None:
    templates = own(digest__text_dot_txt="{{ subject }}")
    (problem,) = rendering.check(templates, ["en"])
    file = templates.get_template("digest/text.txt").filename
    assert str(problem) == f"{file}: there is no way to leave; expected {{{{ recipient.leave }}}} somewhere"


def test_the_documentation_names_everything_a_template_is_given() -> None:
    page = (SHIPPED.parent / "docs" / "templates.md").read_text(encoding="utf-8")
    for name in [*TEMPLATES.filters.keys() & {"date", "time", "when", "wrap", "shorten", "highlight"}]:
        assert f"`{name}" in page
    for field in (*rendering.ShownStory.__slots__, *rendering.Section.__slots__):
        assert f"`{field}`" in page, field


def test_rendering_goes_by_the_edition_and_not_by_the_clock() -> None:
    old = replace(ONE, composed_at=datetime(2001, 1, 2, tzinfo=UTC))
    assert "Tuesday, January 2, 2001" in render(old).text
