"""The daemon: APScheduler as the heartbeat, the clock, signals, reloading.

Jobs are ticks that ask "what is due?"; the truth is in the store. The job store is in memory, each tick runs as one
instance, missed ticks are merged, and a late one is still run (APScheduler's default grace of one second drops runs).
Each tick has its own thread: a slow server of one kind does not hold up the others.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog

from digest import pipeline
from digest.errors import ConfigError, DigestError
from digest.pipeline import Clock, Newsroom
from digest.settings import Settings
from digest.store import notices
from digest.store.engine import Database

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger()

TICKS: dict[str, timedelta] = {
    "poll": timedelta(seconds=20),
    "deliver": timedelta(seconds=10),
    "subscribe": timedelta(seconds=30),
    "watch": timedelta(seconds=5),
    "clean": timedelta(hours=6),
}
"""How often each tick asks what is due."""


_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's <malloc.h>."""


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def clock_from(start: datetime | None) -> Clock:
    """The wall clock, or one that begins at `start` and runs on from there (`--now`)."""
    if start is None:
        return wall_clock
    offset = start - wall_clock()
    return lambda: wall_clock() + offset


def run_once(room: Newsroom) -> tuple[pipeline.Polled, int, pipeline.Sent]:
    """Everything that is due now: what was polled, how many messages were queued, what became of those sent."""
    pipeline.apply(room)
    polled = pipeline.poll(room)
    queued, sent = deliver(room)
    pipeline.clean_when_due(room)
    return polled, queued, sent


def deliver(room: Newsroom) -> tuple[int, pipeline.Sent]:
    """Matches, groups, composes and sends what is due; gives the messages queued, and what became of those sent."""
    pipeline.match(room)
    pipeline.group(room)
    return pipeline.compose(room), pipeline.send(room)


@dataclass(kw_only=True)
class Daemon:
    """A running instance: the newsroom of the last good configuration, and the ticks that use it."""

    room: Newsroom
    load: Callable[[], Settings]
    """Reads the configuration anew; raises ConfigError."""
    state_of_files: Callable[[Iterable[Path]], object]
    """Equal as long as nothing in the configuration folder, and in these folders and files, has changed."""
    read: object
    """`state_of_files` of the configuration folder alone, from before the settings of the room were read."""
    ticks: dict[str, datetime] = field(default_factory=dict)
    """When each tick last ended well (at first: when the daemon began), for `/health`."""
    _seen: object = None

    def run(self, pages: AbstractContextManager[None]) -> None:
        """Works until it is asked to end by a signal; then what is in flight is finished, and claims are given back.

        `pages` is entered while the ticks run.

        Raises StoreError when the database cannot be used at start; later its troubles are logged, and tried again.
        """
        begun = self.state_of_files(_besides(self.room.settings))
        self._seen = begun if self.state_of_files(()) == self.read else None
        _libc("mallopt", _ARENA_MAX, 1)  # a heap for each thread takes 16 MB more
        pipeline.apply(self.room)
        self._tell_config(None)
        self.ticks.update(dict.fromkeys(TICKS, self.room.clock()))
        scheduler = self._scheduler()
        with _signals() as asked, pages:
            scheduler.start()
            log.info("started", feeds=len(self.room.settings.feeds), owner=self.room.owner)
            _wait(asked)
            self.room.stop.set()
            self.room.database.hurry()
            log.info("stopping")
            scheduler.shutdown(wait=True)
        self.room.database.close()
        log.info("stopped")

    def _scheduler(self) -> BackgroundScheduler:
        # Here: `digest once` needs none, and loading it takes as long as forty polls.
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(TICKS))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for name, every in TICKS.items():
            scheduler.add_job(
                self._tick,
                "interval",
                args=[name],
                seconds=every.total_seconds(),
                next_run_time=wall_clock(),
                id=name,
            )
        return scheduler

    def _tick(self, name: str) -> None:
        """One tick. A failing database is a line in the log, and the next tick's second chance."""
        if self.room.stop.is_set():
            return
        work: dict[str, Callable[[], object]] = {
            "poll": lambda: pipeline.poll(self.room, spread=True),
            "deliver": lambda: deliver(self.room),
            "subscribe": lambda: pipeline.subscribe(self.room),
            "watch": self._watch,
            "clean": self._clean,
        }
        try:
            work[name]()
        except DigestError as error:
            log.error("tick failed", tick=name, reason=str(error))  # noqa: TRY400 - the sentence says it all
        else:
            self.ticks[name] = self.room.clock()
        if name == "deliver":
            _libc("malloc_trim", 0)  # gives back to the system what is free: some 3 MB

    def _clean(self) -> None:
        pipeline.apply(self.room)  # settles due times that a clock set wrong has spoiled
        pipeline.clean(self.room)

    def _watch(self) -> None:
        """Takes over a changed configuration; keeps the last good one when the new one is wrong, and says so."""
        now_there = self.state_of_files(_besides(self.room.settings))
        if now_there == self._seen:
            return
        try:
            settings = self.load()
            fresh = pipeline.build(
                settings,
                self.room.clock,
                stop=self.room.stop,
                database=self._database_for(settings),
                sparing=self.room.sparing,
            )
        except ConfigError as error:
            log.error("the changed configuration is wrong, the last good one stays", problems=str(error))  # noqa: TRY400
            self._tell_config(f"the configuration on disk is wrong, the last good one is in use:\n{error}")
            self._seen = now_there
            return
        pipeline.apply(fresh)
        self._tell_config(None)
        self.room, self._seen = fresh, now_there
        log.info("configuration reloaded", feeds=len(settings.feeds), topics=len(settings.topics))

    def _database_for(self, settings: Settings) -> Database:
        """The open database, unless the new settings name another one; that wants a restart, and is told."""
        if settings.database != self.room.settings.database:
            log.warning("the database setting has changed; it takes effect when the program is started again")
        return self.room.database

    def _tell_config(self, problem: str | None) -> None:
        with self.room.database.write() as tx:
            if problem is None:
                notices.withdraw(tx, "config")
            else:
                notices.post(tx, "config", problem, self.room.clock())


