"""A WebSub hub for tests: real HTTP on loopback, both ways, scripted.

It keeps what it was asked, and by `answer` and `verifies` does what a test wants of it. Verification and content are
sent to the callback of the last request. Requests are stamped by its clock, and `breaches` tells what a good guest of
hubs would not have done.
"""

from __future__ import annotations

import hmac
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

HEADERS = {"Content-Type": "application/rss+xml"}


def call(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """A GET, or a POST of `data`: the status and the body of the answer."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@dataclass
class Hub:
    """What the hub was asked, and how it behaves from the next request on."""

    address: str = ""
    answer: tuple[int, str] = (202, "")
    """Status, and the body or the Location."""
    retry_after: str = ""
    """Said with each answer, unless empty."""
    verifies: bool = True
    """At once, before it answers the request."""
    lease: int | None = None
    """Seconds that it grants; None: what was asked for."""
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    """Of the requests; names in lower case."""
    answered: list[tuple[datetime, int, str]] = field(default_factory=list)
    """When each request came, by the hub's clock, its status, and the Retry-After."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    verified: list[tuple[int, bytes]] = field(default_factory=list)
    """What came of each verification."""

    @property
    def callback(self) -> str:
        return self.asked[-1]["hub.callback"]

    def verify(self, callback: str | None = None, **changed: str) -> tuple[int, bytes]:
        """Asks the subscriber whether it wants the last subscription; `mode`, `topic`, … may differ from it."""
        last = self.asked[-1]
        query = {
            "hub.mode": last["hub.mode"],
            "hub.topic": last["hub.topic"],
            "hub.challenge": "<b>a challenge</b>",
            "hub.lease_seconds": str(self.lease or last["hub.lease_seconds"]),
        } | {f"hub.{name}": text for name, text in changed.items()}
        return call(f"{callback or self.callback}?{urllib.parse.urlencode(query)}")

    def push(
        self, body: bytes, *, method: str = "sha256", secret: str | None = None, signed: bool = True
    ) -> tuple[int, bytes]:
        """Distributes content to the last callback. May be called by several threads at once."""
        key = secret if secret is not None else self.asked[-1]["hub.secret"]
        digest = hmac.new(key.encode(), body, method).hexdigest()
        signature = {"X-Hub-Signature": f"{method}={digest}"} if signed else {}
        return call(self.callback, body, HEADERS | signature)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.hub.headers.append({name.lower(): text for name, text in self.headers.items()})
        self.hub.asked.append(dict(urllib.parse.parse_qsl(body, strict_parsing=True)))
        status, said = self.hub.answer
        self.hub.answered.append((self.hub.clock(), status, self.hub.retry_after))
        if status == 202 and self.hub.verifies:
            self.hub.verified.append(self.hub.verify())
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", said)
        if self.hub.retry_after:
            self.send_header("Retry-After", self.hub.retry_after)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Says nothing."""


@contextmanager
def hub_server(clock: Callable[[], datetime] | None = None) -> Iterator[Hub]:
    """A hub on 127.0.0.1 until the block ends."""
    hub = Hub(clock=clock) if clock else Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}/hub"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="hub")
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


# --- the judge of subscribers ---------------------------------------------------------------------------------------

SHORTEST, AFTER_A_REFUSAL = timedelta(minutes=10), timedelta(days=7)
"""Between two requests for one subscription; after a status from 400 on that says "never"."""
_FIELDS = {"hub.mode", "hub.topic", "hub.callback", "hub.lease_seconds", "hub.secret"}


def breaches(hub: Hub, contact: str) -> Iterator[str]:
    """What breaks the laws, a sentence each. Nothing of what is judged is imported here."""
    secrets: defaultdict[str, set[str]] = defaultdict(set)
    answers: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    until = datetime.min.replace(tzinfo=UTC)
    for form, headers, (at, status, retry_after) in zip(hub.asked, hub.headers, hub.answered, strict=True):
        yield from (f"asked at {at} {wrong}" for wrong in _ill_bred(form, headers, contact))
        if at < until:
            yield f"asked at {at}, though the hub wants no request before {until}"
        if status in {429, 503} and retry_after.isdecimal():
            until = at + timedelta(seconds=int(retry_after))
        secrets[form["hub.callback"]].add(form["hub.secret"])
        answers[form["hub.callback"]].append((at, status))
    if sum(map(len, secrets.values())) != len(secrets) or len(set().union(*secrets.values())) != len(secrets):
        yield "not one secret for each address"
    yield from (wrong for answered in answers.values() for wrong in _impatient(answered))


def _ill_bred(form: dict[str, str], headers: dict[str, str], contact: str) -> Iterator[str]:
    """What no request may do."""
    place, _, token = form["hub.callback"].rpartition("/")
    if form.keys() != _FIELDS or form["hub.mode"] != "subscribe":
        yield f"with {sorted(form)}"
    if not place.endswith("/websub") or len(token) < 43 or len(form["hub.secret"]) < 32:
        yield "with an address or a secret that can be guessed"
    if contact not in headers.get("user-agent", "") or {"cookie", "referer", "authorization"} & headers.keys():
        yield f"with the headers {headers}"


def _impatient(answered: list[tuple[datetime, int]]) -> Iterator[str]:
    for (sooner, status), (later, _) in pairwise(answered):
        final = 400 <= status < 500 and status not in {408, 425, 429}
        if later - sooner < (AFTER_A_REFUSAL if final else SHORTEST):
            yield f"asked at {sooner}, answered {status}, and asked again at {later}"
