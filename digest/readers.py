"""XML text to feedparser's dictionaries: by the quick reader, the strict one or the loose one, within bounds.

An ordinary feed is read by `digest.ordinary`, which finds what feedparser would. All others by feedparser's own
classes, driven here (feedparser.parse would take a str or bytes for a file name or an address): the strict one on
expat, and when that stops at damage the loose one for what comes after. `_Bounds` keeps their time linear.
"""

from __future__ import annotations

import re
import sys
import xml.sax
from contextlib import suppress
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from xml.parsers.expat import errors
from xml.sax.handler import feature_external_ges, feature_namespaces

import feedparser.api

from digest import markup, ordinary

_MAX_LOOSE = 2_000_000
"""Characters for the loose reader, which needs some 5 s for a megabyte of nothing but `<`."""
_MAX_ELEMENTS, _MAX_NAMESPACES, _MAX_CATEGORIES = ordinary.MAX_ELEMENTS, ordinary.MAX_NAMESPACES, ordinary.MAX_TAGS
_MAX_ATTRIBUTES, _MAX_BASE, _MAX_STEPS = 200, 2_000, 50
_MAX_REASON = 200

_BARE = re.compile(r"<!\[CDATA\[.*?(?:]]>|\Z)|&(?!#?\w{1,32};)", re.DOTALL)
"""An ampersand that begins nothing; the loose reader would make `AT&T;` of `AT&T`, and © of `?a=1&copy=2`."""
_REFERENCES = re.compile(r"(?:&#(?:x[0-9a-f]+|[0-9]+);)+", re.IGNORECASE)
_NUMBER = re.compile(r"&#(x[0-9a-f]{1,6}|[0-9]{1,7});", re.IGNORECASE)
_STUMBLED_OVER = ("georss:", "gml:", "psc:", "cc:", "creativecommons:")


class _EnoughError(Exception):
    """Reading stops here on purpose; the message says why, for the operator."""


