"""A feed server for tests: real HTTP on loopback, scripted, and a record of every request.

In a test:

    with feed_server() as server:
        server.put("/news.xml", rss("News", [entry(title="Rain", link="https://example.org/rain")]))
        ...poll server.url("/news.xml")...
        assert [request.headers.get("if-none-match") for request in server.requests] == [None, '"..."']

In a process of its own, for tests that start the daemon: `python tests/feedserver.py --folder DIR --port 0` prints
its port on one line and serves the files of the folder on 127.0.0.1 until SIGTERM or SIGINT. A file that is replaced
is a feed that changed.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

TYPES = {".atom": "application/atom+xml", ".json": "application/feed+json", ".rdf": "application/rdf+xml"}
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


# --- the server -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a client asked for."""

    method: str
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in lower case; of a repeated one the last."""
    connection: int
    """The client's port: equal for requests on one connection."""
    at: datetime | None = None
    """By the server's clock, where it has one."""

    @property
    def host(self) -> str:
        """The host that was asked, without the port."""
        return self.headers.get("host", "").partition(":")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is sent back. `cut_at` closes the connection after so many bytes of the body."""

    status: int = 200
    headers: Mapping[str, str]
    body: bytes = b""
    cut_at: int | None = None
    hang: bool = False
    """Nothing is sent before `FeedServer.release` or the end."""
    deaf: bool = False
    """Sent whole whatever the request knows: there is no 304."""


class FeedServer:
    """Paths and what they answer. A path that was never put answers 404. All methods may be called at any time, from
    any thread, and hold from the next request on.

    With a `clock` requests are stamped and answers dated by it; without one, answers carry the date of the machine.
    """

    def __init__(
        self,
        fallback: Callable[[str], Answer | None] = lambda _path: None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.address = ""
        """`http://127.0.0.1:PORT`, filled in once the port is known."""
        self.clock = clock
        self._fallback = fallback
        self._answers: dict[str, Answer] = {}
        self._scripts: dict[str, Callable[[Request], Answer]] = {}
        self._requests: list[Request] = []
        self._exchanges: list[tuple[Request, Answer]] = []
        self._released = threading.Event()
        self._changed = threading.Condition()

    def url(self, path: str = "/") -> str:
        return self.address + path

    @property
    def requests(self) -> list[Request]:
        """All so far, in the order of arrival; a copy."""
        with self._changed:
            return list(self._requests)

    @property
    def exchanges(self) -> list[tuple[Request, Answer]]:
        """The requests, each with what was sent back (or would have been, had it not hung); a copy."""
        with self._changed:
            return list(self._exchanges)

    def wait_for(self, count: int, *, timeout: float = 30) -> list[Request]:
        """The requests, as soon as there are `count`; AssertionError after `timeout` seconds without them."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self._requests) >= count, timeout)
            assert enough, f"{len(self._requests)} of {count} requests came in {timeout} s"
            return list(self._requests)

    def forget(self) -> None:
        """All answers that were put, and all requests so far."""
        with self._changed:
            self._answers, self._scripts, self._requests, self._exchanges = {}, {}, [], []

    def put(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        etag: str | None = "auto",
    ) -> str:
        """Answer `path` so, and 304 when a request names the ETag or the Last-Modified given in `headers`.
        `auto` makes the ETag from the body; None leaves it out. Returns the URL.
        """
        raw = body.encode() if isinstance(body, str) else body
        given = dict(headers or {})
        if etag is not None and status == 200:
            given.setdefault("ETag", etag_of(raw) if etag == "auto" else etag)
        return self._set(path, Answer(status=status, headers=given, body=raw))

    def redirect(self, path: str, to: str, code: int = 302) -> str:
        """Answer `path` with a redirect to `to`, sent as it is given. Returns the URL."""
        return self._set(path, Answer(status=code, headers={"Location": to}))

    def hang(self, path: str, body: bytes = b"") -> str:
        """Take requests for `path` and answer with `body` after `release` only. Returns the URL."""
        return self._set(path, Answer(headers={}, body=body, hang=True))

    def cut(self, path: str, body: bytes, after: int) -> str:
        """Promise `body`, close the connection after so many bytes of it. Returns the URL."""
        return self._set(path, Answer(headers={}, body=body, cut_at=after))

    def script(self, path: str, play: Callable[[Request], Answer]) -> str:
        """Answer each request for `path` with what `play` makes of it, in place of all that was put there; 304 as
        `put` has it. `play` is called from several threads. Returns the URL.
        """
        with self._changed:
            self._scripts[path] = play
        return self.url(path)

    def release(self) -> None:
        """Let all requests that hang, now and later, be answered."""
        self._released.set()

    def answer(self, request: Request) -> Answer:
        """Record the request, wait if the path hangs, and say what to send."""
        path = request.path.partition("?")[0]
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
            play = self._scripts.get(path)
            found = self._answers.get(request.path) or self._answers.get(path) or self._fallback(path)
        if play is not None:
            found = play(request)
        if found is None:
            found = Answer(status=404, headers={}, body=b"There is no such feed here.\n")
        known = found.status == 200 and not found.deaf and _is_known(request.headers, found.headers)
        sent = _not_modified(found) if known else found
        with self._changed:
            self._exchanges.append((request, sent))
        if found.hang:
            self._released.wait()
        return sent

    def _set(self, path: str, answer: Answer) -> str:
        with self._changed:
            self._answers[path] = answer
            self._scripts.pop(path, None)
        return self.url(path)


def etag_of(body: bytes) -> str:
    """The strong ETag that `put` makes."""
    return f'"{sha256(body).hexdigest()[:16]}"'


