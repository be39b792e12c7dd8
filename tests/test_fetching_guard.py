"""Whom fetching trusts: certificates, and addresses that are none of the public internet."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wires import (
    FEED,
    Behaviour,
    head_of,
    in_a_process,
    ok,
    problem_of,
    redirecting_to,
    saying,
    wait_for_leaving,
    wire,
)

from digest.fetching.addresses import why_not_public
from digest.settings import Polling

# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes key and self-signed certificate, anew: a key in the tree would look like a leak."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificates with the openssl command, which is not there")

    def make(host: str) -> Path:
        path = tmp_path_factory.mktemp("tls") / f"{host}.pem"
        command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        command += f" -subj /CN={host} -addext subjectAltName=DNS:{host} -keyout {path}.key -out {path}"
        subprocess.run(command.split(), check=True, capture_output=True)
        return path

    return make


@pytest.fixture(scope="module")
def certificate(certified: Callable[[str], Path]) -> Path:
    return certified("localhost")


@contextmanager
def secure(certificate: Path, behave: Behaviour) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")

    def encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tunnel:
            behave(tunnel)

    with wire(encrypted) as server:
        yield f"https://localhost:{server.port}/feed"


def test_a_certificate_that_nobody_vouches_for_is_told(certificate: Path) -> None:
    with secure(certificate, saying(ok())) as url:
        assert problem_of(url) == "the TLS certificate of localhost is not to be trusted: self-signed certificate"


def test_a_certificate_of_other_hosts_is_told(certified: Callable[[str], Path]) -> None:
    other = certified("other.example")
    with secure(other, saying(ok())) as url:
        [[problem, *_]] = in_a_process(POLL_AND_PRINT, url, SSL_CERT_FILE=str(other))
    assert problem == "the TLS certificate of localhost is not to be trusted: it is for other hosts"


def test_a_certificate_that_has_expired_is_told(certified: Callable[[str], Path]) -> None:
    expired = certified("localhost")
    command = f"openssl x509 -in {expired} -signkey {expired}.key -days 0 -out {expired}"
    subprocess.run(command.split(), check=True, capture_output=True)
    with secure(expired, saying(ok())) as url:
        [[problem, *_]] = in_a_process(POLL_AND_PRINT, url, SSL_CERT_FILE=str(expired))
    assert problem == "the TLS certificate of localhost is not to be trusted: it has expired"


def alert(number: int) -> bytes:
    """A fatal one (RFC 8446, section 6)."""
    return bytes([21, 3, 1, 0, 2, 2, number])


@pytest.mark.parametrize(
    "answer, reason",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there speaks no TLS"),
        (alert(40), "it accepts no encryption that we offer"),
        (alert(70), "it offers no version of TLS that is safe today"),
        (alert(80), "tlsv1 alert internal error"),
        (alert(112), "it does not know that name"),
        (b"", "it broke off"),
    ],
)
def test_a_server_that_comes_to_no_terms_of_tls_is_told(answer: bytes, reason: str) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with wire(behave) as server:
        problem = problem_of(server.url.replace("http:", "https:"))
    assert problem == f"no TLS connection with 127.0.0.1: {reason}"


def test_a_reset_in_the_middle_of_terms_is_told() -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(10)  # what is left unread makes the end a reset

    with wire(reset) as server:
        problem = problem_of(server.url.replace("http:", "https:"))
    assert problem == "no TLS connection with 127.0.0.1: it broke off"


def test_certificates_of_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("none")
    with wire(saying(ok())) as server:
        url = server.url.replace("http:", "https:")
        [[problem, *_]] = in_a_process(POLL_AND_PRINT, url, SSL_CERT_FILE=str(tmp_path / "none.pem"))
    assert "none.pem; check SSL_CERT_FILE" in problem


POLL_AND_PRINT = """
    import json, sys
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling
    requests = [FetchRequest(feed_id=n, url=url) for n, url in enumerate(sys.argv[1:])]
    results = fetch(requests, Polling(private_addresses=True), user_agent="test")
    print(json.dumps([[r.problem, r.body.decode(), r.moved_to, r.final_url] for r in results]))
