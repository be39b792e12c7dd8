"""The tree of clauses that every topic is, and the query language that writes it down.

    syria AND assad           both; AND may be left out
    syria OR assad            one of them
    NOT turkey, -turkey       must not be there
    (syria OR assad) talks    parentheses
    syria*                    every word that begins so
    "talks"                   this form only, no other inflection
    "security corridor"       these words, in this order
    "security corridor"~5     in any order, with at most 5 other words between them
    title:syria               in one field: title, summary, text, or lead (title and summary)

NOT binds closest, then AND, then OR. A plain word stands for all its inflections, within a quoted phrase too. `+word`
is read as `word`, since words that stand together must all be there. Operators are in capitals. What Lucene reads and
we do not (weights, fuzzy words, regular expressions, wildcards within a word) is refused by name, not misread.

`parse` gives the tree, `str(tree)` a query that parses to the same tree. Phrases compile to the same clauses
(`digest.topics`), so one evaluator (`digest.matching`) decides and explains both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from digest.errors import TopicError
from digest.text import Pattern, Scope, words_of

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

Kind = Literal["word", "exact", "prefix", "country"]

SHORTEST_PREFIX = 2
"""A prefix has at least so many letters: `a*` would stand for a tenth of all words."""
MOST_BETWEEN = 100
"""In `"a b"~n`, the largest n."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to be found. Equal terms are those that were written alike."""

    text: str
    kind: Kind = "word"
    patterns: tuple[Pattern, ...] = field(default=(), compare=False, repr=False)
    """The ways in which it may stand in an article; filled in when the topic is compiled."""

    def __str__(self) -> str:
        return {"exact": f'"{self.text}"', "prefix": f"{self.text}*"}.get(self.kind, self.text)


@dataclass(frozen=True, slots=True)
class Near:
    """Words together in one field: in this order without a gap, or `within`: in any order, so many others between."""

    terms: tuple[Term, ...]
    within: int | None = None

    def __str__(self) -> str:
        distance = "" if self.within is None else f"~{self.within}"
        return f'"{" ".join(term.text for term in self.terms)}"{distance}'


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, AnyOf) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts; only phrases make it (`threshold: broad`)."""

    minimum: int
    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return f"at least {self.minimum} of ({', '.join(str(part) for part in self.parts)})"


@dataclass(frozen=True, slots=True)
class Not:
    part: Clause

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part, AllOf, AnyOf)}"


@dataclass(frozen=True, slots=True)
class Within:
    """The clause, looked for in a part of the article only. The innermost counts."""

    scope: Scope
    part: Clause

    def __str__(self) -> str:
        return f"{self.scope}:{_bracketed(self.part, AllOf, AnyOf, Not, Within)}"


Clause = Term | Near | AllOf | AnyOf | AtLeast | Not | Within


def _bracketed(clause: Clause, *kinds: type) -> str:
    return f"({clause})" if isinstance(clause, kinds) else str(clause)


def all_of(parts: Iterable[Clause]) -> Clause:
    """All of them, without brackets that change nothing."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def any_of(parts: Iterable[Clause]) -> Clause:
    """Any of them, without brackets that change nothing."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,)))
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def asks_for_something(clause: Clause) -> bool:
    """Whether an article must hold something to satisfy the clause; "everything without football" does not ask."""
    match clause:
        case Term() | Near():
            return True
        case Within(part=part):
            return asks_for_something(part)
        case AllOf(parts=parts):
            return any(asks_for_something(part) for part in parts)
        case AnyOf(parts=parts):
            return all(asks_for_something(part) for part in parts)
        case AtLeast(minimum=minimum, parts=parts):
            return minimum > sum(not asks_for_something(part) for part in parts)
        case Not():
            return False


# --- reading ------------------------------------------------------------------------------------------------------

_GRAMMAR = r"""
?start: either
?either: both
       | both (_OR both)+          -> either
?both: single
     | single (_AND? single)+      -> both
