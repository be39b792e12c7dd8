"""The query language: from what an operator writes for exact control to a tree of clauses.

    syria AND assad           both; AND may be left out, `&&` is read, too
    syria OR assad            one of them; also `||` and `|`
    NOT turkey, -turkey       must not be there; also `!turkey`
    (syria OR assad) talks    parentheses
    talks                     in every inflection
    "talks"                   this form only, no other inflection
    case:US                   this form in this letter case
    exact:"Middle East"       letter for letter; also `="Middle East"`
    syria*, wom*n, organi?e   any letters, one letter
    assad~1                   with one letter wrong; ~2 for two
    /colou?rs?/               a regular expression over one word
    "security corridor"       these words, in this order; a star at a word's end or within it works here, too
    "security corridor"~5     in any order, with at most 5 other words between them; ~>5 in this order
    "syria turkey"~s          in one sentence
    (a OR b) NEAR/5 (c OR d)  the same over alternatives; ONEAR/5 in this order, NEAR/S in one sentence
    talks@3                   at three places or more; ATLEAST3(talks OR summit) together
    (a OR b OR c)@2           at least two of them
    talks^2                   counts twice in the score
    title:syria               in one field

NEAR binds closest, then NOT, then AND, then OR. `+word` is read as `word`, since words that stand together must all
be there. Operators are in capitals. What others write and is not read (ranges) is refused by name, not misread.

`parse` gives the tree, `str(tree)` a query that parses to the same tree (`digest.clauses`).
"""

# ruff: noqa: RUF001 - signs that look like those of the language are what is told apart here

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import normalize

from digest.clauses import (
    AtLeast,
    Clause,
    Near,
    Not,
    Term,
    Times,
    Weighted,
    Within,
    all_of,
    any_of,
    asks_for_something,
    has_places,
)
from digest.errors import TopicError
from digest.shapes import regex_problem
from digest.text import Scope, primary_language, words_of

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

SHORTEST_PREFIX = 2
"""A prefix or a wildcard has at least so many letters: `a*` would stand for a tenth of all words."""
MOST_BETWEEN = 100
"""The most other words between words that are near each other."""
MOST_TIMES = 100
MOST_WEIGHT = 100
DEEPEST = 60
"""So many brackets, NOTs and fields within each other are read."""
_FUZZY_LETTERS = {1: 3, 2: 5}
"""How long a word must be to have so many letters wrong: everything is like "us"."""

_GRAMMAR = r"""
?start: either
?either: both
       | both (_OR both)+          -> either
?both: single
     | single (_AND? single)+      -> both
?single: _NOT single               -> negated
       | _MINUS single             -> negated
       | _PLUS single
       | near
?near: atom
     | near NEAR atom              -> near
?atom: FIELD atom                  -> within
     | WORD                        -> word
     | QUOTED                      -> quoted
     | REGEX                       -> regex
     | _OPEN either _CLOSE
     | _OPEN either _CLOSE BEHIND  -> behind
     | ATLEAST _OPEN either _CLOSE BEHIND? -> times

_AND.4: /AND(?![^\s()":])|&&/
_OR.4: /OR(?![^\s()":])|\|\|?/
_NOT.4: /NOT(?![^\s()":])|!(?=[^\s)!])/
_MINUS.2: /-(?=[^\s)-])/
_PLUS.2: /\+(?=[^\s)+])/
_OPEN: "("
_CLOSE: ")"
NEAR.5: /(?:(?i:o?near|pre)\/[^\s()":]*|(?i:w\/(?:\d+|[sp]))|O?NEAR|SAME_SENTENCE|(?i:around)\(\d*\))(?![^\s()":])/
ATLEAST.5: /(?i:atleast)\d+(?=\s*\()/
FIELD.3: /[^\W\d_]\w*:\s*|=(?=["\w])/
BEHIND.6: /(?<=\))[~^@][^\s()":]*/
QUOTED: /"[^"]*"(?:[~^@][^\s()":]*)?/
REGEX.3: /\/(?:\\\S|[^\\\/\s])+\/(?:[~^@][^\s()":]*)?(?![^\s()])/
WORD: /[^\s()":+\-!|][^\s()":]*/
%ignore /\s+/
"""

