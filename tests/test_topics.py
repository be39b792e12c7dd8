"""What an operator's phrases and queries are compiled to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import names
from digest.clauses import AnyOf, Phrase
from digest.errors import TopicError
from digest.settings import Threshold, Topic
from digest.topics import CompiledTopic, compile_topic

SHARED = Path(__file__).resolve().parents[2] / "shared"


def compiled(*watch: str, threshold: Threshold = "balanced", feeds_in: str = "", **fields: object) -> CompiledTopic:
    topic = Topic(id="t", name="T", watch=watch, threshold=threshold, **fields)  # type: ignore[arg-type]
    return compile_topic(topic, frozenset(feeds_in.split()))


def parts(topic: CompiledTopic) -> str:
    """The words that its only phrase is made of, each with what it is taken for."""
    assert isinstance(topic.tree, Phrase)
    return ", ".join(f"{part.text} {'must' if part.must else part.kind}" for part in topic.tree.parts)


@pytest.mark.parametrize(
    "phrase, words",
    [
        ("Syria Turkey talks", "Syria country, Turkey country, talks word"),
        ("talks between Syria and Turkey", "talks word, Syria country, Turkey country"),
        (
            "Talks between the United States and North Korea",
            "Talks word, United States country, North Korea country",
        ),
        ('"Kurdistan Workers Party" talks', "Kurdistan Workers Party must, talks word"),
        ("“War on Terror”", "War on Terror must"),
        ('"Corridor"', "Corridor must"),
        ("Syria-Turkey border", "Syria country, Turkey country, border word"),
        ("F-16 sale, COVID-19", "F-16 name, sale word, COVID-19 word"),
        ("hit-and-run in Palermo", "hit word, run word, Palermo name"),
        ("al-Assad", "al Assad name"),
        ("AIDS epidemic", "AIDS name, epidemic word"),
        ("Holocaust memorial", "Holocaust name, memorial word"),
        ("WHO treaty", "WHO name, treaty word"),
        ("who signed the treaty", "signed word, treaty word"),
        ("U.S. troops.", "U.S. country, troops word"),
        ("Philippine drug war", "Philippine country, drug word, war word"),
        ("Khashoggi killing", "Khashoggi name, killing word"),
        ("zarrabi killing", "zarrabi word, killing word"),
        ("US-China relations", "US country, China country, relations frame"),
        ("Greek debt crisis", "Greek country, debt word, crisis frame"),
        ("Syria Syria Geneva", "Syria country, Geneva name"),
        ("переговоры Сирии и Турции", "переговоры word, Сирии country, Турции country"),
        ("叙利亚和谈 土耳其", "叙利亚 country, 和谈 word, 土耳其 country"),
        ("SYRIA AND TURKEY", "SYRIA country, TURKEY country"),
    ],
)
def test_a_phrase_is_made_of_its_content_words(phrase: str, words: str) -> None:
    assert parts(compiled(phrase, feeds_in="ru zh")) == words


def test_a_phrase_is_printed_as_it_was_typed() -> None:
    assert str(compiled("talks between Syria and Turkey").tree) == "talks between Syria and Turkey"


def test_lines_and_query_are_alternatives() -> None:
    topic = compiled("PKK", "Kurdish talks", query="syria* AND NOT title:opinion")
    assert str(topic.tree) == "PKK OR Kurdish talks OR syria* AND NOT title:opinion"


@pytest.mark.parametrize(
    "threshold, cut", [("broad", 0.3), ("balanced", 0.5), ("strict", 0.75), (0.8, 0.8), (0.0, 0.0)]
)
def test_the_threshold_is_the_cut_of_every_phrase(threshold: Threshold, cut: float) -> None:
    tree = compiled("Syria peace talks", '"peace talks"', threshold=threshold).tree
    assert isinstance(tree, AnyOf)
    assert [part.cut for part in tree.parts if isinstance(part, Phrase)] == [cut, cut]


@pytest.mark.parametrize("threshold", ["broad", "strict"])
def test_a_query_and_exclusions_mean_the_same_under_every_threshold(threshold: Threshold) -> None:
    topic = compiled(query="syria peace talks", threshold=threshold, exclude=("football match result",))
    assert str(topic.tree) == "syria AND peace AND talks"
    assert [str(clause) for clause in topic.exclude] == ["football AND match AND result"]


@pytest.mark.parametrize(
    "fields, column, told",
    [
        ({"watch": ("the of and",)}, 1, "has no word that means something by itself"),
        ({"watch": ("Syria", "ve ile bir")}, 1, "“ve ile bir”"),
        ({"watch": ("",)}, 1, "has no word"),
        ({"watch": ("… — !",)}, 1, "has no word"),
        ({"watch": ('Syria "peace talks',)}, 7, "is not closed"),
        ({"watch": ("Syria AND Turkey",)}, 7, "operators belong under `query`"),
        ({"watch": ("Syria -Turkey",)}, 7, "“-Turkey” in the phrase “Syria -Turkey” would be looked for as a word"),
        ({"watch": ('Syria -"peace talks"',)}, 7, "what must not be there under `exclude`"),
        ({"watch": ("Syria \N{EN DASH}Turkey",)}, 7, "what must not be there under `exclude`"),
        ({"watch": ('"Syria talks"~5',)}, 14, "operators belong under `query`"),
        ({"watch": ("intitle:Syria",)}, 1, "operators belong under `query`"),
        ({"watch": ("Syria negotiat*",)}, 7, "operators belong under `query`"),
        ({"watch": ("Syria",), "exclude": ("the",)}, 1, "“the”"),
        ({"watch": ("Syria",), "query": "syria AND"}, 10, "found the end of the query"),
        ({}, 1, "the topic watches nothing"),
        ({"watch": ("Syria",), "threshold": 1.5}, 1, "the threshold 1.5 is no score"),
    ],
)
def test_a_topic_that_cannot_be_meant_is_refused(fields: dict[str, object], column: int, told: str) -> None:
    with pytest.raises(TopicError) as caught:
        compile_topic(Topic(id="t", name="T", **fields))  # type: ignore[arg-type]
    assert told in str(caught.value)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_the_version_is_the_topics() -> None:
    topic = Topic(id="t", name="T", watch=("Syria",))
    assert compile_topic(topic).version == topic.version


@pytest.mark.parametrize(
    "words, languages, country",
    [
        ("Syria", "", ("SY", 1)),
        ("Syrian", "", ("SY", 1)),
        ("Syrians", "", ("SY", 1)),
        ("Türkiye", "", ("TR", 1)),
        ("Turks", "", ("TR", 1)),
        ("North Korea", "", ("KP", 2)),
        ("North Korean missile", "", ("KP", 2)),
        ("South Sudan", "", ("SS", 2)),
        ("Papua New Guinea", "", ("PG", 3)),
        ("United States of America", "", ("US", 2)),
        ("United Arab Emirates", "", ("AE", 3)),
        ("US", "", ("US", 1)),
        ("Us", "", None),
        ("us", "", None),
        ("Democratic Republic of the Congo", "", ("CD", 5)),
        ("Myanmar", "", ("MM", 1)),
        ("Burma", "", ("MM", 1)),
        ("polish", "", None),
        ("Damascus", "", ("damascus", 1)),
        ("Suriye", "", None),
        ("Suriye", "tr", ("SY", 1)),
        ("Suriyeliler", "tr", ("SY", 1)),
        ("Сирии", "ru", ("SY", 1)),
        ("сирийские", "ru", ("SY", 1)),
        ("turque", "fr", ("TR", 1)),
        ("السورية", "ar", ("SY", 1)),
        ("Korea", "", ("korea", 1)),
    ],
)
def test_countries_are_recognised_by_name_and_adjective(
    words: str, languages: str, country: tuple[str, int] | None
) -> None:
    assert names.recognise(words.split(), frozenset(languages.split())) == country


def test_without_capitals_an_abbreviation_is_recognised_too() -> None:
    assert names.recognise(["us"], frozenset(), any_case=True) == ("US", 1)


@pytest.mark.parametrize(
    "language", ["en", "tr", "de", "fr", "es", "ru", "ar", "zh", "ja", "pt", "no", "xx", "not-a-locale"]
)
def test_every_country_has_patterns_in_every_language_that_can_be_asked_for(language: str) -> None:
    asked = frozenset({language})
    for code in ("TR", "SY", "US", "GB", "CD", "KP", "UN", "EU", "XK", "PS", "TW", "VA"):
        patterns = names.patterns(code, asked)
        assert patterns
        assert all(pattern and all(form.keys for form in pattern) for pattern in patterns)


def test_what_an_article_cannot_do_without_is_known() -> None:
    assert compiled("Qandil").required == (("=qandil", "qandil"),)
    assert compiled(query="talks AND NOT football").required == (("=talks", "talk"),)
    assert compiled(query="talks OR summit").required == (("=summit", "=talks", "summit", "talk"),)
    assert compiled(query="talks OR NOT summit AND syria").required == (("=syria", "=talks", "syria", "talk"),)
    assert compiled(query="syria (talks OR NOT summit)").required == (("=syria", "syria"),)
    assert compiled("border fence").required == (("=border", "=fence", "border", "fenc"),)
    assert compiled("Qandil border fence").required == (("=qandil", "qandil"),)
    assert compiled("Zagros Qandil talks").required == (("=qandil", "=zagros", "qandil", "zagro"),)
    assert compiled("fence crisis").required == (("=fence", "fenc"),)
    assert compiled('Qandil "fence" talks').required == (
        ("=fence",),
        ("=fence", "=qandil", "qandil"),
    )
    assert compiled(query='"negotiating table"').required[0] == ("=negotiating", "negoti")
    assert compiled(query="negotiat*").required == (("=nego*",),)


def test_what_stands_for_a_word_does_so_in_the_best_way_only() -> None:
    """Tariffs go with trade, and mean the same as a trade war."""
    tree = compiled("China trade war", feeds_in="tr ru").tree
    assert isinstance(tree, Phrase)
    _, trade, war = (part.ways.by_grade for part in tree.parts)
    for of_grade in (trade, war):
        assert any(len(each) == 1 for each in of_grade["same"]["tariff"])
    for of_grade in (trade, war):
        patterns = [{each for found in by_key.values() for each in found} for by_key in of_grade.values()]
        assert len(set[object]().union(*patterns)) == sum(map(len, patterns))


def test_all_words_that_phrases_look_for_are_known_by_their_keys() -> None:
    keys = compiled("Qandil border killing").looked_for
    assert {"qandil", "=qandil", "border", "=border", "kill", "=killing", "murder"} <= keys
    assert "murder" not in compiled("Qandil border").looked_for
    assert compiled("United Nations").looked_for >= {"=united", "=nations"}
    assert not compiled(query="talks").looked_for


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_phrase_compiles_or_is_refused_with_a_sentence(phrase: str) -> None:
    refused = ""
    try:
        topic = compiled(phrase, feeds_in="tr ar")
    except TopicError as error:
        refused = str(error)
    assert refused or topic.required


@pytest.mark.corpus
@pytest.mark.parametrize("collection", ["wcep", "reuters", "ecbplus"])
def test_phrases_of_the_labelled_collections_compile(collection: str) -> None:
    topics = json.loads((SHARED / "data" / "eval" / collection / "topics.json").read_text(encoding="utf-8"))
    for topic in topics:
        assert compiled(topic["phrase"]).required
