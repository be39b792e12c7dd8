"""Messages go to an SMTP server: what it does to them, and what is made of it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtpserver import Act, Place, Script, SmtpServer, read_record, smtp_server, trust

from digest.errors import TransportError
from digest.mailing import (
    Connection,
    Rate,
    Reply,
    SmtpTransport,
    judge,
    mail_command,
    open_transport,
    wire_form,
)
from digest.model import Outcome
from digest.settings import DeliverySettings, Smtp

SENDER = "news@example.org"
MESSAGE = b"Message-ID: <1@example.org>\r\nSubject: News\r\n\r\nHello.\r\n"
LARGE = MESSAGE + (b"x" * 998 + b"\r\n") * 20_000


def settings_for(server: SmtpServer, **changes: Any) -> Smtp:
    usual = Smtp(host="localhost", port=server.port, per_second=1e6, timeout=timedelta(seconds=20))
    return replace(usual, **changes)


@contextmanager
def connected(server: SmtpServer, **changes: Any) -> Iterator[Connection]:
    delivery = DeliverySettings(transport="smtp", smtp=settings_for(server, **changes))
    with closing(open_transport(delivery, tls=trust()).connect()) as connection:
        yield connection


def send(connection: Connection, recipient: str = "amal@example.org", message: bytes = MESSAGE) -> Outcome:
    return connection.send("<1@example.org>", SENDER, recipient, message)


def send_to(script: Script, message: bytes = MESSAGE, **changes: Any) -> tuple[Outcome, Outcome]:
    """What comes of a message under the script, and of the one that follows on the same connection."""
    with smtp_server(script) as server, connected(server, **changes) as connection:
        return send(connection, message=message), send(connection, "next@example.org")


def refusal_to_connect(script: Script, **changes: Any) -> str:
    with smtp_server(script) as server, pytest.raises(TransportError) as caught, connected(server, **changes):
        pass
    return str(caught.value)


# --- the table of answers ------------------------------------------------------------------------------------------


def test_an_accepted_message_brings_the_words_of_the_server() -> None:
    with smtp_server() as server, connected(server) as connection:
        assert send(connection) == Outcome(kind="accepted", code=250, text="2.0.0 taken")
    (received,) = server.messages
    assert (received.sender, received.recipients, received.data) == (SENDER, ("amal@example.org",), MESSAGE)
    assert received.message_id == "<1@example.org>"


@pytest.mark.parametrize(
    "place, answer, kind",
    [
        ("MAIL", "451 4.3.0 later", "deferred"),
        ("MAIL", "550 5.7.1 we do not know this sender", "deferred"),
        ("MAIL", "530 5.7.0 log in first", "deferred"),
        ("RCPT", "450 4.2.1 greylisted", "deferred"),
        ("RCPT", "421 4.3.2 going down", "deferred"),
        ("RCPT", "530 5.7.0 log in first", "deferred"),
        ("RCPT", "550 5.1.1 no such user", "refused"),
        ("DATA", "451 4.3.0 later", "deferred"),
        ("DATA", "421 4.3.2 going down", "deferred"),
        ("DATA", "554 5.5.1 no", "refused"),
        ("end", "452 4.3.1 disk full", "deferred"),
        ("end", "421 4.3.2 going down", "deferred"),
        ("end", "535 5.7.8 login forgotten", "deferred"),
        ("end", "550 5.7.1 we call it spam", "refused"),
    ],
)
def test_an_answer_decides_and_the_next_message_leaves(place: Place, answer: str, kind: str) -> None:
    then: Any = "close" if answer.startswith("421") else "go on"
    first, second = send_to(Script(acts=(Act(at=place, nth=1, say=answer, then=then),)))
    assert (first.kind, first.code, first.text) == (kind, int(answer[:3]), answer[4:])
    assert second.kind == "accepted"


@pytest.mark.parametrize("place, kind", [("RCPT", "deferred"), ("DATA", "deferred"), ("end", "unsure")])
def test_a_connection_that_closes_without_an_answer_is_judged_by_the_moment(place: Place, kind: str) -> None:
    first, second = send_to(Script(acts=(Act(at=place, nth=1, then="close"),)))
    assert (first.kind, first.code) == (kind, None)
    assert "connection lost" in first.text
    assert second.kind == "accepted"


@pytest.mark.parametrize(
    "place, kind", [("MAIL", "deferred"), ("RCPT", "deferred"), ("DATA", "deferred"), ("end", "unsure")]
)
def test_a_server_that_hangs_is_left_after_the_time_out(place: Place, kind: str) -> None:
    with (
        smtp_server(Script(acts=(Act(at=place, then="hang"),))) as server,
        connected(server, timeout=timedelta(seconds=0.1)) as connection,
    ):
        outcome = send(connection)
    assert (outcome.kind, outcome.code) == (kind, None)
    assert "time-out" in outcome.text


@pytest.mark.parametrize("place, kind", [("RCPT", "deferred"), ("DATA", "deferred"), ("end", "unsure")])
@pytest.mark.parametrize(
    "answer",
    [
        b"what?\r\n",
        b"\xff\xfe\x00\r\n",
        b"999 no such family\r\n",
        b"199 nor this\r\n",
        b"\r\n",
        b"250-2.0.0 x\r\nup\r\n",
    ],
)
def test_an_answer_without_meaning_is_none(place: Place, kind: str, answer: bytes) -> None:
    first, second = send_to(Script(acts=(Act(at=place, nth=1, raw=answer),)))
    assert (first.kind, first.code) == (kind, None)
    assert second.kind == "accepted"


@pytest.mark.parametrize("answer", [b"250 2.0.0 ta", b"250", b"250-2.0.0 taken\r\n"])
def test_an_answer_that_breaks_off_is_none(answer: bytes) -> None:
    first, second = send_to(Script(acts=(Act(at="end", nth=1, raw=answer, then="close"),)))
    assert (first.kind, second.kind) == ("unsure", "accepted")


def test_an_answer_that_drips_has_one_time_out_for_all_its_bytes() -> None:
    slow = Act(at="end", raw=b"250 2.0.0 " + b"x" * 100 + b"\r\n", drip=0.02)
    with (
        smtp_server(Script(acts=(slow,))) as server,
        connected(server, timeout=timedelta(seconds=0.2)) as connection,
    ):
        assert send(connection).kind == "unsure"


@pytest.mark.parametrize("answer", [b"250-and so on\r\n" * 50_000, b"250 " + b"x" * 500_000])
def test_an_answer_without_end_is_cut_off(answer: bytes) -> None:
    first, _ = send_to(Script(acts=(Act(at="end", nth=1, raw=answer),)))
    assert first.kind == "unsure"


@pytest.mark.parametrize("then, words", [("close", "connection lost"), ("hang", "the server stopped reading")])
def test_a_server_that_leaves_in_the_middle_of_the_message_cannot_have_it(then: Any, words: str) -> None:
    seconds = 0.3 if then == "hang" else 20
    acts = (Act(at="body", nth=1, after=1000, then=then),)
    first, second = send_to(Script(acts=acts), LARGE, timeout=timedelta(seconds=seconds))
    assert (first.kind, first.code) == ("deferred", None)
    assert f"{words} in the middle of the message" in first.text
    assert second.kind == "accepted"


def test_a_server_that_says_why_it_leaves_in_the_middle_of_the_message_is_heard() -> None:
    acts = (Act(at="body", nth=1, after=1000, say="552 5.3.4 too big", then="close"),)
    first, second = send_to(Script(acts=acts), LARGE)
    assert first == Outcome(kind="refused", code=552, text="5.3.4 too big")
    assert second.kind == "accepted"


def test_the_lines_of_an_answer_become_one_of_at_most_500_characters() -> None:
    answer = "550 5.1.1 no such user\n550 5.1.1 see \x1b[31mhttps://example.org/ \t caf\u00e9\n550 " + "x" * 600
    first, _ = send_to(Script(acts=(Act(at="RCPT", nth=1, say=answer),)))
    assert first.text.startswith("5.1.1 no such user 5.1.1 see [31mhttps://example.org/ caf\u00e9 xxx")
    assert len(first.text) == 500


def test_only_the_end_accepts_or_leaves_unsure_and_only_5xx_refuses() -> None:
    for code in (0, *range(200, 600)):
        reply = Reply(code, "words")
        for step in ("MAIL", "RCPT", "DATA"):
            assert judge(step, reply).kind == "deferred" or (code >= 500 and step != "MAIL"), (step, code)
        end = judge("end", reply).kind
        assert (end == "accepted") == (200 <= code < 300), code
        assert (end == "unsure") == (code == 0 or 300 <= code < 400), code
        assert (end == "refused") == (code >= 500 and code not in {530, 535}), code


# --- what arrives --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def line() -> Iterator[tuple[SmtpServer, Connection]]:
    with smtp_server() as server, connected(server) as connection:
        yield server, connection


@given(
    st.lists(st.sampled_from([b".", b"..", b".\r\n", b"a", b"\r\n", b"\r\n.\r\n", b"\r\n..", b"\xc3\xa9", b"\0"])),
)
def test_every_message_in_lines_arrives_byte_for_byte(
    line: tuple[SmtpServer, Connection], pieces: list[bytes]
) -> None:
    server, connection = line
    message = b"".join(pieces) + b"\r\n"
    assert send(connection, message=message).kind == "accepted"
    assert server.messages[-1].data == message
    assert server.connections == 1


@given(st.binary())
def test_no_bytes_can_end_the_message_early_or_hold_a_bare_line_end(message: bytes) -> None:
    wire = wire_form(message)
    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n"
    assert not wire.startswith(b".\r\n")
    assert wire.find(b"\r\n.\r\n") in {-1, len(wire) - 5}
    assert wire.count(b"\r\n") == wire.count(b"\n") == wire.count(b"\r")


def test_bare_line_ends_become_crlf() -> None:
    assert wire_form(b"a\nb\rc\r\n\n.\nd") == b"a\r\nb\r\nc\r\n\r\n..\r\nd\r\n.\r\n"


def test_a_message_of_twenty_megabytes_arrives_byte_for_byte_over_tls() -> None:
    with smtp_server(Script(starttls=True)) as server, connected(server) as connection:
        assert send(connection, message=LARGE).kind == "accepted"
    (received,) = server.messages
    assert received.encrypted
    assert received.data == LARGE


@pytest.mark.parametrize(
    "features, command",
    [
        ({}, "MAIL FROM:<news@example.org>"),
        ({"size": "", "8bitmime": "", "smtputf8": ""}, f"MAIL FROM:<news@example.org> SIZE={len(MESSAGE)}"),
        ({"size": "0"}, f"MAIL FROM:<news@example.org> SIZE={len(MESSAGE)}"),
        ({"size": "many"}, f"MAIL FROM:<news@example.org> SIZE={len(MESSAGE)}"),
    ],
)
def test_mail_tells_the_size_where_the_server_wants_to_know_it(features: dict[str, str], command: str) -> None:
    assert mail_command(features, SENDER, MESSAGE) == command


def test_a_message_above_the_size_that_the_server_takes_is_refused_unsent() -> None:
    with smtp_server(Script(features=("SIZE 1000",))) as server, connected(server) as connection:
        outcome = send(connection, message=MESSAGE + b"x" * 1000 + b"\r\n")
        assert send(connection).kind == "accepted"
    assert outcome.kind == "refused"
    assert "takes at most 1000" in outcome.text
    assert server.said("MAIL") == [f"MAIL FROM:<{SENDER}> SIZE={len(MESSAGE)}"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@b.example\r\nRSET",
        "a@b.example> SIZE=1 <",
        "a\x00@b.example",
        "\udc80@b.example",
        "jos\u00e9@b.example",
    ],
)
def test_an_address_cannot_speak_smtp(address: str) -> None:
    with smtp_server() as server, connected(server) as connection:
        before = len(server.commands)
        outcome = send(connection, address)
        assert connection.send("<1@example.org>", address, "amal@example.org", MESSAGE).kind == "deferred"
        assert len(server.commands) == before
    assert outcome.kind == "refused"
    assert "no address that SMTP can carry" in outcome.text


# --- one connection, many messages ---------------------------------------------------------------------------------


def test_one_connection_carries_many_messages_and_leaves_with_quit() -> None:
    with smtp_server() as server, connected(server) as connection:
        assert [send(connection).kind for _ in range(50)] == ["accepted"] * 50
        connection.close()
    assert server.connections == 1
    assert server.said("RSET") == []
    assert server.said("QUIT") == ["QUIT"]


def test_a_refused_recipient_costs_one_reset_and_no_connection() -> None:
    gone = Act(at="RCPT", recipient="gone@example.org", say="550 5.1.1 no such user")
    with smtp_server(Script(acts=(gone,))) as server, connected(server) as connection:
        kinds = [send(connection, f"{name}@example.org").kind for name in ("a", "gone", "b", "c")]
    assert kinds == ["accepted", "refused", "accepted", "accepted"]
    assert [m.recipient for m in server.messages] == ["a@example.org", "b@example.org", "c@example.org"]
    assert (server.connections, server.said("RSET")) == (1, ["RSET"])


def test_a_server_that_limits_messages_per_connection_gets_a_new_one_and_every_message() -> None:
    with smtp_server(Script(max_messages=2)) as server, connected(server) as connection:
        assert [send(connection).kind for _ in range(5)] == ["accepted"] * 5
    assert [m.connection for m in server.messages] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("place", ["end", "RCPT"])
def test_a_connection_closed_between_two_messages_is_opened_again(place: Place) -> None:
    answer = "250 2.0.0 taken" if place == "end" else "550 5.1.1 no such user"
    with (
        smtp_server(Script(acts=(Act(at=place, nth=1, say=answer, then="close"),))) as server,
        connected(server) as connection,
    ):
        assert send(connection).code == int(answer[:3])
        assert send(connection, "next@example.org").kind == "accepted"
    assert server.connections == 2


def test_a_reset_that_fails_costs_the_connection_but_not_the_next_message() -> None:
    acts = (Act(at="RCPT", nth=1, say="550 5.1.1 no such user"), Act(at="RSET", say="500 what is that"))
    first, second = send_to(Script(acts=acts))
    assert (first.kind, second.kind) == ("refused", "accepted")


def test_mail_is_tried_on_one_further_connection_only() -> None:
    with (
        smtp_server(Script(acts=(Act(at="MAIL", say="421 4.7.0 too many", then="close"),))) as server,
        connected(server) as connection,
    ):
        assert send(connection) == Outcome(kind="deferred", code=421, text="4.7.0 too many")
    assert len(server.said("MAIL")) == 2


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_server_that_is_gone_defers_at_once_for_a_while_and_is_then_tried_again() -> None:
    clock = Clock()
    with smtp_server() as first:
        connection = SmtpTransport(settings_for(first), clock=clock, sleep=clock.sleep).connect()
        assert send(connection).kind == "accepted"
    gone = send(connection)
    assert gone.kind == "deferred"
    assert "Connection refused" in gone.text
    with smtp_server(port=first.port) as second:
        assert send(connection) == gone
        assert second.connections == 0
        clock.sleep(10)
        assert send(connection).kind == "accepted"
        connection.close()


def test_closing_does_not_wait_for_a_server_that_hangs() -> None:
    with (
        smtp_server(Script(acts=(Act(at="QUIT", then="hang"),))) as server,
        connected(server, timeout=timedelta(seconds=0.1)) as connection,
    ):
        assert send(connection).kind == "accepted"
    assert server.said("QUIT") == ["QUIT"]


# --- opening -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script, starttls, encrypted",
    [
        (Script(starttls=True), "auto", True),
        (Script(starttls=False), "auto", False),
        (Script(starttls=True), "always", True),
        (Script(starttls=True), "never", False),
        (Script(implicit_tls=True), "implicit", True),
    ],
)
def test_the_line_is_encrypted_as_the_operator_asks(script: Script, starttls: str, encrypted: bool) -> None:  # noqa: FBT001 - a table
    with smtp_server(script) as server, connected(server, starttls=starttls) as connection:
        assert send(connection).kind == "accepted"
        assert send(connection).kind == "accepted"
    assert [m.encrypted for m in server.messages] == [encrypted, encrypted]


@pytest.mark.parametrize(
    "script, changes, words",
    [
        (Script(), {"starttls": "always"}, "does not offer STARTTLS"),
        (Script(starttls=True, acts=(Act(at="STARTTLS", say="454 4.7.0 not now"),)), {}, "turns us away: 454"),
        (Script(starttls=True), {"host": "127.0.0.1"}, "certificate that cannot be trusted"),
        (Script(implicit_tls=True), {"starttls": "implicit", "host": "127.0.0.1"}, "SSL_CERT_FILE"),
        (Script(), {"starttls": "implicit"}, "belongs to port 465"),
        (
            Script(acts=(Act(at="connect", say="554 5.7.1 go away", then="close"),)),
            {},
            "turns us away: 554 5.7.1 go away",
        ),
        (Script(acts=(Act(at="connect", say="421 4.3.2 later", then="close"),)), {}, "turns us away: 421"),
        (Script(acts=(Act(at="connect", then="close"),)), {}, "cannot be used"),
        (Script(acts=(Act(at="connect", raw=b"hello\r\n"),)), {}, "turns us away"),
        (Script(acts=(Act(at="EHLO", say="550 no"),)), {}, "turns us away: 550 no"),
        (Script(), {"host": "x" * 64 + ".example"}, "check delivery.smtp.host"),
        (
            Script(acts=(Act(at="connect", then="hang"),)),
            {"timeout": timedelta(seconds=0.1)},
            "did not answer within 0.1 s",
        ),
        (
            Script(implicit_tls=True),
            {"timeout": timedelta(seconds=0.1)},
            "port 465 wants `starttls: implicit`",
        ),
        (Script(), {"username": "news", "password": "secret"}, "offers no login"),
        (
            Script(login=("news", "right")),
            {"username": "news", "password": "secret"},
            "does not accept the login of news: 535 5.7.8 wrong user or password",
        ),
        (
            Script(login=("news", "right")),
            {"username": "news", "password": "s\u00e9cret"},
            "does not accept the login of news: 535 5.7.8 wrong user or password",
        ),
        (
            Script(login=("news", "secret"), mechanisms="SCRAM-SHA-256"),
            {"username": "news", "password": "secret"},
            "No suitable authentication method",
        ),
    ],
)
def test_what_stands_in_the_way_of_sending_is_said_with_a_remedy(
    script: Script, changes: dict[str, Any], words: str
) -> None:
    text = refusal_to_connect(script, **changes)
    assert text.startswith(f"the mail server {changes.get('host', 'localhost')}:")
    assert words in text
    assert "secret" not in text


def test_a_server_that_does_not_run_is_named() -> None:
    with smtp_server() as server:
        pass
    with pytest.raises(TransportError, match=rf"localhost:{server.port} cannot be used: Connection refused; check"):
        open_transport(DeliverySettings(transport="smtp", smtp=settings_for(server))).connect()


def test_a_certificate_is_checked_against_the_authorities_of_the_system() -> None:
    with (
        smtp_server(Script(starttls=True)) as server,
        pytest.raises(TransportError, match="certificate that cannot be trusted: self-signed certificate"),
    ):
        open_transport(DeliverySettings(transport="smtp", smtp=settings_for(server))).connect()


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "PLAIN LOGIN"])
@pytest.mark.parametrize("starttls", [True, False])
def test_a_login_opens_the_server(mechanisms: str, starttls: bool) -> None:  # noqa: FBT001 - a table
    script = Script(login=("news", "secret"), mechanisms=mechanisms, starttls=starttls)
    with smtp_server(script) as server, connected(server, username="news", password="secret") as connection:
        assert send(connection).kind == "accepted"
    assert server.messages[0].login == "news"


def test_a_password_beyond_ascii_opens_the_server() -> None:
    with (
        smtp_server(Script(login=("news", "\u00e7ok gizli"))) as server,
        connected(server, username="news", password="\u00e7ok gizli") as connection,
    ):
        assert send(connection).kind == "accepted"


def test_a_missing_login_is_ours_to_mend_and_gives_no_recipient_up() -> None:
    first, _ = send_to(Script(login=("news", "secret")))
    assert first == Outcome(kind="deferred", code=530, text="5.7.0 log in first")


def _own_address() -> str | None:
    """An address of this machine that is not loopback. Connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
        return None if address.startswith("127.") else address


