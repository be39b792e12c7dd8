"""A document that takes too much is given up, and the next one is read."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from unruly import ENDLESS, FATAL, GREEDY, parse

from digest import feeds
from digest.parsing import Limits, Parser

URL = "https://feeds.example/rss.xml"
APART = Limits(large=0, seconds=1, megabytes=300)


def rss(entries: int) -> bytes:
    items = (f"<item><guid>{n}</guid><title>Görüşme {n}</title></item>" for n in range(entries))
    return f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()


def test_a_small_document_is_read_here() -> None:
    with closing(Parser(parse, Limits(large=100))) as parser:
        assert parser.parse(b"x" * 99).title == str(os.getpid())


def test_a_large_document_is_read_apart_and_the_next_by_the_same_process() -> None:
    with closing(Parser(parse, Limits(large=100))) as parser:
        first, second = parser.parse(b"x" * 100, url="https://a.example/"), parser.parse(b"y" * 1_000_000)
        assert first.title == second.title != str(os.getpid())
        assert first.link == "https://a.example/"


def test_it_can_be_switched_off() -> None:
    with closing(Parser(parse, Limits(large=None))) as parser:
        assert parser.parse(b"x" * 1_000_000).title == str(os.getpid())


@pytest.mark.parametrize("body", [rss(0), rss(300), b"", b"\xff<rss", "<rss".encode("utf-16")])
def test_what_is_read_apart_is_what_is_read_here(body: bytes) -> None:
    known = feeds.parse(rss(5), url=URL).slices
    with closing(Parser(feeds.parse, APART)) as parser:
        assert parser.parse(body, url=URL, known_slices=known) == feeds.parse(body, url=URL, known_slices=known)


@pytest.mark.slow
@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "body, words",
    [(ENDLESS, "took longer than 1 s"), (GREEDY, "within 300 MB of memory"), (FATAL, "could not be read")],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system limits time alone")
def test_a_document_that_takes_too_much_is_given_up_and_the_next_is_read(body: bytes, words: str) -> None:
    with closing(Parser(parse, APART)) as parser:
        assert words in (parser.parse(body).problem or "")
        assert parser.parse(b"").problem is None


def test_the_process_ends_when_the_parser_is_closed_and_starts_again_when_needed() -> None:
    parser = Parser(parse, APART)
    first = parser.parse(b"").title
    parser.close()
    parser.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(first), 0)
    assert parser.parse(b"").title != first
    parser.close()


def test_threads_may_share_it() -> None:
    read: list[str] = []
    with closing(Parser(parse, APART)) as parser:
        threads = [threading.Thread(target=lambda: read.append(parser.parse(b"").title)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read) == 5
    assert len(set(read)) == 1


FORGETFUL = f"""
import sys
sys.path[:] = {sys.path!r}
from digest.parsing import Limits, Parser
from unruly import parse
kept = Parser(parse, Limits(large=0))
print(kept.parse(b"").title, flush=True)
"""


def test_no_process_outlives_the_one_that_forgot_to_close_it() -> None:
    """Its standard output, which the other would keep open, comes to its end."""
    done = subprocess.run([sys.executable, "-c", FORGETFUL], capture_output=True, text=True, timeout=30, check=True)
    watched = Path(f"/proc/{done.stdout.strip()}/stat")
    while watched.exists() and watched.read_text().split()[2] != "Z":
        pass  # it sees the end of its input as soon as the other is gone; the test's time limit watches
