"""The whole way from feeds to inboxes, step by step, with a clock that the test sets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from records import DAY, HOUR, TALKS, newsletter, subscription
from smtpserver import Act, Script, smtp_server
from world import World, world

from digest import pipeline, schedule, worker
from digest.settings import DeliverySettings, Smtp, Topic
from digest.store import articles, leases, polls, report, schema

POLL = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SLOT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""07:30 in Istanbul."""
NEWS = "Syria and Turkey open talks in Amman"
MORE = "Syria and Turkey agree to more talks"
OTHER = "Bank raises its rate"


def to(port: int, **fields: Any) -> DeliverySettings:
    """Delivery into the SMTP server on that port, over two connections."""
    smtp = Smtp(host="127.0.0.1", port=port, connections=2, per_second=1000)
    return DeliverySettings(transport="smtp", smtp=smtp, **fields)


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[World]:
    with world(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    path = tmp_path / "digest.db"
    path.write_bytes(sqlite_template.read_bytes())
    with world(tmp_path, f"sqlite:///{path}", feeds=("wire", "post")) as made:
        yield made


def test_two_polls_two_digests_each_story_once(here: World) -> None:
    here.publish(POLL, NEWS, OTHER)
    here.once(POLL)
    here.once(SLOT)
    assert here.told() == [("amal@example.org", [NEWS])]
    here.publish(POLL + 6 * HOUR, MORE)
    here.once(POLL + 6 * HOUR)
    here.once(SLOT + DAY)
    here.once(SLOT + DAY)
    assert here.told() == [("amal@example.org", [NEWS]), ("amal@example.org", [MORE])]
    first, second = here.mails
    assert (first["To"], first["Subject"]) == ("amal@example.org", f"Middle East watch: {NEWS}")
    assert first["Message-ID"] != second["Message-ID"]


def test_the_mail_has_the_headers_of_a_list_and_a_text_part_first(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT)
    [mail] = here.mails
    assert "<middle-east.news.example.org>" in mail["List-Id"]
    assert mail["List-Unsubscribe"].startswith("<mailto:news@example.org?subject=unsubscribe")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert NEWS in str(mail.get_body(("plain",)))


def test_nothing_is_sent_before_its_time_and_nothing_twice(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT - timedelta(seconds=1))
    assert here.told() == []
    here.once(SLOT)
    here.once(SLOT)
    here.once(SLOT + HOUR)
    assert len(here.told()) == 1


def test_a_first_slot_may_be_this_very_moment(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(SLOT)
    assert here.told() == [("amal@example.org", [NEWS])]


def test_an_unchanged_feed_is_asked_for_with_its_validators_and_brings_nothing(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, NEWS)
    on_sqlite.once(POLL)
    on_sqlite.once(POLL + HOUR)
    first, again = (r for r in on_sqlite.server.requests if r.path == "/wire")
    assert "if-none-match" not in first.headers
    assert again.headers["if-none-match"].startswith('"')
    assert "Digest/" in again.headers["user-agent"]
    assert "news.example.org" in again.headers["user-agent"]


def test_a_feed_that_is_not_due_is_not_polled(on_sqlite: World) -> None:
    on_sqlite.once(POLL)
    on_sqlite.once(POLL + timedelta(minutes=10))
    assert len(on_sqlite.server.requests) == 2


def test_one_event_in_two_feeds_is_one_story_with_both_outlets(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, NEWS, feed="wire")
    on_sqlite.publish(POLL, NEWS.upper(), feed="post")
    on_sqlite.once(POLL)
    on_sqlite.once(SLOT)
    [mail] = on_sqlite.mails
    text = str(mail.get_body(("plain",)))
    assert "Wire" in text
    assert "Post" in text
    assert len(on_sqlite.told()[0][1]) == 1


def test_a_copy_that_comes_a_day_later_is_no_second_story(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, NEWS, feed="wire")
    on_sqlite.once(POLL)
    on_sqlite.once(SLOT)
    on_sqlite.publish(POLL + 6 * HOUR, NEWS, feed="post")
    on_sqlite.once(POLL + 6 * HOUR)
    on_sqlite.once(SLOT + DAY)
    assert on_sqlite.told() == [("amal@example.org", [NEWS])]


def test_an_edited_title_is_no_second_story(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT)
    edited = here.published["wire"].pop()
    here.publish(POLL, "Syria and Turkey begin their talks", link=edited.link)
    here.once(POLL + 6 * HOUR)
    here.once(SLOT + DAY)
    assert here.told() == [("amal@example.org", [NEWS])]


def test_what_is_over_the_cap_is_offered_again_the_next_day(here: World) -> None:
    here.change(newsletters=(newsletter(max_stories=2),))
    here.publish(POLL, *(f"Syria Turkey talks, round {n} of the year" for n in range(5)))
    here.once(POLL)
    for day in range(4):
        here.once(SLOT + day * DAY)
    sent = [titles for _, titles in here.told()]
    assert [len(titles) for titles in sent] == [2, 2, 1]
    assert len({title for titles in sent for title in titles}) == 5


def test_an_empty_slot_sends_nothing_and_is_accounted_for(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, OTHER)
    on_sqlite.once(POLL)
    on_sqlite.once(SLOT)
    assert on_sqlite.told() == []
    [edition] = report.status(on_sqlite.settings.database)["editions"]
    assert (edition["state"], edition["slot_at"]) == ("empty", SLOT)


def test_an_empty_edition_is_sent_where_the_operator_wants_one(on_sqlite: World) -> None:
    on_sqlite.change(newsletters=(newsletter(when_empty="send"),))
    on_sqlite.once(POLL)
    on_sqlite.once(SLOT)
    assert on_sqlite.told() == [("amal@example.org", [])]


def test_an_instant_subscription_gets_each_story_as_it_comes(here: World) -> None:
    instant = schedule.parse("instant")
    here.change(newsletters=(newsletter(subscription(schedule=instant), schedule=instant),))
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(POLL + timedelta(minutes=1))
    here.publish(POLL + HOUR, MORE)
    here.once(POLL + HOUR)
    assert [titles for _, titles in here.told()] == [[NEWS], [MORE]]


def test_subscribers_with_the_same_wishes_share_an_edition_and_others_get_their_own(here: World) -> None:
    people = [subscription(f"p{n}@example.org") for n in range(3)]
    abroad = subscription("jo@example.org", timezone="Asia/Tokyo", schedule=schedule.parse("daily 13:30"))
    here.change(newsletters=(newsletter(*people, abroad),))
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT)
    assert len(here.told()) == 4
    editions = report.status(here.settings.database)["editions"]
    assert sorted(edition["subscribers"] for edition in editions) == [1, 3]


def test_a_subscriber_with_another_history_gets_an_edition_of_his_own(here: World) -> None:
    here.change(newsletters=(newsletter(subscription("old@example.org")),))
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT)
    here.change(newsletters=(newsletter(subscription("old@example.org"), subscription("new@example.org")),))
    here.publish(POLL + 6 * HOUR, MORE)
    here.once(POLL + 6 * HOUR)
    here.once(SLOT + DAY)
    told = here.told()[1:]
    assert sorted((to, sorted(titles)) for to, titles in told) == [
        ("new@example.org", sorted([NEWS, MORE])),
        ("old@example.org", [MORE]),
    ]


