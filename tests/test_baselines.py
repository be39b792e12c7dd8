"""The three simple ways of matching, on a handful of lines."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import entry

from digest.baselines import baselines
from digest.settings import Topic

LAKE = Topic(id="lake", name="lake", watch=("The herons of the lake",))
COUP = Topic(id="coup", name="coup", query="coup AND army")
LINES = ("Herons leave a lake", "A heron and lakes", "Army plans a coup", "Nothing of that kind", "Lake")


def scored(name: str, *titles: str, topics: tuple[Topic, ...] = (LAKE, COUP)) -> list[Mapping[str, float]]:
    score, _ = baselines(topics)[name]
    return [dict(score(entry(title))) for title in titles]


def test_words_want_each_form_and_stems_each_stem() -> None:
    assert scored("AND of words", *LINES) == [{"lake": 1}, {}, {"coup": 1}, {}, {}]
    assert scored("AND of stems", *LINES) == [{"lake": 1}, {"lake": 1}, {"coup": 1}, {}, {}]


def test_a_phrase_of_stop_words_matches_nothing() -> None:
    nothing = Topic(id="nothing", name="nothing", watch=("who was it",))
    for name in ("AND of words", "AND of stems", "BM25"):
        assert scored(name, "Who was it?", "", topics=(nothing,)) == [{}, {}]


def test_bm25_by_hand() -> None:
    """Of "heron lake" the second article has one of two; before it were one article of four words, and both terms."""
    first, second = scored("BM25", "Herons leave a lake", "Lake", topics=(LAKE,))
    assert first == {"lake": pytest.approx(1)}
    rarity = log(1 + 0.5 / 1.5)
    assert second == {"lake": pytest.approx(rarity * 2.2 / (1 + 1.2 * (0.25 + 0.75 / 4)) / (2 * rarity))}


def test_a_rare_word_weighs_more_in_bm25() -> None:
    *_, rare, common = scored("BM25", *["Lake news"] * 20, "Heron news", "Lake news", topics=(LAKE,))
    assert rare["lake"] > 2 * common["lake"]


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.data())
def test_what_is_said_of_an_article_does_not_depend_on_later_ones(lines: list[str], data: st.DataObject) -> None:
    seen = data.draw(st.integers(1, len(lines)))
    for name in ("AND of words", "AND of stems", "BM25"):
        assert scored(name, *lines)[:seen] == scored(name, *lines[:seen])
