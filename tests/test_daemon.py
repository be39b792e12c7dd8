"""The daemon as a process: feeds over real HTTP, mail over real SMTP, signals, reloading, its pages; and what an
operator sees when the disk is full, the database locked or a template broken.

Nothing waits for an hour to come: the daemon is started with a clock shortly before or after what is to happen, and
started again with a later one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from feedserver import FeedServer, entry, rss
from hubserver import hub_server
from instance import JUST_AFTER, MORNING, SLOT, Instance, Run, eventually, free_port, titles
from prometheus_client.parser import text_string_to_metric_families
from smtpserver import SmtpServer

from digest import config, pipeline, worker
from digest.errors import StoreError
from digest.store.engine import open_database

pytestmark = pytest.mark.slow  # a dozen daemons started and stopped; test_end_to_end.py runs one always

DAY = timedelta(days=1)
TALKS = "Syria and Turkey hold talks"
BORDER = "Turkey: border talks with Syria end"
RECIPE = "How to roast a turkey"


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path) -> Iterator[Instance]:
    """On SQLite."""
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    with Instance(home=tmp_path, database=f"sqlite:///{tmp_path}/digest.db") as instance:
        yield instance


@pytest.fixture
def site_of_each_kind(tmp_path: Path, database_url: str) -> Iterator[Instance]:
    with Instance(home=tmp_path, database=database_url) as instance:
        yield instance


def publish(feeds: FeedServer, *told: str, path: str = "/news.xml") -> str:
    """Puts a feed with these titles, each with its title as identity."""
    return feeds.put(path, rss("Wire", [entry(id=title, title=title, date=MORNING) for title in told]))


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and body of a page of the daemon; status 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


def nothing_is_claimed(site: Instance) -> bool:
    claimed = (f"{table} WHERE lease_owner IS NOT NULL" for table in ("feeds", "articles", "deliveries"))
    return not any(map(site.count, (*claimed, "leases")))


def stop(site: Instance, daemon: Run) -> None:
    """SIGTERM, and what must hold after it."""
    assert daemon.stop() == 0, daemon.told
    assert '"stopped"' in daemon.told
    assert nothing_is_claimed(site)
    assert not site.count("deliveries WHERE state = 'sending'")


# --- from feeds to inboxes ------------------------------------------------------------------------------------------


SQLITE_ALWAYS = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@SQLITE_ALWAYS
def test_two_polls_and_two_slots_bring_two_digests(
    site_of_each_kind: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    site, port = site_of_each_kind, free_port()
    url = publish(feeds, TALKS, RECIPE)
    web = {"listen": f"127.0.0.1:{port}"}
    site.configure(feeds=[url], subscribers=["amal@example.org"], smtp=mail.port, main={"web": web})

    daemon = site.start("run", now=MORNING)
    eventually(lambda: site.count("articles") == 2)
    stop(site, daemon)
    assert not mail.messages

    daemon = site.start("run", now=SLOT + JUST_AFTER, fresh=True)
    eventually(lambda: site.count("deliveries WHERE state = 'accepted'") == 1)
    eventually(lambda: ask(port, "/health")[0] == 200)
    check_pages(site, port)
    stop(site, daemon)

    publish(feeds, BORDER, TALKS, RECIPE)
    daemon = site.start("run", now=SLOT + DAY - timedelta(minutes=15))
    eventually(lambda: site.count("articles") == 3)
    stop(site, daemon)
    daemon = site.start("run", now=SLOT + DAY + JUST_AFTER)
    eventually(lambda: site.count("deliveries WHERE state = 'accepted'") == 2)
    stop(site, daemon)

    digests = [titles(message.data, [TALKS, BORDER, RECIPE]) for message in mail.messages]
    assert [sorted(set(found)) for found in digests] == [[TALKS], [BORDER]]
    assert {message.recipient for message in mail.messages} == {"amal@example.org"}


def test_the_password_in_the_address_of_a_feed_is_in_no_log(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    url = publish(feeds, TALKS).replace("://", "://joe:${FEED_PASSWORD}@")
    site.environment["FEED_PASSWORD"] = "hunter2"
    site.configure(feeds=[url], subscribers=["amal@example.org"], smtp=mail.port)
    daemon = site.start("run", now=MORNING)
    eventually(lambda: "polled" in daemon.told)
    stop(site, daemon)
    assert url.replace("joe:${FEED_PASSWORD}", "…") in daemon.told
    assert "hunter2" not in daemon.told


def check_pages(site: Instance, port: int) -> None:
    """That the daemon's pages say what the store holds."""
    status, body = ask(port, "/health")
    assert (status, json.loads(body)["ok"]) == (200, True)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(ask(port, "/metrics")[1])
        for sample in family.samples
    }
    told = site.status()
    assert told["deliveries"] == {"accepted": 1}
    assert samples["digest_deliveries", "accepted"] == 1
    assert samples["digest_deliveries", "queued"] == samples["digest_deliveries", "sending"] == 0
    assert samples["digest_feeds", "ill"] == told["feeds"]["ill"] == 0
    assert samples["digest_feeds", "well"] == told["feeds"]["total"] == 1
    assert sum(n for (name, *_), n in samples.items() if name == "digest_articles") == told["articles"]["total"] == 2


