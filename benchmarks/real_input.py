"""The whole way on real feeds: what comes out, and what it costs in CPU and memory.

    python benchmarks/real_input.py [SHARED_DATA] [--smtp] [--json] [--keep DIR]

All captured feeds of SHARED_DATA/feeds (by default the folder `shared/data` beside the checkout) are served on
loopback with ETags, the topics are the phrases of SHARED_DATA/eval/wcep, and one newsletter with all of them goes to
25 subscribers in five zones and seven languages, all due at the same instant. The commands are the real ones, each in
a process of its own:

    first    `digest once` half an hour before the slot: everything is new
    slot     `digest once` at the slot: every feed answers 304, the editions are composed and sent
    again    `digest once` a little later: 304 again, and nothing to send
    daemon   `digest run` on an empty database, from some minutes before the slot until all is polled and sent; with
             `polling.every` a minute, for the first polls are spread over that

CPU is user + system, peak memory the largest resident set, both as the kernel accounts them for that process; the
daemon's resident set is read when its work is done.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parents[1]
DATA = HERE.parent / "shared" / "data"

SLOT = datetime.fromisoformat("2026-11-20T07:30:00+03:00")
ZONES = ("Europe/Istanbul", "America/St_Johns", "UTC", "Asia/Kolkata", "Pacific/Chatham")
LANGUAGES = ("en", "tr", "ar", "de", "es", "fr", "ru")
SUBSCRIBERS = 25
PATIENCE = 400
"""Seconds that the daemon may take for its first round."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one run of the benchmark keeps its files."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def database(self) -> Path:
        return self.folder / "var" / "digest.db"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "digest", words[0], "--config", str(self.config), *words[1:]]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A command of Digest; what it logs is added to the file `log`."""
        caches = {
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "pyc"),
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                self.command(*words), cwd=HERE, env=environment() | caches, stdout=log, stderr=log
            )


def environment() -> dict[str, str]:
    """Ours, without what would change how Digest runs, or keep Python from remembering what it compiled."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("DIGEST_", "PYTHON"))}


def compile_all(folder: Path) -> None:
    """Goes the whole way once, on the sample feeds: nobody's figures then hold the compiling of Python (seconds)."""
    code = "import digest.web, digest.cli; digest.cli.main()"
    command = [sys.executable, "-c", code, "demo", "--no-open", "--folder", str(folder / "demo")]
    variables = environment() | {"PYTHONPYCACHEPREFIX": str(folder / "pyc")}
    subprocess.run(command, cwd=HERE, env=variables, stdout=subprocess.DEVNULL, check=True)


# --- the set-up -----------------------------------------------------------------------------------------------------


