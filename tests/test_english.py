"""What is one word in English and what is not, beyond what endings tell."""

from __future__ import annotations

import pytest

from digest import english
from digest.stems import readings

ENDINGS = (
    "",
    "e",
    "y",
    "s",
    "es",
    "ed",
    "t",
    "ce",
    "le",
    "ly",
    "ies",
    "ity",
    "ion",
    "ive",
    "ility",
    "ization",
    "ation",
)


def stem(word: str) -> str:
    return readings(word, "en")[0]


@pytest.mark.parametrize(
    "pairs",
    [
        "won/win women/woman children/child bought/buying sold/sells stolen/steal fled/fleeing withdrew/withdrawal",
        "met/meet sued/sues suing/sue overthrown/overthrow rose/rising crises/crisis thieves/thief froze/freezing",
    ],
)
def test_a_form_that_no_ending_makes_is_one_of_its_word(pairs: str) -> None:
    for form, word in (pair.split("/") for pair in pairs.split()):
        assert stem(form) == stem(word), form


@pytest.mark.parametrize(
    "pairs",
    [
        "defence/defense programme/program programmes/programs labour/labor centre/center harbours/harbors",
        "organisation/organization organised/organizing nationalise/nationalization privatisation/privatized",
        "criticised/criticism legalising/legalization mobilised/mobilization recognises/recognition",
        "paedophiles/pedophile tumour/tumors kilometres/kilometers theatre/theaters aluminium/aluminum",
        "analysed/analyzing Zelensky/Zelenskyy jewellery/jewelry Gaddafi/Qaddafi Muhammad/Mohammed Moslems/Muslim",
    ],
)
def test_a_word_is_the_same_however_it_is_spelled(pairs: str) -> None:
    for one, other in (pair.split("/") for pair in pairs.split()):
        assert stem(one) == stem(other), one


@pytest.mark.parametrize(
    "pairs",
    [
        "housing/house contraction/contract recession/recess minerals/miners apartment/apart boxing/boxes",
        "goods/good fired/fire powerful/power positive/position national/nation offensive/offences officer/offices",
        "conventional/convention refugees/refuge shared/shares arms/arm quite/quit stormed/storm production/product",
        "trading/trade Federer/federal Cooper/cooperation Harris/Harry France/franc Sunni/sunny parking/parks",
        "heroin/heroine design/designated process/processed marines/marine futures/future customs/customers",
        "final/finally advertise/advert promised/premise collisions/collided prised/prize",
    ],
)
def test_words_that_only_begin_alike_are_apart(pairs: str) -> None:
    for one, other in (pair.split("/") for pair in pairs.split()):
        assert stem(one) != stem(other), one


def test_what_is_apart_has_its_own_inflections() -> None:
    for one, other in (("authority", "authorities"), ("container", "containers"), ("apartment", "apartments")):
        assert stem(one) == stem(other)


def test_what_is_listed_as_apart_would_not_be_without_it() -> None:
    import Stemmer

    snowball = Stemmer.Stemmer("english").stemWord
    for together, apart in english.APART.items():
        for begins in apart:
            assert together in (snowball(begins + ending) for ending in ENDINGS), f"{begins} is no word of {together}"
