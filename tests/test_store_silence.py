"""A PostgreSQL server that falls silent without closing anything, and the settings of connections to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from feedserver import FeedServer, entry, rss
from instance import MORNING, Instance, eventually
from records import NOW
from relays import Relay, relay_to
from smtpserver import SmtpServer
from sqlalchemy import text
from sqlalchemy.engine import Engine

from digest.errors import StoreError
from digest.store import notices, postgresql, report
from digest.store.engine import Database, open_database

SHORT = timedelta(milliseconds=300)


def opened(url: str, silence: timedelta = SHORT) -> closing[Database]:
    return closing(open_database(url, silence=silence))


@pytest.fixture
def relay(postgres_database: Engine) -> Iterator[Relay]:
    with postgres_database.connect() as connection:
        connection.execute(text("TRUNCATE notices"))
    with relay_to(postgres_database.url) as made:
        yield made


def test_a_server_that_falls_silent_is_given_up_and_asked_again_when_it_is_back(relay: Relay) -> None:
    with opened(relay.url) as database:

        def write() -> None:
            with database.write() as tx:
                notices.post(tx, "config", "wrong", NOW)
                relay.is_mute = True
                notices.post(tx, "mail", "wrong", NOW)

        with pytest.raises(StoreError, match="no answer for 0 seconds; the server stands still"):
            write()
        relay.is_mute = False
        with database.read() as tx:
            assert tx.execute(text("SELECT count(*) FROM notices")).scalar_one() == 0


def test_a_server_that_falls_silent_while_nobody_asks_costs_one_silence_and_nothing_else(relay: Relay) -> None:
    with opened(relay.url) as database:
        with database.read() as one, database.read() as other:
            assert one.connection.dbapi_connection is not other.connection.dbapi_connection
        relay.strand()
        for _ in range(2):
            with database.read() as one, database.read() as other:
                assert one.connection.dbapi_connection is not other.connection.dbapi_connection
        assert len(relay.unanswered) == 1


def test_what_was_written_before_the_silence_began_with_its_commit_stays_written(relay: Relay) -> None:
    with opened(relay.url) as database:

        def write() -> None:
            with database.write() as tx:
                relay.mute_after = b"COMMIT\0"
                notices.post(tx, "config", "wrong", NOW)

        with pytest.raises(StoreError, match="no answer"):
            write()
        relay.mute_after = None
        with database.read() as tx:
            assert tx.execute(text("SELECT subject FROM notices")).scalars().all() == ["config"]


def test_statements_that_take_longer_than_that_in_all_are_let_be_as_long_as_the_server_speaks(relay: Relay) -> None:
    with opened(relay.url, timedelta(seconds=2)) as database, database.read() as tx:
        for _ in range(4):
            tx.execute(text("SELECT pg_sleep(0.8)"))


def test_a_process_that_is_to_end_has_no_patience_with_silence(relay: Relay) -> None:
    with opened(relay.url, timedelta(hours=1)) as database:
        database.hurry()
        assert database.silence < timedelta(minutes=1)
        database.silence = timedelta(hours=1)
        told: list[str] = []

        def ask() -> None:
            try:
                with database.read() as tx:
                    relay.is_mute = True
                    notices.withdraw(tx, "config")
            except StoreError as error:
                told.append(str(error))

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(timeout=0.5)
        assert not told
        database.silence = SHORT  # while it is waited for
        asking.join(timeout=10)
    assert len(told) == 1


def test_making_the_tables_may_take_as_long_as_it_likes_and_nothing_after_that(postgres_database: Engine) -> None:
    with opened(postgres_database.url.render_as_string(hide_password=False)) as database:
        with postgres_database.connect() as other:
            other.execute(text("SELECT pg_advisory_lock(:number)"), {"number": 0x64696765})
            making = threading.Thread(target=database.migrate)
            making.start()
            making.join(timeout=1)
            assert making.is_alive()
            other.execute(text("SELECT pg_advisory_unlock_all()"))
            making.join(timeout=10)
        assert database.silence == SHORT


def test_status_gives_a_silent_server_up_too(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_SILENCE", SHORT)
    relay.mute_after = b"deliveries"
    with pytest.raises(StoreError, match="no answer"):
        report.deliveries_due(relay.url)


# --- the settings of connections ------------------------------------------------------------------------------------


def parameters(url: str) -> dict[str, str]:
    with postgresql.connect(url, silence=lambda: SHORT) as connection:
        return connection.info.get_parameters()


def test_what_stands_in_the_url_counts_before_what_is_our_choice(postgres_database: Engine) -> None:
    url = postgres_database.url
    ours = parameters(url.render_as_string(hide_password=False))
    assert ours["connect_timeout"] == "10"
    assert ours["tcp_user_timeout"] == "60000"
    wishes = {"connect_timeout": "3", "tcp_user_timeout": "5000", "application_name": "mine"}
    theirs = parameters(url.update_query_dict(wishes).render_as_string(hide_password=False))
    assert wishes.items() <= theirs.items()


def shown(database: Database, setting: str) -> str:
    with database.read() as tx:
        return str(tx.execute(text(f"SHOW {setting}")).scalar_one())


def test_locks_are_waited_for_as_long_as_url_role_or_database_say_else_for_seconds(postgres_database: Engine) -> None:
    url = postgres_database.url
    with opened(url.render_as_string(hide_password=False)) as database:
        assert shown(database, "lock_timeout") == "15s"
        assert shown(database, "idle_in_transaction_session_timeout") == "10min"
    asked = url.update_query_dict({"options": "-clock_timeout=2s"})
    with opened(asked.render_as_string(hide_password=False)) as database:
        assert shown(database, "lock_timeout") == "2s"


def prepared(database: Database) -> int:
    with database.read() as tx:
        for _ in range(10):
            notices.withdraw(tx, "config")
        return int(tx.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def test_behind_a_pooler_nothing_is_prepared_for_its_sessions_are_everybodys(relay: Relay) -> None:
    with opened(relay.url) as database:
        assert prepared(database)
    relay.is_pooler = True
    with opened(relay.url) as database:
        assert not prepared(database)


def test_a_connection_begins_without_options_which_poolers_refuse(postgres_database: Engine) -> None:
    url = postgres_database.url.render_as_string(hide_password=False)
    with opened(url) as database, database.read() as tx:
        raw = tx.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert "options" not in raw.info.get_parameters()


# --- the daemon -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_daemon_whose_server_is_silent_ends_when_it_is_asked_to(
    relay: Relay, tmp_path: Path, feeds: FeedServer, mail: SmtpServer
) -> None:
    url = feeds.put("/news.xml", rss("Wire", [entry(id="1", title="Talks", date=MORNING)]))
    with Instance(home=tmp_path, database=relay.url) as site:
        site.configure(feeds=[url], subscribers=["amal@example.org"], smtp=mail.port)
        daemon = site.start("run", now=MORNING)
        eventually(lambda: "started" in daemon.told)
        relay.is_mute = True
        eventually(lambda: relay.unanswered)
        daemon.process.terminate()
        assert daemon.ended(within=60) == 0, daemon.told
        assert '"stopped"' in daemon.told
