"""The daemon between programs of others: feeds from pytest-httpserver, mail into aiosmtpd, two polls, two digests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from feedserver import entry, rss
from instance import JUST_AFTER, MORNING, SLOT, Instance, eventually, free_port, titles
from pytest_httpserver import HTTPServer

DAY = timedelta(days=1)
TALKS = "Syria and Turkey hold talks"
BORDER = "Turkey: border talks with Syria end"
RECIPE = "How to roast a turkey"


class Inbox:
    """What aiosmtpd hands to its handler."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append((list(envelope.rcpt_tos), envelope.original_content))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def test_two_polls_two_digests(
    tmp_path: Path, sqlite_template: Path, httpserver: HTTPServer, inbox: tuple[Inbox, int]
) -> None:
    mail, port = inbox
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())

    def publish(*told: str) -> None:
        httpserver.clear()
        news = rss("Wire", [entry(id=title, title=title, date=MORNING) for title in told])
        httpserver.expect_request("/news.xml").respond_with_data(news, content_type="application/rss+xml")

    with Instance(home=tmp_path, database=f"sqlite:///{tmp_path}/digest.db") as site:
        site.configure(feeds=[httpserver.url_for("/news.xml")], subscribers=["amal@example.org"], smtp=port)
        for day, told in enumerate([(TALKS, RECIPE), (BORDER, TALKS, RECIPE)]):
            publish(*told)
            daemon = site.start("run", now=MORNING + day * DAY)
            eventually(lambda told=told: site.count("articles") == len(told))  # type: ignore[misc]
            assert daemon.stop() == 0, daemon.told
            daemon = site.start("run", now=SLOT + day * DAY + JUST_AFTER)
            eventually(lambda day=day: len(mail.messages) == day + 1)  # type: ignore[misc]
            assert daemon.stop() == 0, daemon.told

    assert [to for to, _ in mail.messages] == [["amal@example.org"]] * 2
    assert [titles(data, [TALKS, BORDER, RECIPE]) for _, data in mail.messages] == [[TALKS], [BORDER]]
    for _, data in mail.messages:
        assert not message_from_bytes(data, policy=policy.default).defects
