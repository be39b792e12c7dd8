"""Short ways to make records in tests; every field that a test does not care for has a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digest import schedule
from digest.model import (
    Article,
    Entry,
    Evidence,
    FeedState,
    FetchRequest,
    FetchResult,
    Held,
    Matched,
    Story,
    Taught,
    Verdict,
)
from digest.settings import DeliverySettings, Feed, Newsletter, Polling, Settings, Site, Subscription, Topic

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def entry(title: str = "Syria and Turkey hold talks", **fields: object) -> Entry:
    values: dict[str, object] = {
        "entry_id": f"id of {title}",
        "link": None,
        "canonical": None,
        "title": title,
        "summary": "",
        "text": "",
        "author": None,
        "language": "en",
        "published_at": None,
    }
    return Entry(**{**values, **fields})  # type: ignore[arg-type]


def article(number: int, title: str = "Syria and Turkey hold talks", **fields: object) -> Article:
    own: dict[str, object] = {
        name: fields.pop(name) for name in ("feed_id", "feed_name", "first_seen_at", "story_id") if name in fields
    }
    held: Held | None = fields.pop("held", None)  # type: ignore[assignment]
    values: dict[str, object] = {"feed_id": 1, "feed_name": "Wire", "first_seen_at": NOW, "story_id": None, **own}
    return Article(
        id=number,
        feed_url="https://wire.example/rss",
        feed_tags=(),
        entry=entry(title, **fields),
        revision=1,
        held=held,
        **values,  # type: ignore[arg-type]
    )


def verdict(topic_id: str = "talks", score: float = 0.9, words: Sequence[str] = ("talks",)) -> Verdict:
    return Verdict(
        topic_id=topic_id,
        topic_version="v1",
        matched=True,
        score=score,
        evidence=tuple(Evidence(term=w, found=w, field="title", start=0, end=len(w)) for w in words),
        reason="every word is there",
    )


def story(number: int, *articles: Article, topic_id: str = "talks", matched_at: datetime = NOW) -> Story:
    members = articles or (article(number),)
    return Story(
        id=number,
        articles=members,
        matches=tuple(Matched(article=a, verdict=verdict(topic_id), matched_at=matched_at) for a in members),
    )


def taught(fields: dict[str, object], **usual: Any) -> Taught:
    """What polls taught; taken out of fields that a test gives together with others."""
    names = [field.name for field in dataclasses.fields(Taught) if field.name in fields]
    return Taught(**usual | {name: fields.pop(name) for name in names})


def feed_state(**fields: object) -> FeedState:
    values: dict[str, object] = {
        "id": 1,
        "feed": Feed(url="https://wire.example/rss", name="Wire"),
        "polled_at": None,
        "succeeded_at": None,
        "brought_at": None,
        "next_poll_at": NOW,
        "failures": 0,
        "problem": None,
        "problem_since": None,
        "taught": taught(fields),
    }
    return FeedState(**{**values, **fields})  # type: ignore[arg-type]


def knowing(state: FeedState, **news: Any) -> FeedState:
    """The feed when polls have taught that as well."""
    return dataclasses.replace(state, taught=dataclasses.replace(state.taught, **news))


def answer(status: int = 200, body: bytes = b"<rss/>", **fields: object) -> FetchResult:
    request = FetchRequest(feed_id=1, url="https://wire.example/rss")
    return FetchResult(request=request, status=status, body=body, final_url=request.url, **fields)  # type: ignore[arg-type]


def subscription(address: str = "amal@example.org", **fields: object) -> Subscription:
    values: dict[str, object] = {
        "newsletter": "middle-east",
        "address": address,
        "name": "",
        "schedule": schedule.parse("daily 07:30"),
        "timezone": "Europe/Istanbul",
        "language": "en",
        "topics": ("talks",),
    }
    return Subscription(**{**values, **fields})  # type: ignore[arg-type]


def newsletter(*subscriptions: Subscription, **fields: object) -> Newsletter:
    values: dict[str, object] = {
        "id": "middle-east",
        "title": "Middle East watch",
        "topics": ("talks",),
        "schedule": schedule.parse("daily 07:30"),
        "timezone": "Europe/Istanbul",
        "language": "en",
        "max_stories": 20,
        "when_empty": "skip",
        "late": "send",
        "subscriptions": subscriptions or (subscription(),),
    }
    return Newsletter(**{**values, **fields})  # type: ignore[arg-type]


TALKS = Topic(id="talks", name="Syria Turkey talks", watch=("Syria Turkey talks",))


def settings(
    folder: Path,
    database: str,
    *,
    feeds: Sequence[Feed] = (),
    topics: Sequence[Topic] = (TALKS,),
    newsletters: Sequence[Newsletter] = (),
    delivery: DeliverySettings | None = None,
) -> Settings:
    return Settings(
        folder=folder,
        site=Site(
            name="World Watch",
            url="https://news.example.org",
            sender_name="World Watch",
            sender_address="news@example.org",
            postal_address="12 Harbour Lane",
        ),
        database=database,
        delivery=delivery or DeliverySettings(maildir=folder / "outbox"),
        polling=Polling(private_addresses=True),
        feeds=tuple(feeds),
        topics=tuple(topics),
        newsletters=tuple(newsletters),
    )
