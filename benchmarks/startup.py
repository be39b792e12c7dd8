"""What it costs to start: CPU seconds (user and system) of one-shot commands, the median of five after one warm-up.

    python benchmarks/startup.py

`status` looks at the database that a demonstration left; `check` reads the example configuration: never read before
(no cache), with a line added to topics.yaml before each run, and as it was left. The promise (docs/commands.md) is
0.3 s for each of them.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PROMISE = 0.3
RUNS = 5
DIGEST = ("-c", "from digest.cli import main; main(prog_name='digest')")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ours = {name: text for name, text in os.environ.items() if not name.startswith("DIGEST_")}
        ours |= {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}
        ran(folder, ours, *DIGEST, "demo", "--no-open")
        ran(folder, ours, *DIGEST, "init")
        point_to_demo(folder)
        told("python -c pass", seconds(folder, ours, "-c", "pass"))
        told("digest --help", seconds(folder, ours, *DIGEST, "--help"), PROMISE)
        first = seconds(
            folder, ours, *DIGEST, "check", before=lambda: shutil.rmtree(folder / "cache", ignore_errors=True)
        )
        told("digest check, first time", first, PROMISE)
        edited = seconds(folder, ours, *DIGEST, "check", before=lambda: edit(folder / "config" / "topics.yaml"))
        told("digest check, after an edit", edited, PROMISE)
        told("digest check, unchanged", seconds(folder, ours, *DIGEST, "check"), PROMISE)
        told("digest status", seconds(folder, ours, *DIGEST, "status"), PROMISE)


def point_to_demo(folder: Path) -> None:
    """The example configuration, on the database of the demonstration."""
    file = folder / "config" / "digest.yaml"
    file.write_text(file.read_text().replace("sqlite:///var/digest.db", "sqlite:///var/demo/demo.db"))


def edit(file: Path) -> None:
    """Adds a topic: a line is enough to make the cache void."""
    file.write_text(f"{file.read_text()}\n  topic-{file.stat().st_size}: Ankara visit\n")


def ran(folder: Path, environment: Mapping[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-P", *words], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def seconds(
    folder: Path, environment: Mapping[str, str], *words: str, before: Callable[[], object] = lambda: None
) -> float:
    """`before` is done before each run, and not measured."""
    measured = []
    for _ in range(1 + RUNS):
        before()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran(folder, environment, *words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        measured.append(after.ru_utime - usage.ru_utime + after.ru_stime - usage.ru_stime)
    return median(measured[1:])


def told(what: str, spent: float, promised: float | None = None) -> None:
    verdict = "" if promised is None else f"  (promised {promised} s{': BROKEN' if spent > promised else ''})"
    print(f"{what:28} {spent:.3f} s{verdict}")


if __name__ == "__main__":
    main()
