"""Writing down which words articles have, when they are matched and their words are at hand.

Batches are small, pieces should be large. So a batch is joined with the piece before it while that is no larger, as
when counting in binary: an article is rewritten some ten times at most, and pieces are few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain

from digest.concordance import MOST, joined, written
from digest.model import Article
from digest.pipeline.newsroom import Newsroom
from digest.store import articles, concordances, kept
from digest.store.concordances import Concordance
from digest.store.engine import Transaction

_BATCH = 200
_MOST_AT_ONCE = 20_000
"""Articles: analysing so many takes the step `clean` some ten seconds. The rest is for the next time."""


def catch_up(room: Newsroom) -> None:
    """Writes down articles that are kept and nowhere written down, the newest first.

    There are such when the database is older than this, or articles were too old to be matched when they came.
    """
    since = room.clock() - room.settings.retention.articles
    with room.database.read() as tx:
        index = room.index(room.languages(tx))
        ids = missing(tx, since, concordances.since(tx, since))[-_MOST_AT_ONCE:]
    for end in range(len(ids), 0, -_BATCH):
        if room.stop.is_set():
            break
        with room.database.write() as tx:
            batch = articles.by_ids(tx, ids[max(0, end - _BATCH) : end])
            write_down(tx, [(article, index.keys(article)) for article in batch])


def missing(tx: Transaction, since: datetime, pieces: Iterable[Concordance]) -> list[int]:
    """The ids of the articles kept since then that none of the pieces has, ascending."""
    written_down = set(chain.from_iterable(piece.articles for piece in pieces))
    return [article_id for article_id in kept.ids_since(tx, since) if article_id not in written_down]


def write_down(tx: Transaction, found: Sequence[tuple[Article, Collection[str]]]) -> None:
    """Keeps which articles have which words, each given with its keys (`digest.text`)."""
    if not found:
        return
    piece = piece_of(found)
    while earlier := _no_larger(tx, len(piece.articles)):
        piece = Concordance(
            articles=[*earlier.articles, *piece.articles],
            newest=max(earlier.newest, piece.newest),
            words=joined(earlier.words, len(earlier.articles), piece.words),
        )
    concordances.put(tx, piece)


def piece_of(found: Sequence[tuple[Article, Collection[str]]]) -> Concordance:
    """Of at most `MOST` articles, each with its keys."""
    return Concordance(
        articles=[article.id for article, _ in found],
        newest=max(article.first_seen_at for article, _ in found),
        words=written(keys for _, keys in found),
    )


def _no_larger(tx: Transaction, size: int) -> Concordance | None:
    """The last piece, taken out, where the two should be one."""
    last = concordances.last(tx)
    if last is None or last[1] > size or last[1] + size > MOST:
        return None
    return concordances.take(tx, last[0])
