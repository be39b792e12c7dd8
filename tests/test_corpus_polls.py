"""Captured and hostile feeds, the whole way from a server to the mail; their figures go to the log.

python -m pytest -m "" tests/test_corpus_polls.py tests/test_corpus_feeds.py --log-cli-level=INFO
"""

from __future__ import annotations

import html
import logging
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import structlog
from corpus import DATA, WHERE_IT_IS, rows
from records import newsletter, subscription
from world import World, world

from digest import feeds, schedule
from digest.editions import from_json
from digest.model import Article
from digest.settings import Topic
from digest.store import articles, ledger, revisions

MINUTE = timedelta(minutes=1)
EVERYTHING = Topic(id="everything", name="Everything", query="/.+/")
INSTANT = schedule.parse("instant")

pytestmark = WHERE_IT_IS

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Desk:
    """One feed, a topic that everything matches, and a reader who is told of everything at once."""

    world: World

    def serve(self, body: bytes) -> None:
        self.world.server.put("/wire", body)

    def once(self, at: datetime) -> dict[str, int]:
        """Everything that is due; gives what the poll counted."""
        with structlog.testing.capture_logs() as lines:
            self.world.once(at)
        polled = [line for line in lines if line["event"] == "polled"]
        return {name: sum(line[name] for line in polled) for name in ("new", "edited", "mended")}

    @property
    def articles(self) -> list[Article]:
        with self.world.database.read() as tx:
            return articles.recent(tx, 10_000)

    @property
    def announced(self) -> list[tuple[int, str]]:
        """(story, title) of all that any mail has told, each as often as it was."""
        with self.world.database.read() as tx:
            editions = [from_json(row["content"]) for row in ledger.messages(tx)]
        return [(story.story_id, story.title) for edition in editions for story in edition.stories]


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[Desk]:
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    reader = subscription(schedule=INSTANT, topics=("everything",))
    letter = newsletter(reader, schedule=INSTANT, topics=("everything",), max_stories=500)
    url = f"sqlite:///{tmp_path}/digest.db"
    with world(tmp_path, url, topics=[EVERYTHING], newsletters=[letter]) as made:
        made.change(polling=replace(made.settings.polling, first_sight=timedelta(days=36_500), every=MINUTE))
        yield Desk(world=made)


# --- the same feed again and again ----------------------------------------------------------------------------------


def changed(before: bytes, after: bytes) -> int:
    """How many entries of both documents read otherwise in the second."""
    old, new = (
        {entry.entry_id: entry.content_hash for entry in feeds.parse(body, url="https://x.example/").entries}
        for body in (before, after)
    )
    return sum(old[key] != new[key] for key in old.keys() & new.keys())


@pytest.mark.parametrize("feed", sorted({row["feed"] for row in rows("feeds_polls")}))
def test_no_article_of_a_feed_polled_again_is_announced_twice(desk: Desk, feed: str) -> None:
    polls = [row for row in rows("feeds_polls") if row["feed"] == feed]
    total: Counter[str] = Counter()
    before = b""
    for row in polls:
        body, at = (DATA / "feeds_polls" / row["file"]).read_bytes(), parsedate_to_datetime(row["built"])
        desk.serve(body)
        counted = desk.once(at)
        assert counted["new"] == int(row["new_ids"])
        assert counted["edited"] + counted["mended"] <= changed(before, body)
        total.update(counted)
        desk.once(at + 2 * MINUTE)  # 304, and what could not be sent within the minute
        before = body
    stories, titles = Counter(story for story, _ in desk.announced), Counter(title for _, title in desk.announced)
    links = Counter(article.entry.canonical for article in desk.articles if article.held is None)
    assert max(stories.values()) == max(links.values()) == 1
    assert len(stories) <= len(links) == total["new"]
    with desk.world.database.read() as tx:
        edits = revisions.of_articles(tx, [article.id for article in desk.articles])
    assert sum(map(len, edits.values())) == total["edited"]
    log.info(
        "%s: %d polls, %d new, %d edited, %d mended; %d stories announced, none twice; titles told again: %d",
        *(feed, len(polls), total["new"], total["edited"], total["mended"], len(stories)),
        sum(times - 1 for times in titles.values()),
    )


