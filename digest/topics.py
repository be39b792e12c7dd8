"""From what an operator writes to the clauses that an article is held against.

A **phrase** is cut into content words; stop words go. What remains must all be there (`threshold` may loosen or
tighten that). A word that names a country becomes all the words that the country goes by; quotes within a phrase keep
words together. A **query** is parsed (`digest.queries`). Lines of `watch` and the query are alternatives: one tree,
whose terms are then given their patterns, the forms under which they may stand in an article, in English and in the
languages of the topic and of the feeds.

Compiling also works out what an article cannot do without, as groups of keys of which one must occur: the index over
the topics files a topic under them (`digest.matching`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from digest import countries
from digest.errors import TopicError
from digest.model import Threshold, Topic
from digest.queries import AllOf, AnyOf, AtLeast, Clause, Kind, Near, Not, Term, Within, all_of, any_of, parse, quoted
from digest.text import Case, Form, Pattern, fold, is_stop_word, keys, stem_language, words_of

LONGEST_FILED_PREFIX = 4
"""A topic is filed under at most so many letters of a prefix."""

# Words that are a country only with a capital letter: found in that spelling even when they are typed as a name.
_COMMON_NOUNS = frozenset(
    {"turkey", "china", "polish", "chad", "guinea", "jordan", "chile", "danish", "swede", "brazil"}
)

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
# Between words of at least two letters a hyphen or slash parts them (Syria-Turkey); F-16 and COVID-19 stay whole.
_GAPS = re.compile(r"\s+|(?<=\w\w)[-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}/](?=[^\W\d]{2})")


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledTopic:
    """A topic ready for matching."""

    topic: Topic
    version: str
    tree: Clause
    exclude: tuple[Clause, ...]
    required: tuple[frozenset[str], ...]
    """Groups of keys, the rarest first: an article that matches has a key of every group. Of a prefix stand the first
    letters and a star."""


def compile_topic(topic: Topic, languages: frozenset[str] = frozenset()) -> CompiledTopic:
    """Ready a topic for matching.

    `languages` are those that the feeds are in: in these, in the topic's own and in English words are stemmed and
    countries known.

    :raises TopicError: for a phrase without content words, quotes that do not close, a query that cannot be read, or
        a topic that asks for nothing.
    """
    asked = frozenset(code.replace("_", "-").split("-")[0].lower() for code in languages | set(topic.languages))
    if isinstance(topic.threshold, float) and not 0 <= topic.threshold <= 1:
        raise TopicError(f"the threshold {topic.threshold} is no score", expected="broad, balanced, strict or 0 to 1")
    found = [_phrase(phrase, asked, topic.threshold) for phrase in topic.watch]
    if topic.query is not None:
        found.append(parse(topic.query))
    if not found:
        raise TopicError("the topic watches nothing", expected="a phrase under `watch`, or a `query`")
    tree = _with_patterns(any_of(found), asked)
    return CompiledTopic(
        topic=topic,
        version=topic.version,
        tree=tree,
        exclude=tuple(_with_patterns(_phrase(phrase, asked, "balanced"), asked) for phrase in topic.exclude),
        required=tuple(sorted(_required(tree), key=_frequency)),
    )


# --- phrases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two gaps of a phrase, without the punctuation around it."""

    text: str
    tokens: tuple[str, ...]


def _phrase(phrase: str, languages: frozenset[str], threshold: Threshold) -> Clause:
    """The clause of one line: its content words, all of them or as many as the threshold wants."""
    found = list(_parts(phrase, languages))
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


def _parts(phrase: str, languages: frozenset[str]) -> Iterator[Clause]:
    """What the phrase asks for, in its order."""
    for in_quotes, chunk in _chunks(phrase):
        if not in_quotes:
            yield from _content(chunk, languages)
        elif together := quoted(chunk):
            yield together


def _chunks(phrase: str) -> Iterator[tuple[bool, str]]:
    parts = phrase.translate(_QUOTES).split('"')
    if len(parts) % 2 == 0:
        column = len('"'.join(parts[:-1])) + 1
        raise TopicError(f"a quotation mark in “{phrase}” is not closed", column=column, expected="a second one")
    for number, chunk in enumerate(parts):
        yield number % 2 == 1, chunk


def _content(chunk: str, languages: frozenset[str]) -> Iterator[Term]:
    """The content words of a chunk without quotes, as written and as terms, countries recognised."""
    words = [_Word(_bare(raw), tokens) for raw in _GAPS.split(chunk) if (tokens := tuple(words_of(raw)))]
    no_capitals = chunk == chunk.lower()
    all_capitals = chunk == chunk.upper()
    at = 0
    while at < len(words):
        size = _country_size(words[at:], languages, any_case=no_capitals)
        if size:
            name = " ".join(word.text for word in words[at : at + size])
            yield Term(name, "country")
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


