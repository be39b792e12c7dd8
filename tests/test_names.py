"""Names of regions, peoples, cities and organisations: the data hold together, and a phrase finds all of them."""

# ruff: noqa: RUF001 - names in many scripts

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from itertools import chain

import pytest
from records import article

from digest import concepts, countries, framing, names, resources
from digest.clauses import Phrase, Term
from digest.folding import fold, is_stop_word
from digest.matching import TopicIndex, analysed
from digest.places import spans, where_any
from digest.settings import Topic
from digest.text import Form, keys, stem_language, words_of
from digest.topics import compile_topic

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "tr", "ru", "ar", "zh", "ja")
ALL = frozenset(LANGUAGES)


def listed(entry: str) -> list[tuple[str, str]]:
    return [
        (language, name) for language in LANGUAGES for part in names.listed(entry, language) for name in part if name
    ]


def recognised(text: str, languages: str = "", *, any_case: bool = False) -> tuple[str, int] | None:
    return names.recognise(words_of(text), frozenset(languages.split()), any_case=any_case)


def found(phrase: str, title: str, language: str = "en") -> set[str]:
    """The words of the phrase, as typed, of which a name stands in the title."""
    tree = compile_topic(Topic(id="t", name="T", watch=(phrase,)), frozenset({language})).tree
    assert isinstance(tree, Phrase)
    seen = analysed(article(1, title, language=language)).title
    return {part.text for part in tree.parts if isinstance(part.clause, Term) and spans(part.clause, seen)}


def kinds(phrase: str, languages: str = "") -> list[tuple[str, str]]:
    tree = compile_topic(Topic(id="t", name="T", watch=(phrase,)), frozenset(languages.split())).tree
    assert isinstance(tree, Phrase)
    return [(part.text, part.kind) for part in tree.parts]


# --- the data -------------------------------------------------------------------------------------------------------


def test_there_are_hundreds_of_entries() -> None:
    assert len(names.entries()) > 700


def test_every_line_of_the_files_is_a_comment_a_key_or_names() -> None:
    keys = []
    for line in filter(str.strip, resources.gazetteer().splitlines()):
        assert line == line.rstrip()
        if line[0].isspace():
            language, space, texts = line.strip().partition(" ")
            if language == "of":
                continue
            assert language in LANGUAGES, line
            assert space, line
            assert texts.count("|") <= 1, line
            assert all(name.strip() for name in texts.removeprefix("|").replace("|", ",").split(",")), line
        elif not line.startswith("#"):
            keys.append(line)
            assert re.fullmatch(r"[a-z][a-z0-9-]+", line) or names.is_person(line), line
    assert sorted(set(keys)) == sorted(keys) == sorted(names.entries())


def test_an_entry_is_named_in_english_and_each_name_means_something() -> None:
    for entry in names.entries():
        assert names.listed(entry, "en")[0], entry
        assert not names.is_country(entry), entry
        once = listed(entry)
        assert len(set(once)) == len(once), entry
        for language, name in once:
            words = words_of(name, language)
            assert words, name
            assert name.isupper() or not all(map(is_stop_word, words)), name
            assert len(words) <= names.LONGEST, name


def test_parts_of_the_world_are_made_of_countries() -> None:
    parts = {entry: names.members(entry) for entry in names.entries() if names.members(entry)}
    assert len(parts) > 20
    for entry, of in parts.items():
        assert of, entry
        assert list(of) == sorted(set(of)), entry
        assert all(map(names.is_country, of)), entry
    within = {
        "balkans": "europe",
        "sahel": "sub-saharan-africa",
        "sub-saharan-africa": "africa",
        "south-asia": "asia",
    }
    for inner, outer in within.items():
        assert set(parts[inner]) <= set(parts[outer]), inner
    assert not names.members("scotland")


def test_what_lies_in_a_country_is_listed_once_and_is_no_country() -> None:
    lines = [line for line in resources.within_countries().splitlines() if line and not line.startswith("#")]
    codes = [line[:2] for line in lines]
    assert codes == sorted(set(codes))
    for code, listed_names in ((line[:2], line[3:].split(", ")) for line in lines):
        assert names.is_country(code)
        assert len(set(listed_names)) == len(listed_names), code
        for name in listed_names:
            entry = names.entry_of(name, frozenset({"en"}))
            assert entry is None or not names.is_country(entry), name
            assert name.isupper() or not is_stop_word(name), name
            assert names.patterns_within(code, frozenset({"en"}))


