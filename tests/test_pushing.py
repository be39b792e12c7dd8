"""What hubs push, the whole way: a real hub, a real feed, and the daemon's pages. Simulated days of it are played in
tests/test_manners_push.py; what is decided is in tests/test_websub.py.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from conftest import Clock
from feedserver import atom, entry, rss
from hubserver import HEADERS, Hub, call, hub_server
from instance import eventually, free_port, is_served
from records import DAY, HOUR, NOW
from sqlalchemy import select
from test_websub import signature
from world import World, shipped_templates, world

from digest import pipeline, web, worker
from digest.model import FeedState, HostPause, HubSubscription
from digest.pipeline import Newsroom
from digest.settings import Feed, Web
from digest.store import articles, hubs, polls, report, schema

pytestmark = pytest.mark.slow  # a hub, a daemon and their waits: ten seconds altogether

TALKS = "Syria and Turkey hold talks"
BORDER = "Turkey: border talks with Syria end"


@dataclass(kw_only=True)
class Stage:
    """A feed, its hub, and the pages of a daemon, at a clock that a test sets."""

    world: World
    hub: Hub
    clock: Clock
    address: str

    @property
    def feed(self) -> str:
        return self.world.server.url("/wire")

    def document(self, *titles: str) -> bytes:
        return rss("Wire", [entry(title=t, link=f"https://wire.example/{len(t)}", date=NOW) for t in titles])

    def publish(self, *titles: str, hub: str | None = None) -> None:
        links = f'<{hub or self.hub.address}>; rel="hub", <{self.feed}>; rel="self"'
        self.world.server.put("/wire", self.document(*titles), headers={"Link": links})

    @contextmanager
    def room(self) -> Iterator[Newsroom]:
        room = pipeline.build(self.world.settings, self.clock, database=self.world.database)
        yield replace(room, templates=shipped_templates())

    def configure(self) -> None:
        with self.room() as room:
            pipeline.apply(room)

    def poll(self) -> None:
        with self.room() as room:
            pipeline.poll(room)

    def subscribe(self) -> int:
        with self.room() as room:
            return pipeline.subscribe(room)

    def deliver(self) -> None:
        with self.room() as room:
            worker.deliver(room)

    def subscription(self) -> HubSubscription | None:
        with self.world.database.read() as tx:
            return hubs.of_feed(tx, 1)

    def state(self) -> str | None:
        found = self.subscription()
        return found.state if found else None

    def stored(self) -> FeedState:
        with self.world.database.read() as tx:
            feed = polls.state_of(tx, 1)
        assert feed is not None
        return feed

    def next_poll(self) -> timedelta:
        """From now."""
        at = self.stored().next_poll_at
        assert at is not None
        return at - self.clock.now

    def pushing(self) -> None:
        """Everything up to an active subscription."""
        self.publish()
        self.poll()
        self.subscribe()
        assert self.state() == "active"


@contextmanager
def staged(folder: Path, database_url: str, clock: Clock, *, feeds: Sequence[str] = ("wire",)) -> Iterator[Stage]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with world(folder, database_url, feeds=feeds) as made, hub_server() as hub:
        made.change(web=Web(port=port, public_url=address))
        stage = Stage(world=made, hub=hub, clock=clock, address=address)
        stage.configure()
        with stage.room() as room:
            app = web.application(database_url, {}, {}, clock, lambda: room)
            with web.serving(app, made.settings.web):
                eventually(lambda: is_served(port))
                yield stage


@pytest.fixture
def stage(tmp_path: Path, sqlite_template: Path, clock: Clock) -> Iterator[Stage]:
    """On SQLite."""
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    with staged(tmp_path, f"sqlite:///{tmp_path}/digest.db", clock) as made:
        yield made


def test_what_a_hub_pushes_is_an_article_at_once_and_in_the_next_mail(
    tmp_path: Path, database_url: str, clock: Clock
) -> None:
    with staged(tmp_path, database_url, clock) as stage:
        stage.pushing()
        assert stage.hub.verified == [(200, b"<b>a challenge</b>")]
        assert stage.hub.asked[0]["hub.topic"] == stage.feed
        assert stage.hub.headers[0]["content-type"] == "application/x-www-form-urlencoded"
        assert stage.hub.headers[0]["user-agent"].startswith("Digest/")
        assert stage.hub.push(stage.document(TALKS)) == (200, b"")
        assert stage.world.titles() == [TALKS]
        clock.advance(HOUR)
        stage.deliver()
        assert [mail["To"] for mail in stage.world.mails] == ["amal@example.org"]


def test_several_hubs_may_push_at_the_same_time_and_while_their_feeds_are_polled(
    tmp_path: Path, database_url: str, clock: Clock
) -> None:
    """Every entry is in three pushes and in the feed: it becomes one article, and what is forged becomes none."""
    names = ("wire", "post", "desk")

    def document(name: str, *numbers: int) -> bytes:
        told = [entry(id=f"{n}", title=f"Syria and Turkey hold talks, {name} {n}", date=NOW) for n in numbers]
        return rss(name, told)

    with staged(tmp_path, database_url, clock, feeds=names) as stage, ExitStack() as stack:
        pushers = {name: stack.enter_context(hub_server()) for name in names}

        def publish(*numbers: int) -> list[str]:
            links = {name: {"Link": f'<{hub.address}>; rel="hub"'} for name, hub in pushers.items()}
            put = stage.world.server.put
            return [put(f"/{name}", document(name, *numbers), headers=links[name]) for name in names]

        urls = publish()
        stage.poll()
        assert stage.subscribe() == 3
        pushes = [
            partial(hub.push, document(name, n, n + 1, n + 2)) for n in range(8) for name, hub in pushers.items()
        ]
        forge = partial(pushers["wire"].push, document("forged", 99))
        pushes += [partial(forge, secret=one) for one in ("guessed", pushers["post"].asked[0]["hub.secret"])]
        publish(*range(2, 10))
        with stage.room() as room, ThreadPoolExecutor(13) as pool:
            answers = [pool.submit(push) for push in reversed(pushes)]
            polled = pool.submit(pipeline.poll, room, urls=urls)
            assert {answer.result() for answer in answers} == {(200, b"")}
            assert polled.result().ill == 0
        expected = [f"Syria and Turkey hold talks, {name} {n}" for name in names for n in range(10)]
        assert sorted(stage.world.titles()) == sorted(expected)
        clock.advance(HOUR)
        stage.deliver()
        [(_, told)] = stage.world.told()
        assert len(told) == len(set(told)) > 0


def test_the_hub_may_stand_in_the_document(stage: Stage) -> None:
    links = f'<link rel="hub" href="{stage.hub.address}"/><link rel="self" href="https://topic.example/"/>'
    stage.world.server.put("/wire", atom("Wire", [entry(title=TALKS, id="1", date=NOW)], extra=links))
    stage.poll()
    stage.subscribe()
    assert stage.hub.asked[0]["hub.topic"] == "https://topic.example/"
    assert stage.state() == "active"


def test_a_pushed_entry_is_the_polled_one(stage: Stage) -> None:
    stage.pushing()
    stage.hub.push(stage.document(TALKS))
    stage.hub.push(stage.document(TALKS), method="sha1")
    stage.publish(BORDER, TALKS)
    stage.clock.advance(2 * DAY)
    stage.poll()
    assert sorted(stage.world.titles()) == [TALKS, BORDER]


def test_a_link_that_a_push_edits_is_where_the_same_story_is_found(stage: Stage) -> None:
    def push(id: str, title: str, link: str) -> None:  # noqa: A002 - the feeds' own word
        stage.hub.push(rss("Wire", [entry(id=id, title=title, link=f"https://wire.example/{link}", date=NOW)]))
        stage.deliver()

    stage.pushing()
    push("one", TALKS, "1")
    push("one", TALKS, "2026/1")
    push("two", BORDER, "2026/1")
    with stage.world.database.read() as tx:
        found = articles.recent(tx, 9)
    assert [article.entry.link for article in found] == ["https://wire.example/2026/1"] * 2
    assert len({article.story_id for article in found} - {None}) == 1


def test_the_first_sight_of_a_feed_may_be_a_push(stage: Stage) -> None:
    stage.pushing()
    old = rss("Wire", [entry(title="Old", link="https://wire.example/o", date=NOW - 30 * DAY)])
    stage.hub.push(old)
    with stage.world.database.read() as tx:
        assert [article.held for article in articles.recent(tx, 9)] == ["old"]


def test_many_entries_at_once_are_held_and_told_as_with_a_poll(stage: Stage) -> None:
    stage.pushing()
    stage.hub.push(stage.document(*(f"Talks {'x' * n}" for n in range(120))))
    with stage.world.database.read() as tx:
        assert sum(article.held == "dump" for article in articles.recent(tx, 1000)) == 20
    told = report.status(stage.world.settings.database)["feeds"]
    assert (told["problems"], "20 entries of many" in told["notices"][0]["notice"]) == ([], True)


@pytest.mark.parametrize("how", ["wrong", "missing", "of another method"])
def test_a_push_without_the_right_signature_is_acknowledged_and_ignored(stage: Stage, how: str) -> None:
    stage.pushing()
    body = stage.document(TALKS)
    told = {"wrong": {"X-Hub-Signature": "sha256=" + "0" * 64}, "missing": {}}.get(
        how, {"X-Hub-Signature": signature("md5", stage.hub.asked[0]["hub.secret"], body)}
    )
    assert call(stage.hub.callback, body, HEADERS | told) == (200, b"")
    assert stage.world.titles() == []


def test_what_is_no_feed_is_acknowledged_and_changes_nothing(stage: Stage) -> None:
    stage.pushing()
    before = stage.next_poll()
    assert stage.hub.push(b"\x00<html>\xff") == (200, b"")
    assert (stage.world.titles(), stage.next_poll()) == ([], before)
    assert report.status(stage.world.settings.database)["feeds"]["ill"] == 0


def test_who_does_not_know_the_token_finds_nothing(stage: Stage) -> None:
    stage.pushing()
    elsewhere = f"{stage.address}/websub/{'A' * 43}"
    assert stage.hub.verify(elsewhere)[0] == 404
    assert call(elsewhere, stage.document(TALKS), HEADERS)[0] == 410
    assert call(f"{stage.address}/websub/")[0] == 404
    assert stage.world.titles() == []


def test_another_topic_another_mode_and_an_old_verification_are_not_confirmed(stage: Stage) -> None:
    stage.pushing()
    before = stage.subscription()
    assert stage.hub.verify(topic="https://other.example/")[0] == 404
    assert stage.hub.verify(mode="unsubscribe")[0] == 404
    stage.clock.advance(2 * HOUR)
    assert stage.hub.verify()[0] == 404
    assert stage.subscription() == before


def test_a_challenge_is_never_a_page(stage: Stage) -> None:
    stage.pushing()
    with socket.create_connection(("127.0.0.1", stage.world.settings.web.port)) as client:
        path = stage.hub.callback.removeprefix(stage.address)
        query = f"hub.mode=subscribe&hub.topic={stage.feed}&hub.challenge=%3Cscript%3E"
        client.sendall(f"GET {path}?{query} HTTP/1.0\r\n\r\n".encode())
        told = b"".join(iter(lambda: client.recv(4096), b"")).lower()
    assert b"content-type: text/plain" in told
    assert b"x-content-type-options: nosniff" in told


def test_a_body_beyond_the_limit_is_not_read(stage: Stage) -> None:
    stage.world.change(polling=replace(stage.world.settings.polling, max_bytes=1000))
    room = pipeline.build(stage.world.settings, stage.clock, database=stage.world.database)
    stage.pushing()
    port = free_port()
    app = web.application(stage.world.settings.database, {}, {}, stage.clock, lambda: room)
    with web.serving(app, Web(port=port)):
        eventually(lambda: is_served(port))
        callback = stage.hub.callback.replace(stage.address, f"http://127.0.0.1:{port}")
        assert call(callback, b"x" * 1001, HEADERS)[0] == 413
        assert call(callback, b"x" * 1000, HEADERS)[0] == 200


def test_the_lease_is_renewed_before_it_ends_with_the_same_address_and_secret(stage: Stage) -> None:
    stage.pushing()
    stage.clock.advance(8 * DAY - timedelta(seconds=1))
    assert stage.subscribe() == 0
    stage.clock.advance(timedelta(seconds=1))
    assert stage.subscribe() == 1
    assert stage.hub.asked[0] == stage.hub.asked[1]
    renewed = stage.subscription()
    assert renewed is not None
    assert renewed.expires_at == stage.clock.now + 10 * DAY


def test_a_pushed_feed_is_polled_slowly_until_the_lease_ends(stage: Stage) -> None:
    stage.publish()
    stage.poll()
    assert stage.next_poll() < 2 * HOUR
    stage.subscribe()
    stage.clock.advance(2 * HOUR)
    stage.publish(TALKS)
    stage.poll()
    assert 21 * HOUR < stage.next_poll() <= 24 * HOUR
    stage.hub.answer = (503, "")
    stage.clock.advance(9 * DAY + 20 * HOUR)
    stage.subscribe()
    stage.poll()
    assert stage.next_poll() > 21 * HOUR, "the renewal failed, but the old lease still runs"
    stage.clock.advance(2 * HOUR)
    stage.subscribe()
    assert "a hub" not in stage.stored().wait_reason


@pytest.mark.parametrize("answered, again", [((400, "no such topic"), 7 * DAY), ((500, ""), HOUR / 6)])
def test_a_hub_that_refuses_or_fails_is_told_and_the_feed_is_polled_as_ever(
    stage: Stage, answered: tuple[int, str], again: timedelta
) -> None:
    stage.hub.answer = answered
    stage.publish()
    stage.poll()
    stage.subscribe()
    assert stage.subscribe() == 0
    told = report.status(stage.world.settings.database)["hubs"]
    assert (told["total"], told["pushed"]) == (1, 0)
    assert f"127.0.0.1 answered {answered[0]}" in told["problems"][0]["problem"]
    assert answered[1] in told["problems"][0]["problem"]
    assert told["problems"][0]["retry_at"] == stage.clock.now + again
    stage.hub.answer = (202, "")
    stage.clock.advance(again)
    stage.subscribe()
    assert stage.state() == "active"
    assert report.status(stage.world.settings.database)["hubs"]["problems"] == []


def test_a_hub_that_is_down_is_told(stage: Stage) -> None:
    stage.publish(hub=f"http://127.0.0.1:{free_port()}/")
    stage.poll()
    stage.subscribe()
    told = report.status(stage.world.settings.database)["hubs"]["problems"]
    assert "refuses connections" in told[0]["problem"]


def test_a_hub_on_a_private_address_is_not_asked(stage: Stage) -> None:
    stage.publish()
    stage.poll()
    stage.world.change(polling=replace(stage.world.settings.polling, private_addresses=False))
    stage.subscribe()
    assert stage.hub.asked == []
    assert "loopback address" in report.status(stage.world.settings.database)["hubs"]["problems"][0]["problem"]


def test_a_hub_that_verifies_later_is_waited_for(stage: Stage) -> None:
    stage.hub.verifies = False
    stage.publish()
    stage.poll()
    stage.subscribe()
    assert stage.state() == "requested"
    stage.clock.advance(timedelta(minutes=5))
    assert stage.hub.verify()[0] == 200
    assert stage.state() == "active"


def test_a_hub_that_moves_is_followed_where_the_form_is_kept(stage: Stage) -> None:
    with hub_server() as other:
        stage.hub.answer = (307, other.address)
        stage.publish()
        stage.poll()
        stage.subscribe()
        assert [len(hub.asked) for hub in (stage.hub, other)] == [1, 1]
        assert stage.state() == "active"
        stage.hub.answer = (302, other.address)
        stage.clock.advance(8 * DAY)
        stage.subscribe()
        assert len(other.asked) == 1


def test_a_hub_may_deny_at_any_time(stage: Stage) -> None:
    stage.pushing()
    stage.clock.advance(3 * HOUR)
    assert stage.hub.verify(mode="denied", reason="too many subscribers")[0] == 200
    assert stage.state() == "denied"
    assert stage.next_poll() <= timedelta(0)
    told = report.status(stage.world.settings.database)["hubs"]
    assert told["problems"][0]["problem"].endswith("denies the subscription: too many subscribers")
    assert stage.subscribe() == 0


def test_a_feed_that_moves_to_another_hub_is_subscribed_there_under_another_token(stage: Stage) -> None:
    stage.pushing()
    with hub_server() as other:
        stage.clock.advance(2 * DAY)
        stage.publish(TALKS, hub=other.address)
        stage.poll()
        stage.subscribe()
        assert other.asked[0]["hub.callback"] != stage.hub.callback
        assert other.asked[0]["hub.secret"] != stage.hub.asked[0]["hub.secret"]
        assert stage.hub.push(stage.document(BORDER))[0] == 410
        assert other.push(stage.document(BORDER))[0] == 200
    assert sorted(stage.world.titles()) == [TALKS, BORDER]


def test_a_feed_that_names_no_hub_any_more_is_polled_as_ever(stage: Stage) -> None:
    stage.pushing()
    stage.clock.advance(DAY)
    stage.world.server.put("/wire", stage.document(TALKS))
    stage.poll()
    assert stage.subscription() is None
    assert stage.next_poll() < 12 * HOUR


def test_a_feed_that_leaves_the_configuration_is_not_expected_any_more(stage: Stage) -> None:
    stage.pushing()
    stage.world.change(feeds=())
    stage.configure()
    assert stage.hub.push(stage.document(TALKS))[0] == 410
    assert stage.subscription() is None


def test_another_public_address_needs_other_subscriptions_and_none_needs_none(stage: Stage) -> None:
    stage.pushing()
    stage.world.change(web=replace(stage.world.settings.web, public_url=f"{stage.address}/"))
    stage.configure()
    assert stage.state() == "wanted"
    stage.world.change(web=replace(stage.world.settings.web, public_url=""))
    stage.configure()
    assert stage.subscription() is None
    assert stage.subscribe() == 0
    stage.clock.advance(DAY)
    stage.publish(TALKS)
    stage.poll()
    assert stage.subscription() is None


def test_of_two_daemons_one_asks_and_either_answers(stage: Stage) -> None:
    stage.publish()
    stage.poll()
    with stage.room() as one, stage.room() as two:
        assert [pipeline.subscribe(one), pipeline.subscribe(two)] == [1, 0]
    assert len(stage.hub.asked) == 1


def test_a_hub_that_wants_no_requests_holds_up_no_other(stage: Stage) -> None:
    """However many are due there before."""
    feeds = tuple(Feed(url=f"https://wire.example/{n}", name=str(n)) for n in range(260))
    stage.world.change(feeds=feeds)
    stage.configure()
    with stage.world.database.write() as tx:
        polls.pause(tx, HostPause(host="resting.example", until=NOW + HOUR, reason="429"), NOW)
        told = tx.execute(select(schema.feeds.c.id).where(schema.feeds.c.removed_at.is_(None))).scalars().all()
        for number, feed_id in enumerate(sorted(told)):
            hub = stage.hub.address if number == 259 else "https://resting.example/"
            token, at = f"t{number}" * 12, NOW - HOUR + number * timedelta(seconds=1)
            hubs.put(
                tx,
                HubSubscription(feed_id=feed_id, hub=hub, topic=f"{number}", token=token, secret="s", retry_at=at),
            )
    assert stage.subscribe() == 1
    assert [form["hub.topic"] for form in stage.hub.asked] == ["259"]


def test_a_database_that_cannot_be_used_makes_the_hub_come_again(stage: Stage) -> None:
    stage.pushing()
    nothing = replace(stage.world.settings, database=f"sqlite:///{stage.world.settings.folder}")  # a folder, no file
    broken = pipeline.build(nothing, stage.clock)
    port = free_port()
    with web.serving(web.application("", {}, {}, stage.clock, lambda: broken), Web(port=port)):
        eventually(lambda: is_served(port))
        callback = stage.hub.callback.replace(stage.address, f"http://127.0.0.1:{port}")
        assert call(callback, stage.document(TALKS), HEADERS)[0] == 503
        assert stage.hub.verify(callback)[0] == 503


def test_no_log_and_no_report_tells_a_secret_or_a_token(stage: Stage) -> None:
    with structlog.testing.capture_logs() as lines:
        stage.pushing()
        stage.hub.push(stage.document(TALKS))
        stage.hub.push(stage.document(TALKS), signed=False)
        stage.hub.answer = (400, "no")
        stage.clock.advance(9 * DAY)
        stage.subscribe()
    told = repr((lines, report.status(stage.world.settings.database), stage.subscription()))
    token = stage.hub.callback.rpartition("/")[2]
    assert "asked a hub to push" in told
    assert stage.hub.asked[0]["hub.secret"] not in told
    assert token not in told
