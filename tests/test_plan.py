"""`plan`: what an edited configuration would change, told beforehand, and then it is so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from records import HOUR, NOW, TALKS, newsletter, subscription
from world import World, world_on_copy

from digest import pipeline
from digest.cli import main
from digest.pipeline import planning
from digest.pipeline.planning import Plan
from digest.settings import Feed, Query, Topic
from digest.store import schema
from digest.store.engine import open_database

GREECE = Topic(id="greece", name="Greece", watch=("Greece earthquake",))
STREAM = (
    "Syria and Turkey open talks in Amman",
    "Turkey and Greece resume talks on the islands",
    "Earthquake shakes Greece, no damage reported",
    "Syrian and Turkish envoys negotiate on the border corridor",
    "A recipe for roast turkey",
    "Border corridor: envoys meet again in Amman",
    "Greek island counts damage after the earthquake",
    "Football: Turkey beat Syria in a friendly",
    "Damascus and Ankara agree on further talks in Amman",
    "Markets calm before the holidays",
    "Envoys in Amman close to a deal on the corridor",
    "Aftershock in Greece as schools stay closed",
)


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    with world_on_copy(tmp_path, sqlite_template, feeds=("wire", "post"), topics=(TALKS, GREECE)) as made:
        yield made


@pytest.fixture(scope="module")
def after_five_days(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A stream of articles, polled and matched as it came. Not to be changed: tests have copies."""
    with world_on_copy(
        tmp_path_factory.mktemp("running"), sqlite_template, feeds=("wire", "post"), topics=(TALKS, GREECE)
    ) as made:
        for number, title in enumerate(STREAM):
            at = NOW + number * 10 * HOUR
            made.publish(at, title, feed="post" if number % 3 == 0 else "wire")
            made.once(at)
        yield made


@pytest.fixture
def running(tmp_path: Path, after_five_days: World) -> Iterator[World]:
    """A copy of the database, on the same feeds."""
    with (
        closing(sqlite3.connect(after_five_days.settings.folder / "digest.db")) as original,
        closing(sqlite3.connect(tmp_path / "digest.db")) as copy,
    ):
        original.backup(copy)
    url = f"sqlite:///{tmp_path}/digest.db"
    settings = replace(after_five_days.settings, folder=tmp_path, database=url)
    made = replace(
        after_five_days, settings=settings, database=open_database(url), published=dict(after_five_days.published)
    )
    yield made
    made.database.close()


NOW_RUNNING = NOW + (len(STREAM) + 1) * 10 * HOUR


def planned(here: World, days: int = 7) -> Plan:
    with here.room(NOW_RUNNING) as room:
        return planning.plan(room, days)


def matches(here: World) -> set[tuple[str, str]]:
    """(topic, title of an article) of every match that counts under the topics as they are now."""
    versions = {topic.id: topic.version for topic in here.settings.topics}
    with closing(sqlite3.connect(here.settings.folder / "digest.db")) as database:
        rows = database.execute(
            "SELECT topic_id, topic_version, title FROM matches JOIN articles ON articles.id = article_id"
        ).fetchall()
    return {(topic, title) for topic, version, title in rows if versions.get(topic) == version}


def contents(here: World) -> list[Any]:
    with closing(sqlite3.connect(here.settings.folder / "digest.db")) as database:
        return list(database.iterdump())


def told(plan: Plan, side: str) -> set[tuple[str, str]]:
    return {(topic.id, each.article.entry.title) for topic in plan.topics for each in getattr(topic, side)}


EDITS: dict[str, tuple[Topic, ...]] = {
    "another phrase": (replace(TALKS, watch=("Syria Turkey football",)), GREECE),
    "one more phrase": (replace(TALKS, watch=("Syria Turkey talks", "border corridor")), GREECE),
    "a lower cut": (replace(TALKS, threshold="broad"), replace(GREECE, threshold=0.1)),
    "a higher cut": (replace(TALKS, threshold="strict"), GREECE),
    "an exclusion": (replace(TALKS, exclude=("Amman",)), GREECE),
    "a requirement": (replace(TALKS, require=(Query("envoy*"),)), GREECE),
    "a query": (replace(TALKS, watch=(), query="amman OR corridor"), GREECE),
    "fewer feeds": (replace(TALKS, feeds=("Post",)), replace(GREECE, feeds=("wire",))),
    "a new topic": (TALKS, GREECE, Topic(id="amman", name="Amman", watch=("envoys Amman",))),
    "a topic less": (GREECE,),
    "no topic as before": (Topic(id="recipes", name="Recipes", query="recipe"),),
    "other languages": (replace(TALKS, languages=("de",)), GREECE),
}


