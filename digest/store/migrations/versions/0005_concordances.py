"""Which articles have which words, and when a topic last learned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds a table and a column. Articles that are there already are written down as they are matched again."""
    op.create_table(
        "concordances",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("newest", BIG, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_concordances"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.add_column("profiles", sa.Column("learned_at", BIG))
