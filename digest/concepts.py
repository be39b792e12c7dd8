"""What the news means by a word: other words for it, words that tell of it, and both in other languages.

A thesaurus of some 1,000 concepts of world, business, science, disaster, crime, sport and culture news,
written for this project and shipped as the plain text files of `digest/thesaurus`. A concept is a line with its key
and indented lines, each with a language, the words for the very same thing and, behind a bar, the words by which a
report tells of it without naming it:

    talks
      en talks, negotiations, dialogue, ?parley | meet, summit, envoy
      tr görüşmeler, müzakere

A key with a star is of many kinds: the first word is what it is called, the others are kinds of it. Who asks for the
first word means all kinds; near to a kind is the first word, and no other kind (a mosque is no church); in another
language, where nothing says which of the words is the mosque, all of them. What has a capital there is the name of a
single one, or has a concept of its own, and asks for nothing: who types Harvard does not mean universities, and who
types nickel no other metals.

What a concept is called in English has a capital where that is a proper name (Ebola), and so it is one in a phrase.
The first word of each language is the name of the thing, and so is each behind an equals sign; a first word behind a
tilde is not (Formula 1 is not all motor racing). Who asks for a thing by name means it by all its names: they are as
good as the word itself. Not so where the word is the name of several things.

Words are looked up as matching finds them, by their stems in the language that they are written in. "Near" leads one
way: a report of talks says "meet", but who looks for a meeting does not look for all talks. A word in capitals (AIDS)
is looked up in that form alone, and so is one behind a question mark, which is never given for another: it shares its
stem with a commoner word (execution: executive; accord: according; Turkish ölüm: oldu).

Nothing is read before the first look-up, and only words that begin as one looked up are stemmed.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Literal, NamedTuple

from digest import resources
from digest.folding import fold
from digest.text import Form, Pattern, head_of, heads_of, keys, primary_language, stem_language, term_keys, words_of

Grade = Literal["same", "near"]

LONGEST = 4
"""Words in the longest name of a concept: it is worth looking up so many words of a phrase together."""

_MARKS = "?=~"
"""Before a word: only looked up; a name, though not the first; no name, though the first."""

_TELLING = 5
"""Letters of a stem that are hardly those of another language's word by chance."""

_SMALL = re.compile(r"(?<!\w)[a-z]+(?!\w)")
"""Words without a capital."""


@dataclass(frozen=True, slots=True)
class Related:
    """A word, or words that follow each other, to be found beside the word that was looked up."""

    text: str
    language: str
    """In which it is written: the one to stem it in."""
    grade: Grade

    @property
    def pattern(self) -> Pattern:
        """How it stands in articles: by its stems, which texts in other languages do not have; an acronym in any."""
        return _pattern(self.text, self.language)


class Words(NamedTuple):
    """What a concept is called in one language."""

    same: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """Words that find the concept and are not given for it."""
    names: tuple[str, ...] = ()
    """Those of the same that are its names: the first, and what is as good."""


@dataclass(frozen=True, slots=True)
class Concept:
    """What one thing is called in the news, by language."""

    key: str
    words: dict[str, Words]


def related(word: str, languages: Collection[str]) -> tuple[Related, ...]:
    """What stands for a word, or for some words together ("interest rates"), in English and the languages given.

    The word is looked up in English and in each of these languages; where it names several concepts it gets all of
    them, and what one of them calls the same is the same. It is not among what it gets itself. A word that the
    thesaurus does not hold gets nothing.
    """
    return _related(word, frozenset(languages))


@lru_cache(maxsize=1_000)
def _related(word: str, languages: frozenset[str]) -> tuple[Related, ...]:
    spoken = _spoken(languages)
    named = _named(word, spoken)
    if not named:
        return ()
    own = {_stem(word, language) for language in spoken}
    given = [each for block, where in named.items() for each in _given(block, word, where, spoken)]
    found: dict[tuple[str, str], Related] = {}
    for each in sorted(given, key=lambda each: each.grade, reverse=True):
        if _is_another(each, word, own):
            found.setdefault((each.language, _spelled(each.text)), each)
    return tuple(found.values())


def _given(block: bytes, word: str, where: Collection[str], languages: Iterable[str]) -> Iterator[Related]:
    """What a concept gives for a word by which it goes in some of the languages."""
    kinds = _is_of_kinds(block) and not any(_is_called(block, word, language) for language in languages)
    for language in languages:
        words = _words(block, language)
        same = words.same[:1] if kinds and language in where else words.same
        yield from (Related(text, language, "near" if kinds else "same") for text in same)
        yield from (Related(text, language, "near") for text in words.near)


def synonyms(word: str, languages: Collection[str]) -> tuple[Related, ...]:
    """The other names of what a word is a name of, in English and the languages given: each as good as the word."""
    return _synonyms(word, frozenset(languages))