"""


def test_tls_feeds_arrive_and_a_step_down_to_http_is_followed_but_moves_nothing(certificate: Path) -> None:
    with (
        wire(saying(ok())) as plain,
        secure(certificate, saying(ok())) as url,
        wire(redirecting_to(url, 301)) as up,
        secure(certificate, redirecting_to(plain.url, 301)) as down,
    ):
        got = in_a_process(POLL_AND_PRINT, up.url, down, SSL_CERT_FILE=str(certificate))
    feed = FEED.decode()
    assert sorted(got, key=str) == sorted([[None, feed, url, url], [None, feed, None, plain.url]], key=str)


POLL_AND_COUNT = """
    import json, os, sys
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling
    def poll():
        requests = [FetchRequest(feed_id=n, url=sys.argv[1]) for n in range(3)]
        bodies = [r.body.decode() for r in fetch(requests, Polling(private_addresses=True), user_agent="test")]
        return bodies, len(os.listdir("/dev/fd"))
    print(json.dumps([poll(), poll()]))
"""


def test_a_connection_is_closed_though_the_server_takes_no_leave(certificate: Path) -> None:
    """A farewell belongs to TLS. Who waits for the server's holds a connection for seconds, or without end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    closed = threading.Semaphore(1)

    def silent(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as tunnel:
            head_of(tunnel)
            tunnel.sendall(ok(b"alone" if closed.acquire(timeout=1) else b"one of two"))
            os.close(tunnel.detach())
        wait_for_leaving(connection)
        closed.release()

    with wire(silent) as server:
        url = f"https://localhost:{server.port}/"
        (first, then), (again, finally_) = in_a_process(POLL_AND_COUNT, url, SSL_CERT_FILE=str(certificate))
    assert (first, again) == (["alone"] * 3, ["alone"] * 3)
    assert then == finally_, "nothing is left open"


POLL_WITHOUT_THE_FILE = """
    import json, os, sys
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling
    def poll():
        return [r.problem for r in fetch([request], Polling(private_addresses=True), user_agent="test")]
    request = FetchRequest(feed_id=1, url=sys.argv[1])
    before = poll()
    os.unlink(os.environ["SSL_CERT_FILE"])
    print(json.dumps([before, poll(), poll()]))
"""


def test_the_certificates_of_authorities_are_read_once_in_a_process(certificate: Path, tmp_path: Path) -> None:
    """To read them takes eight times as long as a poll over TLS."""
    shutil.copy(certificate, tmp_path)
    with secure(certificate, saying(ok())) as url:
        got = in_a_process(POLL_WITHOUT_THE_FILE, url, SSL_CERT_FILE=str(tmp_path / certificate.name))
    assert got == [[None]] * 3


# --- private addresses ----------------------------------------------------------------------------------------------

PRIVATE = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("192.0.0.8", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "4000::1"),
    *("fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1"]
PUBLIC += ["::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_counts_as_public(address: str) -> None:
    assert why_not_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_count_as_public(address: str) -> None:
    assert why_not_public(address) is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_is_judged_alike_in_every_wrapping(ip: IPv4Address) -> None:
    assert why_not_public(str(ip)) == why_not_public(f"::ffff:{ip}") == why_not_public(f"64:ff9b::{ip}")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "feeds.localhost", "[::1]", "[::ffff:127.0.0.1]", "[0:0::7f00:1]", "0.0.0.0"]
)
def test_a_private_address_is_refused_before_it_is_touched_in_any_notation(host: str) -> None:
    with wire(saying(ok())) as server:
        problem = problem_of(f"http://{host}:{server.port}/", Polling())
        assert server.connections == 0
    assert " is not polled: " in problem
    assert "polling.private_addresses: true allows private addresses" in problem


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "localhost."),
        *("\uff11\uff12\uff17.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[::]", "a@127.0.0.1"),
    ],
)
def test_no_other_way_to_write_an_address_leads_inwards(host: str) -> None:
    """Refused for what it is, or as no address at all."""
    with wire(saying(ok())) as server:
        problem_of(f"http://{host}:{server.port}/", Polling())
        assert server.connections == 0


@pytest.mark.parametrize(
    "host, kind",
    [
        *(("169.254.169.254", "link-local"), ("224.0.0.1", "multicast"), ("[fe80::1%25lo]", "link-local")),
        *(("10.0.0.1", "private"), ("100.64.0.1", "private"), ("[fd00:ec2::254]", "private")),
    ],
)
def test_addresses_inside_are_refused_for_what_they_are(host: str, kind: str) -> None:
    assert f" is a {kind} address" in problem_of(f"http://{host}/", Polling())


