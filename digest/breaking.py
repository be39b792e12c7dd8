"""Where words begin and end in scripts without spaces, by the dictionaries of ICU (the extra `cjk`).

Matching finds Chinese, Japanese and Thai words as characters that follow each other, and so finds 京都 (Kyoto) in
東京都 (the prefecture of Tokyo). With ICU a find that begins amid one of ICU's words and runs into the next is **cut
out** of its neighbours when it leaves a beginning that is no word, alone or with the word before: of 東京|都 it
leaves 東. A find within one word (谈判 in 和平谈判) is the part of a compound, and stays; so does one that leaves a
word (部长 leaves 外交 of 外交部|长). The end does not count: ICU's words are too long too often.

Without the extra nothing is cut out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

_LOCALE = "zh"
"""ICU's dictionaries go by script; the locale changes nothing of them."""


def words(string: str) -> list[tuple[int, int]] | None:
    """The offsets of the words, and of what stands between them; None without ICU."""
    breaker = _breaker()
    return None if breaker is None else list(breaker(string, _LOCALE).segments())


def cut_out(string: str, bounds: Sequence[int], start: int, end: int) -> bool:
    """Whether `string[start:end]` begins amid another word. `bounds` are the ascending offsets between the words."""
    first, last = bisect_right(bounds, start) - 1, bisect_left(bounds, end)
    if bounds[first] == start or last - first == 1:
        return False  # the beginning of a word, or the part of a compound
    left = (string[bounds[at] : start] for at in (first, first - 1) if at >= 0)
    return not any(map(_is_word, left))


@lru_cache(maxsize=4_000)
def _is_word(string: str) -> bool:
    return len(string) > 1 and len(words(string) or ()) == 1


@cache
def _breaker() -> Any:
    """Loaded when a word in such a script is found."""
    try:
        from icu4py.breakers import WordBreaker
    except ImportError:
        return None
    return WordBreaker
