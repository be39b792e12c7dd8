"""`subscribers list | add | leave | rejoin`."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click

from digest.cli.options import config_option, json_option, newsroom, now_option, print_json
from digest.errors import DigestError, StoreError
from digest.wording import AT_ONCE, counted, shown


@click.group()
def subscribers() -> None:
    """List and add subscribers; record who left.

    To remove one who did not ask for it, take the address out of newsletters.yaml.
    """


@subscribers.command("list")
@config_option
@json_option
def listing(folder: Path, *, as_json: bool) -> None:
    """List every subscription: state, when it is due, consent.

    As the database has it: `digest once` or `digest run` takes over what the configuration says.
    """
    from digest import schedule
    from digest.store import subscriptions

    with newsroom(folder, None, create=False) as room, room.database.read() as tx:
        rows = subscriptions.listing(tx)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['address']}  {row['newsletter']}  {row['state']}  {row['schedule']} ({row['timezone']})")
        is_instant = row["state"] == "active" and schedule.parse(row["schedule"]).kind == "instant"
        due = AT_ONCE if is_instant else shown(row["next_due"])
        click.echo(f"  next {due}, last {shown(row['last_slot'])}; {row['consent']}")


@subscribers.command()
@click.argument("address")
@click.argument("newsletter")
@config_option
def add(address: str, newsletter: str, folder: Path) -> None:
    """Add ADDRESS to NEWSLETTER in newsletters.yaml.

    You vouch that the person wants it. Comments and order of the file are kept. A running daemon takes it over by
    itself.
    """
    from digest import config

    config.add_subscriber(folder, newsletter, address)
    click.echo(f"added {address} to {newsletter} in {folder / 'newsletters.yaml'}")
    if newsletter in _newsletters(folder, address, "left"):
        click.echo(f"{address} has left it, and gets nothing until `digest subscribers rejoin`", err=True)


def _newsletters(folder: Path, address: str, state: str) -> list[str]:
    """The newsletters to which the subscription of a person is in that state; none before the first run."""
    from digest.settings import address_key
    from digest.store import subscriptions

    with suppress(StoreError), newsroom(folder, None, create=False) as room, room.database.read() as tx:
        rows = [row for row in subscriptions.listing(tx) if row["state"] == state]
        return [row["newsletter"] for row in rows if address_key(row["address"]) == address_key(address)]
    return []


@subscribers.command()
@click.argument("address")
@config_option
@now_option
@click.option("--newsletter", metavar="ID", help="Only this newsletter; without it all.")
def leave(address: str, folder: Path, now: datetime | None, newsletter: str | None) -> None:
    """Record that ADDRESS left.

    It stays so, whatever the configuration lists, until `digest subscribers rejoin`.
    """
    from digest.store import subscriptions

    with newsroom(folder, now, create=False) as room, room.database.write() as tx:
        ended = subscriptions.leave(tx, address, newsletter, room.clock())
    if not ended:
        raise DigestError(f"{address} has no such subscription that could be ended; see `digest subscribers list`")
    click.echo(f"ended {counted(ended, 'subscription')} of {address}")


@subscribers.command()
@click.argument("address")
@config_option
@now_option
@click.option("--newsletter", metavar="ID", help="Only this newsletter; without it all.")
def rejoin(address: str, folder: Path, now: datetime | None, newsletter: str | None) -> None:
    """Undo `leave`, because ADDRESS asked for it."""
    from digest import pipeline
    from digest.store import subscriptions

    with newsroom(folder, now, create=False) as room:
        with room.database.write() as tx:
            back = subscriptions.rejoin(tx, address, newsletter)
        pipeline.apply(room)
    if not back:
        raise DigestError(f"{address} has not left; see `digest subscribers list`")
    click.echo(f"took up {counted(back, 'subscription')} of {address} again")
    for removed in _newsletters(folder, address, "removed"):
        if newsletter in {None, removed}:
            click.echo(f"newsletters.yaml does not list {address} in {removed}: nothing comes of it yet", err=True)
