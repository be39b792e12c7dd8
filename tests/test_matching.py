"""What matches, why, why not, and that the index changes nothing but the work."""

# ruff: noqa: RUF001, SIM905 - letters of many scripts are what is tested, lists of words what is drawn from

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from records import article, entry

from digest.clauses import Not, Times
from digest.evaluation import MOST_EVIDENCE
from digest.matching import TopicIndex, evaluate
from digest.model import Article, Verdict
from digest.scoring import CUTS
from digest.settings import Query, Topic
from digest.text import OPENING, analyse
from digest.topics import CompiledTopic, compile_topic

LANGUAGES = frozenset({"en", "tr", "ar", "ru", "de", "fr", "es", "zh", "ja"})


def compiled(watch: str | Sequence[str] = (), topic_id: str = "t", **fields: object) -> CompiledTopic:
    lines = (watch,) if isinstance(watch, str) else tuple(watch)
    return compile_topic(Topic(id=topic_id, name="T", watch=lines, **fields), LANGUAGES)  # type: ignore[arg-type]


def report(title: str = "", *, feed: str = "Wire", tags: tuple[str, ...] = (), **fields: object) -> Article:
    return replace(article(1), entry=entry(title, **fields), feed_name=feed, feed_tags=tags)


def verdict(topic: CompiledTopic, of: Article) -> Verdict:
    return evaluate(topic, of, analyse(of.entry))


