"""The dates of feeds: RFC 3339, RFC 822 as people write it, and the same in other languages.

feedparser takes a zone that it does not know for UTC, so that noon in `CEST` becomes two o'clock, and gives up on
month names that are not English. Here a date is taken apart into its words and numbers:

1. Year first (`2026-11-18T12:30:00+01:00`, `2026/11/18`, `2026年11月18日`): as it stands.
2. Otherwise a day and a month's name in either order and a year; or numbers with the day first, `18.11.2026`. Numbers
   with slashes that may be read both ways (`03/04/2026`) are no date.
3. A time with `am` or `pm`, and a zone: an offset, an abbreviation of the table, or nothing, which is UTC. Capitals
   that the table does not know are a zone that nobody knows: UTC, since a date that is some hours off still tells
   news from old. Any other word makes it no date, but for the first one, which is a weekday in whatever language.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this is about

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

YEARS = range(1990, 2101)
"""Outside of these a date is a mistake of the program that wrote it: 1970, 0001, 9999."""
_LONGEST = 80
"""Characters of a date; what is longer is a sentence."""
_FARTHEST = timedelta(hours=14)
"""From UTC: Kiribati's Line Islands."""
_CENTURY = 100
_CENTURY_TURNS = 90  # RFC 2822, section 4.3, with feedparser's border, as `YEARS` starts there

_MONTH_NAMES = (
    """
    january jan janvier janv januar jänner jän januari enero ene gennaio gen janeiro ocak oca stycznia sty
    января январь янв січня січ ιανουαρίου ιαν ianuarie ian leden ledna január januára tammikuu tammikuuta يناير
    ژانویه
    """,
    """
    february feb février févr fév fevr fev februar februari febrero febbraio fevereiro şubat şub subat lutego
    lut февраля февраль фев лютого φεβρουαρίου φεβ φεβρ februarie únor února február februára helmikuu
    helmikuuta فبراير فوریه
    """,
    """
    march mar mars märz mrz mär maart mrt marzo março marco mart marca marzec марта март мар березня бер μαρτίου
    μάρ μαρ martie březen března március márc marec maaliskuu maaliskuuta مارس
    """,
    """
    april apr avril avr abril abr aprile nisan nis kwietnia kwi апреля апрель апр квітня кві απριλίου απρ
    aprilie duben dubna április ápr apríl apríla huhtikuu huhtikuuta أبريل إبريل آوریل
    """,
    """
    may mai mei mayo maggio mag maio mayıs mayis maja maj мая май травня тра μαΐου μάι μαϊ květen května május
    máj mája toukokuu toukokuuta مايو مه
    """,
    """
    june jun juin juni junio giugno giu junho haziran haz czerwca cze июня июнь июн червня чер ιουνίου ιουν
    iunie iun červen června június jún júna kesäkuu kesäkuuta يونيو ژوئن
    """,
    """
    july jul juillet juil juli julio luglio lug julho temmuz tem lipca lip июля июль июл липня ιουλίου ιουλ
    iulie iul červenec července július júl júla heinäkuu heinäkuuta يوليو ژوئیه
    """,
    """
    august aug août aout augusti augustus agosto ago ağustos ağu agustos sierpnia sie августа август авг серпня
    сер αυγούστου αυγ αύγ srpen srpna augusztus augusta elokuu elokuuta أغسطس اوت
    """,
    """
    september sep sept septembre septiembre settembre set setembro eylül eyl eylul września wrz сентября
    сентябрь сен сент вересня вер σεπτεμβρίου σεπ σεπτ septembrie září szeptember szept septembra syyskuu
    syyskuuta سبتمبر سپتامبر
    """,
    """
    october oct octobre oktober okt octubre ottobre ott outubro out ekim eki października paź октября октябрь
    окт жовтня жов οκτωβρίου οκτ octombrie říjen října október októbra lokakuu lokakuuta أكتوبر اکتبر
    """,
    """
    november nov novembre noviembre novembro kasım kas kasim listopada lis ноября ноябрь ноя нояб листопада
    νοεμβρίου νοε noiembrie noi listopad listopadu novembra marraskuu marraskuuta نوفمبر نوامبر
    """,
    """
    december dec décembre déc dez dezember desember diciembre dic dicembre dezembro aralık ara aralik grudnia
    gru декабря декабрь дек грудня гру δεκεμβρίου δεκ decembrie prosinec prosince decembra joulukuu joulukuuta
    ديسمبر دسامبر
    """,
)
"""January's names and abbreviations, February's and so on, in lower case."""
_FILLERS = frozenset(
    {
        *("de", "del", "du", "of", "the", "at", "um", "uhr", "à", "a", "las", "am", "der", "le", "den", "kl", "klo"),
        *("г", "в", "о", "год", "року", "i", "分", "秒", "분", "초"),
    }
)
_ORDINALS = frozenset({"st", "nd", "rd", "th", "er"})

