"""The demonstration: the sample feeds on loopback, the example configuration, and the steps of `digest once`.

Nothing is staged: the settings are those of the shipped `config/`, with the sample feeds in the place of its own and
a database and outbox in a folder that is made anew; the clock runs from the dates of the sample feeds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from digest import config, editions, pipeline, resources, sample, worker
from digest.errors import DigestError
from digest.pipeline import Newsroom, explaining
from digest.settings import Settings
from digest.store import articles, ledger, report
from digest.wording import counted

MORNING = sample.FIRST_POLL.replace(hour=4, minute=30)
"""07:30 in Istanbul."""
EVENING = sample.FIRST_POLL.replace(hour=21, minute=30)
"""18:00 in St. John's."""
NEXT_MORNING = MORNING + timedelta(days=1)

_DATABASE = "demo.db"
_OWN = {_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm", "outbox", "mails"}
"""What a demonstration leaves in its folder. An operator's own database never has that name."""

_NEAR_MISSES = ("turkey", "bank", "coach")
"""Words in titles of sample articles that a bare keyword search would have sent."""


def play(folder: Path) -> Iterator[str]:
    """Runs the demonstration in `folder`, which is emptied first; gives what there is to tell, line by line.

    Raises DigestError when the folder holds something else than an earlier demonstration.
    """
    _empty(folder)
    with sample.serve() as server:
        settings = _settings(folder, server.url)
        yield f"Eleven sample feeds on {server.url}, the example configuration, everything else in {folder}."
        for moment, what in (
            (sample.FIRST_POLL, "the first poll"),
            (MORNING, "07:30 in Istanbul"),
            (sample.SECOND_POLL, "the second poll"),
            (EVENING, "18:00 in St. John's"),
            (NEXT_MORNING, "07:30 in Istanbul, the next day"),
        ):
            server.show(1 if moment < sample.SECOND_POLL else 2)
            yield _at(settings, moment, what)
    yield from _told(settings, folder)


def page(folder: Path) -> Path:
    """The HTML of the first message of the last demonstration in `folder`."""
    return min((folder / "mails").glob("*.html")).absolute()


def _empty(folder: Path) -> None:
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if there and not (_DATABASE in there and there <= _OWN):
        raise DigestError(f"{folder} holds something else than a demonstration; name another folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _settings(folder: Path, url: str) -> Settings:
    # The example names no secret; whatever the caller's environment holds is not its business.
    shipped = config.load(resources.folder("config"), {})
    place = folder.absolute()
    return replace(
        shipped,
        feeds=sample.feeds(url),
        polling=replace(shipped.polling, private_addresses=True),
        database=f"sqlite:///{place / _DATABASE}",
        delivery=replace(shipped.delivery, transport="maildir", maildir=place / "outbox"),
    )


def _at(settings: Settings, moment: datetime, what: str) -> str:
    room = pipeline.build(settings, worker.clock_from(moment))
    room.database.prepare()
    polled, _, sent = worker.run_once(room)
    room.database.close()
    told = f"{moment:%a %H:%M} UTC, {what}: "
    if polled.feeds:
        told += f"{counted(polled.feeds, 'feed')} polled, {counted(polled.articles, 'new article')}, "
    else:
        told += "no feed is due, "
    return told + f"{counted(sent.accepted, 'message')} sent."


def _told(settings: Settings, folder: Path) -> Iterator[str]:
    room = pipeline.build(settings, worker.clock_from(NEXT_MORNING))
    with room.database.read() as tx:
        messages = ledger.messages(tx)
    for number, message in enumerate(messages, start=1):
        yield ""
        yield from _message(number, message, folder)
    yield ""
    yield f"Not under “{settings.topics[0].name}”, and why:"
    yield from _misses(room)
    yield ""
    yield "What the operator should know:"
    for feed in report.status(settings.database)["feeds"]["problems"]:
        yield f"  the feed {feed['name']}: {feed['problem']}"
    room.database.close()
    yield ""
    yield f"Open {page(folder)}"


def _message(number: int, message: dict[str, Any], folder: Path) -> Iterator[str]:
    edition = editions.from_json(message["content"])
    path = _save(number, message, folder)
    yield f"{message['state']}: to {message['address']}, {edition.title}, due {edition.slot_at:%a %H:%M} UTC  {path}"
    for story in edition.stories:
        also = f", also {', '.join(report.outlet for report in story.reports)}" if story.reports else ""
        yield f"  - {story.title} ({story.outlet}{also})"
        for reason in story.reasons:
            yield f"      because of “{reason.topic_name}”: {', '.join(reason.words)}"


def _save(number: int, message: dict[str, Any], folder: Path) -> Path:
    """The HTML of a message, taken out of the maildir so that a browser can open it."""
    (folder / "mails").mkdir(exist_ok=True)
    for file in (folder / "outbox" / "new").iterdir():
        parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
        if parsed["Message-ID"] == message["message_id"]:
            html = parsed.get_body(("html",))
            assert html is not None, "every message has an HTML part"
            path = folder / "mails" / f"{number}-{message['address']}.html"
            path.write_text(html.get_content(), encoding="utf-8")
            return path
    raise DigestError(f"the message {message['message_id']} is not in {folder / 'outbox'}")


def _misses(room: Newsroom) -> Iterator[str]:
    """Articles that share words with the first topic and are in no digest, with the reason."""
    topic = room.settings.topics[0].id
    with room.database.read() as tx:
        everything = articles.recent(tx, 200)
    for article in everything:
        if any(word in article.entry.title.casefold() for word in _NEAR_MISSES):
            for explanation in explaining.explain(room, str(article.id), topics=[topic]):
                if not explanation.verdict.matched:
                    yield f"  {article.entry.title} ({article.feed_name}): {explanation.verdict.reason}"
