"""The step `clean`: what retention says goes."""

from __future__ import annotations

import structlog

from digest.pipeline import filing
from digest.pipeline.newsroom import Newsroom
from digest.store import concordances, memories, retention

log = structlog.get_logger()


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
