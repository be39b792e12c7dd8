"""What an edited configuration would change: `digest plan`. Nothing is written.

What is running is what the store says: the newest generation of topics, the matches found under it, what readers
are offered, the subscriptions and the feeds in use. A topic that is new or changed is held against the kept articles
as the step `match` does it when the configuration is taken over: one after the other, learning on the way. The
matches of other topics stand, so these are not evaluated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from digest.model import Article, Verdict
from digest.pipeline.judging import Judged, recall
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.offers import OfferPlan, State, differences, offered
from digest.settings import Subscription, address_key
from digest.store import articles, kept, offers, subscriptions
from digest.store.engine import Transaction

_BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """An article that a topic finds in one of the two configurations only."""

    article: Article
    verdict: Verdict
    """What the edited configuration says; of a topic that is removed, what it had found."""

    def as_json(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "id": self.article.id,
            "title": self.article.entry.title,
            "link": self.article.entry.link,
            "feed": self.article.feed_name,
            "first_seen": self.article.first_seen_at.isoformat(),
            "score": round(verdict.score, 4),
            "cut": verdict.cut,
            "reason": verdict.reason,
            "evidence": [asdict(each) for each in verdict.evidence],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicPlan:
    """A topic that is not the same in both."""

    id: str
    state: State
    gained: tuple[Difference, ...] = ()
    lost: tuple[Difference, ...] = ()
    """The newest first, as in `gained`."""
    before: Mapping[date, int]
    """How many of the articles first seen on a day (UTC) it finds as it runs; every day of the plan is there."""
    after: Mapping[date, int]
    newsletters: tuple[str, ...]
    """Those that have it, in either configuration."""
    subscribers: tuple[str, ...]
    """The addresses of those who get it, in either."""

    def as_json(self) -> dict[str, Any]:
        return {
            "topic": self.id,
            "state": self.state,
            "gained": [each.as_json() for each in self.gained],
            "lost": [each.as_json() for each in self.lost],
            "days": [
                {"day": day.isoformat(), "before": self.before[day], "after": self.after[day]} for day in self.before
            ],
            "newsletters": list(self.newsletters),
            "subscribers": list(self.subscribers),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionPlan:
    """A subscription that is not the same in both."""

    address: str
    newsletter: str
    state: State
    changes: tuple[tuple[str, str, str], ...] = ()
    """(what, before, after)."""

    def as_json(self) -> dict[str, Any]:
        changes = {what: {"before": before, "after": after} for what, before, after in self.changes}
        return {
            "address": self.address,
            "newsletter": self.newsletter,
            "state": self.state,
            "changes": changes,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What would change."""

    since: datetime
    articles: int
    """So many were held against what is new."""
    topics: tuple[TopicPlan, ...]
    offers: tuple[OfferPlan, ...]
    subscriptions: tuple[SubscriptionPlan, ...]
    feeds_added: tuple[str, ...]
    feeds_removed: tuple[str, ...]
    """URLs."""

    @property
    def changes(self) -> bool:
        """Whether anything is different, be it that the same articles are found."""
        return bool(self.topics or self.offers or self.subscriptions or self.feeds_added or self.feeds_removed)

    @property
    def touched(self) -> tuple[str, ...]:
        """The addresses of all whose digests may be different."""
        people = {address for topic in self.topics if topic.gained or topic.lost for address in topic.subscribers}
        people |= {address for each in self.offers for address in each.subscribers}
        return tuple(sorted(people | {each.address for each in self.subscriptions}))

    def as_json(self) -> dict[str, Any]:
        return {
            "changes": self.changes,
            "since": self.since.isoformat(),
            "articles": self.articles,
            "topics": [topic.as_json() for topic in self.topics],
            "offers": [each.as_json() for each in self.offers],
            "subscriptions": [each.as_json() for each in self.subscriptions],
            "feeds": {"added": list(self.feeds_added), "removed": list(self.feeds_removed)},
            "subscribers": list(self.touched),
        }


def plan(room: Newsroom, days: int) -> Plan:
    """Compares the configuration of the room with what is running, on the articles kept of so many days."""
    now = room.clock()
    since = now - timedelta(days=days)
    with room.database.read() as tx:
        look = _Look(room, tx, since, now)
        states = look.states()
        look.judge([topic_id for topic_id, state in states.items() if state != "removed"])
        people = _People(room, subscriptions.listing(tx))
        in_use, configured = kept.feeds_in_use(tx), {feed.url for feed in room.settings.feeds}
        return Plan(
            since=since,
            articles=look.articles,
            topics=tuple(look.told(topic_id, state, people) for topic_id, state in states.items()),
            offers=tuple(_offers(room, tx, people)),
            subscriptions=tuple(people.differences()),
            feeds_added=tuple(feed.url for feed in room.settings.feeds if feed.url not in in_use),
            feeds_removed=tuple(sorted(in_use - configured)),
        )


