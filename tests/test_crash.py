"""SIGKILL at any moment loses nothing, and repeats only what was on its way.

Killed while sending: every recipient has the mail in the end, a repeat is one of those that were in flight at a kill
and bears the same Message-ID, and the ledger agrees with the record that the mail server kept. Killed while polling,
matching, grouping or composing: in the end there is exactly what an undisturbed run makes of the same feeds.

Moments are chosen by progress (of the server's record, of the database) and a random wait after it, from a seed.
Leases go by `--now`, so a restart is given a clock that lies behind them.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from feedserver import FeedServer, entry, feed_server, rss
from instance import JUST_AFTER, MORNING, SLOT, Instance, Lines, MailServer, Run, eventually, mail_server
from smtpserver import read_record
from sqlalchemy import text

from digest import config, pipeline
from digest.store import outbox
from digest.store.engine import open_database

CONNECTIONS = 4
BEHIND_LEASES = timedelta(minutes=16)
"""Deliveries in flight are leased for 15 minutes, all that the later steps claim for less."""
BEHIND_POLLS = timedelta(minutes=41)
SEED = 20261120
PATIENCE = 100.0
"""Seconds that a run may take on a busy machine to come to where it is to be killed."""
HELD_BEHIND = 8
"""So many messages after the last one that a kill waits for, the mail server answers no more of them."""
IN_DIALOGUE, AFTER_DOT, AFTER_ANSWER = "in the middle of DATA", "between dot and answer", "between answer and record"


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Instance]:
    with Instance(home=tmp_path, database=database_url) as instance:
        yield instance


# --- killed while sending -------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Sending:
    """A run of kills over one edition on its way to all its subscribers."""

    site: Instance
    server: MailServer
    subscribers: int
    now: datetime = SLOT + JUST_AFTER
    kills: int = 0
    in_flight: Counter[str] = field(default_factory=Counter)
    """Message-ID → at how many kills it was being handed over."""
    moments: Counter[str] = field(default_factory=Counter)
    """Where in the dialogue the deliveries in flight were."""

    def __post_init__(self) -> None:
        self._record, self._answers = Lines(path=self.server.record), Lines(path=self.server.answers)

    def kill_after(self, progress: int, wait: float) -> None:
        """Starts, and kills a while after the server has taken so many messages, this run one of them at least."""
        wanted = min(max(progress, len(self._record) + 1), self._last())
        run = self._start(min(wanted + HELD_BEHIND, self._last()))
        eventually(lambda: len(self._record) >= wanted or run.exit_status is not None, within=PATIENCE)
        time.sleep(wait)  # no synchronisation: it spreads the kills over the dialogue
        self._kill(run)
        assert len(self._look()) <= CONNECTIONS, "no more are in flight than there are connections"

    def kill_between_answer_and_record(self, progress: int) -> None:
        """Starts, and kills when every connection has an answer that cannot be recorded."""
        run = self._start(min(max(progress, len(self._record) + 1), self._last()))
        eventually(lambda: self.server.held_back() == CONNECTIONS or run.exit_status is not None, within=PATIENCE)
        with nobody_else_writes(self.site):
            self.server.release()
            eventually(lambda: self._unanswered() == 0)
            self._kill(run)
        assert len(self._look()) == CONNECTIONS

    def _last(self) -> int:
        """How long the record may become while there is one message left for each connection."""
        settled = self.site.count("deliveries WHERE state = 'accepted'")
        return len(self._record) + self.subscribers - settled - CONNECTIONS + 1

    def _start(self, hold: int) -> Run:
        """A run that cannot come to its end: it gets no answer once the record is so long."""
        self._began = len(self._record), len(self._answers)
        self.server.hold(hold)
        return self.site.start("once", now=self.now)

    def _unanswered(self) -> int:
        """How many messages of this run the server has taken and not answered."""
        taken, answered = self._began
        return (len(self._record) - taken) - (len(self._answers) - answered)

    def _kill(self, run: Run) -> None:
        """Notes how far the server had come by then."""
        assert run.exit_status is None, run.told
        self._came = len(self._record), len(self._answers)
        run.kill()
        self.server.release()
        self.kills += 1
        self.now += BEHIND_LEASES

    def _look(self) -> list[str]:
        """After a kill: gives the Message-IDs of what was in flight, and counts them."""
        eventually(lambda: self.site.has_settled() and self.server.is_idle())
        caught = [message_id for (message_id,) in self.site.rows(_SENDING)]
        (taken_from, answered_from), (taken_to, answered_to) = self._began, self._came
        taken = {message.message_id for message in read_record(self.server.record)[taken_from:taken_to]}
        answered = self.server.answers.read_text().split()[answered_from:answered_to]
        for message_id in caught:
            was_taken = AFTER_DOT if message_id in taken else IN_DIALOGUE
            self.moments[AFTER_ANSWER if message_id in answered else was_taken] += 1
        self.in_flight.update(caught)
        return caught


_SENDING = "SELECT message_id FROM deliveries WHERE state = 'sending'"


def prepare(site: Instance, feeds: FeedServer, server: MailServer, subscribers: int, **delivery: object) -> Sending:
    """An article that matched, and so many subscribers whose slot is about to come."""
    url = feeds.put("/news.xml", rss("Wire", [entry(id="1", title="Syria and Turkey hold talks", date=MORNING)]))
    people = [f"reader{n}@example.org" for n in range(subscribers)]
    site.configure(feeds=[url], subscribers=people, smtp=server.port, delivery=delivery)
    site.once(MORNING)
    return Sending(site=site, server=server, subscribers=subscribers)


def check_the_books(sending: Sending) -> int:
    """Nothing lost, nothing repeated but what was in flight, ledger and server agree; gives the repeats."""
    site = sending.site
    deliveries = site.rows(
        "SELECT d.id, d.message_id, s.address, d.state, d.attempts FROM deliveries d"
        " JOIN subscribers s ON s.id = d.subscriber_id"
    )
    attempts: dict[int, list[str]] = {}
    for delivery_id, outcome in site.rows("SELECT delivery_id, outcome FROM attempts ORDER BY id"):
        attempts.setdefault(delivery_id, []).append(outcome)
    assert {state for _, _, _, state, _ in deliveries} == {"accepted"}
    assert len(deliveries) == sending.subscribers
    received = Counter((m.message_id, *m.recipients) for m in read_record(sending.server.record))
    assert set(received) == {(message_id, address) for _, message_id, address, _, _ in deliveries}
    for delivery_id, message_id, address, _, handed_over in deliveries:
        cut_off = sending.in_flight[message_id]
        assert attempts[delivery_id] == ["unsure"] * cut_off + ["accepted"]
        assert handed_over == cut_off + 1
        assert 1 <= received[message_id, address] <= cut_off + 1
    return received.total() - len(received)


def kill_and_restart(
    site: Instance, feeds: FeedServer, server: MailServer, *, subscribers: int, kills: int
) -> Sending:
    """So many kills, spread at random over the sending of one edition; then a run to the end, and the books.

    Every fourth hits between answer and record.
    """
    sending = prepare(site, feeds, server, subscribers)
    random = Random(SEED)
    for number, progress in enumerate(sorted(random.sample(range(1, int(subscribers * 0.75)), kills)), start=1):
        if number % 4 == 0:
            sending.kill_between_answer_and_record(progress)
        else:
            sending.kill_after(progress, random.uniform(0, 0.03))
    site.once(sending.now)
    repeats = check_the_books(sending)
    caught = sending.in_flight.total()
    print(f"{sending.kills} kills, {caught} in flight {dict(sending.moments)}, {repeats} repeats")  # noqa: T201 - shown by -s
    assert 0 < repeats <= caught <= CONNECTIONS * kills
    return sending


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_kills_while_sending_lose_no_message_and_repeat_only_what_was_in_flight(
    site: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    with mail_server(tmp_path, delay_in_data=0.01, delay_after_dot=0.01) as server:
        kill_and_restart(site, feeds, server, subscribers=60, kills=4)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_deliveries_survive_twenty_kills(site: Instance, feeds: FeedServer, tmp_path: Path) -> None:
    with mail_server(tmp_path, delay_in_data=0.005, delay_after_dot=0.005) as server:
        sending = kill_and_restart(site, feeds, server, subscribers=1000, kills=20)
    assert set(sending.moments) == {IN_DIALOGUE, AFTER_DOT, AFTER_ANSWER}


def test_a_kill_between_answer_and_record_leaves_the_delivery_unsure_and_it_is_sent_again(
    site: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as server:
        sending = prepare(site, feeds, server, 12)
        sending.kill_between_answer_and_record(3)
        assert sending.moments == {AFTER_ANSWER: CONNECTIONS}
        site.once(sending.now)
        assert check_the_books(sending) == CONNECTIONS


def test_what_cannot_be_recorded_because_the_database_fails_becomes_unsure(
    site: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as server:
        prepare(site, feeds, server, 2)
    database = open_database(site.database)
    room = pipeline.build(config.load(site.folder, {}), lambda: SLOT, database=database)
    pipeline.compose(room)
    later = SLOT + BEHIND_LEASES
    with database.write() as tx:
        first, _ = outbox.claim(tx, room.claim(BEHIND_LEASES), states=["queued"], limit=2)
        assert outbox.begin(tx, first.id, room.claim(BEHIND_LEASES))
        outbox.release(tx, room.owner)  # what a run does at its end, also when the outcome could not be recorded
        assert outbox.mark_unsure(tx, SLOT) == 0
        assert outbox.mark_unsure(tx, later) == 1
    assert sorted(site.rows("SELECT state FROM deliveries")) == [("queued",), ("unsure",)]
    database.close()


def test_what_cannot_be_recorded_at_once_is_recorded_when_the_database_is_back_and_sent_once(
    site: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    database = open_database(site.database, patience=timedelta(seconds=1))
    with mail_server(tmp_path) as server, ThreadPoolExecutor(1) as pool:
        prepare(site, feeds, server, CONNECTIONS)
        room = pipeline.build(config.load(site.folder, {}), lambda: SLOT, database=database)
        pipeline.compose(room)
        server.hold(1)
        sending = pool.submit(pipeline.send, room)
        eventually(lambda: server.held_back() == CONNECTIONS)
        with nobody_else_writes(site):
            server.release()
            eventually(lambda: len(Lines(path=server.answers)) == CONNECTIONS)
            time.sleep(1.5)  # longer than a transaction waits
        assert sending.result(timeout=60).accepted == CONNECTIONS
    assert site.rows("SELECT state, attempts FROM deliveries") == [("accepted", 1)] * CONNECTIONS
    assert site.count("attempts") == CONNECTIONS
    database.close()


@contextmanager
def nobody_else_writes(site: Instance) -> Iterator[None]:
    """Holds the lock that writing a delivery needs."""
    if site.database.startswith("sqlite"):
        with closing(sqlite3.connect(site.database.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute("PRAGMA busy_timeout=10000")
            file.execute("BEGIN IMMEDIATE")
            yield
        return
    with site.connection() as connection:
        connection.execute(text("LOCK TABLE deliveries IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


@pytest.mark.slow
def test_what_is_unsure_is_held_where_the_operator_says_so(site: Instance, feeds: FeedServer, tmp_path: Path) -> None:
    with mail_server(tmp_path, delay_in_data=0.01, delay_after_dot=0.02) as server:
        sending = prepare(site, feeds, server, 20, when_unsure="hold")
        sending.kill_after(8, 0.005)
        site.once(sending.now)
        site.once(sending.now + BEHIND_LEASES)
        states = dict(site.rows("SELECT message_id, state FROM deliveries"))
        assert {message_id for message_id, state in states.items() if state == "unsure"} == set(sending.in_flight)
        assert set(states.values()) == {"accepted", "unsure"}
        received = Counter(message.message_id for message in read_record(server.record))
        assert set(received.values()) == {1}
        assert {message_id for message_id, state in states.items() if state == "accepted"} <= set(received)
        told = site.status()
        assert told["deliveries"]["unsure"] == sending.in_flight.total()
        assert {row["state"] for row in told["troubles"]} == {"unsure"}


# --- killed before anything is sent ---------------------------------------------------------------------------------

OUTLETS = 24
ENTRIES = 40
"""Of each outlet, half of them about the talks; every fifth event is reported by all outlets."""


def publish(feeds: FeedServer, issue: int) -> list[str]:
    """Puts the issue's entries into the feeds, besides those of the issues before."""
    urls = []
    for outlet in range(OUTLETS):
        entries = [
            entry(
                id=f"{issue}-{outlet}-{n}",
                title=f"Syria and Turkey hold talks, round {issue}-{n if n % 10 == 0 else f'{outlet}-{n}'}"
                if n % 2 == 0
                else f"Rain in the north, {issue}-{outlet}-{n}",
                link=f"https://outlet{outlet}.example/{issue}/{n}",
                summary=f"<p>What was said in hour {n}.</p>" * 20,
                date=MORNING + timedelta(days=issue, minutes=-n, seconds=-outlet),
            )
            for n in range(ENTRIES)
        ]
        urls.append(feeds.put(f"/{outlet}.xml", rss(f"Outlet {outlet}", entries)))
    return urls


