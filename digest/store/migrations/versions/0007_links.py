"""The link that an edited entry had before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, and an index on it."""
    op.add_column("revisions", sa.Column("link", sa.Text()))
    op.create_index("ix_revisions_link", "revisions", ["link"])
