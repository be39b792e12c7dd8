"""CPU time of reading feeds: feedparser's defaults, and the program, on all entries, few new ones and none.

    python benchmarks/parsing.py [FOLDER ...]

Synthetic feeds have 20 and 200 entries of 1 to 5 KB of HTML. FOLDER holds captured feeds, one document a file. All
figures of a line are from one run, each the best of `ROUNDS`.

`new` reads every entry; `1 in 20` knows all slices but every twentieth; `same` hashes the body, which is unchanged.
`whole` is what the program does with trimming off.
"""

from __future__ import annotations

import io
import random
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from html import escape
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import feedparser

from digest import feeds
from digest.parsing import Limits, Parser
from digest.polling import body_hash

URL = "https://feeds.example/rss.xml"
ROUNDS = 3
WORDS = ("talks", "in", "Ankara", "ended", "with", "no", "agreement", "on", "grain", "prices", "said", "officials")


def html(chance: random.Random, size: int) -> str:
    """Paragraphs with the markup of articles, about `size` characters."""
    text = ""
    while len(text) < size:
        words = " ".join(chance.choices(WORDS, k=40))
        text += f'<p class="body">{words} <a href="/story/{chance.random()}">more</a> <em>{words[:30]}</em>.</p>\n'
    return text


def synthetic(entries: int) -> bytes:
    chance = random.Random(entries)
    items = "".join(
        f"<item><title>Talks {n}</title><link>https://a.example/{n}</link><guid>https://a.example/{n}</guid>"
        f"<pubDate>Wed, 18 Nov 2026 12:{n % 60:02}:00 GMT</pubDate><category>World</category>"
        f"<description>{escape(html(chance, chance.randint(1_000, 5_000)))}</description></item>"
        for n in range(entries)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()


def peer(body: bytes) -> None:
    """As its documentation says, but for the address: as the first argument it would be fetched."""
    feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})


def ours(body: bytes, known: frozenset[str] = frozenset(), *, trim: bool = True) -> None:
    feeds.parse(body, url=URL, known_slices=known, trim=trim)


def nearly_all(body: bytes) -> frozenset[str]:
    """The slices of a document but every twentieth, from the first on."""
    known = sorted(feeds.parse(body, url=URL).slices)
    return frozenset(known) - frozenset(known[::20])


def seconds(calls: list[Callable[[], object]]) -> float:
    """CPU time of all the calls, the best of the rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = process_time()
        for call in calls:
            call()
        best = min(best, process_time() - start)
    return best


def line(name: str, bodies: list[bytes]) -> None:
    entries = sum(len(feeds.parse(body, url=URL).entries) for body in bodies)
    cases: dict[str, list[Callable[[], object]]] = {
        "feedparser": [partial(peer, body) for body in bodies],
        "whole": [partial(ours, body, trim=False) for body in bodies],
        "new": [partial(ours, body) for body in bodies],
        "1 in 20": [partial(ours, body, nearly_all(body)) for body in bodies],
        "same": [partial(body_hash, body) for body in bodies],
    }
    took = {case: seconds(calls) for case, calls in cases.items()}
    figures = "  ".join(f"{case} {1e6 * took[case] / entries:8.1f}" for case in cases)
    ratios = "  ".join(f"{case} {took['feedparser'] / took[case]:.1f}x" for case in list(cases)[1:])
    print(f"{name:28} {len(bodies):4} feeds {entries:5} entries, µs each: {figures}   {ratios}")


def documents(folder: Path) -> Iterable[bytes]:
    return [
        path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".tsv", ".md"}
    ]


def apart() -> None:
    """What it costs to read a large document in a process of its own; time of the wall, as two processes work."""
    body = synthetic(200)
    with closing(Parser(feeds.parse, Limits(large=0))) as parser:
        times = []
        for _ in range(6):
            start = perf_counter()
            parser.parse(body, url=URL)
            middle = perf_counter()
            feeds.parse(body, url=URL)
            times.append((middle - start, perf_counter() - middle))
    first, best, here = times[0][0], min(there for there, _ in times[1:]), min(here for _, here in times)
    told = f"apart {1e3 * best:.0f} ms, the first time {1e3 * first:.0f} ms"
    print(f"{len(body) / 1e6:.1f} MB are read here in {1e3 * here:.0f} ms, {told}")


def main() -> None:
    warnings.simplefilter("ignore")
    for entries in (20, 200):
        line(f"synthetic, {entries} entries", [synthetic(entries)])
    for folder in map(Path, sys.argv[1:]):
        line(folder.name, list(documents(folder)))
    apart()


if __name__ == "__main__":
    main()
