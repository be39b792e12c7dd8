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
from collections.abc import Iterable, Mapping
from itertools import chain, filterfalse
from operator import itemgetter
from typing import NamedTuple

from digest.text import LOOKED_AT, Spelt, keys, make_room

_REMEMBERED = 60_000
"""So many words, of all languages, are remembered: 100 bytes each, twice as many where they lead somewhere, and 16
more for each topic that they lead to.
"""
_Group = tuple[str, ...]


class Leads(NamedTuple):
    """The keys of a word that are asked for, and the names filed under them: those of one group, those of several,
    and at the same places their next groups.

    These lie apart since they put most aside: a name that is not looked at is then not even loaded from memory.
    """

    keys: tuple[str, ...]
    alone: tuple[str, ...] = ()
    nexts: tuple[_Group, ...] = ()
    names: tuple[str, ...] = ()


Found = Mapping[str, Leads]
"""The words of a text that lead anywhere."""

_KEYS, _ALONE, _NAMES = itemgetter(0), itemgetter(1), itemgetter(3)


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

    def ask(self, keys: Iterable[str]) -> None:
        """Have these keys known of every text (`spelt`), although no name may be filed under them."""
        for key in keys:
            self._ask_for(key)
        self._remembered.clear()

    def ask_no_more(self, keys: Iterable[str]) -> None:
        """The contrary of `ask`, once for each time."""
        for key in keys:
            self._ask_no_more(key)
        self._remembered.clear()

    def look_up(self, words: Iterable[str], language: str) -> Found:
        """Where the words of a text in the language lead. They may stand there more than once."""
        if language not in self._remembered:
            self._remembered[language] = _Remembered(self, language)
        return self._remembered[language].look_up(words)

    def pulled(self, found: Found) -> set[str]:
        """The names of which a text has a key of every group."""
        leads = found.values()
        missing = set(chain.from_iterable(map(_KEYS, leads))).isdisjoint
        promising = set()
        for lead in filter(_NAMES, leads):
            for at, following in enumerate(lead.nexts):
                if not missing(following):
                    promising.add(lead.names[at])
        filed = self._filed
        whole = [name for name in promising if not any(map(missing, filed[name][2:]))]
        return self._unfiled.union(whole, *filter(None, map(_ALONE, leads)))

    def spelt(self, found: Found) -> Spelt:
        """By key the words that have it, for the keys that are asked for."""
        by_key: dict[str, list[str]] = {}
        for word, lead in found.items():
            for key in lead.keys:
                by_key.setdefault(key, []).append(word)
        return Spelt(by_key, self._asked)

    def leads_of(self, word: str, language: str) -> Leads | None:
        """Where a word leads, worked out; None: nowhere."""
        own = keys(word, language)
        heads = {f"{key[: length - 1]}*" for length in self._heads for key in own}
        asked = tuple(key for key in (*own, *heads) if key in self._asked)
        if not asked:
            return None
        names = tuple(dict.fromkeys(chain.from_iterable(self._by_key.get(key, ()) for key in asked)))
        several = tuple(name for name in names if len(self._filed[name]) > 1)
        alone = tuple(name for name in names if len(self._filed[name]) == 1)
        return Leads(asked, alone, tuple(self._filed[name][1] for name in several), several)

    def make_room(self) -> None:
        """Forget some of the words that are remembered, when they are too many."""
        words = (each for known in self._remembered.values() for each in (known.nowhere, known.leading))
        make_room(tuple(words), _REMEMBERED)

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


class _Remembered:
    """The words of one language that were looked up before: they go to the one or the other."""

    def __init__(self, filing: Filing, language: str) -> None:
        self._filing, self._language = filing, language
        self.nowhere: dict[str, None] = {}
        self.leading: dict[str, Leads] = {}

    def look_up(self, words: Iterable[str]) -> Found:
        found: dict[str, Leads] = {}
        for word in filterfalse(self.nowhere.__contains__, words):
            if word not in found and (leads := self.leading.get(word) or self._worked_out(word)):
                found[word] = leads
        return found

    def _worked_out(self, word: str) -> Leads | None:
        if not (len(self.nowhere) + len(self.leading)) % LOOKED_AT:
            self._filing.make_room()
        leads = self._filing.leads_of(word, self._language)
        if leads is None:
            self.nowhere[word] = None
        else:
            self.leading[word] = leads
        return leads
