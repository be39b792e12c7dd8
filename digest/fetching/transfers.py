"""Many HTTP requests at once, by libcurl: one answer to each, and no rule of ours about them.

Each has a connection of its own, which is closed after it. No cookie is kept, no redirect followed, no proxy asked,
and nothing but HTTP/1.1 spoken: one request on a connection gains nothing from anything newer.

`select` waits for the sockets that libcurl names, rather than libcurl calling back for each change of one: that takes
a third less CPU. A socket with a number beyond `select`'s reach is looked at every so often.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Generic, TypeVar

import pycurl

from digest.fetching.addresses import why_not_public

Who = TypeVar("Who")

_PIECE_BYTES = 128 * 1024
"""The most of a body that is handed to us at once."""
_NOW_AND_THEN, _OFTEN = 1.0, 0.05
"""Seconds between two looks, where nothing calls for one."""
_WORTH_THE_END = frozenset({b"200", b"204", b"304"})
"""Answers whose body is read, and those that have none: what breaks off takes no leave (TLS)."""
_REACH = 1024
"""Of `select`: FD_SETSIZE."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A GET; with a form a POST."""

    url: str
    """Of http or https, in ASCII, without a fragment. A login in it is sent."""
    headers: Sequence[str]
    form: str | None
    """As application/x-www-form-urlencoded."""
    seconds: float
    most: int
    """Bytes of the body, as they come over the wire. A larger one is a fault; of the answer to a form, the rest is
    left."""
    public: bool
    """Whether nothing but addresses of the public internet may be connected to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Why there is no answer, or only a part of one."""

    code: int
    """One of libcurl's, `pycurl.E_…`."""
    said: str
    errno: int
    """Of the system, or 0."""
    nameless: bool
    """Whether the name of the host was still being looked up."""
    refused: Sequence[str]
    """The addresses that are not public, each with what it is, when there were no others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back. A body comes with status 200, and of an answer to a form its beginning."""

    status: int | None
    """None unless its headers came to their end."""
    status_line: bytes
    headers: dict[str, str]
    """Names in lower case, repeated ones joined (RFC 9110, section 5.3). Values that are not UTF-8, or hold control
    characters, are left out: they could be neither stored nor sent back."""
    body: bytes
    """Packed, as `Content-Encoding` says."""
    seconds: float
    fault: Fault | None


_TOGETHER = 4
"""So many transfers share a multi handle. It looks up ten names at a time, two threads for each: a few that no server
answers for, given up lately ones among them, must not keep the others waiting."""
_idle: deque[pycurl.CurlMulti] = deque()
"""They hold the certificates of all authorities, which takes libcurl 8 ms to read, and no connections."""


def _multi() -> pycurl.CurlMulti:
    try:
        return _idle.pop()
    except IndexError:
        return pycurl.CurlMulti()


def _keep(multi: pycurl.CurlMulti) -> None:
    """To the very end of the process: to free it would wait for look-ups of names that go on, for ten seconds say."""
    import ctypes  # takes longer than some polls

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(multi))


class Transfers(Generic[Who]):
    """Requests under way, each for somebody. All but `wake` belongs to one thread."""

    def __init__(self) -> None:
        self._multis: dict[pycurl.CurlMulti, dict[pycurl.Curl, _Transfer[Who]]] = {}
        """What is under way in each."""
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._heard = [self._woken] if self._woken.fileno() < _REACH else []

    def __len__(self) -> int:
        return sum(map(len, self._multis.values()))

    def start(self, request: Request, who: Who) -> None:
        """Raises ValueError when the request cannot be made."""
        transfer = _Transfer(request, who)
        multi = next((multi for multi, its in self._multis.items() if len(its) < _TOGETHER), None) or _multi()
        multi.add_handle(transfer.curl)
        self._multis.setdefault(multi, {})[transfer.curl] = transfer

    def wait(self) -> list[tuple[Who, Answer]]:
        """What has ended, as soon as something has; nothing when woken, and now and then."""
        busy = [multi for multi, its in self._multis.items() if its]
        sets = [multi.fdset() for multi in busy]
        read, write, failed = (list(chain.from_iterable(each[kind] for each in sets)) for kind in range(3))
        listens = len(read) + len(write) >= len(self) and self._heard
        soon = (multi.timeout() / 1000 for multi in busy)
        pause = min([_NOW_AND_THEN if listens else _OFTEN, *(seconds for seconds in soon if seconds >= 0)])
        ready, _, _ = select.select([*read, *self._heard], write, failed, pause)
        if self._woken in ready:
            self._woken.recv(4096)
        for multi in busy:
            multi.perform()
        return [ended for multi in busy for ended in self._ended(multi)]

    def _ended(self, multi: pycurl.CurlMulti) -> Iterator[tuple[Who, Answer]]:
        left = 1
        while left:
            left, well, ill = multi.info_read()
            for curl, code, said in [*((curl, pycurl.E_OK, "") for curl in well), *ill]:
                multi.remove_handle(curl)
                transfer = self._multis[multi].pop(curl)
                answer = transfer.answer(code, said)
                if code == pycurl.E_OPERATION_TIMEDOUT and transfer.is_nameless:
                    _keep(multi)
                transfer.close()
                yield transfer.who, answer

    def wake(self) -> None:
        """Ends the `wait` under way, or the next one. From any thread."""
        with suppress(OSError):  # it is woken often enough already, or closed
            self._waker.send(b"\0")

    def close(self) -> None:
        """Breaks off what is under way."""
        for multi, its in self._multis.items():
            if any(transfer.is_nameless for transfer in its.values()):
                _keep(multi)
            for curl, transfer in its.items():
                multi.remove_handle(curl)
                transfer.close()
            multi.perform()  # lets go of the sockets that were shut down
            _idle.append(multi)
        self._multis.clear()
        self._woken.close()
        self._waker.close()


