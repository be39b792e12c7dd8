"""Names, adjectives, people, spellings and capitals of countries, by language.

Names come from Babel in the languages asked for, English adjectives and capitals from countryinfo. What both lack
stands in `digest/gazetteer/countries.lst`: CLDR calls Turkey "Türkiye" only, has no "America", no "Holland", and no
adjectives at all.

`digest.names` finds them. A capital in a phrase is a city; in articles it stands for its country as well, as it does
in the news ("Ankara and Damascus resume talks"). Dependent territories are left out.
"""

# ruff: noqa: SIM905 - names in many scripts, and lists of words, are what this module is made of

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from digest import resources
from digest.folding import fold
from digest.locales import territories

CODES = frozenset(
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


@lru_cache(maxsize=64)
def names(language: str) -> Mapping[str, tuple[str, ...]]:
    """By code: names, adjectives and people of the countries in one language."""
    found: dict[str, dict[str, None]] = {code: {} for code in sorted(CODES)}
    for code, own, _ in _own(language):
        found[code].update(dict.fromkeys(own))
    for code, name in _babel(language):
        found[code][name] = None
    for code, named, _ in _countryinfo() if language == "en" else ():
        found[code].update(dict.fromkeys(named))
    return {code: tuple(of_country) for code, of_country in found.items()}


@lru_cache(maxsize=64)
def capitals(language: str) -> Mapping[str, tuple[str, ...]]:
    """By code: those that stand for their countries."""
    found = {code: own for code, _, own in _own(language) if own}
    for code, _, capital in _countryinfo() if language == "en" else ():
        found.setdefault(code, capital)
    return found


_Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A code, names, capitals."""


def _own(language: str) -> Iterator[_Row]:
    for line in _section(language).splitlines():
        code, *names_of = line.partition("|")[0].split()
        capitals_of = line.partition("|")[2].split()
        yield code, tuple(n.replace("_", " ") for n in names_of), tuple(c.replace("_", " ") for c in capitals_of)


def _section(language: str) -> str:
    """The lines of one language, which are those indented behind it."""
    found = re.search(rf"^{re.escape(language)}\n((?:  .*\n)*)", resources.country_names(), re.MULTILINE)
    return found[1] if found else ""


def _babel(language: str) -> Iterator[tuple[str, str]]:
    """Names as CLDR has them; "Myanmar (Burma)" is two, "Congo - Kinshasa" is left to our own data, as is the gold by
    which Chinese tells the one Congo from the other.
    """
    for locale in _LOCALES.get(language, (language,)):
        called = territories(locale)
        for code in sorted(CODES - {"HK"}):
            name = called.get(code, "")
            parts = (part.strip(" )\uff09") for part in name.replace("\uff08", "(").split("("))
            yield from ((code, part) for part in parts if len(part) > 1 and " - " not in part)


@lru_cache(maxsize=1)
def _countryinfo() -> tuple[_Row, ...]:
    """Names and demonyms and the capital of each country, in English."""
    from countryinfo import all_countries
    from countryinfo._cache import load_countries

    rows = []
    for country in all_countries():
        code = country.info().get("ISO", {}).get("alpha2", "")
        unwanted = _UNWANTED | _UNWANTED_OF.get(code, set())
        if code in CODES and "," not in country.name() and fold(country.name()) not in unwanted:
            names = [country.name().removeprefix("The "), *(country.demonym() or "").split(",")]
            capital = country.capital()
            kept = [
                tuple(word for word in words if word and fold(word) not in unwanted)
                for words in (names, [capital] if isinstance(capital, str) else [])
            ]
            rows.append((code, kept[0], kept[1]))
    load_countries.cache_clear()  # 4 MB of provinces, borders and translations, kept for nobody
    return tuple(rows)