@pytest.mark.parametrize("edit", EDITS)
def test_after_the_next_run_the_matches_are_those_that_were_told(running: World, edit: str) -> None:
    before = matches(running)
    running.change(topics=EDITS[edit])
    plan = planned(running)
    running.once(NOW_RUNNING)
    after = matches(running)
    assert told(plan, "gained") == after - before
    assert told(plan, "lost") == before - after
    assert not planned(running).changes


def test_an_article_that_waits_to_be_matched_is_told_of_as_well(here: World) -> None:
    here.publish(NOW, *STREAM[:4])
    here.once(NOW)
    here.publish(NOW_RUNNING, "Envoys of Syria and Turkey at talks again")
    with here.room(NOW_RUNNING) as room:
        pipeline.poll(room)
    before = matches(here)
    here.change(topics=(replace(TALKS, threshold="broad"), GREECE))
    plan = planned(here)
    here.once(NOW_RUNNING)
    gained = {each for each in matches(here) - before if each[0] == "talks"}
    assert ("talks", "Envoys of Syria and Turkey at talks again") in gained
    assert told(plan, "gained") == gained


def test_an_unchanged_configuration_changes_nothing(running: World) -> None:
    plan = planned(running)
    assert not plan.changes
    assert plan.articles == 0, "nothing is held against topics that stand"


def test_a_new_name_of_a_topic_changes_nothing(running: World) -> None:
    running.change(topics=(replace(TALKS, name="Talks of Syria and Turkey"), GREECE))
    assert not planned(running).changes


def test_a_topic_may_change_and_find_the_same(running: World) -> None:
    running.change(topics=(TALKS, replace(GREECE, exclude=("recipe",))))
    plan = planned(running)
    assert plan.changes
    assert [(topic.id, topic.state, topic.gained, topic.lost) for topic in plan.topics] == [
        ("greece", "changed", (), ())
    ]
    assert plan.touched == ()


def test_nothing_is_written(running: World) -> None:
    running.change(topics=EDITS["no topic as before"], newsletters=(), feeds=running.settings.feeds[:1])
    before = contents(running)
    assert planned(running).changes
    assert contents(running) == before


def test_before_the_first_run_all_topics_are_new(here: World) -> None:
    plan = planned(here)
    assert [(topic.id, topic.state) for topic in plan.topics] == [("talks", "new"), ("greece", "new")]
    assert [(each.address, each.state) for each in plan.subscriptions] == [("amal@example.org", "new")]
    assert plan.feeds_added == tuple(feed.url for feed in here.settings.feeds)


def test_each_difference_says_why(running: World) -> None:
    running.change(topics=(replace(TALKS, exclude=("Amman",)), GREECE))
    (topic,) = planned(running).topics
    reasons = {each.article.entry.title: each.verdict.reason for each in topic.lost}
    assert reasons["Syria and Turkey open talks in Amman"] == "excluded by “Amman” in the title"
    running.change(topics=(TALKS, replace(GREECE, query="recipe")))
    (topic,) = planned(running).topics
    (gained,) = topic.gained
    assert [e.found for e in gained.verdict.evidence] == ["recipe"]


def test_the_articles_of_each_day_are_counted_before_and_after(running: World) -> None:
    running.change(topics=(TALKS, replace(GREECE, query="recipe")))
    (topic,) = planned(running).topics
    days = {day.isoformat(): (topic.before[day], topic.after[day]) for day in topic.before}
    recipe = (NOW + STREAM.index("A recipe for roast turkey") * 10 * HOUR).date().isoformat()
    assert days[recipe][1] - days[recipe][0] == 1
    assert sum(after - before for before, after in days.values()) == 1
    assert len(days) == 8, "seven days touch eight dates"


