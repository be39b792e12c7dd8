"""Other names that the operator gives to what topics watch for: Assad, al-Assad, Esad, الأسد.

A set of names stands beside a topic, or for all topics in aliases.yaml. Words of a phrase that are one of the names
(in any inflection) stand for all of them. Of several names that begin alike the longest counts; a name that is in
several sets stands for the names of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.folding import fold
from digest.settings import Topic
from digest.text import keys, stem_language, term_keys, words_of

Sets = tuple[tuple[str, ...], ...]
"""Names that stand for each other, set by set."""


def recognise(words: Sequence[str], sets: Sets, languages: frozenset[str]) -> tuple[tuple[str, ...], int] | None:
    """The other names of what the words begin with, and how many of the words are its name; None when it has none."""
    found = _recognised(words, sets, languages) if sets else None
    if found is None:
        return None
    numbers, size = found
    own = _folded(words[:size])
    names = dict.fromkeys(name for number in sorted(numbers) for name in sets[number])
    return tuple(name for name in names if _folded(words_of(name)) != own), size


def concerned(sets: Sets, phrases: Iterable[str], languages: frozenset[str]) -> Sets:
    """Those of the sets of which a name stands in one of the phrases."""
    numbers: set[int] = set()
    for phrase in phrases if sets else ():
        words = words_of(phrase)
        while words:
            found, size = _recognised(words, sets, languages) or (frozenset(), 1)
            numbers |= found
            words = words[size:]
    return tuple(sets[number] for number in sorted(numbers))


def with_shared(topic: Topic, shared: Sets, languages: frozenset[str]) -> Topic:
    """With those of the shared sets that concern it: an alias that is changed makes a new version of no other."""
    lines = (*topic.watch, *(line for line in (*topic.require, *topic.exclude) if isinstance(line, str)))
    named = concerned(shared, lines, languages | frozenset(topic.languages))
    return replace(topic, aliases=(*topic.aliases, *named)) if named else topic


@dataclass(frozen=True, slots=True)
class _Names:
    longest: int
    """In words."""
    numbers: Mapping[tuple[str, ...], frozenset[int]]
    """By the stems of a name: the sets that have it."""


def _recognised(words: Sequence[str], sets: Sets, languages: frozenset[str]) -> tuple[frozenset[int], int] | None:
    names = _names(sets, languages)
    for size in range(min(names.longest, len(words)), 0, -1):
        numbers = [names.numbers.get(_stems(words[:size], language), frozenset()) for language in _asked(languages)]
        if any(numbers):
            return frozenset[int]().union(*numbers), size
    return None


@lru_cache(maxsize=64)
def _names(sets: Sets, languages: frozenset[str]) -> _Names:
    found: dict[tuple[str, ...], frozenset[int]] = {}
    for number, names in enumerate(sets):
        for words in filter(None, map(words_of, names)):
            for language in _asked(languages):
                for last in term_keys(words[-1], [language]):  # its commonest forms, and as it is written
                    stems = (*_stems(words[:-1], language), last)
                    found[stems] = found.get(stems, frozenset()) | {number}
    return _Names(max(map(len, found), default=0), found)


def _asked(languages: frozenset[str]) -> list[str]:
    return sorted({"en", *map(stem_language, languages)})


def _stems(words: Iterable[str], language: str) -> tuple[str, ...]:
    return tuple(keys(word, language)[1] for word in words)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(fold, words))
