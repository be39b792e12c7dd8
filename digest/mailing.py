"""How a message leaves: into a maildir, or to an SMTP server over persistent connections.

What an SMTP server answers decides the outcome of a delivery; `judge` is this table:

    step              answer                         outcome    why
    any               4xx                            deferred   RFC 5321 4.2.1: transient, "try again later"
    any               530, 535                       deferred   RFC 4954 6: our login is at fault, no recipient is
    MAIL              5xx                            deferred   RFC 5321 3.3: it is about the sender, and that is us
    RCPT, DATA, end   5xx                            refused    RFC 5321 4.2.1: permanent, "do not repeat"
    up to the dot     none, or one without meaning   deferred   the server cannot have taken it (RFC 5321 4.1.1.4)
    end               none, or one without meaning   unsure     RFC 1047: it may have taken the message or not
    end               2xx                            accepted   RFC 5321 6.1: the server is responsible from here on

"end" is the wait that follows the final dot, "the dot" is the moment at which the kernel took the last byte of the
message. A 421 (RFC 5321 3.8: the server is closing) and every answer that is missing or has no meaning also end the
connection; the next message opens another. MAIL is the probe whether an idle connection still lives: one that the
server ended between two messages, silently or with 421 (idle time, its limit of messages), is replaced once before
anything is judged, since nothing of the message has been said by then.

`delivery.smtp.timeout` bounds each step: reaching the server, the TLS handshake, each command with its whole reply,
the message, and the wait that follows it. For that last one RFC 5321 4.5.3.2.6 advises ten minutes: the shorter the
time-out, the more messages to a slow server are `unsure`.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import smtplib
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol

from digest.errors import TransportError
from digest.model import Outcome
from digest.settings import DeliverySettings, Smtp
from digest.wording import one_line


class Connection(Protocol):
    """A way on which messages leave one after the other; for one thread at a time."""

    def send(self, message_id: str, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one message. Never raises for what the server, the network or the disk does.

        `sender` and `recipient` are the envelope, bare addresses. `message` is complete (RFC 5322) and, as all
        that `digest.messages` makes, ASCII: it needs no extension of SMTP.
        """

    def close(self) -> None:
        """Leave politely. May be called twice; never raises."""


class Transport(Protocol):
    """Where connections come from; for any number of threads."""

    @property
    def connections(self) -> int:
        """How many may be open at once."""

    def connect(self) -> Connection:
        """Raises TransportError when nothing can be sent now: what is wrong, and what to do about it."""


def open_transport(settings: DeliverySettings, *, tls: ssl.SSLContext | None = None) -> Transport:
    """The transport that the operator chose. Touches neither disk nor network yet.

    `tls` stands in for the system's trusted authorities: for tests, and for a private CA.
    """
    return Maildir(settings.maildir) if settings.transport == "maildir" else SmtpTransport(settings.smtp, tls=tls)


# --- maildir -------------------------------------------------------------------------------------------------------


class Maildir:
    """A maildir as a transport, and as its only kind of connection.

    A message is written to `tmp`, brought to the disk, and renamed into `new`: whoever looks there sees only whole
    messages. The name derives from the Message-ID, so that a message sent again after a crash replaces itself; one
    that a reader has moved to `cur` meanwhile stays as it is.
    """

    connections = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tmp, self._new, self._cur = (folder / name for name in ("tmp", "new", "cur"))

    def connect(self) -> Maildir:
        try:
            for folder in (self._tmp, self._new, self._cur):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransportError(
                f"the maildir {self._folder} cannot be made: {error.strerror} ({error.filename}); "
                "delivery.maildir must name a folder that Digest may write in"
            ) from error
        return self

    def send(self, message_id: str, sender: str, recipient: str, message: bytes) -> Outcome:
        del sender, recipient  # a maildir keeps no envelope
        name = sha256(message_id.encode(errors="backslashreplace")).hexdigest()[:32] + ".eml"
        try:
            if any(self._cur.glob(f"{name}*")):  # a reader adds flags, as in "name:2,S"
                return Outcome(kind="accepted", code=None, text=f"already read: {self._cur / name}")
            self._write(name, message)
        except OSError as error:
            words = f"the maildir {self._folder} does not take the message: {error.strerror or error}"
            return Outcome(kind="deferred", code=None, text=words)
        return Outcome(kind="accepted", code=None, text=f"written to {self._new / name}")

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, message: bytes) -> None:
        for remains in self._tmp.glob(f"{name}.*"):  # of a run that was killed while it wrote this message
            remains.unlink(missing_ok=True)
        descriptor, path = tempfile.mkstemp(prefix=f"{name}.", dir=self._tmp)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(descriptor)
            Path(path).replace(self._new / name)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        _sync_folder(self._new)


