"""The pages in docs/ say what is so."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from digest.schedule import parse

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGE = (ROOT / "docs" / "dependencies.md").read_text()
COMES_WITH = {"yarl": "aiohttp", "markupsafe": "jinja2", "pydantic-core": "pydantic", "anyio": "starlette"}
"""Packages that are part of what they come with, and may be imported with it."""


def plain(name: str) -> str:
    """The name of a package as packagers compare it (PEP 503), without extras and versions."""
    match = re.match(r"[A-Za-z0-9._-]+", name)
    assert match, name
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def required() -> set[str]:
    extras = PROJECT["optional-dependencies"].values()
    return {plain(name) for name in [*PROJECT["dependencies"], *(name for extra in extras for name in extra)]}


def rows() -> list[list[str]]:
    lines = (line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| package"))
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def imported_by_the_program() -> set[str]:
    trees = [ast.parse(path.read_text()) for path in (ROOT / "digest").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"digest"}
    distributions = packages_distributions()
    return {plain(distributions[root][0]) if root in distributions else root for root in roots}


def test_every_dependency_is_explained_and_nothing_else() -> None:
    explained = [row[0] for row in rows()]
    assert sorted(explained) == sorted(required())


def test_every_explanation_has_a_use_an_alternative_and_a_licence() -> None:
    for row in rows():
        assert len(row) == 4, row[0]
        assert all(row), row[0]


def test_the_program_imports_what_it_requires_and_nothing_else() -> None:
    imported = {COMES_WITH.get(name, name) for name in imported_by_the_program()}
    wanted = {plain(name) for name in PROJECT["dependencies"]} - {"tzdata"}  # zoneinfo finds it by itself
    assert wanted <= imported, "required, but never imported"
    assert imported <= required(), "imported, but not required"


def schedules_in_the_handbook() -> list[str]:
    page = (ROOT / "docs" / "time.md").read_text()
    section = page.partition("## What a schedule may say")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return [text for cell in cells for text in re.findall("`(.+?)`", cell)]


def test_the_schedules_in_the_handbook_can_be_read() -> None:
    assert {parse(text).kind for text in schedules_in_the_handbook()} == {"instant", "hourly", "daily", "cron"}
