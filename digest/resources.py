"""Where the files are that ship with the program: templates, the example configuration.

In a checkout they stand at the top of the tree; in an installed wheel under `digest/data`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `templates` or `config` as shipped."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
