"""Composing: which stories an edition holds, in which order, and why the others are not in it.

The rules, in order:

1. A story is a candidate by its matches with the subscription's topics, made since the `floor`: the last slot, or the
   subscription's beginning, less an overlap for what was matched late or left out for lack of room.
2. What the subscriber was sent before, in whatever newsletter, is not a candidate ("sent").
3. The candidates are ranked by score, number of outlets and age; the first `max_stories` are in, the others left out
   ("cap"), and candidates again next time.

Subscribers with the same candidates, topics, language and zone are one audience, and share one edition.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from digest import markup
from digest.folding import fold
from digest.model import (
    Article,
    Candidate,
    DueSubscription,
    Edition,
    EditionStory,
    Entry,
    Matched,
    Reason,
    Report,
    Story,
)
from digest.settings import Newsletter
from digest.text import words_of

OVERLAP = timedelta(days=3)
"""How far behind the last slot a match may lie and still be news to a subscriber who was not sent it."""
FIRST_EDITION = timedelta(hours=24)
"""How far behind its beginning a new subscription's first edition looks."""
SUMMARY_LENGTH = 320
"""Characters of a summary in an edition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """What an edition is about, besides its stories."""

    newsletter: Newsletter
    topics: tuple[tuple[str, str], ...]
    """(id, name), in the newsletter's order."""
    language: str
    timezone: str
    slot_at: datetime
    composed_at: datetime


def floor(subscription: DueSubscription) -> datetime:
    """Matches made before this are no news to the subscription, sent or not."""
    if subscription.last_slot_at is None:
        return subscription.created_at - FIRST_EDITION
    return min(subscription.last_slot_at, subscription.next_due_at) - OVERLAP


def eligible(
    candidates: Iterable[Candidate], topics: Collection[str], since: datetime, sent: Collection[int]
) -> frozenset[int]:
    """The stories with a match of these topics made since then, but none of those sent."""
    return frozenset(
        candidate.story_id
        for candidate in candidates
        if candidate.topic_id in topics and candidate.matched_at >= since and candidate.story_id not in sent
    )


def narrowed(stories: Iterable[Story], topics: Collection[str]) -> tuple[Story, ...]:
    """The stories with only their matches of these topics, so that an edition gives only those as reasons."""
    return tuple(
        replace(story, matches=tuple(m for m in story.matches if m.verdict.topic_id in topics)) for story in stories
    )


def audience(brief: Brief, stories: Sequence[Story]) -> str:
    """A short name for "everybody who gets this very edition"."""
    told = (brief.topics, brief.language, brief.timezone, tuple(story.id for story in stories))
    return sha256(repr(told).encode()).hexdigest()[:16]


def compose(brief: Brief, stories: Sequence[Story]) -> tuple[Edition | None, Mapping[int, str]]:
    """The edition, and why each story that is not in it was left out. No edition when there is nothing to send."""
    ranked = sorted(stories, key=lambda story: rank(story, brief.composed_at))
    chosen, rest = ranked[: brief.newsletter.max_stories], ranked[brief.newsletter.max_stories :]
    left_out = {story.id: f"cap: over max_stories ({brief.newsletter.max_stories}) of an edition" for story in rest}
    if not chosen and brief.newsletter.when_empty == "skip":
        return None, left_out
    edition = Edition(
        newsletter=brief.newsletter.id,
        title=brief.newsletter.title,
        audience=audience(brief, stories),
        slot_at=brief.slot_at,
        composed_at=brief.composed_at,
        language=brief.language,
        timezone=brief.timezone,
        topics=brief.topics,
        stories=tuple(_edition_story(story, brief) for story in chosen),
        left_out=len(rest),
    )
    return edition, left_out


def rank(story: Story, now: datetime) -> tuple[float, float, int]:
    """A sort key, best first: score, raised by each further outlet, lowered by age; then the newest; then the id."""
    best = max(match.verdict.score for match in story.matches)
    outlets = len({article.feed_id for article in story.articles})
    newest = max(_told_at(article) for article in story.articles)
    days = (now - newest) / timedelta(days=1)
    return (-(best + 0.1 * min(outlets - 1, 5) - 0.2 * days), -newest.timestamp(), story.id)


