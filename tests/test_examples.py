"""Examples beside topics: what they change, where they are looked up, and how `check` tries them."""

# ruff: noqa: RUF001 - Turkish

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from records import HOUR, NOW, TALKS, article
from world import World, world

from digest import config
from digest.cli import main
from digest.examples import Examples, leaning, profile_of
from digest.matching import TopicIndex
from digest.model import Verdict
from digest.pipeline import explaining
from digest.pipeline.examples import all_of, by_topic
from digest.profiles import NOTHING_LEARNED, similarity
from digest.scoring import Leaning, Signs, contributions
from digest.settings import Example, Topic
from digest.topics import compile_topic

# --- how far examples move a score ----------------------------------------------------------------------------------

PARTS = st.floats(0, 1, allow_nan=False)
SIGNS = st.builds(
    Signs, words=PARTS, title=PARTS, names=PARTS, rarest=PARTS, lead=PARTS, near=PARTS, profile=PARTS, alone=PARTS
)
POINTS = st.lists(st.tuples(SIGNS, st.booleans()), min_size=1, max_size=6)
FEW = Signs(words=0.2, title=0.2, names=0.2, rarest=0.2, lead=0.2, near=0.2, profile=0.2, alone=0.2)


def moved(examples: Sequence[tuple[Signs, bool]], at: Signs) -> float:
    """By how much the sum behind a score is another."""
    return leaning(examples).of(at)


def test_without_examples_nothing_moves() -> None:
    assert leaning(()) == Leaning()
    assert profile_of(()) == NOTHING_LEARNED


@given(SIGNS, st.booleans())
def test_one_example_moves_little_and_to_its_side(signs: Signs, wanted: bool) -> None:  # noqa: FBT001 - hypothesis
    change = moved([(signs, wanted)], signs)
    assert 0 <= (change if wanted else -change) < 1


@given(SIGNS)
def test_more_of_the_same_moves_further(signs: Signs) -> None:
    once, often = (moved([(signs, False)] * times, signs) for times in (1, 20))
    assert often < once < 0


def test_opposite_examples_move_oppositely() -> None:
    near = replace(FEW, words=0.9, lead=1.0)
    far = replace(FEW, words=0.1, lead=0.0)
    change = leaning([(near, True), (far, False)]).by_sign
    back = leaning([(near, False), (far, True)]).by_sign
    assert change["words"] > 0 > back["words"]
    assert change["lead"] > 0 > back["lead"]


@given(POINTS, st.randoms(use_true_random=False))
def test_the_order_of_examples_does_not_matter(points: list[tuple[Signs, bool]], chance: object) -> None:
    other = list(points)
    chance.shuffle(other)  # type: ignore[attr-defined]  # a Random
    one, another = leaning(points), leaning(other)
    assert one.base == pytest.approx(another.base, abs=1e-6)
    assert one.by_sign == pytest.approx(dict(another.by_sign), abs=1e-6)


@given(POINTS)
def test_what_is_found_is_the_least_of_what_could_be(points: list[tuple[Signs, bool]]) -> None:
    """Of a convex function: no weight can be moved further without moving away from the examples."""
    found = leaning(points)
    for each in fields(Signs):
        for step in (-0.05, 0.05):
            beside = replace(found, by_sign=dict(found.by_sign) | {each.name: found.by_sign[each.name] + step})
            assert _held(points, beside) >= _held(points, found) - 1e-9


def _held(points: list[tuple[Signs, bool]], chosen: Leaning) -> float:
    """What is to be least: how unlikely the labels are, and how far the weights are from the common ones."""
    import math

    from digest import examples

    far = examples._STIFF * sum(v * v for v in chosen.by_sign.values()) + examples._STIFF_BASE * chosen.base**2
    sums = ((sum(contributions(signs, chosen).values()), wanted) for signs, wanted in points)
    return far / 2 + sum(math.log1p(math.exp(-value if wanted else value)) for value, wanted in sums)


def test_an_article_goes_with_the_example_that_it_is_most_like() -> None:
    amman, geneva, football = {"amman": 1.0}, {"geneva": 1.0}, {"footbal": 0.8, "amman": 0.6}
    leaned = Leaning(shown=((amman, True), (geneva, True), (football, False)))
    assert leaned.resemblance({"geneva": 1.0}) == pytest.approx(1)
    assert leaned.resemblance({"amman": 1.0}) == pytest.approx(1 - 0.6)
    assert leaned.resemblance({"footbal": 1.0}) == pytest.approx(-0.8)
    assert leaned.resemblance({"rain": 1.0}) == Leaning().resemblance(amman) == 0