class _Transfer(Generic[Who]):
    """One request, on its way."""

    def __init__(self, request: Request, who: Who) -> None:
        self.who = who
        self.curl = _plain().duphandle()
        self._request = request
        self._head: list[bytes] = []
        """The status line and headers of the answer."""
        self._whole = False
        """Whether they have come to their end."""
        self._body = bytearray()
        self._refused: list[str] = []
        self._errno = 0
        self._sockets: list[socket.socket] = []
        self._set_up(request)

    def _set_up(self, request: Request) -> None:
        curl = self.curl
        curl.setopt(pycurl.URL, request.url)
        curl.setopt(pycurl.HTTPHEADER, [header.encode() for header in request.headers])
        curl.setopt(pycurl.TIMEOUT_MS, max(int(request.seconds * 1000), 1))
        curl.setopt(pycurl.HEADERFUNCTION, self._hear)
        curl.setopt(pycurl.WRITEFUNCTION, self._take)
        if request.form is None:
            curl.setopt(pycurl.MAXFILESIZE, request.most)
        else:
            curl.setopt(pycurl.POSTFIELDS, request.form)
        if request.public or request.url.startswith("https:"):  # see `close`
            curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    @property
    def is_nameless(self) -> bool:
        seconds: float = self.curl.getinfo(pycurl.NAMELOOKUP_TIME)
        return seconds == 0

    def _hear(self, line: bytes) -> int | None:
        """A line of headers, of interim answers (RFC 9110, section 15.2) or of trailers. 0 ends the transfer."""
        if self._whole:
            return None
        self._head.append(line)
        if line.strip(b"\r\n"):
            return None
        status = b"".join(b"".join(self._head[:1]).split()[1:2])
        if status.startswith(b"1") and status != b"101":
            self._head.clear()
            return None
        self._whole = True
        # The body of other answers might never come.
        is_enough = self._request.form is None and status >= b"200" and status not in _WORTH_THE_END
        return 0 if is_enough else None

    def _take(self, piece: bytes) -> int:
        """How much of a piece of the body is taken; less than all ends the transfer."""
        taken = piece[: self._request.most - len(self._body)]
        self._body += taken
        return len(taken)

    def _open(self, _: int, to: Any) -> socket.socket | int:
        """A socket for a resolved address, of which libcurl makes one of its own, or a refusal: it tries the next."""
        refusal: int = pycurl.SOCKET_BAD
        address = str(to.addr[0])
        if self._request.public and (reason := why_not_public(address)):
            self._refused.append(f"{address} is {reason}")
            return refusal
        try:
            self._sockets.append(socket.socket(to.family, to.socktype, to.protocol))
        except OSError as error:
            self._errno = error.errno or 0
            return refusal
        return self._sockets[-1]

    def answer(self, code: int, said: str) -> Answer:
        """What has come, now that libcurl has ended with this code."""
        if code == pycurl.E_OK and not self._whole:
            code = pycurl.E_GOT_NOTHING  # libcurl takes headers that break off for an answer
        fault = None
        if code != pycurl.E_OK:
            number = self._errno or self.curl.getinfo(pycurl.OS_ERRNO)
            fault = Fault(code=code, said=said, errno=number, nameless=self.is_nameless, refused=self._refusals())
        return Answer(
            status=self.curl.getinfo(pycurl.RESPONSE_CODE) or None if self._whole else None,
            status_line=b"".join(self._head[:1]),
            headers=_headers(self._head[1:]),
            body=bytes(self._body),
            seconds=self.curl.getinfo(pycurl.TOTAL_TIME),
            fault=fault,
        )

    def _refusals(self) -> Sequence[str]:
        return () if self._sockets else tuple(dict.fromkeys(self._refused))

    def close(self) -> None:
        self.curl.close()
        for each in self._sockets:
            # Of a TLS connection libcurl has taken leave, and would hold it until the server has, too.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _headers(lines: Sequence[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode(errors="surrogateescape").strip().partition(":")
        key, value = name.strip().lower(), value.strip()
        if key and key.isascii() and (value.isprintable() or value.replace("\t", " ").isprintable()):
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


@cache
def _plain() -> pycurl.Curl:
    """What all transfers have in common."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.NOSIGNAL, 1)  # we live in a thread
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.FRESH_CONNECT, 1)
    curl.setopt(pycurl.FORBID_REUSE, 1)
    curl.setopt(pycurl.PROXY, "")  # one of the environment would make the connection, where no address is checked
    curl.setopt(pycurl.BUFFERSIZE, _PIECE_BYTES)
    # The certificates of those whom Python trusts too (SSL_CERT_FILE, SSL_CERT_DIR).
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        curl.setopt(pycurl.CAINFO, paths.cafile)
    if paths.capath:
        curl.setopt(pycurl.CAPATH, paths.capath)
    return curl
