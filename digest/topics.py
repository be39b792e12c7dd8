"""From what an operator writes to the clauses that an article is held against.

The phrases of `watch` (`digest.phrases`) and the query (`digest.queries`) are alternatives: one tree. The lines of
`require` and `exclude` are trees of their own, of which all and none must hold besides. Their terms are then given
their patterns, the forms under which they may stand in an article, in English and in the languages of the topic and
of the feeds.

Compiling also works out what an article cannot do without, as groups of keys of which one must occur: the index over
the topics files a topic under them (`digest.filing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from weakref import WeakValueDictionary

from digest import names, shapes
from digest.aliases import Sets
from digest.clauses import (
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Kind,
    Near,
    Not,
    Part,
    Phrase,
    Term,
    Times,
    Ways,
    Weighted,
    Within,
    any_of,
)
from digest.errors import TopicError
from digest.folding import is_stop_word
from digest.phrases import condition, phrase
from digest.queries import parse
from digest.scoring import CUTS, NAMED
from digest.settings import Query, Topic
from digest.text import ABOUT, Case, Form, Pattern, cuts, keys, primary_language, stem_language, term_keys, words_of
from digest.ways import frequency, rarest_keys, with_ways

Group = tuple[str, ...]
"""Keys in order; those of one term are the same object for all topics that ask for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledTopic:
    """A topic ready for matching."""

    topic: Topic
    version: str
    languages: frozenset[str]
    """In these and in English its words have stems."""
    tree: Clause
    require: tuple[Clause, ...]
    exclude: tuple[Clause, ...]
    decided_by_keys: bool
    """Whether it asks for plain words only: it concerns every article that has a key of every required group."""

    @property
    def required(self) -> tuple[Group, ...]:
        """Groups of keys, the rarest first: an article that matches has a key of every group, or is like what the
        topic found before. Of a prefix stand the first letters and a star.
        """
        groups = (group for clause in (self.tree, *self.require) for group in _required(clause))
        return tuple(sorted(groups, key=frequency))

    @property
    def looked_for(self) -> frozenset[str]:
        """The keys of all words that stand for a word of its phrases, required or not."""
        phrases = [clause for clause in _parts_of(self.tree, AnyOf) if isinstance(clause, Phrase)]
        return frozenset().union(*(_looked_for(part.ways) for phrase in phrases for part in phrase.parts))


def compile_topic(topic: Topic, languages: frozenset[str] = frozenset()) -> CompiledTopic:
    """Ready a topic for matching.

    `languages` are those that the feeds are in: in these, in the topic's own and in English words are stemmed and
    countries known.

    Raises TopicError for a phrase without content words, quotes that do not close, a query that cannot be read, or
    a topic that asks for nothing.
    """
    asked = _primary(languages, topic.languages)
    if isinstance(topic.threshold, float) and not 0 <= topic.threshold <= 1:
        raise TopicError(f"the threshold {topic.threshold} is no score", expected="broad, balanced, strict or 0 to 1")
    cut = CUTS[topic.threshold] if isinstance(topic.threshold, str) else topic.threshold
    found: list[Clause] = [phrase(line, asked, cut, topic.id, topic.aliases) for line in topic.watch]
    if topic.query is not None:
        found.append(parse(topic.query))
    if not found:
        raise TopicError("the topic watches nothing", expected="a phrase under `watch`, or a `query`")
    tree = _with_patterns(any_of(found), asked)
    require = tuple(_condition(line, asked, topic.aliases) for line in topic.require)
    exclude = tuple(_condition(line, asked, topic.aliases) for line in topic.exclude)
    return CompiledTopic(
        topic=topic,
        version=topic.version,
        languages=asked,
        tree=tree,
        require=require,
        exclude=exclude,
        decided_by_keys=not exclude and not _is_restricted(topic) and all(map(_is_of_words, (tree, *require))),
    )


@lru_cache(maxsize=64)
def _primary(languages: frozenset[str], own: tuple[str, ...]) -> frozenset[str]:
    """The languages without their regions; one set for all topics that have the same."""
    return frozenset(primary_language(code) for code in (*languages, *own))


def compile_all(topics: Iterable[Topic], languages: frozenset[str]) -> tuple[CompiledTopic, ...]:
    """All of them, for the same languages.

    Raises TopicError as `compile_topic` does.
    """
    return tuple(compile_topic(topic, languages) for topic in topics)


def _condition(line: str | Query, languages: frozenset[str], aliases: Sets) -> Clause:
    clause = parse(line.text) if isinstance(line, Query) else condition(line, languages, aliases)
    return _with_patterns(clause, languages)


# --- patterns -------------------------------------------------------------------------------------------------------


