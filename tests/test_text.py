"""Words, their places and their forms."""

# ruff: noqa: RUF001 - letters of many scripts are what is tested

from __future__ import annotations

import gc
import random
import re
import threading
import unicodedata
import weakref

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from records import entry

from digest import text
from digest.folding import fold, is_stop_word
from digest.text import OPENING, Form, Spelt, analyse, cuts, keys, make_room, stem_language, term_keys, words_of

ISTANBUL = (
    "İstanbul",
    "ISTANBUL",
    "istanbul",
    "Istanbul",
    "I\u0307stanbul",
    "Ｉｓｔａｎｂｕｌ",
    "ıstanbul",
    "İSTANBUL",
)


@pytest.mark.parametrize("spelling", ISTANBUL)
@pytest.mark.parametrize("language", ["tr", "en", None, "de", "ru"])
def test_every_spelling_of_a_name_has_one_folded_form(spelling: str, language: str | None) -> None:
    analysis = analyse(entry(spelling, language=language))
    assert [fold(word) for word in analysis.title.words] == ["istanbul"]


@pytest.mark.parametrize(
    "one, other",
    [
        ("Straße", "STRASSE"),
        ("Erdoğan", "Erdogan"),
        ("Türkiye", "Tu\u0308rkiye"),
        ("café", "CAFÉ"),
        ("ﬁnance", "finance"),
        ("Łódź", "Lodz"),
        ("Ærø", "aero"),
        ("Ёлка", "елка"),
        ("Ἀθῆναι", "αθηναι"),
        ("سُورِيَا", "سوريا"),
        ("أنقرة", "انقره"),
        ("ســـوريا", "سوريا"),
        ("على", "علي"),
        ("soft\u00adware", "software"),
        ("U.S.", "US"),
        ("ガ", "カ\u3099"),
        ("1,000", "1000"),
        ("1.000", "1’000"),
        ("1\u202f000\u202f000", "1,000,000"),
        ("٢٠٢٦", "2026"),
        ("２０２６", "2026"),
        ("한국", unicodedata.normalize("NFD", "한국")),
    ],
)
def test_spellings_that_readers_take_for_one_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("one, other", [("мой", "мои"), ("talks", "talk"), ("कि", "का"), ("ガ", "カ")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    "text, language, words",
    [
        ("Turkey's army, the allies’ aims", "en", ["Turkey", "army", "the", "allies", "aims"]),
        ("Istanbul'da ve Türkiye’nin", "tr", ["Istanbul", "ve", "Türkiye"]),
        ("Istanbul'da", "en", ["Istanbul", "da"]),
        ("l'Iran et d’Ivoire", "fr", ["Iran", "et", "Ivoire"]),
        ("O'Brien", "en", ["O", "Brien"]),
        (
            "the U.S. and U.S.-backed U.N. at 5 p.m.",
            "en",
            ["the", "U.S.", "and", "U.S.", "backed", "U.N.", "at", "5", "p.m."],
        ),
        ("The end. A new day", "en", ["The", "end", "A", "new", "day"]),
        ("hit-and-run under_score", "en", ["hit", "and", "run", "under", "score"]),
        ("叙利亚和谈 トルコ", "zh", ["叙", "利", "亚", "和", "谈", "ト", "ル", "コ"]),
        ("सीरिया में", "hi", ["सीरिया", "में"]),
        ("Tu\u0308rkei", "de", ["Tu\u0308rkei"]),
        (
            "1,000 dead, 1.000.000 left, 3.5 per cent in 2026,300 km",
            "en",
            ["1,000", "dead", "1.000.000", "left", "3", "5", "per", "cent", "in", "2026", "300", "km"],
        ),
        ("", "en", []),
        ("… — !", "en", []),
    ],
)
def test_text_is_cut_into_words(text: str, language: str, words: list[str]) -> None:
    assert words_of(text, language) == words


def test_characters_of_scripts_without_spaces_keep_their_marks() -> None:
    assert words_of("ที่นี่") == ["ที่", "นี่"]
    assert words_of("カ\u3099ス") == ["カ\u3099", "ス"]


@pytest.mark.parametrize(
    "language, one, other",
    [
        ("en", "negotiations", "negotiate"),
        ("tr", "görüşmeler", "görüşmelere"),
        ("tr", "Suriye", "SURİYE"),
        ("de", "Verhandlungen", "Verhandlung"),
        ("fr", "négociations", "négociation"),
        ("es", "conversaciones", "conversación"),
        ("ru", "переговоры", "переговоров"),
        ("ru", "Сирия", "Сирией"),
        ("tr", "başkan", "başkanı"),
        *(
            ("ar", one, other)
            for one, others in {
                "محادثات": "والمحادثات بالمحادثات للمحادثات ومحادثات لمحادثات فالمحادثات محادثاتهم محادثة",
                "سوريا": "وسوريا بسوريا لسوريا السورية سوري السوريين للسوريين وللسوريين السوريون",
                "تركيا": "وتركيا لتركيا التركية التركي",
                "أنقرة": "وأنقرة بأنقرة لأنقرة وبأنقرة",
                "دمشق": "ودمشق لدمشق وبدمشق",
                "لبنان": "ولبنان بلبنان للبنان",
                "لبناني": "اللبنانية اللبنانيين",
                "ليبيا": "لليبيا الليبي",
                "وزير": "الوزير لوزير ووزير للوزير",
                "ألمانيا": "ألمانية الألمانية المانيا",
                "مصر": "بمصر ومصر لمصر",
                "فلسطين": "فلسطين وفلسطين لفلسطين بفلسطين",
                "باكستاني": "باكستانية الباكستانيين",
                "انتخابات": "الانتخاب بالانتخابات",
                "مسؤول": "المسؤولون المسؤولين لمسؤول",
            }.items()
            for other in others.split()
        ),
        *(
            ("ko", one, other)
            for one, others in {
                "한국": "한국과 한국은 한국의 한국을 한국에서 한국인 한국에서는",
                "회담": "회담을 회담이 회담에서 회담은",
                "시리아": "시리아와 시리아의 시리아는 시리아군",
                "우크라이나": "우크라이나의 우크라이나와",
                "팔레스타인": "팔레스타인의 팔레스타인은",
                "정상회의": "정상회의에서 정상회의가",
                "논의": "논의하다 논의했다 논의하기로 논의할",
                "합의": "합의했다 합의된",
            }.items()
            for other in others.split()
        ),
        ("he", "סוריה", "לסוריה"),
        ("he", "שיחות", "והשיחות"),
    ],
)
def test_inflections_share_a_stem_in_their_language(language: str, one: str, other: str) -> None:
    assert keys(one, language)[1] in keys(other, language)


@pytest.mark.parametrize(
    "language, one, other",
    [
        ("ar", "تركيا", "ترك"),  # Turkey, he left
        ("ar", "طالبان", "طالب"),  # Taliban, student
        ("ar", "لبنان", "لبن"),  # Lebanon, milk
        ("ar", "الصين", "صيني"),
        ("tr", "başkan", "başka"),  # president, other
        ("ko", "결과", "결"),
        ("ko", "북한", "북"),
    ],
)
def test_words_that_only_look_like_inflections_keep_stems_of_their_own(language: str, one: str, other: str) -> None:
    assert keys(one, language)[1] not in keys(other, language)


def test_a_turkish_word_of_a_topic_is_found_under_the_stems_of_its_forms() -> None:
    for form in [
        "müzakere",
        "müzakereler",
        "müzakereleri",
        "müzakerelerin",
        "müzakerelerde",
        "müzakeresi",
        "müzakeredeki",
    ]:
        assert keys(form, "tr")[1] in term_keys("müzakere", ["tr"])


@pytest.mark.parametrize(
    "noun, forms",
    [
        ("kauppa", "kaupan kauppaa kaupassa kauppaan kaupat kauppojen kauppoja kaupoissa"),
        ("Helsinki", "Helsingin Helsinkiä Helsingissä Helsinkiin Helsingistä"),
        ("Turku", "Turun Turkua Turussa Turkuun"),
        ("Lahti", "Lahden Lahtea Lahdessa Lahteen"),
        ("laki", "lain lakia laissa lakiin lakien lakeja"),
        ("sota", "sodan sotaa sodassa sotaan sodat sotien sotia"),
        ("hinta", "hinnan hintaa hinnassa hintaan hinnat hintojen hintoja"),
        ("pankki", "pankin pankkia pankissa pankit pankkien pankkeja pankeissa"),
        ("aselepo", "aselevon aselepoa aselevossa"),
        ("kaupunki", "kaupungin kaupunkia kaupungissa kaupungit kaupunkien kaupunkeja kaupungeissa"),
        ("vaali", "vaalin vaalia vaalit vaalien vaaleja vaaleissa"),
        ("hallitus", "hallituksen hallitusta hallituksessa hallitukseen hallitukset hallitusten hallituksia"),
        ("hyökkäys", "hyökkäyksen hyökkäystä hyökkäykset hyökkäysten hyökkäyksiä"),
        ("rikos", "rikoksen rikosta rikokset rikosten rikoksia"),
        ("turvallisuus", "turvallisuuden turvallisuutta turvallisuudessa turvallisuuteen"),
        ("pakolainen", "pakolaisen pakolaista pakolaiset pakolaisten pakolaisia"),
        ("liike", "liikkeen liikettä liikkeet liikkeiden"),
        ("poliisi", "poliisin poliisia poliisit poliisien poliiseja"),
        ("presidentti", "presidentin presidenttiä presidentit presidenttien presidenttejä"),
        ("keskuspankki", "keskuspankin keskuspankkia keskuspankit keskuspankkien"),
        ("Irak", "Irakin Irakia Irakissa Irakiin"),
        ("Moskova", "Moskovan Moskovassa Moskovakin"),
        ("Putin", "Putinin Putinia Putinille"),
        ("öljy", "öljyn öljyä öljyssä öljyjä"),
    ],
)
def test_a_finnish_noun_of_a_topic_is_found_in_its_cases(noun: str, forms: str) -> None:
    asked = term_keys(noun, ["fi"])
    assert [form for form in forms.split() if not {*keys(form, "fi")[1:]} & {*asked}] == []


@pytest.mark.parametrize(
    "noun, other",
    [
        ("pankki", "panna"),  # to put
        ("laki", "laitteet"),  # devices
        ("puku", "puun"),  # of a tree
        ("Irak", "Iran"),
        ("Iran", "Irakin"),
        ("muodostaa", "muodossa"),  # to form, in the form
        ("kunta", "kunnossa"),  # in condition
    ],
)
def test_what_only_looks_like_a_case_of_a_finnish_noun_is_not_found(noun: str, other: str) -> None:
    assert not {*keys(other, "fi")} & {*term_keys(noun, ["fi"])}


def test_the_umlauts_of_a_topic_are_found_spelled_out() -> None:
    assert "=mueller" in term_keys("Müller", ["en"])
    assert "=aarhus" in term_keys("A\u030arhus", ["en"])


@pytest.mark.parametrize(
    "term, expected",
    [
        ("G-20", {("G", "20"), ("G20",)}),
        ("G20", {("G20",), ("G", "20")}),
        ("F16s", {("F16s",), ("F", "16s")}),
        ("e-mail", {("e", "mail"), ("email",)}),
        ("Sana'a", {("Sana", "a"), ("Sanaa",)}),
        ("O’Brien", {("O", "Brien"), ("OBrien",)}),
        ("Turkey's", {("Turkey",)}),
        ("COVID-19", {("COVID", "19"), ("COVID19",)}),
        ("talks", {("talks",)}),
        ("2026", {("2026",)}),
    ],
)
def test_a_term_is_cut_in_every_way_that_writers_use(term: str, expected: set[tuple[str, ...]]) -> None:
    assert set(cuts(term, ["en"])) == expected


def test_a_text_of_unknown_language_has_the_stems_of_all_languages_asked_for_that_its_script_serves() -> None:
    asked = frozenset({"tr", "ar", "ru", "en-GB", "zh"})
    assert analyse(entry("görüşmelere переговоров والمحادثات", language=None), languages=asked).keys == {
        "=gorusmelere", "gorusmeler", "gorusme@tr",
        "=переговоров", "переговоров", "переговор@ru",
        "=والمحادثات", "والمحادثات", "محادث@ar",
    }  # fmt: skip
    known = analyse(entry("görüşmelere", language="en"), languages=asked)
    assert known.keys == analyse(entry("görüşmelere", language="en")).keys


def test_stems_of_other_languages_do_not_collide_with_english_words() -> None:
    assert keys("France", "fr")[1] == "franc@fr"
    assert keys("franc", "en")[1] == "franc"


@pytest.mark.parametrize(
    "code, stems",
    [("en-GB", "en"), ("pt_BR", "pt"), ("TR", "tr"), ("zh", "en"), (None, "en"), ("", "en"), ("xx", "en")],
)
def test_a_language_without_stemmer_gets_english_stems(code: str | None, stems: str) -> None:
    assert stem_language(code) == stems


@pytest.mark.parametrize("word", ["the", "The", "und", "ve", "из", "في", "für", "les", "het", "nie", "na"])
def test_stop_words_are_known_in_several_languages(word: str) -> None:
    assert is_stop_word(word)


@pytest.mark.parametrize("word", ["war", "talks", "die", "son", "new", "man", "Syria", "van", "som", "Na", "NA"])
def test_a_stop_word_of_one_language_that_is_content_in_another_is_kept(word: str) -> None:
    assert not is_stop_word(word)


@pytest.mark.parametrize(
    "word, case, fits",
    [
        ("US", "upper", True), ("U.S.", "upper", True), ("u.s.", "upper", True), ("us", "upper", False),
        ("Us", "upper", False), ("Polish", "capital", True), ("polish", "capital", False),
        ("POLISH", "capital", True), ("سوريا", "capital", True), ("叙", "capital", True), ("us", "any", True),
    ],
)  # fmt: skip
def test_letter_case_can_be_asked_for(word: str, case: str, fits: bool) -> None:  # noqa: FBT001 - a table
    title = analyse(entry(word)).title
    assert bool(title.where(Form((keys(word, "en")[0],), case))) is fits  # type: ignore[arg-type]


def test_the_opening_of_a_text_ends_between_words() -> None:
    analysis = analyse(entry(text="word " * 100))
    opening = analysis.scope("top")[2]
    assert opening.string == ("word " * 60).rstrip()
    assert len(opening.string) <= OPENING
    assert len(analyse(entry(text="x" * 1000)).scope("top")[2].string) == OPENING


TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("aIiİı'’.-ßéU.S \u0307\u0301\u00adＩﬁ叙ガ\u3099กี่سُـأй\n\"“"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
LANGUAGES = st.sampled_from(["en", "tr", "ar", "ru", "de", "fr", "zh", "th", None, "xx", "en-US"])


@given(string=TEXTS, language=LANGUAGES, chance=st.randoms(use_true_random=False))
def test_offsets_are_the_same_in_whatever_order_they_are_asked_for(
    string: str, language: str | None, chance: random.Random
) -> None:
    there, again = (analyse(entry(string, language=language)).title for _ in range(2))
    positions = list(range(len(there.words)))
    in_order = [there.span(position, position) for position in positions]
    chance.shuffle(positions)
    assert [again.span(position, position) for position in positions] == [in_order[at] for at in positions]


@given(title=TEXTS, summary=TEXTS, text=TEXTS, language=LANGUAGES)
def test_offsets_are_those_of_the_original_string_whatever_it_holds(
    title: str, summary: str, text: str, language: str | None
) -> None:
    given_entry = entry(title, summary=summary, text=text, language=language)
    analysis = analyse(given_entry)
    for field in (analysis.title, analysis.summary, analysis.text):
        string: str = getattr(given_entry, field.name)
        before = 0
        for position, word in enumerate(field.words):
            start, end = field.span(position, position)
            assert string[start:end] == word
            assert before <= start < end
            assert all(position in field.where(Form((key,))) for key in keys(word, analysis.language))
            before = end
    assert analysis.keys == {
        key
        for field in (analysis.title, analysis.summary, analysis.text)
        for word in field.words
        for key in keys(word, analysis.language)
    }


def test_where_words_stand_is_told_by_all_their_keys_or_by_those_that_somebody_asks_for() -> None:
    given = entry("Talks", summary="Envoys talking", text=f"{'and so on ' * OPENING}rain")
    plain, asked = analyse(given), analyse(given)
    asked.know(lambda: Spelt({"talk": ["Talks", "talking"], "rain": ["rain"]}, {"talk", "rain", "snow"}))
    assert asked.asked == {"talk", "rain"}
    assert asked.asked_on_top == asked.asked_in_title == {"talk"}
    assert plain.asked == plain.keys
    assert {"=talks", "=talking", "envoy"} <= plain.asked_on_top
    assert "rain" not in plain.asked_on_top
    assert plain.asked_in_title == {"=talks", "talk"}


@given(TEXTS)
def test_every_letter_and_digit_is_part_of_some_word_but_for_what_apostrophes_part(string: str) -> None:
    without = re.sub("['’ʼ＇]", " ", string)
    kept = "".join(words_of(without))
    assert [c for c in without if c.isalnum()] == [c for c in kept if c.isalnum()]


@given(st.lists(st.sampled_from(("123", "4", ",", ".", "'", "U.", "s", " ", "_"))).map("".join), LANGUAGES)
@example("123,456 12,345x 1.000.000 1'000 123,4567", "en")
@example("U.S. U.S.A U.Sx l'Iran Turkey's Istanbul'da _a_", "tr")
def test_a_string_that_is_ascii_is_cut_into_the_words_that_it_has_beside_others(
    string: str, language: str | None
) -> None:
    assert [*words_of(string, language), "é"] == words_of(f"{string} é", language)


@given(st.lists(st.sampled_from(("l'", "L’", "qu'", "dell'", "x'", "'", "s", "An", "é", "_", " ", "1"))).map("".join))
@example("l'Iran d’Arabia un'Aula aujourd'hui don't Turkey's l' a")
@example("dll'an all's 's quo'an")
def test_a_string_is_cut_into_the_words_that_it_has_beside_an_elided_article(string: str) -> None:
    assert [*words_of(string), "Iran"] == words_of(f"{string} l'Iran")


MIXED = st.lists(st.sampled_from([*"aB1é×й҂ύαעاًـ，。中ก_’'- \u0301\u00ad\u200dǁ٠", "U.S.", "1,000"])).map("".join)


@given(TEXTS | MIXED)
def test_a_word_of_plain_letters_is_what_it_would_be_by_the_rule_for_all(string: str) -> None:
    ruled = re.compile(text._TOKEN.replace(f"{text._PLAIN}|", ""))
    assert re.findall(text._TOKEN, string) == ruled.findall(string)


@given(st.characters(), LANGUAGES)
def test_folding_twice_changes_nothing(character: str, language: str | None) -> None:
    for word in words_of(character, language):
        assert fold(fold(word)) == fold(word)


@pytest.mark.slow
def test_stems_are_the_same_from_many_threads() -> None:
    words = [f"negotiation{number}s" for number in range(40_000)]
    found: list[list[str]] = []

    def stem() -> None:
        found.append([keys(word, "en")[1] for word in words])

    threads = [threading.Thread(target=stem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[word[:-1] for word in words]] * 4


@given(st.lists(st.sampled_from([f"ab{letter}" for letter in "cdefghijklmnop"] + ["xyz"]), max_size=60))
def test_a_form_stands_wherever_a_word_of_it_does(written: list[str]) -> None:
    """Of few words each is looked for by itself, of many the places of all are worked out."""
    title = analyse(entry(" ".join(written))).title
    for form in (Form(("=abc",)), Form(("=abc", "=xyz")), Form(("=ab",), prefix=True)):
        found = [at for at, word in enumerate(written) if f"={word}".startswith(form.keys)]
        assert title.where(form) == found


# --- what is held in memory -----------------------------------------------------------------------------------------


def test_an_analysis_does_not_wait_for_the_collector_of_garbage() -> None:
    gc.disable()
    try:
        analysis = analyse(entry("Syria talks", text="Turkey and Syria hold talks"))
        assert analysis.keys
        assert analysis.title.where(Form(("talk",))) == [1]
        gone = weakref.ref(analysis)
        del analysis
        assert gone() is None
    finally:
        gc.enable()


def test_of_what_is_remembered_the_older_half_is_forgotten_when_there_is_too_much() -> None:
    one, other = dict.fromkeys("abcd", 1), dict.fromkeys("efg", 2)
    make_room([one, other], 8)
    assert (one, other) == (dict.fromkeys("abcd", 1), dict.fromkeys("efg", 2))
    make_room([one, other], 7)
    assert (one, other) == (dict.fromkeys("cd", 1), dict.fromkeys("fg", 2))


def test_more_may_be_remembered_while_the_older_half_is_forgotten() -> None:
    """As another thread may do it that comes in when the collector of garbage runs."""
    remembered = dict.fromkeys(map(str, range(1000)), 1)

    def remember(*_: object) -> None:
        remembered[f"new {len(remembered)}"] = 2

    thresholds = gc.get_threshold()
    gc.callbacks.append(remember)
    try:
        gc.set_threshold(1)
        make_room([remembered], 1000)
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(remember)
    assert "999" in remembered
    assert "0" not in remembered
