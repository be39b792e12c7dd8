"""How a PostgreSQL server is reached, by the store and by `report`: the settings of a connection, in one place.

Poolers that hand out connections by transaction will do: no transaction counts on what an earlier one left in the
session, and locks are those of transactions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_WISHES: dict[str, Any] = {
    "connect_timeout": 10,
    "client_encoding": "utf8",
    "fallback_application_name": "digest",
    # A machine that is gone without a word (a power cut, a firewall that forgot us) is given up in a minute or two.
    # The system's own patience is a quarter of an hour, and with nothing to send two hours.
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Where the operator's URL does not say otherwise."""

READ_ONLY = psycopg.errors.ReadOnlySqlTransaction
"""What is raised where something is written on a standby."""

_Result = TypeVar("_Result")


class Connection(psycopg.Connection[Any]):
    """A connection that closes itself, and raises OperationalError, when the server is silent for too long.

    Where a server stands still, or something between it and us, the network has no fault to report, and the driver
    alone waits for ever.
    """

    silence: Callable[[], timedelta]
    """For how long it may be, as of now; asked again and again."""

    def wait(self, gen: PQGen[_Result], *args: Any, **named: Any) -> _Result:
        """What the driver calls to wait for each answer."""
        return super().wait(self._watched(gen), *args, **named)

    def _watched(self, gen: PQGen[_Result]) -> PQGen[_Result]:
        heard = monotonic()
        ready: Any = None
        while True:
            try:
                state = gen.send(ready)
            except StopIteration as end:
                result: _Result = end.value
                return result
            ready = yield state  # nothing, each tenth of a second
            if ready:
                heard = monotonic()
            elif (passed := timedelta(seconds=monotonic() - heard)) > self.silence():
                self.close()
                raise psycopg.OperationalError(f"no answer for {passed.total_seconds():.0f} seconds")


def connect(url: str, *, silence: Callable[[], timedelta], patience: timedelta | None = None) -> Connection:
    """A connection by a URL of SQLAlchemy's or libpq's kind; what stands in it counts before what we would choose.

    With `patience` it is one to write by: so long statements wait for a lock, and a transaction in which nothing is
    asked for ten minutes is rolled back, where neither URL, role nor database say otherwise.

    Raises psycopg.Error.
    """
    told = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
    connection = Connection.connect(**_WISHES | told, autocommit=True)
    connection.silence = silence
    if patience is not None:
        session = connection.execute(_SESSION, [f"{patience.total_seconds() * 1000:.0f}"]).fetchone()
        if session and session[0] != connection.info.backend_pid:  # a pooler, whose sessions are everybody's
            connection.prepare_threshold = None
    connection.autocommit = False
    return connection


# Not in the options that a connection begins with: those are the operator's, and poolers refuse them. The second is
# for others, whose way locks are in that nobody gives back: the server learns only in hours that a machine is gone.
_SESSION = """
    SELECT pg_backend_pid(), count(set_config(name, ours, false))
    FROM (VALUES ('lock_timeout', %s), ('idle_in_transaction_session_timeout', '10min')) AS wishes (name, ours)
    WHERE current_setting(name) = '0'"""
