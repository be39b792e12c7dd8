"""`topics list`, `show`, `test` and `reset`: what a topic is understood as, and what a new one would find."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from records import DAY, HOUR, NOW, TALKS
from world import World, world, world_on_copy

from digest import pipeline
from digest.cli import main
from digest.errors import DigestError, TopicError
from digest.pipeline import showing, trying
from digest.pipeline.trying import Tried
from digest.settings import Matching, Topic
from digest.store import concordances
from digest.store.engine import open_database

STREAM = (
    "Syria and Turkey open talks in Amman",
    "Earthquake shakes Greece, no damage reported",
    "Syrian and Turkish envoys negotiate on the border corridor",
    "A recipe for roast turkey",
    "Damascus and Ankara agree on further talks in Amman",
    "Football: Turkey beat Syria in a friendly",
    "Markets calm before the holidays",
    "Aftershock in Greece as schools stay closed",
)
AFTER = NOW + len(STREAM) * 10 * HOUR


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    with world_on_copy(tmp_path, sqlite_template) as made:
        yield made


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A stream of articles, matched as it came. Not to be changed: tests share it."""
    with world_on_copy(tmp_path_factory.mktemp("stream"), sqlite_template) as made:
        for number, title in enumerate(STREAM):
            made.publish(NOW + number * 10 * HOUR, title)
            made.once(NOW + number * 10 * HOUR)
        yield made


def tried(here: World, text: str, *, days: int = 30, **options: Any) -> Tried:
    with here.room(AFTER) as room:
        return trying.Trial(room, days).ask(text, **options)


def titles(found: tuple[Any, ...]) -> list[str]:
    return [each.article.entry.title for each in found]


# --- test: what is found --------------------------------------------------------------------------------------------


def test_it_finds_what_the_saved_topic_finds(stream: World) -> None:
    told = tried(stream, "Syria Turkey talks")
    with closing(sqlite3.connect(stream.settings.folder / "digest.db")) as database:
        rows = database.execute("SELECT title FROM matches JOIN articles ON articles.id = article_id").fetchall()
    assert sorted(titles(told.best)) == sorted(title for (title,) in rows)
    assert told.matches == len(rows) > 0
    assert told.articles == len(STREAM)


def test_the_best_come_first_and_then_the_nearest_misses_each_with_its_reason(stream: World) -> None:
    told = tried(stream, "Syria Turkey talks")
    best, misses = [e.verdict.score for e in told.best], [e.verdict.score for e in told.misses]
    assert best == sorted(best, reverse=True)
    assert misses == sorted(misses, reverse=True)
    assert "A recipe for roast turkey" not in titles(told.best)
    assert all(each.verdict.reason for each in (*told.best, *told.misses))
    assert [e.found for e in told.best[0].verdict.evidence]


def test_matches_are_counted_by_the_day(stream: World) -> None:
    told = tried(stream, "title:amman")
    days = {day: count for day, count in told.days.items() if count}
    assert days == {NOW.date(): 1.0, (NOW + 40 * HOUR).date(): 1.0}
    assert len(told.days) == 31
    assert told.a_day == pytest.approx(2 / 31)


def test_articles_before_the_days_asked_for_do_not_count(stream: World) -> None:
    assert titles(tried(stream, "amman", days=2).best) == ["Damascus and Ankara agree on further talks in Amman"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("amman OR greece", 4),
        ("aftersh*", 1),
        ("gree* NOT aftershock", 1),
        ("feed:wire", len(STREAM)),
        ("/earth.*/", 1),
        ("erthquake~1", 1),
        ('"open talks"', 1),
        ("volcano", 0),
    ],
)
def test_queries_of_every_kind_find_what_they_say(stream: World, text: str, expected: int) -> None:
    assert tried(stream, text, query=True).matches == expected


def test_what_is_held_is_not_counted(here: World) -> None:
    here.publish(NOW - 30 * DAY, "Old news from Amman")
    here.publish(NOW, "News from Amman")
    here.once(NOW)
    assert titles(tried(here, "amman", days=90).best) == ["News from Amman"]


