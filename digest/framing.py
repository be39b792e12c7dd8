"""Words by which a phrase says what kind of subject it is, or of when, and which the reports of it seldom use.

"Syria crisis", "Iran nuclear dispute", "Khashoggi affair": who types this wants the reports, which say what happened.
English words are known as they stand (a *relative* is no *relation*), words of other languages by their stems. Nor do
the reports of a year name it: "budget 2026" wants those of this budget.
"""

# ruff: noqa: RUF001, SIM905 - lists of words in many scripts are what this module is made of

from __future__ import annotations

import re
from functools import cache

from digest.compounds import LAST
from digest.folding import fold
from digest.text import keys, stem_language

WORDS = {
    "en": """
        affair affairs case conflict controversy crisis debate dispute events issue issues matter news problem
        question relations relationship row saga scandal situation story tension tensions ties
        """,
    "de": """
        Affäre Angelegenheit Auseinandersetzung Beziehungen Debatte Ereignisse Frage Geschehen Kontroverse Konflikt
        Krise Nachrichten Problem Situation Skandal Spannungen Thema Verhältnis
        """,
    "es": """
        asunto asuntos caso conflicto controversia crisis cuestión debate disputa escándalo noticias polémica
        problema relaciones situación tensión tensiones
        """,
    "fr": """
        actualité affaire conflit controverse crise débat différend dossier polémique problème question relations
        scandale situation tension tensions
        """,
    "it": """
        caso conflitto controversia crisi notizie polemica problema questione rapporti relazioni scandalo situazione
        tensione tensioni vicenda
        """,
    "nl": """
        affaire betrekkingen conflict controverse crisis debat geschil kwestie nieuws probleem relaties ruzie
        schandaal situatie spanningen zaak
        """,
    "pl": """
        afera debata kontrowersje konflikt kryzys kwestia napięcia napięcie problem relacje rok sprawa skandal spór
        stosunki sytuacja wiadomości
        """,
    "pt": """
        assunto caso conflito controvérsia crise debate disputa escândalo notícias polêmica polémica problema
        questão relações situação tensão tensões
        """,
    "tr": """
        anlaşmazlık durum gelişmeler gerginlik gerilim haberler ilişkiler kriz mesele olay olaylar skandal sorun
        tartışma yıl
        """,
    "ru": """
        вопрос год дело дебаты конфликт кризис напряженность новости обстановка отношения проблема ситуация скандал
        события спор
        """,
    "ar": """
        أحداث أخبار أزمة توتر توترات جدل خلاف خلافات صراع علاقات فضيحة قضية مسألة مشكلة ملف نزاع
        """,
    "zh": "丑闻 争端 争议 事件 事务 关系 冲突 危机 問題 问题 局势 年度 形势 新闻 矛盾 紧张 關係 危機 衝突",
    "ja": "事件 危機 問題 対立 年度 情勢 疑惑 紛争 緊張 論争 醜聞 関係 騒動 ニュース スキャンダル",
}

_NEVER_NAMES = frozenset(
    """
    agricultural alleged annual anti armed attempted biological central chemical civil commercial communist
    constitutional criminal current deadly digital domestic early electoral electronic ethnic extreme fatal federal
    financial first foreign former global humanitarian illegal industrial international islamist jihadist joint late
    legal local lunar major mass medical monthly mutual national naval nuclear online partial planned political
    private pro proposed public racial regional renewed rural second secret sectarian sexual social socialist solar
    suspected third total urban weekly widespread
    """.split()
)
"""English adjectives, and what phrases begin with as they do, that name nobody by themselves."""

_ALSO_NAMES = frozenset(
    """
    alphabet apple apples block brown bush chase cook dragon field fields fox gap gates giants heat hunt key lions
    magic masters orange oranges price rice saints shell spirit square stone storm target thunder titans wood woods
    """.split()
)
"""Common words that the news has more often as names when they have a capital."""

_GERMAN_NOUN = re.compile(
    r"\w{3,}(?:(?:[dgklntz]|er)ung|heit|keit|schaft|ität|ismus|tion)(?:en|s)?"
    rf"|\w{{4,}}(?:{'|'.join(LAST['de'])})(?:e[ns]?|n|s)?"
)
"""What only nouns end with, compounds by their last word; in any number and case."""

_YEAR = re.compile(r"\d{4}(?:[-/\N{EN DASH}]\d\d(?:\d\d)?)?(?:年度?)?")
"""Or a season: 2026/27."""


def is_year(word: str) -> bool:
    """Whether it is a year from 1900 to 2099, or a season that begins in one, in the digits of any script."""
    return _YEAR.fullmatch(word) is not None and fold(word).startswith(("19", "20"))


def is_never_a_name(word: str) -> bool:
    """Whether a word is none by itself, whatever its capital: Political crisis in Peru."""
    return fold(word) in _NEVER_NAMES


def is_noun(word: str, languages: frozenset[str]) -> bool:
    """Whether its capital tells nothing, since it is a noun of German: Krankenhausreform, Pflegeversicherung."""
    return "de" in languages and _GERMAN_NOUN.fullmatch(word.lower()) is not None


def is_also_a_name(word: str) -> bool:
    """Whether a common word with a capital is likely to be one: Target, Hunt."""
    return fold(word) in _ALSO_NAMES


def is_frame(word: str, languages: frozenset[str]) -> bool:
    """Whether a word of a phrase frames its subject, in English or one of the languages given."""
    return any(_stem(word, language) in _frames(language) for language in ("en", *languages))


@cache
def _frames(language: str) -> frozenset[str]:
    return frozenset(_stem(word, language) for word in WORDS.get(language, "").split())


def _stem(word: str, language: str) -> str:
    return fold(word) if language == "en" else keys(word, stem_language(language))[1]
