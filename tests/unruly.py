"""What reads documents as no parser should; a module of its own, as a process of its own has to import it."""

from __future__ import annotations

import os

from digest.model import ParsedFeed

ENDLESS, GREEDY, FATAL = b"endless", b"greedy", b"fatal"


def parse(body: bytes, *, url: str = "") -> ParsedFeed:
    """The title is the process that read; three bodies behave as no parser should."""
    while body == ENDLESS:
        pass
    if body == GREEDY:
        body = bytes(10**9)
    if body == FATAL:
        os.abort()
    return ParsedFeed(title=str(os.getpid()), link=url)
