"""Names that the operator gives, and what they stand for."""

from __future__ import annotations

import pytest
from records import article

from digest.aliases import Sets, concerned, recognise
from digest.matching import TopicIndex
from digest.settings import Topic
from digest.text import words_of
from digest.topics import compile_topic

ASSAD = ("Assad", "al-Assad", "Esad", "الأسد")
SDF = ("Syrian Democratic Forces", "SDF", "قسد")
FORCES = ("Democratic Forces", "the DF")
SETS: Sets = (ASSAD, SDF, FORCES)


def recognised(words: str, *languages: str) -> tuple[set[str], int] | None:
    found = recognise(words_of(words), SETS, frozenset(languages))
    return found and (set(found[0]), found[1])


@pytest.mark.parametrize(
    "words, others, size",
    [
        ("Assad talks", {"al-Assad", "Esad", "الأسد"}, 1),
        ("ASSAD", {"al-Assad", "Esad", "الأسد"}, 1),
        ("Assad's talks", {"al-Assad", "Esad", "الأسد"}, 1),
        ("al Assad talks", {"Assad", "Esad", "الأسد"}, 2),
        ("Syrian Democratic Forces talks", {"SDF", "قسد"}, 3),
        ("Syrian Democratic Force", {"Syrian Democratic Forces", "SDF", "قسد"}, 3),
        ("S.D.F. talks", {"Syrian Democratic Forces", "قسد"}, 1),
        ("Democratic Forces", {"the DF"}, 2),
    ],
)
def test_words_that_are_a_name_stand_for_the_others_of_its_set(words: str, others: set[str], size: int) -> None:
    assert recognised(words) == (others, size)


@pytest.mark.parametrize("words", ["talks with Assad", "Syrian Forces", "Democratic", "", "al"])
def test_other_words_stand_for_themselves(words: str) -> None:
    assert recognised(words) is None


def test_a_name_is_recognised_in_the_inflections_of_the_languages_given() -> None:
    assert recognised("والأسد") is None
    assert recognised("والأسد", "ar") == (set(ASSAD), 1)


def test_a_name_is_recognised_in_cases_that_are_stemmed_otherwise() -> None:
    assert recognise(["Лаврова"], (("Lavrov", "Лавров"),), frozenset({"ru"})) == (("Lavrov", "Лавров"), 1)


def test_a_name_in_several_sets_stands_for_all_of_them() -> None:
    both: Sets = (("Kyiv", "Kiev"), ("Kiev", "Київ"), ("Lviv", "Lvov"))
    assert recognise(["Kiev"], both, frozenset()) == (("Kyiv", "Київ"), 1)


def test_a_topic_is_concerned_by_the_sets_that_its_phrases_name() -> None:
    assert concerned(SETS, ["talks of Assad", "rain"], frozenset()) == (ASSAD,)
    assert concerned(SETS, ["talks with the Syrian democratic forces"], frozenset()) == (SDF,)
    assert concerned(SETS, ["rain"], frozenset()) == concerned((), ["Assad"], frozenset()) == ()


@pytest.mark.parametrize(
    "phrase, title, matches",
    [
        ("Assad talks", "Esad holds talks in Moscow", True),
        ("Assad talks", "Al-Assad holds talks in Moscow", True),
        ("al-Assad talks", "Assad's talks in Moscow", True),
        ("Assad talks", "الأسد: talks", True),
        ("Assad talks", "Makdissi holds talks in Moscow", False),
        ("SDF talks", "Talks with the Syrian Democratic Forces", True),
        ("SDF talks", "Talks with the Syrian Forces, a Democratic party says", False),
        ("Syrian Democratic Forces talks", "SDF holds talks", True),
        ("Turkey talks", "SDF holds talks", False),
        ("SDF talks", "Syria holds talks", False),
    ],
)
def test_an_alias_in_a_phrase_finds_all_of_its_set(phrase: str, title: str, matches: bool) -> None:  # noqa: FBT001
    topic = Topic(id="t", name="", watch=(phrase,), aliases=SETS)
    assert bool(TopicIndex([compile_topic(topic)]).match(article(1, title))) is matches


def test_a_country_with_an_alias_is_still_a_country() -> None:
    topic = Topic(id="t", name="", watch=("Syria talks",), aliases=(("Syria", "SAR", "Bilad al-Sham"),))
    index = TopicIndex([compile_topic(topic)])
    for title in ("Syrian talks", "Damascus talks", "SAR talks", "Talks in Bilad al-Sham"):
        assert index.match(article(1, title)), title
    assert not index.match(article(1, "Talks in Bilad"))


def test_a_country_may_be_an_alias() -> None:
    topic = Topic(id="t", name="", watch=("Bilad talks",), aliases=(("Bilad", "Syria"),))
    assert TopicIndex([compile_topic(topic)]).match(article(1, "Damascus talks"))


def test_what_must_not_be_there_has_its_aliases_too() -> None:
    topic = Topic(id="t", name="", watch=("talks",), exclude=("Assad",), aliases=SETS)
    assert not TopicIndex([compile_topic(topic)]).match(article(1, "Esad holds talks"))
