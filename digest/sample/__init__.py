"""The sample feeds: eleven invented outlets as they stand at two polls, six hours apart, and a server for them.

Outlets, people and events are invented; all links lead to example hosts. `first/` holds every feed at the first poll,
`second/` those that differ at the second, so a feed that stands only in `first/` answers 304 then. One outlet has no
file at all and answers 404, one is not well-formed and can be read nevertheless.

What the feeds are there to show, by file:

    northern-wire.xml       RSS 2.0. Talks between Syria and Turkey, the original report, and what came of them at the
                            second poll; the announcement of the talks, three days old at the first; talks of Turkey
                            with somebody else; PKK members giving up their arms.
    harbour-chronicle.xml   RSS 2.0, full content, tracking parameters. Wire copies: same titles, other links; one
                            guid re-issued for the second poll; an entry without guid whose tracking parameters
                            change; an entity in a title.
    meridian-review.atom    Atom 1.0, relative links. The talks under the wire's link, with a title of its own that is
                            edited between the polls; a title in escaped HTML.
    lakeside-dispatch.json  JSON Feed 1.1. The talks without that word or its stem; an entry without title.
    old-bridge-gazette.rdf  RSS 1.0. A decision on the bank rate, a football club and the PKK, Turkish aid for Syrian
                            towns, an entry without date; no word on its language.
    kiyi-postasi.xml        RSS 2.0 in Turkish. The talks and the agreement.
    sawt-al-mina.atom       Atom 1.0 in Arabic. The talks and the agreement.
    rechnoy-vestnik.xml     RSS 2.0 in Russian. The talks and the agreement.
    far-touchline.xml       RSS 2.0 with undeclared entities, unchanged. A Syrian football coach talks.
    hearth-and-spoon.xml    RSS 2.0, unchanged. A turkey that is roasted.
    evening-ledger.xml      404.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from digest.settings import Feed

FIRST_POLL = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Half an hour before 07:30 in Istanbul."""
SECOND_POLL = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
"""Of the same Friday; 18:00 in St. John's is eleven and a half hours later."""

Poll = Literal[1, 2]

_FOLDER = Path(__file__).parent
_POLLS: dict[Poll, datetime] = {1: FIRST_POLL, 2: SECOND_POLL}
_TYPES = {
    ".atom": "application/atom+xml",
    ".json": "application/feed+json",
    ".rdf": "application/rdf+xml",
    ".xml": "application/rss+xml",
}


def feeds(base_url: str) -> tuple[Feed, ...]:
    """The eleven feeds under `base_url` (no trailing slash), as an operator would write them down."""

    def feed(file: str, name: str, *tags: str, language: str | None = None) -> Feed:
        return Feed(url=f"{base_url}/{file}", name=name, tags=tags, language=language)

    return (
        feed("northern-wire.xml", "Northern Wire", "world"),
        feed("harbour-chronicle.xml", "The Harbour Chronicle", "world"),
        feed("meridian-review.atom", "Meridian Review", "world"),
        feed("lakeside-dispatch.json", "Lakeside Dispatch", "world"),
        feed("old-bridge-gazette.rdf", "Old Bridge Gazette", "world", "turkey", language="en"),
        feed("kiyi-postasi.xml", "Kıyı Postası", "world", "turkey"),  # noqa: RUF001 - its name
        feed("sawt-al-mina.atom", "صوت الميناء", "world"),
        feed("rechnoy-vestnik.xml", "Речной вестник", "world"),
        feed("far-touchline.xml", "Far Touchline", "sport"),
        feed("hearth-and-spoon.xml", "Hearth & Spoon", "food"),
        feed("evening-ledger.xml", "Evening Ledger", "world"),
    )


def path(file: str, poll: Poll) -> Path:
    """Where `file` is as it stands at the poll; it does not exist for the outlet that answers 404."""
    changed = _FOLDER / "second" / file
    return changed if poll == 2 and changed.is_file() else _FOLDER / "first" / file


class Server:
    """The sample feeds on loopback, at first as they stood at the first poll. Made by `serve`."""

    def __init__(self) -> None:
        self.url = ""
        """Without a trailing slash, for `feeds`; filled in once the port is known."""
        self.poll: Poll = 1

    def show(self, poll: Poll) -> None:
        """From the next request on, serve what stood there at that poll."""
        self.poll = poll


@contextmanager
def serve() -> Iterator[Server]:
    """Serve the sample feeds on a free port of 127.0.0.1 until the block ends."""
    server = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, server)) as http:
        server.url = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), name="sample-feeds", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; one request per connection (HTTP/1.0), so that closing waits for nobody."""

    def __init__(self, sample: Server, *args: Any) -> None:
        self._sample = sample
        super().__init__(*args)

    def do_GET(self) -> None:
        poll = self._sample.poll
        file = path(PurePosixPath(self.path.partition("?")[0]).name, poll)
        if not file.is_file() or file.suffix not in _TYPES:
            self._answer(404, poll, {"Content-Type": "text/plain; charset=utf-8"}, b"There is no such feed here.\n")
            return
        body = file.read_bytes()
        changed_at = _POLLS[2 if file.parent.name == "second" else 1]
        validators = {
            "ETag": f'"{sha256(body).hexdigest()[:16]}"',
            "Last-Modified": format_datetime(changed_at, usegmt=True),
        }
        if self._is_known(validators["ETag"], changed_at):
            self._answer(304, poll, validators)
        else:
            self._answer(200, poll, {**validators, "Content-Type": _TYPES[file.suffix]}, body)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _is_known(self, etag: str, changed_at: datetime) -> bool:
        """RFC 9110, section 13.2.2: If-Modified-Since counts only where there is no If-None-Match."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
        since = self.headers.get("If-Modified-Since")
        try:
            return since is not None and changed_at <= parsedate_to_datetime(since)
        except (TypeError, ValueError):  # not a date, or one without a zone: as if the header were not there
            return False

    def _answer(self, status: int, poll: Poll, headers: dict[str, str], body: bytes = b"") -> None:
        """Dated at the poll and not now, as all else that the demo shows."""
        self.send_response_only(status)
        for name, value in {"Date": format_datetime(_POLLS[poll], usegmt=True), **headers}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Says nothing: the demo's own output is what is to be read."""
