"""The five files as an operator writes them: which keys there are, and what each may hold.

Everything a file can be checked for on its own is here; what holds between keys and between files is in `references`.
Defaults are mostly not: a key that is not written is not set, and the records of `digest.settings` fill it in. The
docstrings below the fields become the descriptions that editors show: `write_schemas` reads them from this source.

A value that cannot stand raises a pydantic error of type `wrong`, whose context says what was expected, what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from digest import settings
from digest.config import values
from digest.errors import ScheduleError, TopicError

ID = r"^[a-z0-9][a-z0-9-]*$"


def wrong(message: str, expected: str, hint: str = "", **place: Any) -> PydanticCustomError:
    """`place`: `at` (a way from the value to a part of it), `within` (line and column in a text), `at_key`."""
    return PydanticCustomError(
        "wrong", "{message}", {"message": message, "expected": expected, "hint": hint, **place}
    )


def _text(parse: Callable[[str], Any], **schema: Any) -> tuple[PlainValidator, WithJsonSchema]:
    """A validator for one scalar that `parse` reads, and the JSON Schema that stands for it."""

    def read(value: object) -> Any:
        if not isinstance(value, str):
            raise wrong("{} stands where a single value belongs", "a single value")
        try:
            return parse(value)
        except (values.Wrong, ScheduleError) as error:
            raise wrong(error.message, error.expected, error.hint) from None

    return PlainValidator(read), WithJsonSchema({"type": "string"} | schema)


def _schedule(text: str) -> settings.Schedule:
    from digest.schedule import parse

    return parse(text)


def _timezone(text: str) -> str:
    from digest.schedule import check_timezone

    check_timezone(text)
    return text


def _database(text: str) -> str:
    values.database(text, Path("/"))
    return text


def _verbatim(text: str) -> str:
    if not text.strip():
        raise values.Wrong("{} is empty", "some text")
    return text


_duration = _text(values.duration, pattern=r"^[0-9]+[smhd]$", examples=["30s", "5m", "2h", "7d"])
_size = _text(values.size, pattern=r"^[0-9]+(B|KB|MB|GB)$", examples=["500KB", "10MB"])
_url = _text(values.web_url, pattern="^https?://", examples=["https://news.example.org/feed.xml"])
_language = _text(values.language, pattern="^[a-z]{2}$")

Duration = Annotated[timedelta, *_duration]
Size = Annotated[int, *_size]
Truth = Annotated[bool, *_text(values.truth, type="boolean")]
Line = Annotated[str, *_text(values.line)]
Verbatim = Annotated[str, *_text(_verbatim)]
Language = Annotated[str, *_language]
Timezone = Annotated[str, *_text(_timezone, examples=["Europe/Istanbul", "UTC"])]
Schedule = Annotated[
    settings.Schedule,
    *_text(
        _schedule, examples=["daily 07:30", "weekdays 07:30", "mon,thu 18:00", "hourly", "instant", "cron: 0 7 1 * *"]
    ),
]
Address = Annotated[str, *_text(values.address, format="email")]
Id = Annotated[str, StringConstraints(pattern=ID)]
Threshold = Annotated[
    settings.Threshold,
    _text(values.threshold)[0],
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["broad", "balanced", "strict"]},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            ]
        }
    ),
]


@dataclass(frozen=True, slots=True)
class Short:
    """A mapping that may be written as the value of one of its keys alone."""

    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def spell_out(value: Any) -> Any:
            return {self.key: value} if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(spell_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class _Block(BaseModel):
    """A mapping in which unknown keys are errors, and a key without a value (`exclude:`) is one not written."""

    # A validator is built when its file is read, with those of its blocks in it, and not one for each block besides.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = {field.alias or name for name, field in cls.model_fields.items() if not field.is_required()}
        return {key: value for key, value in data.items() if value is not None or key not in optional}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """With descriptions. (pydantic can read the docstrings itself, but then does so at every start.)"""
        found = handler(schema)
        properties = handler.resolve_ref_schema(found)["properties"]
        for name, text in _docstrings(cls):
            properties[cls.model_fields[name].alias or name]["description"] = text
        return found

    def written(self) -> dict[str, Any]:
        """The values of the keys that are there."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _docstrings(block: type[_Block]) -> Iterator[tuple[str, str]]:
    """The name of each field, and what stands below it."""
    import ast
    import inspect
    from itertools import pairwise

    (source,) = ast.parse(inspect.getsource(block)).body
    assert isinstance(source, ast.ClassDef)
    for line, following in pairwise(source.body):
        match line, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


# --- digest.yaml ----------------------------------------------------------------------------------------------------


