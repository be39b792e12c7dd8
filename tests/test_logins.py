"""The login in the address of a feed is for its server alone: what commands tell has no password in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from feedserver import FeedServer, entry, feed_server, rss

from digest.cli import main
from digest.cli.options import without_logins

POLL = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FEEDS = """\
feeds:
  - {{url: "{address}/wire", name: The Wire}}
  - {{url: "{address}/gone", name: Gone}}
  - {{url: "{address}/twin", name: Twin}}
  - {{url: "{address}/other", name: Twin}}
"""


class Desk:
    """A configuration whose feeds ask for a login, and the commands."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.folder, self.server = folder, server
        self.full = server.address.replace("//", "//joe:hunter2@")
        self.hidden = server.address.replace("//", "//…@")
        self.write(feeds=FEEDS.format(address=server.address.replace("//", "//joe:${FEED_PASSWORD}@")))

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def says(self, *words: str, at: datetime = POLL, status: int = 0) -> str:
        clock = ["--now", at.isoformat()] if words[0] in {"poll", "plan"} else []
        result: Result = CliRunner().invoke(
            main, [*words, *clock, "--config", str(self.folder)], env={"FEED_PASSWORD": "hunter2"}
        )
        assert result.exit_code == status, result.output
        return result.output


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with feed_server() as server:
        folder = tmp_path / "config"
        folder.mkdir()
        made = Desk(folder, server)
        made.write(
            digest="polling: {private_addresses: true, every: 1h}\n",
            topics="topics: {talks: Syria Turkey talks}\n",
            newsletters="newsletters: {m: {title: M, topics: [talks], subscribers: [a@example.org]}}\n",
        )
        server.put("/wire", rss("The Wire", [entry(id="1", title="Rain", date=POLL)]))
        yield made


def archive(desk: Desk) -> None:
    """So many new entries that they are held, of which a notice with a command tells."""
    desk.server.put("/wire", rss("The Wire", [entry(id=f"n{n}", title=f"Report {n}", date=POLL) for n in range(150)]))


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_report_has_the_password_of_a_feed(desk: Desk, words: tuple[str, ...]) -> None:
    told = desk.says("feeds", "list", *words)
    desk.says("poll")
    archive(desk)
    told += desk.says("poll", *words, at=POLL + timedelta(hours=3))
    told += desk.says("feeds", "list", *words) + desk.says("status", *words)
    told += desk.says("status", "--feed", f"{desk.full}/wire", *words)
    desk.write(feeds="feeds: []\n")
    told += desk.says("plan", *words, status=3)
    assert "hunter2" not in told
    assert told.count(f"{desk.hidden}/wire") >= 4
    assert f"`digest feeds release {desk.hidden}/wire`" in told


def test_adding_a_feed_shows_no_password_be_it_added_or_not(desk: Desk) -> None:
    desk.write(feeds="feeds:\n")
    told = desk.says("feeds", "add", f"{desk.full}/wire")
    told += desk.says("feeds", "add", f"{desk.full}/wire", status=1)
    told += desk.says("feeds", "add", f"{desk.full}/nothing", status=1)
    told += desk.says("feeds", "add", f"{desk.full}/later", "--unread")
    assert "hunter2" not in told
    assert told.count(f"added {desk.hidden}/") == 2
    assert f"{desk.full}/wire" in (desk.folder / "feeds.yaml").read_text()


def test_a_feed_may_be_named_in_full_as_it_is_shown_or_by_its_name(desk: Desk) -> None:
    desk.says("poll")
    for meant in (f"{desk.full}/wire", f"{desk.hidden}/wire", "The Wire"):
        assert "1; the last new one" in desk.says("status", "--feed", meant)
        assert "Polled 1 feed (0 ill)" in desk.says("poll", meant)
        assert desk.says("feeds", "release", meant) == "released 0 articles\n"


def test_the_command_that_a_notice_names_works_as_it_is_shown(desk: Desk) -> None:
    desk.says("poll")
    archive(desk)
    desk.says("poll", at=POLL + timedelta(hours=3))
    notice = json.loads(desk.says("status", "--json"))["feeds"]["notices"][0]["notice"]
    _, *command = shlex.split(notice.split("`")[1])
    assert desk.says(*command).startswith("released 50 articles")


@pytest.mark.parametrize("command", [("poll",), ("feeds", "release"), ("status", "--feed")])
def test_a_name_of_no_feed_or_of_several_is_refused(desk: Desk, command: tuple[str, ...]) -> None:
    desk.says("poll")
    assert "has the URL x" in desk.says(*command, "x", status=1)
    assert "several feeds are called Twin" in desk.says(*command, "Twin", status=1)


@pytest.mark.parametrize(
    "text,shown",
    [
        ("https://joe:s3@a.example/x?y=1", "https://…@a.example/x?y=1"),
        ("moved from http://joe@a.example/ to https://b.example/@joe", "moved from http://…@a.example/ to https://b.example/@joe"),
        ("https://a.example?to=joe@b.example", "https://a.example?to=joe@b.example"),
    ],
)  # fmt: skip
def test_only_logins_are_hidden(text: str, shown: str) -> None:
    assert without_logins({"a": [text, 1, None]}) == {"a": [shown, 1, None]}
