"""Feed documents to entries: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 by feedparser, JSON Feed 1.0 and 1.1 here.

`parse` never raises and needs bounded time and memory, whatever the bytes. The way of a document:

1. **Bytes to text** (`digest.decoding`).
2. **Prolog off**, here and not by feedparser, whose patterns for it need 47 s for 100 KB of empty lines. Everything
   before the root element goes: junk, declarations and the DOCTYPE, so no entity of a document's own making is ever
   expanded or fetched. Named HTML entities become their characters.
3. **Text to feedparser's dictionaries** (`digest.readers`), by feedparser or by what finds the same.
4. **One record for both families** (`_Raw`), then the rules of identity, links and titles, the same for all.

Entries whose slices are known from an earlier document (`digest.slices`) are left out before step 3.

Identity: the feed's own id as written, never resolved against an address and so safe from redirects, unless entries
of other links share it; else the canonical link, unless other entries share it; else a hash of title and text. No
date is part of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from html.entities import html5
from itertools import chain, islice
from typing import Any

from digest import dates, decoding, discovery, links, markup, ordinary, readers, slices
from digest.model import Entry, ParsedFeed
from digest.wording import shorten

MAX_ENTRIES = ordinary.MAX_ENTRIES
"""Of one document; feeds hold 10 to 100, archives some hundred."""
MAX_HUBS = 10
MAX_ID, MAX_TITLE, MAX_SUMMARY, MAX_TEXT, MAX_NAME, MAX_TERMS = 500, 300, 1_000, 20_000, 200, 20
"""Characters, and how many tags: more than a mail shows, and than matching needs."""
_MAX_CAPTIONS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class _Raw:
    """An entry as its format says it: texts plain and clean, links as written but for `xml:base`."""

    id: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    """Uncut; so is `content`."""
    content: str = ""
    author: str = ""
    language: str | None = None
    published_at: datetime | None = None
    tags: Iterable[str] = ()
    images: Iterable[str] = ()
    is_cut: bool = False
    """Whether the document ends within it."""


def parse(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    content_language: str | None = None,
    known_slices: Collection[str] = frozenset(),
    trim: bool = True,
    quick: bool = True,
) -> ParsedFeed:
    """The feed in `body` as fetched from `url` (after redirects), with the response's `Content-Type` and -Language.

    Never raises. `problem` is one sentence: nothing can be read (then there are no entries), or only a part could.

    `known_slices` are the `slices` of this feed's last document: entries that have not changed since are left out and
    counted in `known`, the others come as if the whole had been read. With `trim` off all come, and no slices.
    With `quick` off feedparser reads ordinary feeds, too, and finds the same.
    """
    text = decoding.decode(body, content_type or "")
    if not text:
        return ParsedFeed(problem="the document is empty: the server sent no feed at all")
    language, known = _language(content_language), slices.recalled(known_slices) if trim else None
    if text.startswith(("{", "[")):
        return _parse_json(text, url, language, known)
    return _parse_xml(text, url, language, known, quick=quick)


# --- XML ------------------------------------------------------------------------------------------------------------

_ROOT = re.compile(
    r"<!--.*?(?:-->|\Z)|(<(?:[\w.-]+:)?(?:rss|rdf|feed|channel)(?=[\s>/]|\Z))", re.IGNORECASE | re.DOTALL
)
_ATOM = re.compile(r"<(?:[\w.-]+:)?feed\b", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html)(?=[\s>])", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)(\w{2,32});")


def _character(entity: re.Match[str]) -> str:
    """What an HTML entity stands for, which XML does not know; those that XML knows stay."""
    character = html5.get(entity.group(1) + ";", "")
    return entity.group() if not character or set(character) & set("<>&\"'") else character


def _parse_xml(text: str, url: str, language: str | None, known: dict[str, str] | None, *, quick: bool) -> ParsedFeed:
    start = next((found.start() for found in _ROOT.finditer(text) if found[1]), None)
    if start is None:
        return ParsedFeed(problem=_no_feed(text, url))
    document = text[start:]
    cut = None if known is None else slices.cut(document)
    if cut and known and len(cut.hashes) <= MAX_ENTRIES:
        trimmed = _trimmed(cut, known, url, language, quick=quick)
        if trimmed:
            return trimmed
    reader, problem = readers.read(_ENTITY.sub(_character, document), text.count("\n", 0, start) + 1, quick=quick)
    if not reader.entries and _PAGE.search(text, 0, start):
        return ParsedFeed(problem=_no_feed(text, url))
    head, raws = _of_reader(reader, problem, url, language, atom=bool(_ATOM.match(document)))
    sound = cut and problem is None and len(cut.hashes) == len(raws)
    return _filled(head, raws, url, hashes=cut.hashes if cut and sound else ())


def _trimmed(
    cut: slices.Cut, known: dict[str, str], url: str, language: str | None, *, quick: bool
) -> ParsedFeed | None:
    """The document without its known entries; None when these cannot be left out without changing the others."""
    fresh = [digest for digest in cut.hashes if digest not in known]
    if len(fresh) == len(cut.hashes):
        return None
    reader, error = readers.soundly(_ENTITY.sub(_character, cut.without(known)), quick=quick)
    if error or len(reader.entries) != len(fresh):
        return None
    head, raws = _of_reader(reader, None, url, language, atom=bool(_ATOM.match(cut.document)))
    return _beside(_filled(head, raws, url, hashes=fresh), [known[one] for one in cut.hashes if one in known])


def _beside(feed: ParsedFeed, left_out: list[str]) -> ParsedFeed | None:
    """A feed of new entries with what is remembered of the others; None when both share an id or a link, or may."""
    if slices.clash(feed.slices, left_out) or (feed.entries and not feed.slices):
        return None
    return replace(feed, slices=feed.slices.union(left_out), known=len(left_out))


def _of_reader(
    reader: Any, problem: str | None, url: str, language: str | None, *, atom: bool
) -> tuple[ParsedFeed, list[_Raw]]:
    """What the document says of the feed, and its entries.

    Plain dictionaries: feedparser's own are slow, and lend a missing date from another field with a warning.
    """
    feed = dict(reader.feeddata)
    named = [(_string(one.get("rel")), _string(one.get("href"))) for one in _dicts(feed.get("links"))]
    first = dict(reversed(named))
    head = ParsedFeed(
        title=markup.one_line(_detailed(feed, "title", atom=atom), MAX_TITLE),
        link=links.absolute(_string(feed.get("link")), url),
        language=_language(feed.get("language")) or language,
        ttl_minutes=_minutes(feed.get("ttl")),
        skip_hours=frozenset(int(hour) % 24 for hour in reader.skipped if _HOUR.fullmatch(hour)),
        skip_days=frozenset(_DAYS.index(day) for day in reader.skipped if day in _DAYS),
        update_period=_period(feed),
        hubs=_hubs((href for rel, href in named if rel == "hub"), url),
        self_link=links.absolute(first.get("self", ""), url),
        older=links.absolute(first.get("prev-archive") or first.get("next", ""), url),
        problem=problem,
    )
    raws = [_of_xml(dict(entry), atom=atom) for entry in reader.entries]
    if raws and readers.is_within_entry(reader):
        raws[-1] = replace(raws[-1], is_cut=True)
    return head, _signed(raws, _author(feed) if atom else "")


def _signed(raws: list[_Raw], author: str) -> list[_Raw]:
    """The author of an Atom or a JSON feed is that of its entries that name none (RFC 4287, section 4.2.1)."""
    return [raw if raw.author else replace(raw, author=author) for raw in raws] if author else raws


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOUR = re.compile(r"0?[0-9]|1[0-9]|2[0-4]")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}


def _period(feed: dict[str, Any]) -> timedelta | None:
    """RSS 1.0's syndication module: so many times per period, once unless it says more."""
    hours = _PERIODS.get(_string(feed.get("sy_updateperiod")).strip().lower())
    times = re.fullmatch(r"0*([1-9]\d{0,3})", _string(feed.get("sy_updatefrequency")).strip() or "1", re.ASCII)
    return timedelta(hours=hours) / int(times.group(1)) if hours and times else None


