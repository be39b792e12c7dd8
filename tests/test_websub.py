"""WebSub: what is decided, as tables and properties; and the whole way with a real hub and the daemon's pages."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from conftest import Clock
from feedserver import atom, entry, rss
from hubserver import HEADERS, Hub, call, hub_server
from hypothesis import given
from hypothesis import strategies as st
from instance import eventually, free_port, is_served
from records import DAY, HOUR, NOW, answer, feed_state
from world import World, shipped_templates, world

from digest import pipeline, polling, web, websub, worker
from digest.model import FeedState, HubSubscription
from digest.pipeline import Newsroom
from digest.settings import Polling, Web
from digest.store import articles, hubs, polls, report

pytestmark = pytest.mark.slow  # a hub, a daemon and their waits: ten seconds altogether

TALKS = "Syria and Turkey hold talks"
BORDER = "Turkey: border talks with Syria end"
BASE = "https://wire.example/feeds/rss.xml"
PLACE = HubSubscription(
    feed_id=1, hub="https://hub.example/", topic=BASE, token="t0k3n", secret="s3cr3t", retry_at=NOW
)
QUERY = {"hub.mode": "subscribe", "hub.topic": BASE, "hub.challenge": "abc", "hub.lease_seconds": "864000"}


# --- discovery ------------------------------------------------------------------------------------------------------

LINKS = [
    ('<https://hub.example/>; rel="hub"', ["https://hub.example/"], BASE),
    ("<https://hub.example/>; rel=hub, </topic>; rel=self", ["https://hub.example/"], "https://wire.example/topic"),
    ("<hub>; rel=HUB; title=x", ["https://wire.example/feeds/hub"], BASE),
    ('<//hub.example/a,b;c>; title="a, b; <x>; rel=self" ; rel="up hub"', ["https://hub.example/a,b;c"], BASE),
    (
        "<https://a.example/>; rel=hub, <https://b.example/>; rel=hub",
        ["https://a.example/", "https://b.example/"],
        BASE,
    ),
    ("<https://a.example/>; rel=hub; rel=self", ["https://a.example/"], BASE),
    ('<https://t.example/>; rel="hub self"', ["https://t.example/"], "https://t.example/"),
    ("<https://a.example/>;rel = hub", ["https://a.example/"], BASE),
    ("<broken, <https://a.example/>; rel=hub", ["https://a.example/"], BASE),
    ('<https://a.example/>; rel="hub', [], None),
    ("<https://a.example/>; rel=hub; anchor=https://b.example/", [], None),
    ("<javascript:alert(1)>; rel=hub, <mailto:a@b.example>; rel=hub", [], None),
    ("<https://[broken/>; rel=hub", [], None),
    ("<https://a.example/>; rel=hubs", [], None),
    ("", [], None),
]


@pytest.mark.parametrize("header, found, topic", LINKS)
def test_hub_and_topic_are_read_from_link_headers(header: str, found: list[str], topic: str | None) -> None:
    offer = websub.discover(header, (), None, base=BASE)
    assert (list(offer.hubs), offer.topic) == (found, topic) if offer else found == []


def test_headers_come_before_the_document_and_each_of_both_links_on_its_own() -> None:
    document = (("https://inner.example/", "https://second.example/"), "https://wire.example/inner")
    both = websub.discover("<https://outer.example/>; rel=hub", *document, base=BASE)
    assert both == websub.Offer(hubs=("https://outer.example/",), topic="https://wire.example/inner")
    assert websub.discover(None, *document, base=BASE) == websub.Offer(
        hubs=("https://inner.example/", "https://second.example/"), topic="https://wire.example/inner"
    )
    assert websub.discover(None, (), document[1], base=BASE) is None


@given(st.text(max_size=200))
def test_no_header_is_a_surprise(header: str) -> None:
    for text in (header, f"<{header}>; rel=hub", f"<https://a.example/>; {header}; rel=hub"):
        offer = websub.discover(text, (), None, base=BASE)
        assert offer is None or all(hub.startswith(("http://", "https://")) for hub in offer.hubs)


WORDS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["hub", "self", "next", "HUB x"]), WORDS), max_size=8))
def test_what_is_written_by_the_grammar_is_read(links: list[tuple[str, str]]) -> None:
    quoted = [title.replace("\\", "\\\\").replace('"', '\\"') for _, title in links]
    header = ", ".join(
        f'<https://{number}.example/>; title="{title}"; rel="{rel}"'
        for number, ((rel, _), title) in enumerate(zip(links, quoted, strict=True))
    )
    expected = [f"https://{n}.example/" for n, (rel, _) in enumerate(links) if "hub" in rel.lower()]
    offer = websub.discover(header, (), None, base=BASE)
    assert (list(offer.hubs) if offer else []) == expected


def test_a_megabyte_of_brackets_takes_no_time() -> None:
    for text in ("<" * 1_000_000, '<a>;"' * 200_000, "<a>;x=" * 160_000, "<a>" + "; " * 500_000):
        assert websub.discover(text, (), None, base=BASE) is None


def test_another_hub_is_taken_when_one_has_failed() -> None:
    offer = websub.Offer(hubs=("https://a.example/", "https://b.example/"), topic=BASE)
    second = replace(PLACE, hub="https://b.example/")
    assert websub.choose(offer, None) == "https://a.example/"
    assert websub.choose(offer, PLACE) == "https://a.example/"
    assert websub.choose(offer, second) == "https://b.example/"
    assert websub.choose(offer, replace(second, state="failed")) == "https://a.example/"
    assert websub.choose(offer, replace(second, state="denied")) == "https://a.example/"


# --- asking ---------------------------------------------------------------------------------------------------------


def attempts(subscription: HubSubscription, now: datetime, count: int, status: int | None) -> list[timedelta]:
    """The pauses after so many requests, each of which fails with that status."""
    pauses = []
    for _ in range(count):
        failed = websub.refused(websub.ask(subscription, now), replace(answer(problem="no"), status=status), now)
        assert failed.retry_at is not None
        pauses.append(failed.retry_at - now)
        subscription, now = failed, failed.retry_at
    return pauses


def test_pauses_grow_until_the_hub_is_asked_once_a_week() -> None:
    pauses = attempts(PLACE, NOW, 11, 503)
    assert pauses[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert pauses == sorted(pauses)
    assert [pause > DAY for pause in pauses] == [False] * 8 + [True] * 3
    assert pauses[-2:] == [7 * DAY, 7 * DAY]


@pytest.mark.parametrize(
    "status, given_up", [(400, True), (403, True), (404, True), (429, False), (500, False), (None, False)]
)
def test_who_refuses_is_given_up_at_once_and_who_fails_is_not(status: int | None, given_up: bool) -> None:  # noqa: FBT001
    failed = websub.refused(websub.ask(PLACE, NOW), replace(answer(problem="it says no"), status=status), NOW)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.startswith("the hub hub.example does not take our subscription: it says no")
    assert ("given up" in failed.problem) == given_up
    assert failed.retry_at == NOW + (7 * DAY if given_up else timedelta(minutes=10))


def test_a_hub_that_never_verifies_is_asked_again_and_named() -> None:
    asked = websub.ask(PLACE, NOW)
    assert asked.problem is None
    again = websub.ask(asked, NOW + HOUR)
    assert again.retry_at == NOW + HOUR + timedelta(minutes=20)
    assert "2026-11-20 04:00 UTC, but has not come back to verify" in str(again.problem)


def test_the_request_says_what_the_recommendation_wants() -> None:
    assert dict(websub.form(PLACE, "https://news.example.org/digest")) == {
        "hub.mode": "subscribe",
        "hub.topic": BASE,
        "hub.callback": "https://news.example.org/digest/websub/t0k3n",
        "hub.lease_seconds": "864000",
        "hub.secret": "s3cr3t",
    }


# --- verification ---------------------------------------------------------------------------------------------------

ASKED = websub.ask(PLACE, NOW)

REFUSED_QUERIES = [
    {"hub.topic": BASE + "?"},
    {"hub.topic": ""},
    {"hub.mode": "unsubscribe"},
    {"hub.mode": "publish"},
    {"hub.mode": ""},
    {"hub.challenge": ""},
]


@pytest.mark.parametrize("changed", REFUSED_QUERIES)
def test_only_what_was_asked_for_is_confirmed(changed: dict[str, str]) -> None:
    assert websub.verify(ASKED, QUERY | changed, NOW) is None


@pytest.mark.parametrize("missing", ["hub.mode", "hub.topic", "hub.challenge"])
def test_a_verification_without_one_of_its_parts_is_none(missing: str) -> None:
    assert websub.verify(ASKED, {k: v for k, v in QUERY.items() if k != missing}, NOW) is None


LEASES = [
    ("864000", 10 * DAY),
    ("3600", HOUR),
    (str(365 * 86400), websub.LONGEST_LEASE),
    ("9" * 18, websub.LONGEST_LEASE),
    ("9" * 4000, websub.LEASE),
    ("0", websub.LEASE),
    ("-5", websub.LEASE),
    ("soon", websub.LEASE),
    ("٣", websub.LEASE),
]


@pytest.mark.parametrize("seconds, lease", LEASES)
def test_the_lease_is_the_hubs_within_reason_and_renewed_before_it_ends(seconds: str, lease: timedelta) -> None:
    reply = websub.verify(ASKED, QUERY | {"hub.lease_seconds": seconds}, NOW)
    assert reply is not None
    assert reply.text == "abc"
    active = reply.subscription
    assert (active.state, active.expires_at) == ("active", NOW + lease)
    assert active.retry_at is not None
    assert NOW + timedelta(minutes=10) <= active.retry_at < NOW + lease


def test_a_tiny_lease_does_not_make_us_a_nuisance() -> None:
    reply = websub.verify(ASKED, QUERY | {"hub.lease_seconds": "1"}, NOW)
    assert reply is not None
    assert reply.subscription.retry_at == NOW + timedelta(minutes=10)


def test_a_verification_may_be_repeated_for_a_while_and_not_for_ever() -> None:
    first = websub.verify(ASKED, QUERY, NOW)
    assert first is not None
    assert websub.verify(first.subscription, QUERY, NOW + HOUR) is not None
    assert websub.verify(first.subscription, QUERY, NOW + HOUR + timedelta(seconds=1)) is None
    assert websub.verify(PLACE, QUERY, NOW) is None


def test_a_denial_ends_the_promise_and_nothing_is_confirmed_after_it() -> None:
    active = websub.verify(ASKED, QUERY, NOW)
    assert active is not None
    denied = websub.verify(
        active.subscription, {"hub.mode": "denied", "hub.topic": BASE, "hub.reason": "no\r\n<b>more\x00"}, NOW
    )
    assert denied is not None
    assert denied.subscription.state == "denied"
    assert denied.subscription.problem == "the hub hub.example denies the subscription: no <b>more"
    assert not websub.is_pushed(denied.subscription, NOW)
    assert websub.verify(denied.subscription, QUERY, NOW) is None


# --- signatures -----------------------------------------------------------------------------------------------------


def signature(method: str, secret: str, body: bytes) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@given(st.binary(max_size=300), st.sampled_from(websub.SIGNATURES), st.text(max_size=20))
def test_who_knows_the_secret_is_believed_and_nobody_else(body: bytes, method: str, secret: str) -> None:
    told = signature(method, secret, body)
    assert websub.is_genuine(secret, body, told)
    assert websub.is_genuine(secret, body, told.upper())
    assert not websub.is_genuine(secret, body + b" ", told)
    assert not websub.is_genuine(secret + "x", body, told)
    assert not websub.is_genuine(secret, body, told[:-1])


@pytest.mark.parametrize(
    "told",
    [
        *(None, "", "sha1", "sha1=", "=", "md5=" + "0" * 32, "sha256=é" + "0" * 63),
        *(signature("md5", "s", b"x"), signature("sha224", "s", b"x"), hmac.new(b"s", b"x", "sha256").hexdigest()),
    ],
)
def test_what_is_no_signature_is_not_believed(told: str | None) -> None:
    assert not websub.is_genuine("s", b"x", told)


# --- the whole way --------------------------------------------------------------------------------------------------


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


def test_polling_slows_down_only_after_a_good_poll() -> None:
    bad = polling.decide(feed_state(), answer(problem="no"), None, {}, polling=Polling(), now=NOW)
    assert websub.poll_slowly(bad, Polling(), NOW) == bad
    good = polling.decide(feed_state(), answer(304), None, {}, polling=Polling(), now=NOW)
    slow = websub.poll_slowly(good, Polling(), NOW)
    assert slow.next_poll_at is not None
    assert NOW + 21 * HOUR < slow.next_poll_at <= NOW + DAY
    assert slow.wait_reason.startswith("a hub pushes what is new; 1 d is the longest interval (polling.at_most)")
