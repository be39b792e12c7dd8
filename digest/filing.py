"""Where topics are filed, so that an article pulls out those that it may concern.

A topic comes with groups of keys, of each of which an article must have one (`digest.topics`). Equal groups are one
group, whatever topics they come from. A topic is filed in one of its groups: that whose keys the fewest groups have,
which is the rarest as far as topics tell. An article has some groups; what is filed in these is pulled out, and of
that those topics remain whose other groups it has, too. A topic without groups always remains.

Which groups a word of an article is in hardly changes from article to article, so it is remembered, word by word:
most are in none. When a group comes that was not there before, all is forgotten.

The work for an article grows with its words, with the groups they are in, and with the topics filed in these, not
with the topics there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, filterfalse
from typing import NamedTuple

from digest.text import Spelt, keys

_REMEMBERED = 30_000
"""So many words, of all languages, that are in no group are remembered (3 MB), and of one that are (5 MB)."""
_FEW = 50
"""A group with more topics than these keeps them in no list any more, so that taking one out stays quick."""


@dataclass(slots=True, eq=False)
class _Group:
    """Keys of which a text must have one."""

    keys: tuple[str, ...]
    filed: tuple[()] | list[_Filed] | dict[_Filed, None] = ()
    count: int = 0
    """How many names have it."""


class _Filed(NamedTuple):
    """A name as it is filed."""

    name: str
    under: _Group
    others: tuple[_Group, ...]
    """What a text must have besides."""


class Words(NamedTuple):
    """The words of a text that may be in a group, of each the groups that it is in, and the language."""

    words: list[str]
    groups: list[tuple[_Group, ...]]
    language: str


class Filing:
    """Names filed under groups of keys. A key that ends with a star stands for all that begin so."""

    def __init__(self) -> None:
        self._filed: dict[str, _Filed] = {}
        self._unfiled: set[str] = set()
        self._groups: dict[tuple[str, ...], _Group] = {}
        self._by_key: dict[str, list[_Group]] = {}
        self._heads: Counter[int] = Counter()
        self._remembered: dict[str, _Remembered] = {}

    def add(self, name: str, groups: Iterable[Iterable[str]]) -> None:
        """File a name, one that is not filed, under groups of keys."""
        found = [self._group(tuple(sorted(group))) for group in groups]
        if not found:
            self._unfiled.add(name)
            return
        found.sort(key=self._commonness)
        for group in found:
            group.count += 1
        filed = self._filed[name] = _Filed(name, found[0], tuple(found[1:]))
        _put(filed, found[0])

    def remove(self, name: str) -> None:
        """Take a name out; one that is not filed is as good."""
        self._unfiled.discard(name)
        filed = self._filed.pop(name, None)
        if filed is None:
            return
        there = filed.under.filed
        if isinstance(there, dict):
            del there[filed]
        elif isinstance(there, list):
            there.remove(filed)
        for group in (filed.under, *filed.others):
            group.count -= 1
            if not group.count:
                self._drop(group)

    def grouped(self, words: Iterable[str], language: str) -> Words:
        """The groups of the words of a text in the language."""
        if language not in self._remembered:
            self._remembered[language] = _Remembered(self, language)
        remembered = self._remembered[language]
        asked = list(set(filterfalse(remembered.quiet.__contains__, words)))
        return Words(asked, list(map(remembered.__getitem__, asked)), language)

    def pulled(self, words: Words) -> Iterator[str]:
        """The names of which a text has every group."""
        there = set(chain.from_iterable(words.groups))
        yield from self._unfiled
        for group in there:
            for filed in group.filed:
                for other in filed.others:
                    if other not in there:
                        break
                else:
                    yield filed.name

    def spelt(self, words: Words) -> Spelt:
        """By key the words that have it, for the keys of all groups."""
        found: dict[str, list[str]] = {}
        for word, groups in zip(words.words, words.groups, strict=True):
            for key in keys(word, words.language) if groups else ():
                found.setdefault(key, []).append(word)
        return Spelt(found, self._by_key)

    def groups_of(self, word: str, language: str) -> tuple[_Group, ...]:
        """The groups that a word is in, worked out."""
        own = keys(word, language)
        heads = {f"{key[: length - 1]}*" for length in self._heads for key in own}
        found = chain.from_iterable(self._by_key.get(key, ()) for key in (*own, *heads))
        return tuple(dict.fromkeys(found))

    def make_room(self) -> None:
        """Forget the words that are in no group, when too many are remembered."""
        if sum(len(of_language.quiet) for of_language in tuple(self._remembered.values())) >= _REMEMBERED:
            for of_language in tuple(self._remembered.values()):
                of_language.quiet.clear()

    def _commonness(self, group: _Group) -> int:
        return sum(len(self._by_key[key]) for key in group.keys)

    def _group(self, group: tuple[str, ...]) -> _Group:
        if group in self._groups:
            return self._groups[group]
        found = self._groups[group] = _Group(group)
        for key in group:
            self._by_key.setdefault(key, []).append(found)
            if key.endswith("*"):
                self._heads[len(key)] += 1
        self._remembered.clear()
        return found

    def _drop(self, group: _Group) -> None:
        del self._groups[group.keys]
        for key in group.keys:
            self._by_key[key].remove(group)
            if not self._by_key[key]:
                del self._by_key[key]
            if key.endswith("*"):
                self._heads[len(key)] -= 1
                if not self._heads[len(key)]:
                    del self._heads[len(key)]


def _put(filed: _Filed, group: _Group) -> None:
    if isinstance(group.filed, dict):
        group.filed[filed] = None
    elif isinstance(group.filed, tuple):
        group.filed = [filed]
    elif len(group.filed) < _FEW:
        group.filed.append(filed)
    else:
        group.filed = dict.fromkeys([*group.filed, filed])


class _Remembered(dict[str, tuple[_Group, ...]]):
    """By word of one language the groups that it is in; apart from them those that are in none, the `quiet` ones.

    When there are too many of a kind, the older half, or all the quiet ones, are forgotten.
    """

    def __init__(self, filing: Filing, language: str) -> None:
        super().__init__()
        self._filing, self._language = filing, language
        self.quiet: set[str] = set()

    def __missing__(self, word: str) -> tuple[_Group, ...]:
        found = self._filing.groups_of(word, self._language)
        if not found:
            self._filing.make_room()
            self.quiet.add(word)
            return found
        if len(self) >= _REMEMBERED:
            newer = list(self.items())[_REMEMBERED // 2 :]  # in one step, should another thread ask, too
            self.clear()
            self.update(newer)
        self[word] = found
        return found
