"""Where the files are that ship with the program: templates, the example configuration, words and names.

In a checkout the first two stand at the top of the tree; in an installed wheel under `digest/data`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `templates` or `config` as shipped."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def thesaurus() -> str:
    """The files of news concepts, one behind the other."""
    return _joined("thesaurus")


def gazetteer() -> str:
    """The files of regions, peoples, persons, cities, organisations and events, one behind the other."""
    return _joined("gazetteer")


def country_names() -> str:
    """The file of what countries are called besides, by language."""
    return (_PACKAGE / "gazetteer" / "countries.lst").read_text("utf-8")


def within_countries() -> str:
    """The file of what stands for the country that it lies in."""
    return (_PACKAGE / "gazetteer" / "within.lst").read_text("utf-8")


def leaders() -> str:
    """The file of the people who stand for the country that they lead, or led."""
    return (_PACKAGE / "gazetteer" / "leaders.lst").read_text("utf-8")


def longer_names() -> str:
    """The file of names in which one of an entry stands and that name something else."""
    return (_PACKAGE / "gazetteer" / "longer.lst").read_text("utf-8")


def _joined(name: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((_PACKAGE / name).glob("*.txt")))
