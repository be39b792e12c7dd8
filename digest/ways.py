"""How each word of a phrase may stand in an article: as itself, as what means the same, as what goes with it.

What is known of a word stands in the gazetteer (`digest.names`) and the thesaurus (`digest.concepts`); which of it
holds beside the other words of its phrase is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import NamedTuple
from weakref import WeakValueDictionary

from digest import names
from digest.clauses import BEST_FIRST, Grade, Near, Part, Phrase, Term, Ways
from digest.concepts import LONGEST, name_in_others, related, spoken_in, synonyms, translations
from digest.folding import is_stop_word
from digest.scoring import NAMED
from digest.text import Form, Pattern, words_of

LONGEST_FILED_PREFIX = 4
"""A topic is filed under at most so many letters of a prefix."""

_Found = tuple[tuple[Grade, Pattern], ...]
_Words = tuple[tuple[str, ...], ...]

_NOWHERE = frozenset[str]()


def with_ways(phrase: Phrase, languages: frozenset[str]) -> Phrase:
    """The same phrase, its words knowing how they may be written and what is related to them, in English and the
    languages given. Their terms have their patterns already.
    """
    named = replace(phrase, parts=tuple(_by_all_names(part, phrase, languages) for part in phrase.parts))
    silent = _silent(named, languages)
    joined = [*(_is_term(part, behind, languages) for part, behind in pairwise(phrase.parts)), False]
    parts = (
        replace(part, ways=_ways(part, named, silent.get(part.text, _NOWHERE), languages), joined=is_joined)
        for part, is_joined in zip(named.parts, joined, strict=True)
    )
    return replace(named, parts=tuple(parts))


def rarest_keys(pattern: Pattern) -> tuple[str, ...]:
    """The keys of the word that is met least: an article in which the pattern stands has one of them. Of a prefix
    stand the first letters and a star.
    """
    return _keys(pattern[0]) if len(pattern) == 1 else min(map(_keys, pattern), key=frequency)


def frequency(keys: Iterable[str]) -> float:
    """A guess at how often one of the keys is met: the more and the shorter, the oftener."""
    return sum(2.0 ** -len(key.partition("@")[0].strip("=")) for key in keys)


def _keys(form: Form) -> tuple[str, ...]:
    return (f"{form.keys[0][: LONGEST_FILED_PREFIX + 1]}*",) if form.prefix else form.keys


# --- a word beside the others ---------------------------------------------------------------------------------------


class _Beside(NamedTuple):
    """How the other words of a phrase may stand in an article."""

    patterns: frozenset[Pattern]
    keys: frozenset[str]
    """Of those that are one word."""

    def has(self, pattern: Pattern) -> bool:
        """Whether it is one of them, or a word by itself that shares a key with one."""
        return pattern in self.patterns if len(pattern) > 1 else not self.keys.isdisjoint(pattern[0].keys)


def _beside(part: Part, phrase: Phrase) -> _Beside:
    terms = (other.clause for other in phrase.parts if other is not part)
    patterns = frozenset(chain.from_iterable(term.patterns for term in terms if isinstance(term, Term)))
    return _Beside(patterns, frozenset(key for each in patterns if len(each) == 1 for key in each[0].keys))


def _asked(part: Part, phrase: Phrase) -> Iterator[str]:
    """The word, and the words of the phrase that stand together and may be a term of which it is one."""
    yield part.text
    words = words_of(phrase.text)
    runs = (words[at : at + size] for size in range(2, LONGEST + 1) for at in range(len(words) - size + 1))
    yield from (" ".join(run) for run in runs if part.text in run)


def _by_all_names(part: Part, phrase: Phrase, languages: frozenset[str]) -> Part:
    """A word of a phrase with what is another name of the same thing, or the same in other languages, and what the
    term that it is a word of is called in these, or the person (Boris Johnson); unless that begins with a word beside
    it.
    """
    term = part.clause
    if part.kind not in {"word", "name"} or part.must or not isinstance(term, Term) or term.kind == "country":
        return part
    in_others = chain.from_iterable(name_in_others(each, languages) for each in _asked(part, phrase))
    same = (each.pattern for each in chain(synonyms(term.text, languages), in_others))
    found = dict.fromkeys(chain(same, _whole_name(part, phrase, languages)))
    beside = _beside(part, phrase).keys
    more = [name for name in found if name not in term.patterns and beside.isdisjoint(name[0].keys)]
    if not more:
        return part
    keys = {*term.keys, *chain.from_iterable(map(rarest_keys, more))}
    return replace(part, clause=replace(term, patterns=(*term.patterns, *more), keys=tuple(sorted(keys))))


def _whole_name(part: Part, phrase: Phrase, languages: frozenset[str]) -> Iterator[Pattern]:
    """How somebody whom the phrase calls in full, and who is looked for word by word, is called in full elsewhere."""
    for asked in _asked(part, phrase) if part.text[:1].isupper() else ():
        entry = names.entry_of(asked, languages)
        if entry and names.is_called_in_full(entry):
            yield from names.patterns(entry, languages)


def _silent(phrase: Phrase, languages: frozenset[str]) -> dict[str, frozenset[str]]:
    """For each word of a phrase the languages in which the thesaurus has words for other words of it and none for
    this one, and which are not that of the phrase, as far as the thesaurus tells it.
    """
    words = [part for part in phrase.parts if part.kind == "word" and not part.must]
    told = {part.text: _told(part, phrase, languages) for part in words}
    homes = Counter(chain.from_iterable(home for home, _ in told.values()))
    most = max(homes.values(), default=0)
    home = {language for language, times in homes.items() if times == most}
    elsewhere = frozenset(chain.from_iterable(of_one for _, of_one in told.values())) - home
    return {word: elsewhere - of_one for word, (_, of_one) in told.items()}


def _told(part: Part, phrase: Phrase, languages: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """In which languages the word is one of the thesaurus, and in which that has something for it."""
    asked = tuple(_asked(part, phrase))
    home = frozenset[str]().union(*(spoken_in(each, languages) for each in asked))
    return home, home.union(each.language for word in asked for each in related(word, languages))


def _related(part: Part, phrase: Phrase, languages: frozenset[str]) -> Iterator[tuple[Grade, Pattern]]:
    """What the thesaurus knows of the word, and of the words around it that it makes a term with (interest rates).

    Not what is another word of the phrase, or one of an article would count for both; but for words that mean the
    same, each by itself (war, conflict).
    """
    if part.must:
        return
    if part.kind in NAMED:
        entry = names.entry_of(part.text, languages)
        yield from (("same", pattern) for pattern in (names.patterns_within(entry, languages) if entry else ()))
    if part.kind == "country":
        return
    beside = _beside(part, phrase)
    for asked in _asked(part, phrase):
        for each in related(asked, languages):
            means_it = each.grade == "same" and asked == part.text
            if means_it or not beside.has(each.pattern):
                yield each.grade, each.pattern


def _is_term(part: Part, behind: Part, languages: frozenset[str]) -> bool:
    """Whether the thesaurus has the two words together."""
    may_be = part.kind == "word" and behind.kind in {"word", "frame"} and not part.must and not behind.must
    return may_be and bool(related(f"{part.text} {behind.text}", languages))


# --- all of it together ---------------------------------------------------------------------------------------------


_known: WeakValueDictionary[tuple[str, str, bool, frozenset[str], _Found], Ways] = WeakValueDictionary()
"""Those of equal words of all topics are one."""


def _ways(part: Part, phrase: Phrase, silent: frozenset[str], languages: frozenset[str]) -> Ways:
    clause = part.clause
    if isinstance(clause, Near):
        return Ways(keys=_first_keys(clause), kind=part.kind)
    own: _Found = tuple(("own", pattern) for pattern in clause.patterns)
    found = (*own, *_related(part, phrase, languages))
    asked = part.text, part.kind, part.must, silent, found
    ways = _known.get(asked)
    if ways is None:
        keys, several = _met_as(part, clause, languages)
        new = Ways(by_grade=_filed(found), keys=keys, several=several, kind=part.kind, silent=silent)
        ways = _known[asked] = new
    return ways


def _first_keys(words: Near) -> frozenset[str]:
    terms: Sequence[Term] = [each for each in words.parts if isinstance(each, Term)]
    return frozenset(terms[0].keys) if terms else frozenset()


def _met_as(part: Part, term: Term, languages: frozenset[str]) -> tuple[frozenset[str], frozenset[_Words]]:
    """By which keys, and which words together, it is told how often the word is met: the names of a name, a word also
    by what means the same in other languages.
    """
    if part.kind not in NAMED:
        others = (rarest_keys(each.pattern) for each in translations(part.text, languages))
        return frozenset(term.keys).union(*others), frozenset()
    words = [tuple(form.keys for form in pattern if not _is_stop_word(form)) for pattern in term.patterns]
    several = frozenset(each for each in words if len(each) > 1)
    return frozenset(key for each in words if len(each) == 1 for key in each[0]), several


def _is_stop_word(form: Form) -> bool:
    return all(is_stop_word(key.partition("@")[0].strip("=")) for key in form.keys)


def _filed(given: Iterable[tuple[Grade, Pattern]]) -> dict[Grade, dict[str, tuple[Pattern, ...]]]:
    """By grade, and by each key of its rarest word, what stands for a word: each once, in the best way."""
    patterns: dict[Grade, dict[str, dict[Pattern, None]]] = {}
    best: dict[Pattern, Grade] = {}
    for grade, pattern in sorted(given, key=lambda each: BEST_FIRST.index(each[0])):
        if best.setdefault(pattern, grade) == grade:
            for key in rarest_keys(pattern):
                patterns.setdefault(grade, {}).setdefault(key, {})[pattern] = None
    one: dict[tuple[Pattern, ...], tuple[Pattern, ...]] = {}  # equal ones are: most patterns have several keys
    return {
        grade: {key: one.setdefault(ways := tuple(found), ways) for key, found in by_key.items()}
        for grade, by_key in patterns.items()
    }
