"""What it costs to start: CPU seconds (user and system) of one-shot commands, the median of five after one warm-up.

    python benchmarks/startup.py

`status` looks at the database that a demonstration left. The promise (docs/commands.md) is 0.3 s for `--help`,
`check` of a configuration that has not changed, and `status`; `check` that has to read YAML is shown beside them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
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
        told("digest check, unchanged", seconds(folder, ours, *DIGEST, "check"), PROMISE)
        told("digest status", seconds(folder, ours, *DIGEST, "status"), PROMISE)
        told("digest check, changed", seconds(folder, ours | {"DIGEST_NO_CACHE": "1"}, *DIGEST, "check"))


def point_to_demo(folder: Path) -> None:
    """The example configuration, on the database of the demonstration."""
    file = folder / "config" / "digest.yaml"
    file.write_text(file.read_text().replace("sqlite:///var/digest.db", "sqlite:///var/demo/demo.db"))


def ran(folder: Path, environment: Mapping[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-P", *words], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def seconds(folder: Path, environment: Mapping[str, str], *words: str) -> float:
    measured = []
    for _ in range(1 + RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran(folder, environment, *words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        measured.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return median(measured[1:])


def told(what: str, spent: float, promised: float | None = None) -> None:
    verdict = "" if promised is None else f"  (promised {promised} s{': BROKEN' if spent > promised else ''})"
    print(f"{what:26} {spent:.3f} s{verdict}")


if __name__ == "__main__":
    main()
