"""The house, as far as a machine can see it: layers, cycles, purity, the clock, SQL, sockets, sizes, types, words.

Every rule is a function over a house, which is the source of each module by its name within the package, and returns
what breaks it. The first half of the tests holds the rules against the real house, the second against small ones that
break them, so that no rule can fall asleep.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "digest"

LEVELS = (
    {"", "errors", "model", "settings", "resources", "wording"},
    {
        *(
            "aliases",
            "breaking",
            "spaceless",
            "folding",
            "inflections",
            "compounds",
            "english",
            "plurals",
            "stems",
            "text",
            "languages",
            "countries",
            "locales",
            "names",
            "framing",
            "persons",
            "concepts",
            "background",
            "concordance",
            "profiles",
            "scoring",
            "reach",
            "memory",
            "examples",
            "clauses",
            "shapes",
            "places",
            "queries",
            "phrases",
            "ways",
            "topics",
            "evaluation",
            "filing",
            "matching",
            "suggesting",
            "measures",
            "baselines",
            "drawing",
            "stories",
            "editions",
        ),
        *("feeds", "discovery", "links", "markup", "polling", "waiting", "mending", "websub"),
        *("slices", "dates", "decoding", "ordinary", "readers"),
        *("wrapping", "rendering", "messages", "deliveries", "schedule"),
    },
    {"elsewhere", "fetching", "parsing", "mailing", "store", "config", "sample", "labelled", "semantics"},
    {"pipeline", "worker", "measuring"},
    {"cli", "web", "demo", "__main__"},
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
CONFIG_MAY_ASK = {"aliases", "folding", "topics", "schedule"}

SQL = {"sqlalchemy", "sqlite3", "psycopg", "alembic"}
ASYNC = {"asyncio", "anyio"}
SOCKETS = {"socket", "ssl", "smtplib", "ftplib", "imaplib", "poplib", "http.client", "urllib.request", "pycurl"}
IMPURE = (
    SQL | ASYNC | SOCKETS | {"os", "pathlib", "tempfile", "shutil", "subprocess", "random", "secrets", "uuid", "time"}
)
PURE_ALL_THE_SAME = {
    ("rendering", "pathlib"),  # says where Jinja2's loaders look
}
WALL_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt"}
IMPURE_CALLS = {"open", "input", "print", "read_text", "read_bytes", "write_text", "write_bytes"}

House = Mapping[str, str]
Rule = Callable[[House], list[str]]


# --- reading a house ------------------------------------------------------------------------------------------------


def read(folder: Path) -> House:
    house = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        house[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return house


@pytest.fixture(scope="module", autouse=True)
def parsed_for_these_tests_only() -> Iterator[None]:
    """A quarter of a million nodes, which would be looked through for garbage in all tests that follow."""
    yield
    nodes.cache_clear()


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """All of its syntax, from the module inwards."""
    return tuple(ast.walk(ast.parse(source)))


def room(module: str) -> str:
    """The module or folder that the level table knows."""
    return module.partition(".")[0]


def imported(source: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that is imported, deferred and type-only imports included."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def imports_of_ours(house: House, module: str) -> Iterator[tuple[int, str]]:
    """(line, module) of what a module imports from the package; a name within a module counts as the module."""
    for line, name in imported(house[module]):
        head, _, inner = name.partition(".")
        if head == PACKAGE:
            yield line, inner if inner in house or room(inner) == inner else inner.rpartition(".")[0]


def imports_of_others(source: str) -> Iterator[tuple[int, str]]:
    """(line, name) of what is imported from elsewhere, under its first name and its first two."""
    for line, name in imported(source):
        parts = name.split(".")
        if parts[0] != PACKAGE:
            yield from ((line, name) for name in {parts[0], ".".join(parts[:2])})


def everywhere_but(house: House, *rooms: str) -> Iterator[tuple[str, str]]:
    return ((module, source) for module, source in house.items() if room(module) not in rooms)


# --- the rules ------------------------------------------------------------------------------------------------------


def every_module_has_its_level(house: House) -> list[str]:
    unknown = sorted({room(module) for module in house} - set(LEVEL))
    return [f"{name}: in no level; say in tests/test_house.py where it belongs" for name in unknown]


def imports_point_down(house: House) -> list[str]:
    return [
        f"{module}:{line} imports {other}"
        for module in house
        for line, other in imports_of_ours(house, module)
        if not may_import(room(module), room(other), house)
    ]


def may_import(one: str, other: str, house: House) -> bool:
    if one == other or other not in LEVEL or one not in LEVEL:
        return True
    if other not in {room(module) for module in house}:  # a name of the package itself, such as its version
        return True
    upper, lower = LEVEL[one], LEVEL[other]
    if upper == 2:
        return lower == 0 or (one == "config" and other in CONFIG_MAY_ASK)
    return lower < upper or (lower == upper and (one, other) != ("pipeline", "worker"))


def there_are_no_cycles(house: House) -> list[str]:
    graph = {
        module: {other for _, other in imports_of_ours(house, module) if other in house and other != module}
        for module in house
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["a cycle: " + " <- ".join(error.args[1])]
    return []


def level_1_is_pure(house: House) -> list[str]:
    pure = {module: source for module, source in house.items() if LEVEL.get(room(module)) == 1}
    imports = [
        f"{module}:{line} imports {name}"
        for module, source in pure.items()
        for line, name in imports_of_others(source)
        if name in IMPURE and (room(module), name) not in PURE_ALL_THE_SAME
    ]
    calls = [
        f"{module}:{node.lineno} calls {called(node)}"
        for module, source in pure.items()
        for node in nodes(source)
        if isinstance(node, ast.Call) and called(node) in IMPURE_CALLS
    ]
    return imports + calls


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def only_store_holds_sql(house: House) -> list[str]:
    statement = re.compile(r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE\s)")
    return outside(house, SQL, "store") + [
        f"{module}:{node.lineno} holds SQL"
        for module, source in everywhere_but(house, "store")
        for node in nodes(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value)
    ]


def async_lives_in_one_room(house: House) -> list[str]:
    """In `web`: Starlette's handlers may be coroutines."""
    return outside(house, ASYNC, "web") + [
        f"{module}:{node.lineno} is async"
        for module, source in everywhere_but(house, "web")
        for node in nodes(source)
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await)
    ]


