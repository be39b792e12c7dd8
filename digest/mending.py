"""Whether a text that changed was edited, or only damaged on its way: pure comparisons.

What damage does to a text: bytes that were no UTF-8 become U+FFFD, UTF-8 read as Windows-1252 becomes two or three
characters for one (`Ã¼` for `ü`), control characters get in, and white space comes and goes. Two texts have the same
words when they are equal without all that, a run of n U+FFFD standing for at most n characters of the whole text.
"""

from __future__ import annotations

import re
from typing import Literal

from digest.model import Entry

Change = Literal["edited", "mended", "damaged"]

_MARK = "\ufffd"
_NOISE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_AFTER = r"[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
_MISREAD = re.compile(
    f"[\u00c2-\u00df]{_AFTER}|[\u00e0-\u00ef]{_AFTER}{_AFTER}|[\u00f0-\u00f4]{_AFTER}{_AFTER}{_AFTER}"
)
_LONGEST_RUN = 12
"""Characters that a run of marks may stand for at most; bounds the time."""


def change(old: Entry, new: Entry) -> Change:
    """What became of an entry whose text is not the stored one any more."""
    before, after = (_fields(entry) for entry in (old, new))
    if not all(_same_words(one, other) for one, other in zip(before, after, strict=True)):
        return "edited"
    return "mended" if _damage(after) <= _damage(before) else "damaged"


def _fields(entry: Entry) -> tuple[str, str, str]:
    return entry.title, entry.summary, entry.text


def _damage(texts: tuple[str, ...]) -> int:
    return sum(text.count(_MARK) + len(_MISREAD.findall(text)) for text in texts)


def _same_words(one: str, other: str) -> bool:
    one, other = (_NOISE.sub("", _MISREAD.sub(_read_again, text)) for text in (one, other))
    return one == other or _fits(one, other) or _fits(other, one)


def _read_again(found: re.Match[str]) -> str:
    """What was UTF-8 and read as Windows-1252 or Latin-1."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return found.group().encode(encoding).decode()
        except UnicodeError:
            continue
    return found.group()


def _fits(damaged: str, whole: str) -> bool:
    """Whether `whole` is `damaged` with something in the place of its marks."""
    if _MARK not in damaged:
        return False
    parts = re.split(f"({_MARK}+)", damaged)
    if not whole.startswith(parts[0]):
        return False
    place = len(parts[0])
    for run, piece in zip(parts[1::2], parts[2::2], strict=True):
        ends = range(place, place + min(len(run), _LONGEST_RUN) + 1)
        if not piece:  # the end of the text
            return len(whole) in ends
        found = next((end for end in ends if whole.startswith(piece, end)), None)
        if found is None:
            return False
        place = found + len(piece)
    return place == len(whole)
