"""Which articles have which words, in pieces (`digest.concordance`), so that looking back need not read them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from digest.store.schema import concordances


@dataclass(frozen=True, kw_only=True, slots=True)
class Concordance:
    """One piece."""

    articles: Sequence[int]
    """Ids, in the order in which the words count them."""
    newest: datetime
    """When the last of them was first seen."""
    words: bytes


def put(tx: Connection, written: Concordance) -> None:
    """Keeps a piece."""
    values = {"articles": list(written.articles), "size": len(written.articles)}
    tx.execute(concordances.insert().values(**values, newest=written.newest, words=written.words))


def last(tx: Connection) -> tuple[int, int] | None:
    """Number and size of the piece that was put last."""
    c = concordances.c
    row = tx.execute(select(c.id, c.size).order_by(c.id.desc()).limit(1)).first()
    return None if row is None else (row.id, row.size)


def take(tx: Connection, number: int) -> Concordance | None:
    """Takes a piece out, to be put back with others; None when somebody else was first."""
    c = concordances.c
    row = tx.execute(delete(concordances).where(c.id == number).returning(c.articles, c.newest, c.words)).first()
    return None if row is None else Concordance(articles=row.articles, newest=row.newest, words=row.words)


def since(tx: Connection, moment: datetime) -> Iterator[Concordance]:
    """The pieces with articles first seen since then, each with older ones perhaps; the oldest piece first."""
    c = concordances.c
    chosen = select(c.articles, c.newest, c.words).where(c.newest >= moment).order_by(c.id)
    for row in tx.execute(chosen):
        yield Concordance(articles=row.articles, newest=row.newest, words=row.words)


def drop(tx: Connection, before: datetime) -> int:
    """Drops the pieces whose articles are all older; gives how many."""
    return tx.execute(delete(concordances).where(concordances.c.newest < before)).rowcount
