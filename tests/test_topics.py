"""What an operator's phrases and queries are compiled to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import names
from digest.errors import TopicError
from digest.model import Threshold, Topic
from digest.topics import CompiledTopic, compile_topic

SHARED = Path(__file__).resolve().parents[2] / "shared"


def compiled(*watch: str, threshold: Threshold = "balanced", feeds_in: str = "", **fields: object) -> CompiledTopic:
    topic = Topic(id="t", name="T", watch=watch, threshold=threshold, **fields)  # type: ignore[arg-type]
    return compile_topic(topic, frozenset(feeds_in.split()))


@pytest.mark.parametrize(
    "phrase, tree",
    [
        ("Syria Turkey talks", "Syria AND Turkey AND talks"),
        ("talks between Syria and Turkey", "talks AND Syria AND Turkey"),
        ("Talks between the United States and North Korea", "Talks AND United States AND North Korea"),
        ('"Kurdistan Workers Party" talks', '"Kurdistan Workers Party" AND talks'),
        ("“War on Terror”", '"War on Terror"'),
        ('"Corridor"', '"Corridor"'),
        ("Syria-Turkey border", "Syria AND Turkey AND border"),
        ("F-16 sale, COVID-19", "F-16 AND sale AND COVID-19"),
        ("hit-and-run in Queens", "hit AND run AND Queens"),
        ("al-Assad", "Assad"),
        ("WHO treaty", "WHO AND treaty"),
        ("who signed the treaty", "signed AND treaty"),
        ("U.S. troops.", "U.S. AND troops"),
        ("Philippine drug war", "Philippine AND drug AND war"),
        ("переговоры Сирии и Турции", "переговоры AND Сирии AND Турции"),
        ("叙利亚和谈 土耳其", "叙利亚和谈 AND 土耳其"),
        ("SYRIA AND TURKEY", "SYRIA AND TURKEY"),
    ],
)
def test_a_phrase_asks_for_all_its_content_words(phrase: str, tree: str) -> None:
    assert str(compiled(phrase).tree) == tree


def test_lines_and_query_are_alternatives() -> None:
    topic = compiled("PKK", "Kurdish talks", query="syria* AND NOT title:opinion")
    assert str(topic.tree) == "PKK OR Kurdish AND talks OR syria* AND NOT title:opinion"


@pytest.mark.parametrize(
    "phrase, threshold, tree",
    [
        ("Syria peace talks", "strict", "top:(Syria AND peace AND talks)"),
        ("Syria peace talks", "broad", "Syria AND (peace OR talks)@1"),
        ("Syria Turkey talks", "broad", "Syria AND Turkey AND (talks)@0"),
        ("Syria talks", "broad", "Syria AND talks"),
        ("Syria Geneva Talks", "broad", "Syria AND Geneva AND Talks"),
        ('"peace talks" border security', "broad", '"peace talks" AND (border OR security)@1'),
        ("border security fence", "broad", "(border OR security OR fence)@2"),
        ("Syria peace talks", 0.8, "Syria AND peace AND talks"),
    ],
)
def test_the_threshold_says_what_may_be_missing(phrase: str, threshold: Threshold, tree: str) -> None:
    assert str(compiled(phrase, threshold=threshold).tree) == tree


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
        ("Korea", "", None),
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
    assert compiled("PKK").required == (frozenset({"=pkk", "pkk"}),)
    assert compiled(query="talks AND NOT football").required == (frozenset({"=talks", "talk"}),)
    assert compiled(query="talks OR summit").required == (frozenset({"=talks", "talk", "=summit", "summit"}),)
    assert compiled(query="talks OR NOT summit AND syria").required == (
        frozenset({"=talks", "talk", "=syria", "syria"}),
    )
    assert compiled(query="syria (talks OR NOT summit)").required == (frozenset({"=syria", "syria"}),)
    assert compiled("border fence wall", threshold="broad").required == (
        frozenset({"=border", "border", "=fence", "fenc"}),
    )
    assert compiled(query='"negotiating table"').required[0] == frozenset({"=negotiating", "negoti"})
    assert compiled(query="negotiat*").required == (frozenset({"=nego*"}),)


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
