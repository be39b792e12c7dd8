"""Under which words a country goes in the news: names, adjectives, people, spellings, capitals.

Names come from Babel in the languages asked for, English adjectives and capitals from countryinfo; what both lack
stands in `digest.country_names` (CLDR calls Turkey "Türkiye" only, has no "America", no "Holland", and no adjectives
at all): adjectives and capitals of the countries most in the news, in seventeen languages.

- A topic's phrase is searched for names, adjectives and abbreviations (`recognise`), the longest first, so that
  "North Korea" is one country and not a Korea of any kind. A capital in a phrase is a city.
- In articles a capital stands for its country as well, as it does in the news ("Ankara and Damascus resume talks").
- Letter case counts, as a name is written here: "polish", "china" and "turkey" are no countries, and abbreviations
  must stand in capitals: "us" is none either. French "turc" is.
- Dependent territories are left out: their words are plain words.
"""

# ruff: noqa: RUF001, SIM905 - names in many scripts, and lists of words, are what this module is made of

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from digest.country_names import OWN
from digest.text import Case, Form, Pattern, fits, fold, keys, stem_language, term_keys, words_of

_CODES = frozenset(
    """
    AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM
    CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET EU FI FJ FM FR GA GB GD GE GH GL GM GN GQ GR GT
    GW GY HK HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT
    LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK
    PL PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO
    TR TT TV TW TZ UA UG UN US UY UZ VA VC VE VN VU WS XK YE ZA ZM ZW
    """.split()
)
"""ISO 3166 codes of states and of what the news treats like one; EU and UN, which are spelled in as many ways."""

_LOCALES = {"zh": ("zh", "zh_Hant"), "sr": ("sr", "sr_Latn"), "pt": ("pt", "pt_PT")}
"""Languages that are written, or name countries, in two ways."""

_SHORT = 5
"""A foreign name of fewer letters is looked for in articles of its own language only: Turkish "Çin" is no English
word, but its folded form might be."""

# What countryinfo gives that is too many other things: a name, a common word, a word for another country.
_UNWANTED = frozenset(
    {
        "male",
        "victoria",
        "kingston",
        "georgetown",
        "san jose",
        "jerusalem",
        "vaticanian",
        "motswana",
        "wales",
        "welsh",
    }
)
_UNWANTED_OF = {"DM": {"dominican"}, "CG": {"congolese"}, "GA": {"libreville"}, "HK": {"chinese"}}

_UNLESS_AFTER: dict[str, frozenset[str]] = {
    name: frozenset(before.split())
    for names, before in (
        ("america american", "latin south north central african"),
        ("sudan sudanese", "south"),
        ("guinea guinean", "new equatorial"),
        ("mexico mexican", "new"),
        ("ireland irish", "northern"),
        ("samoa samoan", "american"),
        ("indian", "american west"),
        ("turk", "young"),
    )
    for name in names.split()
}


LONGEST = 16
"""Words in the longest name that is recognised, where every character is one; five elsewhere."""

_ABBREVIATIONS = frozenset({"us", "usa", "uk", "un", "eu", "uae", "drc", "dprk", "rok", "rsa", "nz"})


def is_abbreviation(name: str) -> bool:
    """Whether a country goes by this only in capitals: its small form is another word, in some language."""
    return fold(name) in _ABBREVIATIONS


def unless_after(word: str) -> frozenset[str]:
    """The folded words behind which a name is not the country: "South" before "Sudan"."""
    return _UNLESS_AFTER.get(fold(word), frozenset())


def recognise(words: Sequence[str], languages: frozenset[str], *, any_case: bool = False) -> tuple[str, int] | None:
    """The country that the words begin with, as its code and how many of the words name it; the longest name counts.

    With `any_case` the writer used no capitals at all, and "us" is the United States.
    """
    names = _recognised(languages)
    for size in range(min(LONGEST, len(words)), 0, -1):
        for language in _asked(languages):
            found = [keys(word, stem_language(language))[1:] for word in words[:size]]
            for first in found[0]:  # "and Turkey" is one word in Arabic
                for code, case in names.get((first, *(stems[0] for stems in found[1:])), ()):
                    if any_case or fits(words[0], case):
                        return code, size
    return None


@lru_cache(maxsize=4_096)
def patterns(code: str, languages: frozenset[str]) -> tuple[Pattern, ...]:
    """Every way in which the country may stand in an article, in English and the languages given."""
    found: dict[Pattern, None] = {}
    for language in _asked(languages):
        for name in (*_names(language).get(code, ()), *_capitals(language).get(code, ())):
            found[_pattern(name, language)] = None
    return _merged(found)


def _asked(languages: frozenset[str]) -> list[str]:
    return ["en", *sorted(languages - {"en"})]


