"""The form of a word that is the same for all its spellings, and which words carry no meaning of their own."""

# ruff: noqa: RUF001, SIM905 - letters of many scripts and lists of words are what this module is made of

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Words that carry no meaning of their own, folded. One list for all languages: an operator does not say in which he
# writes. Hence no word of one language is listed that is a content word in another (German "war", French "son").
STOP_WORDS = frozenset(
    """
    a about above after again against all also am among an and any are as at be because been before being below
    between both but by can could did do does doing don down during each few for from further had has have having he
    her here hers him his how i if in into is it its itself just like ll may me might more most must my no nor not
    of off on once only onto or other our ours out over own re s same shall she should so some such t than that the
    their theirs them then there these they this those through to too under until up upon us v ve very via vs was we
    were what when where which while who whom whose why will with within without would you your yours
    bir bu cok da daha gibi hem icin ile ki mi mu olan olarak sonra ve veya ya
    als auch auf aus bei beim bis das dass dem den der des durch ein eine einem einen einer eines fur gegen im ist mit
    nach nicht noch oder seine sich sie sind uber um und unter vom von vor werden wie wird zu zum zur zwischen
    au aux avec ce ces cette contre dans de du elle en entre est et il la le les leur mais ou par pas pour qu que qui
    sans se ses sont sur un une
    al como del el es esta este la las lo los mas o para pero por sin sobre su sus una y
    aan bij deze een heeft het naar niet ook tegen tussen voor wordt zijn
    anche degli dei delle dello gli nei nel nella sono tra
    czy dla jak jako ktora ktore ktory miedzy nie oraz przed przez przy tego tym
    nao pela pelas pelo pelos seu sua
    efter etter ikke inte och og
    без бы был была были было быть в во для до его ее если же за и из или их к как ко когда между на над не но о об
    он она они от по под при с со так также то у что это
    اذا الا التي الذي الذين الى ان او اي بعد بين ثم حول خلال ذلك على عليه عن عند غير في فيه قبل قد كان كانت كل كما لا
    لم لن له لها ما مع من منذ هذا هذه هو هي و
    """.split()
)
_STOP_WORDS_IN_LOWER_CASE = frozenset("ao com della ed em fra na nad nas od op pa per po sa te uma w z za ze".split())
"""In capitals they begin a name, or are one: Li Na, the Po."""

# Cyrillic й is a letter of its own, not an и with an accent.
_ACCENTS = re.compile(
    r"(?<!и)[\u0300-\u036f]|[\u00ad\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c\u200d]"
)
_LETTERS = str.maketrans(
    {"ı": "i", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}
    | {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for digit in range(10)}
)
_WITHIN_WORDS = str.maketrans("", "", ".,'\u2019 ")
"""The dots of an acronym and what parts the thousands of a number: no part of what a word is compared by."""


def is_stop_word(word: str) -> bool:
    """Whether it carries no meaning of its own."""
    folded = fold(word)
    return folded in STOP_WORDS or (folded in _STOP_WORDS_IN_LOWER_CASE and word.islower())


def fold(word: str) -> str:
    """The form that is the same for all spellings of a word."""
    if word.isascii():
        return word.lower() if word.isalnum() else word.lower().translate(_WITHIN_WORDS)
    return _folded(word)


@lru_cache(maxsize=1_000)
def _folded(word: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded).translate(_LETTERS)).translate(_WITHIN_WORDS)
