"""A labelled collection of two topics and a dozen articles, with figures worked out by hand.

`lake` asks for heron and lake. Relevant are a1, a3, a5, a7; it finds a1, a3, a5 and wrongly a8 (in the text, so
last); a7 has neither word. a9 would be a false hit, but its pair is doubtful. Three of four found are right, three of
four relevant are found: P = R = F1 = 3/4. The three right ones head the ranking of the best four: nDCG is below 1 by
the fourth's discount.

`coup` asks for coup. Relevant are a2 and a4; both are found, nothing else: all figures are 1.

The lines of the file are not in the order of the dates.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from math import log2
from pathlib import Path

ARTICLES: tuple[Mapping[str, str], ...] = (
    {"id": "a2", "title": "Coup in the capital", "published": "2026-01-02", "lang": "en", "source": "Wire"},
    {"id": "a1", "title": "A heron by the lake", "published": "2026-01-01T07:00:00Z", "lang": "en"},
    {"id": "a3", "title": "The lake has its heron again", "published": "2026-01-03", "lang": "en"},
    {
        "id": "a4",
        "title": "Army denies coup",
        "published": "2026-01-04",
        "lang": "en",
        "url": "https://wire.example/4",
    },
    {"id": "a5", "title": "Heron counted at the lake", "published": "2026-01-05", "lang": "en"},
    {"id": "a6", "title": "Elections in spring", "published": "2026-01-06", "lang": "en"},
    {"id": "a7", "title": "Rare bird stays for the winter", "published": "2026-01-07", "lang": "en"},
    {
        "id": "a8",
        "title": "Recipes of the week",
        "summary": "What to cook.",
        "text": "Nothing here. " * 40 + "The restaurant Heron at the lake.",
        "published": "2026-01-08",
        "lang": "en",
    },
    {"id": "a9", "title": "Heron, a boat, sinks in a lake", "published": "2026-01-09", "lang": "en"},
    {"id": "a10", "title": "Football results", "lang": "en"},
    {"id": "a11", "title": "Weather for the weekend", "published": "2026-01-11", "lang": "en"},
    {"id": "a12", "title": "Markets close higher", "published": "2026-01-12", "lang": "en"},
)
TOPICS = ({"id": "lake", "query": "heron AND lake"}, {"id": "coup", "query": "coup"})
LABELS = """\
lake\ta1\t2
lake\ta3\t2
lake\ta5\t1
lake\ta6\t0
lake\ta7\t2
lake\ta9\t-1
coup\ta2\t2
coup\ta4\t1
"""

_FOUR = [1 / log2(rank + 1) for rank in range(1, 5)]
LAKE = {"precision": 0.75, "recall": 0.75, "f1": 0.75, "ndcg20": sum(_FOUR[:3]) / sum(_FOUR)}
COUP = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "ndcg20": 1.0}
MEANS = {name: (LAKE[name] + COUP[name]) / 2 for name in LAKE}


def write(
    folder: Path,
    articles: Iterable[Mapping[str, object]] = ARTICLES,
    topics: object = TOPICS,
    labels: str = LABELS,
    *,
    compressed: bool = False,
) -> Path:
    """The folder, made, with the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(article) + "\n" for article in articles).encode()
    if compressed:
        (folder / "articles.jsonl.gz").write_bytes(gzip.compress(lines))
    else:
        (folder / "articles.jsonl").write_bytes(lines)
    (folder / "topics.json").write_text(json.dumps(topics), encoding="utf-8")
    (folder / "qrels.tsv").write_text(labels, encoding="utf-8")
    return folder