def leading(story: Story, language: str) -> Matched:
    """The match whose article stands for the story: in the reader's language, best score, earliest, first feed.

    Scores that differ by less than a tenth say nothing about which report is the better one.
    """

    def order(match: Matched) -> tuple[bool, float, datetime, datetime, int, int]:
        article = match.article
        foreign = article.language not in (language, None)
        # The feeds answer in any order: ids of articles alone would let chance decide.
        score = round(match.verdict.score, 1)
        return foreign, -score, article.first_seen_at, _told_at(article), article.feed_id, article.id

    return min(story.matches, key=order)


def _edition_story(story: Story, brief: Brief) -> EditionStory:
    lead = leading(story, brief.language)
    article = lead.article
    return EditionStory(
        story_id=story.id,
        article_id=article.id,
        title=article.entry.title,
        summary=_teaser(article.entry),
        link=article.entry.link,
        outlet=article.feed_name,
        language=article.language,
        published_at=_told_at(article),
        score=round(lead.verdict.score, 4),
        reasons=_reasons(story, article, brief.topics),
        reports=_reports(story, article),
    )


def _teaser(entry: Entry) -> str:
    """The beginning of what it says besides its title, which many feeds give as its summary, too."""
    told = (markup.one_line(said, SUMMARY_LENGTH) for said in (entry.summary, entry.text))
    return next((said for said in told if said and not _repeats(entry.title, said)), "")


def _repeats(title: str, said: str) -> bool:
    """Whether this is but the title again, or the beginning of it."""
    asked, found = words_of(title), words_of(said)
    return 0 < len(found) <= len(asked) and all(map(_is_same, asked, found))


def _is_same(word: str, other: str) -> bool:
    return word == other or fold(word) == fold(other)


def _reasons(story: Story, lead: Article, topics: Sequence[tuple[str, str]]) -> tuple[Reason, ...]:
    """One for each topic that matched, with the words of the leading article where it is the one that matched."""
    found = []
    for topic_id, name in topics:
        fitting = [m for m in story.matches if m.verdict.topic_id == topic_id]
        if fitting:
            match = min(fitting, key=lambda m: (m.article.id != lead.id, -m.verdict.score, m.article.id))
            words = dict.fromkeys(each.found for each in match.verdict.evidence if each.is_read)
            found.append(Reason(topic_id=topic_id, topic_name=name, words=tuple(words)))
    return tuple(found)


def _reports(story: Story, lead: Article) -> tuple[Report, ...]:
    """The other articles, one for each outlet, in the order in which they were seen."""
    outlets = {lead.feed_id}
    reports = []
    for article in story.articles:
        if article.feed_id not in outlets:
            outlets.add(article.feed_id)
            reports.append(
                Report(
                    article_id=article.id,
                    outlet=article.feed_name,
                    title=article.entry.title,
                    link=article.entry.link,
                    published_at=_told_at(article),
                )
            )
    return tuple(reports)


def _told_at(article: Article) -> datetime:
    """When the article says it was published; when we first saw it, if it says nothing, or a time to come."""
    claimed = article.entry.published_at
    return min(claimed, article.first_seen_at) if claimed else article.first_seen_at


def to_json(edition: Edition) -> str:
    """The edition as it is kept in the store."""
    return json.dumps(edition, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    # Not `asdict`, which copies everything within, too.
    if isinstance(value, datetime):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


def from_json(text: str) -> Edition:
    """The edition kept as `text`. Raises ValueError when it is none.

    Read by hand: pydantic would be 10 MB that a daemon needs for nothing else.
    """
    try:
        told = json.loads(text)
        return Edition(
            **_with_instants(told, "slot_at", "composed_at")
            | {"topics": tuple((topic_id, name) for topic_id, name in told["topics"])}
            | {"stories": tuple(_read_story(story) for story in told["stories"])}
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the text kept for an edition is none: {error!r}") from error


def _read_story(told: dict[str, Any]) -> EditionStory:
    reasons = tuple(Reason(**reason | {"words": tuple(reason["words"])}) for reason in told["reasons"])
    reports = tuple(Report(**_with_instants(report, "published_at")) for report in told["reports"])
    return EditionStory(**_with_instants(told, "published_at") | {"reasons": reasons, "reports": reports})


def _with_instants(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return told | {name: datetime.fromisoformat(told[name]) for name in names}
