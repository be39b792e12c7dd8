"""The step `group`: [matches] → [stories]."""

from __future__ import annotations

from datetime import timedelta

from digest import stories
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, leases

_BATCH = 500
"""Articles of one transaction, for which other writers wait."""
_LEASE = timedelta(minutes=5)
"""Begun anew with each batch, and longer than one takes; after a crash nobody groups for so long."""
_ALONE = "grouping"
"""Only one process groups at a time: two at once would begin two stories for one event."""


def group(room: Newsroom) -> int:
    """Puts every matched-over article into a story; gives the number of articles. Another process at it means 0."""
    done = 0
    with room.database.read() as tx:
        if not articles.is_any_ungrouped(tx, room.clock()):
            return 0
    with room.database.write() as tx:
        if not leases.acquire(tx, _ALONE, room.claim(_LEASE)):
            return 0
    try:
        while not room.stop.is_set() and (count := _group_batch(room)):
            done += count
    finally:
        with room.database.write() as tx:
            leases.give_back(tx, _ALONE, room.owner)
    return done


def _group_batch(room: Newsroom) -> int:
    claim = room.claim(_LEASE)
    with room.database.write() as tx:
        if not leases.acquire(tx, _ALONE, claim):  # renews it, and keeps others out until the batch is written
            return 0
        batch = articles.claim_ungrouped(tx, claim, limit=_BATCH)
        wanted = {key for article in batch for key in stories.keys(article)}
        grouping = stories.group(batch, articles.stories_of_keys(tx, wanted))
        ids = articles.new_stories(tx, grouping.new, claim.now)
        number = {-n: story_id for n, story_id in enumerate(ids, start=1)}
        articles.record_stories(
            tx,
            {article_id: number.get(story, story) for article_id, story in grouping.members.items()},
            {key: (number.get(story, story), seen) for key, (story, seen) in grouping.keys.items()},
            owner=room.owner,
        )
    return len(batch)
