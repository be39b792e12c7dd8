"""HTML to plain text, and plain text made safe to store, match, and print.

`plain` goes in three steps. (1) The input is bounded: HTML parsers, these two among them, need time that grows with
the square of the number of tags left open (100,000 `<div>`: 21 s in nh3, 20 s in Lexbor; 2,000: 7 ms and 4 ms), so
the rest after `MAX_TAGS` tags or `MAX_MARKUP` characters is cut off; what is kept of an article's text is far less.
(2) nh3 reduces it to an allow-list that holds block elements only: inline elements vanish and their words stay whole,
scripts, styles and what stands in for media go with their content. (3) selectolax gives the text between the blocks
that are left, which is exactly where one line ends and the next begins.

`tidy` is the last step of everything: no control characters, no bidirectional overrides, no invisible characters but
the two joiners that Persian, Indic scripts and emoji need, white space folded.
"""

from __future__ import annotations

import re
from html import unescape

import nh3
from selectolax.lexbor import LexborHTMLParser

from digest.wording import JOINERS, shorten

MAX_MARKUP = 200_000
MAX_TAGS = 2_000

_BLOCKS = """
    address article aside blockquote br caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary table tbody td
    tfoot th thead tr ul
"""
_DROPPED = """
    audio button canvas embed frameset head iframe noembed noframes noscript object script select style svg template
    textarea title video
"""
_ALLOW_BLOCKS = nh3.Cleaner(
    tags=set(_BLOCKS.split()), clean_content_tags=set(_DROPPED.split()), attributes={}, link_rel=None
)
_BOUNDARY = "\0"  # cannot occur in the text: HTML parsers drop it

_DATA_URI = re.compile(r"data:[\w.+/-]{1,60};base64,[\w+/=%-]+")
_CELL = re.compile(r"<(?=/?(?:t[dhr]|tbody|thead|caption|option|body)\b)", re.IGNORECASE)
"""Tags that HTML parsers ignore outside of their table or list: the words on both sides would grow together."""
_MARKUP = re.compile(
    r"</(?:a|b|i|p|em|li|ol|td|ul|div|h[1-6]|span|code|strong|blockquote)\s*>|<(?:br|p|img|div)\b[^<>]*>",
    re.IGNORECASE,
)

# Escapes only, as most of these cannot be seen: control characters that are no white space, soft hyphen, Arabic
# letter mark, Mongolian vowel separator, zero-width space, direction marks, embeddings, overrides and isolates,
# invisible operators, byte order mark, interlinear marks, noncharacters, surrogates, tags. Not U+200C and U+200D.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]+"
)


def _folded(line: str) -> str:
    """One line, cleaned. `isprintable` sees ten times as fast as a pattern that there is nothing to remove."""
    words = " ".join(line.split())
    return words if words.isprintable() else " ".join(_INVISIBLE.sub("", words).split())


def tidy(text: str) -> str:
    """Plain text as it may be stored: lines kept, empty ones dropped, each folded, cleaned as the top says."""
    lines = map(_folded, text.splitlines())
    return "\n".join(line for line in lines if line.strip(JOINERS))


def one_line(text: str, limit: int) -> str:
    """Plain text on one line, at most `limit` characters."""
    return shorten(tidy(" ".join(text.split())), limit)


def _bounded(html: str) -> str:
    """The part of the markup that is worth the parsers' time; cut before a tag, never within one."""
    if len(html) > MAX_MARKUP:
        html = _DATA_URI.sub("", html)
    if len(html) <= MAX_MARKUP and html.count("<") <= MAX_TAGS:
        return html
    html = html[:MAX_MARKUP]
    return "<".join(html.split("<", MAX_TAGS + 1)[: MAX_TAGS + 1])


def _encodable(html: str) -> str:
    """Without lone surrogates, which JSON can smuggle in and the parsers refuse."""
    return html.encode("utf-8", errors="ignore").decode()


def plain(html: str) -> str:
    """The text of an HTML fragment or document as a reader sees it: one line per block, entities decoded once."""
    bounded = _bounded(html)
    if "<" not in bounded:
        return tidy(" ".join(unescape(bounded).split()))
    # Feeds that were escaped twice carry the marks of a CDATA section, which HTML takes for a comment.
    kept = bounded.replace("<![CDATA[", "").replace("]]>", "")
    blocks = _ALLOW_BLOCKS.clean(_CELL.sub(" <", _encodable(kept)))
    body = LexborHTMLParser(blocks).body
    pieces = map(_folded, body.text(separator=_BOUNDARY).split(_BOUNDARY) if body else [])
    return "\n".join(piece for piece in pieces if piece.strip(JOINERS))


def article(html: str) -> str:
    """The text of HTML, escaped twice maybe: then it has no tags but escaped ones, or begins with one."""
    text = plain(html)
    return plain(text) if ("<" not in html or text.startswith("<")) and _MARKUP.search(text) else text


def literal(text: str) -> str:
    """Text whose format says that it is plain. Taken at its word unless it holds tags that only HTML can have."""
    return plain(text) if _MARKUP.search(text) else tidy(text)