def test_an_edited_article_is_found_by_what_it_says_now(here: World) -> None:
    here.publish(NOW, "Envoys meet in Amman", link="https://wire.example/1")
    here.once(NOW)
    here.published["wire"] = []
    here.publish(NOW, "Envoys meet in Geneva", link="https://wire.example/1")
    here.once(NOW + HOUR)
    assert tried(here, "geneva").matches == 1
    assert tried(here, "amman").matches == 0


def test_an_article_that_was_matched_again_counts_once(here: World) -> None:
    here.publish(NOW, STREAM[0])
    here.once(NOW)
    changed = replace(TALKS, watch=("Syria Turkey negotiations",))
    with here.room(NOW + HOUR) as room:
        pipeline.match(replace(room, settings=replace(room.settings, topics=(changed,))))
    assert tried(here, "Syria Turkey talks").articles == 1


def test_the_shared_aliases_count(stream: World) -> None:
    assert not tried(stream, "Hellas schools").best
    shared = replace(stream, settings=replace(stream.settings, aliases=(("Greece", "Hellas"),)))
    assert [each.article.entry.title for each in tried(shared, "Hellas schools").best] == [STREAM[-1]]


def test_nothing_is_written(stream: World) -> None:
    path = stream.settings.folder / "digest.db"
    with closing(sqlite3.connect(path)) as database:
        before = list(database.iterdump())
        tried(stream, "Greece earthquake")
        assert list(database.iterdump()) == before


def test_what_cannot_be_read_is_refused(stream: World) -> None:
    for text, query in (("(syria", True), ("the of and", False)):
        with pytest.raises(TopicError):
            tried(stream, text, query=query)


# --- test: what is estimated ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """Six hundred articles of one minute: every third on Ghana, every sixth on a flood there."""
    folder = tmp_path_factory.mktemp("many")
    path = folder / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    with world(folder, f"sqlite:///{path}") as made:
        kinds = (
            "Flood in Ghana, number {}",
            "Quiet day {}",
            "Ghana votes {}",
            "Flood in Peru {}",
            "Rain {}",
            "Sun {}",
        )
        with made.room(NOW) as room:
            pipeline.apply(room)
        with closing(sqlite3.connect(path)) as database, database:
            database.executemany(
                "INSERT INTO articles (feed_id, entry_id, title, summary, text, language, tags, content_hash, "
                "revision, first_seen_at) VALUES (1, ?, ?, '', '', 'en', '[]', '', 1, ?)",
                [(str(n), kinds[n % len(kinds)].format(n), int(NOW.timestamp() * 1000) + n) for n in range(600)],
            )
        with made.room(NOW + HOUR) as room:
            pipeline.match(room)
        yield made


def test_where_there_are_too_many_some_are_judged_and_counted_for_all(many: World) -> None:
    whole = tried(many, "Ghana floods", most=None)
    assert (whole.candidates, whole.judged) == (200, 200)
    some = tried(many, "Ghana floods", most=90)
    assert (some.candidates, some.judged) == (200, 90)
    assert some.matches == pytest.approx(whole.matches, abs=3)
    assert set(titles(some.best)) <= set(titles(tried(many, "Ghana floods", most=None, limit=600).best))


def test_what_has_most_of_the_phrase_is_judged_first(many: World) -> None:
    told = tried(many, "Ghana floods", most=120, limit=600)
    assert sum(title.startswith("Flood in Ghana") for title in titles(told.best)) == 100


def test_batches_are_joined_into_few_pieces(many: World, stream: World) -> None:
    for here, articles, pieces in ((many, 600, 2), (stream, len(STREAM), 1)):
        with here.database.read() as tx:
            kept = list(concordances.since(tx, NOW - DAY))
        assert sorted(i for piece in kept for i in piece.articles) == list(range(1, articles + 1))
        assert len(kept) == pieces


