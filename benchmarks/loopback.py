"""Servers for the benchmarks, each a process of its own and as cheap as Python can be: feeds, and a sink for mail.

    python benchmarks/loopback.py feeds [--entries 20] [--undated] [--no-validators] [--news 0.04] [--failing 0.01]
    python benchmarks/loopback.py smtp

Each prints its port, and on SIGTERM one line of JSON: what it was asked.

The feed server listens on all addresses of this machine, so that feed N has a host of its own, 127.0.x.y, as almost
every feed in the world has. Feeds are RSS 2.0; an entry is 1 to 4 KB of HTML without sense, made from its number
alone, and claims to be some hours old, or says nothing of that (`--undated`). Of the requests for a feed the share
`--news` finds one entry more than before, of the feeds the share `--failing` always answers 500; both by a hash, so
that every run is alike.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from zlib import compressobj, crc32

WORDS = 4000
"""In the language of the entries; a few are frequent and most are rare, as in any language."""
SECTIONS = 100
"""Each feed belongs to one section, whose word is in every title: by it a topic finds all entries of the feed."""


# --- feeds ----------------------------------------------------------------------------------------------------------


@cache
def vocabulary() -> list[str]:
    """Pronounceable words, all different; the last `SECTIONS` are kept for the sections."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    chance = random.Random(0)
    found = dict.fromkeys("".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))) for _ in range(3 * WORDS))
    return list(found)[: WORDS + SECTIONS]


def section_word(number: int) -> str:
    """What is in the titles of feed `number`."""
    return vocabulary()[WORDS + number % SECTIONS]


@cache
def _frequencies() -> list[float]:
    weights, total = [], 0.0
    for rank in range(1, WORDS + 1):
        total += 1 / rank
        weights.append(total)
    return weights


def feed_url(number: int, port: int) -> str:
    """Of feed `number`: a host for each."""
    return f"http://127.0.{number // 250}.{number % 250 + 1}:{port}/{number}.xml"


def item(feed: int, number: int, published: datetime | None) -> str:
    """One entry. Its text depends on its feed and number alone."""
    chance = random.Random(feed * 1000 + number)
    size = chance.randint(1000, 4000)
    said, length = [], 0
    while length < size:
        words = chance.choices(vocabulary()[:WORDS], cum_weights=_frequencies(), k=40)
        words[7] = f'<a href="https://example.org/{words[7]}?page={number}">{words[7]}</a>'
        words[20] = f"<strong>{words[20]}</strong>"
        said.append(f'<p class="body">{" ".join(words).capitalize()}.</p>')
        length += len(said[-1])
    said.insert(1, f'<p><img src="https://example.org/{feed}/{number}.jpg" alt="" width="600" height="400"/></p>')
    title = " ".join(chance.choices(vocabulary()[:WORDS], k=7))
    date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
    return (
        f"<item><title>{section_word(feed).capitalize()} {title}</title>"
        f"<link>https://news{feed}.example.org/{number}</link><guid>https://news{feed}.example.org/{number}</guid>"
        f"{date}<description><![CDATA[{''.join(said)}]]></description></item>\n"
    )


