"""Digest beside rss2email 3.14, the nearest peer: the same feeds, read and mailed by both, in one run.

    python benchmarks/against_rss2email.py [--feeds 200] [--rounds 3] [--json] [--peer VENV] [--keep DIR]

200 feeds of 20 entries (1 to 4 KB of HTML each), a host of its own for every feed, and a mail sink, on loopback, from
processes of their own (loopback.py). rss2email comes from the package index into an environment of its own, made in a
temporary folder; `--peer` keeps it. CPU is user + system of a whole command from start to end, with all that it
starts; peak memory is the largest resident set. Each round runs everything on empty folders, peer and Digest in
turns; the figures are medians over the rounds.

    first              everything is new, everything is mailed
    again, 304         the same command again: every feed answers 304
    again, same bodies the same command again, but the server has no validators: the same bodies come again

Digest runs as `digest once`, and once more with 1,000 topics. What a daemon pays for a round over unchanged feeds is
measured in one long-lived process that polls all feeds, matches, groups, composes and sends, by a clock moved on by
hand (ticking.py).

What is compared is the whole way from feeds to mail, with the job set up on each side as its operator would. All
4,000 entries are mailed by the first run, to one reader. rss2email sends a message for each entry, with its whole
text, as plain text made by html2text (its default) or as HTML. Digest sends digests: the feeds belong to 100
sections, two each; a topic finds the entries of a section by its word, and an `instant` newsletter mails them. So
every entry stands in one of 100 messages of 40 stories, with title, link, source, time, the beginning of its text
and why it is there, as plain text and as HTML; 40 are what a message of 95 KB holds in full.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from loopback import SECTIONS, WORDS, feed_url, section_word, server, vocabulary
from real_input import Place, compile_all, cost, environment

PEER = "rss2email==3.14"
TICKING = Path(__file__).with_name("ticking.py")
TICKS = 10
"""Rounds over unchanged feeds in the long-lived process; the first is not counted."""
LATER = timedelta(hours=30)
"""Between two rounds: by then every feed is due again, whatever its rhythm."""
PROMISES = {"first": 4, "again, 304": 10, "again, same bodies": 50}
"""Times less CPU than the peer's plain text; after the first run the daemon's round beside the peer's command."""


# --- the peer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Peer:
    """rss2email in a folder of its own."""

    venv: Path
    folder: Path

    def configure(self, urls: list[str], smtp_port: int, *, html: bool) -> None:
        self.folder.mkdir(parents=True)
        lines = [
            "[DEFAULT]",
            "from = news@example.org",
            "to = reader@example.org",
            "email-protocol = smtp",
            "smtp-server = 127.0.0.1",
            f"smtp-port = {smtp_port}",
            f"html-mail = {html}",
            "verbose = error",
        ]
        for number, url in enumerate(urls):
            lines += [f"[feed.news{number}]", f"url = {url}"]
        (self.folder / "rss2email.cfg").write_text("\n".join(lines) + "\n")
        feeds: list[dict[str, Any]] = [
            {"name": f"news{number}", "etag": None, "modified": None, "seen": {}} for number in range(len(urls))
        ]
        (self.folder / "rss2email.json").write_text(json.dumps({"version": 2, "feeds": feeds}))

    def run(self) -> dict[str, float]:
        """One `r2e run`: what it cost."""
        files = ["-c", str(self.folder / "rss2email.cfg"), "-d", str(self.folder / "rss2email.json")]
        return timed([str(self.venv / "bin" / "r2e"), *files, "run"], self.folder / "log")


def install(venv: Path) -> None:
    """The peer, from the package index; left alone where it is already."""
    if not (venv / "bin" / "r2e").exists():
        pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", PEER]
        for command in ([sys.executable, "-m", "venv", str(venv)], pip):
            subprocess.run(command, env=environment(), stdout=sys.stderr, check=True)


def timed(command: list[str], log: Path) -> dict[str, float]:
    start = time.monotonic()
    with log.open("ab") as output:
        spent = cost(subprocess.Popen(command, env=environment(), stdout=output, stderr=output))
    return spent | {"wall_s": round(time.monotonic() - start, 2)}


# --- Digest ---------------------------------------------------------------------------------------------------------


