"""Which of many articles have which words, written down, so that they need not be analysed again to be asked.

A concordance is one piece of bytes for up to `MOST` articles, of about 250 bytes an article. It has a line for each
word: the word, a tab, and for each article that has it a character, whose number is the article's place in the list
of articles that goes with the concordance. The lines are in order, so that a word is found by halving.

A word stands there as its keys (`digest.text`), the folded form and the stems, without telling the two apart: what is
found has the key, or a word that is spelled like it. It is for choosing what to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

MOST = 1_900
"""Articles of one concordance: their places are characters of two bytes."""

_FEW = 500
"""So many bytes are read through sooner than halved."""

_FIRST = 0x80
"""The character of the first article; smaller ones stand for themselves."""


def written(articles: Iterable[Collection[str]]) -> bytes:
    """The concordance of articles, each given as its keys."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for number, keys in enumerate(articles):
        here = chr(_FIRST + number)
        for key in keys:
            by_key[key].append(here)
    lines: dict[str, list[str]] = {}
    for key, found in by_key.items():
        word = _word(key)
        if lines.setdefault(word, found) != found:
            lines[word] = sorted({*lines[word], *found})
    return _joined({word.encode(): "".join(found).encode() for word, found in lines.items() if word})


def joined(first: bytes, count: int, second: bytes) -> bytes:
    """The concordance of the articles of both; `count` is how many the first has."""
    lines: dict[bytes, bytes] = dict(_lines(first))
    shift = {_FIRST + place: _FIRST + place + count for place in range(MOST - count)}
    for word, found in _lines(second):
        lines[word] = lines.get(word, b"") + found.decode().translate(shift).encode()
    return _joined(lines)


def having(concordance: bytes, keys: Iterable[str], known: dict[str, list[int]] | None = None) -> set[int]:
    """The places of the articles that have any of these keys; one that ends in a star is the beginning of a word.

    What is looked up is remembered in `known`, for the next questions to the same concordance.
    """
    known = {} if known is None else known
    asked = set(map(_word, keys))  # most words are their own stems, so that two keys have one line
    wanted = {_wanted(word): word for word in asked - known.keys()}
    known |= {word: [] for word in wanted.values()}
    for head, start in _first_lines(concordance, sorted(wanted)).items():
        if head.endswith(b"\t"):
            known[wanted[head]] = _places(concordance, start)
        else:
            known[wanted[head]] = list(chain.from_iterable(_beginning(concordance, head, start)))
    return set().union(*map(known.__getitem__, asked))


def _wanted(word: str) -> bytes:
    """As what its line begins, or all lines that it is the beginning of."""
    return word[:-1].encode() if word.endswith("*") else f"{word}\t".encode()


def _word(key: str) -> str:
    return key.removeprefix("=")


def _joined(lines: Mapping[bytes, bytes]) -> bytes:
    return b"".join(b"%s\t%s\n" % each for each in sorted(lines.items()))


def _lines(concordance: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in concordance.split(b"\n")[:-1]:
        word, _, found = line.partition(b"\t")
        yield word, found


def _first_lines(concordance: bytes, wanted: Sequence[bytes]) -> dict[bytes, int]:
    """For each of these beginnings, given in order, where the first line begins that has it; without those that none
    has.

    The one in the middle parts the lines for those on both sides, so that many cost little more than a few.
    """
    found: dict[bytes, int] = {}
    left = [(0, len(wanted), 0, len(concordance))]
    while left:
        first, last, low, high = left.pop()
        if first < last:
            middle = (first + last) // 2
            begin, end = _narrowed(concordance, wanted[middle], low, high)
            if (start := _begins(concordance, wanted[middle], begin, end)) is not None:
                found[wanted[middle]] = start
            left += [(first, middle, low, end), (middle + 1, last, begin, high)]
    return found


def _narrowed(concordance: bytes, wanted: bytes, low: int, high: int) -> tuple[int, int]:
    """Of the lines between two places a few, among or right behind which is the first not before the wanted one."""
    while high - low > _FEW:
        start = concordance.rfind(b"\n", low, (low + high) // 2) + 1 or low
        if concordance[start : start + len(wanted)] < wanted:
            low = concordance.index(b"\n", start) + 1
        else:
            high = start
    return low, high


def _begins(concordance: bytes, wanted: bytes, low: int, high: int) -> int | None:
    """Where the first line begins, from the one at `low` to the one at `high`, that begins so."""
    if low < len(concordance) and concordance.startswith(wanted, low):
        return low
    before = concordance.find(b"\n" + wanted, low, high + len(wanted))
    return None if before < 0 else before + 1


def _beginning(concordance: bytes, head: bytes, start: int) -> Iterator[list[int]]:
    """The places of all lines that begin so, the first at `start`."""
    while start < len(concordance) and concordance.startswith(head, start):
        yield _places(concordance, start)
        start = concordance.index(b"\n", start) + 1


def _places(concordance: bytes, start: int) -> list[int]:
    """Of the line that begins there."""
    found = concordance[concordance.index(b"\t", start) + 1 : concordance.index(b"\n", start)]
    return [ord(character) - _FIRST for character in found.decode()]
