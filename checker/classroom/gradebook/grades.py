"""The history of grades: each grade of a student, its time and its cause."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import student_ids
from checker.classroom.gradebook.tables import grade, student


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGrade:
    """A grade of a student, from ``at`` until the next one.

    ``run`` is the number of its grading. ``cause`` is ``run``, the kind of a decision, or ``class file``.
    """

    student: str
    at: datetime
    points: Fraction
    max_points: Fraction
    cause: str
    run: int | None = None


def note_grade(connection: Connection, one: PastGrade) -> bool:
    """Store a grade if it differs from the student's last; true if it does. Raises KeyError for an unknown student."""
    number = student_ids(connection)[one.student]
    last = connection.execute(
        select(grade.c.points, grade.c.max_points)
        .where(grade.c.student_id == number)
        .order_by(grade.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and (last.points, last.max_points) == (one.points, one.max_points):
        return False
    values = asdict(one)
    del values["student"]
    connection.execute(insert(grade).values(student_id=number, run_id=values.pop("run"), **values))
    return True


def history_of(connection: Connection, key: str) -> tuple[PastGrade, ...]:
    """All grades that a student had, the oldest first."""
    rows = connection.execute(select(grade).join(student).where(student.c.key == key).order_by(grade.c.id))
    return tuple(
        PastGrade(student=key, at=row.at, points=row.points, max_points=row.max_points, cause=row.cause, run=row.run_id)
        for row in rows
    )