# --- phrase or query ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a AND b",
        "syria*",
        "(syria OR turkey) talks",
        "talks -football",
        "talks \u2013football",
        "title:syria",
        '"a b"~5',
        "a^2 b",
    ],
)
def test_a_text_with_signs_that_only_queries_have_is_a_query(text: str) -> None:
    assert trying.is_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "Syria Turkey talks",
        '"Kurdistan Workers Party"',
        "F-16 sale",
        "What next for Iran?",
        "Syria/Turkey",
        "(a",
        "and or",
    ],
)
def test_a_text_without_them_or_that_cannot_be_read_as_one_is_a_phrase(text: str) -> None:
    assert not trying.is_query(text)


# --- show, list, reset ----------------------------------------------------------------------------------------------


def show(here: World, topic: Topic) -> showing.Shown:
    here = replace(here, settings=replace(here.settings, topics=(topic,)))
    with here.room(AFTER) as room:
        return showing.show(room, topic.id)


def test_what_is_written_without_spaces_is_shown_without(stream: World) -> None:
    stream = replace(stream, settings=replace(stream.settings, matching=Matching(languages=("zh",))))
    (line,) = show(stream, replace(TALKS, watch=("Syria",))).lines
    assert "叙利亚" in line.words[0].found_as


def test_a_phrase_is_shown_word_by_word(stream: World) -> None:
    topic = replace(TALKS, watch=('Syria "border corridor" talks relations',), query="a b", exclude=("football",))
    told = show(stream, topic)
    (line,) = told.lines
    assert [(word.text, word.kind, word.must) for word in line.words] == [
        ("Syria", "country", False),
        ("border corridor", "name", True),
        ("talks", "word", False),
        ("relations", "frame", False),
    ]
    assert {"damascus", "syrian"} <= set(line.words[0].found_as)
    assert "envoy" in line.words[2].near
    assert (line.cut, told.query, told.exclude) == (0.5, "a AND b", ("football",))
    assert told.newsletters == ("middle-east",)


def test_what_was_learned_is_shown_and_forgotten_on_request(stream: World, tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(stream.settings.folder / "digest.db")) as original,
        closing(sqlite3.connect(tmp_path / "digest.db")) as copy,
    ):
        original.backup(copy)
    here = replace(stream, database=open_database(f"sqlite:///{tmp_path}/digest.db"))
    told = show(here, TALKS)
    assert told.profile.reports >= 2
    assert told.learned_at is not None
    assert "amman" in dict(told.heaviest)
    with here.room(AFTER) as room:
        assert showing.reset(room, "talks")
        assert not showing.reset(room, "talks")
    told = show(here, TALKS)
    assert (told.profile.reports, told.learned_at, told.heaviest) == (0, None, ())
    here.database.close()


def test_a_topic_that_there_is_not_is_named_with_those_there_are(stream: World) -> None:
    with stream.room(AFTER) as room:
        for ask in (showing.show, showing.reset):
            with pytest.raises(DigestError, match="there is no topic nope; there are: talks"):
                ask(room, "nope")


def test_topics_are_listed_with_what_they_found_lately(stream: World) -> None:
    with stream.room(AFTER) as room:
        (row,) = showing.overview(room)
    assert (row["topic"], row["newsletters"], row["problem"]) == ("talks", ["middle-east"], None)
    assert row["matches"] == tried(stream, "Syria Turkey talks").matches
    assert row["learned_from"] >= 2


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, stream: World) -> Path:
    files: Mapping[str, object] = {
        "digest.yaml": {"database": stream.settings.database},
        "feeds.yaml": {"feeds": [{"url": stream.server.url("/wire"), "name": "Wire"}]},
        "topics.yaml": {"topics": {"talks": "Syria Turkey talks"}},
        "newsletters.yaml": {
            "newsletters": {"middle-east": {"title": "M", "topics": ["talks"], "subscribers": ["amal@example.org"]}}
        },
    }
    made = tmp_path / "config"
    made.mkdir()
    for name, content in files.items():
        (made / name).write_text(json.dumps(content))
    return made


def run(folder: Path, *words: str, typed: str | None = None) -> Result:
    clock = ["--now", AFTER.isoformat()] if words[0] in {"list", "test"} else []
    return CliRunner().invoke(main, ["topics", *words, "--config", str(folder), *clock], input=typed)


