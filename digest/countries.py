"""Under which words a country goes in the news: names, adjectives, people, spellings, capitals.

Names come from Babel in the languages asked for, English adjectives and capitals from countryinfo; what both lack
stands below (CLDR calls Turkey "Türkiye" only, has no "America", no "Holland", and no adjectives at all). Adjectives
and capitals of the countries most in the news are listed in six more languages, in the ground form: their inflections
share its stem.

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

# One country a line: names, adjectives and people, then behind the bar capitals. An underscore joins words.
_OWN: dict[str, str] = {
    "en": """
        AE UAE Emirates Emirati | Abu_Dhabi
        AF Afghan Afghani | Kabul
        AR Argentine Argentinian
        BA Bosnia Bosnian
        CD Congo Congolese DRC DR_Congo | Kinshasa
        CG Congo-Brazzaville Republic_of_the_Congo | Brazzaville
        CI Ivory_Coast Cote_d'Ivoire Ivorian Ivoirian | Abidjan
        CV Cape_Verde Cabo_Verde Cape_Verdean
        CZ Czech Czechia
        DK Danish
        DO Dominican
        EC Ecuadorian
        ES Spaniard
        EU European_Union EU
        FI Finnish
        GB UK Britain British Briton Great_Britain
        GE Georgia Georgian
        HK Hong_Kong Hongkong Hong_Konger | Hong_Kong
        IS Icelandic
        KG Kyrgyzstan Kyrgyz
        KP North_Korea North_Korean N_Korea N_Korean DPRK | Pyongyang
        KR South_Korea South_Korean S_Korea S_Korean ROK
        KZ Kazakh Kazakhstani | Astana
        LA Laos Laotian | Vientiane
        LK Sri_Lanka Sri_Lankan | Colombo
        MK Macedonia Macedonian | Skopje
        MM Myanmar Burma Burmese | Naypyidaw Yangon
        NL Netherlands Dutch Holland | Amsterdam The_Hague
        NZ New_Zealand New_Zealander NZ
        PH Philippine Filipino | Manila
        PL Polish
        PS Palestine Palestinian Palestinian_Territories | Ramallah
        RU Russia Russian | Moscow Kremlin
        SA Saudi_Arabia Saudi | Riyadh
        SE Swede Swedish
        SI Slovenian
        SZ Eswatini Swaziland | Mbabane
        TJ Tajikistan Tajik
        TL East_Timor Timor-Leste East_Timorese
        TR Turkey Turkish Türkiye Turkiye Turk | Ankara
        UA Ukraine Ukrainian | Kyiv Kiev
        UN United_Nations UN
        US United_States USA US America American | Washington
        UZ Uzbek
        VA Vatican Holy_See
        XK Kosovo Kosovar Kosovan | Pristina
        ZA South_Africa South_African RSA | Pretoria
        """,
    "de": """
        AE emiratisch VAE | Abu_Dhabi
        AF afghanisch Afghane | Kabul
        AM armenisch Armenier | Eriwan
        AR argentinisch Argentinier
        AT österreichisch Österreicher | Wien
        AU australisch Australier
        AZ aserbaidschanisch | Baku
        BE belgisch Belgier | Brüssel
        BG bulgarisch Bulgare
        BR brasilianisch Brasilianer
        BY belarussisch weißrussisch Weißrussland | Minsk
        CA kanadisch Kanadier | Ottawa
        CH schweizerisch Schweizer
        CN chinesisch Chinese | Peking
        CU kubanisch Kubaner | Havanna
        CY zyprisch zypriotisch | Nikosia
        DE deutsch Deutscher | Berlin
        EG ägyptisch Ägypter | Kairo
        ES spanisch Spanier | Madrid
        ET äthiopisch Äthiopier
        FI finnisch Finne | Helsinki
        FR französisch Franzose | Paris
        GB britisch Brite Großbritannien UK | London
        GE georgisch Georgier | Tiflis
        GR griechisch Grieche | Athen
        HU ungarisch Ungar | Budapest
        IL israelisch Israeli
        IN indisch Inder | Neu-Delhi
        IQ irakisch Iraker | Bagdad
        IR iranisch Iraner | Teheran
        IT italienisch Italiener | Rom
        JO jordanisch Jordanier | Amman
        JP japanisch Japaner | Tokio
        KP nordkoreanisch Nordkoreaner | Pjöngjang
        KR südkoreanisch Südkoreaner | Seoul
        LB libanesisch Libanese | Beirut
        LY libysch Libyer | Tripolis
        MX mexikanisch Mexikaner
        NG nigerianisch
        NL niederländisch Niederländer Holland holländisch | Den_Haag
        PK pakistanisch Pakistaner | Islamabad
        PL polnisch | Warschau
        PS palästinensisch Palästinenser Palästina | Ramallah
        QA katarisch | Doha
        RO rumänisch Rumäne | Bukarest
        RS serbisch Serbe | Belgrad
        RU russisch Russe | Moskau Kreml
        SA saudisch saudi-arabisch | Riad
        SD sudanesisch | Khartum
        SE schwedisch Schwede | Stockholm
        SY syrisch Syrer | Damaskus
        TR türkisch Türke | Ankara
        UA ukrainisch Ukrainer | Kiew Kyjiw
        US USA US Amerika amerikanisch Amerikaner | Washington
        VE venezolanisch | Caracas
        YE jemenitisch Jemenit | Sanaa
        ZA südafrikanisch Südafrikaner
        """,
    "fr": """
        AE émirati émiratie EAU | Abou_Dhabi
        AF afghan afghane | Kaboul
        AM arménien arménienne | Erevan
        AR argentin argentine
        AT autrichien autrichienne | Vienne
        AU australien australienne
        AZ azerbaïdjanais azéri | Bakou
        BE belge | Bruxelles
        BG bulgare
        BR brésilien brésilienne
        BY biélorusse Biélorussie | Minsk
        CA canadien canadienne | Ottawa
        CH helvétique
        CN chinois chinoise | Pékin
        CU cubain cubaine
        CY chypriote | Nicosie
        DE allemand allemande | Berlin
        EG égyptien égyptienne
        ES espagnol espagnole | Madrid
        ET éthiopien éthiopienne
        FI finlandais finlandaise
        FR français française | Paris
        GB britannique Grande-Bretagne | Londres
        GE géorgien géorgienne | Tbilissi
        GR grec grecque | Athènes
        HU hongrois hongroise | Budapest
        IL israélien israélienne
        IN indien indienne | New_Delhi
        IQ irakien irakienne Irak | Bagdad
        IR iranien iranienne | Téhéran
        IT italien italienne | Rome
        JO jordanien jordanienne | Amman
        JP japonais japonaise | Tokyo
        KP nord-coréen nord-coréenne | Pyongyang
        KR sud-coréen sud-coréenne | Séoul
        LB libanais libanaise | Beyrouth
        LY libyen libyenne
        MX mexicain mexicaine
        NG nigérian nigériane
        NL néerlandais néerlandaise hollandais | Haye
        PK pakistanais pakistanaise | Islamabad
        PL polonais polonaise | Varsovie
        PS palestinien palestinienne Palestine | Ramallah
        QA qatari qatarie qatarien | Doha
        RO roumain roumaine | Bucarest
        RS serbe | Belgrade
        RU russe | Moscou Kremlin
        SA saoudien saoudienne | Riyad
        SD soudanais soudanaise | Khartoum
        SE suédois suédoise | Stockholm
        SY syrien syrienne | Damas
        TR turc turque | Ankara
        UA ukrainien ukrainienne | Kiev
        US USA Amérique américain américaine | Washington
        VE vénézuélien vénézuélienne | Caracas
        YE yéménite | Sanaa
        ZA sud-africain sud-africaine
        """,
    "es": """
        AE emiratí EAU | Abu_Dabi
        AF afgano afgana | Kabul
        AM armenio | Ereván
        AR argentino
        AT austríaco austriaco | Viena
        AU australiano
        AZ azerbaiyano azerí | Bakú
        BE belga | Bruselas
        BG búlgaro
        BR brasileño
        BY bielorruso Bielorrusia | Minsk
        CA canadiense | Ottawa
        CH suizo
        CN chino china | Pekín
        CU cubano | Habana
        CY chipriota | Nicosia
        DE alemán alemana | Berlín
        EG egipcio | Cairo
        ES español española | Madrid
        ET etíope
        FI finlandés finlandesa
        FR francés francesa | París
        GB británico Gran_Bretaña | Londres
        GE georgiano
        GR griego | Atenas
        HU húngaro | Budapest
        IL israelí
        IN indio hindú | Nueva_Delhi
        IQ iraquí Irak | Bagdad
        IR iraní | Teherán
        IT italiano | Roma
        JO jordano | Ammán
        JP japonés japonesa | Tokio
        KP norcoreano | Pyongyang
        KR surcoreano | Seúl
        LB libanés libanesa | Beirut
        LY libio
        MX mexicano Méjico
        NG nigeriano
        NL neerlandés holandés Holanda | Haya
        PK pakistaní | Islamabad
        PL polaco | Varsovia
        PS palestino Palestina | Ramala
        QA catarí qatarí Qatar | Doha
        RO rumano | Bucarest
        RS serbio | Belgrado
        RU ruso | Moscú Kremlin
        SA saudí saudita Arabia_Saudita | Riad
        SD sudanés | Jartum
        SE sueco | Estocolmo
        SY sirio | Damasco
        TR turco | Ankara
        UA ucraniano | Kiev
        US EE_UU EEUU estadounidense norteamericano | Washington
        VE venezolano | Caracas
        YE yemení | Saná
        ZA sudafricano
        """,
    "tr": """
        AE BAE Emirlikler | Abu_Dabi
        AF Afgan | Kabil
        AM Ermeni | Erivan
        AR Arjantinli
        AT Avusturyalı | Viyana
        AU Avustralyalı
        AZ Azeri Azerbaycanlı | Bakü
        BE Belçikalı | Brüksel
        BG Bulgar
        BR Brezilyalı
        BY Belaruslu | Minsk
        CA Kanadalı
        CH İsviçreli
        CN Çinli | Pekin
        CU Kübalı
        CY Kıbrıslı Kıbrıs | Lefkoşa
        DE Alman | Berlin
        EG Mısırlı | Kahire
        ES İspanyol | Madrid
        ET Etiyopyalı
        FI Fin Finlandiyalı
        FR Fransız | Paris
        GB İngiliz İngiltere Britanya | Londra
        GE Gürcü | Tiflis
        GR Yunan Yunanlı | Atina
        HU Macar | Budapeşte
        IL İsrailli
        IN Hint Hindistanlı
        IQ Iraklı | Bağdat
        IR İranlı | Tahran
        IT İtalyan | Roma
        JO Ürdünlü | Amman
        JP Japon
        KP Kuzey_Koreli | Pyongyang
        KR Güney_Koreli | Seul
        LB Lübnanlı | Beyrut
        LY Libyalı | Trablus
        MX Meksikalı
        NG Nijeryalı
        NL Hollandalı | Lahey
        PK Pakistanlı | İslamabad
        PL Polonyalı | Varşova
        PS Filistinli Filistin | Ramallah
        QA Katarlı | Doha
        RO Romen Rumen | Bükreş
        RS Sırp | Belgrad
        RU Rus | Moskova Kremlin
        SA Suudi | Riyad
        SD Sudanlı | Hartum
        SE İsveçli
        SY Suriyeli | Şam
        TR Türk | Ankara
        UA Ukraynalı | Kiev
        US ABD Amerika Amerikan Amerikalı | Washington
        VE Venezuelalı | Karakas
        YE Yemenli | Sana
        ZA Güney_Afrikalı
        """,
    "ru": """
        AE эмиратский | Абу-Даби
        AF афганский | Кабул
        AM армянский | Ереван
        AR аргентинский
        AT австрийский | Вена
        AU австралийский
        AZ азербайджанский | Баку
        BE бельгийский | Брюссель
        BG болгарский
        BR бразильский
        BY белорусский Белоруссия | Минск
        CA канадский
        CH швейцарский
        CN китайский | Пекин
        CU кубинский
        CY кипрский | Никосия
        DE немецкий германский | Берлин
        EG египетский | Каир
        ES испанский | Мадрид
        ET эфиопский
        FI финский
        FR французский | Париж
        GB британский Британия | Лондон
        GE грузинский | Тбилиси
        GR греческий | Афины
        HU венгерский | Будапешт
        IL израильский
        IN индийский
        IQ иракский | Багдад
        IR иранский | Тегеран
        IT итальянский | Рим
        JO иорданский | Амман
        JP японский | Токио
        KP северокорейский Северная_Корея | Пхеньян
        KR южнокорейский Южная_Корея | Сеул
        LB ливанский | Бейрут
        LY ливийский | Триполи
        MX мексиканский
        NG нигерийский
        NL нидерландский голландский Голландия | Гаага
        PK пакистанский | Исламабад
        PL польский | Варшава
        PS палестинский Палестина | Рамалла
        QA катарский | Доха
        RO румынский | Бухарест
        RS сербский | Белград
        RU российский русский | Москва Кремль
        SA саудовский | Эр-Рияд
        SD суданский | Хартум
        SE шведский | Стокгольм
        SY сирийский | Дамаск
        TR турецкий | Анкара
        UA украинский | Киев
        US США Америка американский | Вашингтон
        VE венесуэльский | Каракас
        YE йеменский | Сана
        ZA южноафриканский ЮАР
        """,
    "ar": """
        AE إماراتي إماراتية الإمارات | أبوظبي أبو_ظبي
        AF أفغاني أفغانية | كابول كابل
        AM أرميني أرمينية | يريفان
        AR أرجنتيني
        AT نمساوي نمساوية | فيينا
        AU أسترالي أسترالية
        AZ أذربيجاني أذربيجانية | باكو
        BE بلجيكي بلجيكية | بروكسل
        BR برازيلي برازيلية
        CA كندي كندية
        CN صيني صينية | بكين
        CU كوبي كوبية
        CY قبرصي قبرصية
        DE ألماني ألمانية | برلين
        EG مصري مصرية | القاهرة
        ES إسباني إسبانية | مدريد
        ET إثيوبي إثيوبية
        FR فرنسي فرنسية | باريس
        GB بريطاني بريطانية بريطانيا | لندن
        GE جورجي جورجية
        GR يوناني يونانية | أثينا
        HU مجري مجرية
        IL إسرائيلي إسرائيلية
        IN هندي هندية | نيودلهي
        IQ عراقي عراقية | بغداد
        IR إيراني إيرانية | طهران
        IT إيطالي إيطالية | روما
        JO أردني أردنية | عمّان
        JP ياباني يابانية | طوكيو
        KP كوري_شمالي كورية_شمالية | بيونغيانغ
        KR كوري_جنوبي كورية_جنوبية | سول
        LB لبناني لبنانية | بيروت
        LY ليبي ليبية | طرابلس
        MX مكسيكي مكسيكية
        NL هولندي هولندية | لاهاي
        PK باكستاني باكستانية | إسلام_آباد
        PL بولندي بولندية | وارسو
        PS فلسطيني فلسطينية فلسطين | رام_الله
        QA قطري قطرية | الدوحة
        RU روسي روسية | موسكو الكرملين
        SA سعودي سعودية السعودية | الرياض
        SD سوداني سودانية | الخرطوم
        SE سويدي سويدية
        SY سوري سورية سوريون سوريين | دمشق
        TR تركي تركية أتراك | أنقرة
        UA أوكراني أوكرانية | كييف
        US أمريكا أميركا أمريكي أمريكية أميركي أميركية | واشنطن
        VE فنزويلي فنزويلية
        YE يمني يمنية | صنعاء
        """,
}

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


LONGEST = 5
"""Words in the longest name that is recognised."""

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
    for line in _OWN.get(language, "").strip().splitlines():
        code, *names = line.partition("|")[0].split()
        capitals = line.partition("|")[2].split()
        yield code, tuple(n.replace("_", " ") for n in names), tuple(c.replace("_", " ") for c in capitals)


def _babel(language: str) -> Iterator[tuple[str, str]]:
    """Names as CLDR has them; "Myanmar (Burma)" is two, "Congo - Kinshasa" is left to our own data."""
    from babel import Locale, UnknownLocaleError

    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return
    for code in sorted(_CODES - {"HK"}):
        name = territories.get(code, "")
        parts = (part.strip(" )\uff09") for part in name.replace("\uff08", "(").split("("))
        yield from ((code, part) for part in parts if part and " - " not in part)


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