def test_a_password_is_not_sent_over_a_line_that_others_can_read() -> None:
    address = _own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    with smtp_server(Script(login=("news", "secret")), host=address) as server:
        smtp = settings_for(server, host=address, username="news", password="secret")
        with pytest.raises(TransportError, match=r"was not sent; set `starttls: always`"):
            open_transport(DeliverySettings(transport="smtp", smtp=smtp)).connect()
    assert server.said("AUTH") == []


# --- several connections and the rate ------------------------------------------------------------------------------


def test_several_connections_send_at_the_same_time_and_each_message_once() -> None:
    with smtp_server() as server:
        transport = open_transport(DeliverySettings(transport="smtp", smtp=settings_for(server, connections=4)))
        together = threading.Barrier(transport.connections)

        def work(worker: int) -> list[str]:
            with closing(transport.connect()) as connection:
                together.wait()
                return [send(connection, f"{worker}-{n}@example.org").kind for n in range(25)]

        with ThreadPoolExecutor(transport.connections) as pool:
            kinds = [kind for kinds in pool.map(work, range(4)) for kind in kinds]
    assert kinds == ["accepted"] * 100
    assert sorted(m.recipient for m in server.messages) == sorted(
        f"{w}-{n}@example.org" for w in range(4) for n in range(25)
    )
    assert server.connections == 4


