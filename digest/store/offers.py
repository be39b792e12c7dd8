"""What readers are offered, as it was when a configuration was last taken over. What it means others know."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import offers


def keep(tx: Connection, offered: Mapping[str, Mapping[str, str]]) -> None:
    """Keeps this (name → what is said of it), in place of what was kept before."""
    if read(tx) == offered:
        return
    tx.execute(delete(offers).where(offers.c.name.not_in(list(offered))))
    statement = insert(tx, offers)
    tx.execute(
        statement.on_conflict_do_update(index_elements=[offers.c.name], set_={"said": statement.excluded.said}),
        [{"name": name, "said": dict(said)} for name, said in sorted(offered.items())],
    )


def read(tx: Connection) -> dict[str, dict[str, str]]:
    """What was kept last; nothing before the first run, and before the first by a version that keeps it."""
    return {row.name: row.said for row in tx.execute(select(offers))}
