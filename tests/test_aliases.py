"""Names that the operator gives, and what they stand for."""

from __future__ import annotations

import pytest

from digest.aliases import Sets, concerned, recognise
from digest.text import words_of

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


def test_a_name_in_several_sets_stands_for_all_of_them() -> None:
    both: Sets = (("Kyiv", "Kiev"), ("Kiev", "Київ"), ("Lviv", "Lvov"))
    assert recognise(["Kiev"], both, frozenset()) == (("Kyiv", "Київ"), 1)


def test_a_topic_is_concerned_by_the_sets_that_its_phrases_name() -> None:
    assert concerned(SETS, ["talks of Assad", "rain"], frozenset()) == (ASSAD,)
    assert concerned(SETS, ["talks with the Syrian democratic forces"], frozenset()) == (SDF,)
    assert concerned(SETS, ["rain"], frozenset()) == concerned((), ["Assad"], frozenset()) == ()
