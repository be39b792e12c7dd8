"""The operator's configuration as records, validated and complete. `digest.config` reads them from YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Literal

Threshold = Literal["broad", "balanced", "strict"] | float
ScheduleKind = Literal["instant", "hourly", "daily", "cron"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A source that is polled."""

    url: str
    name: str
    """As shown to readers; the host of the URL when the operator gives none."""
    tags: tuple[str, ...] = ()
    language: str | None = None
    """A two-letter code that overrides what the feed says of itself."""
    folders: tuple[tuple[str, ...], ...] | None = None
    """The ways to its folders in OPML, from the outside in; None: it is in the folder of its first tag."""
    opml: tuple[tuple[str, str], ...] = ()
    """The attributes of its outline in OPML that are not made of the rest."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query where otherwise a phrase stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A report that an operator shows a topic."""

    text: str
    """A title, or the link or the id of a stored article."""
    wanted: bool
    """Whether the topic should find it."""

    @property
    def is_reference(self) -> bool:
        """Whether it is a link or an id."""
        return self.text.isdecimal() or self.text.startswith(("https://", "http://"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A watch topic: an article matches when any line of `watch` or the `query` does, all of `require` and none of
    `exclude`.
    """

    id: str
    name: str
    watch: tuple[str, ...] = ()
    """Plain phrases; one that matches is enough."""
    query: str | None = None
    """A query in the Lucene style, for exact control."""
    require: tuple[str | Query, ...] = ()
    """Plain phrases and queries; all must be found besides."""
    exclude: tuple[str | Query, ...] = ()
    """Plain phrases and queries; one that is found, its words near each other or apart, rules the article out."""
    aliases: tuple[tuple[str, ...], ...] = ()
    """Sets of names; in the phrases each stands for all of its set."""
    feeds: tuple[str, ...] = ()
    """Names or tags of feeds; empty means all."""
    languages: tuple[str, ...] = ()
    """Two-letter codes of the articles looked at; empty means all. An article of unknown language is looked at."""
    threshold: Threshold = "balanced"
    examples: tuple[Example, ...] = ()
    """Reports that it should find, and then those that it should not."""

    @property
    def version(self) -> str:
        """Changes whenever something changes that decides matches; the name does not."""
        decisive = (
            *(self.watch, self.query, self.require, self.exclude, self.aliases),
            *(self.feeds, self.languages, self.threshold),
            *self.examples,
        )
        return sha256(repr(decisive).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """When editions are due, in a time zone that is given separately. Read by `digest.schedule`."""

    text: str
    """As the operator wrote it."""
    kind: ScheduleKind
    hour: int = 0
    minute: int = 0
    days: frozenset[int] = frozenset(range(7))
    """For `daily`: the days of the week, Monday is 0."""
    cron: str = ""
    """For `cron`: five fields."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A subscriber and one newsletter as configured, every default already filled in from the newsletter."""

    newsletter: str
    address: str
    """As typed; compare with `address_key`."""
    name: str
    """Of the person; empty when not known."""
    schedule: Schedule
    timezone: str
    language: str
    topics: tuple[str, ...]
    """Ids, in the order of the newsletter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Newsletter:
    """What an operator offers."""

    id: str
    title: str
    topics: tuple[str, ...]
    schedule: Schedule
    timezone: str
    language: str
    max_stories: int
    when_empty: Literal["skip", "send"]
    late: Literal["send", "skip"]
    subscriptions: tuple[Subscription, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Who sends."""

    name: str
    url: str
    """Without a trailing slash. Its host names the lists (List-Id) and the Message-IDs."""
    sender_name: str
    sender_address: str
    postal_address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Smtp:
    """The relay. `password` is kept out of `repr`, so that no log shows it."""

    host: str = "localhost"
    port: int = 25
    starttls: Literal["auto", "always", "never", "implicit"] = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    """Where the password was read; absolute once loaded."""
    connections: int = 4
    per_second: float = 50.0
    timeout: timedelta = timedelta(seconds=60)
    """Of each step of the dialogue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverySettings:
    """How messages leave."""

    transport: Literal["maildir", "smtp"] = "maildir"
    maildir: Path = Path("var/outbox")
    """Absolute once loaded."""
    smtp: Smtp = Smtp()
    when_unsure: Literal["resend", "hold"] = "resend"


@dataclass(frozen=True, kw_only=True, slots=True)
class Polling:
    """How feeds are fetched."""

    every: timedelta = timedelta(minutes=30)
    """The shortest interval between two polls of a feed."""
    at_most: timedelta = timedelta(hours=24)
    """The longest interval that a feed's own rhythm leads to."""
    timeout: timedelta = timedelta(seconds=20)
    """For the whole of one poll, redirects included."""
    max_bytes: int = 10_000_000
    """Of a decompressed body."""
    trim: bool = True
    """Whether only the new entries of a changed document are read."""
    quick: bool = True
    """Whether ordinary feeds are read by expat alone, and only the others by feedparser."""
    apart: bool = True
    """Whether large documents are read in a process that can be ended."""
    private_addresses: bool = False
    first_sight: timedelta = timedelta(hours=24)
    contact: str = ""
    """Named in the User-Agent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """How topics find articles."""

    languages: tuple[str, ...] = ()
    """In which topics know the names of countries and the stems of words, beside English, the languages of the
    newsletters and those that feeds are in."""
    meaning: bool = False
    """Whether phrases near their cut are decided by their meaning too; it takes the extra `semantic`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long rows are kept. Deliveries outlive articles: they are the proof of what was sent."""

    articles: timedelta = timedelta(days=90)
    deliveries: timedelta = timedelta(days=400)


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """Where the daemon serves `/health`, `/metrics` and `/websub/`."""

    host: str = "127.0.0.1"
    port: int = 8025
    public_url: str = ""
    """Under which hubs reach `/websub/` from outside, without a trailing slash; empty: they cannot, WebSub is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that the operator decided."""

    folder: Path
    """The configuration folder, absolute."""
    site: Site
    database: str = field(repr=False)
    """A SQLAlchemy URL, paths absolute; kept out of `repr` for the password it may hold."""
    delivery: DeliverySettings = DeliverySettings()
    polling: Polling = Polling()
    matching: Matching = Matching()
    retention: Retention = Retention()
    web: Web = Web()
    templates: Path | None = None
    """The operator's own templates, looked in before the shipped ones."""
    feeds: tuple[Feed, ...] = ()
    topics: tuple[Topic, ...] = ()
    newsletters: tuple[Newsletter, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()
    """Sets of names for all topics; each topic has those that its phrases name already."""

    @property
    def languages(self) -> frozenset[str]:
        """Those of which it tells that something is written or read in them."""
        return frozenset(
            chain(
                self.matching.languages,
                (feed.language for feed in self.feeds if feed.language),
                (newsletter.language for newsletter in self.newsletters),
                (reader.language for newsletter in self.newsletters for reader in newsletter.subscriptions),
            )
        )


_OF_READERS = re.compile(r"\A\s*(?:feed|itpc|pcast|podcast):(?://)?(https?://)?(?=[^/\s])", re.IGNORECASE)


def web_address(address: str) -> str:
    """The address of a feed without what calls a feed reader: `feed:https://…`, `itpc://…`. Any other as it is."""
    return _OF_READERS.sub(lambda found: found[1] or "http://", address)


def address_key(address: str) -> str:
    """The form in which addresses are compared: lower case, as every provider in practice treats them."""
    return address.strip().lower()
