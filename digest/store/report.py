"""What `status`, `feeds list`, `/health` and `/metrics` tell, read with the database driver alone.

Importing SQLAlchemy costs half a second of CPU, and a one-shot command may cost 0.3 s; so these reports, which only
read, are plain SQL that both databases understand. No text from outside gets into a statement; the one parameter
there is, an address, goes by way of the driver. Instants come out as aware UTC datetimes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

from digest.errors import StoreError
from digest.store.troubles import HEAD, READ_ONLY, not_there, other_version, with_remedy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SQLITE = "sqlite:///"
_SILENCE = timedelta(minutes=1)
"""Longer than any of these takes, and somebody waits."""

Row = dict[str, Any]


def status(url: str) -> Row:
    """The whole picture: feeds, articles, subscriptions, outbox, editions, notices.

    Raises StoreError when the database is not there, cannot be read, or has no tables yet.
    """
    with _reader(url) as ask:
        version = ask("SELECT version_num FROM alembic_version")[0]["version_num"]
        return {
            "version": version,
            "notices": _other_version(version) + _read_only(ask) + ask(_NOTICES),
            "feeds": {**ask(_FEED_COUNTS)[0], "problems": ask(_ILL_FEEDS), "notices": ask(_NOTED_FEEDS)},
            "hubs": {**ask(_HUB_COUNTS)[0], "problems": ask(_HUB_PROBLEMS)},
            "articles": ask(_ARTICLE_COUNTS)[0],
            "problems": ask(_ARTICLE_PROBLEMS),
            "subscriptions": ask(_NEXT_DUE),
            "deliveries": {row["state"]: row["n"] for row in ask(_DELIVERY_COUNTS)},
            "attempts": {row["outcome"]: row["n"] for row in ask(_ATTEMPT_COUNTS)},
            **ask(_OLDEST)[0],
            "troubles": ask(_TROUBLES),
            "editions": ask(_LAST_EDITIONS),
        }


def _other_version(version: str) -> list[Row]:
    """A notice, when the database is not at the version of this program. `since_at` is not known."""
    text = f"it {other_version(version)}"
    return [] if version == HEAD else [{"subject": "database", "text": text, "since_at": None}]


def _read_only(ask: _Ask) -> list[Row]:
    """A notice, when the server lets itself be read and not be written to."""
    told = [] if ask.is_sqlite else ask("SELECT 1 WHERE current_setting('transaction_read_only') = 'on'")
    return [{"subject": "database", "text": READ_ONLY, "since_at": None}] if told else []


def feeds(url: str) -> list[Row]:
    """Every configured feed with its health, in the order of its name. Raises StoreError as `status` does."""
    with _reader(url) as ask:
        return ask(_FEEDS)


def names(url: str) -> dict[str, str]:
    """The name of every configured feed by its address. Raises StoreError as `status` does."""
    with _reader(url) as ask:
        return {row["url"]: row["name"] for row in ask(_NAMES)}


def feed(url: str, address: str) -> Row | None:
    """All that is known of one configured feed; None when there is none at that address. Raises StoreError.

    `host_pause_…` is what its host asked last; it may be over.
    """
    with _reader(url) as ask:
        rows = ask(_FEED, address)
        if not rows:
            return None
        row = rows[0]
        row["wishes"] = json.loads(row["wishes"] or "{}")
        row["tags"] = json.loads(row["tags"])
        row["moved_seen"] = [_value("moved_at", at) for at in json.loads(row["moved_seen"] or "[]")]
        return row


def deliveries_due(url: str) -> int:
    """How many messages were neither tried nor put off since they were queued: what a dead-man alarm watches.

    Raises StoreError as `status` does, and where nothing can be tried as the server may only be read.
    """
    with _reader(url) as ask:
        if told := _read_only(ask):
            raise StoreError(f"the database cannot be written: {told[0]['text']}")
        return int(ask(_WAITING)[0]["n"])


_NOTICES: LiteralString = "SELECT subject, text, since AS since_at FROM notices ORDER BY since, subject"

_FEED_COUNTS: LiteralString = """
    SELECT count(*) AS total,
           coalesce(sum(CASE WHEN problem IS NOT NULL THEN 1 ELSE 0 END), 0) AS ill,
           min(next_poll_at) AS next_poll_at, max(polled_at) AS last_polled_at
    FROM feeds WHERE removed_at IS NULL"""

_ILL_FEEDS: LiteralString = """
    SELECT name, url, problem, problem_since AS since_at, succeeded_at, next_poll_at, failures
    FROM feeds WHERE removed_at IS NULL AND problem IS NOT NULL ORDER BY problem_since, url"""

_NOTED_FEEDS: LiteralString = """
    SELECT name, url, notice, succeeded_at FROM feeds
    WHERE removed_at IS NULL AND notice IS NOT NULL ORDER BY name, url"""

_NAMES: LiteralString = "SELECT url, name FROM feeds WHERE removed_at IS NULL"

_FEED: LiteralString = """
    SELECT f.url, f.name, f.tags, f.language, f.created_at, f.poll_url, f.moved_to, f.moved_seen, f.polled_at,
           f.succeeded_at, f.brought_at, f.next_poll_at, f.wait_reason, f.rhythm_seconds, f.wishes, f.failures,
           f.problem, f.problem_since AS since_at, f.notice, f.gap_from AS gap_from_at, f.gap_at, f.etag,
           f.last_modified, f.host, p.until AS host_pause_until_at, p.reason AS host_pause_reason,
           h.hub, h.state AS hub_state, h.expires_at AS hub_expires_at,
           (SELECT count(*) FROM articles a WHERE a.feed_id = f.id) AS articles,
           (SELECT count(*) FROM articles a WHERE a.feed_id = f.id AND a.held IS NOT NULL) AS held
    FROM feeds f LEFT JOIN hosts p ON p.host = f.host LEFT JOIN hubs h ON h.feed_id = f.id
    WHERE f.removed_at IS NULL AND f.url = ?"""

_FEEDS: LiteralString = """
    SELECT f.url, f.name, f.tags, f.language, f.polled_at, f.succeeded_at, f.brought_at, f.next_poll_at, f.problem,
           f.problem_since AS since_at, coalesce(f.poll_url, f.moved_to) AS moved_to, f.failures, f.notice,
           f.wait_reason,
           (SELECT count(*) FROM articles a WHERE a.feed_id = f.id) AS articles,
           (SELECT count(*) FROM articles a WHERE a.feed_id = f.id AND a.held IS NOT NULL) AS held
    FROM feeds f WHERE f.removed_at IS NULL ORDER BY f.name, f.url"""

# What is ended is taken note of by the daemon within a minute. Tokens and secrets are in no report.
_HUB_COUNTS: LiteralString = """
    SELECT count(*) AS total, count(expires_at) AS pushed, min(expires_at) AS next_expires_at FROM hubs"""

_HUB_PROBLEMS: LiteralString = """
    SELECT f.name, f.url, h.hub, h.state, h.problem, h.expires_at, h.retry_at
    FROM hubs h JOIN feeds f ON f.id = h.feed_id
    WHERE h.problem IS NOT NULL AND f.removed_at IS NULL ORDER BY f.name, f.url LIMIT 20"""

_ARTICLE_COUNTS: LiteralString = """
    SELECT count(*) AS total,
           coalesce(sum(CASE WHEN held IS NOT NULL THEN 1 ELSE 0 END), 0) AS held,
           coalesce(sum(CASE WHEN story_id IS NULL AND held IS NULL THEN 1 ELSE 0 END), 0)
               AS waiting,
           (SELECT count(*) FROM matches) AS matches,
           (SELECT count(*) FROM stories) AS stories,
           max(first_seen_at) AS newest_at
    FROM articles"""

_ARTICLE_PROBLEMS: LiteralString = """
    SELECT id, title, problem, retry_at FROM articles WHERE problem IS NOT NULL ORDER BY id DESC LIMIT 10"""

# What is `instant` is due at every moment: the time that is stored says nothing to anybody.
_NEXT_DUE: LiteralString = """
    SELECT newsletter, count(*) AS subscribers, max(last_slot_at) AS last_slot_at,
           sum(CASE WHEN lower(trim(schedule)) = 'instant' THEN 1 ELSE 0 END) AS instant,
           min(CASE WHEN lower(trim(schedule)) <> 'instant' THEN next_due_at END) AS next_due_at
    FROM subscriptions WHERE removed_at IS NULL AND left_at IS NULL GROUP BY newsletter ORDER BY newsletter"""

_DELIVERY_COUNTS: LiteralString = "SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state"

_ATTEMPT_COUNTS: LiteralString = "SELECT outcome, count(*) AS n FROM attempts GROUP BY outcome ORDER BY outcome"

# An `instant` subscription is due always, and has no slot that could be late.
_OLDEST: LiteralString = """
    SELECT (SELECT min(queued_at) FROM deliveries WHERE state IN ('queued', 'deferred')) AS oldest_waiting_at,
           (SELECT min(next_due_at) FROM subscriptions
            WHERE removed_at IS NULL AND left_at IS NULL AND lower(trim(schedule)) <> 'instant') AS oldest_due_at"""

_TROUBLES: LiteralString = """
    SELECT d.id, s.address, d.newsletter, d.state, d.attempts, d.code, d.text, d.queued_at, d.retry_at
    FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
    WHERE d.text IS NOT NULL AND d.state <> 'accepted' ORDER BY d.id DESC LIMIT 20"""

_LAST_EDITIONS: LiteralString = """
    SELECT newsletter, slot_at, state, composed_at, subscribers, stories FROM editions ORDER BY id DESC LIMIT 10"""

_WAITING: LiteralString = """
    SELECT count(*) AS n FROM deliveries WHERE state IN ('queued', 'deferred') AND retry_at IS NULL"""


class _Ask:
    """Runs a statement and gives its rows as dicts; columns ending in `_at` become datetimes."""

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:
        self._connection, self.is_sqlite = connection, is_sqlite

    def __call__(self, statement: LiteralString, *values: str) -> list[Row]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement if self.is_sqlite else statement.replace("?", "%s"), values)
            names = [column[0] for column in cursor.description]
            return [{n: _value(n, v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _value(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return _EPOCH + timedelta(milliseconds=int(value))
    return value


@contextmanager
def _reader(url: str) -> Iterator[_Ask]:
    if url.startswith(_SQLITE):
        with _reading_sqlite(url.removeprefix(_SQLITE)) as connection:
            yield _Ask(connection, is_sqlite=True)
        return
    try:
        import psycopg

        from digest.store import postgresql
    except ImportError as error:
        raise StoreError("PostgreSQL needs its driver; run `pip install digest[postgres]`") from error
    try:
        with postgresql.connect(url, silence=lambda: _SILENCE) as connection:
            yield _Ask(connection, is_sqlite=False)
    except psycopg.errors.UndefinedTable as error:
        raise StoreError(
            "the database has no tables yet; run `digest migrate`, `digest once` or `digest run`"
        ) from error
    except psycopg.Error as error:
        raise StoreError(f"the database cannot be read: {with_remedy(str(error))}") from error


@contextmanager
def _reading_sqlite(path: str) -> Iterator[sqlite3.Connection]:
    if not Path(path).exists():
        raise StoreError(not_there(path))
    try:
        with closing(sqlite3.connect(path, timeout=15)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        if "no such table" in str(error):
            raise StoreError(f"the database {path} has no tables yet; run `digest migrate`") from error
        raise StoreError(f"the database {path} cannot be read: {with_remedy(str(error))}") from error
