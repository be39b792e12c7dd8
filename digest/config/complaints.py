"""What pydantic finds wrong with a document, as problems: with place, what was expected, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from digest.config.documents import Document, Loc
from digest.config.values import listed, nearest, nearest_word
from digest.errors import Problem

_EXPECTED = {
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "some text",
}


def complaints(document: Document, error: ValidationError, shape: type[BaseModel]) -> Iterator[Problem]:
    """One problem for each thing found; none for values that hold a variable which is not set."""
    for found in error.errors(include_url=False, include_input=False):
        loc = tuple(found["loc"])
        if not any(loc[: len(unknown)] == unknown for unknown in document.unknown):
            yield _complaint(document, loc, found["type"], found.get("ctx", {}), shape)


def _complaint(document: Document, loc: Loc, kind: str, ctx: dict[str, Any], shape: type[BaseModel]) -> Problem:
    if loc[-1:] == ("[key]",):
        return _bad_id(document, loc[:-1])
    if kind in _IN_SHAPE:
        return _IN_SHAPE[kind](document, loc, shape)
    if kind in _IN_VALUE:
        return _IN_VALUE[kind](document, loc, ctx)
    expected = _EXPECTED.get(kind, "").format(**ctx) or "a single value"
    message = f"{label(loc)}: {shown(document, loc)} cannot stand here"
    return document.problem(loc, message, expected, f"write {expected}")


def label(loc: Loc) -> str:
    """What a problem is about: the key, with the number of the item in a list."""
    keys = [n for n, part in enumerate(loc) if isinstance(part, str)]
    if not keys:
        return "the file"
    return f"{loc[keys[-1]]}" + "".join(f"[{int(part) + 1}]" for part in loc[keys[-1] + 1 :])


def shown(document: Document, loc: Loc) -> str:
    """A value for a message: as it is written, so that what a variable holds is never shown."""
    _, _, real = document.find(loc)
    raw = document.raw(*real)
    if raw is None:
        value = document.get(*real)
        return "a list" if isinstance(value, list) else "a mapping"
    if document.get(*real) is None:
        return "nothing"
    return repr(raw if len(raw) <= 60 else f"{raw[:57]}…")


def _wrong(document: Document, loc: Loc, ctx: dict[str, Any]) -> Problem:
    loc = document.find((*loc, *ctx.get("at", ())))[2]
    if document.holds_variable(*loc):
        message, hint = f"{label(loc)}: {shown(document, loc)} cannot stand here", "look at what the variable holds"
        return document.problem(loc, message, ctx["expected"], hint)
    message = f"{label(loc)}: " + ctx["message"].replace("{}", shown(document, loc), 1)
    return document.problem(
        loc, message, ctx["expected"], ctx["hint"], at_key=ctx.get("at_key", False), within=ctx.get("within")
    )


def _bad_id(document: Document, loc: Loc) -> Problem:
    word = str(loc[-1])
    plain = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")
    hint = f'write "{plain}", and the words for readers in `name` or `title`' if plain else ""
    expected = "small letters a to z, digits and hyphens, such as syria-turkey-talks"
    return document.problem(loc, f"the id {word[:60]!r} cannot be used", expected, hint, at_key=True)


def _missing(document: Document, loc: Loc, shape: type[BaseModel]) -> Problem:
    key = str(loc[-1])
    where = f"{label(loc[:-1])} " if len(loc) > 1 else ""
    example = (_EXAMPLES_BELOW if len(loc) > 1 else _EXAMPLES).get(key, "")
    if wrongly := _meant_for(key, _unknown_siblings(document, loc, shape)):
        hint = f"write {key!r} for {wrongly!r}"
    else:
        hint = f"add {example}" if example else f"add `{key}:`"
    return document.problem(
        loc, f"{where}has no `{key}`" if where else f"no `{key}` here", f"`{key}`", hint, at_key=True
    )


_EXAMPLES = {
    "feeds": "feeds: [https://feeds.bbci.co.uk/news/world/rss.xml]",
    "topics": "topics: with an id and a phrase below it, such as syria-turkey-talks: Syria Turkey talks",
    "newsletters": "newsletters: with an id below it; `digest init` writes an example",
}
_EXAMPLES_BELOW = {
    "topics": "topics: and ids of topics.yaml, such as [syria-turkey-talks]",
    "title": "title: and the name that readers see",
    "url": "url: https://…",
    "email": "email: and the address",
}


_OTHER_WORDS = {
    "watch": ("include", "keyword", "keywords", "phrase", "phrases", "term", "terms", "words"),
    "exclude": ("block", "not", "without"),
    "title": ("name", "subject"),
    "name": ("title",),
    "url": ("feed", "href", "link", "rss", "xmlUrl"),
    "tags": ("category", "categories", "folder", "group"),
    "subscribers": ("readers", "recipients", "to", "users"),
    "email": ("address", "mail", "to"),
    "max_stories": ("limit", "max", "max_items"),
    "every": ("frequency", "interval"),
    "from": ("email", "sender"),
    "host": ("hostname", "server"),
    "username": ("login", "user"),
    "starttls": ("encryption", "ssl", "tls"),
}
"""What else a key is called elsewhere. Letters alone would take `include` for `exclude`."""


def _meant_for(key: str, written: list[str]) -> str:
    """The one of the unknown keys that is meant for this one; empty when none is."""
    other = [word for word in written if word in _OTHER_WORDS.get(key, ())]
    return other[0] if other else nearest_word(key, written)


def _unknown_siblings(document: Document, loc: Loc, shape: type[BaseModel]) -> list[str]:
    model, siblings = _model_at(shape, loc[:-1]), document.get(*loc[:-1])
    if model is None or not isinstance(siblings, dict):
        return []
    return [key for key in siblings if key not in _keys(model)]


def _unknown_key(document: Document, loc: Loc, shape: type[BaseModel]) -> Problem:
    key, model = str(loc[-1]), _model_at(shape, loc[:-1])
    known = _keys(model) if model else []
    elsewhere = [name for name, field in (model.model_fields.items() if model else ()) if key in _keys_below(field)]
    meant = [name for name in known if key in _OTHER_WORDS.get(name, ())]
    hint = f"did you mean {meant[0]!r}?" if meant else nearest(key, known)
    if not hint and elsewhere:
        hint = f"it belongs under `{elsewhere[0]}:`"
    where = f" in {label(loc[:-1])}" if len(loc) > 1 else ""
    return document.problem(
        loc,
        f"unknown key {key[:60]!r}{where}",
        listed(known, 20),
        hint or "remove it, or correct the word",
        at_key=True,
    )


def _wrong_word(document: Document, loc: Loc, ctx: dict[str, Any]) -> Problem:
    words = re.findall(r"'([^']*)'", ctx["expected"])
    message = f"{label(loc)}: {shown(document, loc)} is none of the words known here"
    return document.problem(loc, message, ", ".join(words), _word_hint(document, loc, words))


def _word_hint(document: Document, loc: Loc, words: list[str]) -> str:
    raw = str(document.raw(*document.find(loc)[2]))
    if raw.lower() in ("yes", "no", "on", "off", "true", "false"):
        return f'"{raw}" is plain text in YAML 1.2; write one of the words'
    return nearest(raw, words) or "write one of the words"


def _no_list(document: Document, loc: Loc, _: dict[str, Any]) -> Problem:
    raw = document.raw(*loc)
    hint = f"write [{raw}]" if raw else "write - before each item"
    expected = "a list: [one, two], or lines that begin with -"
    return document.problem(loc, f"{label(loc)} is {shown(document, loc)}", expected, hint)


def _no_mapping(document: Document, loc: Loc, _: dict[str, Any]) -> Problem:
    hint = "indent the keys that belong to it below it"
    value = document.get(*loc)
    if value is None:
        hint = "fill it, or write {}" if len(loc) == 1 else "fill it, or remove it"
    elif isinstance(value, list) and loc[:-1] == ("topics",):
        hint = "put `watch:` before it"
    return document.problem(loc, f"{label(loc)} is {shown(document, loc)}", "a mapping: lines of `key: value`", hint)


def _empty(document: Document, loc: Loc, _: dict[str, Any]) -> Problem:
    return document.problem(loc, f"{label(loc)} is empty", "at least one item", "add one")


_IN_SHAPE = {"missing": _missing, "extra_forbidden": _unknown_key}
_IN_VALUE = {
    "wrong": _wrong,
    "literal_error": _wrong_word,
    "list_type": _no_list,
    "dict_type": _no_mapping,
    "model_type": _no_mapping,
    "too_short": _empty,
}


# --- which keys a place has ---------------------------------------------------------------------------------------


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _keys_below(field: Any) -> list[str]:
    model = _model_in(field.annotation)
    return _keys(model) if model else []


def _model_at(shape: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model that describes the mapping at `loc`."""
    annotation: Any = shape
    for part in loc:
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
        if model is not None:
            named = {field.alias or name: field for name, field in model.model_fields.items()}
            if part not in named:
                return None
            annotation = named[str(part)].annotation
            annotation = _model_in(annotation) if not _is_container(annotation) else annotation
        elif _is_container(annotation):
            annotation = _model_in(get_args(annotation)[-1])
        else:
            return None
    return _model_in(annotation) if not _is_container(annotation) else None


def _is_container(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in (list, dict)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in `Model`, `Model | None` and `Annotated[Model, …]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_in(part) for part in get_args(annotation) if not _is_container(part))
    return next((model for model in models if model is not None), None)