def only_fetching_and_mailing_open_sockets(house: House) -> list[str]:
    return outside(house, SOCKETS, "fetching", "mailing")


def outside(house: House, names: set[str], *rooms: str) -> list[str]:
    return [
        f"{module}:{line} imports {name}"
        for module, source in everywhere_but(house, *rooms)
        for line, name in imports_of_others(source)
        if name in names
    ]


def only_worker_and_cli_read_the_clock(house: House) -> list[str]:
    found = []
    for module, source in everywhere_but(house, "worker", "cli"):
        found += [f"{module}:{line} imports {name}" for line, name in imported(source) if name in clock_functions()]
        found += [
            f"{module}:{node.lineno} reads {ast.unparse(node)}"
            for node in nodes(source)
            if isinstance(node, ast.Attribute)
            and node.attr in WALL_CLOCK
            and ast.unparse(node.value).rpartition(".")[2] in CLOCK_OWNERS
            and not is_type_in_time(node)
        ]
    return found


def clock_functions() -> set[str]:
    return {f"time.{name}" for name in WALL_CLOCK}


def is_type_in_time(node: ast.Attribute) -> bool:
    """`datetime.time` is a type, `time.time` is a clock."""
    return node.attr == "time" and ast.unparse(node.value) != "time"


def files_are_short(house: House) -> list[str]:
    counts = {module: source.count("\n") for module, source in house.items()}
    return [f"{module} has {count} lines" for module, count in counts.items() if count > 700]


def functions_are_short(house: House) -> list[str]:
    """Fifty lines are the aim, with the docstring; sixty the end."""
    return [
        f"{module}:{node.lineno} {node.name} has {lines} lines"
        for module, node in functions(house)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    ]


def functions_are_typed(house: House) -> list[str]:
    found = []
    for module, node in functions(house):
        spec = node.args
        named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        every = [*named, *(arg for arg in (spec.vararg, spec.kwarg) if arg)]
        bare = [arg.arg for arg in every if arg.annotation is None and arg.arg not in ("self", "cls")]
        bare += ["its result"] if node.returns is None else []
        found += [f"{module}:{node.lineno} {node.name} leaves {name} without a type" for name in bare]
    return found


def functions(house: House) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, source in house.items():
        for node in nodes(source):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node


