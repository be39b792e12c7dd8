"""An instance of Digest in processes of its own, for tests that start, watch and kill it.

    site = Instance(home=tmp_path, database=database_url)
    site.configure(feeds=[server.url("/news.xml")], subscribers=["amal@example.org"], smtp=port)
    run = site.start("once", "--now", at(7, 30))
    eventually(lambda: site.count("articles") == 3)
    run.kill()

A process is forked from one that has imported the program already (`multiprocessing`'s fork server), which spares
each start the second of CPU that the imports cost; all else is as in `python -m digest …`. With `fresh=True` it is
exactly that. Every process is killed when the block of its instance ends.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

HERE = Path(__file__).parent
MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
"""Half an hour before the slot of the newsletters that `configure` writes."""
SLOT = MORNING + timedelta(minutes=30)
JUST_AFTER = timedelta(seconds=1)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["digest.cli", "digest.config.reading", "digest.web", "digest.worker", "psycopg"])


def eventually(condition: Callable[[], object], *, within: float = 30.0) -> None:
    """Returns as soon as the condition holds; AssertionError after so many seconds without."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {condition}"
        time.sleep(0.002)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_served(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


# --- processes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Run:
    """A process of the program, running or ended."""

    process: subprocess.Popen[bytes] | BaseProcess
    output: Path
    """Both of its outputs."""

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self.process.poll() if isinstance(self.process, subprocess.Popen) else self.process.exitcode

    @property
    def told(self) -> str:
        """What it has written so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def ended(self, *, within: float = 60.0) -> int:
        """Waits for its end; gives the exit status."""
        eventually(lambda: self.exit_status is not None, within=within)
        status = self.exit_status
        assert status is not None, "it has ended"
        return status

    def done(self, *, within: float = 60.0) -> None:
        """Waits for its end, which must be a good one."""
        assert self.ended(within=within) == 0, self.told

    def stop(self) -> int:
        """Asks it to end, as service managers do; gives the exit status."""
        self.process.terminate()
        return self.ended()

    def kill(self) -> None:
        """SIGKILL. When this returns the process is gone, or had ended before."""
        self.process.kill()
        self.ended()


def _run(words: Sequence[str], output: str, environment: Mapping[str, str], largest_file: int | None) -> None:
    """What a forked process does."""
    os.environ.update(environment)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    with open(output, "ab", buffering=0) as file:  # noqa: PTH123 - the descriptor is what counts
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from digest.cli import main

    main(list(words), prog_name="digest")


# --- an instance ----------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Instance:
    """A configuration folder, a database, and the processes that work on them."""

    home: Path
    database: str
    """A URL as `digest.yaml` has it."""
    environment: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.environment.setdefault("XDG_CACHE_HOME", str(self.home / "cache"))
        self._engine = create_engine(self.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for run in self.runs:
            run.kill()
            if isinstance(run.process, BaseProcess):
                run.process.close()
        self._engine.dispose()

    @property
    def folder(self) -> Path:
        """The configuration."""
        return self.home / "config"

    def write(self, name: str, content: object) -> None:
        """A file of the configuration, put in place at once; JSON is YAML."""
        passing = self.folder / f"{name}.new"
        passing.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        passing.replace(self.folder / name)

    def configure(
        self,
        *,
        feeds: Sequence[str],
        subscribers: Sequence[str],
        smtp: int,
        delivery: Mapping[str, object] | None = None,
        main: Mapping[str, object] | None = None,
        **newsletter: object,
    ) -> None:
        """One newsletter at 07:30 UTC with one topic, "Syria Turkey talks", sent to an SMTP port of this machine.

        `main` and `delivery` are more of digest.yaml; other arguments are keys of the newsletter.
        """
        relay = {"host": "127.0.0.1", "port": smtp, "starttls": "never", "connections": 4, "per_second": 10_000}
        self.write(
            "digest.yaml",
            {
                "site": {
                    "name": "World Watch",
                    "url": "https://news.example.org",
                    "from": "World Watch <news@example.org>",
                    "postal_address": "12 Harbour Lane",
                },
                "database": self.database,
                "delivery": {"transport": "smtp", "smtp": relay, **(delivery or {})},
                "polling": {"private_addresses": True},
                "web": {"listen": "127.0.0.1:0"},
                **(main or {}),
            },
        )
        self.write("feeds.yaml", {"feeds": [{"url": url, "name": f"Outlet {n}"} for n, url in enumerate(feeds)]})
        self.write("topics.yaml", {"topics": {"talks": "Syria Turkey talks"}})
        middle_east = {"title": "Middle East watch", "topics": ["talks"], "subscribers": list(subscribers)}
        self.write("newsletters.yaml", {"newsletters": {"middle-east": {**middle_east, **newsletter}}})

    def start(
        self,
        command: str,
        *options: str,
        now: datetime | None = None,
        fresh: bool = False,
        largest_file: int | None = None,
    ) -> Run:
        """Starts `digest COMMAND …`. With `largest_file` every file ends at so many bytes, as on a full disk."""
        clock = ["--now", now.isoformat()] if now else []
        words = [command, "--config", str(self.folder), *clock, *options]
        output = self.home / f"output-{len(self.runs)}"
        output.touch()
        process: subprocess.Popen[bytes] | BaseProcess
        if fresh:
            assert largest_file is None, "only a forked process can be limited"
            with output.open("ab") as file:
                process = subprocess.Popen(
                    [sys.executable, "-m", "digest", *words],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    env={**os.environ, **self.environment},
                )
        else:
            process = _FORKS.Process(target=_run, args=(words, str(output), self.environment, largest_file))
            process.start()
        run = Run(process=process, output=output)
        self.runs.append(run)
        return run

    def once(self, now: datetime) -> None:
        """`digest once`, to its good end."""
        self.start("once", now=now).done()

    def status(self) -> dict[str, Any]:
        """What `digest status --json` tells."""
        run = self.start("status", "--json")
        run.done()
        told: dict[str, Any] = json.loads(run.told)
        return told

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection to the database besides those of the program."""
        with self._engine.connect() as connection:
            yield connection

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with self.connection() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def count(self, what: str) -> int:
        """How many rows there are of `TABLE` or `TABLE WHERE …`."""
        return int(self.rows(f"SELECT count(*) FROM {what}")[0][0])

    def has_settled(self) -> bool:
        """Whether all that killed processes had sent to the database has taken effect."""
        if self._engine.dialect.name == "sqlite":
            return True
        others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        return self.count(others) == 0


# --- a mail server --------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Lines:
    """A file to which lines are appended: how many there are by now, at little cost."""

    path: Path
    _seen: int = 0
    _at: int = 0

    def __len__(self) -> int:
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self._at)
            fresh = file.read()
            self._at += len(fresh)
            self._seen += fresh.count(b"\n")
        return self._seen


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """`tests/smtpserver.py` as a process of its own."""

    port: int
    record: Path
    answers: Path
    sessions: Path
    gate: Path

    def hold(self, accepted: int) -> None:
        """From the moment when so many messages are accepted, none is answered."""
        passing = self.gate.with_suffix(".new")
        passing.write_text(str(accepted))
        passing.replace(self.gate)

    def release(self) -> None:
        """Undoes `hold`; what waited is answered."""
        self.gate.unlink(missing_ok=True)

    def is_idle(self) -> bool:
        """Whether every connection has come to its end: nothing that was sent is still to be taken."""
        told = self.sessions.read_text()
        return told.count("begins") == told.count("ends")

    def held_back(self) -> int:
        """How many connections wait for the answer to a message."""
        told = self.sessions.read_text()
        return told.count("waits") - told.count("goes on")


@contextmanager
def mail_server(folder: Path, **options: float) -> Iterator[MailServer]:
    """A server until the block ends; its record stays. Options are those of its command line."""
    files = {name: folder / name for name in ("record", "answers", "sessions", "gate")}
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    words += [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, str(HERE / "smtpserver.py"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None, "it is a pipe"
        try:
            yield MailServer(port=int(process.stdout.readline()), **files)
        finally:
            process.terminate()


# --- what arrived ---------------------------------------------------------------------------------------------------


def titles(message: bytes, among: Sequence[str]) -> list[str]:
    """Which of these titles stand in the text of a message, each as often as it does."""
    from email import message_from_bytes, policy

    parsed = message_from_bytes(message, policy=policy.default)
    part = parsed.get_body(("plain",))
    assert part is not None, "every message has a text part"
    told = " ".join(part.get_content().split())
    return [title for title in among for _ in re.findall(re.escape(title) + r"(?!\d)", told)]
