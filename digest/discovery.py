"""The feeds that a web page names, and where else a site may have one.

Three kinds of addresses, from sure to guessed; whoever asks tries them in this order:

1. **declared**: `<link rel="alternate">` (or `rel="feed"`) with a type of feeds (HTML Standard, 4.6.7.1), feeds of
   comments last. Types that are plain XML or JSON count only where the address looks like a feed's: oEmbed and APIs
   are declared in the same way.
2. **linked**: `<a>` whose address looks like a feed's, or whose words are "RSS", "Atom" or "feed".
3. **guessed**: the paths where programs for sites put them.

Tags are found by a pattern and not by parsing the page: a parser needs time that grows with the square of the tags
left open, footers lie behind thousands of tags, and a tag that stands in a place where HTML forbids it still names a
feed. What stands in comments does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qs, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from digest import links, markup
from digest.settings import web_address

MOST_DECLARED, MOST_LINKED = 50, 10
"""A page may name thousands, of other hosts even, and each is asked; a page of links about RSS has hundreds that only
look like feeds."""
_MAX_PAGE, _MAX_TAGS = 2_000_000, 20_000
"""Characters of a page, and links in it, that are looked at."""
_MAX_TITLE = 100

_TAG = re.compile(r"<(link|a|base)\s([^<>]{1,3000})>([^<]{0,200})", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,1000})", re.IGNORECASE)
_FEED_TYPE = re.compile(r"\s*application/(?:rss|atom|rdf)\+xml|\s*application/feed\+json", re.IGNORECASE)
_DATA_TYPE = re.compile(r"\s*(?:text|application)/(?:xml|json)\s*(?:;|$)", re.IGNORECASE)
_LOOKS = re.compile(
    r"(?:^|[/._?&=-])(?:rss2?|atom|rdf|feeds?|syndication)(?:[/._?&=-]|$)|\.(?:rss|rdf|atom)$|/index\.xml$",
    re.IGNORECASE,
)
_NO_FEED = re.compile(r"\.(?:html?|css|js|png|jpe?g|svg|gif|ico|pdf)$", re.IGNORECASE)
_WORDS = re.compile(r"\s*(?:(?:the|our)\s+)?(?:rss|atom|feeds?)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|comentario|comentári|commenti|reacties|комментари|yorum", re.IGNORECASE)

_USUAL = ("feed", "rss.xml", "atom.xml", "index.xml", "feed.xml", "rss", "feed.json")
"""WordPress; Jekyll, Hugo and Ghost; newspapers; micro.blog."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An address that may be a feed's."""

    url: str
    """Absolute."""
    title: str = ""
    """By the page; often nothing but "RSS"."""
    comments: bool = False
    """Of readers' comments and not of news."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What a web page says of feeds."""

    title: str
    declared: tuple[Candidate, ...]
    linked: tuple[Candidate, ...]


def read(text: str, url: str) -> Page:
    """What the page says that was fetched from `url`, after redirects. Any text is a page; it may say nothing."""
    seen = "".join(_outside_comments(text[:_MAX_PAGE]))
    title = _TITLE.search(seen)
    tags = [
        (name.lower(), _attributes(written), after)
        for name, written, after in islice(map(_parts, _TAG.finditer(seen)), _MAX_TAGS)
    ]
    bases = [written["href"] for name, written, _ in tags if name == "base" and written.get("href")]
    base = urljoin(url, bases[0]) if bases and _joins(url, bases[0]) else url
    declared = _distinct(_declared(tags, base), but=())
    linked = _distinct(_linked(tags, base), but={candidate.url for candidate in declared})
    return Page(
        title=markup.one_line(markup.plain(title[1]), _MAX_TITLE) if title else "",
        declared=declared[:MOST_DECLARED],
        linked=linked[:MOST_LINKED],
    )


