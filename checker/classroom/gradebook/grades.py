"""The history of grades: what each student had, from when, and why it became another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import student_ids
from checker.classroom.gradebook.tables import grade, student


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGrade:
    """A grade of a student, from ``at`` until the next one. ``run`` is the number of the grading that it rests on.

    ``cause`` says what made it: ``run``, or the kind of a decision, or ``class file``.
    """

    student: str
    at: datetime
    points: Fraction
    max_points: Fraction
    cause: str
    run: int | None = None


def note_grade(connection: Connection, one: PastGrade) -> bool:
    """Keep a grade where it differs from the student's last one; gives whether it does. Raises KeyError."""
    number = student_ids(connection)[one.student]
    last = connection.execute(
        select(grade.c.points, grade.c.max_points)
        .where(grade.c.student_id == number)
        .order_by(grade.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and (last.points, last.max_points) == (one.points, one.max_points):
        return False
    connection.execute(
        insert(grade).values(
            student_id=number,
            run_id=one.run,
            at=one.at,
            points=one.points,
            max_points=one.max_points,
            cause=one.cause,
        )
    )
    return True


def last_grades(connection: Connection) -> Mapping[str, PastGrade]:
    """The last grade of each student, by the student's key."""
    newest = select(func.max(grade.c.id)).group_by(grade.c.student_id)
    return {one.student: one for one in _grades(connection, grade.c.id.in_(newest))}


def history_of(connection: Connection, key: str) -> tuple[PastGrade, ...]:
    """All grades that a student had, the oldest first."""
    return _grades(connection, student.c.key == key)


def _grades(connection: Connection, wanted: object) -> tuple[PastGrade, ...]:
    rows = connection.execute(
        select(grade, student.c.key).join(student).where(wanted).order_by(grade.c.id)  # type: ignore[arg-type]
    )
    return tuple(
        PastGrade(
            student=row.key,
            at=row.at,
            points=row.points,
            max_points=row.max_points,
            cause=row.cause,
            run=row.run_id,
        )
        for row in rows
    )
