"""The files of a configuration folder as bytes. Light: nothing here knows YAML."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from digest.config.values import nearest_word
from digest.errors import ConfigError, Problem

NAMES = ("digest.yaml", "feeds.yaml", "topics.yaml", "aliases.yaml", "newsletters.yaml")
_OPTIONAL = ("digest.yaml", "aliases.yaml")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stood in the folder when it was looked at."""

    folder: Path
    """Absolute."""
    contents: dict[str, bytes]
    """By name; of the files that could be read."""
    problems: tuple[Problem, ...]
    """Missing, unreadable and unknown files."""


def snapshot(folder: Path) -> Snapshot:
    """Read the folder. Raises ConfigError when there is none."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - without following links, as `..` is meant by the operator
    try:
        present = sorted(entry.name for entry in os.scandir(absolute) if not entry.name.startswith("."))
    except OSError as error:
        hint = "name the folder with --config DIR or DIGEST_CONFIG; `digest init` writes an example"
        problem = Problem(shown(folder), 0, 0, f"cannot be read: {error.strerror}", "the configuration folder", hint)
        raise ConfigError((problem,)) from None
    contents: dict[str, bytes] = {}
    problems = [_stray(folder, name) for name in present if name.endswith((".yaml", ".yml")) and name not in NAMES]
    for name in NAMES:
        try:
            contents[name] = (absolute / name).read_bytes()
        except FileNotFoundError:
            if name not in _OPTIONAL or name in present:
                problems.append(_missing(folder, name, present))
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            problems.append(Problem(shown(folder / name), 0, 0, message, "a file that Digest may read"))
    return Snapshot(absolute, contents, tuple(problems))


def shown(path: Path) -> str:
    """A path for a message: relative to the working directory when it is below it, else as given."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))  # noqa: PTH100 - see `snapshot`
    except (ValueError, OSError):
        return str(path)


def _missing(folder: Path, name: str, present: list[str]) -> Problem:
    message, hint = "there is no such file", "`digest init` writes an example of each file"
    if name in present:
        message, hint = "a link to a file that is not there", "correct the link"
    for other in present:
        if _meant(other) == name:
            hint = f"rename {other} to {name}"
    return Problem(shown(folder / name), 0, 0, message, name, hint)


def _stray(folder: Path, name: str) -> Problem:
    meant = _meant(name)
    hint = f"rename it to {meant}" if meant else "move it out of the folder, or give it another ending"
    return Problem(shown(folder / name), 0, 0, "a file that Digest does not know", ", ".join(NAMES), hint)


def _meant(stray: str) -> str:
    """The name that a file with a similar one is meant to have; empty when it is similar to none."""
    if stray in NAMES or not stray.endswith((".yaml", ".yml")):
        return ""
    found = nearest_word(stray.rpartition(".")[0], [name.removesuffix(".yaml") for name in NAMES])
    return f"{found}.yaml" if found else ""


def replace(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put new content in the place of a file, whole or not at all; links, owner and mode stay. Raises OSError.

    `mode`, less what the umask takes away, is that of a file that was not there.
    """
    real = path.resolve()
    before = real.stat() if real.exists() else None
    temporary = real.with_name(f".{real.name}.{os.urandom(6).hex()}")
    created = mode if before is None else before.st_mode & 0o700
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, created)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            _hand_over(temporary, before)
        temporary.replace(real)
    except BaseException:
        temporary.unlink()
        raise


def _hand_over(path: Path, before: os.stat_result) -> None:
    """Gives a file the owner, as far as we may, and the mode of the one that it replaces."""
    with suppress(PermissionError):
        os.chown(path, before.st_uid, before.st_gid)
    path.chmod(before.st_mode & 0o7777)
