"""One-shot commands start at once: what costs time to import is imported by the commands that need it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from click.testing import CliRunner
from instance import free_port

import digest
from digest import resources
from digest.cli import main

HEAVY = {
    "sqlalchemy", "alembic", "pydantic", "ruamel", "jinja2", "structlog", "pycurl", "feedparser", "babel", "rich",
    "starlette", "uvicorn", "apscheduler", "lark", "asyncio", "ssl", "email_validator", "css_inline", "Stemmer",
}  # fmt: skip

SPY = """
import sys
from digest.cli import main
try:
    main(prog_name="digest")
finally:
    print("\\n".join(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with the example configuration and a database."""
    folder = tmp_path_factory.mktemp("startup")
    copytree(resources.folder("config"), folder / "config")
    (folder / "var").mkdir()
    copyfile(sqlite_template, folder / "var" / "digest.db")
    return folder


def imported_by(folder: Path, *words: str) -> set[str]:
    """The packages in memory at the end of a command, which must do its work."""
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", SPY, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return {name.partition(".")[0] for name in done.stderr.splitlines()}


@pytest.mark.parametrize("words", ["--help", "--version", "check", "status", "status --json", "feeds list"])
def test_a_command_that_only_looks_imports_nothing_heavy(here: Path, words: str) -> None:
    assert CliRunner().invoke(main, ["check", "--config", str(here / "config")]).exit_code == 0  # fills the cache
    assert imported_by(here, *words.split()) & HEAVY == set()


def test_the_names_looked_for_are_those_that_a_reading_of_the_configuration_imports(here: Path) -> None:
    file = here / "config" / "topics.yaml"
    file.write_text(file.read_text() + "# changed\n")
    assert imported_by(here, "check") & HEAVY >= {"pydantic", "ruamel"}


def test_the_collector_of_garbage_does_not_look_at_what_was_loaded(here: Path) -> None:
    script = SPY.replace("import sys", "import gc, sys").replace('"\\n".join(sys.modules)', "gc.get_freeze_count()")
    command = [sys.executable, "-P", "-c", script, "plan", "--config", "config"]
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert int(done.stderr) > 50_000


@pytest.mark.slow
def test_a_daemon_that_begins_with_nothing_does_not_carry_what_it_needed_for_that(tmp_path: Path) -> None:
    feeds = {"feeds": [f"http://127.0.0.1:{free_port()}/"]}
    newsletters = {"newsletters": {"all": {"title": "All", "topics": ["talks"], "subscribers": []}}}
    main_file = {"database": "sqlite:///digest.db", "web": {"listen": f"127.0.0.1:{free_port()}"}}
    topics = {"topics": {"talks": "Syria Turkey talks"}}
    for name, content in (("digest", main_file), ("feeds", feeds), ("topics", topics), ("newsletters", newsletters)):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / f"{name}.yaml").write_text(json.dumps(content))
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    words = [sys.executable, "-P", "-c", SPY, "run"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        next(line for line in daemon.stderr if '"started"' in line)
        daemon.terminate()
        told = daemon.stderr.read()
    imported = {name.partition(".")[0] for name in told.splitlines()}
    assert "sqlalchemy" in imported
    assert imported & {"alembic", "mako", "pydantic", "ruamel"} == set()
