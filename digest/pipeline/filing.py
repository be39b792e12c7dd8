"""Writing down which words articles have, when they are matched and their words are at hand.

Batches are small, pieces should be large. So a batch is joined with the piece before it while that is no larger, as
when counting in binary: an article is rewritten some ten times at most, and pieces are few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from digest.concordance import MOST, joined, written
from digest.model import Article
from digest.store import concordances
from digest.store.concordances import Concordance
from digest.store.engine import Transaction


def write_down(tx: Transaction, found: Sequence[tuple[Article, Collection[str]]]) -> None:
    """Keeps which articles have which words, each given with its keys (`digest.text`)."""
    if not found:
        return
    piece = Concordance(
        articles=[article.id for article, _ in found],
        newest=max(article.first_seen_at for article, _ in found),
        words=written(keys for _, keys in found),
    )
    while earlier := _no_larger(tx, len(piece.articles)):
        piece = Concordance(
            articles=[*earlier.articles, *piece.articles],
            newest=max(earlier.newest, piece.newest),
            words=joined(earlier.words, len(earlier.articles), piece.words),
        )
    concordances.put(tx, piece)


def _no_larger(tx: Transaction, size: int) -> Concordance | None:
    """The last piece, taken out, where the two should be one."""
    last = concordances.last(tx)
    if last is None or last[1] > size or last[1] + size > MOST:
        return None
    return concordances.take(tx, last[0])
