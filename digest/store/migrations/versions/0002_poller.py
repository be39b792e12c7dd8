"""What the poller remembers of feeds, hosts, hubs and edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds columns and tables; what is stored stays as it is."""
    for name, kind in (
        ("moved_seen", sa.Text()),
        ("rhythm_seconds", sa.Integer()),
        ("wait_reason", sa.Text()),
        ("gap_at", BIG),
        ("gap_from", BIG),
        ("poll_url", sa.Text()),
        ("host", sa.Text()),
        ("notice", sa.Text()),
        ("damage", sa.Text()),
        ("dumped_at", BIG),
        ("wishes", sa.Text()),
        ("appeared", sa.Text()),
        ("slices", sa.Text()),
    ):
        op.add_column("feeds", sa.Column(name, kind))
    op.add_column("feeds", sa.Column("dumped", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_feeds_host", "feeds", ["host"])
    _hosts()
    _hubs()
    _revisions()


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
        sqlite_strict=True,
    )


def _hubs() -> None:
    op.create_table(
        "hubs",
        sa.Column("feed_id", BIG, autoincrement=False, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", BIG),
        sa.Column("expires_at", BIG),
        sa.Column("retry_at", BIG),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("feed_id", name="pk_hubs"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_hubs_feed_id", ondelete="CASCADE"),
        sa.UniqueConstraint("token", name="uq_hubs_token"),
        sqlite_strict=True,
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("article_id", BIG, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("replaced_at", BIG, nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "revision", name="pk_revisions"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_revisions_article_id", ondelete="CASCADE"),
        sqlite_strict=True,
    )
