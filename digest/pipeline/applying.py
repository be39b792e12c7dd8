"""The configuration into the store."""

from __future__ import annotations

from datetime import timedelta

from digest import schedule
from digest.pipeline import examples, subscribing
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.offers import offered
from digest.store import articles, notices, offers, polls, repairs, subscriptions

_INCLUSIVE = timedelta(milliseconds=1)
"""So long before now a new subscription is settled, as `schedule.settle` gives slots after its `now` only."""


def apply(room: Newsroom) -> None:
    """Makes feeds, subscriptions, offers and the generation of topics in the store those of the settings.

    Due times are settled too, and times that a clock running ahead has left behind are mended. A new subscription's
    first slot may be this very moment.
    """
    settings, now = room.settings, room.clock()
    with room.database.write() as tx:
        repairs.forget_the_future(tx, now)
        polls.keep(tx, settings.feeds, now)
        subscribing.keep(room, tx)
        subscriptions.keep(tx, [s for n in settings.newsletters for s in n.subscriptions], now)
        offers.keep(tx, offered(settings))
        changed = {}
        for subscription_id, text, timezone, stored in subscriptions.active(tx):
            moment = now if stored else now - _INCLUSIVE
            settled = schedule.settle(schedule.parse(text), timezone, next_due_at=stored, now=moment)
            if settled != stored:
                changed[subscription_id] = settled
        subscriptions.set_due(tx, changed)
        if missing := examples.told_missing(examples.all_of(settings.topics, tx)):
            notices.post(tx, "examples", missing, now)
        else:
            notices.withdraw(tx, "examples")
        languages = room.languages(tx)
        articles.begin_generation(tx, room.fingerprint(languages), now, room.compiled_versions(languages))
