"""What a tick asks of the store takes no longer when more is kept: counted in steps of SQLite's machine, and in the
rows that PostgreSQL looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from records import DAY, HOUR, NOW, entry
from sqlalchemy import insert, select, text, update
from test_store import V1, WIRE, brought, claim, filled

from digest.model import NewArticle
from digest.settings import Feed
from digest.store import articles, ledger, outbox, polls, subscriptions
from digest.store.engine import Database, Transaction, open_database
from digest.store.schema import articles as kept
from digest.store.schema import deliveries, editions, feeds, stories, subscribers

ASKED: dict[str, Callable[[Transaction], object]] = {
    "is anything to be polled": lambda tx: polls.is_any_due(tx, NOW),
    "what is to be polled": lambda tx: polls.claim_due(tx, claim(), limit=200),
    "is anything to be matched": lambda tx: articles.is_any_unmatched(tx, number=2, since=NOW - DAY, now=NOW),
    "what is to be matched": lambda tx: articles.claim_unmatched(tx, claim(), number=2, since=NOW - DAY, limit=200),
    "is anything to be grouped": lambda tx: articles.is_any_ungrouped(tx, NOW),
    "what is to be grouped": lambda tx: articles.claim_ungrouped(tx, claim(), limit=200),
    "what is to be composed": lambda tx: subscriptions.due(tx, None, NOW),
    "is anything to be sent": lambda tx: outbox.is_any_due(tx, ["queued", "deferred"], NOW),
    "what is to be sent": lambda tx: outbox.claim(tx, claim(), states=["queued", "deferred"], limit=200),
}


def with_everything_done(database: Database, many: int) -> None:
    """So many feeds, all polled lately, and fifteen times as many articles: a third are judged, a third too old to be
    judged by the topics of today, and a third held. Of as many deliveries all were accepted.
    """
    several = [Feed(url=f"https://wire{number}.example/rss", name=f"Wire {number}") for number in range(many)]
    with database.write() as tx:
        polls.keep(tx, [WIRE, *several], NOW)
        [wire] = tx.execute(select(feeds.c.id).where(feeds.c.url == WIRE.url)).scalars()
        for number in range(2):
            at = NOW - (1 - number) * 30 * DAY
            assert articles.begin_generation(tx, f"topics {number}", at) == number + 1
            polls.record(tx, [brought(wire, *(f"News {number}.{each}" for each in range(5 * many)))], at)
        held = (NewArticle(entry=entry(f"Held {each}"), held="old") for each in range(5 * many))
        polls.record(tx, [brought(wire, new=tuple(held))], NOW - 30 * DAY)
        tx.execute(update(feeds).values(polled_at=NOW, next_poll_at=NOW + HOUR))
        story = tx.execute(insert(stories).values(created_at=NOW).returning(stories.c.id)).scalar_one()
        tx.execute(update(kept).where(kept.c.held.is_(None)).values(matched_with=1, story_id=story))
        tx.execute(update(kept).where(kept.c.first_seen_at == NOW).values(matched_with=2))
        reader = {"address_key": "amal", "address": "amal@example.org", "name": "", "consent": "", "created_at": NOW}
        amal = tx.execute(insert(subscribers).values(reader).returning(subscribers.c.id)).scalar_one()
        tx.execute(insert(editions), [_edition(number) for number in range(15 * many)])
        sent = {"subscriber_id": amal, "newsletter": "east", "state": "accepted", "queued_at": NOW}
        settled = [
            sent | {"edition_id": row.id, "slot_at": row.slot_at, "message_id": f"<{row.id}>"}
            for row in tx.execute(select(editions.c.id, editions.c.slot_at))
        ]
        tx.execute(insert(deliveries), settled)


def _edition(number: int) -> dict[str, object]:
    told = {"newsletter": "east", "audience": "all", "slot_at": NOW - number * HOUR, "state": "composed"}
    return told | {"composed_at": NOW, "subscribers": 1, "stories": 0, "left_out": {}}


def steps(database: Database, asked: Callable[[Transaction], object]) -> int:
    with database.write() as tx:
        asked(tx)  # statements are prepared once
        raw = tx.connection.driver_connection
        assert raw is not None
        taken = 0

        def step() -> None:
            nonlocal taken
            taken += 1

        raw.set_progress_handler(step, 1)
        asked(tx)
        raw.set_progress_handler(None, 1)
    return taken


@pytest.fixture(scope="module")
def small_and_large(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> list[Database]:
    databases = []
    for many in (20, 400):
        path = tmp_path_factory.mktemp("growth") / "digest.db"
        path.write_bytes(sqlite_template.read_bytes())
        databases.append(open_database(f"sqlite:///{path}"))
        with_everything_done(databases[-1], many)
    return databases


@pytest.mark.parametrize("asked", ASKED)
def test_a_tick_that_finds_nothing_takes_no_longer_when_more_is_kept(
    small_and_large: list[Database], asked: str
) -> None:
    small, large = (steps(database, ASKED[asked]) for database in small_and_large)
    assert large <= 2 * small


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_a_tick_that_finds_nothing_looks_at_a_handful_of_rows(database: Database) -> None:
    with_everything_done(database, 200)
    with database.write() as tx:
        tx.execute(text("ANALYZE"))
    looked_at = {}
    for asked, of in ASKED.items():
        with database.write() as tx:
            for _ in range(15):  # by then the driver has prepared it, and the server chosen a plan for good
                of(tx)
            before = rows_looked_at(tx)
            of(tx)
            looked_at[asked] = rows_looked_at(tx) - before
    assert {asked: rows for asked, rows in looked_at.items() if rows > 20} == {}


def rows_looked_at(tx: Transaction) -> int:
    """In this transaction of PostgreSQL, so far."""
    counted = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    return int(tx.execute(text(counted)).scalar_one())


def test_a_story_takes_no_longer_when_a_newsletter_has_more_topics(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    found = filled(database, *(f"News {number}" for number in range(50)))
    ids = [article.story_id or 0 for article in found]

    def asked(topics: int) -> Callable[[Transaction], object]:
        wanted = V1 | {f"topic {number}": "v1" for number in range(topics)}
        return lambda tx: ledger.stories(tx, ids, wanted)

    few, many = steps(database, asked(10)), steps(database, asked(1000))
    assert many <= few + 10 * 1000, "each topic is looked at once, and not once for each article"
    database.close()
