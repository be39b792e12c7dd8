"""`digest feeds add` on pages: what it finds, reads, shows, asks and writes."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from feedserver import FeedServer, entry, feed_server, rss

from digest.cli import main

LINK = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
DAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Desk:
    folder: Path
    server: FeedServer

    def add(self, path: str, *words: str) -> Result:
        url = self.server.url(path)
        return CliRunner().invoke(main, ["feeds", "add", url, "--config", str(self.folder), *words])

    def page(self, path: str, *lines: str) -> None:
        html = "<!DOCTYPE html><html><head><title>Harbour Gazette</title>" + "".join(lines)
        self.server.put(path, html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def feed(self, path: str, title: str, *titles: str) -> None:
        links = [f"https://gazette.example/{title}/{number}" for number, _ in enumerate(titles)]
        news = [entry(title=one, link=link, date=DAY) for one, link in zip(titles, links, strict=True)]
        self.server.put(path, rss(title, news))

    @property
    def written(self) -> list[str]:
        lines = (self.folder / "feeds.yaml").read_text(encoding="utf-8").splitlines()
        return [line.replace(self.server.address, "") for line in lines[1:]]

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.server.requests]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with feed_server() as server:
        folder = tmp_path / "config"
        folder.mkdir()
        for name, text in {
            "digest": "polling: {private_addresses: true}\n",
            "feeds": "feeds:  # ours\n",
            "topics": "topics:\n  talks: {name: The talks, watch: [Syria Turkey talks]}\n",
            "newsletters": "newsletters: {m: {title: M, topics: [talks], subscribers: [a@example.org]}}\n",
        }.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        yield Desk(folder=folder, server=server)


def test_the_one_feed_of_a_page_is_read_shown_and_added(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/feed/"))
    desk.feed("/feed/", "Gazette", "Syria and Turkey open talks", "Storm leaves the coast", "Harbour reopens", "More")
    result = desk.add("/", "--tag", "world")
    assert result.exit_code == 0, result.output
    assert result.stdout.replace(desk.server.address, "").splitlines() == [
        "/ (Harbour Gazette) has 1 feed:",
        "Gazette: 4 entries, the newest of 2026-11-20 04:00 UTC, language en",
        "  Syria and Turkey open talks",
        "  Storm leaves the coast",
        "  Harbour reopens",
        "  matches now: The talks 1",
        f"added /feed/ to {desk.folder / 'feeds.yaml'}",
    ]
    assert desk.written == ['  - {url: "/feed/", name: Gazette, tags: [world]}']
    assert desk.asked == ["/", "/feed/"]


def test_an_entry_from_the_future_is_not_the_newest(desk: Desk) -> None:
    dates = (DAY - timedelta(days=3), DAY.replace(year=2099))
    desk.server.put("/feed", rss("Gazette", [entry(title=f"Rain {at:%Y}", date=at) for at in dates]))
    assert "Gazette: 2 entries, the newest of 2026-11-17 04:00 UTC" in desk.add("/feed").stdout


def test_of_several_feeds_none_is_added_but_the_commands_are_told(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/news"), LINK.format("Sport", "/sport"))
    desk.feed("/news", "News", "Rain")
    desk.feed("/sport", "Sport", "Goal")
    result = desk.add("/")
    assert result.exit_code == 1
    assert "1. News: 1 entry" in result.stdout
    assert (
        f"2. Sport: 1 entry, the newest of 2026-11-20 04:00 UTC, language en\n  {desk.server.url('/sport')}\n  Goal"
        in (result.stdout)
    )
    assert f"  digest feeds add {desk.server.url('/sport')}\n" in result.stderr
    assert desk.written == []


def test_what_a_page_calls_its_feeds_is_no_command_to_a_shell(desk: Desk) -> None:
    desk.page("/", LINK.format("A", "/a.rss;reboot"), LINK.format("B", "/rss?c=1&amp;d=$(id)"))
    for path in "/a.rss;reboot", "/rss?c=1&d=$(id)":
        desk.feed(path, path.strip("/"), "Storm")
    told = desk.add("/").stderr.replace(desk.server.address, "").splitlines()
    assert [shlex.split(line) for line in told[1:]] == [
        ["digest", "feeds", "add", "/a.rss;reboot"],
        ["digest", "feeds", "add", "/rss?c=1&d=$(id)"],
    ]
    assert all(line.endswith("'") for line in told[1:])


def test_all_of_several_feeds_are_added_when_asked_for(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/news"), LINK.format("Sport", "/sport"))
    desk.feed("/news", "News", "Rain")
    desk.feed("/sport", "Sport", "Goal")
    assert desk.add("/", "--all", "--name", "X").exit_code == 2
    assert desk.written == []
    assert desk.add("/", "--all").exit_code == 0
    assert desk.written == ['  - {url: "/news", name: News}', '  - {url: "/sport", name: Sport}']


def test_comments_and_the_same_feed_in_another_format_are_no_further_feeds(desk: Desk) -> None:
    desk.page(
        "/", LINK.format("Comments", "/comments/feed"), LINK.format("RSS", "/rss"), LINK.format("Atom", "/atom")
    )
    desk.feed("/rss", "Gazette", "Rain", "Wind")
    desk.feed("/atom", "Gazette", "Rain", "Wind")
    desk.feed("/comments/feed", "Comments", "First!")
    assert desk.add("/").exit_code == 0
    assert desk.written == ['  - {url: "/rss", name: Gazette}']


def test_links_that_lead_to_no_feed_are_passed_over(desk: Desk) -> None:
    desk.page("/blog/", LINK.format("gone", "/gone"), '<a href="/rss-help">RSS</a><a href="/all.rss">all</a>')
    desk.page("/rss-help", "About RSS")
    desk.feed("/all.rss", "Gazette", "Rain")
    assert desk.add("/blog/").exit_code == 0
    assert desk.written == ['  - {url: "/all.rss", name: Gazette}']
    assert desk.asked == ["/blog/", "/gone", "/rss-help", "/all.rss"]


def test_the_usual_places_are_tried_one_after_another_until_there_is_a_feed(desk: Desk) -> None:
    desk.page("/blog/", "Nothing here.")
    desk.feed("/rss.xml", "Gazette", "Rain")
    assert desk.add("/blog/").exit_code == 0
    assert desk.asked == ["/blog/", "/blog/feed", "/feed", "/rss.xml"]
    assert desk.written == ['  - {url: "/rss.xml", name: Gazette}']


@pytest.mark.parametrize("words", [(), ("--unread",)])
def test_an_address_written_for_feed_readers_is_added_as_one_of_the_web(desk: Desk, words: tuple[str, ...]) -> None:
    desk.feed("/news", "News", "Rain")
    address = desk.server.url("/news")
    for spelling in (f"feed:{address}", f"podcast://{address}", address.replace("http", "itpc")):
        (desk.folder / "feeds.yaml").write_text("feeds:\n")
        result = CliRunner().invoke(main, ["feeds", "add", spelling, "--config", str(desk.folder), *words])
        assert result.exit_code == 0, result.output
        assert f"added {address} to" in result.stdout


def test_a_page_without_any_feed_is_told_and_nothing_is_added(desk: Desk) -> None:
    desk.page("/", "Nothing here.")
    result = desk.add("/")
    assert result.exit_code == 1
    assert "this is a web page ('Harbour Gazette') and no feed" in result.stderr
    assert "nothing was added (`--unread` adds it all the same)" in result.stderr
    assert desk.written == []


def test_an_import_names_what_it_leaves_out(desk: Desk) -> None:
    addresses = "https://a.example/f", "javascript:alert(1)", "https://b.example/a b\u202e", "feed://c.example/f"
    outlines = "".join(f"<outline text='x' xmlUrl='{address}'/>" for address in addresses)
    words = ["feeds", "import", "-", "--config", str(desk.folder)]
    result = CliRunner().invoke(main, words, input=f"<opml version='2.0'><body>{outlines}</body></opml>".encode())
    assert "added 2 feeds" in result.stdout
    assert result.stderr.splitlines() == [
        "left out 'javascript:alert(1)': expected an http or https address",
        "left out 'https://b.example/a b\\u202e': expected an http or https address",
    ]


def test_what_is_there_already_is_left_alone(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/news"), LINK.format("Sport", "/sport"))
    desk.feed("/news", "News", "Rain")
    desk.feed("/sport", "Sport", "Goal")
    assert desk.add("/news").exit_code == 0
    assert desk.add("/", "--all").exit_code == 0
    assert desk.written == ['  - {url: "/news", name: News}', '  - {url: "/sport", name: Sport}']
    assert "is there already" in desk.add("/sport").stderr


# --- at a terminal --------------------------------------------------------------------------------------------------


INTERRUPT = b"\x03"
# The terminal has to be the process's own, or an interrupt would be a character like any other; and what was started
# in the background ignores interrupts.
OWN_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, sys.argv[1:])
"""


