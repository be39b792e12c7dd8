"""What holds between keys and between files: names that must exist, things that may stand once, secrets.

The checks look at the plain values of the documents, not at validated ones: so a mistake in one topic does not hide
that a newsletter names a topic that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from digest.config.documents import Document, Loc
from digest.config.values import Wrong, duration, host_name, listed, nearest, url_key
from digest.errors import Problem
from digest.settings import Polling, Retention, address_key
from digest.wording import lasting

_ONE_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def check_references(documents: Mapping[str, Document], languages: frozenset[str]) -> Iterator[Problem]:
    """All checks on the files that could be read. `languages`: those that we have the fixed words for."""
    settings, feeds, topics, newsletters = (
        documents[f"{n}.yaml"] for n in ("digest", "feeds", "topics", "newsletters")
    )
    yield from _check_settings(settings)
    yield from _check_feeds(feeds)
    if feeds.readable:
        yield from _check_scopes(topics, feeds)
    yield from _check_newsletters(newsletters)
    yield from _check_languages(newsletters, languages)
    if topics.readable:
        yield from _check_topics(newsletters, _keys(topics, "topics"))


# --- digest.yaml ----------------------------------------------------------------------------------------------------


def _check_settings(document: Document) -> Iterator[Problem]:
    yield from _check_secrets(document)
    yield from _check_login(document)
    yield from _check_tls(document)
    yield from _check_polling(document)
    yield from _check_retention(document)


def _check_secrets(document: Document) -> Iterator[Problem]:
    hint = "set the variable where Digest is started, and write ${NAME} here"
    password = document.raw("delivery", "smtp", "password")
    if password and not _ONE_VARIABLE.fullmatch(password):
        where = ("delivery", "smtp", "password")
        message = "a password stands in the file"
        yield document.problem(
            where, message, "${NAME}, or password_file: PATH", hint.replace("NAME", "SMTP_PASSWORD")
        )
    database = document.raw("database") or ""
    try:
        password = urlsplit(database).password
    except ValueError:  # refused as a database address elsewhere
        password = None
    if password and not _ONE_VARIABLE.fullmatch(password):
        message = "a password stands in the database address"
        hint = hint.replace("NAME", "DATABASE_PASSWORD")
        yield document.problem(("database",), message, "postgresql://user:${DATABASE_PASSWORD}@host/name", hint)


def _check_login(document: Document) -> Iterator[Problem]:
    smtp = document.get("delivery", "smtp")
    if not isinstance(smtp, dict):
        return
    where: Loc = ("delivery", "smtp")
    given = [key for key in ("password", "password_file") if smtp.get(key) is not None]
    if len(given) > 1:
        yield document.problem(
            (*where, "password_file"), "both password and password_file", "one of them", "remove one", at_key=True
        )
    if given and smtp.get("username") is None:
        yield document.problem(
            (*where, given[0]), "a password without a username", "both", "add username:", at_key=True
        )
    if smtp.get("username") is not None and not given:
        message, hint = "a username without a password", "add password: ${SMTP_PASSWORD}, or remove username"
        yield document.problem((*where, "username"), message, "both", hint, at_key=True)


def _check_tls(document: Document) -> Iterator[Problem]:
    where: Loc = ("delivery", "smtp")
    if document.get(*where, "port") == "465" and document.get(*where, "starttls") in (None, "auto", "always"):
        key = "starttls" if document.get(*where, "starttls") is not None else "port"
        message = "at port 465 TLS begins with the first byte"
        yield document.problem(
            (*where, key), message, "starttls: implicit", "write it, or take port 587", at_key=True
        )


def _check_polling(document: Document) -> Iterator[Problem]:
    bounds = _durations(document, "polling", Polling(), "every", "at_most")
    if bounds["at_most"] < bounds["every"]:
        key = "at_most" if document.get("polling", "at_most") is not None else "every"
        yield document.problem(
            ("polling", key),
            f"the longest interval ({lasting(bounds['at_most'])}) is below the shortest ({lasting(bounds['every'])})",
            "polling.at_most not shorter than polling.every",
            "lengthen at_most, or shorten every",
        )


def _durations(document: Document, block: str, defaults: object, *keys: str) -> dict[str, timedelta]:
    """What these keys hold; the default where there is nothing, or nothing that can be read."""
    found = {}
    for key in keys:
        try:
            found[key] = duration(str(document.get(block, key)))
        except Wrong:
            found[key] = getattr(defaults, key)
    return found


def _check_retention(document: Document) -> Iterator[Problem]:
    kept = _durations(document, "retention", Retention(), "articles", "deliveries")
    if kept["deliveries"] < kept["articles"]:
        key = "deliveries" if document.get("retention", "deliveries") is not None else "articles"
        yield document.problem(
            ("retention", key),
            f"deliveries are kept for {kept['deliveries'].days}d, articles for {kept['articles'].days}d",
            "deliveries kept at least as long as articles",
            "what was sent must be known while its article is, or it would be sent again; lengthen deliveries",
        )


# --- feeds and topics ---------------------------------------------------------------------------------------------


def _check_feeds(document: Document) -> Iterator[Problem]:
    yield from _once(document, _short_or_at(document, document.under("feeds"), "url"), url_key, "feed")


def _short_or_at(document: Document, items: Iterable[tuple[Loc, object]], key: str) -> Iterator[tuple[Loc, str]]:
    """The items of a list whose short form is the value of `key`: where that value stands, and what it is."""
    for loc, item in items:
        place = loc if isinstance(item, str) else (*loc, key)
        if isinstance(value := document.get(*place), str):
            yield place, value


def _once(
    document: Document, values: Iterable[tuple[Loc, str]], key: Callable[[str], str], what: str
) -> Iterator[Problem]:
    first: dict[str, Loc] = {}
    for loc, value in values:
        before = first.setdefault(key(value), loc)
        if before != loc:
            found = f"the {what} {document.raw(*loc)!r}"
            message = f"{found} stands here a second time; the first is on line {document.line_of(before)}"
            yield document.problem(loc, message, f"each {what} once", "remove one of them")


def _check_scopes(topics: Document, feeds: Document) -> Iterator[Problem]:
    scopes: set[str] = set()
    for loc, item in feeds.under("feeds"):
        url = item if isinstance(item, str) else feeds.get(*loc, "url")
        name = feeds.get(*loc, "name") if isinstance(item, dict) else None
        scopes.add(name if isinstance(name, str) else host_name(str(url)))
        scopes.update(tag for _, tag in feeds.under(*loc, "tags") if isinstance(tag, str))
    for loc, _ in topics.under("topics"):
        yield from _known(topics, topics.under(*loc, "feeds"), scopes, "no feed has the name or tag", "feeds.yaml")


def _known(
    document: Document, values: Iterable[tuple[Loc, object]], known: Iterable[str], says: str, where: str
) -> Iterator[Problem]:
    names = set(known)
    for loc, value in values:
        if isinstance(value, str) and value not in names and loc not in document.unknown:
            expected = listed(names) or f"a name from {where}"
            hint = nearest(value, names) or f"correct the word, or add it to {where}"
            yield document.problem(loc, f"{says} {str(document.raw(*loc))[:60]!r}", expected, hint)


# --- newsletters ----------------------------------------------------------------------------------------------------


def _check_newsletters(document: Document) -> Iterator[Problem]:
    for newsletter, _ in document.under("newsletters"):
        people = document.under(*newsletter, "subscribers")
        yield from _once(document, _short_or_at(document, people, "email"), address_key, "subscriber")
        offered = {name for _, name in document.under(*newsletter, "topics") if isinstance(name, str)}
        for loc, _ in document.under(*newsletter, "subscribers"):
            says = f"the newsletter {newsletter[-1]!r} has no topic"
            yield from _known(document, document.under(*loc, "topics"), offered, says, "the topics of the newsletter")


def _check_topics(newsletters: Document, known: frozenset[str]) -> Iterator[Problem]:
    for loc, _ in newsletters.under("newsletters"):
        yield from _known(newsletters, newsletters.under(*loc, "topics"), known, "there is no topic", "topics.yaml")


def _check_languages(newsletters: Document, languages: frozenset[str]) -> Iterator[Problem]:
    says = "there are no words for the language"
    for newsletter, _ in newsletters.under("newsletters"):
        for loc in (newsletter, *(loc for loc, _ in newsletters.under(*newsletter, "subscribers"))):
            if isinstance(code := newsletters.get(*loc, "language"), str):
                where = "the folder words/ of your templates: copy en.toml"
                yield from _known(newsletters, [((*loc, "language"), code)], languages, says, where)


def _keys(document: Document, key: str) -> frozenset[str]:
    value = document.get(key)
    return frozenset(value) if isinstance(value, dict) else frozenset()