def nothing_is_left_for_later(house: House) -> list[str]:
    later = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    return [
        f"{module}:{number} says {match[0]}"
        for module, source in house.items()
        for number, line in enumerate(source.splitlines(), 1)
        if (match := later.search(line))
    ]


def names_say_what_things_are(house: House) -> list[str]:
    vague = re.compile(r"(manager|helper|util|registry|registrie)s?$", re.IGNORECASE)
    named = [(module, module) for module in house] + [
        (f"{module}:{node.lineno}", node.name)
        for module, source in house.items()
        for node in nodes(source)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [f"{place} is called {name}" for place, name in named if vague.search(name)]


RULES: list[Rule] = [
    every_module_has_its_level,
    imports_point_down,
    there_are_no_cycles,
    level_1_is_pure,
    only_store_holds_sql,
    async_lives_in_one_room,
    only_fetching_and_mailing_open_sockets,
    only_worker_and_cli_read_the_clock,
    files_are_short,
    functions_are_short,
    functions_are_typed,
    nothing_is_left_for_later,
    names_say_what_things_are,
]


# --- the real house -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    broken = rule(read(ROOT / PACKAGE))
    assert not broken, "\n".join(broken)


def test_the_other_test_files_are_short_and_leave_nothing_for_later() -> None:
    tests = {module: source for module, source in read(ROOT / "tests").items() if module != Path(__file__).stem}
    assert not files_are_short(tests)
    assert not nothing_is_left_for_later(tests)


def private_paths() -> set[str]:
    """Of the machine that runs this: where the checkout, the interpreter and the home folder are."""
    folders = {ROOT, ROOT.parent, Path.home(), Path(sys.prefix)}
    return {f"{folder}/" for folder in folders if folder != Path("/")}


@pytest.mark.parametrize("folder", ["digest", "templates", "config", "docs", "tests", "benchmarks"])
def test_nothing_names_a_path_of_somebodys_machine(folder: str) -> None:
    texts = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    found = [
        f"{path.relative_to(ROOT)} names {private}"
        for path in texts
        for private in private_paths()
        if private in path.read_text(errors="replace")
    ]
    assert not found, "\n".join(found)


# --- small houses that break the rules ------------------------------------------------------------------------------


LONG = "def f() -> None:\n" + "    pass\n" * 60

BROKEN: list[tuple[Rule, dict[str, str], str]] = [
    (every_module_has_its_level, {"shed": ""}, "shed: in no level"),
    (every_module_has_its_level, {"shed.tools": ""}, "shed: in no level"),
    (imports_point_down, {"text": "from digest.pipeline import poll", "pipeline": ""}, "text:1 imports pipeline"),
    (imports_point_down, {"text": "from digest import store", "store": ""}, "text:1 imports store"),
    (imports_point_down, {"text": "import digest.store.outbox", "store.outbox": ""}, "text:1 imports store.outbox"),
    (imports_point_down, {"text": "def f():\n  from digest import web", "web": ""}, "text:2 imports web"),
    (imports_point_down, {"model": "if TYPE_CHECKING:\n  import digest.text", "text": ""}, "model:2 imports text"),
    (imports_point_down, {"mailing": "from digest.fetching import f", "fetching": ""}, "mailing:1 imports fetching"),
    (imports_point_down, {"store.a": "from digest.text import f", "text": ""}, "store.a:1 imports text"),
    (imports_point_down, {"config.a": "from digest import feeds", "feeds": ""}, "config.a:1 imports feeds"),
    (imports_point_down, {"pipeline": "from digest import worker", "worker": ""}, "pipeline:1 imports worker"),
    (imports_point_down, {"worker": "from digest import web", "web": ""}, "worker:1 imports web"),
    (there_are_no_cycles, {"text": "import digest.topics", "topics": "from digest.text import f"}, "topics"),
    (there_are_no_cycles, {"text": "import digest.topics", "topics": "def f():\n  import digest.text"}, "topics"),
    (level_1_is_pure, {"stories": "import random"}, "stories:1 imports random"),
    (level_1_is_pure, {"stories": "from os import environ"}, "stories:1 imports os"),
    (level_1_is_pure, {"stories": "from urllib.request import urlopen"}, "stories:1 imports urllib.request"),
    (level_1_is_pure, {"stories": "def f():\n  import sqlite3"}, "stories:2 imports sqlite3"),
    (level_1_is_pure, {"stories": "a = open('b')"}, "stories:1 calls open"),
    (level_1_is_pure, {"stories": "a = path.read_text()"}, "stories:1 calls read_text"),
    (only_store_holds_sql, {"pipeline": "from sqlalchemy import text"}, "pipeline:1 imports sqlalchemy"),
    (only_store_holds_sql, {"web": "a = 'SELECT id FROM articles'"}, "web:1 holds SQL"),
    (async_lives_in_one_room, {"fetching": "import asyncio"}, "fetching:1 imports asyncio"),
    (async_lives_in_one_room, {"pipeline": "async def f(): pass"}, "pipeline:1 is async"),
    (only_fetching_and_mailing_open_sockets, {"web": "import socket"}, "web:1 imports socket"),
    (only_fetching_and_mailing_open_sockets, {"cli.a": "import urllib.request"}, "cli.a:1 imports urllib.request"),
    (only_worker_and_cli_read_the_clock, {"pipeline": "a = datetime.now(UTC)"}, "pipeline:1 reads datetime.now"),
    (only_worker_and_cli_read_the_clock, {"web": "f(default=dt.datetime.now)"}, "web:1 reads dt.datetime.now"),
    (only_worker_and_cli_read_the_clock, {"store.a": "a = time.time()"}, "store.a:1 reads time.time"),
    (only_worker_and_cli_read_the_clock, {"mailing": "from time import time"}, "mailing:1 imports time.time"),
    (only_worker_and_cli_read_the_clock, {"model": "a = date.today()"}, "model:1 reads date.today"),
    (files_are_short, {"text": "\n" * 701}, "text has 701 lines"),
    (functions_are_short, {"text": LONG}, "text:1 f has 61 lines"),
    (functions_are_typed, {"text": "def f(a) -> None: pass"}, "text:1 f leaves a without a type"),
    (functions_are_typed, {"text": "def f(*, a: int, **b): pass"}, "text:1 f leaves its result without a type"),
    (nothing_is_left_for_later, {"text": "# TODO: stem"}, "text:1 says TODO"),
    (nothing_is_left_for_later, {"text": "raise NotImplementedError"}, "text:1 says NotImplementedError"),
    (names_say_what_things_are, {"text": "class FeedManager: pass"}, "text:1 is called FeedManager"),
    (names_say_what_things_are, {"mail_utils": ""}, "mail_utils is called mail_utils"),
]

SOUND: list[tuple[Rule, dict[str, str]]] = [
    (imports_point_down, {"pipeline": "from digest.store import outbox", "store.outbox": ""}),
    (imports_point_down, {"store.a": "from digest.store.b import c", "store.b": ""}),
    (imports_point_down, {"config.a": "from digest.schedule import parse", "schedule": ""}),
    (imports_point_down, {"worker": "from digest import pipeline", "pipeline": ""}),
    (imports_point_down, {"text": "from digest import __version__"}),
    (
        there_are_no_cycles,
        {"text": "", "topics": "import digest.text", "matching": "from digest import text, topics"},
    ),
    (level_1_is_pure, {"rendering": "from pathlib import Path", "mailing": "import os"}),
    (only_store_holds_sql, {"store.a": "from sqlalchemy import text", "text": "a = 'Select a topic'"}),
    (async_lives_in_one_room, {"web": "import anyio\n\nasync def f(): pass"}),
    (only_fetching_and_mailing_open_sockets, {"mailing": "import smtplib", "text": "from urllib.parse import quote"}),
    (only_worker_and_cli_read_the_clock, {"worker": "datetime.now(UTC)", "mailing": "time.monotonic()"}),
    (only_worker_and_cli_read_the_clock, {"schedule": "a: datetime.time\nnow = b.now"}),
    (functions_are_typed, {"text": "class A:\n  def f(self, *a: int) -> None: pass"}),
]


@pytest.mark.parametrize("rule, house, complaint", BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_house_that_breaks_a_rule_is_told_where(rule: Rule, house: dict[str, str], complaint: str) -> None:
    assert any(complaint in line for line in rule(house)), rule(house)


@pytest.mark.parametrize("rule, house", SOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_a_house_that_keeps_a_rule_is_left_alone(rule: Rule, house: dict[str, str]) -> None:
    assert rule(house) == []


def test_every_rule_has_a_house_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} == {rule.__name__ for rule, _, _ in BROKEN}
