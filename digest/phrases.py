"""From a phrase, as an operator types it, to the clauses that it stands for.

A phrase is cut into content words; stop words go. What remains must all be there (`threshold` may loosen or tighten
that). A word that names a country becomes all the words that the country goes by; quotes within a phrase keep words
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest import countries
from digest.aliases import Sets, recognise
from digest.errors import TopicError
from digest.model import Threshold
from digest.queries import AtLeast, Clause, Term, Within, all_of, quoted
from digest.text import is_stop_word, words_of

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
# Between words of at least two letters a hyphen or slash parts them (Syria-Turkey); F-16 and COVID-19 stay whole.
_GAPS = re.compile(r"\s+|(?<=\w\w)[-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}/](?=[^\W\d]{2})")


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two gaps of a phrase, without the punctuation around it."""

    text: str
    tokens: tuple[str, ...]


def phrase_clause(phrase: str, languages: frozenset[str], threshold: Threshold, aliases: Sets = ()) -> Clause:
    """The clause of one line: its content words, all of them or as many as the threshold wants."""
    found = list(_parts(phrase, languages, aliases))
    if not found:
        raise TopicError(
            f"the phrase “{phrase}” has no word that means something by itself",
            expected="a name, or a word that tells the subject",
            hint="to look for such words as they stand, put them in quotes",
        )
    common = tuple(part for part in found if _is_common(part))
    if threshold == "broad" and common and len(found) > 2:
        return all_of([*(part for part in found if part not in common), AtLeast(len(common) - 1, common)])
    return Within("top", all_of(found)) if threshold == "strict" else all_of(found)


def _is_common(part: Clause) -> bool:
    """Neither a country, nor written as a name, nor in quotes: what `threshold: broad` may do without."""
    return isinstance(part, Term) and part.kind == "word" and not part.text[0].isupper()


def _parts(phrase: str, languages: frozenset[str], aliases: Sets) -> Iterator[Clause]:
    """What the phrase asks for, in its order."""
    for in_quotes, chunk in _chunks(phrase):
        if not in_quotes:
            yield from _content(chunk, languages, aliases)
        elif together := quoted(chunk):
            yield together


def _chunks(phrase: str) -> Iterator[tuple[bool, str]]:
    parts = phrase.translate(_QUOTES).split('"')
    if len(parts) % 2 == 0:
        column = len('"'.join(parts[:-1])) + 1
        raise TopicError(f"a quotation mark in “{phrase}” is not closed", column=column, expected="a second one")
    for number, chunk in enumerate(parts):
        yield number % 2 == 1, chunk


def _content(chunk: str, languages: frozenset[str], aliases: Sets) -> Iterator[Term]:
    """The content words of a chunk without quotes, as written and as terms, countries and aliases recognised."""
    words = [_Word(_bare(raw), tokens) for raw in _GAPS.split(chunk) if (tokens := tuple(words_of(raw)))]
    no_capitals = chunk == chunk.lower()
    all_capitals = chunk == chunk.upper()
    at = 0
    while at < len(words):
        also, alias = _alias(words[at:], aliases, languages)
        country = _country_size(words[at:], languages, any_case=no_capitals)
        if size := max(alias, country):
            name = " ".join(word.text for word in words[at : at + size])
            yield Term(name, "country" if size == country else "word", also if size == alias else ())
        elif not all(is_stop_word(token) for token in words[at].tokens) or (
            _is_acronym(words[at]) and not all_capitals
        ):
            _refuse_operator(words[at], chunk, all_capitals=all_capitals)
            yield Term(words[at].text)
        at += size or 1


def _bare(raw: str) -> str:
    return re.sub(r"^[\W_]+|[^\w.]+$|(?<!\.\w)\.+$", "", raw) or raw


def _is_acronym(word: _Word) -> bool:
    letters = word.text.replace(".", "")
    return len(letters) > 1 and letters.isupper()


def _refuse_operator(word: _Word, chunk: str, *, all_capitals: bool) -> None:
    if word.text in {"AND", "OR", "NOT"} and not all_capitals:
        raise TopicError(
            f"“{word.text}” in the phrase “{chunk.strip()}” would be looked for as a word",
            column=chunk.index(word.text) + 1,
            expected="plain words under `watch` and `exclude`",
            hint="operators belong under `query`, alternatives on lines of their own, what must not be there under "
            "`exclude`",
        )


def _alias(words: Sequence[_Word], aliases: Sets, languages: frozenset[str]) -> tuple[tuple[str, ...], int]:
    """The other names of what the words begin with, and how many of the words name it; 0 for none."""
    found = recognise([token for word in words for token in word.tokens], aliases, languages)
    return (found[0], _whole_words(words, found[1])) if found else ((), 0)


def _country_size(words: Sequence[_Word], languages: frozenset[str], *, any_case: bool) -> int:
    """How many of the words name the country that they begin with; 0 for none."""
    tokens = [token for word in words[: countries.LONGEST] for token in word.tokens]
    found = countries.recognise(tokens, languages, any_case=any_case)
    return _whole_words(words, found[1]) if found else 0


def _whole_words(words: Sequence[_Word], tokens: int) -> int:
    """How many of the words have so many tokens; 0 when a word would be cut."""
    taken = 0
    for size, word in enumerate(words, start=1):
        taken += len(word.tokens)
        if taken >= tokens:
            return size if taken == tokens else 0
    return 0
