"""Two processes on one database: each subscriber gets each slot's message once, each article once.

What one process is still matching when the other composes is news of the next slot; so every slot brings one message
(`when_empty: send`), and after the last one everything was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from feedserver import FeedServer, entry, rss
from instance import JUST_AFTER, MORNING, SLOT, Instance, eventually, titles
from smtpserver import SmtpServer

pytestmark = pytest.mark.slow  # processes racing each other, several rounds

DAY = timedelta(days=1)
PEOPLE = [f"reader{n}@example.org" for n in range(8)]
OUTLETS = 3
STORIES = 4
"""New ones in each round, each reported by every outlet."""


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Instance]:
    with Instance(home=tmp_path, database=database_url) as instance:
        yield instance


def title(number: int) -> str:
    return f"Syria and Turkey hold talks, round {number}"


def publish(feeds: FeedServer, rounds: int) -> list[str]:
    """Puts all stories up to that round into every outlet's feed."""
    urls = []
    for outlet in range(OUTLETS):
        entries = [
            entry(id=f"{outlet}-{n}", title=title(n), link=f"https://outlet{outlet}.example/{n}")
            for n in range(rounds * STORIES)
        ]
        urls.append(feeds.put(f"/{outlet}.xml", rss(f"Outlet {outlet}", entries)))
    return urls


def prepare(site: Instance, feeds: FeedServer, mail: SmtpServer, schedule: str) -> None:
    site.configure(
        feeds=publish(feeds, 0),
        subscribers=PEOPLE,
        smtp=mail.port,
        schedule=schedule,
        when_empty="send",
        max_stories=100,
    )
    site.once(MORNING - timedelta(hours=2))


def check(site: Instance, mail: SmtpServer, *, slots: int, stories: int) -> None:
    """One message for each subscriber and slot; every story sent to everybody once, and stored once."""
    assert Counter(message.recipient for message in mail.messages) == dict.fromkeys(PEOPLE, slots)
    assert len({message.message_id for message in mail.messages}) == len(mail.messages)
    wanted = [title(number) for number in range(stories)]
    for person in PEOPLE:
        heads = Counter(
            told
            for message in mail.messages
            if message.recipient == person
            for told in set(titles(message.data, wanted))
        )
        assert heads == dict.fromkeys(wanted, 1)
    assert site.count("articles") == stories * OUTLETS
    assert site.count("stories") == stories
    assert site.count("deliveries WHERE state = 'accepted'") == site.count("deliveries") == slots * len(PEOPLE)
    assert site.count("attempts") == site.count("deliveries")
    assert site.count("leases") == 0


def together(site: Instance, feeds: FeedServer, rounds: int) -> None:
    """Two `once` at the same moment, round after round with new articles and a slot that has just come."""
    for number in range(1, rounds + 1):
        publish(feeds, number)
        now = SLOT + number * DAY + JUST_AFTER
        for run in [site.start("once", now=now) for _ in range(2)]:
            run.done()
    site.once(SLOT + (rounds + 1) * DAY + JUST_AFTER)


def test_two_runs_at_the_same_moment_do_nothing_twice(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    prepare(site, feeds, mail, "daily 07:30")
    together(site, feeds, 2)
    check(site, mail, slots=3, stories=2 * STORIES)


@pytest.mark.slow
def test_ten_rounds_of_two_runs_do_nothing_twice(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    prepare(site, feeds, mail, "daily 07:30")
    together(site, feeds, 10)
    check(site, mail, slots=11, stories=10 * STORIES)


@pytest.mark.slow
def test_two_daemons_on_one_database_do_nothing_twice(site: Instance, feeds: FeedServer, mail: SmtpServer) -> None:
    prepare(site, feeds, mail, "daily 07:30")
    publish(feeds, 1)
    before = [site.start("run", now=SLOT - timedelta(minutes=10)) for _ in range(2)]
    eventually(lambda: site.count("articles") == STORIES * OUTLETS)
    eventually(lambda: all('"started"' in run.told for run in before))
    assert [run.stop() for run in before] == [0, 0]
    after = [site.start("run", now=SLOT - timedelta(seconds=5)) for _ in range(2)]
    eventually(lambda: site.count("deliveries WHERE state = 'accepted'") == len(PEOPLE), within=60)
    assert [run.stop() for run in after] == [0, 0]
    check(site, mail, slots=1, stories=STORIES)