def _sync_folder(folder: Path) -> None:
    """A rename outlives a power cut only when the folder itself has reached the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- SMTP: decisions -----------------------------------------------------------------------------------------------

Step = Literal["MAIL", "RCPT", "DATA", "end"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the server, its lines joined to one."""

    code: int
    """0 when none came, or one that is none of RFC 5321."""
    text: str
    """The server's words; with code 0 what failed."""


_OUR_LOGIN = (530, 535)
_TEXT_LIMIT = 500
"""Characters kept of what the server says."""


def judge(step: Step, reply: Reply) -> Outcome:
    """What a reply other than "go on" means for the message: the table at the top."""
    family = reply.code // 100
    kind: Literal["accepted", "deferred", "refused", "unsure"]
    if family == 4 or reply.code in _OUR_LOGIN:
        kind = "deferred"
    elif family == 5:
        kind = "deferred" if step == "MAIL" else "refused"
    elif step != "end":
        kind = "deferred"
    else:
        kind = "accepted" if family == 2 else "unsure"
    return Outcome(kind=kind, code=reply.code or None, text=reply.text)


def wire_form(message: bytes) -> bytes:
    """The message as it follows DATA, the final dot included (RFC 5321 4.1.1.4, 4.5.2).

    A message whose lines end in CRLF, the last one too, arrives byte for byte. Bare CR and LF must not be sent
    (RFC 5321 2.3.8; a server that takes one for a line end can be made to see a second message): they become CRLF.
    """
    body = _with_crlf(message).replace(b"\r\n.", b"\r\n..")
    return (b"." if body.startswith(b".") else b"") + body + b".\r\n"


def _with_crlf(message: bytes) -> bytes:
    if not message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r"):
        message = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def mail_command(features: Mapping[str, str], sender: str, message: bytes) -> str | Outcome:
    """The MAIL command with the parameters that this message needs, or why this server cannot take it.

    `features` are the server's EHLO keywords in lower case with their parameters. `message` is as for `wire_form`,
    line ends already CRLF. SIZE: RFC 1870.
    """
    if "size" not in features:
        return f"MAIL FROM:<{sender}>"
    limit = features["size"].strip()
    if limit.isdecimal() and 0 < int(limit) < len(message):
        words = f"the message has {len(message)} bytes, the mail server takes at most {int(limit)}"
        return Outcome(kind="refused", code=None, text=words)
    return f"MAIL FROM:<{sender}> SIZE={len(message)}"


_SAYABLE = re.compile(r"[ -;=?-~]+")
"""ASCII, as the configuration makes addresses. Control characters and angle brackets would let one speak SMTP."""


def _unsayable(sender: str, recipient: str) -> Outcome | None:
    if not _SAYABLE.fullmatch(recipient):
        return Outcome(kind="refused", code=None, text=f"no address that SMTP can carry: {recipient!a}")
    if not _SAYABLE.fullmatch(sender):
        return Outcome(kind="deferred", code=None, text=f"no sender address that SMTP can carry: {sender!a}")
    return None


def _said(words: bytes) -> str:
    return one_line(words.decode(errors="replace"))[:_TEXT_LIMIT]


# --- SMTP: effects -------------------------------------------------------------------------------------------------


class Rate:
    """Turns for all threads together, at most `per_second` (above zero): a token bucket that holds one token.

    Turns are evenly spaced, also after a pause: no burst that a server's own limit would punish.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = clock()

    def wait(self) -> None:
        """Returns when it is the caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._sleep(turn - now)