def test_the_profile_is_drawn_to_what_is_wanted_and_away_from_what_is_not() -> None:
    amman, football = {"amman": 0.8, "talk": 0.6}, {"footbal": 0.8, "talk": 0.6}
    profile = profile_of([(football, False), (amman, True)])
    assert similarity(amman, profile) > 0.9
    assert similarity(football, profile) < similarity(football, profile_of([(amman, True)]))


# --- in an index ----------------------------------------------------------------------------------------------------


def of(*wanted: str, unwanted: Sequence[str] = ()) -> tuple[Example, ...]:
    return (*(Example(text, wanted=True) for text in wanted), *(Example(text, wanted=False) for text in unwanted))


def judged(topic: Topic, title: str) -> Verdict:
    index = TopicIndex([compile_topic(topic)])
    index.show(by_topic(all_of([topic], None)))
    return index.explain(article(1, title), topic.id)


FRIENDLY = "Turkey beat Syria in a friendly"


def test_a_topic_without_examples_is_the_topic_that_it_was() -> None:
    assert by_topic(all_of([TALKS], None)) == {}
    assert judged(TALKS, FRIENDLY) == TopicIndex([compile_topic(TALKS)]).explain(article(1, FRIENDLY), "talks")


def test_examples_of_what_is_not_meant_lower_the_score_of_their_like() -> None:
    shown = replace(
        TALKS, examples=of(unwanted=[FRIENDLY, "Syria lose to Turkey in Ankara", "Turkey draw with Syria"])
    )
    before, after = judged(TALKS, "Syria beat Turkey"), judged(shown, "Syria beat Turkey")
    assert after.score < before.score
    assert dict(after.parts)["examples"] < 0


def test_what_is_like_one_example_is_told_from_what_is_like_the_other() -> None:
    """By the phrase alone both stand equally far from the cut."""
    shown = replace(
        TALKS, examples=of("Syria and Turkey on a border crossing", unwanted=["Syria and Turkey on a football pitch"])
    )
    crossing, pitch = "Turkey and Syria at the border crossing", "Turkey and Syria at the football pitch"
    assert judged(TALKS, crossing).score == judged(TALKS, pitch).score
    told = {title: dict(judged(shown, title).parts)["shown"] for title in (crossing, pitch)}
    assert told[crossing] > 0 > told[pitch]
    assert judged(shown, crossing).score > judged(shown, pitch).score


def test_examples_make_another_version_and_their_order_within_a_list_is_kept() -> None:
    shown = replace(TALKS, examples=of("one", unwanted=["two"]))
    assert len({TALKS.version, shown.version, replace(TALKS, examples=of("one", "two")).version}) == 3
    found = list(all_of([replace(TALKS, examples=of("a", "b", unwanted=["c"]))], None))
    assert [place for _, _, place, _ in found] == [("match", 0), ("match", 1), ("no_match", 0)]


def test_a_title_is_in_the_scope_of_its_topic_and_in_its_own_language() -> None:
    title = "Suriye ile Türkiye arasındaki görüşmeler Amman'da başladı"
    shown = replace(TALKS, feeds=("world",), languages=("tr",), examples=of(title))
    ((_, _, _, made),) = all_of([shown], None)
    assert made is not None
    assert made.language == "tr"
    assert TopicIndex([compile_topic(shown)]).explain(made, "talks").matched


# --- stored articles ------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    path = tmp_path / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    with world(tmp_path, f"sqlite:///{path}") as made:
        yield made


LINK = "https://wire.example/envoys-of-damascus-and-ankara-in-amman"


def stored(here: World, *examples: Example) -> tuple[dict[str, Examples], Verdict]:
    """What the index is shown, and what it says, after an article came."""
    here.publish(NOW, "Envoys of Damascus and Ankara in Amman")
    here.once(NOW)
    here.change(topics=(replace(TALKS, examples=examples),))
    here.once(NOW + HOUR)
    with here.room(NOW + HOUR) as room, here.database.read() as tx:
        (told,) = explaining.explain(room, LINK, topics=["talks"])
        return by_topic(all_of(room.settings.topics, tx)), told.verdict