def test_articles_older_than_the_days_asked_for_are_left_out(running: World) -> None:
    running.change(topics=(TALKS, replace(GREECE, query="recipe")))
    (topic,) = planned(running, days=1).topics
    assert topic.gained == ()


def test_who_gets_the_topic_is_touched_and_nobody_else(running: World) -> None:
    other = subscription("jo@example.org", newsletter="quakes", topics=("greece",))
    news = (newsletter(), newsletter(other, id="quakes", topics=("greece",)))
    running.change(newsletters=news)
    running.once(NOW_RUNNING - HOUR)
    running.change(topics=(TALKS, replace(GREECE, query="recipe")))
    (topic,) = planned(running).topics
    assert (topic.newsletters, topic.subscribers) == (("quakes",), ("jo@example.org",))
    assert planned(running).touched == ("jo@example.org",)


def test_subscriptions_that_come_go_and_change_are_told(running: World) -> None:
    jo = subscription("jo@example.org")
    running.change(newsletters=(newsletter(subscription(), jo),))
    running.once(NOW_RUNNING - HOUR)
    leaner = subscription(topics=("talks",), timezone="Europe/Athens")
    running.change(newsletters=(newsletter(leaner, subscription("new@example.org")),))
    assert [(each.address, each.state, each.changes) for each in planned(running).subscriptions] == [
        ("amal@example.org", "changed", (("timezone", "Europe/Istanbul", "Europe/Athens"),)),
        ("jo@example.org", "removed", ()),
        ("new@example.org", "new", ()),
    ]


def test_what_else_of_a_newsletter_changes_is_told_with_whom_it_concerns(running: World) -> None:
    running.change(newsletters=(newsletter(), newsletter(subscription("jo@example.org"), id="other")))
    running.once(NOW_RUNNING - HOUR)
    running.change(newsletters=(replace(newsletter(), title="The Levant", max_stories=5),))
    plan = planned(running)
    assert [(each.name, each.state, each.changes, each.subscribers) for each in plan.offers] == [
        (
            "newsletter middle-east",
            "changed",
            (("title", "Middle East watch", "The Levant"), ("max_stories", "20", "5")),
            ("amal@example.org",),
        ),
        ("newsletter other", "removed", (), ()),
    ]
    running.once(NOW_RUNNING)
    assert not planned(running).changes


def test_the_site_and_the_templates_concern_everybody(running: World) -> None:
    templates = running.settings.folder / "templates"
    templates.mkdir()
    (templates / "digest.css").write_text("body {}")
    site = replace(running.settings.site, postal_address="2 Other Street")
    running.change(site=site, templates=templates)
    plan = planned(running)
    assert [(each.name, [what for what, _, _ in each.changes]) for each in plan.offers] == [
        ("site", ["postal_address"]),
        ("templates", ["digest.css"]),
    ]
    assert plan.changes
    assert plan.touched == ("amal@example.org",)


def test_what_was_taken_over_before_it_was_kept_is_not_told_as_new(running: World) -> None:
    with running.database.write() as tx:
        tx.execute(schema.offers.delete())
    assert not planned(running).changes


def test_feeds_that_come_and_go_are_told(running: World) -> None:
    wire, post = running.settings.feeds
    running.change(feeds=(wire, Feed(url="https://new.example/rss", name="New")))
    plan = planned(running)
    assert (plan.feeds_added, plan.feeds_removed) == (("https://new.example/rss",), (post.url,))


# --- the command ----------------------------------------------------------------------------------------------------


