"""What commands say and do where things are not as they would have them: rights, room, people, clocks."""

from __future__ import annotations

import errno
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest import config
from digest.cli import main

FILES = {
    "digest": "polling: {private_addresses: true}\n",
    "feeds": "feeds: []\n",
    "topics": "topics: {talks: Syria Turkey talks}\n",
    "newsletters": "newsletters:\n  east:\n    title: East\n    topics: [talks]\n    subscribers: [jo@example.org]\n",
}


@dataclass(frozen=True)
class Desk:
    """A configuration without feeds, and the commands."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "config"

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--config", str(self.folder)])

    def does(self, *words: str) -> str:
        """What a command prints that must end well, on both of its outputs."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def fails(self, *words: str, status: int = 1) -> str:
        """What a command says that must fail, without a traceback."""
        result = self.run(*words)
        assert result.exit_code == status, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        return result.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.folder.mkdir()
    for name, text in FILES.items():
        made.write(name, text)
    return made


# --- rights and room ------------------------------------------------------------------------------------------------


def test_what_init_writes_may_be_read_by_the_user_of_the_service(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert CliRunner().invoke(main, ["init", str(tmp_path / "config")]).exit_code == 0
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "config").rglob("*.*")}
    assert set(modes.values()) == {0o644}, modes


def test_init_says_where_mails_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "the folder var/outbox." in CliRunner().invoke(main, ["init"]).output
    told = CliRunner().invoke(main, ["init", "etc/digest"]).output
    assert f"the folder {tmp_path}/etc/var/outbox." in told
    rooms = [room_of(tmp_path / folder) for folder in ("config", "etc/digest")]
    assert rooms == [tmp_path / "var" / "outbox", tmp_path / "etc" / "var" / "outbox"]


def room_of(folder: Path) -> Path:
    """Where the configuration in the folder puts mails."""
    return config.load(folder, {}).delivery.maildir


@pytest.mark.parametrize("words", [["feeds", "export"], ["status"], ["feeds", "list", "--json"]])
def test_a_full_disk_behind_the_output_is_one_sentence(desk: Desk, words: list[str]) -> None:
    desk.does("once")
    desk.write("feeds", "feeds: [https://a.example/feed]\n")
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "digest", *words, "--config", str(desk.folder)]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, f"Error: what is written: {os.strerror(errno.ENOSPC)}\n")


def test_status_in_the_wrong_folder_says_so_once(tmp_path: Path) -> None:
    said = Desk(tmp_path).fails("status")
    assert said.count("cannot be read: No such file or directory") == 1
    assert "daemon" not in said


def test_status_with_a_mistake_beside_digest_yaml_tells_it_and_goes_on(desk: Desk) -> None:
    desk.does("once")
    desk.write("topics", "topics: {talks: the}\n")
    told = desk.does("status")
    assert "topics.yaml:1:17: talks: the phrase" in told
    assert "Outbox     empty" in told


# --- databases ------------------------------------------------------------------------------------------------------