@pytest.mark.parametrize("reference", [LINK, f"{LINK}?utm_source=rss", "1"])
def test_a_link_and_an_id_stand_for_the_stored_article(here: World, reference: str) -> None:
    shown, verdict = stored(here, *of(reference))
    assert [each.entry.title for each in shown["talks"].right] == ["Envoys of Damascus and Ankara in Amman"]
    assert dict(verdict.parts)["examples"] > 0
    assert "examples" not in here.notices()


def test_what_is_not_stored_is_left_out_and_told_until_it_is_taken_out(here: World) -> None:
    shown, _ = stored(here, *of("https://wire.example/never", "Envoys meet"), *of(unwanted=["4711"]))
    assert [each.entry.title for each in shown["talks"].right] == ["Envoys meet"]
    assert "no article “https://wire.example/never”, “4711” is stored" in here.notices()["examples"]
    here.change(topics=(TALKS,))
    here.once(NOW + 2 * HOUR)
    assert "examples" not in here.notices()


# --- `check` --------------------------------------------------------------------------------------------------------

TOPICS = """\
topics:
  talks:
    watch: Syria Turkey talks
    examples:
      match:
        - Syria and Turkey open talks in Amman
        - Greek islands count their visitors
      no_match: Turkey and Syria hold talks
"""


def check(folder: Path, topics: str) -> Result:
    for name, text in (
        ("digest.yaml", "database: sqlite:///digest.db"),
        ("feeds.yaml", "feeds: []"),
        ("topics.yaml", topics),
        ("newsletters.yaml", "newsletters: {a: {title: A, topics: [talks]}}"),
    ):
        (folder / "config").mkdir(exist_ok=True)
        (folder / "config" / name).write_text(text)
    return CliRunner().invoke(main, ["check", "--config", str(folder / "config")])


def test_check_complains_of_each_example_that_is_judged_otherwise(tmp_path: Path) -> None:
    done = check(tmp_path, TOPICS)
    assert done.exit_code == 1
    alone, first, second = done.stderr.splitlines()
    assert "nothing learned" in alone
    assert "topics.yaml:7:11: match[2]: the example “Greek islands count their visitors” is not found" in first
    assert "no word of the article stands for “Syria” or “Turkey”" in first
    assert "cut 0.50" in first
    assert "topics.yaml:8:17: no_match[1]" in second
    assert "is over the cut 0.50" in second
    assert not (tmp_path / "digest.db").exists()


def test_check_is_content_with_examples_that_are_judged_so(tmp_path: Path) -> None:
    done = check(
        tmp_path,
        TOPICS.replace("Greek islands count their visitors", "5").replace("Turkey and Syria", "Norway and rain"),
    )
    assert done.exit_code == 0, done.stderr
    assert "fine: 0 feeds, 1 topic" in done.output


def test_check_asks_the_database_where_there_is_one(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    done = check(tmp_path, "topics: {talks: {watch: Syria Turkey talks, examples: {no_match: [rain, 4711]}}}")
    assert done.exit_code == 1
    assert "topics.yaml:1:73: no_match[2]: the example “4711” is no stored article" in done.stderr
    assert "nothing learned" not in done.stderr


def test_of_a_query_that_judges_otherwise_it_is_the_query_to_be_changed(tmp_path: Path) -> None:
    done = check(tmp_path, "topics: {talks: {query: syria, examples: {match: rain, no_match: Syria wins}}}")
    assert [line.rpartition("; ")[2] for line in done.stderr.splitlines()[1:]] == [
        "change the query",
        "add a word to `exclude`, or change the query",
    ]


def test_an_example_cannot_be_both(tmp_path: Path) -> None:
    done = check(tmp_path, "topics: {talks: {watch: Syria talks, examples: {match: rain, no_match: [snow, rain]}}}")
    assert done.exit_code == 1
    assert "'rain' is among `match`, too; expected each example in one of the lists" in done.stderr


def test_one_example_needs_no_list(tmp_path: Path) -> None:
    assert check(tmp_path, "topics: {talks: {watch: talks, examples: {match: talks go on}}}").exit_code == 0
    (topic,) = config.load(tmp_path / "config", {}).topics
    assert topic.examples == of("talks go on")
