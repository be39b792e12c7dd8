"""A good guest: validators and redirects. See tests/scenarios.py."""

from __future__ import annotations

import pytest
from feedserver import Answer
from scenarios import (
    DAY,
    HERE,
    HOUR,
    MINUTE,
    START,
    THERE,
    WEEK,
    Stage,
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


# --- Validators -----------------------------------------------------------------------------------------------------


def test_an_unchanged_feed_is_sent_once(stage: Stage) -> None:
    """ETag and Last-Modified; nothing ever changes.

    One whole answer, then 304 at every poll; both validators come back as they were sent.
    """
    stage.feed("wire", ok(etag='"v1"', modified=DATE))
    stage.run(7 * HOUR)
    assert stage.statuses() == [200] + [304] * (len(stage.visits()) - 1)
    assert len(stage.visits()) > 3
    assert stage.titles() == {1, 2, 3}


@pytest.mark.parametrize(
    "etag", ['"v1"', 'W/"v1"', "v1", '"with, comma and \\ stroke"', '"' + "x" * 4000 + '"', '""', '"v1-gzip"']
)
def test_an_etag_is_opaque(stage: Stage, etag: str) -> None:
    """An ETag alone: strong, weak, without quotes, with a comma, of 4,000 characters, empty, of a compressing proxy.

    It comes back to the letter, and no date is made up beside it.
    """
    stage.feed("wire", ok(etag=etag))
    stage.run(4 * HOUR)
    assert set(stage.statuses()[1:]) == {304}


@pytest.mark.parametrize("date", [DATE, "Mon, 16-Nov-26 07:59:59 UTC", "2026-11-16", "yesterday", "0"])
def test_a_last_modified_is_opaque(stage: Stage, date: str) -> None:
    """Last-Modified alone, in the form of the standard, of others, and as no date at all.

    It comes back as it was sent; we have no opinion about it.
    """
    stage.feed("wire", ok(modified=date))
    stage.run(4 * HOUR)
    assert set(stage.statuses()[1:]) == {304}


def test_validators_are_replaced_by_each_whole_answer(stage: Stage) -> None:
    """New entries each time, and new validators with them.

    Each poll carries those of the answer before.
    """
    answers = [ok(news(*range(1, n + 3)), etag=f'"v{n}"', modified=f"date {n}") for n in range(1, 7)]
    stage.feed("wire", in_turn(*answers))
    stage.polls(7)
    assert stage.sent("if-none-match")[:7] == [None, '"v1"', '"v2"', '"v3"', '"v4"', '"v5"', '"v6"']
    assert stage.titles() == set(range(1, 9))


def test_an_etag_that_changes_with_every_answer(stage: Stage) -> None:
    """The same bytes each time, under another ETag.

    The newest ETag is sent; the body is known by its bytes, and nothing is new.
    """
    stage.feed("wire", in_turn(*[ok(etag=f'"v{n}"', deaf=True) for n in range(50)]))
    stage.run(7 * HOUR)
    assert stage.sent("if-none-match")[:3] == [None, '"v0"', '"v1"']
    assert stage.state().brought_at == START


@pytest.mark.parametrize("body", [None, news(1, 2, 3, 4)], ids=["same body", "another body"])
def test_validators_that_vanish_are_forgotten(stage: Stage, body: bytes | None) -> None:
    """Both validators at first; then whole answers without any, with the same body or another.

    They are sent no more: a 304 to a validator that its server has forgotten would hide news for ever.
    """
    stage.feed("wire", in_turn(ok(etag='"v1"', modified=DATE), ok(body, deaf=True)))
    stage.run(4 * HOUR)
    assert stage.sent("if-none-match")[:3] == [None, '"v1"', None]
    assert stage.sent("if-modified-since")[:3] == [None, DATE, None]


@pytest.mark.parametrize("body", [None, news(1, 2, 3, 4)], ids=["same body", "another body"])
def test_one_of_two_validators_vanishes(stage: Stage, body: bytes | None) -> None:
    """ETag and Last-Modified at first, then Last-Modified alone.

    The ETag is dropped, the date goes on.
    """
    stage.feed("wire", in_turn(ok(etag='"v1"', modified=DATE), ok(body, modified=DATE, deaf=True)))
    stage.run(4 * HOUR)
    assert stage.sent("if-none-match")[:3] == [None, '"v1"', None]
    assert stage.sent("if-modified-since")[:3] == [None, DATE, DATE]


def test_a_server_that_ignores_validators(stage: Stage) -> None:
    """The same body whole each time, whatever we say we know.

    Nothing is new, edited or told; the validators are sent all the same.
    """
    stage.feed("wire", ok(etag='"v1"', modified=DATE, deaf=True))
    stage.run(7 * HOUR)
    assert set(stage.statuses()) == {200}
    assert (stage.state().brought_at, stage.state().problem) == (START, None)


def test_a_body_that_changes_under_the_same_etag(stage: Stage) -> None:
    """A whole answer under the ETag that we have, with another body.

    It is read: what came counts, not what it is called.
    """
    stage.feed("wire", in_turn(ok(etag='"v1"', deaf=True), ok(news(1, 2, 3, 4), etag='"v1"', deaf=True)))
    stage.run(4 * HOUR)
    assert stage.titles() == {1, 2, 3, 4}


def test_validators_of_a_304_change_nothing(stage: Stage) -> None:
    """Every 304 comes with an ETag and a date of its own.

    Those of the last whole answer are kept.
    """
    other = Answer(status=304, headers={"ETag": '"other"', "Last-Modified": "another day"})
    stage.feed("wire", in_turn(ok(etag='"v1"', modified=DATE), other))
    stage.run(4 * HOUR)
    assert set(stage.sent("if-none-match")[1:]) == {'"v1"'}
    assert set(stage.sent("if-modified-since")[1:]) == {DATE}


def test_a_304_without_headers(stage: Stage) -> None:
    """A 304 that names no validator.

    The kept ones stay.
    """
    stage.feed("wire", in_turn(ok(etag='"v1"', modified=DATE), Answer(status=304, headers={})))
    stage.run(4 * HOUR)
    assert set(stage.sent("if-none-match")[1:]) == {'"v1"'}


def test_a_304_that_nobody_asked_for(stage: Stage) -> None:
    """304 to a request without validators.

    A failure that is told, with growing pauses; the first whole answer mends it.
    """
    stage.feed("wire", in_turn(*[Answer(status=304, headers={})] * 3, ok()))
    stage.run(2 * HOUR)
    assert "304" in stage.state().problem
    stage.polls(2)
    assert stage.state().problem is None
    assert stage.titles() == {1, 2, 3}


@pytest.mark.parametrize(
    "bad",
    [
        Answer(status=503, headers={"ETag": '"error"', "Last-Modified": "never"}),
        Answer(status=200, headers={"ETag": '"page"'}, body=b"<html><p>We are moving house.</p></html>"),
        Answer(status=200, headers={"ETag": '"empty"'}, body=b""),
        Answer(status=200, headers={"ETag": '"half"'}, body=news(1, 2, 3, 4), cut_at=200),
    ],
    ids=["error", "page", "empty", "half"],
)
def test_validators_of_what_is_no_feed_are_not_taken(stage: Stage, bad: Answer) -> None:
    """In place of the feed an error, a web page, nothing, or half of it, under another ETag.

    Our validators are those of the feed that we have read: else the next 304 would mean the wrong thing.
    """
    stage.feed("wire", in_turn(ok(etag='"v1"'), bad, ok(etag='"v1"')))
    stage.run(7 * HOUR)
    assert stage.sent("if-none-match")[:4] == [None, '"v1"', '"v1"', '"v1"']
    assert stage.statuses()[2] == 304


def test_validators_outlive_a_restart(stage: Stage) -> None:
    """The process is started anew between any two polls.

    The next poll is as conditional as it would have been.
    """
    stage.feed("wire", ok(etag='W/"v1"', modified=DATE))
    for _ in range(5):
        stage.run(HOUR)
        stage.restart()
    stage.run(5 * HOUR)
    assert set(stage.statuses()[1:]) == {304}


# --- Redirects ------------------------------------------------------------------------------------------------------


def first_paths(stage: Stage) -> list[str]:
    """Where each poll began."""
    return [visit.paths[0] for visit in stage.visits("wire")]


@pytest.fixture
def seldom(stage: Stage) -> Stage:
    """Polled every six hours: moves take days."""
    stage.change(every=6 * HOUR)
    return stage


@pytest.mark.parametrize("code", [301, 308])
@pytest.mark.parametrize("host", [HERE, THERE], ids=["same host", "another host"])
def test_a_permanent_move_is_stored_when_it_is_sure(seldom: Stage, code: int, host: str) -> None:
    """301 or 308 at every poll, to the same host or another.

    Followed each time; after the third sighting, a day or more apart each, the new address is asked directly,
    also after a restart, with the validators; the operator is told. Nothing is read twice.
    """
    stage = seldom
    new = stage.put("/wire/new", ok(etag='"v1"', modified=DATE), host=host)
    stage.feed("wire", redirect(code, new))
    stage.run(5 * DAY)
    stage.restart()
    stage.run(DAY)
    paths = first_paths(stage)
    stored = paths.index("/wire/new")
    assert stored >= 3
    assert stage.times()[stored - 1] >= 2 * DAY
    assert stage.times()[stored] <= 4 * DAY
    assert set(paths[:stored]) == {"/wire"}
    assert set(paths[stored:]) == {"/wire/new"}
    assert set(stage.statuses()[1:]) == {304}
    assert new in stage.state().notice


def test_a_move_that_is_taken_back(seldom: Stage) -> None:
    """301 for two days, then the feed is where it was; 301 again for two days, later.

    Never stored: sightings of before the return count no more.
    """
    stage = seldom
    stage.put("/wire/new", ok())
    moved = redirect(301, "/wire/new")
    stage.feed("wire", over_time((-DAY, moved), (40 * HOUR, ok()), (4 * DAY, moved), (4 * DAY + 40 * HOUR, ok())))
    stage.run(8 * DAY)
    assert set(first_paths(stage)) == {"/wire"}


def test_a_move_to_ever_other_places(seldom: Stage) -> None:
    """301 each time to another address, for a week.

    Followed, never stored: no two sightings agree.
    """
    stage = seldom
    for number in range(60):
        stage.put(f"/wire/{number}", ok())
    stage.feed("wire", in_turn(*[redirect(301, f"/wire/{number}") for number in range(60)]))
    stage.run(WEEK)
    assert set(first_paths(stage)) == {"/wire"}
    assert stage.state().problem is None


def test_many_sightings_in_a_day_are_one(stage: Stage) -> None:
    """301 at polls twenty minutes apart, for a day and a half.

    Not stored: three sightings must be a day or more apart, for a server may be set up wrongly for an afternoon.
    """
    stage.change(every=20 * MINUTE)
    stage.put("/wire/new", ok(etag='"v1"'))
    stage.feed("wire", redirect(301, "/wire/new"))
    stage.run(36 * HOUR)
    assert set(first_paths(stage)) == {"/wire"}
    assert len(stage.visits()) > 10


def test_a_chain_with_a_passing_link_is_stored_up_to_there(seldom: Stage) -> None:
    """301 to an address that answers 302 to another.

    What is stored is where the 301 leads, never what is behind the 302.
    """
    stage = seldom
    stage.put("/wire/b", redirect(302, "/wire/c"))
    stage.put("/wire/c", ok())
    stage.feed("wire", redirect(301, "/wire/b"))
    stage.run(5 * DAY)
    assert set(first_paths(stage)) == {"/wire", "/wire/b"}


def test_a_passing_link_hides_what_is_behind_it(seldom: Stage) -> None:
    """302 to an address that answers 301 to another.

    Nothing is stored: the permanent move is not the configured address's own.
    """
    stage = seldom
    stage.put("/wire/b", redirect(301, "/wire/c"))
    stage.put("/wire/c", ok())
    stage.feed("wire", redirect(302, "/wire/b"))
    stage.run(5 * DAY)
    assert set(first_paths(stage)) == {"/wire"}


@pytest.mark.parametrize("code", [302, 303, 307])
def test_a_passing_redirect_is_never_stored(seldom: Stage, code: int) -> None:
    """302, 303 or 307 for ten days.

    Followed each time, never stored, nothing told.
    """
    stage = seldom
    stage.put("/wire/today", ok(etag='"v1"'))
    stage.feed("wire", redirect(code, "/wire/today"))
    stage.run(10 * DAY)
    assert set(first_paths(stage)) == {"/wire"}
    assert (stage.state().problem, stage.state().notice) == (None, None)


@pytest.mark.parametrize("status", [404, 410, 500])
def test_the_new_address_fails_after_a_move(seldom: Stage, status: int) -> None:
    """301 until it is stored; later the new address answers 404, 410 or 500, and the old one serves the feed again.

    The configured address is tried again: the feed is not lost to a move that came to nothing.
    """
    stage = seldom
    stage.put("/wire/new", over_time((-DAY, ok()), (5 * DAY, refuse(status))))
    stage.feed("wire", over_time((-DAY, redirect(301, "/wire/new")), (5 * DAY, ok(news(1, 2, 3, 4)))))
    stage.pardoned.add("wire")
    stage.run(5 * DAY)
    assert first_paths(stage)[-1] == "/wire/new"
    stage.run(4 * DAY)
    assert first_paths(stage)[-1] == "/wire"
    assert stage.titles() == {1, 2, 3, 4}
    assert stage.state().problem is None


@pytest.mark.parametrize("ways", [["/wire"], ["/wire/a", "/wire"], [f"/wire/{n}" for n in range(30)]])
def test_redirects_that_lead_nowhere(stage: Stage, ways: list[str]) -> None:
    """A redirect to itself, a loop of two, a chain of thirty.

    Given up after a few steps and told; pauses grow.
    """
    for here, there in zip(["/wire", *ways], ways, strict=False):
        stage.put(here, redirect(301, there))
    stage.feed("wire", redirect(301, ways[0]))
    stage.run(DAY)
    pauses_grow(stage)
    assert max(len(visit.paths) for visit in stage.visits()) <= 6
    assert "redirect" in stage.state().problem


@pytest.mark.parametrize("to", ["", "ftp://example.org/feed", "http://", "javascript:alert(1)", "/\x01"])
def test_redirects_to_what_is_no_address(stage: Stage, to: str) -> None:
    """301 without a usable address.

    A failure, told; nothing is asked for.
    """
    stage.feed("wire", redirect(301, to))
    stage.run(12 * HOUR)
    pauses_grow(stage)
    assert {len(visit.paths) for visit in stage.visits()} == {1}


def test_a_redirecting_server_with_cookies(stage: Stage) -> None:
    """Set-Cookie with every answer, redirects included.

    No request ever carries one, and none a referrer.
    """
    stage.put("/wire/in", ok(Set_Cookie="session=1; Path=/"))
    cookie = {"Location": "/wire/in", "Set-Cookie": "seen=1; Path=/"}
    stage.feed("wire", Answer(status=302, headers=cookie))
    stage.run(6 * HOUR)
    assert len(stage.visits()) > 2


def test_a_redirect_to_a_host_that_waits(stage: Stage) -> None:
    """A host asks to be left alone for hours; a feed of another host redirects there meanwhile.

    The waiting host is not asked that way either.
    """
    stage.feed("sport", over_time((-DAY, ok()), (50 * MINUTE, refuse(503, "36000")), (8 * HOUR, ok())), host=THERE)
    target = stage.put("/wire/in", ok(), host=THERE)
    stage.feed("wire", redirect(302, target))
    stage.run(DAY)
    assert stage.titles()