def test_test_prints_how_many_a_day_the_best_and_the_nearest(folder: Path) -> None:
    result = run(folder, "test", "Syria Turkey talks", "--limit", "1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("phrase “Syria Turkey talks”: 0.1 a day, ")
    assert lines[2] == "  best"
    assert "  nearest misses" in lines


def test_test_reads_lines_where_no_text_is_given_and_goes_on_after_a_mistake(folder: Path) -> None:
    result = run(folder, "test", typed="amman OR greece\n\nthe of\nearthquake\n")
    assert result.exit_code == 0
    assert "query “amman OR greece”: 0.1 a day, 4 matches" in result.output
    assert "has no word that means something by itself" in result.output
    assert "phrase “earthquake”" in result.output


def test_test_is_told_what_the_text_is(folder: Path) -> None:
    assert run(folder, "test", "syria turkey", "--query").output.startswith("query “syria turkey”")
    assert run(folder, "test", "(syria)", "--phrase").output.startswith("phrase “(syria)”")


def test_a_query_with_a_mistake_is_told_its_mistake(folder: Path) -> None:
    result = run(folder, "test", "amman OR greece AND")
    assert (result.exit_code, "found the end of the query; expected a word" in result.output) == (1, True)
    result = run(folder, "test", "titel:amman")
    assert result.output.splitlines()[0].startswith("phrase “titel:amman”")
    assert result.output.splitlines()[1].startswith("  a query it is not: there is no field “titel”")
    assert "a query" not in run(folder, "test", "F-16 sale").output


def test_test_prints_json(folder: Path) -> None:
    told = json.loads(run(folder, "test", "amman OR greece", "--json", "--limit", "2").output)
    assert (told["kind"], told["matches"], told["estimated"], len(told["best"])) == ("query", 4, False, 2)
    assert sum(day["matches"] for day in told["days"]) == 4


def test_a_wrong_query_is_a_problem(folder: Path) -> None:
    result = run(folder, "test", "(syria", "--query")
    assert result.exit_code == 1
    assert "Error" in result.output


def test_show_prints_the_words_and_what_was_learned(folder: Path) -> None:
    lines = run(folder, "show", "talks").output.splitlines()
    assert lines[0].endswith("(talks)")
    assert "    “Syria”: a country" in lines
    assert any(line.startswith("  learned      from ") for line in lines)
    told = json.loads(run(folder, "show", "talks", "--json").output)
    assert told["phrases"][0]["words"][0]["kind"] == "country"
    assert told["profile"]["reports"] >= 2


def test_list_prints_a_line_for_each_topic_and_what_it_found(folder: Path) -> None:
    lines = run(folder, "list").output.splitlines()
    assert lines[0] == "talks  “Syria Turkey talks”"
    assert lines[1].startswith("  middle-east; ")
    (row,) = json.loads(run(folder, "list", "--json").output)
    assert row["topic"] == "talks"


def test_reset_of_what_there_is_not_is_a_problem(folder: Path) -> None:
    result = run(folder, "reset", "nope")
    assert result.exit_code == 1
    assert "there is no topic nope; there are: talks" in result.output


# --- articles that were there before --------------------------------------------------------------------------------


def test_articles_that_nobody_wrote_down_are_found_all_the_same_and_written_down_in_time(
    here: World,
) -> None:
    here.publish(NOW, *STREAM)
    here.once(NOW)
    with closing(sqlite3.connect(here.settings.folder / "digest.db")) as database, database:
        database.execute("DELETE FROM concordances")
    assert tried(here, "amman OR greece").matches == 4
    with here.room(NOW + HOUR) as room:
        pipeline.clean(room)
        with room.database.read() as tx:
            (piece,) = concordances.since(tx, NOW - DAY)
        assert len(piece.articles) == len(STREAM)
        pipeline.clean(room)
        with room.database.read() as tx:
            assert [len(each.articles) for each in concordances.since(tx, NOW - DAY)] == [len(STREAM)]
    assert tried(here, "amman OR greece").matches == 4
