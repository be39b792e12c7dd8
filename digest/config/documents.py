"""YAML text as plain values that know where they stand.

ruamel.yaml composes the tree of nodes, which has the place of every key and value; the values are taken from it as
mappings, lists and *text*: `25`, `true`, `07:30` and `no` are the words that stand there, and what reads them decides
what they mean. (A watch phrase `2024` stays a phrase, and Norwegian stays a language.) Nothing is built that a tag
asks for. `${NAME}` is replaced by the environment variable, `$$` by a dollar sign. Within `{key: value}`
YAML has no place for other braces; so that `{password: ${NAME}}` may be written without quotes, those of a variable
are hidden from the parser behind two characters for private use, which changes no place.

Anchors, aliases and merge keys (`<<`) work, but not without measure: a document in which aliases stand for many times
what is written is refused before it is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from digest.config.syntax import syntax_problem
from digest.config.values import nearest
from digest.errors import Problem

Loc = tuple[str | int, ...]
"""The way to a value: keys and indices from the root."""

_VARIABLE = re.compile(r"\$(?:\$|\{([^{}\n]*)\})")
_HIDDEN = str.maketrans("{}", "\ue000\ue001")
_SHOWN = str.maketrans("\ue000\ue001", "{}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STANDARD = "tag:yaml.org,2002:"
_MOST_BYTES = 10_000_000
"""Of a file: some fifty thousand feeds with names and tags."""
_ALIAS_FACTOR, _ALIAS_FLOOR = 10, 10_000
"""How many times as many nodes, and so many more, a document may have when its aliases are expanded: a list that is
named a few times is no bomb.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One file read. When `readable` is false, `data` is None and `problems` says why."""

    file: str
    text: str
    root: Node | None
    data: Any
    """Mappings, lists, text, None."""
    problems: tuple[Problem, ...]
    unknown: frozenset[Loc] = frozenset()
    """Values that hold a variable which is not set: nothing can be said of them."""
    variables: frozenset[str] = frozenset()
    """Names of the environment variables that are used."""
    readable: bool = True

    def get(self, *loc: str | int) -> Any:
        """The value at `loc`; None when there is none."""
        value = self.data
        for part in loc:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def under(self, *loc: str | int) -> Iterator[tuple[Loc, Any]]:
        """The ways to, and the values of, the items of the list or mapping at `loc`; nothing when it is neither."""
        value = self.get(*loc)
        if isinstance(value, list):
            yield from (((*loc, index), item) for index, item in enumerate(value))
        elif isinstance(value, dict):
            yield from (((*loc, key), item) for key, item in value.items())

    def raw(self, *loc: str | int) -> str | None:
        """The scalar at `loc` before variables were put in; None when there is no scalar."""
        node = self.find(loc)[1]
        return node.value if isinstance(node, ScalarNode) else None

    def holds_variable(self, *loc: str | int) -> bool:
        """Whether the value is another text than the one that is written: it must not be shown then."""
        raw = self.raw(*loc)
        return raw is not None and self.get(*loc) not in (raw, None)

    def find(self, loc: Loc) -> tuple[Node | None, Node | None, Loc]:
        """The nodes of key and value at `loc`, or at the longest part of it that exists, and that part."""
        key, node = None, self.root
        for depth, part in enumerate(loc):
            found = _child(node, part)
            if found is None:
                return key, node, loc[:depth]
            key, node = found
        return key, node, loc

    def problem(
        self,
        loc: Loc,
        message: str,
        expected: str,
        hint: str = "",
        *,
        at_key: bool = False,
        within: tuple[int, int] | None = None,
    ) -> Problem:
        """A problem at the value at `loc` or at its key; `within` is a line and a column inside the value's text."""
        key, node, _ = self.find(loc)
        spot = key if at_key and key is not None else node
        if spot is None:
            return Problem(self.file, 1, 1, message, expected, hint)
        line, column = spot.start_mark.line, spot.start_mark.column
        if within is not None and isinstance(spot, ScalarNode):
            line, column = _inside(spot, self.text, *within)
        return Problem(self.file, line + 1, column + 1, message, expected, hint)

    def line_of(self, loc: Loc) -> int:
        node = self.find(loc)[1]
        return node.start_mark.line + 1 if node is not None else 1


