"""The captured and hostile feeds of the shared data folder, which not every machine has."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WHERE_IT_IS = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there: no corpus to test with"),
]


def rows(folder: str) -> list[dict[str, str]]:
    """What is told of each file of a folder; nothing where there is no such folder."""
    index = DATA / folder / "index.tsv"
    if not index.is_file():
        return []
    with index.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