_SCOPES: dict[str, Scope] = {
    "title": "title", "lead": "lead", "summary": "summary", "text": "text", "body": "body", "author": "author",
    "tag": "tag", "feed": "feed", "url": "url", "lang": "lang", "site": "url",
    # what others call them
    "intitle": "title", "headline": "title", "intext": "body", "inurl": "url", "source": "feed", "language": "lang",
}  # fmt: skip
FIELDS = frozenset({*_SCOPES, "case", "exact"})
"""What may stand before a colon."""
_FIELDS = "title:, lead:, summary:, text:, body:, author:, tag:, feed:, url:, site:, lang:, case: or exact:"
PLAIN_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
"""What operators' keyboards and programs make of a quotation mark."""
_PLAIN_SIGNS = str.maketrans("（）：＋－！＆｜＊＾＝", "():+-!&|*^=")
_MINUS = re.compile(r"(?<![^\s(])[‐‑‒–—―−﹣]")
_WIDE_OPERATOR = re.compile(r"(?<![^\s()])(?:ＡＮＤ|ＯＲ|ＮＯＴ)(?![^\s()])")
_INVISIBLE = r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
_AT_AN_EDGE = re.compile(rf"(?<!\w){_INVISIBLE}|{_INVISIBLE}(?!\w)")
"""Marks of direction and the like, which come with pasted text; within a word they part it, as in articles."""

_OPERAND = "a word, a quoted phrase or “(”"
_REFUSED = (
    (r"(?!(?:&&|\|))[^|&]*()(?:&&|\|)", "an operator within a word", _OPERAND, "leave a blank on both sides of it"),
    (r"()/", "a regular expression is one word between two slashes, without blanks", "/colou?rs?/",
     "put it in quotes if it is no regular expression"),
    (r"[^\\]*()\\", "a backslash", _OPERAND, "put in quotes what is no operator"),
    (r"()[\[{]", "ranges are not read", _OPERAND, "put the word in quotes if the bracket belongs to it"),
)  # fmt: skip

_Mode = Literal["", "cased", "literal", "lang", "site"]
"""What a field around words makes of them."""
_MODES: dict[str, _Mode] = {"case": "cased", "exact": "literal", "=": "literal", "lang": "lang", "language": "lang"}
_MODES["site"] = "site"


def parse(query: str) -> Clause:
    """The tree of a query.

    Raises TopicError with the line and column (from 1) of what cannot be read, what could stand there, and a hint.
    """
    from lark.exceptions import UnexpectedInput

    text = _plain(query)
    _refuse_unclosed_quote(text)
    try:
        clause = _clause(_grammar().parse(text), "", DEEPEST)
    except UnexpectedInput as error:
        raise _refusal(text, error) from None
    if not asks_for_something(clause):
        raise TopicError(
            "the query asks for nothing: an article with none of its words would match",
            expected="at least one word that must",
            hint="to keep articles out of a topic with phrases, write what they say under `exclude`",
        )
    return clause


def _plain(query: str) -> str:
    """The query in the signs that are read, and without marks that nobody sees; what stands in quotes is text."""
    chunks = _AT_AN_EDGE.sub("", query).translate(PLAIN_QUOTES).split('"')
    for at in range(0, len(chunks), 2):
        plain = _MINUS.sub("-", chunks[at].translate(_PLAIN_SIGNS))
        chunks[at] = _WIDE_OPERATOR.sub(lambda found: normalize("NFKC", found[0]), plain)
    return '"'.join(chunks)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="basic")


def _clause(tree: Any, mode: _Mode, depth: int) -> Clause:
    """A lark tree as clauses."""
    return _leaf(tree, mode) if tree.data in {"word", "quoted", "regex"} else _branch(tree, mode, depth)


def _leaf(tree: Any, mode: _Mode) -> Clause:
    return {"word": _word, "quoted": _quoted, "regex": _regex}[tree.data](tree.children[0], mode)