TALKS = "Syria Turkey talks"
# A phrase (or, behind "?", a query), an article's language and title, whether it matches, and why.
PAIRS = [
    # The situation of the demo.
    (TALKS, "en", "Turkey and Syria hold talks in Moscow", True, "all three words"),
    (TALKS, "en", "Turkish and Syrian officials open talks", True, "adjectives stand for the countries"),
    (TALKS, "en", "Ankara and Damascus resume talks", True, "capitals stand for the countries"),
    (TALKS, "en", "Türkiye talks to Syria again", True, "the official spelling, and a verb"),
    (TALKS, "en", "TURKEY, SYRIA IN TALKS", True, "a title in capitals"),
    (TALKS, "en", "Syrians and Turks are talking", True, "the people, and an inflection"),
    (TALKS, "en", "Syria's and Turkey’s talks", True, "possessives are no part of the word"),
    (TALKS, "en", "Syria-Turkey talks", True, "a hyphen parts words"),
    (TALKS, "en", "A Thanksgiving turkey recipe with sage", False, "neither Syria nor talks"),
    (TALKS, "en", "Syrian chef talks about roasting a turkey", False, "the bird has a small letter"),
    (TALKS, "en", "Turkish central bank raises its rate", False, "neither Syria nor talks"),
    (TALKS, "en", "Syria beat Lebanon in football qualifier", False, "neither Turkey nor talks"),
    (TALKS, "en", "Syrian and Turkish envoys meet", True, "words that go with talks"),
    (TALKS, "en", "Top diplomats to discuss ending the occupation", False, "none of the names"),
    (TALKS, "en", "Greece and Iraq hold talks", False, "none of the names, though all of the rest"),
    (TALKS, "en", "Turkey beat Syria 2-1 in qualifier", False, "the names only: football"),
    (TALKS, "en", "Turkey holds talks with Iraq", False, "no Syria"),
    (TALKS, "en", "Turkmenistan and Syria hold talks", False, "another country that begins alike"),
    (TALKS, "tr", "Suriye ile Türkiye arasında talks", True, "names in the article's language"),
    (TALKS, "tr", "Suriyeli ve Türk heyetleri görüştü", True, "talks are translated"),
    (TALKS, "tr", "Türk heyeti Irak'la görüştü", False, "no Syria in Turkish either"),
    ("syria turkey talks", "en", "Turkish and Syrian officials open talks", True, "written without capitals"),
    ("syria turkey talks", "en", "turkey and syria talk", True, "all without capitals, as the topic"),
    ("Syria Turkey", "en", "syria and Turkey", True, "a name that is no other word is found in any case"),
    ("Syria Turkey", "en", "syria and turkey", False, "a bird is a word of its own"),
    ("turkey recipes", "en", "The best turkey recipe", True, "the word as it is typed"),
    # Day-one check 10.
    ("?(Syria OR Syrian) (Turkey OR Türkiye OR Ankara) (talks OR negotiat*)", "en",
     "Ankara and Syrian envoys resume negotiations", True, "alternatives and a prefix"),
    ("?(Syria OR Syrian) (Turkey OR Türkiye OR Ankara) (talks OR negotiat*)", "en",
     "Roast turkey with negotiable spices", False, "no Syria"),
    ("?(Syria OR Syrian) (Turkey OR Türkiye OR Ankara) (talks OR negotiat*)", "en",
     "Syria and Turkey play on Friday", False, "no talks"),
    # Day-one check 11.
    *[(term, language, f"Bugün {spelling} haberleri", True, "one name in all its spellings")
      for term, (language, spelling) in product(
          ("İstanbul", "istanbul", "ISTANBUL"),
          [("tr", "İstanbul"), ("tr", "ISTANBUL"), ("tr", "istanbul"), ("tr", "Istanbul'da"), ("en", "Istanbul'da"),
           ("tr", "I\u0307stanbul'un"), ("en", "Ｉｓｔａｎｂｕｌ")])],
    ("görüşme", "tr", "Görüşmelerin ardından", True, "Turkish inflection"),
    ("görüşme", "tr", "Go\u0308ru\u0308s\u0327me bitti", True, "decomposed accents"),
    ("gorusme", "en", "Görüşme bitti", True, "accents left out"),
    # Countries.
    ("US China trade war", "en", "U.S. and Chinese trade war deepens", True, "an acronym with dots"),
    ("US China trade war", "en", "America fights a trade war with Beijing", True, "the everyday name, the capital"),
    ("US China trade war", "en", "China asks us to end the trade war", False, "a pronoun is no country"),
    ("US China trade war", "en", "USA v China: trade war", True, "the longer acronym"),
    ("us china trade war", "en", "U.S., China in trade war", True, "an acronym written small"),
    ("us china trade war", "en", "China told us about trade and war", False, "the pronoun still is none"),
    ("US election", "en", "Latin American elections", False, "another America"),
    ("US election", "en", "South America elections", False, "another America"),
    ("US election", "en", "Americans vote in election", True, "the people"),
    ("United States sanctions", "en", "US sanctions bite", True, "the long name for the short"),
    ("United States sanctions", "en", "United against all states under sanctions", False, "the words apart"),
    ("North Korea missile", "en", "North Korea fires missile", True, "the name"),
    ("North Korea missile", "en", "Pyongyang fires missile", True, "the capital"),
    ("North Korea missile", "en", "N. Korea fires missile", True, "shortened"),
    ("North Korea missile", "en", "South Korea tests missile in the north", False, "the other Korea"),
    ("North Korea missile", "en", "North of Korea a missile fell", False, "the words must follow each other"),
    ("South Korea trade", "en", "Seoul lifts trade barrier", True, "the capital"),
    ("Sudan war", "en", "War in Sudan", True, "the name"),
    ("Sudan war", "en", "War in South Sudan", False, "another country"),
    ("Sudan war", "en", "War in South Sudan and in Sudan", True, "both countries"),
    ("South Sudan war", "en", "War in Sudan's south", False, "the words must follow each other"),
    ("Guinea coup", "en", "Coup in Equatorial Guinea", False, "another country"),
    ("Guinea coup", "en", "Papua New Guinea coup trial", False, "another country"),
    ("Mexico border", "en", "New Mexico borders Texas", False, "a state"),
    ("Ireland election", "en", "Northern Ireland election", False, "another part of the island"),
    ("UK economy", "en", "British economy shrinks", True, "the adjective"),
    ("UK economy", "en", "Britain's economy shrinks", True, "the everyday name"),
    ("British shipping", "en", "Shipping strike hits United Kingdom", True, "the adjective for the name"),
    ("UAE oil", "en", "Emirati oil exports rise", True, "the adjective"),
    ("UAE oil", "en", "United Arab Emirates cuts oil output", True, "the long name"),
    ("Poland election", "en", "Polish voters elect a president", True, "the adjective; elect is the stem"),
    ("Poland election", "en", "How to polish your election speech", False, "a verb"),
    ("China porcelain", "en", "Broken china and porcelain", False, "a common noun"),
    ("Greek debt crisis", "en", "Greece's debt crisis", True, "the name for the adjective"),
    ("Netherlands election", "en", "Dutch election", True, "the adjective of another root"),
    ("Netherlands election", "en", "Holland elects", True, "the everyday name"),
    ("Myanmar coup", "en", "Burma after the coup", True, "the old name"),
    ("Ukraine war", "en", "War reaches Kiev", True, "the old spelling of the capital"),
    ("Ukraine war", "en", "War reaches Kyiv", True, "the capital"),
    ("Russia gas", "en", "Kremlin turns off gas", True, "the seat of the government"),
    ("Congo ebola", "en", "Ebola in DR Congo", True, "shortened"),
    ("Ivory Coast vote", "en", "Côte d'Ivoire votes", True, "the French name"),
    ("Czech election", "en", "Czechia elects", True, "the new name"),
    ("UN resolution", "en", "United Nations passes resolution", True, "the long name"),
    ("European Union budget", "en", "EU budget agreed", True, "the short name"),
    ("Paris agreement", "en", "French agreement on pensions", False, "a capital in a phrase is a city"),
    ("Macedonia name dispute", "en", "North Macedonia ends name dispute", True, "the new name"),
    # Other languages.
    ("Syria elections", "de", "Syrische Elections", True, "a German adjective"),
    ("Syrien Verhandlungen", "de", "Verhandlung mit syrischen Vertretern", True, "inflections and adjective"),
    ("Türkei Gespräche", "de", "Das Gespräch mit Ankara", True, "the capital"),
    ("Türkei Gespräche", "de", "Gespräch beim türkischen Präsidenten", True, "an adjective with a small letter"),
    ("Spiel Straße", "de", "SPIEL AUF DER STRASSE", True, "ß in capitals"),
    ("Syrie négociations", "fr", "Négociation avec le régime syrien", True, "the adjective"),
    ("Turquie accord", "fr", "L'accord turc", True, "an elided article"),
    ("Turquie accord", "fr", "D'accord avec la Grèce", False, "no Turkey"),
    ("Siria conversaciones", "es", "Conversación con la oposición siria", True, "the adjective"),
    ("Estados Unidos aranceles", "es", "EE.UU. sube aranceles", True, "a Spanish abbreviation"),
    ("Suriye görüşmeleri", "tr", "Suriye'yle görüşmeler başladı", True, "a suffix behind the apostrophe"),
    ("Suriye görüşmeleri", "tr", "Şam ile görüşme", True, "the capital"),
    ("Suriye seçim", "tr", "Suriyeliler için seçim", True, "the people"),
    ("ABD yaptırım", "tr", "Amerikan yaptırımı", True, "the adjective for the abbreviation"),
    ("Türk Ordusu", "tr", "Türkiye ordusu", True, "the country for the adjective"),
    ("переговоры Сирии и Турции", "ru", "Сирия и Турция начали переговоры", True, "cases"),
    ("переговоры Сирии и Турции", "ru", "Сирийско-турецкие переговоры", True, "a compound adjective"),
    ("переговоры Турции", "ru", "Турецкая сторона о переговорах", True, "the adjective"),
    ("переговоры США", "ru", "Американские переговорщики", True, "negotiators are there for negotiations"),
    ("переговоры США", "ru", "Американские дороги", False, "no talks"),
    ("переговоры США", "ru", "Вашингтон: переговоры идут", True, "the capital"),
    ("محادثات سوريا وتركيا", "ar", "المحادثات السورية التركية", True, "a joined “and” in the phrase"),
    ("محادثات سوريا تركيا", "ar", "المحادثات السورية التركية", True, "articles and adjectives"),
    ("محادثات سوريا تركيا", "ar", "بدأت محادثات بين أنقرة ودمشق", True, "capitals, one behind a joined “and”"),
    ("محادثات سوريا تركيا", "ar", "محادثات بين سوريا وإيران", False, "no Turkey"),
    ("叙利亚 会谈", "zh", "土耳其与叙利亚举行会谈", True, "characters that follow each other"),
    ("叙利亚 会谈", "zh", "叙述利益亚洲会谈", False, "the same characters apart"),
    ("シリア", "ja", "トルコとシリアが協議", True, "kana"),
    ("Syria", "zh", "土耳其与叙利亚举行会谈", True, "the country in Chinese"),
    (TALKS, None, "Turkish and Syrian officials open talks", True, "a language not known is read as English"),
    ("Suriye Katar", None, "Suriye ve Katar", True, "foreign names of some length are known everywhere"),
    # Words, acronyms, quotes.
    ("WHO treaty", "en", "WHO adopts treaty", True, "an acronym that is a stop word otherwise"),
    ("WHO treaty", "en", "He who broke the treaty", False, "the stop word"),
    ("PKK", "en", "P.K.K. lays down arms", True, "dots of an acronym"),
    ('"Kurdistan Workers Party"', "en", "Kurdistan Workers' Party dissolves", True, "in order, next to each other"),
    ('"Kurdistan Workers Party"', "en", "Workers in Kurdistan hold a party", False, "not next to each other"),
    ('"Opinion"', "en", "Opinions differ", False, "one word in quotes has no inflections"),
    ('"Opinion"', "en", "OPINION: talks", True, "but any letter case"),
    ("hit-and-run Queens", "en", "Driver in Queens hit and ran", True, "two of three words; ran is another stem"),
    ("hit-and-run Queens", "en", "Wins for tennis in Queens", False, "one word of three"),
    ("F-16 sale", "en", "Sale of F-16s", False, "16s is another word than 16"),
    ("F-16 sale", "en", "F-16 for sale", True, "a hyphen before a digit"),
    ("F-16 sale", "en", "Sale: 16 F shirts", False, "F and 16 must follow each other"),
    ("al-Assad", "en", "Assad flees", True, "an article of another language"),
    ("Khashoggi killing", "en", "Khashoggi was killed", True, "an inflection"),
    # Queries.
    ("?syria AND NOT football", "en", "Syria football", False, "what must not be there is"),
    ("?syria -football", "en", "Syria footballs", False, "in another inflection"),
    ('?syria -"football"', "en", "Syria footballs", True, "a form that was not meant"),
    ("?syria", "en", "Syrian talks", False, "a query knows no countries"),
    ("?syria*", "en", "Syrian talks", True, "a prefix"),
    ("?SYRIA", "en", "syria", True, "any letter case"),
    ('?"security corridor"', "en", "A corridor of security", False, "the order counts"),
    ('?"security corridor"', "en", "Security corridors", True, "inflections within a phrase"),
    ('?"security corridor"~5', "en", "A corridor, they say, for more security", True, "any order, few words between"),
    ('?"security corridor"~5', "en", "Corridor one two three four five six security", False, "six words between"),
    ('?"security corridor"~5', "en", "Corridor one two three four five security", True, "five words between"),
    ('?"new new"~3', "en", "A new deal", False, "one word does not stand for two"),
    ('?"new new"~3', "en", "A new and new deal", True, "two words do"),
    ("?title:opinion", "en", "Opinion", True, "the field"),
    ("?summary:opinion", "en", "Opinion", False, "another field"),
    ("?lead:opinion", "en", "Opinion", True, "the lead is title and summary"),
    ("?a OR b c", "en", "c b", True, "AND binds closer than OR"),
    ("?a OR b c", "en", "c", False, "AND binds closer than OR"),
]  # fmt: skip


