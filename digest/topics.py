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
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from weakref import WeakValueDictionary

from digest import names, shapes
from digest.aliases import Sets
from digest.clauses import (
    BEST_FIRST,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Grade,
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
from digest.concepts import LONGEST as LONGEST_CONCEPT
from digest.concepts import name_in_others, related, spoken_in, synonyms, translations
from digest.errors import TopicError
from digest.folding import is_stop_word
from digest.phrases import condition, phrase
from digest.queries import parse
from digest.scoring import CUTS, NAMED
from digest.settings import Query, Topic
from digest.text import ABOUT, Case, Form, Pattern, cuts, keys, primary_language, stem_language, term_keys, words_of

OWN: Grade = "own"

Group = tuple[str, ...]
"""Keys in order; those of one term are the same object for all topics that ask for it."""

LONGEST_FILED_PREFIX = 4
"""A topic is filed under at most so many letters of a prefix."""


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
        return tuple(sorted(groups, key=_frequency))

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
            named = replace(ready, parts=tuple(_by_all_names(part, ready, languages) for part in ready.parts))
            return replace(named, parts=tuple(_with_ways(part, named, languages) for part in named.parts))


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
    rarest = {key for pattern in patterns for key in _rarest_keys(pattern)}
    return replace(term, patterns=patterns, keys=tuple(sorted(rarest)))


def _part_with_patterns(part: Part, languages: frozenset[str]) -> Part:
    clause = _with_patterns(part.clause, languages)
    if not isinstance(clause, Term | Near):
        raise TypeError(f"{clause} is no part of a phrase")
    return replace(part, clause=clause)


def _with_ways(part: Part, phrase: Phrase, languages: frozenset[str]) -> Part:
    """The same part, knowing how it may be written and what is related to it."""
    clause = part.clause
    if isinstance(clause, Near):
        return replace(part, ways=Ways(keys=frozenset().union(*_required(clause)[:1]), kind=part.kind))
    found = (*((OWN, pattern) for pattern in clause.patterns), *_related(part, phrase, languages))
    silent = _silent(part, phrase, languages)
    asked = part.text, part.kind, part.must, silent, found
    ways = _ways.get(asked)
    if ways is None:
        ways = _ways[asked] = _new_ways(part, _met_as(part, clause, languages), silent, found)
    return replace(part, ways=ways)


def _met_as(part: Part, clause: Term, languages: frozenset[str]) -> frozenset[str]:
    """The keys by which it is told how often the word is met: in other languages what means the same."""
    others = translations(part.text, languages) if part.kind in {"word", "frame"} else ()
    return frozenset(clause.keys).union(*(_rarest_keys(each.pattern) for each in others))


def _by_all_names(part: Part, phrase: Phrase, languages: frozenset[str]) -> Part:
    """A word of a phrase with what is another name of the same thing, or the same in other languages, and what the
    term that it is a word of is called in these; unless that has one of the keys beside it.
    """
    term = part.clause
    if part.kind != "word" or not isinstance(term, Term):
        return part
    asked = chain.from_iterable(name_in_others(each, languages) for each in (term.text, *_runs(part, phrase)))
    names_ = dict.fromkeys(each.pattern for each in chain(synonyms(term.text, languages), asked))
    beside = _keys_beside(part, phrase)
    more = [name for name in names_ if name not in term.patterns and beside.isdisjoint(name[0].keys)]
    if not more:
        return part
    keys_ = {*term.keys, *(key for name in more for key in _rarest_keys(name))}
    return replace(part, clause=replace(term, patterns=(*term.patterns, *more), keys=tuple(sorted(keys_))))


_Asked = tuple[str, str, bool, frozenset[str], tuple[tuple[Grade, Pattern], ...]]
_ways: WeakValueDictionary[_Asked, Ways] = WeakValueDictionary()
"""Those of equal parts of all topics are one."""


def _new_ways(
    part: Part, met_as: frozenset[str], silent: frozenset[str], found: Iterable[tuple[Grade, Pattern]]
) -> Ways:
    patterns: dict[Grade, dict[str, dict[Pattern, None]]] = {}
    best: dict[Pattern, Grade] = {}
    for grade, pattern in sorted(found, key=lambda each: BEST_FIRST.index(each[0])):
        if best.setdefault(pattern, grade) != grade:
            continue  # it stands for the word in a better way already
        for key in _rarest_keys(pattern):
            patterns.setdefault(grade, {}).setdefault(key, {})[pattern] = None
    return Ways(
        by_grade={grade: {key: tuple(ways) for key, ways in by_key.items()} for grade, by_key in patterns.items()},
        keys=met_as,
        kind=part.kind,
        silent=silent,
    )


def _silent(part: Part, phrase: Phrase, languages: frozenset[str]) -> frozenset[str]:
    """The languages in which the thesaurus has words for other words of the phrase and none for this one, and which
    are not that of the phrase, as far as the thesaurus tells it.
    """
    if part.kind != "word" or part.must:
        return frozenset()
    told = {each: _told(each, phrase, languages) for each in phrase.parts if each.kind == "word" and not each.must}
    homes = Counter(language for home, _ in told.values() for language in home)
    home = {language for language, times in homes.items() if times == max(homes.values())}
    return frozenset().union(*(known for _, known in told.values())) - home - told[part][1]


def _told(part: Part, phrase: Phrase, languages: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """In which languages the word is one of the thesaurus, and in which that has something for it."""
    asked = (part.text, *_runs(part, phrase))
    home = frozenset[str]().union(*(spoken_in(each, languages) for each in asked))
    return home, home.union(each.language for word in asked for each in related(word, languages))


def _related(part: Part, phrase: Phrase, languages: frozenset[str]) -> Iterator[tuple[Grade, Pattern]]:
    """What the thesaurus knows of the word, and of the words around it that it makes a term with (interest rates).

    Not what is another word of the phrase, or one of an article would count for both; but for words that mean the
    same, each by itself (war, conflict).
    """
    if part.must:
        return
    if part.kind in NAMED:
        entry = names.entry_of(part.text, languages)
        yield from (("same", pattern) for pattern in (names.patterns_within(entry, languages) if entry else ()))
    if part.kind == "country":
        return
    others, keys_ = _patterns_beside(part, phrase), _keys_beside(part, phrase)
    for asked in (part.text, *_runs(part, phrase)):
        for each in related(asked, languages):
            means_it = each.grade == "same" and asked == part.text
            is_other = each.pattern in others if len(each.pattern) > 1 else not keys_.isdisjoint(each.pattern[0].keys)
            if means_it or not is_other:
                yield each.grade, each.pattern


def _runs(part: Part, phrase: Phrase) -> Iterator[str]:
    """The words of a phrase that stand together and may be a term of which the part is a word."""
    words = words_of(phrase.text)
    runs = (words[at : at + size] for size in range(2, LONGEST_CONCEPT + 1) for at in range(len(words) - size + 1))
    return (" ".join(run) for run in runs if part.text in run)


def _patterns_beside(part: Part, phrase: Phrase) -> frozenset[Pattern]:
    """How the other words of the phrase may stand in an article."""
    terms = (other.clause for other in phrase.parts if other is not part)
    return frozenset(chain.from_iterable(term.patterns for term in terms if isinstance(term, Term)))


def _keys_beside(part: Part, phrase: Phrase) -> frozenset[str]:
    """The keys of the other words of the phrase."""
    patterns = _patterns_beside(part, phrase)
    return frozenset(key for pattern in patterns if len(pattern) == 1 for key in pattern[0].keys)


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
        (names.as_typed(pattern[0], tokens[0]),) if len(pattern) == 1 else pattern
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
    for_all = min(others, key=_frequency) if all(others) else ()
    of_some = [same for part, same in zip(asked, others, strict=True) if not part.ways.silent]
    if len(of_some) < len(others) and all(of_some):
        for_all = (*for_all, *min(of_some, key=_frequency, default=()))
    more = frozenset(chain.from_iterable(others) if named else for_all)
    return [*musts, *(tuple(sorted(more.union(group))) for group in own)]


def _one_of(parts: Sequence[Clause]) -> list[Group]:
    groups = [min(_required(part), key=_frequency, default=()) for part in parts]
    return [tuple(sorted(set(chain.from_iterable(groups))))] if all(groups) else []


def _rarest_keys(pattern: Pattern) -> tuple[str, ...]:
    rarest = min(pattern, key=lambda form: _frequency(_keys(form)))
    return _keys(rarest)


def _keys(form: Form) -> tuple[str, ...]:
    return (f"{form.keys[0][: LONGEST_FILED_PREFIX + 1]}*",) if form.prefix else form.keys


def _frequency(group: Iterable[str]) -> float:
    """A guess at how often a group is met: the more keys and the shorter, the oftener."""
    return sum(2.0 ** -len(key.partition("@")[0].strip("=")) for key in group)