def configure(place: Place, urls: list[str], smtp_port: int, *, more_topics: int) -> None:
    """Writes the configuration. JSON is YAML."""
    place.config.mkdir(parents=True)
    sections = [section_word(number) for number in range(SECTIONS)]
    chance = random.Random(1)
    others = {
        f"other-{number}": " ".join(chance.sample(vocabulary()[100:WORDS], 3)).capitalize()
        for number in range(more_topics)
    }
    smtp = {"host": "127.0.0.1", "port": smtp_port, "starttls": "never", "per_second": 10_000}
    documents: dict[str, Any] = {
        "digest": {
            "site": {"name": "World Watch", "url": "https://news.example.org", "from": "news@example.org"},
            "delivery": {"transport": "smtp", "smtp": smtp},
            "polling": {"private_addresses": True},
        },
        "feeds": {"feeds": [{"url": url, "name": f"News {number}"} for number, url in enumerate(urls)]},
        "topics": {"topics": {f"section-{word}": word for word in sections} | others},
        "newsletters": {
            "newsletters": {
                word: {
                    "title": word.capitalize(),
                    "topics": [f"section-{word}"],
                    "schedule": "instant",
                    "max_stories": 40,
                    "subscribers": ["reader@example.org"],
                }
                for word in sections
            }
        },
    }
    for name, document in documents.items():
        (place.config / f"{name}.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")


def once(place: Place, at: datetime) -> dict[str, float]:
    """One `digest once` at that time: what it cost."""
    start = time.monotonic()
    spent = cost(place.start("once", "--now", at.isoformat()))
    return spent | {"wall_s": round(time.monotonic() - start, 2)}


def daemon(place: Place, start: datetime, feeds: int) -> dict[str, float]:
    """The median round over unchanged feeds in a long-lived process."""
    told = ticked(place, start, TICKS, LATER, "--at-once")
    rounds = told["ticks"][1:]
    assert all((tick["polled"], tick["new"], tick["ill"]) == (feeds, 0, 0) for tick in rounds), rounds
    return {
        "cpu_s": round(median(tick["poll_s"] + tick["deliver_s"] for tick in rounds), 4),
        "poll_s": round(median(tick["poll_s"] for tick in rounds), 4),
        "peak_mb": told["memory"]["peak_mb"],
    }


def ticked(place: Place, start: datetime, ticks: int, every: timedelta, *words: str) -> dict[str, Any]:
    """What ticking.py tells."""
    command = [sys.executable, str(TICKING), str(place.config), "--ticks", str(ticks)]
    command += ["--every", str(every.total_seconds()), "--start", start.isoformat(), *words]
    variables = environment() | {
        "PYTHONPATH": str(TICKING.parents[1]),
        "PYTHONPYCACHEPREFIX": str(place.folder.parent / "pyc"),
        "XDG_CACHE_HOME": str(place.folder / "cache"),
    }
    with (place.folder / "log").open("ab") as log:
        told: dict[str, Any] = json.loads(
            subprocess.run(
                command, cwd=place.folder, env=variables, stdout=subprocess.PIPE, stderr=log, check=True
            ).stdout
        )
    return told


