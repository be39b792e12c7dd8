"""What a topic is understood as, and what it has learned: `digest topics show`, `list` and `reset`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from digest.clauses import AnyOf, Clause, Grade, Part, Phrase
from digest.model import Profile
from digest.pipeline.newsroom import Newsroom
from digest.profiles import NOTHING_LEARNED, telling
from digest.queries import parse
from digest.settings import Topic
from digest.store import kept, memories, notices
from digest.text import Form, Pattern, is_spaceless
from digest.topics import compile_topic

LATELY = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of a phrase, as it is understood."""

    text: str
    kind: str
    """country, name, word or frame."""
    must: bool
    """It stands in quotes: without it nothing matches."""
    found_as: tuple[str, ...]
    """Other ways of writing it, folded."""
    same: tuple[str, ...]
    """What means the same, folded or as stems."""
    near: tuple[str, ...]
    """What goes with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A phrase, as it is understood."""

    text: str
    cut: float
    words: tuple[Word, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A topic."""

    topic: Topic
    languages: tuple[str, ...]
    """In these, and in English, its words are known."""
    lines: tuple[Line, ...]
    query: str | None
    """As it was read: every operator is written out."""
    require: tuple[str, ...]
    exclude: tuple[str, ...]
    newsletters: tuple[str, ...]
    profile: Profile
    learned_at: datetime | None

    @property
    def heaviest(self) -> tuple[tuple[str, float], ...]:
        """The stems that the profile is compared by, each with its share, the heaviest first."""
        return tuple((word, round(share, 3)) for word, share in telling(self.profile))

    def as_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic.id,
            "name": self.topic.name,
            "languages": list(self.languages),
            "phrases": [asdict(line) for line in self.lines],
            "query": self.query,
            "require": list(self.require),
            "exclude": list(self.exclude),
            "feeds": list(self.topic.feeds),
            "newsletters": list(self.newsletters),
            "profile": {
                "reports": self.profile.reports,
                "learned_at": self.learned_at and self.learned_at.isoformat(),
                "words": dict(self.heaviest),
            },
        }


def show(room: Newsroom, topic_id: str) -> Shown:
    """What is understood of a topic, and what it has learned. Raises DigestError when it is not configured."""
    topic = room.topic(topic_id)
    with room.database.read() as tx:
        languages = room.languages(tx)
        profile = memories.read_profiles(tx, {topic.id: topic.version}).get(topic.id, NOTHING_LEARNED)
        learned_at = memories.learned_at(tx, topic.id) if profile.reports else None
    compiled = compile_topic(topic, languages)
    tree = compiled.tree
    phrases = [
        clause for clause in (tree.parts if isinstance(tree, AnyOf) else (tree,)) if isinstance(clause, Phrase)
    ]
    return Shown(
        topic=topic,
        languages=tuple(sorted(compiled.languages)),
        lines=tuple(map(_line, phrases)),
        query=None if topic.query is None else str(parse(topic.query)),
        require=_printed(compiled.require),
        exclude=_printed(compiled.exclude),
        newsletters=_newsletters(room, topic_id),
        profile=profile,
        learned_at=learned_at,
    )


def overview(room: Newsroom) -> list[dict[str, Any]]:
    """Every topic, as `digest topics list --json` prints it."""
    since = room.clock() - LATELY
    with room.database.read() as tx:
        counts = kept.counts_since(tx, since, room.versions)
        profiles = memories.read_profiles(tx, room.versions)
        problems = {subject: text for subject, text, _ in notices.standing(tx)}
    return [
        {
            "topic": topic.id,
            "name": topic.name,
            "watch": list(topic.watch),
            "query": topic.query,
            "newsletters": list(_newsletters(room, topic.id)),
            "matches": counts.get(topic.id, 0),
            "since": since.isoformat(),
            "learned_from": profiles.get(topic.id, NOTHING_LEARNED).reports,
            "problem": problems.get(f"topic {topic.id}"),
        }
        for topic in room.settings.topics
    ]


def reset(room: Newsroom, topic_id: str) -> bool:
    """Makes a topic forget what it has learned; gives whether it had learned anything. Raises DigestError."""
    topic = room.topic(topic_id)
    with room.database.write() as tx:
        return bool(memories.forget(tx, [topic.id]))


def _newsletters(room: Newsroom, topic_id: str) -> tuple[str, ...]:
    return tuple(newsletter.id for newsletter in room.settings.newsletters if topic_id in newsletter.topics)


def _printed(clauses: Iterable[Clause]) -> tuple[str, ...]:
    return tuple(map(str, clauses))


def _line(phrase: Phrase) -> Line:
    return Line(text=phrase.text, cut=phrase.cut, words=tuple(map(_word, phrase.parts)))


def _word(part: Part) -> Word:
    return Word(
        text=part.text,
        kind=part.kind,
        must=part.must,
        found_as=_written(part, "own"),
        same=_written(part, "same"),
        near=_written(part, "near"),
    )


def _written(part: Part, grade: Grade) -> tuple[str, ...]:
    """The ways of writing of a grade, without the word itself."""
    patterns = dict.fromkeys(pattern for found in part.ways.by_grade.get(grade, {}).values() for pattern in found)
    found = dict.fromkeys(text for pattern in patterns for text in _texts(pattern))
    return tuple(sorted(text for text in found if text != part.text.lower()))


def _texts(pattern: Pattern) -> Iterator[str]:
    if len(pattern) == 1:
        yield from _plain(pattern[0])
    else:
        words = [_plain(form)[0] for form in pattern]
        yield ("" if all(map(is_spaceless, words)) else " ").join(words)


def _plain(form: Form) -> list[str]:
    """The folded forms; where there are none the stems."""
    folded = [key[1:] for key in form.keys if key.startswith("=")]
    return folded or [key.partition("@")[0] for key in form.keys]
