"""Every function of the store, on a locked SQLite file and on a lost PostgreSQL connection: StoreError, no change.

A function that is missing here fails `test_every_function_is_tried`.
"""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from time import sleep
from typing import Any

import pytest
from records import DAY, HOUR, NOW, entry, subscription, verdict
from sqlalchemy import text
from sqlalchemy.engine import Engine
from test_store import WIRE, brought, claim, compose, filled, intent, states, subscribed

from digest import store
from digest.errors import StoreError
from digest.model import HostPause, HubSubscription, Outcome, Profile, Settlement
from digest.store import (
    articles,
    concordances,
    hubs,
    kept,
    leases,
    ledger,
    memories,
    news,
    notices,
    offers,
    outbox,
    polls,
    repairs,
    report,
    retention,
    revisions,
    schema,
    subscriptions,
)
from digest.store.concordances import Concordance
from digest.store.engine import Database, Transaction, open_database

PAUSE = HostPause(host="wire.example", until=NOW + DAY, reason="429")
ACCEPTED = Settlement(state="accepted", retry_at=None, outcome=Outcome(kind="accepted", code=250, text="ok"))
PLACE = HubSubscription(feed_id=1, hub="https://hub.example/", topic=WIRE.url, token="t", secret="s", retry_at=NOW)
PIECE = Concordance(articles=[1], newest=NOW, words=b"talk\t\xc2\x80\n")

