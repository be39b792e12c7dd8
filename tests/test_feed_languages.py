"""Topics know country names in the languages that feeds turn out to be in, without a word of configuration."""

# ruff: noqa: RUF001 - headlines in other alphabets

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from feedserver import entry, rss
from records import HOUR
from sqlalchemy import select
from world import World, world

from digest.pipeline.judging import recall
from digest.settings import Matching, Topic
from digest.store import articles, memories, polls
from digest.store.schema import matches

POLL = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
NEIGHBOURS = Topic(id="talks", name="Syria and Turkey", watch=("Syria Turkey",))
NEWS = {
    "tr": "Suriye ile Türkiye sınırda ortak devriye konusunda anlaştı",
    "ar": "دمشق وأنقرة تتفقان على دوريات حدودية مشتركة",
    "ru": "Сирия и Турция договорились о совместных патрулях",
}


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[World]:
    with world(tmp_path, database_url, feeds=("one", "two", "three"), topics=(NEIGHBOURS,)) as made:
        yield made


def put(here: World, feed: str, language: str, *titles: str, at: datetime = POLL) -> None:
    news = [entry(title=title, link=f"https://{feed}.example/{n}", date=at) for n, title in enumerate(titles)]
    here.server.put(f"/{feed}", rss(feed, news, language=language))


def matched(here: World) -> set[str]:
    with here.database.read() as tx:
        ids = tx.execute(select(matches.c.article_id)).scalars().all()
        return {article.entry.title for article in articles.by_ids(tx, ids)}


def known(here: World) -> set[str]:
    with here.database.read() as tx:
        return set(polls.languages(tx))


def test_reports_in_the_languages_that_feeds_declare_are_found(here: World) -> None:
    for feed, (language, title) in zip(("one", "two", "three"), NEWS.items(), strict=True):
        put(here, feed, language, title)
    here.once(POLL)
    assert matched(here) == set(NEWS.values())
    assert known(here) == set(NEWS)


def test_articles_are_matched_again_when_a_feed_brings_a_new_language(here: World) -> None:
    put(here, "one", "", "The harbour reopens after the storm", "Ferries sail again from the old pier", NEWS["tr"])
    here.once(POLL)
    assert (known(here), matched(here)) == ({"en"}, set())
    put(here, "two", "tr", "Iğdır'da kayısı üreticisi don nöbetinde")
    here.once(POLL + HOUR)
    assert (known(here), matched(here)) == ({"en", "tr"}, {NEWS["tr"]})


def test_the_operator_may_name_languages(here: World) -> None:
    here.change(matching=Matching(languages=("tr",)))
    put(here, "one", "", "The harbour reopens after the storm", "Ferries sail again from the old pier", NEWS["tr"])
    here.once(POLL)
    assert (known(here), matched(here)) == ({"en"}, {NEWS["tr"]})


def test_one_guest_does_not_change_the_language_of_a_feed_but_five_do(here: World) -> None:
    put(here, "one", "en", "The harbour reopens after the storm")
    here.once(POLL)
    here.server.put(
        "/one", rss("one", [entry(title="Rize'de hasat var", link="https://one.example/a")], language="tr")
    )
    here.once(POLL + HOUR)
    assert known(here) == {"en"}
    more = [entry(title=f"Rize'de hasat {n}. gününde", link=f"https://one.example/b{n}") for n in range(5)]
    here.server.put("/one", rss("one", more, language="tr"))
    here.once(POLL + 3 * HOUR)
    assert known(here) == {"tr"}


def test_topics_compiled_for_other_languages_are_not_taken_for_those_that_know_what_was_learned(here: World) -> None:
    """They were, when they lay in memory where the others had lain: one time in ten."""
    here.database.prepare()
    with here.room(POLL) as room:
        with here.database.write() as tx:
            counts = Counter(border=9)
            memories.record(tx, articles=50, counts=counts, learned={}, versions=room.versions, now=POLL)
            recall(room, tx, frozenset({"en"}))
        assert room.remembered
        room.index(frozenset({"en", "tr"}))
        gc.collect()
        assert not room.remembered
        with here.database.read() as tx:
            assert recall(room, tx, frozenset({"en", "tr"})).memory.background.articles == 50