# --- hostile feeds --------------------------------------------------------------------------------------------------

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACTIVE = re.compile(r"<script|<iframe|<form|javascript:|data:text|onerror|onclick|evil\.test|user:pw", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a hostile document."""

    articles: list[Article]
    mails: list[EmailMessage]
    announced: list[tuple[int, str]]
    problem: str | None
    address: str

    @property
    def titles(self) -> list[str]:
        return [article.entry.title for article in self.articles]

    @property
    def page(self) -> str:
        return "".join(part(mail, "html") for mail in self.mails)

    @property
    def text(self) -> str:
        return "".join(part(mail, "plain") for mail in self.mails)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def bombs(seen: Outcome) -> None:
    assert seen.titles == ["&a10;"], "neither expanded nor fetched"


def files(seen: Outcome) -> None:
    assert seen.titles == ["&x;"]


def scripts(seen: Outcome) -> None:
    assert seen.titles == ["Talks"]
    assert "Hi" in seen.text


def links(seen: Outcome) -> None:
    assert [article.entry.link for article in seen.articles] == [None, None, None]
    assert {"T"} == set(seen.titles)


def headers(seen: Outcome) -> None:
    [mail] = seen.mails
    assert mail["Bcc"] is None
    assert mail["To"] == "amal@example.org"
    assert seen.titles == ["Talks Bcc: victim@example.test body"]
    assert "Talks Bcc: victim@example.test body" in seen.text


def one_alert(seen: Outcome) -> None:
    assert len(seen.announced) == 1
    assert len({article.story_id for article in seen.articles}) == 1


def poor(seen: Outcome) -> None:
    assert seen.titles == ["T", "D", "example.test/a"]
    assert {title for _, title in seen.announced} == {"T", "D", "example.test/a"}


def clamped(seen: Outcome) -> None:
    assert [article.entry.published_at is None for article in seen.articles] == [False, True, True, True]
    assert "2099" not in seen.text + seen.page
    assert "1970" not in seen.text + seen.page
    assert len(seen.announced) == 1, "one link, one story"


def absolute(seen: Outcome) -> None:
    assert [article.entry.link for article in seen.articles] == [f"{seen.address}/news/1"]
    assert f'href="{seen.address}/news/1"' in seen.page


def plain_titles(seen: Outcome) -> None:
    assert seen.titles == ["Syria & Turkey talks \N{EN DASH} day 2", "AT&T <b>deal"]
    assert "Syria & Turkey talks \N{EN DASH} day 2" in seen.text
    assert "Syria &amp; Turkey talks" in seen.page
    assert "&amp;amp;" not in seen.page


def readable(seen: Outcome) -> None:
    assert seen.titles == ["Türkiye görüsme"]


def cut_off(seen: Outcome) -> None:
    assert seen.titles == ["T"]
    assert "damaged at line 4" in (seen.problem or "")


DEMANDED: dict[str, Callable[[Outcome], None]] = {
    "billion_laughs": bombs,
    "external_entity_file": files,
    "script_in_title": scripts,
    "javascript_link": links,
    "header_injection_title": headers,
    "same_guid_changed_title": one_alert,
    "changed_guid_same_link": one_alert,
    "no_guid_date_link": poor,
    "future_and_ancient_dates": clamped,
    "relative_links": absolute,
    "html_in_title_cdata": plain_titles,
    "utf8_declared_latin1_bytes": readable,
    "truncated": cut_off,
}


def test_every_attack_of_the_index_is_played() -> None:
    assert {f"{name}.xml" for name in DEMANDED} == {row["file"] for row in rows("feeds_hostile")}


@pytest.mark.parametrize("row", rows("feeds_hostile"), ids=lambda row: row["file"])
def test_an_attack_comes_to_nothing_on_the_whole_way(desk: Desk, row: dict[str, str]) -> None:
    body = (DATA / "feeds_hostile" / row["file"]).read_bytes()
    desk.serve(body)
    tracemalloc.start()
    parsed = feeds.parse(body, url="https://x.example/")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
    assert len(parsed.entries) >= 1
    desk.once(AT)
    desk.once(AT + 2 * MINUTE)
    desk.serve(body + b"<!-- fetched again -->")
    again = desk.once(AT + 9 * MINUTE)
    desk.once(AT + 11 * MINUTE)
    with desk.world.room(AT) as room, room.database.read() as tx:
        from digest.store import polls

        state = polls.state_of(tx, 1)
    assert state is not None
    seen = Outcome(
        articles=desk.articles,
        mails=desk.world.mails,
        announced=desk.announced,
        problem=state.problem,
        address=desk.world.server.address,
    )
    assert again == {"new": 0, "edited": 0, "mended": 0}
    assert len(seen.mails) == 1, "told once, and never again"
    assert not ACTIVE.search(html.unescape(re.sub(r'"[^"]*/unsubscribe[^"]*"', "", seen.page)))
    assert max(Counter(story for story, _ in seen.announced).values()) == 1
    DEMANDED[row["file"].removesuffix(".xml")](seen)
    log.info("%s: %s. %s → %s", row["file"], row["a safe reader"], seen.titles, [t for _, t in seen.announced])
