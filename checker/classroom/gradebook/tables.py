"""The tables of the gradebook, as the newest migration leaves them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from checker.stored_values import clean


class Moment(TypeDecorator[datetime]):
    """A time with an offset, stored as UTC: SQLite has no offsets."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class Points(TypeDecorator[Fraction]):
    """Points as an exact fraction: ``3/2``."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        del dialect
        return None if value is None else Fraction(value)


class Words(TypeDecorator[str]):
    """Text that may come from a stranger, without the characters that a database cannot store."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else clean(value.replace("\0", "\ufffd"))


class Document(TypeDecorator[Any]):
    """A JSON value, as a text in one form for every database; characters that a database cannot store are escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

repository = Table(
    "repository",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("source", Words, nullable=False),
    Column("project", Words, nullable=False),
    Column("branch", Words, nullable=False),
    Column("pushes", Document),
    Column("requests", Document),
    Column("fetched", Document),
    UniqueConstraint("key"),
)
"""``pushes`` and ``requests`` come from the forge, ``fetched`` from the last fetch."""

student = Table(
    "student",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("name", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("group", Words, nullable=False),
    Column("repository_id", ForeignKey("repository.id")),
    UniqueConstraint("key"),
    Index(None, "repository_id"),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("repository_id", ForeignKey("repository.id"), nullable=False),
    Column("identity", String(64), nullable=False),
    Column("course_hash", String(64), nullable=False),
    Column("checker", String(100), nullable=False),
    Column("environment", Words, nullable=False),
    Column("requests", String(64), nullable=False, server_default=""),
    Column("trust", String(20), nullable=False),
    Column("end", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("basis", String(20), nullable=False),
    Column("late_seconds", Float, nullable=False),
    Column("reason", Document),
    Column("report", LargeBinary),
    Index(None, "repository_id"),
)
"""``report`` is the stored report, compressed by zlib."""

claim = Table(
    "claim",
    metadata,
    Column("repository_id", ForeignKey("repository.id"), primary_key=True),
    Column("host", Words, nullable=False),
    Column("process", Words, nullable=False),
    Column("begun", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
"""The process that grades a repository now. A claim lapses, or ends with its process."""

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("check", String(100), nullable=False),
    Column("student_id", ForeignKey("student.id")),
    Column("points", Points),
    Column("reason", Words, nullable=False),
    Column("author", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Rows are only added: the last one on a check and a student holds."""

grade = Table(
    "grade",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("student_id", ForeignKey("student.id"), nullable=False),
    Column("run_id", ForeignKey("run.id")),
    Column("at", Moment, nullable=False),
    Column("points", Points, nullable=False),
    Column("max_points", Points, nullable=False),
    Column("cause", String(40), nullable=False),
    Index(None, "student_id"),
)
"""The history of grades: one row for each change of a student's grade."""
