"""Ordinary feeds, read in one pass of expat; for all others feedparser is there.

feedparser is the reader of record: it knows what thirty years of feeds have got wrong. That costs it 300 µs an
entry before a word of its text is looked at, mostly for what an ordinary feed does not do. `read` gives what its
strict reader would give, in the same shape and under the same names, as far as `digest.feeds` looks at it, or None:
for a document that is damaged or does anything that the tables below do not name (XHTML, bases, languages within,
an element within a text, a second reading of a field). That it gives the same is tested on every feed at hand, and on
heaps of pieces of feeds (tests/test_ordinary.py).

feedparser's rules that can be seen here: a later field replaces an earlier one of the same depth, but for titles; the
second description of an entry is its content; the content stands for a missing description; a guid stands for a
missing link.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any
from xml.parsers import expat

import feedparser.api


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_ENTRIES, MAX_TAGS, MAX_ELEMENTS, MAX_ATTRIBUTES = 5_000, 100, 250_000, 50
MAX_NAMESPACES, MAX_SKIPPED = 100, 100
CAPTIONS = "media:captions"
"""Where the `media:description` of an entry are, apart from what it says itself. No element's name has a colon."""


def _spellings(uri: str) -> set[str]:
    """What makes every address of a site an https one does so to its namespaces; others forget the last slash."""
    if "://" not in uri:
        return {uri}
    name = uri.lower().removeprefix("http://").removesuffix("/")
    return {f"{scheme}://{name}{end}" for scheme in ("http", "https") for end in ("", "/")}


SPACES = {
    spelling: prefix
    for uri, prefix in feedparser.api.StrictFeedParser.namespaces.items()
    for spelling in _spellings(uri)
} | dict.fromkeys(_spellings("http://news.yandex.ru"), "yandex")
"""Namespaces in lower case, by feedparser's prefixes, and one more."""
_STARTED, _ENDED = (
    {name.removeprefix(prefix) for name in dir(feedparser.api.StrictFeedParser) if name.startswith(prefix)}
    for prefix in ("_start_", "_end_")
)
_HANDLED = _STARTED | _ENDED
"""What feedparser does something for; anything else becomes a key of that name, which nobody looks at."""
_LOOKED_AT = _words(
    """
    id guidislink link links feedburner_origlink title title_detail summary summary_detail content authors
    author language published updated created tags media_content media_thumbnail image ttl sy_updateperiod
    sy_updatefrequency hour day date description subtitle itunes_title yandex_full-text
    """
)
_SAME = {
    "dc_title": "title", "guid": "id", "published": "published", "pubdate": "published", "issued": "published",
    "dcterms_issued": "published", "updated": "updated", "modified": "updated", "lastbuilddate": "updated",
    "dc_date": "updated", "dcterms_modified": "updated", "created": "created", "dcterms_created": "created",
    "dc_creator": "author", "dc_author": "author", "itunes_author": "author", "managingeditor": "author",
    "dc_subject": "category", "keywords": "category", "dc_description": "description", "itunes_summary": "summary",
    "dc_language": "language", "itunes_subtitle": "subtitle", "tagline": "subtitle", "fullitem": "content_encoded",
}  # fmt: skip
_TEXTS = {"title": "text/plain", "summary": "text/plain", "description": "text/html", "content": "text/plain"}
_TEXTS |= {"content_encoded": "text/html", "media_description": "text/html", "subtitle": "text/plain"}
_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}
_OF_ENTRY = _words(
    """
    title summary description content content_encoded id link published updated created author category language
    feedburner_origlink enclosure media_content media_thumbnail media_group media_title media_description itunes_image
    itunes_category media_category itunes_keywords media_keywords itunes_title subtitle
    yandex_full-text
    """
)
_OF_FEED = _words("title id link author language ttl sy_updateperiod sy_updatefrequency hour day")
_PASSED_OVER = _words(
    """
    subtitle tagline rights copyright generator updated published webmaster cloud category description
    itunes_subtitle itunes_summary itunes_owner itunes_image itunes_category dc_rights dc_publisher dc_date image
    textinput admin_generatoragent georss_point media_description media_credit media_rating media_license media_player
    media_restriction cc_license creativecommons_license dcterms_valid dc_contributor contributor email name uri
    source expirationdate itunes_explicit itunes_block
    """
)
"""With all they hold: what of a feed, and of an entry, is not looked at."""
_PERSONAL = _words("name email uri url homepage itunes_name itunes_email")
_INNER = {
    "image": _words("url title link width height description"),
    "textinput": _words("title description name link"),
    "contributor": _PERSONAL, "itunes_owner": _PERSONAL, "itunes_category": {"itunes_category"},
}  # fmt: skip
"""What may stand within what is passed over and is known to feedparser; in `source` all may."""
_ROOTS = frozenset({"rss", "rdf_rdf", "feed", "channel"})
_ENTRIES = frozenset({"item", "entry"})
_LISTS = frozenset({"skiphours", "skipdays"})
_HOLDERS = _LISTS | {"channel", "feed"}
_PLAIN = frozenset({"text", "plain", "html", "text/plain", "text/html"})
_PAGES = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_QUERY = re.compile(r"&([A-Za-z0-9_]+);")
_WINDOWS = re.compile(r"[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]")
"""What Windows-1252 has letters for, and Unicode has control characters."""


