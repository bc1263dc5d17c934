"""The requests that a grading rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column, empty for earlier gradings."""
    with op.batch_alter_table("run") as table:
        table.add_column(sa.Column("requests", sa.String(64), nullable=False, server_default=""))
