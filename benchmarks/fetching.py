"""What a poll costs in CPU beside aiohttp alone, for feeds that each have a host of their own.

    python benchmarks/fetching.py [--feeds 640] [--rounds 15] [--json]

`aiohttp` is the least that a program could do with that library: one session, a bare `get` with the same headers for
each URL, the body read, as many at once, a new connection for each request; it looks at nothing. `digest` is
`digest.fetching.fetch`, called with batches as large as the poller's, or with all feeds at once. Both run in this
process, in turns, against a server in another; a figure is the median over the rounds of the CPU microseconds (user
and system, all threads) for a poll. The promise is that a 304 costs at most 1.3 times what it costs aiohttp alone.

Loopback addresses are private, so the runs must do without the guard that refuses them. What it costs is measured by
itself, on public addresses, and is part of the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

import aiohttp
from loopback import feed_url, server

from digest.fetching import HOSTS_AT_ONCE, fetch
from digest.fetching.addresses import why_not_public
from digest.fetching.walking import ACCEPT
from digest.model import FetchRequest
from digest.settings import Polling

AGENT = "Digest/benchmark (+https://example.org)"
BATCH = 256
"""As `digest.pipeline.polling` claims them."""
PROMISE = 1.3


def bare(requests: list[FetchRequest]) -> int:
    """What is compared with; gives the bytes that came."""

    async def work() -> int:
        waiting, got = iter(requests), 0
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

            async def one_after_another() -> None:
                nonlocal got
                for request in waiting:
                    async with session.get(request.url, headers=headers(request), allow_redirects=False) as response:
                        got += len(await response.read())

            async with asyncio.TaskGroup() as group:
                for _ in range(HOSTS_AT_ONCE):
                    group.create_task(one_after_another())
        return got

    return asyncio.run(work())


def conditional(feeds: int, port: int) -> list[FetchRequest]:
    """Polls of feeds that are known as they are."""
    modified = "Fri, 20 Nov 2026 04:00:00 GMT"
    return [
        FetchRequest(feed_id=n, url=feed_url(n, port), etag=f'"{n}-0"', last_modified=modified) for n in range(feeds)
    ]


def headers(request: FetchRequest) -> dict[str, str]:
    ours = {"User-Agent": AGENT, "Accept": ACCEPT}
    if request.etag and request.last_modified:
        ours |= {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return ours


def digest(requests: list[FetchRequest], *, batch: int) -> int:
    """`fetch`, as the poller calls it; gives the bytes that came."""
    got = 0
    for start in range(0, len(requests), batch):
        for result in fetch(requests[start : start + batch], Polling(private_addresses=True), user_agent=AGENT):
            assert result.problem is None, result.problem
            got += len(result.body)
    return got


def medians(ways: Mapping[str, Callable[[], int]], rounds: int, polls: int) -> dict[str, float]:
    """CPU microseconds for a poll, of each way; every round takes all of them, each time another first."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    brought = {way() for way in ways.values()}  # warms up, and shows that all do the same
    assert len(brought) == 1, brought
    names = list(ways)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before = time.process_time()
            ways[name]()
            measured[name].append((time.process_time() - before) / polls * 1e6)
    return {name: round(median(figures), 1) for name, figures in measured.items()}


def guard() -> float:
    """CPU microseconds to look at an address before a connection is made to it."""
    addresses = [f"{a}.{b}.9.20" for a in range(20, 60) for b in range(250)]
    addresses += [f"2a00:{a:x}:{b:x}::7" for a in range(40) for b in range(1, 250)]
    before = time.process_time()
    assert not any(why_not_public(address) for address in addresses)
    return (time.process_time() - before) / len(addresses) * 1e6


def measure(feeds: int, rounds: int) -> dict[str, Any]:
    with server("feeds", "--entries", "20") as (port, _):
        old = conditional(feeds, port)
        new = [FetchRequest(feed_id=n, url=feed_url(n, port)) for n in range(feeds // 4)]
        told: dict[str, Any] = {"feeds": feeds, "rounds": rounds, "guard_us": round(guard(), 1)}
        for name, requests in (("304", old), ("200 gzip", new)):
            figures = medians(
                {
                    "aiohttp": lambda: bare(requests),  # noqa: B023 - called at once
                    "digest": lambda: digest(requests, batch=BATCH),  # noqa: B023 - called at once
                    "digest, all at once": lambda: digest(requests, batch=feeds),  # noqa: B023 - called at once
                },
                rounds,
                len(requests),
            )
            ratio = round((figures["digest"] + told["guard_us"]) / figures["aiohttp"], 2)
            told[name] = {"us": figures, "ratio": ratio}
    return told


def table(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"CPU, µs for a poll; {told['feeds']} feeds, median of {told['rounds']} rounds"
    yield f"{'':<10}{'aiohttp':>10}{'digest':>10}{'at once':>10}{'guard':>8}{'ratio':>8}"
    for name in ("304", "200 gzip"):
        figures = "".join(f"{figure:>10}" for figure in told[name]["us"].values())
        yield f"{name:<10}{figures}{told['guard_us']:>8}{told[name]['ratio']:>8}"
    yield f"promised of a 304: at most {PROMISE}"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--feeds", type=int, default=640)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--json", action="store_true", dest="as_json")
    chosen = options.parse_args()
    told = measure(chosen.feeds, chosen.rounds)
    print(json.dumps(told, ensure_ascii=False, indent=1) if chosen.as_json else "\n".join(table(told)))


if __name__ == "__main__":
    main()
