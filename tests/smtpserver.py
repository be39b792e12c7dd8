"""A real SMTP server on loopback that does what a test tells it to, misdeeds included.

In a test:

    gone = Act(at="RCPT", recipient="gone@example.org", say="550 5.1.1 no such user")
    with smtp_server(Script(acts=(gone, Act(at="end", nth=3, then="close")))) as server:
        ...                                  # talk to server.host, server.port
    assert [m.recipient for m in server.messages] == [...]

For tests that kill things, as a process whose record outlives everybody:

    python tests/smtpserver.py --port 0 --record FILE [--answers FILE] [--sessions FILE] [--gate FILE]

prints its port, and appends one JSON line for each accepted message before the 250 is written; `read_record` reads
the file. With `--answers` it also tells which of them were answered, with `--sessions` which connections it is still
busy with; with `--gate` a file holds it back. It ends on SIGTERM.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import BinaryIO, Literal

Place = Literal["connect", "EHLO", "STARTTLS", "AUTH", "RSET", "MAIL", "RCPT", "DATA", "body", "end", "QUIT"]

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
"""Key and certificate, its own authority, for the name "localhost" and for nothing else."""


def trust() -> ssl.SSLContext:
    """What a client needs to believe this server's certificate."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What the server does in place of its usual answer. The first act of a script that fits is done."""

    at: Place
    """The command it answers; `connect`: the greeting; `body`: after 354, `after` bytes of the message being read;
    `end`: after the final dot."""
    say: str | None = None
    """Code and text, lines parted by LF (hyphens are put in); with `raw`, bytes as they are. None: say nothing."""
    raw: bytes = b""
    drip: float = 0.0
    """Seconds between two bytes of `raw`."""
    then: Literal["go on", "close", "hang"] = "go on"
    """`hang`: neither read nor answer until the server is stopped."""
    recipient: str | None = None
    """Only for this one (RCPT and later)."""
    nth: int | None = None
    """Only in the nth message, counted from 1 over all connections by their MAIL."""
    connection: int | None = None
    """Only on the nth connection, counted from 1."""
    after: int = 0
    keep: bool = False
    """At `end`: the message counts as accepted although `say` is no 2xx."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """How the server behaves as a whole."""

    acts: tuple[Act, ...] = ()
    features: tuple[str, ...] = ("8BITMIME", "SIZE 33554432", "SMTPUTF8")
    """EHLO keywords; STARTTLS and AUTH are added by the settings below."""
    starttls: bool = False
    implicit_tls: bool = False
    login: tuple[str, str] | None = None
    """User and password; without that login MAIL is answered with 530."""
    mechanisms: str = "PLAIN LOGIN"
    max_messages: int | None = None
    """For each connection; the MAIL after that is answered with 421, and the connection closed."""
    delay_in_data: float = 0.0
    """Seconds between 354 and the first byte read."""
    delay_after_dot: float = 0.0
    """Seconds between the record of a message and its 250."""
    record: Path | None = None
    """Where accepted messages are appended, a JSON line each."""
    answers: Path | None = None
    """Where the Message-ID of each accepted message is appended once its answer was sent, a line each."""
    sessions: Path | None = None
    """Where a line is appended when a connection begins, is held back at the gate, goes on, and comes to its end."""
    gate: Path | None = None
    """A file that may hold a number: while it does, and so many messages are accepted, no message is answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A message that the server accepted."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    """Dots unstuffed, the final one gone."""
    connection: int
    encrypted: bool = False
    login: str | None = None

    @property
    def recipient(self) -> str:
        return self.recipients[0]

    @property
    def message_id(self) -> str:
        return str(BytesHeaderParser().parsebytes(self.data)["Message-ID"])


def read_record(path: Path) -> list[Received]:
    """The messages of a record; a line that is still being written is left out."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [_from_json(line) for line in lines if line.endswith(b"\n")]


def _from_json(line: bytes) -> Received:
    fields = json.loads(line)
    fields["data"] = fields["data"].encode("latin-1")
    fields["recipients"] = tuple(fields["recipients"])
    return Received(**fields)


def _to_json(message: Received) -> bytes:
    return json.dumps(asdict(message) | {"data": message.data.decode("latin-1")}).encode() + b"\n"


