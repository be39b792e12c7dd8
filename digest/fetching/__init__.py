"""Fetching: many polls at once, each with one result, whatever the servers do.

`fetch` lets libcurl work in a thread of its own (`transfers`) and hands out results by plain iteration, so a consumer
that takes its time holds up no transfer. The order of rules:

1. Requests are grouped by host. The feeds of a host are polled one after another, at most `HOSTS_AT_ONCE` hosts at a
   time. A poll keeps its place until its result is taken: a slow consumer bounds the memory, and no server feels it.
2. Every hop of a poll, redirects included, waits for its turn at its host and has a connection of its own, closed
   after it: a host never sees two of ours, not even an idle one (of a redirect to another port or to https, say).
   The wait is not counted as the feed's time.
3. Private addresses are refused where sockets are made (`transfers`). That is behind every look-up and redirect, so
   no notation, no re-bound name and no redirect leads around it.
4. A host that answers 429 or 503 is asked for nothing more: its requests that have not been made have no result, and
   redirects to it are not followed. So it is with the hosts in `resting` from the beginning.

What a single poll asks for, and what becomes of the answers, is told in `walking`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread, current_thread

from digest.fetching import problems
from digest.fetching.trails import FeedError, host_of, url_of
from digest.fetching.transfers import Transfers
from digest.fetching.walking import Hop, Steps, Walker
from digest.model import FetchRequest, FetchResult
from digest.settings import Polling

HOSTS_AT_ONCE = 32
"""So many bodies, each of up to `polling.max_bytes`, may be in memory."""
_ASKED_TO_STOP = 0.5
"""Seconds after which that is looked for, while nothing comes."""


def fetch(
    requests: Iterable[FetchRequest],
    polling: Polling,
    *,
    user_agent: str,
    resting: Collection[str] = (),
    stop: Event | None = None,
) -> Generator[FetchResult, None, None]:
    """One result for each request that was made (rule 4), in order of completion. Nothing is started before the first
    one is asked for. When `stop` is set there are no more, soon after, even while none comes.

    No fault of a feed, server or network is raised: it is the `problem` of its result. Closing the iterator, or
    dropping it, cancels what is in flight and waits until every socket and the thread are gone.
    """
    polls = _Polls(_by_host(requests), Walker(polling, user_agent, resting))
    # A daemon, so that an iterator still open at the end of the program does not keep it from ending.
    thread = Thread(target=polls.run, name="fetching", daemon=True)
    thread.start()
    try:
        yield from polls.results(stop)
    finally:
        polls.end()
        if thread is not current_thread():  # the collector may run in any thread
            thread.join()


@dataclass(slots=True)
class _Poll:
    """A poll under way."""

    steps: Steps
    lane: deque[FetchRequest]
    """What else is to be polled of its host."""
    hop: Hop = field(init=False)
    """What it waits for."""
    begun: bool = False
    """Whether a server has heard of it."""


class _Polls:
    """What lives as long as one call of `fetch`. `results` and `end` are the consumer's, the rest is the thread's."""

    def __init__(self, lanes: Iterable[deque[FetchRequest]], walker: Walker) -> None:
        self._lanes = deque(lanes)
        self._walker = walker
        self._transfers: Transfers[_Poll] = Transfers()
        self._hosts: dict[str, deque[_Poll]] = {}
        """A host that is being asked → who waits for its turn there."""
        self._places = deque([None] * HOSTS_AT_ONCE)
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
                self._places.append(None)
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
            if not self._take_place():
                return
            lane = self._lanes.popleft()
            steps = self._walker.walk(lane.popleft())
            self._go_on(_Poll(steps=steps, lane=lane), partial(next, steps))

    def _take_place(self) -> bool:
        self._lacks_places = not self._places
        if not self._places:  # another look: one may have come back before it was known to be missed
            return False
        self._places.pop()
        return True

    def _go_on(self, poll: _Poll, step: Callable[[], Hop]) -> None:
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

    def _ask(self, poll: _Poll, hop: Hop) -> None:
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
            self._places.append(None)
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