def _merged(found: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Patterns of one word that differ in their keys only become one: the fewer there are, the faster is matching."""
    single: dict[tuple[Case, frozenset[str]], dict[str, None]] = {}
    for pattern in found:
        if len(pattern) == 1:
            single.setdefault((pattern[0].case, pattern[0].unless_after), {}).update(dict.fromkeys(pattern[0].keys))
    merged = [(Form(tuple(of_case), case, unless_after=unless),) for (case, unless), of_case in single.items()]
    return (*merged, *(pattern for pattern in found if len(pattern) > 1))


def _pattern(name: str, language: str) -> Pattern:
    return tuple(_form(word, language) for word in words_of(name, language))


def _form(word: str, language: str) -> Form:
    found = term_keys(word, [stem_language(language)])
    everywhere = language == "en" or (len(fold(word)) > _SHORT and not word[0].islower())
    return Form(found if everywhere else _of_language(found), _case(word), unless_after=unless_after(word))


def _of_language(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in found if not key.startswith("="))


def _case(word: str) -> Case:
    if len(word) > 1 and word.isupper():
        return "upper"
    return "capital" if word[0].isupper() else "any"


@lru_cache(maxsize=64)
def _recognised(languages: frozenset[str]) -> Mapping[tuple[str, ...], tuple[tuple[str, Case], ...]]:
    """By the stems of a name: the countries called so, and the letter case of its first word."""
    found: dict[tuple[str, ...], tuple[tuple[str, Case], ...]] = {}
    for language in _asked(languages):
        for code, names in _names(language).items():
            for words in filter(None, (words_of(name, language) for name in names)):
                stems = tuple(keys(word, stem_language(language))[1] for word in words)
                found[stems] = (*found.get(stems, ()), (code, _case(words[0])))
    return found


@lru_cache(maxsize=64)
def _names(language: str) -> Mapping[str, tuple[str, ...]]:
    """By code: names, adjectives and people of the countries in one language."""
    names: dict[str, dict[str, None]] = {code: {} for code in sorted(_CODES)}
    for code, own, _ in _own(language):
        plurals = [_turkish_plural(name) for name in own] if language == "tr" else []
        names[code].update(dict.fromkeys((*own, *plurals)))
    for code, name in _babel(language):
        names[code][name] = None
    for code, named, _ in _countryinfo() if language == "en" else ():
        names[code].update(dict.fromkeys(named))
    return {code: tuple(of_country) for code, of_country in names.items()}


def _turkish_plural(name: str) -> str:
    """Listed beside the singular since Snowball does not take it off evenly.

    Its stem of "Suriyeliler" is "suriyeli", that of "Suriyeli" is "suriyel".
    """
    last_vowel = next((letter for letter in reversed(name) if letter in "aıoueiöüAIOUEİÖÜ"), "a")
    return name + ("ler" if last_vowel in "eiöüEİÖÜ" else "lar")


@lru_cache(maxsize=64)
def _capitals(language: str) -> Mapping[str, tuple[str, ...]]:
    capitals = {code: own for code, _, own in _own(language) if own}
    for code, _, capital in _countryinfo() if language == "en" else ():
        capitals.setdefault(code, capital)
    return capitals


_Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A code, names, capitals."""


def _own(language: str) -> Iterator[_Row]:
    for line in OWN.get(language, "").strip().splitlines():
        code, *names = line.partition("|")[0].split()
        capitals = line.partition("|")[2].split()
        yield code, tuple(n.replace("_", " ") for n in names), tuple(c.replace("_", " ") for c in capitals)


def _babel(language: str) -> Iterator[tuple[str, str]]:
    """Names as CLDR has them; "Myanmar (Burma)" is two, "Congo - Kinshasa" is left to our own data."""
    for locale in _LOCALES.get(language, (language,)):
        territories = _territories(locale)
        for code in sorted(_CODES - {"HK"}):
            name = territories.get(code, "")
            parts = (part.strip(" )\uff09") for part in name.replace("\uff08", "(").split("("))
            yield from ((code, part) for part in parts if part and " - " not in part)


def _territories(locale: str) -> Mapping[str, str]:
    from babel import Locale, UnknownLocaleError, localedata

    kept = localedata._cache  # noqa: SLF001 - there is no other way to have it forgotten
    loaded = set(kept)
    try:
        return dict(Locale.parse(locale).territories)
    except (UnknownLocaleError, ValueError):
        return {}
    finally:
        for name in set(kept) - loaded:  # a megabyte a language, of dates and currencies, kept for nobody
            kept.pop(name, None)


@lru_cache(maxsize=1)
def _countryinfo() -> tuple[_Row, ...]:
    """Names and demonyms and the capital of each country, in English."""
    from countryinfo import all_countries
    from countryinfo._cache import load_countries

    rows = []
    for country in all_countries():
        code = country.info().get("ISO", {}).get("alpha2", "")
        unwanted = _UNWANTED | _UNWANTED_OF.get(code, set())
        if code in _CODES and "," not in country.name() and fold(country.name()) not in unwanted:
            names = [country.name().removeprefix("The "), *(country.demonym() or "").split(",")]
            capital = country.capital()
            kept = [
                tuple(word for word in words if word and fold(word) not in unwanted)
                for words in (names, [capital] if isinstance(capital, str) else [])
            ]
            rows.append((code, kept[0], kept[1]))
    load_countries.cache_clear()  # 4 MB of provinces, borders and translations, kept for nobody
    return tuple(rows)
