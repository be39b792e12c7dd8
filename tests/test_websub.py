"""WebSub: what is decided, as tables and properties. What comes of it: test_pushing.py, test_manners_push.py."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY, HOUR, NOW, answer, feed_state

from digest import polling, websub
from digest.model import HubSubscription
from digest.settings import Polling

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


# --- polling meanwhile ----------------------------------------------------------------------------------------------


def test_polling_slows_down_only_after_a_good_poll() -> None:
    bad = polling.decide(feed_state(), answer(problem="no"), None, {}, polling=Polling(), now=NOW)
    assert websub.poll_slowly(bad, Polling(), NOW) == bad
    good = polling.decide(feed_state(), answer(304), None, {}, polling=Polling(), now=NOW)
    slow = websub.poll_slowly(good, Polling(), NOW)
    assert slow.next_poll_at is not None
    assert NOW + 21 * HOUR < slow.next_poll_at <= NOW + DAY
    assert slow.wait_reason.startswith("a hub pushes what is new; 1 d is the longest interval (polling.at_most)")