def _branch(tree: Any, mode: _Mode, depth: int) -> Clause:  # noqa: PLR0911 - one a rule
    """What a rule has put together. The cases have the names of the rules."""
    if not depth:
        raise TopicError("the query is nested too deeply", hint="make several topics of it")
    first, last = tree.children[0], tree.children[-1]
    match tree.data:
        case "either":
            return any_of(_clause(child, mode, depth - 1) for child in tree.children)
        case "both":
            return all_of(_clause(child, mode, depth - 1) for child in tree.children)
        case "negated":
            return Not(_clause(first, mode, depth - 1))
        case "near":
            return _near(tree.children[1], _clause(first, mode, depth - 1), _clause(last, mode, depth - 1))
        case "within":
            scope = _scope(first)
            part = _clause(last, _MODES.get(_field(first), mode), depth - 1)
            return part if scope is None else Within(scope, part)
        case "behind":
            return _behind(last, first, mode, depth - 1)
        case _:
            return _together(tree.children, mode, depth - 1)


# --- fields -------------------------------------------------------------------------------------------------------


def _field(token: Token) -> str:
    return token.rstrip().rstrip(":").lower()


def _scope(token: Token) -> Scope | None:
    """Where the field says to look; None for one that only says how words are to be taken."""
    name = _field(token)
    if name in {"case", "exact", "="}:
        return None
    if name in _SCOPES:
        return _SCOPES[name]
    near = get_close_matches(name, [*_SCOPES, "case", "exact"], n=1)
    hint = f"did you mean {near[0]}:?" if near else "a colon that belongs to the text stands in quotes"
    if name.startswith("all") and name[3:] in _SCOPES:
        hint = f"write {_SCOPES[name[3:]]}:(…), with all that is to be there between the brackets"
    raise _error(token, f"there is no field “{token.rstrip().rstrip(':')}”", expected=_FIELDS, hint=hint)


# --- what stands behind a word, a phrase, a bracket -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind an operand, `~…`, `@…` and `^…`, and where, counted from the beginning of the token."""

    token: Token
    at: int
    tilde: str | None
    times: int | None
    weight: float | None

    def around(self, clause: Clause) -> Clause:
        if self.times is not None:
            clause = _times(self.token, self.times, clause, skip=self.at)
        return clause if self.weight is None else Weighted(self.weight, clause)

    def no_tilde(self, hint: str) -> None:
        if self.tilde is not None:
            raise _error(self.token, "a “~” has no meaning here", expected="“@” or “^”", hint=hint, skip=self.at)


_SUFFIX = re.compile(r"(~[^~@^]*)?(@[^~@^]*)?(\^[^~@^]*)?")
_WORD_SUFFIX = re.compile(r"(?<=.)(?:~[^~@^]*)?(?:@\d*)?(?:\^[^~@^]*)?$")


def _suffixes(token: Token, at: int) -> _Behind:
    """What stands in the token from `at` on."""
    found = _SUFFIX.fullmatch(token, at)
    if not found:
        expected = "“~”, “@” and “^” once each and in this order"
        raise _error(token, f"“{token[at:]}” cannot be read", expected=expected, skip=at)
    tilde, times, weight = found.groups()
    return _Behind(
        token,
        at,
        None if tilde is None else tilde[1:],
        None if times is None else _count(token, times[1:], found.start(2)),
        None if weight is None else _weight(token, weight[1:], found.start(3)),
    )


def _count(token: Token, written: str, at: int) -> int:
    if not (written.isascii() and written.isdigit() and 1 <= int(written) <= MOST_TIMES):
        expected = f"a whole number from 1 to {MOST_TIMES}: how many there must be"
        raise _error(token, f"“@{written}” is no count", expected=expected, skip=at)
    return int(written)


def _weight(token: Token, written: str, at: int) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", written) or not 0 < float(written) <= MOST_WEIGHT:
        expected = f"a number above 0 and up to {MOST_WEIGHT}, with at most three decimals"
        hint = "what must not be there is written -word" if written.startswith("-") else ""
        raise _error(token, f"“^{written}” is no weight", expected=expected, hint=hint, skip=at)
    return float(written)