@contextmanager
def server(script: str, *words: str) -> Iterator[int]:
    """A server of the tests, in a process of its own; gives its port."""
    command = [sys.executable, str(HERE / "tests" / script), "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def configure(place: Place, data: Path, feeds_port: int, smtp_port: int | None) -> None:
    """Writes the configuration. JSON is YAML."""
    place.config.mkdir(parents=True)
    topics = json.loads((data / "eval" / "wcep" / "topics.json").read_bytes())
    smtp = {"host": "127.0.0.1", "port": smtp_port, "starttls": "never", "per_second": 1000}
    documents: dict[str, Any] = {
        "digest": {
            "site": {"name": "World Watch", "url": "https://news.example.org", "from": "news@example.org"},
            "delivery": {"transport": "smtp", "smtp": smtp} if smtp_port else {"transport": "maildir"},
            # Captured feeds are years old.
            "polling": {"private_addresses": True, "first_sight": "9999d", "every": "1m"},
            "web": {"listen": f"127.0.0.1:{free_port()}"},
        },
        "feeds": {
            "feeds": [
                {"url": f"http://127.0.0.1:{feeds_port}/{quote(name)}", "name": name} for name in feed_files(data)
            ]
        },
        "topics": {"topics": {topic["id"]: topic["phrase"] for topic in topics}},
        "newsletters": {
            "newsletters": {
                "everything": {
                    "title": "Everything",
                    "topics": [topic["id"] for topic in topics],
                    "subscribers": [subscriber(number) for number in range(SUBSCRIBERS)],
                }
            }
        },
    }
    for name, document in documents.items():
        (place.config / f"{name}.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")


def feed_files(data: Path) -> list[str]:
    return sorted(file.name for file in (data / "feeds").iterdir() if file.name != "index.tsv")


def subscriber(number: int) -> dict[str, str]:
    zone = ZONES[number // 2 % len(ZONES)]  # so that some share a zone and a language, and thus an edition
    return {
        "email": f"reader{number}@example.org",
        "timezone": zone,
        "language": LANGUAGES[number // 2 % len(LANGUAGES)],
        "schedule": f"daily {SLOT.astimezone(ZoneInfo(zone)):%H:%M}",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- the measurements -----------------------------------------------------------------------------------------------


def cost(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """Waits for the end of the process; CPU seconds, and the peak of its memory in MB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}; see the log")
    return {"cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_mb": round(usage.ru_maxrss / 1024, 1)}


def once(place: Place, at: datetime) -> dict[str, Any]:
    """One `digest once` believing that it is that time: what it cost, and what the store holds afterwards."""
    spent = cost(place.start("once", "--now", at.isoformat()))
    return spent | {"store": counts(place.database)}


def daemon(place: Place) -> dict[str, float]:
    """`digest run` until its first round is over, then SIGTERM."""
    process = place.start("run", "--now", (SLOT - timedelta(minutes=2, seconds=30)).isoformat())
    try:
        wait_until(process, lambda: is_done(place.database))
        memory = memory_of(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
    return cost(process) | memory


def wait_until(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit("the daemon did not come to the end of its first round; see the log")
        time.sleep(0.5)


def is_done(database: Path) -> bool:
    """Every feed polled, nothing waiting, everybody's slot dealt with, every message settled."""
    try:
        told = counts(database)
    except sqlite3.OperationalError:  # not made yet
        return False
    return not any(told[name] for name in ("unpolled", "waiting", "undue", "unsettled")) and bool(told["feeds"])


def memory_of(pid: int) -> dict[str, float]:
    """Megabytes resident now, and at most so far."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    kilobytes = {name: int(lines[name].split()[0]) for name in ("VmRSS", "VmHWM")}
    return {"resident_mb": round(kilobytes["VmRSS"] / 1024, 1), "peak_mb": round(kilobytes["VmHWM"] / 1024, 1)}


COUNTS = {
    "feeds": "SELECT count(*) FROM feeds",
    "unpolled": "SELECT count(*) FROM feeds WHERE polled_at IS NULL",
    "ill": "SELECT count(*) FROM feeds WHERE problem IS NOT NULL",
    "entries": "SELECT count(*) FROM articles",
    "announced": "SELECT count(*) FROM articles WHERE held IS NULL",
    "held": "SELECT count(*) FROM articles WHERE held IS NOT NULL",
    "waiting": "SELECT count(*) FROM articles WHERE held IS NULL AND (story_id IS NULL OR problem IS NOT NULL)",
    "matches": "SELECT count(*) FROM matches",
    "stories": "SELECT count(*) FROM stories",
    "stories_matched": "SELECT count(DISTINCT a.story_id) FROM matches m JOIN articles a ON a.id = m.article_id",
    "editions": "SELECT count(*) FROM editions WHERE state = 'composed'",
    "editions_empty": "SELECT count(*) FROM editions WHERE state <> 'composed'",
    "deliveries": "SELECT count(*) FROM deliveries",
    "accepted": "SELECT count(*) FROM deliveries WHERE state = 'accepted'",
    "unsettled": "SELECT count(*) FROM deliveries WHERE state <> 'accepted'",
    "undue": "SELECT count(*) FROM subscriptions WHERE last_slot_at IS NULL",
}


def counts(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {name: int(connection.execute(statement).fetchone()[0]) for name, statement in COUNTS.items()}


def ill(database: Path) -> dict[str, str]:
    """Feed name → problem."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT name, problem FROM feeds WHERE problem IS NOT NULL ORDER BY name"))


def measure(data: Path, folder: Path, *, smtp: bool) -> dict[str, Any]:
    """Everything, in `folder`, which must not exist or be empty: `once` and `daemon` are the two places."""
    with server("feedserver.py", "--folder", str(data / "feeds")) as feeds_port:
        folder.mkdir(parents=True, exist_ok=True)
        if not smtp:
            return _measure(data, folder, feeds_port, None)
        with server("smtpserver.py", "--record", str(folder / "record.jsonl")) as smtp_port:
            return _measure(data, folder, feeds_port, smtp_port)


def _measure(data: Path, folder: Path, feeds_port: int, smtp_port: int | None) -> dict[str, Any]:
    compile_all(folder)
    places = [Place(folder=folder / name) for name in ("once", "daemon")]
    for place in places:
        configure(place, data, feeds_port, smtp_port)
    runs = {
        "first": once(places[0], SLOT - timedelta(minutes=40)),
        "slot": once(places[0], SLOT + timedelta(seconds=5)),
        "again": once(places[0], SLOT + timedelta(minutes=40)),
    }
    return {"runs": runs, "daemon": daemon(places[1]), "ill": ill(places[0].database)}


# --- what is told ---------------------------------------------------------------------------------------------------


def table(told: Mapping[str, Any]) -> Iterator[str]:
    runs: Mapping[str, Any] = told["runs"]
    yield " " * 18 + "".join(f"{name:>10}" for name in runs) + f"{'daemon':>10}"
    for name in COUNTS:
        if name not in {"unpolled", "undue", "unsettled"}:
            yield f"{name.replace('_', ' '):<18}" + "".join(f"{run['store'][name]:>10,}" for run in runs.values())
    for name, label in (("cpu_s", "CPU, s"), ("peak_mb", "peak memory, MB")):
        figures = [*(run[name] for run in runs.values()), told["daemon"][name]]
        yield f"{label:<18}" + "".join(f"{figure:>10}" for figure in figures)
    yield f"{'resident, MB':<18}" + " " * 10 * len(runs) + f"{told['daemon']['resident_mb']:>10}"
    yield ""
    yield f"{len(told['ill'])} feeds are ill:"
    for name, problem in told["ill"].items():
        yield f"  {name}: {problem}"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("data", type=Path, nargs="?", default=DATA, help="the shared data")
    options.add_argument("--smtp", action="store_true", help="send by SMTP instead of into a maildir")
    options.add_argument("--json", action="store_true", dest="as_json")
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave databases, mails and the log there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        told = measure(chosen.data, (chosen.keep or Path(passing)).absolute(), smtp=chosen.smtp)
    print(json.dumps(told, ensure_ascii=False, indent=1) if chosen.as_json else "\n".join(table(told)))


if __name__ == "__main__":
    main()