class Feeds:
    """The feeds, and what they were asked."""

    def __init__(self, *, entries: int, dated: bool, validators: bool, news: float, failing: float) -> None:
        self.told: Counter[str] = Counter()
        self._entries, self._dated, self._validators = entries, dated, validators
        self._news, self._failing = news, failing
        self._asked: Counter[int] = Counter()
        self._added: Counter[int] = Counter()
        self._start = datetime.now(UTC).replace(microsecond=0)
        self._kept: dict[tuple[int, bool], bytes] = {}

    def answer(self, request: bytes) -> bytes:
        """The whole answer to a whole request; for `/told` what was asked so far."""
        if request.startswith(b"GET /told "):
            body = json.dumps(self.told).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        number = int(request[5 : request.index(b".")])
        self._asked[number] += 1
        self.told["requests"] += 1
        self.told["conditional"] += b"\r\nIf-None-Match: " in request
        if _share(f"failing {number}") < self._failing:
            self.told["500"] += 1
            return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if self._asked[number] > 1 and _share(f"news {number} {self._asked[number]}") < self._news:
            self._added[number] += 1
            self._kept = {}
        etag = f'"{number}-{self._added[number]}"'.encode()
        validators = b""
        if self._validators:
            validators = b"ETag: " + etag + b"\r\nLast-Modified: Fri, 20 Nov 2026 04:00:00 GMT\r\n"
            if b"If-None-Match: " + etag in request:
                self.told["304"] += 1
                return b"HTTP/1.1 304 Not Modified\r\n" + validators + b"Connection: close\r\n\r\n"
        self.told["200"] += 1
        return self._whole(number, validators, zipped=b"gzip" in request)

    def _whole(self, number: int, validators: bytes, *, zipped: bool) -> bytes:
        if (answer := self._kept.get((number, zipped))) is None:
            if len(self._kept) > 1000:
                self._kept = {}
            body = self._body(number).encode()
            encoding = b""
            if zipped:
                packer = compressobj(wbits=31)
                body, encoding = packer.compress(body) + packer.flush(), b"Content-Encoding: gzip\r\n"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n" % len(body)
            answer = self._kept[number, zipped] = head + validators + encoding + b"Connection: close\r\n\r\n" + body
        return answer

    def _body(self, number: int) -> str:
        newest = self._entries + self._added[number]
        numbers = range(newest, newest - self._entries, -1)
        items = "".join(item(number, n, self._published(n) if self._dated else None) for n in numbers)
        head = f"<title>News {number}</title><link>https://news{number}.example.org/</link><language>en</language>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n'
        )

    def _published(self, number: int) -> datetime:
        return self._start - timedelta(minutes=20) * (self._entries - min(number, self._entries))


def _share(text: str) -> float:
    """Between 0 and 1, from the text alone."""
    return crc32(text.encode()) / 2**32


class _HTTP(asyncio.Protocol):
    def __init__(self, feeds: Feeds) -> None:
        self._feeds, self._read = feeds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        if self._read.endswith(b"\r\n\r\n"):
            self._transport.write(self._feeds.answer(self._read))
            self._transport.close()


# --- mail -----------------------------------------------------------------------------------------------------------


class _SMTP(asyncio.Protocol):
    """Takes everything and keeps nothing. Knows PIPELINING."""

    def __init__(self, told: Counter[str]) -> None:
        self._told, self._read, self._in_data = told, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._told["connections"] += 1
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._read += data
        while True:
            line, end, rest = self._read.partition(b"\r\n.\r\n" if self._in_data else b"\r\n")
            if not end:
                return
            self._read = rest
            self._transport.write(self._message(line) if self._in_data else self._command(line[:4].upper()))

    def _message(self, body: bytes) -> bytes:
        self._in_data = False
        self._told["messages"] += 1
        self._told["bytes"] += len(body)
        return b"250 2.0.0 taken\r\n"

    def _command(self, verb: bytes) -> bytes:
        self._in_data = verb == b"DATA"
        return {
            b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            b"DATA": b"354 go on\r\n",
            b"QUIT": b"221 bye\r\n",
        }.get(verb, b"250 ok\r\n")


# --- processes ------------------------------------------------------------------------------------------------------


@contextmanager
def server(*words: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """One of the servers in a process of its own; its port, and what it was asked, filled in when the block ends."""
    command = [sys.executable, str(Path(__file__).resolve()), *words]
    told: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), told
        finally:
            process.terminate()
            told.update(json.loads(process.stdout.read() or b"{}"))


async def _serve(make: Callable[[], asyncio.Protocol], host: str, told: Counter[str]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    listener = await loop.create_server(make, host, 0, backlog=1024)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    print(json.dumps(told), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    kinds = options.add_subparsers(dest="kind", required=True)
    kinds.add_parser("smtp")
    feeds = kinds.add_parser("feeds")
    feeds.add_argument("--entries", type=int, default=20)
    feeds.add_argument("--undated", dest="dated", action="store_false")
    feeds.add_argument("--no-validators", dest="validators", action="store_false")
    feeds.add_argument("--news", type=float, default=0.0)
    feeds.add_argument("--failing", type=float, default=0.0)
    chosen = vars(options.parse_args())
    if chosen.pop("kind") == "feeds":
        served = Feeds(**chosen)
        asyncio.run(_serve(partial(_HTTP, served), "0.0.0.0", served.told))
    else:
        told: Counter[str] = Counter()
        asyncio.run(_serve(partial(_SMTP, told), "127.0.0.1", told))


if __name__ == "__main__":
    main()
