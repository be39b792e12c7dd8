"""Damaged text that comes back mended is no edit: digest.mending."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import entry

from digest.mending import change


@pytest.mark.parametrize(
    "old, new, kind",
    [
        ("T\ufffdrkiye and Syria", "Türkiye and Syria", "mended"),
        ("T\ufffd\ufffdrkiye", "Türkiye", "mended"),
        ("TÃ¼rkiye", "Türkiye", "mended"),
        ("TÃ¼Â»rkiye", "Tü»rkiye", "mended"),
        ("It\u00e2\u20ac\u2122s over", "It\u2019s over", "mended"),
        ("two  words", "two words", "mended"),
        ("two\x00 words", "two words", "mended"),
        ("soft\u00adhyphen", "softhyphen", "mended"),
        ("the end \ufffd", "the end é", "mended"),
        ("\ufffd start", "É start", "mended"),
        ("Türkiye", "T\ufffdrkiye", "damaged"),
        ("Türkiye", "TÃ¼rkiye", "damaged"),
        ("T\ufffdrkiye and Syria", "Türkiye and Iran", "edited"),
        ("T\ufffdrkiye", "Turkey, which is another word, rkiye", "edited"),
        ("3 dead", "4 dead", "edited"),
        ("talks", "Talks", "edited"),
        ("talks", "", "edited"),
    ],
)
def test_the_same_words_are_no_edit(old: str, new: str, kind: str) -> None:
    assert change(entry("A", summary=old), entry("A", summary=new)) == kind


def test_damage_in_one_field_does_not_hide_an_edit_in_another() -> None:
    assert change(entry("T\ufffdrkiye", text="3 dead"), entry("Türkiye", text="4 dead")) == "edited"


@given(st.text(st.sampled_from("aàüñ €ш日"), min_size=1, max_size=40), st.data())
def test_whatever_bytes_are_lost_the_whole_text_mends_it(whole: str, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(whole) - 1), max_size=5))
    damaged = "".join("\ufffd" * len(c.encode()) if n in places else c for n, c in enumerate(whole))
    if not any(whole[n].isspace() for n in places):
        assert change(entry(damaged), entry(whole)) in {"mended", "edited"} if len(places) > 1 else {"mended"}


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert change(entry(one), entry(other)) in {"edited", "mended", "damaged"}
    assert change(entry(one), entry(one)) == "mended"
