"""From a phrase, as an operator types it, to the clauses that it stands for.

A phrase is cut into content words; stop words go. A word that names a country becomes all the words that the country
goes by, and so does any other name that is known (`digest.names`); quotes keep words together. Under `watch` the
words are scored (`digest.scoring`), under `require` and `exclude` all of them must be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from digest import names
from digest.aliases import Sets, recognise
from digest.clauses import Clause, Near, Part, Phrase, Sort, Term, all_of
from digest.concepts import LONGEST, is_everyday, is_listed, is_proper, related
from digest.errors import TopicError
from digest.folding import fold, is_stop_word
from digest.framing import is_also_a_name, is_frame, is_never_a_name, is_noun, is_year
from digest.persons import is_common_last_name, is_first_name, is_office, is_rank
from digest.queries import FIELDS, PLAIN_QUOTES, quoted
from digest.spaceless import parted
from digest.text import words_of

# Between words of at least two letters a hyphen or slash parts them (Syria-Turkey); F-16 and COVID-19 stay whole.
_GAPS = re.compile(r"\s+|(?<=\w[\w.])[-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}/](?=[^\W\d]{2})")


_SIGNS = re.compile(
    r'(?<!\w)([A-Za-z]+:["\w(][^\s"]*)'
    r'|"[^"]*"([~^@][\d>s]\S*)?'
    r'|(?<!\S)([-\u2010-\u2015\u2212](?:["(]|[^\W\d])[^\s"]*)'
    r"|(\S*[^\W\d](?:\*|[~^][\d.]*))(?!\S)"
)
"""What only queries have: a field, perhaps; what stands behind quotes; a minus; a star, ~ or ^ behind a word."""

_IN_FRONT = re.compile(r"(?<!\w)(anti|counter|ex|inter|mid|non|post|pre|pro)[-\u2010-\u2013](?=\w)", re.IGNORECASE)
"""What stands before a hyphen and says little by itself: post-election crisis."""

_SIGNED = re.compile(r"(?<!\w)[A-Za-z](?:\+\+|#)(?!\w)")
"""C++, C#: a letter that means nothing without its signs."""

_OPERATORS = frozenset({"AND", "OR", "NOT"})

_BEFORE = frozenset({"le", "la", "las", "los", "el", "de", "di", "da", "del", "al", "will", "can"})
_BEHIND = frozenset({"may"})
"""Stop words that with a capital letter begin or end a name: Le Pen, Will Smith, Theresa May."""

_ONE_IN_GUILLEMETS = re.compile(r"«(\w+)»")
"""Newspapers put names into them, so that nobody asks for this form of a word alone: теракт в «Крокусе»."""

_SHORT = 4
"""A line of one word in capitals, of so many letters, is an acronym."""

_TURKISH_SUFFIX = re.compile(
    r"(?<=\w\w)['\N{RIGHT SINGLE QUOTATION MARK}]"
    r"(n?[\u0131iuü]n|[yn]?[\u0131iuüae]|n?[dt][ae]n?|[dt][ae]ki|y?l[ae])(?=\W*$)"
)
"""Cases of a name, and "with": of Türkiye'nin, Ankara'ya, Suriye'deki, Irak'la."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two gaps of a phrase, without the punctuation around it."""

    text: str
    tokens: tuple[str, ...]


def phrase(line: str, languages: frozenset[str], cut: float, topic: str = "", aliases: Sets = ()) -> Phrase:
    """The words of a line of `watch`, to be scored; those in quotes must be there.

    Raises TopicError for a line without content words, or quotes that do not close.
    """
    found = (
        _part(part, languages, whole_in_capitals=line == line.upper())
        for part in _content_of(line, languages, aliases)
    )
    parts = _titled(_unnamed(tuple(dict.fromkeys(found)), line, languages), languages)
    return Phrase(line, _described(_dated(_hyphened(parts, line))), cut, topic)


def condition(line: str, languages: frozenset[str], aliases: Sets = ()) -> Clause:
    """The clause of a line of `require` or `exclude`: all its content words.

    Raises TopicError for a line without content words, or quotes that do not close.
    """
    return all_of(clause for clause, _ in _content_of(line, languages, aliases))


