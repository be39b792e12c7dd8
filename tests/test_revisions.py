"""What an edited entry said before, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from records import DAY, HOUR, NOW, entry
from test_store import brought, filled

from digest.model import Article, Entry
from digest.store import articles, polls, retention, revisions
from digest.store.engine import Database
from digest.store.revisions import MOST, Revision


def edit(database: Database, article: Article, now: Entry, after: timedelta = HOUR) -> None:
    with database.write() as tx:
        polls.record(tx, [brought(article.feed_id, edited=((article.id, now),))], NOW + after)


def told(database: Database, article: Article) -> tuple[Revision, ...]:
    with database.read() as tx:
        return revisions.of_articles(tx, [article.id]).get(article.id, ())


def test_an_article_that_was_never_edited_has_no_revisions(database: Database) -> None:
    [first] = filled(database, "A")
    assert told(database, first) == ()


def test_what_an_edit_replaces_is_kept_and_what_it_leaves_is_not(database: Database) -> None:
    first, other = filled(database, "A", "B")
    edit(database, first, entry("A, corrected", entry_id="id of A", summary=first.entry.summary), HOUR)
    edit(database, first, entry("A, corrected", entry_id="id of A", summary="more", text="all"), 2 * HOUR)
    assert told(database, first) == (
        Revision(number=1, replaced_at=NOW + HOUR, was={"title": "A"}),
        Revision(
            number=2,
            replaced_at=NOW + 2 * HOUR,
            was={"summary": first.entry.summary, "text": first.entry.text},
        ),
    )
    assert told(database, other) == ()


def test_the_link_that_an_edit_replaces_is_kept_and_still_finds_the_article(database: Database) -> None:
    [first] = filled(database, "A")
    links = [None, "https://wire.example/1", "https://wire.example/2"]
    for hours, link in enumerate(links):
        edit(database, first, replace(first.entry, link=link), hours * HOUR)
    assert [one.was for one in told(database, first)] == [{"link": None}, {"link": links[1]}]
    with database.read() as tx:
        assert [articles.find(tx, str(link))[0].entry.link for link in links[1:]] == [links[2]] * 2


def test_text_that_was_damaged_and_is_mended_is_no_revision(database: Database) -> None:
    [first] = filled(database, "A")
    with database.write() as tx:
        polls.record(tx, [brought(first.feed_id, mended=((first.id, entry("Ä", entry_id="id of A")),))], NOW + HOUR)
        [mended] = articles.by_ids(tx, [first.id])
    assert (mended.entry.title, mended.revision) == ("Ä", 1)
    assert told(database, first) == ()


def test_of_an_article_that_is_edited_all_day_the_newest_revisions_are_kept(database: Database) -> None:
    [first] = filled(database, "A")
    for minute in range(1, MOST + 6):
        edit(database, first, entry(f"{minute} dead", entry_id="id of A"), timedelta(minutes=minute))
    kept = told(database, first)
    assert [one.number for one in kept] == list(range(6, MOST + 6))
    assert kept[-1].was["title"] == f"{MOST + 4} dead"


def test_revisions_go_when_the_text_of_their_article_goes(database: Database) -> None:
    [first] = filled(database, "A")
    edit(database, first, entry("B", entry_id="id of A"))
    with database.write() as tx:
        retention.purge(tx, articles_before=NOW + DAY, deliveries_before=NOW)
    assert told(database, first) == ()
    edit(database, first, entry("C", entry_id="id of A"))
    assert told(database, first) == ()