def _behind(token: Token, tree: Any, mode: _Mode, depth: int) -> Clause:
    """Brackets with something behind them; a count is one of the parts that stand in them."""
    behind = _suffixes(token, 0)
    behind.no_tilde("nearness is written a NEAR/5 b")
    if behind.times is None:
        return behind.around(_clause(tree, mode, depth))
    parts = tree.children if tree.data in {"either", "both"} else [tree]
    if behind.times > len(parts):
        message = f"the brackets hold {len(parts)}, of which {behind.times} cannot be there"
        hint = f"for a word that stands there so often write talks@{behind.times} or ATLEAST{behind.times}(…)"
        raise _error(token, message, expected=f"a whole number from 1 to {len(parts)}", hint=hint)
    clauses = tuple(_clause(part, mode, depth) for part in parts)
    counted = clauses[0] if len(clauses) == 1 else AtLeast(behind.times, clauses)
    return counted if behind.weight is None else Weighted(behind.weight, counted)


def _together(children: Any, mode: _Mode, depth: int) -> Clause:
    """`ATLEAST3(…)`, perhaps with a weight behind."""
    counted = _times(children[0], int(children[0][7:]), _clause(children[1], mode, depth))
    for token in children[2:]:
        behind = _suffixes(token, 0)
        if behind.weight is None or token[0] != "^":
            raise _error(token, f"“{token}” has no meaning here", expected="a weight, “^2”")
        counted = behind.around(counted)
    return counted


def _times(token: Token, count: int, part: Clause, *, skip: int = 0) -> Clause:
    if not 1 <= count <= MOST_TIMES:
        expected = f"a whole number from 1 to {MOST_TIMES}"
        raise _error(token, f"{count} is no count", expected=expected, skip=skip)
    if not has_places(part):
        expected = "a word, a phrase, or alternatives with OR"
        raise _error(token, "this cannot be counted", expected=expected, hint="write the field in front", skip=skip)
    return part if count == 1 else Times(count, part)


# --- words and phrases ----------------------------------------------------------------------------------------------


def _word(token: Token, mode: _Mode) -> Clause:
    end = found.start() if (found := _WORD_SUFFIX.search(token)) else len(token)
    core = str(token[:end])
    for pattern, message, expected, hint in _REFUSED:
        if refused := re.match(pattern, token):
            at = refused.start(refused.lastindex or 0)
            raise _error(token, f"{message} (“{token}”)", expected=expected, hint=hint, skip=at)
    if re.fullmatch(r"AROUND|ADJ\d*|ATLEAST\d*", core):
        hint = "put it in quotes if it is a word to look for"
        expected = "syria NEAR/5 talks or ATLEAST3(talks OR summit)"
        raise _error(token, f"“{core}” is no operator by itself", expected=expected, hint=hint)
    if core.lower() in {"and", "or", "not"}:
        hint = f"write {core.upper()} in capitals, or put the word in quotes"
        raise _error(token, f"“{core}” is neither an operator nor a word to look for", expected=_OPERAND, hint=hint)
    if not words_of(core):
        raise _error(token, f"“{token}” has no letter and no digit", expected=_OPERAND)
    behind = _suffixes(token, end)
    if mode:
        behind.no_tilde("leave out the “~”, or the field in front")
        return behind.around(_marked(token, core, mode))
    if behind.tilde is not None:
        return behind.around(_fuzzy(behind, core))
    return behind.around(_wildcard(token, core) if re.search(r"[*?]", core) else Term(core))


def _fuzzy(behind: _Behind, word: str) -> Term:
    wrong = {"": 1, "1": 1, "2": 2}.get(behind.tilde or "")
    if wrong is None:
        expected = "~1 or ~2: how many letters may be wrong"
        raise _error(behind.token, f"“~{behind.tilde}” is no number of letters", expected=expected, skip=behind.at)
    if words_of(word) != [word] or len(word) < _FUZZY_LETTERS[wrong]:
        expected = f"one word of at least {_FUZZY_LETTERS[wrong]} letters before “~{wrong}”"
        raise _error(behind.token, f"“{word}” cannot have {wrong} of its letters wrong", expected=expected)
    return Term(f"{word}~{wrong}", "fuzzy")