def test_nobody_gets_a_story_twice_through_two_newsletters(here: World) -> None:
    both = (newsletter(), newsletter(subscription(newsletter="second"), id="second", title="Second"))
    here.change(newsletters=both)
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT)
    assert here.told() == [("amal@example.org", [NEWS])]


def test_a_changed_topic_is_matched_again_and_only_the_new_is_sent(here: World) -> None:
    here.publish(POLL, NEWS, OTHER)
    here.once(POLL)
    here.once(SLOT)
    here.change(topics=(replace(TALKS, watch=("Syria Turkey talks", "bank rate")),))
    here.once(SLOT + DAY)
    assert [titles for _, titles in here.told()] == [[NEWS], [OTHER]]


def test_a_topic_taken_out_matches_no_more(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.change(topics=(Topic(id="talks", name="Football", watch=("football",)),))
    here.once(SLOT)
    assert here.told() == []


@pytest.mark.parametrize("late, days", [("send", [0]), ("skip", [1])])
def test_a_five_hour_outage_over_a_slot_follows_the_catch_up_rule(here: World, late: str, days: list[int]) -> None:
    here.change(newsletters=(newsletter(late=late),))
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT + 5 * HOUR)
    here.once(SLOT + 6 * HOUR)
    here.once(SLOT + DAY)
    assert here.told() == [("amal@example.org", [NEWS])], "it comes late or with the next edition, once"
    [sent] = [e for e in report.status(here.settings.database)["editions"] if e["state"] == "composed"]
    assert sent["slot_at"] == SLOT + days[0] * DAY