CALLS: dict[str, Callable[[Transaction], object]] = {
    "articles.by_ids": lambda tx: articles.by_ids(tx, [1]),
    "articles.claim_ungrouped": lambda tx: articles.claim_ungrouped(tx, claim(), limit=1),
    "articles.claim_unmatched": lambda tx: articles.claim_unmatched(tx, claim(), number=9, since=NOW - DAY, limit=1),
    "articles.file": lambda tx: articles.file(tx, {1: "link https://example.org/a"}),
    "articles.find": lambda tx: articles.find(tx, "1"),
    "articles.begin_generation": lambda tx: articles.begin_generation(tx, "other", NOW),
    "articles.generation_of": lambda tx: articles.generation_of(tx, "other"),
    "articles.is_any_unmatched": lambda tx: articles.is_any_unmatched(tx, number=9, since=NOW - DAY, now=NOW),
    "articles.is_any_ungrouped": lambda tx: articles.is_any_ungrouped(tx, NOW),
    "articles.new_stories": lambda tx: articles.new_stories(tx, 1, NOW),
    "articles.postpone": lambda tx: articles.postpone(tx, 1, until=NOW, problem="x"),
    "articles.recent": lambda tx: articles.recent(tx, 1),
    "articles.record_stories": lambda tx: articles.record_stories(tx, {1: 1}, {"k": (1, NOW)}, owner="one"),
    "articles.record_verdicts": lambda tx: articles.record_verdicts(
        tx, {1: (articles.by_ids(tx, [1])[0], [verdict("other")])}, number=9, owner="one", now=NOW
    ),
    "articles.unchanged": lambda tx: articles.unchanged(tx, {"t": "1"}, [1]),
    "articles.verdicts_of": lambda tx: articles.verdicts_of(tx, [1]),
    "articles.stories_of_keys": lambda tx: articles.stories_of_keys(tx, ["k"]),
    "concordances.drop": lambda tx: concordances.drop(tx, NOW + DAY),
    "concordances.last": concordances.last,
    "concordances.put": lambda tx: concordances.put(tx, PIECE),
    "concordances.since": lambda tx: list(concordances.since(tx, NOW)),
    "concordances.take": lambda tx: concordances.take(tx, 1),
    "hubs.by_token": lambda tx: hubs.by_token(tx, "token"),
    "hubs.change": lambda tx: hubs.change(tx, PLACE, PLACE),
    "hubs.due": lambda tx: hubs.due(tx, NOW, limit=1),
    "hubs.elsewhere": lambda tx: hubs.elsewhere(tx, "ending"),
    "hubs.forget": lambda tx: hubs.forget(tx, 1),
    "hubs.of_feed": lambda tx: hubs.of_feed(tx, 1),
    "hubs.pushed": lambda tx: hubs.pushed(tx, [1], NOW),
    "hubs.put": lambda tx: hubs.put(tx, PLACE),
    "hubs.sweep": hubs.sweep,
    "kept.articles_since": lambda tx: list(kept.articles_since(tx, NOW - DAY, NOW, batch=1)),
    "kept.counts_since": lambda tx: kept.counts_since(tx, NOW - DAY, {"talks": "v1"}),
    "kept.feeds_in_use": kept.feeds_in_use,
    "kept.generations_since": lambda tx: kept.generations_since(tx, NOW - DAY),
    "kept.ids_since": lambda tx: kept.ids_since(tx, NOW - DAY),
    "kept.matches_since": lambda tx: kept.matches_since(tx, NOW - DAY, {"talks": "v1"}),
    "kept.running": kept.running,
    "leases.acquire": lambda tx: leases.acquire(tx, "grouping", claim()),
    "leases.claim_rows": lambda tx: leases.claim_rows(
        tx, schema.feeds, claim(), where=schema.feeds.c.id > 0, order_by=[], limit=1, columns=[schema.feeds.c.id]
    ),
    "leases.renew": lambda tx: leases.renew(tx, "composing", claim()),
    "leases.give_back": lambda tx: leases.give_back(tx, "grouping", "one"),
    "ledger.candidates": lambda tx: ledger.candidates(tx, {"talks": "v1"}, NOW),
    "ledger.contents": lambda tx: ledger.contents(tx, [1]),
    "ledger.history_of_story": lambda tx: ledger.history_of_story(tx, 1, None),
    "ledger.left_out": lambda tx: ledger.left_out(tx, 1, "middle-east", None),
    "ledger.messages": ledger.messages,
    "ledger.record_edition": lambda tx: ledger.record_edition(
        tx, intent(subscriptions.of_newsletter(tx, "middle-east", NOW), 1, slot=NOW + 9 * DAY), "c", {1: "<9@x>"}, NOW
    ),
    "ledger.sent_stories": lambda tx: ledger.sent_stories(tx, [1], [1]),
    "ledger.stories": lambda tx: ledger.stories(tx, [1], {"talks": "v1"}),
    "ledger.subscriber_id": lambda tx: ledger.subscriber_id(tx, "amal@example.org"),
    "memories.forget": lambda tx: memories.forget(tx, ["t"]),
    "memories.learned_at": lambda tx: memories.learned_at(tx, "t"),
    "memories.read_profiles": lambda tx: memories.read_profiles(tx, {"t": "1"}),
    "memories.read_words": lambda tx: memories.read_words(tx, 10),
    "memories.record": lambda tx: memories.record(
        tx, articles=1, counts={"talk": 1}, learned={"t": Profile({"talk": 1.0}, 1)}, versions={"t": "1"}, now=NOW
    ),
    "memories.stamp": memories.stamp,
    "memories.tidy": lambda tx: memories.tidy(tx, ["t"]),
    "news.came": news.came,
    "news.keep": lambda tx: news.keep(tx, {"middle-east": "state"}),
    "news.seen": news.seen,
    "notices.post": lambda tx: notices.post(tx, "mail", "x", NOW),
    "retention.forgotten_of": lambda tx: retention.forgotten_of(tx, 1, [entry()]),
    "retention.is_any_old": lambda tx: retention.is_any_old(
        tx, articles_before=NOW + DAY, deliveries_before=NOW + DAY
    ),
    "retention.purge": lambda tx: retention.purge(tx, articles_before=NOW + DAY, deliveries_before=NOW + DAY),
    "notices.standing": notices.standing,
    "notices.withdraw": lambda tx: notices.withdraw(tx, "config"),
    "offers.keep": lambda tx: offers.keep(tx, {"site": {"name": "World Watch"}}),
    "offers.read": offers.read,
    "outbox.begin": lambda tx: outbox.begin(tx, 1, claim()),
    "outbox.claim": lambda tx: outbox.claim(tx, claim(), states=["queued"], limit=1),
    "outbox.defer": lambda tx: outbox.defer(tx, [1], "one", until=NOW, text="x"),
    "outbox.is_any_due": lambda tx: outbox.is_any_due(tx, ["queued"], NOW),
    "outbox.mark_unsure": lambda tx: outbox.mark_unsure(tx, NOW),
    "outbox.release": lambda tx: outbox.release(tx, "one"),
    "outbox.settle": lambda tx: outbox.settle(tx, 1, "one", ACCEPTED, NOW),
    "polls.claim_due": lambda tx: polls.claim_due(tx, claim(at=NOW + DAY), limit=1),
    "polls.crowd": lambda tx: polls.crowd(tx, NOW + DAY, after=HOUR),
    "polls.due_before": lambda tx: polls.due_before(tx, PAUSE),
    "polls.hosts_of": lambda tx: polls.hosts_of(tx, [WIRE.url]),
    "polls.is_any_due": lambda tx: polls.is_any_due(tx, NOW),
    "polls.keep": lambda tx: polls.keep(tx, [], NOW),
    "polls.known_entries": lambda tx: polls.known_entries(tx, 1, ["a"]),
    "polls.languages": polls.languages,
    "polls.pause": lambda tx: polls.pause(tx, PAUSE, NOW),
    "polls.pauses": lambda tx: polls.pauses(tx, NOW),
    "polls.renamed": lambda tx: polls.renamed(tx, 1, [entry(canonical="https://a.example/x")]),
    "polls.reschedule": lambda tx: polls.reschedule(tx, {1: (NOW, "x")}),
    "polls.record": lambda tx: polls.record(tx, [brought(1, "another")], NOW),
    "polls.record_pushed": lambda tx: polls.record_pushed(tx, brought(1, "pushed"), NOW),
    "polls.release": lambda tx: polls.release(tx, "one"),
    "polls.release_held": lambda tx: polls.release_held(tx, WIRE.url, NOW),
    "polls.state_of": lambda tx: polls.state_of(tx, 1),
    "repairs.forget_the_future": lambda tx: repairs.forget_the_future(tx, NOW - 9 * DAY),
    "revisions.of_articles": lambda tx: revisions.of_articles(tx, [1]),
    "revisions.set_aside": lambda tx: revisions.set_aside(tx, [(1, entry("A", summary="more"))], NOW),
    "subscriptions.active": subscriptions.active,
    "subscriptions.due": lambda tx: subscriptions.due(tx, "middle-east", NOW),
    "subscriptions.keep": lambda tx: subscriptions.keep(tx, [subscription("new@example.org")], NOW),
    "subscriptions.leave": lambda tx: subscriptions.leave(tx, "amal@example.org", None, NOW),
    "subscriptions.listing": subscriptions.listing,
    "subscriptions.of_newsletter": lambda tx: subscriptions.of_newsletter(tx, "middle-east", NOW),
    "subscriptions.rejoin": lambda tx: subscriptions.rejoin(tx, "amal@example.org", None),
    "subscriptions.set_due": lambda tx: subscriptions.set_due(tx, {1: NOW + HOUR}),
}