def _wildcard(token: Token, word: str, skip: int = 0) -> Term:
    """A word with stars and question marks; with a star at its end only it is a prefix."""
    letters = re.sub(r"[*?]", "", word)
    whole = re.sub(r"[*?]", "x", word)
    if words_of(whole) != [whole] or len(letters) < SHORTEST_PREFIX:
        expected = f"one word of at least {SHORTEST_PREFIX} letters besides “*” and “?”"
        raise _error(token, f"“{word}” is no word with wildcards", expected=expected, skip=skip)
    prefix = word[:-1]
    return Term(prefix, "prefix") if prefix == letters and word[-1] == "*" else Term(word, "wildcard")


def _marked(token: Token, text: str, mode: _Mode) -> Clause:
    """A word, or the inside of quotes, with a field in front that says how it is to be taken."""
    if mode == "lang":
        return Term(_language(token, text), "exact")
    if mode == "site":
        return Term(_site(token, text), "site")
    if mode == "literal":
        return Term(" ".join(text.split()), "literal")
    if re.search(r"[*?]", text):
        raise _error(token, "wildcards have no letter case", expected="a word or a phrase behind case:")
    words = words_of(text) if re.search(r"\s", text) else [text]
    return Term(words[0], "cased") if len(words) == 1 else Near(tuple(Term(word, "cased") for word in words))


def _language(token: Token, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", text):
        raise _error(token, f"“{text}” is no language", expected="a two-letter code, such as lang:tr")
    return primary_language(text)


def _site(token: Token, text: str) -> str:
    host = text.strip(".").lower()
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host):
        hint = "a part of the address is written url:bbc.com/news"
        raise _error(token, f"“{text}” is no site", expected="the name of a host, such as site:bbc.com", hint=hint)
    return host


def _quoted(token: Token, mode: _Mode) -> Clause:
    phrase, _, suffix = str(token)[1:].partition('"')
    behind = _suffixes(token, len(token) - len(suffix))
    if not words_of(phrase):
        raise _error(token, "the quotes hold no letter and no digit", expected="words between the quotes")
    clause = _marked(token, phrase, mode) if mode else _phrase(token, phrase)
    if behind.tilde is None:
        return behind.around(clause)
    within, ordered = _distance(behind, behind.tilde)
    if not isinstance(clause, Near):
        behind.no_tilde("a distance is one between two words or more")
        return clause
    return behind.around(Near(clause.parts, within, ordered))


def _distance(behind: _Behind, written: str) -> tuple[int | None, bool]:
    ordered = written.startswith(">")
    number = written[1:] if ordered else written
    if number.lower() == "s":
        return None, ordered
    if not (number.isascii() and number.isdigit() and int(number) <= MOST_BETWEEN):
        expected = (
            f"a whole number up to {MOST_BETWEEN}: how many other words may stand between, or s for one sentence"
        )
        raise _error(behind.token, f"“~{written}” is no distance", expected=expected, skip=behind.at)
    return int(number), ordered


def _phrase(token: Token, phrase: str) -> Clause:
    """What a quoted phrase stands for; a star within is one of a wildcard."""
    if "*" not in phrase:
        together = quoted(phrase)
        if together is None:
            raise AssertionError(f"{phrase} has words")
        return together
    terms: list[Clause] = []
    for found in re.finditer(r"\S+", phrase):
        bare = re.sub(r"^[^\w*]+|[^\w*]+$", "", found[0])
        if "*" in bare:
            terms.append(_wildcard(token, bare.replace("?", ""), skip=found.start() + 1))
        else:
            terms += (Term(word) for word in words_of(found[0]))
    return terms[0] if len(terms) == 1 else Near(tuple(terms))


def quoted(phrase: str) -> Term | Near | None:
    """What a quoted phrase asks for: one word in exactly this form, or words together. None without words."""
    words = words_of(phrase)
    if len(words) < 2:
        return Term(words[0], "exact") if words else None
    return Near(tuple(Term(word) for word in words))


def _regex(token: Token, mode: _Mode) -> Clause:
    end = token.rindex("/") + 1
    behind = _suffixes(token, end)
    behind.no_tilde("a regular expression says by itself what may differ")
    if mode:
        raise _error(token, "a regular expression has no field of this kind", expected="a word or a quoted phrase")
    pattern = str(token[1 : end - 1])
    if problem := regex_problem(pattern):
        expected = "a regular expression as RE2 reads them: no look-around, no references back"
        raise _error(token, f"/{pattern}/ cannot be read: {problem}", expected=expected)
    return behind.around(Term(pattern, "regex"))