def _content_of(line: str, languages: frozenset[str], aliases: Sets) -> list[tuple[Term | Near, bool]]:
    """What the line asks for, in its order, and whether it stands in quotes."""
    found = list(_parts(line, languages, aliases))
    if not found:
        raise TopicError(
            f"the phrase “{line}” has no word that means something by itself",
            expected="a name, or a word that tells the subject",
            hint="to look for such words as they stand, put them in quotes",
        )
    return found


def _part(found: tuple[Term | Near, bool], languages: frozenset[str], *, whole_in_capitals: bool) -> Part:
    clause, in_quotes = found
    if isinstance(clause, Near):
        text = " ".join(str(part) for part in clause.parts)
        return Part(text, "name", clause, must=in_quotes)
    if clause.kind == "country":
        entry = names.entry_of(clause.text, languages)
        return Part(clause.text, "country" if entry and names.is_country(entry) else "name", clause)
    if clause.kind == "word" and is_frame(clause.text, languages):
        return Part(clause.text, "frame", clause)
    named = clause.kind in {"acronym", "literal"} or (clause.text[:1].isupper() and not whole_in_capitals)
    known = related(clause.text, languages) and not is_proper(clause.text, languages)
    named = named and not known and not is_noun(clause.text, languages)
    return Part(clause.text, "name" if named or in_quotes else "word", clause, must=in_quotes)


def _unnamed(parts: tuple[Part, ...], line: str, languages: frozenset[str]) -> tuple[Part, ...]:
    """The same, without names that only seem to be some: words of a term (Supreme Court), adjectives that a phrase
    begins with, and the words of a heading, in which every word has a capital.
    """
    unknown = {part for part in parts if _is_unknown_name(part) and not is_proper(part.text, languages)}
    if not unknown or len(parts) == 1:
        return parts
    words = words_of(line)
    runs = (words[at : at + size] for size in range(2, LONGEST + 1) for at in range(len(words) - size + 1))
    terms = {word for run in runs if _is_common_term(" ".join(run), languages) for word in run}
    common = {part for part in unknown if part.text in terms or is_never_a_name(part.text)}
    if all(part.text[:1].isupper() for part in parts if part.text[:1].isalpha()):
        everyday = {part for part in unknown if is_everyday(part.text) and not is_also_a_name(part.text)}
        common |= everyday if everyday >= unknown - common else set()
    return tuple(replace(part, kind="word") if part in common else part for part in parts)


def _is_common_term(words: str, languages: frozenset[str]) -> bool:
    """Whether the thesaurus has the words together, and as no proper name (Marburg virus)."""
    return bool(related(words, languages)) and not is_proper(words, languages)


def _titled(parts: tuple[Part, ...], languages: frozenset[str]) -> tuple[Part, ...]:
    """The same; before a name an office frames (Prime Minister Modi), and so does a first name where nothing else is
    asked for and the last one tells who is meant (Jamal Khashoggi). No second name is a rank (Prince Harry), or a
    first name before one that many have (Boris Johnson).
    """
    found = list(parts)
    alone = all(part.kind in {"name", "frame"} or is_office(part.text) for part in parts)
    for at in reversed(range(len(parts) - 1)):
        part, behind = found[at], found[at + 1]
        if part.must or not part.text[:1].isupper():
            continue
        if is_office(part.text) and _begins_person(behind, languages):
            found[at] = replace(part, kind="frame")
        elif is_rank(part.text) and part.kind == "name":
            found[at] = replace(part, kind="word")
        elif _is_unknown_name(part) and is_first_name(part.text) and not is_everyday(behind.text):
            found[at] = replace(part, kind=_kind_of_first_name(part, behind, alone=alone))
    return tuple(found)


def _begins_person(part: Part, languages: frozenset[str]) -> bool:
    if isinstance(part.clause, Term) and part.clause.kind == "country":
        entry = names.entry_of(part.clause.text, languages)
        return entry is not None and names.is_person(entry)
    return _is_unknown_name(part) or (part.kind == "frame" and (is_office(part.text) or is_first_name(part.text)))


