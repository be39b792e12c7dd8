"""`topics suggest`: what could be added to a topic, and what that would do."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from records import HOUR, NOW, article
from ruamel.yaml import YAML
from world import world

from digest.cli import main
from digest.matching import TopicIndex
from digest.model import Article
from digest.pipeline.suggesting import as_yaml
from digest.settings import Threshold, Topic
from digest.suggesting import PROPOSED, Proposal, suggest
from digest.topics import compile_topic

TALKS = Topic(id="talks", name="Talks", watch=("Syria Turkey talks",))
SURE = (
    "Syria and Turkey open talks in Amman",
    "Turkey and Syria resume talks on the border corridor",
    "Syria Turkey talks: Pedersen is hopeful",
    "Syria and Turkey hold talks with Pedersen in Amman",
    "Pedersen joins talks of Turkey and Syria in Amman",
)
MISSED = (
    "Pedersen meets Turkey's president about the corridor",
    "Pedersen flies to Turkey before the winter",
    "Pedersen: Turkey wants a corridor",
)
WRONG = (
    "Football: Turkey beat Syria 2-1",
    "Football: Syria and Turkey draw in the cup",
    "Syria out of the cup after defeat by Turkey",
    "Turkey win football friendly against Syria",
)
OTHERS = (
    "Rain in Norway",
    "Markets calm before the holidays",
    "Bread prices rise in Cairo",
    "A new bridge for Lisbon",
    "Elections in Peru this weekend",
    "Greek islands count visitors",
    "Volcano wakes in Iceland",
    "Wheat harvest is poor in Kansas",
) * 3


def stream(*titles: str) -> tuple[Article, ...]:
    return tuple(article(number, title) for number, title in enumerate(titles, start=1))


def taught(topic: Topic, articles: Sequence[Article]) -> TopicIndex:
    index = TopicIndex([compile_topic(topic)])
    for each in articles:
        index.learn(each, index.judge(each))
    return index


def proposed(topic: Topic, *titles: str) -> dict[tuple[str, str], Proposal]:
    articles = stream(*titles)
    found = suggest(topic, frozenset(), taught(topic, articles), articles)
    return {(each.stands_for, each.word): each for each in found}


def titles(articles: Sequence[Article]) -> set[str]:
    return {each.entry.title for each in articles}


def test_a_heavy_word_that_comes_where_a_word_is_missing_may_be_another_name_of_it() -> None:
    found = proposed(TALKS, *OTHERS, *SURE, *MISSED, *WRONG)
    assert titles(found["Syria", "Pedersen"].gained) == set(MISSED)
    assert found["Syria", "Pedersen"].lost == ()


def test_a_word_of_what_just_matches_and_of_nothing_sure_may_be_excluded() -> None:
    found = proposed(TALKS, *OTHERS, *SURE, *MISSED, *WRONG)
    assert titles(found["", "Football"].lost) == {each for each in WRONG if "ootball" in each}
    assert titles(found["", "cup"].lost) == {WRONG[1], WRONG[2]}
    assert found["", "cup"].gained == ()
    assert not {word for part, word in found if not part} & {"Amman", "Pedersen", "Syria", "Turkey"}


def test_no_exclusion_takes_away_what_the_topic_is_sure_of() -> None:
    topic = Topic(id="quake", name="Quake", watch=("Colombia earthquake",))
    sure = (f"Earthquake in Colombia: {what}" for what in ("houses fall", "rescuers dig", "hope fades"))
    articles = stream(*OTHERS, *sure, "Earthquake felt in British Columbia", "Columbia studies an earthquake")
    languages = frozenset({"ro"})
    index = TopicIndex([compile_topic(topic, languages)])
    for each in articles:
        index.learn(each, index.judge(each))
    assert "Columbia" not in {each.word for each in suggest(topic, languages, index, articles)}


@pytest.mark.parametrize("threshold", ["broad", "balanced", 0.6])
def test_what_is_said_of_a_proposal_comes_true_when_it_is_taken(threshold: Threshold) -> None:
    topic = replace(TALKS, threshold=threshold)
    articles = stream(*OTHERS, *SURE, *MISSED, *WRONG)
    index = taught(topic, articles)
    before = {each for each in articles if index.explain(each, "talks").matched}
    found = suggest(topic, frozenset(), index, articles)
    assert found
    for each in found:
        line = {"aliases": ((each.stands_for, each.word),)} if each.stands_for else {"exclude": (each.word,)}
        edited = TopicIndex([compile_topic(replace(topic, **line))], memory=index.memory)
        after = {article for article in articles if edited.explain(article, "talks").matched}
        assert (set(each.gained), set(each.lost)) == (after - before, before - after)


def test_a_character_of_a_script_without_spaces_is_no_word_to_propose() -> None:
    wrong = (title.replace("ootball", "ootball 足球").replace("cup", "cup 杯") for title in WRONG)
    found = proposed(TALKS, *SURE, *OTHERS, *wrong)
    assert ("", "Football") in found
    assert not {"足", "球", "杯"} & {word for _, word in found}


def test_one_article_proposes_nothing_and_neither_does_a_topic_that_found_nothing() -> None:
    assert not proposed(TALKS, *OTHERS, *SURE, MISSED[0], WRONG[0])
    assert not proposed(TALKS, *OTHERS)
    assert not proposed(TALKS, *WRONG)


def test_a_query_has_no_words_to_propose_for() -> None:
    assert not proposed(replace(TALKS, watch=(), query="syria AND turkey"), *OTHERS, *SURE, *MISSED, *WRONG)


def test_asking_changes_nothing_in_what_was_learned() -> None:
    articles = stream(*OTHERS, *SURE, *MISSED, *WRONG)
    index = taught(TALKS, articles)
    before = [index.explain(each, "talks") for each in articles]
    once = suggest(TALKS, frozenset(), index, articles)
    assert suggest(TALKS, frozenset(), index, articles) == once
    assert [index.explain(each, "talks") for each in articles] == before
    assert sum(each.kind == "alias" for each in once) <= PROPOSED


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A configuration, on a database into which the articles came."""
    path = tmp_path / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    with world(tmp_path, f"sqlite:///{path}", topics=[TALKS]) as here:
        for number, title in enumerate(dict.fromkeys([*OTHERS, *SURE, *MISSED, *WRONG])):
            here.publish(NOW + number * HOUR / 10, title)
        here.once(NOW + 3 * HOUR)
    for name, text in (
        ("digest.yaml", "database: sqlite:///digest.db"),
        ("feeds.yaml", "feeds: []"),
        ("topics.yaml", "topics: {talks: {name: Talks, watch: Syria Turkey talks}}"),
        ("newsletters.yaml", "newsletters: {a: {title: A, topics: [talks]}}"),
    ):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / name).write_text(text)
    return tmp_path / "config"