def at_a_terminal(desk: Desk, path: str, *typed: bytes) -> tuple[int, str]:
    """The command with a terminal of its own: what is typed goes in line by line, each when it is asked for.

    Gives the exit status, and what stood on the terminal. An interrupt is typed until it is heard: Python's `input`
    is deaf between writing its prompt and waiting for the answer.
    """
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "digest", "feeds", "add", desk.server.url(path), "--config", str(desk.folder)]
    command = [sys.executable, "-c", OWN_TERMINAL, *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        shown, lines = b"", list(typed)
        with suppress(OSError):  # how the end of the other side is told
            while process.poll() is None or select.select([ours], [], [], 0)[0]:
                if select.select([ours], [], [], 1)[0]:
                    shown += os.read(ours, 4096)
                    if lines and shown.endswith(b": "):
                        os.write(ours, lines.pop(0))
                elif not lines and typed[-1] == INTERRUPT:
                    os.write(ours, INTERRUPT)
        status = process.wait(timeout=30)
    finally:
        os.close(ours)
        process.kill()
    return status, shown.decode().replace("\r\n", "\n").replace(desk.server.address, "")


def two_feeds(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/news"), LINK.format("Sport", "/sport"))
    desk.feed("/news", "News", "Rain")
    desk.feed("/sport", "Sport", "Goal")


needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")


@needs_terminals
def test_at_a_terminal_one_of_several_feeds_is_chosen_and_a_wrong_answer_asked_again(desk: Desk) -> None:
    two_feeds(desk)
    status, shown = at_a_terminal(desk, "/", b"3\n", b"2\n")
    assert status == 0, shown
    assert shown.index("2. Sport: 1 entry") < shown.index("Add which (a number, or all) (1, 2, all): 3\n")
    assert "'3' is not one of '1', '2', 'all'" in shown
    assert shown.endswith(f"2\nadded /sport to {desk.folder / 'feeds.yaml'}\n")
    assert desk.written == ['  - {url: "/sport", name: Sport}']


@pytest.mark.slow
@needs_terminals
@pytest.mark.parametrize(
    "typed, ends, written",
    [
        (b"all\n", {0}, ['  - {url: "/news", name: News}', '  - {url: "/sport", name: Sport}']),
        (INTERRUPT, {1, -signal.SIGINT}, []),  # a second one may come while it is ending
        (b"\x04", {1}, []),
    ],
    ids=["all", "interrupted", "no answer"],
)
def test_at_a_terminal_all_may_be_chosen_or_none(
    desk: Desk, typed: bytes, ends: set[int], written: list[str]
) -> None:
    two_feeds(desk)
    status, shown = at_a_terminal(desk, "/", typed)
    assert status in ends, shown
    assert desk.written == written
    assert "Traceback" not in shown or status < 0