@pytest.mark.parametrize("topic, language, title, matches, why", PAIRS)
def test_a_topic_matches_what_is_meant(
    topic: str,
    language: str | None,
    title: str,
    matches: bool,  # noqa: FBT001 - a table
    why: str,
) -> None:
    ready = compiled(query=topic[1:]) if topic.startswith("?") else compiled(topic)
    found = verdict(ready, report(title, language=language))
    assert found.matched is matches, f"{why}: {found.reason}"


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(PAIRS) >= 120
    assert len({language for _, language, *_ in PAIRS}) >= 9


@pytest.mark.parametrize("field", ["title", "summary", "text"])
def test_words_may_stand_in_any_field(field: str) -> None:
    fields: dict[str, Any] = {"title": "News", field: "The PKK"}
    assert verdict(compiled("PKK"), report(**fields)).matched
    spread = report("Syria", summary="Turkey", text="talks")
    assert verdict(compiled(TALKS), spread).matched


# --- scope, exclusions, threshold ---


@pytest.mark.parametrize(
    "fields, of, reason",
    [
        ({}, report("Turkey talks"), "the score is below the cut 0.50: no word of the article stands for “Syria”"),
        ({}, report("Turkey beats Iraq"),
         "the score is below the cut 0.50: no word of the article stands for “Syria” or “talks”"),
        ({}, report("Talks about peace"), "no word of the article stands for “Syria” or “Turkey”"),
        ({}, report("Turkey and its envoy"),
         "the score is below the cut 0.50: no word of the article stands for “Syria” and for “talks” it has “envoy”"),
        ({}, report("x", text="x " * 400 + "Turkey, Syria, talks"),
         "the score is below the cut 0.50: its words stand in the text only, behind the opening"),
        ({"watch": '"peace talks" Syria'}, report("Peace in Syria by talks"),
         "no words of the article stand for “peace talks”"),
        ({"feeds": ("world",)}, report(TALKS, feed="BBC"), "the feed “BBC” is not among world"),
        ({"feeds": ("world", "Al Jazeera")}, report("x", feed="BBC"),
         "the feed “BBC” is not among world, Al Jazeera"),
        ({"languages": ("en",)}, report(TALKS, language="tr"), "language tr is not among en"),
        ({"exclude": ("football",)}, report(f"{TALKS} on footballs"), "excluded by “footballs” in the title"),
        ({"exclude": ("Turkish sports",)}, report(TALKS, text="Sport in Ankara"),
         "excluded by “Turkey” in the title, “Sport” in the text"),
        ({"threshold": "strict"}, report("Turkey and Syria"),
         "the score is below the cut 0.75: no word of the article stands for “talks”"),
        ({"threshold": 0.95}, report("Turkey and Syria", text="x " * 400 + "talks"),
         "the score is below the cut 0.95: its words are there, but too far down, too far apart or too common"),
    ],
)  # fmt: skip
def test_a_miss_names_the_first_thing_that_fails(fields: dict[str, Any], of: Article, reason: str) -> None:
    found = verdict(compiled(**{"watch": TALKS, **fields}), of)
    assert not found.matched
    assert re.sub(r"the score [01]\.\d\d is", "the score is", found.reason) == reason


