"""Everything the steps work with, put together in one place."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from jinja2.sandbox import SandboxedEnvironment

from digest import __version__, feeds, resources, semantics
from digest.elsewhere import elsewhere
from digest.errors import DigestError
from digest.mailing import Transport, open_transport
from digest.matching import TopicIndex
from digest.parsing import Limits, Parser
from digest.rendering import environment
from digest.settings import Newsletter, Settings, Topic
from digest.store import polls
from digest.store.engine import Database, Transaction, open_database
from digest.store.leases import Claim
from digest.topics import compile_all

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """One process's desk: the settings, and what was opened by them."""

    settings: Settings
    database: Database
    templates: SandboxedEnvironment
    transport: Transport
    parser: Parser
    clock: Clock
    owner: str
    """Unique among all processes and threads that ever claim."""
    stop: Event
    """Set when the process is asked to end: steps finish what is in flight, give back the rest and return."""
    sparing: bool = False
    """Whether processes of their own do what takes much memory and is seldom done (`digest.elsewhere`)."""
    _indexes: dict[frozenset[str], TopicIndex] = field(default_factory=dict, repr=False)
    """The last that was asked for."""
    _fingerprints: dict[frozenset[str], str] = field(default_factory=dict, repr=False)
    """By languages that of the topics: every tick asks, and there may be ten thousand of them."""
    remembered: WeakKeyDictionary[TopicIndex, tuple[int, int, int]] = field(
        default_factory=WeakKeyDictionary, repr=False
    )
    """The index whose memory is what the store holds, with the stamp that the store had then (`judging.recall`);
    empty while the index has learned what is not recorded yet.
    """

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

    @cached_property
    def versions(self) -> dict[str, str]:
        """Topic id → version. Every tick asks several times, and there may be ten thousand."""
        return {topic.id: topic.version for topic in self.settings.topics}

    def languages(self, tx: Transaction) -> frozenset[str]:
        """Those that topics are compiled for: what the configuration names, and what the stored feeds are in."""
        return self.settings.languages | polls.languages(tx)

    def compiled_versions(self, languages: frozenset[str]) -> dict[str, str]:
        """Topic id → all that its matches depend on: its version, and the languages it is compiled for."""
        told = ",".join(sorted(languages))
        return {topic_id: f"{version} {told}" for topic_id, version in self.versions.items()}

    def fingerprint(self, languages: frozenset[str]) -> str:
        """Of all topics and the languages they are compiled for: changes when matches may."""
        if languages not in self._fingerprints:
            told = (sorted(self.versions.items()), sorted(languages))
            self._fingerprints[languages] = sha256(repr(told).encode()).hexdigest()[:32]
        return self._fingerprints[languages]

    def index(self, languages: frozenset[str]) -> TopicIndex:
        """The topics, compiled for these languages. Raises TopicError (the configuration refuses that earlier)."""
        if languages not in self._indexes:
            self._indexes.clear()
            topics = self.settings.topics
            meaning = semantics.likeness if self.settings.matching.meaning else None
            compiled = elsewhere(compile_all, topics, languages) if self.sparing else compile_all(topics, languages)
            self._indexes[languages] = TopicIndex(compiled, meaning=meaning)
        return self._indexes[languages]

    def topic(self, topic_id: str) -> Topic:
        """The topic with this id. Raises DigestError when it is not configured."""
        known = {topic.id: topic for topic in self.settings.topics}
        if topic_id not in known:
            raise DigestError(f"there is no topic {topic_id}; there are: {', '.join(known) or 'none'}")
        return known[topic_id]

    def with_topics(self, topics: Iterable[Topic]) -> Newsroom:
        """The same room, but with these topics alone."""
        settings = replace(self.settings, topics=tuple(topics))
        return replace(self, settings=settings, _indexes={}, _fingerprints={}, remembered=WeakKeyDictionary())

    def newsletter(self, newsletter_id: str) -> Newsletter:
        """The newsletter with this id. Raises DigestError when it is not configured."""
        known = {newsletter.id: newsletter for newsletter in self.settings.newsletters}
        if newsletter_id not in known:
            raise DigestError(f"there is no newsletter {newsletter_id}; there are: {', '.join(known) or 'none'}")
        return known[newsletter_id]


def user_agent(settings: Settings) -> str:
    """Who we say we are to the servers of feeds: program, and as far as we were told site, and whom to ask."""
    site = settings.site.url if urlsplit(settings.site.url).hostname != "localhost" else ""
    told = "; ".join(part for part in (site, settings.polling.contact) if part)
    return f"Digest/{__version__} (+{told})" if told else f"Digest/{__version__}"


def build(
    settings: Settings,
    clock: Clock,
    *,
    stop: Event | None = None,
    database: Database | None = None,
    sparing: bool = False,
) -> Newsroom:
    """Wires a newsroom by hand: the one place where the parts meet. Nothing is connected or written yet.

    Raises StoreError for a database that cannot be opened (the configuration refuses that earlier).
    """
    return Newsroom(
        settings=settings,
        database=database or open_database(settings.database),
        templates=environment(template_folders(settings)),
        transport=open_transport(settings.delivery),
        parser=Parser(feeds.parse, Limits() if settings.polling.apart else Limits(large=None)),
        clock=clock,
        owner=f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}",
        stop=stop or Event(),
        sparing=sparing,
    )


def template_folders(settings: Settings) -> list[Path]:
    """Where templates are looked for: the operator's folder, then ours."""
    shipped = resources.folder("templates")
    return [settings.templates, shipped] if settings.templates else [shipped]