def test_what_lies_in_a_country_brings_its_names_in_other_languages_along() -> None:
    found = {key for pattern in names.patterns_within("UA", frozenset({"de"})) for key in pattern[0].keys}
    assert {"=crimea", "krim@de"} <= found
    europe = {key for pattern in names.patterns_within("europe", frozenset({"de"})) for key in pattern[0].keys}
    assert found <= europe
    assert not names.patterns_within("nato", frozenset({"de"}))


def test_who_leads_a_country_is_found_leads_no_other_and_is_nothing_else() -> None:
    lines = [line for line in resources.leaders().splitlines() if line and not line.startswith("#")]
    codes = [line[:2] for line in lines]
    assert codes == sorted(set(codes))
    leads: dict[str, str] = {}
    for code, leaders in ((line[:2], line[3:].split(", ")) for line in lines):
        assert names.is_country(code)
        found = names.patterns_within(code, frozenset({"en"}))
        for name in leaders:
            words = words_of(name)
            assert leads.setdefault(" ".join(map(fold, words)), code) == code, name
            entry = names.entry_of(name, frozenset({"en"}))
            assert entry is None or names.is_person(entry), name
            assert any(all(map(may_be, pattern, words)) for pattern in found if len(pattern) == len(words)), name
    stands = {fold(name) for line in resources.within_countries().splitlines() for name in line[3:].split(", ")}
    assert not stands & leads.keys()


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_patterns_that_became_one_find_what_each_would(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = frozenset({language})
    asked_for = [(entry, each) for entry in names.entries() for each in {"en", language}]
    known = {name for entry, each in asked_for for name in chain(*names.listed(entry, each))}
    for line in f"{resources.within_countries()}\n{resources.leaders()}".splitlines():
        known.update(line[3:].split(", "))
    text = analysed(article(1, ". ".join(sorted(filter(None, known))), language=language)).title
    entries = (*countries.CODES, *names.entries())
    merged = [(names.patterns(entry, asked), names.patterns_within(entry, asked)) for entry in entries]
    monkeypatch.setattr(names, "_merged", tuple)
    for entry, (own, within) in zip(entries, merged, strict=True):
        assert where_any(own, text) == where_any(names.patterns.__wrapped__(entry, asked), text), entry
        assert where_any(within, text) == where_any(names.patterns_within.__wrapped__(entry, asked), text), entry


@pytest.mark.parametrize("language", ["en", "de", "tr", "ru", "ar", "nl", "zh", "ja"])
def test_whatever_the_letters_it_begins_with_a_name_is_found(language: str) -> None:
    """Looked up is only what begins as the word does, or its stem."""
    listed_ = [(entry, name) for entry in names.entries() for name in names.listed(entry, language)[0]]
    called = [(code, name) for code, found in countries.names(language).items() for name in found]
    for _, name in (*listed_, *called):
        if 0 < len(words := words_of(name, language)) <= names.LONGEST:
            assert names.recognise(words, frozenset({language})), name


# --- what an operator types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, entry",
    [
        ("russischer", "RU"),
        ("Türken", "TR"),
        ("Berliner", "berlin"),
        ("tedesche", "DE"),
        ("alemana", "DE"),
        ("alemães", "DE"),
        ("chinoises", "CN"),
        ("turques", "TR"),
        ("rosyjskich", "RU"),
        ("Warszawie", "warsaw"),
        ("российского", "RU"),
        ("словенцы", "SI"),
        ("Россией", "RU"),
        ("Suriyeliler", "SY"),
        ("Rusyayla", "RU"),
        ("Fransen", "FR"),
        ("Ukraine's", "UA"),
        ("Island", "IS"),
    ],
)
def test_a_name_is_known_in_its_forms(word: str, entry: str) -> None:
    assert names.recognise([word], ALL) == (entry, 1)