REDIRECT_INWARDS = """
    import ctypes, fcntl, json, socket, struct, sys, threading
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling

    # A network of our own (Linux), in which loopback has a public address too.
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000) != 0:  # CLONE_NEWUSER, CLONE_NEWNET
        print(json.dumps("not permitted"))
        sys.exit()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for name, address in (b"lo", "127.0.0.1"), (b"lo:1", "1.1.1.1"), (b"lo:2", "169.254.169.254"):
            there = socket.inet_aton(address)
            fcntl.ioctl(s, 0x8916, struct.pack("16sH2s4s8s", name, socket.AF_INET, b"", there, b""))  # SIOCSIFADDR
            fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", name, 0x41, b""))  # SIOCSIFFLAGS: up, running

    touched = []
    def serve(listener, location):
        while True:
            connection, _ = listener.accept()
            with connection:
                touched.append(listener.getsockname()[0])
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 302 Found\\r\\nLocation: {location}\\r\\n\\r\\n".encode())

    def at(address, location):
        listener = socket.create_server((address, 0))
        threading.Thread(target=serve, args=(listener, location), daemon=True).start()
        return f"http://{address}:{listener.getsockname()[1]}/"

    inside = [at("127.0.0.1", "/"), at("169.254.169.254", "/")]
    outside = [at("1.1.1.1", url) for url in [*inside, inside[0].replace("127.0.0.1", "[::ffff:7f00:1]")]]
    requests = [FetchRequest(feed_id=n, url=url) for n, url in enumerate(outside)]
    problems = {r.request.feed_id: r.problem for r in fetch(requests, Polling(), user_agent="test")}
    print(json.dumps([[problems[n] for n in sorted(problems)], touched]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a network namespace, which only Linux has")
def test_a_public_server_cannot_redirect_to_a_private_address() -> None:
    got = in_a_process(REDIRECT_INWARDS)
    if got == "not permitted":
        pytest.skip("this machine lets no program make a network namespace of its own")
    problems, touched = got
    assert touched == ["1.1.1.1"] * 3, "only the public server was connected to"
    reasons = ["127.0.0.1 is a loopback address", "169.254.169.254 is a link-local address"]
    reasons += ["::ffff:127.0.0.1 is a loopback address"]
    for problem, reason in zip(problems, reasons, strict=True):
        assert reason in problem
        assert "(after a redirect to http://" in problem


OWN_NAMES = """
    import ctypes, fcntl, json, os, socket, struct, sys, tempfile, threading, time
    from datetime import timedelta
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling

    # Networks and mounts of our own (Linux): loopback has a public address too, and names are what we say.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000 | 0x40000000 | 0x20000) != 0:  # CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS
        print(json.dumps("not permitted"))
        sys.exit()
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\\noptions timeout:30\\n")  # a look-up outlives a process that waits for it
    there = os.path.realpath("/etc/resolv.conf")
    bound = libc.mount(file.name.encode(), there.encode(), None, 0x1000, None)  # MS_BIND
    os.unlink(file.name)
    if bound != 0:
        print(json.dumps("not permitted"))
        sys.exit()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for name, address in (b"lo", "127.0.0.1"), (b"lo:1", "1.1.1.1"):
            there = socket.inet_aton(address)
            fcntl.ioctl(s, 0x8916, struct.pack("16sH2s4s8s", name, socket.AF_INET, b"", there, b""))  # SIOCSIFADDR
            fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", name, 0x41, b""))  # SIOCSIFFLAGS: up, running

    def names(server, answer):
        while True:
            query, client = server.recvfrom(512)
            end = query.index(b"\\0", 12) + 5
            is_ipv4 = struct.unpack(">H", query[end - 4 : end - 2])[0] == 1  # A
            if (address := answer(query[13 : end - 5], is_ipv4)) is None:
                continue
            kind, family = (1, socket.AF_INET) if is_ipv4 else (28, socket.AF_INET6)
            data = socket.inet_pton(family, address) if address else b""
            found = b"\\xc0\\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data if data else b""
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, bool(found), 0, 0)
            server.sendto(head + query[12:end] + found, client)

    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
