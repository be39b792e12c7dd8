"""Adding feeds and subscribers to the YAML that an operator wrote by hand.

An addition is an insertion: ruamel.yaml says where the list ends, an item is put there as its neighbours are, and
every other byte stays as it was. (ruamel's own round trip keeps comments, order and quotes, but writes the whole file
anew: it moves comments that follow a list, re-indents, joins or breaks long lists; a one-line addition should be a
one-line diff.) The result is read again before it replaces the file, and must hold what the file held and the
addition, and nothing else.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.config.files import replace, shown
from digest.config.values import host_name, nearest, url_key
from digest.errors import ConfigError, Problem
from digest.settings import Feed, address_key

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node

    from digest.config.documents import Document, Loc


def add_feed(folder: Path, feed: Feed) -> None:
    """Write a feed at the end of feeds.yaml. Raises ConfigError when it is there already or cannot be written."""
    _, there = import_feeds(folder, (feed,))
    if there:
        document = _document(folder / "feeds.yaml")
        loc = next(loc for loc, url in _feed_urls(document) if url_key(url) == url_key(feed.url))
        hint = "change it there"
        raise ConfigError((document.problem(loc, f"the feed {feed.url} is there already", "a new feed", hint),))


def import_feeds(folder: Path, feeds: Iterable[Feed]) -> tuple[tuple[Feed, ...], tuple[Feed, ...]]:
    """Write those feeds at the end of feeds.yaml that are not there yet; returns (added, already there).

    Raises ConfigError, and changes nothing, when the file has mistakes or a feed cannot stand in it.
    """
    path = folder / "feeds.yaml"
    document = _document(path)
    known = {url_key(url) for _, url in _feed_urls(document)}
    added: list[Feed] = []
    there: list[Feed] = []
    for feed in feeds:
        (there if url_key(feed.url) in known else added).append(feed)
        known.add(url_key(feed.url))
    if added:
        _append(path, document, ("feeds",), [_feed_item(feed) for feed in added])
    return tuple(added), tuple(there)


def add_subscriber(folder: Path, newsletter_id: str, address: str) -> None:
    """Write a subscriber at the end of a newsletter's list.

    Raises ConfigError when there is no such newsletter, the address is there already or is none.
    """
    path = folder / "newsletters.yaml"
    document = _document(path)
    newsletters = document.get("newsletters") or {}
    if newsletter_id not in newsletters:
        hint = nearest(newsletter_id, newsletters) or "add it to the file"
        message = f"there is no newsletter {newsletter_id!r}"
        raise ConfigError((document.problem(("newsletters",), message, ", ".join(newsletters), hint, at_key=True),))
    loc = ("newsletters", newsletter_id, "subscribers")
    for place, item in document.under(*loc):
        written = item if isinstance(item, str) else item["email"]
        if address_key(written) == address_key(address):
            message = f"the subscriber {address} is there already"
            raise ConfigError((document.problem(place, message, "a new address", "change it there"),))
    _append(path, document, loc, [address])


def _document(path: Path) -> Document:
    """The file as it is, which must be free of mistakes of its own."""
    from digest.config.documents import parse
    from digest.config.reading import problems_of

    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "`digest init` writes an example"
        raise ConfigError(
            (Problem(shown(path), 0, 0, f"cannot be read: {error.strerror}", path.name, hint),)
        ) from None
    if problems := problems_of(path, content):
        raise ConfigError(problems)
    return parse(shown(path), content, None)


def _feed_urls(document: Document) -> list[tuple[Loc, str]]:
    return [(loc, item if isinstance(item, str) else item["url"]) for loc, item in document.under("feeds")]


def _feed_item(feed: Feed) -> str | dict[str, Any]:
    """A feed as an operator would write it: what is a default is left out."""
    item: dict[str, Any] = {"url": feed.url}
    if feed.name and feed.name != host_name(feed.url):
        item["name"] = feed.name
    if feed.tags:
        item["tags"] = list(feed.tags)
    if feed.language:
        item["language"] = feed.language
    if feed.folders is not None:
        item["folders"] = [list(way) for way in feed.folders]
    if feed.opml:
        item["opml"] = dict(feed.opml)
    return item if len(item) > 1 else feed.url


# --- inserting ----------------------------------------------------------------------------------------------------


def _append(path: Path, document: Document, loc: Loc, items: Sequence[str | dict[str, Any]]) -> None:
    from digest.config.documents import parse
    from digest.config.reading import problems_of

    mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
    content = mark + _inserted(document, loc, items).encode("utf-8", "replace")
    after = parse(document.file, content, None)
    if after.readable and (problems := problems_of(path, content)):
        raise ConfigError(problems)
    if after.data != _expected(document, loc, items):
        message, hint = (
            "the list is written in a way that cannot be added to",
            "add it by hand, or write the list anew",
        )
        raise ConfigError((document.problem(loc, message, "a list of its own, `- item` on each line", hint),))
    try:
        replace(path, content)
    except OSError as error:
        problem = Problem(document.file, 0, 0, f"cannot be written: {error.strerror}", "a file that Digest may write")
        raise ConfigError((problem,)) from None


def _expected(document: Document, loc: Loc, items: Sequence[str | dict[str, Any]]) -> Any:
    """The data of a document once the items are at the end of the list at `loc`."""

    def rebuilt(value: Any, rest: Loc) -> Any:
        if not rest:
            return [*(value or ()), *items]
        return {**value, rest[0]: rebuilt(value.get(rest[0]), rest[1:])}

    return rebuilt(document.data, loc)


def _inserted(document: Document, loc: Loc, items: Sequence[str | dict[str, Any]]) -> str:
    """The text with items added to the list at `loc`, which may be empty or missing."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    text = document.text
    key, node, found = document.find(loc)
    assert node is not None, "a document without mistakes has a root"
    flow = ", ".join(map(_flow, items))
    start, end = node.start_mark.index, node.end_mark.index
    if found != loc and isinstance(node, MappingNode):  # no such key: it becomes the last one of its mapping
        return _with_last_key(text, node, f"{loc[-1]}: [{flow}]")
    if isinstance(node, SequenceNode) and node.value:
        last = _end(node.value[-1], text)
        if node.flow_style:
            return f"{text[:last]}, {flow}{text[last:]}"
        return _with_items(text, last, node.start_mark.column, items)
    if end > start:  # [] or ~
        return f"{text[:start]}[{flow}]{text[end:]}"
    assert key is not None, "lists stand under keys"
    return _with_items(text, key.end_mark.index, key.start_mark.column + 2, items)


