"""The judges of the scenarios see what they are there for: each law with a play that breaks it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from feedserver import Answer, Request
from hubserver import Hub, breaches
from scenarios import CONTACT, DAY, HOUR, MINUTE, START, judge, news, ok, redirect, refuse

AGENT = {"user-agent": f"Digest/1 (+{CONTACT})", "accept-encoding": "gzip", "host": "127.0.0.1:80"}
Exchange = tuple[Request, Answer]


def ask(after: timedelta, answer: Answer, path: str = "/wire", method: str = "GET", **headers: str) -> Exchange:
    """A request so long after the start, and its answer; underscores in names of headers stand for hyphens."""
    given = AGENT | {name.replace("_", "-"): text for name, text in headers.items()}
    kept = {name: text for name, text in given.items() if text}
    return Request(method=method, path=path, headers=kept, connection=1, at=START + after), answer


TAGGED = ok(etag='"v1"', modified="yesterday")
WELL = [
    ask(0 * HOUR, TAGGED),
    ask(HOUR, Answer(status=304, headers={}), if_none_match='"v1"', if_modified_since="yesterday"),
    ask(3 * HOUR, redirect(302, "/wire/b"), if_none_match='"v1"', if_modified_since="yesterday"),
    ask(3 * HOUR, ok(), path="/wire/b", if_none_match='"v1"', if_modified_since="yesterday"),
    ask(4 * HOUR, refuse(503, "7200")),
    ask(6 * HOUR, refuse(410)),
]


def said(*exchanges: Exchange) -> list[str]:
    return list(judge(exchanges, HOUR))


def test_good_manners_are_no_breach() -> None:
    assert said(*WELL) == []
    assert list(judge([ask(0 * HOUR, refuse(410)), ask(DAY, ok())], HOUR, pardoned={"wire"})) == []


AGED, WISHING = ok(Cache_Control="max-age=10800"), ok(news(1, extra="<ttl>180</ttl>"))
NIGHT = "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(9, 14)) + "</skipHours>"


@pytest.mark.parametrize(
    "exchanges, word",
    [
        ([ask(0 * HOUR, ok(), method="HEAD")], "a HEAD"),
        ([ask(0 * HOUR, ok(), user_agent="curl/8")], "without the contact"),
        ([ask(0 * HOUR, ok(), accept_encoding="")], "gzip"),
        ([ask(0 * HOUR, ok(), path="/wire?nocache=1")], "query"),
        ([ask(0 * HOUR, ok(), cookie="a=b")], "cookie"),
        ([ask(0 * HOUR, ok(), referer="https://x.example/")], "referer"),
        ([ask(0 * HOUR, ok(), cache_control="no-cache")], "cache-control"),
        ([ask(0 * HOUR, ok(), if_none_match='"made up"')], "in place of"),
        ([ask(0 * HOUR, TAGGED), ask(HOUR, ok())], "in place of"),
        ([ask(0 * HOUR, TAGGED), ask(HOUR, ok(), if_none_match='"v1"')], "in place of"),
        ([ask(0 * HOUR, TAGGED), ask(HOUR, ok(), if_none_match="v1", if_modified_since="yesterday")], "in place of"),
        ([ask(0 * HOUR, ok()), ask(59 * MINUTE, ok())], "sooner than polling.every"),
        ([ask(0 * HOUR, AGED), ask(2 * HOUR, ok())], "asked at"),
        ([ask(0 * HOUR, WISHING), ask(2 * HOUR, ok())], "asked at"),
        ([ask(0 * HOUR, refuse(404, "10800")), ask(2 * HOUR, ok())], "asked at"),
        ([ask(0 * HOUR, ok(news(1, extra=NIGHT))), ask(2 * HOUR, ok())], "excludes"),
        ([ask(0 * HOUR, refuse(410)), ask(DAY, ok())], "gone for good"),
        ([ask(0 * HOUR, refuse(429, "10800")), ask(2 * HOUR, ok(), path="/other")], "no requests until"),
    ],
)
def test_each_breach_is_seen(exchanges: list[Exchange], word: str) -> None:
    found = said(*exchanges)
    assert found
    assert all(word in sentence for sentence in found), found


# --- of subscribers -------------------------------------------------------------------------------------------------

FORM = {
    "hub.mode": "subscribe",
    "hub.topic": "https://wire.example/",
    "hub.callback": "https://us.example/websub/" + "t" * 43,
    "hub.lease_seconds": "864000",
    "hub.secret": "s" * 64,
}


def asked(*requests: tuple[timedelta, int, str, dict[str, str]], **headers: str) -> list[str]:
    """What is said of requests: (when, status of the answer, Retry-After, what differs from a good form)."""
    hub = Hub()
    for at, status, retry_after, other in requests:
        hub.asked.append({name: text for name, text in (FORM | other).items() if text})
        hub.headers.append(AGENT | headers)
        hub.answered.append((START + at, status, retry_after))
    return list(breaches(hub, CONTACT))


SECOND = {"hub.callback": FORM["hub.callback"] + "2", "hub.secret": "x" * 64}


def test_a_good_subscriber_breaks_nothing() -> None:
    assert asked((0 * HOUR, 202, "", {}), (8 * DAY, 202, "", {}), (8 * DAY, 202, "", SECOND)) == []
    assert asked((0 * HOUR, 500, "", {}), (10 * MINUTE, 400, "", {}), (10 * MINUTE + 7 * DAY, 202, "", {})) == []


@pytest.mark.parametrize(
    "requests, word",
    [
        ([(0 * HOUR, 202, "", {"hub.secret": "short"})], "guessed"),
        ([(0 * HOUR, 202, "", {"hub.callback": "https://us.example/websub/1"})], "guessed"),
        ([(0 * HOUR, 202, "", {"hub.lease_seconds": ""})], "with ["),
        ([(0 * HOUR, 202, "", {"hub.mode": "unsubscribe"})], "with ["),
        ([(0 * HOUR, 202, "", {}), (9 * MINUTE, 202, "", {})], "asked again"),
        ([(0 * HOUR, 403, "", {}), (6 * DAY, 202, "", {})], "asked again"),
        ([(0 * HOUR, 429, "7200", {}), (HOUR, 202, "", SECOND)], "wants no request"),
        ([(0 * HOUR, 202, "", {}), (DAY, 202, "", {"hub.secret": "x" * 64})], "one secret for each"),
        ([(0 * HOUR, 202, "", {}), (DAY, 202, "", SECOND | {"hub.secret": "s" * 64})], "one secret for each"),
    ],
)
def test_each_breach_of_a_subscriber_is_seen(
    requests: list[tuple[timedelta, int, str, dict[str, str]]], word: str
) -> None:
    found = asked(*requests)
    assert found
    assert all(word in sentence for sentence in found), found


def test_a_subscriber_without_contact_or_with_a_cookie_is_seen() -> None:
    assert "headers" in asked((0 * HOUR, 202, "", {}), cookie="a=b")[0]
    assert "headers" in asked((0 * HOUR, 202, "", {}), **{"user-agent": "curl/8"})[0]
