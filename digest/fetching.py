"""Fetching: many polls at once, each with one result, whatever the servers do.

The event loop lives in this module only. `fetch` starts it in a thread of its own and hands out results by plain
iteration, so a consumer that takes its time holds up no transfer. The order of rules:

1. Requests are grouped by host. The feeds of a host are polled one after another, at most `HOSTS_AT_ONCE` hosts at a
   time. A poll keeps its place until its result is taken: a slow consumer bounds the memory, and no server feels it.
2. Every hop of a poll, redirects included, waits for the lock of its host and has a connection of its own, closed
   after it: a host never sees two of ours, not even an idle one (of a redirect to another port or to https, say).
   The wait is not counted as the feed's time.
3. Redirects are followed by hand, because what a permanent one means depends on all those before it.
4. Private addresses are refused where sockets are made. That is behind every look-up and redirect, so no notation, no
   re-bound name and no redirect leads around it; a resolver of our own would never be asked about literal addresses.
5. A request with a form is posted, under the same rules. It goes on only where a redirect keeps the form (307, 308)
   and does not carry it from https to http.
6. A host that answers 429 or 503 is asked for nothing more: its requests that have not been made have no result, and
   redirects to it are not followed. So it is with the hosts in `resting` from the beginning.
7. Whatever fails becomes `FetchResult.problem`, one sentence, in one place (`_explain`).

Thread, loop and session are made anew for each call: that takes a millisecond of CPU for up to 256 polls, and nothing
is left between two rounds that would have to be ended, or could go stale. What is dear, the TLS context (25 ms and
more), is aiohttp's and made once in a process.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import zlib
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from queue import SimpleQueue
from threading import Lock, Thread, current_thread

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from digest.model import FetchRequest, FetchResult, host_key
from digest.settings import Polling

HOSTS_AT_ONCE = 32
MAX_REDIRECTS = 5
HEADER_BYTES = 32 * 1024
"""Of one header line. aiohttp's 8 KiB refuse feeds behind CDNs with huge cookies and policies."""

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OVERLOADED = frozenset({429, 503})
_REDIRECTS_OF_FORMS = frozenset({307, 308})
_GZIP, _UNTOLD = b"\x1f\x8b", 2
"""How it begins; how often it is taken off without a header."""
_REPLY_BYTES = 64 * 1024
"""Of the answer to a form. Nobody needs more than its first line."""

_ADVICE = {
    401: "it wants a login",
    403: "it refuses us; ask the site whether programs may read the feed, or remove it",
    404: "nothing is at this address; look up the feed's new one, or remove it",
    410: "the feed is gone for good; remove it",
    429: "we ask too often; a longer polling.every helps",
}


def fetch(
    requests: Iterable[FetchRequest], polling: Polling, *, user_agent: str, resting: Collection[str] = ()
) -> Generator[FetchResult, None, None]:
    """One result for each request that was made (rule 6), in order of completion. Nothing is started before the first
    one is asked for.

    No fault of a feed, server or network is raised: it is the `problem` of its result. Closing the iterator, or
    dropping it, cancels what is in flight and waits until every socket and the thread are gone.
    """
    with _loop_in_a_thread() as loop:
        counter = _Counter(loop)
        poller = _Poller(polling, user_agent, counter, resting)
        work = asyncio.run_coroutine_threadsafe(poller.run(_by_host(requests)), loop)
        work.add_done_callback(lambda _: counter.close())
        yield from counter.results()
        work.result()  # nothing, or what is wrong with our own code


def why_not_public(address: str) -> str | None:
    """What kind of address this is, when it is none of the public internet; None when it is.

    `address` is an IPv4 or IPv6 address as `socket` writes it, with or without a scope. IPv4 inside IPv6 (mapped, or
    behind the well-known NAT64 prefix of RFC 6052) is judged as the IPv4 address that it reaches.
    """
    ip = _reached(ip_address(address))
    # is_global calls multicast, site-local, 6to4 and parts of 192.0.0.0/24 global (CPython 3.11).
    if any(ip in network for network in _NOT_PUBLIC):
        return "a reserved address"
    if ip.is_multicast:
        return "a multicast address"
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_link_local:
        return "a link-local address"
    if not ip.is_global:
        return "a private address"
    # IANA has given out only 2000::/3 as global unicast so far (RFC 4291, section 2.4).
    return None if ip.version == 4 or ip in _GLOBAL_UNICAST else "a reserved address"


