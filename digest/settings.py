"""The operator's configuration as records, validated and complete. `digest.config` reads them from YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from digest.model import Feed, Newsletter, Topic


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
