"""`feeds list | add | import | export | release`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from digest.cli.options import config_option, json_option, load, newsroom, now_option, print_json, shown
from digest.errors import DigestError, StoreError


@click.group()
def feeds() -> None:
    """List, add, import and export feeds."""


@feeds.command("list")
@config_option
@json_option
def listing(folder: Path, *, as_json: bool) -> None:
    """List the feeds with their health."""
    from digest.store import report

    settings = load(folder)
    try:
        stored = {row["url"]: row for row in report.feeds(settings.database)}
    except StoreError:
        stored = {}  # nothing was polled yet
    rows = [_row(feed.url, feed.name, list(feed.tags), stored.get(feed.url, {})) for feed in settings.feeds]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['title']}  {row['url']}")
        click.echo(
            f"  {row['articles']} articles ({row['held']} held), last polled {shown(row['last_polled'])}, "
            f"next {shown(row['next_poll'])}"
        )
        if row["problem"]:
            click.echo(f"  {row['problem']} (since {shown(row['problem_since'])})")


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
    }


@feeds.command()
@click.argument("url")
@config_option
@click.option("--name", help="As readers see it; by default what the feed calls itself.")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--language", help="Two letters, when the feed does not say, or says it wrongly.")
@click.option("--unread", is_flag=True, help="Do not read the feed before adding it.")
def add(
    url: str, folder: Path, name: str | None, tags: tuple[str, ...], language: str | None, *, unread: bool
) -> None:
    """Read the feed at URL once, and add it to feeds.yaml; comments and order are kept."""
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

    settings = load(folder)
    result = next(fetch([FetchRequest(feed_id=0, url=url)], settings.polling, user_agent="Digest"))
    parsed = parsing.parse(
        result.body, url=result.final_url or url, content_type=(result.headers or {}).get("content-type")
    )
    problem = result.problem or (None if parsed.entries else parsed.problem)
    if problem:
        raise DigestError(f"{url}: {problem}; nothing was added (`--unread` adds it all the same)")
    click.echo(f"{parsed.title or url}: {len(parsed.entries)} entries")
    for entry in parsed.entries[:3]:
        click.echo(f"  {entry.title}")
    return parsed.title


@feeds.command("import")
@click.argument("opml", type=click.File("rb"))
@config_option
def import_(opml: Any, folder: Path) -> None:
    """Add the feeds of an OPML file to feeds.yaml; folders become tags, feeds already there are left alone."""
    from digest import config

    added, there = config.import_feeds(folder, config.read_opml(opml.read()))
    click.echo(f"added {len(added)} feeds to {folder / 'feeds.yaml'}, {len(there)} were there already")


@feeds.command("export")
@click.argument("opml", type=click.File("wb"), default="-")
@config_option
def export(opml: Any, folder: Path) -> None:
    """Write the feeds as OPML, to a file or to standard output."""
    from digest import config

    opml.write(config.write_opml(load(folder).feeds))


@feeds.command()
@click.argument("url")
@config_option
@now_option
def release(url: str, folder: Path, now: Any) -> None:
    """Announce the articles of the feed at URL that were held back (first sight, archive dump)."""
    from digest.store import polls

    with newsroom(folder, now, create=False) as room, room.database.write() as tx:
        count = polls.release_held(tx, url, room.clock())
    click.echo(f"released {count} articles; the next edition has those that match")