def _with_patterns(clause: Clause, languages: frozenset[str]) -> Clause:
    """The same tree, its terms knowing how they may stand in an article."""
    match clause:
        case Term():
            return _ready(clause, languages)
        case Not(part=part) | Within(part=part) | Times(part=part) | Weighted(part=part):
            return replace(clause, part=_with_patterns(part, languages))
        case AllOf(parts=parts) | AnyOf(parts=parts) | AtLeast(parts=parts) | Near(parts=parts):
            return replace(clause, parts=tuple(_with_patterns(part, languages) for part in parts))
        case Phrase(parts=parts):
            ready = replace(clause, parts=tuple(_part_with_patterns(part, languages) for part in parts))
            return with_ways(ready, languages)


_terms: WeakValueDictionary[tuple[str, Kind, tuple[str, ...], frozenset[str]], Term] = WeakValueDictionary()
"""Equal terms of all topics are one, which is most of what a topic takes."""


def _ready(term: Term, languages: frozenset[str]) -> Term:
    asked = term.text, term.kind, term.also, languages
    found = _terms.get(asked)
    if found is None:
        found = _terms[asked] = _new_term(term, languages)
    return found


def _new_term(term: Term, languages: frozenset[str]) -> Term:
    found = [_patterns(term.text, term.kind, languages)]
    found += (_patterns(name, _kind_of(name, languages), languages) for name in term.also)
    patterns = tuple(dict.fromkeys(chain.from_iterable(found)))
    rarest = {key for pattern in patterns for key in rarest_keys(pattern)}
    return replace(term, patterns=patterns, keys=tuple(sorted(rarest)))


def _part_with_patterns(part: Part, languages: frozenset[str]) -> Part:
    clause = _with_patterns(part.clause, languages)
    if part.kind == "name" and isinstance(clause, Term) and clause.kind == "word":
        clause = replace(clause, patterns=tuple(map(_as_name, clause.patterns)))
    if not isinstance(clause, Term | Near):
        raise TypeError(f"{clause} is no part of a phrase")
    return replace(part, clause=clause)


def _as_name(pattern: Pattern) -> Pattern:
    """The same words, inflected as names are; in other scripts than the Latin they may change more."""
    spelled = [[key[1:] for key in form.keys if key.startswith("=")] for form in pattern]
    return tuple(
        form._replace(shape=shapes.name(spellings)) if all(map(str.isascii, spellings)) else form
        for form, spellings in zip(pattern, spelled, strict=True)
    )


def _kind_of(name: str, languages: frozenset[str]) -> Kind:
    found = names.recognise(words := words_of(name), languages)
    return "country" if found and found[1] == len(words) else "word"


@lru_cache(maxsize=2_000)
def _patterns(text: str, kind: Kind, languages: frozenset[str]) -> tuple[Pattern, ...]:
    match kind:
        case "word":
            return _word_patterns(text, languages, _case(text))
        case "acronym":
            return tuple(tuple(map(_in_capitals, pattern)) for pattern in _word_patterns(text, languages))
        case "country":
            return _country_patterns(text, languages)
        case "prefix" | "wildcard" | "fuzzy" | "regex":
            return ((_looks_like(text, kind),),)
        case "cased":
            found = _plain_cuts(text, languages)
            return tuple(tuple(Form((_folded(word),), shape=shapes.cased(word)) for word in cut) for cut in found)
        case "exact" | "literal" | "site":
            return tuple(tuple(Form((_folded(word),)) for word in cut) for cut in _plain_cuts(text, languages))


def _looks_like(text: str, kind: Kind) -> Form:
    """The form of words that are told by what they look like. The plain letters that they begin with are a prefix."""
    if kind == "prefix":
        return Form((_folded(text),), prefix=True)
    if kind == "wildcard":
        return Form((_folded(re.split(r"[*?]", text)[0]),), prefix=True, shape=shapes.wildcard(text))
    if kind == "regex":
        return Form((_folded(shapes.head_of(text)),), prefix=True, shape=shapes.regex(text))
    word, _, wrong = text.rpartition("~")
    return Form((_folded(""),), prefix=True, shape=shapes.fuzzy(word, int(wrong)))


def _plain_cuts(text: str, languages: frozenset[str]) -> list[tuple[str, ...]]:
    """The words of a text as each language cuts them."""
    found = dict.fromkeys(tuple(words_of(text, language)) for language in ("en", *sorted(languages)))
    return [cut for cut in found if cut]


def _folded(word: str) -> str:
    return keys(word, "en")[0]


def _case(text: str) -> Case:
    """A stop word in capitals is an acronym, and found in capitals only: WHO, IT."""
    return "upper" if is_stop_word(text) and text.isupper() and len(text) > 1 else "any"


def _in_capitals(form: Form) -> Form:
    """The form of an acronym. Not every stemmer takes its s off: NGOs."""
    folded = form.keys[0]
    return form._replace(keys=(*form.keys, f"{folded}s"), shape=shapes.acronym(folded.removeprefix("=")))


