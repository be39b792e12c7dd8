"""Text as matching sees it: words, where they stand, and the two forms under which they are compared.

The string is cut into words first and each word is folded by itself, so that offsets stay those of the string as it
was, whatever folding does to lengths (decomposed accents, ß, full width letters, ligatures).

1.  A **word** is a run of letters, digits and the marks that belong to them. An acronym with dots is one word
    (`U.S.`), so is a number with its thousands apart (`1,000`, `1.000`). A possessive (`Turkey's`) and, in Turkish,
    every suffix behind an apostrophe (`Istanbul'da`) is no part of the word; nor is an elided article before one
    (`l'Iran`). Hyphens part words. Chinese, Japanese and Thai are written without spaces: there each character, with
    its marks, is a word, and a longer word is found as characters that follow each other.
2.  The **folded** form (`digest.folding`) is the same in every language: compatibility forms, case, accents and
    pointing are gone, the Arabic letters that writers interchange are one, so is the Turkish dotless i; digits are
    European.
3.  The **stem** is that of `digest.stems` in the article's language; English where there is no other. Where the
    language is not known, the word has the stems of every language that topics ask for and that its script serves.

A word is looked up by its **keys**: `=talks` is the folded form, `talk` an English stem, `gorusme@tr` a stem of
another language. Stems carry their language because they collide across languages: the French stem of "France" is the
English word "franc". An article's word has few keys (`keys`), whatever topics there are; in which ways a topic's word
may be written is worked out when the topic is compiled (`term_keys`, `cuts`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar

from digest import breaking, stems
from digest.folding import STOP_WORDS, fold
from digest.languages import may_be_in

if TYPE_CHECKING:
    # Here only: `check` needs no other record of the model, and making them all takes 30 ms.
    from digest.model import Entry, FieldName

OPENING = 300
"""So many characters of the text count as its opening."""

_FEW = 8
"""So many words are looked for in a field one by one, before the places of all are worked out."""

_BY_CHANCE = 3
"""So few characters of a script without spaces often stand within another word."""

_REMEMBERED = 8_000
"""Words, of all languages together, whose keys are remembered; about 3 MB. Twice as many would spare a tenth of what
has to be worked out.
"""

Shape = Callable[[Collection[str]], Iterable[str]]
"""Picks from words, as they stand in an article, those that fit."""

Case = Literal["any", "capital", "upper"]
"""What a word must look like to stand for a form: anything, not begin in lower case, or be in capitals."""

T = TypeVar("T")

FIELDS: tuple[FieldName, ...] = ("title", "summary", "text")
"""What an article says."""
ABOUT: tuple[FieldName, ...] = ("author", "tag", "feed", "url", "lang")
"""What is said about it."""
Scope = Literal["title", "summary", "text", "lead", "body", "top", "all", "author", "tag", "feed", "url", "lang"]
"""Where a clause looks: one field; title and summary; summary and text; title, summary and the opening of the text;
all three; or what is said about the article: its author, the tags it comes with, the feed's name and tags, its link,
its language."""

_PARTS: dict[Scope, tuple[str, ...]] = {
    "title": ("title",),
    "summary": ("summary",),
    "text": ("text",),
    "lead": ("title", "summary"),
    "body": ("summary", "text"),
    "top": ("title", "summary", "opening"),
    "all": FIELDS,
}

_STOP_KEYS = frozenset(f"={word}" for word in STOP_WORDS)

_SPACELESS = r"\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u3005-\u3007\u3041-\u3096"
_SPACELESS += r"\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACELESS += r"\uff66-\uff9d\U00020000-\U0003ffff"
# Characters that are no letters to `re` but stand inside words: accents, vowel signs, points, joiners, soft hyphens.
_MARKS = (
    r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
)
_MARKS += r"\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0903"
_MARKS += r"\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a70\u0a71"
_MARKS += r"\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3c-\u0c56"
_MARKS += r"\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1"
_MARKS += r"\u0eb4-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f84\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff"
_MARKS += r"\u200c\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\uff9e\uff9f"
_THOUSANDS = r"[.,'\u2019\u00a0\u202f]"
_NUMBER = rf"\d\d?\d?(?:{_THOUSANDS}\d{{3}})+\b"
_WORD = rf"[^\W_{_SPACELESS}]+(?:[{_MARKS}]+[^\W_{_SPACELESS}]*)*"
_ACRONYM = r"[^\W\d_]\.(?:[^\W\d_]\.)*[^\W\d_]\b\.?"
_CHARACTER = rf"[{_SPACELESS}][{_MARKS}\u30fc]*"
_LETTER = r"0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0388-\u038a\u038e-\u03a1\u03a3-\u03f5\u0400-\u0481"
_LETTER += r"\u048a-\u052f\u05d0-\u05ea\u0620-\u063f\u0641-\u064a\u0671-\u06d3"
_PLAIN = rf"[{_LETTER}]++(?![^\x00-\x7f])"
"""A word of such letters alone, and nothing behind it that might belong to it. Most are, and a text of them takes two
thirds of the time, since so few ranges are a table to `re`.
"""
_TOKEN = rf"({_NUMBER}|{_ACRONYM}|{_PLAIN}|{_WORD}|{_CHARACTER})"
_IN_ASCII = r"([0-9][0-9]?[0-9]?(?:[.,'][0-9]{3})+\b|[A-Za-z]\.(?:[A-Za-z]\.)*[A-Za-z]\b\.?|[0-9A-Za-z]+)"
"""The same for strings that are ASCII, in half the time."""
_APOSTROPHE = "['\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}\N{FULLWIDTH APOSTROPHE}]"
_ELIDED = ("[cdjlmnst]", "qu", "dell", "nell", "dall", "sull", "all", "un")
_ELISION = rf"(?:(?i:\b(?:{'|'.join(_ELIDED)})){_APOSTROPHE}(?=\w))?"
_POSSESSIVE, _SUFFIX = rf"(?:{_APOSTROPHE}[sS]\b)?", rf"(?:{_APOSTROPHE}{_WORD})?"
_ENDS_ONE = "|".join(rf"(?<=\b{article}{_APOSTROPHE})" for article in _ELIDED)
_ENDS_ELISION = rf"(?i:{_APOSTROPHE}(?=\w)(?:{_ENDS_ONE}))"
"""To look at the apostrophes is quick; to look for an elided article before each word doubles the time."""
_HAS_APOSTROPHE = re.compile(_APOSTROPHE)
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f]+")

_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_NUMBERED = re.compile(r"([^\W\d_]{1,3})(\d{1,3}[^\W\d_]?)")


class Form(NamedTuple):
    """One way in which a word may stand in an article."""

    keys: tuple[str, ...]
    """Any of them; for a prefix the one folded beginning."""
    case: Case = "any"
    prefix: bool = False
    shape: Shape | None = None
    """What words that have a key must look like besides."""
    unless: Longer | None = None
    """Within what the pattern that begins with it is something else: Sudan in South Sudan."""


Longer = Callable[[str], "Collection[Pattern]"]
"""Longer names, by the language of a field."""
Pattern = tuple[Form, ...]
"""Words that follow each other."""


class Spelt(NamedTuple):
    """What is known of the words of an entry, for some keys."""

    words: Mapping[str, Sequence[str]]
    """By key the words that have it."""
    covers: Container[str]
    """The keys for which it says all."""


class FieldText:
    """One field of an entry. What is costly is computed when first asked for: most articles concern no topic."""

    def __init__(self, name: FieldName, string: str, language: str, anywhere: _Spellings | None = None) -> None:
        """`anywhere` knows the words of the whole entry, so that no field need work it out."""
        self.name: FieldName = name
        self.string = string
        self.language = language
        self._pattern = _pattern(string, language)
        self._anywhere = anywhere
        self._looked_for = 0
        """So many words were, one by one."""
        self._offsets: list[tuple[int, int]] = []
        """Of the words from the first to the last that was asked for: what is told of most stands early."""

    @cached_property
    def words(self) -> list[str]:
        """As they stand in the string, in order; a place in this list is a position."""
        return self._pattern.findall(self.string)

    @cached_property
    def _found(self) -> Iterator[re.Match[str]]:
        """Those of the words whose offsets nobody asked for yet."""
        return self._pattern.finditer(self.string)

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for position, word in enumerate(self.words):
            positions.setdefault(word, []).append(position)
        return positions

    def _positions_of(self, word: str) -> Iterator[int]:
        """Those of one word, without working out all."""
        find, at = self.words.index, -1
        with suppress(ValueError):
            while True:
                at = find(word, at + 1)
                yield at

    @cached_property
    def _distinct(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def _spellings(self) -> dict[str, list[str]]:
        return _by_key(self._distinct, self.language)

    def where(self, form: Form) -> list[int]:
        """The positions at which the form stands, ascending."""
        spelt = self._spelt(form)
        if not spelt:
            return []
        words = {word for word in spelt if fits(word, form.case)}
        if form.shape and words:
            words = set(form.shape(words))
        self._looked_for += len(words)
        places = self._positions_of if self._looked_for <= _FEW else self._positions.__getitem__
        return sorted(chain.from_iterable(map(places, words)))

    def _spelt(self, form: Form) -> list[str]:
        """The words of the field that have a key of the form."""
        if form.prefix:
            there = self._spellings
            return [word for key in there if key.startswith(form.keys) for word in there[key]]
        if self._anywhere is None:
            return [word for key in form.keys for word in self._spellings.get(key, ())]
        return [word for word in self._anywhere.having(form.keys) if word in self._distinct]

    @cached_property
    def _bounds(self) -> list[int]:
        """The offsets between the words, as ICU parts scripts without spaces; none without ICU."""
        return sorted(set(chain.from_iterable(breaking.words(self.string) or ())))

    def is_whole(self, first: int, last: int) -> bool:
        """Whether the words from position `first` to `last` are no parts of their neighbours.

        Characters of a script without spaces may be; one alone may always be a word.
        """
        if first == last or not is_spaceless(self.words[first]):
            return True
        start, end = self.span(first, last)
        if last - first < _BY_CHANCE and self._is_torn(start, end):
            return False
        return not self._bounds or not breaking.cut_out(self.string, self._bounds, start, end)

    def _is_torn(self, start: int, end: int) -> bool:
        """Whether what stands there has a sign in it (安・曼) or goes on in katakana (タイ in タイトル), of which a
        run is one word (UAX #29, rule WB13).
        """
        if any(unicodedata.category(sign).startswith("P") for sign in self.string[start:end]):
            return True
        run = _KATAKANA.fullmatch(self.string, start, end)
        before, behind = (_KATAKANA.match(self.string, at) for at in (max(0, start - 1), end))
        return run is not None and bool((start and before) or behind)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The offsets of the words from position `first` to `last`."""
        if len(self._offsets) <= last:
            self._offsets += [found.span(1) for found in islice(self._found, last + 1 - len(self._offsets))]
        return self._offsets[first][0], self._offsets[last][1]


class _Spellings:
    """Which words of an entry have a key: worked out once for all of its fields, where it is not known.

    Fields hold this and not the entry's analysis: in a circle all of them would wait for the collector of garbage.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self.lists: Sequence[list[str]] = ()
        """The words of each field."""
        self._tell: Callable[[], Spelt] | None = None
        self._told: Spelt | None = None

    def know(self, tell: Callable[[], Spelt]) -> None:
        self._tell, self._told = tell, None

    @property
    def known(self) -> Spelt | None:
        """What is known already, once somebody asks; None: nothing."""
        if self._told is None and self._tell is not None:
            self._told = self._tell()
        return self._told

    @cached_property
    def words(self) -> frozenset[str]:
        """Those of all the fields."""
        return frozenset().union(*self.lists)

    def having(self, keys: Iterable[str]) -> Iterable[str]:
        """The words that have one of the keys."""
        known = self.known
        if known is None:
            return [word for key in keys for word in self._by_key.get(key, ())]
        words, covers = known
        return [word for key in keys for word in (words if key in covers else self._by_key).get(key, ())]

    @cached_property
    def _by_key(self) -> Mapping[str, Sequence[str]]:
        return _by_key(self.words, self._language)


class Analysis:
    """An entry's fields, analysed. Not changed by asking it."""

    def __init__(self, entry: Entry, feeds: Sequence[str], languages: frozenset[str]) -> None:
        self.language = stem_language(entry.language) if entry.language else _unknown(languages)
        self._entry, self._feeds = entry, feeds
        self._worked_out: dict[Hashable, Any] = {}
        self._spellings = _Spellings(self.language)
        opening = _opening(entry.text)
        self._is_cut_short = entry.text[len(opening) : len(opening) + 1] not in " \n"
        """Whether the opening ends within a word."""
        self._fields = {
            "title": FieldText("title", entry.title, self.language, self._spellings),
            "summary": FieldText("summary", entry.summary, self.language, self._spellings),
            "text": FieldText("text", entry.text, self.language, self._spellings),
            "opening": FieldText("text", opening, self.language, None if self._is_cut_short else self._spellings),
        }
        self._spellings.lists = [self.title.words, self.summary.words, self.text.words]

    @property
    def title(self) -> FieldText:
        return self._fields["title"]

    @property
    def summary(self) -> FieldText:
        return self._fields["summary"]

    @property
    def text(self) -> FieldText:
        return self._fields["text"]

    def scope(self, scope: Scope) -> tuple[FieldText, ...]:
        """The fields that a clause looks at, the weightiest first."""
        parts = _PARTS.get(scope)
        return tuple(self._fields[part] for part in parts) if parts else self._about(scope)

    def _about(self, scope: Scope) -> tuple[FieldText, ...]:
        """What is said about the article; each tag and name is a field of its own, so that no phrase spans two."""
        entry = self._entry
        strings: dict[str, Sequence[str | None]] = {
            "author": (entry.author,),
            "tag": entry.tags,
            "feed": self._feeds,
            "url": (entry.link,),
            "lang": (primary_language(entry.language),),
        }
        name = next(each for each in ABOUT if each == scope)
        return tuple(FieldText(name, string, self.language) for string in strings[scope] if string)

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` gives, worked out once for this article. One key is for one kind of work."""
        if key not in self._worked_out:
            self._worked_out[key] = work()
        found: T = self._worked_out[key]
        return found

    def know(self, spelt: Callable[[], Spelt]) -> None:
        """Take over what is known of the words already, so that it need not be worked out; it is asked for once."""
        self._spellings.know(spelt)

    @property
    def in_order(self) -> Iterator[str]:
        """The words of its fields, one field after the other."""
        return chain.from_iterable(self._spellings.lists)

    @property
    def words(self) -> frozenset[str]:
        """The same, each once."""
        return self._spellings.words

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of every word of every field: what the index over the topics is asked with."""
        return self._keys_of(self.words)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The keys of every word of every field; where something is known of the words (`know`), those of them that
        it covers.
        """
        known = self._spellings.known
        return frozenset(known.words) if known else self.keys

    @cached_property
    def asked_on_top(self) -> frozenset[str]:
        """The same of the title, the summary and the opening of the text."""
        return self._asked_in(self.scope("top"))

    @cached_property
    def asked_in_title(self) -> frozenset[str]:
        """The same of the title."""
        return self._asked_in([self.title])

    def _asked_in(self, fields: Iterable[FieldText]) -> frozenset[str]:
        words = {word for field in fields for word in field.words}
        known = self._spellings.known
        if known is None:
            return self._keys_of(words)
        found = frozenset(key for key, spelt in known.words.items() if not words.isdisjoint(spelt))
        cut = words - self.words if self._is_cut_short else None
        return found | self._keys_of(cut) if cut else found

    def _keys_of(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(chain.from_iterable(map(_keys_in(self.language).__getitem__, words)))


def _by_key(words: Iterable[str], language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        for key in keys(word, language):
            found.setdefault(key, []).append(word)
    return found


def analyse(entry: Entry, feeds: Sequence[str] = (), languages: frozenset[str] = frozenset()) -> Analysis:
    """The entry, and its feed's name and tags, as matching sees them. Never raises, whatever the strings hold.

    `languages` are those that topics ask for: an entry whose language is not known is tried in all of them.
    """
    return Analysis(entry, feeds, languages)


def words_of(string: str, language: str | None = None) -> list[str]:
    """The words of a string as they stand in it."""
    language = stem_language(language)
    found: list[str] = _pattern(string, language).findall(string)
    return found


@lru_cache(maxsize=256)
def stem_language(language: str | None) -> str:
    """The language whose stems are used for texts in `language`: itself, or English."""
    code = primary_language(language)
    return code if code in stems.LANGUAGES else "en"


@lru_cache(maxsize=64)
def _unknown(languages: frozenset[str]) -> str:
    """English and these: what stands for the language of a text whose language is not known."""
    return " ".join(["en", *sorted({stem_language(code) for code in languages} - {"en"})])


def primary_language(code: str | None) -> str:
    """The language of a code, without script and region: "pt" of pt-BR."""
    return (code or "").replace("_", "-").split("-")[0].lower()


def is_spaceless(string: str) -> bool:
    """Whether characters of a script without spaces are among it."""
    return _IS_SPACELESS.search(string) is not None


_TAKEN_OFF_IN_FRONT = frozenset({"ar", "he", "nl"})
"""Languages in which stemming takes letters off in front."""


def head_of(text: str, language: str) -> str:
    """What the stem of its first word begins with, without stemming it: two letters; as good as nothing in a language
    in which that may not be the word's own beginning.
    """
    if language in _TAKEN_OFF_IN_FRONT:
        return "latin" if text[:1].isascii() else ""
    if not text[:2].isalpha() or "'" in text or "\N{RIGHT SINGLE QUOTATION MARK}" in text or is_spaceless(text[:2]):
        text = next(iter(words_of(text, language)), text)
    return fold(text[:2])[:2]


def heads_of(word: str, stems: Iterable[str], language: str) -> frozenset[str]:
    """The heads of all that has one of the stems of a word: its own, and what the stems begin with."""
    if language in _TAKEN_OFF_IN_FRONT:
        return frozenset({head_of(word, language)})
    return frozenset({head_of(word, language), *(stem.partition(" ")[0].partition("@")[0][:2] for stem in stems)})


def stems_of(words: Iterable[str], language: str) -> list[str]:
    """The stems of words that stand in an article, in their order, without words that carry no meaning."""
    return [found[1] for found in map(_keys_in(language).__getitem__, words) if found[0] not in _STOP_KEYS]


def keys(word: str, language: str) -> tuple[str, ...]:
    """What an article's word is found under: the folded key, the stem key, and those of other readings.

    `language` is as `stem_language` gives it.
    """
    return _keys_in(language)[word]


def term_keys(word: str, languages: Iterable[str]) -> tuple[str, ...]:
    """What a topic's word may be found under: folded, with ü as ue, and the stems of its forms in each language.

    `languages` are as `stem_language` gives them.
    """
    folded = fold(word)
    found = [f"={folded}"]
    if not word.isascii():
        found.append(f"={fold(unicodedata.normalize('NFC', word).lower().translate(_SPELLED_OUT))}")
    for language in languages:
        found += _stem_keys(stems.variants(word, language), folded, language)
    return tuple(dict.fromkeys(found))


def cuts(term: str, languages: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The words of a topic's term, in every way in which it may be cut: by each language, and together or apart where
    writers differ (G-20 and G20, e-mail and email, Sana'a and Sanaa).
    """
    found = [tuple(words_of(term, language)) for language in languages]
    if re.fullmatch(rf"\w+(?:(?:[-\u2010\u2011]|{_APOSTROPHE})\w+)+", term) and len(found[0]) > 1:
        found.append(("".join(found[0]),))
    if numbered := _NUMBERED.fullmatch(term):
        found.append((numbered[1], numbered[2]))
    return tuple(dict.fromkeys(cut for cut in found if cut))


_TELLING = 4
"""Letters of a stem that is hardly another language's word by chance."""

LOOKED_AT = 64
"""What is remembered is looked at with each so manieth entry: to count it takes a quarter of working one out."""


def make_room(remembered: Collection[dict[str, Any]], most: int) -> None:
    """Forget the older half of each of these, when together they have so many entries."""
    if sum(map(len, remembered)) < most:
        return
    for each in remembered:
        newer = list(each.copy().items())[len(each) // 2 :]  # of a copy: another thread may put in more meanwhile
        each.clear()
        each.update(newer)


class _Keys(dict[str, tuple[str, ...]]):
    """The keys of words of one language (or of several, for texts in one of them), remembered.

    A mapping, since asking it is most of analysing a text, and `lru_cache` takes some three times as long.
    """

    of_all: ClassVar[list[_Keys]] = []

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, *self.others = language.split()
        self.of_all.append(self)

    def __missing__(self, word: str) -> tuple[str, ...]:
        if not len(self) % LOOKED_AT:
            make_room(self.of_all, _REMEMBERED)
        found = _keys(word, self.language)
        for language in self.others:
            if may_be_in(language, word):
                found += tuple(filter(_tells, _keys(word, language)[1:]))
        self[word] = found
        return found


def _tells(stem: str) -> bool:
    """Whether a stem says enough of a word of any language: English "as" has that of a Turkish vaccine."""
    letters = stem.partition("@")[0]
    return len(letters) >= _TELLING or not letters.isascii()


@cache
def _keys_in(language: str) -> _Keys:
    return _Keys(language)


def _keys(word: str, language: str) -> tuple[str, ...]:
    folded = fold(word)
    return (f"={folded}", *_stem_keys(stems.readings(word, language), folded, language))


def _stem_keys(found: tuple[str, ...], folded: str, language: str) -> list[str]:
    if language == "en":
        return [fold(stem) or folded for stem in found]
    return [f"{fold(stem) or folded}@{language}" for stem in found]


def _pattern(string: str, language: str) -> re.Pattern[str]:
    simple = string.isascii()
    token = _IN_ASCII if simple else _TOKEN
    if "'" not in string and (simple or _HAS_APOSTROPHE.search(string) is None):
        return _compiled(token, "", "")
    if language == "tr":
        return _compiled(token, "", _SUFFIX)
    return _compiled(token, _ELISION if _compiled(_ENDS_ELISION, "", "").search(string) else "", _POSSESSIVE)


@cache
def _compiled(token: str, before: str, behind: str) -> re.Pattern[str]:
    """Compiled when it is first needed: most take 5 ms."""
    return re.compile(before + token + behind)


def may_stand(pattern: Pattern, keys: frozenset[str]) -> bool:
    """Whether words that have these keys may make up the pattern. Of a beginning it is not told."""
    for form in pattern:  # noqa: SIM110 - a generator for `all` takes three times as long
        if keys.isdisjoint(form.keys) and not form.prefix:
            return False
    return True


def fits(word: str, case: Case) -> bool:
    """Whether a word has the letter case asked for. A script without case has it; so has an acronym with dots."""
    if case == "any":
        return True
    if case == "capital":
        return not word[0].islower()
    return "." in word or word.isupper()


def _opening(text: str) -> str:
    """The opening of the text, not cut within a word."""
    if len(text) <= OPENING:
        return text
    cut = max(text.rfind(" ", 0, OPENING + 1), text.rfind("\n", 0, OPENING + 1))
    return text[: cut if cut > 0 else OPENING]