# --- nearness -------------------------------------------------------------------------------------------------------


def _near(token: Token, left: Clause, right: Clause) -> Clause:
    for part in (left, right):
        if not has_places(part):
            field = isinstance(part, Within)
            hint = "write the field in front: title:(a NEAR/5 b)" if field else ""
            expected = "words, phrases and alternatives with OR on both sides"
            raise _error(token, f"{token} stands beside something that has no place", expected=expected, hint=hint)
    operator = token.upper()
    ordered = operator.startswith(("ONEAR", "PRE"))
    number = operator.partition("/")[2] or operator.partition("(")[2].rstrip(")")
    if operator == "SAME_SENTENCE" or number == "S":
        return Near((left, right), None, ordered)
    if not (number.isascii() and number.isdigit() and int(number) <= MOST_BETWEEN):
        expected = f"NEAR/n: n other words may stand between, up to {MOST_BETWEEN}; or NEAR/S for one sentence"
        raise _error(token, f"“{token}” has no distance", expected=expected)
    return Near((left, right), int(number), ordered)


# --- saying what is wrong -----------------------------------------------------------------------------------------


def _error(token: Token, message: str, *, expected: str, hint: str = "", skip: int = 0) -> TopicError:
    """A mistake so many characters behind the beginning of a token, which may go over several lines."""
    lines, column = _place(token, skip)
    first = (token.column or 1) - 1 if lines == 1 else 0
    return TopicError(
        message, line=(token.line or 1) + lines - 1, column=first + column, expected=expected, hint=hint
    )


def _place(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


_MARKS = re.compile(r'(?<![^\s():])/(?:\\\S|[^\\/\s])+/(?=[\s()~@^]|\Z)|"[^"]*"|["()]')
"""Regular expressions and quoted phrases, whole; else quotation marks and brackets."""


def _refuse_unclosed_quote(text: str) -> None:
    for found in _MARKS.finditer(text):
        if found[0] == '"':
            line, column = _place(text, found.start())
            message = "a quoted phrase is not closed"
            raise TopicError(message, line=line, column=column, expected="a second quotation mark")


_OPERATOR = re.compile(r"|\(|AND|OR|NOT|&&|\|\|?|!|O?NEAR|O?NEAR/.*|W/.*|PRE/.*|SAME_SENTENCE|[^\W\d_]\w*:")


def _refusal(text: str, error: UnexpectedInput) -> TopicError:
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    at = len(text.rstrip()) if at_end else error.pos_in_stream or 0
    line, column = _place(text, at)
    found, before = _at(text, at), _before(text, at)
    complete = not _OPERATOR.fullmatch(before)
    if complete and at_end and (opened := _unclosed(text)) is not None:
        line, column = _place(text, opened)
        return TopicError("the “(” here is not closed", line=line, column=column, expected="“)”")
    if complete and found == "“)”":
        return TopicError("this “)” closes nothing", line=line, column=column, expected="a word, AND, OR or the end")
    expected = f"{_OPERAND} after {before}" if before else _OPERAND
    hint = {
        "“-”": "a minus stands right before the word that must not be there",
        "“+”": "a plus stands right before a word",
        "“!”": "a “!” stands right before the word that must not be there",
        "“:”": "a colon that belongs to the text stands in quotes",
        "“NEAR”": "NEAR stands between what is near: syria NEAR/5 talks",
    }.get(found, "")
    return TopicError(f"found {found}", line=line, column=column, expected=expected, hint=hint)


def _at(text: str, at: int) -> str:
    rest = text[at:].lstrip()
    if not rest:
        return "the end of the query"
    word = re.match(r"[^\s()\":+!|-]+|.", rest)
    return f"“{word[0]}”" if word else "nothing"


def _before(text: str, at: int) -> str:
    """The word, bracket or operator before a place, as it stands there."""
    word = re.search(r"([()]|[^\s()]+)\s*$", text[:at])
    return word[1] if word else ""


def _unclosed(text: str) -> int | None:
    """Where the innermost bracket stands that is never closed. Brackets within quotes and slashes are text."""
    opened: list[int] = []
    for found in _MARKS.finditer(text):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None