@contextmanager
def smtp_server(script: Script | None = None, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[SmtpServer]:
    """A running server; when the block ends it is stopped, and its record stays readable."""
    server = SmtpServer(script or Script(), host, port)
    try:
        yield server
    finally:
        server.stop()


@dataclass(eq=False)
class SmtpServer:
    """Starts with its creation. All that it saw may be read from any thread at any time."""

    script: Script
    host: str
    port: int
    """0 picks one that is free."""
    commands: list[tuple[int, str]] = field(default_factory=list)
    """Number of the connection and the line, as they came; the password of AUTH is in it."""
    connections: int = 0

    def __post_init__(self) -> None:
        self._messages: list[Received] = []
        self._begun = 0
        self._lock = threading.Lock()
        self._live: set[_Session] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(CERTIFICATE)
        self._listener = socket.create_server((self.host, self.port))
        # Small, so that a client with a large message meets a server that stops reading, not the kernel's patience.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
        self.port = self._listener.getsockname()[1]
        self._record = _appended(self.script.record)
        self._answers = _appended(self.script.answers)
        self._sessions = _appended(self.script.sessions)
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def messages(self) -> tuple[Received, ...]:
        """Accepted so far, in the order of acceptance."""
        with self._lock:
            return tuple(self._messages)

    def said(self, verb: str) -> list[str]:
        """The commands that begin with this word."""
        with self._lock:
            return [line for _, line in self.commands if line.upper().startswith(verb)]

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        with self._lock:
            live = list(self._live)
        for session in live:
            session.interrupt()
        for thread in self._threads:
            thread.join()
        for descriptor in (self._record, self._answers, self._sessions):
            if descriptor is not None:
                os.close(descriptor)
        self._record = self._answers = self._sessions = None

    def wait(self) -> None:
        """Until `stop` is called."""
        self._stopping.wait()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            session = _Session(self, line, self.connections)
            self._live.add(session)
            self._note(f"begins {session.number}\n")
        try:
            session.run()
        except OSError:  # the client is gone, or will have no TLS with us
            pass
        finally:
            session.close()
            with self._lock:
                self._live.discard(session)
                self._note(f"ends {session.number}\n")

    def _note(self, line: str) -> None:
        if self._sessions is not None:
            os.write(self._sessions, line.encode())

    # What a session asks of the server.

    def heard(self, connection: int, command: str) -> None:
        with self._lock:
            self.commands.append((connection, command))

    def begin(self) -> int:
        with self._lock:
            self._begun += 1
            return self._begun

    def accept(self, message: Received) -> None:
        with self._lock:
            self._messages.append(message)
            if self._record is not None:
                os.write(self._record, _to_json(message))

    def answered(self, message: Received) -> None:
        with self._lock:
            if self._answers is not None:
                os.write(self._answers, f"{message.message_id}\n".encode())

    def pause(self, seconds: float | None) -> None:
        """So long, or until the server is stopped; None is without end."""
        self._stopping.wait(seconds)

    def wait_at_gate(self, connection: int) -> None:
        """Until messages are answered, or the server is stopped."""
        if self._is_shut():
            self._note(f"waits {connection}\n")
            while self._is_shut() and not self._stopping.wait(0.002):
                pass
            self._note(f"goes on {connection}\n")

    def _is_shut(self) -> bool:
        try:
            return self.script.gate is not None and len(self.messages) >= int(self.script.gate.read_text())
        except FileNotFoundError:
            return False

    def encrypt(self, line: socket.socket) -> ssl.SSLSocket:
        return self._tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False)


def _appended(path: Path | None) -> int | None:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if path else None


class _Over(Exception):  # noqa: N818 - no error: the session has come to its end
    pass