def test_a_long_outage_is_merged_into_one_edition_and_loses_nothing(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.publish(POLL + 9 * DAY, MORE)
    here.once(SLOT + 9 * DAY)
    assert [(to, sorted(titles)) for to, titles in here.told()] == [("amal@example.org", sorted([NEWS, MORE]))]


def test_a_clock_that_ran_ahead_and_came_back_loses_no_slot_and_doubles_none(here: World) -> None:
    here.publish(POLL, NEWS)
    here.once(POLL)
    here.once(SLOT + 300 * DAY)
    here.publish(POLL + 6 * HOUR, MORE)
    here.once(POLL + 6 * HOUR)
    here.once(SLOT + DAY)
    here.once(SLOT + 2 * DAY)
    titles = [title for _, told in here.told() for title in told]
    assert sorted(titles) == sorted([NEWS, MORE])


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_an_ill_feed_is_told_and_stops_no_other(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, NEWS, feed="wire")
    on_sqlite.server.put("/post", b"<html><body>Sorry</body></html>", headers={"Content-Type": "text/html"})
    on_sqlite.once(POLL)
    on_sqlite.once(SLOT)
    assert len(on_sqlite.told()) == 1
    [ill] = report.status(on_sqlite.settings.database)["feeds"]["problems"]
    assert ill["name"] == "Post"
    assert ill["next_poll_at"] > POLL


def test_an_smtp_server_that_is_down_defers_everything_and_nothing_is_lost(here: World) -> None:
    here.change(delivery=to(1))
    here.publish(POLL, NEWS)
    here.once(POLL)
    assert here.once(SLOT).waiting == 1
    assert here.counts() == {"queued": 1}
    assert "127.0.0.1" in here.notices()["mail"]
    with smtp_server() as mail:
        here.change(delivery=to(mail.port))
        here.once(SLOT + HOUR)
        assert [message.recipient for message in mail.messages] == ["amal@example.org"]
    assert here.counts() == {"accepted": 1}
    assert here.notices() == {}


def test_each_answer_of_the_server_has_its_outcome_and_stops_no_other(here: World) -> None:
    people = ["fine", "later", "unknown", "lost"]
    here.change(newsletters=(newsletter(*(subscription(f"{who}@example.org") for who in people)),))
    script = Script(
        acts=(
            Act(at="RCPT", recipient="later@example.org", say="451 4.7.1 Greylisted"),
            Act(at="RCPT", recipient="unknown@example.org", say="550 5.1.1 No such user"),
            Act(at="end", recipient="lost@example.org", then="close", keep=True),
        )
    )
    here.publish(POLL, NEWS)
    here.once(POLL)
    with smtp_server(script) as mail:
        here.change(delivery=to(mail.port))
        here.once(SLOT)
        arrived = {message.recipient: message.message_id for message in mail.messages}
    assert here.counts() == {"accepted": 1, "deferred": 1, "refused": 1, "unsure": 1}
    troubles = {row["address"]: row["text"] for row in report.status(here.settings.database)["troubles"]}
    assert "No such user" in troubles["unknown@example.org"]
    with smtp_server() as mail:
        here.change(delivery=to(mail.port))
        here.once(SLOT + HOUR)
        again = {message.recipient: message.message_id for message in mail.messages}
    assert here.counts() == {"accepted": 3, "refused": 1}
    assert set(arrived) == {"fine@example.org", "lost@example.org"}
    assert set(again) == {"later@example.org", "lost@example.org"}
    assert again["lost@example.org"] == arrived["lost@example.org"]


def test_an_unsure_delivery_is_held_where_the_operator_wants_it(here: World) -> None:
    here.publish(POLL, NEWS)
    with smtp_server(Script(acts=(Act(at="end", then="close", keep=True),))) as mail:
        here.change(delivery=to(mail.port, when_unsure="hold"))
        here.once(POLL)
        here.once(SLOT)
        here.once(SLOT + HOUR)
        assert here.counts() == {"unsure": 1}
        assert len(mail.messages) == 1


def test_a_story_that_was_refused_is_offered_again(here: World) -> None:
    here.publish(POLL, NEWS)
    with smtp_server(Script(acts=(Act(at="RCPT", nth=1, say="552 5.2.2 Mailbox full"),))) as mail:
        here.change(delivery=to(mail.port))
        here.once(POLL)
        here.once(SLOT)
        here.once(SLOT + DAY)
        assert [titles for _, titles in here.told()] == [[NEWS], [NEWS]]
        assert here.counts() == {"accepted": 1, "refused": 1}
        assert len(mail.messages) == 1


def test_a_template_that_fails_puts_the_mail_off_and_is_told_with_its_line(here: World, tmp_path: Path) -> None:
    own = tmp_path / "templates"
    (own / "digest").mkdir(parents=True)
    broken = own / "digest" / "subject.txt"
    broken.write_text("{{ edition.title }}\n{{ edition.nonsense }}\n")
    here.change(templates=own)
    here.publish(POLL, NEWS)
    here.once(POLL)
    assert here.once(SLOT).waiting == 1
    assert "nonsense" in here.notices()["templates"]
    assert "subject.txt:2" in here.notices()["templates"]
    broken.unlink()
    assert here.once(SLOT + HOUR).accepted == 1
    assert here.notices() == {}


def test_a_maildir_that_cannot_be_written_defers_and_is_told(here: World, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in the place of the folder")
    here.publish(POLL, NEWS)
    here.once(POLL)
    assert here.once(SLOT).accepted == 0
    assert "outbox" in here.notices()["mail"]
    (tmp_path / "outbox").unlink()
    here.once(SLOT + HOUR)
    assert here.counts() == {"accepted": 1}


# --- several at once, and what a crash leaves ---------------------------------------------------------------------


def test_each_step_takes_up_what_a_dead_worker_left(here: World) -> None:
    """A worker that died after claiming holds things up only until its lease has run out."""
    here.publish(POLL, NEWS)
    with here.room(POLL - 2 * HOUR) as dead:
        pipeline.apply(dead)
        with dead.database.write() as tx:
            polls.claim_due(tx, dead.claim(HOUR), limit=10)
    here.once(POLL - 2 * HOUR)
    assert here.titles() == []
    here.once(POLL - HOUR)
    assert here.titles() == [NEWS]
    with here.room(POLL) as dead, dead.database.write() as tx:
        tx.execute(schema.articles.update().values(matched_with=0, story_id=None))
        assert len(articles.claim_unmatched(tx, dead.claim(HOUR), number=99, since=POLL - DAY, limit=10)) == 1
        assert leases.acquire(tx, "composing", dead.claim(HOUR))
        assert leases.acquire(tx, "grouping", dead.claim(HOUR))
    here.once(SLOT)
    assert here.told() == []
    here.once(SLOT + HOUR)
    assert here.told() == [("amal@example.org", [NEWS])]


def test_steps_that_find_nothing_to_do_wait_for_nobody_who_writes(on_sqlite: World) -> None:
    on_sqlite.publish(POLL, NEWS)
    on_sqlite.once(POLL)
    with (
        on_sqlite.room(POLL) as room,
        closing(sqlite3.connect(room.database.name.removeprefix("sqlite:///"))) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert pipeline.poll(room).feeds == 0
        assert worker.deliver(room) == (0, pipeline.Sent())


def test_a_stop_leaves_nothing_claimed_and_nothing_half_done(here: World) -> None:
    here.publish(POLL, NEWS)
    with here.room(SLOT) as room:
        pipeline.apply(room)
        room.stop.set()
        assert pipeline.poll(room) == pipeline.Polled()
        assert pipeline.send(room) == pipeline.Sent()
    here.once(SLOT)
    assert here.counts() == {"accepted": 1}