def _libc(function: str, *arguments: int) -> None:
    """Calls a function of glibc, where that is the C library."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError):
        getattr(ctypes.CDLL(None), function)(*arguments)


@contextmanager
def _signals() -> Iterator[SimpleQueue[int]]:
    """Where SIGTERM, SIGINT and SIGHUP are put; a second one ends the program the hard way.

    SIGHUP says that the terminal was closed, and counts unless the program was started to outlive it (`nohup`).
    A queue and no Event: a handler that runs while the main thread is about to wait for one would set it under the
    lock that this thread holds already. This queue may be entered twice.
    """
    asked: SimpleQueue[int] = SimpleQueue()

    def ask(number: int, _: object) -> None:
        asked.put(number)
        signal.signal(number, signal.SIG_DFL)

    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(asked: SimpleQueue[int]) -> None:
    """Until there is something. Now and then awake: a signal that the kernel gave to another thread wakes nobody."""
    while True:
        with suppress(Empty):
            asked.get(timeout=1)
            return


def _besides(settings: Settings) -> tuple[Path, ...]:
    """What is watched besides the YAML files. Where a reload names others there is a second one, now with those."""
    named = settings.templates, settings.delivery.smtp.password_file
    return tuple(path for path in named if path is not None)


def files_of(folder: Path) -> Callable[[Iterable[Path]], object]:
    """A function whose result changes with the YAML files of the folder, and what is at the paths it is given."""

    def state(others: Iterable[Path]) -> object:
        found = sorted(folder.glob("*.yaml"))
        for other in others:
            found += sorted(other.rglob("*")) if other.is_dir() else [other]
        # Its inode too: a secret that is put in the place of another is often as long, and may be as old.
        return tuple(
            (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino) for path in found if (stat := _stat(path))
        )

    return state


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
