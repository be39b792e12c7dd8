"""What others say, as people read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.wording import shorten

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    "text, limit, short",
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one two three", 13, "one two three"),
        ("hello wide world", 12, "hello wide…"),
        ("hello, wide world", 7, "hello…"),
        ("All is over. Nobody came.", 15, "All is over…"),
        ("x" * 20, 10, "x" * 9 + "…"),
        ("会谈在安卡拉开始", 5, "会谈在安…"),
        ("abcde\u0301fgh", 6, "abcd…"),
        ("e\u0301" * 5, 4, "e\u0301…"),
        ("a\u200db\u200dc\u200dd", 4, "…"),
        ("x" + FAMILY * 3, 5, "x…"),
    ],
)
def test_text_is_cut_after_a_word_or_at_least_after_a_whole_letter(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(st.text(max_size=80), st.integers(1, 80))
def test_what_is_shortened_keeps_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
