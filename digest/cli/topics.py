"""`topics list | show | test | reset`."""

from __future__ import annotations

import click


@click.group()
def topics() -> None:
    """List, show, test and reset topics."""