_ZONE_HOURS = {
    0: "utc ut gmt z wet zulu",
    1: "cet met mez bst wat west",
    2: "cest mest mesz eet sast cat",
    3: "eest msk trt eat idt",
    3.5: "irst",
    4: "gst samt",
    4.5: "aft irdt",
    5: "pkt uzt yekt",
    5.5: "ist",
    5.75: "npt",
    6: "omst",
    6.5: "mmt",
    7: "wib ict krat novt",
    8: "hkt sgt pht myt awst wita irkt",
    9: "jst kst wit yakt",
    9.5: "acst",
    10: "aest vlat",
    10.5: "acdt",
    11: "aedt magt",
    12: "nzst pett",
    13: "nzdt",
    -1: "azot cvt",
    -2: "brst",
    -2.5: "ndt",
    -3: "brt art adt clst uyt",
    -3.5: "nst",
    -4: "edt ast clt bot vet et",
    -5: "est cdt cot pet ct",
    -6: "cst mdt mt",
    -7: "mst pdt pt",
    -8: "pst akdt",
    -9: "akst hdt",
    -10: "hst",
    -11: "sst",
}
"""RFC 822 section 5.1 with what feeds write besides. Where an abbreviation has several meanings, it has the one that
most feeds mean: IST is India's, CST America's, BST Britain's. Military letters but Z say nothing (RFC 2822, 4.3)."""

_RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) "
    r"(\d\d):(\d\d)(?::(\d\d))? (?:([+-])(\d\d)(\d\d)|([A-Z]{1,5}))"
)
"""What nearly all of RSS writes; the rest may take its time."""
_WORD = re.compile(r"[^\W\d_]+")
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:\s*[-/.年년]\s*(\d{1,2})(?:\s*[-/.月월]\s*(\d{1,2})(?!\d)\s*[日일]?)?|(\d\d)(\d\d)(?!\d))?"
)
_TIME = re.compile(r"(?<![\d+-])(\d{1,2})[:h時시](\d\d)?(?:[:分분](\d\d)(?:[.,]\d+)?)?(?!\d)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:gmt|utc|ut|z)?\s*([+\u2212-])(\d\d?):?(\d\d)?(?!\d)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})(?!\d)")
_COMPACT_TIME = re.compile(r"T(\d\d)(\d\d)(\d\d)?(?!\d)")
_AFTERNOON = re.compile(r"(?:\b|(?<=\d))(?:p\.?m\b|오후|下午|午後)", re.IGNORECASE)
_MORNING = re.compile(r"(?:\b|(?<=\d))(?:a\.?m\b|오전|上午|午前)", re.IGNORECASE)


_MONTHS = {word: month for month, words in enumerate(_MONTH_NAMES, 1) for word in words.split()}
_ZONES = {name: timezone(timedelta(hours=hours)) for hours, names in _ZONE_HOURS.items() for name in names.split()}


@lru_cache(maxsize=512)
def read(written: str) -> datetime | None:
    """The instant in UTC that a feed's date means, or None for what is no date or none between `YEARS`."""
    text = " ".join(written[: 2 * _LONGEST].split())
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _plain(text) or _iso(text) or _taken_apart(text)
        moment = moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in YEARS else None


def _plain(text: str) -> datetime | None:
    found = _RFC_822.fullmatch(text)
    if found is None:
        return datetime.fromtimestamp(int(text[:10]), UTC) if len(text) in {10, 13} and text.isdecimal() else None
    day, name, year, hour, minute, second, sign, hours, minutes, zone = found.groups()
    month = _MONTHS.get(name.casefold())
    place = _away(sign, hours, minutes) if sign else _ZONES.get(zone.casefold())
    if month is None or place is None:
        return None
    return _at(int(year), month, int(day), (int(hour), int(minute), int(second or 0)), place)


def _at(year: int, month: int, day: int, clock: tuple[int, int, int], zone: timezone) -> datetime:
    """24:00 and leap seconds are the first instant after; 25:00 and 12:75 are nothing."""
    hour, minute, second = clock
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(clock)
    return datetime(year, month, day, tzinfo=zone) + timedelta(hours=hour, minutes=minute, seconds=second)


