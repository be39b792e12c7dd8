"""The command line. Faces only: every decision is made below.

Exit status: 0 done, 1 a problem that the text names, 2 wrong usage; 3 says of `plan` that something would change. A
feed that is ill or a mail that is deferred is no failed run. Heavy modules are imported inside the commands, so that
`--help` and `status` start at once.
"""

from __future__ import annotations

import errno
import sys
from typing import IO, Any

import click

from digest import __version__
from digest.cli import asking, feeds, measuring, planning, setting_up, subscribers, suggesting, topics, working
from digest.cli.options import without_logins
from digest.errors import ConfigError, DigestError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class _Problems(click.ClickException):
    """Printed as they are: each line begins with file:line:column, where editors expect it."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name for it
        """In the order in which an operator meets them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise _Problems(without_logins(str(error))) from error
        except DigestError as error:
            raise click.ClickException(without_logins(str(error))) from error
        except OSError as error:
            if error.filename is None and error.errno not in _NO_ROOM:
                raise  # no file's matter, so one of ours: its traceback is wanted
            raise click.ClickException(f"{error.filename or 'what is written'}: {error.strerror}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="digest")
def main() -> None:
    """Watch news feeds for your topics, and mail subscribers what is new and why it is there.

    Begin with `digest demo`, which needs no configuration. Then `digest init` writes an example configuration to be
    edited, `digest check` says what is wrong with it, and `digest run` does the work until it is stopped.

    Exit status: 0 done, 1 a problem that the text names, 2 wrong usage; 3 only of plan: something would change.
    """


for command in (
    working.demo,
    setting_up.init,
    setting_up.check,
    setting_up.migrate,
    working.run,
    working.once,
    working.poll,
    asking.status,
    asking.preview,
    asking.explain,
    planning.plan,
    measuring.evaluate,
    topics.topics,
    feeds.feeds,
    subscribers.subscribers,
):
    main.add_command(command)
topics.topics.add_command(suggesting.suggest)
