"""The pages in docs/ say what is so."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest
import scenarios

from digest.cli import main
from digest.schedule import parse

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGE = (ROOT / "docs" / "dependencies.md").read_text()
COMES_WITH = {
    "anyio": "starlette",
    "idna": "email-validator",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
}
"""Packages that are part of what they come with, and may be imported with it."""

STANDARD = set(sys.stdlib_module_names) | {"compression"}
"""Of Python 3.14 the last one."""


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
    trees = (ast.parse(path.read_text()) for path in (ROOT / "digest").rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in names} - STANDARD - {"digest"}
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


def test_the_table_of_scenarios_is_that_of_the_tests() -> None:
    assert scenarios.PAGE.read_text() == scenarios.page(), "run `python tests/scenarios.py`"


def test_every_benchmark_has_its_line() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    assert [path.name for path in (ROOT / "benchmarks").glob("*.py") if f"`{path.name}`" not in page] == []


# --- the command line -----------------------------------------------------------------------------------------------

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
COMMAND_LINE = re.compile(r"(?<![\w@.:-])digest ((?:[a-z]|--)[^`\n|#;&)]*)")
PLACEHOLDERS = {"COMMAND", "…"}


def every_command(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from every_command(inner, *words, name)
    else:
        yield words, command


def spellings(command: click.Command) -> set[str]:
    """Every way to write an option of the command."""
    options = [option for option in command.params if isinstance(option, click.Option)]
    return {word for option in options for word in (*option.opts, *option.secondary_opts)} | {"--help", "-h"}


def quoted(page: str) -> Iterator[str]:
    """What stands as code: in backticks, and in blocks of shell."""
    yield from re.findall(r"```(?:sh|cron|ini)?\n(.*?)```", page, re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))


def command_lines(page: str) -> Iterator[str]:
    """The command lines of the program among it, each from the word after `digest`."""
    for code in quoted(page):
        yield from (found.strip() for found in COMMAND_LINE.findall(code))


def mistakes_in(line: str) -> list[str]:
    """Names of commands and options that the program does not know, in a command line of a page."""
    command: click.Command = main
    words = line.split()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] in PLACEHOLDERS:
            return []
        inner = command.commands.get(words[0])
        if inner is None:
            return [words[0]]
        command, words = inner, words[1:]
    known = spellings(command) | {"--version"}
    return [word for word in words if word.startswith("-") and len(word) > 1 and word.partition("=")[0] not in known]


def test_every_command_has_its_place_and_an_example_on_the_page() -> None:
    examples = "".join(re.findall(r"```sh\n(.*?)```", COMMANDS_PAGE, re.DOTALL))
    for words, _ in every_command(main):
        assert f"## digest {words[0]}\n" in COMMANDS_PAGE
        assert f"digest {words[0]}" in examples
        assert f"digest {' '.join(words)}" in COMMANDS_PAGE


def test_every_option_and_argument_stands_in_the_section_of_its_command() -> None:
    for words, command in every_command(main):
        section = COMMANDS_PAGE.partition(f"## digest {words[0]}\n")[2].partition("\n## ")[0]
        for parameter in command.params:
            if isinstance(parameter, click.Argument):
                assert str(parameter.name).upper() in section, f"{words}: {parameter.name}"
            else:
                for spelling in (*parameter.opts, *parameter.secondary_opts):
                    assert re.search(rf"`{spelling}\b", section), f"{words}: {spelling}"


def test_every_option_on_the_page_is_one() -> None:
    known = spellings(main).union(*(spellings(command) for _, command in every_command(main)))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", COMMANDS_PAGE)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_on_a_page_names_commands_and_options_that_exist(page: Path) -> None:
    lines = list(command_lines(page.read_text(encoding="utf-8")))
    assert {line: found for line in lines if (found := mistakes_in(line))} == {}


def test_command_lines_are_found_and_mistakes_in_them_too() -> None:
    page = """`digest statsu` and `digest check --config x`
```sh
.venv/bin/digest feeds lst  # that
digest once --jsn && digest run
```
"""
    assert sorted(command_lines(page)) == ["check --config x", "feeds lst", "once --jsn", "run", "statsu"]
    assert [mistakes_in(line) for line in command_lines(page)] == [["lst"], ["--jsn"], [], ["statsu"], []]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        if anchor:
            assert anchor in anchors(other), target


def anchors(page: Path) -> set[str]:
    """The names that headings have, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