@pytest.mark.slow
def test_a_slot_that_comes_while_it_runs_is_served(
    site_of_each_kind: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    site = site_of_each_kind
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    daemon = site.start("run", now=SLOT - timedelta(seconds=5))
    eventually(lambda: mail.messages, within=60)
    eventually(lambda: site.count("deliveries WHERE state = 'accepted'"))
    stop(site, daemon)
    assert TALKS in titles(mail.messages[0].data, [TALKS])


@pytest.mark.slow
def test_what_is_in_flight_at_sigterm_is_finished_and_the_rest_goes_out_later(
    site_of_each_kind: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    from instance import Lines, mail_server
    from smtpserver import read_record

    site = site_of_each_kind
    people = [f"reader{n}@example.org" for n in range(200)]
    with mail_server(tmp_path, delay_in_data=0.02, delay_after_dot=0.05) as server:
        site.configure(feeds=[publish(feeds, TALKS)], subscribers=people, smtp=server.port)
        site.once(MORNING)
        taken = Lines(path=server.record)
        daemon = site.start("run", now=SLOT + JUST_AFTER)
        eventually(lambda: len(taken) >= 20)
        stop(site, daemon)
        assert 20 <= site.count("deliveries WHERE state = 'accepted'") == len(taken) < 200
        site.once(SLOT + timedelta(minutes=1))
        assert sorted(m.recipient for m in read_record(server.record)) == sorted(people)


def test_feeds_that_do_not_answer_do_not_hold_up_the_end(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    mute = feeds.hang("/mute")
    patient = {"private_addresses": True, "timeout": "5m"}  # longer than its end is waited for
    site.configure(feeds=[mute], subscribers=["amal@example.org"], smtp=mail.port, main={"polling": patient})
    daemon = site.start("run", now=MORNING)
    feeds.wait_for(1)
    assert daemon.stop() == 0
    assert site.count("feeds WHERE lease_owner IS NOT NULL") == 0


# --- hubs -----------------------------------------------------------------------------------------------------------


def test_a_daemon_that_hubs_can_reach_is_pushed_and_renews_its_leases(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    """`digest run` from the request at the hub to the mail, with a process of its own for each day."""
    port = free_port()
    web = {"listen": f"127.0.0.1:{port}", "public_url": f"http://127.0.0.1:{port}"}
    with hub_server() as hub:
        url = feeds.put("/news.xml", rss("Wire", []), headers={"Link": f'<{hub.address}>; rel="hub"'})
        site.configure(feeds=[url], subscribers=["amal@example.org"], smtp=mail.port, main={"web": web})
        site.once(MORNING)
        assert hub.asked == [], "where nobody listens no hub is asked to push"

        daemon = site.start("run", now=MORNING + timedelta(minutes=1), fresh=True)
        eventually(lambda: hub.verified)
        assert hub.verified == [(200, b"<b>a challenge</b>")]
        pushed = rss("Wire", [entry(id=TALKS, title=TALKS, date=MORNING)])
        forged = rss("Wire", [entry(id=BORDER, title=BORDER, date=MORNING)])
        assert hub.push(forged, secret="guessed") == (200, b"")
        assert hub.push(pushed) == (200, b"")
        assert site.rows("SELECT title FROM articles") == [(TALKS,)]
        assert hub.callback.rpartition("/")[2] not in daemon.told
        stop(site, daemon)

        daemon = site.start("run", now=SLOT + JUST_AFTER)
        eventually(lambda: site.count("deliveries WHERE state = 'accepted'") == 1)
        stop(site, daemon)
        assert TALKS in titles(mail.messages[0].data, [TALKS, BORDER])
        assert len(hub.asked) == 1

        daemon = site.start("run", now=MORNING + 8 * DAY + timedelta(minutes=2))
        eventually(lambda: len(hub.verified) == 2)
        assert hub.asked[0] == hub.asked[1]
        assert hub.push(pushed) == (200, b"")
        assert site.rows("SELECT title FROM articles") == [(TALKS,)]
        stop(site, daemon)
        [(left,)] = site.rows("SELECT expires_at FROM hubs")
        assert left > (MORNING + 18 * DAY).timestamp() * 1000


# --- trouble --------------------------------------------------------------------------------------------------------


def test_a_mail_server_that_is_down_delays_mail_and_loses_none(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=free_port())
    site.once(MORNING)
    site.once(SLOT + JUST_AFTER)
    told = site.status()
    assert told["deliveries"] == {"queued": 1}
    [notice] = told["notices"]
    assert notice["subject"] == "mail"
    assert "cannot be used" in notice["text"]

    site.configure(feeds=[feeds.url("/news.xml")], subscribers=["amal@example.org"], smtp=mail.port)
    daemon = site.start("run", now=SLOT + timedelta(minutes=10))
    eventually(lambda: site.count("deliveries WHERE state = 'accepted'"))
    stop(site, daemon)
    assert [message.recipient for message in mail.messages] == ["amal@example.org"]
    told = site.status()
    assert told["deliveries"] == {"accepted": 1}
    assert not told["notices"]


def test_a_taken_port_is_logged_and_stops_nothing_else(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        site.configure(
            feeds=[publish(feeds, TALKS)],
            subscribers=["amal@example.org"],
            smtp=mail.port,
            main={"web": {"listen": address}},
        )
        site.once(MORNING)
        daemon = site.start("run", now=SLOT + JUST_AFTER)
        eventually(lambda: site.count("deliveries WHERE state = 'accepted'"))
        eventually(lambda: "the address is taken" in daemon.told)
        assert address in daemon.told
        stop(site, daemon)
    assert len(mail.messages) == 1
    assert "Traceback" not in daemon.told


@pytest.mark.parametrize("outlives", [False, True], ids=["as it is", "with nohup"])
def test_a_terminal_that_is_closed_ends_it_as_it_should(site: Instance, *, outlives: bool) -> None:
    site.configure(feeds=[], subscribers=[], smtp=free_port())
    # Said in both cases: the tests themselves may have been started with nohup.
    begin = (
        f"import os, signal, sys; signal.signal(signal.SIGHUP, signal.{'SIG_IGN' if outlives else 'SIG_DFL'});"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", begin, "-m", "digest", "run", "--config", str(site.folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        assert '"started"' in daemon.stderr.readline()
        daemon.send_signal(signal.SIGHUP)
        if outlives:
            with pytest.raises(subprocess.TimeoutExpired):
                daemon.wait(timeout=2)
            daemon.terminate()
        assert daemon.wait() == 0
        assert '"stopped"' in daemon.stderr.read()


@pytest.mark.slow
def test_a_wrong_edit_is_refused_and_told_and_a_right_one_taken_over(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    first, second = publish(feeds, TALKS), publish(feeds, BORDER, path="/second.xml")
    site.configure(feeds=[first], subscribers=["amal@example.org"], smtp=mail.port)
    daemon = site.start("run", now=MORNING)
    eventually(lambda: site.count("articles") == 1)

    site.write("feeds.yaml", "feeds:\n  - url: ftp://nowhere\n")
    eventually(lambda: site.count("notices WHERE subject = 'config'"))
    site.write("topics.yaml", json.dumps({"topics": {"talks": "Syria Turkey talks"}}))  # `status` reads it too
    assert site.rows("SELECT url FROM feeds WHERE removed_at IS NULL") == [(first,)]
    assert "feeds.yaml:2:" in daemon.told
    [(said,)] = site.rows("SELECT text FROM notices WHERE subject = 'config'")
    assert "the last good one is in use" in said
    assert "feeds.yaml:2:" in said

    site.write("feeds.yaml", {"feeds": [first, second]})
    eventually(lambda: not site.count("notices WHERE subject = 'config'"))
    eventually(lambda: site.count("articles") == 2, within=60)
    stop(site, daemon)


def test_status_tells_of_a_wrong_edit_and_how_things_stand_all_the_same(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    site.once(MORNING)
    site.write("feeds.yaml", "feeds:\n  - url: ftp://nowhere\n")
    run = site.start("status")
    assert run.ended() == 0
    assert "feeds.yaml:2:" in run.told
    assert "keeps its last good one" in run.told
    assert "Outbox" in run.told
    assert "Traceback" not in run.told


def test_status_needs_a_digest_yaml_that_can_be_read(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    site.write("digest.yaml", "databas: sqlite:///x.db\n")
    run = site.start("status")
    assert run.ended() == 1
    assert "digest.yaml:1:1" in run.told


def test_a_broken_template_keeps_its_mail_waiting_and_status_names_its_line(
    site: Instance, feeds: FeedServer, mail: SmtpServer, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    template = own / "digest" / "html.html"
    template.parent.mkdir(parents=True)
    template.write_text("<html>\n<body>{{ edition.nonsense }}</body></html>\n")
    people = ["amal@example.org", "jo@example.org"]
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=people, smtp=mail.port, main={"templates": str(own)})
    site.once(MORNING)
    site.once(SLOT + JUST_AFTER)
    assert not mail.messages
    told = site.status()
    assert told["deliveries"] == {"queued": 2}
    [notice] = told["notices"]
    assert "html.html:2:" in notice["text"]

    template.unlink()
    site.once(SLOT + timedelta(minutes=15))
    assert sorted(message.recipient for message in mail.messages) == people
    assert not site.status()["notices"]


@pytest.mark.slow
def test_an_edit_of_templates_that_were_chosen_while_running_is_taken_over(
    site: Instance, feeds: FeedServer, mail: SmtpServer, tmp_path: Path
) -> None:
    people = ["amal@example.org"]
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=people, smtp=mail.port)
    daemon = site.start("run", now=MORNING)
    eventually(lambda: "started" in daemon.told)
    (tmp_path / "own" / "digest").mkdir(parents=True)
    own = {"templates": str(tmp_path / "own")}
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=people, smtp=mail.port, main=own)
    eventually(lambda: daemon.told.count("configuration reloaded") == 2)  # again, with the folder that it names
    (tmp_path / "own" / "digest" / "subject.txt").write_text("Mine: {{ headline }}\n")
    eventually(lambda: daemon.told.count("configuration reloaded") == 3)
    stop(site, daemon)


@pytest.mark.slow
def test_a_changed_password_file_is_taken_over(
    site: Instance, feeds: FeedServer, mail: SmtpServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("first")
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    main = json.loads((site.folder / "digest.yaml").read_text())
    main["delivery"]["smtp"] |= {"username": "news", "password_file": str(secret)}
    site.write("digest.yaml", main)
    daemon = site.start("run", now=MORNING)
    eventually(lambda: "started" in daemon.told)
    secret.write_text("")
    eventually(lambda: site.count("notices WHERE subject = 'config'"))
    assert f"the password file {secret} is empty" in daemon.told
    secret.write_text("other")
    eventually(lambda: not site.count("notices WHERE subject = 'config'"))
    assert daemon.told.count("configuration reloaded") == 1
    stop(site, daemon)


def test_an_edit_between_the_reading_and_the_watch_is_taken_over(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    """As in `digest run`, with the edit at the worst moment; the process asks itself to end."""
    site.configure(feeds=[], subscribers=["amal@example.org"], smtp=mail.port)
    files = worker.files_of(site.folder)
    read = files(())
    room = pipeline.build(config.load(site.folder, {}), lambda: MORNING, database=open_database(site.database))
    daemon = worker.Daemon(room=room, load=lambda: config.load(site.folder, {}), state_of_files=files, read=read)
    site.configure(feeds=[feeds.url("/news.xml")], subscribers=["amal@example.org"], smtp=mail.port)

    def end_when_seen() -> None:
        with suppress(AssertionError):
            eventually(lambda: daemon.room.settings.feeds, within=10)
        os.kill(os.getpid(), signal.SIGTERM)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(end_when_seen)
        daemon.run(nullcontext())
    assert [feed.url for feed in daemon.room.settings.feeds] == [feeds.url("/news.xml")]


def test_a_database_that_stays_locked_ends_the_step_and_loses_nothing(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    site.once(MORNING)
    impatient = open_database(site.database, patience=timedelta(milliseconds=50))
    room = pipeline.build(config.load(site.folder, {}), lambda: SLOT, database=impatient)
    with closing(sqlite3.connect(site.home / "digest.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked; another process is writing"):
            worker.run_once(room)
    impatient.close()
    site.once(SLOT + JUST_AFTER)
    assert len(mail.messages) == 1


@pytest.mark.slow
def test_a_locked_database_is_told_in_a_sentence(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=["amal@example.org"], smtp=mail.port)
    site.once(MORNING)
    with closing(sqlite3.connect(site.home / "digest.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        run = site.start("once", now=SLOT + JUST_AFTER)
        assert run.ended() == 1
    check_sentence(run, "locked", "another process is writing")
    site.once(SLOT + JUST_AFTER)
    assert len(mail.messages) == 1


def check_sentence(run: Run, *words: str) -> None:
    """That the process said these words in one line, and no traceback."""
    [line] = [line for line in run.told.splitlines() if line.startswith("Error: ")]
    assert all(word in line for word in words), line
    assert "Traceback" not in run.told


def test_a_full_disk_is_told_in_a_sentence_and_made_up_for(
    site: Instance, feeds: FeedServer, mail: SmtpServer
) -> None:
    people = [f"reader{n}@example.org" for n in range(40)]
    site.configure(feeds=[publish(feeds, TALKS)], subscribers=people, smtp=mail.port)
    site.once(MORNING)
    run = site.start("once", now=SLOT + JUST_AFTER, largest_file=400_000)
    assert run.ended() == 1
    check_sentence(run, "cannot be used")
    cut_off = {row[0] for row in site.rows("SELECT message_id FROM deliveries WHERE state = 'sending'")}
    assert 0 < len(mail.messages) < len(people)
    site.once(SLOT + timedelta(minutes=20))
    received = Counter(message.message_id for message in mail.messages)
    assert {message.recipient for message in mail.messages} == set(people)
    assert {message_id for message_id, times in received.items() if times > 1} <= cut_off
    assert site.count("deliveries WHERE state = 'accepted'") == len(people)
