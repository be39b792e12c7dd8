"""What becomes of a delivery after an attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from records import DAY, NOW

from digest.deliveries import GIVE_UP, LONGEST_PAUSE, UNSURE_TRIES, message_id, pause, settle
from digest.model import Delivery, Outcome


def delivery(attempts: int = 0, age: timedelta = timedelta(0)) -> Delivery:
    return Delivery(
        id=1,
        edition_id=1,
        newsletter="middle-east",
        address="amal@example.org",
        name="",
        message_id="<a@b>",
        state="queued",
        attempts=attempts,
        queued_at=NOW - age,
    )


@pytest.mark.parametrize("kind", ["accepted", "refused"])
def test_a_final_answer_ends_it(kind: str) -> None:
    outcome = Outcome(kind=kind, code=250, text="ok")  # type: ignore[arg-type]
    assert settle(delivery(), outcome, NOW).state == kind
    assert settle(delivery(), outcome, NOW).retry_at is None


def test_a_deferred_delivery_is_tried_again_with_growing_pauses() -> None:
    outcome = Outcome(kind="deferred", code=451, text="later")
    waits = [settle(delivery(attempts), outcome, NOW).retry_at for attempts in range(12)]
    assert waits == sorted(waits, key=lambda at: at or NOW)
    assert waits[0] == NOW + pause(1) == NOW + timedelta(minutes=2)
    assert waits[-1] == NOW + LONGEST_PAUSE


def test_after_three_days_it_is_given_up_with_the_servers_last_words() -> None:
    outcome = Outcome(kind="deferred", code=451, text="greylisted")
    assert settle(delivery(20, GIVE_UP - timedelta(seconds=1)), outcome, NOW).state == "deferred"
    given_up = settle(delivery(20, GIVE_UP), outcome, NOW)
    assert (given_up.state, given_up.retry_at) == ("refused", None)
    assert "three days" in given_up.outcome.text
    assert "greylisted" in given_up.outcome.text


def test_what_is_unsure_is_handed_over_again_a_few_times_and_then_held() -> None:
    outcome = Outcome(kind="unsure", code=None, text="no answer")
    again = [settle(delivery(attempts), outcome, NOW).retry_at is not None for attempts in range(UNSURE_TRIES)]
    assert again == [True] * (UNSURE_TRIES - 1) + [False]
    assert settle(delivery(3, 4 * DAY), outcome, NOW).state == "unsure"


def test_a_message_id_is_the_same_for_the_same_delivery_and_no_other() -> None:
    one = message_id("n", "amal@example.org", NOW, "a", "news.example.org")
    assert one == message_id("n", "amal@example.org", NOW, "a", "news.example.org")
    assert one.startswith("<")
    assert one.endswith("@news.example.org>")
    others = {
        message_id("m", "amal@example.org", NOW, "a", "news.example.org"),
        message_id("n", "jo@example.org", NOW, "a", "news.example.org"),
        message_id("n", "amal@example.org", NOW + DAY, "a", "news.example.org"),
        message_id("n", "amal@example.org", NOW, "b", "news.example.org"),
    }
    assert len(others | {one}) == 5
