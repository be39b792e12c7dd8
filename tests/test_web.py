"""What the daemon's pages say."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families
from records import DAY, HOUR, NOW
from starlette.applications import Starlette
from starlette.types import Message
from test_store import compose, filled, settle, subscribed

from digest import web
from digest.store import notices
from digest.store.engine import Database

EVERY = {"poll": timedelta(seconds=20)}


def get(app: Starlette, path: str) -> tuple[int, str]:
    """One GET request, without a socket."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [], "server": ("127.0.0.1", 80), "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    anyio.run(app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body.decode()


def figures(text: str) -> dict[str, float]:
    """Name and labels → value."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_all_is_well_while_the_ticks_end_well(database: Database, database_url: str) -> None:
    del database
    status, body = get(web.application(database_url, {"poll": NOW}, EVERY, lambda: NOW + HOUR / 2), "/health")
    assert (status, '"ok":true' in body) == (200, True)


def test_a_tick_that_does_not_end_well_is_named(database: Database, database_url: str) -> None:
    del database
    status, body = get(web.application(database_url, {"poll": NOW}, EVERY, lambda: NOW + HOUR), "/health")
    assert status == 503
    assert "`poll` has not ended well since 2026-11-20 04:00:00 UTC" in body


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_a_database_that_cannot_be_read_is_told(path: str) -> None:
    status, body = get(web.application("sqlite:////nowhere/digest.db", {}, EVERY, lambda: NOW), path)
    assert status == 503
    assert "there is no database" in body


def test_the_figures_are_those_of_the_store(database: Database, database_url: str) -> None:
    filled(database, "A", "B")
    compose(database, subscribed(database, "amal@example.org", "jo@example.org"), 1)
    settle(database, "accepted")
    compose(database, subscribed(database, "amal@example.org"), 2, slot=NOW + DAY)
    with database.write() as tx:
        notices.post(tx, "config", "wrong", NOW)
    status, body = get(web.application(database_url, {}, EVERY, lambda: NOW + 3 * DAY), "/metrics")
    told = figures(body)
    assert status == 200
    assert told["digest_deliveries accepted"] == 2
    assert told["digest_deliveries queued"] == 1
    assert told["digest_attempts_total accepted"] == 2
    assert told["digest_articles done"] == 2
    assert told["digest_feeds well"] == 1
    assert told["digest_configuration_valid"] == 0
    assert told["digest_oldest_waiting_delivery_seconds"] == 3 * 86400
    assert told["digest_most_overdue_edition_seconds"] == 86400
    assert "amal" not in body


def test_every_metric_of_the_handbook_exists(database: Database, database_url: str) -> None:

    del database
    handbook = (Path(__file__).parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bdigest_[a-z_]+", handbook))
    _, body = get(web.application(database_url, {}, EVERY, lambda: NOW), "/metrics")
    assert named
    assert named <= {key.split()[0] for key in figures(body)}
