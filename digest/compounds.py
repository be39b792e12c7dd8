"""Words made of words, as Germanic languages, Finnish and Korean write them: Klimaabkommen, fredssamtal, 평화협상.

A topic's word is found in a compound where the compound ends in one of the words listed here, which are those that
news makes most compounds with; what stands before it is a word of its own then (Bundestagswahl: Bundestag, Wahl).
There is no dictionary that says so of any two words, and what just ends alike is mostly something else (Verhandlung
and Handlung, festival and val): words that are part of many others, and words that compounds give another sense
(Preis: Nobelpreis), are not listed.
"""

# ruff: noqa: SIM905 - lists of words are what this module is made of

from __future__ import annotations

from collections.abc import Callable, Mapping

_DANISH = """
    aftale forhandling samtale topmøde konference krig konflikt krise angreb strejke protest demonstration reform
    minister præsident regering koalition parlament skandale sanktion inflation ulykke brand eksplosion jordskælv
    oversvømmelse storm epidemi pandemi vaccine virus missil våben soldat flygtning test våbenhvile
"""
_NORWEGIAN = """
    avtale forhandling samtale toppmøte konferanse krig konflikt krise angrep streik protest demonstrasjon reform
    minister president regjering koalisjon parlament skandale sanksjon inflasjon ulykke brann eksplosjon jordskjelv
    flom storm epidemi pandemi vaksine virus missil våpen soldat flyktning test våpenhvile
"""
LAST = {
    "da": _DANISH.split(),
    "de": """
        abkommen vertrag vereinbarung verhandlung gespräch gipfel treffen konferenz wahl krieg konflikt krise streit
        angriff anschlag attentat offensive streik protest demonstration unruhen gesetz reform minister ministerin
        präsident präsidentin regierung koalition partei parlament gericht urteil prozess skandal affäre sanktion zoll
        steuer inflation unglück absturz unfall brand explosion beben hochwasser sturm katastrophe epidemie pandemie
        impfung impfstoff virus rakete waffe truppe soldat waffenruhe flüchtling test
    """.split(),
    "fi": """
        sopimus sopimukset neuvottelu neuvottelut kokous kokoukset vaali vaalit konflikti kriisi isku lakko
        mielenosoitus mielenosoitukset uudistus uudistukset ministeri presidentti hallitus hallitukset puolue
        parlamentti skandaali pakote pakotteet inflaatio onnettomuus räjähdys räjähdykset järistys järistykset tulva
        myrsky epidemia pandemia rokote rokotteet virus ohjus ohjukset armeija pakolainen pakolaiset
    """.split(),
    "ko": """
        회담 협상 협정 합의 선거 전쟁 위기 공격 시위 파업 개혁 장관 대통령 정부 국회 제재 관세 지진 폭발 미사일
        휴전 난민
    """.split(),
    "nb": _NORWEGIAN.split(),
    "nl": """
        akkoord verdrag overeenkomst onderhandeling overleg gesprek conferentie verkiezing oorlog conflict crisis
        aanval aanslag staking protest demonstratie hervorming minister president regering coalitie parlement
        rechtbank schandaal sanctie belasting inflatie ongeluk brand explosie beving overstroming storm epidemie
        pandemie vaccin virus raket wapen leger vluchteling test
    """.split(),
    "nn": _NORWEGIAN.split(),
    "no": _NORWEGIAN.split(),
    "sv": """
        avtal förhandling samtal toppmöte konferens krig konflikt kris attack angrepp attentat strejk protest
        demonstration reform minister president regering koalition parlament domstol rättegång skandal sanktion tull
        skatt inflation olycka krasch brand explosion skalv översvämning storm epidemi pandemi vaccin virus missil
        vapen soldat flykting test vapenvila
    """.split(),
}
"""By language the words with which compounds end."""

_NO_WORDS = frozenset(
    """
    auf aus bei durch ein ent für gegen hin her miss mit nach neben über unter ver vor wider wieder zer zu
    welt wereld världs verdens minister hart
    aan achter af bij door her in mee mis na om ont onder op over tegen terug toe uit van ver voor weg
    anti inter super tele trans an av bak för fram från ned ner om på till upp ut åter over under opp til fra ved ned
    """.split()
)
"""What stands before a word and makes something else of it: Auswahl, Weltkrieg, Ministerpräsident, hartaanval."""

_JOINED = "klima"
"""A word that any of them may follow: stems are cut otherwise in longer words."""
_SHORTEST = {"ko": 2}
"""Letters of what stands before, to be found by itself; four in the other languages."""


def endings(language: str, stem: Callable[[str], str]) -> dict[str, str]:
    """How the stems of compounds end → the stem by which the word that they end with is found."""
    joined = {stem(_JOINED + word).removeprefix(_JOINED): stem(word) for word in LAST[language]}
    found = {stem(word): stem(word) for word in LAST[language]} | joined
    return {ending: word for ending, word in found.items() if len(ending) > 2 or language == "ko"}


def members(stem: str, language: str, ends: Mapping[str, str]) -> tuple[str, ...]:
    """Of the stem of a compound that of the word that it ends with, and what stands before: as it is, and without a
    letter that joins the two. Nothing of other words.
    """
    if stem in ends:
        return ()
    shortest = _SHORTEST.get(language, 4)
    for at in range(min(shortest, 3), len(stem) - 1):
        if stem[at:] in ends:
            first = stem[:at]
            if first in _NO_WORDS:
                return ()
            firsts = {first, first.removesuffix("s")}
            return (ends[stem[at:]], *sorted(each for each in firsts if len(each) >= shortest))
    return ()