def result(site: Instance) -> dict[str, list[Any]]:
    """All that the steps have made, without ids and instants, which may differ.

    Nor scores and what goes by them, as which stories are in and which over the cap: scores depend on what the topic
    met before, and feeds are polled in no order.
    """
    articles = "articles a JOIN feeds f ON f.id = a.feed_id"
    members: dict[int, list[str]] = {}
    for story_id, entry_id in site.rows("SELECT story_id, entry_id FROM articles WHERE story_id IS NOT NULL"):
        members.setdefault(story_id, []).append(entry_id)
    return {
        "articles": sorted(site.rows(f"SELECT f.name, a.entry_id, a.title, a.content_hash, a.held FROM {articles}")),
        "matches": sorted(
            site.rows(
                f"SELECT f.name, a.entry_id, m.topic_id, m.evidence FROM {articles}"
                " JOIN matches m ON m.article_id = a.id"
            )
        ),
        "stories": sorted(sorted(entries) for entries in members.values()),
        "stories without articles": site.rows(
            "SELECT id FROM stories WHERE id NOT IN (SELECT story_id FROM articles WHERE story_id IS NOT NULL)"
        ),
        "editions": sorted(
            (slot_at, state, subscribers, len(stories_of(site, edition)))
            for edition, slot_at, state, subscribers in site.rows(
                "SELECT id, slot_at, state, subscribers FROM editions"
            )
        ),
        "sent or left out with a reason": sorted(sorted(members[story]) for story in accounted_for(site)),
        "deliveries": sorted(
            site.rows(
                "SELECT s.address, d.slot_at, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
            )
        ),
        "leases": site.rows("SELECT name FROM leases WHERE until > 0"),
    }


