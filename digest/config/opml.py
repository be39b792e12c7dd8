"""Feed lists as OPML 2.0, the format in which feed readers exchange them (http://opml.org/spec2.opml).

Folders are tags. What these and the other keys of a feed do not tell of its outline is kept with it: the ways to its
folders (`folders`) and its other attributes (`opml`). So what is written is read back as it was, and what was read is
written again: the same outlines with the same attributes, in the same folders and the same order. Not kept are
outlines that are no feeds, folders without feeds, what folders have besides their names, and the head.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from digest.config.values import LANGUAGES, OPML_ATTRIBUTE, Wrong, host_name, url_key, web_url
from digest.errors import DigestError
from digest.settings import Feed, web_address

_Way = tuple[str, ...]
"""The names of the folders around an outline, from the outside in."""
_Attributes = dict[str, str]

_MOST_BYTES = 5_000_000
"""Of a list: some twenty thousand feeds."""
_DEEPEST = 30
"""Folders in folders. The whole way is kept for every feed, so depth times feeds is its memory."""
_LONGEST = 1000
"""Characters of a folder's name, which becomes a tag of every feed in it."""
_TELLING = frozenset(("text", "xmlUrl", "category", "language"))
"""The attributes that other keys of a feed hold, too."""
_SPELLED = {name.lower(): name for name in (*_TELLING, "title", "type", "htmlUrl")}
"""Names that are known in every spelling."""


def read_opml(content: bytes) -> tuple[Feed, ...]:
    """The feeds of an OPML document, each once; the names of the folders around them, and `category`, are their tags.

    Read as leniently as real files need (an unescaped `&` in an address, say). Outlines without an http or https
    address are left out. Raises DigestError for what is no OPML, declares entities, or is too large or too deep.
    """
    found: defaultdict[str, list[tuple[_Way, _Attributes]]] = defaultdict(list)
    for way, attributes in _outlines(content):
        if address := _address(attributes["xmlUrl"]):
            found[url_key(address)].append((way, attributes))
    return tuple(map(_feed, found.values()))


def left_out(content: bytes) -> tuple[str, ...]:
    """The addresses of an OPML document that are none of the web, so that `read_opml` leaves their outlines out."""
    addresses = (attributes["xmlUrl"] for _, attributes in _outlines(content))
    return tuple(address for address in addresses if _address(address) is None)