"""


REBIND = """
    answers = ["1.1.1.1", "127.0.0.1"]
    def rebound(name, is_ipv4):
        if not is_ipv4:
            return ""
        return answers.pop(0) if len(answers) > 1 else answers[0]

    touched = []
    def serve(listener, location):
        while True:
            connection, _ = listener.accept()
            with connection:
                touched.append(listener.getsockname()[0])
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 302 Found\\r\\nLocation: {location}\\r\\n\\r\\n".encode())

    inside, outside = socket.create_server(("127.0.0.1", 0)), socket.create_server(("1.1.1.1", 0))
    again = f"http://rebound.example:{inside.getsockname()[1]}/"
    for work in (names, resolver, rebound), (serve, inside, "/"), (serve, outside, again):
        threading.Thread(target=work[0], args=work[1:], daemon=True).start()
    url = f"http://rebound.example:{outside.getsockname()[1]}/"
    [result] = fetch([FetchRequest(feed_id=1, url=url)], Polling(), user_agent="test")
    print(json.dumps([result.problem, touched]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces, which only Linux has")
def test_a_name_that_is_bound_anew_between_two_looks_does_not_lead_inwards() -> None:
    got = in_a_process(OWN_NAMES + REBIND)
    if got == "not permitted":
        pytest.skip("this machine lets no program make namespaces of its own")
    problem, touched = got
    assert touched == ["1.1.1.1"], "only the public server was connected to"
    assert problem.startswith("rebound.example is not polled: 127.0.0.1 is a loopback address")


TWO_FAMILIES = """
    index = socket.if_nametoindex("lo")
    there = struct.pack("16sIi", socket.inet_pton(socket.AF_INET6, "2606:4700::1111"), 128, index)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8916, there)  # SIOCSIFADDR

    ipv6 = {b"refused": "2606:4700::1111", b"unreachable": "2a00:1450::1", b"private": "fd00::1"}
    def answer(name, is_ipv4):
        kind = name.split(bytes([7]))[0]
        return ("127.0.0.1" if kind == b"inward" else "1.1.1.1") if is_ipv4 else ipv6.get(kind, "fd00::1")

    touched = []
    def serve(listener):
        while True:
            connection, _ = listener.accept()
            with connection:
                touched.append(listener.getsockname()[0])
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nhere")

    outside = socket.create_server(("1.1.1.1", 0))
    port = outside.getsockname()[1]
    inside = socket.create_server(("127.0.0.1", port))
    for work in (names, resolver, answer), (serve, outside), (serve, inside):
        threading.Thread(target=work[0], args=work[1:], daemon=True).start()
    urls = [f"http://{kind}.example:{port}/" for kind in ("refused", "unreachable", "private", "inward")]
    urls.append("http://private.example:1/")
    requests = [FetchRequest(feed_id=n, url=url) for n, url in enumerate(urls)]
    results = {r.request.feed_id: r.problem or r.body.decode() for r in fetch(requests, Polling(), user_agent="test")}
    print(json.dumps([[results[n] for n in sorted(results)], touched]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces, which only Linux has")
def test_of_several_addresses_of_a_name_the_first_is_taken_that_may_be_and_answers() -> None:
    got = in_a_process(OWN_NAMES + TWO_FAMILIES)
    if got == "not permitted":
        pytest.skip("this machine lets no program make namespaces of its own")
    (*good, inward, unheard), touched = got
    assert good == ["here"] * 3
    assert touched == ["1.1.1.1"] * 3
    both = "127.0.0.1 is a loopback address", "fd00::1 is a private address"
    assert all(reason in inward for reason in ("inward.example is not polled: ", *both))
    assert unheard == "private.example refuses connections on port 1"


SLOW_NAMES = """
    answer = lambda name, is_ipv4: None if b"slow" in name else "127.0.0.1" if is_ipv4 else ""
    def serve(listener):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nhere")

    listener = socket.create_server(("127.0.0.1", 0))
    for work in (names, resolver, answer), (serve, listener):
        threading.Thread(target=work[0], args=work[1:], daemon=True).start()
    polling = Polling(private_addresses=True, timeout=timedelta(seconds=0.5))
    hosts = [f"slow{n}.example" for n in range(28)] + [f"quick{n}.example" for n in range(4)]
    requests = [
        FetchRequest(feed_id=n, url=f"http://{host}:{listener.getsockname()[1]}/") for n, host in enumerate(hosts)]
    results = [[r.problem, r.body.decode()] for r in fetch(requests, polling, user_agent="test")]
    others = fetch(requests, Polling(private_addresses=True), user_agent="test")
    next(others)
    others.close()
    print(json.dumps(results))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces, which only Linux has")
def test_names_that_are_found_slowly_hold_up_neither_other_polls_nor_the_end_of_the_process() -> None:
    """The resolver of this system gives up after a minute, and the process may live for half of that."""
    results = in_a_process(OWN_NAMES + SLOW_NAMES)
    if results == "not permitted":
        pytest.skip("this machine lets no program make namespaces of its own")
    assert results[:4] == [[None, "here"]] * 4
    expected = {f"timed out: the DNS did not find slow{n}.example within 0.5 s (polling.timeout)" for n in range(28)}
    assert {problem for problem, _ in results[4:]} == expected