class _DoubtError(Exception):
    """Something that is not ordinary."""


class Reading:
    """A document read, by feedparser's names: `feeddata`, `entries`; `skipped` is ours."""

    def __init__(self) -> None:
        self.feeddata: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.skipped: frozenset[str] = frozenset()
        self._keys: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._uris: dict[str, str] = {}
        self._renamed: set[str] = set()
        self._language: str | None = None
        self._entry: dict[str, Any] | None = None
        self._open: list[str] = []  # what holds fields: root, channel, entry, group
        self._field: tuple[str, dict[str, str]] | None = None
        self._person = ""
        self._text: list[str] = []
        self._passing: list[str] = []
        self._has_content = self._is_link = self._is_reset = False
        self._is_summarised = False
        self._elements = 0

    # --- what stands where ------------------------------------------------------------------------------------------

    def declare(self, prefix: str | None, uri: str | None) -> None:
        lower = (uri or "").lower()
        known = SPACES.get(lower)
        if prefix and self._uris.setdefault(prefix, lower) != lower:
            raise _DoubtError(f"the prefix {prefix} is declared twice")
        if prefix and known is not None and known != prefix:
            # feedparser takes what has this prefix by rights for what is declared here.
            self._renamed.add(prefix)
            self._keys.clear()
        if len(self._prefixes) > MAX_NAMESPACES:
            raise _DoubtError("too many namespaces")
        if known is None and uri:
            self._prefixes.setdefault(uri, prefix or "")

    def _key(self, name: str) -> str:
        """By feedparser's names: `prefix_local`, the prefix its own."""
        key = self._keys.get(name)
        if key is None:
            uri, _, local = name.rpartition(" ")
            prefix = SPACES.get(uri.lower()) if uri else ""
            if "backend.userland.com/rss" in uri.lower():
                prefix = ""
            key = f"{prefix if prefix is not None else self._prefixes.get(uri, '')}_{local}".lower().removeprefix("_")
            if prefix in self._renamed or (prefix is None and key in _HANDLED | _LOOKED_AT | _ROOTS):
                raise _DoubtError(key)
            self._keys[name] = key
        return key

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(attributes) > MAX_ATTRIBUTES:
            raise _DoubtError("too much")
        key = self._key(name)
        given = self._given(key, attributes) if attributes else {}
        if self._passing:
            self._pass(key)
        elif self._field:
            self._within(key, given)
        elif self._entry is None and key in _LISTS and self._open[-1:] == ["channel"] and not given:
            self._open.append(key)
        elif key in _ENTRIES and self._entry is None and self._open:
            self._start_entry(given)
        elif self._entry is None and key in _ROOTS:
            self._start_root(key, given)
        elif key in (_OF_FEED if self._entry is None else _OF_ENTRY) or key in _SAME:
            self._start_field(key, given)
        elif key in _PASSED_OVER or key.startswith(("georss_", "gml_", "psc_")) or key not in _HANDLED | _LOOKED_AT:
            self._start_passing(key)
        else:
            raise _DoubtError(key)

    def end(self, name: str) -> None:
        if self._passing:
            self._passing.pop()
        elif self._person:
            self._named()
        elif self._field:
            self._end_field()
        else:
            if self._key(name) in _ENTRIES:
                self._entry = None
            self._open.pop()

    def text(self, data: str) -> None:
        if self._field and not self._passing:
            self._text.append(data)
        elif self._field and data.strip():
            raise _DoubtError("words within an element within a field")

    def _given(self, key: str, attributes: dict[str, str]) -> dict[str, str]:
        given = {}
        for name, value in attributes.items():
            uri, _, local = name.rpartition(" ")
            prefix = SPACES.get(uri.lower(), "") if uri else ""
            short = (f"{prefix}:{local}" if prefix else local).lower()
            if short in {"xml:base", "base"}:
                raise _DoubtError(short)
            if short in {"xml:lang", "lang"}:
                self._speak(key, value)
            given[short] = value.lower() if short in {"rel", "type"} else value
        return given

    def _speak(self, key: str, language: str) -> None:
        if self._open and (language or None) != self._language:
            raise _DoubtError("another language within")
        self._language = language or None
        if language and not self._open and key in {"feed", "rss"}:
            self.feeddata["language"] = language.replace("_", "-")

    def _pass(self, key: str) -> None:
        outer = self._passing[0]
        inner = outer == "source" or key in _INNER.get(outer, ()) or key.startswith(("georss_", "gml_", "psc_"))
        if not inner and (key in _HANDLED or key in _LOOKED_AT or outer in {"image", "textinput"}):
            raise _DoubtError(key)
        self._passing.append(key)

    def _start_passing(self, key: str) -> None:
        if self._entry is None and ("summary" in key or "description" in key):
            # After a summary a description of the feed would leave a mark on the first entry.
            if self._is_summarised:
                raise _DoubtError(key)
            self._is_summarised = "summary" in key
        if key in {"image", "textinput"} and self._entry is not None:
            raise _DoubtError(key)
        self._is_reset = self._is_reset or key == "source"
        self._passing.append(key)

    def _start_root(self, key: str, given: dict[str, str]) -> None:
        if {"lastmod", "href"} & given.keys() or key in self._open or (key != "channel" and self._open):
            raise _DoubtError(key)
        self._open.append(key)

    def _start_entry(self, given: dict[str, str]) -> None:
        if {"lastmod", "href"} & given.keys() or len(self.entries) >= MAX_ENTRIES:
            raise _DoubtError("CDF, or too many")
        self._entry = {"id": given["rdf:about"]} if given.get("rdf:about") else {}
        self.entries.append(self._entry)
        self._has_content = self._is_link = self._is_reset = False
        self._open.append("entry")

    # --- fields -----------------------------------------------------------------------------------------------------

    def _within(self, key: str, given: dict[str, str]) -> None:
        if given and self._field and self._field[0] == "author" and key not in _HANDLED | _LOOKED_AT | _PERSONAL:
            self._passing.append(key)  # a picture of the author, say; feedparser sees only its attributes
            return
        if self._person or self._field is None or self._field[0] != "author" or key not in _PERSONAL:
            raise _DoubtError(f"{key} within a field")
        self._person = key
        self._text.append("\0")

    def _named(self) -> None:
        """A person's name; other particulars are passed over."""
        *before, text = "".join(self._text).split("\0")
        if self._person == "name":
            self._context()["authors"][-1]["name"] = _mended(text)
        self._person, self._text = "", ["\0".join(before)]

    def _start_field(self, written: str, given: dict[str, str]) -> None:
        key = _SAME.get(written, written)
        if self._entry is None and not {*self._open[-1:]} & _HOLDERS:
            raise _DoubtError(f"{written} outside of the channel")
        if self._entry is None and key not in _OF_FEED:
            if not {key, written} & _PASSED_OVER:
                raise _DoubtError(written)
            self._start_passing(written)
        elif key in {"media_group", "media_content", "media_title"}:
            self._start_media(key, given)
        else:
            self._doubt_field(key, written, given)
            self._field, self._text = (self._begun(key, given), given), []

    def _start_media(self, key: str, given: dict[str, str]) -> None:
        context = self._context()
        if key == "media_title":
            # It counts only where the title is missing, or where a source has made feedparser forget it.
            if self._is_reset or not context.get("title"):
                raise _DoubtError(key)
            return self._start_passing(key)
        if key == "media_content":
            context.setdefault(key, []).append(given)
        return self._open.append("media_group")

    def _doubt_field(self, key: str, written: str, given: dict[str, str]) -> None:
        if (
            (self._open[-1] == "media_group" and not written.startswith("media_"))
            or (key in _TEXTS and given.get("type", "html") not in _PLAIN)
            or (written not in _STARTED and given)
            or given.get("mode") == "base64"
            or (key == "content" and "src" in given)
            or (key == "title" and "title" in self._context())
            or key in {"itunes_category", "media_category"}
        ):
            raise _DoubtError(written)

    def _begun(self, key: str, given: dict[str, str]) -> str:
        """What the start of a field does, and what it is read as."""
        context = self._context()
        if key in {"description", "summary"} and "summary" in context and not self._has_content:
            key = "content"
        if key in {"content", "content_encoded"}:
            self._has_content = True
        elif key == "author":
            context.setdefault("authors", []).append({})
        elif key == "id":
            self._is_link = given.get("ispermalink", "true") == "true"
        elif key == "category":
            _tag(context, given.get("term"), given.get("scheme", given.get("domain")), given.get("label"))
        return key

    def _context(self) -> dict[str, Any]:
        return self.feeddata if self._entry is None else self._entry

    def _end_field(self) -> None:
        assert self._field is not None, "a field was started"
        (key, given), self._field = self._field, None
        value = _mended("".join(self._text)) if self._text else ""
        context = self._context()
        if key in _TEXTS:
            self._say(context, key, value, given)
        elif key in {"hour", "day"}:
            self.skipped |= {value.lower()} if len(self.skipped) < MAX_SKIPPED else set()
        elif key == "link":
            _linked(context, value, given, of_feed=self._entry is None)
        elif key == "id":
            self._identify(context, _resolved(value) if self._is_link else value)
        elif key == "author":
            context["authors"][-1].setdefault("name", value)
        elif key in {"category", "itunes_keywords", "media_keywords"}:
            _classify(context, key, value)
        elif key in {"enclosure", "media_thumbnail", "itunes_image"}:
            _picture(context, key, value, given)
        else:
            context[key] = value

    def _say(self, context: dict[str, Any], key: str, value: str, given: dict[str, str]) -> None:
        kind = given.get("type", _TEXTS[key])
        detail = {"value": value, "type": _TYPES.get(kind, kind), "language": self._language}
        if key in {"content", "content_encoded"}:
            context.setdefault("content", []).append(detail)
            context.setdefault("summary", value)
            return
        if key == "media_description":
            context.setdefault(CAPTIONS, []).append(detail)
            return
        name = "summary" if key == "description" else key
        context[name] = value
        context[f"{name}_detail"] = detail

    def _identify(self, context: dict[str, Any], value: str) -> None:
        context["id"] = value
        context.setdefault("guidislink", self._is_link and not context.get("link"))
        if self._is_link and not context.get("link"):
            context["link"] = value


