"""The command line. Faces only: every decision is made below.

Exit status: 0 done, 1 a problem that the text names, 2 wrong usage. A feed that is ill or a mail that is deferred is
no failed run. Heavy modules are imported inside the commands, so that `--help` and `status` start at once.
"""

from __future__ import annotations

from typing import Any

import click

from digest import __version__
from digest.cli import asking, feeds, setting_up, subscribers, working
from digest.errors import DigestError


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DigestError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="digest")
def main() -> None:
    """Watch news feeds for your topics, and mail subscribers what is new and why it is there.

    Begin with `digest init`, which writes an example configuration, then `digest run`.
    """


for command in (
    setting_up.init,
    setting_up.check,
    setting_up.migrate,
    working.run,
    working.once,
    working.poll,
    working.demo,
    asking.status,
    asking.preview,
    asking.explain,
    feeds.feeds,
    subscribers.subscribers,
):
    main.add_command(command)