@pytest.mark.parametrize(
    "word",
    [
        "silver",
        "Server",
        "Letter",
        "Charges",
        "Slow",
        "Fine",
        "Gale",
        "Basket",
        "Grenade",
        "Islands",
        "franc",
        "Croo",
        "Cámara",
        "suicida",
        "Liberado",
        "Ganado",
        "saúde",
        "Fim",
        "Libera",
        "Kaza",
        "Servis",
        "Слова",
        "Груз",
        "Буря",
    ],
)
def test_a_word_that_only_has_the_stem_of_a_name_is_none(word: str) -> None:
    """Silvester, Serbian, Lettish, Kharg, Slovene …: in one language or another."""
    assert names.recognise([word], ALL) is None


def test_no_english_word_of_the_thesaurus_is_a_foreign_name() -> None:
    words = {
        word
        for concept in concepts.concepts()
        for each in concept.words["en"]
        for name in each
        for word in words_of(name)
    }
    small = {word for word in words if word.islower() and word.isascii()}
    foreign = {word: found for word in small if (found := names.recognise([word], ALL)) and not recognised(word)}
    assert set(foreign) <= {"eurozone", "mundial"}


# --- longer names ---------------------------------------------------------------------------------------------------


def called(entry: str, language: str) -> list[str]:
    own = (*countries.names(language).get(entry, ()), *countries.capitals(language).get(entry, ()))
    return [*own, *(name for part in names.listed(entry, language) for name in part)]


def blocks_of_longer_names() -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    key = ""
    for line in resources.longer_names().splitlines():
        if line[:1].isspace():
            blocks[key].append(line.strip())
        elif line and not line.startswith("#"):
            assert line not in blocks, line
            key = line
            blocks[key] = []
    return blocks


@pytest.mark.parametrize("entry", sorted(blocks_of_longer_names()))
def test_what_is_told_apart_would_be_taken_for_the_other(entry: str) -> None:
    """So that nothing stands in the file of longer names in vain."""
    own = (*names.patterns(entry, ALL), *(names.patterns_within(entry, ALL)))
    plain = [(pattern[0]._replace(unless=None), *pattern[1:]) for pattern in own]

    def is_found(language: str, name: str) -> bool:
        return bool(where_any(plain, analysed(article(1, name, language=language)).title))

    for line in blocks_of_longer_names()[entry]:
        language, _, listed_names = line.partition(" ")
        if language == "not":
            for other in listed_names.split(", "):
                assert other in {*countries.CODES, *names.entries()}, other
                assert any(is_found(each, name) for each in LANGUAGES for name in called(other, each)), other
        else:
            assert language in LANGUAGES
            parted_by_icu = language in {"ja", "zh"}
            assert parted_by_icu or all(is_found(language, name) for name in listed_names.split(", ")), line


@pytest.fixture(scope="module")
def of_countries() -> TopicIndex:
    topics = (
        Topic(id=code, name="", watch=(next(name for name in found if names.entry_of(name, ALL) == code),))
        for code, found in countries.names("en").items()
    )
    return TopicIndex(compile_topic(topic, ALL) for topic in topics)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_country_stands_in_the_name_of_another(language: str, of_countries: TopicIndex) -> None:
    """But for names that both have: Congo, Brussels, in Arabic Amman and Oman."""
    both = {fold(name) for name in ("Congo", "Kongo", "刚果", "剛果", "عمّان", "عُمان", "سلطنة عمان", "سلطنة عُمان")}
    both |= {fold(name) for name in countries.capitals(language)["BE"]}
    for code in countries.CODES:
        for number, name in enumerate({*called(code, language)} - {""}):
            if fold(name) not in both:
                found = of_countries.judge(article(number + 1, name, language=language))
                assert {verdict.topic_id for verdict in found if verdict.matched} <= {code}, name


def may_be(form: Form, word: str) -> bool:
    has_key = not set(form.keys).isdisjoint(keys(word, stem_language("en")))
    return has_key and (form.shape is None or bool(form.shape([word])))


def test_no_name_is_that_of_two_entries() -> None:
    entries = defaultdict(set)
    for language in LANGUAGES:
        for entry in names.entries():
            for name in names.listed(entry, language)[0]:
                entries[fold(name)].add(entry)
                found = names.recognise(words_of(name, language), frozenset({language}))
                assert found == (entry, len(words_of(name, language))), (language, name)
    assert not {name: several for name, several in entries.items() if len(several) > 1}