def parse(file: str, content: bytes, environ: Mapping[str, str] | None) -> Document:
    """Read a document; never raises. Without an environment the variables stay as they are written, all `unknown`."""
    try:
        text = _decode(file, content)
        root = _compose(file, text)
        _refuse_bombs(file, root)
    except _Unreadable as error:
        return Document(file, "", None, None, (error.problem,), readable=False)
    reading = _Reading(file, text, environ)
    data = reading.value(root, ()) if root is not None else None
    return Document(
        file, text, root, data, tuple(reading.problems), frozenset(reading.unknown), frozenset(reading.variables)
    )


class _Unreadable(Exception):  # noqa: N818 - it carries a problem, and is none itself
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def _decode(file: str, content: bytes) -> str:
    if len(content) > _MOST_BYTES:
        raise _Unreadable(Problem(file, 0, 0, f"{len(content)} bytes", f"at most {_MOST_BYTES} bytes"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8-sig", "replace")) + 1
        hint = "save the file in UTF-8"
        problem = Problem(
            file, line, column, f"the byte 0x{content[error.start]:02x} is not UTF-8", "UTF-8 text", hint
        )
        raise _Unreadable(problem) from None


def _compose(file: str, text: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(_VARIABLE.sub(_hide, text))
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"the control character U+{ord(text[error.position]):04X}"
        raise _Unreadable(Problem(file, line, column, message, "printable text", "remove it")) from None
    except MarkedYAMLError as error:
        raise _Unreadable(syntax_problem(file, text, error)) from None
    except (YAMLError, ValueError) as error:
        raise _Unreadable(Problem(file, 0, 0, f"not YAML: {error}", "YAML")) from None
    except RecursionError:
        raise _Unreadable(Problem(file, 0, 0, "lists or mappings nested too deeply", "a few levels")) from None
    for node in _nodes(root):
        if isinstance(node, ScalarNode) and "$" in node.value:
            node.value = node.value.translate(_SHOWN)
    return root


def _hide(variable: re.Match[str]) -> str:
    return variable[0].translate(_HIDDEN)


def _nodes(root: Node | None) -> Iterator[Node]:
    """Every node of a tree once, however often it is named by aliases."""
    seen: set[int] = set()
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting.extend(_children(node))


def _refuse_bombs(file: str, root: Node | None) -> None:
    """Refuse a tree that is endless, or much larger when its aliases are expanded than it is written."""
    weights: dict[int, int | None] = {}

    def weigh(node: Node) -> int:
        known = weights.get(id(node), -1)
        if known is None:
            place = (node.start_mark.line + 1, node.start_mark.column + 1)
            raise _Unreadable(
                Problem(file, *place, "an anchor that holds itself", "an end", "remove the alias in it")
            )
        if known >= 0:
            return known
        weights[id(node)] = None
        total = 1 + sum(weigh(child) for child in _children(node))
        weights[id(node)] = total
        return total

    if root is not None and weigh(root) > _ALIAS_FACTOR * len(weights) + _ALIAS_FLOOR:
        message = "its aliases stand for many times what is written"
        raise _Unreadable(Problem(file, 0, 0, message, "at most ten times", "write it out, or use fewer aliases"))


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, SequenceNode):
        yield from node.value
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value


def _child(node: Node | None, part: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(part, int):
        return (None, node.value[part]) if part < len(node.value) else None
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == part:
                return key, value
        for merged in _merged(node):
            if found := _child(merged, part):
                return found
    return None


def _merged(node: MappingNode) -> Iterator[Node]:
    for key, value in node.value:
        if str(key.tag) == f"{_STANDARD}merge":
            yield from value.value if isinstance(value, SequenceNode) else (value,)


@dataclass(slots=True)
class _Reading:
    """Takes the plain values out of a tree, and collects what is wrong on the way."""

    file: str
    text: str
    environ: Mapping[str, str] | None
    problems: list[Problem] = field(default_factory=list)
    unknown: set[Loc] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def value(self, node: Node, loc: Loc) -> Any:
        tag = str(node.tag)
        if not tag.startswith(_STANDARD):
            self.complain(node, f"the tag {tag}", "a plain value", "a secret comes from the environment: ${NAME}")
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self.mapping(node, loc)
        assert isinstance(node, ScalarNode), "there are three kinds of nodes"
        if tag == f"{_STANDARD}null" and not node.style:
            return None
        return self.expanded(node, loc)

    def mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        lines: dict[str, int] = {}
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, "a list or mapping as a key", "a word")
            elif str(key.tag) == f"{_STANDARD}merge":
                continue
            elif key.value in lines:
                message = f"{key.value!r} stands here a second time; the first is on line {lines[key.value]}"
                self.complain(key, message, "each key once", "remove or rename one of them")
            else:
                lines[key.value] = key.start_mark.line + 1
                data[key.value] = self.value(value, (*loc, key.value))
        for merged in _merged(node):
            if isinstance(merged, MappingNode):
                data = self.mapping(merged, loc) | data
            else:
                self.complain(merged, "only a mapping can be merged with <<", "an alias of a mapping")
        return data

    def expanded(self, node: ScalarNode, loc: Loc) -> str:
        """The text of a scalar with its variables put in."""

        def value(match: re.Match[str]) -> str:
            if match[0] == "$$":
                return "$"
            if self.environ is not None and _NAME.fullmatch(match[1]):
                self.variables.add(match[1])
                if match[1] in self.environ:
                    return self.environ[match[1]]
            self.unknown.add(loc)
            if self.environ is not None:
                self.unset(node, match)
            return match[0]

        return _VARIABLE.sub(value, node.value) if "$" in node.value else str(node.value)

    def unset(self, node: ScalarNode, match: re.Match[str]) -> None:
        before = node.value[: match.start()]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        if _NAME.fullmatch(match[1]):
            message, expected = f"the environment variable {match[1]} is not set", "a variable that is set"
            hint = (
                nearest(match[1], self.environ or (), 0.8)
                or f'set it ("export {match[1]}=…"), or write $${{{match[1]}}} for the text itself'
            )
        else:
            message, expected = f"{match[0]} names no variable", "${NAME} with letters, digits and _"
            hint = "write $${ for the two characters themselves"
        self.complain(node, message, expected, hint, place)

    def complain(
        self, node: Node, message: str, expected: str, hint: str = "", within: tuple[int, int] = (1, 1)
    ) -> None:
        line, column = node.start_mark.line, node.start_mark.column
        if isinstance(node, ScalarNode) and (within != (1, 1) or node.style in ("|", ">")):
            line, column = _inside(node, self.text, *within)
        self.problems.append(Problem(self.file, line + 1, column + 1, message, expected, hint))


def _inside(node: ScalarNode, text: str, line: int, column: int) -> tuple[int, int]:
    """Where in the file (counted from 0) the given place (counted from 1) inside a scalar's text is.

    Exact for scalars without escapes and empty lines between; else the start of the scalar.
    """
    start = node.start_mark
    written = text[start.index : node.end_mark.index]
    if node.style == "|":
        below = text.split("\n")[start.line + 1 : start.line + 1 + line]
        if len(below) == line:
            indent = min((len(row) - len(row.lstrip(" ")) for row in _block(text, node) if row.strip()), default=0)
            return start.line + line, indent + column - 1
    quote = 1 if node.style in ("'", '"') else 0
    if line == 1 and node.style != "|" and "\n" in written and (place := _folded(node, written, column, quote)):
        return place
    if line == 1 and written[quote : quote + len(node.value)] == node.value:
        return start.line, start.column + quote + column - 1
    return start.line, start.column


def _folded(node: ScalarNode, written: str, column: int, quote: int) -> tuple[int, int] | None:
    """The place in a text over several lines, of which each end became a blank. None where it is not so simple."""
    start = node.start_mark
    first, *others = (written[quote:-quote] if quote else written).split("\n")
    rows = [] if node.style == ">" else [(start.line, start.column + quote, first.rstrip())]
    rows += ((start.line + n, len(row) - len(row.lstrip()), row.strip()) for n, row in enumerate(others, start=1))
    rows = [row for row in rows if row[2]]
    if " ".join(row for _, _, row in rows) != node.value.strip():
        return None
    at = column - 1
    for line, indent, row in rows:
        if at <= len(row):
            return line, indent + at
        at -= len(row) + 1
    return None


def _block(text: str, node: ScalarNode) -> list[str]:
    return text.split("\n")[node.start_mark.line + 1 : node.end_mark.line]
