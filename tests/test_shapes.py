"""What words look like: every shape against a slow and plain way to say the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.shapes import fuzzy, head_of, host_in_link, letter_for_letter, regex, regex_problem, wildcard

WORDS = st.text("abc", min_size=1, max_size=7)


def near(word: str, steps: int) -> set[str]:
    """All that so many steps make of a word, tried out."""
    found = {word}
    for _ in range(steps):
        found |= {other for each in found for other in one_step(each)}
    return found


def one_step(word: str) -> set[str]:
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    left_out = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    other = {a + letter + b[1:] for a, b in parts if b for letter in "abc"}
    return left_out | swapped | other | {a + letter + b for a, b in parts for letter in "abc"}


@settings(deadline=None)
@given(WORDS, WORDS)
def test_one_letter_wrong_is_one_step(text: str, word: str) -> None:
    assert bool(list(fuzzy(text, 1)([word]))) is (word in near(text, 1))


@settings(deadline=None)
@given(WORDS, WORDS)
def test_two_letters_wrong_are_two_steps_of_which_none_undoes_the_other(text: str, word: str) -> None:
    """A swap that is broken up again (ca, ac, abc) counts three, as in Lucene."""
    found = bool(list(fuzzy(text, 2)([word])))
    assert not found or word in near(text, 2)
    assert found or word not in near(text, 1)


@settings(deadline=None)
@given(st.text("ab*?", min_size=1, max_size=7), WORDS)
def test_a_wildcard_is_the_regular_expression_that_it_says(pattern: str, word: str) -> None:
    plain = "".join({"*": "[abc]*", "?": "[abc]"}.get(each, each) for each in pattern)
    assert bool(list(wildcard(pattern)([word]))) is bool(re.fullmatch(plain, word))


@settings(deadline=None)
@given(st.text("ab.|*+?()[]{2}^$", max_size=8), st.lists(WORDS, max_size=4))
def test_a_regular_expression_finds_what_it_says_and_its_head_begins_all(pattern: str, words: list[str]) -> None:
    if regex_problem(pattern):
        return
    found = list(regex(pattern)(words))
    assert all(word.startswith(head_of(pattern)) for word in found)
    try:
        plain = re.compile(pattern)
    except re.error:
        return
    assert set(found) == {word for word in words if plain.fullmatch(word)}


@pytest.mark.parametrize(
    "pattern, head",
    [("syria", "syria"), ("syri.*", "syri"), ("syria?", "syri"), ("syri|ira", ""), ("(a)", ""), ("a{0}b", ""),
     (r"\d", ""), ("ab*", "a"), ("ab+", "ab"), ("[ab]c", ""), ("AB", "ab"), ("türk", "t")],
)  # fmt: skip
def test_the_head_is_what_every_word_begins_with(pattern: str, head: str) -> None:
    assert head_of(pattern) == head


@pytest.mark.parametrize(
    "pattern, told",
    [("(", "missing )"), (r"(a)\1", "invalid escape"), ("(?=a)", "invalid"), ("a**", "bad repetition"),
     ("(((a{99}){99}){99})", "invalid repetition size"), ("a)|(b", "unexpected )")],
)  # fmt: skip
def test_what_is_no_regular_expression_is_told(pattern: str, told: str) -> None:
    assert told in regex_problem(pattern)


def test_letters_are_compared_one_by_one_but_blanks_are_not() -> None:
    assert letter_for_letter("a  b").search("x a\n b.")
    assert not letter_for_letter("a b").search("xa b")
    assert not letter_for_letter("a b").search("a b's")
    assert letter_for_letter("C++").search("in C++, too")


def test_hosts_that_look_alike_are_others() -> None:
    assert host_in_link("bbc.com").fullmatch("https://www.bbc.com/x")
    assert not host_in_link("bbc.com").fullmatch("https://bbc.com.example/x")
    assert not host_in_link("bbc.com").fullmatch("https://bbcxcom/x")
