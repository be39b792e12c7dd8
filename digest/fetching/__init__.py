"""Fetching: many polls at once, each with one result, whatever the servers do.

`fetch` lets libcurl work in a thread of its own (`transfers`) and hands out results by plain iteration, so a consumer
that takes its time holds up no transfer. The order of rules:

1. Requests are grouped by host. The feeds of a host are polled one after another, at most `HOSTS_AT_ONCE` hosts at a
   time. A poll keeps its place until its result is taken: a slow consumer bounds the memory, and no server feels it.
2. Every hop of a poll, redirects included, waits for its turn at its host and has a connection of its own, closed
   after it: a host never sees two of ours, not even an idle one (of a redirect to another port or to https, say).
   The wait is not counted as the feed's time.
3. Redirects are followed by hand, because what a permanent one means depends on all those before it.
4. Private addresses are refused where sockets are made. That is behind every look-up and redirect, so no notation, no
   re-bound name and no redirect leads around it.
5. A request with a form is posted, under the same rules. It goes on only where a redirect keeps the form (307, 308)
   and does not carry it from https to http.
6. A host that answers 429 or 503 is asked for nothing more: its requests that have not been made have no result, and
   redirects to it are not followed. So it is with the hosts in `resting` from the beginning.
7. Whatever fails becomes `FetchResult.problem`, one sentence (`problems`).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Semaphore, Thread, current_thread
from typing import NamedTuple
from urllib.parse import urlencode

from digest.fetching import problems
from digest.fetching.trails import REDIRECTS, REDIRECTS_OF_FORMS, FeedError, Trail, has_login, host_of, url_of
from digest.fetching.transfers import Answer, Request, Transfers
from digest.fetching.unpacking import CODINGS, unpacked
from digest.model import FetchRequest, FetchResult, host_key
from digest.settings import Polling

HOSTS_AT_ONCE = 32
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_OVERLOADED = frozenset({429, 503})
_ASKED_TO_STOP = 0.5
"""Seconds after which that is looked for, while nothing comes."""
_REPLY_BYTES = 64 * 1024
"""Of the answer to a form. Nobody needs more than its first line."""


def fetch(
    requests: Iterable[FetchRequest],
    polling: Polling,
    *,
    user_agent: str,
    resting: Collection[str] = (),
    stop: Event | None = None,
) -> Generator[FetchResult, None, None]:
    """One result for each request that was made (rule 6), in order of completion. Nothing is started before the first
    one is asked for. When `stop` is set there are no more, soon after, even while none comes.

    No fault of a feed, server or network is raised: it is the `problem` of its result. Closing the iterator, or
    dropping it, cancels what is in flight and waits until every socket and the thread are gone.
    """
    polls = _Polls(_by_host(requests), _Walker(polling, user_agent, resting))
    # A daemon, so that an iterator still open at the end of the program does not keep it from ending.
    thread = Thread(target=polls.run, name="fetching", daemon=True)
    thread.start()
    try:
        yield from polls.results(stop)
    finally:
        polls.end()
        if thread is not current_thread():  # the collector may run in any thread
            thread.join()


class _Hop(NamedTuple):
    """A request that a poll wants to make when it is its turn at the host."""

    host: str
    request: Request


_Steps = Generator[_Hop, Answer, FetchResult]


class _Walker:
    """The rules of one poll: it asks for requests and is sent the answers."""

    def __init__(self, polling: Polling, user_agent: str, resting: Collection[str]) -> None:
        self._polling = polling
        self._headers = (f"User-Agent: {user_agent}", f"Accept: {ACCEPT}")
        self._resting = set(resting)
        """Hosts, as `host_key` writes them, that want to be left alone."""

    def rests(self, url: str) -> bool:
        return bool(self._resting) and host_key(url) in self._resting

    def walk(self, request: FetchRequest) -> _Steps:
        trail, body, problem = Trail(request.url), b"", None
        try:
            body = yield from self._go(request, trail)
        except Exception as error:  # noqa: BLE001 - hostile input may reach a bug of a library: it stays one feed's problem
            problem = _explain(error, trail)
        # A login is the operator's: he gave it for one address, and it must not be copied to where moves are kept.
        open_to_all = not has_login(trail.url)
        moved = trail.moved_to if problem is None and open_to_all else None
        result = FetchResult(
            request=request,
            status=trail.status,
            headers=trail.headers,
            body=body,
            final_url=str(trail.url if open_to_all else trail.url.with_user(None)) if trail.seen else request.url,
            moved_to=str(moved) if moved else None,
            in_passing=not trail.only_permanent,
            problem=problem,
        )
        if result.status in _OVERLOADED:
            self._resting.add(host_key(result.final_url))
        return result

    def _go(self, request: FetchRequest, trail: Trail) -> Generator[_Hop, Answer, bytes]:
        """To the end of the redirects; the body there, empty for a 304. Raises whatever goes wrong."""
        trail.start()
        left = self._polling.timeout.total_seconds()
        while True:
            answer = yield _Hop(host_of(trail.url), self._request(request, trail, left))
            trail.arrived(answer.status, answer.headers)
            if answer.status not in (REDIRECTS_OF_FORMS if request.form else REDIRECTS):
                return self._read(request, trail, answer)
            left -= answer.seconds
            before = trail.url
            trail.follow()
            if request.form and before.scheme == "https" and trail.url.scheme == "http":
                raise FeedError(
                    f"{before.host} leads from https to {problems.shown(trail.url)}, where others could listen"
                )

    def _request(self, request: FetchRequest, trail: Trail, seconds: float) -> Request:
        form = bool(request.form)
        return Request(
            url=str(trail.url),
            headers=self._headers if form else [*self._headers, f"Accept-Encoding: {CODINGS}", *_validators(request)],
            form=urlencode(request.form) if form else None,
            seconds=seconds,
            most=_REPLY_BYTES if form else self._polling.max_bytes,
            public=not self._polling.private_addresses,
        )

    def _read(self, request: FetchRequest, trail: Trail, answer: Answer) -> bytes:
        status, url = answer.status, trail.url
        if status is None or (status == 200 and not request.form and answer.fault):
            assert answer.fault
            raise FeedError(problems.of_fault(answer.fault, url, status, self._polling))
        if request.form:
            if 200 <= status < 300:
                return answer.body
            raise FeedError(problems.of_reply(answer, url))
        if status == 304 and _validators(request):
            return b""
        if status != 200:
            raise FeedError(problems.of_status(answer, url))
        return self._unpacked(answer, trail)

    def _unpacked(self, answer: Answer, trail: Trail) -> bytes:
        limit = self._polling.max_bytes
        try:
            body = unpacked(answer.body, answer.headers.get("content-encoding", ""), limit)
        except ValueError as error:
            raise FeedError(problems.not_so_packed(trail.url)) from error
        except EOFError as error:
            raise FeedError(problems.cut_off(trail.url)) from error
        if len(body) > limit:
            raise FeedError(problems.too_large(trail.url, limit))
        return body


def _validators(request: FetchRequest) -> list[str]:
    pairs = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return [f"{name}: {value}" for name, value in pairs.items() if value]


def _explain(error: Exception, trail: Trail) -> str:
    match error:
        case FeedError():
            sentence = str(error)
        case ValueError():
            sentence = f"{problems.shown(trail.url)} cannot be fetched: {problems.clean(str(error))}"
        case _:
            host = problems.clean(trail.url.host or "")
            sentence = f"{host} could not be read: {type(error).__name__}: {problems.clean(str(error))}"
    return f"{sentence} (after a redirect to {problems.shown(trail.url)})" if len(trail.seen) > 1 else sentence


@dataclass(slots=True)
class _Poll:
    """One under way."""

    steps: _Steps
    lane: deque[FetchRequest]
    """What else is to be polled of its host."""
    hop: _Hop = field(init=False)
    """What it waits for."""
    begun: bool = False
    """Whether a server has heard of it."""


class _Polls:
    """What lives as long as one call of `fetch`. `results` and `end` are the consumer's, the rest is the thread's."""

    def __init__(self, lanes: Iterable[deque[FetchRequest]], walker: _Walker) -> None:
        self._lanes = deque(lanes)
        self._walker = walker
        self._transfers: Transfers[_Poll] = Transfers()
        self._hosts: dict[str, deque[_Poll]] = {}
        """A host that is being asked → who waits for its turn there."""
        self._places = Semaphore(HOSTS_AT_ONCE)
        self._lacks_places = self._left = False
        self._ready: list[FetchResult] = []
        self._crossing: SimpleQueue[list[FetchResult] | BaseException | None] = SimpleQueue()

    def results(self, stop: Event | None) -> Iterator[FetchResult]:
        """Raises what is wrong with our own code."""
        while (results := self._crossed(stop)) is not None:
            if isinstance(results, BaseException):
                raise results
            for result in results:
                if stop is not None and stop.is_set():
                    return
                self._places.release()
                if self._lacks_places:
                    self._lacks_places = False
                    self._transfers.wake()
                yield result

    def _crossed(self, stop: Event | None) -> list[FetchResult] | BaseException | None:
        while stop is None or not stop.is_set():
            with suppress(Empty):
                return self._crossing.get(timeout=None if stop is None else _ASKED_TO_STOP)
        return None

    def end(self) -> None:
        self._left = True
        self._transfers.wake()

    def run(self) -> None:
        last = None
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the results are asked for
            last = error
        try:
            self._transfers.close()
        finally:
            self._crossing.put(last)

    def _run(self) -> None:
        while not self._left:
            self._begin()
            # What is ready together crosses together: to wake the other thread costs more than the rest of a poll.
            if self._ready:
                self._crossing.put(self._ready)
                self._ready = []
            if not self._lanes and not self._transfers:
                return
            for poll, answer in self._transfers.wait():
                host = poll.hop.host
                self._go_on(poll, partial(poll.steps.send, answer))
                self._leave(host)  # now that it is known whether the host wants to be left alone

    def _begin(self) -> None:
        """As many polls as there are places for."""
        while self._lanes:
            if not self._has_place():
                return
            lane = self._lanes.popleft()
            steps = self._walker.walk(lane.popleft())
            self._go_on(_Poll(steps=steps, lane=lane), partial(next, steps))

    def _has_place(self) -> bool:
        if self._places.acquire(blocking=False):
            return True
        self._lacks_places = True
        return self._places.acquire(blocking=False)  # one may have come back before it was known to be missed

    def _go_on(self, poll: _Poll, step: Callable[[], _Hop]) -> None:
        try:
            poll.hop = step()
        except StopIteration as end:
            self._ready.append(end.value)
            self._end(poll)
            return
        if poll.hop.host in self._hosts:
            self._hosts[poll.hop.host].append(poll)
        else:
            self._hosts[poll.hop.host] = deque()
            self._ask(poll, poll.hop)

    def _end(self, poll: _Poll) -> None:
        if poll.lane:
            self._lanes.append(poll.lane)

    def _ask(self, poll: _Poll, hop: _Hop) -> None:
        if self._walker.rests(hop.request.url):
            self._turn_away(poll, hop.host)
            return
        poll.begun = True
        try:
            self._transfers.start(hop.request, poll)
        except Exception as error:  # noqa: BLE001 - an address that libcurl cannot take is the problem of its poll
            self._leave(hop.host)
            self._go_on(poll, partial(poll.steps.throw, error))

    def _turn_away(self, poll: _Poll, host: str) -> None:
        if poll.begun:
            error = FeedError(f"it redirects to {problems.clean(host)}, which wants to be left alone for now")
            self._go_on(poll, partial(poll.steps.throw, error))
        else:
            self._places.release()
            self._end(poll)
        self._leave(host)

    def _leave(self, host: str) -> None:
        """It is the turn of the next who waits there."""
        if waiting := self._hosts[host]:
            poll = waiting.popleft()
            self._ask(poll, poll.hop)
        else:
            del self._hosts[host]


def _by_host(requests: Iterable[FetchRequest]) -> Iterable[deque[FetchRequest]]:
    """In order of first appearance. Addresses that cannot be read stand together, for they meet no server."""
    hosts: defaultdict[str, deque[FetchRequest]] = defaultdict(deque)
    for request in requests:
        try:
            host = host_of(url_of(request.url))
        except ValueError:
            host = ""
        hosts[host].append(request)
    return hosts.values()