def _no_feed(text: str, url: str) -> str:
    """What the document is instead of a feed, and what the operator can do."""
    if re.search(r"<opml[\s>]", text[:2_000], re.IGNORECASE):
        return "this is an OPML list of feeds and no feed: read it with `digest feeds import`"
    if _PAGE.search(text):
        page = discovery.read(text, url)
        named = f" ({page.title!r})" if page.title else ""
        found = [one.url for one in page.declared]
        what = (
            f"put the feed that it names in its place: {found[0]}" if found else "look on it for an RSS or Atom link"
        )
        return f"this is a web page{named} and no feed: {what}"
    first = re.match(r"(?:<[?!][^>]*>\s*)*<([\w:.-]{1,50})", text)
    if first:
        return f"this is XML but no feed: it starts with <{first.group(1)}>, expected <rss>, <feed> or <rdf:RDF>"
    return f"this is no feed: expected XML or JSON, found {markup.one_line(text[:200], 40)!r} at its start"


# --- feedparser's dictionaries: any key may hold anything, because unknown elements become keys --------------------


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _plain(detail: dict[str, Any], *, atom: bool, title: bool = False) -> str:
    """A text construct. Only Atom's declared types can be believed; RSS says nothing and means HTML."""
    html = markup.plain if title else markup.article
    read = markup.literal if atom and detail.get("type") == "text/plain" else html
    return read(_string(detail.get("value")))


