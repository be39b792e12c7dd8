"""The wheel holds the whole program: installed from it, in an empty folder, the commands work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # a wheel is built and installed

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("digest", "templates", "config", "pyproject.toml", "README.md", "LICENSE")


def run(*words: str | Path, folder: Path, status: int = 0) -> str:
    """What a command says in `folder`, with nothing in the environment that leads to the checkout."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("DIGEST_", "PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        list(map(str, words)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that nothing is left in the checkout."""
    sources, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, sources)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    run(sys.executable, "-m", "pip", "wheel", *quiet, "--wheel-dir", out, sources, folder=out)
    (built,) = out.glob("digest-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment with the wheel; the libraries are those of the running one."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    commands = home / "bin"
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    run(sys.executable, "-m", "pip", "--python", commands / "python", "install", *quiet, wheel, folder=home)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


def test_everything_that_is_no_code_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        inside = set(packed.namelist())
    for kind, folder, place in (
        ("templates", ROOT / "templates", "digest/data/templates"),
        ("the example configuration", ROOT / "config", "digest/data/config"),
        ("the program, sample feeds and migrations", ROOT / "digest", "digest"),
    ):
        files = {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
        wanted = {f"{place}/{path.relative_to(folder).as_posix()}" for path in files}
        assert wanted, kind
        assert wanted <= inside, kind
    assert {"digest/py.typed", "digest/store/migrations/versions/0001_first.py"} <= inside


def test_nothing_but_the_program_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        roots = {name.partition("/")[0] for name in packed.namelist()}
    assert roots == {"digest", wheel.name.rpartition("-py3")[0] + ".dist-info"}


def test_the_installed_program_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    told = run(installed / "python", "-c", "import digest; print(digest.__file__)", folder=tmp_path).strip()
    assert Path(told).is_relative_to(installed.parent)
    assert run(installed / "digest", "--version", folder=tmp_path).startswith("digest, version ")


def test_the_demonstration_plays_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    told = run(installed / "digest", "demo", folder=tmp_path)
    assert "Syria and Turkey open talks in Amman" in told
    assert len(list((tmp_path / "var" / "demo" / "mails").glob("*.html"))) == 3


def test_an_example_configuration_is_written_and_is_fine(installed: Path, tmp_path: Path) -> None:
    run(installed / "digest", "init", folder=tmp_path)
    assert run(installed / "digest", "check", folder=tmp_path).startswith("The configuration is fine: ")
    assert "nothing to version 0010" in run(installed / "digest", "migrate", folder=tmp_path)
