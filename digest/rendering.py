"""Rendering: an edition becomes a subject, an HTML page and a text, through templates that an operator can override.

A template sees no record as it comes from a feed: every text is cleaned (`digest.messages.clean`), cut to a sane
length, and a link that is not http or https is dropped. docs/templates.md lists what a template is given.

The HTML stays below `MAX_HTML` bytes, because Gmail cuts a message off at about 102 KB, and the link for leaving
with it. Stories degrade by steps, the lowest ranked first: a shorter summary, then the title and why, then
only counted. With n stories there are 3n steps, each making the page smaller. A page that fits as it is, the usual
case, is rendered once; else the first step that fits is looked for where the lengths of the stories point to, which
takes two or three pages more.

The fixed words are TOML files beside the templates (`words/en.toml`). A language's words are laid over each other
from all template folders, so an operator's file needs only the words that it changes.
"""

from __future__ import annotations

import operator
import re
import tomllib
import traceback
import unicodedata
from bisect import bisect_left
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import jinja2
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from css_inline import CSSInliner, InlineError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from digest import locales
from digest.errors import ConfigError, Problem, RenderError
from digest.messages import ADDRESS, LEAVE, NAME, clean
from digest.model import Edition, EditionStory, Reason, Rendered, Report
from digest.settings import Site
from digest.wording import shorten
from digest.wrapping import wrap

MAX_HTML: Final = 95_000
"""Bytes of UTF-8, with the slots filled."""
MAX_SUBJECT: Final = 120
"""Characters."""

_SLOT_BYTES = 1_000  # what a filled slot may take: an address has at most 254 characters, a signed link some hundreds
_SUBJECT, _TEXT, _HTML = "digest/subject.txt", "digest/text.txt", "digest/html.html"
_TITLE, _SUMMARY, _SHORT_SUMMARY, _NAME_LENGTH, _LINK = 250, 500, 160, 60, 2_000
"""Characters: no title or name, however long a feed makes it, fills the page."""
_MOST_REPORTS, _MOST_WORDS, _MOST_REASONS = 8, 8, 4
"""Shown of a story."""
_INLINER = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class _Recipient:
    """What templates know as `recipient`: the slots."""

    name: str = NAME
    address: str = ADDRESS
    leave: str = LEAVE


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownStory:
    """A story as a template sees it: cleaned, cut, and possibly degraded for want of room."""

    title: str
    summary: str
    """Empty when there is none or no room."""
    link: str | None
    outlet: str
    published_at: datetime
    language: str | None
    """Of title and summary, when known and another than the edition's."""
    direction: str | None
    """`ltr` or `rtl`, when it differs from the edition's."""
    reasons: tuple[Reason, ...]
    reports: tuple[Report, ...]
    """One for each other outlet."""
    more_reports: int
    """How many more outlets there are."""

    @property
    def words(self) -> tuple[str, ...]:
        """All words found, for `highlight`."""
        return tuple(word for reason in self.reasons for word in reason.words)


@dataclass(frozen=True, slots=True)
class Section:
    """Stories under one heading. The name is None when the edition covers a single topic."""

    name: str | None
    stories: tuple[ShownStory, ...]