def test_a_score_and_a_cut_that_are_nearly_the_same_are_told_with_more_digits() -> None:
    of = report("Turkey and Syria open talks")
    score = verdict(compiled(TALKS), of).score
    found = verdict(compiled(TALKS, threshold=score + 0.0001), of)
    assert found.reason.startswith(f"the score {score:.4f} is below the cut {score + 0.0001:.4f}: ")
    assert verdict(compiled(TALKS, threshold=score), of).matched


@pytest.mark.parametrize(
    "query, title, reason",
    [
        ("syria OR turkey", "Iraq", "no word of the article stands for “syria” or “turkey”"),
        ("syria*", "Iraq", "no word of the article stands for “syria*”"),
        ('"talks"', "Talk", "no word of the article stands for “talks”"),
        ("title:syria", "Iraq", "no word of the title stands for “syria”"),
        ("lead:syria", "Iraq", "no word of the title and summary stands for “syria”"),
        ("iraq NOT title:opinion", "Opinion: Iraq", "excluded by “Opinion” in the title"),
        ('"peace talks"', "Talks on peace",
         "the words “peace talks” do not stand next to each other in this order in the article"),
        ('"peace talks"~1', "Talks for lasting peace",
         "the words “peace talks” do not stand with at most 1 word between them in the article"),
        ("iraq AND (syria OR turkey iran)", "Iraq, Iran",
         "no word of the article stands for “syria”; and no word of the article stands for “turkey”"),
    ],
)  # fmt: skip
def test_a_miss_of_a_query_names_the_clause(query: str, title: str, reason: str) -> None:
    found = verdict(compiled(query=query), report(title))
    assert (found.matched, found.reason) == (False, reason)


