"""Reading an unchanged configuration without YAML and pydantic.

pydantic and ruamel.yaml cost 0.15 s of CPU to import and to use, and a one-shot command has 0.3 s altogether. So
the validated `Settings` of each folder are kept, pickled, in the user's own cache folder (as Python keeps .pyc files
and trusted as far: a folder and a file that belong to this user and that nobody else can write or read). It counts
only while all that it was made of is the same: the bytes of the YAML files, the variables and secret files that they
name, the list of languages, the interpreter, and the source files of this package. When the program is the same but
not the configuration, topics that compiled then are not compiled again (their versions, which are hashes, are kept).

No secret is written. A string that holds the value of a variable or of a secret file is pickled as its parts, with
numbers for the secrets among them, and put together when it is loaded; as the key vouches that the values are the
same, what comes out is what went in. (Numbers and paths made of variables are no secrets.)

The cache never fails: what cannot be read, or is not ours, is ignored; what cannot be written is not.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import digest
from digest.config.files import Snapshot, replace, snapshot
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.config.reading import Reading

_PACKAGE = Path(digest.__file__).parent


def load(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The validated configuration in `folder`. Raises ConfigError with all problems of all files, in order.

    `environ` gives the variables of the YAML files, and XDG_CACHE_HOME or HOME for the cache; DIGEST_NO_CACHE=1
    switches it off.
    """
    taken = snapshot(folder)
    place = None if taken.problems or environ.get("DIGEST_NO_CACHE") else _place(taken.folder, environ)
    kept = _read(place) if place is not None else None
    if kept is not None and (settings := _restored(kept, taken, environ)) is not None:
        return settings
    from digest.config.reading import read

    reading = read(folder, taken, environ, kept.compiled if kept is not None else frozenset())
    if place is not None:
        sources = _Sources(
            tuple(sorted(reading.variables)),
            tuple(sorted(map(str, reading.files))),
            tuple(sorted(map(str, reading.folders))),
        )
        with contextlib.suppress(OSError):
            _keep(place, taken, environ, sources, reading)
    return reading.settings


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a configuration was made of besides its YAML files."""

    variables: tuple[str, ...]
    files: tuple[str, ...]
    folders: tuple[str, ...]

    def secrets(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """The values of variables and secret files, in their order."""
        return (*(environ.get(name, "") for name in self.variables), *map(_content, self.files))


def _place(folder: Path, environ: Mapping[str, str]) -> Path | None:
    base = environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 - XDG Base Directory Specification: relative ones are ignored
        base = f"{environ['HOME']}/.cache" if os.path.isabs(environ.get("HOME", "")) else ""  # noqa: PTH117
    if not base:
        return None
    return Path(base) / "digest" / f"config-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]}.pickle"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds."""

    program: str
    sources: _Sources
    key: str
    settings: bytes
    compiled: frozenset[str]
    """Versions of topics that compile."""


def _key(taken: Snapshot, environ: Mapping[str, str], sources: _Sources) -> str:
    unset = [name for name in sources.variables if name not in environ]
    lists = [(folder, _names(folder)) for folder in sources.folders]
    return _hash(str(taken.folder), sorted(taken.contents.items()), unset, lists, sources.secrets(environ))


def _program() -> str:
    own = sorted((entry.path, entry.stat().st_mtime_ns, entry.stat().st_size) for entry in _own_source())
    return _hash(digest.__version__, sys.version, own)


def _hash(*made_of: object) -> str:
    return hashlib.sha256(repr(made_of).encode("utf-8", "surrogateescape")).hexdigest()


def _own_source() -> list[os.DirEntry[str]]:
    folders = (_PACKAGE, _PACKAGE / "config")
    return [entry for folder in folders for entry in os.scandir(folder) if entry.name.endswith(".py")]


def _names(folder: str) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - names, not paths
    except OSError:
        return ()


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


# --- reading and writing it -----------------------------------------------------------------------------------------


def _read(place: Path) -> _Kept | None:
    """What was kept by this very program."""
    try:
        packed = _read_own(place)
        kept = pickle.loads(packed) if packed is not None else None  # noqa: S301 - our own file, see above
        return kept if isinstance(kept, _Kept) and kept.program == _program() else None
    except Exception:  # noqa: BLE001 - of another version, cut short, not a pickle: whatever it is, it is no cache
        return None


def _restored(kept: _Kept, taken: Snapshot, environ: Mapping[str, str]) -> Settings | None:
    """The settings, if they are those of the configuration as it is now."""
    if kept.key != _key(taken, environ, kept.sources):
        return None
    try:
        settings = _Unpickler(io.BytesIO(kept.settings), kept.sources.secrets(environ)).load()
    except Exception:  # noqa: BLE001 - as above
        return None
    return settings if isinstance(settings, Settings) else None


def _read_own(place: Path) -> bytes | None:
    """The content of a file that is ours alone; None when it, or its folder, could have been written by another."""
    if not _is_ours(os.stat(place.parent, follow_symlinks=False)):  # noqa: PTH116
        return None
    with open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
        return file.read() if _is_ours(os.fstat(file.fileno())) else None


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _keep(place: Path, taken: Snapshot, environ: Mapping[str, str], sources: _Sources, reading: Reading) -> None:
    place.parent.parent.mkdir(parents=True, exist_ok=True)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(os.stat(place.parent, follow_symlinks=False)):  # noqa: PTH116
        return
    body = io.BytesIO()
    _Pickler(body, sources.secrets(environ)).dump(reading.settings)
    key = _key(taken, environ, sources)
    replace(place, pickle.dumps(_Kept(_program(), sources, key, body.getvalue(), reading.compiled)), mode=0o600)


class _Pickler(pickle.Pickler):
    """Leaves the values of secrets out: a string that holds one becomes the list of its parts and their names."""

    def __init__(self, file: io.BytesIO, secrets: tuple[str, ...]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._numbers = {value: number for number, value in enumerate(secrets)}
        longest_first = sorted(filter(None, secrets), key=len, reverse=True)
        self._secret = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")") if longest_first else None

    def persistent_id(self, obj: Any) -> tuple[str | int, ...] | None:
        if type(obj) is not str or self._secret is None or not self._secret.search(obj):
            return None
        return tuple(self._numbers[part] if n % 2 else part for n, part in enumerate(self._secret.split(obj)))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, secrets: tuple[str, ...]) -> None:
        super().__init__(file)
        self._secrets = secrets

    def persistent_load(self, pid: tuple[str | int, ...]) -> str:
        return "".join(self._secrets[part] if isinstance(part, int) else part for part in pid)