def suggested(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(
        main, ["topics", "suggest", "talks", "--config", str(folder), "--now", (NOW + 4 * HOUR).isoformat(), *words]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_lines_can_be_pasted_below_the_topic(folder: Path) -> None:
    lines = suggested(folder)
    pasted = YAML(typ="safe").load(lines)
    assert "Football" in pasted["exclude"]
    assert re.search(r"^  - Football  # -3 matches, such as: .*(Turkey|Syria)", lines, re.MULTILINE)
    text = "topics:\n  talks:\n    watch: Syria Turkey talks\n" + "".join(
        f"    {line}\n" for line in lines.splitlines()
    )
    (folder / "topics.yaml").write_text(text)
    done = CliRunner().invoke(main, ["check", "--config", str(folder)])
    assert done.exit_code == 0, done.output


def test_programs_get_every_article(folder: Path) -> None:
    found = json.loads(suggested(folder, "--json"))
    football = next(each for each in found if each["word"] == "Football")
    assert (football["kind"], football["stands_for"], football["gained"]) == ("exclude", None, [])
    assert {each["title"] for each in football["lost"]} == {each for each in WRONG if "ootball" in each}


def test_older_articles_do_not_count(folder: Path) -> None:
    done = CliRunner().invoke(
        main, ["topics", "suggest", "talks", "--config", str(folder), "--now", "2026-12-20T00:00:00Z", "--days", "2"]
    )
    assert done.stdout == "nothing to suggest\n"


def test_another_topic_is_unknown(folder: Path) -> None:
    done = CliRunner().invoke(main, ["topics", "suggest", "nothing", "--config", str(folder)])
    assert done.exit_code == 1
    assert "there is no topic nothing; there are: talks" in done.stderr


def test_words_that_yaml_could_misread_stand_in_quotes() -> None:
    found = Proposal(kind="alias", word="true", stands_for="F-16", gained=stream("One: F-16 # two"), lost=())
    other = replace(found, kind="exclude", word="yes", gained=(), lost=stream("Three"))
    lines = "\n".join(as_yaml((found, other)))
    assert YAML(typ="safe").load(lines) == {"aliases": {"F-16": ["true"]}, "exclude": ["yes"]}
