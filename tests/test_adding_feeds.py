"""`digest feeds add` on pages: what it finds, reads, shows, asks and writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
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


def test_a_page_without_any_feed_is_told_and_nothing_is_added(desk: Desk) -> None:
    desk.page("/", "Nothing here.")
    result = desk.add("/")
    assert result.exit_code == 1
    assert "this is a web page ('Harbour Gazette') and no feed" in result.stderr
    assert "nothing was added (`--unread` adds it all the same)" in result.stderr
    assert desk.written == []


def test_what_is_there_already_is_left_alone(desk: Desk) -> None:
    desk.page("/", LINK.format("News", "/news"), LINK.format("Sport", "/sport"))
    desk.feed("/news", "News", "Rain")
    desk.feed("/sport", "Sport", "Goal")
    assert desk.add("/news").exit_code == 0
    assert desk.add("/", "--all").exit_code == 0
    assert desk.written == ['  - {url: "/news", name: News}', '  - {url: "/sport", name: Sport}']
    assert "is there already" in desk.add("/sport").stderr
