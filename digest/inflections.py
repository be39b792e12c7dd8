"""Which forms of a name an operator may have typed, and how those in articles begin, language by language.

Stems are for finding: they make one of words that have little in common (German Silvester and silver, Portuguese
saudi and saúde). Before a word of a phrase is taken for a name it must be a form of it: the same letters, and the
endings that names and adjectives of peoples take. In languages that are not listed every word that has the stem may
be one.
"""

# ruff: noqa: RUF001 - letters of many scripts are what this module is made of

from __future__ import annotations

import re
from functools import lru_cache

from digest.folding import fold

_Endings = tuple[tuple[str, str], ...]
"""How names may end, and what may stand there instead: regular expressions over folded letters, of which the first
counts.
"""

_ANY = ".{0,4}"
_PEOPLE = "(l[iu])?(l[ae]r)?"
_TURKISH: _Endings = (
    ("(?<=^..)|(?<=^...)", _PEOPLE),  # a short name in another case is hardly to be told from a word (Fin, fine)
    ("", f"{_PEOPLE}('?(n?[iu]n?|[yns]?[aeiu]|[dt][ae]n?|[dt][ae]ki|[yn]?l[ae]))?"),
)

_OF_NAMES: dict[str, _Endings] = {
    "en": (("", "(e?s)?"),),
    "de": (("", "(s|n|en|in|innen|ern?)?"),),
    "nl": (("", "(e|en|s|m?ers?|se)?"),),
    "es": (("", "s?"),),
    "fr": (("", "s?"),),
    "it": (("", ""),),
    "pt": (("", "s?"),),
    "pl": (("a", "(a|y|e|o|i|ie|ami?|ach|om?)"), ("[yieo]", _ANY), ("", _ANY)),
    "ru": (("[ая]", ".{1,3}"), ("[ыиеоьй]", _ANY), ("", _ANY)),
    "tr": _TURKISH,
}
"""Of names with a capital."""

_OF_PEOPLES: dict[str, _Endings] = {
    "en": (("", "(e?s)?"),),
    "de": (("", "(e[nrsm]?|s|n|in|innen)?"),),
    "nl": (("", "(en?|s)?"),),
    "es": (("[oa]", "[oa]s?"), ("es", "es(as?|es)?"), ("e", "es?"), ("i", "i(e?s)?"), ("", "(e?s|as?)?")),
    "fr": (("c", "(cs?|c?ques?|ches?)"), ("f", "(fs?|ves?)"), ("eux", "(eux|euses?)"), ("", "(e?s?|[nlt]es?)")),
    "it": (("[cg]o", "[cg](o|a|h?i|he)"), ("io", "i[oae]?"), ("[oa]", "[oaie]"), ("e", "[ei]"), ("", "")),
    "pt": (
        ("ao", "(ao|as?|aos|aes|oes)"),
        ("eu", "(eus?|eias?|ias?)"),
        ("[oa]", "[oa]s?"),
        ("es", "es(as?|es)?"),
        ("e", "es?"),
        ("", "(e?s|as?)?"),
    ),
    "pl": (("[iy]", "(i|y|a|e|ie|[iy]ch|[iy]mi?|i?ego|i?emu|i?ej|o)"), ("", _ANY)),
    "ru": (
        ("[иыо]й", "([иыо]й|ая|яя|ое|ее|ие|ые|[ое]го|[ое]му|ую|юю|[иы]ми?|[иы]х|ом|ем|ей)"),
        ("ец", "(ец|ц.{1,3})"),
        ("нин", "н(ин.{0,3}|е|.{0,3})"),
        ("[ая]", ".{1,3}"),
        ("", ".{0,3}"),
    ),
    "tr": _TURKISH,
}
"""Of names in small letters, which are adjectives and people."""

_LAST_LETTER_CHANGES = {"ru": "ыьй", "pl": "yoe"} | dict.fromkeys(
    ("en", "de", "es", "fr", "it", "nl", "pt", "tr"), ""
)
"""By language, which letters at the end of a name are an ending already; elsewhere endings change more."""

_IN_OTHER_CASES = {
    ("ru", "\u0430"): "аыеуо",
    ("ru", "я"): "яиеюй",
    ("ru", "\u043e"): "\u043e\u0430\u0443\u0435",
    ("ru", "\u0435"): "\u0435яю\u0443",
    ("pl", "a"): "ayeoi",
}
"""By the last letter of a name what may stand there in its other cases, the letters folded; else it is another word
that has the stem (Сана: Саны, not Сан).
"""
_BEFORE_I = "гкхжчшщ"
"""Behind which letters that is an i besides: Америки."""

_POSSESSIVE = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}]s?$")


def is_form_of(word: str, name: str, language: str) -> bool:
    """Whether a word is a name, as it is listed for a language, in any of its forms there."""
    endings = (_OF_NAMES if name[:1].isupper() else _OF_PEOPLES).get(language)
    return endings is None or _forms(fold(name), endings).fullmatch(fold(_POSSESSIVE.sub("", word))) is not None


def is_inflected_behind(language: str) -> bool:
    """Whether all forms of a name begin alike in a language, as far as that is known."""
    return language in _LAST_LETTER_CHANGES


def beginnings(word: str, language: str) -> list[str]:
    """With which letters the forms of a name, folded, begin in articles, in a language that is inflected behind."""
    if (language, word[-1]) in _IN_OTHER_CASES:
        with_i = "и" if word[-2:-1] in _BEFORE_I else ""
        return [word[:-1] + letter for letter in _IN_OTHER_CASES[language, word[-1]] + with_i]
    return [word[:-1] if word.endswith(tuple(_LAST_LETTER_CHANGES[language])) else word]


@lru_cache(maxsize=2_000)
def _forms(name: str, endings: _Endings) -> re.Pattern[str]:
    for ending, instead in endings:
        if (found := re.search(f"(?:{ending})$", name)) is not None:
            return re.compile(f"{re.escape(name[: found.start()])}(?:{instead})")
    raise AssertionError("the last ending is none, which every name has")