def test_every_function_is_tried() -> None:
    below = {"engine", "migrations"}  # what the others stand on
    names = [module.name for module in iter_modules(store.__path__) if module.name not in below]
    modules = [import_module(f"{store.__name__}.{name}") for name in names]
    public = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and "tx" in inspect.signature(function).parameters
        if not name.startswith("_")
    }
    assert public == set(CALLS)


def furnished(database: Database) -> None:
    """Something in every table, so that there is something to lose."""
    filled(database, "A", "B")
    compose(database, subscribed(database, "amal@example.org"), 1)
    with database.write() as tx:
        outbox.claim(tx, claim(), states=["queued"], limit=1)
        leases.acquire(tx, "composing", claim())
        notices.post(tx, "config", "wrong", NOW)


def dump(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in schema.metadata.sorted_tables
        }


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The file as no other process may even read it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture(scope="module")
def furnished_file(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[tuple[Database, Path]]:
    """An impatient database and its file. Shared by all tests here: each of them proves that it changed nothing."""
    path = tmp_path_factory.mktemp("locked") / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}", patience=timedelta(milliseconds=1))
    furnished(database)
    yield database, path
    database.close()


@pytest.fixture(scope="module")
def content(furnished_file: tuple[Database, Path]) -> str:
    """Of the file before the first test."""
    return whole(furnished_file[1])


