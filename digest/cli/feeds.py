"""`feeds list | add | import | export | release`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import (
    config_option,
    json_option,
    load,
    meant,
    newsroom,
    now_option,
    print_json,
    progress,
    without_logins,
)
from digest.errors import DigestError, StoreError
from digest.wording import counted, shown

if TYPE_CHECKING:
    from digest.pipeline.discovering import Found
    from digest.settings import Feed


@click.group()
def feeds() -> None:
    """List, add, import, export and release feeds.

    To remove one, take it out of feeds.yaml. What it brought stays as long as any article does.
    """


@feeds.command("list")
@config_option
@json_option
def listing(folder: Path, *, as_json: bool) -> None:
    """List the feeds with their articles and their health."""
    from digest.store import report

    settings = load(folder)
    try:
        stored = {row["url"]: row for row in report.feeds(settings.database)}
    except StoreError as error:
        click.echo(f"Only what the configuration says: {error}", err=True)
        stored = {}
    rows = without_logins(
        [_row(feed.url, feed.name, list(feed.tags), stored.get(feed.url, {})) for feed in settings.feeds]
    )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['title']}  {row['url']}")
        click.echo(f"  {_health(row)}")
        if row["problem"]:
            click.echo(f"  {row['problem']} (since {shown(row['problem_since'])})")
        if row["notice"]:
            click.echo(f"  {row['notice']}")


def _health(row: dict[str, Any]) -> str:
    if row["last_polled"] is None:
        return "not polled yet"
    held = f" ({row['held']} held)" if row["held"] else ""
    following = f"next {shown(row['next_poll'])}" if row["next_poll"] else "not polled any more"
    return f"{counted(row['articles'], 'article')}{held}, last polled {shown(row['last_polled'])}, {following}"


def _row(url: str, name: str, tags: list[str], stored: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": url,
        "title": name,
        "tags": tags,
        "articles": stored.get("articles", 0),
        "held": stored.get("held", 0),
        "last_polled": stored.get("polled_at"),
        "last_good": stored.get("succeeded_at"),
        "last_new": stored.get("brought_at"),
        "next_poll": stored.get("next_poll_at"),
        "problem": stored.get("problem"),
        "problem_since": stored.get("since_at"),
        "moved_to": stored.get("moved_to"),
        "notice": stored.get("notice"),
        "why_then": stored.get("wait_reason"),
    }


@feeds.command()
@click.argument("url")
@config_option
@click.option("--name", help="The name that readers see; without it what the feed calls itself.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="WORD",
    help="A tag, by which topics choose feeds; may be given several times.",
)
@click.option(
    "--language", metavar="CODE", help="Two letters, when the feed does not say its language, or says it wrongly."
)
@click.option("--unread", is_flag=True, help="Add it without reading it first.")
@click.option("--all", "everything", is_flag=True, help="Where a page has several feeds, add them all.")
def add(
    url: str,
    folder: Path,
    name: str | None,
    tags: tuple[str, ...],
    language: str | None,
    *,
    unread: bool,
    everything: bool,
) -> None:
    """Find the feeds at URL, and add one to feeds.yaml.

    URL is a feed's, or a page's: its feeds are those that it names, links to, or has where sites usually have them.
    Each is read once, and what it would bring is shown. When there are several, a terminal is asked which; elsewhere
    they are listed, and none is added. Comments and order of the file are kept. What cannot be read as a feed is not
    added. A running daemon takes it over by itself.
    """
    from digest import config
    from digest.settings import Feed

    url = _address(url)
    proposed = Feed(url=url, name=name or "", tags=tags, language=language)
    if unread:
        config.add_feed(folder, proposed)
        click.echo(f"added {without_logins(url)} to {folder / 'feeds.yaml'}")
        return
    chosen = _chosen(_found(url, folder, proposed), everything=everything)
    if name and len(chosen) > 1:
        raise click.UsageError("--name names one feed; leave it out, or choose one of them")
    there: tuple[Feed, ...] = ()
    added = tuple(replace(proposed, url=one.url, name=name or one.title) for one in chosen)
    if len(added) == 1:
        config.add_feed(folder, added[0])
    else:
        added, there = config.import_feeds(folder, added)
    for feed in added:
        click.echo(f"added {without_logins(feed.url)} to {folder / 'feeds.yaml'}")
    for feed in there:
        click.echo(f"{without_logins(feed.url)} is there already")


def _address(asked: str) -> str:
    """The address as it can be fetched. Raises DigestError that says how it is to be written."""
    from digest.config.values import Wrong, web_url
    from digest.settings import web_address

    try:
        return web_url(web_address(asked))
    except Wrong as wrong:
        raise DigestError(wrong.told(asked)) from None


def _found(url: str, folder: Path, proposed: Feed) -> list[Found]:
    """The feeds behind the address, each shown. Comments count only where there is nothing else."""
    from digest.pipeline import discovering

    settings = load(folder)
    try:
        with progress(f"reading {without_logins(url)}"):
            page, every = discovering.find(settings, url, proposed)
    except DigestError as error:
        raise DigestError(f"{error}; nothing was added (`--unread` adds it all the same)") from None
    if every[0].url != url:
        named = f" ({page})" if page else ""
        click.echo(f"{without_logins(url)}{named} has {counted(len(every), 'feed')}:")
    topics = {topic.id: topic.name for topic in settings.topics}
    for number, one in enumerate(every, start=1):
        click.echo("\n".join(_shown(one, topics, number if len(every) > 1 else None)))
    return [one for one in every if not one.comments] or list(every)


def _shown(one: Found, topics: dict[str, str], number: int | None) -> Iterator[str]:
    dated = one.newest(datetime.now(UTC))
    newest = f", the newest of {shown(dated)}" if dated else ""
    language = f", language {one.language}" if one.language else ""
    what = " of comments, left out" if one.comments else ""
    place = f"{number}. " if number else ""
    entries = counted(len(one.entries), "entry", "entries")
    yield f"{place}{one.title or one.url}: {entries}{newest}{language}{what}"
    if number:
        yield f"  {one.url}"
    for entry in one.entries[:3]:
        yield f"  {entry.title}"
    if one.matches:
        yield "  matches now: " + ", ".join(f"{topics[topic]} {count}" for topic, count in one.matches.items())
    elif topics and one.entries:
        yield "  matches now: nothing"


def _chosen(found: list[Found], *, everything: bool) -> list[Found]:
    """The only one; of several what the person at the terminal chooses. Raises DigestError when nobody is there."""
    if everything or len(found) == 1:
        return found
    if not sys.stdin.isatty():
        commands = "\n".join(f"  digest feeds add {quote(one.url)}" for one in found)  # the page chose the address
        raise DigestError(f"nothing was added: choose one of them, or add `--all`\n{commands}")
    numbers = [str(number) for number, _ in enumerate(found, start=1)]
    which = click.prompt("Add which (a number, or all)", type=click.Choice([*numbers, "all"]))
    return found if which == "all" else [found[int(which) - 1]]


@feeds.command("import")
@click.argument("opml", type=click.File("rb"))
@config_option
def import_(opml: Any, folder: Path) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    OPML is the file (- for standard input). Folders become tags, and the other attributes are kept; feeds
    that are there already are left alone; comments and order are kept.
    """
    from digest import config

    content = opml.read()
    added, there = config.import_feeds(folder, config.read_opml(content))
    click.echo(f"added {counted(len(added), 'feed')} to {folder / 'feeds.yaml'}, {len(there)} there already")
    for address in config.left_out(content):
        click.echo(f"left out {address[:200]!r}: expected an http or https address", err=True)


@feeds.command("export")
@click.argument("opml", type=click.File("wb"), default="-")
@config_option
def export(opml: Any, folder: Path) -> None:
    """Write the feeds as OPML, to a file or standard output.

    What was imported is written as it was. Else a feed stands in the folder of its first tag, and names all of them
    as its category when there are several.
    """
    from digest import config

    opml.write(config.write_opml(load(folder).feeds))


@feeds.command()
@click.argument("url")
@config_option
@now_option
def release(url: str, folder: Path, now: datetime | None) -> None:
    """Announce what was held back of the feed at URL, or of that name.

    Articles are held when they were there at the first poll and older than `polling.first_sight`, or when a feed
    suddenly brings its archive. Released, they are matched, and go into the next editions, as if they were new.
    """
    from digest.store import polls

    with newsroom(folder, now, create=False) as room:
        address = meant(url, {feed.url: feed.name for feed in room.settings.feeds})
        if address is None:
            raise DigestError(f"no feed of the configuration has the URL {url}; see `digest feeds list`")
        with room.database.write() as tx:
            count = polls.release_held(tx, address, room.clock())
    click.echo(f"released {counted(count, 'article')}" + ("; the next edition has those that match" if count else ""))
