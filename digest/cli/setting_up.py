"""`init`, `check`, `migrate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import config_option, load
from digest.wording import counted

if TYPE_CHECKING:
    from digest.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("config"))
def init(folder: Path) -> None:
    """Write an example configuration, to be edited.

    It goes into FOLDER (./config by default), with JSON Schemas for editors. Nothing is overwritten: when a file is
    there already, nothing at all is written.
    """
    from digest import config

    for path in config.init(folder):
        click.echo(f"wrote {path}")
    option = "" if folder == Path("config") else f" --config {folder}"
    click.echo(f"Edit the files, see what `digest check{option}` says, then start `digest run{option}`.")
    outbox = Path("var") / "outbox" if folder == Path("config") else folder.absolute().parent / "var" / "outbox"
    click.echo(f"Until you choose `transport: smtp` in digest.yaml, mails go into the folder {outbox}.")


@click.command()
@config_option
@click.option(
    "--schema",
    "schemas",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write JSON Schemas for editors into this folder, and check nothing.",
)
def check(folder: Path, schemas: Path | None) -> None:
    """Check the configuration and name every problem.

    Each problem is one line: file:line:column, what is wrong, what was expected, what to do. Your own templates are
    checked too, with sample editions, and the examples beside topics are tried. Nothing is changed, and nothing
    contacted but, where there are examples, the database.
    """
    from digest import config
    from digest.settings import Smtp

    if schemas is not None:
        for path in config.write_schemas(schemas):
            click.echo(f"wrote {path}")
        return
    settings = load(folder)
    if settings.templates is not None:
        _check_templates(settings.templates, sorted({n.language for n in settings.newsletters} | {"en"}))
    _try_examples(folder, settings)
    people = sum(len(newsletter.subscriptions) for newsletter in settings.newsletters)
    click.echo(
        f"The configuration is fine: {counted(len(settings.feeds), 'feed')}, "
        f"{counted(len(settings.topics), 'topic')}, {counted(len(settings.newsletters), 'newsletter')}, "
        f"{counted(people, 'subscription')}."
    )
    if settings.delivery.transport == "maildir" and settings.delivery.smtp != Smtp():
        told = f"mail becomes files in {settings.delivery.maildir}, and `delivery.smtp` is not used"
        click.echo(f"Beware: {told}, until `delivery.transport` is smtp.", err=True)


def _try_examples(folder: Path, settings: Settings) -> None:
    if not any(topic.examples for topic in settings.topics):
        return
    from digest import config, pipeline, worker
    from digest.errors import ConfigError
    from digest.pipeline.examining import examine

    room = pipeline.build(settings, worker.clock_from(None))
    try:
        examined = examine(room)
    finally:
        room.database.close()
    if examined.alone:
        click.echo(f"The examples that are titles were tried with nothing learned: {examined.alone}.", err=True)
    found = (
        (("topics", each.topic_id, "examples", *each.place), each.message, each.expected, each.hint)
        for each in examined.failed
    )
    if problems := config.problems_at(folder, "topics.yaml", found):
        raise ConfigError(problems)


def _check_templates(own: Path, languages: list[str]) -> None:
    from digest import rendering, resources
    from digest.errors import ConfigError

    problems = rendering.check(rendering.environment([own, resources.folder("templates")]), languages)
    if problems:
        raise ConfigError(problems)


@click.command()
@config_option
def migrate(folder: Path) -> None:
    """Bring the database to this program's version.

    Make a backup first: there is no way back. A fresh database is made by `digest run` and `digest once` as well.
    """
    from digest.store.engine import open_database

    before, after = open_database(load(folder).database).migrate()
    if before == after:
        click.echo(f"The database is at version {after} already.")
    else:
        click.echo(f"The database went from {before or 'nothing'} to version {after}.")