class Site(_Block):
    name: Line | None = None
    """Of the service, as readers see it."""
    url: Annotated[str, *_text(values.site_url, pattern="^https?://")] | None = None
    """Address of the service; its host names the lists and the messages."""
    sender: Annotated[tuple[str, str], *_text(values.sender)] | None = Field(default=None, alias="from")
    """Name <address> that the mails come from."""
    postal_address: Line | None = None
    """At the foot of every mail; many countries ask for one."""


class Smtp(_Block):
    host: Annotated[str, *_text(values.host)] | None = None
    """Name of the mail server."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """25, 587 (STARTTLS) or 465 (implicit TLS)."""
    starttls: Literal["auto", "always", "never", "implicit"] | None = None
    """auto: when the server offers it; always: or do not send; implicit: TLS from the first byte (port 465)."""
    username: Line | None = None
    """For the login; together with a password."""
    password: Annotated[str, StringConstraints(min_length=1)] | None = None
    """From the environment only: ${SMTP_PASSWORD}."""
    password_file: Verbatim | None = None
    """A file that holds the password, instead of `password`."""
    connections: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many are kept open at once."""
    per_second: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    """Most messages a second, over all connections."""
    timeout: Duration | None = None
    """Of each step of the dialogue."""


class Delivery(_Block):
    transport: Literal["maildir", "smtp"] | None = None
    """maildir: messages become files; smtp: they are sent."""
    maildir: Verbatim | None = None
    """Folder of the messages; relative to the folder above the configuration."""
    smtp: Smtp | None = None
    """The mail server."""
    when_unsure: Literal["resend", "hold"] | None = None
    """What to do with a message whose acceptance got lost: send it again, or hold it."""


class Polling(_Block):
    every: Duration | None = None
    """The shortest interval between two polls of a feed."""
    at_most: Duration | None = None
    """The longest interval, of a feed that seldom changes; not shorter than `every`."""
    timeout: Duration | None = None
    """Of one poll, redirects included."""
    max_bytes: Size | None = None
    """Largest feed, decompressed."""
    trim: Truth | None = None
    """Whether only the new entries of a changed feed are read."""
    quick: Truth | None = None
    """Whether ordinary feeds are read by a faster reader than feedparser."""
    apart: Truth | None = None
    """Whether large feeds are read in a process that can be ended."""
    private_addresses: Truth | None = None
    """Whether feeds may be on private addresses (this machine, the house network)."""
    first_sight: Duration | None = None
    """How old an article may be that the first poll of a feed announces."""
    contact: Line | None = None
    """Address or URL that feeds' operators see in the User-Agent."""


class Matching(_Block):
    languages: list[Language] | None = None
    """Topics know country names and stems in these, in English and in those of newsletters and feeds."""
    meaning: Annotated[bool, *_text(values.meaning, type="boolean")] = False
    """Whether phrases near their cut are decided by their meaning too; it takes the extra `semantic`."""


class Retention(_Block):
    articles: Duration | None = None
    """How long articles are kept."""
    deliveries: Duration | None = None
    """How long the records of what was sent are kept; not shorter than `articles`."""


class Web(_Block):
    listen: Annotated[tuple[str, int], *_text(values.listen)] | None = None
    """host:port of the pages of the daemon."""
    public_url: Annotated[str, *_text(values.site_url, pattern="^https?://")] | None = None
    """https://… under which hubs reach /websub/ of the daemon; without it feeds are only polled."""


_NOTHING_WRITTEN: Any = Field(default={}, validate_default=True)


class DigestFile(_Block):
    site: Site = _NOTHING_WRITTEN
    """Who sends."""
    database: Annotated[str, *_text(_database, pattern="^(sqlite|postgresql)")] | None = None
    """sqlite:///path or postgresql://…; a relative path starts at the folder above the configuration."""
    templates: Verbatim | None = None
    """Folder of own templates, looked in before the shipped ones; relative to the folder above the configuration."""
    delivery: Delivery = _NOTHING_WRITTEN
    """How messages leave."""
    polling: Polling = _NOTHING_WRITTEN
    """How feeds are fetched."""
    matching: Matching = _NOTHING_WRITTEN
    """How topics find articles."""
    retention: Retention = _NOTHING_WRITTEN
    """How long records are kept."""
    web: Web = _NOTHING_WRITTEN
    """The pages of the daemon."""


# --- feeds.yaml -----------------------------------------------------------------------------------------------------


class Feed(_Block):
    url: Annotated[str, *_url]
    """RSS, Atom, RDF or JSON Feed."""
    name: Line | None = None
    """As readers see it; the host of the URL when not given."""
    tags: list[Annotated[str, *_text(values.tag)]] = []
    """Words by which topics choose feeds."""
    language: Language | None = None
    """Overrides what the feed says of itself."""
    folders: list[list[Line]] | None = None
    """The ways to its folders in OPML, from the outside in; the folder of its first tag when not given."""
    opml: dict[Annotated[str, StringConstraints(pattern=f"^{values.OPML_ATTRIBUTE}$")], Line] = {}
    """The attributes of its outline in OPML that are not made of the other keys."""