_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = (
    ip_network("192.0.0.0/24"),  # IETF protocol assignments, RFC 6890
    ip_network("2002::/16"),  # 6to4 carries any IPv4 address, and is given up: RFC 7526
)


def _reached(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip


_refused: ContextVar[list[str]] = ContextVar("refused")
"""The addresses refused to the poll under way. The connector tries several addresses, partly in tasks of its own, and
merges their errors into one; only the context leads from there back to the poll."""


def _public_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    """A socket for one resolved address. Raises OSError when it is not public; the connector then tries the next."""
    family, kind, protocol, _, target = info
    address = str(target[0])
    if reason := why_not_public(address):
        _refused.get().append(f"{address} is {reason}")
        raise OSError(errno.EACCES, "not a public address")
    return socket.socket(family, kind, protocol)


class _FeedError(Exception):
    """Ends a poll; `str()` of it is the problem."""


class _Trail:
    """How far one poll has come. What it knows when the poll fails is what the operator is told."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = URL()
        self.seen: list[URL] = []
        self.status: int | None = None
        self.headers: dict[str, str] | None = None
        self.moved_to: URL | None = None
        self.only_permanent = True

    def start(self) -> None:
        self._go_to(_read_url(self.address))

    def arrived(self, response: aiohttp.ClientResponse) -> None:
        self.status, self.headers = response.status, _plain_headers(response.headers)

    def follow(self) -> None:
        """Take the redirect just answered. Raises _FeedError when it leads nowhere that may be gone to."""
        location = (self.headers or {}).get("location")
        if location is None:
            raise _FeedError(f"{self.url.host} answered {self.status} without a usable Location, so it leads nowhere")
        old, new = self.url, _with_login(self.url, _read_url(location, base=self.url))
        # A step down from https is followed, but such a hop is nothing to remember: it could not be trusted.
        downgrade = old.scheme == "https" and new.scheme == "http"
        self.only_permanent &= self.status in _PERMANENT and not downgrade
        if self.only_permanent:
            self.moved_to = new
        self._go_to(new)

    def _go_to(self, url: URL) -> None:
        if url in self.seen:
            way = " → ".join(_shown(hop) for hop in [*self.seen[self.seen.index(url) :], url])
            raise _FeedError(f"it redirects in a loop: {way}")
        if len(self.seen) > MAX_REDIRECTS:
            raise _FeedError(f"more than {MAX_REDIRECTS} redirects, the last of them to {_shown(url)}")
        self.url = url
        self.seen.append(url)


class _Counter:
    """Where results cross from the event loop to the consumer's thread, and places come back.

    Waking the other thread costs more than anything else that is ours in a poll (system calls, and a fight for the
    interpreter). So what is ready together crosses together, and nobody is woken twice for what is to come.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.places = asyncio.Semaphore(HOSTS_AT_ONCE)
        """Released, one by one, as results are taken."""
        self._loop = loop
        self._crossing: SimpleQueue[list[FetchResult] | None] = SimpleQueue()
        self._ready: list[FetchResult] = []
        self._lock = Lock()
        self._taken = 0

    def hand_out(self, result: FetchResult) -> None:
        """In the loop."""
        if not self._ready:
            self._loop.call_soon(self._let_cross)
        self._ready.append(result)

    def close(self) -> None:
        """In the loop: no result comes any more."""
        self._let_cross()
        self._crossing.put(None)

    def results(self) -> Iterator[FetchResult]:
        """In the consumer's thread, until `close`."""
        while (results := self._crossing.get()) is not None:
            for result in results:
                self._take()
                yield result

    def _let_cross(self) -> None:
        if self._ready:
            self._crossing.put(self._ready)
            self._ready = []

    def _take(self) -> None:
        with self._lock:
            self._taken += 1
            first = self._taken == 1
        if first:
            self._loop.call_soon_threadsafe(self._give_back)

    def _give_back(self) -> None:
        with self._lock:
            taken, self._taken = self._taken, 0
        for _ in range(taken):
            self.places.release()


class _Poller:
    """What lives as long as one call of `fetch`. `run` is the only part that enters the event loop."""

    def __init__(self, polling: Polling, user_agent: str, counter: _Counter, resting: Collection[str]) -> None:
        self._polling = polling
        self._headers = {"User-Agent": user_agent, "Accept": ACCEPT}
        self._counter = counter
        self._resting = set(resting)
        """Hosts, as `host_key` writes them, that want to be left alone."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, hosts: Iterable[list[FetchRequest]]) -> None:
        async with self._open_session() as session, asyncio.TaskGroup() as group:
            for requests in hosts:
                group.create_task(self._poll_host(session, requests))

    def _open_session(self) -> aiohttp.ClientSession:
        _unpack_quickly()
        factory = None if self._polling.private_addresses else _public_socket
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=factory, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # asyncio.timeout holds the whole poll
            trust_env=False,  # a proxy would make the connection where no address is checked
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )

    async def _poll_host(self, session: aiohttp.ClientSession, requests: list[FetchRequest]) -> None:
        for request in requests:
            await self._counter.places.acquire()
            if host_key(request.url) in self._resting:
                self._counter.places.release()
                continue
            result = await self._poll(session, request)
            if result.status in _OVERLOADED:
                self._resting.add(host_key(result.final_url))
            self._counter.hand_out(result)

    async def _poll(self, session: aiohttp.ClientSession, request: FetchRequest) -> FetchResult:
        trail, body, problem = _Trail(request.url), b"", None
        _refused.set([])
        try:
            body = await self._walk(session, request, trail)
        except Exception as error:  # noqa: BLE001 - hostile input may reach a bug of a library: it stays one feed's problem
            problem = _explain(error, trail, self._polling)
        # A login is the operator's: he gave it for one address, and it must not be copied to where moves are kept.
        open_to_all = trail.url.user is None
        moved = trail.moved_to if problem is None and open_to_all else None
        return FetchResult(
            request=request,
            status=trail.status,
            headers=trail.headers,
            body=body,
            final_url=str(trail.url if open_to_all else trail.url.with_user(None)) if trail.seen else request.url,
            moved_to=str(moved) if moved else None,
            in_passing=not trail.only_permanent,
            problem=problem,
        )

    async def _walk(self, session: aiohttp.ClientSession, request: FetchRequest, trail: _Trail) -> bytes:
        """Go to the end of the redirects and return the body there, empty for a 304. Raises whatever goes wrong."""
        trail.start()
        now, left = asyncio.get_running_loop().time, self._polling.timeout.total_seconds()
        headers = self._headers | _validators(request)
        while True:
            async with self._locks[_host(trail.url)]:
                started = now()
                async with (
                    asyncio.timeout(left),
                    session.request(
                        "POST" if request.form else "GET",
                        trail.url,
                        headers=headers,
                        data=request.form or None,
                        allow_redirects=False,
                    ) as response,
                ):
                    trail.arrived(response)
                    if response.status not in (_REDIRECTS_OF_FORMS if request.form else _REDIRECTS):
                        return await self._read(request, response)
                left -= now() - started
            before = trail.url
            trail.follow()
            if host_key(str(trail.url)) in self._resting:
                raise _FeedError(
                    f"it redirects to {_clean(trail.url.host or '')}, which wants to be left alone for now"
                )
            if request.form and before.scheme == "https" and trail.url.scheme == "http":
                raise _FeedError(f"{before.host} leads from https to {_shown(trail.url)}, where others could listen")

    async def _read(self, request: FetchRequest, response: aiohttp.ClientResponse) -> bytes:
        if request.form:
            return await _read_reply(response)
        if response.status == 304 and _validators(request):
            return b""
        if response.status != 200:
            raise _FeedError(_explain_status(response))
        limit, body = self._polling.max_bytes, bytearray()
        if (response.content_length or 0) > limit:
            raise _FeedError(_too_large(response.url, limit))
        async for chunk in response.content.iter_any():  # decompressed piece by piece, so a bomb ends at the limit
            body += chunk
            if len(body) > limit:
                raise _FeedError(_too_large(response.url, limit))
        unpacked = _unpacked(bytes(body), limit)
        if len(unpacked) > limit:
            raise _FeedError(_too_large(response.url, limit))
        return unpacked


def _unpacked(body: bytes, limit: int) -> bytes:
    """The body without gzip that no header tells of, as of files and of servers that compress twice.

    Of what is larger than the limit no more than shows that; of what is no gzip all the same, the body as it is.
    """
    for _ in range(_UNTOLD):
        if not body.startswith(_GZIP) or len(body) > limit:
            break
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, limit + 1)
        except zlib.error:
            break
    return body


async def _read_reply(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of what a server says to a form. Raises _FeedError with its first line when it refuses."""
    body = await response.content.read(_REPLY_BYTES)
    if 200 <= response.status < 300:
        return body
    said = _clean(body.decode(errors="replace").strip().partition("\n")[0])
    raise _FeedError(f"{response.url.host} answered {_status(response)}" + (f": {said}" if said else ""))


@contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread of its own.

    At the end of the block whatever still runs in it is cancelled and waited for, in that thread: the block may be
    left from any other, even one with a running loop, as when the garbage collector closes a dropped iterator.
    """
    loop = _new_loop()

    def live() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.get_loop().run_forever()

    # A daemon, so that an iterator still open at the end of the program does not keep it from ending.
    thread = Thread(target=live, name="fetching", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        if thread is not current_thread():  # the collector may run in any thread
            thread.join()


def _new_loop() -> asyncio.AbstractEventLoop:
    """That of uvloop with the extra `speed`: a poll takes a quarter less CPU."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _unpack_quickly() -> None:
    """With the extra `speed` gzip is unpacked by ISA-L, in half the CPU."""
    with suppress(ImportError):
        from isal import isal_zlib

        aiohttp.set_zlib_backend(isal_zlib)


# --- addresses and headers ------------------------------------------------------------------------------------------


def _by_host(requests: Iterable[FetchRequest]) -> list[list[FetchRequest]]:
    """In order of first appearance. Addresses that cannot be read stand together, for they meet no server."""
    hosts: defaultdict[str, list[FetchRequest]] = defaultdict(list)
    for request in requests:
        try:
            host = _host(_url(request.url))
        except ValueError:
            host = ""
        hosts[host].append(request)
    return list(hosts.values())


_url = lru_cache(maxsize=512)(URL)
"""An address, read once for all that a poll wants to know of it: reading one is a twentieth of the poll."""


def _host(url: URL) -> str:
    return (url.host or "").rstrip(".").lower()


def _read_url(address: str, base: URL | None = None) -> URL:
    """An absolute http or https URL without fragment. Raises _FeedError."""
    try:
        url = base.join(_url(address)) if base else _url(address)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port != 0
    except ValueError:
        url, usable = URL(), False
    if not usable:
        what = "it redirects to an address" if base else "the address is one"
        raise _FeedError(f"{what} that cannot be fetched: {_clean(address)}; expected http:// or https:// and a host")
    return url.with_fragment(None)


def _with_login(old: URL, new: URL) -> URL:
    """`new` with the login of `old` where it is the same server's, as every client does it."""
    if old.user is None or new.user is not None or old.origin() != new.origin():
        return new
    return new.with_user(old.user).with_password(old.password)


def _validators(request: FetchRequest) -> dict[str, str]:
    pairs = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _plain_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case, repeated ones joined as RFC 9110, section 5.3 has it.

    Values that are not UTF-8, or hold control characters, are left out: they could be neither stored nor sent back.
    """
    plain: dict[str, str] = {}
    for name, value in headers.items():
        if value.replace("\t", " ").isprintable():
            key = name.lower()
            plain[key] = f"{plain[key]}, {value}" if key in plain else value
    return plain


# --- sentences for the operator -------------------------------------------------------------------------------------


def _explain(error: Exception, trail: _Trail, polling: Polling) -> str:
    """The problem as one sentence. Nothing from outside gets into it without `_clean`."""
    sentence = _sentence(error, trail, polling)
    return f"{sentence} (after a redirect to {_shown(trail.url)})" if len(trail.seen) > 1 else sentence


def _sentence(error: Exception, trail: _Trail, polling: Polling) -> str:  # noqa: PLR0911 - one for each kind of failure
    host = _clean(trail.url.host or "")
    match error:
        case _FeedError():
            return str(error)
        case TimeoutError():
            what = "sent only a part of its answer" if trail.status == 200 else "did not answer"
            return f"timed out: {host} {what} within {polling.timeout.total_seconds():g} s (polling.timeout)"
        case aiohttp.ClientConnectorDNSError():
            return f"the name {host} does not resolve ({_clean(error.strerror or '')}); check the address and the DNS"
        case aiohttp.ClientConnectorError():
            return _explain_connection(error, host)
        case aiohttp.ServerDisconnectedError():
            return f"{host} closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return _explain_payload(error, host)
        case aiohttp.ClientResponseError():
            return f"{host} does not speak proper HTTP: {_clean(error.message)}"
        case OSError():
            return f"the connection to {host} broke: {_system_error(error)}"
        case ValueError():
            return f"{_shown(trail.url)} cannot be fetched: {_clean(str(error))}"
    return f"{host} could not be read: {type(error).__name__}: {_clean(str(error))}"


def _explain_connection(error: aiohttp.ClientConnectorError, host: str) -> str:
    if refused := _refused.get():
        found = " and ".join(dict.fromkeys(refused))
        return f"{host} is not polled: {found}; polling.private_addresses: true allows private addresses"
    cause = error.os_error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(cause, "verify_message", "") or str(error.certificate_error)
        return f"the TLS certificate of {host} is not to be trusted: {_clean(reason)}"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"no TLS connection with {host}: {_clean(getattr(cause, 'reason', None) or str(cause))}"
    if cause.errno == errno.ECONNREFUSED:
        return f"{host} refuses connections on port {error.port}"
    return f"{host} cannot be reached: {_system_error(cause)}"


def _explain_payload(error: aiohttp.ClientPayloadError, host: str) -> str:
    if isinstance(error.__cause__, ContentEncodingError):
        return f"{host} sent a body that is not what its Content-Encoding says"
    return f"{host} broke off in the middle of the body"


def _explain_status(response: aiohttp.ClientResponse) -> str:
    status, host = response.status, response.url.host
    if status == 304:
        return f"{host} answered 304 Not Modified, though we asked for the whole feed"
    advice = "a fault on its side, perhaps a passing one" if status >= 500 else _ADVICE.get(status, "expected 200 OK")
    wait = _clean(response.headers.get("Retry-After", ""))
    asks = f"; it asks to wait (Retry-After: {wait})" if wait else ""
    return f"{host} answered {_status(response)}: {advice}{asks}"


def _status(response: aiohttp.ClientResponse) -> str:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = _clean(response.reason or "")
    return f"{response.status} {phrase}".strip()


def _too_large(url: URL, limit: int) -> str:
    return f"what {url.host} sends is larger than {limit:,} bytes (polling.max_bytes)"


def _system_error(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else _clean(str(error))


def _shown(url: URL) -> str:
    return _clean(str(url))


def _clean(text: str) -> str:
    """One short line of printable characters, without the login that an address may hold."""
    line = "".join(c if c.isprintable() else " " for c in text)
    line = re.sub(r"//[^/\s]*@", "//", " ".join(line.split()))
    return line if len(line) <= 200 else line[:199] + "…"
