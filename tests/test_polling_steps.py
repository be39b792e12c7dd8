"""The step `poll` between many feeds: crowds, hosts that want to be left alone, and what an operator reads of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from feedserver import entry, rss
from records import HOUR, NOW
from sqlalchemy import select
from world import World, world

from digest import __version__, pipeline
from digest.cli import main
from digest.settings import Feed
from digest.store import report
from digest.store.schema import feeds

DOCUMENT = rss("Wire", [entry(id="a", title="A", link="https://wire.example/a")])


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    with world(tmp_path, f"sqlite:///{tmp_path}/digest.db") as made:
        yield made


def configured(here: World, count: int) -> list[Feed]:
    """So many feeds on one server."""
    feeds = [Feed(url=here.server.put(f"/{n}", DOCUMENT), name=str(n)) for n in range(count)]
    here.change(feeds=tuple(feeds))
    return feeds


def polled(here: World, hours: float, *, spread: bool = True) -> int:
    with here.room(NOW + HOUR * hours) as room:
        pipeline.apply(room)
        return pipeline.poll(room, spread=spread).feeds


def test_few_feeds_are_polled_at_once_even_at_the_first_start(here: World) -> None:
    configured(here, 5)
    assert polled(here, 0) == 5


def test_of_many_hosts_no_more_than_a_few_are_asked_at_once(here: World) -> None:
    here.change(feeds=tuple(Feed(url=f"http://127.0.1.{n}:9/", name=str(n)) for n in range(1, 50)))
    assert polled(here, 0) == 32
    assert sum(polled(here, minutes / 60) for minutes in range(5, 31, 5)) >= 17


@pytest.mark.slow
def test_many_new_feeds_are_polled_over_an_interval(here: World) -> None:
    configured(here, 120)
    assert polled(here, 0) == 5, "more of one host would be a burst to that host"
    later = [polled(here, minutes / 60) for minutes in (5, 10, 15, 20, 25, 30)]
    assert sum(later) >= 115
    assert max(later) < 40


def test_many_feeds_that_are_due_after_a_downtime_are_polled_over_an_interval(here: World) -> None:
    configured(here, 40)
    assert polled(here, 0, spread=False) == 40, "one run does all that is due: nobody knows when the next one comes"
    assert polled(here, 72) == 5
    waiting = [row["wait_reason"] for row in report.feeds(here.settings.database)]
    assert sum("many feeds were due at once" in why for why in waiting) == 35
    assert 0 < polled(here, 72.25) < 35
    assert polled(here, 72.5) > 0


def test_one_run_polls_all_of_a_host_in_portions_that_its_claim_outlasts(here: World) -> None:
    configured(here, 70)
    assert polled(here, 0, spread=False) == 70
    with here.room(NOW) as room:
        assert pipeline.poll(room, urls=[feed.url for feed in here.settings.feeds]).feeds == 70
    with here.database.read() as tx:
        assert not tx.execute(select(feeds.c.id).where(feeds.c.lease_owner.is_not(None))).all()


def test_a_host_that_pauses_is_left_alone_by_feeds_due_in_the_same_batch_and_after_it(here: World) -> None:
    feeds = configured(here, 5)
    for feed in feeds:
        here.server.put(f"/{feed.name}", b"", status=429, headers={"Retry-After": "7200"})
    assert polled(here, 0) == 1
    assert len(here.server.requests) == 1
    told = [row for row in report.feeds(here.settings.database) if row["problem"] is None]
    assert len(told) == 4
    assert all("answered 429" in row["wait_reason"] and row["next_poll_at"] >= NOW + 2 * HOUR for row in told)
    assert polled(here, 1.9) == 0
    assert len(here.server.requests) == 1


def test_a_feed_named_by_the_operator_is_polled_before_its_time_but_not_against_its_host(here: World) -> None:
    [feed] = configured(here, 1)
    assert polled(here, 0) == 1
    with here.room(NOW + HOUR / 60) as room:
        assert pipeline.poll(room, urls=[feed.url]).feeds == 1
    here.server.put("/0", b"", status=503, headers={"Retry-After": "7200"})
    assert polled(here, 12) == 1
    with here.room(NOW + 13 * HOUR) as room:
        assert pipeline.poll(room, urls=[feed.url]).feeds == 0
        [pause] = pipeline.pauses(room, [feed.url]).values()
    assert (pause.until, "503" in pause.reason) == (NOW + 14 * HOUR, True)


@pytest.mark.parametrize(
    "site, contact, told",
    [
        ("https://news.example.org", "ops@example.org", " (+https://news.example.org; ops@example.org)"),
        ("https://news.example.org", "", " (+https://news.example.org)"),
        ("http://localhost", "ops@example.org", " (+ops@example.org)"),
        ("http://localhost", "", ""),
    ],
)
def test_the_user_agent_says_what_the_operator_has_said(here: World, site: str, contact: str, told: str) -> None:
    settings = here.settings
    here.change(site=replace(settings.site, url=site), polling=replace(settings.polling, contact=contact, every=HOUR))
    configured(here, 1)
    polled(here, 0)
    assert [request.headers["user-agent"] for request in here.server.requests] == [f"Digest/{__version__}{told}"]


def test_status_of_a_feed_tells_why_the_next_poll_is_when_it_is(tmp_path: Path, here: World) -> None:
    headers = {"Cache-Control": "max-age=14400", "ETag": 'W/"one"'}
    body = rss("Wire", [], extra="<ttl>60</ttl><skipDays><day>Sunday</day></skipDays>")
    url = here.server.put("/wire", body, headers=headers)
    polled(here, 0)
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "digest.yaml").write_text(f"database: sqlite:///{tmp_path}/digest.db\n")
    (folder / "feeds.yaml").write_text(f"feeds: [{url}]\n")
    (folder / "topics.yaml").write_text("topics: {talks: talks}\n")
    (folder / "newsletters.yaml").write_text("newsletters: {}\n")

    def told(*words: str) -> str:
        result = CliRunner().invoke(main, ["status", "--config", str(folder), *words])
        assert result.exit_code == (0 if url in words else 1), result.output
        return result.output

    said = told("--feed", url)
    assert "its server asks for 4 h (Cache-Control or Expires)" in said
    assert "4 h (Cache-Control or Expires), 1 h (ttl), not on Sunday GMT (skipDays)" in said
    assert 'ETag W/"one"' in said
    assert json.loads(told("--feed", url, "--json"))["wishes"] == {"fresh": 14400, "ttl": 3600, "skip_days": [6]}
    assert "no stored feed has the URL https://other.example/" in told("--feed", "https://other.example/")