def _with_last_key(text: str, mapping: MappingNode, pair: str) -> str:
    last = _end(mapping.value[-1][1], text)
    if mapping.flow_style:
        return f"{text[:last]}, {pair}{text[last:]}"
    return _with_lines(text, last, [" " * mapping.start_mark.column + pair])


def _with_items(text: str, after: int, column: int, items: Sequence[str | dict[str, Any]]) -> str:
    return _with_lines(text, after, [" " * column + "- " + _block(item) for item in items])


def _with_lines(text: str, after: int, lines: Sequence[str]) -> str:
    """The text with lines added below the one that the place `after` is on."""
    line_break = "\r\n" if "\r\n" in text else "\n"
    added = "".join(line + line_break for line in lines)
    at = text.find("\n", after) + 1
    return text[:at] + added + text[at:] if at else text + line_break + added


def _end(node: Node, text: str) -> int:
    """Where the last word of a node ends: a block claims the comments and empty lines that follow it, too."""
    from ruamel.yaml.nodes import CollectionNode

    while isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.start_mark.index) + len(text[node.start_mark.index : node.end_mark.index].rstrip())


# --- writing scalars ----------------------------------------------------------------------------------------------

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)*")
_PLAIN_ITEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/._~?=&%+@-]*[A-Za-z0-9/=_-]")
_NO_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def _block(item: str | dict[str, Any]) -> str:
    if isinstance(item, str) and _PLAIN_ITEM.fullmatch(item) and item.lower() not in _NO_WORDS:
        return item
    return _flow(item)


def _flow(item: str | list[Any] | dict[str, Any]) -> str:
    """An item on one line, in the subset of YAML that is nearly JSON; only plain words go without quotes."""
    if isinstance(item, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in item.items()) + "}"
    if isinstance(item, list):
        return "[" + ", ".join(map(_flow, item)) + "]"
    if _PLAIN_WORD.fullmatch(item) and item.lower() not in _NO_WORDS:
        return item
    return json.dumps(item.replace("$", "$$"), ensure_ascii=False)
