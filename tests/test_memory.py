"""What matching remembers: how often words are met (background), and what topics found before (profiles, memory)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import article
from records import verdict as some_verdict

from digest.background import MOST_WORDS, Background
from digest.clauses import Phrase
from digest.matching import TopicIndex, analysed
from digest.memory import ACQUAINTED, SURE, Memory
from digest.model import Profile, Verdict
from digest.profiles import NOTHING_LEARNED, TELLING, similarity, taught, telling
from digest.settings import Topic
from digest.text import Analysis
from digest.topics import compile_topic

WORDS = ("syria", "turkey", "talks", "grain", "harbour", "lake", "heron", "storm", "coup", "vote", "bank", "amman")


def analysis(title: str, summary: str = "", text: str = "") -> Analysis:
    return analysed(article(1, title, summary=summary, text=text))


def sure(topic_id: str, score: float = 0.9) -> Verdict:
    return replace(some_verdict(topic_id, score), cut=0.5)


# --- how often words are met ----------------------------------------------------------------------------------------


def test_counted_are_articles_by_the_stems_of_title_and_lead() -> None:
    background = Background()
    learned = background.learn(analysis("Talks and talks", "The grain talks", "x " * 300 + "harbour"))
    assert learned == {"talk", "grain"}
    background.learn(analysis("Grain", text="The harbour"))
    assert (background.articles, background.counts) == (2, {"talk": 1, "grain": 2, "harbor": 1})


def test_the_opening_of_the_text_is_the_lead_where_there_is_no_summary() -> None:
    assert Background().learn(analysis("Grain", text="Harbour " + "x" * 400 + " lake")) == {"grain", "harbor"}
    assert Background().learn(analysis("Grain", "Heron", "Harbour")) == {"grain", "heron"}


def test_adding_what_somebody_else_learned_is_as_good_as_learning() -> None:
    learning, adding = Background(), Background()
    titles = ["Grain talks", "Talks", "Harbour talks in Amman"]
    counts: Counter[str] = Counter()
    for title in titles:
        counts.update(learning.learn(analysis(title)))
    adding.add(len(titles), counts)
    assert (adding.articles, adding.counts) == (learning.articles, learning.counts)


def test_an_article_is_seen_anew_when_something_was_counted_meanwhile() -> None:
    background, of = Background(), analysis("Grain talks in Amman")
    before = background.vector(of)
    background.add(50, {"talk": 50})
    assert background.vector(of) == Background(50, {"talk": 50}).vector(of) != before


def test_a_word_tells_less_the_oftener_it_is_met() -> None:
    background = Background(1_000, {"everywhere": 1_000, "often": 300, "seldom": 3})
    found = [background.rarity("word", frozenset({word})) for word in ("everywhere", "often", "seldom", "never")]
    assert found == sorted(set(found))
    assert 0 < found[0] < 0.1
    assert found[-1] > 0.7


def test_of_a_stream_that_has_just_begun_a_name_is_guessed_to_be_rarer_than_a_word() -> None:
    kinds = ("name", "word", "country", "frame")
    name, *others = (Background().rarity(kind, frozenset({"x"})) for kind in kinds)
    assert name > max(others)
    name, *others = (Background(1_000_000, {"x": 9_000}).rarity(kind, frozenset({"x"})) for kind in kinds)
    assert name == pytest.approx(max(others), abs=1e-3), "in the end it is what was met that counts"


def test_a_term_is_met_in_all_ways_of_writing_it() -> None:
    background = Background(1_000, {"turkey": 100, "ankara": 100})
    turkey = frozenset({"turkey"})
    assert background.rarity("country", turkey | {"ankara"}) < background.rarity("country", turkey)


def test_a_name_of_several_words_is_as_rare_as_the_rarest() -> None:
    """What is south of something is no news of South Sudan."""
    background = Background(1_000, {"south": 300, "sudan": 3})
    both = [(("south",), ("sudan", "=sudan"))]
    assert background.rarity("country", frozenset(), both) == background.rarity("country", frozenset({"sudan"}))
    assert background.rarity("country", frozenset({"south"}), both) < background.rarity(
        "country", frozenset({"south"})
    )
    phrase = compile_topic(Topic(id="t", name="T", watch=("South Sudan war",))).tree
    assert isinstance(phrase, Phrase)
    assert background.rarities_in(phrase)[0] == Background(1_000, {"south": 3, "sudan": 3}).rarities_in(phrase)[0]


def test_words_without_meaning_are_in_no_name_what_tells_how_rare_it_is() -> None:
    """They are never counted."""
    background = Background(1_000, {"angel": 300, "angeles": 300})
    phrase = compile_topic(Topic(id="t", name="T", watch=("Los Angeles fire",))).tree
    assert isinstance(phrase, Phrase)
    assert background.rarities_in(phrase)[0] < Background(1_000).rarities_in(phrase)[0]


@given(st.integers(0, 10**6), st.data(), st.sampled_from(["country", "name", "word", "frame"]))
def test_rarity_is_from_0_to_1(articles: int, data: st.DataObject, kind: str) -> None:
    met = data.draw(st.integers(0, articles))
    assert 0 < Background(articles, {"x": met}).rarity(kind, frozenset({"x"})) <= 1


@given(st.lists(st.sampled_from(WORDS), max_size=200), st.sets(st.integers(0, 200)))
def test_rarity_does_not_depend_on_who_asked_when(stream: list[str], asked_at: set[int]) -> None:
    phrase = compile_topic(Topic(id="t", name="T", watch=("grain talks",))).tree
    assert isinstance(phrase, Phrase)
    asked, left_alone = Background(), Background()
    for number, word in enumerate(stream):
        if number in asked_at:
            asked.rarities_in(phrase)
        for each in (asked, left_alone):
            each.add(1, {word: 1})
    assert asked.rarities_in(phrase) == left_alone.rarities_in(phrase)
    assert left_alone.rarities_in(phrase) == tuple(
        left_alone.rarity(part.kind, part.ways.keys, part.ways.several) for part in phrase.parts
    )


def test_rarity_keeps_up_with_the_stream() -> None:
    """What is told is no older than a fiftieth of the articles."""
    grain, background = frozenset({"grain"}), Background()
    for number in range(1, 400):
        background.add(1, {"grain": 1})
        told = background.rarity("word", grain)
        newest, oldest = (
            Background(at, {"grain": at}).rarity("word", grain) for at in (number, number - number // 50 - 1)
        )
        assert newest <= told <= oldest


def test_a_phrase_of_the_same_words_that_is_another_is_not_mistaken_for_it() -> None:
    """As when a topic was changed: in one process an index of the topics before may still be there."""
    background = Background(1_000, {"corn": 900})
    grain, corn = (
        compile_topic(Topic(id="t", name="T", watch=("grain talks",), aliases=aliases)).tree
        for aliases in ((), (("grain", "corn"),))
    )
    assert isinstance(grain, Phrase)
    assert isinstance(corn, Phrase)
    for _ in range(2):
        assert background.rarities_in(grain)[0] > background.rarities_in(corn)[0]


def test_the_words_remembered_are_bounded_and_those_met_most_often_stay() -> None:
    background = Background()
    background.add(10, {"often": 5})
    for batch in range(30):
        background.add(1, {f"word{number}": 1 for number in range(batch * 1_000, (batch + 1) * 1_000)})
        assert len(background.counts) <= MOST_WORDS * 5 // 4
    assert background.counts["often"] == 5
    assert background.articles == 40
    assert background.rarity("word", frozenset({"often"})) < background.rarity("word", frozenset({"never"}))


# --- what an article is about ---------------------------------------------------------------------------------------


def length(vector: Mapping[str, float]) -> float:
    return math.sqrt(sum(value * value for value in vector.values()))


@given(st.lists(st.sampled_from((*WORDS, "the", ".")), max_size=12).map(" ".join), st.integers(0, 1_000))
def test_a_vector_has_length_1_and_no_stop_words(title: str, articles: int) -> None:
    vector = Background(articles, {"talk": articles}).vector(analysis(title))
    assert length(vector) == pytest.approx(1) or not vector
    assert "the" not in vector
    assert all(value > 0 for value in vector.values())


def test_in_a_vector_a_rare_word_weighs_more_so_does_one_that_is_repeated_or_in_the_title() -> None:
    vector = Background(1_000, {"talk": 500, "grain": 5}).vector(analysis("Grain talks"))
    assert vector["grain"] > vector["talk"]
    vector = Background().vector(analysis("x", "Heron, heron, lake"))
    assert vector["heron"] > vector["lake"]
    vector = Background().vector(analysis("Heron", "lake"))
    assert vector["heron"] > vector["lake"]


def test_an_article_without_words_has_no_vector() -> None:
    assert Background().vector(analysis("The of and …")) == {}


# --- what a topic learns --------------------------------------------------------------------------------------------

LONG = st.integers(0, 400).map(lambda first: {str(number): 0.1 for number in range(first, first + 80)})
SHORT = st.dictionaries(st.one_of(st.sampled_from(WORDS), st.integers(0, 400).map(str)), st.floats(0.01, 1))
VECTORS = st.one_of(SHORT, LONG)
LESSONS = st.lists(st.tuples(VECTORS, st.sampled_from([1.0, 0.7, 2.0, -0.5])), max_size=12)


def after(lessons: Sequence[tuple[Mapping[str, float], float]]) -> Profile:
    profile = NOTHING_LEARNED
    for vector, weight in lessons:
        profile = taught(profile, vector, weight)
    return profile


@given(LESSONS)
def test_a_profile_never_grows_past_its_bound(lessons: list[tuple[Mapping[str, float], float]]) -> None:
    profile = after(lessons)
    assert len(profile.words) <= 150
    found = list(telling(profile))
    assert len(found) <= TELLING
    assert all(share > 0 for _, share in found)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
    assert length(dict(found)) == pytest.approx(1) or not found


@given(LESSONS, VECTORS)
def test_likeness_is_from_0_to_1(lessons: list[tuple[Mapping[str, float], float]], vector: dict[str, float]) -> None:
    unit = {word: value / length(vector) for word, value in vector.items()}
    assert 0 <= similarity(unit, after(lessons)) <= 1 + 1e-9


def test_a_report_is_like_itself_and_unlike_one_without_a_common_word() -> None:
    vector = {"grain": 0.6, "talk": 0.8}
    profile = after([(vector, 0.9)])
    assert similarity(vector, profile) == pytest.approx(1)
    assert similarity({"heron": 1.0}, profile) == 0
    assert profile.reports == 1


def test_older_reports_fade_and_count_half_after_forty_others() -> None:
    profile = after([({"grain": 1.0}, 1.0), *[({"talk": 1.0}, 1.0)] * 40])
    assert profile.words["grain"] == pytest.approx(0.5)
    assert profile.reports == 41


def test_what_is_not_meant_speaks_against_its_words_and_is_no_report() -> None:
    profile = after([({"grain": 1.0, "talk": 1.0}, 1.0), ({"talk": 1.0}, -2.0)])
    assert [word for word, _ in telling(profile)] == ["grain"]
    assert profile.reports == 1


def test_the_heaviest_words_stay_when_there_are_too_many() -> None:
    profile = after([({"grain": 5.0}, 1.0), ({str(number): 0.1 for number in range(300)}, 1.0)])
    assert "grain" in profile.words


# --- the memory -----------------------------------------------------------------------------------------------------


def test_a_topic_learns_from_what_it_is_sure_of_only() -> None:
    memory = Memory()
    not_sure = [
        sure("low", SURE - 0.01),
        replace(sure("missed"), matched=False),
        replace(sure("query"), cut=None),
    ]
    lesson = memory.learn(analysis("Grain talks"), [*not_sure, sure("sure", SURE)])
    assert lesson.profiles.keys() == memory.profiles.keys() == {"sure"}
    assert lesson.profiles["sure"] == memory.profiles["sure"]
    assert set(memory.profiles["sure"].words) == {"grain", "talk"}


def test_every_article_is_counted_whether_it_matched_or_not_but_only_once() -> None:
    memory = Memory()
    assert memory.learn(analysis("Grain"), []).words == {"grain"}
    again = memory.learn(analysis("Grain"), [sure("t")], counting=False)
    assert again.words == frozenset()
    assert again.profiles.keys() == {"t"}
    assert (memory.background.articles, memory.background.counts) == (1, {"grain": 1})


def test_likeness_is_that_of_the_profile_and_grows_with_acquaintance() -> None:
    of = analysis("Grain talks in the harbour")
    for articles in (0, ACQUAINTED, 100 * ACQUAINTED):
        background = Background(articles)
        profile = Profile({"grain": 1.0, "heron": 1.0}, 1)
        memory = Memory(background, {"t": profile, "other": Profile({"heron": 1.0}, 1)})
        whole = similarity(background.vector(of), profile)
        known = memory.known(of)
        assert known.likeness.get("t", 0.0) == pytest.approx(whole * articles / (articles + ACQUAINTED))
        assert "other" not in known.likeness
        assert known.profiles == memory.profiles


def test_with_the_vote_of_one_report_another_that_shares_a_name_is_not_taken_for_the_same() -> None:
    """The first two articles of a stream: as nothing is common yet, any two seem alike."""
    index = TopicIndex([compile_topic(Topic(id="t", name="T", watch=("Syria Turkey talks",)))])
    first, second = article(1, "Syria and Turkey open talks in Amman"), article(2, "Turkey and Greece resume talks")
    index.learn(first, index.judge(first))
    assert index.memory.profiles["t"].reports == 1
    assert not index.explain(second, "t").matched


def test_what_a_topic_found_finds_more_of_it() -> None:
    """Reports of the talks that name nobody, once the topic has found some that do."""
    index = TopicIndex([compile_topic(Topic(id="t", name="T", watch=("Syria Turkey talks",)))])
    late = article(99, "Border corridor talks in Amman")
    assert not index.explain(late, "t").matched
    for number in range(40):
        other = article(number, f"{WORDS[number % 9 + 3]} and {WORDS[number % 7 + 4]} by the {WORDS[number % 5 + 5]}")
        index.learn(other, index.judge(other))
    for number in range(4):
        each = article(50 + number, "Syria and Turkey in Amman talks on a border corridor")
        index.learn(each, index.judge(each))
    found = index.explain(late, "t")
    assert found.matched
    assert found.reason.endswith("; without “Syria” and “Turkey”; like what the topic found before")
    assert [verdict.topic_id for verdict in index.match(late)] == ["t"]


def test_what_an_article_taught_is_left_out_while_it_is_judged_again() -> None:
    memory = Memory(Background(100))
    first, second = analysis("Grain talks"), analysis("Grain harbour")
    memory.learn(first, [sure("t"), sure("u")], counting=False)
    memory.learn(second, [sure("t")], counting=False)
    whole = memory.known(second).likeness
    with memory.without(second, {"t": 0.9, "never learned": 0.9}):
        left = memory.known(second)
        assert memory.profiles["t"].reports == 1
        assert left.likeness["t"] == pytest.approx(
            similarity(memory.background.vector(second), memory.profiles["u"]) * 100 / 110
        )
    with memory.without(first, {"u": 0.9}):
        assert "u" not in memory.profiles
    assert memory.known(second).likeness == whole


def test_what_was_learned_can_be_taken_back() -> None:
    memory = Memory()
    memory.learn(analysis("Grain talks"), [sure("t"), sure("u")])
    memory.put("t", NOTHING_LEARNED)
    assert memory.profiles.keys() == {"u"}
    memory.learn(analysis("Heron"), [])
    assert memory.known(analysis("Grain talks")).likeness.keys() == {"u"}


PUTS = st.lists(st.tuples(st.sampled_from("abc"), LESSONS.map(after)), max_size=8)


@settings(deadline=None)
@given(PUTS, st.lists(st.sampled_from((*WORDS, *map(str, range(20)))), max_size=10).map(" ".join))
def test_a_memory_changed_in_place_is_one_built_anew(puts: list[tuple[str, Profile]], title: str) -> None:
    background = Background(100)
    memory = Memory(background)
    for topic_id, profile in puts:
        memory.put(topic_id, profile)
        memory.put(topic_id, profile)
    left = {topic_id: profile for topic_id, profile in dict(puts).items() if profile.words}
    anew = Memory(background, left)
    assert memory.profiles == left
    assert memory._telling == anew._telling
    of = analysis(title)
    likeness = memory.known(of).likeness
    assert likeness == pytest.approx(anew.known(of).likeness)
    vector = background.vector(of)
    for topic_id, profile in left.items():
        expected = similarity(vector, profile) * 100 / (100 + ACQUAINTED)
        assert likeness.get(topic_id, 0.0) == pytest.approx(expected)