def stories_of(site: Instance, edition: int) -> list[int]:
    return [story for (story,) in site.rows(f"SELECT story_id FROM edition_stories WHERE edition_id = {edition}")]


def accounted_for(site: Instance) -> set[int]:
    editions = site.rows("SELECT id, left_out FROM editions")
    return {
        story
        for edition, left_out in editions
        for story in (*stories_of(site, edition), *map(int, json.loads(left_out)))
    }


def moments(site: Instance, feeds: FeedServer) -> list[Callable[[], object]]:
    """Conditions that hold while the program is at one of its steps."""
    asked = len(feeds.requests)
    return [
        lambda: len(feeds.requests) > asked,
        lambda: len(feeds.requests) > asked + OUTLETS // 2,
        lambda: site.count("articles WHERE lease_owner IS NOT NULL AND matched_with = 0"),
        lambda: site.count("articles WHERE matched_with > 0 AND story_id IS NULL"),
        lambda: site.count("leases WHERE name = 'grouping'"),
        lambda: site.count("leases WHERE name = 'composing'"),
    ]


def wait_for_step(reached: Callable[[], object], run: Run) -> None:
    """Or for the end, where the step was over too soon to be seen."""
    eventually(lambda: reached() or run.exit_status is not None)


def work(site: Instance, feeds: FeedServer, smtp: int, *, kills: int) -> int:
    """Works through issue after issue; with kills, at least so many of them. Gives how many there were."""
    random = Random(SEED)
    done = 0
    for issue in range(ISSUES):
        urls = publish(feeds, issue)
        if issue == 0:
            for known in ([], urls):  # first without feeds: only the due times are settled
                people = ["amal@example.org", "jo@example.org"]
                site.configure(feeds=known, subscribers=people, smtp=smtp, max_stories=200)
                if not known:
                    site.once(MORNING)
        now = SLOT + timedelta(days=issue) + JUST_AFTER
        for step in sorted(random.choices(range(6), k=kills)):
            run = site.start("once", now=now)
            wait_for_step(moments(site, feeds)[step], run)
            time.sleep(random.uniform(0, 0.02))  # no synchronisation: it spreads the kills over the step
            if run.exit_status is None:
                run.kill()
                eventually(site.has_settled)
                done += 1
                now += BEHIND_POLLS
        site.once(now)
    return done


ISSUES = 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_before_anything_is_sent_change_nothing_of_what_comes_out(
    site: Instance, feeds: FeedServer, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as server, feed_server() as others, undisturbed(site, tmp_path) as calm:
        work(calm, others, server.port, kills=0)
        wanted = result(calm)
        done = work(site, feeds, server.port, kills=5)
    print(f"{done} kills")  # noqa: T201 - shown by -s
    assert done >= 10
    assert len(wanted["articles"]) == ISSUES * OUTLETS * ENTRIES
    assert len(wanted["matches"]) == len(wanted["articles"]) // 2
    assert len(wanted["deliveries"]) == ISSUES * 2
    for what, rows in result(site).items():
        assert rows == wanted[what], what


@contextmanager
def undisturbed(site: Instance, folder: Path) -> Iterator[Instance]:
    """Another instance, on SQLite: what comes out does not depend on the kind of database."""
    home = folder / "undisturbed"
    home.mkdir()
    with Instance(home=home, database=f"sqlite:///{home}/digest.db") as calm:
        yield calm
