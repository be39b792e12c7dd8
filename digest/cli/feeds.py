"""`feeds list | add | import | export | release`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from digest.cli.options import config_option, json_option, load, newsroom, now_option, print_json
from digest.errors import DigestError, StoreError
from digest.wording import counted, shown


@click.group()
def feeds() -> None:
    """List, add, import, export and release feeds."""


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
    rows = [_row(feed.url, feed.name, list(feed.tags), stored.get(feed.url, {})) for feed in settings.feeds]
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
def add(
    url: str, folder: Path, name: str | None, tags: tuple[str, ...], language: str | None, *, unread: bool
) -> None:
    """Read the feed at URL, and add it to feeds.yaml.

    Comments and order of the file are kept. What cannot be read as a feed is not added. A running daemon takes it
    over by itself.
    """
    from digest import config
    from digest.model import Feed

    if not unread:
        title = _read(url, folder)
        name = name or title
    config.add_feed(folder, Feed(url=url, name=name or "", tags=tags, language=language))
    click.echo(f"added {url} to {folder / 'feeds.yaml'}")


def _read(url: str, folder: Path) -> str:
    """Polls the address once; gives the feed's title. Raises DigestError when there is no feed."""
    from digest import feeds as parsing
    from digest.fetching import fetch
    from digest.model import FetchRequest
    from digest.pipeline.newsroom import user_agent

    settings = load(folder)
    result = next(fetch([FetchRequest(feed_id=0, url=url)], settings.polling, user_agent=user_agent(settings)))
    parsed = parsing.parse(
        result.body, url=result.final_url or url, content_type=(result.headers or {}).get("content-type")
    )
    problem = result.problem or (None if parsed.entries else parsed.problem)
    if problem:
        raise DigestError(f"{url}: {problem}; nothing was added (`--unread` adds it all the same)")
    click.echo(f"{parsed.title or url}: {counted(len(parsed.entries), 'entry', 'entries')}")
    for entry in parsed.entries[:3]:
        click.echo(f"  {entry.title}")
    return parsed.title


@feeds.command("import")
@click.argument("opml", type=click.File("rb"))
@config_option
def import_(opml: Any, folder: Path) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    OPML is the file (- for standard input). Folders become tags; feeds that are there already are left alone;
    comments and order are kept.
    """
    from digest import config

    added, there = config.import_feeds(folder, config.read_opml(opml.read()))
    click.echo(f"added {counted(len(added), 'feed')} to {folder / 'feeds.yaml'}, {len(there)} there already")


@feeds.command("export")
@click.argument("opml", type=click.File("wb"), default="-")
@config_option
def export(opml: Any, folder: Path) -> None:
    """Write the feeds as OPML, to a file or standard output.

    A feed stands in the folder of its first tag, and names all of them as its category.
    """
    from digest import config

    opml.write(config.write_opml(load(folder).feeds))


@feeds.command()
@click.argument("url")
@config_option
@now_option
def release(url: str, folder: Path, now: Any) -> None:
    """Announce what was held back of the feed at URL.

    Articles are held when they were there at the first poll and older than `polling.first_sight`, or when a feed
    suddenly brings its archive. Released, they are matched, and go into the next editions, as if they were new.
    """
    from digest.store import polls

    with newsroom(folder, now, create=False) as room:
        if url not in {feed.url for feed in room.settings.feeds}:
            raise DigestError(f"no feed of the configuration has the URL {url}; see `digest feeds list`")
        with room.database.write() as tx:
            count = polls.release_held(tx, url, room.clock())
    click.echo(f"released {counted(count, 'article')}" + ("; the next edition has those that match" if count else ""))
