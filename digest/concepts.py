"""What the news means by a word: other words for it, words that tell of it, and both in other languages.

A thesaurus of some three hundred concepts of world, business, science, disaster, crime, sport and culture news,
written for this project and shipped as the plain text files of `digest/thesaurus`. A concept is a line with its key
and indented lines, each with a language, the words for the very same thing and, behind a bar, the words by which a
report tells of it without naming it:

    talks
      en talks, negotiations, dialogue | meet, summit, envoy
      tr görüşmeler, müzakere

Words are found as matching finds them: by their stems in the language that they are written in. "Near" leads one
way: a report of talks says "meet", but who looks for a meeting does not look for all talks.

Nothing is read before the first look-up; a language is stemmed when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from digest import resources
from digest.text import keys, stem_language, words_of

Grade = Literal["same", "near"]

LONGEST = 3
"""Words in the longest name of a concept: it is worth looking up so many words of a phrase together."""


@dataclass(frozen=True, slots=True)
class Related:
    """A word, or words that follow each other, to be found beside the word that was looked up."""

    text: str
    language: str
    """In which it is written: the one to stem it in."""
    grade: Grade


@dataclass(frozen=True, slots=True)
class Concept:
    """What one thing is called in the news, by language."""

    key: str
    same: Mapping[str, tuple[str, ...]]
    near: Mapping[str, tuple[str, ...]]


def related(word: str, languages: Collection[str]) -> tuple[Related, ...]:
    """What stands for a word, or for some words together ("interest rates"), in English and the languages given.

    The word is looked up in English and in each of these languages; where it names several concepts it gets all of
    them, and what one of them calls the same is the same. It is not among what it gets itself. A word that the
    thesaurus does not hold gets nothing.
    """
    asked = dict.fromkeys(("en", *sorted(code.replace("_", "-").split("-")[0].lower() for code in languages)))
    own = {(language, _key(word, language)) for language in asked}
    numbers = dict.fromkeys(number for language, key in sorted(own) for number in _index(language).get(key, ()))
    concepts = [_read(_blocks()[number]) for number in numbers]
    found: dict[tuple[str, str], Related] = {}
    for grade in ("same", "near"):
        for concept in concepts:
            for language in asked:
                for text in (concept.same if grade == "same" else concept.near).get(language, ()):
                    key = language, _key(text, language)
                    if key not in own:
                        found.setdefault(key, Related(text, language, grade))
    return tuple(found.values())


def concepts() -> Iterator[Concept]:
    """All of them, as they stand in the files."""
    return map(_read, _blocks())


def _key(text: str, language: str) -> str:
    stems = stem_language(language)
    return " ".join(keys(word, stems)[1] for word in words_of(text, language))


@cache
def _index(language: str) -> Mapping[str, tuple[int, ...]]:
    """By the stems of what is the same: the numbers of the concepts."""
    found: dict[str, tuple[int, ...]] = {}
    for number, concept in enumerate(concepts()):
        for text in concept.same.get(language, ()):
            key = _key(text, language)
            found[key] = (*found.get(key, ()), number)
    return found


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


def _read(block: bytes) -> Concept:
    key, *lines = block.decode().splitlines()
    same, near = {}, {}
    for line in lines:
        language, _, words = line.partition(" ")
        named, _, told = words.partition("|")
        same[language] = _split(named)
        if told:
            near[language] = _split(told)
    return Concept(key, same, near)


def _split(words: str) -> tuple[str, ...]:
    return tuple(text for part in words.split(",") if (text := part.strip()))