@pytest.mark.parametrize("feeds", [("wire",), ("WORLD",), ("other", "World")])
def test_a_feed_is_in_scope_by_its_name_or_a_tag_in_any_letter_case(feeds: tuple[str, ...]) -> None:
    assert verdict(compiled("PKK", feeds=feeds), report("PKK", feed="Wire", tags=("world",))).matched


@pytest.mark.parametrize("language", [None, "en", "EN-gb"])
def test_an_article_of_a_language_asked_for_or_unknown_is_looked_at(language: str | None) -> None:
    assert verdict(compiled("PKK", languages=("en",)), report("PKK", language=language)).matched


def test_an_exclusion_wants_all_its_words() -> None:
    topic = compiled("PKK", exclude=("football match",))
    assert verdict(topic, report("PKK football")).matched
    assert not verdict(topic, report("PKK football", text="A match")).matched


def test_the_threshold_says_how_much_of_a_phrase_must_be_there() -> None:
    """What each cut lets through, of ever less."""
    for of, expected in [
        (report("Turkey and Syria open talks"), {"broad", "balanced", "strict"}),
        (report("Turkey and Syria", text="x " * 400 + "talks"), {"broad", "balanced", "strict"}),
        (report("Syrian and Turkish envoys meet"), {"broad", "balanced", "strict"}),
        (report("Turkey", summary="Syria is ready for a meeting"), {"broad", "balanced"}),
        (report("Turkey and Syria"), {"broad"}),
        (report("Turkey talks"), {"broad"}),
        (report("Turkey"), set()),
        (report("Talks"), set()),
    ]:
        through = {cut for cut in CUTS if verdict(compiled(TALKS, threshold=cut), of).matched}
        assert through == expected, of.entry.title


def test_a_cut_of_0_takes_whatever_has_a_name_and_a_cut_of_1_nothing() -> None:
    assert verdict(compiled(TALKS, threshold=0.0), report("x", text="x " * 400 + "Syria")).matched
    assert not verdict(compiled(TALKS, threshold=0.0), report("Talks")).matched
    assert not verdict(compiled(TALKS, threshold=1.0), report(TALKS, summary=TALKS)).matched


