"""The files of a configuration folder as bytes. Light: nothing here knows YAML."""

from __future__ import annotations

import os
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


def replace(path: Path, content: bytes) -> None:
    """Put new content in the place of a file, whole or not at all; links and modes stay. Raises OSError."""
    import tempfile

    real = path.resolve()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if real.exists():
            os.chmod(temporary, real.stat().st_mode & 0o7777)  # noqa: PTH101 - a string, as mkstemp gives it
        os.replace(temporary, real)  # noqa: PTH105 - see above
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 - see above
        raise
