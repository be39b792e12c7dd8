"""`topics suggest`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from digest.cli.options import config_option, json_option, newsroom, now_option, print_json, progress


@click.command()
@click.argument("topic")
@config_option
@now_option
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True, help="Of how many days.")
@json_option
def suggest(topic: str, folder: Path, now: datetime | None, days: int, *, as_json: bool) -> None:
    """Propose what could be added to TOPIC.

    By the articles of the last days: names that may stand for a word of its phrases, and words that would rule out
    what it just finds; each with the matches that it would add or take away. Changes nothing.
    """
    from digest.pipeline import suggesting

    with newsroom(folder, now, create=False) as room, progress("holding articles against the topic"):
        found = suggesting.suggest(room, topic, days)
    if as_json:
        print_json(suggesting.as_json(found))
    elif found:
        click.echo("\n".join(suggesting.as_yaml(found)))
    else:
        click.echo("nothing to suggest")