class FeedsFile(_Block):
    feeds: Annotated[list[Annotated[Feed, Short("url")]], BeforeValidator(lambda value: value or [])]
    """The feeds: a URL, or a mapping with url, name, tags, language, folders, opml."""


# --- topics.yaml ----------------------------------------------------------------------------------------------------

Phrases = list[Line]


class Condition(_Block):
    phrase: Line | None = None
    """Plain words; what a line that is no mapping holds."""
    query: Verbatim | None = None
    """A query in the Lucene style."""

    @model_validator(mode="after")
    def _is_one(self) -> Condition:
        if (self.phrase is None) == (self.query is None):
            raise wrong("not one condition", "a phrase, or {query: …}", at_key=True)
        return self

    def record(self) -> str | settings.Query:
        return settings.Query(self.query) if self.query is not None else self.phrase or ""


Conditions = list[Annotated[Condition, Short("phrase")]]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _name(text: str) -> str:
    name = values.line(text)
    if not any(map(str.isalnum, name)):
        raise values.Wrong("{} has no letter and no digit", "a name")
    return name


def _sets(found: dict[str, list[str]]) -> dict[str, list[str]]:
    for name, others in found.items():
        try:
            _name(name)
        except values.Wrong as error:
            message = error.message.replace("{}", repr(name))
            raise wrong(message, error.expected, error.hint, at=(name,), at_key=True) from None
        if not others:
            raise wrong("no other name", "at least one name", f"{name}: [another name]", at=(name,))
    return found


Names = list[Annotated[str, *_text(_name)]]
Aliases = Annotated[
    dict[str, Annotated[Names, BeforeValidator(_as_list, json_schema_input_type=str | Names)]], AfterValidator(_sets)
]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The context of a validation: versions of topics that compile, which can take longer than all the rest."""

    before: frozenset[str] = frozenset()
    """Known already."""
    now: set[str] = field(default_factory=set)
    """Met in this file."""


class Examples(_Block):
    match: Annotated[Phrases, BeforeValidator(_as_list, json_schema_input_type=str | Phrases)] = []
    """Titles, links or ids of articles that the topic should find."""
    no_match: Annotated[Phrases, BeforeValidator(_as_list, json_schema_input_type=str | Phrases)] = []
    """The same of those that it should not find."""

    @model_validator(mode="after")
    def _each_is_one(self) -> Examples:
        for n, text in enumerate(self.no_match):
            if text in self.match:
                raise wrong("{} is among `match`, too", "each example in one of the lists", at=("no_match", n))
        return self

    def records(self) -> tuple[settings.Example, ...]:
        wanted = (settings.Example(text, wanted=True) for text in self.match)
        return (*wanted, *(settings.Example(text, wanted=False) for text in self.no_match))


class Topic(_Block):
    name: Line | None = None
    """As readers see it; also what is watched for, when neither `watch` nor `query` is there."""
    watch: Annotated[
        Phrases,
        BeforeValidator(_as_list, json_schema_input_type=str | Phrases),
        Field(min_length=1),
    ] = []
    """A phrase, or several of which one is enough."""
    query: Verbatim | None = None
    """A query in the Lucene style, for exact control."""
    require: Annotated[Conditions, BeforeValidator(_as_list, json_schema_input_type=str | Conditions)] = []
    """Phrases and queries that must all be found besides."""
    exclude: Annotated[Conditions, BeforeValidator(_as_list, json_schema_input_type=str | Conditions)] = []
    """Phrases and queries that rule an article out."""
    aliases: Aliases = {}
    """Other names of what phrases name: a name, and a list of those that it stands for."""
    feeds: list[Line] = []
    """Names or tags of feeds; all when not given."""
    languages: list[Language] = []
    """Of the articles looked at; all when not given."""
    threshold: Threshold = "balanced"
    """broad, balanced, strict, or a number above 0 and up to 1."""
    examples: Examples | None = None
    """Reports that the topic should find and should not: it learns from them, and `digest check` tries them."""

    @model_validator(mode="after")
    def _can_be_watched(self, info: ValidationInfo) -> Topic:
        if not (self.watch or self.query or self.name):
            raise wrong(
                "nothing to watch for",
                "`watch`, `query` or at least `name`",
                "add a phrase: watch: Syria Turkey talks",
                at_key=True,
            )
        known: Compiled = info.context or Compiled()
        topic = self.record("topic")
        if topic.version not in known.before:
            _compile(topic)
        known.now.add(topic.version)
        return self

    def record(self, topic_id: str) -> settings.Topic:
        watch = tuple(self.watch) or ((self.name,) if self.name and not self.query else ())
        return settings.Topic(
            id=topic_id,
            name=self.name or (watch[0] if watch else topic_id.replace("-", " ")),
            watch=watch,
            query=self.query,
            require=tuple(condition.record() for condition in self.require),
            exclude=tuple(condition.record() for condition in self.exclude),
            aliases=_as_sets(self.aliases),
            feeds=tuple(self.feeds),
            languages=tuple(self.languages),
            threshold=self.threshold,
            examples=self.examples.records() if self.examples else (),
        )


def _as_sets(aliases: dict[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(dict.fromkeys((name, *others))) for name, others in aliases.items())


def _compile(topic: settings.Topic) -> None:
    """Raise what is wrong with a topic's phrases and query, at the phrase that cannot be read."""
    query = (settings.Query(topic.query),) if topic.query is not None else ()
    if not topic.aliases and all(map(_is_plain, (*topic.watch, *query, *topic.require, *topic.exclude))):
        return
    from digest.topics import compile_topic

    try:
        compile_topic(topic, frozenset(topic.languages))
    except TopicError as error:
        place = _culprit(topic)
        raise wrong(error.message, error.expected, error.hint, at=place, within=(error.line, error.column)) from None


