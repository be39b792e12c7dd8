"""What is out of reach of a phrase is left alone; nothing that would match ever is."""

# ruff: noqa: RUF001 - Turkish letters

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import article

from digest.background import Background
from digest.clauses import AnyOf, Phrase
from digest.matching import TopicIndex, analysed
from digest.reach import Reach
from digest.scoring import NOTHING_KNOWN, Known, Leaning, score
from digest.settings import Topic
from digest.text import OPENING
from digest.topics import CompiledTopic, compile_topic

WORDS = (
    "Syria",
    "Turkey",
    "Turkish",
    "talks",
    "negotiations",
    "meet",
    "Khashoggi",
    "killing",
    "murder",
    "grain",
    "Middle East",
    "Lebanon",
    "death",
    "penalty",
    "execution",
)
PLAIN = ("dialogue", "crisis", "rain", "and", "the", "football", "prices", "United States", "Ankara", ".")
TURKISH = ("görüşme", "Suriye", "tahıl", "idam cezası", "savaş", "zamboni", "futbol", "kriz", "gedunk")
PHRASES = (
    "Syria Turkey talks",
    "Khashoggi killing",
    "grain",
    "Turkey",
    '"grain talks" Syria',
    "Syria crisis",
    "killing talks",
    "crisis relations",
    "Middle East talks",
    "Syria Turkey Khashoggi talks",
    "Syria Turkey Khashoggi killing grain talks",
    "death penalty",
    "Syria death penalty talks",
    "talks zamboni",
    "Syria grain zamboni gedunk",
    "zamboni gedunk",
)
"""Nobody knows what a zamboni is, or gedunk, in English or in Turkish."""
TEXTS = st.one_of(
    st.lists(st.sampled_from((*WORDS, *PLAIN)), max_size=9).map(" ".join),
    st.lists(st.sampled_from((*TURKISH, "Syria", "talks")), max_size=6).map(" ".join),
)
SPOKEN = st.sampled_from(("en", "tr"))
FAR_DOWN = f"{'and so on ' * (OPENING // 10)}\n"
BODIES = st.builds(str.__add__, st.sampled_from(("", FAR_DOWN)), TEXTS)


@cache
def compiled(threshold: float) -> list[CompiledTopic]:
    one_each = [Topic(id=str(at), name=line, watch=(line,), threshold=threshold) for at, line in enumerate(PHRASES)]
    two = Topic(id="two", name="two", watch=PHRASES[:2], threshold=threshold)
    return [compile_topic(topic, frozenset({"en", "tr"})) for topic in (*one_each, two)]


@given(
    stream=st.lists(st.tuples(TEXTS, TEXTS, BODIES, SPOKEN), min_size=1, max_size=12),
    threshold=st.sampled_from((0.0, 0.1, 0.5, 0.75, 1.0)),
)
def test_matching_only_what_is_in_reach_finds_the_same(
    stream: list[tuple[str, str, str, str]], threshold: float
) -> None:
    quick, whole = (TopicIndex(compiled(threshold)) for _ in range(2))
    for number, (title, summary, text, language) in enumerate(stream):
        each = article(number, title, summary=summary, text=text, language=language)
        found = whole.judge(each)
        assert quick.match(each) == tuple(verdict for verdict in found if verdict.matched)
        for index in (quick, whole):
            index.learn(each, found)


@given(
    texts=st.tuples(TEXTS, TEXTS, BODIES, SPOKEN),
    met=st.dictionaries(st.sampled_from(("syria", "turkey", "talk", "grain", "murder")), st.integers(0, 900)),
    like=st.floats(0, 1),
)
@pytest.mark.parametrize("meaning", [None, 0.0, 1.0])
@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.75, 0.95])
def test_no_phrase_is_excluded_that_reaches_its_cut_whatever_is_known(
    threshold: float, meaning: float | None, texts: tuple[str, str, str, str], met: dict[str, int], like: float
) -> None:
    title, summary, text, language = texts
    analysis = analysed(article(1, title, summary=summary, text=text, language=language))
    known = Known(
        background=Background(1_000, met),
        likeness={topic.topic.id: like for topic in compiled(threshold)},
        meaning=None if meaning is None else lambda _: meaning,
    )
    trees = {topic.topic.id: topic.tree for topic in compiled(threshold)}
    within = Reach(trees.items()).within(trees, analysis, known)
    for topic in trees.keys() - set(within):
        tree = trees[topic]
        for phrase in tree.parts if isinstance(tree, AnyOf) else (tree,):
            assert isinstance(phrase, Phrase)
            scored = score(phrase, analysis, known)
            assert scored.failure or scored.score < threshold


def test_words_far_down_alone_bring_no_phrase_of_several_within_reach() -> None:
    trees = dict(zip(PHRASES, (topic.tree for topic in compiled(0.5)), strict=False))
    deep = analysed(article(1, "Football", summary="", text=f"{FAR_DOWN} Syria and Turkey talks, grain, a killing"))
    assert Reach(trees.items()).within(
        ["Syria Turkey talks", "killing talks", "grain", "Turkey"], deep, NOTHING_KNOWN
    ) == [
        "grain",
        "Turkey",
    ]


def test_what_examples_may_lift_and_what_is_no_phrase_is_always_within_reach() -> None:
    query = compile_topic(Topic(id="q", name="q", query="Syria OR talks")).tree
    trees = {"shown": compiled(0.5)[0].tree, "not shown": compiled(0.5)[0].tree, "query": query}
    known = Known(leanings={"shown": Leaning(base=1.0)})
    of = analysed(article(1, "Football", summary=""))
    assert Reach(trees.items()).within(trees, of, known) == ["shown", "query"]


def test_what_words_weigh_is_forgotten_when_they_have_become_common() -> None:
    background, of = Background(1_000), analysed(article(1, "Khashoggi", summary=""))
    reach = Reach([("t", compiled(0.5)[1].tree)])
    assert reach.within(["t"], of, Known(background)) == ["t"]
    background.add(4_000, {"khashoggi": 4_000, "=khashoggi": 4_000})
    assert reach.within(["t"], of, Known(background)) == []


def test_an_article_with_one_common_word_of_three_is_out_of_reach() -> None:
    reach = Reach([("t", compiled(0.5)[0].tree)])
    for title, within in (("Football talks in Lisbon", []), ("Syria and Turkey meet", ["t"])):
        assert reach.within(["t"], analysed(article(1, title, summary="")), NOTHING_KNOWN) == within


def test_a_name_of_several_words_brings_a_topic_within_reach_with_all_of_them_only() -> None:
    topic = compile_topic(Topic(id="t", name="t", watch=("death penalty",)))
    reach = Reach([("t", topic.tree)])
    for title, within in (("Mayor escapes punishment", []), ("Senate ends capital punishment", ["t"])):
        assert reach.within(["t"], analysed(article(1, title, summary="")), NOTHING_KNOWN) == within
    apart = article(1, "Mayor escapes punishment", summary="", text=f"{FAR_DOWN} The capital of the region grows")
    assert reach.within(["t"], analysed(apart), NOTHING_KNOWN) == []
