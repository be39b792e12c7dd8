"""An `instant` newsletter is not looked through when nothing can have come for it, and loses nothing by that."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feedserver import entry, rss
from records import HOUR, TALKS, newsletter, subscription
from sqlalchemy import delete, select
from world import World, world

from digest import pipeline, schedule
from digest.model import Outcome, Settlement
from digest.settings import Newsletter, Topic
from digest.store import outbox, schema

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INSTANT = schedule.parse("instant")
SPORT = Topic(id="sport", name="Football", watch=("football",))
REFUSED = Settlement(state="refused", retry_at=None, outcome=Outcome(kind="refused", code=550, text="no such user"))


def offered(*addresses: str, max_stories: int = 20) -> Newsletter:
    people = (subscription(address, schedule=INSTANT, topics=("talks", "sport")) for address in addresses)
    return newsletter(*people, schedule=INSTANT, topics=("talks", "sport"), max_stories=max_stories)


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[World]:
    with world(
        tmp_path, database_url, topics=(TALKS, SPORT), newsletters=[offered("amal@example.org", max_stories=2)]
    ) as made:
        yield made


def look(here: World, at: datetime) -> int:
    """What `compose` queues."""
    with here.room(at) as room:
        pipeline.match(room)
        pipeline.group(room)
        return pipeline.compose(room)


def look_anew(here: World, at: datetime) -> int:
    """The same by somebody who remembers nothing."""
    with here.database.write() as tx:
        tx.execute(delete(schema.news).where(schema.news.c.newsletter != ""))
    return look(here, at)


def poll(here: World, at: datetime) -> None:
    with here.room(at) as room:
        pipeline.apply(room)
        pipeline.poll(room)


def test_what_is_over_the_cap_comes_with_the_next_looks(here: World) -> None:
    here.publish(START, *(f"Syria and Turkey talks, day {n}" for n in range(5)))
    poll(here, START)
    assert [look(here, START + n * SECOND) for n in range(5)] == [1, 1, 1, 0, 0]
    assert sorted(title for _, titles in here.told() for title in titles) == sorted(here.titles())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # where nobody waits for who stands still
@pytest.mark.parametrize("when", range(1, 5))
def test_who_stands_still_while_another_composes_tells_nothing_again(here: World, when: int) -> None:
    """A machine that is put to sleep in the middle wakes up when its lease has run out, and others went on."""
    here.publish(START, "Syria and Turkey talks")
    poll(here, START)
    later = START + timedelta(minutes=11)
    asked: list[datetime] = []
    queued: list[int] = []

    def clock() -> datetime:
        asked.append(later if len(asked) >= when else START)
        if len(asked) == when:
            queued.append(look(here, later))
        return asked[-1]

    with here.room(START) as room:
        pipeline.match(room)
        pipeline.group(room)
        queued.append(pipeline.compose(replace(room, clock=clock)))
    assert len(asked) >= when, "it stood still"
    assert queued == [1, 0]


def test_news_after_vain_looks_is_told_at_once(here: World) -> None:
    poll(here, START)
    assert [look(here, START + n * SECOND) for n in range(3)] == [0, 0, 0]
    here.publish(START + HOUR, "Syria and Turkey talks")
    poll(here, START + HOUR)
    assert look(here, START + HOUR) == 1


def test_what_was_refused_is_offered_again_after_vain_looks(here: World) -> None:
    here.publish(START, "Syria and Turkey talks")
    poll(here, START)
    assert [look(here, START + n * SECOND) for n in range(3)] == [1, 0, 0]
    refuse_one(here, START + HOUR)
    assert look(here, START + HOUR) == 1


def test_a_look_in_vain_writes_nothing(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    with world(tmp_path, f"sqlite:///{path}", newsletters=[offered("amal@example.org")]) as here:
        poll(here, START)
        look(here, START)
        with here.room(START + SECOND) as room, closing(sqlite3.connect(path)) as watching:
            before = watching.execute("PRAGMA data_version").fetchall()
            assert pipeline.poll(room) == pipeline.Polled()
            assert pipeline.group(room) == 0
            assert pipeline.compose(room) == 0
            assert pipeline.send(room) == pipeline.Sent()
            assert watching.execute("PRAGMA data_version").fetchall() == before


def refuse_one(here: World, at: datetime) -> None:
    """The server will have nothing of the newest message."""
    with here.database.write() as tx:
        newest = select(schema.deliveries.c.id).order_by(schema.deliveries.c.id.desc()).limit(1)
        if (number := tx.execute(newest).scalar()) is not None:
            outbox.settle(tx, number, "nobody", REFUSED, at)
            tx.execute(schema.deliveries.update().where(schema.deliveries.c.id == number).values(state="refused"))


def edit_one(here: World, chance: random.Random, title: str) -> None:
    published = here.published["wire"]
    number = chance.randrange(len(published))
    published[number] = entry(title=title, link=f"https://wire.example/edited-{number}", date=START)
    here.server.put("/wire", rss("Wire", published))


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 40))])
def test_whatever_happens_nobody_who_looks_anew_finds_what_was_passed_over(here: World, seed: int) -> None:
    chance = random.Random(seed)
    addresses = ["amal@example.org"]
    here.publish(START, "Nothing of the kind")
    for turn in range(1, 13):
        now = START + turn * HOUR
        act = chance.choice(["publish", "publish", "edit", "topic", "subscriber", "refuse", "nothing"])
        subject = chance.choice(["Syria and Turkey talks", "Football", "Weather"])
        if act == "publish":
            here.publish(now, *(f"{subject}, part {turn}.{n}" for n in range(chance.randint(1, 4))))
        elif act == "edit":
            edit_one(here, chance, f"{subject}, edited {turn}")
        elif act == "topic":
            here.change(topics=(TALKS, replace(SPORT, watch=(chance.choice(["football", "weather"]),))))
        elif act == "subscriber":
            addresses.append(f"p{turn}@example.org")
        elif act == "refuse":
            refuse_one(here, now)
        here.change(newsletters=(offered(*addresses, max_stories=2),))
        poll(here, now)
        looks = 0
        while look(here, now + looks * SECOND):
            looks += 1
        assert look(here, now + (looks + 1) * SECOND) == 0
        assert look_anew(here, now + (looks + 2) * SECOND) == 0
