"""A small world for tests of the steps: feeds on a real HTTP server, mail into a server or a maildir, a clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import records
from databases import opened
from feedserver import FeedServer, entry, feed_server, rss
from jinja2.sandbox import SandboxedEnvironment

from digest import pipeline, resources, worker
from digest.editions import from_json
from digest.pipeline import Newsroom
from digest.rendering import environment
from digest.settings import DeliverySettings, Feed, Newsletter, Settings, Topic
from digest.store import articles, ledger, notices
from digest.store.engine import Database


@cache
def shipped_templates() -> SandboxedEnvironment:
    """Compiled once for the whole suite: compiling them for each run would take longer than all the rest."""
    return environment([resources.folder("templates")])


@dataclass(kw_only=True)
class World:
    """Feeds, settings, a database, and a clock that a test sets."""

    settings: Settings
    server: FeedServer
    database: Database
    published: dict[str, list[Any]] = field(default_factory=dict)

    def publish(self, at: datetime, *titles: str, feed: str = "wire", **fields: Any) -> None:
        """Puts new entries on top of a feed, each with a link of its own."""
        news = [
            entry(
                title=title,
                link=fields.get("link", f"https://{feed}.example/{re.sub(r'[^a-z0-9]+', '-', title.lower())}"),
                summary=fields.get("summary", ""),
                date=at,
            )
            for title in titles
        ]
        self.published[feed] = news + self.published.get(feed, [])
        self.server.put(f"/{feed}", rss(feed.title(), self.published[feed]))

    def change(self, **fields: Any) -> None:
        """Changes the settings, as an edit of the configuration would."""
        self.settings = replace(self.settings, **fields)

    @contextmanager
    def room(self, at: datetime) -> Iterator[Newsroom]:
        """A newsroom at that instant."""
        room = pipeline.build(self.settings, lambda: at, database=self.database)
        yield room if self.settings.templates else replace(room, templates=shipped_templates())

    def once(self, at: datetime) -> pipeline.Sent:
        """What `digest once` does at that instant; gives what became of the messages."""
        with self.room(at) as room:
            return worker.run_once(room)[2]

    @property
    def mails(self) -> list[EmailMessage]:
        """What lies in the outbox, by subscriber and date."""
        folder = self.settings.delivery.maildir / "new"
        files = list(folder.iterdir()) if folder.is_dir() else []
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return sorted(found, key=lambda mail: (mail["To"], mail["Date"].datetime))

    def told(self) -> list[tuple[str, list[str]]]:
        """Every message there is: to whom, with which titles."""
        with self.database.read() as tx:
            rows = ledger.messages(tx)
        return [(row["address"], [s.title for s in from_json(row["content"]).stories]) for row in rows]

    def counts(self) -> dict[str, int]:
        """Deliveries by state."""
        with self.database.read() as tx:
            return Counter(row["state"] for row in ledger.messages(tx))

    def notices(self) -> dict[str, str]:
        """What stands before the operator's eyes."""
        with self.database.read() as tx:
            return {subject: said for subject, said, _ in notices.standing(tx)}

    def titles(self) -> list[str]:
        """Of every stored article."""
        with self.database.read() as tx:
            return [article.entry.title for article in articles.recent(tx, 1000)]


@contextmanager
def world(
    folder: Path,
    database_url: str,
    *,
    feeds: Sequence[str] = ("wire",),
    topics: Sequence[Topic] = (records.TALKS,),
    newsletters: Sequence[Newsletter] = (),
    delivery: DeliverySettings | None = None,
) -> Iterator[World]:
    """A world with empty feeds of these names, and one subscriber of one newsletter unless others are given."""
    with feed_server() as server, opened(database_url) as database:
        made = World(
            server=server,
            database=database,
            settings=records.settings(
                folder,
                database_url,
                feeds=[Feed(url=server.url(f"/{name}"), name=name.title(), tags=(name,)) for name in feeds],
                topics=topics,
                newsletters=newsletters or (records.newsletter(),),
                delivery=delivery,
            ),
        )
        for name in feeds:
            server.put(f"/{name}", rss(name.title(), []))
        yield made


@contextmanager
def world_on_copy(folder: Path, template: Path, **options: Any) -> Iterator[World]:
    """A world (`world` says with which options) on a copy of a SQLite database, in a folder of its own."""
    path = folder / "digest.db"
    path.write_bytes(template.read_bytes())
    with world(folder, f"sqlite:///{path}", **options) as made:
        yield made
