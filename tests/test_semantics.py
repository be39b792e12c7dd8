"""Meaning: how near texts are in several languages, and that only phrases near their cut ask for it."""

from __future__ import annotations

import pytest
from records import article

from digest import semantics
from digest.matching import TopicIndex
from digest.settings import Topic
from digest.topics import compile_topic

TALKS = "Syria Turkey talks"


def test_a_report_in_other_words_and_in_another_language_is_nearer_than_a_bird() -> None:
    bird = semantics.likeness(TALKS, "How to roast a turkey for twelve guests")
    assert semantics.likeness(TALKS, "Damascus and Ankara envoys met to settle their border") > bird
    assert semantics.likeness(TALKS, "Suriye ve Türkiye görüşmelere devam ediyor") > bird


@pytest.mark.slow
def test_a_text_is_as_near_to_itself_as_can_be_and_nothing_is_below_zero() -> None:
    assert abs(semantics.likeness(TALKS, TALKS) - 1) < 1e-5
    assert semantics.likeness(TALKS, "") >= 0


def asked_of(title: str, *, says: float) -> tuple[float, list[str]]:
    asked: list[str] = []

    def meaning(sentence: str, phrase: str) -> float:
        asked.append(phrase)
        return says

    index = TopicIndex([compile_topic(Topic(id="talks", name=TALKS, watch=(TALKS,)))], meaning=meaning)
    verdicts = index.judge(article(1, title, summary=""))
    return (verdicts[0].score if verdicts else 0.0), asked


def test_meaning_is_asked_for_near_the_cut_only() -> None:
    assert asked_of("Syria and Turkey open talks", says=0.9)[1] == []
    assert asked_of("Rain in Lisbon", says=0.9)[1] == []
    assert asked_of("Turkey holds talks with Iraq", says=0.9)[1] == [TALKS]


def test_a_nearer_meaning_gives_a_higher_score() -> None:
    title = "Turkey holds talks with Iraq"
    assert asked_of(title, says=0.8)[0] > asked_of(title, says=0.2)[0]