def _offers(room: Newsroom, tx: Transaction, people: _People) -> Iterator[OfferPlan]:
    """Nothing where nothing is known of what is running."""
    running = offers.read(tx)
    for each in differences(running, offered(room.settings)) if running else ():
        yield replace(each, subscribers=people.subscribed(each.newsletter))


class _Verdicts:
    """Matches, by article and by topic: of thousands of topics each article has but a few."""

    def __init__(self, found: Mapping[tuple[int, str], Verdict] | None = None) -> None:
        self.by_article: dict[int, dict[str, Verdict]] = {}
        self._by_topic: dict[str, dict[int, Verdict]] = {}
        for (article_id, topic_id), verdict in (found or {}).items():
            self.add(article_id, {topic_id: verdict})

    def add(self, article_id: int, verdicts: Mapping[str, Verdict]) -> None:
        self.by_article.setdefault(article_id, {}).update(verdicts)
        for topic_id, verdict in verdicts.items():
            self._by_topic.setdefault(topic_id, {})[article_id] = verdict

    def of_article(self, article_id: int) -> Mapping[str, Verdict]:
        return self.by_article.get(article_id, {})

    def of_topic(self, topic_id: str) -> Mapping[int, Verdict]:
        return self._by_topic.get(topic_id, {})


class _Look:
    """The kept articles, as what is running and as the edited configuration see them."""

    def __init__(self, room: Newsroom, tx: Transaction, since: datetime, now: datetime) -> None:
        self.articles = 0
        self._room, self._tx, self._since, self._now = room, tx, since, now
        self._languages = room.languages(tx)
        self._versions = room.compiled_versions(self._languages)
        self._running = kept.running(tx)
        self._before = _Verdicts()
        self._after = _Verdicts()
        self._why_lost = _Verdicts()
        self._seen: dict[int, Article] = {}

    def states(self) -> dict[str, State]:
        """The topics that are not the same, in the order of the configuration, those that are gone last."""
        running = self._running
        if running is not None and running.fingerprint == self._room.fingerprint(self._languages):
            return {}
        known = dict(running.topics) if running else {}
        found: dict[str, State] = {
            topic_id: "changed" if topic_id in known else "new"
            for topic_id, version in self._versions.items()
            if known.get(topic_id) != version
        }
        return found | dict.fromkeys(sorted(known.keys() - self._versions.keys()), "removed")

    def judge(self, topic_ids: Iterable[str]) -> None:
        """Holds the articles against these topics, as the next run would."""
        self._before = self._matches(dict(self._running.topics) if self._running else {})
        chosen = set(topic_ids)
        wanted = [topic for topic in self._room.settings.topics if topic.id in chosen]
        if not wanted:
            return
        there = kept.generations_since(self._tx, self._since)
        versions = {topic.id: self._versions[topic.id] for topic in wanted}
        settled = articles.unchanged(self._tx, versions, there)
        stands = self._matches(versions)
        index = recall(self._room.with_topics(wanted), self._tx, self._languages)
        judged = Judged(index, settled, stands.by_article)
        for batch in kept.articles_since(self._tx, self._since, self._now, batch=_BATCH):
            for article in self._as_configured(batch):
                self._judge(judged, article, versions, stands)

    def _matches(self, topics: Mapping[str, str]) -> _Verdicts:
        plain = {topic_id: version.partition(" ")[0] for topic_id, version in topics.items()}
        return _Verdicts(kept.matches_since(self._tx, self._since, plain))

    def _as_configured(self, batch: Iterable[Article]) -> Iterator[Article]:
        """With the names and tags that the edited configuration gives to their feeds."""
        feeds = {feed.url: feed for feed in self._room.settings.feeds}
        for article in batch:
            feed = feeds.get(article.feed_url)
            yield replace(article, feed_name=feed.name, feed_tags=feed.tags) if feed else article

    def _judge(self, judged: Judged, article: Article, topics: Collection[str], stands: _Verdicts) -> None:
        self.articles += 1
        had = [topic_id for topic_id in self._before.of_article(article.id) if topic_id in topics]
        with judged.without_own(article):
            why_lost = {topic_id: judged.index.explain(article, topic_id) for topic_id in had}
        judged.take([article])
        _, found = judged.verdicts.pop(article.id, (article, ()))
        settled = judged.settled.get(article.generation, frozenset())
        now = {v.topic_id: v for v in found}
        now |= {t: verdict for t, verdict in stands.of_article(article.id).items() if t in settled}
        self._after.add(article.id, now)
        self._why_lost.add(article.id, {t: verdict for t, verdict in why_lost.items() if t not in now})
        if now or had:
            self._seen[article.id] = article

    def told(self, topic_id: str, state: State, people: _People) -> TopicPlan:
        before, after = self._before.of_topic(topic_id), self._after.of_topic(topic_id)
        seen = self._seen_of({*before, *after})
        lost = {a: v for a, v in before.items() if a not in after} | dict(self._why_lost.of_topic(topic_id))
        return TopicPlan(
            id=topic_id,
            state=state,
            gained=_newest_first(seen, {a: verdict for a, verdict in after.items() if a not in before}),
            lost=_newest_first(seen, lost),
            before=self._by_day(seen[article_id].first_seen_at for article_id in before),
            after=self._by_day(seen[article_id].first_seen_at for article_id in after),
            newsletters=people.newsletters(topic_id),
            subscribers=people.readers(topic_id),
        )

    def _seen_of(self, ids: set[int]) -> dict[int, Article]:
        self._seen |= {a.id: a for a in articles.by_ids(self._tx, ids - self._seen.keys())}
        return {article_id: self._seen[article_id] for article_id in ids}

    def _by_day(self, seen: Iterable[datetime]) -> dict[date, int]:
        return by_day(((at, 1) for at in seen), self._since, self._now)