class _Bounds:
    """What feedparser's readers lack: limits where their time grows with the square of the input.

    Measured with 100 KB: e-mail search in an author 47 s; nested `xml:base` 2.4 s; 9,000 attributes 2 s; 4,500
    categories 0.65 s. With 4 MB of elements under a base of 900 steps: 20 s.
    """

    entries: list[Any]
    namespaces_in_use: dict[str, str]
    baseuri: str
    _matchnamespaces = ordinary.SPACES
    elements_read = 0
    skipped: frozenset[str] = frozenset()
    """What `skipHours` and `skipDays` list: of elements with one name feedparser keeps the last."""

    def unknown_starttag(self, tag: str, attrs: Any) -> Any:
        most = ordinary.MAX_ENTRIES
        if len(self.entries) >= most and tag.rpartition(":")[2] in {"item", "entry"}:
            raise _EnoughError(f"the feed has more than {most:,} entries: the first {most:,} were read")
        self.elements_read += 1
        if (
            self.elements_read > _MAX_ELEMENTS
            or len(attrs) > _MAX_ATTRIBUTES
            or len(self.namespaces_in_use) > _MAX_NAMESPACES
            or len(self.baseuri) > _MAX_BASE
            or self.baseuri.count("/") > _MAX_STEPS
        ):
            raise _EnoughError("the feed has elements, attributes, namespaces or bases without end: reading stopped")
        return super().unknown_starttag(_harmless(tag), self._rebased(attrs))  # type: ignore[misc]  # mixed in below

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(_harmless(tag))  # type: ignore[misc]  # as above

    def _rebased(self, attrs: Any) -> Any:
        """Without this feedparser forgets a base within one that is relative itself."""
        bases = [value for name, value in attrs if name.lower() in {"xml:base", "base"}]
        if not bases or not self.baseuri or "://" in self.baseuri:
            return attrs
        with suppress(ValueError):
            attrs, self.baseuri = [*attrs, ("xml:base", urljoin(self.baseuri, bases[0]))], ""
        return attrs

    def _sync_author_detail(self, key: str = "author") -> None:
        """Nothing: `_author` finds the name, in a bounded text."""

    def _end_author(self) -> None:
        super()._end_author()  # type: ignore[misc]  # the feedparser class mixed in below
        context = self._get_context()  # type: ignore[attr-defined]  # as above
        if context.get("authors"):  # of several without names of their own feedparser keeps the last
            context["authors"][-1].setdefault("name", str(context.get("author") or ""))

    _end_managingeditor = _end_author

    def _end_item(self) -> None:
        super()._end_item()  # type: ignore[misc]  # as above
        self.title_depth = -1  # or a channel behind its items would have no title

    _end_entry = _end_item

    def _end_guid(self) -> None:
        context = self._get_context()  # type: ignore[attr-defined]  # as above
        if not context.get("link"):
            context.pop("link", None)  # an empty one would keep the guid from standing for it
        super()._end_guid()  # type: ignore[misc]  # as above

    _end_id = _end_guid

    def _start_media_description(self, given: Any) -> None:
        self.push_content("caption", given, "text/html", 1)  # type: ignore[attr-defined]  # as above

    def _end_media_description(self) -> None:
        """Beside what the entry says: feedparser would put what stands under a picture in the article's place."""
        detail = dict(self.contentparams)  # type: ignore[attr-defined]  # as above
        detail["value"] = self.pop_content("caption")  # type: ignore[attr-defined]  # as above
        self._get_context().setdefault(ordinary.CAPTIONS, []).append(detail)  # type: ignore[attr-defined]  # as above

    def _end_hour(self) -> None:
        self._skip(self.pop("hour"))  # type: ignore[attr-defined]  # as above

    def _end_day(self) -> None:
        self._skip(self.pop("day"))  # type: ignore[attr-defined]  # as above

    def _skip(self, written: Any) -> None:
        if len(self.skipped) < ordinary.MAX_SKIPPED:
            self.skipped |= {str(written).strip().lower()}

    def _add_tag(self, term: Any, scheme: Any, label: Any) -> None:
        if len(self._get_context().get("tags", ())) < _MAX_CATEGORIES:  # type: ignore[attr-defined]  # as above
            super()._add_tag(term, scheme, label)  # type: ignore[misc]  # as above


def _harmless(tag: str) -> str:
    """What nobody looks at under a name without a handler, since handlers raise over a `gml:pos` alone, say."""
    return f"passed-over:{tag}" if tag.startswith(_STUMBLED_OVER) else tag


class _Strict(_Bounds, feedparser.api.StrictFeedParser):  # type: ignore[misc]  # untyped
    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - SAX's name
        if len(attrs) > _MAX_ATTRIBUTES:  # before feedparser looks each of them up in a list of all
            self.unknown_starttag("", attrs.items())
        super().startElementNS(name, qname, attrs)


class _Loose(_Bounds, feedparser.api.LooseFeedParser):  # type: ignore[misc]  # untyped
    """With the escapes decoded that feedparser leaves in attributes, ids and names: they would be others' then."""

    @staticmethod
    def _normalize_attributes(pair: tuple[str, str]) -> tuple[str, str]:
        name, value = pair[0].lower(), unescape(pair[1])
        return name, value.lower() if name in {"rel", "type"} else value

    def handle_charref(self, number: str) -> None:
        with suppress(ValueError, OverflowError):  # of what is no character; UnicodeError is a ValueError
            super().handle_charref(number)

    def decode_entities(self, element: str, data: str) -> str:
        decoded: str = super().decode_entities(element, data)
        return decoded if self.contentparams.get("type") else unescape(decoded)


def _reader(kind: type) -> Any:
    """A reader without address and language: ids stay as written, and links are resolved where it is safe."""
    reader = kind("", None, "utf-8")
    reader.resolve_relative_uris = reader.sanitize_html = False
    return reader