# --- score and evidence ---


def scores(watch: str, *of: Article) -> list[float]:
    return [verdict(compiled(watch), each).score for each in of]


def test_the_score_falls_with_the_distance_from_the_title_and_between_the_words() -> None:
    found = scores(
        "Syria talks",
        report("Syria talks"),
        report("x", summary="Syria talks"),
        report("Syria", summary="talks"),
        report("x", summary="Syria x x talks"),
        report("x", summary="Syria", text="x " * 200 + "talks"),
        report("x", text="x " * 200 + "Syria talks"),
        report("Syria"),
        report("x", text="x " * 200 + "Syria"),
        report("x"),
    )
    assert found == sorted(set(found), reverse=True)
    assert found[-1] == 0.0


def test_the_score_of_a_query_tells_where_the_words_stand_and_how_near() -> None:
    for of, score in [
        (report("Syria talks"), 1.0),
        (report("Syria", summary="talks"), 0.875),
        (report("x", summary="Syria talks"), 0.8),
        (report("x", summary="Syria x x talks"), 0.775),
        (report("x", text="Syria talks"), 0.8),
        (report("x", text="x " * 200 + "Syria talks"), 0.6),
        (report("x", summary="Syria", text="x " * 200 + "talks"), 0.625),
        (report("Syria"), 0.5),
        (report("x"), 0.0),
    ]:
        assert verdict(compiled(query="syria talks"), of).score == pytest.approx(score)


def test_evidence_gives_the_word_as_the_article_has_it_and_as_the_topic_has_it() -> None:
    found = verdict(compiled('Turkey "peace deal"'), report("The U.S. and Turkish peace deals"))
    assert [(e.term, e.found, e.field, e.start, e.end) for e in found.evidence] == [
        ("Turkey", "Turkish", "title", 13, 20),
        ("peace deal", "peace deals", "title", 21, 32),
    ]
    assert found.reason == (
        f"the score {found.score:.2f} is over the cut 0.50: "
        "“Turkish” for “Turkey” and “peace deals” for “peace deal” in the title"
    )


def test_evidence_is_taken_from_the_best_field_and_told_in_the_order_of_fields() -> None:
    found = verdict(compiled(TALKS), report("Syria", summary="Talks: Syria, Turkey", text="Turkey talks Syria"))
    assert [(e.found, e.field) for e in found.evidence] == [
        ("Syria", "title"),
        ("Talks", "summary"),
        ("Turkey", "summary"),
    ]
    assert found.reason == (
        f"the score {found.score:.2f} is over the cut 0.50: “Syria” in the title, “Talks” and “Turkey” in the summary"
    )


def test_what_a_match_does_without_is_told() -> None:
    found = verdict(compiled("Syria Turkey border talks"), report("Syrian and Turkish ministers meet"))
    assert found.matched
    assert found.reason == (
        f"the score {found.score:.2f} is over the cut 0.50: “Syrian” for “Syria”, “Turkish” for “Turkey” and “meet” "
        "for “talks” in the title; without “border”"
    )


def test_a_query_that_matches_tells_what_it_found() -> None:
    found = verdict(compiled(query="syria AND talk*"), report("Syria", summary="Talking"))
    assert found.reason == (
        "all that the topic asks for is there: “Syria” in the title, “Talking” for “talk*” in the summary"
    )


def test_a_miss_tells_what_was_found_nevertheless() -> None:
    found = verdict(compiled(TALKS, feeds=("other",)), report("Syria talks"))
    assert [e.found for e in found.evidence] == ["Syria", "talks"]


def test_evidence_is_bounded() -> None:
    words = [f"word{number}" for number in range(30)]
    found = verdict(compiled(" ".join(words)), report(" ".join(words)))
    assert found.matched
    assert [e.found for e in found.evidence] == words[:MOST_EVIDENCE]


def test_a_verdict_carries_the_topic_and_its_version() -> None:
    topic = compiled("PKK", topic_id="pkk")
    found = verdict(topic, report("PKK"))
    assert (found.topic_id, found.topic_version) == ("pkk", topic.topic.version)


# --- the index ---