def _outlines(content: bytes) -> list[tuple[_Way, _Attributes]]:
    if len(content) > _MOST_BYTES:
        raise DigestError(f"the OPML file has {len(content)} bytes; expected at most {_MOST_BYTES}; split it")
    text = _decode(content)
    if re.search(r"<!(ENTITY|DOCTYPE[^>]*\[)", text, re.IGNORECASE):
        raise DigestError("the OPML file declares entities, which OPML has no use for; remove its <!DOCTYPE …> part")
    outlines = _Outlines()
    try:
        outlines.feed(text)
    except DigestError:
        raise
    except Exception as error:  # noqa: BLE001 - the parser of the standard library knows no error of its own
        raise DigestError(f"the OPML file cannot be read: its tags do not fit ({error}); export it anew") from None
    if not outlines.seen:
        raise DigestError("this is not an OPML file: no <outline> in it; expected an export of a feed reader")
    return outlines.feeds


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """The feeds as OPML 2.0 in UTF-8, each in its folders: where nothing else is said in that of its first tag."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Feeds of Digest"
    folders: dict[_Way, ET.Element] = {(): ET.SubElement(root, "body")}
    placed = [(turn, way, feed) for feed in feeds for turn, way in enumerate(_ways(feed))]
    # A feed in several folders must not bring the later ones forward.
    for _, way, feed in sorted(placed, key=lambda each: each[0]):
        ET.SubElement(_folder(folders, way), "outline", _outline(feed))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _folder(folders: dict[_Way, ET.Element], way: _Way) -> ET.Element:
    if way not in folders:
        name = _plain(way[-1])
        folders[way] = ET.SubElement(_folder(folders, way[:-1]), "outline", text=name, title=name)
    return folders[way]


# --- one feed -------------------------------------------------------------------------------------------------------


def _feed(found: list[tuple[_Way, _Attributes]]) -> Feed:
    """What is said in one place of a feed, or in several."""
    attributes: _Attributes = {}
    for _, said in reversed(found):  # the first place has the last word
        attributes |= said
    ways = tuple(dict.fromkeys(way for way, _ in found))
    told = _told(attributes, ways)
    feed = replace(told, folders=None if ways == _ways(told) else ways if any(ways) else ())
    usual = _usual(feed)
    return replace(feed, opml=tuple((name, said) for name, said in attributes.items() if usual.get(name) != said))


def _told(attributes: _Attributes, ways: Iterable[_Way]) -> Feed:
    """A feed as its outlines tell of it, without what is kept besides."""
    url = _address(attributes["xmlUrl"]) or ""
    words = [*re.split("[,/]", attributes.get("category", "")), *(name for way in ways for name in way)]
    tags = (" ".join(re.split(r"[,/\s]+", word)).strip() for word in words)
    language = attributes.get("language", "").lower().split("-")[0]
    return Feed(
        url=url,
        name=attributes.get("text") or attributes.get("title") or host_name(url),
        tags=tuple(dict.fromkeys(filter(None, tags))),
        language=language if language in LANGUAGES else None,
    )


def _ways(feed: Feed) -> tuple[_Way, ...]:
    if feed.folders is None:
        return (feed.tags[:1],)
    return feed.folders or ((),)


def _usual(feed: Feed) -> _Attributes:
    """The attributes of a feed of which nothing is kept."""
    usual = {"text": _plain(feed.name), "title": _plain(feed.name), "type": "rss", "xmlUrl": feed.url}
    if _told(usual, _ways(feed)).tags != feed.tags:
        usual["category"] = _plain(",".join(feed.tags))
    return usual | ({"language": feed.language} if feed.language else {})


def _outline(feed: Feed) -> _Attributes:
    """What is kept is written; but a key that was changed since counts more than what is kept of it."""
    usual, kept = _usual(feed), {name: _plain(said) for name, said in feed.opml}
    told = _told(usual | kept, _ways(feed))
    if told == replace(feed, folders=None, opml=()):
        return usual | kept
    return usual | {name: said for name, said in kept.items() if name not in _TELLING}


def _address(text: str) -> str | None:
    try:
        return web_url(web_address(text))
    except Wrong:
        return None


# --- the document ---------------------------------------------------------------------------------------------------


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


def _plain(text: str) -> str:
    """On one line, without the characters that XML 1.0 (section 2.2) does not know."""
    return " ".join(re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text).split())


class _Outlines(HTMLParser):
    """The feeds of a document, as they come: an XML parser would refuse many a real list."""

    _ATTRIBUTE = re.compile(r"""(?<=[\s"'/])([^\s=<>"'/]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)""")

    def __init__(self) -> None:
        super().__init__()
        self.feeds: list[tuple[_Way, _Attributes]] = []
        self.seen = False
        self._depth = 0
        self._open: list[str] = []
        """The names of the outlines around; empty for those that are no folders."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DigestError(f"the OPML file has folders nested more than {_DEEPEST} deep; flatten it")
        if tag != "outline":
            return
        self.seen = True
        said = self._said(attrs)
        kind = said.get("type", "").lower()
        if "xmlUrl" in said and kind != "source":  # a `source` is another list
            self.feeds.append((tuple(filter(None, self._open)), said))
        folder = "xmlUrl" not in said and kind not in {"link", "include"}
        name = said.get("text") or said.get("title", "") if folder else ""
        if len(name) > _LONGEST:
            raise DigestError(f"the OPML file has a folder with a name of {len(name)} characters; shorten it")
        self._open.append(name)

    def handle_endtag(self, tag: str) -> None:
        self._depth -= 1
        if tag == "outline":
            self._open.pop()

    def _said(self, attrs: list[tuple[str, str | None]]) -> _Attributes:
        """The attributes that say something, spelled as in the document (HTML knows lower case only)."""
        spelled = {name.lower(): name for name in self._ATTRIBUTE.findall(self.get_starttag_text() or "")} | _SPELLED
        said = {spelled.get(name, name): _plain(value or "") for name, value in attrs}
        return {name: value for name, value in said.items() if value and re.fullmatch(OPML_ATTRIBUTE, name)}