def configured(world: World, topics: object) -> Path:
    """A configuration folder for the same database, with these topics, and else as the world's."""
    folder = world.settings.folder / "config"
    folder.mkdir(exist_ok=True)
    site = world.settings.site
    feeds = [{"url": feed.url, "name": feed.name, "tags": list(feed.tags)} for feed in world.settings.feeds]
    files = {
        "digest.yaml": {
            "site": {
                "name": site.name,
                "url": site.url,
                "from": f"{site.sender_name} <{site.sender_address}>",
                "postal_address": site.postal_address,
            },
            "database": world.settings.database,
            "polling": {"private_addresses": True},
        },
        "feeds.yaml": {"feeds": feeds},
        "topics.yaml": {"topics": topics},
        "newsletters.yaml": {
            "newsletters": {
                "middle-east": {
                    "title": "Middle East watch",
                    "topics": ["talks"],
                    "timezone": "Europe/Istanbul",
                    "subscribers": ["amal@example.org"],
                }
            }
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def run(folder: Path, *words: str) -> Result:
    options = ["--config", str(folder), "--now", NOW_RUNNING.isoformat()]
    return CliRunner().invoke(main, ["plan", *words, *options])


RUNNING = {"talks": "Syria Turkey talks", "greece": "Greece earthquake"}


def test_the_command_ends_with_0_where_nothing_would_change(running: World) -> None:
    result = run(configured(running, RUNNING))
    assert (result.exit_code, result.output) == (0, "nothing would change\n")


def test_the_command_ends_with_3_and_tells_what_would_change(running: World) -> None:
    edited = {"talks": {"watch": "Syria Turkey talks", "exclude": "Amman"}, "recipes": {"query": "recipe"}}
    result = run(configured(running, edited))
    assert result.exit_code == 3
    lines = result.output.splitlines()
    assert lines[0].startswith("~ topic talks: changed; 0 gained, ")
    assert lines[1] == "    for 1 subscriber (middle-east)"
    assert "  - Syria and Turkey open talks in Amman" in lines
    assert "+ topic recipes: new; 1 gained, 0 lost" in lines
    assert "    in no newsletter" in lines
    at = lines.index("  + A recipe for roast turkey")
    assert lines[at + 1].endswith(": all that the topic asks for is there: “recipe” in the title")
    assert any(line.startswith("- topic greece: removed; 0 gained, ") for line in lines)
    assert lines[-1].endswith("1 subscriber touched")


def test_the_command_counts_no_matches_where_no_topic_is_changed(running: World) -> None:
    folder = configured(running, RUNNING)
    (folder / "feeds.yaml").write_text("feeds: [https://new.example/feed]")
    lines = run(folder).output.splitlines()
    assert "+ feed https://new.example/feed: new" in lines
    assert lines[-1] == "no topic is changed; 0 subscribers touched"


def test_the_command_tells_what_else_of_a_newsletter_would_change(running: World) -> None:
    folder = configured(running, RUNNING)
    edited = (folder / "newsletters.yaml").read_text().replace("Middle East watch", "The Levant")
    (folder / "newsletters.yaml").write_text(edited)
    assert run(folder).output.splitlines() == [
        "~ newsletter middle-east: title Middle East watch → The Levant",
        "no topic is changed; 1 subscriber touched",
    ]


def test_a_limit_shortens_what_is_listed_and_not_what_is_counted(running: World) -> None:
    result = run(configured(running, RUNNING | {"all": {"query": "talks OR earthquake OR recipe"}}), "--limit", "1")
    lines = result.output.splitlines()
    gained = int(lines[0].partition("new; ")[2].partition(" gained")[0])
    assert gained > 2
    assert f"  + and {gained - 1} others" in lines


def test_json_holds_all_of_it(running: World) -> None:
    result = run(configured(running, RUNNING | {"recipes": {"query": "recipe"}}), "--json")
    assert result.exit_code == 3
    told = json.loads(result.output)
    assert told["changes"] is True
    (topic,) = told["topics"]
    assert (topic["topic"], topic["state"], topic["lost"]) == ("recipes", "new", [])
    (gained,) = topic["gained"]
    assert gained["title"] == "A recipe for roast turkey"
    assert gained["evidence"][0]["found"] == "recipe"
    assert sum(day["after"] for day in topic["days"]) == 1


def test_a_wrong_configuration_is_a_problem(running: World) -> None:
    result = run(configured(running, {"talks": {"query": "(syria"}}))
    assert result.exit_code == 1