def _detailed(source: Any, name: str, *, atom: bool) -> str:
    """A text; of two in different depths feedparser keeps the outer one, and the detail of the last."""
    detail = source.get(f"{name}_detail")
    given = detail if isinstance(detail, dict) else {}
    return _plain({**given, "value": source.get(name)}, atom=atom, title=name == "title")


def _contents(entry: dict[str, Any], *, atom: bool) -> Iterator[str]:
    for detail in _dicts(entry.get("content"))[:3]:
        if re.match(r"text/|application/(?:xhtml\+)?xml|$", _string(detail.get("type"))):
            yield _plain(detail, atom=atom)
    if "yandex_full-text" in entry:
        yield markup.article(_string(entry["yandex_full-text"]))


_DATED = ("published", "updated", "created")


def _of_xml(entry: dict[str, Any], *, atom: bool) -> _Raw:
    content = max(_contents(entry, atom=atom), key=len, default="")
    # Without a summary feedparser puts the first content there.
    copied = entry.get("summary") in [detail.get("value") for detail in _dicts(entry.get("content"))[:1]]
    summary = content if copied else _detailed(entry, "summary", atom=atom)
    captions = [_plain(detail, atom=atom) for detail in _dicts(entry.get(ordinary.CAPTIONS))[:_MAX_CAPTIONS]]
    caption = "\n".join(dict.fromkeys(filter(None, captions)))
    return _Raw(
        id=_string(entry.get("id")),
        link=_link(entry),
        title=_detailed(entry, "title", atom=atom) or markup.plain(_string(entry.get("itunes_title"))),
        summary=summary or (caption or _detailed(entry, "subtitle", atom=atom) if not content else ""),
        content=max(content, caption, key=len),
        author=_author(entry),
        language=_entry_language(entry),
        published_at=next(filter(None, (dates.read(_string(entry.get(name))) for name in _DATED)), None),
        tags=[_string(tag.get("label")) or _string(tag.get("term")) for tag in _dicts(entry.get("tags"))],
        images=list(_images(entry)),
    )


def _link(entry: dict[str, Any]) -> str:
    """The entry's own page, else what is enclosed, as in podcasts without pages, else what it is about.

    A guid stands for the page only as a whole address: `g1` is a permalink by default, too.
    """
    original = _string(entry.get("feedburner_origlink"))
    link = _string(entry.get("link"))
    if entry.get("guidislink") and link in {"", entry.get("id")}:
        link = _string(entry.get("id"))
        link = link if "://" in link else ""
    others, related, via = (_hrefs(entry, rel) for rel in ("alternate", "related", "via"))
    enclosed = (_string(one.get("href")) for one in _enclosed(entry, pictures=False))
    elsewhere = (_string(detail.get("src")) for detail in _dicts(entry.get("content"))[:1])
    return original or link or next(filter(None, chain(others, enclosed, elsewhere, related, via)), "")


def _hrefs(entry: dict[str, Any], rel: str) -> Iterator[str]:
    return (_string(one.get("href")) for one in _dicts(entry.get("links")) if one.get("rel") == rel)


