"""Whether anything has come, since a newsletter was last looked through in vain, that an edition may hold.

What may go into an edition changes only where an article gets a match or a story, or a delivery is refused. Each of
these counts a number up, in its own transaction. Who composes reads the number, then looks; if nothing is to be said
the number is kept, and as long as it is still the same there is no need to look again. A change that is committed
while somebody looks was not counted in the number he read, so he will look again. Nothing depends on a clock, or on
the order in which rows become visible.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.engine import Connection

from digest.store.engine import insert
from digest.store.schema import news

_ALL = ""
"""The row that counts."""
_EVERY = select(news.c.newsletter, news.c.number, news.c.state)


def came(tx: Connection) -> None:
    """Counts a change. To be called last in its transaction: whoever else counts waits for the end of it."""
    first = insert(tx, news).values(newsletter=_ALL, number=1, state="")
    tx.execute(first.on_conflict_do_update(index_elements=[news.c.newsletter], set_={"number": news.c.number + 1}))


def seen(tx: Connection) -> tuple[int, dict[str, str]]:
    """The number now; and newsletter → what `keep` kept of it."""
    rows = {newsletter: (number, state) for newsletter, number, state in tx.execute(_EVERY).all()}
    counted, _ = rows.pop(_ALL, (0, ""))
    return counted, {newsletter: state for newsletter, (_, state) in rows.items()}


def keep(tx: Connection, states: Mapping[str, str]) -> None:
    """Keeps, for each of these newsletters, in which state of things it had nothing to say."""
    if states:
        statement = insert(tx, news)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=[news.c.newsletter], set_={"state": statement.excluded.state}
            ),
            [{"newsletter": key, "number": 0, "state": state} for key, state in sorted(states.items())],
        )
