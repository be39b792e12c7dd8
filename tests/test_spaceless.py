"""Scripts without spaces: phrases parted into words, and words that are not cut out of their neighbours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from records import article

from digest import breaking, names
from digest.matching import TopicIndex
from digest.settings import Topic
from digest.spaceless import parted
from digest.topics import compile_topic

WITH_ICU = breaking.words("谈判") is not None
needs_icu = pytest.mark.skipif(not WITH_ICU, reason="the extra cjk is not installed")

PHRASES = [
    ("叙利亚土耳其和谈", "zh", ["叙利亚", "土耳其", "和谈"]),
    ("叙利亚和土耳其和谈", "zh", ["叙利亚", "土耳其", "和谈"]),
    ("叙利亚与土耳其外长会谈", "zh", ["叙利亚", "土耳其", "外长", "会谈"]),
    ("敘利亞土耳其會談", "zh", ["敘利亞", "土耳其", "會談"]),
    ("央行利率决议", "zh", ["央行", "利率", "决议"]),
    ("シリアとトルコの首脳会談", "ja", ["シリア", "トルコ", "首脳", "会談"]),
    ("サウジアラビアの原油価格", "ja", ["サウジアラビア", "原油", "価格"]),
    ("ウクライナ停戦協議", "ja", ["ウクライナ", "停戦", "協議"]),
    ("ซีเรียและตุรกีเจรจา", "th", ["ซีเรีย", "ตุรกี", "เจรจา"]),
    ("G20峰会", "zh", ["G20", "峰会"]),
    ("的", "zh", []),
    ("Syria-Turkey", "zh", ["Syria-Turkey"]),
    ("회담", "ko", ["회담"]),
]


def known(language: str, characters: list[str]) -> int:
    found = names.recognise(characters, frozenset({language}))
    return found[1] if found else 0


@pytest.mark.parametrize("phrase, language, words", PHRASES)
def test_a_phrase_without_spaces_is_parted_into_its_words(phrase: str, language: str, words: list[str]) -> None:
    assert parted(phrase, lambda characters: known(language, list(characters))) == words


@needs_icu
@pytest.mark.parametrize(
    "phrase, words",
    [
        ("习近平会见普京", ["习近平", "会见", "普京"]),
        ("外交部长会谈", ["外交部长", "会谈"]),
        ("日銀の利上げについて", ["日銀", "利上げ"]),
        ("国連安全保障理事会", ["国連", "安全", "保障", "理事会"]),
    ],
)
def test_a_dictionary_parts_what_rules_cannot(phrase: str, words: list[str]) -> None:
    assert parted(phrase, lambda _: 0) == words


def found(phrase: str, language: str, title: str) -> bool:
    topic = compile_topic(Topic(id="t", name="", watch=(phrase,)), frozenset({language}))
    return bool(TopicIndex([topic]).match(article(1, title, language=language)))


@pytest.mark.parametrize(
    "phrase, language, title",
    [
        ("叙利亚土耳其和谈", "zh", "土耳其与叙利亚外长在安曼和谈"),
        ("和谈 叙利亚", "zh", "大马士革和谈重启"),
        ("谈判", "zh", "和平谈判开始"),
        ("部长", "zh", "外交部长到访"),
        ("シリアとトルコの会談", "ja", "トルコ・シリア首脳会談へ"),
        ("サウジ", "ja", "サウジアラビア、減産延長"),
        ("เจรจา ซีเรีย", "th", "ตุรกีเจรจากับซีเรีย"),
    ],
)
def test_words_without_spaces_are_found(phrase: str, language: str, title: str) -> None:
    assert found(phrase, language, title)


@needs_icu
@pytest.mark.parametrize(
    "phrase, language, title", [("京都", "ja", "東京都の知事選"), ("京大", "zh", "北京大学的研究")]
)
def test_a_word_cut_out_of_its_neighbours_is_not_found(phrase: str, language: str, title: str) -> None:
    assert not found(phrase, language, title)
    assert found(phrase, language, f"{phrase} {title}")


def test_without_the_extra_characters_that_follow_each_other_are_found() -> None:
    """In a process that cannot import it."""
    script = (
        "import sys; sys.modules['icu4py.breakers'] = None; sys.path[:0] = ['tests', '.']\n"
        "import test_spaceless as t\n"
        "assert not t.WITH_ICU\n"
        "assert t.found('京都', 'ja', '東京都の知事選')\n"
        "for case in t.PHRASES: t.test_a_phrase_without_spaces_is_parted_into_its_words(*case)\n"
    )
    here = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=here, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