@lru_cache(maxsize=1_000)
def _synonyms(word: str, languages: frozenset[str]) -> tuple[Related, ...]:
    spoken = _spoken(languages)
    named = _named(word, spoken)
    called = [block for block, where in named.items() if any(_is_called(block, word, each) for each in where)]
    if len(called) != 1 or not all(map(_is_of_kinds, named.keys() - called)):
        return ()
    names = [Related(name, language, "same") for language in spoken for name in _words(called[0], language).names]
    own = {_stem(word, language) for language in spoken}
    return tuple(each for each in names if _is_another(each, word, own))


def translations(word: str, languages: Collection[str]) -> tuple[Related, ...]:
    """What means the same as a word, or as some words together, in those of the languages in which that is no word of
    the thesaurus: a report in Turkish cannot say "talks".
    """
    return _translations(word, frozenset(languages), names_only=False)


def name_in_others(word: str, languages: Collection[str]) -> tuple[Related, ...]:
    """What `translations` gives for the name of a thing; for another word, which may mean less, nothing."""
    return _translations(word, frozenset(languages), names_only=True)


def spoken_in(word: str, languages: Collection[str]) -> frozenset[str]:
    """Of English and the languages given those in which a word, or some words together, is one of the thesaurus."""
    return frozenset(chain.from_iterable(_named(word, _spoken(languages)).values()))


@lru_cache(maxsize=2_000)
def _translations(word: str, languages: frozenset[str], *, names_only: bool) -> tuple[Related, ...]:
    spoken = _spoken(languages)
    named = _named(word, spoken)
    own = set(chain.from_iterable(named.values()))
    given = chain.from_iterable(
        _given(block, word, where, spoken)
        for block, where in named.items()
        if not names_only or any(_is_called(block, word, each) for each in where)
    )
    return tuple(dict.fromkeys(each for each in given if each.grade == "same" and each.language not in own))


def _is_another(each: Related, word: str, own: Collection[str]) -> bool:
    """Whether it is neither the word in another spelling nor one of its `own` stems."""
    return _spelled(each.text) != _spelled(word) and _stem(each.text, each.language) not in own


def _is_of_kinds(block: bytes) -> bool:
    return block.partition(b"\n")[0].endswith(b" *")


def _is_called(block: bytes, word: str, language: str) -> bool:
    """Whether the word is a name of a concept in a language."""
    asked = {_form(word), _stem(word, language)}
    return any(not asked.isdisjoint(_names(name, language)) for name in _words(block, language).names)


def is_listed(word: str, languages: Collection[str]) -> bool:
    """Whether the thesaurus gives the word in this very spelling, in English or one of the languages."""
    spoken = _spoken(languages)
    return any(word in _words(block, language).same for block in _named(word, spoken) for language in spoken)


def is_proper(word: str, languages: Collection[str]) -> bool:
    """Whether a word with a capital is the name of a single thing (Ebola), or finds it only (Marburg): what a concept
    is called in English begins with one, too.
    """
    if not word[:1].isupper():
        return False
    named = _named(word, _spoken(languages)).items()
    return any(
        name[:1].isupper() and any(_is_called(block, word, each) or _is_asked(block, word, each) for each in where)
        for block, where in named
        for name in _words(block, "en").names[:1]
    )


def _is_asked(block: bytes, word: str, language: str) -> bool:
    """Whether it is a word by which a concept is only looked up."""
    return fold(word) in map(fold, _words(block, language).asked)


def is_everyday(word: str) -> bool:
    """Whether an English word, in one number or the other, is one by which concepts are called, and no name."""
    lower = word.lower()
    return not {lower, lower.removesuffix("s"), f"{lower}s"}.isdisjoint(_everyday())


@cache
def _everyday() -> frozenset[str]:
    same = (_line(block, "en").partition("|")[0] for block in _blocks())
    return frozenset(chain.from_iterable(map(_SMALL.findall, same)))


def concepts() -> Iterator[Concept]:
    """All of them, as they stand in the files."""
    for block in _blocks():
        key, *lines = block.decode().splitlines()
        yield Concept(key.removesuffix(" *"), {line[:2]: _words(block, line[:2]) for line in lines})


@lru_cache(maxsize=32_000)
def _pattern(text: str, language: str) -> Pattern:
    words = words_of(text, language)
    if is_acronym(text):
        return tuple(Form((f"={fold(word)}",), "upper") for word in words)
    return tuple(_inflected(word, language) for word in words)


@lru_cache(maxsize=32_000)
def _inflected(word: str, language: str) -> Form:
    """One object for all patterns with the word, which are most of what topics take."""
    return Form(_stems(word, language))


# --- looking up -----------------------------------------------------------------------------------------------------


def _spoken(languages: Collection[str]) -> tuple[str, ...]:
    """English, and these without their regions."""
    return tuple(dict.fromkeys(("en", *sorted(map(primary_language, languages)))))


@lru_cache(maxsize=500)
def _named(word: str, languages: tuple[str, ...]) -> Mapping[bytes, Sequence[str]]:
    """The concepts that a word names, with the languages in which it does.

    One that names it in this very form says more than one of the same stem.
    """
    found: dict[int, list[str]] = {}
    for language in languages:
        for number in _numbers(_form(word), word, language) or _numbers(_stem(word, language), word, language):
            if _may_be_in(language, word, _words(_blocks()[number], language)):
                found.setdefault(number, []).append(language)
    return {_blocks()[number]: where for number, where in found.items()}