WORDS = """Syria Syrian Turkey turkey US us talks talk peace South Sudan North Korea negotiations negotiator İstanbul
    görüşme 叙利亚 the U.S. corridor security . 's Lebanon death penalty execution""".split()
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
NAMES = [
    "Syria",
    "Turkey",
    "US",
    "talks",
    "peace",
    "South Sudan",
    "Sudan",
    "North Korea",
    "Middle East",
    "death penalty",
    '"peace talks"',
    "görüşme",
    "叙利亚",
]
PHRASES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(" ".join)
ATOMS = st.sampled_from(
    """syria|turkey|talks|us|"talks"|"peace talks"|"security corridor"~3|negotiat*|sy*|title:talks|lead:(syria OR us)|
    text:sudan|叙利亚|"us us"~2|n?gotia*|*ria|case:US|exact:U.S.|exact:"peace talks"|syrai~1|corridro~2|/ta[lk]+s?/|
    /s\\w+ia/|/.*/|talks@2|ATLEAST3(talks OR peace)|(syria OR turkey OR us)@2|(syria OR NOT us OR turkey)@2|talks^2|
    (syria OR turkey) NEAR/2 (talk* OR peace)|us ONEAR/1 talks|"syria turkey"~s|"security corridor"~>2|author:rob*|
    lang:tr|lang:en|feed:wire|tag:peace|body:talks|site:wire.example|url:wire""".split("|")
).map(str.strip)
QUERIES = st.recursive(
    ATOMS,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda found: "(" + " AND ".join(found) + ")"),
        st.lists(parts, min_size=2, max_size=3).map(lambda found: "(" + " OR ".join(found) + ")"),
        parts.map(lambda part: f"(peace OR {part})"),
        parts.map(lambda part: f"(talks AND NOT {part})"),
        parts.map(lambda part: f"(talks AND (peace OR NOT {part}))"),
    ),
    max_leaves=6,
)
THRESHOLDS = st.sampled_from(["broad", "balanced", "strict", 0.7])
TOPICS = st.one_of(
    st.builds(
        lambda watch, threshold: compiled(watch, threshold=threshold),
        st.lists(PHRASES, min_size=1, max_size=2),
        THRESHOLDS,
    ),
    st.builds(lambda watch, exclude: compiled(watch, exclude=[exclude]), PHRASES, PHRASES),
    st.builds(lambda query, threshold: compiled(query=query, threshold=threshold), QUERIES, THRESHOLDS),
    st.builds(
        lambda watch, query, require, exclude: compiled(
            watch, query=query, require=[Query(require)], exclude=[Query(exclude)]
        ),
        PHRASES,
        QUERIES,
        ATOMS,
        ATOMS,
    ),
)
ARTICLES = st.builds(
    lambda title, summary, text, language, author, link, tag: report(
        title, summary=summary, text=text, language=language, author=author, link=link, tags=tag
    ),
    TEXTS, TEXTS, TEXTS, st.sampled_from(["en", "tr", "zh", None]), st.sampled_from([None, "Robert Fisk"]),
    st.sampled_from([None, "https://news.wire.example/1"]),
    st.sampled_from([(), ("Peace talks", "US")]),
)  # fmt: skip


def string_of(of: Article, field: str) -> tuple[str | None, ...]:
    """What a field of evidence may stand in."""
    entry = of.entry
    about = {
        "tag": entry.tags,
        "feed": (of.feed_name, *of.feed_tags),
        "lang": (entry.language,),
        "url": (entry.link,),
    }
    return about.get(field) or (getattr(entry, field),)


def renamed(topics: Sequence[CompiledTopic]) -> list[CompiledTopic]:
    return [replace(each, topic=replace(each.topic, id=f"t{n}")) for n, each in enumerate(topics)]


@pytest.mark.parametrize("behind", ["", " ways", "\nways", "ways", "-ways"])
def test_where_the_opening_ends_the_index_answers_as_the_scan_does(behind: str) -> None:
    topics = [compiled('Syria "red cross"')]
    of = report("Cross and Red in Syria", text=f"{'x-' * OPENING}red-cross"[-OPENING:] + behind)
    assert TopicIndex(topics).judge(of) == TopicIndex(topics, indexed=False).judge(of) != ()


def test_a_word_that_the_opening_has_a_piece_of_counts_for_the_index_as_for_the_scan() -> None:
    topics = [compiled("border cross")]
    of = report("Border", text=f"{'-x' * OPENING}"[: OPENING - len("cross")] + "crossways, then crossed")
    assert TopicIndex(topics).judge(of) == TopicIndex(topics, indexed=False).judge(of) != ()


@examples(100)
@given(st.lists(TOPICS, max_size=12), st.lists(ARTICLES, min_size=1, max_size=4), st.sets(st.integers(0, 11)))
def test_the_index_answers_as_the_scan_does(
    topics: list[CompiledTopic], articles: list[Article], taken_out: set[int]
) -> None:
    index, scan = TopicIndex(renamed(topics)), TopicIndex(renamed(topics), indexed=False)
    for each in articles:
        assert index.match(each) == scan.match(each)
        assert index.concerned(each) == [verdict.topic_id for verdict in scan.match(each)]
    for number in taken_out:
        index.remove(f"t{number}")
        scan.remove(f"t{number}")
    for each in articles:
        assert index.match(each) == scan.match(each)
        assert index.concerned(each) == [verdict.topic_id for verdict in scan.match(each)]