def _tag(context: dict[str, Any], term: str | None, scheme: str | None, label: str | None) -> None:
    tags = context.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    if len(tags) < MAX_TAGS and (term or scheme or label) and tag not in tags:
        tags.append(tag)


def _classify(context: dict[str, Any], key: str, value: str) -> None:
    if key != "category":
        for term in filter(None, map(str.strip, value.split(","))):
            _tag(context, term, "http://www.itunes.com/" if key == "itunes_keywords" else None, None)
    elif value:
        tags = context["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        else:
            _tag(context, value, None, None)


def _picture(context: dict[str, Any], key: str, value: str, given: dict[str, str]) -> None:
    if key == "enclosure":
        context.setdefault("links", []).append({**_referring(given), "rel": "enclosure"})
    elif key == "media_thumbnail":
        context.setdefault(key, []).append({"url": _resolved(value), **given} if value else given)
    elif given.get("href") or given.get("url"):
        context["image"] = {"href": given.get("href") or given.get("url")}


def _resolved(address: str) -> str:
    return _SLASHES.sub(r"\1", address)


def _referring(given: dict[str, str]) -> dict[str, str]:
    """With the address as `href`, whatever it is called."""
    address = given.get("url", given.get("uri", given.get("href")))
    if not address:
        return given
    return {**{name: value for name, value in given.items() if name not in {"url", "uri"}}, "href": address}


def _linked(context: dict[str, Any], value: str, given: dict[str, str], *, of_feed: bool) -> None:
    kind = "application/atom+xml" if given.get("rel") == "self" else "text/html"
    link = _referring({"rel": "alternate", "type": kind, **given})
    context.setdefault("links", []).append(link)
    if "href" in link:
        link["href"] = _resolved(link["href"])
        if link["rel"] == "alternate" and link["type"] in _PAGES:
            context["link"] = link["href"]
        return
    address = _resolved(value) if of_feed else _resolved(value).replace("&amp;", "&")
    context["link"] = _QUERY.sub(r"&\1", address)
    if address:
        link["href"] = context["link"]


def _mended(text: str) -> str:
    """Without outer white space, and UTF-8 that was read as Latin-1 read again."""
    value = text.strip()
    if value.isascii():
        return value
    with contextlib.suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    return _WINDOWS.sub(lambda found: found.group().encode("latin-1").decode("cp1252", errors="replace"), value)


def read(document: str) -> Reading | None:
    """The feed in XML text that has no DOCTYPE; None when feedparser has to read it."""
    reading = Reading()
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartNamespaceDeclHandler = reading.declare
    try:
        parser.Parse(document.encode(), True)
    except (_DoubtError, expat.ExpatError, LookupError, TypeError, UnicodeError):
        return None
    return reading
