"""Where topics are filed, so that an article pulls out those that it may concern.

A topic comes with groups of keys, of each of which an article must have one (`digest.topics`). It is filed under the
keys of one group: that whose keys are asked for the least, which is the rarest as far as topics tell. The next rarest
group lies beside it, so that most of what an article's words lead to is put aside at the first glance. What remains
has a key of every group. A topic without groups always remains.

To which keys and topics a word of an article leads hardly changes from article to article, so it is remembered, word
by word: most lead to none. When a topic is put in or taken out, all is forgotten.

The work for an article grows with its words that are asked for and with the topics filed under these, not with the
topics there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from digest.text import Spelt, keys

_REMEMBERED = 30_000
"""So many words, of all languages, that lead to nothing are remembered (3 MB), and of one that do (6 MB, and 16 bytes
for each topic that a word leads to).
"""
_ALWAYS = ("",)
"""A group of which every text has a key."""

_Group = tuple[str, ...]


class Leads(NamedTuple):
    """The keys of a word that are asked for, the names filed under them, and at the same places their next groups.

    These lie apart since they put most aside: a name that is not looked at is then not even loaded from memory.
    """

    keys: tuple[str, ...]
    nexts: tuple[_Group, ...] = ()
    names: tuple[str, ...] = ()


class Words(NamedTuple):
    """The words of a text that may lead somewhere, and where each does."""

    words: list[str]
    leads: list[Leads]


_NOWHERE = Leads(())
_KEYS, _NAMES = attrgetter("keys"), attrgetter("names")


class Filing:
    """Names filed under groups of keys. A key that ends with a star stands for all that begin so."""

    def __init__(self) -> None:
        self._filed: dict[str, tuple[_Group, ...]] = {}
        """By name its groups: that under which it is filed, that which lies beside it, the others."""
        self._unfiled: set[str] = set()
        self._by_key: dict[str, list[str]] = {}
        self._asked: dict[str, int] = {}
        self._heads: Counter[int] = Counter()
        self._remembered: dict[str, _Remembered] = {}

    def add(self, name: str, groups: Iterable[tuple[str, ...]]) -> None:
        """File a name, one that is not filed, under groups of keys."""
        found = tuple(sorted(groups, key=self._commonness))
        if not found:
            self._unfiled.add(name)
            return
        self._filed[name] = found
        for key in chain.from_iterable(found):
            self._ask_for(key)
        for key in found[0]:
            self._by_key.setdefault(key, []).append(name)
        self._remembered.clear()

    def remove(self, name: str) -> None:
        """Take a name out; one that is not filed is as good."""
        self._unfiled.discard(name)
        groups = self._filed.pop(name, None)
        if groups is None:
            return
        for key in groups[0]:
            self._by_key[key].remove(name)
        for key in chain.from_iterable(groups):
            self._ask_no_more(key)
        self._remembered.clear()

    def look_up(self, words: Iterable[str], language: str) -> Words:
        """Where the words of a text in the language lead."""
        if language not in self._remembered:
            self._remembered[language] = _Remembered(self, language)
        remembered = self._remembered[language]
        found = list(set(words).difference(remembered.quiet))
        return Words(found, list(map(remembered.__getitem__, found)))

    def pulled(self, words: Words) -> set[str]:
        """The names of which a text has a key of every group."""
        missing = {"", *chain.from_iterable(map(_KEYS, words.leads))}.isdisjoint
        promising = set()
        for lead in filter(_NAMES, words.leads):
            for at, following in enumerate(lead.nexts):
                if not missing(following):
                    promising.add(lead.names[at])
        filed = self._filed
        return self._unfiled.union([name for name in promising if not any(map(missing, filed[name][2:]))])

    def spelt(self, words: Words) -> Spelt:
        """By key the words that have it, for the keys that are asked for."""
        found: dict[str, list[str]] = {}
        for word, lead in zip(words.words, words.leads, strict=True):
            for key in lead.keys:
                found.setdefault(key, []).append(word)
        return Spelt(found, self._asked)

    def leads_of(self, word: str, language: str) -> Leads:
        """Where a word leads, worked out."""
        own = keys(word, language)
        heads = {f"{key[: length - 1]}*" for length in self._heads for key in own}
        asked = tuple(key for key in (*own, *heads) if key in self._asked)
        if not asked:
            return _NOWHERE
        names = tuple(dict.fromkeys(chain.from_iterable(self._by_key.get(key, ()) for key in asked)))
        return Leads(asked, tuple(self._next(name) for name in names), names)

    def _next(self, name: str) -> _Group:
        groups = self._filed[name]
        return groups[1] if len(groups) > 1 else _ALWAYS

    def make_room(self) -> None:
        """Forget the words that lead nowhere, when too many are remembered."""
        if sum(len(of_language.quiet) for of_language in tuple(self._remembered.values())) >= _REMEMBERED:
            for of_language in tuple(self._remembered.values()):
                of_language.quiet.clear()

    def _commonness(self, group: _Group) -> int:
        return sum(self._asked.get(key, 0) for key in group)

    def _ask_for(self, key: str) -> None:
        asked = self._asked[key] = self._asked.get(key, 0) + 1
        if asked == 1 and key.endswith("*"):
            self._heads[len(key)] += 1

    def _ask_no_more(self, key: str) -> None:
        self._asked[key] -= 1
        if self._asked[key]:
            return
        del self._asked[key]
        self._by_key.pop(key, None)
        if key.endswith("*"):
            self._heads[len(key)] -= 1
            if not self._heads[len(key)]:
                del self._heads[len(key)]


class _Remembered(dict[str, Leads]):
    """By word of one language where it leads; apart from them those that lead nowhere, the `quiet` ones.

    When there are too many of a kind, the older half, or all the quiet ones, are forgotten.
    """

    def __init__(self, filing: Filing, language: str) -> None:
        super().__init__()
        self._filing, self._language = filing, language
        self.quiet: set[str] = set()

    def __missing__(self, word: str) -> Leads:
        found = self._filing.leads_of(word, self._language)
        if found is _NOWHERE:
            self._filing.make_room()
            self.quiet.add(word)
            return found
        if len(self) >= _REMEMBERED:
            newer = list(self.items())[_REMEMBERED // 2 :]  # in one step, should another thread ask, too
            self.clear()
            self.update(newer)
        self[word] = found
        return found
