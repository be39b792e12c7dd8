"""Why an article is, or is not, in a digest: the same evaluator that matched it, then the ledger.

For each newsletter with the topic, the answer is the first of these that holds: the article is held; the topic does
not match; its story is in an edition (this article as its head, as another report, or not shown, as a duplicate);
nobody is subscribed, has the topic, or is so any more; the article waits for its turn; the match is older than the
window; it waits for the next slot, with what became of it at the last one (cap, late, refused).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import IntEnum
from math import log
from typing import Any

from digest import editions
from digest.model import Article, DueSubscription, EditionStory, Verdict
from digest.pipeline.examples import find
from digest.pipeline.judging import recall
from digest.pipeline.matching import MATCH_AGAIN
from digest.pipeline.newsroom import Newsroom
from digest.settings import Topic, address_key
from digest.store import articles, ledger, revisions, subscriptions
from digest.store.engine import Transaction
from digest.store.revisions import Revision
from digest.wording import counted, shown

_HELD = {
    "first_sight": "it was there when its feed was first polled, and older than `polling.first_sight` allows",
    "old": "it appeared in a known feed with a date more than two weeks in the past",
    "dump": "it came with too many new entries at once; `digest feeds release` announces them",
}


SIGNS = {
    "base": "what every article has to make up for",
    "words": "how much of the phrase is there, rare words first of all",
    "title": "how much of it is in the title",
    "names": "how many of its names are there",
    "rarest": "how rare the rarest of its words is, of those in title and lead",
    "lead": "all of it is in title and lead",
    "near": "how near to each other its words stand",
    "long": "of a long phrase reports repeat fewer words",
    "profile": "how like the article is to what the topic found before",
    "alone": "how like it is to what the topic found before, without its names",
    "shown": "how like your examples it is: those to be found, less the others",
    "meaning": "how near it is to the phrase in meaning",
    "examples": "what the topic's examples say",
}
"""What the parts of a phrase's score are to an operator (`digest.scoring`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One article and one topic."""

    article: Article
    topic: Topic
    verdict: Verdict
    fates: tuple[str, ...] = ()
    """For each newsletter with the topic (or the one subscriber asked for): what became of it there, and why."""
    revisions: tuple[Revision, ...] = ()
    """What the article said before its feed edited it, the oldest first."""

    @property
    def cut(self) -> float | None:
        """From which score on it matches: by the phrase that decided, or the number that a query has for it."""
        threshold = None if isinstance(self.topic.threshold, str) else self.topic.threshold
        return threshold if self.verdict.cut is None else self.verdict.cut

    def weighed(self) -> Iterator[str]:
        """Where a phrase decided: what counted for the article, what against it, the largest first; the cut last."""
        verdict = self.verdict
        if verdict.cut is None or not verdict.parts:
            return
        for name, value in sorted(verdict.parts, key=lambda part: (part[1] < 0, -abs(part[1]))):
            yield f"{value:+.2f}  {SIGNS[name]}"
        total = sum(value for _, value in verdict.parts)
        place = f" is at {log(verdict.cut / (1 - verdict.cut)):+.2f}" if 0 < verdict.cut < 1 else ""
        yield f"{total:+.2f}  together: the score {verdict.score:.2f}; the cut {verdict.cut:.2f}{place}"

    def as_json(self, reference: str) -> dict[str, Any]:
        """As `digest explain --json` prints it; `article` is the reference that was asked for."""
        verdict = self.verdict
        return {
            "article": reference,
            "id": self.article.id,
            "title": self.article.entry.title,
            "link": self.article.entry.link,
            "feed": self.article.feed_name,
            "first_seen": self.article.first_seen_at.isoformat(),
            "story": self.article.story_id,
            "topic": self.topic.id,
            "match": verdict.matched,
            "score": round(verdict.score, 4),
            "reason": verdict.reason,
            "cut": self.cut,
            "parts": dict(verdict.parts),
            "evidence": [asdict(each) for each in verdict.evidence],
            "fates": list(self.fates),
            "revisions": [
                {"revision": was.number, "replaced": was.replaced_at.isoformat(), "was": was.was}
                for was in self.revisions
            ],
        }


def explain(
    room: Newsroom, reference: str, *, topics: Iterable[str], subscriber: str | None = None
) -> list[Explanation]:
    """Explains the articles with that id or link, newest first, for each of these topics.

    There are several when feeds share a link. Empty: no such article is stored.
    """
    known = {topic.id: topic for topic in room.settings.topics}
    wanted = list(topics)
    with room.database.read() as tx:
        found = find(tx, reference)
        bench = _Bench(room, tx)
        edited = revisions.of_articles(tx, [article.id for article in found])
        return [
            Explanation(
                article=article,
                topic=known[topic_id],
                verdict=verdict,
                fates=tuple(_Case(room, tx, article, verdict, subscriber).fates()),
                revisions=edited.get(article.id, ()),
            )
            for article in found
            for topic_id in wanted
            for verdict in [bench.verdict(article, topic_id)]
        ]


