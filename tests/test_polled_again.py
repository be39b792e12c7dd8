"""What feeds do to their entries between two polls, the whole way: what was told is not told again.

A reader is told of everything at once; whatever becomes of the entry then, he hears of it no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import records
from feedserver import FeedEntry, entry, rss
from records import DAY, NOW, newsletter, subscription
from world import World, world

from digest import pipeline, schedule
from digest.editions import from_json
from digest.settings import Retention
from digest.store import articles, ledger, memories, report

INSTANT = schedule.parse("instant")
TALKS = "Syria and Turkey open talks in Amman"
LINK = "https://wire.example/talks"
TOLD = entry(id="one", title=TALKS, link=LINK, summary="They met for an hour.", date=NOW)
BESIDE = [entry(id=f"b{n}", title=f"Another report, number {n}", link=f"https://wire.example/{n}") for n in range(4)]


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    letter = newsletter(subscription(schedule=INSTANT), schedule=INSTANT)
    with world(tmp_path, f"sqlite:///{tmp_path}/digest.db", newsletters=[letter]) as made:
        yield made


def told(here: World, *documents: list[FeedEntry]) -> list[str]:
    """All titles that mails have told, after as many polls half a day apart."""
    for number, document in enumerate(documents):
        here.server.put("/wire", rss("Wire", document))
        here.once(NOW + number * DAY / 2)
    return [title for _, titles in here.told() for title in titles]


CHANGES = {
    "another id and tracking": replace(TOLD, id="another", link=LINK + "?utm_source=rss&fbclid=1"),
    "another title": replace(TOLD, title=TALKS + ", again"),
    "damaged": replace(TOLD, title=TALKS.replace("Turkey", "T\ufffdrkey")),
}
MORE_CHANGES = {
    "another id": replace(TOLD, id="another"),
    "no id": replace(TOLD, id=None),
    "another link": replace(TOLD, link="https://wire.example/moved"),
    "no link": replace(TOLD, link=None),
    "another date": replace(TOLD, date=NOW + DAY),
    "no date": replace(TOLD, date=None),
    "another text": replace(TOLD, summary="They met for two hours."),
}


@pytest.mark.parametrize("change", [*CHANGES, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE_CHANGES)])
def test_what_was_told_is_not_told_again_whatever_becomes_of_it(here: World, change: str) -> None:
    later = (CHANGES | MORE_CHANGES)[change]
    assert told(here, [TOLD, *BESIDE], [later, *BESIDE], [*BESIDE, later], [TOLD, *BESIDE]) == [TALKS]


@pytest.mark.parametrize("day,kept", [(30, 5), (31, 0)])
def test_runs_that_nobody_repeats_drop_what_retention_says_too(here: World, day: int, kept: int) -> None:
    here.change(retention=Retention(articles=30 * DAY))
    told(here, [TOLD, *BESIDE])
    here.server.put("/wire", rss("Wire", []))
    here.once(NOW + day * DAY)
    with here.room(NOW + day * DAY) as room:
        assert report.status(room.settings.database)["articles"]["total"] == kept


@pytest.mark.parametrize(
    "change",
    [
        None,
        "another id",
        *(pytest.param(name, marks=pytest.mark.slow) for name in (*CHANGES, "no id", "another link")),
    ],
)
def test_what_retention_has_dropped_is_not_told_again_when_it_is_listed(here: World, change: str | None) -> None:
    here.change(retention=Retention(articles=30 * DAY))
    assert told(here, [TOLD, *BESIDE]) == [TALKS]
    later = NOW + 31 * DAY
    with here.room(later) as room:
        assert pipeline.clean(room) == (5, 0)
    again = (CHANGES | MORE_CHANGES)[change] if change else TOLD
    fresh = entry(id="fresh", title="Talks of Syria and Turkey end", link="https://wire.example/end", date=later)
    for number, document in enumerate([[again, *BESIDE], [fresh, again], [again, *BESIDE]]):
        here.server.put("/wire", rss("Wire", document))
        here.once(later + number * 2 * DAY)
    assert [title for _, titles in here.told() for title in titles] == [TALKS, fresh.title]
    [feed] = report.feeds(here.settings.database)
    assert (feed["articles"], feed["notice"]) == (1, None)


def test_entries_in_another_order_or_gone_and_back_are_not_told_again(here: World) -> None:
    assert told(here, [TOLD, *BESIDE], [*BESIDE[::-1], TOLD], BESIDE, [], [TOLD], [*BESIDE, TOLD]) == [TALKS]


def test_what_was_damaged_when_it_came_is_told_once_it_can_be_read(here: World) -> None:
    damaged = replace(TOLD, title=TALKS.replace("Turkey", "T\ufffdrkey"))
    assert told(here, [damaged, *BESIDE]) == []
    assert told(here, [damaged, *BESIDE], [TOLD, *BESIDE], [TOLD, *BESIDE[:2]]) == [TALKS]


def test_a_feed_with_one_id_for_all_of_its_entries_is_told_whole(here: World) -> None:
    home = "https://wire.example/"
    talks = [entry(id=home, title=f"{TALKS}, day {n}", link=f"{LINK}/{n}", date=NOW) for n in range(1, 5)]
    assert sorted(told(here, talks[:2], talks[1:3], talks[2:])) == [one.title for one in talks]


def test_a_report_that_is_edited_all_day_is_one_that_the_topic_learned_from(here: World) -> None:
    edits = [replace(TOLD, title=f"{TALKS}, hour {hour}", link=f"{LINK}/{hour}") for hour in range(4)]
    told(here, *([edited] for edited in edits))
    with here.database.read() as tx:
        assert memories.read_profiles(tx, {"talks": records.TALKS.version})["talks"].reports == 1


@pytest.mark.parametrize("change", ["another title", "damaged"])
def test_the_words_of_a_report_are_counted_once_whatever_becomes_of_it(here: World, change: str) -> None:
    told(here, [CHANGES[change]], [TOLD])
    with here.database.read() as tx:
        count, words = memories.read_words(tx, 99)
    assert (count, words["syria"]) == (1, 1)


def likenesses(here: World) -> dict[str, float]:
    """By title what being like what the topic found before added to the score."""
    with here.database.read() as tx:
        newest = articles.recent(tx, 99)
        found = articles.verdicts_of(tx, [article.id for article in newest])
    return {a.entry.title: dict(found[a.id, "talks"].parts).get("profile", 0.0) for a in newest}


def test_a_report_that_was_edited_is_not_found_for_being_like_itself(here: World) -> None:
    other = entry(id="other", title="Turkey and Syria in round of talks", link=f"{LINK}/2", date=NOW)
    told(here, [TOLD], [edited := CHANGES["another title"]])
    assert likenesses(here) == {edited.title: 0}
    again = f"{TALKS}, it is said"
    told(here, [other, edited], [other, replace(edited, title=again)])
    assert likenesses(here)[again] > 0, "what another report taught speaks for it all the same"


# --- a link that was edited -----------------------------------------------------------------------------------------

NEW_LINK = "https://wire.example/2026/talks"
MOVED = replace(TOLD, link=NEW_LINK)


@pytest.fixture
def two_feeds(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Amal is told at once, Jo in the evening; on either database."""
    evening = subscription("jo@example.org", schedule=schedule.parse("daily 23:00"))
    letter = newsletter(subscription(schedule=INSTANT), evening, schedule=INSTANT)
    with world(tmp_path, database_url, feeds=("wire", "post"), newsletters=[letter]) as made:
        yield made