def test_abbreviations_that_are_words_in_small_letters_are_known_as_such() -> None:
    """A word without meaning of its own, in any language, must not be taken for an organisation."""
    for entry in names.entries():
        for _, name in listed(entry):
            if len(words_of(name)) == 1 and is_stop_word(name):
                assert names.recognise([name.lower()], ALL, any_case=True) is None, name


# --- in a phrase ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, languages, entry",
    [
        ("Catalan", "", ("catalonia", 1)),
        ("Catalans", "", ("catalonia", 1)),
        ("katalanische", "de", ("catalonia", 1)),
        ("Kürtler", "tr", ("kurdistan", 1)),
        ("курдских", "ru", ("kurdistan", 1)),
        ("الأكراد", "ar", ("kurdistan", 1)),
        ("库尔德", "zh", ("kurdistan", 3)),
        ("Islamic State", "", ("isis", 2)),
        ("État islamique", "fr", ("isis", 2)),
        ("IŞİD", "tr", ("isis", 1)),
        ("al-Qaeda leader", "", ("al-qaeda", 2)),
        ("European Central Bank", "", ("ecb", 3)),
        ("European Union", "", ("EU", 2)),
        ("European farmers", "", ("europe", 1)),
        ("South Africa", "", ("ZA", 2)),
        ("South American", "", ("south-america", 2)),
        ("Organisation for Economic Co-operation and Development", "", ("oecd", 7)),
        ("ЕЦБ", "ru", ("ecb", 1)),
        ("AB", "tr", ("EU", 1)),
        ("AB", "", None),
        ("ONU", "fr", ("UN", 1)),
        ("WHO", "", ("who", 1)),
        ("Who", "", None),
        ("who", "", None),
        ("AU", "", ("african-union", 1)),
        ("Au", "", None),
        ("Fed", "", ("fed", 1)),
        ("fed", "", None),
        ("Israeli army", "", ("IL", 1)),
        ("Gulf", "", None),
        ("Georgian", "", ("GE", 1)),
        ("World Cup 2026", "", ("world-cup", 2)),
        ("Winter Olympics", "", ("winter-olympics", 2)),
        ("Euro 2028", "", ("european-championship", 2)),
        ("Oscars", "", ("oscars", 1)),
        ("Oscar", "", None),
        ("Natalie", "it", None),
        ("Noel", "fr", None),
        ("West German", "", ("west-germany", 2)),
        ("USSR", "", ("soviet-union", 1)),
        ("U.S.S.R.", "", ("soviet-union", 1)),
        ("советский", "ru", ("soviet-union", 1)),
        ("Zairean", "", ("CD", 1)),
        ("Upper Volta", "", ("BF", 2)),
        ("European Community", "", ("EU", 2)),
        ("EC", "", ("EU", 1)),
        ("New Mexico", "", ("new-mexico", 2)),
        ("New South Wales", "", ("new-south-wales", 3)),
        ("British Columbia", "", ("british-columbia", 2)),
        ("Mexico City", "", ("mexico-city", 2)),
        ("Indian Ocean", "", ("indian-ocean", 2)),
        ("Korean War", "", ("korean-war", 2)),
        ("Korean", "", ("korea", 1)),
        ("South Korean", "", ("KR", 2)),
        ("Native Americans", "", ("native-americans", 2)),
        ("Bank of Canada", "", ("bank-of-canada", 3)),
        ("9/11", "", ("september-11", 2)),
        ("Euro", "", None),
    ],
)
def test_the_longest_name_is_recognised(text: str, languages: str, entry: tuple[str, int] | None) -> None:
    assert recognised(text, languages) == entry


def test_where_letter_case_tells_nothing_a_name_is_recognised_unless_it_is_another_word() -> None:
    assert recognised("nato summit", any_case=True) == ("nato", 1)
    assert recognised("al qaeda", any_case=True) == ("al-qaeda", 2)
    assert recognised("who treaty", any_case=True) is None
    assert kinds("WHO KILLED ZARRABI") == [("KILLED", "word"), ("ZARRABI", "word")]
    assert kinds("WHO") == [("WHO", "name")]


