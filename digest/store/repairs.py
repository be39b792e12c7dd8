"""What a clock that ran ahead, and was set right, has left behind.

Times in the store that no clock of today could have written would hold a feed, a message or a claim for months.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.engine import Connection

from digest.store.schema import articles, deliveries, feeds, hosts, hubs, leases

SKEW = timedelta(minutes=5)
"""How far the clocks of several workers may differ; also, `now` is read before a lock is waited for."""
LONGEST_LEASE = timedelta(hours=2)
"""Longer than any step claims anything."""
LONGEST_PAUSE = timedelta(days=1)
"""Longer than any message or article is put off."""
LONGEST_HOST_PAUSE = timedelta(days=8)
"""Longer than any host may ask us to wait."""


def forget_the_future(tx: Connection, now: datetime) -> None:
    """Makes due at once what was put off, and ends claims, by a clock that was ahead of `now`."""
    tx.execute(update(feeds).where(feeds.c.polled_at > now + SKEW).values(next_poll_at=now, polled_at=now))
    for table in (articles, deliveries):
        tx.execute(update(table).where(table.c.retry_at > now + LONGEST_PAUSE).values(retry_at=now))
    for table in (feeds, articles, deliveries):
        # Not cleared: a delivery that was being handed over must be seen to run out, and become unsure.
        tx.execute(update(table).where(table.c.lease_until > now + LONGEST_LEASE).values(lease_until=now))
    tx.execute(delete(hosts).where(hosts.c.until > now + LONGEST_HOST_PAUSE))
    anew = {"state": "wanted", "requested_at": None, "expires_at": None, "retry_at": now}
    tx.execute(update(hubs).where(hubs.c.requested_at > now + SKEW).values(anew))
    tx.execute(delete(leases).where(leases.c.until > now + LONGEST_LEASE))
