"""Fetching many feeds at once: who waits for whom, how many are under way, and what is left after it."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples
from wires import (
    AGENT,
    FEED,
    LOOPBACK,
    PATIENCE,
    Gauge,
    asking,
    head_of,
    let_pass,
    ok,
    poll,
    redirecting_to,
    saying,
    wait_for_leaving,
    wire,
)

from digest.fetching import HOSTS_AT_ONCE, fetch
from digest.model import FetchRequest, FetchResult

# --- many feeds at once ---------------------------------------------------------------------------------------------


def test_a_slow_feed_holds_up_no_other() -> None:
    others_done = threading.Event()

    def slow(connection: socket.socket) -> None:
        head_of(connection)
        others_done.wait(PATIENCE)
        connection.sendall(ok(b"slow"))

    with wire(slow) as tortoise, wire(saying(ok(b"fast")), "127.0.0.2") as hare:
        requests = [asking(tortoise.url), asking(hare.url), asking(hare.url)]
        bodies = []
        for result in fetch(requests, LOOPBACK, user_agent=AGENT):
            bodies.append(result.body)
            if len(bodies) == 2:
                others_done.set()
    assert bodies == [b"fast", b"fast", b"slow"]


def test_a_slow_consumer_holds_up_no_transfer() -> None:
    consuming, transferred = threading.Event(), threading.Event()

    def patient(connection: socket.socket) -> None:
        head_of(connection)
        consuming.wait(PATIENCE)
        connection.sendall(ok(bytes(1_000_000), "Connection: close"))
        wait_for_leaving(connection)
        transferred.set()

    with wire(saying(ok())) as first, wire(patient, "127.0.0.2") as second:
        results = fetch([asking(first.url), asking(second.url)], LOOPBACK, user_agent=AGENT)
        assert next(results).body == FEED
        consuming.set()  # from here on this thread asks for nothing, and yet the other transfer comes to its end
        assert transferred.wait(PATIENCE)
        assert len(next(results).body) == 1_000_000
        assert list(results) == []


class Counting:
    """Closes only when the client does. Its gauge counts the connections that wait for an answer."""

    def __init__(self) -> None:
        self.gauge = Gauge()

    def __call__(self, connection: socket.socket) -> None:
        self.gauge.enter()
        head_of(connection)
        self.gauge.leave()
        connection.sendall(ok())
        wait_for_leaving(connection)


def test_the_feeds_of_a_host_are_polled_one_after_another() -> None:
    counting = Counting()
    with wire(counting) as server:
        results = list(fetch([asking(f"{server.url}/{n}") for n in range(9)], LOOPBACK, user_agent=AGENT))
    assert [result.body for result in results] == [FEED] * 9
    assert counting.gauge.most == 1


def test_a_host_sees_one_connection_even_from_feeds_that_are_redirected_to_it() -> None:
    counting = Counting()
    with wire(counting) as server, wire(redirecting_to(server.url)) as other:
        urls = [f"{server.url}/{n}" for n in range(4)] + [f"http://h{n}.localhost:{other.port}/" for n in range(8)]
        results = list(fetch(map(asking, urls), LOOPBACK, user_agent=AGENT))
    assert [result.body for result in results] == [FEED] * 12
    assert counting.gauge.most == 1


def test_no_connection_is_left_idle_when_the_next_one_begins() -> None:
    """The server closes nothing, and answers the second request only when the first connection is gone."""
    gone = threading.Semaphore(1)

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(ok(b"alone" if gone.acquire(timeout=PATIENCE) else b"one of two"))
        wait_for_leaving(connection)
        gone.release()

    with wire(behave) as server:
        results = list(fetch([asking(server.url)] * 3, LOOPBACK, user_agent=AGENT))
    assert [result.body for result in results] == [b"alone"] * 3


def test_waiting_for_its_turn_at_a_host_does_not_count_as_the_time_of_a_feed() -> None:
    """Six feeds end at one slow host; the last is there when the limit of each has passed."""

    def slow(connection: socket.socket) -> None:
        head_of(connection)
        let_pass(connection, 0.1)
        connection.sendall(ok())

    with wire(slow) as server, wire(redirecting_to(server.url)) as other:
        requests = [asking(f"http://h{n}.localhost:{other.port}/") for n in range(6)]
        results = list(fetch(requests, replace(LOOPBACK, timeout=timedelta(seconds=0.5)), user_agent=AGENT))
    assert [result.problem for result in results] == [None] * 6


def test_so_many_hosts_are_polled_at_once_and_no_more() -> None:
    together, gauge = threading.Barrier(HOSTS_AT_ONCE), Gauge()

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        gauge.enter()
        together.wait(PATIENCE)  # answers only when as many are here as may be
        gauge.leave()
        connection.sendall(ok())

    with wire(behave) as server:
        urls = [f"http://h{n}.localhost:{server.port}/" for n in range(2 * HOSTS_AT_ONCE)]
        results = list(fetch(map(asking, urls), LOOPBACK, user_agent=AGENT))
    assert [result.problem for result in results] == [None] * len(urls)
    assert gauge.most == HOSTS_AT_ONCE


def test_polls_ahead_of_the_consumer_are_bounded() -> None:
    """Results that nobody takes hold bodies in memory; so beyond a bound no new poll begins."""
    served = threading.Semaphore(0)

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(ok())
        wait_for_leaving(connection)
        served.release()

    with wire(behave) as server:
        urls = [f"http://h{n}.localhost:{server.port}/" for n in range(3 * HOSTS_AT_ONCE)]
        results = fetch(map(asking, urls), LOOPBACK, user_agent=AGENT)
        next(results)
        for _ in range(1 + HOSTS_AT_ONCE):  # the one taken, and those that may wait
            assert served.acquire(timeout=PATIENCE)
        assert poll(server.url).problem is None  # time enough for a poll
        assert server.connections == 1 + HOSTS_AT_ONCE + 1
        assert len(list(results)) == len(urls) - 1


def test_a_redirect_to_another_port_does_not_leave_the_first_connection_open() -> None:
    left = threading.Event()

    def moving(connection: socket.socket) -> None:
        redirecting_to(target.url)(connection)
        wait_for_leaving(connection)
        left.set()

    def there(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(ok(b"alone" if left.wait(PATIENCE) else b"one of two"))

    with wire(there) as target, wire(moving) as server:
        results = list(fetch([asking(server.url), asking(server.url)], LOOPBACK, user_agent=AGENT))
    assert [result.body for result in results] == [b"alone", b"alone"]


# --- leaving early --------------------------------------------------------------------------------------------------


def fetching_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fetching"]


@pytest.mark.parametrize("way", ["close", "drop", "raise"])
def test_leaving_early_cancels_what_is_in_flight_and_leaves_nothing_behind(way: str) -> None:
    arrived, left = threading.Event(), threading.Event()

    def hanging(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
        arrived.set()
        wait_for_leaving(connection)
        left.set()

    def consume(results: Iterator[FetchResult]) -> None:
        assert next(results).body == FEED
        assert arrived.wait(PATIENCE)
        if way == "raise":
            raise LookupError
        if way == "close":
            results.close()  # type: ignore[attr-defined]  # what fetch returns is a generator

    with wire(hanging) as slow, wire(saying(ok()), "127.0.0.2") as quick:
        urls = [slow.url, quick.url, f"{slow.url}/2"]
        with suppress(LookupError):
            consume(fetch(map(asking, urls), LOOPBACK, user_agent=AGENT))
        gc.collect()  # where an unclosed socket, session or loop would speak up
        assert left.wait(PATIENCE)
        assert fetching_threads() == []


def test_when_asked_to_stop_no_more_results_come_even_while_none_comes() -> None:
    stop, arrived = threading.Event(), threading.Event()

    def hanging(connection: socket.socket) -> None:
        head_of(connection)
        arrived.set()
        wait_for_leaving(connection)

    with wire(hanging) as slow, wire(saying(ok()), "127.0.0.2") as quick:
        results = fetch(map(asking, [slow.url, quick.url]), LOOPBACK, user_agent=AGENT, stop=stop)
        assert next(results).body == FEED
        assert arrived.wait(PATIENCE)
        stop.set()
        assert list(results) == []
    assert fetching_threads() == []


def test_when_asked_to_stop_no_result_comes_that_was_ready_either() -> None:
    """What comes of them may take long: a stop is not held up by as many as there are places."""
    stop, together = threading.Event(), threading.Barrier(4)

    def behave(connection: socket.socket) -> None:
        head_of(connection)
        together.wait(PATIENCE)
        connection.sendall(ok())

    with wire(behave, "0.0.0.0") as server:
        urls = [f"http://127.0.4.{n}:{server.port}/" for n in range(4)]
        results = fetch(map(asking, urls), LOOPBACK, user_agent=AGENT, stop=stop)
        assert next(results).body == FEED
        stop.set()
        assert list(results) == []


def test_an_iterator_that_nobody_asks_starts_nothing() -> None:
    with wire(saying(ok())) as server:
        results = fetch([asking(server.url)], LOOPBACK, user_agent=AGENT)
        assert fetching_threads() == []
        del results
        assert server.connections == 0


def test_no_thread_is_left_after_the_last_result() -> None:
    with wire(Counting()) as server:
        assert poll(server.url).problem is None
    gc.collect()
    assert fetching_threads() == []


def test_a_fault_of_our_own_is_raised_where_results_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise LookupError("ours")

    monkeypatch.setattr("digest.fetching.transfers.Transfers.wait", broken)
    with wire(saying(ok())) as server, pytest.raises(LookupError, match="ours"):
        list(fetch([asking(server.url)], LOOPBACK, user_agent=AGENT))
    assert fetching_threads() == []


def test_what_a_consumer_throws_into_the_iterator_ends_it() -> None:
    with wire(saying(ok())) as quick, wire(wait_for_leaving, "127.0.0.2") as slow:
        results = fetch([asking(quick.url), asking(slow.url)], LOOPBACK, user_agent=AGENT)
        next(results)
        with pytest.raises(LookupError):
            results.throw(LookupError())
        assert fetching_threads() == []


# --- whatever the order of events -----------------------------------------------------------------------------------

FEW = 3
"""Places, so that there are fewer than hosts."""


@dataclass(frozen=True)
class Hop:
    host: int
    status: int
    """Of the last one of a poll; those before it redirect."""
    pause: float


HOPS = st.builds(
    Hop,
    host=st.integers(1, 5),
    status=st.sampled_from([200, 200, 200, 404, 503]),
    pause=st.sampled_from([0, 0, 0.002]),
)
SCRIPTS = st.lists(st.lists(HOPS, min_size=1, max_size=4), max_size=12)


class Stage:
    """Plays one script per poll, and takes down who came when. `/3/1` is the second hop of the fourth poll."""

    def __init__(self, scripts: list[list[Hop]]) -> None:
        self.scripts = scripts
        self.seen: list[tuple[int, int]] = []
        self.gauges = {host: Gauge() for host in range(1, 6)}
        self.begun, self.taken, self.most = 0, 0, 0
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket) -> None:
        number, step = map(int, head_of(connection).split()[1].split(b"/")[1:])
        script = self.scripts[number]
        hop, gauge = script[step], self.gauges[script[step].host]
        assert connection.getsockname()[0] == f"127.0.5.{hop.host}"
        gauge.enter()
        with self._lock:
            self.seen.append((number, step))
            self.begun += step == 0
            self.most = max(self.most, self.begun - self.taken)
        let_pass(connection, hop.pause) if hop.pause else None
        gauge.leave()
        if step + 1 < len(script):
            there = self.url(number, step + 1, connection.getsockname()[1])
            connection.sendall(f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {there}\r\n\r\n".encode())
        else:
            connection.sendall(f"HTTP/1.1 {hop.status} X\r\nContent-Length: 0\r\n\r\n".encode())

    def url(self, number: int, step: int, port: int) -> str:
        return f"http://127.0.5.{self.scripts[number][step].host}:{port}/{number}/{step}"

    def play(self, pauses: list[float]) -> dict[int, FetchResult]:
        results = {}
        with wire(self, "0.0.0.0") as server:
            requests = [FetchRequest(feed_id=n, url=self.url(n, 0, server.port)) for n in range(len(self.scripts))]
            for result in fetch(requests, LOOPBACK, user_agent=AGENT):
                self.taken += 1
                assert result.request.feed_id not in results, "one result at most"
                results[result.request.feed_id] = result
                time.sleep(pauses[self.taken % len(pauses)])  # no synchronisation: it spreads what happens meanwhile
        return results


@examples(150)
@given(SCRIPTS, st.lists(st.sampled_from([0, 0, 0.001, 0.004]), min_size=1, max_size=5))
def test_the_rules_hold_in_every_order_of_events(scripts: list[list[Hop]], pauses: list[float]) -> None:
    stage = Stage(scripts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("digest.fetching.HOSTS_AT_ONCE", FEW)
        results = stage.play(pauses)
    ends = [(script[-1].host, script[-1].status) for script in scripts]
    overloaded = {ends[n][0] for n, result in results.items() if result.status == 503}
    for number, script in enumerate(scripts):
        steps = [step for n, step in stage.seen if n == number]
        if number not in results:
            assert (steps, script[0].host in overloaded) == ([], True), "only of hosts that rest there is no result"
            continue
        result = results[number]
        assert steps == list(range(len(steps)))
        if "left alone" in str(result.problem):
            assert script[len(steps)].host in overloaded
        else:
            assert (len(steps), result.status) == (len(script), ends[number][1])
            assert (result.problem is None) == (result.status == 200)
    met = [
        (scripts[n][step].host, step + 1 == len(scripts[n]) and scripts[n][step].status == 503)
        for n, step in stage.seen
    ]
    for place, (host, refused) in enumerate(met):
        assert not refused or host not in [other for other, _ in met[place + 1 :]], "it wants to be left alone"
    for host in range(1, 6):
        lane = [n for n, _ in stage.seen if scripts[n][0].host == host]
        assert lane == sorted(lane), "the feeds of a host are polled one after another, in their order"
    assert max(gauge.most for gauge in stage.gauges.values()) <= 1
    # The one that is being handed over has left its place already.
    assert stage.most <= FEW + 1
