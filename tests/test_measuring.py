"""Measuring as a stream: exact figures of a small collection, and what is told of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import collection
import pytest

from digest import labelled, measuring
from digest.errors import DigestError
from digest.labelled import Collection
from digest.matching import TopicIndex
from digest.measures import Figures
from digest.topics import compile_topic


@pytest.fixture
def small(tmp_path: Path) -> Collection:
    return labelled.read(collection.write(tmp_path / "small"))


def plain(figures: Figures) -> Mapping[str, float]:
    return asdict(figures)


def test_the_figures_are_those_worked_out_by_hand(small: Collection) -> None:
    result = measuring.measure(small)
    assert plain(result.matching.topics["lake"]) == pytest.approx(collection.LAKE)
    assert plain(result.matching.topics["coup"]) == pytest.approx(collection.COUP)
    assert plain(result.matching.figures) == pytest.approx(collection.MEANS)
    assert (result.collection, result.articles, result.baselines, result.problems) == ("small", 12, (), ())


def test_the_worst_topic_comes_first_with_its_mistakes_explained(small: Collection) -> None:
    lake, coup = measuring.measure(small).topics
    assert (lake.topic.id, lake.relevant, lake.matched, lake.right) == ("lake", 4, 4, 3)
    ((false_hit, why),) = lake.false_hits
    assert false_hit.entry.entry_id == "a8"
    assert why.matched
    assert {each.found for each in why.evidence} == {"Heron", "lake"}
    ((miss, why_not),) = lake.misses
    assert miss.entry.entry_id == "a7"
    assert not why_not.matched
    assert why_not.reason
    assert (coup.false_hits, coup.misses) == ((), ())


def test_of_several_mistakes_the_best_scored_comes_first(small: Collection) -> None:
    (lake, _) = measuring.measure(replace(small, relevant={**small.relevant, "lake": frozenset({7})})).topics
    scores = [mistake.verdict.score for mistake in lake.false_hits]
    assert scores == sorted(scores, reverse=True)
    assert [mistake.article.id for mistake in lake.false_hits][-1] == 8


def test_a_doubtful_pair_counts_neither_way(small: Collection) -> None:
    counted = replace(small, left_out={"lake": frozenset(), "coup": frozenset()})
    assert measuring.measure(counted).matching.topics["lake"].precision == 3 / 5
    assert measuring.measure(small).matching.topics["lake"].precision == 3 / 4


def test_a_topic_without_relevant_articles_is_left_out(small: Collection) -> None:
    none = replace(small, relevant={**small.relevant, "lake": frozenset()})
    result = measuring.measure(none)
    assert [each.topic.id for each in result.topics] == ["coup"]
    assert plain(result.matching.figures) == collection.COUP


def test_what_is_said_of_an_article_does_not_depend_on_later_ones(small: Collection) -> None:
    def said(articles: Collection) -> list[object]:
        index = TopicIndex(compile_topic(topic, articles.languages) for topic in articles.topics)
        return [(article.id, verdicts) for article, verdicts in measuring.stream(articles, index)]

    for seen in range(1, 13):
        assert said(replace(small, articles=small.articles[:seen])) == said(small)[:seen]


def test_baselines_are_measured_on_the_same_stream(small: Collection) -> None:
    words, stems, bm25 = measuring.measure(small, with_baselines=True).baselines
    assert [each.name for each in (words, stems, bm25)] == ["AND of words", "AND of stems", "BM25"]
    assert words.topics["coup"].f1 == 1
    assert words.topics["lake"].recall == 3 / 4
    assert words.cut == 1
    assert bm25.figures.f1 <= bm25.hindsight


def test_the_best_cut_is_looked_for_among_all(small: Collection) -> None:
    matching = measuring.measure(small).matching
    assert matching.hindsight == pytest.approx((6 / 7 + 1) / 2), "without a8, lake has 3 of 3 right and 3 of 4 found"


def test_the_first_examples_are_those_of_the_stream_without_the_doubtful(small: Collection) -> None:
    examples = measuring.first_examples(small, 5)
    assert [article.id for article in examples["lake"].right] == [1, 3, 5, 7]
    assert [article.id for article in examples["lake"].wrong] == [8], "the only wrong one that the topic scores"
    assert examples["coup"].wrong == ()


def test_what_a_topic_would_have_sent_wrongly_is_labelled_before_what_it_only_scores(tmp_path: Path) -> None:
    small = labelled.read(collection.write(tmp_path / "small"), 0.9)
    nothing = {topic: frozenset[int]() for topic in small.relevant}
    backwards = replace(small, articles=small.articles[::-1], relevant=nothing)
    wrong = measuring.first_examples(backwards, 3)["lake"].wrong
    assert [article.id for article in wrong] == [5, 3, 1], "a8 comes first, with a score of 0.55"
    wrong = measuring.first_examples(backwards, 5)["lake"].wrong
    assert [article.id for article in wrong] == [5, 3, 1, 8]


def test_what_was_an_example_counts_in_no_figure(small: Collection) -> None:
    """Of lake a1, a3 and a8 are shown, which leaves a5 and a7 to be found and no false hit."""
    rest = measuring.without(small, measuring.first_examples(small, 2))
    lake = next(each for each in measuring.measure(rest).topics if each.topic.id == "lake")
    assert (lake.relevant, lake.matched, lake.right) == (2, 1, 1)
    assert not rest.relevant["coup"]


def test_a_topic_that_cannot_be_read_is_told_with_its_collection(tmp_path: Path) -> None:
    folder = collection.write(tmp_path / "small", topics=[{"id": "bad", "query": "(heron"}])
    with pytest.raises(DigestError, match="small: topic bad: "):
        measuring.measure(labelled.read(folder))
