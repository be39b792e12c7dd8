"""Articles are looked up by what their link, or their feed, calls them."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two indexes."""
    op.create_index("ix_articles_canonical", "articles", ["canonical"])
    op.create_index("ix_articles_entry_id", "articles", ["entry_id"])
