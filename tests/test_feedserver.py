"""The tests' feed server does what a test relies on."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, IncompleteRead
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import feedparser
import pytest
from feedserver import FeedEntry, FeedServer, atom, entry, feed_server, json_feed, rss

from digest.feeds import parse


def ask(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(
            method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=dict(headers or {})
        )
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_what_is_put_is_served_and_what_is_not_is_missing() -> None:
    with feed_server() as server:
        url = server.put("/news.xml", "<rss/>", headers={"Content-Type": "text/xml"})
        status, headers, body = ask(url)
        assert (status, headers["Content-Type"], body) == (200, "text/xml", b"<rss/>")
        assert ask(server.url("/other.xml"))[0] == 404
        server.put("/news.xml", status=503, headers={"Retry-After": "120"})
        status, headers, _ = ask(url)
        assert (status, headers["Retry-After"]) == (503, "120")
        assert "ETag" not in headers


def test_validators_given_back_as_received_are_answered_304() -> None:
    with feed_server() as server:
        date = "Fri, 20 Nov 2026 04:00:00 GMT"
        url = server.put("/news.xml", b"one", headers={"Last-Modified": date})
        etag = ask(url)[1]["ETag"]
        for known in ({"If-None-Match": etag}, {"If-Modified-Since": date}):
            assert ask(url, headers=known)[::2] == (304, b"")
        for unknown in ({"If-None-Match": etag.strip('"')}, {"If-None-Match": '"x"', "If-Modified-Since": date}):
            assert ask(url, headers=unknown)[::2] == (200, b"one")
        server.put("/news.xml", b"two", headers={"Last-Modified": date})
        assert ask(url, headers={"If-None-Match": etag})[::2] == (200, b"two")


def test_an_etag_can_be_chosen_or_left_out() -> None:
    with feed_server() as server:
        assert ask(server.put("/a", b"x", etag='W/"7"'))[1]["ETag"] == 'W/"7"'
        assert ask(server.url("/a"), headers={"If-None-Match": 'W/"7"'})[0] == 304
        assert "ETag" not in ask(server.put("/b", b"x", etag=None))[1]


def test_requests_are_recorded_in_order_with_their_headers_and_connection() -> None:
    with feed_server() as server:
        url = server.put("/a", b"x")
        connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
        for path in ("/a?n=1", "/missing"):
            connection.request("GET", path, headers={"User-Agent": "Digest test"})
            connection.getresponse().read()
        connection.close()
        ask(url, method="HEAD")
        assert [(r.method, r.path) for r in server.requests] == [
            ("GET", "/a?n=1"),
            ("GET", "/missing"),
            ("HEAD", "/a"),
        ]
        assert server.requests[0].headers["user-agent"] == "Digest test"
        first, second, third = (request.connection for request in server.requests)
        assert first == second != third


def test_redirects_are_sent_as_given() -> None:
    with feed_server() as server:
        status, headers, _ = ask(server.redirect("/old", "/new", 301))
        assert (status, headers["Location"]) == (301, "/new")


def test_a_path_that_hangs_answers_once_released() -> None:
    with feed_server() as server:
        url = server.hang("/slow", b"at last")
        answers: list[bytes] = []
        client = threading.Thread(target=lambda: answers.append(ask(url)[2]))
        client.start()
        server.wait_for(1)
        assert answers == []
        server.release()
        client.join(30)
        assert answers == [b"at last"]


def test_the_end_lets_go_of_clients_that_hang_or_keep_their_connection() -> None:
    failures: list[Exception] = []

    def hang(url: str) -> None:
        try:
            ask(url)
        except (OSError, HTTPException) as problem:
            failures.append(problem)

    with feed_server() as server:
        idle = HTTPConnection(urlsplit(server.url()).netloc, timeout=10)
        idle.request("GET", server.put("/a", b"x").removeprefix(server.url("")))
        assert idle.getresponse().read() == b"x"
        client = threading.Thread(target=hang, args=(server.hang("/slow"),))
        client.start()
        server.wait_for(2)
    client.join(30)
    idle.close()
    assert len(failures) == 1


def test_a_body_can_be_cut_in_the_middle() -> None:
    with feed_server() as server, pytest.raises(IncompleteRead) as cut:
        ask(server.cut("/cut", b"0123456789", 4))
    assert cut.value.partial == b"0123"


class Build(Protocol):
    def __call__(self, title: str, entries: Sequence[FeedEntry], /) -> bytes: ...


@pytest.mark.parametrize("build", [rss, atom, json_feed])
def test_built_feeds_are_read_back_as_they_were_meant(build: Build) -> None:
    date = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    full = entry(
        id="n-1", title="Rain & wind", link="https://example.org/rain?a=1&b=2", summary="<p>All day</p>", date=date
    )
    parsed = parse(
        build("Weather & more", [full, entry(title="Sun", summary="Later")]), url="https://example.org/feed"
    )
    assert (parsed.title, parsed.problem) == ("Weather & more", None)
    first, second = parsed.entries
    assert (first.entry_id, first.title, first.link) == ("n-1", "Rain & wind", "https://example.org/rain?a=1&b=2")
    assert (first.published_at, first.language) == (date, "en")
    assert "All day" in first.summary + first.text
    assert (second.title, second.published_at) == ("Sun", None)


def test_xml_built_is_well_formed() -> None:
    for build in (rss, atom):
        document = build("A & B", [entry(title="<", link="https://example.org/?a&b")])
        assert feedparser.parse(io.BytesIO(document)).bozo is False


def test_a_folder_is_served_by_a_process_of_its_own_until_it_is_told_to_end(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(rss("A", [entry(title="one")]))
    script = Path(__file__).with_name("feedserver.py")
    command = [sys.executable, str(script), "--folder", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/a.xml"
        status, headers, _ = ask(url)
        known = {"If-None-Match": headers["ETag"]}
        assert (status, headers["Content-Type"]) == (200, "application/xml")
        assert ask(url, headers=known)[0] == 304
        (tmp_path / "a.xml").write_bytes(rss("A", [entry(title="two")]))
        assert ask(url, headers=known)[0] == 200
        assert ask(url.replace("a.xml", "b.xml"))[0] == 404
        assert ask(url.replace("a.xml", ""))[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_many_clients_at_once_are_all_recorded() -> None:
    with feed_server() as server:
        url = server.put("/a", b"x")
        clients = [threading.Thread(target=ask, args=(url,)) for _ in range(40)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(30)
        assert len(server.requests) == 40


def test_urls_are_those_of_loopback() -> None:
    with feed_server() as server:
        assert isinstance(server, FeedServer)
        assert urlsplit(server.url("/x")).hostname == "127.0.0.1"
