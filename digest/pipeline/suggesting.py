"""What could be added to a topic, from the articles of the last days: `digest topics suggest`. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from digest import semantics
from digest.model import Article
from digest.pipeline.judging import recall
from digest.pipeline.newsroom import Newsroom
from digest.store import kept
from digest.suggesting import Proposal
from digest.suggesting import suggest as proposals
from digest.wording import counted

_BATCH = 200


def suggest(room: Newsroom, topic_id: str, days: int) -> tuple[Proposal, ...]:
    """What could be added to the topic. Raises DigestError when there is none of that id."""
    topic = room.topic(topic_id)
    now = room.clock()
    with room.database.read() as tx:
        languages = room.languages(tx)
        articles = chain.from_iterable(kept.articles_since(tx, now - timedelta(days=days), now, batch=_BATCH))
        meaning = semantics.likeness if room.settings.matching.meaning else None
        return proposals(topic, languages, recall(room, tx, languages), articles, meaning)


def as_yaml(found: tuple[Proposal, ...]) -> Iterator[str]:
    """The lines to be pasted below a topic, each with what it would do as a comment."""
    aliases = [each for each in found if each.kind == "alias"]
    if aliases:
        yield "aliases:"
    for part in dict.fromkeys(each.stands_for for each in aliases):
        yield f"  {_scalar(part)}:"
        yield from (f"    - {_line(each)}" for each in aliases if each.stands_for == part)
    if len(aliases) < len(found):
        yield "exclude:"
        yield from (f"  - {_line(each)}" for each in found if each.kind == "exclude")


def as_json(found: tuple[Proposal, ...]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "kind": each.kind,
            "word": each.word,
            "stands_for": each.stands_for or None,
            "gained": [_told(article) for article in each.gained],
            "lost": [_told(article) for article in each.lost],
        }
        for each in found
    ]


def _told(article: Article) -> dict[str, Any]:
    return {"id": article.id, "title": article.entry.title, "link": article.entry.link}


def _line(each: Proposal) -> str:
    changed = each.gained if each.kind == "alias" else each.lost
    sides = [
        f"{sign}{counted(len(articles), 'match', 'matches')}"
        for sign, articles in (("+", each.gained), ("-", each.lost))
        if articles
    ]
    return f"{_scalar(each.word)}  # {', '.join(sides)}, such as: {changed[0].entry.title}"


def _scalar(text: str) -> str:
    """Words of letters stand as they are; YAML 1.2 reads others as they are in quotes."""
    plain = all(word.isalpha() for word in text.split(" ")) and text.lower() not in {"true", "false", "null"}
    return text if plain else json.dumps(text, ensure_ascii=False)
