"""The examples beside topics, as articles.

A title becomes an article by itself, as if it stood in one of the topic's feeds. Links and ids are looked up among
the stored articles; what is not stored, or not kept any more, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digest.examples import Examples
from digest.languages import settled
from digest.links import canonical
from digest.model import Article, Entry
from digest.settings import Example, Topic
from digest.store import articles
from digest.store.engine import Transaction

Placed = tuple[Topic, Example, tuple[str, int], Article | None]
"""A topic's example, in which of the two lists it stands and where there, and its article; None: there is none."""


def all_of(topics: Iterable[Topic], tx: Transaction | None) -> Iterator[Placed]:
    """The examples of all topics; without a database there are no articles for links and ids."""
    for topic in topics:
        places = {"match": 0, "no_match": 0}
        for example in topic.examples:
            key = "match" if example.wanted else "no_match"
            yield topic, example, (key, places[key]), _article(topic, example.text, tx, stored=example.is_reference)
            places[key] += 1


def by_topic(found: Iterable[Placed]) -> dict[str, Examples]:
    """As an index is shown them."""
    labelled: dict[str, tuple[list[Article], list[Article]]] = {}
    for topic, example, _, article in found:
        if article is not None:
            labelled.setdefault(topic.id, ([], []))[not example.wanted].append(article)
    return {topic_id: Examples(right=tuple(r), wrong=tuple(w)) for topic_id, (r, w) in labelled.items()}


def told_missing(found: Iterable[Placed]) -> str:
    """Which of the links and ids stand for nothing, for the operator; empty: none."""
    missing: dict[str, list[str]] = {}
    for topic, example, _, article in found:
        if article is None:
            missing.setdefault(topic.id, []).append(example.text)
    return "; ".join(
        f"{topic_id}: no article {', '.join(f'“{text}”' for text in texts)} is stored, so it is no example"
        for topic_id, texts in missing.items()
    )


def find(tx: Transaction, reference: str) -> list[Article]:
    """By id or link as given; else by the link without what tells where its reader came from. The newest first."""
    found = articles.find(tx, reference)
    key = None if found else canonical(reference)
    return found if key is None else articles.find(tx, key)


def _article(topic: Topic, text: str, tx: Transaction | None, *, stored: bool) -> Article | None:
    if not stored:
        return _made_of(topic, text)
    kept = find(tx, text) if tx is not None else []
    return next((article for article in kept if article.entry.title), None)  # an old one has lost its text


def _made_of(topic: Topic, title: str) -> Article:
    entry = Entry(
        entry_id=title,
        link=None,
        canonical=None,
        title=title,
        summary="",
        text="",
        author=None,
        language=settled(None, title),
        published_at=None,
    )
    return Article.not_stored(entry, feed_tags=topic.feeds)