def _enclosed(entry: dict[str, Any], *, pictures: bool) -> Iterator[dict[str, Any]]:
    for one in _dicts(entry.get("links")):
        if one.get("rel") == "enclosure" and _string(one.get("type")).startswith("image/") == pictures:
            yield one


def _author(entry: dict[str, Any]) -> str:
    written = [_string(one.get("name")) for one in _dicts(entry.get("authors"))[:10]]
    names = (markup.one_line(markup.plain(name[:MAX_SUMMARY]), MAX_NAME) for name in written if name)
    return ", ".join(dict.fromkeys(re.sub(r"^\S+@\S+\s+\((.+)\)$", r"\1", name) for name in names))


def _entry_language(entry: dict[str, Any]) -> str | None:
    """`dc:language`, else the `xml:lang` that the title or a text stands under."""
    details = [entry.get("title_detail"), *_dicts(entry.get("content"))[:1], entry.get("summary_detail")]
    written = [entry.get("language"), *(one.get("language") for one in details if isinstance(one, dict))]
    return next((code for code in map(_language, written) if code), None)


_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:\?|$)", re.IGNORECASE)


def _images(entry: dict[str, Any]) -> Iterator[str]:
    """Addresses of pictures, the publisher's choice first; tracking pixels give their size away."""
    media = [
        one
        for one in _dicts(entry.get("media_content"))
        if one.get("medium") == "image"
        or _string(one.get("type")).startswith("image/")
        or (not {"medium", "type"} & one.keys() and _PICTURE.search(_string(one.get("url"))))
    ]
    enclosed = _enclosed(entry, pictures=True)
    for one in [*media, *_dicts(entry.get("media_thumbnail")), *enclosed, *_dicts([entry.get("image")])]:
        if not {one.get("width"), one.get("height")} & {"0", "1", "2"}:
            yield _string(one.get("url") or one.get("href"))


# --- JSON Feed ------------------------------------------------------------------------------------------------------


_ITEMS, _BETWEEN_ITEMS = re.compile(r'"items"\s*:\s*\['), re.compile(r"[\s,]*")


def _parse_json(text: str, url: str, language: str | None, known: dict[str, str] | None) -> ParsedFeed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org). What has another shape than the standard's is passed over."""
    document, damage = _json(text)
    if damage and document is None:
        return ParsedFeed(problem=f"this is no feed: it starts like JSON, but {damage}")
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return ParsedFeed(problem="this is JSON but no JSON Feed: expected an object with a list named `items`")
    items = _dicts(document["items"])
    more = f"the feed has more than {MAX_ENTRIES:,} entries: the first {MAX_ENTRIES:,} were read"
    hubs = [one for one in _dicts(document.get("hubs")) if _string(one.get("type")).lower() == "websub"]
    head = ParsedFeed(
        title=markup.one_line(_string(document.get("title")), MAX_TITLE),
        link=links.absolute(_string(document.get("home_page_url")), url),
        language=_language(document.get("language")) or language,
        hubs=_hubs((_string(one.get("url")) for one in hubs), url),
        self_link=links.absolute(_string(document.get("feed_url")), url),
        older=links.absolute(_string(document.get("next_url")), url),
        expired=document.get("expired") is True,
        problem=more if len(items) > MAX_ENTRIES else _nevertheless(damage, len(items)),
    )
    author = _json_author(document)
    if known is None or head.problem:
        return _filled(head, _signed([_of_json(item) for item in items[:MAX_ENTRIES]], author), url)
    return _json_beside(head, items, author, known, url)


def _json(text: str) -> tuple[Any, str | None]:
    """The document and what is wrong with it: then what stands before its items, and as many of them as are whole."""
    try:
        return json.loads(text, strict=False), None  # line ends within texts are no reason to read nothing
    except (ValueError, RecursionError) as error:
        reason = markup.one_line(str(error), MAX_NAME)
    found = _ITEMS.search(text)
    document, decoder, at = None, json.JSONDecoder(strict=False), found.end() if found else 0
    with suppress(ValueError, RecursionError):
        document = json.loads(text[:at] + "]}", strict=False)
        while gap := _BETWEEN_ITEMS.match(text, at):
            item, at = decoder.raw_decode(text, gap.end())
            document["items"].append(item)
    return document if document and document["items"] else None, reason