class _Session:
    """One connection. `_lines` and `_line` are replaced when it is encrypted."""

    def __init__(self, server: SmtpServer, line: socket.socket, number: int) -> None:
        self._server, self._script, self.number = server, server.script, number
        self._line = line
        self._lines: BinaryIO = line.makefile("rb")
        self._encrypted = False
        self._login: str | None = None
        self._sent = 0
        self._nth = 0
        self._sender: str | None = None
        self._recipients: list[str] = []

    def run(self) -> None:
        if self._script.implicit_tls:
            self._encrypt()
        with suppress(_Over):
            self._answer("connect", "220 localhost ready")
            while command := self._lines.readline():
                text = command.decode("utf-8", "replace").rstrip("\r\n")
                self._server.heard(self.number, text)
                self._obey(text)

    def interrupt(self) -> None:
        """From another thread: whatever waits for the client ends."""
        with suppress(OSError):
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)  # that of an SSLSocket would unwrap it first

    def close(self) -> None:
        self._lines.close()
        self._line.close()

    def _encrypt(self) -> None:
        self._lines.close()
        self._line = encrypted = self._server.encrypt(self._line)
        encrypted.do_handshake()
        self._lines = self._line.makefile("rb")
        self._encrypted = True

    def _obey(self, command: str) -> None:
        match command.split(" ", maxsplit=1)[0].upper():
            case "EHLO" | "HELO":
                self._answer("EHLO", "\n".join(["250 localhost", *self._features()]))
            case "STARTTLS" if self._script.starttls and not self._encrypted:
                if self._answer("STARTTLS", "220 go ahead"):
                    self._encrypt()
            case "AUTH":
                self._authenticate(command.split(" ")[1:])
            case "MAIL":
                self._mail(command)
            case "RCPT":
                self._rcpt(command)
            case "DATA":
                self._data()
            case "RSET":
                self._sender, self._recipients = None, []
                self._answer("RSET", "250 flushed")
            case "QUIT":
                self._answer("QUIT", "221 bye")
                raise _Over
            case _:
                self._say("500 unknown command")

    def _features(self) -> list[str]:
        tls = ["STARTTLS"] if self._script.starttls and not self._encrypted else []
        login = [f"AUTH {self._script.mechanisms}"] if self._script.login and self._script.mechanisms else []
        return [f"250 {feature}" for feature in (*self._script.features, *tls, *login)]

    def _authenticate(self, words: list[str]) -> None:
        if words[0] == "PLAIN":
            _, user, password = base64.b64decode(words[1]).decode().split("\0")
        else:
            user = base64.b64decode(words[1] if len(words) > 1 else self._ask("334 VXNlcm5hbWU6")).decode()
            password = base64.b64decode(self._ask("334 UGFzc3dvcmQ6")).decode()
        if (user, password) != self._script.login:
            self._answer("AUTH", "535 5.7.8 wrong user or password")
        elif self._answer("AUTH", "235 2.7.0 welcome"):
            self._login = user

    def _ask(self, question: str) -> bytes:
        self._say(question)
        return self._lines.readline()

    def _mail(self, command: str) -> None:
        self._nth = self._server.begin()
        if self._sent == self._script.max_messages:
            self._say("421 4.7.0 too many messages on this connection")
            raise _Over
        if self._sender is not None:
            self._say("503 5.5.1 nested MAIL")
        elif self._script.login and self._login is None:
            self._say("530 5.7.0 log in first")
        elif self._answer("MAIL", "250 2.1.0 sender ok"):
            self._sender = _address(command)

    def _rcpt(self, command: str) -> None:
        self._recipients.append(_address(command))
        if self._sender is None or not self._answer("RCPT", "250 2.1.5 recipient ok"):
            self._recipients.pop()
            if self._sender is None:
                self._say("503 5.5.1 MAIL first")

    def _data(self) -> None:
        if not self._recipients:
            self._say("503 5.5.1 RCPT first")
            return
        if not self._answer("DATA", "354 go on"):
            return
        self._server.pause(self._script.delay_in_data)
        if act := self._act("body"):
            self._lines.read(act.after)
            self._do(act)
        data = self._body()
        self._sent += 1
        message = Received(
            sender=self._sender or "",
            recipients=tuple(self._recipients),
            data=data,
            connection=self.number,
            encrypted=self._encrypted,
            login=self._login,
        )
        act = self._act("end")
        if act is None or act.keep or _positive(act):
            self._server.accept(message)
        self._server.pause(self._script.delay_after_dot)
        self._server.wait_at_gate(self.number)
        if self._is_alone():
            raise _Over
        if self._answer("end", "250 2.0.0 taken"):
            self._server.answered(message)
        self._sender, self._recipients = None, []

    def _is_alone(self) -> bool:
        """Whether the client went away while it should have waited for us."""
        if self._encrypted:
            return False
        try:
            return self._line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False

    def _body(self) -> bytes:
        lines = []
        while (line := self._lines.readline()) != b".\r\n":
            if not line:
                raise _Over
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _act(self, at: Place) -> Act | None:
        recipient = self._recipients[-1] if self._recipients else None
        for act in self._script.acts:
            if (
                act.at == at
                and act.recipient in {None, recipient}
                and act.nth in {None, self._nth}
                and act.connection in {None, self.number}
            ):
                return act
        return None

    def _answer(self, at: Place, usual: str) -> bool:
        """Do what the script says for this place, or give the usual answer. Was it one to go on after?"""
        if act := self._act(at):
            self._do(act)
            return _positive(act)
        self._say(usual)
        return True

    def _do(self, act: Act) -> None:
        for piece in [act.raw[i : i + 1] for i in range(len(act.raw))] if act.drip else [act.raw]:
            self._line.sendall(piece)
            self._server.pause(act.drip)
        if act.say is not None:
            self._say(act.say)
        if act.then == "hang":
            self._server.pause(None)
        if act.then != "go on":
            raise _Over

    def _say(self, reply: str) -> None:
        *first, last = reply.split("\n")
        lines = [f"{line[:3]}-{line[4:]}" for line in first] + [last]
        self._line.sendall("".join(f"{line}\r\n" for line in lines).encode())


def _positive(act: Act) -> bool:
    return (act.say or "").startswith(("2", "3"))


def _address(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server on loopback that keeps a record.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--sessions", type=Path)
    parser.add_argument("--gate", type=Path)
    parser.add_argument("--delay-in-data", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--delay-after-dot", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--max-messages", type=int, metavar="NUMBER", help="on one connection")
    options = vars(parser.parse_args())
    with smtp_server(Script(**{k: v for k, v in options.items() if k != "port"}), port=options["port"]) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        server.wait()


if __name__ == "__main__":
    main()
