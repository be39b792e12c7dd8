"""Servers that misbehave: each connection gets, on the bare socket, what a function does with it.

For what a well-behaved HTTP server does, tests take pytest-httpserver.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from textwrap import dedent
from typing import Any

from digest.fetching import fetch
from digest.model import FetchRequest, FetchResult
from digest.settings import Polling

Behaviour = Callable[[socket.socket], None]

LOOPBACK = Polling(private_addresses=True, timeout=timedelta(seconds=20))
AGENT = "Digest/1 (+mailto:ops@example.org)"
FEED = b"<rss version='2.0'><channel><title>World</title></channel></rss>"
PATIENCE = 30.0
"""Seconds after which a test that hangs gives up. No test waits this long when the code is right."""


def asking(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchRequest:
    return FetchRequest(feed_id=1, url=url, etag=etag, last_modified=last_modified)


def poll(request: FetchRequest | str, polling: Polling = LOOPBACK) -> FetchResult:
    """The one result of one request."""
    request = asking(request) if isinstance(request, str) else request
    (result,) = fetch([request], polling, user_agent=AGENT)
    assert result.request is request
    return result


def problem_of(request: FetchRequest | str, polling: Polling = LOOPBACK) -> str:
    result = poll(request, polling)
    assert result.problem is not None
    assert result.body == b"", "a result with a problem carries no body"
    assert result.moved_to is None, "a result with a problem moves no feed"
    assert result.problem.isprintable()
    return result.problem


def in_a_process(script: str, *arguments: str, **environment: str) -> Any:
    """What a script prints as JSON, run where it may change what a process has only once."""
    command = [sys.executable, "-W", "error", "-c", dedent(script), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env=os.environ | environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


class Wire(socketserver.ThreadingTCPServer):
    """Closing it waits until all its connections are done with."""

    block_on_close = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, behave: Behaviour, address: str) -> None:
        self.behave = behave
        self.connections = 0
        super().__init__((address, 0), socketserver.BaseRequestHandler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.port}/feed"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1  # in the one thread that accepts
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # the client has left, as it may
            self.behave(request)


@contextmanager
def wire(behave: Behaviour, address: str = "127.0.0.1") -> Iterator[Wire]:
    with Wire(behave, address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Gauge:
    """How many are inside at once, and were at most. Leave before the last byte is sent: the client may come back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = self.most = 0

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1


def head_of(connection: socket.socket) -> bytes:
    """The next request on the connection; empty when the client closes it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (piece := connection.recv(65536)):
            return b""
        head += piece
    return head


def saying(answer: bytes) -> Behaviour:
    """Reads one request, sends these bytes and closes."""

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(answer)

    return behave


def redirecting_to(url: str, status: int = 302) -> Behaviour:
    return saying(f"HTTP/1.1 {status} Moved\r\nContent-Length: 0\r\nLocation: {url}\r\n\r\n".encode())


def ok(body: bytes = FEED, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def wait_for_leaving(connection: socket.socket) -> None:
    """A client that leaves before it has read what it was sent resets the connection."""
    with suppress(ConnectionResetError):
        while connection.recv(65536):
            pass


def let_pass(connection: socket.socket, seconds: float) -> None:
    """Time goes by on the wire, unless the client leaves before."""
    connection.settimeout(seconds)
    with suppress(TimeoutError):
        connection.recv(1)
    connection.settimeout(None)
