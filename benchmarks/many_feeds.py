"""What an hour of polling costs with very many feeds, and whether one core is enough.

    python benchmarks/many_feeds.py [--feeds 10000] [--hours 1] [--json] [--keep DIR]

As many feeds, each on a host of its own, served on loopback by another process (loopback.py): of the polls 4 in 100
find one entry more than before, of the feeds 1 in 100 always fails, the rest answers 304. `polling.every` is an hour.
100 topics watch, and one newsletter is mailed daily into a maildir.

The daemon's steps run in one long-lived process by a clock that is moved on by hand, a tick every 20 s as in the
daemon (ticking.py): first until every feed was polled twice, then, in a new process on the same database, the hours
that are measured. CPU is user + system of that process and those it starts; a share of 100 % would be one core for
the whole hour. The longest tick says how late a poll may come.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from against_rss2email import ticked
from loopback import WORDS, feed_url, server, vocabulary
from real_input import Place, compile_all

HOUR = timedelta(hours=1)
TICK = timedelta(seconds=20)
ENTRIES = 5
TOPICS = 100
WARM_UP = 3
"""Hours: by then even the last of the feeds, spread over an interval, was polled twice."""
PROMISE = 95.0
"""Of 100 polls after the warm-up, those that are conditional, failing feeds left out: nothing is known of them."""


def configure(place: Place, feeds: int, port: int) -> None:
    """Writes the configuration. JSON is YAML."""
    place.config.mkdir(parents=True)
    chance = random.Random(1)
    topics = {f"topic-{number}": " ".join(chance.sample(vocabulary()[100:WORDS], 2)) for number in range(TOPICS)}
    documents: dict[str, Any] = {
        "digest": {
            "site": {"name": "World Watch", "url": "https://news.example.org", "from": "news@example.org"},
            "polling": {"private_addresses": True, "every": "1h"},
        },
        "feeds": {"feeds": [{"url": feed_url(number, port), "name": f"News {number}"} for number in range(feeds)]},
        "topics": {"topics": topics},
        "newsletters": {
            "newsletters": {"all": {"title": "All", "topics": list(topics), "subscribers": ["reader@example.org"]}}
        },
    }
    for name, document in documents.items():
        (place.config / f"{name}.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")


def measure(folder: Path, feeds: int, hours: int) -> dict[str, Any]:
    compile_all(folder)
    place = Place(folder=folder / "many")
    with server("feeds", "--entries", str(ENTRIES), "--news", "0.04", "--failing", "0.01") as (port, _):
        configure(place, feeds, port)
        warm = ticked(place, datetime.now(UTC), WARM_UP * (HOUR // TICK), TICK)
        asked = told_by(port)
        told = ticked(place, datetime.fromisoformat(warm["end"]), hours * (HOUR // TICK), TICK)
        answered = told_by(port) - asked
    return {
        "feeds": feeds,
        "hours": hours,
        "warm_up": figures(warm, WARM_UP),
        "measured": figures(told, hours),
        "answered": dict(answered),
        "conditional_percent": round(100 * answered["conditional"] / (answered["requests"] - answered["500"]), 2),
    }


def told_by(port: int) -> Counter[str]:
    """What the server was asked so far."""
    with urlopen(f"http://127.0.0.1:{port}/told") as answer:
        return Counter(json.load(answer))


def figures(told: Mapping[str, Any], hours: int) -> dict[str, float]:
    ticks = told["ticks"]
    total = {name: sum(tick[name] for tick in ticks) for name in ("polled", "new", "ill", "poll_s", "deliver_s")}
    idle = [tick["poll_s"] + tick["deliver_s"] for tick in ticks if not tick["polled"]]
    return {
        **{name: round(figure, 2) for name, figure in total.items()},
        "cpu_s": round(total["poll_s"] + total["deliver_s"], 2),
        "core_percent": round((total["poll_s"] + total["deliver_s"]) / (hours * 3600) * 100, 2),
        "ms_for_a_poll": round(total["poll_s"] / max(total["polled"], 1) * 1000, 3),
        "longest_tick_s": round(max(tick["poll_s"] + tick["deliver_s"] for tick in ticks), 2),
        "most_in_a_tick": max(tick["polled"] for tick in ticks),
        "idle_ticks": len(idle),
        **told["memory"],
    }


def table(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['feeds']:,} feeds"
    yield f"{'':<16}{'warm-up':>12}{'measured':>12}"
    for name, figure in told["measured"].items():
        yield f"{name.replace('_', ' '):<16}{told['warm_up'][name]:>12,}{figure:>12,}"
    yield f"answered: {told['answered']}"
    yield f"conditional: {told['conditional_percent']} % of the polls of feeds that answer; promised {PROMISE} %"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--feeds", type=int, default=10_000)
    options.add_argument("--hours", type=int, default=1)
    options.add_argument("--json", action="store_true", dest="as_json")
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave the database and the log there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = (chosen.keep or Path(passing)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        told = measure(folder, chosen.feeds, chosen.hours)
    print(json.dumps(told, ensure_ascii=False, indent=1) if chosen.as_json else "\n".join(table(told)))


if __name__ == "__main__":
    main()