def test_of_what_is_known_countries_alone_count_as_countries() -> None:
    assert kinds("Syria Kurdish EU Nato talks") == [
        ("Syria", "country"),
        ("Kurdish", "name"),
        ("EU", "country"),
        ("Nato", "name"),
        ("talks", "word"),
    ]


# --- in articles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase, language, title, words",
    [
        ("Catalan independence", "en", "Catalonia declares independence", "Catalan independence"),
        ("Catalan independence", "es", "Cataluña declara su autonomía", "Catalan"),
        ("EU sanctions", "en", "European Union imposes sanctions", "EU sanctions"),
        ("EU sanctions", "tr", "AB'den yeni adım", "EU"),
        ("Kurdish militants", "en", "Kurds and militants", "Kurdish militants"),
        ("Kurdish militants", "tr", "Kürtler sınırda", "Kurdish"),
        ("Kurdish militants", "ru", "Курды у границы", "Kurdish"),
        ("Kurdish militants", "ar", "مقتل مقاتلين أكراد", "Kurdish"),
        ("Kurdish militants", "zh", "库尔德武装", "Kurdish"),
        ("PKK", "ru", "Рабочая партия Курдистана распускается", "PKK"),
        ("Islamic State", "en", "ISIL leader killed", "Islamic State"),
        ("Islamic State", "ar", "مقتل زعيم داعش", "Islamic State"),
        ("ISIS attack", "fr", "Une attaque de l'État islamique", "ISIS attack"),
        ("ISIS", "en", "Islamic state of Iran", ""),
        ("IDF raid", "en", "Israeli army raids Jenin", "IDF raid"),
        ("WHO treaty", "en", "World Health Organization adopts treaty", "WHO treaty"),
        (
            "West Germany interest rates",
            "en",
            "Bonn says West German interest rates may fall",
            "West Germany interest rates",
        ),
        ("Soviet grain", "en", "USSR buys more grain", "Soviet grain"),
        ("Burma coup", "en", "Myanmar coup leader speaks", "Burma coup"),
        ("Zaire rebels", "en", "Congolese rebels advance", "Zaire rebels"),
        ("EC sugar", "en", "European Union sugar", "EC sugar"),
        ("FDA", "en", "Food and Drug Administration approves pill", "FDA"),
        ("Food and Drug Administration", "en", "FDA approves pill", "Food and Drug Administration"),
        ("WHO treaty", "ja", "世界保健機関が条約を採択", "WHO treaty"),
        ("WHO treaty", "en", "Who won the treaty vote", "treaty"),
        ("who treaty", "en", "WHO adopts treaty", "treaty"),
        ("AU summit", "en", "African Union summit opens", "AU summit"),
        ("AU summit", "en", "Gold (Au) at the summit", "summit"),
        ("AU summit", "fr", "RETOUR AU SOMMET", "summit"),
        ("Fed rates", "en", "Children fed at cheap rates", "rates"),
        ("Fed rates", "en", "Federal Reserve keeps rates", "Fed rates"),
        ("European farmers", "en", "Farmers in Europe", "European farmers"),
        ("African farmers", "en", "South African farmers", "farmers"),
        ("South America", "en", "South America in heat", "South America"),
        ("South Sudan", "es", "Sudán del Sur celebra", "South Sudan"),
        ("Crimea bridge", "fr", "Crime sur un pont", ""),
        ("Crimea bridge", "fr", "Le pont de Crimée", "Crimea"),
        ("Paris attacks", "es", "Para atacar", "attacks"),
        ("Bhutan king", "tr", "Bu kralın", ""),
        ("Denmark", "ru", "Данные за год", ""),
        ("Denmark", "ru", "Выборы в Дании", "Denmark"),
        ("Damascus", "ru", "Взрыв в Дамаске", "Damascus"),
    ],
)
def test_an_article_has_what_is_meant_under_any_of_its_names(
    phrase: str, language: str, title: str, words: str
) -> None:
    assert " ".join(part for part, _ in kinds(phrase, language) if part in found(phrase, title, language)) == words