def _nevertheless(damage: str | None, items: int) -> str | None:
    return f"the feed is damaged ({damage}); entries that could be read nevertheless: {items}" if damage else None


def _json_beside(
    head: ParsedFeed, items: list[dict[str, Any]], author: str, known: dict[str, str], url: str
) -> ParsedFeed:
    """Here a slice is what an item holds, however it was written."""
    hashes = [slices.hashed(json.dumps(item, sort_keys=True)) for item in items]
    fresh = [(digest, item) for digest, item in zip(hashes, items, strict=True) if digest not in known]
    raws = _signed([_of_json(item) for _, item in fresh], author)
    new = _filled(head, raws, url, hashes=[digest for digest, _ in fresh])
    beside = _beside(new, [known[digest] for digest in hashes if digest in known])
    return beside or _filled(head, _signed([_of_json(item) for item in items], author), url, hashes=hashes)


def _of_json(item: dict[str, Any]) -> _Raw:
    tags = item.get("tags")
    html = _string(item.get("content_html"))
    return _Raw(
        id=_told(item, "id"),
        link=next(filter(None, _json_links(item)), ""),
        title=markup.literal(_string(item.get("title"))),
        summary=markup.literal(_string(item.get("summary"))),
        content=markup.article(html) if html else markup.literal(_string(item.get("content_text"))),
        author=_json_author(item),
        language=_language(item.get("language")),
        published_at=dates.read(_told(item, "date_published")) or dates.read(_told(item, "date_modified")),
        tags=[_string(tag) for tag in tags] if isinstance(tags, list) else (),
        images=[_string(item.get("image")), _string(item.get("banner_image")), *_attached(item, pictures=True)],
    )


def _json_links(item: dict[str, Any]) -> list[str]:
    """The item's own page first, what is attached last."""
    return [
        *(_string(item.get(name)) for name in ("url", "external_url")),
        _address(item),
        *_attached(item, pictures=False),
    ]


def _attached(item: dict[str, Any], *, pictures: bool) -> Iterator[str]:
    for one in _dicts(item.get("attachments"))[:10]:
        if _string(one.get("mime_type")).startswith("image/") == pictures:
            yield _string(one.get("url"))


def _told(item: dict[str, Any], name: str) -> str:
    return str(item[name]) if type(item.get(name)) in {str, int, float} else ""


def _address(item: dict[str, Any]) -> str:
    """The id, which "ideally is the full URL of the resource"."""
    told = _told(item, "id")
    return told if re.match(r"https?://", told, re.IGNORECASE) else ""


def _json_author(holder: dict[str, Any]) -> str:
    """Of 1.1 or of 1.0; or names where objects with names should stand."""
    written = holder.get("authors") or holder.get("author")
    authors = written[:10] if isinstance(written, list) else [written]
    names = (_string(one.get("name") if isinstance(one, dict) else one) for one in authors)
    return ", ".join(filter(None, names))


# --- one set of rules for both --------------------------------------------------------------------------------------

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)
_RENAMED = {"iw": "he", "in": "id", "ji": "yi"}
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "xx"})


def _language(written: Any) -> str | None:
    """A code of two or three letters without region; None for what is no code, and for "several" and "unknown"."""
    code = _LANGUAGE.fullmatch(_string(written).strip())
    if code is None:
        return None
    primary = code.group(1).lower()
    return None if primary in _NO_LANGUAGE else _RENAMED.get(primary, primary)


def _hubs(written: Iterable[str], url: str) -> tuple[str, ...]:
    """Each once, at most `MAX_HUBS`."""
    found = (links.absolute(one, url) for one in written)
    return tuple(islice(dict.fromkeys(one for one in found if one), MAX_HUBS))


def _minutes(written: Any) -> int | None:
    digits = re.fullmatch(r"0*([1-9]\d{0,5})", _string(written).strip(), re.ASCII)
    return int(digits.group(1)) if digits else None


