"""`topics list | show | test | reset`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import config_option, json_option, newsroom, now_option, print_json
from digest.errors import TopicError
from digest.wording import counted, shown

if TYPE_CHECKING:
    from digest.pipeline.planning import Difference
    from digest.pipeline.showing import Shown, Word
    from digest.pipeline.trying import Tried

_WORDS = 20
"""So many words of a profile are shown."""


@click.group()
def topics() -> None:
    """List, show, test and reset topics."""


@topics.command("list")
@config_option
@now_option
@json_option
def listing(folder: Path, now: datetime | None, *, as_json: bool) -> None:
    """List the topics and what they found.

    What each watches, and how much it found in the last seven days.
    """
    from digest.pipeline import showing

    with newsroom(folder, now, create=False) as room:
        rows = showing.overview(room)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        asked = [f"“{line}”" for line in row["watch"]] + ([row["query"]] if row["query"] else [])
        click.echo(f"{row['topic']}  {', or '.join(asked)}")
        places = ", ".join(row["newsletters"]) or "in no newsletter"
        found = counted(row["matches"], "match", "matches")
        click.echo(f"  {places}; {found} in seven days; learned from {counted(row['learned_from'], 'report')}")
        if row["problem"]:
            click.echo(f"  {row['problem']}")


@topics.command()
@click.argument("topic")
@config_option
@json_option
def show(topic: str, folder: Path, *, as_json: bool) -> None:
    """Show how TOPIC is understood, and what it has learned.

    Its phrases word by word: what kind of word it is, how else it may be written, what means the same, what goes with
    it; and the words that speak for an article because they stood in the reports that the topic found before.
    """
    from digest.pipeline import showing

    with newsroom(folder, None, create=False) as room:
        told = showing.show(room, topic)
    if as_json:
        print_json(told.as_json())
    else:
        click.echo("\n".join(_shown(told)))


def _shown(told: Shown) -> Iterator[str]:
    yield f"{told.topic.name} ({told.topic.id})"
    yield f"  newsletters  {', '.join(told.newsletters) or 'none'}"
    yield f"  languages    {', '.join(sorted({'en', *told.languages}))}"
    if told.topic.feeds:
        yield f"  feeds        {', '.join(told.topic.feeds)}"
    for line in told.lines:
        yield f"  phrase       {line.text} (cut {line.cut:.2f})"
        for word in line.words:
            yield from _word(word)
    for name, texts in (
        ("query", [told.query] if told.query else []),
        ("require", told.require),
        ("exclude", told.exclude),
    ):
        yield from (f"  {name:<11}  {text}" for text in texts)
    if not told.profile.reports:
        yield "  learned      nothing yet"
        return
    reports = counted(told.profile.reports, "report")
    yield f"  learned      from {reports}, the last on {shown(told.learned_at)}"
    heaviest = ((stem.partition("@")[0], share) for stem, share in told.heaviest[:_WORDS])
    yield f"    {', '.join(f'{word} {share:.2f}' for word, share in heaviest)}"


_KINDS = {"country": "a country", "name": "a name", "word": "a word", "frame": "a framing word, counts little"}


def _word(word: Word) -> Iterator[str]:
    yield f"    “{word.text}”: {_KINDS[word.kind]}{', must be there' if word.must else ''}"
    for name, texts in (("also", word.found_as), ("same", word.same), ("near", word.near)):
        if texts:
            yield f"      {name}  {', '.join(texts)}"


@topics.command()
@click.argument("topic")
@config_option
def reset(topic: str, folder: Path) -> None:
    """Make TOPIC forget what it has learned.

    Its matches stay. It learns anew from those to come.
    """
    from digest.pipeline import showing

    with newsroom(folder, None, create=False) as room:
        had = showing.reset(room, topic)
    click.echo(f"{topic} has forgotten what it had learned" if had else f"{topic} had learned nothing")


@topics.command("test")
@click.argument("text", required=False)
@config_option
@now_option
@click.option(
    "--days", type=click.IntRange(1, 400), default=30, show_default=True, help="The articles of so many days."
)
@click.option("--query/--phrase", default=None, help="What TEXT is, where its signs do not tell.")
@click.option("--all", "every", is_flag=True, help="Judge every article that may match: exact numbers, not fast.")
@click.option("--limit", type=click.IntRange(0), default=5, show_default=True, help="Show so many articles a side.")
@json_option
def test(
    *,
    text: str | None,
    folder: Path,
    now: datetime | None,
    days: int,
    query: bool | None,
    every: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Tell what a phrase or query would have found.

    How many of the articles kept would match a day, the best of them, and the nearest misses, with reasons. TEXT is
    a query when it has a sign that only queries have (AND, OR, NOT, NEAR, brackets, * ~ ^, a field:) and can
    be read as one. Without TEXT each line that is typed is one. Nothing is written.
    """
    from digest.pipeline import trying

    most = None if every else trying.MOST_JUDGED if text is not None else trying.WHILE_TYPING
    with newsroom(folder, now, create=False) as room:
        trial = trying.Trial(room, days)

        def answer(line: str) -> None:
            tried = trial.ask(line, query=query, limit=limit, most=most)
            if as_json:
                print_json(tried.as_json())
            else:
                click.echo("\n".join(_tried(tried)))

        if text is not None:
            answer(text)
            return
        for line in _typed():
            try:
                answer(line)
            except TopicError as error:
                click.echo(str(error), err=True)


def _typed() -> Iterator[str]:
    """The lines of standard input that say something; on a terminal with a prompt."""
    prompt = sys.stdin.isatty()
    while True:
        if prompt:
            click.echo("> ", nl=False)
        line = sys.stdin.readline()
        if not line:
            click.echo(nl=prompt)
            return
        if line.strip():
            yield line.strip()


def _tried(tried: Tried) -> Iterator[str]:
    kind = "query" if tried.query else "phrase"
    about = "about " if tried.judged < tried.candidates else ""
    matches = counted(round(tried.matches), "match", "matches")
    yield (
        f"{kind} “{tried.text}”: {about}{tried.a_day:.1f} a day, {about}{matches} in "
        f"{counted(tried.articles, 'article')} since {shown(tried.since)}"
    )
    if tried.no_query:
        yield f"  a query it is not: {tried.no_query}"
    if about:
        yield f"  judged {tried.judged} of the {tried.candidates} articles that may match; --all judges them all"
    yield f"  a day  {' '.join(str(round(count)) for count in tried.days.values())}"
    for title, found in (("best", tried.best), ("nearest misses", tried.misses)):
        if found:
            yield f"  {title}"
            for each in found:
                yield from _article(each)


def _article(each: Difference) -> Iterator[str]:
    article, verdict = each.article, each.verdict
    yield f"    {verdict.score:.2f}  {article.entry.title}"
    yield f"          {article.feed_name}, {shown(article.first_seen_at)}, article {article.id}: {verdict.reason}"
