"""Roster, repositories, gradings and claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "repository",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("pushes", sa.Text),
        sa.Column("requests", sa.Text),
        sa.Column("fetched", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_repository"),
        sa.UniqueConstraint("key", name="uq_repository_key"),
    )
    op.create_table(
        "student",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("group", sa.Text, nullable=False),
        sa.Column("repository_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_student"),
        sa.UniqueConstraint("key", name="uq_student_key"),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_student_repository_id"),
    )
    op.create_index("ix_student_repository_id", "student", ["repository_id"])
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("repository_id", sa.Integer, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("course_hash", sa.String(64), nullable=False),
        sa.Column("checker", sa.String(100), nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("trust", sa.String(20), nullable=False),
        sa.Column("end", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("late_seconds", sa.Float, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("report", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_run_repository_id"),
    )
    op.create_index("ix_run_repository_id", "run", ["repository_id"])
    op.create_table(
        "claim",
        sa.Column("repository_id", sa.Integer, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("begun", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name="pk_claim"),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_claim_repository_id"),
    )
