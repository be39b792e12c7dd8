"""The words of a phrase that is written without spaces: 叙利亚土耳其和谈, シリアとトルコの会談.

Names that are known (countries, aliases) are taken out first, wherever they stand, the longest counts. What is left
between them is parted by ICU's dictionaries where the extra `cjk` is there (`digest.breaking`). Without it Japanese
is parted where its scripts change, for particles are written in hiragana and nearly all else is not; Chinese
characters are parted by twos where they are even in number, as nearly all words of the news have two. Other scripts
stay whole. Particles go.
"""

# ruff: noqa: SIM905 - letters of many scripts and lists of words are what this module is made of

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from digest import breaking
from digest.text import is_spaceless, words_of

_PARTICLES = frozenset(
    """
    的 了 和 与 與 及 在 于 於 是 对 對 为 為 就 将 將 被 把 向 从 從 到 并 也 等
    の と は が を に で も へ や か から まで より など との への での による について に関する
    และ ของ ที่ ใน กับ การ เป็น จะ ได้ ให้ จาก ว่า
    """.split()
)
_AT_THE_EDGE = re.compile(r"^[的与與在对對の]+|[的与與在对對の]+$")
_LAST_PARTICLE = re.compile(f"(?:{'|'.join(sorted(_PARTICLES, key=len, reverse=True))})$")
_RUN = re.compile(
    r"\d+年度?|[\u4e00-\u9fff\u3400-\u4dbf\u3005-\u3007]+|[\u30a0-\u30ff\uff66-\uff9f]+|[\u3041-\u3096]+"
    r"|[^\u3041-\u30ff\u3400-\u9fff]+"
)
_HAN = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]+")
_HIRAGANA = re.compile(r"[\u3041-\u3096]+")


def parted(raw: str, size_of_name: Callable[[Sequence[str]], int]) -> list[str]:
    """The words of what stands between two spaces of a phrase; itself where its script has spaces.

    `size_of_name` says how many of the characters given name something known, from the first on.
    """
    if not is_spaceless(raw):
        return [raw]
    characters = words_of(raw)
    found: list[str] = []
    between = ""
    while characters:
        size = size_of_name(characters)
        if size > 1:
            found += (*_words(between), "".join(characters[:size]))
            between = ""
        else:
            between += characters[0]
        characters = characters[max(1, size) :]
    return [word for word in (*found, *_words(between)) if word not in _PARTICLES]


def _words(between: str) -> Iterator[str]:
    """What stands between names, parted into words."""
    between = _AT_THE_EDGE.sub("", between)
    if between in _PARTICLES or not between:
        return
    segments = breaking.words(between)
    if segments is not None:
        yield from _whole([between[start:end] for start, end in segments])
        return
    for run in _RUN.findall(between):
        if _HAN.fullmatch(run) and len(run) > 3 and len(run) % 2 == 0:
            yield from (run[at : at + 2] for at in range(0, len(run), 2))
        elif not (_HIRAGANA.fullmatch(run) and len(_LAST_PARTICLE.sub("", run)) < 3):
            yield run


def _whole(words: list[str]) -> list[str]:
    """Characters that stand alone are of a name that the dictionary lacks; a single one belongs to its neighbour."""
    joined: list[str] = []
    for lone, run in groupby(words, lambda word: len(word) == 1 and word not in _PARTICLES):
        together = list(run)
        joined += ["".join(together)] if lone else together
    found: list[str] = []
    for word in joined:
        beside = found and found[-1] not in _PARTICLES and word not in _PARTICLES
        if beside and (len(word) == 1 or found == [found[-1][:1]]):
            found[-1] += word
        else:
            found.append(word)
    return found