class _Replies:
    """What smtplib reads replies from, in the place of the socket's own file.

    That one has its time-out for each piece received and no limit on the number of lines. Here a whole reply, however
    many lines it has and however slowly they drip, has one time-out and a limit in bytes; a line that breaks off
    without its end is none.
    """

    _LIMIT = 65_536

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self._line, self._seconds = line, seconds
        self._received = b""
        self._deadline: float | None = None
        self._size = 0

    def readline(self, limit: int) -> bytes:
        """The next line with its LF, cut at `limit`; empty at the end. Raises OSError."""
        if self._deadline is None:
            self._deadline, self._size = time.monotonic() + self._seconds, 0
        while b"\n" not in self._received and len(self._received) < limit:
            piece = self._receive(self._deadline - time.monotonic())
            if not piece:
                return b""
            self._received += piece
        end = self._received.find(b"\n", 0, limit) + 1 or limit
        line, self._received = self._received[:end], self._received[end:]
        self._size += len(line)
        if self._size > self._LIMIT:
            raise OSError(f"a reply of more than {self._LIMIT} bytes")
        if line[3:4] != b"-":  # the last line of a reply (RFC 5321 4.2.1)
            self._deadline = None
        return line

    def _receive(self, seconds: float) -> bytes:
        if seconds <= 0:
            raise TimeoutError
        self._line.settimeout(seconds)
        try:
            return self._line.recv(8192)
        finally:
            self._line.settimeout(self._seconds)

    def close(self) -> None:
        """For smtplib, which closes the socket itself."""


def _dialogue(line: socket.socket, name: str, seconds: float) -> smtplib.SMTP:
    """The commands of smtplib over a socket that is already open. `name` is what we say in EHLO."""
    line.settimeout(seconds)
    smtp = smtplib.SMTP(local_hostname=name, timeout=seconds)
    smtp.sock, smtp.file = line, _Replies(line, seconds)
    return smtp