@examples(100)
@given(TOPICS, ARTICLES)
def test_a_match_has_evidence_that_is_there_and_the_explanation_is_the_verdict(
    topic: CompiledTopic, of: Article
) -> None:
    index = TopicIndex([topic])
    explained = index.explain(of, "t")
    assert index.match(of) == ((explained,) if explained.matched else ())
    assert 0 <= explained.score <= 1
    assert explained.reason
    assert not explained.matched or explained.evidence
    for evidence in explained.evidence:
        strings = string_of(of, evidence.field)
        assert any((string or "")[evidence.start : evidence.end] == evidence.found for string in strings)


def test_matches_come_in_the_order_of_their_topics() -> None:
    index = TopicIndex(compiled("PKK", topic_id=topic_id) for topic_id in ("c", "a", "b"))
    assert [found.topic_id for found in index.match(report("PKK"))] == ["a", "b", "c"]


def test_a_topic_can_be_put_in_changed_and_taken_out_in_place() -> None:
    index = TopicIndex()
    index.add(compiled("PKK"))
    assert index.match(report("PKK"))
    index.add(compiled("Qandil"))
    assert index.match(report("Qandil"))
    index.add(compiled(query="syri*"))
    assert not index.match(report("PKK"))
    assert index.match(report("Syrian"))
    assert len(index) == 1
    index.remove("t")
    index.remove("t")
    assert not index.match(report("Syrian"))
    assert len(index) == 0
    assert not index._filing._asked


def test_topics_that_ask_for_the_same_are_evaluated_once_and_come_and_go_by_themselves() -> None:
    first, second, third = (compiled(query="PKK talks", topic_id=topic_id) for topic_id in "abc")
    index = TopicIndex([alarm(first), alarm(second)])
    assert index.match(report("PKK talks")) == ()
    assert list(index.problems) == ["a"]
    index = TopicIndex([first, second, third])
    for gone, left in (("b", ["a", "c"]), ("a", ["c"])):
        index.remove(gone)
        assert [found.topic_id for found in index.match(report("PKK talks"))] == left
    index.add(compiled(query="PKK", topic_id="c"))
    index.add(first)
    assert [found.topic_id for found in index.match(report("PKK"))] == ["c"]


def test_a_topic_that_is_not_there_cannot_be_explained() -> None:
    with pytest.raises(KeyError):
        TopicIndex().explain(report("PKK"), "t")


def alarm(topic: CompiledTopic) -> CompiledTopic:
    """The topic, as one that fails when it is evaluated."""
    return replace(topic, tree=Times(1, Not(topic.tree)), require=(topic.tree,))


def test_a_topic_that_fails_does_not_stop_the_others_and_is_told() -> None:
    broken = alarm(compiled("PKK", topic_id="broken"))
    index = TopicIndex([broken, compiled("PKK", topic_id="sound")])
    assert [found.topic_id for found in index.match(report("PKK"))] == ["sound"]
    assert "broken" in index.problems
    index.add(compiled("PKK", topic_id="broken"))
    assert len(index.match(report("PKK"))) == 2
    assert not index.problems


def test_the_index_evaluates_only_what_may_match() -> None:
    """Counted by topics that fail when they are evaluated at all."""
    alarms = [alarm(compiled(f"Name{number} talks", topic_id=f"t{number}")) for number in range(200)]
    index = TopicIndex(alarms)
    assert index.match(report("Peace talks end", text="talks " * 50)) == ()
    assert index.problems == {}
    index.match(report("Talks with name7"))
    assert list(index.problems) == ["t7"]


def test_text_that_repeats_a_word_without_end_is_matched_in_passing() -> None:
    flood = report("x", text="security " * 20_000 + "corridor")
    assert not verdict(compiled(query='"corridor security"'), flood).matched
    assert verdict(compiled(query='"corridor security"~3'), flood).matched
    assert not verdict(compiled(query='"security security peace"~100'), flood).matched


def test_the_opening_counts_as_the_summary_does() -> None:
    before, behind = "x" * (OPENING - 10) + " PKK ", "x" * OPENING + " PKK"
    summary, opening, text = scores(
        "PKK", report("x", summary="PKK"), report("x", text=before), report("x", text=behind)
    )
    assert summary == opening > text
