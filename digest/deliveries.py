"""What becomes of a delivery after an attempt: pure decisions.

A refusal ends it. What was deferred is tried again with growing pauses until three days have passed since it was
queued (RFC 5321 section 4.5.4.1 asks for four to five days of a relay; news is stale before that). What is unsure may
have arrived, so it is handed over again only `UNSURE_TRIES` times in all, and then stays unsure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from digest.model import Delivery, Outcome, Settlement

GIVE_UP = timedelta(days=3)
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=4)
UNSURE_TRIES = 4


def pause(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 2, 4, 8 … minutes, at most four hours."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def settle(delivery: Delivery, outcome: Outcome, now: datetime) -> Settlement:
    """What the outcome of an attempt makes of the delivery; `delivery.attempts` counts the earlier ones."""
    if outcome.kind in ("accepted", "refused"):
        return Settlement(state=outcome.kind, retry_at=None, outcome=outcome)
    if now - delivery.queued_at >= GIVE_UP and outcome.kind == "deferred":
        final = replace(outcome, text=f"given up after three days, the last answer was: {outcome.text}")
        return Settlement(state="refused", retry_at=None, outcome=final)
    tries = delivery.attempts + 1
    hopeless = outcome.kind == "unsure" and tries >= UNSURE_TRIES
    return Settlement(state=outcome.kind, retry_at=None if hopeless else now + pause(tries), outcome=outcome)


def message_id(newsletter: str, address: str, slot_at: datetime, audience: str, host: str) -> str:
    """The Message-ID of a delivery, with its angle brackets: the same for the same delivery, whoever computes it."""
    told = f"{newsletter}\0{address}\0{slot_at.isoformat()}\0{audience}"
    return f"<{sha256(told.encode()).hexdigest()[:32]}@{host}>"