def _word_patterns(text: str, languages: frozenset[str], case: Case = "any") -> tuple[Pattern, ...]:
    """As it is written, and with the stem that each language gives it; cut into words as each language does."""
    stems = sorted({"en", *(stem_language(language) for language in languages)})
    return tuple(tuple(Form(term_keys(token, stems), case) for token in tokens) for tokens in cuts(text, stems))


def _country_patterns(name: str, languages: frozenset[str]) -> tuple[Pattern, ...]:
    """What the country goes by; and the name as it was typed, in any letter case where that makes no other word.

    Other names of several words are often made of ordinary ones: Six Nations, typed so, are no six nations.
    """
    tokens = words_of(name)
    any_case = name == name.lower()
    found = names.recognise(tokens, languages, any_case=any_case)
    if found is None:
        raise AssertionError(f"{name} was recognised before")
    by_name = names.patterns(found[0], languages)
    if names.is_in_capitals(name, languages) or (names.is_common_noun(name) and not any_case):
        return by_name
    as_typed = (
        names.as_typed(found[0], pattern, tokens)
        for pattern in _word_patterns(name, languages)
        if len(pattern) == 1 or any_case or names.is_country(found[0])
    )
    return tuple(dict.fromkeys([*as_typed, *by_name]))


# --- what an article cannot do without ------------------------------------------------------------------------------


def _required(clause: Clause) -> list[Group]:  # noqa: PLR0911 - one line a kind of clause
    """Groups of keys: where the clause holds, the article has a key of every group. None: it may hold anywhere."""
    match clause:
        case Term(keys=own):
            return [own]
        case AllOf(parts=parts) | Near(parts=parts):
            return [group for part in parts for group in _required(part)]
        case AnyOf(parts=parts):
            return _one_of(parts)
        case AtLeast(minimum=minimum, parts=parts):
            # Of n parts n - minimum may be missing: of any so many and one more, one is there.
            return _one_of(parts[: len(parts) - minimum + 1]) if minimum > 0 else []
        case Within(scope=scope) if scope in ABOUT:
            return []  # an article has no keys of what is said about it
        case Within(part=part) | Times(part=part) | Weighted(part=part):
            return _required(part)
        case Phrase(parts=parts):
            return _anchors(parts)
        case Not():
            return []


def _looked_for(ways: Ways) -> Iterator[str]:
    for pattern in chain.from_iterable(chain.from_iterable(by_key.values() for by_key in ways.by_grade.values())):
        for form in pattern:
            yield from form.keys


def _is_restricted(topic: Topic) -> bool:
    """Whether it asks for more than that words are there."""
    return bool(topic.watch or topic.feeds or topic.languages or not isinstance(topic.threshold, str))


def _is_of_words(tree: Clause) -> bool:
    """Whether it asks for all of some groups of plain words."""
    return all(_is_plain(part) for group in _parts_of(tree, AllOf) for part in _parts_of(group, AnyOf))


def _parts_of(clause: Clause, kind: type[AllOf | AnyOf]) -> Sequence[Clause]:
    return clause.parts if isinstance(clause, kind) else (clause,)


def _is_plain(clause: Clause) -> bool:
    """Whether it is a word of which every way of writing it is one form, told by its keys alone."""
    if not isinstance(clause, Term) or clause.kind in {"literal", "site"}:
        return False
    return all(len(pattern) == 1 and pattern[0] == Form(pattern[0].keys) for pattern in clause.patterns)


def _anchors(parts: Sequence[Part]) -> list[Group]:
    """Without a word in quotes a phrase holds only for what is like the topic's past; so it does without a name of it
    or what stands for one, and where it has no names, without a word of it or others for all.
    """
    musts = [group for part in parts if part.must for group in _required(part.clause)]
    plain = [part for part in parts if part.kind != "frame"]
    named = [part for part in parts if part.kind in NAMED]
    asked = named or plain or parts
    own = _one_of([part.clause for part in asked])
    others = [part.ways.by_grade.get("same", {}).keys() for part in asked]
    for_all = min(others, key=frequency) if all(others) else ()
    of_some = [same for part, same in zip(asked, others, strict=True) if not part.ways.silent]
    if len(of_some) < len(others) and all(of_some):
        for_all = (*for_all, *min(of_some, key=frequency, default=()))
    more = frozenset(chain.from_iterable(others) if named else for_all)
    return [*musts, *(tuple(sorted(more.union(group))) for group in own)]


def _one_of(parts: Sequence[Clause]) -> list[Group]:
    groups = [min(_required(part), key=frequency, default=()) for part in parts]
    return [tuple(sorted(set(chain.from_iterable(groups))))] if all(groups) else []
