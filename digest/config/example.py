"""The example configuration that ships with the program, and JSON Schemas for editors."""

from __future__ import annotations

import json
from pathlib import Path

from digest import resources
from digest.config.files import NAMES, replace, shown
from digest.errors import ConfigError, DigestError, Problem

_SCHEMAS = "schema"


def init(folder: Path) -> tuple[Path, ...]:
    """Write the example set, and schemas that its files name, into `folder`; returns the files written.

    Raises ConfigError when one of the files is there already (nothing is written then), DigestError when the folder
    cannot be written.
    """
    present = [folder / name for name in NAMES if (folder / name).exists()]
    if present:
        expected, hint = "a folder without one", "edit it, move it away, or name another folder: `digest init FOLDER`"
        raise ConfigError(tuple(Problem(shown(path), 0, 0, "is there already", expected, hint) for path in present))
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            text = (resources.folder("config") / name).read_text(encoding="utf-8")
            comment = f"# yaml-language-server: $schema={_SCHEMAS}/{_schema_name(name)}\n"
            replace(folder / name, (comment + text).encode())
            written.append(folder / name)
    except OSError as error:
        raise DigestError(f"{shown(folder)} cannot be written: {error.strerror}; choose another folder") from None
    return (*written, *write_schemas(folder / _SCHEMAS))


def write_schemas(target: Path) -> tuple[Path, ...]:
    """Write a JSON Schema for each file of a configuration into the folder `target`; returns the files written.

    Raises DigestError when it cannot be written.
    """
    from digest.config.shape import FILES

    written = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, model in FILES.items():
            schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(
                by_alias=True
            )
            path = target / _schema_name(name)
            replace(path, (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode())
            written.append(path)
    except OSError as error:
        raise DigestError(f"{shown(target)} cannot be written: {error.strerror}; choose another folder") from None
    return tuple(written)


def _schema_name(file: str) -> str:
    return file.replace(".yaml", ".schema.json")
