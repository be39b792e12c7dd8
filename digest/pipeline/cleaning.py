"""The step `clean`: what retention says goes."""

from __future__ import annotations

from datetime import timedelta

import structlog

from digest.pipeline import filing
from digest.pipeline.newsroom import Newsroom
from digest.store import concordances, memories, retention

log = structlog.get_logger()


_PATIENCE = timedelta(hours=6)
"""The daemon's own: `clean` is to drop many at once."""


def clean_when_due(room: Newsroom) -> None:
    """`clean`, where something was to go six hours ago: for runs that end and come again, nobody knows when."""
    before, kept = room.clock() - _PATIENCE, room.settings.retention
    with room.database.read() as tx:
        due = retention.is_any_old(
            tx, articles_before=before - kept.articles, deliveries_before=before - kept.deliveries
        )
    if due:
        clean(room)


def clean(room: Newsroom) -> tuple[int, int]:
    """Drops what is older than `retention` allows; gives the number of articles and editions."""
    now, kept = room.clock(), room.settings.retention
    with room.database.write() as tx:
        articles, editions = retention.purge(
            tx, articles_before=now - kept.articles, deliveries_before=now - kept.deliveries
        )
        concordances.drop(tx, now - kept.articles)
        memories.tidy(tx, [topic.id for topic in room.settings.topics])
    filing.catch_up(room)
    if articles or editions:
        log.info("cleaned", articles=articles, editions=editions)
    return articles, editions