def mailed(database: Path) -> dict[str, int]:
    """What the ledger proves."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        statements = {
            "entries": "SELECT count(*) FROM articles WHERE held IS NULL",
            "stories": "SELECT sum(stories) FROM editions WHERE state = 'composed'",
            "messages": "SELECT count(*) FROM deliveries WHERE state = 'accepted'",
        }
        return {name: int(connection.execute(statement).fetchone()[0] or 0) for name, statement in statements.items()}


# --- the measurements -----------------------------------------------------------------------------------------------


def one_round(folder: Path, venv: Path, feeds: int) -> dict[str, Any]:
    """Everything once, on empty folders: way → run → what it cost."""
    told: dict[str, Any] = {
        "rss2email": {},
        "rss2email, html": {},
        "digest once": {},
        "1,000 topics": {},
        "daemon": {},
    }
    for again, words in (("again, 304", ()), ("again, same bodies", ("--no-validators",))):
        with server("feeds", *words) as (port, _):
            urls = [feed_url(number, port) for number in range(feeds)]
            for way in ("rss2email", "digest once", "rss2email, html", "1,000 topics"):
                with server("smtp") as (smtp_port, sink):
                    place = folder / f"{way} {again}".replace(" ", "-").replace(",", "")
                    if way.startswith("rss2email"):
                        runs = peer_runs(Peer(venv=venv, folder=place), urls, smtp_port, html="html" in way)
                    else:
                        runs = digest_runs(Place(folder=place), urls, smtp_port, 900 if way == "1,000 topics" else 0)
                told[way].setdefault("first", runs["first"] | {"messages": sink["messages"]})
                told[way][again] = runs["again"]
                if way == "digest once":
                    told["daemon"][again] = runs["daemon"]
    return told


def peer_runs(peer: Peer, urls: list[str], smtp_port: int, *, html: bool) -> dict[str, Any]:
    peer.configure(urls, smtp_port, html=html)
    return {"first": peer.run(), "again": peer.run()}


def digest_runs(place: Place, urls: list[str], smtp_port: int, more_topics: int) -> dict[str, Any]:
    configure(place, urls, smtp_port, more_topics=more_topics)
    now = datetime.now(UTC)
    first = once(place, now)
    entries = mailed(place.database)
    again = once(place, now + LATER)
    assert mailed(place.database) == entries, "an unchanged feed brought something"
    return {"first": first | entries, "again": again, "daemon": daemon(place, now + 2 * LATER, len(urls))}


def measure(folder: Path, venv: Path, feeds: int, rounds: int) -> dict[str, Any]:
    install(venv)
    folder.mkdir(parents=True, exist_ok=True)
    compile_all(folder)
    told = []
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        (place / "pyc").symlink_to(folder / "pyc")
        told.append(one_round(place, venv, feeds))
    ways: dict[str, Any] = middle(told)
    plain = {run: ways["rss2email"][run]["cpu_s"] for run in PROMISES}
    html = {run: ways["rss2email, html"][run]["cpu_s"] for run in PROMISES}
    ours = {run: ways["digest once" if run == "first" else "daemon"][run]["cpu_s"] for run in PROMISES}
    return {
        "feeds": feeds,
        "rounds": rounds,
        "ways": ways,
        "times_less_cpu": {
            run: {"plain": round(plain[run] / ours[run], 1), "html": round(html[run] / ours[run], 1)}
            for run in PROMISES
        },
    }


def middle(told: list[Any]) -> Any:
    """The medians of what is told several times."""
    if isinstance(told[0], dict):
        return {name: middle([one[name] for one in told]) for name in told[0]}
    return median(told)


# --- what is told ---------------------------------------------------------------------------------------------------


def table(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['feeds']} feeds of 20 entries; medians of {told['rounds']} rounds"
    runs = list(PROMISES)
    yield f"{'':<18}" + "".join(f"{run:>30}" for run in runs)
    yield f"{'':<18}" + f"{'CPU s':>10}{'wall s':>10}{'peak MB':>10}" * len(runs)
    for way, figures in told["ways"].items():
        cells = [figures.get(run, {}) for run in runs]
        yield f"{way:<18}" + "".join(
            f"{cell.get(name, ''):>10}" for cell in cells for name in ("cpu_s", "wall_s", "peak_mb")
        )
    yield ""
    for way, figures in told["ways"].items():
        if "first" in figures:
            first = figures["first"]
            more = f", {first['stories']:,g} stories of {first['entries']:,g} entries" if "stories" in first else ""
            yield f"{way}: {first['messages']:,g} messages{more}"
    yield ""
    for run, less in told["times_less_cpu"].items():
        who = "digest once" if run == "first" else "the daemon's round"
        yield (
            f"{run}: {who} takes {less['plain']} times less CPU than rss2email, {less['html']} times less than its "
            f"HTML; promised {PROMISES[run]}"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--feeds", type=int, default=200)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", action="store_true", dest="as_json")
    options.add_argument("--peer", type=Path, metavar="VENV", help="the peer's environment; made where there is none")
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave databases and logs there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder, venv = (chosen.keep or Path(passing) / "runs").absolute(), chosen.peer or Path(passing) / "peer"
        told = measure(folder, venv.absolute(), chosen.feeds, chosen.rounds)
    print(json.dumps(told, ensure_ascii=False, indent=1) if chosen.as_json else "\n".join(table(told)))


if __name__ == "__main__":
    main()