def _country_size(words: Sequence[_Word], languages: frozenset[str], *, any_case: bool) -> int:
    """How many of the words name the country that they begin with; 0 for none."""
    tokens = [token for word in words[: countries.LONGEST] for token in word.tokens]
    found = countries.recognise(tokens, languages, any_case=any_case)
    if found is None:
        return 0
    taken = 0
    for size, word in enumerate(words, start=1):
        taken += len(word.tokens)
        if taken >= found[1]:
            return size if taken == found[1] else 0
    return 0


# --- patterns -------------------------------------------------------------------------------------------------------


def _with_patterns(clause: Clause, languages: frozenset[str]) -> Clause:
    """The same tree, its terms knowing how they may stand in an article."""
    match clause:
        case Term():
            return replace(clause, patterns=_patterns(clause.text, clause.kind, languages))
        case Near(terms=terms):
            found = (replace(term, patterns=_patterns(term.text, term.kind, languages)) for term in terms)
            return replace(clause, terms=tuple(found))
        case Not(part=part) | Within(part=part):
            return replace(clause, part=_with_patterns(part, languages))
        case AllOf(parts=parts) | AnyOf(parts=parts) | AtLeast(parts=parts):
            return replace(clause, parts=tuple(_with_patterns(part, languages) for part in parts))


@lru_cache(maxsize=10_000)
def _patterns(text: str, kind: Kind, languages: frozenset[str]) -> tuple[Pattern, ...]:
    if kind == "prefix":
        return ((Form((keys(text, "en")[0],), prefix=True),),)
    if kind == "exact":
        return ((Form((keys(text, "en")[0],)),),)
    if kind == "country":
        return _country_patterns(text, languages)
    return _word_patterns(text, languages, _case(text))


def _case(text: str) -> Case:
    """A stop word in capitals is an acronym, and found in capitals only: WHO, IT."""
    return "upper" if is_stop_word(text) and text.isupper() and len(text) > 1 else "any"


def _word_patterns(text: str, languages: frozenset[str], case: Case = "any") -> tuple[Pattern, ...]:
    """As it is written, and with the stem that each language gives it; cut into words as each language does."""
    stems = sorted({"en", *(stem_language(language) for language in languages)})
    cuts = dict.fromkeys(tuple(words_of(text, language)) for language in stems)
    return tuple(tuple(_form(token, stems, case) for token in tokens) for tokens in cuts if tokens)


def _form(token: str, stems: Sequence[str], case: Case) -> Form:
    found = [keys(token, language) for language in stems]
    return Form(tuple(dict.fromkeys([found[0][0], *(stem for _, stem in found)])), case)


def _country_patterns(name: str, languages: frozenset[str]) -> tuple[Pattern, ...]:
    """What the country goes by; and the name as it was typed, in any letter case where that makes no other word."""
    tokens = words_of(name)
    any_case = name == name.lower()
    found = countries.recognise(tokens, languages, any_case=any_case)
    if found is None:
        raise AssertionError(f"{name} was recognised before")
    by_name = countries.patterns(found[0], languages)
    if countries.is_abbreviation(name) or (fold(name) in _COMMON_NOUNS and not any_case):
        return by_name
    as_typed = _word_patterns(name, languages)
    if len(tokens) == 1:
        unless = countries.unless_after(name)
        as_typed = tuple((pattern[0]._replace(unless_after=unless), *pattern[1:]) for pattern in as_typed)
    return tuple(dict.fromkeys([*as_typed, *by_name]))


# --- what an article cannot do without ------------------------------------------------------------------------------


def _required(clause: Clause) -> list[frozenset[str]]:  # noqa: PLR0911 - one line a kind of clause
    """Groups of keys: where the clause holds, the article has a key of every group. None: it may hold anywhere."""
    match clause:
        case Term(patterns=patterns):
            return [frozenset(key for pattern in patterns for key in _rarest_keys(pattern))]
        case Near(terms=terms):
            return [group for term in terms for group in _required(term)]
        case AllOf(parts=parts):
            return [group for part in parts for group in _required(part)]
        case AnyOf(parts=parts):
            return _one_of(parts)
        case AtLeast(minimum=minimum, parts=parts):
            # Of n parts n - minimum may be missing: of any so many and one more, one is there.
            return _one_of(parts[: len(parts) - minimum + 1]) if minimum > 0 else []
        case Within(part=part):
            return _required(part)
        case Not():
            return []


def _one_of(parts: Sequence[Clause]) -> list[frozenset[str]]:
    groups = [min(_required(part), key=_frequency, default=None) for part in parts]
    return [] if None in groups else [frozenset().union(*(group for group in groups if group))]


def _rarest_keys(pattern: Pattern) -> tuple[str, ...]:
    rarest = min(pattern, key=lambda form: _frequency(_keys(form)))
    return _keys(rarest)


def _keys(form: Form) -> tuple[str, ...]:
    return (f"{form.keys[0][: LONGEST_FILED_PREFIX + 1]}*",) if form.prefix else form.keys


def _frequency(group: frozenset[str] | tuple[str, ...]) -> float:
    """A guess at how often a group is met: the more keys and the shorter, the oftener."""
    return sum(2.0 ** -len(key.partition("@")[0].strip("=")) for key in group)
