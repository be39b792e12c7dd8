"""The ways to a schema lead to the same one, and a database of another version is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine

import digest.store.migrations
from digest.errors import StoreError
from digest.store import schema
from digest.store.engine import open_database


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


def test_on_sqlite_a_migrated_schema_is_the_fresh_one(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/migrated.db").migrate()
    migrated, fresh = (create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("migrated", "fresh"))
    open_database(f"sqlite:///{tmp_path}/fresh.db").prepare()
    assert described(migrated) == described(fresh)
    statement = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
    with migrated.connect() as one, fresh.connect() as other:
        words = [
            {name: sorted(re.findall(r"\w+", sql)) for name, sql in connection.execute(text(statement)) if sql}
            for connection in (one, other)
        ]
    assert words[0] == words[1], "STRICT and AUTOINCREMENT are seen only here"
    migrated.dispose()
    fresh.dispose()


@pytest.fixture
def empty_postgres(postgres_database: Engine) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"digest_{uuid.uuid4().hex[:8]}"
    with postgres_database.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield postgres_database.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_on_postgresql_a_migrated_schema_is_the_fresh_one(postgres_database: Engine, empty_postgres: str) -> None:
    with postgres_database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
    database = open_database(empty_postgres)
    database.prepare()
    database.close()
    fresh = create_engine(empty_postgres)
    assert described(fresh) == described(postgres_database)
    fresh.dispose()


def test_several_processes_may_make_the_tables_of_a_fresh_database_at_once(
    tmp_path: Path, empty_postgres: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/digest.db", empty_postgres):
        databases = [open_database(url) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda database: database.prepare(), databases))
        assert {database.version() for database in databases} == {schema.HEAD}
        assert databases[0].migrate() == (schema.HEAD, schema.HEAD)
        for database in databases:
            database.close()


def test_the_code_names_the_newest_migration() -> None:
    folder = Path(digest.store.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [schema.HEAD]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/digest.db")
    assert database.version() is None
    assert database.migrate() == (None, schema.HEAD)
    assert database.migrate() == (schema.HEAD, schema.HEAD)
    database.prepare()
    database.close()


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
