"""Trying the examples beside topics: whether each is judged as the operator says. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass

from digest.errors import StoreError
from digest.model import Verdict
from digest.pipeline import examples
from digest.pipeline.judging import recall
from digest.pipeline.newsroom import Newsroom
from digest.settings import Example
from digest.store.engine import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """An example that is judged otherwise than the operator says, or that there is no article for."""

    topic_id: str
    place: tuple[str, int]
    """`match` or `no_match`, and where in that list."""
    example: Example
    verdict: Verdict | None
    """What the topic says; None: no such article is stored."""

    @property
    def message(self) -> str:
        """What is wrong, for the operator."""
        what = f"{self.place[0]}[{self.place[1] + 1}]: the example “{self.example.text}”"
        if self.verdict is None:
            return f"{what} is no stored article"
        said = "is not found" if self.example.wanted else "is found"
        return f"{what} {said} by {self.topic_id}: {_told(self.verdict)}"

    @property
    def expected(self) -> str:
        if self.verdict is None:
            return "the link or id of an article that is kept"
        return "a match" if self.example.wanted else "no match"

    @property
    def hint(self) -> str:
        """What to do."""
        if self.verdict is None:
            return "its title serves as well, and is kept for good"
        if self.verdict.cut is None:  # a query decided, and learns nothing
            return "change the query" if self.example.wanted else "add a word to `exclude`, or change the query"
        if self.example.wanted:
            return "add a phrase to `watch`, a name to `aliases`, or more examples like it"
        return "add a word to `exclude`, choose `threshold: strict`, or add more examples like it"


def _told(verdict: Verdict) -> str:
    """The reason, with the score and the cut where it does not tell them."""
    if verdict.cut is None or verdict.reason.startswith("the score"):
        return verdict.reason
    return f"{verdict.reason} (score {verdict.score:.2f}, cut {verdict.cut:.2f})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What came of trying all examples."""

    failed: tuple[Failed, ...]
    alone: str
    """Why only titles were tried, with nothing learned; empty: all were, with all that was."""


def examine(room: Newsroom) -> Examined:
    """Holds every example against its topic, with what the topic has learned (from the examples, too)."""
    try:
        room.database.require()
        with room.database.read() as tx:
            return Examined(failed=_failed(room, tx), alone="")
    except StoreError as error:
        return Examined(failed=_failed(room, None), alone=str(error))


def _failed(room: Newsroom, tx: Transaction | None) -> tuple[Failed, ...]:
    found = list(examples.all_of(room.settings.topics, tx))
    if tx is not None:
        index = recall(room, tx, room.languages(tx))
    else:
        index = room.index(room.settings.languages)
        index.show(examples.by_topic(found))
    failed = []
    for topic, example, place, article in found:
        verdict = index.explain(article, topic.id) if article is not None else None
        wrong = tx is not None if verdict is None else verdict.matched != example.wanted
        if wrong:
            failed.append(Failed(topic_id=topic.id, place=place, example=example, verdict=verdict))
    return tuple(failed)