# --- words that frame a subject ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase, languages, frames",
    [
        ("Syria crisis", "", "crisis"),
        ("Iran relatives", "", ""),
        ("Beziehungen Iran", "de", "Beziehungen"),
        ("Beziehungen Iran", "", ""),
        ("кризиса Сирия", "ru", "кризиса"),
        ("Suriye krizi", "tr", "krizi"),
        ("fall of Damascus", "de fr tr", ""),
        ("أزمة سوريا", "ar", "أزمة"),
        ("叙利亚 危机", "zh", "危机"),
        ("budget 2026", "", "2026"),
        ("budget 2026/27", "", "2026/27"),
        ("budget 2026-27", "", "2026-27"),
        ("ميزانية ٢٠٢٦", "ar", "٢٠٢٦"),
        ("2026年度予算", "ja", "2026年度"),
        ("budget 1899", "", ""),
        ("budget 2100", "", ""),
        ("2,026 jobs", "", ""),
        ('budget "2026"', "", ""),
        ("2026", "", ""),
        ("crisis 2026", "", "crisis"),
    ],
)
def test_words_that_only_say_what_kind_of_subject_it_is_frame_it(phrase: str, languages: str, frames: str) -> None:
    # With ICU 2026年度 is two words.
    assert "".join(text for text, kind in kinds(phrase, languages) if kind == "frame") == frames


def test_an_event_keeps_the_words_that_the_news_has_for_it() -> None:
    tree = compile_topic(Topic(id="t", name="T", watch=("World Cup 2026",)), frozenset()).tree
    assert isinstance(tree, Phrase)
    assert [grade for grade, by_key in tree.parts[0].ways.by_grade.items() if "squad" in by_key] == ["near"]


def test_an_acronym_beside_a_year_is_no_phrase_in_capitals() -> None:
    assert kinds("WHO 2026") == [("WHO", "name"), ("2026", "frame")]
    assert kinds("ROK 2026", "pl") == [("ROK", "country"), ("2026", "frame")]
    assert kinds("rok 2026", "pl") == [("rok", "frame"), ("2026", "word")]


@pytest.mark.parametrize(
    "phrase, told",
    [
        ("Prime Minister Modi", "Prime frame, Minister frame, Modi name"),
        ("Foreign Minister Lavrov", "Foreign frame, Minister frame, Lavrov name"),
        ("Dr. Fauci", "Dr frame, Fauci name"),
        ("Justice Ginsburg dies", "Justice frame, Ginsburg name, dies word"),
        ("Prime Minister resigns", "Prime word, Minister word, resigns word"),
        ("Prince Harry", "Prince word, Harry name"),
        ("Prince", "Prince name"),
        ("Jamal Zarrabi", "Jamal frame, Zarrabi name"),
        ("Jamal Khashoggi", "Jamal Khashoggi name"),
        ("Recep Tayyip Erdogan", "Recep Tayyip Erdogan name"),
        ("President Joe Biden", "President frame, Joe Biden name"),
        ("President Sisi visit", "President frame, Sisi name, visit word"),
        ("Alex Jones", "Alex word, Jones name"),
        ("Boris Johnson resignation", "Boris word, Johnson name, resignation word"),
        ("Derek Chauvin trial", "Derek name, Chauvin name, trial word"),
        ("Luther Martin", "Luther name, Martin name"),
        ("Boris", "Boris name"),
        ("Jordan Peterson", "Jordan country, Peterson name"),
        ('"Jamal" Khashoggi', "Jamal name, Khashoggi name"),
    ],
)
def test_what_stands_before_a_last_name_is_no_second_name(phrase: str, told: str) -> None:
    assert ", ".join(f"{text} {kind}" for text, kind in kinds(phrase)) == told


@pytest.mark.parametrize(
    "phrase, told",
    [
        ("Supreme Court", "Supreme word, Court word"),
        ("Trade Deficit", "Trade word, Deficit word"),
        ("Balance of Payments", "Balance word, Payments word"),
        ("US Gold Prices", "US country, Gold word, Prices word"),
        ("Jeremy Hunt", "Jeremy name, Hunt name"),
        ("Hunt resignation", "Hunt name, resignation word"),
        ("Rotherham United", "Rotherham name, United name"),
        ("Manchester United", "Manchester United name"),
        ('"Trade Deficit"', "Trade Deficit name"),
        ("Total Solar Eclipse", "Total word, Solar word, Eclipse word"),
        ("Nuclear Test", "Nuclear word, Test word"),
        ("Apple Profits", "Apple name, Profits word"),
        ("Brown Resignation", "Brown name, Resignation word"),
        ("Starship Launch", "Starship name, Launch word"),
        ("Chargers Coach", "Chargers name, Coach word"),
        ("Lions Tour", "Lions name, Tour name"),
        ("Target Data Breach", "Target name, Data word, Breach word"),
        ("Political crisis in Peru", "Political word, crisis frame, Peru country"),
        ("Attempted assassination of Trump", "Attempted word, assassination word, Trump name"),
        ("Political", "Political name"),
    ],
)
def test_the_capitals_of_a_heading_make_no_names_of_common_words(phrase: str, told: str) -> None:
    assert ", ".join(f"{text} {kind}" for text, kind in kinds(phrase)) == told


