"""The whole way on all captured feeds, as the benchmark goes it: nothing lost, nothing twice, nothing broken."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from smtpserver import read_record

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED = CHECKOUT.parent / "shared"

pytestmark = [pytest.mark.corpus, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", params=["maildir", "smtp"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What the benchmark told, and the folder that it left."""
    folder = tmp_path_factory.mktemp("real")
    command = [sys.executable, str(CHECKOUT / "benchmarks" / "real_input.py"), str(SHARED / "data"), "--json"]
    command += ["--keep", str(folder), *(["--smtp"] if request.param == "smtp" else [])]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout), folder


@pytest.fixture
def told(run: tuple[dict[str, Any], Path]) -> dict[str, Any]:
    return run[0]


@pytest.fixture
def folder(run: tuple[dict[str, Any], Path]) -> Path:
    return run[1]


def ask(folder: Path, place: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / place / "var" / "digest.db")) as connection:
        return connection.execute(statement).fetchall()


def messages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(recipient, bytes) of all that `once` and the daemon sent."""
    for received in read_record(folder / "record.jsonl"):
        yield received.recipient, received.data
    for file in sorted(folder.glob("*/var/outbox/new/*")):
        data = file.read_bytes()
        yield str(message_from_bytes(data, policy=policy.default)["To"]), data


def test_every_feed_is_read_or_its_fault_is_told(told: dict[str, Any], folder: Path) -> None:
    assert told["runs"]["first"]["store"]["unpolled"] == 0
    assert told["runs"]["first"]["store"]["entries"] > 1500
    assert not [problem for problem in told["ill"].values() if "could not be processed" in problem]
    assert told["runs"]["again"]["store"]["ill"] == told["runs"]["first"]["store"]["ill"], "a 304 makes nothing whole"
    assert not [name for name, problem in told["ill"].items() if "timed out" in problem or "answered" in problem]
    for place in ("once", "daemon"):
        assert "Traceback" not in (folder / place / "log").read_text()


@pytest.mark.parametrize("place", ["once", "daemon"])
def test_nothing_is_stuck_on_its_way(folder: Path, place: str) -> None:
    assert not ask(folder, place, "SELECT id, problem FROM articles WHERE held IS NULL AND story_id IS NULL")
    assert not ask(folder, place, "SELECT id, problem FROM articles WHERE problem IS NOT NULL OR attempts > 0")
    assert not ask(folder, place, "SELECT id, text FROM deliveries WHERE state <> 'accepted'")
    assert not ask(folder, place, "SELECT subject, text FROM notices")
    for table in ("feeds", "articles", "deliveries"):
        assert not ask(folder, place, f"SELECT id FROM {table} WHERE lease_owner IS NOT NULL")
    assert not ask(folder, place, "SELECT name FROM leases")


@pytest.mark.parametrize("place", ["once", "daemon"])
def test_every_match_is_in_an_edition_of_every_subscriber_or_left_out_with_a_reason(folder: Path, place: str) -> None:
    matched = ask(
        folder,
        place,
        "SELECT DISTINCT a.story_id FROM matches m JOIN articles a ON a.id = m.article_id WHERE a.held IS NULL",
    )
    assert matched
    accounted: dict[int, set[str]] = {}
    sent = (
        "SELECT d.subscriber_id, e.story_id FROM deliveries d JOIN edition_stories e ON e.edition_id = d.edition_id"
    )
    for subscriber, story in ask(folder, place, sent):
        accounted.setdefault(subscriber, set()).add(str(story))
    left_out = "SELECT d.subscriber_id, e.left_out FROM deliveries d JOIN editions e ON e.id = d.edition_id"
    for subscriber, reasons in ask(folder, place, left_out):
        accounted[subscriber] |= json.loads(reasons).keys()
    assert len(accounted) == 25
    assert [stories for stories in accounted.values() if stories != {str(story) for (story,) in matched}] == []


def test_unchanged_feeds_bring_nothing_and_nobody_gets_a_story_twice(told: dict[str, Any], folder: Path) -> None:
    first, slot, again = (told["runs"][name]["store"] for name in ("first", "slot", "again"))
    for name in ("entries", "matches", "stories"):
        assert first[name] == slot[name] == again[name]
    assert (first["deliveries"], slot["deliveries"], again["deliveries"]) == (0, 25, 25)
    twice = """
        SELECT d.subscriber_id, e.story_id FROM deliveries d JOIN edition_stories e ON e.edition_id = d.edition_id
        GROUP BY d.subscriber_id, e.story_id HAVING count(*) > 1"""
    assert not ask(folder, "once", twice)
    assert not ask(folder, "daemon", twice)
    # Two places with 25 subscribers each, one message for each of them.
    assert Counter(recipient for recipient, _ in messages(folder)) == {
        f"reader{number}@example.org": 2 for number in range(25)
    }


def test_every_message_is_sound(folder: Path) -> None:
    for _, data in messages(folder):
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert not [defect for part in message.walk() for defect in part.defects]
        assert not [defect for value in message.values() for defect in getattr(value, "defects", ())]
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        html = message.get_body(("html",))
        assert html is not None
        assert len(html.get_content().encode()) <= 95_000
        assert b"\n" not in data.replace(b"\r\n", b"") or b"\r\n" not in data, "line ends are of one kind"


def test_the_daemon_keeps_within_its_memory(told: dict[str, Any]) -> None:
    """At most 130 MB resident with these feeds, begun with an empty database: the worst case of the promise."""
    assert told["daemon"]["resident_mb"] <= 130