def _may_be_in(language: str, word: str, words: Words) -> bool:
    """Whether a word that has the stem of a word of a language is likely to be in this language.

    Operators do not say in which they write, and what a stemmer makes of another language's words is short and
    anything: Spanish "timo" is fraud, and has the stem of English "time".
    """
    if language == "en" or not word.isascii() or len(_stem(word, language).partition("@")[0]) >= _TELLING:
        return True
    return fold(word) in map(fold, (*words.same, *words.asked))


def _numbers(key: str, word: str, language: str) -> list[int]:
    """What the key, a form or the stems, of a word names: among what begins as the word does, or its stem."""
    heads = heads_of(word, [] if key.startswith("=") else [key], language)
    return sorted({number for head in heads for number in _index(language, head).get(key, ())})


@cache
def _index(language: str, head: str) -> Mapping[str, tuple[int, ...]]:
    """By form and stems the numbers of the concepts that words beginning so name."""
    found: dict[str, dict[int, None]] = {}
    for number in _begun(language).get(head, ()):
        block = _blocks()[number]
        words = _words(block, language)
        asked, same = (
            [text for text in texts if head_of(text, language) == head]
            for texts in (words.asked, _asking(block, words.same, language))
        )
        for key in chain(map(_form, asked), *(_names(text, language) for text in same)):
            found.setdefault(key, {})[number] = None
    return {key: tuple(numbers) for key, numbers in found.items()}


def _asking(block: bytes, same: Sequence[str], language: str) -> Sequence[str]:
    """Of the words for a thing those that find it: not the names of single ones among its kinds (Harvard, Tesla).

    German nouns have capitals, too; a name that it shares with English is one.
    """
    if not _is_of_kinds(block):
        return same
    english = _words(block, "en").same if language == "de" else same
    names = {text for text in same[1:] if text[0].isupper() and not is_acronym(text) and text in english}
    return [text for text in same if text not in names]


@cache
def _begun(language: str) -> Mapping[str, Iterable[int]]:
    """By beginning the numbers of the concepts that have such a word.

    A stem begins as its word does, and stemming is what takes time.
    """
    found: dict[str, dict[int, None]] = {}
    for number, block in enumerate(_blocks()):
        for text in _split(_line(block, language).partition("|")[0]):
            found.setdefault(head_of(text.lstrip(_MARKS), language), {})[number] = None
    return {head: array("H", numbers) for head, numbers in found.items()}


def _names(text: str, language: str) -> tuple[str, ...]:
    """The keys under which a word is filed: a single one under the stems of its commonest forms."""
    if is_acronym(text):
        return (_form(text),)
    words = [_stems(word, language) for word in words_of(text, language)]
    return words[0] if len(words) == 1 else (" ".join(stems[0] for stems in words),)


def _stems(word: str, language: str) -> tuple[str, ...]:
    return tuple(key for key in term_keys(word, (stem_language(language),)) if not key.startswith("="))


def _stem(text: str, language: str) -> str:
    words = [text] if text.isascii() and text.isalpha() else words_of(text, language)
    return " ".join(keys(word, stem_language(language))[1] for word in words)


def _spelled(text: str) -> str:
    """The form of a text, its words apart: an air strike is looked for otherwise than an airstrike."""
    return " ".join(map(fold, text.split()))


def _form(text: str) -> str:
    return f"={fold(text)}"


def is_acronym(text: str) -> bool:
    """Whether a word of the thesaurus stands for nothing but itself in capitals."""
    return len(text) > 1 and text.isupper()


# --- the files ------------------------------------------------------------------------------------------------------


@cache
def _blocks() -> tuple[bytes, ...]:
    """The concepts as written, comments gone; as bytes, since of 13 scripts half take twice the room as strings."""
    lines = (line for line in resources.thesaurus().splitlines() if line.strip() and not line.startswith("#"))
    blocks: list[list[str]] = []
    for line in lines:
        if line[0].isspace():
            blocks[-1].append(line.strip())
        else:
            blocks.append([line.strip()])
    return tuple("\n".join(block).encode() for block in blocks)


def _line(block: bytes, language: str) -> str:
    start = block.find(f"\n{language} ".encode())
    return block[start + len(language) + 2 :].partition(b"\n")[0].decode() if start >= 0 else ""


def _words(block: bytes, language: str) -> Words:
    named, _, told = _line(block, language).partition("|")
    texts = _split(named)
    same = tuple(text for text in texts if not text.startswith("?"))
    return Words(
        same=tuple(text.lstrip(_MARKS) for text in same),
        near=_split(told),
        asked=tuple(text[1:] for text in texts if text.startswith("?")),
        names=tuple(_names_among(same)),
    )


def _names_among(same: Sequence[str]) -> Iterator[str]:
    for at, text in enumerate(same):
        if text.startswith("=") or (at == 0 and not text.startswith("~")):
            yield text.lstrip(_MARKS)


def _split(words: str) -> tuple[str, ...]:
    return tuple(text for part in words.split(",") if (text := part.strip()))
