"""What retention drops, and what is known of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from records import DAY, HOUR, NOW, entry
from sqlalchemy import func, select, text
from test_store import V1, WIRE, brought, compose, filled, settle, states, subscribed

from digest.model import NewArticle
from digest.store import articles, ledger, memories, polls, retention, schema
from digest.store.engine import Database, open_database
from digest.store.schema import feeds, forgotten


def test_retention_drops_articles_and_knows_their_entries(database: Database) -> None:
    [old] = filled(database, "A")
    with database.write() as tx:
        assert retention.purge(tx, articles_before=NOW + HOUR, deliveries_before=NOW - DAY) == (1, 0)
        assert retention.purge(tx, articles_before=NOW + HOUR, deliveries_before=NOW - DAY) == (0, 0)
        polls.record(tx, [brought(old.feed_id, edited=((old.id, entry("A", text="edited")),))], NOW + DAY)
        assert articles.by_ids(tx, [old.id]) == []
        assert ledger.candidates(tx, V1, NOW - DAY) == []
        assert retention.forgotten_of(tx, old.feed_id, [entry("A"), entry("B")]) == {"id of A"}
        assert retention.forgotten_of(tx, old.feed_id + 1, [entry("A")]) == frozenset()


def test_a_dropped_article_is_known_by_its_link_and_words_under_another_id(database: Database) -> None:
    [old] = filled(database, "A")
    told = entry("B", canonical="https://wire.example/b")
    same, edited = replace(told, entry_id="another"), entry("C", canonical="https://wire.example/b")
    with database.write() as tx:
        polls.record(tx, [brought(old.feed_id, new=(NewArticle(entry=told, held=None),))], NOW)
        assert retention.purge(tx, articles_before=NOW + HOUR, deliveries_before=NOW) == (2, 0)
        assert retention.forgotten_of(tx, old.feed_id, [same, edited]) == {"another"}


def test_dropped_articles_are_known_among_thousands(database: Database) -> None:
    [old] = filled(database, "A")
    with database.write() as tx:
        retention.purge(tx, articles_before=NOW + HOUR, deliveries_before=NOW)
        asked = [*(entry(f"{number}") for number in range(2_500)), entry("A")]
        assert retention.forgotten_of(tx, old.feed_id, asked) == {"id of A"}


def test_sets_of_topics_go_when_no_article_was_judged_by_them(database: Database) -> None:
    with database.write() as tx:
        for number in range(3):
            articles.begin_generation(tx, f"unused {number}", NOW)
    filled(database, "A")
    with database.write() as tx:
        articles.begin_generation(tx, "lately", NOW + DAY)
        articles.begin_generation(tx, "newest", NOW + 2 * DAY)

        def left(before: datetime) -> list[str]:
            retention.purge(tx, articles_before=before, deliveries_before=NOW)
            return list(tx.execute(select(schema.generations.c.fingerprint)).scalars())

        assert left(NOW)[-3:] == ["topics", "lately", "newest"]
        assert left(NOW + HOUR) == ["lately", "newest"], "the article is gone"
        assert left(NOW + 9 * DAY) == ["newest"]


def test_an_edition_is_dropped_only_when_its_deliveries_are_settled(database: Database) -> None:
    [amal] = subscribed(database, "amal@example.org")
    compose(database, [amal], 1)
    with database.write() as tx:
        assert retention.purge(tx, articles_before=NOW, deliveries_before=NOW + DAY) == (0, 0)
    settle(database, "accepted")
    with database.write() as tx:
        assert retention.purge(tx, articles_before=NOW, deliveries_before=NOW + DAY) == (0, 1)
        assert states(tx) == {}


def test_an_id_is_never_used_again(database: Database) -> None:
    """The ledger remembers stories that are gone; a new story under an old number would never be sent."""
    with database.write() as tx:
        [first] = articles.new_stories(tx, 1, NOW)
        retention.purge(tx, articles_before=NOW + DAY, deliveries_before=NOW)
        [second] = articles.new_stories(tx, 1, NOW)
    assert second > first


def test_what_retention_drops_leaves_its_room_to_what_comes(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    with database.write() as tx:
        polls.keep(tx, [WIRE], NOW)
        [wire] = tx.execute(select(feeds.c.id)).scalars()
    pages = []
    for day in range(20):
        now = NOW + day * DAY
        new = (NewArticle(entry=entry(f"News {day}-{number}", text=2_000 * "x"), held=None) for number in range(50))
        with database.write() as tx:
            polls.record(tx, [brought(wire, new=tuple(new))], now)
            retention.purge(tx, articles_before=now - 2 * DAY, deliveries_before=NOW)
            pages.append(tx.exec_driver_sql("PRAGMA page_count").scalar_one())
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(forgotten)).scalar_one() == 17 * 50
    assert pages[-1] < 2 * pages[2]
    database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rare_words_are_dropped_without_waiting_for_who_is_counting_them(database: Database) -> None:
    """He waits for words that are being dropped; whom he waited for may not wait for him.

    Statistics are those of a table whose words were being written when PostgreSQL looked: many pages and no word yet.
    What it plans for that takes minutes.
    """
    many = "INSERT INTO words SELECT 'word' || n, 1 FROM generate_series(0, 200000) AS n"
    with database.write() as tx:
        tx.execute(text("ALTER TABLE words SET (autovacuum_enabled = false)"))
        tx.execute(text(f"{many}; DELETE FROM words; ANALYZE words"))
        tx.execute(text(many))
    with database.write() as counting:
        memories.record(counting, articles=1, counts={"word7": 1}, learned={}, versions={}, now=NOW)
        with database.write() as tx:
            memories.tidy(tx, [])
    with database.read() as tx:
        assert memories.read_words(tx, 10) == (1, {"word7": 2})
