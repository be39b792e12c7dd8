"""`run`, `once`, `poll`, `demo`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import (
    config_option,
    json_option,
    load,
    logging,
    meant,
    newsroom,
    now_option,
    print_json,
    progress,
    without_logins,
)
from digest.errors import DigestError
from digest.wording import counted, shown

if TYPE_CHECKING:
    from digest.pipeline import Polled, Sent


@click.command()
@config_option
@now_option
def run(folder: Path, now: datetime | None) -> None:
    """Run until stopped: poll, compose, send, serve /health.

    The daemon: polls feeds, composes and sends what is due, and serves /health and /metrics at `web.listen`. SIGTERM,
    Ctrl-C or a closed terminal ends it when what is in flight is finished. Several may run on one database.

    A changed configuration is taken over while running; a wrong one is refused, and `digest status` says so.
    """
    from digest import web, worker
    from digest.elsewhere import elsewhere

    logging("INFO")
    files = worker.files_of(folder)
    read = files(())
    with newsroom(folder, now, create=True, sparing=True) as room:
        settings = room.settings
        daemon = worker.Daemon(room=room, load=lambda: elsewhere(load, folder), state_of_files=files, read=read)
        app = web.application(settings.database, daemon.ticks, worker.TICKS, room.clock, lambda: daemon.room)
        daemon.run(web.serving(app, settings.web))


@click.command()
@config_option
@now_option
@json_option
def once(folder: Path, now: datetime | None, *, as_json: bool) -> None:
    """Do everything that is due now, and exit.

    Polls, matches, groups, composes and sends; says what it did on a terminal, and is silent elsewhere (cron).
    Two may run at the same moment. A feed that is ill or a mail that is deferred is no failed run; `digest status`
    tells of it.
    """
    from digest import worker

    logging("WARNING")
    with newsroom(folder, now, create=True) as room, progress("Polling feeds, composing and sending what is due"):
        polled, queued, sent = worker.run_once(room)
    if as_json:
        print_json(_figures(polled, queued, sent))
    elif sys.stdout.isatty():
        click.echo(_summary(polled, queued, sent))


@click.command()
@click.argument("urls", nargs=-1)
@config_option
@now_option
@json_option
def poll(urls: tuple[str, ...], folder: Path, now: datetime | None, *, as_json: bool) -> None:
    """Poll the feeds that are due, or those named.

    With URLS, or names, of the configuration: these, due or not. A host that has asked for a pause is not asked even
    so; that is told. Nothing is matched, composed or sent.
    """
    from digest import pipeline

    logging("WARNING")
    with newsroom(folder, now, create=True) as room, progress("Polling feeds"):
        named = {url: meant(url, {feed.url: feed.name for feed in room.settings.feeds}) for url in urls}
        addresses = [address for address in named.values() if address]
        if unknown := [url for url, address in named.items() if address is None]:
            raise DigestError(
                f"no feed of the configuration has the URL {', '.join(sorted(unknown))}; see `digest feeds list`"
            )
        pipeline.apply(room)
        pauses = without_logins(pipeline.pauses(room, addresses))
        polled = pipeline.poll(room, urls=addresses or None)
    if as_json:
        waiting = {url: {"until": pause.until, "reason": pause.reason} for url, pause in pauses.items()}
        figures = {"polled": polled.feeds, "new": polled.articles, "ill": polled.ill}
        print_json(figures | ({"waiting": waiting} if waiting else {}))
    else:
        for url, pause in pauses.items():
            click.echo(f"{url} is not polled before {shown(pause.until)}: {pause.reason}")
        click.echo(
            f"Polled {counted(polled.feeds, 'feed')} ({polled.ill} ill): {counted(polled.articles, 'new article')}."
        )


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Where to play it; emptied first when it holds an earlier demonstration.",
)
@click.option(
    "--open/--no-open", "browse", default=None, help="Open the e-mail in a browser (by default on a terminal)."
)
def demo(folder: Path, *, browse: bool | None) -> None:
    """Show the whole way on sample feeds.

    Two polls of feeds that ship with the program, the digests that come of them, who was sent what and why. Needs no
    network and no configuration; mails go into a folder.
    """
    from digest import demo as show

    logging("ERROR")
    for line in show.play(folder):
        click.echo(line)
    if browse if browse is not None else sys.stdout.isatty():
        click.launch(str(show.page(folder)))


def _figures(polled: Polled, queued: int, sent: Sent) -> dict[str, object]:
    return {
        "polled": polled.feeds,
        "ill": polled.ill,
        "new": polled.articles,
        "queued": queued,
        "sent": {name: getattr(sent, name) for name in ("accepted", "deferred", "refused", "unsure", "waiting")},
    }


def _summary(polled: Polled, queued: int, sent: Sent) -> str:
    told = f"Polled {counted(polled.feeds, 'feed')} ({polled.ill} ill), {counted(polled.articles, 'new article')}. "
    told += f"{counted(queued, 'message')} composed, {sent.accepted} accepted"
    rest = {name: getattr(sent, name) for name in ("deferred", "refused", "unsure", "waiting")}
    return told + "".join(f", {count} {name}" for name, count in rest.items() if count) + "."
