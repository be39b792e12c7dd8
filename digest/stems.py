"""What the inflections of a word have in common, by language.

Most languages have a Snowball stemmer. Words are put in lower case before, as Snowball wants it, by the rules of the
language (Turkish I is ı). Where Snowball has none, or a weak one, the rules are ours:

- **Arabic.** Snowball takes the first letter off many words that only look as if they began with a particle (وزير,
  فرنسا) and leaves it on others (لسوريا). Here the article goes, with what may stand before it (ال, وال, بال, لل);
  then plurals, possessives and the feminine ending (after Larkey's light10), and of broken plurals those that are
  listed (`digest.plurals`) give way to the singular; the ending of belonging is kept and is
  one for سوريا, سورية, سوري, سوريين: تركي must not become ترك, "he left". A lone و ف ب ك ل at the beginning may be a
  particle or a letter of the word: such a word has both **readings**.
- **Hebrew.** The letters ו ה ב ל מ ש כ are written in front of words in the same way.
- **Korean.** Particles (한국과, 회담에서), plural, people and the endings of verbs made of nouns (논의했다) go, as
  long as two syllables stay; in whatever number, so that a word that ends as if in a particle keeps no trace of it
  with one or without.
- **English.** What only looks like an inflection, what has no ending and what is spelled in two ways is listed
  (`digest.english`).
- **Turkish.** Snowball takes suffixes off unevenly: müzakere → müzaker, müzakereler → müzakere. A topic's word is
  looked for under the stems of its commonest forms (`variants`). Some roots that it mutilates are listed.
- **Finnish.** Snowball knows nothing of consonants that change within a word (kauppa: kaupan, Helsinki: Helsingin),
  and has several stems for a noun in -us, -nen or -i: a topic's word is looked for under the stems of its cases.
- **Russian, Polish and some more.** Snowball takes the end of many a noun for an ending (Иран → ира, Лавров → лавр,
  Japonia → japon) and leaves it where an ending follows (Ираном → иран, Лаврова → лавров, Japonii → japoni), and has
  two stems for eleição and eleições: a topic's word is looked for under the stems of its cases and numbers, and a
  Russian one that stands in a case itself under that of its origin.
"""

# ruff: noqa: RUF001, RUF002, SIM905 - letters of many scripts and lists of words are what this module is made of

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from digest import compounds, english, plurals

_SNOWBALL = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
LANGUAGES = frozenset({*_SNOWBALL, "ar", "he", "ko", "uk"})

_UNSPOKEN = str.maketrans("", "", "\u00ad\u200c\u200d\u0640")


def readings(word: str, language: str) -> tuple[str, ...]:
    """The stem of a word, and behind it those of other readings: what may be a particle in front is taken off, and
    what a compound is made of.
    """
    word = word.replace(".", "")
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word).translate(_UNSPOKEN)
    own = _OWN.get(language)
    found = own(word) if own else (_stemmer(language).stemWord(word.lower()),)
    made_of = _members(found[0], language) if language in compounds.LAST else ()
    return tuple(dict.fromkeys([*found, *made_of])) if made_of else found


def variants(word: str, language: str) -> tuple[str, ...]:
    """The stems under which a word's inflections may stand in articles: its own first, and where they differ, those
    of other forms.
    """
    own = readings(word, language)
    if language == "tr" and word.isalpha():
        return tuple(dict.fromkeys([*own, *(_turkish(form)[0] for form in _turkish_forms(word))]))
    if language in _FORMS:
        forms = (readings(form, language)[0] for form in _forms(word.lower(), language))
        return tuple(dict.fromkeys([own[0], *forms, *_origin(own[0], language)]))
    # Of a long word that begins with و ("and") what is left is hardly another word.
    return own[:2] if language == "ar" and word.startswith("و") and len(word) > 5 else own[:1]


# --- Snowball -------------------------------------------------------------------------------------------------------


class _Stemmers(threading.local):
    """A Snowball stemmer is not safe to share between threads."""

    def __init__(self) -> None:
        self.by_language: dict[str, Any] = {}


_stemmers = _Stemmers()