class _Environment(SandboxedEnvironment):
    """The sandbox, less hesitant about our own records: what they hold is asked for a dozen times per story."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) in _OPEN and attribute in obj.__dataclass_fields__:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


_OPEN: Final = frozenset({Edition, Reason, Report, Section, ShownStory, Site, _Recipient})


def environment(folders: Sequence[Path]) -> SandboxedEnvironment:
    """The templates in `folders`, the first folder that has one wins.

    Templates and words are read once: an environment shows the state of the files when they were first used.
    """
    found = _Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=jinja2.select_autoescape(("html",), default=False),
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "date": jinja2.pass_context(lambda context, instant: _clock(context).date(instant)),
        "time": jinja2.pass_context(lambda context, instant: _clock(context).time(instant)),
        "when": jinja2.pass_context(lambda context, instant: _clock(context).when(instant)),
        "wrap": wrap,
        "shorten": shorten,
        "highlight": highlight,
    }
    found.filters |= filters
    return found


def render(edition: Edition, site: Site, environment: SandboxedEnvironment) -> Rendered:
    """Subject (at most `MAX_SUBJECT` characters, one line), HTML and text with their slots open.

    Raises RenderError, which names the template, the line and what is undefined or wrong.
    """
    try:
        return _render(edition, site, environment)
    except Exception as error:
        problem = _problem(error, environment)
        if problem is None:
            raise
        raise RenderError(str(problem)) from error


def check(environment: SandboxedEnvironment, languages: Sequence[str]) -> tuple[Problem, ...]:
    """Everything wrong with the templates, and with the words of these languages (English is always looked at).

    Compiles every template; where that succeeds, renders sample editions, an empty one among them, in each language.
    """
    found = [*_uncompilable(environment)]
    for language in dict.fromkeys(("en", *languages)):
        found += _wrong_words(environment, language)
    if not found:
        for language in dict.fromkeys(languages or ("en",)):
            found += _failing_samples(environment, language)
    return tuple(dict.fromkeys(found))


# --- filters --------------------------------------------------------------------------------------------------------


def highlight(text: str, words: Sequence[str]) -> Markup:
    """The text, escaped, each of these words in `<b class="hit">` where it stands as a word of its own."""
    if not words:
        return escape(text)
    choice = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pieces = re.split(rf"(?<!\w)({choice})(?!\w)", text)
    begin, end = Markup('<b class="hit">'), Markup("</b>")
    return Markup("").join(begin + piece + end if n % 2 else piece for n, piece in enumerate(pieces))


# --- words and dates ------------------------------------------------------------------------------------------------

_Word = str | dict[str, str]


@dataclass(frozen=True, slots=True)
class _Words:
    """The fixed words of one language."""

    file: str
    locale: Locale
    table: Mapping[str, _Word]

    def say(self, key: str, count: int | None = None, /, **parts: str) -> str:
        """The word, in the plural form that `count` asks for, its `{names}` filled in. Given markup, it is markup."""
        found = self.table.get(key)
        if found is None:
            raise jinja2.UndefinedError(f"the word {key!r} is missing in {self.file}")
        values: dict[str, str] = {name: parts[name] for name in parts}
        if count is not None:
            values["count"] = format_decimal(count, locale=self.locale)
        if isinstance(found, dict):
            found = found.get(self.locale.plural_form(count or 0)) or found.get("other", "")
        if not values and "{" not in found:  # most words
            return found
        if any(isinstance(part, Markup) for part in parts.values()):
            return Markup("").join(_filled(escape(found), {name: escape(value) for name, value in values.items()}))
        return "".join(_filled(found, values))


def _filled(pattern: str, values: Mapping[str, str]) -> Iterator[str]:
    """Not `str.format`: its fields reach into attributes, and a word file is no program."""
    for n, piece in enumerate(re.split(r"\{(\w+)\}", pattern)):
        if n % 2 and piece not in values:
            raise jinja2.UndefinedError(f"{{{piece}}} in {pattern!r} is not one of {', '.join(sorted(values))}")
        yield values[piece] if n % 2 else Markup(piece) if isinstance(pattern, Markup) else piece  # noqa: S704 - a part of what was escaped


@lru_cache(maxsize=64)
def _words(environment: SandboxedEnvironment, language: str) -> _Words:
    """The words of `pt-BR` are `words/pt-BR.toml`, else `words/pt.toml`, of all folders laid over each other."""
    for name in dict.fromkeys((f"words/{language}.toml", f"words/{language.partition('-')[0]}.toml")):
        layers = list(_layers(environment, name))
        if layers:
            return _Words(layers[-1][0], _locale(language, name), ChainMap(*(table for _, table in reversed(layers))))
    hint = f"write templates/words/{language}.toml with the keys of words/en.toml, or choose another language"
    raise ConfigError((Problem(f"words/{language}.toml", 0, 0, "there are no words for this language", "", hint),))


def _layers(environment: SandboxedEnvironment, name: str) -> Iterator[tuple[str, dict[str, _Word]]]:
    """The file of that name in each folder, the shipped one first, and what it holds."""
    assert isinstance(environment.loader, jinja2.FileSystemLoader), "made by environment()"
    for folder in reversed(environment.loader.searchpath):
        with suppress(jinja2.TemplateNotFound):
            source, path, _ = jinja2.FileSystemLoader(folder).get_source(environment, name)
            yield path, _parsed(path, source)


def _parsed(path: str, source: str) -> dict[str, _Word]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line, column = (int(n) for n in [*re.findall(r"\d+", place), source.count("\n") + 1, 0][:2])
        raise ConfigError((Problem(path, line, column, message, "TOML, as in words/en.toml"),)) from error


def _locale(language: str, file: str) -> Locale:
    try:
        return locales.locale(language)
    except LookupError as error:
        hint = "use a language code such as en, de or pt-BR"
        raise ConfigError((Problem(file, 0, 0, f"{language!r} is no known language", "", hint),)) from error


@dataclass(frozen=True, slots=True)
class _Clock:
    """Instants as the edition's readers write them."""

    words: _Words
    zone: ZoneInfo
    now: datetime

    def date(self, instant: datetime) -> str:
        return _no_break(format_date(instant.astimezone(self.zone), "full", locale=self.words.locale))

    def time(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return _short_time(local.hour, local.minute, self.words.locale)

    def when(self, instant: datetime) -> str:
        local, today = instant.astimezone(self.zone), self.now.astimezone(self.zone).date()
        days = (today - local.date()).days
        if days in {0, 1}:
            return self.words.say("yesterday" if days else "today", time=self.time(instant))
        skeleton = "MMMEd" if abs(days) < 180 else "yMMMd"
        day = format_skeleton(skeleton, local, locale=self.words.locale)
        return self.words.say("on_day", day=_no_break(day), time=self.time(instant))


@lru_cache(maxsize=24 * 60)
def _short_time(hour: int, minute: int, locale: Locale) -> str:
    return _no_break(format_time(time(hour, minute), "short", locale=locale))


def _no_break(text: str) -> str:
    # CLDR puts a narrow no-break space before AM; many mail fonts have no glyph for it.
    return text.replace("\u202f", "\u00a0")


def _clock(context: Context) -> _Clock:
    clock = context["clock"]
    assert isinstance(clock, _Clock), "given by _context"
    return clock


# --- what the templates are given -----------------------------------------------------------------------------------


def _context(edition: Edition, site: Site, words: _Words) -> dict[str, Any]:
    """What does not depend on the room there is."""
    topics = tuple((topic_id, clean(name)) for topic_id, name in edition.topics)
    rtl = words.locale.character_order == "right-to-left"
    return {
        "edition": replace(edition, title=_name(edition.title), topics=topics),
        "topics": shorten(words.say("comma").join(name for _, name in topics), _SUMMARY),
        "grouped": len(topics) > 1,
        "total": len(edition.stories) + edition.left_out,
        "site": replace(site, name=clean(site.name), postal_address=clean(site.postal_address)),
        "recipient": _Recipient(),
        "language": edition.language,
        "direction": "rtl" if rtl else "ltr",
        "start": "right" if rtl else "left",
        "end": "left" if rtl else "right",
        "word": words.say,
        "clock": _Clock(words, ZoneInfo(edition.timezone), edition.composed_at),
    }


def _shown(story: EditionStory, edition: Edition, words: _Words) -> ShownStory:
    title = shorten(clean(story.title), _TITLE) or words.say("untitled")
    outlet = _name(story.outlet)
    others = _reports(story, outlet)
    language, direction = _own_language(story.language, title, edition.language, words.locale)
    return ShownStory(
        title=title,
        summary=shorten(clean(story.summary), _SUMMARY),
        link=_link(story.link),
        outlet=_isolated(outlet, words.locale),
        published_at=story.published_at,
        language=language,
        direction=direction,
        reasons=tuple(_reason(reason) for reason in story.reasons[:_MOST_REASONS]),
        reports=tuple(replace(r, outlet=_isolated(r.outlet, words.locale)) for r in others[:_MOST_REPORTS]),
        more_reports=max(len(others) - _MOST_REPORTS, 0),
    )


def _reason(reason: Reason) -> Reason:
    words = (_name(word) for word in reason.words[:_MOST_WORDS])
    return replace(reason, topic_name=_name(reason.topic_name), words=tuple(filter(None, words)))


def _reports(story: EditionStory, outlet: str) -> tuple[Report, ...]:
    """One for each other outlet, its first; those that can be followed come first."""
    found: dict[str, Report] = {}
    for report in story.reports:
        found.setdefault(_name(report.outlet), report)
    found.pop(outlet, None)
    reports = (replace(report, outlet=name, link=_link(report.link)) for name, report in found.items())
    return tuple(sorted(reports, key=lambda report: report.link is None))


def _name(text: str) -> str:
    return shorten(clean(text), _NAME_LENGTH)


def _isolated(name: str, locale: Locale) -> str:
    """A name of the other direction gets a mark after it, lest it pull a date that follows to its side."""
    mark = {"ltr": "\u200e", "rtl": "\u200f"}[_ORDER[locale.character_order]]
    return name if not name or _direction_of_text(name) == _ORDER[locale.character_order] else name + mark


def _link(link: str | None) -> str | None:
    """A link that a reader can follow. One that is no http or https, or monstrous, is none."""
    cleaned = clean(link or "").replace(" ", "%20")
    return cleaned if re.match(r"https?://[^/]", cleaned, re.IGNORECASE) and len(cleaned) <= _LINK else None


def _own_language(language: str | None, title: str, around: str, locale: Locale) -> tuple[str | None, str | None]:
    """`lang` and `dir` of a story where they differ from what is around it."""
    code = language if language and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", language) else None
    if code and code.partition("-")[0].lower() == around.partition("-")[0].lower():
        return None, None
    direction = _direction_of_language(code) or _direction_of_text(title)
    return code, None if direction == _ORDER[locale.character_order] else direction


_ORDER = {"left-to-right": "ltr", "right-to-left": "rtl"}


@lru_cache(maxsize=256)
def _direction_of_language(code: str | None) -> str | None:
    return _ORDER.get(locales.direction(code) or "") if code else None


def _direction_of_text(text: str) -> str:
    """Of the first letter that has one (Unicode UAX 9, rule P2)."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next(("ltr" if kind == "L" else "rtl" for kind in strong if kind in {"L", "R", "AL"}), "ltr")


# --- as much as fits ------------------------------------------------------------------------------------------------


def _listing(edition: Edition, shown: Sequence[ShownStory], step: int, words: _Words) -> dict[str, Any]:
    """The sections after `step` of the 3n steps: story i of n is degraded (step + i) // n times."""
    names: dict[str, str] = dict(edition.topics)
    sections: dict[str | None, list[ShownStory]] = {}
    for place, (story, view) in enumerate(zip(edition.stories, shown, strict=True)):
        degraded = (step + place) // len(shown)
        if degraded < 3:
            topic = _heading(story, names, words) if len(names) > 1 else None
            sections.setdefault(topic, []).append(_degraded(view, degraded))
    listed = sum(len(stories) for stories in sections.values())
    return {
        "sections": tuple(Section(name, tuple(stories)) for name, stories in sections.items()),
        "more": len(shown) - listed + edition.left_out,
    }


def _heading(story: EditionStory, names: Mapping[str, str], words: _Words) -> str:
    """A story stands once, under the first of its topics in the newsletter's order."""
    found = {reason.topic_id for reason in story.reasons}
    first = next((name for topic, name in names.items() if topic in found), "")
    return _name(first) or words.say("other_stories")


def _degraded(story: ShownStory, times: int) -> ShownStory:
    if times == 0:
        return story
    if times == 1:
        return replace(story, summary=shorten(story.summary, _SHORT_SUMMARY))
    return replace(story, summary="", reports=(), more_reports=0)


def _weights(shown: Sequence[ShownStory]) -> list[int]:
    """About how many bytes of a page are stories', before the first of the 3n steps and after each."""
    levels = [[*(_weight(_degraded(story, times)) for times in range(3)), 0] for story in shown]
    weights = [sum(level[0] for level in levels)]
    for times in range(3):
        for level in reversed(levels):  # as `_listing` degrades them
            weights.append(weights[-1] - level[times] + level[times + 1])
    return weights


def _weight(story: ShownStory) -> int:
    """By the templates that we ship. A wrong guess costs time, and nothing else."""
    title, summary = highlight(story.title, story.words), highlight(story.summary, story.words)
    texts = [title, story.link or "", summary, *story.words]
    texts += [text for report in story.reports for text in (report.outlet, report.link or "")]
    markup = 1250 + 230 * bool(summary) + 240 * bool(story.reports) + 60 * len(story.reports)
    markup += 45 * title.count("<b ") + 80 * summary.count("<b ")
    return markup + sum(len(escape(text).encode()) for text in texts)


def _first_that_fits(shown: Sequence[ShownStory], page: Callable[[int], str]) -> tuple[int, str]:
    """The lowest step whose page fits, and that page: by bisection, the first places where the weights point to."""
    best = page(0)
    over = _size(best) - MAX_HTML
    if over <= 0:
        return 0, best
    weights, low, high, best = _weights(shown), 0, 3 * len(shown), ""
    place, tries = 0, 0
    while high - low > 1 or not best:
        tries += 1
        likely = (
            bisect_left(weights, over - weights[place], key=operator.neg) if tries <= _GUESSES else (low + high) // 2
        )
        place = min(max(likely, low + 1), high - 1 if best else high)
        candidate = page(place)
        over = _size(candidate) - MAX_HTML
        if over <= 0:
            high, best = place, candidate
        elif place == len(weights) - 1:
            size = f"{MAX_HTML + over} bytes of HTML without a single story"
            problem = Problem(
                _HTML, 0, 0, f"the template makes {size}", f"at most {MAX_HTML}", "make the template smaller"
            )
            raise ConfigError((problem,))
        else:
            low = place
    return high, best


_GUESSES = 4
"""After so many misses (the weights do not fit the templates) it is halves."""


def _size(html: str) -> int:
    return len(html.encode()) + sum(html.count(slot) for slot in (NAME, ADDRESS, LEAVE)) * _SLOT_BYTES


def _render(edition: Edition, site: Site, environment: SandboxedEnvironment) -> Rendered:
    words = _words(environment, edition.language)
    shown = [_shown(story, edition, words) for story in edition.stories]
    context = _context(edition, site, words)
    subject = _subject(environment.get_template(_SUBJECT), context, shown)
    context |= {"subject": subject, "preheader": _preheader(shown, words)}
    html, text = environment.get_template(_HTML), environment.get_template(_TEXT)

    def page(step: int) -> str:
        return _INLINER.inline(html.render(context | _listing(edition, shown, step, words)))

    step, fitting = _first_that_fits(shown, page)
    plain = text.render(context | _listing(edition, shown, step, words))
    return Rendered(subject=subject, html=fitting, text=_tidy(plain, rtl=context["direction"] == "rtl"))


def _subject(template: jinja2.Template, context: Mapping[str, Any], shown: Sequence[ShownStory]) -> str:
    """The headline gives way when the whole is too long, so that the count at its end stays."""
    bare = {name: value for name, value in context.items() if name != "recipient"}
    headline = shown[0].title if shown else ""
    whole = clean(template.render(bare | {"headline": headline}))
    if len(whole) > MAX_SUBJECT and len(headline) > 20:
        room = max(len(headline) - (len(whole) - MAX_SUBJECT), 20)
        whole = clean(template.render(bare | {"headline": shorten(headline, room)}))
    return shorten(whole, MAX_SUBJECT)


def _preheader(shown: Sequence[ShownStory], words: _Words) -> str:
    """What the list of mails shows after the subject: the next titles, or how the only story goes on."""
    if not shown:
        return words.say("empty_text")
    others = " · ".join(story.title for story in shown[1:4])
    return shorten(others or shown[0].summary, 140)


def _tidy(text: str, *, rtl: bool) -> str:
    """No blanks at line ends, no two empty lines in a row.

    In a right-to-left edition a mixed line that starts with a Latin name gets a mark, because a plain-text reader
    goes by the first letter.
    """
    lines = (line.rstrip() for line in text.splitlines())
    if rtl:
        lines = ("\u200f" + line if _looks_left(line) else line for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _looks_left(line: str) -> bool:
    """Whether a line of right-to-left text would be shown as if it ran left to right."""
    strong = [kind for kind in map(unicodedata.bidirectional, line) if kind in {"L", "R", "AL"}]
    return bool(line) and (not strong or (strong[0] == "L" and set(strong) != {"L"}))


# --- problems -------------------------------------------------------------------------------------------------------

_HINT = "docs/templates.md lists what templates are given"


def _problem(error: Exception, environment: SandboxedEnvironment) -> Problem | None:
    """Where in the templates an error comes from. None when it does not: then it is a fault of ours."""
    if isinstance(error, ConfigError):
        return error.problems[0]
    if isinstance(error, jinja2.TemplateSyntaxError):
        return Problem(
            error.filename or error.name or "?", error.lineno, 0, error.message or "syntax error", "", _HINT
        )
    if isinstance(error, jinja2.TemplateNotFound):
        return Problem(str(error.name), 0, 0, "there is no such template", "", _folders(environment))
    if isinstance(error, InlineError):
        return Problem(_HTML, 0, 0, f"the style sheet cannot be read: {error}", "CSS")
    # Jinja gives its frames the name of the template's file and its line.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_template(frame.filename)]
    if not frames:
        return None
    known = isinstance(error, jinja2.TemplateError)
    message = str(error) if known else f"{type(error).__name__}: {error}"
    return Problem(frames[-1].filename, frames[-1].lineno or 0, 0, message, "", _HINT)


def _is_template(file: str) -> bool:
    return not file.endswith(".py") and not file.startswith("<")


def _folders(environment: SandboxedEnvironment) -> str:
    assert isinstance(environment.loader, jinja2.FileSystemLoader), "made by environment()"
    return "looked in " + ", ".join(str(folder) for folder in environment.loader.searchpath)


def _uncompilable(environment: SandboxedEnvironment) -> Iterator[Problem]:
    for name in environment.list_templates(extensions=("html", "txt", "css")):
        try:
            environment.get_template(name)
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            problem = _problem(error, environment)
            yield problem or Problem(name, 0, 0, str(error), "a text file in UTF-8")


def _wrong_words(environment: SandboxedEnvironment, language: str) -> Iterator[Problem]:
    try:
        words = _words(environment, language)
        reference = next((table for _, table in _layers(environment, "words/en.toml")), {})
    except ConfigError as error:
        yield from error.problems
        return
    yield from (
        Problem(words.file, 0, 0, f"the word {key!r} is missing", f"something like {example!r}")
        for key, example in reference.items()
        if key not in words.table
    )
    needed = {words.locale.plural_form(count) for count in range(200)} | {"other"}
    for key, word in words.table.items():
        yield from _wrong_word(words.file, key, word, reference.get(key), needed)


def _wrong_word(file: str, key: str, word: object, example: _Word | None, needed: set[str]) -> Iterator[Problem]:
    forms = _forms(word)
    if not all(isinstance(form, str) for form in forms.values()):
        yield Problem(file, 0, 0, f"{key!r} is {word!r}", "a text, or a table of texts by plural form")
        return
    if isinstance(word, dict) and (missing := needed - set(word)):
        yield Problem(
            file, 0, 0, f"{key!r} has no plural form {', '.join(sorted(missing))}", ", ".join(sorted(needed))
        )
    names, known = _names(forms), _names(_forms(example))
    if example is not None and (unknown := names - known):
        expected = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
        yield Problem(file, 0, 0, f"{key!r} names {{{', '.join(sorted(unknown))}}}", expected)


def _forms(word: object) -> dict[str, Any]:
    return word if isinstance(word, dict) else {"other": word}


def _names(forms: Mapping[str, Any]) -> set[str]:
    return {name for form in forms.values() if isinstance(form, str) for name in re.findall(r"\{(\w+)\}", form)}


def _failing_samples(environment: SandboxedEnvironment, language: str) -> Iterator[Problem]:
    site = Site(
        name="Sample",
        url="https://news.example.org",
        sender_name="Sample",
        sender_address="news@example.org",
        postal_address="1 Sample Street",
    )
    full = _sample(language)
    for edition in (full, replace(full, stories=full.stories[:1], left_out=0), replace(full, stories=(), left_out=0)):
        try:
            rendered = render(edition, site, environment)
        except RenderError as error:
            cause = error.__cause__
            assert isinstance(cause, Exception), "render raises from the error it met"
            yield _problem(cause, environment) or Problem(_HTML, 0, 0, str(error), "")
            continue
        for name, body in ((_HTML, rendered.html), (_TEXT, rendered.text)):
            if LEAVE not in body:
                file = environment.get_template(name).filename or name
                yield Problem(file, 0, 0, "there is no way to leave", "{{ recipient.leave }} somewhere")


def _sample(language: str) -> Edition:
    """Something of everything: two topics, a story in another language and one without link, other reports."""
    at = datetime(2026, 3, 14, 4, 30, tzinfo=UTC)
    reports = tuple(
        Report(article_id=n, outlet=f"Outlet {n}", title="Talks", link=f"https://example.org/{n}", published_at=at)
        for n in range(3, 3 + _MOST_REPORTS + 2)
    )
    first = EditionStory(
        story_id=1,
        article_id=1,
        title="Ministers meet for talks",
        summary="The ministers met for talks. They will meet again.",
        link="https://example.org/1",
        outlet="Outlet 1",
        language=language,
        published_at=at,
        score=0.9,
        reasons=(Reason(topic_id="talks", topic_name="Talks", words=("talks",)),),
        reports=reports,
    )
    other = replace(
        first,
        story_id=2,
        article_id=2,
        title="خبر" if language != "ar" else "News",
        link=None,
        language="ar" if language != "ar" else "en",
        published_at=at - timedelta(days=3),
        reasons=(Reason(topic_id="other", topic_name="Other", words=()),),
        reports=(),
    )
    return Edition(
        newsletter="sample",
        title="Sample",
        audience="sample",
        slot_at=at,
        composed_at=at,
        language=language,
        timezone="UTC",
        topics=(("talks", "Talks"), ("other", "Other")),
        stories=(first, other),
        left_out=2,
    )