def _read_strictly(reader: Any, document: str) -> None:
    sax = xml.sax.make_parser()  # noqa: S317 - without a DOCTYPE there is nothing to expand or to fetch
    sax.setFeature(feature_namespaces, True)
    sax.setFeature(feature_external_ges, False)
    sax.setContentHandler(reader)
    sax.setErrorHandler(reader)
    sax.parse(BytesIO(document.encode()))


def _strictly(document: str) -> tuple[Any, Exception | None]:
    """The strict reader after the document, and what stopped it."""
    reader = _reader(_Strict)
    try:
        _read_strictly(reader, document)
    except Exception as error:  # noqa: BLE001 - hostile bytes may raise anything out of feedparser's handlers
        return reader, error
    return reader, None


def soundly(document: str, *, quick: bool) -> tuple[Any, Exception | None]:
    """The same, by the quick reader if the document is an ordinary feed."""
    reading = ordinary.read(document) if quick else None
    return (reading, None) if reading else _strictly(document)


def read(document: str, line: int, *, quick: bool) -> tuple[Any, str | None]:
    """The reader after the document, and what kept it from reading all. `line` is the one that it starts on."""
    strict, error = soundly(document, quick=quick)
    if isinstance(error, xml.sax.SAXParseException) and error.getMessage() == errors.XML_ERROR_BAD_CHAR_REF:
        document = _REFERENCES.sub(_characters, document)
        strict, error = soundly(document, quick=quick)
    if error is None or isinstance(error, _EnoughError):
        return strict, str(error) if error else None
    loose, enough = _reader(_Loose), None
    try:
        loose.feed(_BARE.sub(_escaped, document[:_MAX_LOOSE])[:_MAX_LOOSE])
    except _EnoughError as reason:
        enough = str(reason)
    except Exception:  # noqa: BLE001, S110 - as above; the damage is reported, and what was read until here is kept
        pass
    _join(loose, strict)
    return loose, enough or f"{_damage(error, line)}; entries that could be read nevertheless: {len(loose.entries)}"


def is_within_entry(reader: Any) -> bool:
    """Whether the document ended within an entry, the last one."""
    return not isinstance(reader, ordinary.Reading) and bool(reader.inentry)


def _characters(references: re.Match[str]) -> str:
    """Those of numbers in a row that are characters; of two halves of one, as UTF-16 has them, the whole."""
    numbers = [int(one[1:], 16) if one[0] in "xX" else int(one) for one in _NUMBER.findall(references.group())]
    units = "".join(chr(number) for number in numbers if number < sys.maxunicode)
    text = units.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return "".join(f"&#{ord(one)};" for one in text if one >= " " or one in "\t\n\r" if one not in "\ufffe\uffff")


def _join(loose: Any, strict: Any) -> None:
    """Gives the loose reader what the strict one read before the damage. An entry that the document ends within goes
    when its id was to come: without it this would be another entry than at the next poll, and told twice.
    """
    whole = len(strict.entries) - bool(strict.inentry)
    loose.entries[:whole] = strict.entries[:whole]
    loose.entries += strict.entries[len(loose.entries) :]
    loose.feeddata = {**strict.feeddata, **loose.feeddata}
    if loose.inentry and loose.infeed and not loose.entries[-1].get("id"):
        del loose.entries[-1]


def _escaped(bare: re.Match[str]) -> str:
    return "&amp;" if bare.group() == "&" else bare.group()


def _damage(error: Exception, line: int) -> str:
    if not isinstance(error, xml.sax.SAXParseException):
        return f"the feed is damaged ({markup.one_line(str(error), _MAX_REASON)})"
    place = f"line {line + (error.getLineNumber() or 1) - 1}, column {(error.getColumnNumber() or 0) + 1}"
    return f"the feed is damaged at {place} ({error.getMessage()})"
