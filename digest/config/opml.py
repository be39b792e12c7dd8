"""Feed lists as OPML 2.0, the format in which feed readers exchange them (http://opml.org/spec2.opml).

Folders are tags. On the way out a feed stands in the folder of its first tag and names all of them in `category`, so
what is written is read back as it was, only in the order of the folders.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from digest.config.values import LANGUAGES, Wrong, host_name, url_key, web_url
from digest.errors import DigestError
from digest.settings import Feed

_MOST_BYTES = 5_000_000
_DEEPEST = 30
"""Folders in folders. listparser keeps the whole way for every feed, so depth times feeds is its memory."""


def read_opml(content: bytes) -> tuple[Feed, ...]:
    """The feeds of an OPML document, each once; the names of the folders around them, and `category`, are their tags.

    Read as leniently as real files need (an unescaped `&` in an address, say). Outlines without an http or https
    address are left out. Raises DigestError for what is no OPML, declares entities, or is too large or too deep.
    """
    import listparser

    if len(content) > _MOST_BYTES:
        raise DigestError(f"the OPML file has {len(content)} bytes; expected at most {_MOST_BYTES}; split it")
    text = _decode(content)
    if re.search(r"<!(ENTITY|DOCTYPE[^>]*\[)", text, re.IGNORECASE):
        raise DigestError("the OPML file declares entities, which OPML has no use for; remove its <!DOCTYPE …> part")
    outlines = _Outlines()
    try:
        outlines.feed(text)
        found = listparser.parse(text.encode("utf-8", "replace"))
    except DigestError:
        raise
    except Exception as error:  # noqa: BLE001 - listparser takes unpaired tags as they come, and runs into anything
        raise DigestError(f"the OPML file cannot be read: its tags do not fit together ({error})") from None
    if not outlines.seen and not found.feeds:
        raise DigestError("this is not an OPML file: no <outline> in it; expected an export of a feed reader")
    feeds: dict[str, Feed] = {}
    for entry in found.feeds:
        try:
            url = web_url(re.sub(r"^feed:(//)?(?=https?://)|^feed(?=://)", _plain_scheme, entry.url))
        except Wrong:
            continue
        feeds.setdefault(url_key(url), _feed(url, entry.title, entry.categories, outlines.languages.get(entry.url)))
    return tuple(feeds.values())


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """The feeds as OPML 2.0 in UTF-8, those with tags in the folder of the first."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Feeds of Digest"
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {}
    for feed in feeds:
        parent = body
        if feed.tags:
            first = feed.tags[0]
            parent = folders.setdefault(first, ET.Element("outline", text=first))
        outline = ET.SubElement(parent, "outline", text=feed.name, type="rss", xmlUrl=feed.url)
        if feed.tags:
            outline.set("category", ",".join(feed.tags))
        if feed.language:
            outline.set("language", feed.language)
    body.extend(folders.values())
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _plain_scheme(match: re.Match[str]) -> str:
    return "http" if match[0] == "feed" else ""


def _feed(url: str, title: str, categories: list[list[str]], language: str | None) -> Feed:
    words = (" ".join(re.split(r"[,/\s]+", word)).strip() for way in categories for word in way)
    return Feed(
        url=url,
        name=" ".join(title.split()) or host_name(url),
        tags=tuple(dict.fromkeys(filter(None, words))),
        language=language if language in LANGUAGES else None,
    )


def _decode(content: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    declared = re.match(rb"\s*<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]{1,40})", content)
    try:
        return content.decode(declared[1].decode() if declared else "utf-8", "replace")
    except (LookupError, UnicodeError):  # an unknown encoding, or a codec that is none for text
        return content.decode("utf-8", "replace")


class _Outlines(HTMLParser):
    """What listparser does not tell: the languages of feeds, and how deep the document is."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: dict[str, str] = {}
        self.seen = False
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DigestError(f"the OPML file has folders nested more than {_DEEPEST} deep; flatten it")
        if tag == "outline":
            self.seen = True
            values = dict(attrs)
            if values.get("xmlurl") and values.get("language"):
                self.languages[str(values["xmlurl"]).strip()] = str(values["language"]).strip().lower().split("-")[0]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the name that HTMLParser calls it by
        self._depth -= 1
