"""Every command of the command line, as an operator meets it: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from shutil import copytree
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from feedserver import FeedServer, entry, feed_server, rss
from smtpserver import Script, smtp_server

import digest
from digest.cli import main

POLL = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SLOT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""07:30 in Istanbul."""
NEWS = "Syria and Turkey open talks in Amman"
POLLING = "{private_addresses: true, every: 1h}"
FEEDS = """\
feeds:
  - {{url: "{0}/wire", name: The Wire, tags: [world]}}  # the best
  # a comment between
  - {{url: "{0}/gone", name: Gone}}
"""
TOPICS = "topics:\n  talks: Syria Turkey talks\n  pkk: PKK\n"
NEWSLETTERS = """\
newsletters:
  middle-east:
    title: Middle East watch
    topics: [talks, pkk]
    timezone: Europe/Istanbul
    subscribers:
      - amal@example.org
      - {email: jo@example.org, name: Jo, topics: [pkk]}  # in St. John's
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A configuration folder, feeds on a server, and the commands."""

    home: Path
    server: FeedServer

    @property
    def folder(self) -> Path:
        return self.home / "config"

    @property
    def wire(self) -> str:
        return self.server.url("/wire")

    @property
    def database(self) -> Path:
        return self.home / "var" / "digest.db"

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / f"{name}.yaml").read_text(encoding="utf-8")

    def publish(self, *titles: str) -> None:
        self.server.put(
            "/wire",
            rss("The Wire", [entry(id=t, title=t, link=f"https://w.example/{len(t)}", date=POLL) for t in titles]),
        )

    def run(self, *words: str, at: datetime | None = None, env: dict[str, str] | None = None) -> Result:
        options = ["--config", str(self.folder), *(["--now", at.isoformat()] if at else [])]
        return CliRunner().invoke(main, [*words, *options], env=env)

    def does(self, *words: str, at: datetime | None = None) -> str:
        """What a command prints that must end well."""
        result = self.run(*words, at=at)
        assert result.exit_code == 0, result.output
        return result.stdout

    def fails(self, *words: str, at: datetime | None = None, status: int = 1) -> str:
        """What a command says that must fail, without a traceback."""
        result = self.run(*words, at=at)
        assert result.exit_code == status, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        return result.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    """Shared by all tests here, so that a database may be copied with the addresses in it."""
    with feed_server() as made:
        yield made


def built(home: Path, server: FeedServer) -> Site:
    """A site whose feeds were never polled."""
    server.forget()
    made = Site(home=home, server=server)
    made.folder.mkdir()
    made.write("digest", f"polling: {POLLING}\n")
    made.write("feeds", FEEDS.format(server.address))
    made.write("topics", TOPICS)
    made.write("newsletters", NEWSLETTERS)
    made.publish(NEWS)
    return made


@pytest.fixture(scope="module")
def after_a_poll(tmp_path_factory: pytest.TempPathFactory, server: FeedServer) -> Path:
    """Not to be changed: tests have copies."""
    polled = built(tmp_path_factory.mktemp("polled"), server)
    polled.does("once", at=POLL)
    return polled.home / "var"


@pytest.fixture(scope="module")
def after_a_slot(tmp_path_factory: pytest.TempPathFactory, server: FeedServer, after_a_poll: Path) -> Path:
    delivered = built(tmp_path_factory.mktemp("delivered"), server)
    copytree(after_a_poll, delivered.home / "var")
    delivered.does("once", at=SLOT)
    return delivered.home / "var"


@pytest.fixture
def site(tmp_path: Path, server: FeedServer) -> Site:
    return built(tmp_path, server)


@pytest.fixture
def polled(after_a_poll: Path, site: Site) -> Site:
    """The feeds were polled before the slot."""
    copytree(after_a_poll, site.home / "var")
    return site


@pytest.fixture
def delivered(after_a_slot: Path, site: Site) -> Site:
    """The first edition was sent."""
    copytree(after_a_slot, site.home / "var")
    return site


def everything(database: Path) -> str:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return "\n".join(connection.iterdump())


# --- the program as a whole -----------------------------------------------------------------------------------------


def commands(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *words, name)


