"""The instructor's decisions, and the history of grades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("check", sa.String(100), nullable=False),
        sa.Column("student_id", sa.Integer),
        sa.Column("points", sa.String(40)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name="fk_decision_student_id"),
    )
    op.create_table(
        "grade",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("points", sa.String(40), nullable=False),
        sa.Column("max_points", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grade"),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name="fk_grade_student_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_grade_run_id"),
    )
    op.create_index("ix_grade_student_id", "grade", ["student_id"])
