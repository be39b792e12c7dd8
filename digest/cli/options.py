"""What several commands share: options, opening the newsroom, printing."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.errors import DigestError
from digest.wording import without_login

if TYPE_CHECKING:
    from digest.pipeline import Newsroom
    from digest.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


_FIRST_YEAR, _LAST_YEAR = 1990, 2999


class _Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant; expected one like 2026-11-22T07:30:00+03:00", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} names no time zone; add an offset, like +03:00 or Z", param, ctx)
        if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:  # there must be a time before it, and one after it
            self.fail(f"{value!r} is out of reach; expected a year from {_FIRST_YEAR} to {_LAST_YEAR}", param, ctx)
        return instant


def config_option(command: Command) -> Command:
    """`--config DIR`, else $DIGEST_CONFIG, else ./config."""
    return click.option(
        "--config",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="DIGEST_CONFIG",
        default=Path("config"),
        help="The folder of the configuration; without it $DIGEST_CONFIG, else ./config.",
    )(command)


def now_option(command: Command) -> Command:
    """`--now INSTANT`: the clock that the run believes in."""
    return click.option(
        "--now",
        type=_Instant(),
        help="Believe that it is this instant, such as 2026-11-22T07:30:00+03:00, and that time runs on from there.",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def load(folder: Path) -> Settings:
    """The settings of a configuration folder. Raises ConfigError."""
    from digest import config

    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look for some in all that is installed
    return config.load(folder, os.environ)


@contextmanager
def newsroom(folder: Path, now: datetime | None, *, create: bool, sparing: bool = False) -> Iterator[Newsroom]:
    """A newsroom on the configured database, which is created if `create` says so. Raises DigestError.

    With `sparing` processes of their own read the configuration (20 MB of modules) and make the tables (10 MB).
    """
    from digest import pipeline, worker
    from digest.elsewhere import elsewhere

    settings = elsewhere(load, folder) if sparing else load(folder)
    room = pipeline.build(settings, worker.clock_from(now), sparing=sparing)
    try:
        if create:
            if sparing and room.database.version() is None:
                elsewhere(make_tables, settings.database)
            room.database.prepare()
        else:
            room.database.require()
        gc.freeze()  # what is loaded by now stays: looking at it again and again is a tenth of a command's CPU
        yield room
    finally:
        room.database.close()


def make_tables(url: str) -> None:
    """Prepares the database at a URL, where that is no business of the process that goes on."""
    from digest.store.engine import open_database

    open_database(url).prepare()


def without_logins(told: Any) -> Any:
    """A report, or a part of one, without the logins in addresses."""
    if isinstance(told, str):
        return without_login(told)
    if isinstance(told, dict):
        return {without_logins(key): without_logins(value) for key, value in told.items()}
    return [without_logins(each) for each in told] if isinstance(told, list) else told


def _log_without_logins(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_logins(value)
    return event


def meant(asked: str, feeds: Mapping[str, str]) -> str | None:
    """The address of a feed by its address, in full or as it is shown, or by its name; None when it is no feed's.

    `feeds` are names by addresses. Raises DigestError when several feeds could be meant.
    """
    if asked in feeds:
        return asked
    found = [url for url, name in feeds.items() if asked in {name, without_logins(url)}]
    if len(found) > 1:
        raise DigestError(f"several feeds are called {asked}: give the whole address, as it stands in feeds.yaml")
    return found[0] if found else None


def logging(level: str) -> None:
    """Log lines from that level on go to standard error: readable on a terminal, JSON elsewhere."""
    import logging as stdlib

    import structlog

    on_terminal = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(getattr(stdlib, level)),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            _log_without_logins,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if on_terminal
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the one of the moment, should it be replaced
        cache_logger_on_first_use=False,
    )
    stdlib.basicConfig(level=stdlib.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Says what is being done, and after how long it was done, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    begun = time.monotonic()
    click.echo(f"{what} …", err=True, nl=False)
    try:
        yield
    finally:
        click.echo(f" {time.monotonic() - begun:.0f} s", err=True)


def print_json(value: Any) -> None:
    """The value as JSON; instants in ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
