"""Opening the database, transactions, and the one place where driver errors become `StoreError`.

SQLite runs in WAL mode with `synchronous=FULL`: a commit that says a message was accepted must survive a power cut.
One writer at a time is the design: writing transactions begin IMMEDIATE, so a lock is met at the beginning and never
half-way. WAL does not work on network disks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError

from digest.errors import StoreError
from digest.store.troubles import HEAD, not_there, other_encoding, other_version, with_remedy

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Transaction = Connection
"""What the functions of the store take first; steps pass it on without knowing SQLAlchemy."""

AT_ONCE = 500
"""Parameters of one statement, well below the 999 that SQLite took before 3.32."""

_SILENCE, _IN_HASTE = timedelta(minutes=5), timedelta(seconds=15)
"""In haste the server and what is in flight are to be done with before service managers kill (after 90 s)."""

_Value = TypeVar("_Value")


class Database:
    """A database, open. Safe to share between threads; every `read` and `write` takes a connection of its own."""

    def __init__(self, engine: Engine, silence: timedelta = _SILENCE) -> None:
        self._engine = engine
        self.name = _shown(engine.url)
        self.silence = silence
        """How long a server may say nothing over a statement, by now, before StoreError is raised."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that writes nothing: one consistent picture, no lock taken on SQLite.

        Raises StoreError when the database cannot be reached or read.
        """
        with self._begin("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it is written when the block ends, nothing of it when the block raises.

        Raises StoreError when the database is locked, full, gone or of another version.
        """
        with self._begin("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _begin(self, sqlite_begin: str) -> Iterator[Connection]:
        try:
            with (
                self._engine.connect().execution_options(sqlite_begin=sqlite_begin) as connection,
                connection.begin(),
            ):
                yield connection
        except (DBAPIError, sa.exc.TimeoutError) as error:
            if isinstance(error, (sa.exc.IntegrityError, sa.exc.DataError)):
                raise  # a bug of ours, not a state of the database
            raise StoreError(_sentence(self.name, error)) from error

    def version(self) -> str | None:
        """The migration that the database is at; None when it has no tables of ours, or is not there yet."""
        path = self._file()
        if path is not None and not path.exists():
            return None
        with self.read() as tx:
            if not sa.inspect(tx).has_table("alembic_version"):
                return None
            return tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

    def prepare(self) -> None:
        """Makes the tables of a fresh database. Raises StoreError when it is of another version than this code.

        Processes that begin at the same moment wait for each other: one makes the tables, the others find them.
        """
        self._make_folder()
        version = self.version()
        if version is None:
            self.migrate()
        else:
            self._check(version)

    def require(self) -> None:
        """For commands that only look: raises StoreError when there is nothing to look at yet. Creates nothing."""
        version = self.version()
        if version is None:
            raise StoreError(not_there(self.name))
        self._check(version)

    def migrate(self) -> tuple[str | None, str]:
        """Brings the schema to this code's version; gives the version before and after. Running it again is harmless.

        Raises StoreError when the database is newer than this code. (Alembic is 10 MB and 0.3 s of CPU to import.)
        """
        from digest.store.migrations import upgrade

        self._make_folder()
        before, silence = self.version(), self.silence
        if before is not None and before > HEAD:
            raise StoreError(f"the database {self.name} {other_version(before)}")
        self.silence = timedelta.max  # a step may have years of articles to go through
        try:
            with self.write() as tx:
                _alone(tx)
                upgrade(tx)
        finally:
            self.silence = silence
        return before, HEAD

    def _check(self, version: str) -> None:
        if version != HEAD:
            raise StoreError(f"the database {self.name} {other_version(version)}")

    def _file(self) -> Path | None:
        """Of a SQLite database."""
        name = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        return Path(name) if name and name != ":memory:" else None

    def _make_folder(self) -> None:
        path = self._file()
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the folder of the database {path} cannot be made: {error}") from error

    def hurry(self) -> None:
        """From now on gives up a server that keeps silent after seconds, not minutes: the process is to end."""
        self.silence = min(self.silence, _IN_HASTE)

    def close(self) -> None:
        """Gives all connections back. The database may be opened again."""
        self._engine.dispose()


def _alone(tx: Connection) -> None:
    """Makes others who are about to make or change tables wait for the end of this transaction."""
    if tx.dialect.name == "postgresql":  # on SQLite there is one writer at a time anyway
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_TABLES_LOCK)))


_TABLES_LOCK = 0x64696765
"""A number of our own among the advisory locks of a PostgreSQL database."""


def open_database(
    url: str, *, patience: timedelta = timedelta(seconds=15), silence: timedelta = _SILENCE
) -> Database:
    """The database at a SQLAlchemy URL (`sqlite:///…` or `postgresql+psycopg://…`); nothing is connected yet.

    `patience` is how long a transaction waits for another writer before it raises StoreError, `silence` how long for
    a server that says nothing at all.
    """
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return Database(_sqlite(url, patience))
        return _postgresql(url, patience, silence)
    except (SQLAlchemyError, ImportError) as error:
        needed = "PostgreSQL needs `pip install digest[postgres]`"
        raise StoreError(f"the database {_shown(make_url(url))} cannot be opened: {error}; {needed}") from error


def _shown(url: URL) -> str:
    """Without what is secret in it."""
    return url.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=True)


def _sqlite(url: str, patience: timedelta) -> Engine:
    engine = sa.create_engine(
        url,
        # Autocommit, so that the driver leaves BEGIN to us: its own begins late and deferred.
        connect_args={
            "timeout": patience.total_seconds(),
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 32,  # of 50 kB each, and hardly alike: lists of ids have many lengths
        },
        pool_size=4,  # kept open: each has a page cache, of 0.5 MB by the pragma below, of 2 MB without it
        pool_use_lifo=True,  # else all of them fill their caches in turn
        max_overflow=36,
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(dbapi: Any, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-512"):
            dbapi.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))

    return engine


def _postgresql(url: str, patience: timedelta, silence: timedelta) -> Database:
    from digest.store import postgresql  # here: its driver is an extra

    engine = sa.create_engine(
        url,
        creator=lambda: postgresql.connect(url, silence=lambda: database.silence, patience=patience),
        isolation_level="READ COMMITTED",  # whatever the server prefers: claims pass by what others have changed
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,  # a server that was restarted in between costs one reconnection, not an error
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(dbapi: Any, _: Any) -> None:
        encoding = dbapi.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StoreError(other_encoding(_shown(engine.url), encoding))

    @sa.event.listens_for(engine, "handle_error")
    def _on_error(context: sa.engine.ExceptionContext) -> None:
        if isinstance(context.original_exception, postgresql.READ_ONLY):
            context.is_disconnect = True  # behind the same name there may be the server that took over from this one

    database = Database(engine, silence)
    return database


def insert(tx: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT with ON CONFLICT, which SQLAlchemy spells per dialect though both databases read it alike."""
    if tx.dialect.name != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # here: it is 3 MB and 0.1 s that SQLite does without

    return postgresql.insert(table)


def portions(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """The values in their order, as many at a time as one statement takes."""
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _sentence(name: str, error: SQLAlchemyError) -> str:
    """What an operator can act on, from the driver's own words."""
    cause = str(getattr(error, "orig", None) or error)
    kind = "cannot be used" if isinstance(error, (OperationalError, ProgrammingError)) else "failed"
    return f"the database {name} {kind}: {with_remedy(cause)}"