?single: _NOT single               -> negated
       | _MINUS single             -> negated
       | _PLUS single
       | FIELD atom                -> within
       | atom
?atom: WORD                        -> word
     | QUOTED                      -> quoted
     | _OPEN either _CLOSE

_AND: "AND"
_OR: "OR"
_NOT: "NOT"
_MINUS.2: /-(?=[^\s)-])/
_PLUS.2: /\+(?=[^\s)+])/
_OPEN: "("
_CLOSE: ")"
FIELD.3: /[^\W\d_]\w*:\s*/
QUOTED: /"[^"]*"(?:[~^][^\s()":]*)*/
WORD: /[^\s()":+\-][^\s()":]*/
%ignore /\s+/
"""

_SCOPES: dict[str, Scope] = {"title": "title", "summary": "summary", "text": "text", "lead": "lead"}
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))

_OPERAND = "a word, a quoted phrase or “(”"
_REFUSED = (
    (r"()(?:&&|\|\|?|!(?=\S))", "operators are words here", "AND, OR or NOT", "write them in capitals"),
    (r"()(?i:near/\d+)", "NEAR is written behind a quoted phrase", _OPERAND, 'write "syria talks"~8'),
    (r"()/", "regular expressions are not read", _OPERAND, "write the words out with OR, or use a prefix: talk*"),
    (r"[^*]*()\*.|[^?]*()\?", "wildcards are read at the end of a word only", "a prefix: syria*",
     "write the words out with OR"),
    (r"[^~]*()~", "fuzzy words are not read", _OPERAND, "write the spellings out with OR"),
    (r"[^^]*()\^", "weights are not read", _OPERAND, "leave the ^ out"),
    (r"()[\[{]", "ranges are not read", _OPERAND, "put the word in quotes if the bracket belongs to it"),
)  # fmt: skip


def parse(query: str) -> Clause:
    """The tree of a query.

    :raises TopicError: with the line and column (from 1) of what cannot be read, what could stand there, and a hint.
    """
    from lark.exceptions import UnexpectedInput

    text = query.translate(_QUOTES)
    _refuse_unclosed_quote(text)
    try:
        clause = _clause(_grammar().parse(text))
    except UnexpectedInput as error:
        raise _refusal(text, error) from None
    except RecursionError:
        raise TopicError("the query is nested too deeply", hint="make several topics of it") from None
    if not asks_for_something(clause):
        raise TopicError(
            "the query asks for nothing: an article with none of its words would match",
            expected="at least one word that must",
            hint="to keep articles out of a topic with phrases, write what they say under `exclude`",
        )
    return clause


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="basic")


def _clause(tree: Any) -> Clause:
    """A lark tree as clauses. Its rules have the names of the cases."""
    match tree.data:
        case "either":
            return any_of(_clause(child) for child in tree.children)
        case "both":
            return all_of(_clause(child) for child in tree.children)
        case "negated":
            return Not(_clause(tree.children[0]))
        case "within":
            return Within(_scope(tree.children[0]), _clause(tree.children[1]))
        case "quoted":
            return _quoted(tree.children[0])
        case _:
            return _word(tree.children[0])


def _scope(token: Token) -> Scope:
    name = token.rstrip().rstrip(":")
    if name.lower() in _SCOPES:
        return _SCOPES[name.lower()]
    near = get_close_matches(name.lower(), _SCOPES, n=1)
    raise _error(
        token,
        f"there is no field “{name}”",
        expected="title:, summary:, text: or lead: (title and summary)",
        hint=f"did you mean {near[0]}:?" if near else "a colon that belongs to the text stands in quotes",
    )


def _word(token: Token) -> Term:
    for pattern, message, expected, hint in _REFUSED:
        if found := re.match(pattern, token):
            at = found.start(found.lastindex or 0)
            raise _error(token, f"{message} (“{token}”)", expected=expected, hint=hint, skip=at)
    if token in {"and", "or", "not"}:
        hint = f"write {token.upper()} in capitals, or put the word in quotes"
        raise _error(token, f"“{token}” is neither an operator nor a word to look for", expected=_OPERAND, hint=hint)
    words = words_of(token)
    if not words:
        raise _error(token, f"“{token}” has no letter and no digit", expected=_OPERAND)
    if not token.endswith("*"):
        return Term(str(token))
    if len(words) > 1 or len(words[0]) < SHORTEST_PREFIX:
        expected = f"one word of at least {SHORTEST_PREFIX} letters before the “*”"
        raise _error(token, f"“{token}” is no prefix", expected=expected)
    return Term(words[0], "prefix")


def _quoted(token: Token) -> Clause:
    phrase, _, behind = str(token)[1:].partition('"')
    skip = len(phrase) + 2
    if "^" in behind:
        raise _error(token, "weights are not read", expected=_OPERAND, hint="leave the ^ out", skip=skip)
    distance = behind[1:]
    if behind and not (distance.isascii() and distance.isdigit() and int(distance) <= MOST_BETWEEN):
        expected = f"a whole number up to {MOST_BETWEEN}: how many other words may stand between"
        raise _error(token, f"“~{distance}” is no distance", expected=expected, skip=skip)
    clause = quoted(phrase, within=int(distance) if behind else None)
    if clause is None:
        raise _error(token, "the quotes hold no letter and no digit", expected="words between the quotes")
    return clause


def quoted(phrase: str, *, within: int | None = None) -> Clause | None:
    """What a quoted phrase asks for: one word in exactly this form, or words together. None without words."""
    words = words_of(phrase)
    if len(words) < 2:
        return Term(words[0], "exact") if words else None
    return Near(tuple(Term(word) for word in words), within)


# --- saying what is wrong -----------------------------------------------------------------------------------------


def _error(token: Token, message: str, *, expected: str, hint: str = "", skip: int = 0) -> TopicError:
    return TopicError(message, line=token.line or 1, column=(token.column or 1) + skip, expected=expected, hint=hint)


def _place(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _refuse_unclosed_quote(text: str) -> None:
    if text.count('"') % 2:
        line, column = _place(text, text.rindex('"'))
        message = "a quoted phrase is not closed"
        raise TopicError(message, line=line, column=column, expected="a second quotation mark")


def _refusal(text: str, error: UnexpectedInput) -> TopicError:
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    at = len(text.rstrip()) if at_end else error.pos_in_stream or 0
    line, column = _place(text, at)
    found, before = _at(text, at), _before(text, at)
    complete = before not in {"", "AND", "OR", "NOT", "("}
    if complete and at_end and (opened := _unclosed(text)) is not None:
        line, column = _place(text, opened)
        return TopicError("the “(” here is not closed", line=line, column=column, expected="“)”")
    if complete and found == "“)”":
        return TopicError("this “)” closes nothing", line=line, column=column, expected="a word, AND, OR or the end")
    expected = f"{_OPERAND} after {before}" if before else _OPERAND
    hint = {
        "“-”": "a minus stands right before the word that must not be there",
        "“+”": "a plus stands right before a word",
        "“:”": "a colon that belongs to the text stands in quotes",
    }.get(found, "")
    return TopicError(f"found {found}", line=line, column=column, expected=expected, hint=hint)


def _at(text: str, at: int) -> str:
    rest = text[at:].lstrip()
    if not rest:
        return "the end of the query"
    word = re.match(r"[^\s()\":+-]+|.", rest)
    return f"“{word[0]}”" if word else "nothing"


def _before(text: str, at: int) -> str:
    """The word, bracket or operator before a place, as it stands there."""
    word = re.search(r"([()]|[^\s()]+)\s*$", text[:at])
    return word[1] if word else ""


def _unclosed(text: str) -> int | None:
    """Where the innermost bracket stands that is never closed. Brackets within quotes are text."""
    opened: list[int] = []
    for found in re.finditer(r'"[^"]*"|[()]', text):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None
