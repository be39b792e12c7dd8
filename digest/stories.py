"""Grouping: which articles report one event.

Here: those with the same canonical link, and those with the same normalised title within `MEMORY` of the story's
newest article ("Weather forecast" of next week is another story). An article is filed under its keys; the oldest
story under one of them takes it in, otherwise it begins a story of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Article, Entry

MEMORY = timedelta(days=3)
"""How long a title stands for the same event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping:
    """What grouping a batch decided. Stories that do not exist yet have negative numbers: -1, -2, ..."""

    members: Mapping[int, int]
    """Article id → story."""
    keys: Mapping[str, tuple[int, datetime]]
    """Key → (story, when its newest article was seen)."""
    new: int
    """How many new stories there are."""


def keys(article: Article) -> tuple[str, ...]:
    """What the article is filed under: its link where it can serve as one, its title where it says something."""
    title = normalised(article.entry.title)
    said = f"title {title}" if len(title) >= _SHORTEST_TITLE else None
    return tuple(filter(None, (link_key(article.entry), said)))


def link_key(entry: Entry) -> str | None:
    """What an entry with this link is filed under, whatever it says."""
    return f"link {entry.canonical}" if entry.canonical else None


_SHORTEST_TITLE = 12
"""Characters; "Live", "Update" and "Weather" stand over many events."""


def normalised(title: str) -> str:
    """The title without case, accents, punctuation and a trailing outlet name ("… - The Daily")."""
    head = re.sub(r"\s+[|–—-]\s+[^|–—-]{2,40}$", "", title)  # noqa: RUF001 - outlets use all of these
    folded = unicodedata.normalize("NFKD", head if len(head) >= _SHORTEST_TITLE else title).casefold()
    if not folded.isascii():
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", folded))


def group(batch: Iterable[Article], stored: Mapping[str, tuple[int, datetime]]) -> Grouping:
    """Puts each article of a batch into a story, whatever the order of the batch.

    `stored` has what is known of the batch's keys. Articles of the batch that share a key, or are linked by one that
    shares keys with both, are one story; two stories that are stored already stay two.
    """
    members: dict[int, int] = {}
    filed = dict(stored)
    new = 0
    ordered = sorted(batch, key=lambda article: (article.first_seen_at, article.id))
    keys_of = {article.id: keys(article) for article in ordered}
    for together in _linked(ordered, keys_of):
        known = [
            stored[key][0]
            for article in together
            for key in keys_of[article.id]
            if key in stored and _is_one_event(key, stored[key][1], article.first_seen_at)
        ]
        new += not known
        story = min(known) if known else -new
        for article in together:
            members[article.id] = story
            for key in keys_of[article.id]:
                same = key in filed and filed[key][0] == story
                seen = max(filed[key][1], article.first_seen_at) if same else article.first_seen_at
                filed[key] = (story, seen)
    changed = {key: value for key, value in filed.items() if stored.get(key) != value}
    return Grouping(members=members, keys=changed, new=new)


def _linked(batch: Sequence[Article], keys_of: Mapping[int, tuple[str, ...]]) -> list[list[Article]]:
    """The batch in sets of articles that keys link to each other, directly or through others (union-find)."""
    parent = list(range(len(batch)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    newest: dict[str, int] = {}
    for number, article in enumerate(batch):
        for key in keys_of[article.id]:
            other = newest.get(key)
            if other is not None and _is_one_event(key, batch[other].first_seen_at, article.first_seen_at):
                parent[root(number)] = root(other)
            newest[key] = number
    clusters: dict[int, list[Article]] = defaultdict(list)
    for number, article in enumerate(batch):
        clusters[root(number)].append(article)
    return list(clusters.values())


def _is_one_event(key: str, earlier: datetime, later: datetime) -> bool:
    return key.startswith("link ") or later - earlier <= MEMORY