def _is_known(asked: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """RFC 9110, section 13.2.2, as strictly as a client may deserve: validators are compared as opaque strings, so a
    client that loses a quote or rewrites a date gets the whole body.
    """
    etag, modified = ours.get("ETag"), ours.get("Last-Modified")
    if "if-none-match" in asked:
        named = asked["if-none-match"]
        return etag is not None and etag in (named, *(tag.strip() for tag in named.split(",")))
    return modified is not None and asked.get("if-modified-since") == modified


def _not_modified(answer: Answer) -> Answer:
    return Answer(status=304, headers={name: text for name, text in answer.headers.items() if name != "Content-Type"})


class _Server(ThreadingHTTPServer):
    """Keeps the open connections, so that the end need not wait for clients that keep theirs."""

    daemon_threads = False  # joined at the end: no thread outlives its test
    request_queue_size = 1024

    def __init__(self, feeds: FeedServer, port: int) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), partial(_Handler, feeds))

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nobody's error; all else is a mistake in the test server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, feeds: FeedServer, *args: Any) -> None:
        self._feeds = feeds
        super().__init__(*args)

    def do_GET(self) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        port = int(self.client_address[1])
        at = self._feeds.clock() if self._feeds.clock else None
        asked = Request(method=self.command, path=self.path, headers=headers, connection=port, at=at)
        self._send(self._feeds.answer(asked))

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        if answer.status not in {204, 304} and "Transfer-Encoding" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(answer.body[: answer.cut_at])
        self.close_connection = self.close_connection or answer.cut_at is not None

    def date_time_string(self, timestamp: float | None = None) -> str:
        if timestamp is None and self._feeds.clock is not None:
            timestamp = self._feeds.clock().timestamp()
        return super().date_time_string(timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Says nothing; `FeedServer.requests` tells."""


@contextmanager
def feed_server(
    *,
    port: int = 0,
    fallback: Callable[[str], Answer | None] = lambda _path: None,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[FeedServer]:
    """A server on 127.0.0.1 until the block ends; nothing of it is left afterwards. `fallback` answers the paths that
    were not put; it is called from several threads, as is `clock`.
    """
    feeds = FeedServer(fallback, clock=clock)
    with _Server(feeds, port) as http:
        feeds.address = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), name="feed-server")
        thread.start()
        try:
            yield feeds
        finally:
            http.shutdown()
            thread.join()
            http.hang_up()
            feeds.release()


# --- feeds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """An entry to be written in any of the formats; what is None is left out."""

    id: str | None
    title: str | None
    link: str | None
    summary: str | None
    date: datetime | None


def entry(
    *,
    id: str | None = None,  # noqa: A002 - the feeds' own word
    title: str | None = None,
    link: str | None = None,
    summary: str | None = None,
    date: datetime | None = None,
) -> FeedEntry:
    """`title` is plain text, `summary` HTML, `date` aware."""
    return FeedEntry(id=id, title=title, link=link, summary=summary, date=date)


def rss(title: str, entries: Sequence[FeedEntry], *, language: str = "en", extra: str = "") -> bytes:
    """RSS 2.0. `extra` is XML for the channel, such as `<ttl>60</ttl>`."""
    items = "".join(
        "<item>"
        + _element("guid", e.id, ' isPermaLink="false"')
        + _element("title", e.title)
        + _element("link", e.link)
        + _element("description", e.summary)
        + _element("pubDate", format_datetime(e.date) if e.date else None)
        + "</item>\n"
        for e in entries
    )
    head = _element("title", title) + _element("link", "https://example.org/") + _element("language", language)
    return f'{XML}<rss version="2.0"><channel>{head}{extra}\n{items}</channel></rss>\n'.encode()


def atom(title: str, entries: Sequence[FeedEntry], *, language: str = "en", extra: str = "") -> bytes:
    """Atom 1.0. `extra` is XML for the feed."""
    items = "".join(
        "<entry>"
        + _element("id", e.id)
        + _element("title", e.title)
        + (f'<link rel="alternate" href={quoteattr(e.link)}/>' if e.link else "")
        + _element("summary", e.summary, ' type="html"')
        + _element("updated", e.date.isoformat() if e.date else None)
        + "</entry>\n"
        for e in entries
    )
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(language)}>' + _element("title", title)
    return f"{XML}{head}{extra}\n{items}</feed>\n".encode()


def json_feed(title: str, entries: Sequence[FeedEntry], *, language: str = "en") -> bytes:
    """JSON Feed 1.1."""
    items = [
        {"id": e.id, "title": e.title, "url": e.link, "content_html": e.summary}
        | {"date_published": e.date.isoformat() if e.date else None}
        for e in entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "language": language,
        "items": [{name: text for name, text in item.items() if text is not None} for item in items],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _element(name: str, text: str | None, attributes: str = "") -> str:
    return "" if text is None else f"<{name}{attributes}>{escape(text)}</{name}>"


# --- in a process of its own ----------------------------------------------------------------------------------------


def files_of(folder: Path) -> Callable[[str], Answer | None]:
    """Answers with the files of a folder as they are at the moment of the request."""

    def answer(path: str) -> Answer | None:
        file = folder / Path(path).name
        if not Path(path).name or not file.is_file():
            return None
        body = file.read_bytes()
        return Answer(
            headers={"ETag": etag_of(body), "Content-Type": TYPES.get(file.suffix, "application/xml")}, body=body
        )

    return answer


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--port", type=int, default=0)
    chosen = options.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread is there, so that all inherit it
    with feed_server(port=chosen.port, fallback=files_of(chosen.folder)) as server:
        print(server.address.rpartition(":")[2], flush=True)  # noqa: T201 - what the parent reads
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
