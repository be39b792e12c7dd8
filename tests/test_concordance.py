"""Concordances: which of many articles have which words, written down small and asked without being read through."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from records import DAY, NOW

from digest.concordance import MOST, having, joined, written
from digest.store import concordances
from digest.store.concordances import Concordance
from digest.store.engine import Database

KEYS = st.frozensets(st.text("abé語=@*\x7f ", min_size=1, max_size=4).filter(lambda key: key.strip("=")), max_size=6)
ARTICLES = st.lists(KEYS, max_size=8)


def plain(key: str) -> str:
    return key.removeprefix("=")


@given(ARTICLES, KEYS)
def test_every_article_that_has_a_key_is_found_and_no_other(
    articles: list[frozenset[str]], asked: frozenset[str]
) -> None:
    wanted = {plain(key) for key in asked if not key.endswith("*")}
    expected = {n for n, keys in enumerate(articles) if wanted & {plain(key) for key in keys}}
    assert having(written(articles), [key for key in asked if not key.endswith("*")]) == expected


@given(ARTICLES, st.text("abé語", min_size=0, max_size=2))
def test_a_star_finds_all_words_that_begin_so(articles: list[frozenset[str]], head: str) -> None:
    expected = {n for n, keys in enumerate(articles) if any(plain(key).startswith(head) for key in keys)}
    assert having(written(articles), [f"{head}*"]) == expected


@given(st.lists(st.integers(0, 4_000), max_size=12), st.integers(0, 400))
def test_many_words_are_found_at_once(asked: list[int], head: int) -> None:
    """In so many lines that each is found by halving; every other one is there."""
    full = written(
        [{f"w{number}"} for number in range(0, 4_000, 4)] + [{f"w{number}"} for number in range(2, 4_000, 4)]
    )
    numbers = [*range(0, 4_000, 4), *range(2, 4_000, 4)]
    expected = {n for n, number in enumerate(numbers) if number in asked or str(number).startswith(str(head))}
    assert having(full, [*(f"w{number}" for number in asked), f"w{head}*"]) == expected


@given(ARTICLES, ARTICLES)
def test_joined_is_as_if_written_at_once(first: list[frozenset[str]], second: list[frozenset[str]]) -> None:
    assert joined(written(first), len(first), written(second)) == written([*first, *second])


def test_the_last_of_as_many_articles_as_there_may_be_is_found() -> None:
    full = written([{"talk", f"n{number}"} for number in range(MOST)])
    assert having(full, [f"n{MOST - 1}"]) == {MOST - 1}
    assert len(having(full, ["talk"])) == MOST
    parts = written([{"talk"}] * (MOST - 1)), written([{"=talk", "last"}])
    assert having(joined(parts[0], MOST - 1, parts[1]), ["last"]) == {MOST - 1}


def test_the_folded_form_and_the_stem_are_one_line() -> None:
    assert written([{"=talk", "talk"}, {"talk"}]) == "talk\t\x80\x81\n".encode()


def test_a_piece_comes_back_from_the_store_as_it_was_put(database: Database) -> None:
    piece = Concordance(articles=[3, 1], newest=NOW, words=written([{"=talk"}, {"görüşme@tr"}]))
    with database.write() as tx:
        concordances.put(tx, piece)
        concordances.put(tx, replace(piece, articles=[4], newest=NOW - DAY))
    with database.read() as tx:
        assert list(concordances.since(tx, NOW)) == [piece]
        assert concordances.last(tx) == (2, 1)
    with database.write() as tx:
        assert concordances.take(tx, 1) == piece
        assert concordances.take(tx, 1) is None
        assert concordances.drop(tx, NOW) == 1
        assert concordances.last(tx) is None