def _stemmer(language: str) -> Any:
    if language not in _stemmers.by_language:
        import Stemmer

        # Its own cache is switched off: whoever asks keeps what comes of it.
        _stemmers.by_language[language] = Stemmer.Stemmer(_SNOWBALL[language], 0)
    return _stemmers.by_language[language]


# --- English --------------------------------------------------------------------------------------------------------


def _english(word: str) -> tuple[str, ...]:
    return (english.stem(word.lower(), _stemmer("en").stemWord),)


# --- compounds ------------------------------------------------------------------------------------------------------


@cache
def _endings(language: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Those of compounds; and they alone, to be asked all at once, which nearly every word is put aside by."""
    found = compounds.endings(language, lambda word: _plain(word, language))
    return found, tuple(found)


def _members(stem: str, language: str) -> list[str]:
    ends, any_of_them = _endings(language)
    found = compounds.members(stem, language, ends) if stem.endswith(any_of_them) else ()
    return [*found[:1], *(_plain(first, language) for first in found[1:])]


def _plain(word: str, language: str) -> str:
    """The stem of a word that is looked at as no compound."""
    own = _OWN.get(language)
    return own(word)[0] if own else str(_stemmer(language).stemWord(word))


# --- Turkish --------------------------------------------------------------------------------------------------------

_TURKISH_ROOTS = ("başkan", "bakan", "basın", "kadın", "uzman", "vatan")
"""Snowball takes the last letter for an ending, and makes başka (other) of başkan (president)."""


def _turkish(word: str) -> tuple[str, ...]:
    word = word.replace("I", "ı").replace("İ", "i").lower()
    if word.startswith(_TURKISH_ROOTS):
        return tuple(root for root in _TURKISH_ROOTS if word.startswith(root))
    return (_stemmer("tr").stemWord(word),)


def _turkish_forms(word: str) -> list[str]:
    """Plural, possessive, genitive, dative and locative, by vowel harmony."""
    lower = word.replace("I", "ı").replace("İ", "i").lower()
    last = next((letter for letter in reversed(lower) if letter in "aıoueiöü"), "a")
    low = "a" if last in "aıou" else "e"
    high = {"a": "ı", "ı": "ı", "o": "u", "u": "u", "e": "i", "i": "i", "ö": "ü", "ü": "ü"}[last]
    after_vowel = lower[-1] in "aıoueiöü"
    hard = "t" if lower[-1] in "fstkçşhp" else "d"
    return [
        f"{lower}l{low}r",
        f"{lower}{'s' if after_vowel else ''}{high}",
        f"{lower}{'n' if after_vowel else ''}{high}n",
        f"{lower}{'y' if after_vowel else ''}{low}",
        f"{lower}{hard}{low}",
    ]


# --- Finnish --------------------------------------------------------------------------------------------------------

_FINNISH_ROOTS = ("irak",)
"""Snowball makes of Irakin what it makes of Iran."""


def _finnish(word: str) -> tuple[str, ...]:
    """A last -kin is "also", which Snowball takes off, or belongs to a genitive: pankin."""
    word, stem = word.lower(), _stemmer("fi").stemWord
    if word.startswith(_FINNISH_ROOTS):
        return tuple(root for root in _FINNISH_ROOTS if word.startswith(root))
    return (stem(word), stem(word.removesuffix("n") + "a")) if word.endswith("kin") else (stem(word),)


# --- nouns that Snowball knows in some of their forms only ----------------------------------------------------------

_GRADES = "sk>sk st>st kk>k pp>p tt>t nk>ng nt>nn mp>mm lt>ll rt>rr t>d p>v k> >".split()
"""Of Finnish: consonants before the last vowel of a noun, and what becomes of them in closed syllables."""
_LAST_VOWELS = {
    "a": ("an assa", "aa ia oja"),
    "ä": ("än ässä", "ää iä öjä"),
    "o": ("on", "oja"),
    "ö": ("ön", "öjä"),
    "u": ("un", "uja"),
    "y": ("yn", "yjä"),
    "i": ("issa eissa", "ia eja"),
}
"""What takes the place of this vowel and closes its syllable, and what leaves it open."""


def _graded() -> Iterator[tuple[str, str]]:
    for grade in _GRADES:
        strong, _, weak = grade.partition(">")
        for vowel, (closed, opened) in _LAST_VOWELS.items():
            forms = [*(weak + each for each in closed.split()), *(strong + each for each in opened.split())]
            yield strong + vowel, " ".join(forms)


_FORMS = {
    "fi": (
        ("nen", "sen sta stä sten"),
        *(("us", "uksen usta usten uden utta"), ("os", "oksen osta osten")),
        *(("ys", "yksen ystä ysten yden yttä"), ("ös", "öksen östä östen")),
        *(("ke", "kkeen"), ("de", "teen"), ("aki", "ain aissa akia akeja"), ("hti", "hden hteen htia")),
        *(("uku", "uvun ukuja"), ("lki", "ljen lkia"), ("rki", "rjen rkia"), ("aa", ""), ("ää", "")),
        *_graded(),
        ("n", "nin"),
    ),
    "ru": (
        *((ending, "") for ending in ("ый", "ий", "ой", "ы", "и", "у", "ю")),
        *(("ец", "ца"), ("ок", "ка ока оке"), ("ень", "ня еня"), ("онь", "ня")),
        *(("а", "ы е у ой"), ("я", "и е ю ей"), ("ь", "я ю ем и"), ("й", "я ю ем"), ("о", "а у ом"), ("е", "я ю ем")),
        ("", "а у ом е"),
    ),
    "pl": (("ia", "ii ię"), ("ów", "owa owie"), ("er", "ra rem"), ("ek", "ku"), ("niec", "ńca"), ("iec", "ca")),
    "pt": (("ão", "ões"), ("ões", "ão"), ("ei", "eis"), *((f"{letter}al", f"{letter}ais") for letter in "intru")),
    "fr": (("oi", "ois"), ("ois", "oi"), ("eu", "eux"), ("eux", "eu")),
    "es": (("z", "ces"), ("ces", "z")),
    "nl": (("oorlog", "oorlogen"),),
}
"""By language: with what a noun ends, and with what in other cases and numbers; the first that fits counts."""


def _forms(word: str, language: str) -> list[str]:
    if language == "ru" and not "а" <= word[-1:] <= "ё":
        return []
    for ending, others in _FORMS[language]:
        if word.endswith(ending):
            return [word.removesuffix(ending) + other for other in others.split()]
    return []


def _origin(stem: str, language: str) -> tuple[str, ...]:
    """The stem of a noun that a stem is, if it is one: иран, of Ираном, is a noun whose cases have this stem."""
    if language != "ru" or not any(readings(form, language)[0] == stem for form in _forms(stem, language)):
        return ()
    return readings(stem, language)


# --- Arabic ---------------------------------------------------------------------------------------------------------

_POINTING = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_ARABIC_LETTERS = str.maketrans({"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ٱ": "ا", "أ": "ا", "إ": "ا", "آ": "ا"})
# ألمانيا and ألبانيا, written with a bare alef, have no article.
_ARTICLE = re.compile(r"^(?:[وف]?(?:[بك]?[اٱ]ل(?!مان[يه]|بان[يه])|لل))(?=\w{3})")
_ARABIC_ENDINGS = (("هما", 4), ("هم", 4), ("ها", 3), ("ات", 3), ("ون", 4), ("ين", 4), ("ه", 3))
"""With how many letters must stay. No ان: it would make students of the Taliban."""


_OF_FEMININE = re.compile(r"(?<=\w{3})(?<![اي])ت(?:هما|هم|ها|ه)$")
"""A possessive behind the feminine ending: حكومته, of حكومة. Plurals in ات and words like تصويت keep the letter."""


def _arabic(word: str) -> tuple[str, ...]:
    word = _POINTING.sub("", unicodedata.normalize("NFC", word))
    bare = _ARTICLE.sub("", word)
    found = [_arabic_ending(bare)]
    if bare == word or "لل" in word[:3]:
        found += (_arabic_ending(rest) for rest in _arabic_rests(word))
    return tuple(dict.fromkeys(found))


def _arabic_rests(word: str) -> list[str]:
    """What stays when the letters in front that may be particles are taken off: one, or "and" and another."""
    rests = []
    for particles in ("وف", "بكل"):
        fewest = 3 if word[:1] in set("وبل") else 4
        if word[:1] in set(particles) and len(word) > fewest:
            word = word[1:]
            rests.append(word)
    return rests


def _arabic_ending(word: str) -> str:
    singulars, word = _singulars(), _OF_FEMININE.sub("ة", word).translate(_ARABIC_LETTERS)
    word = singulars.get(word, word)
    while True:
        for ending, fewest in _ARABIC_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= fewest:
                word = word[: -len(ending)]
                if ending != "ه":  # محاكمة is a trial, and محاكم are courts
                    word = singulars.get(word, word)
                break
        else:
            return _belonging(word)


@cache
def _singulars() -> dict[str, str]:
    """Of broken plurals, also before "their" and the like, where a hamza at the end is written on another letter."""
    found = {
        plural.translate(_ARABIC_LETTERS): one.translate(_ARABIC_LETTERS) for plural, one in plurals.ARABIC.items()
    }
    bare = {plural.removesuffix("ء"): one for plural, one in found.items() if plural.endswith("اء")}
    return found | {plural + end: one for plural, one in bare.items() for end in ("ئ", "ؤ", "ئه", "ؤه")}


def _belonging(word: str) -> str:
    """سوريا, the country, as سوري, what belongs to it."""
    return word[:-1] if word.endswith("يا") and len(word) > 4 else word


# --- Hebrew ---------------------------------------------------------------------------------------------------------


def _hebrew(word: str) -> tuple[str, ...]:
    rests = [word]
    while len(rests) < 4 and len(rests[-1]) > 3 and rests[-1][0] in "והבלמשכ":
        rests.append(rests[-1][1:])
    return tuple(dict.fromkeys(_hebrew_ending(rest) for rest in rests))


def _hebrew_ending(word: str) -> str:
    for ending in ("ים", "ות", "ית", "ה", "י"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


# --- Korean ---------------------------------------------------------------------------------------------------------

_KOREAN_ENDINGS = sorted(
    """
    은 는 이 가 을 를 의 에 와 과 도 만 로 께 으로 에서 에게 에게서 한테 께서 까지 부터 처럼 보다 마저 조차 라도
    이라도 으로서 로서 으로써 로써 하고 들 측 인 군 이다 였다 이었다 이며 이라는 라는 이라고 라고 이란 대로 뿐
    마다 밖에 하다 한다 했다 하는 하기 하기로 하며 하고 하지 하자 할 한 해 해야 했으며 했고 했던 하면 하면서 하려는
    하려고 합니다 했습니다 되다 된다 됐다 되는 되며 되고 될 된 돼 됐고 됐던 되면 되면서 됩니다 됐습니다 되었다
    """.split(),
    key=len,
    reverse=True,
)
_KOREAN_ENDING = re.compile(rf"(?<=[가-힣]{{2}})(?:{'|'.join(_KOREAN_ENDINGS)})$")


def _korean(word: str) -> tuple[str, ...]:
    while (shorter := _KOREAN_ENDING.sub("", word)) != word:
        word = shorter
    return (word.lower(),)


# --- Ukrainian ------------------------------------------------------------------------------------------------------

_UKRAINIAN_ENDINGS = re.compile(
    "(?<=...)(?:ього|ьому|ими|іми|ого|ому|ові|еві|єві|ами|ями|ою|ею|єю|ої|их|іх|им|ім|ів|їв|ам|ям|ах|ях|ом|ем|єм"
    "|ий|(?<!ц)ій|їй|ей|[аяоеєиіїуюй])?ь?$"
)
_UKRAINIAN_ROOTS = ("геро", "збро")
"""Their last letter is taken for the beginning of an ending (зброя, зброю)."""


def _ukrainian(word: str) -> tuple[str, ...]:
    word = word.lower()
    roots = [root for root in _UKRAINIAN_ROOTS if word.startswith(root)]
    return tuple(roots) or (_UKRAINIAN_ENDINGS.sub("", word, count=1),)


_OWN: dict[str, Callable[[str], tuple[str, ...]]] = {
    "ar": _arabic,
    "en": _english,
    "fi": _finnish,
    "he": _hebrew,
    "ko": _korean,
    "tr": _turkish,
    "uk": _ukrainian,
}