class SmtpTransport:
    """Connections to one SMTP server, which share one rate.

    `tls` as in `open_transport`. `clock` (seconds that only grow) and `sleep` are for tests of the rate.
    """

    def __init__(
        self,
        smtp: Smtp,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connections = smtp.connections
        self._smtp, self._trust, self._clock = smtp, tls, clock
        self._seconds = smtp.timeout.total_seconds()
        self._rate = Rate(smtp.per_second, clock=clock, sleep=sleep)

    def connect(self) -> SmtpConnection:
        return SmtpConnection(self._dial, self._rate, self._clock)

    @cached_property
    def _name(self) -> str:
        """What we call ourselves in EHLO: once, since it may ask the DNS."""
        return smtplib.SMTP().local_hostname

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _dial(self) -> smtplib.SMTP:
        """A connection that is ready for MAIL: greeted, encrypted and logged in as the settings say."""
        try:
            with ExitStack() as on_failure:
                smtp = self._open(on_failure)
                on_failure.pop_all()
                return smtp
        except (OSError, ValueError) as error:  # ValueError: a host that is no name at all
            raise TransportError(
                f"the mail server {self._smtp.host}:{self._smtp.port} {self._fault(error)}"
            ) from error

    def _open(self, on_failure: ExitStack) -> smtplib.SMTP:
        wish = self._smtp.starttls
        line = on_failure.enter_context(socket.create_connection((self._smtp.host, self._smtp.port), self._seconds))
        if wish == "implicit":
            line = on_failure.enter_context(self._encrypted(line))
        smtp = _dialogue(line, self._name, self._seconds)
        _expect(220, smtp.getreply())
        smtp.ehlo_or_helo_if_needed()
        offered = smtp.has_extn("starttls")
        if wish == "always" and not offered:
            raise _UnfitError("does not offer STARTTLS", "`starttls: always` wants it, port 465 wants `implicit`")
        if offered and wish in {"always", "auto"}:
            _expect(220, smtp.docmd("STARTTLS"))
            line = on_failure.enter_context(self._encrypted(line))
            # A new dialogue, because nothing learnt before the encryption may be believed (RFC 3207 4.2).
            smtp = _dialogue(line, self._name, self._seconds)
            smtp.ehlo_or_helo_if_needed()
        if self._smtp.username is not None:
            self._login(smtp, line)
        return smtp

    def _encrypted(self, line: socket.socket) -> ssl.SSLSocket:
        """Takes `line` over. The certificate is verified against the host's name."""
        return self._tls.wrap_socket(line, server_hostname=self._smtp.host)

    def _login(self, smtp: smtplib.SMTP, line: socket.socket) -> None:
        user, password = self._smtp.username or "", self._smtp.password or ""
        here = ipaddress.ip_address(line.getpeername()[0].partition("%")[0]).is_loopback
        if not (isinstance(line, ssl.SSLSocket) or here):
            raise _UnfitError(
                "would get the password over a line that others can read, so it was not sent",
                "set `starttls: always`, or `implicit` with port 465",
            )
        if not smtp.has_extn("auth"):
            raise _UnfitError("offers no login", "remove delivery.smtp.username, or set `starttls: always`")
        if (user + password).isascii():
            smtp.login(user, password)
            return
        # RFC 4616 says UTF-8, where smtplib knows ASCII only.
        code, words = smtp.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)

    def _fault(self, error: Exception) -> str:
        """What failed, and what the operator can do; continues "the mail server HOST:PORT"."""
        error = _cause(error)
        match error:
            case _UnfitError():
                what, remedy = error.what, error.remedy
            case smtplib.SMTPAuthenticationError():
                what = f"does not accept the login of {self._smtp.username}: {_spoken(error)}"
                remedy = "check delivery.smtp.username and password"
            case smtplib.SMTPResponseException():
                what = f"turns us away: {_spoken(error)}"
                remedy = "ask whoever runs it, or choose another delivery.smtp.host"
            case ssl.SSLCertVerificationError():
                what = f"shows a certificate that cannot be trusted: {error.verify_message}"
                remedy = (
                    "delivery.smtp.host must be the name in the certificate and its issuer known to this machine "
                    "(the environment variable SSL_CERT_FILE names others); to a server on this very machine "
                    "`starttls: never` is safe"
                )
            case ssl.SSLError():
                what = f"does not agree with us on TLS: {error.reason}"
                remedy = "`starttls: implicit` belongs to port 465, `auto` and `always` to 25 and 587"
            case socket.gaierror():
                what, remedy = f"cannot be found: {error.strerror}", "check delivery.smtp.host"
            case TimeoutError():
                what = f"did not answer within {self._seconds:g} s"
                remedy = "check delivery.smtp.host, port and firewalls; port 465 wants `starttls: implicit`"
            case _:
                what = f"cannot be used: {getattr(error, 'strerror', None) or error}"
                remedy = "check delivery.smtp.host and port, and that it runs"
        return f"{what}; {remedy}"