EVERY = dict(commands(main))


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_says_what_it_does_and_what_its_options_are(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    assert "..." not in re.sub(r"(ARGS|URLS)\]\.\.\.", "", result.stdout), "cut short in a list of commands"
    for option in EVERY[words].params:
        assert not isinstance(option, click.Option) or option.help, option.name


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["--nonsense"],
        ["status", "--nonsense"],
        ["preview"],
        ["feeds"],
        ["feeds", "nonsense"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


@pytest.mark.parametrize(
    "instant, said",
    [
        ("2026-11-22T07:30:00", "names no time zone; add an offset, like +03:00 or Z"),
        ("2026-11-22", "names no time zone"),
        ("tomorrow", "is no instant; expected one like 2026-11-22T07:30:00+03:00"),
        ("2026-13-22T07:30:00Z", "is no instant"),
    ],
)
def test_a_moment_without_a_zone_is_wrong_usage(site: Site, instant: str, said: str) -> None:
    result = site.run("poll", "--now", instant)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    "command", ["run", "once", "poll", "status", "check", "migrate", "feeds list", "subscribers list"]
)
def test_a_missing_configuration_is_a_problem_that_says_what_to_do(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--config", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere: cannot be read: No such file or directory" in result.stderr
    assert "`digest init` writes an example" in result.stderr


def test_the_folder_of_the_configuration_may_come_from_the_environment(site: Site) -> None:
    result = CliRunner().invoke(main, ["check"], env={"DIGEST_CONFIG": str(site.folder)})
    assert result.stdout.startswith("The configuration is fine")


def test_as_a_program_it_ends_with_the_same_status(site: Site) -> None:
    program = [sys.executable, "-m", "digest", "status", "--config", str(site.folder)]
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    assert subprocess.run(program, env=environment, capture_output=True, check=False, cwd=site.home).returncode == 1


# --- init, check, migrate -------------------------------------------------------------------------------------------


def test_init_writes_a_configuration_that_passes_check_and_says_what_is_next(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    result = CliRunner().invoke(main, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    assert f"digest check --config {folder}" in result.stdout
    assert {path.name for path in folder.glob("*.yaml")} == {
        "digest.yaml",
        "feeds.yaml",
        "topics.yaml",
        "aliases.yaml",
        "newsletters.yaml",
    }
    checked = CliRunner().invoke(main, ["check", "--config", str(folder)])
    assert checked.stdout == "The configuration is fine: 9 feeds, 3 topics, 1 newsletter, 2 subscriptions.\n"


def test_init_overwrites_nothing_and_writes_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text("mine")
    result = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert result.exit_code == 1
    assert "topics.yaml: is there already; expected a folder without one; edit it" in result.stderr
    assert "`digest init FOLDER`" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["topics.yaml"]
    assert (tmp_path / "topics.yaml").read_text() == "mine"


def test_check_names_every_problem_by_file_line_and_column_and_ends_with_1(site: Site) -> None:
    site.write("topics", "topics:\n  talks: Syria Turkey talks\n  pkk: {watch: [PKK], langages: [en]}\n")
    site.write("newsletters", NEWSLETTERS.replace("Istanbul", "Istanbool").replace("[talks, pkk]", "[talk, pkk]"))
    lines = site.fails("check").splitlines()
    assert all(line.startswith(f"{site.folder}/") for line in lines)
    assert [re.sub(r"^.*/config/", "", line).split(": ")[0] for line in lines] == [
        "newsletters.yaml:4:14",
        "newsletters.yaml:5:15",
        "topics.yaml:3:23",
    ]
    for line, remedy in zip(lines, ("talks", "Europe/Istanbul", "languages"), strict=True):
        assert remedy in line


def test_check_reads_the_operators_own_templates(site: Site) -> None:
    own = site.home / "own" / "digest"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("{{ editon.title }}")
    site.write("digest", "templates: own\n")
    assert "subject.txt:1" in site.fails("check")


def test_check_writes_schemas_on_demand(site: Site) -> None:
    told = site.does("check", "--schema", str(site.home / "schema"))
    written = sorted((site.home / "schema").iterdir())
    names = [path.name.partition(".")[0] for path in written]
    assert names == ["aliases", "digest", "feeds", "newsletters", "topics"]
    assert all(f"wrote {path}" in told for path in written)
    assert all(json.loads(path.read_text())["$schema"] for path in written)


def test_migrate_makes_a_fresh_database_and_leaves_a_current_one_alone(site: Site) -> None:
    assert site.does("migrate") == "The database went from nothing to version 0010.\n"
    before = everything(site.database)
    assert site.does("migrate") == "The database is at version 0010 already.\n"
    assert everything(site.database) == before


@pytest.mark.parametrize("command", ["migrate", "once", "poll", "subscribers list", "explain 1"])
def test_a_newer_database_is_refused(polled: Site, command: str) -> None:
    with closing(sqlite3.connect(polled.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = polled.fails(*command.split())
    assert "is at version 9999, newer than this program" in said
    assert "use the newer program, or restore the backup" in said


@pytest.mark.parametrize(
    "command", ["status", "preview middle-east", "explain 1", "subscribers list", "feeds release x"]
)
def test_before_any_run_a_command_that_looks_says_so_and_makes_nothing(site: Site, command: str) -> None:
    said = site.fails(*command.split())
    assert re.search(r"there is no database at \S*digest\.db yet; `digest once` or `digest run` makes it", said)
    assert not site.database.exists()


# --- poll, once -----------------------------------------------------------------------------------------------------


def test_poll_polls_what_is_due_and_composes_nothing(site: Site) -> None:
    assert site.does("poll", at=POLL) == "Polled 2 feeds (1 ill): 1 new article.\n"
    assert site.does("poll", at=SLOT) == "Polled 0 feeds (0 ill): 0 new articles.\n"
    assert json.loads(site.does("status", "--json"))["deliveries"] == {}


def test_poll_polls_the_feeds_named_whether_due_or_not(site: Site) -> None:
    site.does("poll", at=POLL)
    site.publish(NEWS, "More news")
    assert json.loads(site.does("poll", site.wire, "--json", at=POLL)) == {"polled": 1, "new": 1, "ill": 0}


def test_poll_refuses_a_url_that_is_no_feed_of_the_configuration(site: Site) -> None:
    said = site.fails("poll", "https://elsewhere.example/rss", site.wire)
    assert "no feed of the configuration has the URL https://elsewhere.example/rss; see `digest feeds list`" in said
    assert not site.server.requests


def test_once_is_silent_where_nobody_watches_and_sends_what_is_due(polled: Site) -> None:
    result = polled.run("once", at=SLOT)
    assert (result.exit_code, result.output) == (0, "")
    assert len(list((polled.home / "var" / "outbox" / "new").iterdir())) == 1


def test_once_tells_its_figures_in_json(polled: Site) -> None:
    assert json.loads(polled.does("once", "--json", at=SLOT)) == {
        "polled": 0,
        "ill": 0,
        "new": 0,
        "queued": 1,
        "sent": {"accepted": 1, "deferred": 0, "refused": 0, "unsure": 0, "waiting": 0},
    }


def test_once_says_on_a_terminal_what_it_did(polled: Site) -> None:
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "digest", "once", "--config", str(polled.folder), "--now", SLOT.isoformat()]
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    done = subprocess.run(program, env=environment, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        told = terminal.read(1000).decode().strip()
    assert (done.returncode, done.stderr) == (0, b"")
    assert told == "Polled 0 feeds (0 ill), 0 new articles. 1 message composed, 1 accepted."


# --- status ---------------------------------------------------------------------------------------------------------


def test_status_shows_ill_feeds_with_the_reason_due_times_the_outbox_and_editions(delivered: Site) -> None:
    told = delivered.does("status")
    assert "Feeds      2, 1 with a problem" in told
    assert re.search(r"  Gone  http://127.0.0.1:\d+/gone\n    .*404.*\n    since 2026-11-20 04:00 UTC", told)
    assert "Articles   1 in 1 story, 1 match, 0 held, 0 waiting" in told
    assert "  middle-east: 2026-11-21 04:30 UTC, 2 subscribers, last 2026-11-20 04:30 UTC" in told
    assert "Outbox     1 accepted" in told
    assert "  middle-east of 2026-11-20 04:30 UTC: 1 story for 1 subscriber" in told
    assert "  middle-east of 2026-11-20 04:30 UTC: nothing to send to 1 subscriber" in told


def test_status_counts_deliveries_by_state_in_json(delivered: Site) -> None:
    told = json.loads(delivered.does("status", "--json"))
    assert told["deliveries"] == {"accepted": 1}
    (ill,) = told["feeds"]["problems"]
    assert "404" in ill["problem"]
    assert datetime.fromisoformat(told["subscriptions"][0]["next_due_at"]) == SLOT + timedelta(days=1)


def test_status_of_a_database_that_nothing_has_run_on_says_what_to_do(site: Site) -> None:
    site.does("migrate")
    told = site.does("status")
    assert "Due        nothing; `digest once` or `digest run` reads the configuration" in told
    assert "Outbox     empty" in told
    assert "Editions   none yet" in told


def test_status_shows_a_mail_that_is_put_off_with_the_reason(polled: Site) -> None:
    polled.write("digest", f"polling: {POLLING}\ndelivery: {{maildir: var/blocked}}\n")
    (polled.home / "var" / "blocked").write_text("a file where a folder should be")
    assert polled.run("once", at=SLOT).exit_code == 0
    told = polled.does("status")
    assert "ATTENTION, mail (since 2026-11-20 04:30 UTC): " in told
    assert "Outbox     1 queued" in told
    assert "amal@example.org (middle-east) queued after 0 attempts, tried again " in told


def test_a_database_that_is_something_else_is_told(site: Site) -> None:
    site.database.parent.mkdir()
    site.database.write_bytes(b"this is no database" * 100)
    for command in ("status", "once", "subscribers list"):
        assert "file is not a database" in site.fails(command.split()[0], *command.split()[1:])


# --- preview --------------------------------------------------------------------------------------------------------


def test_preview_writes_html_text_and_eml_and_touches_nothing_else(polled: Site, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = everything(polled.database)
    told = polled.does("preview", "middle-east", "--out", str(out), at=POLL)
    assert everything(polled.database) == before
    assert not (polled.home / "var" / "outbox").exists()
    assert sorted(path.name for path in out.iterdir()) == ["middle-east.eml", "middle-east.html", "middle-east.txt"]
    assert f"Middle East watch: {NEWS}  (1 story, due 2026-11-20 04:30 UTC, for amal@example.org)" in told
    for name in ("middle-east.html", "middle-east.txt"):
        assert NEWS in (out / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("minutes", [-30, 0, 10], ids=["before its slot", "at its slot", "after its slot"])
def test_the_previewed_mail_is_the_one_that_is_sent(polled: Site, tmp_path: Path, minutes: int) -> None:
    def mail(path: Path) -> tuple[Any, ...]:
        parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
        parts = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
        return (*(parsed[name] for name in ("To", "Subject", "Message-ID", "List-Unsubscribe")), *parts)

    seen = SLOT + timedelta(minutes=minutes)
    told = polled.does("preview", "middle-east", "--out", str(tmp_path / "out"), at=seen)
    assert "due 2026-11-20 04:30 UTC" in told
    polled.does("once", at=max(seen, SLOT))
    (sent,) = (polled.home / "var" / "outbox" / "new").iterdir()
    assert mail(tmp_path / "out" / "middle-east.eml") == mail(sent)


def test_preview_of_a_slot_that_is_passed_over_is_the_next_one(polled: Site) -> None:
    polled.write("newsletters", NEWSLETTERS.replace("    topics:", "    late: skip\n    topics:", 1))
    out = str(polled.home / "o")
    told = polled.does("preview", "middle-east", "--out", out, at=SLOT + timedelta(hours=2))
    assert "due 2026-11-21 04:30 UTC" in told


def test_preview_for_another_subscriber_is_that_ones_edition(polled: Site) -> None:
    told = polled.does("preview", "middle-east", "--for", "JO@example.org", at=POLL)
    assert told == "Nothing to send: middle-east has no new story for JO@example.org.\n"
    polled.publish(NEWS, "PKK lays down its arms")
    polled.does("poll", polled.wire, at=POLL)
    polled.does("once", at=POLL)
    told = polled.does("preview", "middle-east", "--for", "jo@example.org", "--out", str(polled.home / "o"), at=POLL)
    assert "PKK lays down its arms  (1 story, " in told
    assert NEWS not in (polled.home / "o" / "middle-east.txt").read_text()


def test_preview_refuses_whom_it_does_not_know(polled: Site) -> None:
    said = polled.fails("preview", "middle-east", "--for", "no@example.org")
    assert "no@example.org is not subscribed to middle-east; see `digest subscribers list`" in said
    assert "there is no newsletter middle; there are: middle-east" in polled.fails("preview", "middle")


def test_preview_before_the_configuration_was_taken_over_says_so(site: Site) -> None:
    site.does("migrate")
    assert "middle-east has no subscribers in the database; `digest once`" in site.fails("preview", "middle-east")


def test_a_file_that_cannot_be_written_is_told_with_its_name(polled: Site) -> None:
    (polled.home / "out").write_text("a file where a folder should be")
    said = polled.fails("preview", "middle-east", "--out", str(polled.home / "out" / "inner"), at=POLL)
    assert f"{polled.home}/out/inner: Not a directory" in said


def test_explain_tells_what_an_edited_article_said_before(delivered: Site) -> None:
    link = "https://w.example/edited"

    def publishes(title: str, summary: str, hour: int) -> None:
        news = [entry(id="1", title=title, link=link, summary=summary, date=SLOT)]
        delivered.server.put("/wire", rss("The Wire", news))
        delivered.does("poll", delivered.wire, at=SLOT + timedelta(hours=hour))

    publishes("Syria and Turkey talks", "Two days.", 1)
    publishes("Syria and Turkey end talks", "Two days.", 2)
    assert "  edited 1 time, last on 2026-11-20 06:30 UTC: title was “Syria and Turkey talks”" in (
        delivered.does("explain", link).splitlines()
    )
    publishes("Syria and Turkey end talks", "After two days.", 3)
    assert "  edited 2 times, last on 2026-11-20 07:30 UTC: summary changed" in (
        delivered.does("explain", link).splitlines()
    )
    told, *_ = json.loads(delivered.does("explain", link, "--json"))
    assert [(one["revision"], one["was"]) for one in told["revisions"]] == [
        (1, {"title": "Syria and Turkey talks"}),
        (2, {"summary": "Two days."}),
    ]


def test_explain_finds_an_article_by_the_link_that_it_had_and_tells_of_it(delivered: Site) -> None:
    for number in (1, 2):
        news = [entry(id="1", title="Syria and Turkey talks", link=f"https://w.example/{number}", date=SLOT)]
        delivered.server.put("/wire", rss("The Wire", news))
        delivered.does("poll", delivered.wire, at=SLOT + timedelta(hours=number))
    told = delivered.does("explain", "https://w.example/1").splitlines()
    assert told[1].endswith("https://w.example/2")
    assert told[2] == "  edited 1 time, last on 2026-11-20 06:30 UTC: link was https://w.example/1"


# --- feeds ----------------------------------------------------------------------------------------------------------


def test_feeds_list_tells_the_health_of_each(polled: Site) -> None:
    told = polled.does("feeds", "list")
    assert f"The Wire  {polled.wire}\n  1 article, last polled 2026-11-20 04:00 UTC, next " in told
    assert re.search(r"Gone .*\n.*\n  .*404.* \(since 2026-11-20 04:00 UTC\)", told)


def test_feeds_list_in_json_has_the_keys_that_programs_rely_on(polled: Site) -> None:
    wire, gone = json.loads(polled.does("feeds", "list", "--json"))
    assert (wire["url"], wire["title"], wire["articles"], wire["problem"]) == (polled.wire, "The Wire", 1, None)
    assert POLL <= datetime.fromisoformat(wire["last_polled"]) < SLOT
    assert datetime.fromisoformat(wire["next_poll"]) > POLL
    assert "404" in gone["problem"]


def test_feeds_list_before_any_run_says_that_nothing_was_polled(site: Site) -> None:
    result = site.run("feeds", "list", "--json")
    assert [(row["articles"], row["last_polled"]) for row in json.loads(result.stdout)] == [(0, None), (0, None)]
    assert "Only what the configuration says: there is no database at " in result.stderr
    assert "not polled yet" in site.does("feeds", "list")


def test_feeds_add_reads_the_feed_and_keeps_comments_and_order(site: Site) -> None:
    url = site.server.put("/new", rss("New Outlet", [entry(title="Rain", link="https://n.example/1")]))
    before = site.read("feeds")
    told = site.does("feeds", "add", url, "--tag", "world", "--tag", "local", "--language", "en")
    assert told.splitlines()[:3] == ["New Outlet: 1 entry, language en", "  Rain", "  matches now: nothing"]
    assert (
        site.read("feeds") == before + f'  - {{url: "{url}", name: New Outlet, tags: [world, local], language: en}}\n'
    )
    assert "3 feeds" in site.does("check")
    assert site.server.requests[0].headers["user-agent"] == f"Digest/{digest.__version__}"


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html><body>Hello</body></html>", b"", b"plain words"])
def test_feeds_add_refuses_a_page_that_is_no_feed(site: Site, page: bytes) -> None:
    url = site.server.put("/page", page)
    before = site.read("feeds")
    said = site.fails("feeds", "add", url)
    assert f"{url}: " in said
    assert "nothing was added (`--unread` adds it all the same)" in said
    assert site.read("feeds") == before
    site.does("feeds", "add", url, "--unread", "--name", "Later")
    assert "name: Later" in site.read("feeds")


def test_feeds_add_refuses_what_is_there_no_address_and_no_answer(site: Site) -> None:
    assert "is there already" in site.fails("feeds", "add", site.wire)
    assert "404" in site.fails("feeds", "add", site.server.url("/missing"))
    for address in ("nonsense", "file:///etc/passwd", "ftp://example.org/x"):
        assert address in site.fails("feeds", "add", address)


def test_feeds_make_the_round_trip_through_opml(site: Site, tmp_path: Path) -> None:
    site.does("feeds", "export", str(tmp_path / "feeds.opml"))
    before = json.loads(site.does("feeds", "list", "--json"))
    told = site.does("feeds", "import", str(tmp_path / "feeds.opml"))
    assert told == f"added 0 feeds to {site.folder / 'feeds.yaml'}, 2 there already\n"
    site.write("feeds", "# mine\nfeeds: []\n")
    assert "added 2 feeds" in site.does("feeds", "import", str(tmp_path / "feeds.opml"))
    after = json.loads(site.does("feeds", "list", "--json"))
    assert sorted((f["url"], f["title"], *f["tags"]) for f in after) == sorted(
        (f["url"], f["title"], *f["tags"]) for f in before
    )
    assert site.read("feeds").startswith("# mine\n")


def test_feeds_import_refuses_what_is_no_opml(site: Site, tmp_path: Path) -> None:
    (tmp_path / "x.opml").write_text("Dear all,")
    assert "this is not an OPML file" in site.fails("feeds", "import", str(tmp_path / "x.opml"))
    assert site.run("feeds", "import", str(tmp_path / "none.opml")).exit_code == 2


def test_feeds_release_announces_what_was_held(polled: Site) -> None:
    old = POLL - timedelta(days=30)
    polled.server.put("/wire", rss("The Wire", [entry(id="old", title="PKK then", date=old)]))
    polled.does("poll", polled.wire, at=SLOT)
    assert json.loads(polled.does("feeds", "list", "--json"))[0]["held"] == 1
    assert polled.does("feeds", "release", polled.wire) == (
        "released 1 article; the next edition has those that match\n"
    )
    assert polled.does("feeds", "release", polled.wire) == "released 0 articles\n"
    assert "no feed of the configuration has the URL x" in polled.fails("feeds", "release", "x")


# --- subscribers ----------------------------------------------------------------------------------------------------


def test_subscribers_list_tells_state_due_time_and_consent(polled: Site) -> None:
    told = polled.does("subscribers", "list")
    assert "amal@example.org  middle-east  active  daily 07:30 (Europe/Istanbul)" in told
    assert "  next 2026-11-20 04:30 UTC, last never; vouched for by the operator's configuration" in told
    people = json.loads(polled.does("subscribers", "list", "--json"))
    assert [(p["address"], p["state"], p["topics"]) for p in people] == [
        ("amal@example.org", "active", ["talks", "pkk"]),
        ("jo@example.org", "active", ["pkk"]),
    ]


def test_subscribers_add_writes_one_line_and_keeps_the_rest(site: Site) -> None:
    site.does("subscribers", "add", "new@example.org", "middle-east")
    assert site.read("newsletters") == NEWSLETTERS + "      - new@example.org\n"
    assert "is there already" in site.fails("subscribers", "add", "NEW@example.org", "middle-east")
    assert "there is no newsletter 'east'" in site.fails("subscribers", "add", "x@example.org", "east")
    assert "nonsense" in site.fails("subscribers", "add", "nonsense", "middle-east")


def test_who_left_gets_nothing_until_he_is_back(polled: Site) -> None:
    assert polled.does("subscribers", "leave", "AMAL@example.org", at=POLL) == (
        "ended 1 subscription of AMAL@example.org\n"
    )
    assert "amal@example.org  middle-east  left" in polled.does("subscribers", "list")
    polled.does("once", at=SLOT)
    assert json.loads(polled.does("status", "--json"))["deliveries"] == {}
    assert "see `digest subscribers list`" in polled.fails("subscribers", "leave", "amal@example.org")
    assert polled.does("subscribers", "rejoin", "amal@example.org", at=SLOT) == (
        "took up 1 subscription of amal@example.org again\n"
    )
    assert "has not left" in polled.fails("subscribers", "rejoin", "amal@example.org")
    polled.does("once", at=SLOT + timedelta(days=1))
    assert json.loads(polled.does("status", "--json"))["deliveries"] == {"accepted": 1}


def test_leaving_one_newsletter_by_a_wrong_name_ends_none(polled: Site) -> None:
    assert "no such subscription" in polled.fails("subscribers", "leave", "amal@example.org", "--newsletter", "other")
    assert "left" not in polled.does("subscribers", "list")


# --- secrets --------------------------------------------------------------------------------------------------------

SECRETS = {"SMTP_PASSWORD": "smtp-hunter2", "DATABASE_PASSWORD": "db-hunter3"}
COMMANDS = [
    *(
        "check",
        "once",
        "poll",
        "status",
        "status --json",
        "preview middle-east",
        "explain 1",
        "migrate",
        "feeds list",
    ),
    *("feeds export", "subscribers list", "subscribers leave amal@example.org", "feeds list --json"),
]


def test_the_password_of_the_mail_server_is_never_shown(polled: Site) -> None:
    with smtp_server(Script(login=("news", "something else"))) as server:
        smtp = (
            f"host: 127.0.0.1, port: {server.port}, starttls: never, username: news, password: '${{SMTP_PASSWORD}}'"
        )
        polled.write("digest", f"polling: {POLLING}\ndelivery: {{transport: smtp, smtp: {{{smtp}}}}}\n")
        told = polled.run("once", at=SLOT, env=SECRETS).output
        standing = json.loads(polled.run("status", "--json", env=SECRETS).stdout)["notices"]
        told += "".join(polled.run(*command.split(), env=SECRETS).output for command in COMMANDS)
    assert [notice["subject"] for notice in standing] == ["mail"]
    assert "does not accept the login of news" in standing[0]["text"]
    assert "hunter2" not in told
    assert SECRETS["SMTP_PASSWORD"] not in everything(polled.database)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.0.0.1:1/d?password=${DATABASE_PASSWORD}&connect_timeout=x&y=z"])
def test_the_password_of_the_database_is_never_shown(site: Site, host: str) -> None:
    address = host if "/" in host else f"{host}/digest"
    site.write("digest", f'database: "postgresql://digest:${{DATABASE_PASSWORD}}@{address}"\n')
    results = [site.run(*command.split(), env=SECRETS) for command in COMMANDS]
    assert all(isinstance(result.exception, (SystemExit, type(None))) for result in results)
    assert sum(result.exit_code for result in results) >= 8
    assert "hunter3" not in "".join(result.output for result in results)


def test_a_mistake_in_a_line_with_a_secret_does_not_show_it(site: Site) -> None:
    site.write("digest", "delivery: {smtp: {port: '${SMTP_PASSWORD}'}}\nweb: {listen: '${DATABASE_PASSWORD}'}\n")
    result = site.run("check", env=SECRETS)
    assert result.exit_code == 1
    assert "digest.yaml:1:" in result.stderr
    assert "hunter" not in result.output
