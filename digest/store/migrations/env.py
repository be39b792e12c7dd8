"""What Alembic runs: the steps, on the connection handed over by `upgrade`."""

from __future__ import annotations

from alembic import context

from digest.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can alter a table only by copying it
    transaction_per_migration=False,
)
context.run_migrations()
