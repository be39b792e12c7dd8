"""Of an article that retention drops marks stay, and no row. What is held is not looked at when stories are made."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Row

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds a table, and moves there what retention has left of articles; adds to an index."""
    op.create_table(
        "forgotten",
        sa.Column("feed_id", BIG, autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_forgotten_feed_id"),
        sa.PrimaryKeyConstraint("feed_id", "mark", name="pk_forgotten"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _move()
    op.drop_column("articles", "purged_at")
    op.create_index("ix_articles_story_id_matched_with", "articles", ["story_id", "matched_with"])
    op.drop_index("ix_articles_story_id", "articles")


def _move() -> None:
    here = op.get_bind()
    # From where the last thousand ended: PostgreSQL would walk each time over all that this transaction has deleted.
    bare = sa.text(
        "SELECT id, feed_id, entry_id, canonical, content_hash FROM articles WHERE purged_at IS NOT NULL "
        "AND id > :last ORDER BY id LIMIT 1000"
    )
    mark = sa.text("INSERT INTO forgotten (feed_id, mark) VALUES (:feed_id, :mark) ON CONFLICT DO NOTHING")
    gone = sa.text("DELETE FROM articles WHERE purged_at IS NOT NULL AND id > :first AND id <= :last")
    last = 0
    while rows := here.execute(bare, {"last": last}).all():
        here.execute(mark, [{"feed_id": row.feed_id, "mark": each} for row in rows for each in _marks(row)])
        first, last = last, rows[-1].id
        here.execute(gone, {"first": first, "last": last})


def _marks(row: Row[Any]) -> list[bytes]:
    said = [f"id {row.entry_id}"]
    if row.canonical is not None:
        said.append(f"text {row.content_hash} {row.canonical}")
    return [blake2b(each.encode(), digest_size=12).digest() for each in said]