def links(here: World) -> dict[str, list[str | None]]:
    """Of the stories that each was told."""
    with here.database.read() as tx:
        rows = ledger.messages(tx)
    return {row["address"]: [story.link for story in from_json(row["content"]).stories] for row in rows}


def test_a_later_edition_links_to_where_the_report_is_by_then(two_feeds: World) -> None:
    told(two_feeds, [TOLD], [MOVED], [MOVED])
    assert links(two_feeds) == {"amal@example.org": [LINK], "jo@example.org": [NEW_LINK]}


def test_what_another_outlet_reports_under_the_new_link_is_the_same_story(two_feeds: World) -> None:
    told(two_feeds, [TOLD], [MOVED])
    copy = entry(id="copy", title="Syria-Turkey talks: the first day", link=f"{NEW_LINK}?utm_source=post", date=NOW)
    two_feeds.server.put("/post", rss("Post", [copy]))
    two_feeds.once(NOW + DAY)
    assert sorted(two_feeds.told()) == [("amal@example.org", [TALKS]), ("jo@example.org", [TALKS])]


def test_a_feed_whose_ids_change_with_every_poll_brings_nothing_new(here: World) -> None:
    documents = [[replace(one, id=f"{one.id} of poll {n}") for one in (TOLD, *BESIDE)] for n in range(4)]
    assert told(here, *documents) == [TALKS]
    [feed] = report.feeds(here.settings.database)
    assert (feed["articles"], feed["notice"]) == (5, None)