def decode(body: bytes, content_type: str) -> str:
    """A page as text: by the server's word, else the page's, else UTF-8. Damage is no matter: addresses are ASCII."""
    declared = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    own = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", body[:4096], re.IGNORECASE)
    name = declared[1] if declared else own[1].decode("ascii", "replace") if own else "utf-8"
    try:
        return body.decode(name, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")


def guesses(url: str) -> tuple[str, ...]:
    """Where the feed of the page at `url` may be, the likeliest first: by a known site's rules, else usual paths."""
    parts = urlsplit(url)
    known = [*_of_site((parts.hostname or "").removeprefix("www."), parts.path, parts.query)]
    if known:
        return tuple(urljoin(url, path) for path in known)
    folder = re.sub(r"[^/]+\.\w+$", "", parts.path).strip("/")
    below = [f"/{folder}/feed"] if folder else []
    return tuple(urljoin(url, path) for path in [*below, *(f"/{name}" for name in _USUAL)])


# --- tags -----------------------------------------------------------------------------------------------------------

_Tag = tuple[str, dict[str, str], str]


def _parts(tag: re.Match[str]) -> tuple[str, str, str]:
    return tag[1], tag[2], tag[3]


def _outside_comments(text: str) -> Iterator[str]:
    first, *rest = text.split("<!--")
    yield first
    for part in rest:
        yield part.partition("-->")[2]


def _attributes(written: str) -> dict[str, str]:
    """Names in lower case, entities decoded; of a name written twice the first counts, as in HTML."""
    node = LexborHTMLParser(f"<p {written.rstrip('/')}></p>").css_first("p")
    return {name: value or "" for name, value in node.attributes.items()} if node else {}


def _joins(url: str, base: str) -> bool:
    return links.absolute(base, url) is not None


def _declared(tags: list[_Tag], base: str) -> Iterator[Candidate]:
    for name, written, _ in tags:
        kinds = written.get("rel", "").lower().split()
        type_, href = written.get("type", ""), written.get("href", "")
        is_feed = _FEED_TYPE.match(type_) or "feed" in kinds or (_DATA_TYPE.match(type_) and _looks(href))
        if name == "link" and {"alternate", "feed"} & set(kinds) and is_feed:
            yield from _candidate(href, base, written.get("title", ""))


def _linked(tags: list[_Tag], base: str) -> Iterator[Candidate]:
    """Those of the page's own host first."""
    found = [
        candidate
        for name, written, after in tags
        if name == "a"
        for candidate in _candidate(written.get("href", ""), base, written.get("title") or after)
        if _looks(written.get("href", "")) or (_WORDS.match(candidate.title) and not _is_other(candidate.url))
    ]
    host = urlsplit(base).hostname
    yield from sorted(found, key=lambda candidate: urlsplit(candidate.url).hostname != host)


def _looks(href: str) -> bool:
    """By its path or its parameters; what the host is called does not count."""
    way = href.partition("://")[2].partition("/")[2] if "://" in href else href
    path, _, query = way.partition("#")[0].partition("?")
    return bool(_LOOKS.search(f"?{query}") or (_LOOKS.search(path) and not _NO_FEED.search(path)))


def _is_other(url: str) -> bool:
    return _NO_FEED.search(urlsplit(url).path) is not None


def _candidate(href: str, base: str, title: str) -> Iterator[Candidate]:
    url = links.absolute(web_address(href), base)
    if url is not None:
        shown = markup.one_line(markup.plain(title), _MAX_TITLE)
        where = urlsplit(url)
        yield Candidate(
            url=url.partition("#")[0],
            title=shown,
            comments=bool(_COMMENTS.search(f"{where.path}?{where.query} {shown}")),
        )


def _distinct(candidates: Iterable[Candidate], *, but: Iterable[str]) -> tuple[Candidate, ...]:
    """Each address once, those of comments last."""
    known = set(but)
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.url not in known:
            first.setdefault(candidate.url, candidate)
    return tuple(sorted(first.values(), key=lambda candidate: candidate.comments))


# --- sites ----------------------------------------------------------------------------------------------------------


def _of_site(host: str, path: str, query: str) -> Iterator[str]:
    """Paths by the rules of sites whose pages do not, or not always, name their feeds."""
    steps = [step for step in path.split("/") if step]
    if host in {"youtube.com", "m.youtube.com"}:
        if steps[:1] == ["channel"] and len(steps) > 1:
            yield f"/feeds/videos.xml?channel_id={steps[1]}"
        yield from (f"/feeds/videos.xml?playlist_id={one}" for one in parse_qs(query).get("list", [])[:1])
    elif host == "github.com" and len(steps) >= 2:
        yield from (f"/{steps[0]}/{steps[1]}/{name}.atom" for name in ("releases", "tags", "commits"))
    elif host in {"reddit.com", "old.reddit.com"} and steps[:1] in (["r"], ["user"]) and len(steps) > 1:
        yield f"/{steps[0]}/{steps[1]}/.rss"
    elif host == "medium.com" and steps:
        yield f"/feed/{steps[0]}"