def _iso(text: str) -> datetime | None:
    if not text[:4].isdigit():
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _taken_apart(text: str) -> datetime | None:
    """Date, then what is left of the text is time and zone."""
    found = _dated(text)
    if found is None:
        return None
    (year, month, day), rest = found
    clock, zone = _clock(rest)
    return _at(year, month, day, clock, zone)


def _dated(text: str) -> tuple[tuple[int, int, int], str] | None:
    first = _YEAR_FIRST.match(text)
    if first and first.end() and not first.group(0).isspace():
        year, month, day, other_month, other_day = first.groups()
        rest = text[first.end() :]
        if month or other_month or not rest:
            return (int(year), int(month or other_month or 1), int(day or other_day or 1)), rest
    numeric = _NUMERIC.search(text)
    if numeric:
        return _numbered(numeric, text)
    return _named(text)


def _numbered(numeric: re.Match[str], text: str) -> tuple[tuple[int, int, int], str] | None:
    one, sign, other, year = numeric.groups()
    day, month = int(one), int(other)
    if sign == "/" and day <= 12 and month <= 12 and day != month:
        return None
    if month > 12:
        day, month = month, day
    return (int(year), month, day), text[numeric.end() :]


def _named(text: str) -> tuple[tuple[int, int, int], str] | None:
    """`Mon, 18 Nov 2026 …`, `November 18, 2026 …`, `Mon Nov 18 12:30:00 CET 2026`, `18-Nov-26`."""
    words = [(word, _MONTHS.get(word.group().casefold())) for word in _WORD.finditer(text)]
    months = [(word, month) for word, month in words if month]
    if not months:
        return None
    # `mar.` is Tuesday in French and Spanish when another month follows.
    word, month = months[1] if len(months) > 1 and months[0][0].start() == 0 else months[0]
    if words[0][0] is not word and not _harmless(text, words[0][0].end(), word.start()):
        return None
    before = re.search(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|er|º|ª)?[\s.,-]*(?:de\s|of\s)?$", text[: word.start()])
    rest = text[word.end() :]
    if before:
        after = re.match(r"[\s.,/-]*(?:de[l]?\s)?(\d{4}|\d\d)(?![\d:])", rest)
        return ((_full(after.group(1)), month, int(before.group(1))), rest[after.end() :]) if after else None
    after = re.match(r"[\s.,-]*(\d{1,2})(?:st|nd|rd|th)?(?![\d:])[\s,.-]*", rest)
    if after is None:
        return None
    tail = rest[after.end() :]
    year = re.search(r"(?<![\d:+-])(\d{4})(?![\d:])", tail)
    return ((int(year.group(1)), month, int(after.group(1))), tail.replace(year.group(), " ", 1)) if year else None


def _harmless(text: str, start: int, end: int) -> bool:
    """Between the first word, a weekday in whatever language, and the month's name stand only fillers."""
    between = (word.group().casefold() for word in _WORD.finditer(text, start, end))
    return all(word in _FILLERS or word in _ORDINALS for word in between)


def _full(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < _CENTURY_TURNS else 2000 - _CENTURY)


def _clock(rest: str) -> tuple[tuple[int, int, int], timezone]:
    """Hour, minute, second and zone. Raises ValueError for words that belong to neither."""
    time = _TIME.search(rest) or _COMPACT_TIME.search(rest)
    hour, minute, second = (int(part or 0) for part in time.groups()) if time else (0, 0, 0)
    if _AFTERNOON.search(rest) and hour < 12:
        hour += 12
    elif _MORNING.search(rest) and hour == 12:
        hour = 0
    tail = rest[time.end() :] if time else rest
    tail = _MORNING.sub(" ", _AFTERNOON.sub(" ", tail))
    offset = _OFFSET.search(tail)
    if offset:
        return (hour, minute, second), _away(*offset.groups())
    return (hour, minute, second), _zone(tail)


def _away(sign: str, hours: str, minutes: str | None) -> timezone:
    """An offset; ValueError for what no place on earth has."""
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if away > _FARTHEST:
        raise ValueError(away)
    return timezone(away if sign == "+" else -away)


def _zone(tail: str) -> timezone:
    for word in _WORD.finditer(tail):
        name = word.group().casefold()
        if name in _ZONES:
            return _ZONES[name]
        if name not in _FILLERS and not (word.group().isupper() and len(name) <= 5):
            raise ValueError(tail)
    return UTC