def _filled(head: ParsedFeed, raws: list[_Raw], url: str, hashes: Collection[str] = ()) -> ParsedFeed:
    """The feed with its entries in the document's order, each id once: the first of two with one id wins.

    `hashes` are those of the slices of `raws`, or none when nothing is to be remembered. Nothing is where ids mean
    nothing: which they are, the whole document tells.
    """
    written = [_entry(raw, url, head.language) for raw in raws]
    empty = _meaningless(written)
    read = [replace(one, entry_id="") if one.entry_id in empty and one.canonical else one for one in written]
    kept = [entry for entry, raw in zip(read, raws, strict=True) if _says_something(raw)]
    known = _first_of_each(entry for entry in kept if entry.entry_id)
    shared = _shared({*known.values(), *(entry for entry in kept if not entry.entry_id)})
    alone = {id(one): replace(one, canonical=None) if one.canonical in shared else one for one in kept}
    keyed = {key: replace(one, entry_id=one.entry_id or _made_id(one)) for key, one in alone.items()}
    entries = _first_of_each(keyed.values())
    records = [  # of what is in the document and was told; one that another hid may come to light
        slices.remembered(digest, keyed[id(entry)].entry_id, entry.canonical)
        for digest, entry in zip(() if empty else hashes, read, strict=False)
        if id(entry) in keyed and entries[keyed[id(entry)].entry_id] is keyed[id(entry)]
    ]
    cut = (keyed[id(one)].entry_id for one, raw in zip(read, raws, strict=True) if raw.is_cut and id(one) in keyed)
    return replace(head, entries=tuple(entries.values()), slices=frozenset(records), cut=next(cut, None))


def _meaningless(entries: list[Entry]) -> set[str]:
    """Ids that stand on entries of different links and contents: the site's address, or a number never raised."""
    linked = [entry for entry in entries if entry.entry_id and entry.canonical]
    counts = Counter(entry.entry_id for entry in linked)
    told: dict[str, set[tuple[str | None, str]]] = {}
    for entry in linked:
        if counts[entry.entry_id] > 1:
            told.setdefault(entry.entry_id, set()).add((entry.canonical, entry.content_hash))
    return {key for key, both in told.items() if all(len(set(one)) > 1 for one in zip(*both, strict=True))}


def _says_something(raw: _Raw) -> bool:
    return bool(raw.title or raw.summary or raw.content or raw.link)


def _first_of_each(entries: Iterable[Entry]) -> dict[str, Entry]:
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.entry_id, entry)
    return first


def _shared(entries: Iterable[Entry]) -> set[str | None]:
    """Links that cannot stand for one article, since entries of different content carry them (all comments on a page,
    all items of a one-page site). One content under two ids is a feed that changed its guid: there the link is what
    tells that it is one article.
    """
    contents = {(entry.canonical, entry.content_hash) for entry in entries}
    return {link for link, count in Counter(link for link, _ in contents).items() if count > 1}


def _made_id(entry: Entry) -> str:
    return _within(entry.canonical) if entry.canonical else f"sha256:{entry.content_hash}"


def _within(identity: str) -> str:
    return identity if len(identity) <= MAX_ID else f"sha256:{sha256(identity.encode()).hexdigest()}"


def _entry(raw: _Raw, url: str, language: str | None) -> Entry:
    """The entry with the id that the feed gives, or none; what the document as a whole decides comes later."""
    link = links.absolute(raw.link, url)
    full = max(raw.content, raw.summary, key=len)
    summary = shorten(raw.summary or raw.content, MAX_SUMMARY)
    pictures = (links.absolute(image, url) for image in raw.images)
    names = (markup.one_line(markup.plain(tag), MAX_NAME) for tag in raw.tags if "://" not in tag)
    return Entry(
        entry_id=_within(" ".join(markup.tidy(raw.id).split())),
        link=link,
        canonical=links.canonical(link) if link else None,
        title=_title(raw, link),
        summary=summary,
        text=shorten(full, MAX_TEXT) if len(full) > len(summary) else "",
        author=markup.one_line(raw.author, MAX_NAME) or None,
        language=raw.language or language,
        published_at=raw.published_at,
        tags=tuple(dict.fromkeys(name for name in names if name))[:MAX_TERMS],
        image=next((picture for picture in pictures if picture), None),
    )


def _title(raw: _Raw, link: str | None) -> str:
    """The feed's title, else the first words of the summary or the text, else the link."""
    return (
        markup.one_line(raw.title, MAX_TITLE)
        or markup.one_line((raw.summary or raw.content)[: 4 * MAX_NAME], MAX_NAME // 2)
        or (link or "").partition("://")[2][:MAX_TITLE]
        or "…"
    )
