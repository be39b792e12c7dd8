"""From bytes to `Settings`: parse, check each file alone, check them together, fill in the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from digest import resources, settings
from digest.config import shape, values
from digest.config.complaints import complaints
from digest.config.documents import Document, Loc, parse
from digest.config.files import NAMES, Snapshot, shown, snapshot
from digest.config.references import check_references
from digest.errors import ConfigError, Problem
from digest.schedule import parse as parse_schedule

_Shape = TypeVar("_Shape", bound=BaseModel)

_BARE_SITE = settings.Site(
    name="Digest",
    url="http://localhost",
    sender_name="Digest",
    sender_address="digest@localhost",
    postal_address="",
)
_BARE_DATABASE = "sqlite:///var/digest.db"
_BARE_SCHEDULE = "daily 07:30"


@dataclass(frozen=True, slots=True)
class Reading:
    """A configuration, and what outside its files it was made of: a change there is a change of it."""

    settings: settings.Settings
    variables: frozenset[str]
    """Environment variables."""
    files: frozenset[Path]
    """Files with secrets."""
    folders: frozenset[Path]
    """Folders whose list of files counts: the words of the mails."""
    compiled: frozenset[str]
    """Versions of topics that compile, for the next reading."""


def read(
    folder: Path, taken: Snapshot, environ: Mapping[str, str], compiled: frozenset[str] = frozenset()
) -> Reading:
    """The configuration that a snapshot of `folder` holds. Raises ConfigError with all problems of all files.

    `compiled` are those that an earlier reading by the same program gave.
    """
    documents = {name: _document(folder, name, taken, environ) for name in NAMES}
    problems = [*taken.problems, *(problem for document in documents.values() for problem in document.problems)]
    base = taken.folder.parent
    words = _words_folders(documents["digest.yaml"], base)
    problems += _no_templates(documents["digest.yaml"], base)
    problems += check_references(documents, frozenset(_languages(words)))
    digest_file = _validated(documents["digest.yaml"], shape.DigestFile, problems)
    feeds_file = _validated(documents["feeds.yaml"], shape.FeedsFile, problems)
    known = shape.Compiled(compiled)
    topics_file = _validated(documents["topics.yaml"], shape.TopicsFile, problems, known)
    aliases_file = _validated(documents["aliases.yaml"], shape.AliasesFile, problems)
    newsletters_file = _validated(documents["newsletters.yaml"], shape.NewslettersFile, problems)
    password_file = _password_file(documents["digest.yaml"], base)
    password = _secret(documents["digest.yaml"], password_file, problems)
    if problems or not (digest_file and feeds_file and topics_file and aliases_file and newsletters_file):
        raise ConfigError(_in_order(problems))
    complete = settings.Settings(
        folder=taken.folder,
        **_decisions(digest_file, base, password),
        feeds=tuple(_feed(feed) for feed in feeds_file.feeds),
        topics=tuple(topic.record(key) for key, topic in topics_file.topics.items()),
        newsletters=tuple(_newsletter(key, newsletter) for key, newsletter in newsletters_file.newsletters.items()),
        aliases=aliases_file.sets,
    )
    if complete.aliases:
        from digest.aliases import with_shared  # here: it takes 20 ms

        topics = tuple(with_shared(topic, complete.aliases, complete.languages) for topic in complete.topics)
        complete = replace(complete, topics=topics)
    variables = frozenset[str]().union(*(document.variables for document in documents.values()))
    files = frozenset([password_file] if password_file else [])
    return Reading(complete, variables, files, frozenset(words), frozenset(known.now))


def database(folder: Path, environ: Mapping[str, str]) -> str:
    """The database's URL by digest.yaml alone, so that it can be looked at while another file is wrong.

    Raises ConfigError when digest.yaml itself is wrong.
    """
    taken = snapshot(folder)
    document = _document(folder, "digest.yaml", taken, environ)
    problems = list(document.problems)
    found = _validated(document, shape.DigestFile, problems)
    if found is None or problems:
        raise ConfigError(_in_order(problems))
    return values.database(found.database or _BARE_DATABASE, taken.folder.parent)


def problems_of(file: Path, content: bytes) -> tuple[Problem, ...]:
    """What is wrong with one file on its own, whatever the other files and the environment hold."""
    document = parse(shown(file), content, None)
    problems = list(document.problems)
    _validated(document, shape.FILES[file.name], problems)
    return _in_order(problems)


def problems_at(folder: Path, name: str, found: Iterable[tuple[Loc, str, str, str]]) -> tuple[Problem, ...]:
    """What was found wrong at places of a file that is fine in itself: (place, message, expected, hint) of each."""
    file = folder / name
    document = parse(shown(file), file.read_bytes(), None)
    return _in_order([document.problem(*each) for each in found])


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems)))


def _document(folder: Path, name: str, taken: Snapshot, environ: Mapping[str, str]) -> Document:
    if name in taken.contents:
        return parse(shown(folder / name), taken.contents[name], environ)
    optional = not any(Path(problem.file).name == name for problem in taken.problems)
    return Document(shown(folder / name), "", None, None, (), readable=optional)


def _validated(
    document: Document, expected: type[_Shape], problems: list[Problem], context: object = None
) -> _Shape | None:
    if not document.readable:
        return None
    try:
        return expected.model_validate({} if document.data is None else document.data, context=context)
    except ValidationError as error:
        problems += complaints(document, error, expected)
        return None


# --- what lies outside of the files -------------------------------------------------------------------------------


def _words_folders(document: Document, base: Path) -> tuple[Path, ...]:
    own = document.get("templates")
    folders = [resources.folder("templates") / "words"]
    return (*folders, base / own / "words") if isinstance(own, str) else tuple(folders)


def _no_templates(document: Document, base: Path) -> Iterator[Problem]:
    own = document.get("templates")
    if isinstance(own, str) and ("templates",) not in document.unknown and not (base / own).is_dir():
        hint = "correct it, or make the folder; the path starts at the folder above the configuration"
        yield document.problem(("templates",), f"there is no folder {base / own}", "a folder of own templates", hint)


def _languages(folders: tuple[Path, ...]) -> Iterator[str]:
    for folder in folders:
        yield from (file.stem for file in folder.glob("*.toml"))


def _password_file(document: Document, base: Path) -> Path | None:
    path = document.get("delivery", "smtp", "password_file")
    return base / path if isinstance(path, str) else None


def _secret(document: Document, file: Path | None, problems: list[Problem]) -> str | None:
    """The password in a file, without the line break at its end."""
    if file is None:
        return None
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        secret, message = "", f"the password file {file} cannot be read: {why}"
    else:
        message = f"the password file {file} is empty"
    if not secret:
        where, hint = ("delivery", "smtp", "password_file"), "the path starts at the folder above the configuration"
        problems.append(document.problem(where, message, "a readable file that holds the password", hint))
    return secret


# --- records ------------------------------------------------------------------------------------------------------


def _decisions(file: shape.DigestFile, base: Path, password: str | None) -> dict[str, Any]:
    """The fields of Settings that digest.yaml decides."""
    written = file.delivery.written()
    delivery: dict[str, Any] = {"maildir": base / written.pop("maildir", settings.DeliverySettings().maildir)}
    if smtp := written.pop("smtp", None):
        login = smtp.written()
        if "password_file" in login:
            login |= {"password": password, "password_file": base / login["password_file"]}
        delivery["smtp"] = settings.Smtp(**login)
    return {
        "site": _site(file.site),
        "database": values.database(file.database or _BARE_DATABASE, base),
        "templates": base / file.templates if file.templates else None,
        "delivery": settings.DeliverySettings(**written | delivery),
        "polling": settings.Polling(**file.polling.written()),
        "matching": settings.Matching(
            languages=tuple(dict.fromkeys(file.matching.languages or ())), meaning=file.matching.meaning
        ),
        "retention": settings.Retention(**file.retention.written()),
        "web": _web(file.web),
    }


def _web(web: shape.Web) -> settings.Web:
    host, port = web.listen or (settings.Web().host, settings.Web().port)
    return settings.Web(host=host, port=port, public_url=web.public_url or "")


def _site(site: shape.Site) -> settings.Site:
    name = site.name or _BARE_SITE.name
    sender_name, sender_address = site.sender or ("", _BARE_SITE.sender_address)
    return settings.Site(
        name=name,
        url=site.url or _BARE_SITE.url,
        sender_name=sender_name or name,
        sender_address=sender_address,
        postal_address=site.postal_address or "",
    )


def _feed(feed: shape.Feed) -> settings.Feed:
    name = feed.name or values.host_name(feed.url)
    return settings.Feed(
        url=feed.url,
        name=name,
        tags=tuple(dict.fromkeys(feed.tags)),
        language=feed.language,
        folders=None if feed.folders is None else tuple(map(tuple, feed.folders)),
        opml=tuple(feed.opml.items()),
    )


def _newsletter(key: str, written: shape.Newsletter) -> settings.Newsletter:
    newsletter = settings.Newsletter(
        id=key,
        title=written.title,
        topics=tuple(dict.fromkeys(written.topics)),
        schedule=written.schedule or parse_schedule(_BARE_SCHEDULE),
        timezone=written.timezone,
        language=written.language,
        max_stories=written.max_stories,
        when_empty=written.when_empty,
        late=written.late,
    )
    return replace(
        newsletter, subscriptions=tuple(_subscription(newsletter, person) for person in written.subscribers)
    )


def _subscription(newsletter: settings.Newsletter, person: shape.Subscriber) -> settings.Subscription:
    chosen = newsletter.topics if person.topics is None else person.topics
    return settings.Subscription(
        newsletter=newsletter.id,
        address=person.email,
        name=person.name or "",
        schedule=person.schedule or newsletter.schedule,
        timezone=person.timezone or newsletter.timezone,
        language=person.language or newsletter.language,
        topics=tuple(topic for topic in newsletter.topics if topic in chosen),
    )
