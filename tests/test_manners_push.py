"""A good guest: hubs that push, and those that do not keep their word. See tests/scenarios.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from feedserver import Answer, Request, atom, entry, json_feed, rss
from hubserver import HEADERS, Hub, call
from instance import free_port
from scenarios import DAY, HERE, HOUR, MINUTE, START, WEEK, Play, Stage, news, ok, over_time, publishing, refuse
from sqlalchemy import select

from digest.store import schema

pytestmark = pytest.mark.slow  # simulated days with real servers take a quarter of a minute altogether

SLOW = 20 * HOUR
"""A feed that is pushed is polled about once a day."""


@pytest.fixture
def hub(stage: Stage) -> Iterator[Hub]:
    """A hub, and pages where it reaches us."""
    with stage.open_to_hubs() as made:
        yield made


def link(stage: Stage, *hubs: str, topic: str = "/wire") -> str:
    """A header that names hubs, and what they call the feed."""
    named = [f'<{address}>; rel="hub"' for address in hubs]
    return ", ".join([*named, f'<{stage.server.url(topic)}>; rel="self"'])


def offering(stage: Stage, play: Play | Answer, *hubs: str) -> Play:
    """The same with such a header."""
    named = link(stage, *hubs)

    def offer(request: Request) -> Answer:
        answer = play if isinstance(play, Answer) else play(request)
        return replace(answer, headers={**answer.headers, "Link": named})

    return offer


def wire(stage: Stage, *hubs: str) -> None:
    """A feed with these hubs and something new every six hours, from a day before on: n5 at noon, n6 at dusk, …"""
    stage.feed("wire", offering(stage, publishing((-DAY, 6 * HOUR), first=-DAY), *hubs))


def newest(stage: Stage) -> int:
    return int((stage.now - START + DAY) / (6 * HOUR))


def subscription(stage: Stage) -> Any:
    with stage.room.database.read() as tx:
        return tx.execute(select(schema.hubs)).one_or_none()


def slow_since(stage: Stage, since: timedelta) -> bool:
    """Whether each poll from then on was followed by a long wait."""
    times = [time for time in stage.times() if time >= since]
    return len(times) >= 2 and all(SLOW <= later - sooner <= 25 * HOUR for sooner, later in pairwise(times))


# --- Push (WebSub) --------------------------------------------------------------------------------------------------


def test_a_feed_that_a_hub_pushes(stage: Stage, hub: Hub) -> None:
    """Link headers name a hub and the topic; the hub verifies, grants ten days, and pushes every entry for a month.

    Each is an article when the push is answered, and none comes twice; the feed is polled once a day; the lease is
    renewed before it ends, with the same address and secret.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    for _ in range(120):
        stage.run(6 * HOUR)
        assert hub.push(news(newest(stage))) == (200, b"")
        assert newest(stage) in stage.titles()
    assert stage.titles() | stage.titles(held=True) == set(range(125))
    assert slow_since(stage, 2 * HOUR)
    assert [(at - START) // DAY for at, _, _ in hub.answered] == [0, 8, 16, 24]
    assert hub.asked.count(hub.asked[0]) == 4
    assert subscription(stage).expires_at > stage.now


def test_a_hub_that_the_document_names(stage: Stage, hub: Hub) -> None:
    """RSS and Atom name hub and topic by links in the document, JSON Feed by `hubs` and `feed_url`.

    Each is subscribed under the topic that it names.
    """
    made = [entry(id="n1", title="Report number 1", date=START)]
    links = f'<link rel="hub" href="{hub.address}"/><link rel="self" href="https://topic.example/{{}}"/>'
    within_rss = links.replace("<link ", '<link xmlns="http://www.w3.org/2005/Atom" ').format("rss")
    named = {"hubs": [{"type": "WebSub", "url": hub.address}], "feed_url": "https://topic.example/json"}
    documents = {
        "rss": rss("Wire", made, extra=within_rss),
        "atom": atom("Wire", made, extra=links.format("atom")),
        "json": json.dumps(json.loads(json_feed("Wire", made)) | named).encode(),
    }
    for name, document in documents.items():
        stage.feed(name, ok(document))
    stage.run(HOUR)
    assert sorted(form["hub.topic"] for form in hub.asked) == [
        f"https://topic.example/{name}" for name in ("atom", "json", "rss")
    ]
    with stage.room.database.read() as tx:
        assert set(tx.execute(select(schema.hubs.c.state)).scalars()) == {"active"}


@pytest.mark.parametrize("lease, renewed", [(3600, 48 * MINUTE), (86_400, 19.2 * HOUR), (365 * 86_400, 24 * DAY)])
def test_a_hub_that_grants_what_it_likes(stage: Stage, hub: Hub, lease: int, renewed: timedelta) -> None:
    """An hour, a day or a year of lease in place of the ten days asked for.

    Renewed when four fifths are over; of a year thirty days are believed.
    """
    hub.lease = lease
    wire(stage, hub.address)
    stage.run(3 * renewed)
    times = [at - START for at, _, _ in hub.answered]
    assert times[1] == renewed
    assert 3 <= len(times) <= 4
    assert subscription(stage).problem is None


def test_a_hub_with_a_lease_of_a_second(stage: Stage, hub: Hub) -> None:
    """One second of lease at each request, for a day.

    It is asked no more often than every ten minutes, and the feed polled as ever: such a promise is worth nothing.
    """
    hub.lease = 1
    wire(stage, hub.address)
    stage.run(DAY)
    assert len(stage.visits()) >= 7
    assert max(stage.waits()) < 4 * HOUR


@pytest.mark.parametrize("how", ["down", "500", "503"])
def test_a_hub_that_fails_for_hours(stage: Stage, hub: Hub, how: str) -> None:
    """No connection, 500, or 503 without a word how long, for half a day; then well.

    It is asked ever more seldom, and named to the operator; the feed is polled as ever meanwhile; then subscribed.
    """
    address = f"http://{HERE}:{free_port()}/" if how == "down" else hub.address
    hub.answer = (int(how) if how.isdecimal() else 202, "")
    wire(stage, address)
    stage.run(12 * HOUR)
    assert max(stage.waits()) < 4 * HOUR
    assert "does not take our subscription" in subscription(stage).problem
    assert subscription(stage).retry_at - subscription(stage).requested_at > 4 * HOUR
    hub.answer = (202, "")
    wire(stage, hub.address)
    stage.run(2 * DAY)
    assert (subscription(stage).state, subscription(stage).problem) == ("active", None)


def test_a_hub_that_says_how_long_to_wait(stage: Stage, hub: Hub) -> None:
    """A hub of three feeds answers 429 with Retry-After of six hours; then it is well.

    It is asked for none of them before, and nobody is blamed for not verifying what was never asked; then for all.
    """
    hub.answer, hub.retry_after = (429, ""), "21600"
    for name in ("wire", "sport", "arts"):
        stage.feed(name, ok(etag='"v1"', Link=link(stage, hub.address, topic=f"/{name}")))
    stage.run(5 * HOUR)
    assert len(hub.asked) == 1
    with stage.room.database.read() as tx:
        assert sorted(tx.execute(select(schema.hubs.c.state)).scalars()) == ["failed", "wanted", "wanted"]
        assert ["429" in told for told in tx.execute(select(schema.hubs.c.problem)).scalars() if told] == [True]
    hub.answer, hub.retry_after = (202, ""), ""
    stage.run(3 * HOUR)
    assert {form["hub.topic"] for form in hub.asked} == {
        stage.server.url(f"/{name}") for name in ("wire", "sport", "arts")
    }
    with stage.room.database.read() as tx:
        assert set(tx.execute(select(schema.hubs.c.state)).scalars()) == {"active"}


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_hub_that_refuses(stage: Stage, hub: Hub, status: int) -> None:
    """400, 403, 404 or 410 with a reason, for two weeks and a half.

    Told in its own words, asked again once a week; the feed is polled as ever.
    """
    hub.answer = (status, "no such topic here")
    wire(stage, hub.address)
    stage.run(2 * WEEK + 3 * DAY)
    assert [(at - START) // DAY for at, _, _ in hub.answered] == [0, 7, 14]
    assert "no such topic here; given up" in subscription(stage).problem
    assert max(stage.waits()) < 4 * HOUR


def test_a_hub_that_never_verifies(stage: Stage, hub: Hub) -> None:
    """202 each time, and no verification, for three days.

    Nothing is relied on: the feed is polled as ever. The hub is asked ever more seldom, and named.
    """
    hub.verifies = False
    wire(stage, hub.address)
    stage.run(3 * DAY)
    assert max(stage.waits()) < 4 * HOUR
    assert len(hub.asked) <= 10
    assert "has not come back to verify" in subscription(stage).problem


def test_a_hub_that_verifies_late_and_again(stage: Stage, hub: Hub) -> None:
    """202, and the verification half an hour later, twice; once more the day after; the process is a new one.

    Confirmed within the hour, also the second time, for our answer may have got lost; a day later not.
    """
    hub.verifies = False
    wire(stage, hub.address)
    stage.run(9 * MINUTE)
    stage.restart()
    stage.now += 21 * MINUTE - timedelta(seconds=1)
    assert [hub.verify(), hub.verify()] == [(200, b"<b>a challenge</b>")] * 2
    assert subscription(stage).state == "active"
    stage.run(DAY)
    assert hub.verify()[0] == 404
    stage.run(2 * DAY)
    assert slow_since(stage, 3 * HOUR)


def test_a_hub_that_denies(stage: Stage, hub: Hub) -> None:
    """Verified, and denied with a reason three days later, soon after a poll.

    The feed is polled when it would have been without the hub, and as ever from then on; the reason is told; the hub
    is asked again a month later.
    """
    wire(stage, hub.address)
    stage.run(3 * DAY)
    assert hub.verify(mode="denied", reason="too many of you")[0] == 200
    stage.run(3 * HOUR)
    assert stage.waits()[-1] < 4 * HOUR
    assert "denies the subscription: too many of you" in subscription(stage).problem
    stage.run(31 * DAY)
    assert [(at - START) // DAY for at, _, _ in hub.answered] == [0, 33]
    assert max(stage.waits()[-15:-1]) < 4 * HOUR


def test_pushes_that_prove_nothing(stage: Stage, hub: Hub) -> None:
    """Pushes without a signature, with a wrong one, one by another secret, one by a method that is broken.

    Each is answered 200, and none believed: its entries are there when the feed itself has them, not before.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    before = stage.titles()
    assert hub.push(news(77), signed=False)[0] == 200
    assert hub.push(news(77), secret="guessed")[0] == 200
    assert hub.push(news(77), method="md5")[0] == 200
    assert call(hub.callback, news(77), HEADERS | {"X-Hub-Signature": "sha256=" + "0" * 64})[0] == 200
    assert stage.titles() == before


def test_strangers_at_the_door(stage: Stage, hub: Hub) -> None:
    """Verifications of another topic, another mode and another token; a push under another token.

    404, and 410: nothing is confirmed that was not asked for, nothing read from who does not know the address.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    before, elsewhere = subscription(stage), f"{stage.web.public_url}/websub/{'A' * 43}"
    assert hub.verify(topic="https://other.example/")[0] == 404
    assert hub.verify(mode="unsubscribe")[0] == 404
    assert hub.verify(elsewhere)[0] == 404
    assert call(elsewhere, news(77), HEADERS)[0] == 410
    assert (subscription(stage), 77 in stage.titles()) == (before, False)


def test_a_hub_that_loses_most_of_it(stage: Stage, hub: Hub) -> None:
    """Every third entry is pushed, for ten days.

    The daily poll finds the others; nothing is missing, nothing comes twice, no gap is told.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    for number in range(40):
        stage.run(6 * HOUR)
        if number % 3 == 0:
            hub.push(news(newest(stage)))
    stage.run(DAY)
    assert stage.titles() | stage.titles(held=True) >= set(range(45))
    assert stage.state().notice is None


def test_a_hub_that_stammers(stage: Stage, hub: Hub) -> None:
    """Each entry is pushed twice, the older ones after the newer, whole documents among them; the feed has all.

    One article of each, none edited.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    for _ in range(8):
        stage.run(6 * HOUR)
        last = newest(stage)
        for pushed in (news(last), news(last), news(last - 1), news(*range(last - 4, last + 1))):
            assert hub.push(pushed)[0] == 200
    stage.run(DAY)
    with stage.room.database.read() as tx:
        rows = tx.execute(select(schema.articles.c.title, schema.articles.c.revision)).all()
    assert sorted(row.title for row in rows) == sorted({row.title for row in rows})
    assert {row.revision for row in rows} == {1}


def test_a_hub_that_pushes_an_edit(stage: Stage, hub: Hub) -> None:
    """An entry is pushed, and later pushed with another title; the feed has it so, too.

    One article with one edit, and what it said before.
    """
    first, then = (
        rss("Wire", [entry(id="n1", title=f"Report number {n}", link="https://wire.example/1", date=START)])
        for n in (1, 2)
    )
    stage.feed("wire", offering(stage, over_time((-DAY, ok(first)), (HOUR, ok(then))), hub.address))
    stage.run(MINUTE)
    hub.push(then)
    assert stage.titles() == {2}
    stage.run(2 * DAY)
    with stage.room.database.read() as tx:
        assert tx.execute(select(schema.articles.c.revision)).scalars().all() == [2]
        assert tx.execute(select(schema.revisions.c.title)).scalars().all() == ["Report number 1"]


def test_a_hub_that_pushes_an_archive(stage: Stage, hub: Hub) -> None:
    """A hundred and fifty entries in one push.

    A hundred are announced, the rest held, as if a poll had found them; the operator is told how to release them.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    before = len(stage.titles(held=True))
    hub.push(news(*range(1000, 1150)))
    assert len(stage.titles(held=True)) - before == 50
    assert "digest feeds release" in stage.state().notice
    stage.run(2 * DAY)
    assert "digest feeds release" in stage.state().notice


def test_a_hub_that_does_not_renew(stage: Stage, hub: Hub) -> None:
    """Verified once; every renewal is answered 503.

    Pushes are taken and the feed polled slowly until the lease ends; then the feed is polled as ever.
    """
    wire(stage, hub.address)
    stage.run(MINUTE)
    hub.answer = (503, "")
    stage.run(9 * DAY)
    assert len(hub.asked) > 3
    assert hub.push(news(newest(stage)))[0] == 200
    assert newest(stage) in stage.titles()
    assert slow_since(stage, 2 * HOUR)
    stage.run(3 * DAY)
    late = [time for time in stage.times() if time > 10 * DAY + HOUR]
    assert max(later - sooner for sooner, later in pairwise(late)) < 4 * HOUR


def test_a_feed_that_changes_its_hub(stage: Stage, hub: Hub) -> None:
    """After two days the feed names another hub; both push.

    The new one is asked under another address with another secret; the old one is answered 410.
    """
    with stage.another_hub() as other:
        play = publishing((-DAY, 6 * HOUR), first=-DAY)
        acts = (-DAY, offering(stage, play, hub.address)), (2 * DAY, offering(stage, play, other.address))
        stage.feed("wire", over_time(*acts))
        stage.run(4 * DAY)
        assert hub.push(news(77))[0] == 410
        assert other.push(news(78))[0] == 200
        assert {77, 78} & stage.titles() == {78}
        assert hub.asked[0]["hub.callback"] != other.asked[0]["hub.callback"]
        stage.run(MINUTE)


def test_a_feed_that_gives_up_its_hub(stage: Stage, hub: Hub) -> None:
    """After two days the feed names no hub any more.

    It is polled as ever, and the hub answered 410.
    """
    play = publishing((-DAY, 6 * HOUR), first=-DAY)
    stage.feed("wire", over_time((-DAY, offering(stage, play, hub.address)), (2 * DAY, play)))
    stage.run(4 * DAY)
    assert hub.push(news(77))[0] == 410
    assert stage.waits()[-1] < 4 * HOUR
    assert subscription(stage) is None


def test_the_second_of_two_hubs(stage: Stage, hub: Hub) -> None:
    """Two hubs are named, in the headers or in the document; the first refuses.

    With the next new entry the second is asked, and pushes.
    """
    with stage.another_hub() as other:
        hub.answer = (403, "")
        wire(stage, hub.address, other.address)
        stage.run(8 * HOUR)
        assert [len(one.asked) for one in (hub, other)] == [1, 1]
        assert other.push(news(77))[0] == 200
        assert 77 in stage.titles()
        stage.run(MINUTE)


def test_a_feed_that_fails_while_it_is_pushed(stage: Stage, hub: Hub) -> None:
    """From the second day on the feed answers 500 for three days; the hub goes on pushing.

    What is pushed is taken; the failure is told, since the feed itself is ill, with growing pauses.
    """
    play = publishing((-DAY, 6 * HOUR), first=-DAY)
    acts = (
        (-DAY, offering(stage, play, hub.address)),
        (DAY, refuse(500)),
        (4 * DAY, offering(stage, play, hub.address)),
    )
    stage.feed("wire", over_time(*acts))
    stage.run(MINUTE)
    for _ in range(12):
        stage.run(6 * HOUR)
        assert hub.push(news(newest(stage)))[0] == 200
    assert newest(stage) in stage.titles()
    assert "500" in stage.state().problem
    assert max(stage.waits()) <= 27 * HOUR
    stage.run(2 * DAY)
    assert stage.state().problem is None


def test_no_hub_is_asked_where_none_could_reach_us(stage: Stage) -> None:
    """A feed names a hub, and the operator has not said where hubs reach the daemon.

    Nobody is asked, nothing expected; the feed is polled as ever.
    """
    with stage.another_hub() as hub:
        wire(stage, hub.address)
        stage.run(DAY)
        assert hub.asked == []
        assert subscription(stage) is None
        assert max(stage.waits()) < 4 * HOUR


def test_another_address_of_ours(stage: Stage, hub: Hub) -> None:
    """The operator gives the daemon another public address, and takes it away a day later.

    The hub is asked anew with the new address, and the old one expects nothing; at last the feed is polled as ever,
    beginning when it would have been without a hub.
    """
    wire(stage, hub.address)
    stage.run(DAY)
    old = hub.callback
    stage.web = replace(stage.web, public_url=f"{stage.web.public_url}/")
    stage.restart()
    stage.run(DAY)
    assert len({form["hub.callback"] for form in hub.asked}) == 2
    assert call(old, news(77), HEADERS)[0] == 410
    stage.web = replace(stage.web, public_url="")
    stage.restart()
    stage.run(4 * HOUR)
    assert subscription(stage) is None
    assert stage.waits()[-1] < 5 * HOUR