def at_version(desk: Desk, version: str) -> None:
    """A database whose tables are those of now, though it says that it is at another version."""
    desk.does("once")
    with closing(sqlite3.connect(desk.home / "var" / "digest.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [version])
        database.commit()


@pytest.mark.parametrize("version,says", [("0003", "make a backup and run `digest migrate`"), ("9999", "newer than")])
def test_status_says_first_that_a_database_is_of_another_version(desk: Desk, version: str, says: str) -> None:
    at_version(desk, version)
    first = desk.does("status").splitlines()[0]
    assert first.startswith(f"ATTENTION, database: it is at version {version}, ")
    assert says in first
    (notice,) = json.loads(desk.does("status", "--json"))["notices"]
    assert (notice["subject"], notice["since_at"]) == ("database", None)


def test_status_of_a_database_that_lacks_what_it_reads_says_what_to_do(desk: Desk) -> None:
    desk.does("once")
    with closing(sqlite3.connect(desk.home / "var" / "digest.db")) as database:
        database.execute("ALTER TABLE feeds DROP COLUMN notice")
    assert "no such column: notice; make a backup and run `digest migrate`" in desk.fails("status")


RIGHTS = "-dac_override,-dac_read_search,-fowner"
UNPRIVILEGED = ["setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}"] if os.geteuid() == 0 else []
"""What runs a program so that the modes of files count, for root, too."""


@pytest.mark.skipif(bool(UNPRIVILEGED) and shutil.which("setpriv") is None, reason="root may write everything")
def test_status_of_a_database_that_may_not_be_written_says_what_is_needed(desk: Desk) -> None:
    desk.does("once")
    places = [*(desk.home / "var").glob("digest.db*"), desk.home / "var"]
    for path in places:
        path.chmod(path.stat().st_mode & 0o555)
    words = [*UNPRIVILEGED, sys.executable, "-m", "digest", "status", "--config", str(desk.folder)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    places[-1].chmod(0o755)
    assert "check that the file and its folder may be written by this user" in ended.stderr


def test_status_of_very_many_ill_feeds_keeps_the_rest_in_sight(desk: Desk) -> None:
    desk.write("digest", "{}\n")  # addresses of this machine are refused, and nobody is asked
    desk.write("feeds", "feeds:\n" + "".join(f"  - http://127.0.0.1/{number}\n" for number in range(25)))
    desk.does("once")
    told = desk.does("status")
    assert told.count("http://127.0.0.1/") == 20
    assert "  and 5 more with a problem: `digest feeds list`\n" in told
    assert len(json.loads(desk.does("status", "--json"))["feeds"]["problems"]) == 25


# --- addresses, people, clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address,said",
    [
        ("news.example.org/feed", 'write "https://news.example.org/feed"'),
        ("nonsense", "'nonsense' is not a web address; expected an absolute address such as https://"),
        ("", "'' is not a web address"),
        ("ftp://example.org/x", "'ftp://example.org/x' is not a web address"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--unread"]])
def test_an_address_that_is_none_is_told_before_anything_is_asked(
    desk: Desk, address: str, said: str, options: list[str]
) -> None:
    told = desk.fails("feeds", "add", address, *options)
    assert said in told
    assert "--unread" not in told
    assert "feeds.yaml" not in told


def test_who_left_and_is_added_again_gets_nothing_and_that_is_told(desk: Desk) -> None:
    desk.does("once")
    desk.does("subscribers", "leave", "jo@example.org")
    desk.write("newsletters", FILES["newsletters"].replace("jo@example.org", ""))
    told = desk.does("subscribers", "add", "Jo@example.org", "east")
    assert "Jo@example.org has left it, and gets nothing until `digest subscribers rejoin`\n" in told
    assert "has left" not in desk.does("subscribers", "add", "al@example.org", "east")


def test_who_rejoins_a_newsletter_that_does_not_list_the_address_gets_nothing_and_that_is_told(desk: Desk) -> None:
    desk.does("once")
    desk.does("subscribers", "leave", "jo@example.org")
    desk.write("newsletters", FILES["newsletters"].replace("jo@example.org", ""))
    told = desk.does("subscribers", "rejoin", "jo@example.org")
    assert "newsletters.yaml does not list jo@example.org in east: nothing comes of it yet\n" in told
    desk.write("newsletters", FILES["newsletters"])
    desk.does("subscribers", "leave", "jo@example.org")
    assert desk.does("subscribers", "rejoin", "jo@example.org") == "took up 1 subscription of jo@example.org again\n"


def test_a_subscription_that_was_taken_out_is_due_never(desk: Desk) -> None:
    desk.does("once")
    desk.write("newsletters", FILES["newsletters"].replace("jo@example.org", ""))
    desk.does("once")
    (person,) = json.loads(desk.does("subscribers", "list", "--json"))
    assert (person["state"], person["next_due"]) == ("removed", None)


def test_a_mail_server_that_is_not_used_is_told(desk: Desk) -> None:
    assert "smtp" not in desk.does("check")
    desk.write("digest", "delivery: {smtp: {host: mail.example.org}}\n")
    assert f"mail becomes files in {desk.home}/var/outbox, and `delivery.smtp` is not used" in desk.does("check")
    desk.write("digest", "delivery: {transport: smtp, smtp: {host: mail.example.org}}\n")
    assert "smtp" not in desk.does("check")


def test_status_names_no_time_for_what_is_sent_at_once(desk: Desk) -> None:
    people = "    subscribers: [jo@example.org]\n"
    desk.write("newsletters", FILES["newsletters"].replace(people, f"    schedule: Instant\n{people}"))
    desk.does("poll", "--now", "2026-11-20T04:00:00Z")
    assert "  east: at once, when something matches, 1 subscriber, last never" in desk.does("status")
    assert "\n  next at once, when something matches, last never; " in desk.does("subscribers", "list")
    assert json.loads(desk.does("status", "--json"))["subscriptions"][0]["next_due_at"] is None
    assert json.loads(desk.does("subscribers", "list", "--json"))[0]["next_due"] is None

    several = (
        "    schedule: instant\n    subscribers: [jo@example.org, {email: al@example.org, schedule: daily 07:30}]\n"
    )
    desk.write("newsletters", FILES["newsletters"].replace(people, several))
    desk.does("poll", "--now", "2026-11-20T04:00:00Z")
    told = "2026-11-20 07:30 UTC, to 1 at once, when something matches, 2 subscribers, last never"
    assert f"  east: {told}" in desk.does("status")


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_with_no_time_around_it_is_wrong_usage(desk: Desk, instant: str) -> None:
    assert "is out of reach; expected a year from 1990 to 2999" in desk.fails("once", "--now", instant, status=2)


def test_the_prompt_of_a_terminal_follows_what_was_asked_line_by_line(desk: Desk) -> None:
    desk.does("once")
    above, below = pty.openpty()
    command = [sys.executable, "-m", "digest", "topics", "test", "--config", str(desk.folder)]
    with subprocess.Popen(command, stdin=below, stdout=subprocess.PIPE, text=True) as asked:
        os.write(above, b"\x04")
        assert asked.communicate()[0] == "> \n"
