"""Fetching from servers that break the rules of HTTP, and in a process that runs short of what it needs."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from wires import (
    AGENT,
    FEED,
    LOOPBACK,
    PATIENCE,
    asking,
    head_of,
    in_a_process,
    let_pass,
    ok,
    poll,
    problem_of,
    saying,
    wait_for_leaving,
    wire,
)

from digest.fetching import fetch
from digest.fetching.trails import FeedError, _read_url, host_of
from digest.model import host_key

STATUS = b"HTTP/1.1 200 OK\r\n"
CHUNKED = STATUS + b"ETag: right\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\n"
SOON = replace(LOOPBACK, timeout=timedelta(seconds=0.3))


def repeating(beginning: bytes, piece: bytes, *, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Sends a piece again and again, until the client leaves."""

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)
            if pause:
                let_pass(connection, pause)

    return behave


# --- answers --------------------------------------------------------------------------------------------------------


def test_whatever_drips_is_timed_out() -> None:
    drips = {
        "status": (b"HTTP/1.1 ", b" "),
        "header": (STATUS + b"X: ", b"x"),
        "headers": (STATUS, b"X: x\r\n"),
        "interim": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        "chunk": (STATUS + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x"),
        "trailers": (CHUNKED, b"X: x\r\n"),
    }
    with ExitStack() as stack:
        servers = [
            stack.enter_context(wire(repeating(*drip, pause=0.01), f"127.0.4.{n}"))
            for n, drip in enumerate(drips.values(), start=1)
        ]
        results = list(fetch([asking(server.url) for server in servers], SOON, user_agent=AGENT))
    assert len(results) == len(drips)
    assert all(str(result.problem).startswith("timed out: 127.0.4.") for result in results)


@pytest.mark.parametrize(
    "beginning, piece",
    [
        (STATUS + b"X: ", b"x" * 1000),
        (STATUS, b"X: x\r\n" * 100),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100),
        (CHUNKED, b"X: x\r\n" * 100),
        (CHUNKED + b"X: ", b"x" * 1000),
    ],
    ids=["header", "headers", "interim", "trailers", "trailer"],
)
def test_headers_without_end_are_broken_off(beginning: bytes, piece: bytes) -> None:
    with wire(repeating(beginning, piece)) as server:
        problem = problem_of(server.url)
    assert problem.startswith("127.0.0.1 does not speak proper HTTP: ")
    assert not problem.endswith(": ")


