"""The daemon's steps in one long-lived process, by a clock that is moved on by hand: days in minutes.

    python benchmarks/ticking.py CONFIG --ticks N --every SECONDS [--start INSTANT]

Each tick is that much later than the one before, polls what is due then, and matches, groups, composes and sends.
Prints JSON: what each tick did and cost in CPU seconds (this process and those it started), and the memory at the
end.
This is a part of other benchmarks.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import resource
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from digest import config, pipeline, worker


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("config", type=Path)
    options.add_argument("--ticks", type=int, required=True)
    options.add_argument("--every", type=float, required=True, metavar="SECONDS")
    options.add_argument("--at-once", action="store_true", help="poll all that is due, as many as there are")
    options.add_argument("--start", type=datetime.fromisoformat, default=datetime.now(UTC))
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    clock = Clock(chosen.start)
    room = pipeline.build(config.load(chosen.config, os.environ), clock)
    room.database.prepare()
    gc.freeze()  # as `digest run` does it
    pipeline.apply(room)
    ticks = []
    for _ in range(chosen.ticks):
        ticks.append(tick(room, spread=not chosen.at_once))
        clock.now += timedelta(seconds=chosen.every)
    room.database.close()
    print(json.dumps({"ticks": ticks, "end": clock.now.isoformat(), "memory": memory()}))


def tick(room: pipeline.Newsroom, *, spread: bool) -> dict[str, Any]:
    start = spent()
    polled = pipeline.poll(room, spread=spread)
    half_way = spent()
    worker.deliver(room)
    return {
        "polled": polled.feeds,
        "new": polled.articles,
        "ill": polled.ill,
        "poll_s": half_way - start,
        "deliver_s": spent() - half_way,
    }


def spent() -> float:
    """CPU seconds of this process, of the ended ones that it started, and of those that live."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = 0.0
    for child in children():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        living += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def children() -> list[str]:
    found: list[str] = []
    for told in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has just ended
            found += told.read_text().split()
    return found


def memory() -> dict[str, float]:
    """Megabytes: resident now and at most, of this process; resident now, of those it started."""
    return {
        "resident_mb": _megabytes("self", "VmRSS"),
        "peak_mb": _megabytes("self", "VmHWM"),
        "children_mb": sum(_megabytes(child, "VmRSS") for child in children()),
    }


def _megabytes(process: str, name: str) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


if __name__ == "__main__":
    main()
