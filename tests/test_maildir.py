"""Messages go into a maildir: whole, once, and with a word when they cannot."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from digest.errors import TransportError
from digest.mailing import Connection, Maildir, open_transport
from digest.model import Outcome
from digest.settings import DeliverySettings

SENDER = "news@example.org"
MESSAGE = b"Message-ID: <1@example.org>\r\nSubject: News\r\n\r\nHello.\r\n"


def send(connection: Connection, message: bytes = MESSAGE) -> Outcome:
    return connection.send("<1@example.org>", SENDER, "amal@example.org", message)


def maildir(folder: Path) -> Connection:
    return open_transport(DeliverySettings(maildir=folder)).connect()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_maildir_is_made_and_takes_the_message_byte_for_byte(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "outbox"
    with closing(maildir(folder)) as connection:
        outcome = send(connection)
    (path,) = files(folder)
    assert outcome == Outcome(kind="accepted", code=None, text=f"written to {path}")
    assert path.parent == folder / "new"
    assert path.read_bytes() == MESSAGE
    assert sorted(child.name for child in folder.iterdir()) == ["cur", "new", "tmp"]


def test_different_messages_are_different_files(tmp_path: Path) -> None:
    connection = maildir(tmp_path)
    for n in range(20):
        connection.send(f"<{n}/../x:2,S@example.org>", SENDER, "amal@example.org", MESSAGE)
    assert len(files(tmp_path / "new")) == len(files(tmp_path)) == 20


def test_a_message_sent_again_replaces_itself(tmp_path: Path) -> None:
    send(maildir(tmp_path))
    assert send(maildir(tmp_path), message=MESSAGE + b"more\r\n").kind == "accepted"
    (path,) = files(tmp_path)
    assert path.read_bytes() == MESSAGE + b"more\r\n"


@pytest.mark.parametrize("flags", ["", ":2,", ":2,RS"])
def test_a_message_sent_again_after_it_was_read_stays_as_the_reader_left_it(tmp_path: Path, flags: str) -> None:
    send(maildir(tmp_path))
    (path,) = files(tmp_path)
    read = path.rename(tmp_path / "cur" / f"{path.name}{flags}")
    assert send(maildir(tmp_path)).kind == "accepted"
    assert files(tmp_path) == [read]


def test_what_a_killed_run_left_of_a_message_goes_when_it_is_sent_again(tmp_path: Path) -> None:
    send(maildir(tmp_path))
    (path,) = files(tmp_path)
    path.rename(tmp_path / "tmp" / f"{path.name}.half")
    assert send(maildir(tmp_path)).kind == "accepted"
    assert files(tmp_path) == [path]


@pytest.mark.parametrize("blocked", ["outbox", "outbox/new"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("")
    with pytest.raises(TransportError, match=r"maildir .*outbox cannot be made: .*; delivery\.maildir must name"):
        maildir(tmp_path / "outbox")


def test_a_maildir_that_goes_away_defers(tmp_path: Path) -> None:
    connection = maildir(tmp_path / "outbox")
    (tmp_path / "outbox").rename(tmp_path / "elsewhere")
    outcome = send(connection)
    assert outcome.kind == "deferred"
    assert "No such file or directory" in outcome.text


FULL_DISK = """
import resource, sys
from pathlib import Path
from digest.mailing import Maildir
connection = Maildir(Path(sys.argv[1])).connect()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
outcome = connection.send("<1@example.org>", "news@example.org", "amal@example.org", b"x" * 100_000)
print(outcome.kind, outcome.text)
"""


def test_a_disk_that_takes_no_more_defers_and_keeps_no_half_message(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"deferred the maildir {tmp_path} does not take the message: File too large\n"
    assert files(tmp_path) == []


def test_threads_may_write_one_maildir_at_once(tmp_path: Path) -> None:
    connection = Maildir(tmp_path).connect()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(connection.send, f"<{n}@x>", SENDER, "a@example.org", MESSAGE * n) for n in range(50)]
        assert {future.result().kind for future in sent} == {"accepted"}
    assert sorted(len(path.read_bytes()) for path in files(tmp_path)) == [len(MESSAGE) * n for n in range(50)]
