"""The thesaurus of news concepts: the data hold together, and a word finds what the news says for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest import concepts, resources
from digest.concepts import Concept, Related, is_proper, name_in_others, related, synonyms, translations
from digest.folding import fold, is_stop_word
from digest.text import Form, keys, stem_language, words_of

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "tr", "ru", "ar", "zh", "ja")
ALL = tuple(concepts.concepts())

MARKED = {"|", "?"}


def stems(text: str, language: str) -> tuple[str, ...]:
    return tuple(keys(word, stem_language(language))[1] for word in words_of(text, language))


def named(concept: Concept) -> list[tuple[str, str]]:
    """Each word that a concept gives for another, with its language; acronyms are compared as they stand."""
    return [
        (language, text)
        for language, words in concept.words.items()
        for text in (*words.same, *words.near)
        if not concepts.is_acronym(text)
    ]


def found(word: str, *languages: str, grade: str | None = None) -> set[str]:
    return {one.text for one in related(word, languages) if grade in {None, one.grade}}


# --- the data -------------------------------------------------------------------------------------------------------


def test_there_are_hundreds_of_concepts_each_with_a_key_of_its_own() -> None:
    names = [concept.key for concept in ALL]
    assert len(names) > 400
    assert sorted(set(names)) == sorted(names)


def test_a_concept_has_words_in_every_language() -> None:
    for concept in ALL:
        assert tuple(concept.words) == LANGUAGES, f"{concept.key}: in the usual order"
        assert concept.words["en"].same, concept.key
        assert concept.words["en"].near, concept.key
        assert all(words.same or words.asked for words in concept.words.values()), concept.key


def test_no_word_of_a_concept_is_there_twice_in_whatever_inflection() -> None:
    for concept in ALL:
        stemmed = [(language, stems(text, language)) for language, text in named(concept)]
        assert all(of_text for _, of_text in stemmed), concept.key
        assert sorted(set(stemmed)) == sorted(stemmed), concept.key
        assert all(len(set(words.asked)) == len(words.asked) for words in concept.words.values()), concept.key


def test_no_word_of_a_concept_stems_to_a_word_without_meaning() -> None:
    def without_meaning(text: str, language: str) -> bool:
        bare = [stem.partition("@")[0] for stem in stems(text, language)]
        return all(map(is_stop_word, bare)) or all(map(is_stop_word, words_of(text, language)))

    assert [
        (concept.key, language, text)
        for concept in ALL
        for language, text in named(concept)
        if without_meaning(text, language)
    ] == []


def test_no_word_is_given_in_one_concept_and_too_ambiguous_for_it_in_another() -> None:
    """Where the same form has a question mark in one place, it has one everywhere."""
    asked = {
        (language, fold(text)) for concept in ALL for language, words in concept.words.items() for text in words.asked
    }
    given = {(language, fold(text)) for concept in ALL for language, text in named(concept)}
    assert asked & given == set()


def test_no_name_is_longer_than_is_looked_up() -> None:
    assert max(len(words_of(text)) for concept in ALL for text in concept.words["en"].same) == concepts.LONGEST


def test_none_of_the_commonest_words_stands_for_another_because_of_its_stem() -> None:
    common = set(stems("well force face back tell told right find found people say make", "en"))
    given = [(concept.key, text) for concept in ALL for language, text in named(concept) if language == "en"]
    assert not [(key, text) for key, text in given if set(stems(text, "en")) <= common]


def test_every_line_of_the_files_is_a_comment_a_key_or_words() -> None:
    for line in filter(str.strip, resources.thesaurus().splitlines()):
        if line.startswith("#") or not line[0].isspace():
            continue
        language, space, texts = line.strip().partition(" ")
        assert language in LANGUAGES, line
        assert space, line
        assert texts.count("|") <= 1, line
        parts = [part.strip() for texts_of_grade in texts.split("|") for part in texts_of_grade.split(",")]
        assert all(part.lstrip("?") for part in parts), line
        assert not any(mark in part[1:] for mark in MARKED for part in parts), line


# --- looking up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, languages, same, near",
    [
        ("talks", "en", "negotiations|dialogue", "meet|discuss|summit|envoy"),
        ("negotiating", "en", "talks", "diplomat"),
        ("NEGOTIATIONS", "", "talks", "meet"),
        ("talks", "tr", "görüşme|müzakere|dialogue", "heyet"),
        ("talks", "ar ru", "محادثات|مفاوضات|переговоры", ""),
        ("talks", "zh ja", "会谈|會談|会談", ""),
        ("görüşmeleri", "tr", "talks|negotiations|müzakere", "meet"),
        ("görüşmeleri", "tr ru", "talks|переговоры", "встреча"),
        ("переговоров", "ru", "talks|dialogue", "meet"),
        ("المحادثات", "ar", "talks|مفاوضات", ""),
        ("会谈", "zh", "talks|谈判", "meet"),
        ("會談", "zh", "talks|谈判", "meet"),
        ("会談", "ja", "talks|交渉", "meet"),
        ("Verhandlung", "de", "talks|Gespräche", ""),
        ("negociación", "es", "talks|diálogo", ""),
        ("truce", "es", "ceasefire|tregua", ""),
        ("cease-fire", "", "truce", ""),
        ("nuclear weapons", "de", "Atomwaffen", "enrichment"),
        ("taux d'intérêt", "fr", "interest rates", "Fed"),
        ("occupation", "", "occupied", "withdrawal"),
        ("quake", "ja tr", "earthquake|地震|deprem", "magnitude"),
        ("takeover", "nl", "merger|overname", "shareholders"),
        ("sciopero", "it", "strike|walkout", "union"),
        ("wybory", "pl", "election|ballot", "voters"),
        ("greve", "pt", "strike|paralisação", ""),
        ("выборах", "ru", "election", "candidate"),
        ("goal", "", "", ""),
    ],
)
def test_a_word_finds_what_the_news_says_for_it(word: str, languages: str, same: str, near: str) -> None:
    assert set(filter(None, same.split("|"))) <= found(word, *languages.split(), grade="same")
    assert set(filter(None, near.split("|"))) <= found(word, *languages.split(), grade="near")


@pytest.mark.parametrize("word", ["", "!", "Syria", "the", "recipe", "görüşmeleri", "переговоры", "weapons talks"])
def test_a_word_that_is_not_in_the_thesaurus_finds_nothing(word: str) -> None:
    assert related(word, ()) == ()


def test_a_kind_of_something_goes_with_the_whole_and_with_no_other_kind() -> None:
    assert {"religion", "Moschee"} <= found("mosque", "de", grade="near")
    assert not found("mosque", "de", grade="same")
    assert "church" not in found("mosque", "de")
    assert {"church", "mosque", "Moschee"} <= found("religion", "de", grade="same")


def test_the_name_of_a_single_one_is_given_for_the_whole_and_stands_for_nothing_else() -> None:
    assert "Harvard" in found("university", "de", grade="same")
    assert related("Harvard", ("de", "fr")) == ()
    assert related("Tesla", ("de", "fr", "ru")) == ()
    assert "university" in found("Professorin", "de", grade="near") | found("campus", grade="near")
    assert "религия" in found("مسجد", "ar", "ru", grade="near")


def test_a_kind_that_has_a_concept_of_its_own_asks_for_that_alone() -> None:
    assert "Nickel" in found("metals", grade="same")
    assert "ferronickel" in found("nickel", "es", grade="same")
    assert "metals" not in found("nickel", "es")
    assert "metals" in found("zinc", grade="near")


@pytest.mark.parametrize(
    "word, languages, names",
    [
        ("earthquake", "de tr", "quake|temblor|Erdbeben|deprem"),
        ("quake", "de", "earthquake|temblor|Erdbeben"),
        ("Erdbeben", "de tr", "earthquake|quake|temblor|deprem"),
        ("AI", "", "artificial intelligence"),
        ("tremor", "de", ""),  # means the same, and is no name
        ("Bundestagswahl", "de", ""),  # one of many elections
        ("hurricane", "de", ""),  # a kind of storm
        ("storm", "de", "Sturm"),
        ("motor racing", "de", ""),  # Formula 1 is not all of it
        ("strike", "de", ""),  # of workers, or an attack
        ("Syria", "de", ""),
    ],
)
def test_a_name_finds_the_other_names_of_the_same_thing(word: str, languages: str, names: str) -> None:
    assert {each.text for each in synonyms(word, languages.split())} == set(filter(None, names.split("|")))


def test_a_kind_of_something_that_is_named_by_itself_finds_its_other_names() -> None:
    assert "monkeypox" in {each.text for each in synonyms("mpox", ())}  # it is a tropical disease, too


def test_a_name_finds_all_that_means_the_same_where_it_is_no_word() -> None:
    assert {"görüşme", "müzakere"} <= {each.text for each in name_in_others("talks", ["tr"])}
    assert {each.language for each in name_in_others("talks", ["tr", "ar"])} == {"tr", "ar"}
    assert {each.text for each in name_in_others("moon landing", ["ja"])} >= {"月面着陸"}
    assert not name_in_others("mpox", ["de"])  # in German, too, it is mpox
    assert not name_in_others("parley", ["tr"])  # only another word for it
    assert translations("parley", ["tr"]) == translations("talks", ["tr"])


def test_what_a_concept_is_called_with_a_capital_is_a_proper_name() -> None:
    assert is_proper("Holocaust", ())
    assert is_proper("AIDS", ())
    assert is_proper("Marburg", ())  # only finds the Marburg virus
    assert not is_proper("aids", ())
    assert not is_proper("HIV", ())  # means the same, and is not what it is called
    assert not is_proper("Talks", ())
    assert not is_proper("Zamboni", ())


def test_names_are_among_the_words_that_mean_the_same() -> None:
    for concept in ALL:
        for words in concept.words.values():
            assert set(words.names) <= set(words.same), concept.key
            assert not any(text[0] in "=~?" for text in (*words.same, *words.near, *words.asked)), concept.key


def test_a_word_of_several_concepts_gets_all_of_them() -> None:
    assert {"walkout", "assault"} <= found("strike", grade="same")
    texts = [(one.language, one.text) for one in related("strike", ["tr"])]
    assert len(texts) == len(set(texts))


def test_the_same_stands_before_the_near() -> None:
    grades = [one.grade for one in related("strike", ["tr"])]
    assert grades == sorted(grades, reverse=True)


def test_near_leads_one_way() -> None:
    assert "roadmap" in found("talks", grade="near")
    assert not found("roadmap")


def test_nothing_is_found_in_a_language_that_was_not_asked_for() -> None:
    assert {one.language for one in related("talks", ["tr"])} == {"en", "tr"}
    assert {one.language for one in related("talks", ["sw"])} == {"en"}
    assert {one.language for one in related("talks", ["pt-BR", "zh_Hans"])} == {"en", "pt", "zh"}


def test_a_word_does_not_find_itself() -> None:
    assert not {"talks", "talk"} & found("talk")
    assert not {"embargo"} & found("embargo", "de", "es")
    assert Related("ambargo", "tr", "same") in related("embargo", ["tr"])


@pytest.mark.parametrize("written, otherwise", [("air strike", "airstrike"), ("heatwave", "heat wave")])
def test_a_word_finds_itself_written_in_one_or_in_two(written: str, otherwise: str) -> None:
    assert otherwise in found(written, grade="same")
    assert written in found(otherwise, grade="same")
    assert otherwise in {each.text for each in synonyms(written, ())}


def test_an_acronym_is_looked_up_as_one_and_stands_in_capitals() -> None:
    assert "HIV" in found("AIDS")
    assert "relief" not in found("AIDS")
    assert "HIV" not in found("aid")
    (acronym,) = (
        one for one in related("virus HIV", ["es"]) or related("antiretroviral", ["es"]) if one.text == "AIDS"
    )
    assert acronym.pattern == (Form(("=aids",), "upper"),)


@pytest.mark.parametrize(
    "commoner, rarer, names, languages",
    [
        ("according", "accord", "pact", "en"),
        ("oldu", "ölüm", "fatalities", "tr"),
        ("ganar", "ganado", "cattle", "es"),
    ],
)
def test_a_word_that_shares_its_stem_with_a_commoner_one_is_looked_up_by_its_form_and_never_given(
    commoner: str, rarer: str, names: str, languages: str
) -> None:
    assert names in found(rarer, languages)
    assert names not in found(commoner, languages)
    assert rarer not in found(names, languages)


@pytest.mark.parametrize("word", ["time", "never", "gift", "brand", "roof", "kind", "file", "process", "period"])
def test_an_english_word_is_not_taken_for_one_of_another_language(word: str) -> None:
    assert related(word, LANGUAGES) == ()


def test_a_foreign_word_is_to_be_found_in_texts_of_its_language_only() -> None:
    by_text = {one.text: one for one in related("talks", ["tr", "nl"])}
    (form,) = by_text["overleg"].pattern
    assert all(key.endswith("@nl") for key in form.keys)
    assert [len(by_text[text].pattern) for text in ("negotiating table", "bir araya geldi")] == [2, 3]
    assert keys("negotiations", "en")[1] in by_text["negotiations"].pattern[0].keys


def test_nothing_is_read_before_a_word_is_looked_up() -> None:
    code = "from digest import topics, concepts; import sys; sys.exit(concepts._blocks.cache_info().currsize)"
    subprocess.run([sys.executable, "-c", code], check=True)
