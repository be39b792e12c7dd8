"""Counts, instants, addresses and the words of others as people read them, in the program's own language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from unicodedata import combining

AT_ONCE = "at once, when something matches"
"""When what is `instant` is due."""

JOINERS = "\u200c\u200d"
"""Invisible, and needed by Persian, Indic scripts and emoji: what they join is never cut apart."""


def counted(count: int, one: str, several: str = "") -> str:
    """`1 story`, `2 stories`; without `several` an s is added."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def shown(instant: datetime | None) -> str:
    """To the minute, in UTC; `never` for none."""
    return "never" if instant is None else f"{instant.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


@lru_cache(maxsize=1024)  # each poll says a few, nearly all of them the same
def lasting(span: timedelta) -> str:
    """To the two greatest units that count: `2 d 3 h`, `1 h 30 min`, `45 s`."""
    left, parts = max(round(span.total_seconds()), 0), []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        parts.append(f"{count} {unit}" if count else "")
    first = next((n for n, part in enumerate(parts) if part), 3)
    return " ".join(part for part in parts[first : first + 2] if part) or "0 s"


def one_line(text: str) -> str:
    """What somebody else says, on one line of printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters (1 or more), cut after a word and with an ellipsis where something is cut.

    Text without spaces (Chinese, Thai, a long number) is cut within, though never between a letter and its marks or
    within an emoji.
    """
    if len(text) <= limit:
        return text
    cut = limit - 1
    while cut and (combining(text[cut]) or text[cut] in JOINERS or text[cut - 1] in JOINERS):
        cut -= 1
    head = text[:cut]
    if not text[cut].isspace():
        words = re.match(r"(?s)(.*\S)\s", head)
        if words and words.end(1) > limit // 2:
            head = words.group(1)
    return head.rstrip(" \n,;:.-\u2013\u2014") + "…"


def without_login(text: str) -> str:
    """The text without the logins in addresses: a password is for the feed's server alone."""
    return re.sub(r"//[^/?#\s]*@", "//…@", text) if "@" in text else text
