"""A good guest: waiting as long as servers and feeds ask, and when they fail. See tests/scenarios.py."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Event, Lock

import pytest
from feedserver import Answer, Request, entry, feed_server, json_feed
from scenarios import (
    DAY,
    HOUR,
    LONGEST_PAUSE,
    MINUTE,
    START,
    THERE,
    WEEK,
    Stage,
    http_date,
    in_turn,
    news,
    ok,
    over_time,
    pauses_grow,
    redirect,
    refuse,
)

pytestmark = pytest.mark.slow  # simulated days with real servers take half a minute altogether

DATE = "Mon, 16 Nov 2026 07:59:59 GMT"


# --- Asked to wait --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["10800", http_date(START + 5 * HOUR)], ids=["seconds", "date"])
def test_retry_after_is_obeyed(stage: Stage, status: int, wait: str) -> None:
    """429 or 503 with Retry-After, as seconds or as a date.

    No request before; one soon after; the problem is told meanwhile and withdrawn then.
    """
    stage.feed("wire", in_turn(ok(), refuse(status, wait), ok()))
    stage.run(3 * HOUR)
    assert str(status) in stage.state().problem
    stage.run(6 * HOUR)
    assert 2 * HOUR < stage.waits()[1] <= 5 * HOUR
    assert stage.state().problem is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", [http_date(START - DAY), "0"], ids=["past", "nought"])
def test_a_retry_after_that_is_over_already(stage: Stage, status: int, wait: str) -> None:
    """Retry-After with a date that is past, or 0.

    We wait as without it: nobody is asked sooner than polling.every.
    """
    stage.feed("wire", in_turn(refuse(status, wait), ok()))
    stage.run(6 * HOUR)
    assert HOUR <= stage.waits()[0] < 3 * HOUR


@pytest.mark.parametrize("wait", ["soon", "-5", "1e9", "12 minutes", "", "Mon, 99 Nov 2026 07:00:00 GMT", "٣٦٠٠"])
def test_a_retry_after_that_cannot_be_read(stage: Stage, wait: str) -> None:
    """429 with a Retry-After that says nothing.

    We wait as without it.
    """
    stage.feed("wire", in_turn(refuse(429, wait.encode().decode("latin-1")), ok()))
    stage.run(6 * HOUR)
    assert HOUR <= stage.waits()[0] < 3 * HOUR


@pytest.mark.parametrize("wait", ["31536000", "9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_huge_retry_after(stage: Stage, wait: str) -> None:
    """503 with a Retry-After of a year, of thirty nines, of the end of time.

    A week is waited, and no longer: such a server has made a mistake.
    """
    stage.feed("wire", in_turn(refuse(503, wait), ok()))
    stage.polls(2)
    assert WEEK <= stage.waits()[0] <= WEEK + DAY


@pytest.mark.parametrize("status", [429, 503])
def test_refusals_without_retry_after(stage: Stage, status: int) -> None:
    """429 or 503 for two days, without a word how long.

    The pauses grow, each at least as long as the one before, up to a day.
    """
    stage.feed("wire", over_time((-DAY, refuse(status)), (2 * DAY, ok())))
    stage.run(2 * DAY - MINUTE)
    failing = stage.waits()
    stage.polls(2)
    assert all(later >= sooner * 0.9 for sooner, later in pairwise(failing))
    assert 2 <= len(failing) <= 8
    assert max(failing) <= LONGEST_PAUSE * 1.2
    assert stage.state().failures == 0


def test_a_server_that_recovers(stage: Stage) -> None:
    """503 three times, then well again.

    The feed is back at the pace of its entries at once, with what it brought meanwhile, and the problem is gone.
    """
    bad = refuse(503)
    stage.feed("wire", in_turn(ok(), bad, bad, bad, ok(news(1, 2, 3, 4, 5))))
    stage.polls(6)
    assert stage.titles() == {1, 2, 3, 4, 5}
    assert (stage.state().problem, stage.state().failures) == (None, 0)
    assert stage.waits()[4] < 8 * HOUR


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_speaks_for_all_its_feeds(stage: Stage, status: int) -> None:
    """One of several feeds of a host is answered 429 or 503 with Retry-After of three hours.

    None of its feeds is asked before, not even those that were due in the same minute; other hosts' go on.
    """
    for name in ("wire", "sport", "arts", "town"):
        stage.feed(name, over_time((-DAY, ok()), (90 * MINUTE, refuse(status, "10800")), (4 * HOUR, ok())))
    stage.feed("elsewhere", ok(), host=THERE)
    stage.run(7 * HOUR)
    refused = [visit for visit in stage.visits() if visit.answer.status == status]
    assert len(refused) == 1
    assert {visit.feed for visit in stage.visits() if visit.at > refused[0].at + 3 * HOUR} >= {
        "wire",
        "sport",
        "arts",
    }
    assert [t for t in stage.times("elsewhere") if 90 * MINUTE < t < 5 * HOUR]


def test_a_feed_of_a_waiting_host_is_told_so(stage: Stage) -> None:
    """One feed of a host is answered 429 with Retry-After of a day; another feed of the host is due before.

    Of both can be read why they wait; only the one that was refused counts as failing.
    """
    stage.feed("wire", over_time((-DAY, ok()), (30 * MINUTE, refuse(429, "86400"))))
    stage.feed("sport", ok())
    stage.run(6 * HOUR)
    by_status = {visit.answer.status: visit.feed for visit in stage.visits()}
    other = "sport" if by_status[429] == "wire" else "wire"
    assert stage.state(by_status[429]).failures == 1
    assert stage.state(other).failures == 0
    assert len(stage.visits(other)) <= 2


def test_feeds_that_come_back_while_their_host_waits(stage: Stage) -> None:
    """A host asks to be left alone for ten hours; then seventy of its feeds are taken out, and put in again.

    It is left alone until then, and they are read soon after; meanwhile another host's feeds are polled as ever.
    """
    names = [f"wire{number}" for number in range(70)]
    for name in names:
        stage.feed(name, ok(etag='"v1"'))
    stage.feed("wire", over_time((-DAY, ok()), (HOUR, refuse(503, "36000")), (8 * HOUR, ok())))
    stage.feed("elsewhere", ok(), host=THERE)
    stage.run(30 * MINUTE)
    stage.feed("nowhere", ok(), host=THERE)
    stage.restart()
    stage.run(2 * HOUR)
    kept = {name: stage.feeds.pop(name) for name in names}
    stage.restart()
    stage.feeds |= kept
    stage.restart()
    stage.run(6 * HOUR)
    assert max(*stage.waits("elsewhere"), *stage.waits("nowhere")) <= 1.2 * HOUR
    stage.run(6 * HOUR)
    assert all(stage.times(name)[-1] > 10 * HOUR for name in names)


def test_a_host_sees_one_connection_at_a_time(stage: Stage) -> None:
    """Five feeds on one host, all due at once, and answers that take their time.

    They are asked for one after another.
    """
    inside, most, lock, never = [0], [0], Lock(), Event()

    def slow(request: Request) -> Answer:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        never.wait(0.01)  # time for a second one to show itself
        with lock:
            inside[0] -= 1
        return ok()

    for number in range(5):
        stage.feed(f"wire{number}", slow)
    stage.run(30 * MINUTE)
    assert len(stage.visits()) == 5
    assert most == [1]


# --- Failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 451, 500, 502, 504, 599])
def test_errors_are_asked_about_ever_more_seldom(stage: Stage, status: int) -> None:
    """400, 401, 403, 404, 418, 451, 500, 502, 504 or 599 for a day and more, then well again.

    Growing pauses up to a day, the reason told with the status, then the usual pace; what we had stays.
    """
    stage.feed("wire", over_time((-DAY, refuse(status)), (30 * HOUR, ok())))
    stage.run(30 * HOUR - MINUTE)
    pauses_grow(stage)
    assert str(status) in stage.state().problem
    assert stage.state().problem_since == START
    stage.polls(2)
    assert (stage.state().problem, stage.state().failures) == (None, 0)
    assert stage.waits()[-1] < 2 * HOUR
    assert stage.titles() == {1, 2, 3}


@pytest.mark.parametrize(
    "broken",
    [Answer(headers={}, hang=True), Answer(headers={}, body=news(1, 2, 3), cut_at=150)],
    ids=["time-out", "reset"],
)
def test_connections_that_come_to_nothing(stage: Stage, broken: Answer) -> None:
    """Never an answer, or the connection closed in the middle of the body, for a day; then well again.

    Growing pauses and the reason told; nothing of half a body is read.
    """
    stage.feed("wire", over_time((-DAY, broken), (DAY, ok())))
    stage.change(timeout=timedelta(milliseconds=200))
    stage.run(DAY - MINUTE)
    stage.change(timeout=timedelta(seconds=20))
    pauses_grow(stage)
    assert stage.state().problem
    assert stage.titles() == set()
    stage.polls(1)
    assert stage.state().problem is None
    assert stage.titles() == {1, 2, 3}


def test_a_server_that_is_down(stage: Stage) -> None:
    """Connections are refused for a day; then the server is there.

    Growing pauses, the reason told, then the usual pace.
    """
    with feed_server() as gone:
        port = int(gone.address.rpartition(":")[2])
    stage.feed("wire", ok())
    stage.feeds["wire"] = replace(stage.feeds["wire"], url=f"http://127.0.0.1:{port}/wire")
    stage.run(DAY)
    pauses_grow(stage)
    assert "refuses connections" in stage.state().problem
    with feed_server(port=port) as back:
        back.put("/wire", news(1, 2, 3))
        stage.polls(1)
        assert len(back.requests) == 1
    assert stage.titles() == {1, 2, 3}


@pytest.mark.parametrize("body", [b"", b"<html><p>Under construction</p></html>", b"\x00\x01\x02", b"{}"])
def test_what_is_no_feed(stage: Stage, body: bytes) -> None:
    """200 with nothing, a web page, bytes or an empty object in place of the feed, for a day.

    A failure like any other: growing pauses, the reason told, and the feed is read when it is back.
    """
    stage.feed("wire", over_time((-DAY, ok(body, deaf=True)), (DAY, ok())))
    stage.run(DAY - MINUTE)
    pauses_grow(stage)
    assert stage.state().problem
    stage.polls(1)
    assert stage.state().problem is None
    assert stage.titles() == {1, 2, 3}


def test_a_feed_that_is_gone(stage: Stage) -> None:
    """410 after a good day.

    It is polled no more, not after restarts either; the operator is told what to do.
    """
    stage.feed("wire", over_time((-DAY, ok(etag='"v1"')), (DAY, refuse(410))))
    stage.run(2 * DAY)
    stage.restart()
    stage.run(4 * WEEK)
    assert stage.statuses().count(410) == 1
    assert "polled no more" in stage.state().problem


def test_a_passing_redirect_to_what_is_gone(stage: Stage) -> None:
    """302 to an address that answers 410, for a day.

    It is told and tried again with growing pauses; the feed's own address was not given up.
    """
    stage.put("/wire/elsewhere", refuse(410))
    stage.feed("wire", over_time((-DAY, redirect(302, "/wire/elsewhere")), (DAY, ok())))
    stage.pardoned.add("wire")
    stage.run(DAY)
    pauses_grow(stage)
    assert "410" in (stage.state().problem or "")
    stage.run(2 * DAY)
    assert stage.state().problem is None


def test_a_gone_feed_that_is_put_in_anew(stage: Stage) -> None:
    """410; the operator takes the feed out of the configuration and puts it in again; it is there.

    It is polled as any other.
    """
    stage.feed("wire", refuse(410))
    stage.run(WEEK)
    feed = stage.feeds.pop("wire")
    stage.restart()
    stage.run(DAY)
    assert len(stage.visits()) == 1
    assert stage.feed("wire", ok()) == feed.url
    stage.pardoned.add("wire")
    stage.restart()
    stage.run(6 * HOUR)
    assert stage.statuses()[:3] == [410, 200, 200]
    assert stage.state().problem is None


def test_a_feed_that_says_that_it_is_finished(stage: Stage) -> None:
    """JSON Feed whose last document says `"expired": true`.

    Its last entries are read; then it is polled no more, not after restarts either; the operator is told what to do.
    """
    made = [entry(id=f"n{n}", title=f"Report number {n}") for n in (1, 2)]
    first, last = (json.loads(json_feed("Games", made[:count])) for count in (1, 2))
    acts = (json.dumps(first).encode(), json.dumps(last | {"expired": True}).encode())
    stage.feed("wire", over_time((-DAY, ok(acts[0], etag='"v1"')), (3 * HOUR, ok(acts[1], etag='"v2"'))))
    stage.run(12 * HOUR)
    stage.restart()
    stage.run(4 * WEEK)
    assert [visit.answer.status for visit in stage.visits()].count(200) == 2
    assert stage.statuses()[-1] == 200
    assert stage.titles() == {1, 2}
    assert (stage.state().problem, stage.state().next_poll_at) == (None, None)
    assert "take it out of feeds.yaml" in stage.state().notice


# --- How long a copy is good ----------------------------------------------------------------------------------------


def shortest_wait(stage: Stage) -> float:
    """In hours."""
    return min(stage.waits()) / HOUR


@pytest.mark.parametrize(
    "control",
    ["max-age=60", "public, max-age=0", "max-age=-1", "max-age=soon", "no-cache, max-age=86400", "no-store"],
)
def test_an_answer_that_is_soon_stale(stage: Stage, control: str) -> None:
    """Cache-Control with a max-age of a minute, of nothing, below nothing or unreadable; no-cache; no-store.

    It is no reason to wait, and none to come sooner than polling.every.
    """
    stage.feed("wire", ok(Cache_Control=control))
    stage.run(3 * HOUR)
    assert 1 <= shortest_wait(stage) < 1.2


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "max-age=21600"},
        {"Cache-Control": 'public, MAX-AGE="21600", must-revalidate'.replace("MAX-AGE", "max-age")},
        {"Cache-Control": "max-age=25200", "Age": "3600"},
        {"Cache-Control": "s-maxage=60, max-age=21600", "Expires": "0"},
        {"Expires": http_date(START + 6 * HOUR)},
    ],
)
def test_an_answer_that_is_good_for_hours(stage: Stage, headers: dict[str, str]) -> None:
    """max-age of six hours, also quoted, with Age, beside s-maxage and Expires; Expires in six hours.

    No request before they are over, also from a process that was started in between; one soon after.
    """
    stage.feed("wire", replace(ok(), headers={"ETag": '"v1"', **headers}))
    stage.run(3 * HOUR)
    stage.restart()
    stage.run(5 * HOUR)
    assert 6 <= stage.waits()[0] / HOUR < 7


@pytest.mark.parametrize(
    "headers", [{"Cache-Control": "max-age=315360000"}, {"Expires": "Fri, 31 Dec 9999 23:59:59 GMT"}]
)
def test_an_answer_that_is_good_for_ever(stage: Stage, headers: dict[str, str]) -> None:
    """max-age of ten years, Expires at the end of time.

    A day is granted: of a feed such headers are a mistake.
    """
    stage.feed("wire", replace(ok(), headers={"ETag": '"v1"', **headers}))
    stage.run(2 * DAY)
    assert DAY <= stage.waits()[0] <= DAY * 1.2


@pytest.mark.parametrize("date", ["0", "-1", "", "never", http_date(START - DAY), "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_expires_that_is_over(stage: Stage, date: str) -> None:
    """Expires in the past, "0", "-1" and other words that mean the same.

    No reason to wait.
    """
    stage.feed("wire", ok(Expires=date))
    stage.run(3 * HOUR)
    assert 1 <= shortest_wait(stage) < 1.2


def test_a_304_that_is_good_for_hours(stage: Stage) -> None:
    """max-age of an hour with the feed, and of five hours with each 304.

    The 304's counts.
    """
    stage.feed(
        "wire",
        in_turn(
            ok(etag='"v1"', Cache_Control="max-age=3600"),
            Answer(status=304, headers={"Cache-Control": "max-age=18000"}),
        ),
    )
    stage.run(DAY)
    assert stage.waits()[0] / HOUR < 2
    assert min(stage.waits()[1:]) >= 5 * HOUR


def test_a_feed_that_says_ttl(stage: Stage) -> None:
    """A ttl of 180 minutes in the document.

    No request before, also not after the 304s that no document comes with.
    """
    stage.feed("wire", ok(news(1, 2, 3, extra="<ttl>180</ttl>"), etag='"v1"'))
    stage.run(DAY)
    assert min(stage.waits()) >= 3 * HOUR
    assert stage.waits()[0] < 4 * HOUR


@pytest.mark.parametrize("ttl", ["0", "-60", "soon", "", "1e3", "5", "9" * 9, "9" * 40])
def test_a_ttl_that_says_nothing(stage: Stage, ttl: str) -> None:
    """A ttl of nought, below it, unreadable, of five minutes, or of more than any calendar holds.

    No reason to wait, and none to hurry.
    """
    stage.feed("wire", ok(news(1, 2, 3, extra=f"<ttl>{ttl}</ttl>")))
    stage.run(3 * HOUR)
    assert 1 <= shortest_wait(stage) < 1.2


def test_a_huge_ttl(stage: Stage) -> None:
    """A ttl of a year, or of 694 days.

    A day is granted.
    """
    for name, ttl in (("wire", "525600"), ("other", "999999")):
        stage.feed(name, ok(news(1, 2, 3, extra=f"<ttl>{ttl}</ttl>")))
    stage.run(2 * DAY)
    assert all(DAY <= stage.waits(name)[0] <= DAY * 1.2 for name in ("wire", "other"))


def hours(*skipped: int) -> str:
    return "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in skipped) + "</skipHours>"


def days(*skipped: str) -> str:
    return "<skipDays>" + "".join(f"<day>{day}</day>" for day in skipped) + "</skipDays>"


def test_hours_that_a_feed_excludes(stage: Stage) -> None:
    """SkipHours from 22 to 5 (GMT).

    No request then, on any day; by day as usual.
    """
    stage.feed("wire", ok(news(1, 2, 3, extra=hours(22, 23, 0, 1, 2, 3, 4, 5)), etag='"v1"'))
    stage.run(3 * DAY)
    assert len(stage.visits()) >= 6


def test_days_that_a_feed_excludes(stage: Stage) -> None:
    """SkipDays Saturday and Sunday (GMT), over two weekends.

    No request then; on Monday again.
    """
    stage.change(every=4 * HOUR)
    stage.feed("wire", ok(news(1, 2, 3, extra=days("Saturday", "Sunday")), etag='"v1"'))
    stage.run(2 * WEEK)
    assert {visit.at.weekday() for visit in stage.visits()} >= {0, 4}


@pytest.mark.parametrize(
    "extra", [hours(*range(24)), days("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")]
)
def test_a_feed_that_excludes_everything(stage: Stage, extra: str) -> None:
    """SkipHours with all hours, skipDays with all days.

    Nonsense, so it is polled once a day: not as usual, but not never.
    """
    stage.feed("wire", ok(news(1, 2, 3, extra=extra), etag='"v1"'))
    stage.run(WEEK)
    assert all(DAY <= wait <= 1.2 * DAY for wait in stage.waits())
    assert len(stage.visits()) >= 6


@pytest.mark.parametrize("extra", [hours(24, 25, -1, 99), days("Caturday", "", "Sat"), "<skipHours/><skipDays/>"])
def test_a_feed_that_excludes_nonsense(stage: Stage, extra: str) -> None:
    """Hours and days that do not exist, and empty lists.

    They exclude nothing.
    """
    stage.feed("wire", ok(news(1, 2, 3, extra=extra.replace("<hour>24</hour>", ""))))
    stage.run(3 * HOUR)
    assert 1 <= shortest_wait(stage) < 1.2


@pytest.mark.parametrize("period, frequency, wait", [("daily", "4", 6), ("daily", "1", 24), ("hourly", "2", 1)])
def test_a_feed_that_says_its_update_period(stage: Stage, period: str, frequency: str, wait: int) -> None:
    """sy:updatePeriod daily, daily in four parts, hourly in two.

    No request before the period's part is over, and never one sooner than polling.every.
    """
    said = f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
    body = news(1, 2, 3, extra=said).replace(
        b'version="2.0"', b'version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    )
    stage.feed("wire", ok(body, etag='"v1"'))
    stage.run(2 * DAY)
    assert wait <= stage.waits()[0] / HOUR <= wait * 1.2
