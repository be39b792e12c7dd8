"""Counts and instants as people read them, in the program's own language."""

from __future__ import annotations

from datetime import UTC, datetime


def counted(count: int, one: str, several: str = "") -> str:
    """`1 story`, `2 stories`; without `several` an s is added."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def shown(instant: datetime | None) -> str:
    """To the minute, in UTC; `never` for none."""
    return "never" if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
