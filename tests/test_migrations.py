"""The migrations make the tables that the code works with, and a database of another version is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import records
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from feedserver import entry, feed_server, rss
from instance import MORNING, Instance, eventually, free_port
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine

import digest.store.migrations
from digest.errors import StoreError
from digest.store import retention, schema
from digest.store.engine import open_database
from digest.store.troubles import HEAD

MIGRATIONS = Path(digest.store.migrations.__file__).parent


def described(engine: Engine) -> dict[str, Any]:
    """All that the database itself knows of its tables."""
    look = inspect(engine)
    return {
        table: {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)
            ),
            "primary key": look.get_pk_constraint(table),
            "indexes": sorted(map(repr, look.get_indexes(table))),
            "unique": sorted(map(repr, look.get_unique_constraints(table))),
            "foreign": sorted(map(repr, look.get_foreign_keys(table))),
        }
        for table in look.get_table_names()
    }


def from_the_code(engine: Engine) -> dict[str, Any]:
    """What the tables are by `schema`, made in an empty database without any migration."""
    schema.metadata.create_all(engine)
    return described(engine)


def ours(described: dict[str, Any]) -> dict[str, Any]:
    return {table: what for table, what in described.items() if table != "alembic_version"}


def test_on_sqlite_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/migrated.db").prepare()
    migrated, coded = (create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("migrated", "coded"))
    assert from_the_code(coded) == ours(described(migrated))
    statement = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
    with migrated.connect() as one, coded.connect() as other:
        words = [
            {name: sorted(re.findall(r"\w+", sql)) for name, sql in connection.execute(text(statement)) if sql}
            for connection in (one, other)
        ]
    assert words[0] == words[1], "STRICT and AUTOINCREMENT are seen only here"
    migrated.dispose()
    coded.dispose()


@pytest.fixture
def empty_postgres(postgres_database: Engine) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"digest_{uuid.uuid4().hex[:8]}"
    with postgres_database.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield postgres_database.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_on_postgresql_the_migrations_make_the_tables_of_the_code(
    postgres_database: Engine, empty_postgres: str
) -> None:
    with postgres_database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
    coded = create_engine(empty_postgres)
    assert from_the_code(coded) == ours(described(postgres_database))
    coded.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_may_make_the_tables_of_a_fresh_database_at_once(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = fresh_database(kind, tmp_path, request)
    databases = [open_database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda database: database.prepare(), databases))
    assert {database.version() for database in databases} == {HEAD}
    assert databases[0].migrate() == (HEAD, HEAD)
    for database in databases:
        database.close()


def fresh_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database that does not exist yet, or has no tables."""
    return f"sqlite:///{folder}/var/digest.db" if kind == "sqlite" else request.getfixturevalue("empty_postgres")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_start_at_the_same_moment_on_a_fresh_database_all_come_up(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = fresh_database(kind, tmp_path, request)
    with feed_server() as feeds, Instance(home=tmp_path, database=url) as site:
        feed = feeds.put("/news.xml", rss("Wire", [entry(id="1", title="Syria and Turkey hold talks", date=MORNING)]))
        site.configure(feeds=[feed], subscribers=["amal@example.org"], smtp=free_port())
        daemons = [site.start("run", now=MORNING) for _ in range(2)]
        others = [site.start("once", now=MORNING) for _ in range(2)] + [site.start("migrate")]
        for run in others:
            run.done()
        eventually(lambda: site.count("articles") == 1)  # who has claimed the feed may be a daemon
        for daemon in daemons:
            eventually(lambda run=daemon: '"started"' in run.told)  # type: ignore[misc]
            assert daemon.stop() == 0, daemon.told
            assert "Traceback" not in daemon.told
        assert site.count("articles") == 1
        assert site.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_the_code_names_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    assert database.version() is None
    assert database.migrate() == (None, HEAD)
    assert database.migrate() == (HEAD, HEAD)
    database.prepare()
    database.close()


def test_what_was_no_lease_is_none_any_more(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0005")
        tx.execute(
            text("INSERT INTO leases VALUES ('news', '7', 0), ('news seen by a', 'x', 0), ('grouping', 'w', 5)")
        )
    assert database.migrate() == ("0005", HEAD)
    with database.read() as tx:
        assert [row.name for row in tx.execute(text("SELECT name FROM leases"))] == ["grouping"]
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_articles_that_were_dropped_their_marks_stay(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = fresh_database(kind, tmp_path, request)
    (tmp_path / "var").mkdir(exist_ok=True)
    database = open_database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    old, kept = (records.entry(title, canonical=f"https://wire.example/{title}") for title in ("old", "kept"))
    columns = "feed_id, entry_id, canonical, title, summary, text, tags, content_hash, revision, first_seen_at"
    with database.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0009")
        tx.execute(text("INSERT INTO feeds (id, url, name, tags, created_at) VALUES (1, 'u', 'Wire', '[]', 0)"))
        rows: list[dict[str, Any]] = [
            {"id": kept.entry_id, "canonical": kept.canonical, "hash": kept.content_hash, "purged": None}
        ]
        for again in ("", *(f" again {number}" for number in range(2_500))):
            told = {"id": old.entry_id + again, "canonical": old.canonical, "hash": old.content_hash}
            rows.append(told | {"purged": 1})
        tx.execute(
            text(
                f"INSERT INTO articles ({columns}, purged_at) "
                "VALUES (1, :id, :canonical, '', '', '', '[]', :hash, 1, 0, :purged)"
            ),
            rows,
        )
    assert database.migrate() == ("0009", HEAD)
    with database.read() as tx:
        assert [row.entry_id for row in tx.execute(text("SELECT entry_id FROM articles"))] == [kept.entry_id]
        assert retention.forgotten_of(tx, 1, [old, kept]) == {old.entry_id}
        assert tx.execute(text("SELECT count(*) FROM forgotten")).scalar_one() == 2_502
    database.close()


def test_looking_for_a_database_makes_neither_it_nor_its_folder(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/var/digest.db")
    with pytest.raises(StoreError, match=r"there is no database .* yet"):
        database.require()
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/nowhere/digest.db")
    assert database.version() is None
    assert not (tmp_path / "nowhere").exists()
    database.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StoreError, match=r"the folder of the database .* cannot be made"):
        open_database(f"sqlite:///{tmp_path}/var/digest.db").prepare()


@pytest.mark.parametrize("version, remedy", [("9999", "use the newer program"), ("0000", "run `digest migrate`")])
def test_a_database_of_another_version_is_refused(tmp_path: Path, version: str, remedy: str) -> None:
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    database.migrate()
    with database.write() as tx:
        tx.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    with pytest.raises(StoreError, match=remedy):
        database.prepare()
    database.close()


def test_a_newer_database_is_not_migrated(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    database.migrate()
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer than this program"):
        database.migrate()
    database.close()
