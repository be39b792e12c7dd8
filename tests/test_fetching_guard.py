"""Whom fetching trusts: certificates, and addresses that are none of the public internet."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wires import FEED, PATIENCE, Behaviour, ok, problem_of, redirecting_to, saying, wire

from digest.fetching.addresses import why_not_public
from digest.settings import Polling

# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for localhost, made anew: a key in the tree would look like a leak."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with the openssl command, which is not there")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -keyout {path}.key -out {path}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return path


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


def test_a_server_that_speaks_no_tls_is_told() -> None:
    with wire(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        problem = problem_of(server.url.replace("http:", "https:"))
    assert problem.startswith("no TLS connection with 127.0.0.1: ")


def in_a_process(script: str, *arguments: str, **environment: str) -> Any:
    """What a script prints as JSON, run where it may change what a process has only once."""
    command = [sys.executable, "-W", "error", "-c", dedent(script), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env=os.environ | environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


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


REBIND = """
    import ctypes, fcntl, json, os, socket, struct, sys, tempfile, threading
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.settings import Polling

    # Networks and mounts of our own (Linux): loopback has a public address too, and names are what we say.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000 | 0x40000000 | 0x20000) != 0:  # CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS
        print(json.dumps("not permitted"))
        sys.exit()
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\\n")
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

    answers = ["1.1.1.1", "127.0.0.1"]
    def names(server):
        while True:
            query, client = server.recvfrom(512)
            end = query.index(b"\\0", 12) + 5
            wanted = struct.unpack(">H", query[end - 4 : end - 2])[0]
            found = b"\\xc0\\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(
                answers.pop(0) if len(answers) > 1 else answers[0]) if wanted == 1 else b""  # A, no time to live
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, bool(found), 0, 0)
            server.sendto(head + query[12:end] + found, client)

    touched = []
    def serve(listener, location):
        while True:
            connection, _ = listener.accept()
            with connection:
                touched.append(listener.getsockname()[0])
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 302 Found\\r\\nLocation: {location}\\r\\n\\r\\n".encode())

    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
    inside, outside = socket.create_server(("127.0.0.1", 0)), socket.create_server(("1.1.1.1", 0))
    again = f"http://rebound.example:{inside.getsockname()[1]}/"
    for work in (names, resolver), (serve, inside, "/"), (serve, outside, again):
        threading.Thread(target=work[0], args=work[1:], daemon=True).start()
    url = f"http://rebound.example:{outside.getsockname()[1]}/"
    [result] = fetch([FetchRequest(feed_id=1, url=url)], Polling(), user_agent="test")
    print(json.dumps([result.problem, touched]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces, which only Linux has")
def test_a_name_that_is_bound_anew_between_two_looks_does_not_lead_inwards() -> None:
    got = in_a_process(REBIND)
    if got == "not permitted":
        pytest.skip("this machine lets no program make namespaces of its own")
    problem, touched = got
    assert touched == ["1.1.1.1"], "only the public server was connected to"
    assert problem.startswith("rebound.example is not polled: 127.0.0.1 is a loopback address")
