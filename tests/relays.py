"""A relay in front of a PostgreSQL server that may fall silent: it takes what is sent and passes nothing on but
that an end has closed the connection; the network has nothing to report.

    with relay_to(engine.url) as relay:
        database = open_database(relay.url)
        relay.is_mute = True
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.engine import URL

_KEY = re.compile(rb"(K\0\0\0\x0c).{4}", re.DOTALL)
"""The number of the process, in the server's message of the number and a secret."""


@dataclass(kw_only=True)
class Relay:
    """What it does from now on."""

    server: URL
    port: int
    is_mute: bool = False
    """To connections made before, too."""
    mute_after: bytes | None = None
    """A connection on which this is sent to the server is silent from then on; the server still hears it."""
    is_pooler: bool = False
    """Tells another number for the server's process than the server, as poolers do."""
    connections: list[socket.socket] = field(default_factory=list)
    mutes: list[threading.Event] = field(default_factory=list)
    """One for each connection that was made."""
    unanswered: list[bytes] = field(default_factory=list)
    """What was sent in silence, but for goodbyes."""

    @property
    def url(self) -> str:
        """The server's by way of this relay."""
        there = self.server.set(host="127.0.0.1", port=self.port).difference_update_query(["host", "port"])
        return there.render_as_string(hide_password=False)

    def strand(self) -> None:
        """Falls silent on the connections there are; on those that come, it does not."""
        for mute in self.mutes:
            mute.set()

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = _connected(self.server)
                self.connections += [client, server]
                self.mutes.append(mute := threading.Event())
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(*ends, mute), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, mute: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.is_mute or mute.is_set():
                    mute.set()
                    self.unanswered += [] if data.startswith(b"X") else [data]
                    continue
                if self.mute_after is not None and self.mute_after in data:
                    mute.set()
                target.sendall(_KEY.sub(rb"\1" + bytes(4), data) if self.is_pooler else data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def _connected(server: URL) -> socket.socket:
    host, port = server.query.get("host") or server.host or "127.0.0.1", server.port or 5432
    assert isinstance(host, str), "the tests have one server"
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(f"{host}/.s.PGSQL.{port}")
    return connection


@contextmanager
def relay_to(server: URL) -> Iterator[Relay]:
    """A relay until the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        relay = Relay(server=server, port=listener.getsockname()[1])
        threading.Thread(target=relay.serve, args=(listener,), daemon=True).start()
        try:
            yield relay
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in relay.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)  # a thread that reads from it would keep it open
                connection.close()
