"""Which language the entries of a feed are in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, and takes for each feed the commonest language of its stored articles."""
    op.add_column("feeds", sa.Column("spoken", sa.Text()))
    op.create_index("ix_feeds_spoken", "feeds", ["spoken"])
    op.execute(
        """
        UPDATE feeds SET spoken = (
            SELECT language FROM articles WHERE feed_id = feeds.id AND language IS NOT NULL
            GROUP BY language ORDER BY count(*) DESC, language LIMIT 1
        )
        """
    )
