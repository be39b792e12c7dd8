"""Fetching, against real servers on loopback: well-behaved ones from pytest-httpserver, nasty ones from `wires`.

TLS and private addresses, many feeds at once, and breaches of the rules of HTTP have files of their own.
"""

from __future__ import annotations

import gzip
import queue
import socket
import sys
import threading
import tracemalloc
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response
from wires import (
    AGENT,
    FEED,
    LOOPBACK,
    PATIENCE,
    asking,
    head_of,
    let_pass,
    ok,
    poll,
    problem_of,
    redirecting_to,
    saying,
    wait_for_leaving,
    wire,
)

from digest.fetching import fetch, unpacking
from digest.fetching.trails import MAX_REDIRECTS
from digest.model import FetchRequest

HASTY = replace(LOOPBACK, timeout=timedelta(seconds=0.2))


@pytest.fixture(params=[True, False], ids=["extra", "standard"])
def speed(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the extra `speed` is there."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            pytest.importorskip("isal")
        else:
            patch.setitem(sys.modules, "isal", None)
        unpacking._zlib.cache_clear()
        yield request.param
    unpacking._zlib.cache_clear()


def test_the_extra_is_used_where_it_is_and_nothing_else(*, speed: bool) -> None:
    assert unpacking._zlib().__name__ == ("isal.isal_zlib" if speed else "zlib")


# --- a plain poll ---------------------------------------------------------------------------------------------------


def test_a_feed_arrives_with_its_headers_in_lower_case(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(FEED, headers={"ETag": 'W/"a"', "X-Two": "x"})
    result = poll(httpserver.url_for("/feed"))
    assert (result.status, result.body, result.problem, result.moved_to) == (200, FEED, None, None)
    assert result.final_url == httpserver.url_for("/feed")
    assert result.headers["etag"] == 'W/"a"'


def test_a_poll_says_who_asks_and_carries_nothing_that_tracks(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data(FEED, headers={"Set-Cookie": "id=1; Path=/"})
    httpserver.expect_request("/b").respond_with_data(FEED)
    requests = [asking(httpserver.url_for("/a")), asking(httpserver.url_for("/b"))]
    assert [result.problem for result in fetch(requests, LOOPBACK, user_agent=AGENT)] == [None, None]
    for request, _ in httpserver.log:
        assert request.headers["User-Agent"] == AGENT
        assert "application/rss+xml" in request.headers["Accept"]
        assert {"gzip", "br", "zstd"} <= {code.strip() for code in request.headers["Accept-Encoding"].split(",")}
        assert not {"Cookie", "Referer", "Authorization", "If-None-Match", "If-Modified-Since"} & set(
            request.headers.keys()
        )


@pytest.mark.parametrize("etag", ['"abc"', 'W/"a b;c"', "unquoted", '"a"-gzip', "'single'", '"Ümlaut"'])
def test_validators_go_back_exactly_as_received(etag: str) -> None:
    heads: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def behave(connection: socket.socket) -> None:
        heads.put(head_of(connection))
        connection.sendall(b"HTTP/1.1 304 Not Modified\r\nETag: " + etag.encode() + b"\r\n\r\n")

    with wire(behave) as server:
        result = poll(asking(server.url, etag=etag, last_modified="yesterday, 3 o'clock"))
    assert (result.status, result.body, result.problem) == (304, b"", None)
    assert result.headers["etag"] == etag
    lines = heads.get().decode().split("\r\n")
    assert f"If-None-Match: {etag}" in lines
    assert "If-Modified-Since: yesterday, 3 o'clock" in lines


def test_not_modified_without_a_question_is_a_problem() -> None:
    with wire(saying(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as server:
        assert "304 Not Modified" in problem_of(server.url)


def test_an_empty_body_is_left_to_the_parser() -> None:
    with wire(saying(ok(b""))) as server:
        result = poll(server.url)
    assert (result.status, result.body, result.problem) == (200, b"", None)


@pytest.mark.parametrize(
    "coding, pack",
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_compressed_bodies_are_unpacked(coding: str, pack: Callable[[bytes], bytes]) -> None:
    with wire(saying(ok(pack(FEED), f"Content-Encoding: {coding}"))) as server:
        assert poll(server.url).body == FEED


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    "coding, body",
    [
        ("deflate", raw_deflate(FEED)),  # as old servers of Microsoft's understood it
        ("gzip", gzip.compress(FEED[:20], mtime=0) + gzip.compress(FEED[20:], mtime=0)),  # RFC 1952, section 2.2
        ("br, gzip", gzip.compress(brotli.compress(FEED), mtime=0)),  # in the order in which they were put on
        ("GZIP", gzip.compress(FEED, mtime=0)),
        ("utf-8", FEED),
        ("identity", FEED),
    ],
)
def test_codings_are_read_as_servers_mean_them(coding: str, body: bytes, *, speed: bool) -> None:
    with wire(saying(ok(body, f"Content-Encoding: {coding}"))) as server:
        assert poll(server.url).body == FEED


@pytest.mark.parametrize(
    "coding, pack",
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_a_packed_body_that_is_cut_off_is_a_problem_and_no_shorter_feed(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """A server that ends the connection after its body says nothing of the length."""
    answer = ok(pack(FEED * 50)[:-9], f"Content-Encoding: {coding}").replace(b"Content-Length", b"X-Length")
    with wire(saying(answer)) as server:
        assert "broke off in the middle of the body" in problem_of(server.url)


def test_a_body_that_asks_for_much_memory_to_be_unpacked_is_refused() -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    body = packer.compress(FEED * 1_000_000) + packer.flush()
    with wire(saying(ok(body, "Content-Encoding: zstd"))) as server:
        assert "not what its Content-Encoding says" in problem_of(server.url, replace(LOOPBACK, max_bytes=10**9))


def test_the_body_of_an_answer_that_is_no_feed_is_not_waited_for() -> None:
    left = threading.Event()

    def endless(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 404 Not Found\r\n\r\nsorry")
        connection.settimeout(PATIENCE)
        wait_for_leaving(connection)
        left.set()

    with wire(endless) as server:
        problem = problem_of(server.url, replace(LOOPBACK, timeout=timedelta(seconds=2 * PATIENCE)))
    assert left.is_set(), "only the server's patience ended it"
    assert "404 Not Found" in problem


def test_interim_answers_and_trailers_are_not_taken_for_the_headers() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nETag: early\r\n\r\n"
    chunked = (
        b"HTTP/1.1 200 OK\r\nETag: right\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\nETag: late\r\n\r\n"
    )
    with wire(saying(interim + chunked)) as server:
        result = poll(server.url)
    assert (result.status, result.body) == (200, b"<rss>")
    assert result.headers == {"etag": "right", "transfer-encoding": "chunked"}


def test_no_proxy_of_the_environment_is_asked(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    httpserver.expect_request("/feed").respond_with_data(FEED)
    with wire(saying(ok(b"by proxy"))) as proxy:
        for name in "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY":
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert poll(httpserver.url_for("/feed")).body == FEED
        assert proxy.connections == 0


def test_one_result_comes_for_each_request_even_for_the_same_address_twice(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(FEED)
    url = httpserver.url_for("/feed")
    requests = [FetchRequest(feed_id=n, url=url) for n in range(3)] + [FetchRequest(feed_id=3, url="mailto:x")]
    results = list(fetch(iter(requests), LOOPBACK, user_agent=AGENT))
    assert sorted(result.request.feed_id for result in results) == [0, 1, 2, 3]
    assert {result.request.feed_id for result in results if result.problem} == {3}


def test_no_requests_give_no_results() -> None:
    assert list(fetch([], LOOPBACK, user_agent=AGENT)) == []


# --- redirects ------------------------------------------------------------------------------------------------------


def redirecting(httpserver: HTTPServer, statuses: list[int]) -> str:
    """Serves /0 → /1 → … → the feed, and returns the address of /0."""
    for hop, status in enumerate(statuses):
        httpserver.expect_request(f"/{hop}").respond_with_data(
            "moved", status=status, headers={"Location": f"/{hop + 1}"}
        )
    httpserver.expect_request(f"/{len(statuses)}").respond_with_data(FEED)
    return httpserver.url_for("/0")


@pytest.mark.parametrize(
    "statuses, moved_to",
    [
        ([301], "/1"),
        ([308], "/1"),
        ([302], None),
        ([303], None),
        ([307], None),
        ([301, 308, 301], "/3"),
        ([301, 302], "/1"),
        ([301, 302, 301], "/1"),
        ([302, 301], None),
    ],
)
def test_a_feed_has_moved_as_far_as_permanent_redirects_lead_without_a_gap(
    httpserver: HTTPServer, statuses: list[int], moved_to: str | None
) -> None:
    result = poll(redirecting(httpserver, statuses))
    assert (result.status, result.body, result.problem) == (200, FEED, None)
    assert result.final_url == httpserver.url_for(f"/{len(statuses)}")
    assert result.moved_to == (httpserver.url_for(moved_to) if moved_to else None)


def test_a_permanent_redirect_to_a_feed_that_is_not_there_moves_nothing(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data("", status=301, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data("", status=404)
    problem = problem_of(httpserver.url_for("/old"))
    assert "404 Not Found" in problem
    assert f"after a redirect to {httpserver.url_for('/new')}" in problem


def test_validators_travel_along_redirects(httpserver: HTTPServer) -> None:
    def behave(request: Request) -> Response:
        return Response(status=304 if request.headers.get("If-None-Match") == '"v1"' else 500)

    httpserver.expect_request("/old").respond_with_data("", status=301, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_handler(behave)
    result = poll(asking(httpserver.url_for("/old"), etag='"v1"'))
    assert (result.status, result.problem, result.moved_to) == (304, None, httpserver.url_for("/new"))


def test_five_redirects_are_followed_and_a_sixth_is_not(httpserver: HTTPServer) -> None:
    assert poll(redirecting(httpserver, [302] * MAX_REDIRECTS)).problem is None
    httpserver.clear()
    assert f"more than {MAX_REDIRECTS} redirects" in problem_of(redirecting(httpserver, [302] * (MAX_REDIRECTS + 1)))


def test_a_redirect_loop_is_named_with_its_way(httpserver: HTTPServer) -> None:
    for here, there in ("/start", "/a"), ("/a", "/b"), ("/b", "/a#again"):
        httpserver.expect_request(here).respond_with_data("", status=302, headers={"Location": there})
    problem = problem_of(httpserver.url_for("/start"))
    a, b = httpserver.url_for("/a"), httpserver.url_for("/b")
    assert f"it redirects in a loop: {a} → {b} → {a}" in problem


@pytest.mark.parametrize(
    "location",
    ["ftp://example.org/feed", "file:///etc/hostname", "javascript:alert(1)", "http://[::1", "https://:1/"],
)
def test_a_redirect_to_what_is_no_web_address_goes_nowhere(location: str) -> None:
    with wire(redirecting_to(location)) as server:
        problem = problem_of(server.url)
    assert f"redirects to an address that cannot be fetched: {location}" in problem


@pytest.mark.parametrize("header", [b"", b"Location: /caf\xe9\r\n"])
def test_a_redirect_without_a_location_that_can_be_read_goes_nowhere(header: bytes) -> None:
    with wire(saying(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n" + header + b"\r\n")) as server:
        assert "301 without a usable Location" in problem_of(server.url)


def test_a_login_is_sent_but_neither_shown_nor_given_to_others(httpserver: HTTPServer) -> None:
    heads: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def other(connection: socket.socket) -> None:
        heads.put(head_of(connection))
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with wire(other) as elsewhere:
        login = f"Basic {b64encode(b'ann:secret').decode()}"
        httpserver.expect_request("/here", headers={"Authorization": login}).respond_with_data(
            "", status=301, headers={"Location": httpserver.url_for("/there")}
        )
        httpserver.expect_request("/there", headers={"Authorization": login}).respond_with_data(FEED)
        httpserver.expect_request("/away").respond_with_data("", status=302, headers={"Location": elsewhere.url})
        here, away = (httpserver.url_for(path).replace("//", "//ann:secret@") for path in ("/here", "/away"))
        result = poll(here)
        problem = problem_of(away)
    assert (result.body, result.final_url, result.moved_to) == (FEED, httpserver.url_for("/there"), None)
    assert b"Authorization" not in heads.get()
    assert "secret" not in problem


@pytest.mark.parametrize("url", ["http://ann:secret@127.1/", "http://ann:secret@[::1/", "http://ann:secret@x:0/"])
def test_no_problem_tells_a_login(url: str) -> None:
    assert "secret" not in problem_of(url)


# --- answers that are none ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, words",
    [
        (401, "answered 401 Unauthorized: it wants a login"),
        (403, "answered 403 Forbidden: it refuses us"),
        (404, "answered 404 Not Found: nothing is at this address"),
        (410, "answered 410 Gone: the feed is gone for good"),
        (429, "answered 429 Too Many Requests: we ask too often"),
        (503, "answered 503 Service Unavailable: a fault on its side"),
        (204, "answered 204 No Content: expected 200 OK"),
        (599, "answered 599 Odd: a fault on its side"),
    ],
)
def test_a_status_is_told_with_its_phrase_and_keeps_its_headers(status: int, words: str) -> None:
    answer = f"HTTP/1.1 {status} Odd\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n"
    with wire(saying(answer.encode())) as server:
        result = poll(server.url)
    assert result.problem is not None
    assert words in result.problem
    assert "(Retry-After: 7200)" in result.problem
    assert result.status == status
    assert result.headers["retry-after"] == "7200"


def test_a_name_that_does_not_resolve_is_told() -> None:
    # The resolver answers this one itself (RFC 7686), so that no test asks a name server.
    assert problem_of("http://feeds.onion/rss").startswith("the name feeds.onion does not resolve (")


def test_a_refused_connection_is_told_with_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    assert problem_of(f"http://127.0.0.1:{port}/") == f"127.0.0.1 refuses connections on port {port}"


NO_ADDRESSES = (
    "feed.xml ftp://example.org/ file:///etc/hostname http:// http:///x http://[::1 http://a:b/ http://x:0/"
)
NO_ADDRESSES += f" http://2130706433/ http://127.1/ http://a..b/ http://{'a' * 70}.org/ http://\ud800/ mailto:a@b.c"


@pytest.mark.parametrize("url", ["", *NO_ADDRESSES.split()])
def test_an_address_that_cannot_be_fetched_is_a_problem_and_no_exception(url: str) -> None:
    assert problem_of(url)


@pytest.mark.parametrize(
    "answer, words",
    [
        (b"", "closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak proper HTTP"),
        (b"HTTP/1.1 2OO OK\r\n\r\n", "does not speak proper HTTP"),
        (ok(FEED, "X-Huge: " + "x" * 140_000), "does not speak proper HTTP"),
        (ok(FEED, "Transfer-Encoding: chunked"), "does not speak proper HTTP"),
        (ok(FEED)[:-10], "broke off in the middle of the body"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
            "broke off in the middle of the body",
        ),
        (ok(b"<rss>, not packed", "Content-Encoding: gzip"), "not what its Content-Encoding says"),
        (ok(b"<rss>, not packed", "Content-Encoding: br"), "not what its Content-Encoding says"),
        (ok(b"<rss>, not packed", "Content-Encoding: zstd"), "not what its Content-Encoding says"),
    ],
)
def test_broken_answers_are_told_apart(answer: bytes, words: str) -> None:
    with wire(saying(answer)) as server:
        assert words in problem_of(server.url)


def test_long_header_lines_below_the_limit_are_taken() -> None:
    with wire(saying(ok(FEED, "Content-Security-Policy: " + "x" * 90_000))) as server:
        assert poll(server.url).body == FEED


def test_header_values_that_could_break_a_later_header_or_the_database_are_left_out() -> None:
    nasty = b"ETag: caf\xe9\r\nX-Fold: a\r\n Bcc: b\r\nX-Bell: a\x07b\r\nLast-Modified: today\r\nVia: a\r\nVia: b"
    with wire(saying(ok().replace(b"200 OK", b"200 OK\r\n" + nasty))) as server:
        headers = poll(server.url).headers
    expected = {"x-fold": "a Bcc: b", "last-modified": "today", "via": "a, b", "content-length": str(len(FEED))}
    assert headers == expected


def test_a_bare_line_break_in_a_header_is_no_header() -> None:
    with wire(saying(ok(FEED, "ETag: a\rBcc: b"))) as server:
        assert "does not speak proper HTTP" in problem_of(server.url)


@examples(60)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 " + tail),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 302 Found\r\nLocation: /" + tail + b"\r\n\r\n"),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b" + tail),
    )
)
def test_whatever_bytes_a_server_sends_there_is_one_result_and_it_can_be_stored(answer: bytes) -> None:
    with wire(saying(answer)) as server:
        result = poll(server.url)
    assert result.problem or result.status == 200
    for value in (result.headers or {}).values():
        assert not {"\r", "\n", "\0"} & set(value.encode().decode())


# --- limits ---------------------------------------------------------------------------------------------------------


def test_a_server_that_never_answers_is_timed_out() -> None:
    with wire(wait_for_leaving) as server:
        problem = problem_of(server.url, HASTY)
    assert problem == "timed out: 127.0.0.1 did not answer within 0.2 s (polling.timeout)"


def test_a_body_that_drips_is_timed_out_as_a_whole() -> None:
    def drip(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x")
            let_pass(connection, 0.01)

    with wire(drip) as server:
        problem = problem_of(server.url, replace(HASTY, timeout=timedelta(seconds=0.6)))
    assert problem == "timed out: 127.0.0.1 sent only a part of its answer within 0.6 s (polling.timeout)"


def test_redirects_share_one_time_limit() -> None:
    """Each hop takes a good part of the limit, none takes all of it."""
    hops = iter(range(100))

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        let_pass(connection, 0.08)
        connection.sendall(f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /{next(hops)}\r\n\r\n".encode())

    with wire(behave) as server:
        assert problem_of(server.url, HASTY).startswith("timed out")


@pytest.mark.parametrize("length", ["declared", "untold"])
def test_a_body_of_the_greatest_size_is_taken_and_one_byte_more_is_not(length: str) -> None:
    polling = replace(LOOPBACK, max_bytes=1000)

    def sending(size: int) -> bytes:
        answer = ok(b"x" * size)
        return answer if length == "declared" else answer.replace(b"Content-Length", b"X-Length")

    with wire(saying(sending(1000))) as server:
        assert len(poll(server.url, polling).body) == 1000
    with wire(saying(sending(1001))) as server:
        assert "larger than 1,000 bytes (polling.max_bytes)" in problem_of(server.url, polling)


def test_a_body_that_declares_too_great_a_size_is_not_waited_for() -> None:
    def behave(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n<rss>")
        wait_for_leaving(connection)

    with wire(behave) as server:
        assert "larger than 10,000,000 bytes" in problem_of(server.url)


def bomb(coding: str, megabytes: int) -> bytes:
    """Zeros, packed in pieces so that the test itself holds none of it."""
    if coding == "br":
        packer: Any = brotli.Compressor(quality=5)
        return b"".join([*(packer.process(bytes(1_000_000)) for _ in range(megabytes)), packer.finish()])
    packer = zstd.ZstdCompressor() if coding == "zstd" else zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(megabytes)), packer.flush()])


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_decompression_bomb_ends_at_the_limit_with_flat_memory(coding: str) -> None:
    limit = 2_000_000
    with wire(saying(ok(bomb(coding, 100), f"Content-Encoding: {coding}"))) as server:
        problem_of(server.url, LOOPBACK)  # what is imported and cached at the first use is not the bomb's
        tracemalloc.start()
        try:
            problem = problem_of(server.url, replace(LOOPBACK, max_bytes=limit))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert "larger than 2,000,000 bytes" in problem
    assert peak < 4 * limit


@pytest.mark.parametrize("headers", [("Content-Encoding: gzip",), ("Content-Encoding: x-gzip",), ()])
@pytest.mark.parametrize("times", [1, 2])
def test_gzip_that_no_header_tells_of_is_taken_off(headers: tuple[str, ...], times: int) -> None:
    body = gzip.compress(FEED)
    for _ in range(times - 1):
        body = gzip.compress(body)
    with wire(saying(ok(body, *headers))) as server:
        assert poll(server.url).body == FEED


def test_a_bomb_in_gzip_that_no_header_tells_of_ends_at_the_limit() -> None:
    for packed in bomb("gzip", 20), gzip.compress(bomb("gzip", 20)):
        with wire(saying(ok(packed))) as server:
            assert "larger than 2,000,000 bytes" in problem_of(server.url, replace(LOOPBACK, max_bytes=2_000_000))


def test_what_only_begins_like_gzip_stays_as_it_is() -> None:
    with wire(saying(ok(b"\x1f\x8b<rss>"))) as server:
        assert poll(server.url).body == b"\x1f\x8b<rss>"
