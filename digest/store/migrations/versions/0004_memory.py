"""What matching remembers, how a score came about, and which topics a generation has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Adds two tables and three columns."""
    op.create_table(
        "words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_words"),
        sqlite_strict=True,
    )
    op.create_index("ix_words_articles", "words", ["articles"])
    op.create_table(
        "profiles",
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("topic_version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic_id", name="pk_profiles"),
        sqlite_strict=True,
    )
    op.add_column("matches", sa.Column("cut", REAL))
    op.add_column("matches", sa.Column("parts", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("generations", sa.Column("topics", sa.Text(), nullable=False, server_default="{}"))
