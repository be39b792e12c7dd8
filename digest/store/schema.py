"""The tables, the same on SQLite and PostgreSQL.

Instants are UTC epoch milliseconds, lists are JSON text: both databases then hold the same values, and no driver
converts a time zone behind our back (SQLAlchemy's DateTime loses the offset on SQLite). On SQLite the tables are
STRICT.

Tables are made by the migrations alone; what stands here is what queries are built from. To change a table: change it
here, add a migration under `migrations/versions`, set `HEAD` in `troubles` to it. Tests prove that both are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

_BIG = BigInteger().with_variant(Integer(), "sqlite")
_REAL: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware datetime as epoch milliseconds. A naive one is refused: it is always a mistake."""

    impl = _BIG
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - its face
        if value is None:
            return None
        assert value.tzinfo is not None, "the store takes aware datetimes only"
        return (value - EPOCH) // MILLISECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - its face
        return _instant  # process_result_value would be one call more for each value


def _instant(stored: int | None) -> datetime | None:
    return None if stored is None else EPOCH + stored * MILLISECOND


class Json(TypeDecorator[Any]):
    """A JSON value as text."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - its face
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - its face
        return _json


_EMPTY: dict[str, Callable[[], Any]] = {"[]": list, "{}": dict}
_READ = json.JSONDecoder().raw_decode
"""`json.loads` that looks for no blanks around it, which we do not write: half the time of a short text."""


def _json(stored: str | None) -> Any:
    if stored is None:
        return None
    empty = _EMPTY.get(stored)
    return empty() if empty else _READ(stored)[0]


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def _table(name: str, *items: Any, sqlite_with_rowid: bool = True) -> Table:
    # AUTOINCREMENT: an id is never used again, for the ledger remembers stories that are gone.
    numbered = any(isinstance(item, Column) and item.name == "id" for item in items)
    return Table(
        name,
        metadata,
        *items,
        sqlite_strict=True,
        sqlite_autoincrement=numbered,
        sqlite_with_rowid=sqlite_with_rowid,
    )


def _id() -> Column[int]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


def _lease() -> tuple[Column[Any], Column[Any]]:
    return Column("lease_owner", Text), Column("lease_until", Instant)


feeds = _table(
    "feeds",
    _id(),
    Column("url", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("language", Text),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),  # no longer in the configuration; its articles stay
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    Column("moved_to", Text),
    Column("moved_seen", Json),  # when the redirect to moved_to was seen, epoch milliseconds
    Column("rhythm_seconds", Integer),
    Column("wait_reason", Text),
    Column("gap_at", Instant),
    Column("gap_from", Instant),
    Column("poll_url", Text),  # where it is polled instead of url, after a confirmed move
    Column("host", Text),  # and port, of the address that is polled
    Column("notice", Text),  # beside `problem`: what is to be known of a feed that answers
    Column("damage", Text),  # what kept the last document from being read whole
    Column("dumped", Integer, nullable=False, server_default="0"),  # entries held because too many came at once ...
    Column("dumped_at", Instant),  # ... the last time
    Column("wishes", Json),  # how long the feed and its server ask to be left alone
    Column("appeared", Json),  # when its newest entries came, epoch milliseconds
    Column("slices", Text),  # hashes, parted by blanks
    Column("spoken", Text),  # the language of most of its entries
    Column("polled_at", Instant),
    Column("succeeded_at", Instant),
    Column("brought_at", Instant),  # when it last had something new
    Column("next_poll_at", Instant),  # NULL: not polled any more (410)
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    Column("problem_since", Instant),
    *_lease(),
    UniqueConstraint("url"),
    Index(None, "next_poll_at"),
    Index(None, "host"),
    Index(None, "spoken"),
)

hosts = _table(
    "hosts",
    Column("host", Text, primary_key=True),
    Column("until", Instant, nullable=False),  # no request to any of its feeds before
    Column("reason", Text, nullable=False),
)

hubs = _table(
    "hubs",
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),  # what the hub calls the feed
    Column("token", Text, nullable=False),  # names the feed in the callback's path
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),  # wanted | requested | active | denied | failed
    Column("requested_at", Instant),
    Column("expires_at", Instant),
    Column("retry_at", Instant),
    Column("problem", Text),
    UniqueConstraint("token"),
)

stories = _table("stories", _id(), Column("created_at", Instant, nullable=False))

story_keys = _table(
    "story_keys",
    Column("key", Text, primary_key=True),
    Column("story_id", _BIG, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("seen_at", Instant, nullable=False),  # of the newest article under this key
    Index(None, "story_id"),
)

articles = _table(
    "articles",
    _id(),
    Column("feed_id", _BIG, ForeignKey("feeds.id"), nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("link", Text),
    Column("canonical", Text),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("language", Text),
    Column("published_at", Instant),
    Column("tags", Json, nullable=False),
    Column("image", Text),
    Column("content_hash", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("held", Text),
    Column("story_id", _BIG, ForeignKey("stories.id", ondelete="SET NULL")),
    Column("matched_with", _BIG, nullable=False, server_default="0"),  # the generation; below 0: of an older text
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    Column("problem", Text),
    *_lease(),
    UniqueConstraint("feed_id", "entry_id"),
    Index(None, "matched_with", "first_seen_at"),
    Index(None, "story_id", "matched_with"),
    Index(None, "first_seen_at"),
    Index(None, "link"),
    Index(None, "canonical"),
    Index(None, "entry_id"),
)

forgotten = _table(  # what tells entries whose articles retention dropped: feeds go on listing them
    "forgotten",
    Column("feed_id", _BIG, ForeignKey("feeds.id"), primary_key=True, autoincrement=False),
    Column("mark", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

revisions = _table(
    "revisions",
    Column("article_id", _BIG, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),  # the one that this text was
    Column("replaced_at", Instant, nullable=False),
    Column("changed", Json, nullable=False),  # names of the fields that the next revision changed
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),  # only where it was changed
    Index(None, "link"),
)

generations = _table(
    "generations",
    _id(),
    Column("fingerprint", Text, nullable=False),  # of all topics and their versions
    Column("created_at", Instant, nullable=False),
    Column("topics", Json, nullable=False, server_default="{}"),  # {topic id: version}, as its matches were made
)

matches = _table(
    "matches",
    Column("article_id", _BIG, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("topic_id", Text, primary_key=True),
    Column("topic_version", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("score", _REAL, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("matched_at", Instant, nullable=False),
    Column("cut", _REAL),  # the score that was enough, where a phrase decided
    Column("parts", Json, nullable=False, server_default="[]"),  # what the score was made of
    Index(None, "topic_id", "matched_at"),
)

words = _table(
    "words",
    Column("word", Text, primary_key=True),  # a stem; the empty one counts the articles
    Column("articles", Integer, nullable=False),
    Index(None, "articles"),
)

profiles = _table(
    "profiles",
    Column("topic_id", Text, primary_key=True),
    Column("topic_version", Text, nullable=False),
    Column("words", Json, nullable=False),  # {stem: weight}
    Column("reports", Integer, nullable=False),
    Column("learned_at", Instant),  # the last time
)

concordances = _table(
    "concordances",
    _id(),
    Column("articles", Json, nullable=False),  # ids, in the order in which `words` counts them
    Column("size", Integer, nullable=False),
    Column("newest", Instant, nullable=False),  # when the last of them was first seen
    Column("words", LargeBinary, nullable=False),
)

subscribers = _table(
    "subscribers",
    _id(),
    Column("address_key", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("consent", Text, nullable=False),  # who vouches, and since when
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("address_key"),
)

subscriptions = _table(
    "subscriptions",
    _id(),
    Column("subscriber_id", _BIG, ForeignKey("subscribers.id"), nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("topics", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),  # no longer in the configuration
    Column("left_at", Instant),  # the person left; the configuration cannot undo it
    Column("last_slot_at", Instant),
    Column("next_due_at", Instant),
    UniqueConstraint("subscriber_id", "newsletter"),
    Index(None, "newsletter", "next_due_at"),
)

editions = _table(
    "editions",
    _id(),
    Column("newsletter", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("slot_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # composed | empty | late: the last two say why no message went out
    Column("composed_at", Instant, nullable=False),
    Column("subscribers", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("content", Text),  # the edition, frozen, as JSON
    Column("left_out", Json, nullable=False),  # {story id: why it is not in}
    UniqueConstraint("newsletter", "audience", "slot_at"),
    Index(None, "composed_at"),
)

edition_stories = _table(
    "edition_stories",
    Column("edition_id", _BIG, ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("story_id", _BIG, primary_key=True, autoincrement=False),  # no key to stories: they go, the ledger stays
    Column("position", Integer, nullable=False),
    Index(None, "story_id"),
)

deliveries = _table(
    "deliveries",
    _id(),
    Column("edition_id", _BIG, ForeignKey("editions.id", ondelete="CASCADE"), nullable=False),
    Column("subscriber_id", _BIG, ForeignKey("subscribers.id"), nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("slot_at", Instant, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("queued_at", Instant, nullable=False),
    Column("retry_at", Instant),  # NULL: at once, or never again where the state is final
    Column("settled_at", Instant),
    Column("code", Integer),
    Column("text", Text),
    *_lease(),
    UniqueConstraint("edition_id", "subscriber_id"),
    UniqueConstraint("newsletter", "subscriber_id", "slot_at"),
    UniqueConstraint("message_id"),
    Index(None, "state", "retry_at"),
    Index(None, "subscriber_id"),
)

attempts = _table(
    "attempts",
    _id(),
    Column("delivery_id", _BIG, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Integer),
    Column("text", Text, nullable=False),
    Index(None, "delivery_id"),
)

leases = _table(
    "leases",
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Instant, nullable=False),
)

news = _table(
    "news",
    Column("newsletter", Text, primary_key=True),  # the empty one counts
    Column("number", _BIG, nullable=False),  # of the changes so far
    Column("state", Text, nullable=False),  # of things, in which the newsletter had nothing to say
)

offers = _table(
    "offers",
    Column("name", Text, primary_key=True),  # site, templates, newsletter ID
    Column("said", Json, nullable=False),  # {what: how it is set}
)

notices = _table(
    "notices",
    Column("subject", Text, primary_key=True),  # config, mail, template, ...: one standing notice each
    Column("text", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
