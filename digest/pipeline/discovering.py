"""Which feeds stand behind an address, and what each would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from digest import discovery, feeds
from digest.errors import DigestError
from digest.fetching import fetch
from digest.languages import settled
from digest.links import absolute
from digest.matching import TopicIndex
from digest.model import Article, Entry, FetchRequest, FetchResult, ParsedFeed
from digest.pipeline.newsroom import user_agent
from digest.polling import with_way
from digest.settings import Feed, Settings
from digest.topics import compile_topic

_ALIKE = 0.8
"""Share of the links of the smaller of two feeds from which on they are one in two formats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A feed, read once."""

    url: str
    """Where it is; its new place when it said that it moved for good."""
    title: str
    entries: tuple[Entry, ...]
    language: str | None
    """Most entries' own, declared or detected."""
    comments: bool
    """By the page that names it, readers' comments and not news."""
    matches: dict[str, int]
    """Topic id → how many of the entries match it now; only those that some match."""

    def newest(self, now: datetime) -> datetime | None:
        """The newest date that the feed claims of an entry, unless it is yet to come."""
        claimed = (entry.published_at for entry in self.entries if entry.published_at)
        return max((at for at in claimed if at <= now), default=None)


def find(settings: Settings, url: str, proposed: Feed) -> tuple[str, tuple[Found, ...]]:
    """The feeds of the page at `url`, or the one that is there itself, news before comments.

    `proposed` has the name, tags and language that the operator would give them: they decide what topics match.
    Gives the page's title too, empty when the address is a feed's. Addresses are read one after another, each once;
    the usual paths only when the page leads to no feed. Raises DigestError when the address does not answer, or no
    feed is found.
    """
    result = _fetched(settings, url)
    if result.problem:
        raise DigestError(f"{url}: {result.problem}")
    look = _Look(settings, proposed)
    parsed = _parsed(result)
    if parsed.problem is None or parsed.entries:
        return "", (look.found(result, parsed),)
    page = discovery.read(discovery.decode(result.body, result.headers.get("content-type", "")), result.source)
    read = look.at(page.declared) or look.at(page.linked) or look.at(_guessed(result.source), first=True)
    if not read:
        raise DigestError(f"{url}: {with_way(parsed.problem, result)}")
    return page.title, tuple(_distinct(read))


def _fetched(settings: Settings, url: str) -> FetchResult:
    request = FetchRequest(feed_id=0, url=url)
    return next(fetch([request], settings.polling, user_agent=user_agent(settings)))


def _parsed(result: FetchResult) -> ParsedFeed:
    return feeds.parse(
        result.body,
        url=result.source,
        content_type=result.headers.get("content-type"),
        content_language=result.headers.get("content-language"),
    )


def _guessed(url: str) -> Iterator[discovery.Candidate]:
    return (discovery.Candidate(url=one) for one in discovery.guesses(url) if absolute(one))


def _distinct(found: Iterable[Found]) -> Iterator[Found]:
    """Without those that are another one in another format: the same articles."""
    kept: list[set[str]] = []
    for one in found:
        links = {entry.canonical for entry in one.entries if entry.canonical}
        if not any(links and len(links & other) >= _ALIKE * min(len(links), len(other)) for other in kept if other):
            kept.append(links)
            yield one


class _Look:
    """Reads feeds, and holds their entries against the topics."""

    def __init__(self, settings: Settings, proposed: Feed) -> None:
        self._settings = settings
        self._proposed = proposed
        languages = settings.languages | ({proposed.language} if proposed.language else set())
        self._index = TopicIndex(compile_topic(topic, languages) for topic in settings.topics)

    def at(self, candidates: Iterable[discovery.Candidate], *, first: bool = False) -> list[Found]:
        """The feeds at these addresses; with `first` no more than the first that is one."""
        read: list[Found] = []
        for candidate in candidates:
            result = _fetched(self._settings, candidate.url)
            parsed = _parsed(result) if result.problem is None else ParsedFeed(problem=result.problem)
            if parsed.problem is None or parsed.entries:
                read.append(replace(self.found(result, parsed), comments=candidate.comments))
                if first:
                    break
        return read

    def found(self, result: FetchResult, parsed: ParsedFeed) -> Found:
        language = self._proposed.language
        entries = tuple(
            replace(entry, language=language or settled(entry.language, f"{entry.title}\n{entry.summary}"))
            for entry in parsed.entries
        )
        spoken = Counter(entry.language for entry in entries if entry.language)
        topics = Counter(
            verdict.topic_id
            for number, entry in enumerate(entries)
            for verdict in self._index.match(self._article(number, entry, parsed))
        )
        return Found(
            url=result.moved_to or result.request.url,
            title=parsed.title,
            entries=entries,
            language=max(spoken, key=spoken.__getitem__, default=None),
            comments=False,
            matches=dict(topics.most_common()),
        )

    def _article(self, number: int, entry: Entry, parsed: ParsedFeed) -> Article:
        name, tags = self._proposed.name or parsed.title, self._proposed.tags
        return Article.not_stored(entry, number=number, feed_name=name, feed_tags=tags)
