"""What is wrong with the YAML itself, in an operator's words instead of a parser's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError

from digest.errors import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mistake:
    says: str
    """A pattern for what ruamel.yaml says."""
    message: str
    """`{}` is what the pattern's group found."""
    expected: str
    hint: str
    at_opening: bool = False
    """Report it where the thing began that never ends, not where the parser gave up."""


_MISTAKES = (
    _Mistake(
        says=r"found character '\\t'",
        message="a tab",
        expected="blanks",
        hint="YAML is indented with blanks: replace the tab by two of them",
    ),
    _Mistake(
        says=r"found character '(.)'",
        message="a value cannot begin with {}",
        expected="text",
        hint="put the value in quotes",
    ),
    _Mistake(
        says=r"mapping values are not allowed",
        message="a colon where no key can stand",
        expected="one `key: value` a line",
        hint="put a text that holds a colon in quotes; check the line above for a missing colon or wrong indentation",
    ),
    _Mistake(
        says=r"found unexpected end of stream",
        message="a quote is opened here and never closed",
        expected="a closing quote",
        hint="add the closing quote",
        at_opening=True,
    ),
    _Mistake(
        says=r"expected ',' or '\]'",
        message="a list is opened here and not closed",
        expected="`,` between the items and `]` at the end",
        hint="add the missing `]` or `,`",
        at_opening=True,
    ),
    _Mistake(
        says=r"expected ',' or '\}'",
        message="a mapping is opened here and not closed",
        expected="`,` between the pairs and `}` at the end",
        hint="add the missing `}` or `,`",
        at_opening=True,
    ),
    _Mistake(
        says=r"found unknown escape character '(.)'",
        message="unknown escape \\{} between double quotes",
        expected='\\n, \\t, \\" or \\\\',
        hint="use single quotes, in which a backslash is a backslash",
    ),
    _Mistake(
        says=r"found undefined alias '([^']*)'",
        message="the alias *{} stands for nothing",
        expected="a name that an anchor `&name` gave further up",
        hint="put a text that begins with * in quotes",
    ),
    _Mistake(
        says=r"but found another document",
        message="a second document starts here",
        expected="one document a file",
        hint="remove the line ---",
    ),
    _Mistake(
        says=r"expected the node content",
        message="a value is missing here, or a bracket opened above is not closed",
        expected="a value",
        hint="add it, or the missing `]` or `}`",
    ),
    _Mistake(
        says=r"could not find expected ':'",
        message="neither a key with a value nor an item of a list",
        expected="`key: value` or `- item`",
        hint="add the colon, or put the text in quotes",
        at_opening=True,
    ),
    _Mistake(
        says=r"sequence entries are not allowed",
        message="a list cannot begin on the line of its key",
        expected="`- item` on a line of its own",
        hint="or write [item, item]",
    ),
    _Mistake(
        says=r"expected <block end>",
        message="this does not fit what stands above it",
        expected="the same indentation as its neighbours",
        hint="begin the keys of one mapping, and the dashes of one list, in the same column",
    ),
)


def syntax_problem(file: str, text: str, error: MarkedYAMLError) -> Problem:
    """The problem that a parser's error stands for; its own words where they are none of the usual ones."""
    said = str(error.problem)
    for mistake in _MISTAKES:
        if match := re.search(mistake.says, said):
            message = mistake.message.replace("{}", match[1] if match.groups() else "")
            mark = error.context_mark if mistake.at_opening else error.problem_mark
            return Problem(file, *_place(mark, text), message, mistake.expected, mistake.hint)
    return Problem(file, *_place(error.problem_mark or error.context_mark, text), said, "YAML")


def _place(mark: object, text: str) -> tuple[int, int]:
    """Line and column from 1, on a line that exists."""
    line, column = getattr(mark, "line", -1), getattr(mark, "column", -1)
    last = len(text.splitlines())
    return (line + 1, column + 1) if line < last else (last, 1)
