"""What years of running cost: the size of the database, the memory, and a tick that finds nothing.

    python benchmarks/years.py [--years 2] [--feeds 40] [--keep DIR]

As many feeds (loopback.py), each of which has an entry more whenever it is asked; 100 topics watch, and a newsletter
is mailed daily into a maildir. The daemon's steps run once a day in this process by a clock that is moved on by hand,
and retention with them: articles are kept for 90 days, deliveries for 400. SQLite.

Every 90 days a line: articles kept and marks of dropped ones, megabytes of the database and of memory, CPU
milliseconds of a day since the line before, and the steps that SQLite's machine takes for a tick that finds nothing.
After the first 400 days nothing but the marks may grow.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from loopback import server
from many_feeds import configure
from real_input import Place
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from ticking import Clock, memory, tick

from digest import config, pipeline, worker

DAY = timedelta(days=1)
FEEDS = ("feeds", "--entries", "5", "--undated", "--news", "1")
TOLD = 90
"""Days between two lines."""


class Steps:
    """Counts those of SQLite's virtual machine, on all connections."""

    def __init__(self) -> None:
        self.taken = 0
        event.listen(Engine, "before_cursor_execute", self._watch)

    def _watch(self, _connection: object, cursor: Any, *_: object) -> None:
        cursor.connection.set_progress_handler(self._step, 1)

    def _step(self) -> None:
        self.taken += 1

    def close(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._watch)


def idle(room: pipeline.Newsroom) -> int:
    """Steps of a tick that finds nothing."""
    worker.deliver(room)
    steps = Steps()
    worker.deliver(room)
    steps.close()
    return steps.taken


def figures(room: pipeline.Newsroom, folder: Path) -> str:
    with room.database.read() as tx:
        kept, marks = (
            tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ("articles", "forgotten")
        )
    size = sum(path.stat().st_size for path in folder.rglob("digest.db*")) / 1e6
    return f"{kept:>9,}{marks:>10,}{size:>9.1f}{memory()['resident_mb']:>9.1f}{idle(room):>8,}"


def years(place: Place, days: int) -> Iterator[str]:
    clock = Clock(datetime.now(UTC))
    room = pipeline.build(config.load(place.config, os.environ), clock)
    room.database.prepare()
    yield f"{'day':>6}{'articles':>9}{'marks':>10}{'MB':>9}{'memory':>9}{'steps':>8}{'ms a day':>10}"
    spent = time.process_time()
    for day in range(1, days + 1):
        pipeline.apply(room)
        tick(room, spread=False)
        pipeline.clean(room)
        clock.now += DAY
        if day % TOLD == 0:
            cpu = (time.process_time() - spent) / TOLD * 1000
            yield f"{day:>6}{figures(room, place.folder)}{cpu:>10.0f}"
            spent = time.process_time()
    room.database.close()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--years", type=float, default=2)
    options.add_argument("--feeds", type=int, default=40)
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave the database there")
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as passing, server(*FEEDS) as (port, _):
        place = Place(folder=(chosen.keep or Path(passing)).absolute())
        configure(place, chosen.feeds, port)
        for line in years(place, round(chosen.years * 365)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