class _UnfitError(OSError):
    """The server works, but not in the way that the settings ask for."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what)


def _expect(wanted: int, answer: tuple[int, bytes]) -> None:
    if answer[0] != wanted:
        raise smtplib.SMTPResponseException(*answer)


def _spoken(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    return f"{error.smtp_code} {_said(words if isinstance(words, bytes) else words.encode())}"


def _cause(error: Exception) -> Exception:
    """What the system said: smtplib hides it behind "disconnected"."""
    hidden = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else None
    return hidden if isinstance(hidden, OSError) else error


class SmtpConnection:
    """One connection, opened at once and again whenever the server has ended it. Made by `SmtpTransport.connect`."""

    _REST = 10.0
    """Seconds. When it cannot be opened again, messages are deferred at once for so long: a server that is gone
    must not cost every message of a batch the whole time-out."""
    _FAREWELL = 5.0
    """Seconds that QUIT may take."""

    def __init__(self, dial: Callable[[], smtplib.SMTP], rate: Rate, clock: Callable[[], float]) -> None:
        self._dial, self._rate, self._clock = dial, rate, clock
        self._smtp: smtplib.SMTP | None = dial()
        self._unfinished = False
        """A transaction was begun and neither completed nor reset."""
        self._closed_until = clock()
        self._problem = ""

    def send(self, message_id: str, sender: str, recipient: str, message: bytes) -> Outcome:
        del message_id  # stands in the message
        if unsayable := _unsayable(sender, recipient):
            return unsayable
        message = _with_crlf(message)
        self._rate.wait()
        reused = self._smtp is not None
        failed = self._begin(sender, message)
        if failed and reused and self._smtp is None:
            failed = self._begin(sender, message)
        return failed or self._finish(recipient, message)

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.sock is not None:
            with suppress(OSError):
                _dialogue(smtp.sock, smtp.local_hostname, min(self._FAREWELL, smtp.timeout)).docmd("QUIT")
            smtp.close()

    def _begin(self, sender: str, message: bytes) -> Outcome | None:
        """Up to an accepted MAIL: None then, else what came of the message."""
        if self._smtp is None and (problem := self._reopen()):
            return Outcome(kind="deferred", code=None, text=problem)
        if self._unfinished:
            reply = self._say("RSET", wanted=2)
            if reply.code // 100 != 2:
                self._drop()
                return judge("MAIL", reply)
            self._unfinished = False
        assert self._smtp is not None, "a reply of 2xx leaves the connection open"
        command = mail_command(self._smtp.esmtp_features, sender, message)
        if isinstance(command, Outcome):
            return command
        reply = self._say(command, wanted=2)
        return None if reply.code // 100 == 2 else judge("MAIL", reply)

    def _finish(self, recipient: str, message: bytes) -> Outcome:
        """From an accepted MAIL to the end."""
        self._unfinished = True
        reply = self._say(f"RCPT TO:<{recipient}>", wanted=2)
        if reply.code // 100 != 2:
            return judge("RCPT", reply)
        reply = self._say("DATA", wanted=3)
        if reply.code // 100 != 3:
            return judge("DATA", reply)
        if broken := self._pour(wire_form(message)):
            return judge("DATA", broken)
        reply = self._hear(wanted=2)
        self._unfinished = False
        return judge("end", reply)

    def _pour(self, data: bytes) -> Reply | None:
        """Hand all of it to the kernel: None when it took the last byte, which is that of the final dot."""
        assert self._smtp is not None, "DATA was just answered"
        assert self._smtp.sock is not None, "DATA was just answered"
        try:
            self._smtp.sock.sendall(data)
        except TimeoutError:
            reply = Reply(0, "time-out: the server stopped reading in the middle of the message")
        except OSError as error:
            reply = self._hear(wanted=5)  # a server that hangs up early may have said why
            if reply.code == 0:
                reply = Reply(0, f"connection lost in the middle of the message: {error.strerror or error}")
        else:
            return None
        self._drop()
        return reply

    def _say(self, command: str, *, wanted: int) -> Reply:
        assert self._smtp is not None, "commands are said on an open connection"
        try:
            self._smtp.putcmd(command)
        except OSError as error:
            self._drop()
            return Reply(0, f"connection lost: {_cause(error)}")
        return self._hear(wanted=wanted)

    def _hear(self, *, wanted: int) -> Reply:
        """The next reply: of the wanted family or an error, any other has no meaning. May drop the connection."""
        assert self._smtp is not None, "replies are heard on an open connection"
        try:
            code, words = self._smtp.getreply()
        except OSError as error:
            late = isinstance(_cause(error), TimeoutError)
            reply = Reply(0, "time-out: no answer came" if late else f"connection lost: {_cause(error)}")
        else:
            reply = Reply(code, _said(words))
            if code // 100 not in (wanted, 4, 5):
                reply = Reply(0, f"an answer without meaning: {code} {reply.text}")
        if reply.code in (0, 421):
            self._drop()
        return reply

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp, self._unfinished = None, False

    def _reopen(self) -> str | None:
        """None when the connection is open again, else why not."""
        if self._clock() < self._closed_until:
            return self._problem
        try:
            self._smtp = self._dial()
        except TransportError as error:
            self._problem, self._closed_until = str(error), self._clock() + self._REST
            return self._problem
        return None