def test_the_capital_of_a_german_noun_makes_no_name_of_it() -> None:
    assert kinds("Tarifstreit GDL", "de") == [("Tarifstreit", "word"), ("GDL", "name")]
    assert kinds("Krankenhausreform Lauterbach", "de")[0] == ("Krankenhausreform", "word")
    assert kinds("Pflegeversicherung Samsung", "de") == [("Pflegeversicherung", "word"), ("Samsung", "name")]
    assert kinds("Hildebrand Tarifstreit", "en")[1] == ("Tarifstreit", "name")  # no word of English


@pytest.mark.parametrize(
    "phrase, title, language, what",
    [
        ("Trump Putin summit", "Путин и Трамп встретятся в Будапеште", "ru", {"Trump", "Putin"}),
        ("Trump Putin summit", "Poutine recevra Trump", "fr", {"Trump", "Putin"}),
        ("Trump Putin summit", "قمة ترامب وبوتين في ألاسكا", "ar", {"Trump", "Putin", "summit"}),
        ("Zelensky visit", "泽连斯基访问华盛顿", "zh", {"Zelensky"}),
        ("Zelensky visit", "ゼレンスキー大統領が来日", "ja", {"Zelensky"}),
        ("President Zelensky", "Selenskyj dankt den Partnern", "de", {"Zelensky"}),
        ("Путин", "Putin reist nach Peking", "de", {"Путин"}),
        ("Ukraine war", "Зеленский прибыл в Вашингтон", "ru", {"Ukraine"}),
        ("Boris Johnson", "Johnson resigns", "en", {"Johnson"}),
        ("Boris Johnson resignation", "Борис Джонсон подал в отставку", "ru", {"Boris", "Johnson", "resignation"}),
        ("Liz Truss resignation", "トラス英首相が辞任", "ja", {"Liz", "Truss", "resignation"}),
        ("trump", "The tower and Trump", "en", {"trump"}),
    ],
)
def test_a_person_is_found_as_every_language_spells_the_name(
    phrase: str, title: str, language: str, what: set[str]
) -> None:
    topic = compile_topic(Topic(id="t", name="T", watch=(phrase,)), frozenset({"en", "ru", language}))
    verdict = TopicIndex([topic]).explain(article(1, title, language=language), "t")
    assert what <= {each.term for each in verdict.evidence}


@pytest.mark.parametrize(
    "phrase, title, language",
    [
        ("Congo", "黄金价格上涨", "zh"),
        ("Saudi Arabia", "الرياضة اليوم", "ar"),
        ("Syria", "Sir Keir Starmer a Roma", "it"),
    ],
)
def test_what_only_looks_like_a_name_of_a_country_is_none(phrase: str, title: str, language: str) -> None:
    assert not found(phrase, title, language)


def test_a_word_in_guillemets_is_found_in_all_its_forms() -> None:
    assert found("теракт в «Крокусе»", "Стрельба в зале «Крокус»", "ru") == {"Крокусе"}
    assert not found('теракт в "Крокусе"', "Стрельба в зале «Крокус»", "ru")


def test_there_are_few_framing_words_in_each_language() -> None:
    assert set(framing.WORDS) == ALL
    assert all(10 < len(words.split()) <= 25 for words in framing.WORDS.values())


def test_nothing_is_read_before_a_name_is_looked_up() -> None:
    code = "from digest import names; import sys; sys.exit(names._blocks.cache_info().currsize)"
    subprocess.run([sys.executable, "-c", code], check=True)
