"""What has come since a newsletter was looked through, in a table of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds a table, and takes what it holds out of the leases. Each newsletter is looked through once more."""
    op.create_table(
        "news",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", name="pk_news"),
        sqlite_strict=True,
    )
    op.execute("DELETE FROM leases WHERE until = 0")