def test_all_connections_of_a_transport_share_one_rate() -> None:
    clock = Clock()
    with smtp_server() as server:
        transport = SmtpTransport(settings_for(server, per_second=4.0), clock=clock, sleep=clock.sleep)
        with closing(transport.connect()) as one, closing(transport.connect()) as other:
            for _ in range(6):
                assert send(one).kind == send(other).kind == "accepted"
    assert clock.now == 1000 + 11 / 4


@given(st.floats(0.5, 1000), st.lists(st.floats(0, 3), max_size=30))
def test_turns_come_as_early_as_the_rate_allows(per_second: float, pauses: list[float]) -> None:
    clock = Clock()
    rate = Rate(per_second, clock=clock, sleep=clock.sleep)
    earliest = clock.now
    for pause in pauses:
        clock.now += pause
        expected = max(clock.now, earliest)
        rate.wait()
        assert clock.now == pytest.approx(expected, abs=1e-6)
        earliest = expected + 1 / per_second


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns at every opportunity."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-9)
    yield
    sys.setswitchinterval(usual)


def test_threads_get_different_turns(restless: None) -> None:
    slept: list[float] = []
    rate = Rate(2, clock=lambda: 0.0, sleep=slept.append)

    def work(_: int) -> None:
        for _ in range(500):
            rate.wait()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(slept) == [n / 2 for n in range(1, 4000)]


# --- the server of these tests, as a process -----------------------------------------------------------------------


def test_the_server_as_a_process_keeps_its_record_when_it_is_killed(tmp_path: Path) -> None:
    record = tmp_path / "record"
    command = [sys.executable, str(Path(__file__).with_name("smtpserver.py")), "--record", str(record)]
    with subprocess.Popen([*command, "--max-messages", "2"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        transport = SmtpTransport(Smtp(port=port, per_second=1e6))
        connection = transport.connect()
        for n in range(5):
            assert send(connection, f"{n}@example.org", message=MESSAGE + b"\xff\n").kind == "accepted"
        process.send_signal(signal.SIGKILL)
    connection.close()
    received = read_record(record)
    assert [m.recipient for m in received] == [f"{n}@example.org" for n in range(5)]
    assert [m.connection for m in received] == [1, 1, 2, 2, 3]
    assert {m.data for m in received} == {MESSAGE + b"\xff\r\n"}
