"""Databases for one test after another on engines that are kept.

    with opened(f"sqlite:///{tmp_path}/digest.db") as database:
        ...

An engine compiles each statement once, and that takes longer than to execute it: with an engine for each test a
tenth of the time of the suite went there.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from digest.store.engine import Database, open_database

_PATIENCE = timedelta(seconds=15)
_IDLE: defaultdict[tuple[str, timedelta], list[tuple[Path, Database]]] = defaultdict(list)


@contextmanager
def opened(url: str, *, patience: timedelta = _PATIENCE) -> Iterator[Database]:
    """As `open_database`, and closed when the block ends. It may be used by one block at a time only."""
    place = make_url(url)
    is_file = place.get_backend_name() == "sqlite"
    idle = _IDLE["" if is_file else url, patience]
    link, database = idle.pop() if idle else _made(url, patience, is_file=is_file)
    if is_file:
        assert place.database, "it is a file"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(place.database).absolute())
    try:
        yield database
    finally:
        database.close()
        idle.append((link, database))


def _made(url: str, patience: timedelta, *, is_file: bool) -> tuple[Path, Database]:
    # SQLite follows a link to the file proper, and has the files beside it there.
    link = Path(tempfile.mkdtemp(prefix="digest-link-")) / "digest.db"
    return link, open_database(f"sqlite:///{link}" if is_file else url, patience=patience)
