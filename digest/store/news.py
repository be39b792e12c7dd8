"""Whether anything has come, since a newsletter was last looked through in vain, that an edition may hold.

What may go into an edition changes only where an article gets a match or a story, or a delivery is refused. Each of
these counts a number up, in its own transaction. Who composes reads the number, then looks; if nothing is to be said
the number is kept, and as long as it is still the same there is no need to look again. A change that is committed
while somebody looks was not counted in the number he read, so he will look again. Nothing depends on a clock, or on
the order in which rows become visible.

Both are rows of `leases`, the table of things that have a name.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Text, cast, select
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import EPOCH, leases

_COUNT, _SEEN = "news", "news seen by "


def came(tx: Connection) -> None:
    """Counts a change. To be called last in its transaction: whoever else counts waits for the end of it."""
    more = cast(cast(leases.c.owner, BigInteger) + 1, Text)
    statement = insert(tx, leases).values(name=_COUNT, owner="1", until=EPOCH)
    tx.execute(statement.on_conflict_do_update(index_elements=[leases.c.name], set_={"owner": more}))


def seen(tx: Connection) -> tuple[str, dict[str, str]]:
    """The number now; and newsletter → what `keep` kept of it."""
    rows = tx.execute(select(leases.c.name, leases.c.owner).where(leases.c.until == EPOCH)).all()
    kept = {name.removeprefix(_SEEN): state for name, state in rows if name.startswith(_SEEN)}
    return next((number for name, number in rows if name == _COUNT), "0"), kept


def keep(tx: Connection, states: Mapping[str, str]) -> None:
    """Keeps, for each of these newsletters, in which state of things it had nothing to say."""
    if states:
        statement = insert(tx, leases)
        tx.execute(
            statement.on_conflict_do_update(index_elements=[leases.c.name], set_={"owner": statement.excluded.owner}),
            [{"name": _SEEN + key, "owner": state, "until": EPOCH} for key, state in sorted(states.items())],
        )