@pytest.mark.parametrize(
    "answer, problem",
    [
        (STATUS + b"Content-Length: -1\r\n\r\n", "does not speak proper HTTP"),
        (STATUS + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\n<rss>", "does not speak proper HTTP"),
        (STATUS + b"Content-Length: 99999999999999999999\r\n\r\n<rss>", "larger than 10,000,000 bytes"),
        (STATUS + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n<rss>\r\n0\r\n\r\n", "does not speak proper HTTP"),
        (STATUS + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\n<rss>\r\n0\r\n\r\n", "does not speak proper HTTP"),
        (b"<rss/>", "does not speak proper HTTP"),
        (b"\r\n\r\n" + ok(), "does not speak proper HTTP"),
        (b"HTTP/1.1 000 OK\r\n\r\n", "does not speak proper HTTP"),
        (b"HTTP/2 200 OK\r\n\r\n<rss>", "does not speak proper HTTP"),
        (bytes([0, 0, 18, 4, 0, 0, 0, 0, 0]) + bytes(18), "does not speak proper HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + ok(), "answered 101 Switching Protocols"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "closed the connection without an answer"),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\n<rss>", "answered 206 Partial Content"),
        (b"HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\n\r\n", "answered 407 Proxy Authentication Required"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /half", "closed the connection without an answer"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /whole\r\n", "closed the connection without an answer"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /a\r\nLocation: /b\r\n\r\n", "does not speak proper HTTP"),
    ],
)
def test_answers_against_the_rules_are_told(answer: bytes, problem: str) -> None:
    with wire(saying(answer)) as server:
        assert problem in problem_of(server.url)
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        STATUS + b"ETag: right\r\nHTTP/1.1 500: no status\r\n\r\n<rss>",
        CHUNKED + b"HTTP/1.1 500: no status\r\nETag: late\r\n\r\n",
        b"HTTP/1.1 199 Wait\r\nETag: early\r\n\r\n" + STATUS + b": nameless\r\nETag: right\r\n\r\n<rss>",
        STATUS + b"caf\xe9: au lait\r\nETag: right\r\n\r\n<rss>",
        b"HTTP/1.0 200\nETag: right\n\n<rss>",
    ],
)
def test_nothing_but_the_headers_of_the_answer_is_taken_for_them(answer: bytes) -> None:
    with wire(saying(answer)) as server:
        result = poll(server.url)
    assert (result.problem, result.body) == (None, b"<rss>")
    assert result.headers["etag"] == "right"
    json.dumps(dict(result.headers), ensure_ascii=False).encode()


def test_a_redirect_whose_body_never_comes_is_followed() -> None:
    left = threading.Event()

    def holding(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {there.url}\r\nContent-Length: 9\r\n\r\n".encode())
        connection.settimeout(PATIENCE)
        wait_for_leaving(connection)
        left.set()

    with wire(saying(ok()), "127.0.0.2") as there, wire(holding) as server:
        assert poll(asking(server.url), replace(LOOPBACK, timeout=timedelta(seconds=2 * PATIENCE))).body == FEED
    assert left.is_set(), "only the server's patience ended it"


def test_a_body_in_tiny_chunks_below_thousands_of_headers_comes_in_time() -> None:
    """To look at all of the headers for each chunk would take longer than a poll may."""
    headers, chunks = b"X: x\r\n" * 4900, b"1\r\nx\r\n" * 200_000
    with wire(saying(STATUS + headers + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")) as server:
        assert len(poll(server.url).body) == 200_000


@pytest.mark.parametrize(
    "challenge", ['Digest realm="a", nonce="b"', "NTLM", "Negotiate", "Basic realm=a, NTLM", ", ="]
)
@pytest.mark.parametrize("login", ["", "ann:secret@"])
def test_no_login_but_that_of_the_address_is_ever_sent(challenge: str, login: str) -> None:
    heads = []

    def behave(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(f"HTTP/1.1 401 No\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n".encode())

    with wire(behave) as server:
        assert "it wants a login" in problem_of(server.url.replace("//", f"//{login}"))
    assert [b"\r\nAuthorization: Basic YW5uOnNlY3JldA==\r\n" in head for head in heads] == [bool(login)]


def test_no_login_of_a_file_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    heads = []

    def behave(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(ok())

    with wire(behave) as server:
        assert poll(server.url).problem is None
        assert poll(server.url.replace("//", "//ann@")).problem is None
    assert b"Authorization" not in heads[0]
    assert b"\r\nAuthorization: Basic YW5uOg==\r\n" in heads[1], "a name without a password"


def test_no_server_decides_where_the_next_poll_goes() -> None:
    """Nor over what: what it says of other ways to itself is for browsers."""
    with wire(saying(ok(b"elsewhere"))) as other:
        told = f'Alt-Svc: h1="127.0.0.1:{other.port}"; ma=3600; persist=1'
        with wire(saying(ok(FEED, told, "Strict-Transport-Security: max-age=3600"))) as server:
            url = server.url.replace("127.0.0.1", "localhost")
            assert [result.body for result in fetch([asking(url)] * 3, LOOPBACK, user_agent=AGENT)] == [FEED] * 3
        assert other.connections == 0


def test_what_a_connection_met_on_the_way_is_not_told_as_the_reason() -> None:
    """Of localhost ::1 is tried first, and refused."""
    with wire(saying(b"SSH-2.0-OpenSSH_9.2\r\n")) as server:
        problem = problem_of(server.url.replace("127.0.0.1", "localhost"))
    assert problem.startswith("localhost does not speak proper HTTP")


def test_a_reset_connection_is_told() -> None:
    def reset(connection: socket.socket) -> None:
        head_of(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with wire(reset) as server:
        assert problem_of(server.url) == "the connection to 127.0.0.1 broke: Connection reset by peer"


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.0.0.1.2",
            "1.2.3.08",
            "%31.1.1.1",
            "a.0x",
        ),
        *("%31.1.1.1", "exa%6dple.org", "a%00b", "a%2fb", "[1:80]", "[a:80]", "[1::2::3]", "]@", "a]@b["),
        *("xn--", "a..", ".a", "a b", "a,b", "*", "a$b", "~"),
    ],
)
def test_a_host_that_others_could_read_as_another_is_none(host: str) -> None:
    """Of many of these libcurl would ask a host that our rules do not know of."""
    with wire(saying(ok())) as server:
        assert "cannot be fetched" in problem_of(f"http://{host}:{server.port}/")
        assert server.connections == 0


PARTS = ["a", "b.org", "1", "127", "0x7f", "0177", ".", "..", "/", "\\", "@", ":", "%", "%00", "%40", "%2e", "[", "]"]
PARTS += ["::1", "?", "#", ";", "\t", "\n", "\0", " ", "ü", "ß", "。", "①", "xn--", "-", "_", "80", "http:", "\u200d"]


@examples(1000)
@given(st.sampled_from(["http://", "https://", "//", ""]), st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_every_address_is_read_or_refused(scheme: str, rest: str) -> None:
    for base in None, _read_url("http://example.org/a/b"):
        try:
            url = _read_url(scheme + rest, base)
        except FeedError:
            continue
        assert set(host_of(url)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:%")
        assert str(url).isascii()
        assert url.host


def test_a_host_is_the_same_with_a_dot_behind_its_name() -> None:
    assert host_key("http://Busy.example.:8080/a") == host_key("http://busy.example:8080/") == "busy.example:8080"
    assert host_key("http://busy.example./a") == host_key("http://busy.example/") == "busy.example"


def test_one_address_that_cannot_be_read_spoils_no_other_poll() -> None:
    with wire(saying(ok())) as server:
        results = list(fetch([asking("http://a]@/"), asking(server.url)], LOOPBACK, user_agent=AGENT))
    assert sorted(result.body for result in results) == [b"", FEED]


def test_a_password_without_a_name_is_not_shown_either() -> None:
    with wire(saying(ok())) as server:
        result = poll(server.url.replace("//", "//:secret@"))
        assert (result.body, result.final_url) == (FEED, server.url)


# --- a process that runs short --------------------------------------------------------------------------------------

POLLS = """
    import json, os, resource, sys
    from datetime import timedelta
    from digest.fetching import fetch, transfers
    from digest.model import FetchRequest
    from digest.settings import Polling
    port, hosts = sys.argv[1], range(40)
    polling = Polling(private_addresses=True, timeout=timedelta(minutes=5))  # longer than this process may live
    waits, wait = [], transfers.Transfers.wait
    transfers.Transfers.wait = lambda self: waits.append(1) or wait(self)
    def poll():
        waits.clear()
        requests = [FetchRequest(feed_id=n, url=f"http://127.0.1.{n}:{port}/") for n in hosts]
        return [r.problem for r in fetch(requests, polling, user_agent="test")], len(waits)
    poll()
"""


@pytest.mark.parametrize("open_files", [1000, 1100])
def test_descriptors_that_select_cannot_take_are_served_too(open_files: int) -> None:
    script = (
        POLLS
        + f"""
    kept = [os.open(os.devnull, os.O_RDONLY) for _ in range({open_files})]
    print(json.dumps(poll()))
    """
    )

    def slow(connection: socket.socket) -> None:
        head_of(connection)
        let_pass(connection, 0.2)
        connection.sendall(ok())

    with wire(slow, "0.0.0.0") as server:
        problems, waits = in_a_process(script, str(server.port))
    assert problems == [None] * 40
    assert waits < 400, "nor is it waited for in a busy loop"


def test_a_process_without_descriptors_says_so_and_works_again_when_it_has_some() -> None:
    script = (
        POLLS
        + """
    transfers.why_not_public, polling = {}.get, Polling(timeout=polling.timeout)  # as of addresses that are public
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/dev/fd"))
    answers = []
    for spare in 3, 9, 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, most))
        answers.append(poll())
    print(json.dumps(answers))
    """
    )
    with wire(saying(ok()), "0.0.0.0") as server:
        short, some, enough = in_a_process(script, str(server.port))
    for problems, _ in short, some:
        assert any("Too many open files" in problem for problem in problems if problem)
        assert len(problems) == 40
    assert enough[0] == [None] * 40


def in_use() -> tuple[int, int]:
    return len(list(Path("/dev/fd").iterdir())), threading.active_count()


@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_polls_leave_no_descriptor_and_no_thread_behind(rounds: int) -> None:
    """Good ones, failed ones, timed-out ones and those that are left early."""
    behaviours = saying(ok()), saying(b""), saying(STATUS), repeating(STATUS + b"\r\n", b"x", pause=0.05)
    with wire(saying(ok())) as server:
        assert poll(server.url).problem is None
    before = in_use()
    with ExitStack() as stack:
        servers = [stack.enter_context(wire(each, f"127.0.2.{n}")) for n, each in enumerate(behaviours, start=1)]
        requests = [asking(server.url) for server in servers]
        hasty = replace(LOOPBACK, timeout=timedelta(seconds=0.1))
        for _ in range(rounds):
            assert len(list(fetch(requests, hasty, user_agent=AGENT))) == 4
            results = fetch(requests, LOOPBACK, user_agent=AGENT)
            next(results)
            results.close()
    assert in_use() == before


def test_fetches_at_the_same_time_in_many_threads_share_nothing_that_matters() -> None:
    with wire(saying(ok()), "0.0.0.0") as server:
        urls = [f"http://127.0.3.{n}:{server.port}/" for n in range(8)]
        got: list[list[bytes]] = []

        def work() -> None:
            got.extend([r.body for r in fetch(map(asking, urls), LOOPBACK, user_agent=AGENT)] for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert got == [[FEED] * 8] * 30
