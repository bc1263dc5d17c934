"""Run the migrations on the given connection: Alembic executes this file."""

from __future__ import annotations

from alembic import context

from checker.classroom.gradebook.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
