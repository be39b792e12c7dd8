"""Figures against cases worked out by hand, and against the definitions written out in full."""

from __future__ import annotations

import doctest
from math import isclose, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import measures
from digest.measures import Figures, Judged, best, best_f1_of_each, curve, f1, figures, mean, ndcg

scores = st.integers(0, 100).map(lambda n: n / 100)
judged_lists = st.lists(st.builds(Judged, scores, st.booleans(), st.booleans()), max_size=60)


def matched_from(judged: list[Judged], cut: float) -> list[Judged]:
    return [each._replace(matched=each.score >= cut and each.score > 0) for each in judged]


def test_the_examples_in_the_docstrings_are_true() -> None:
    found = doctest.testmod(measures)
    assert found.attempted >= 3
    assert found.failed == 0


def test_figures_of_one_topic_by_hand() -> None:
    """By score: right, wrong, right; then a relevant one below the cut, and one without a score."""
    judged = [
        Judged(0.7, matched=True, relevant=False),
        Judged(0.9, matched=True, relevant=True),
        Judged(0.6, matched=True, relevant=True),
        Judged(0.2, matched=False, relevant=True),
    ]
    found = figures(judged, relevant=4)
    assert (found.precision, found.recall) == (2 / 3, 1 / 2)
    assert found.f1 == pytest.approx(4 / 7)
    gain, most = 1 + 1 / log2(4) + 1 / log2(5), 1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)
    assert found.ndcg20 == pytest.approx(gain / most)


def test_a_topic_that_finds_nothing_has_no_precision_and_nothing_else() -> None:
    assert figures([], relevant=3) == Figures(precision=0, recall=0, f1=0, ndcg20=0)
    assert figures([Judged(0.4, matched=True, relevant=False)], relevant=0).recall == 0


def test_a_mean_weighs_topics_and_not_articles() -> None:
    small = figures([Judged(1, matched=True, relevant=True)], relevant=1)
    large = figures([Judged(1, matched=True, relevant=False)] * 99, relevant=50)
    assert mean([small, large]) == Figures(precision=0.5, recall=0.5, f1=0.5, ndcg20=0.5)
    assert mean([]) == Figures(precision=0, recall=0, f1=0, ndcg20=0)


def test_equal_scores_rank_in_the_order_of_the_stream() -> None:
    assert ndcg([(0.5, True), (0.5, False)], relevant=1) == 1
    assert ndcg([(0.5, False), (0.5, True)], relevant=1) == pytest.approx(1 / log2(3))


def test_an_article_without_a_score_is_in_no_ranking() -> None:
    assert ndcg([(0.0, False), (0.0, True)], relevant=1) == 0
    assert ndcg([(0.0, False), (0.1, True)], relevant=1) == 1


def test_only_the_head_of_a_ranking_counts_and_it_can_be_perfect_with_more_relevant_than_fit() -> None:
    ranking = [(1 - n / 100, True) for n in range(30)]
    assert ndcg(ranking, relevant=30) == pytest.approx(1)
    assert ndcg([(1.0, False)] * 20 + [(0.5, True)], relevant=1) == 0


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(matched: set[int], relevant: set[int]) -> None:
    right = len(matched & relevant)
    precision = right / len(matched) if matched else 0
    recall = right / len(relevant) if relevant else 0
    harmonic = 2 * precision * recall / (precision + recall) if right else 0
    assert isclose(f1(right, len(matched), len(relevant)), harmonic)


@given(judged_lists, st.integers(0, 5))
def test_ndcg_is_what_its_definition_says(judged: list[Judged], unseen: int) -> None:
    relevant = sum(each.relevant for each in judged) + unseen
    order = sorted((n for n, each in enumerate(judged) if each.score), key=lambda n: (-judged[n].score, n))
    gains = [1 / log2(rank + 1) if judged[n].relevant else 0 for rank, n in enumerate(order, start=1) if rank <= 20]
    ideal = [1 / log2(rank + 1) for rank in range(1, min(20, relevant) + 1)]
    expected = sum(gains) / sum(ideal) if ideal else 0
    assert isclose(figures(judged, relevant).ndcg20, expected, abs_tol=1e-12)
    assert 0 <= expected <= 1 + 1e-12


@given(st.dictionaries(st.sampled_from("abc"), judged_lists), scores)
def test_a_point_of_the_curve_is_what_that_cut_gives(of_topics: dict[str, list[Judged]], cut: float) -> None:
    relevant = {topic: sum(each.relevant for each in judged) + 1 for topic, judged in of_topics.items()}
    (point,) = curve(of_topics, relevant, [cut])
    expected = mean(figures(matched_from(judged, cut), relevant[topic]) for topic, judged in of_topics.items())
    assert isclose(point.precision, expected.precision)
    assert isclose(point.recall, expected.recall)
    assert isclose(point.f1, expected.f1)


@given(st.dictionaries(st.sampled_from("abc"), judged_lists, min_size=1))
def test_a_cut_for_each_topic_is_never_worse_than_one_for_all(of_topics: dict[str, list[Judged]]) -> None:
    relevant = {topic: sum(each.relevant for each in judged) + 1 for topic, judged in of_topics.items()}
    assert best_f1_of_each(of_topics, relevant) >= best(curve(of_topics, relevant)).f1 - 1e-12


def test_a_topic_of_which_nothing_was_found_counts_in_a_curve() -> None:
    (point,) = curve({"a": [Judged(0.9, matched=True, relevant=True)]}, {"a": 1, "b": 1}, [0.5])
    assert (point.precision, point.recall, point.f1) == (0.5, 0.5, 0.5)


def test_of_equally_good_cuts_the_lowest_is_the_best() -> None:
    judged = {"a": [Judged(0.5, matched=True, relevant=True)]}
    assert best(curve(judged, {"a": 1})).cut == 0