def whole(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_locked_sqlite_file(name: str, furnished_file: tuple[Database, Path], content: str) -> None:
    database, path = furnished_file
    database.close()  # an exclusive lock waits for all who have the file open
    with locked(path):
        with pytest.raises(StoreError, match=r"locked; another process is writing"), database.write() as tx:
            CALLS[name](tx)
        with pytest.raises(StoreError, match="locked"), database.read() as tx:
            CALLS[name](tx)
    assert whole(path) == content


@pytest.fixture(scope="module")
def lost(postgres_database: Engine) -> Iterator[tuple[Database, Engine]]:
    """A database whose connections the test cuts, and an engine of the administrator who cuts them."""
    with postgres_database.connect() as connection:
        tables = ", ".join(table.name for table in schema.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    database = open_database(postgres_database.url.render_as_string(hide_password=False))
    furnished(database)
    yield database, postgres_database
    database.close()


def cut(tx: Transaction, administrator: Engine) -> None:
    """Ends the server's side of the transaction's connection."""
    number = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with administrator.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_lost_postgresql_connection(name: str, lost: tuple[Database, Engine]) -> None:
    database, administrator = lost
    before = dump(administrator)

    def call() -> None:
        with database.write() as tx:
            cut(tx, administrator)
            CALLS[name](tx)

    with pytest.raises(StoreError, match="cannot be used"):
        call()
    assert dump(administrator) == before


def test_after_a_lost_connection_the_next_transaction_works(lost: tuple[Database, Engine]) -> None:
    database, administrator = lost
    with administrator.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                 " AND datname = current_database()")
        )  # fmt: skip
    with database.read() as tx:
        assert states(tx) == {"queued": 1}


# --- opening ------------------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_named_with_a_remedy_and_without_its_password() -> None:
    database = open_database("postgresql+psycopg://digest:geheim@127.0.0.1:1/digest")
    with pytest.raises(StoreError, match="check that the server runs") as caught, database.read():
        pass
    assert "geheim" not in str(caught.value)
    with pytest.raises(StoreError, match="cannot be read") as caught:
        report.status("postgresql+psycopg://digest:geheim@127.0.0.1:1/digest")
    assert "geheim" not in str(caught.value)


def by_way_of(engine: Engine, **changes: Any) -> str:
    return engine.url.set(**changes).render_as_string(hide_password=False)


