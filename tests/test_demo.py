"""`digest demo` shows what it promises, from nothing and again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli import main

TALKS = "Syria and Turkey open talks in Amman on border security"
FIRST = "accepted: to amal@example.org, Middle East watch, due Fri 04:30 UTC"


def play(folder: Path, environment: dict[str, str] | None = None) -> Result:
    return CliRunner(env=environment).invoke(main, ["demo", "--folder", str(folder), "--no-open"])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a demonstration, and what it said, in the environment of somebody who uses the program."""
    folder = tmp_path_factory.mktemp("demo") / "var" / "demo"
    result = play(folder, {"DIGEST_CONFIG": str(folder / "nowhere"), "SMTP_PASSWORD": "hunter2hunter2"})
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def messages(told: str) -> dict[str, str]:
    """What it says of each message, by its first line without the path."""
    parts = [part for part in told.split("\n\n") if part.startswith("accepted: ")]
    return {part.partition("  ")[0]: part for part in parts}


def test_three_messages_are_accepted_and_none_is_deferred_or_refused(played: tuple[Path, str]) -> None:
    _, told = played
    assert list(messages(told)) == [
        FIRST,
        "accepted: to jo@example.org, Middle East watch, due Fri 21:30 UTC",
        "accepted: to amal@example.org, Middle East watch, due Sat 04:30 UTC",
    ]
    assert not any(word in told for word in ("refused", "deferred", "unsure"))


def test_the_talks_are_one_story_with_its_outlets_and_the_words_found(played: tuple[Path, str]) -> None:
    lines = messages(played[1])[FIRST].splitlines()
    assert lines[1:3] == [
        f"  - {TALKS} (Northern Wire, also The Harbour Chronicle, Meridian Review)",
        "      because of “Syria Turkey talks”: Syria, Turkey, talks",
    ]


def test_each_event_is_in_no_message_twice_and_for_no_subscriber_twice(played: tuple[Path, str]) -> None:
    for person in ("amal@example.org", "jo@example.org"):
        titles = [
            line.partition(" (")[0]
            for first, part in messages(played[1]).items()
            for line in part.splitlines()
            if person in first and line.startswith("  - ")
        ]
        assert titles
        assert len(titles) == len(set(titles))
        assert sum("open talks" in title.lower() for title in titles) == (person == "amal@example.org")


@pytest.mark.parametrize("word", ["roast", "thanksgiving", "coach", "aegean", "diesel", "cyclone"])
def test_no_bird_no_match_and_no_other_talks_are_sent(played: tuple[Path, str], word: str) -> None:
    assert word not in "".join(messages(played[1]).values()).lower()


def test_a_bank_rate_is_there_for_its_own_topic_only(played: tuple[Path, str]) -> None:
    lines = messages(played[1])[FIRST].splitlines()
    reasons = [after for line, after in pairwise(lines) if "bank" in line and "- " in line]
    assert reasons == ["      because of “Turkish central bank”: Turkish, central bank"]


def test_what_does_not_belong_to_the_talks_is_told_with_the_reason(played: tuple[Path, str]) -> None:
    _, _, misses = played[1].partition("\nNot under “Syria Turkey talks”, and why:\n")
    for title, reason in (
        ("The Thanksgiving turkey your table will talk about", "“Syria”"),
        ("Syria beat Jordan 2-1 as coach talks up his young side", "“Turkey”"),
        ("Turkish central bank cuts its key rate by one point", "“Syria”"),
        ("the feed Evening Ledger", "404"),
    ):
        (line,) = [line for line in misses.splitlines() if title in line]
        assert reason in line


def test_the_html_of_every_message_is_there_to_be_opened(played: tuple[Path, str]) -> None:
    folder, told = played
    pages = sorted((folder / "mails").glob("*.html"))
    assert [page.name for page in pages] == [
        "1-amal@example.org.html",
        "2-jo@example.org.html",
        "3-amal@example.org.html",
    ]
    assert all(str(page) in told for page in pages)
    assert told.rstrip().endswith(f"Open {pages[0]}")
    first = pages[0].read_text(encoding="utf-8")
    assert first.count('href="https://northernwire.example.com/2026/11/19/syria-turkey-amman"') == 1
    assert TALKS in first
    assert "Meridian Review" in first
    assert not any(word in first.lower() for word in ("thanksgiving", "roast", "coach"))


def test_counts_agree_with_their_nouns(played: tuple[Path, str]) -> None:
    assert ": no feed is due, 1 message sent." in played[1]
    # A guid that was issued anew makes no new article.
    assert "11 feeds polled, 9 new articles, 0 messages sent." in played[1]


@pytest.mark.slow
def test_it_works_a_second_time_in_the_same_folder_and_shows_the_same(played: tuple[Path, str]) -> None:
    folder, told = played
    again = play(folder)
    assert again.exit_code == 0, again.output
    assert messages(again.stdout) == messages(told)
    assert len(list((folder / "mails").iterdir())) == len(list((folder / "outbox" / "new").iterdir())) == 3


@pytest.mark.parametrize(
    "there",
    [
        ["letter.txt"],
        ["digest.db"],
        ["digest.db", "outbox/new/1.eml"],
        ["demo.db", "letter.txt"],
        ["outbox/new/1.eml"],
    ],
)
def test_a_folder_with_anything_else_is_refused_and_left_alone(tmp_path: Path, there: list[str]) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    result = play(tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path} holds something else than a demonstration; name another folder with --folder" in result.stderr
    assert all((tmp_path / name).read_text() == "mine" for name in there)


def test_a_folder_that_is_a_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    assert play(tmp_path / "demo").exit_code == 2


def test_the_environment_of_whoever_plays_it_does_not_matter(played: tuple[Path, str]) -> None:
    folder, told = played
    assert len(messages(told)) == 3
    assert "hunter2" not in told
    assert not any(b"hunter2" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
