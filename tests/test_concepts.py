"""The thesaurus of news concepts: the data hold together, and a word finds what the news says for it."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from digest import concepts, resources
from digest.concepts import Concept, Related, related
from digest.text import is_stop_word, keys, stem_language, words_of

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "tr", "ru", "ar", "zh", "ja")
ALL = tuple(concepts.concepts())

HARMLESS = {("tr", "ordu"), ("tr", "mayın")}  # noqa: RUF001 - a Turkish letter
"""Their stems are stop words of other languages, and of no word without meaning in their own."""


def stems(text: str, language: str) -> tuple[str, ...]:
    return tuple(keys(word, stem_language(language))[1] for word in words_of(text, language))


def words(concept: Concept) -> list[tuple[str, str]]:
    """Each word of a concept with its language, whichever its grade."""
    return [
        (language, text)
        for by_language in (concept.same, concept.near)
        for language, texts in by_language.items()
        for text in texts
    ]


def found(word: str, *languages: str, grade: str | None = None) -> set[str]:
    return {one.text for one in related(word, languages) if grade in {None, one.grade}}


# --- the data -------------------------------------------------------------------------------------------------------


def test_there_are_a_few_hundred_concepts_each_with_a_key_of_its_own() -> None:
    names = [concept.key for concept in ALL]
    assert len(names) >= 70
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("concept", ALL, ids=lambda concept: concept.key)
def test_a_concept_is_well_formed(concept: Concept) -> None:
    assert tuple(concept.same) == LANGUAGES, "named in every language, in the usual order"
    assert set(concept.near) <= set(LANGUAGES)
    assert all(concept.same.values()), "a language has words for the very thing"
    assert concept.near["en"], "and English has words that tell of it"
    stemmed = [(language, stems(text, language)) for language, text in words(concept)]
    assert all(of_text for _, of_text in stemmed)
    assert len(set(stemmed)) == len(stemmed), "no word is there twice, in whatever inflection"


@pytest.mark.parametrize("concept", ALL, ids=lambda concept: concept.key)
def test_no_word_of_a_concept_is_a_word_without_meaning(concept: Concept) -> None:
    for language, text in words(concept):
        bare = [stem.partition("@")[0] for stem in stems(text, language)]
        assert not all(map(is_stop_word, words_of(text, language))), (language, text)
        assert not all(map(is_stop_word, bare)) or (language, text) in HARMLESS, (language, text)


def test_no_name_is_longer_than_is_looked_up() -> None:
    spaced = [text for concept in ALL for text in concept.same["en"]]
    assert max(len(words_of(text)) for text in spaced) <= concepts.LONGEST


def test_every_line_of_the_files_is_a_comment_a_key_or_words() -> None:
    for line in filter(str.strip, resources.thesaurus().splitlines()):
        if not line.startswith("#") and line[0].isspace():
            language, space, texts = line.strip().partition(" ")
            assert language in LANGUAGES, line
            assert space, line
            parts = list(itertools.chain(*(part.split(",") for part in texts.split("|"))))
            assert all(part.strip() for part in parts), line
            assert texts.count("|") <= 1, line


# --- looking up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, languages, same, near",
    [
        ("talks", "en", "negotiations dialogue", "meet discuss summit envoy"),
        ("negotiating", "en", "talks", "diplomat"),
        ("NEGOTIATIONS", "", "talks", "meet"),
        ("talks", "tr", "görüşme müzakere dialogue", ""),
        ("talks", "ar ru", "محادثات مفاوضات переговоры", ""),
        ("talks", "zh ja", "会谈 会談", ""),
        ("görüşmeleri", "tr", "talks negotiations müzakere", "meet"),
        ("görüşmeleri", "tr ru", "talks переговоры", "встреча"),
        ("переговоров", "ru", "talks", "meet"),
        ("المحادثات", "ar", "talks مفاوضات", ""),
        ("会谈", "zh", "talks 谈判", "meet"),
        ("会談", "ja", "talks 交渉", "meet"),
        ("Verhandlung", "de", "talks Gespräche", ""),
        ("truce", "es", "ceasefire tregua", ""),
        ("cease-fire", "", "truce", ""),
        ("nuclear weapons", "de", "Atomwaffen", "enrichment"),
        ("strike", "", "assault", ""),
    ],
)
def test_a_word_finds_what_the_news_says_for_it(word: str, languages: str, same: str, near: str) -> None:
    assert set(same.split()) <= found(word, *languages.split(), grade="same")
    assert set(near.split()) <= found(word, *languages.split(), grade="near")


@pytest.mark.parametrize("word", ["", "!", "Syria", "the", "recipe", "görüşmeleri", "переговоры", "weapons talks"])
def test_a_word_that_is_not_in_the_thesaurus_finds_nothing(word: str) -> None:
    assert related(word, ()) == ()


def test_near_leads_one_way() -> None:
    assert "diplomat" in found("talks", grade="near")
    assert "talks" in found("dialogue")
    assert not found("roadmap")


def test_nothing_is_found_in_a_language_that_was_not_asked_for() -> None:
    assert {one.language for one in related("talks", ["tr"])} == {"en", "tr"}
    assert {one.language for one in related("talks", ["sw"])} == {"en"}
    assert {one.language for one in related("talks", ["pt-BR", "zh_Hans"])} == {"en", "pt", "zh"}


def test_a_word_does_not_find_itself() -> None:
    assert not {"talks", "talk"} & found("talk")
    assert not {"embargo"} & found("embargo", "de", "es")
    assert Related("ambargo", "tr", "same") in related("embargo", ["tr"])


def test_a_word_of_several_concepts_gets_all_of_them_and_the_same_before_the_near() -> None:
    grades = [one.grade for one in related("envoy", ["tr"])]
    assert grades == sorted(grades, reverse=True)
    texts = [(one.language, one.text) for one in related("strike", ["tr"])]
    assert len(texts) == len(set(texts))


def test_nothing_is_read_before_a_word_is_looked_up() -> None:
    code = "from digest import concepts; import sys; sys.exit(concepts._blocks.cache_info().currsize)"
    subprocess.run([sys.executable, "-c", code], check=True)
