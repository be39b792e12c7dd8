"""The part of a changed document that is new: entries are cut out as slices of its text, and known ones left out.

A changed feed mostly holds one new entry and twenty that were there the last time, letter for letter. Reading an
entry costs a hundred times what hashing its slice does, so a slice that was read once is not read again.

A slice goes from `<item` or `<entry` to the next end tag of that name. That needs no parser and is sure only in
ordinary documents; `cut` gives None when a slice holds a second start, or an uneven number of comments or CDATA
sections, which may hide a tag. What it cannot see, its caller can: a slice is remembered only after a document was
read without damage and gave as many entries as there are slices, and what is left after leaving slices out must, too.

What is remembered of a slice is one string: the hash of its text, and keys of its entry's id and link. Two rules of
`digest.feeds` need the whole document: the first of two entries with one id wins, and a link that several entries
share stands for none of them. Both touch an entry only if its id or link occurs twice; the keys tell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

_HASH, _KEY = 16, 8
"""Hexadecimal digits. Two texts with one hash would lose an entry: 1 in 10^19. Two keys alike only cost time."""
_RUNNING = re.compile(r"<(post-id|slash:comments|thr:total)\b[^<>]*>\s*\d+\s*</\1>")
"""Counters, which nobody reads here and which change while the entry does not: a feed numbers all anew each time."""
_ENDS_NAME = frozenset(" \t\r\n>/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A document with its slices, in their order."""

    document: str
    spans: tuple[tuple[int, int], ...]
    hashes: tuple[str, ...]

    def without(self, known: Collection[str]) -> str:
        """The document without the slices of these hashes."""
        pieces, end = [], 0
        for (start, stop), digest in zip(self.spans, self.hashes, strict=True):
            if digest in known:
                pieces.append(self.document[end:start])
                end = stop
        return "".join([*pieces, self.document[end:]])


def cut(document: str) -> Cut | None:
    """The slices of XML text; None when there are none or they are in doubt. Linear in the document's length."""
    first = min(
        ((start, name) for name in ("item", "entry") if (start := _start(document, name, 0)) >= 0), default=None
    )
    if first is None:
        return None
    start, name = first
    start_tag, end_tag = f"<{name}", f"</{name}>"
    spans = []
    while start >= 0:
        end = document.find(end_tag, start) + len(end_tag)
        if end < len(end_tag) or document.find(start_tag, start + 1, end) >= 0 or not _even(document, start, end):
            return None
        spans.append((start, end))
        start = _start(document, name, end)
    hashes = tuple(hashed(_RUNNING.sub("", document[start:end])) for start, end in spans)
    return Cut(document=document, spans=tuple(spans), hashes=hashes)


def _start(document: str, name: str, at: int) -> int:
    """Where the next start tag is; -1: nowhere."""
    tag = f"<{name}"
    at = document.find(tag, at)
    while at >= 0 and document[at + len(tag) : at + len(tag) + 1] not in _ENDS_NAME:
        at = document.find(tag, at + 1)
    return at


def _even(document: str, start: int, end: int) -> bool:
    """Whether what hides tags is closed as often as it is opened."""
    pairs = (("<![CDATA[", "]]>"), ("<!--", "-->"))
    return all(document.count(one, start, end) == document.count(other, start, end) for one, other in pairs)


def hashed(text: str) -> str:
    """What tells one slice from another."""
    return sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:_HASH]


def remembered(digest: str, entry_id: str, link: str | None) -> str:
    """What is kept of a slice, from its hash."""
    return digest + _key(entry_id) + _key(link or "")


def recalled(records: Iterable[str]) -> dict[str, str]:
    """What is kept, by hash. What has another length was written by another version, and is forgotten."""
    return {record[:_HASH]: record for record in records if len(record) == _HASH + 2 * _KEY}


def clash(records: Iterable[str], others: Iterable[str]) -> bool:
    """Whether an entry of these has the id or the link of one of the others, so that neither can be judged alone."""
    ids, links = _keys(records)
    other_ids, other_links = _keys(others)
    return not (ids.isdisjoint(other_ids) and links.isdisjoint(other_links))


def _keys(records: Iterable[str]) -> tuple[set[str], set[str]]:
    listed = list(records)
    ids = {record[_HASH : _HASH + _KEY] for record in listed}
    links = {record[_HASH + _KEY :] for record in listed}
    return ids - {_key("")}, links - {_key("")}


def _key(value: str) -> str:
    return sha256(value.encode("utf-8", errors="surrogatepass")).hexdigest()[:_KEY] if value else "0" * _KEY