Number = TypeVar("Number", int, float)


def by_day(found: Iterable[tuple[datetime, Number]], since: datetime, now: datetime) -> dict[date, Number]:
    """What was found (when, and how many that is) on each day (UTC) from then until now, in order."""
    counted: dict[date, Number] = {}
    for at, count in found:
        day = at.astimezone(UTC).date()
        counted[day] = counted.get(day, 0) + count
    first, last = since.astimezone(UTC).date(), max([now.astimezone(UTC).date(), *counted])
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: counted.get(day, 0) for day in days}


def _newest_first(seen: Mapping[int, Article], found: Mapping[int, Verdict]) -> tuple[Difference, ...]:
    told = (Difference(article=seen[article_id], verdict=verdict) for article_id, verdict in found.items())
    return tuple(sorted(told, key=lambda d: (d.article.first_seen_at, d.article.id), reverse=True))


class _People:
    """Who is subscribed to what, as it is stored and as the edited configuration has it."""

    def __init__(self, room: Newsroom, rows: Iterable[Mapping[str, Any]]) -> None:
        listed = [(_key(row["address"], row["newsletter"]), row) for row in rows]
        left = {key for key, row in listed if row["state"] == "left"}
        self._stored = {key: row for key, row in listed if row["state"] == "active"}
        wanted = [each for newsletter in room.settings.newsletters for each in newsletter.subscriptions]
        self._wanted = {key: each for each in wanted if (key := _key(each.address, each.newsletter)) not in left}
        self._offered = {newsletter.id: newsletter.topics for newsletter in room.settings.newsletters}

    def newsletters(self, topic_id: str) -> tuple[str, ...]:
        found = [newsletter for newsletter, topics in self._offered.items() if topic_id in topics]
        stored = (row["newsletter"] for row in self._stored.values() if topic_id in row["topics"])
        return tuple(dict.fromkeys([*found, *stored]))

    def readers(self, topic_id: str) -> tuple[str, ...]:
        found = {key[0]: each.address for key, each in self._wanted.items() if topic_id in each.topics}
        for key, row in self._stored.items():
            if topic_id in row["topics"]:
                found.setdefault(key[0], row["address"])
        return tuple(sorted(found.values()))

    def subscribed(self, newsletter: str | None) -> tuple[str, ...]:
        """The addresses of those who will get the newsletter, or any."""
        return tuple(
            sorted({each.address for each in self._wanted.values() if newsletter in {None, each.newsletter}})
        )

    def differences(self) -> Iterator[SubscriptionPlan]:
        for key in sorted(self._stored.keys() | self._wanted.keys()):
            stored, wanted = self._stored.get(key), self._wanted.get(key)
            if wanted is None and stored is not None:
                yield SubscriptionPlan(address=stored["address"], newsletter=key[1], state="removed")
            elif wanted is not None and stored is None:
                yield SubscriptionPlan(address=wanted.address, newsletter=key[1], state="new")
            elif wanted is not None and stored is not None and (changes := tuple(_changes(stored, wanted))):
                yield SubscriptionPlan(address=wanted.address, newsletter=key[1], state="changed", changes=changes)


def _key(address: str, newsletter: str) -> tuple[str, str]:
    return address_key(address), newsletter


def _changes(stored: Mapping[str, Any], wanted: Subscription) -> Iterator[tuple[str, str, str]]:
    told = {
        "topics": (", ".join(stored["topics"]), ", ".join(wanted.topics)),
        "schedule": (stored["schedule"], wanted.schedule.text),
        "timezone": (stored["timezone"], wanted.timezone),
    }
    yield from ((what, before, after) for what, (before, after) in told.items() if before != after)
