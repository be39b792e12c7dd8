"""What commands say and do where the machine is not as they would have it: rights, room, wrong places, clocks."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner

from digest.cli import main


def test_what_init_writes_may_be_read_by_the_user_of_the_service(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert CliRunner().invoke(main, ["init", str(tmp_path / "config")]).exit_code == 0
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "config").rglob("*.*")}
    assert set(modes.values()) == {0o644}, modes