def _is_plain(condition: str | settings.Query) -> bool:
    if isinstance(condition, settings.Query):
        return values.is_plain_query(condition.text)
    return values.is_plain_phrase(condition)


def _conditions(
    key: str, conditions: tuple[str | settings.Query, ...]
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    for n, condition in enumerate(conditions):
        place = (key, n, "query") if isinstance(condition, settings.Query) else (key, n)
        yield place, {"watch": ("x",), key: (condition,)}


def _culprit(topic: settings.Topic) -> tuple[str | int, ...]:
    """Which part of a topic that does not compile is to blame, found by compiling each alone."""
    from digest.topics import compile_topic

    parts: list[tuple[tuple[str | int, ...], dict[str, Any]]] = [
        *((("watch", n), {"watch": (phrase,)}) for n, phrase in enumerate(topic.watch)),
        *([(("query",), {"query": topic.query})] if topic.query is not None else []),
        *_conditions("require", topic.require),
        *_conditions("exclude", topic.exclude),
    ]
    for place, part in parts:
        try:
            compile_topic(settings.Topic(id=topic.id, name=topic.name, **part), frozenset(topic.languages))
        except TopicError:
            return place
    return ()


class TopicsFile(_Block):
    topics: dict[Id, Annotated[Topic, Short("watch")]]
    """Topics by id: a phrase, or a mapping."""


# --- aliases.yaml ---------------------------------------------------------------------------------------------------


class AliasesFile(_Block):
    aliases: Aliases = {}
    """Names that stand for each other in the phrases of all topics: a name, and a list of the others."""

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        return _as_sets(self.aliases)


# --- newsletters.yaml -----------------------------------------------------------------------------------------------


class Subscriber(_Block):
    email: Address
    """Where the mail goes."""
    name: Line | None = None
    """Of the person."""
    timezone: Timezone | None = None
    """The newsletter's when not given."""
    schedule: Schedule | None = None
    """The newsletter's when not given."""
    language: Language | None = None
    """The newsletter's when not given."""
    topics: Annotated[list[str], Field(min_length=1)] | None = None
    """A choice of the newsletter's topics; all when not given."""


class Newsletter(_Block):
    title: Line
    """As readers see it."""
    topics: Annotated[list[str], Field(min_length=1)]
    """Ids of topics, in the order in which they are listed."""
    schedule: Schedule | None = None
    """instant, hourly, daily 07:30 (the default), weekdays 07:30, mon,thu 18:00, or cron: and five fields."""
    timezone: Timezone = "UTC"
    """In which the schedule is meant."""
    language: Language = "en"
    """Of the fixed words, dates and direction of the mail."""
    max_stories: Annotated[int, Field(ge=1, le=200)] = 20
    """Most stories in one mail."""
    when_empty: Literal["skip", "send"] = "skip"
    """What to do when there is nothing new."""
    late: Literal["send", "skip"] = "send"
    """What to do with an edition whose hour passed while nothing ran."""
    subscribers: list[Annotated[Subscriber, Short("email")]] = []
    """People whom the operator vouches for: an address, or a mapping."""


class NewslettersFile(_Block):
    newsletters: dict[Id, Newsletter]
    """Newsletters by id."""


FILES: dict[str, type[_Block]] = {
    "digest.yaml": DigestFile,
    "feeds.yaml": FeedsFile,
    "topics.yaml": TopicsFile,
    "aliases.yaml": AliasesFile,
    "newsletters.yaml": NewslettersFile,
}