def judge(room: Newsroom, pairs: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Many pairs of `article` (link or id) and `topic` at once, as `explain --pairs` prints them.

    Of several articles with one link the best verdict counts. A pair whose article is not stored, or whose topic is
    not configured, is no match, and `reason` says so.
    """
    known = {topic.id: topic for topic in room.settings.topics}
    found: dict[str, list[Article]] = {}
    told = []
    with room.database.read() as tx:
        bench = _Bench(room, tx)
        for pair in pairs:
            reference, topic_id = str(pair["article"]), str(pair["topic"])
            if reference not in found:
                found[reference] = find(tx, reference)
            if not found[reference]:
                told.append(_unknown(reference, topic_id, f"no article “{reference}” is stored"))
            elif topic_id not in known:
                told.append(_unknown(reference, topic_id, f"there is no topic “{topic_id}”"))
            else:
                judged = [(bench.verdict(article, topic_id), article) for article in found[reference]]
                verdict, article = max(judged, key=lambda each: (each[0].matched, each[0].score))
                explanation = Explanation(article=article, topic=known[topic_id], verdict=verdict)
                told.append(explanation.as_json(reference))
    return told


class _Bench:
    """Says what was decided; where nothing was yet, what would be."""

    def __init__(self, room: Newsroom, tx: Transaction) -> None:
        languages = room.languages(tx)
        self._tx = tx
        self._index = recall(room, tx, languages)
        self._topics = room.compiled_versions(languages)

    def verdict(self, article: Article, topic_id: str) -> Verdict:
        now = self._index.explain(article, topic_id)
        found = articles.verdicts_of(self._tx, [article.id]).get((article.id, topic_id))
        if found is not None and found.topic_version == now.topic_version:
            return found
        decided = articles.unchanged(self._tx, self._topics, {article.generation}).get(article.generation, ())
        if now.matched and topic_id in decided:
            told = f"it was not enough when the article came; with what the topic has found since, {now.reason}"
            return replace(now, matched=False, reason=told)
        return now


def _unknown(reference: str, topic_id: str, reason: str) -> dict[str, Any]:
    return {"article": reference, "topic": topic_id, "match": False, "score": 0.0, "reason": reason, "evidence": []}


class _Place(IntEnum):
    """How an article stands in an edition with its story; what tells most comes first."""

    AT_THE_HEAD = 0
    ANOTHER_REPORT = 1
    NOT_SHOWN = 2
    NOT_KNOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class _Printed:
    """The story of an article in one edition that was queued, and what became of the messages."""

    newsletter: str
    slot_at: datetime
    states: Counter[str]
    story: EditionStory | None
    """None when the edition's text is not kept any more."""

    def place(self, article: Article) -> _Place:
        if self.story is None:
            return _Place.NOT_KNOWN
        if self.story.article_id == article.id:
            return _Place.AT_THE_HEAD
        is_there = article.id in {report.article_id for report in self.story.reports}
        return _Place.ANOTHER_REPORT if is_there else _Place.NOT_SHOWN

    def is_there_for(self, topic_id: str) -> bool:
        """Whether the edition gives the topic as a reason for the story."""
        return self.story is not None and topic_id in {reason.topic_id for reason in self.story.reasons}

    def told(self, article: Article, newsletter: str) -> str:
        """As seen from a newsletter, which may be another one."""
        edition = f"the edition of {shown(self.slot_at)}"
        edition += f" of {self.newsletter}" if self.newsletter != newsletter else ""
        alone = self.states.total() == 1
        states = ", ".join(state if alone else f"{count} {state}" for state, count in sorted(self.states.items()))
        head = f"“{self.story.title}” ({self.story.outlet}, article {self.story.article_id})" if self.story else ""
        told = {
            _Place.AT_THE_HEAD: f"in {edition}",
            _Place.ANOTHER_REPORT: f"in {edition} as another report of {head}",
            _Place.NOT_SHOWN: f"not shown, duplicate of {head}, already in {edition}",
            _Place.NOT_KNOWN: f"its story was in {edition}",
        }
        return f"{told[self.place(article)]}: {states}"


@dataclass(frozen=True, slots=True)
class _Case:
    """One article and one topic before the ledger; for everybody, or for one subscriber."""

    room: Newsroom
    tx: Transaction
    article: Article
    verdict: Verdict
    subscriber: str | None

    def fates(self) -> Iterator[str]:
        """One line for each newsletter that has the topic, or one for all."""
        if self.article.held is not None:
            yield f"not announced: {_HELD[self.article.held]}"
            return
        person = self._person()
        history = self._history(person)
        if not self.verdict.matched:  # but it may stand below another one that does
            shown_in = (p for p in history if p.place(self.article) <= _Place.ANOTHER_REPORT)
            there = [p for p in shown_in if p.is_there_for(self.verdict.topic_id)]
            yield from (f"{p.newsletter}: {p.told(self.article, p.newsletter)}" for p in there[:1])
            return
        carrying = [n.id for n in self.room.settings.newsletters if self.verdict.topic_id in n.topics]
        if not carrying:
            yield f"in no digest: no newsletter has the topic {self.verdict.topic_id}"
        elif self.subscriber is not None and person is None:
            yield f"not sent: nobody with the address {self.subscriber} was ever subscribed"
        else:
            yield from (f"{newsletter}: {self._fate(newsletter, person, history)}" for newsletter in carrying)

    def _person(self) -> int | None:
        return None if self.subscriber is None else ledger.subscriber_id(self.tx, address_key(self.subscriber))

    def _history(self, person: int | None) -> list[_Printed]:
        """The editions with the story, oldest first."""
        if self.article.story_id is None or (self.subscriber is not None and person is None):
            return []
        states: dict[tuple[int, str, datetime], Counter[str]] = {}
        for row in ledger.history_of_story(self.tx, self.article.story_id, person):
            key = row["edition_id"], row["newsletter"], row["slot_at"]
            states.setdefault(key, Counter())[row["state"]] += 1
        kept = ledger.contents(self.tx, {edition_id for edition_id, _, _ in states})
        return [
            _Printed(newsletter=newsletter, slot_at=slot, states=counts, story=self._story_in(kept.get(edition_id)))
            for (edition_id, newsletter, slot), counts in states.items()
        ]

    def _story_in(self, content: str | None) -> EditionStory | None:
        stories = editions.from_json(content).stories if content else ()
        return next((story for story in stories if story.story_id == self.article.story_id), None)

    def _fate(self, newsletter: str, person: int | None, history: list[_Printed]) -> str:
        """A person is sent a story once in all newsletters; without one, only this newsletter's editions count."""
        printed = [p for p in history if person is not None or p.newsletter == newsletter]
        if taken := [p for p in printed if set(p.states) != {"refused"}]:
            return min(taken, key=lambda p: p.place(self.article)).told(self.article, newsletter)
        served = subscriptions.of_newsletter(self.tx, newsletter, self.room.clock())
        members = [member for member in served if person in (None, member.subscriber_id)]
        if not members:
            return self._absent(newsletter)
        asking = [member for member in members if self.verdict.topic_id in member.topics]
        if not asking:
            return (
                "not sent, " + ("the subscription does" if person else "its subscriptions do") + " not have the topic"
            )
        waits = self._waits(asking)
        omitted = ledger.left_out(self.tx, self.article.story_id or 0, newsletter, person)
        if omitted and waits.startswith("waits"):
            return f"left out on {shown(omitted[-1][0])}, {omitted[-1][1]}; {waits}"
        return f"refused on {shown(printed[-1].slot_at)}; {waits}" if printed else waits

    def _absent(self, newsletter: str) -> str:
        if self.subscriber is None:
            return "not sent, it has no subscribers"
        key = address_key(self.subscriber)
        rows = [row for row in subscriptions.listing(self.tx) if address_key(row["address"]) == key]
        states = [row["state"] for row in rows if row["newsletter"] == newsletter]
        told = {"left": "has left it", "removed": "was taken out of newsletters.yaml"}
        return f"not sent, {self.subscriber} {told[states[0]] if states else 'is not subscribed to it'}"

    def _waits(self, members: list[DueSubscription]) -> str:
        if self.article.story_id is None:
            return "not sent yet, the article waits to be matched and grouped; `digest once` or `digest run` does it"
        versions = {self.verdict.topic_id: self.verdict.topic_version}
        stories = ledger.stories(self.tx, [self.article.story_id], versions)
        matched = [match.matched_at for story in stories for match in story.matches]
        if not matched:
            return (
                "not sent, it did not match the topic as it was when the article was looked at; the next run looks "
                f"again at articles of the last {counted(MATCH_AGAIN.days, 'day')}"
            )
        begin = min(editions.floor(member) for member in members)
        if max(matched) < begin:
            return (
                f"not sent, matched on {shown(max(matched))}, before the window of the next edition ({shown(begin)})"
            )
        return f"waits for the next edition, due {shown(min(member.next_due_at for member in members))}"