def _kind_of_first_name(part: Part, behind: Part, *, alone: bool) -> Sort:
    if behind.kind != "name" and is_first_name(behind.text):
        return behind.kind
    if not _is_unknown_name(behind) or is_first_name(behind.text):
        return part.kind
    if is_common_last_name(behind.text):
        return "word"
    return "frame" if alone else part.kind


def _is_unknown_name(part: Part) -> bool:
    """Whether nothing but its capital says that it is one."""
    clause = part.clause
    return (
        part.kind == "name"
        and not part.must
        and isinstance(clause, Term)
        and clause.kind == "word"
        and not clause.also
    )


def _described(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """An acronym beside a name says what that is: CEO Musk, USS Cole."""
    acronyms = {part for part in parts if isinstance(part.clause, Term) and part.clause.kind == "acronym"}
    if all(part in acronyms or part.kind != "name" for part in parts):
        return parts
    return tuple(replace(part, kind="word") if part in acronyms else part for part in parts)


def _hyphened(parts: tuple[Part, ...], line: str) -> tuple[Part, ...]:
    """What stands before a hyphen and belongs to the word behind it frames that."""
    in_front = set(_IN_FRONT.findall(line))
    return tuple(replace(part, kind="frame") if part.text in in_front and not part.must else part for part in parts)


def _dated(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A year frames what stands beside it; by itself it is what is asked for."""
    years = {part for part in parts if part.kind == "word" and is_year(part.text)}
    if all(part in years or part.kind == "frame" for part in parts):
        return parts
    return tuple(replace(part, kind="frame") if part in years else part for part in parts)


def _parts(phrase: str, languages: frozenset[str], aliases: Sets) -> Iterator[tuple[Term | Near, bool]]:
    for in_quotes, chunk in _chunks(phrase):
        if not in_quotes:
            yield from ((term, False) for term in _content(chunk, languages, aliases))
        elif together := quoted(chunk):
            yield together, True


def _chunks(phrase: str) -> Iterator[tuple[bool, str]]:
    plain = _ONE_IN_GUILLEMETS.sub(r" \1 ", phrase).translate(PLAIN_QUOTES)
    _refuse_signs(plain)
    parts = plain.split('"')
    if len(parts) % 2 == 0:
        column = len('"'.join(parts[:-1])) + 1
        raise TopicError(f"a quotation mark in “{phrase}” is not closed", column=column, expected="a second one")
    for number, chunk in enumerate(parts):
        yield number % 2 == 1, chunk


def _content(chunk: str, languages: frozenset[str], aliases: Sets) -> Iterator[Term]:
    """The content words of a chunk without quotes, as written and as terms, countries and aliases recognised."""
    # Where all letters are large, or none is, their case tells nothing; of an acronym beside a year it does.
    any_case = chunk == chunk.lower() or (chunk == chunk.upper() and len(re.findall(r"\b[^\W\d_]", chunk)) > 1)

    def size_of_name(tokens: Sequence[str]) -> int:
        alias = recognise(tokens, aliases, languages)
        country = names.recognise(tokens, languages, any_case=any_case)
        return max(alias[1] if alias else 0, country[1] if country else 0)

    written = _GAPS.split(chunk)
    if "tr" in languages:
        written = [_without_suffix(raw, size_of_name) for raw in written]
    raws = chain.from_iterable(parted(raw, size_of_name) for raw in written)
    words = [_Word(_bare(raw), tokens) for raw in raws if (tokens := tuple(words_of(raw)))]
    all_capitals = chunk == chunk.upper()
    at = 0
    while at < len(words):
        also, alias = _alias(words[at:], aliases, languages)
        country = _country_size(words[at:], languages, any_case=any_case)
        if size := max(alias, country):
            name = " ".join(word.text for word in words[at : at + size])
            yield Term(name, "country" if size == country else "word", also if size == alias else ())
        elif not any_case and (size := _name_size(words[at:], languages)):
            yield Term(" ".join(word.text for word in words[at : at + size]))
        elif _is_acronym(words[at], chunk, languages):
            _refuse_operator(words[at], chunk, all_capitals=all_capitals)
            yield Term(words[at].text, "acronym")
        elif not _is_stop_word(words[at]):
            yield Term(words[at].text, "literal" if _SIGNED.fullmatch(words[at].text) else "word")
        at += size or 1


def _without_suffix(raw: str, size_of_name: Callable[[Sequence[str]], int]) -> str:
    """A name as it stands in a Turkish dictionary. One letter may be a suffix or belong to the name, as in Sana'a."""
    found = _TURKISH_SUFFIX.search(raw)
    tokens = words_of(raw[: found.start()]) if found else []
    if not found or not tokens:
        return raw
    sure = len(found[1]) > 1 and tokens[0][0].isupper()
    return raw[: found.start()] + raw[found.end() :] if sure or size_of_name(tokens) == len(tokens) else raw


def _bare(raw: str) -> str:
    if signed := _SIGNED.search(raw):
        return signed[0].upper()
    return re.sub(r"^[\W_]+|[^\w.]+$|(?<!\.\w)\.+$", "", raw) or raw


def _is_acronym(word: _Word, chunk: str, languages: frozenset[str]) -> bool:
    """Whether it is in capitals among words that are not; or by itself, short, and no word of the news (OIL)."""
    letters = re.sub(r"[\W_]", "", word.text)
    if len(letters) < 2 or not (letters.isalpha() and letters.isupper()):
        return False
    if chunk != chunk.upper():
        return True
    alone = len(re.findall(r"[^\W\d_]", chunk)) == len(letters) <= _SHORT
    if not alone or word.text in _OPERATORS:
        return False
    return is_listed(word.text, languages) or not related(word.text, languages)


def _refuse_operator(word: _Word, chunk: str, *, all_capitals: bool) -> None:
    if word.text in _OPERATORS and not all_capitals:
        raise _of_queries(word.text, chunk, chunk.index(word.text))


def _refuse_signs(phrase: str) -> None:
    for found in _SIGNS.finditer(phrase):
        which = found.lastindex or 0
        if which > 1 or (which and found[1].partition(":")[0].lower() in FIELDS):
            raise _of_queries(found[which], phrase, found.start(which))


def _of_queries(found: str, phrase: str, at: int) -> TopicError:
    return TopicError(
        f"“{found}” in the phrase “{phrase.strip()}” would be looked for as a word",
        column=at + 1,
        expected="plain words under `watch` and `exclude`",
        hint="operators belong under `query`, alternatives on lines of their own, what must not be there under "
        "`exclude`",
    )


def _alias(words: Sequence[_Word], aliases: Sets, languages: frozenset[str]) -> tuple[tuple[str, ...], int]:
    """The other names of what the words begin with, and how many of the words name it; 0 for none."""
    found = recognise([token for word in words for token in word.tokens], aliases, languages)
    return (found[0], _whole_words(words, found[1])) if found else ((), 0)


def _country_size(words: Sequence[_Word], languages: frozenset[str], *, any_case: bool) -> int:
    """How many of the words name the country, or what else is known, that they begin with; 0 for none.

    A full name stays two words where reports have the last one only: Boris Johnson.
    """
    tokens = [token for word in words[: names.LONGEST] for token in word.tokens]
    found = names.recognise(tokens, languages, any_case=any_case)
    return _whole_words(words, found[1]) if found and not names.is_called_in_full(found[0]) else 0


def _name_size(words: Sequence[_Word], languages: frozenset[str]) -> int:
    """How many of the words are a name that has a word which by itself means nothing; 0 for none."""
    capitals = [word.text[:1].isupper() for word in words[:3]]
    if capitals[:2] != [True, True]:
        return 0
    first, second = words[:2]
    if fold(first.text) in _BEFORE:
        is_name = not _is_stop_word(second) and not _country_size(words[1:], languages, any_case=False)
    else:
        is_name = fold(second.text) in _BEHIND and capitals[2:] != [True] and not _is_stop_word(first)
        is_name = is_name and not related(first.text, languages)
    return 2 if is_name else 0


def _is_stop_word(word: _Word) -> bool:
    return all(is_stop_word(token) for token in word.tokens)


def _whole_words(words: Sequence[_Word], tokens: int) -> int:
    """How many of the words have so many tokens; 0 when a word would be cut."""
    taken = 0
    for size, word in enumerate(words, start=1):
        taken += len(word.tokens)
        if taken >= tokens:
            return size if taken == tokens else 0
    return 0
