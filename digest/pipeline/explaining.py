"""Why an article is, or is not, in a digest: the same evaluator that matched it, then the ledger.

The answer for a subscriber is the first of these that holds: the article is held; the topic does not match; the
subscription does not have the topic, or has ended; the story was sent, or is on its way; it was left out of an edition
(cap, late); the match is older than the window; it waits for the next slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest import editions
from digest.model import Article, DueSubscription, Topic, Verdict, address_key
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, ledger, subscriptions
from digest.store.engine import Transaction

_HELD = {
    "first_sight": "it was there when its feed was first polled, and older than `polling.first_sight` allows",
    "old": "it appeared in a known feed with a date more than two weeks in the past",
    "dump": "it came with too many new entries at once; `digest feeds release` announces them",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One article and one topic."""

    article: Article
    topic: Topic
    verdict: Verdict
    fates: tuple[str, ...] = ()
    """For each newsletter with the topic (or the one subscriber asked for): what became of it there, and why."""

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
            "evidence": [
                {"term": e.term, "found": e.found, "field": e.field, "start": e.start, "end": e.end}
                for e in verdict.evidence
            ],
            "fates": list(self.fates),
        }


def explain(
    room: Newsroom, reference: str, *, topics: Iterable[str], subscriber: str | None = None
) -> list[Explanation]:
    """Explains the newest article with that id or link, for each of these topics. Empty: no such article is stored."""
    known = {topic.id: topic for topic in room.settings.topics}
    with room.database.read() as tx:
        found = articles.find(tx, reference)[:1]
        return [
            Explanation(
                article=article,
                topic=known[topic_id],
                verdict=verdict,
                fates=tuple(_fates(room, tx, article, verdict, subscriber)),
            )
            for article in found
            for topic_id in topics
            for verdict in [room.index.explain(article, topic_id)]
        ]


def judge(room: Newsroom, pairs: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Many pairs of `article` (link or id) and `topic` at once, as `explain --pairs` prints them.

    A pair whose article is not stored, or whose topic is not configured, is no match, and `reason` says so.
    """
    known = {topic.id: topic for topic in room.settings.topics}
    found: dict[str, Article | None] = {}
    told = []
    with room.database.read() as tx:
        for pair in pairs:
            reference, topic_id = str(pair["article"]), str(pair["topic"])
            if reference not in found:
                found[reference] = next(iter(articles.find(tx, reference)), None)
            article = found[reference]
            if article is None or topic_id not in known:
                missing = (
                    f"no article “{reference}” is stored" if article is None else f"there is no topic “{topic_id}”"
                )
                told.append(_unknown(reference, topic_id, missing))
            else:
                verdict = room.index.explain(article, topic_id)
                explanation = Explanation(article=article, topic=known[topic_id], verdict=verdict)
                told.append(explanation.as_json(reference))
    return told


def _unknown(reference: str, topic_id: str, reason: str) -> dict[str, Any]:
    return {"article": reference, "topic": topic_id, "match": False, "score": 0.0, "reason": reason, "evidence": []}


def _fates(
    room: Newsroom, tx: Transaction, article: Article, verdict: Verdict, subscriber: str | None
) -> Iterable[str]:
    if article.held is not None:
        yield f"not announced: {_HELD[article.held]}"
        return
    if not verdict.matched:
        return
    now = room.clock()
    carrying = [n for n in room.settings.newsletters if verdict.topic_id in n.topics]
    if not carrying:
        yield f"in no digest: no newsletter has the topic {verdict.topic_id}"
    if subscriber is not None and ledger.subscriber_id(tx, address_key(subscriber)) is None:
        yield f"not sent: nobody with the address {subscriber} is subscribed"
        return
    for newsletter in carrying:
        members = subscriptions.of_newsletter(tx, newsletter.id, now)
        if subscriber is not None:
            members = [m for m in members if address_key(m.address) == address_key(subscriber)]
            if not members:
                yield f"{newsletter.id}: not sent, {subscriber} is not subscribed to it, or has left"
                continue
        yield f"{newsletter.id}: {_fate(room, tx, article, verdict, newsletter.id, members, subscriber)}"


def _fate(  # noqa: PLR0911 - the first reason that holds, one after the other
    room: Newsroom,
    tx: Transaction,
    article: Article,
    verdict: Verdict,
    newsletter: str,
    members: list[DueSubscription],
    subscriber: str | None,
) -> str:
    if not members:
        return "not sent, it has no subscribers"
    if article.story_id is None:
        return "not sent yet, the article waits to be grouped into a story"
    person = members[0] if subscriber is not None else None
    if person is not None and verdict.topic_id not in person.topics:
        return f"not sent, the subscription does not have the topic {verdict.topic_id}"
    sent = ledger.history_of_story(tx, article.story_id, person.subscriber_id if person else None)
    if sent:
        return _sent(tx, article, sent)
    if omitted := ledger.left_out(tx, article.story_id, newsletter, person.subscriber_id if person else None):
        slot, why = omitted[-1]
        return f"left out on {_day(slot)}, {why}"
    matched = ledger.candidates(tx, {verdict.topic_id: verdict.topic_version}, min(map(editions.floor, members)))
    if not any(candidate.story_id == article.story_id for candidate in matched):
        return (
            "not sent, its match is older than the window of the next edition, or was not made by the running topics"
        )
    due = min(member.next_due_at for member in members)
    return f"waits for the next edition, due {_day(due)}"


def _sent(tx: Transaction, article: Article, sent: list[dict[str, Any]]) -> str:
    last = sent[-1]
    told = f"{last['state']} in the edition of {_day(last['slot_at'])} of {last['newsletter']}"
    if len(sent) > 1:
        told += f", to {len(sent)} subscribers"
    others = [a for a in articles.of_story(tx, article.story_id or 0) if a.id != article.id]
    if others:
        first = others[0]
        told += f"; one story with “{first.entry.title}” ({first.feed_name}, article {first.id})"
    return told


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
