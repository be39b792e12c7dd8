"""Everything the steps work with, put together in one place."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from jinja2.sandbox import SandboxedEnvironment

from digest import __version__, feeds, resources
from digest.mailing import Transport, open_transport
from digest.matching import TopicIndex
from digest.model import Newsletter
from digest.parsing import Limits, Parser
from digest.rendering import environment
from digest.settings import Settings
from digest.store.engine import Database, open_database
from digest.store.leases import Claim
from digest.topics import compile_topic

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """One process's desk: the settings, and what was opened by them."""

    settings: Settings
    database: Database
    index: TopicIndex
    templates: SandboxedEnvironment
    transport: Transport
    parser: Parser
    clock: Clock
    owner: str
    """Unique among all processes and threads that ever claim."""
    stop: Event
    """Set when the process is asked to end: steps finish what is in flight, give back the rest and return."""

    def claim(self, lease: timedelta) -> Claim:
        """A claim that begins now."""
        now = self.clock()
        return Claim(owner=self.owner, now=now, until=now + lease)

    @property
    def host(self) -> str:
        """Names the lists and the messages."""
        return urlsplit(self.settings.site.url).hostname or "localhost"

    @property
    def user_agent(self) -> str:
        """Who we say we are to the servers of feeds."""
        return user_agent(self.settings)

    @property
    def versions(self) -> dict[str, str]:
        """Topic id → version."""
        return {topic.id: topic.version for topic in self.settings.topics}

    @property
    def fingerprint(self) -> str:
        """Of all topics and the languages they are compiled for: changes when matches may."""
        told = (sorted(self.versions.items()), sorted(feed_languages(self.settings)))
        return sha256(repr(told).encode()).hexdigest()[:32]

    def newsletter(self, newsletter_id: str) -> Newsletter | None:
        """The newsletter with this id."""
        return next((n for n in self.settings.newsletters if n.id == newsletter_id), None)


def user_agent(settings: Settings) -> str:
    """Who we say we are to the servers of feeds: program, site, and whom to ask."""
    told = "; ".join(part for part in (settings.site.url, settings.polling.contact) if part)
    return f"Digest/{__version__} (+{told})"


def feed_languages(settings: Settings) -> frozenset[str]:
    """The languages that the operator says feeds are in: country names are recognised in these."""
    return frozenset(feed.language for feed in settings.feeds if feed.language)


def build(
    settings: Settings, clock: Clock, *, stop: Event | None = None, database: Database | None = None
) -> Newsroom:
    """Wires a newsroom by hand: the one place where the parts meet. Nothing is connected or written yet.

    Raises StoreError for a database that cannot be opened and TopicError for a topic that cannot be compiled (the
    configuration refuses both earlier).
    """
    languages = feed_languages(settings)
    return Newsroom(
        settings=settings,
        database=database or open_database(settings.database),
        index=TopicIndex(compile_topic(topic, languages) for topic in settings.topics),
        templates=environment(template_folders(settings)),
        transport=open_transport(settings.delivery),
        parser=Parser(feeds.parse, Limits() if settings.polling.apart else Limits(large=None)),
        clock=clock,
        owner=f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}",
        stop=stop or Event(),
    )


def template_folders(settings: Settings) -> list[Path]:
    """Where templates are looked for: the operator's folder, then ours."""
    shipped = resources.folder("templates")
    return [settings.templates, shipped] if settings.templates else [shipped]