def told_by(act: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        act()
    return str(caught.value)


def test_a_database_that_is_not_on_the_server_is_told_with_a_remedy(postgres_database: Engine) -> None:
    url = by_way_of(postgres_database, database="digest_none")
    assert "make it as docs/operating.md says" in told_by(open_database(url).version)
    assert "make it as docs/operating.md says" in told_by(lambda: report.status(url))


def test_a_role_without_rights_and_without_connections_is_told_what_it_needs(lost: tuple[Database, Engine]) -> None:
    _, administrator = lost
    weak = by_way_of(administrator, username="digest_weak")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE ROLE digest_weak LOGIN PASSWORD '{administrator.url.password or ''}'"))
        database = open_database(weak)
        assert "has to own the database and its tables" in told_by(database.version)
        assert "has to own the database and its tables" in told_by(lambda: report.status(weak))
        database.close()
        connection.execute(text("ALTER ROLE digest_weak CONNECTION LIMIT 0"))
        assert "let fewer run" in told_by(database.version)
        connection.execute(text("DROP ROLE digest_weak"))


def test_a_server_that_may_only_be_read_is_told_by_status_and_by_who_writes(lost: tuple[Database, Engine]) -> None:
    database, administrator = lost
    url = by_way_of(administrator)
    with administrator.connect() as connection:
        connection.execute(
            text(f"ALTER DATABASE {administrator.url.database} SET default_transaction_read_only = on")
        )
        database.close()  # the next connection is a new one

        def write() -> None:
            with database.write() as tx:
                notices.post(tx, "config", "wrong", NOW)

        assert "has to name one that may be written to" in told_by(write)
        first = report.status(url)["notices"][0]
        assert "was made read-only" in told_by(lambda: report.deliveries_due(url))  # what /health asks
        connection.execute(text(f"ALTER DATABASE {administrator.url.database} RESET default_transaction_read_only"))
    assert first["subject"] == "database"
    assert "the server is a standby, or was made read-only" in first["text"]
    write()  # by a connection that is not as read-only as the one before
    assert report.status(url)["notices"][0]["subject"] == "config"


@pytest.mark.parametrize("setting", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_an_administrator_who_allows_too_little_time_is_named(lost: tuple[Database, Engine], setting: str) -> None:
    database, administrator = lost
    name = administrator.url.database

    def slow() -> None:
        with database.read() as tx:
            tx.execute(text("SELECT pg_sleep(0.1)"))
            sleep(0.2)
            states(tx)

    with administrator.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET {setting} = 50"))
        database.close()
        told = told_by(slow)
        connection.execute(text(f"ALTER DATABASE {name} RESET {setting}"))
        database.close()
    assert "the server allows too little time" in told


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_postgresql_database_that_holds_not_all_letters_is_named(postgres_database: Engine, encoding: str) -> None:
    name = f"digest_{encoding.lower()}"
    with postgres_database.connect() as administrator:
        administrator.execute(text(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"))
        database = open_database(postgres_database.url.set(database=name).render_as_string(hide_password=False))
        with pytest.raises(StoreError, match=f"its encoding is {encoding}; make it anew with CREATE DATABASE"):
            database.prepare()
        database.close()
        administrator.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_on_postgresql_a_session_is_as_we_need_it_whatever_the_server_prefers(lost: tuple[Database, Engine]) -> None:
    database, administrator = lost
    preferences = {"default_transaction_isolation": "serializable", "client_encoding": "LATIN1"}
    name = administrator.url.database
    with administrator.connect() as connection:
        for setting, value in preferences.items():
            connection.execute(text(f"ALTER DATABASE {name} SET {setting} = '{value}'"))
        database.close()  # the next connection is a new one
        with database.read() as tx:
            asked = ("transaction_isolation", "client_encoding")
            told = [tx.execute(text(f"SHOW {each}")).scalar_one() for each in asked]
        for setting in preferences:
            connection.execute(text(f"ALTER DATABASE {name} RESET {setting}"))
    assert told == ["read committed", "UTF8"]


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="check that the folder exists"),
        open_database(f"sqlite:///{tmp_path}").read(),
    ):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    path.write_bytes(b"this is a letter to a friend, not a database" * 100)
    with pytest.raises(StoreError, match="the file is something else"), open_database(f"sqlite:///{path}").read():
        pass
    with pytest.raises(StoreError, match="restore a backup"):
        report.status(f"sqlite:///{path}")


def test_an_empty_database_asks_for_its_tables(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="run `digest migrate`"),
        open_database(f"sqlite:///{tmp_path}/digest.db").read() as tx,
    ):
        states(tx)
    with pytest.raises(StoreError, match="`digest once` or `digest run` makes it"):
        report.status(f"sqlite:///{tmp_path}/none.db")


def test_a_driver_that_cannot_be_had_is_named() -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database("oracle://x/y")


def test_the_connection_that_was_used_last_is_used_again(tmp_path: Path) -> None:
    """Each keeps megabytes in caches of its own once it is used."""
    database = open_database(f"sqlite:///{tmp_path / 'digest.db'}")
    with database.read() as one, database.read() as other:
        both = {one.connection.dbapi_connection, other.connection.dbapi_connection}
    used = set()
    for _ in range(4):
        with database.read() as tx:
            used.add(tx.connection.dbapi_connection)
    database.close()
    assert len(both) == 2
    assert len(used) == 1
    assert used < both
