"""The grades of a class as one table: a row for each student, the same columns in every format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from checker.classroom.export.handed import HandedGrade
from checker.classroom.export.numbers import plainly
from checker.classroom.points import CheckGrade

Value: TypeAlias = str | Fraction | datetime | None

BEFORE_STEPS = (
    "name", "email", "number", "account", "group", "state", "points", "max_points",
    "not_checked_points", "late_penalty",
)  # fmt: skip
AFTER_STEPS = ("commit", "date", "overrides")


@dataclass(frozen=True, slots=True)
class Table:
    """Headers and rows of values; None and an empty text are an empty cell."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def table_of(handed: Sequence[HandedGrade]) -> Table:
    """The table. A student without a grade has empty cells in the columns of points, never 0."""
    steps = steps_of(handed)
    return Table((*BEFORE_STEPS, *steps, *AFTER_STEPS), tuple(_row(grade, steps) for grade in handed))


def steps_of(handed: Iterable[HandedGrade]) -> tuple[str, ...]:
    """The steps of the course, in its order."""
    return tuple(dict.fromkeys(step for grade in handed for step in grade.steps))


def override_words(check: CheckGrade) -> str:
    """A decision in a line: the check, the decision, its reason and its author."""
    decided = check.decided
    if decided is None:
        return ""
    points = f"{plainly(check.points)}/{plainly(check.max_points)}"
    return f"{check.check}: {decided.kind.value} {points} ({decided.reason}; {decided.author})"


def _row(handed: HandedGrade, steps: Sequence[str]) -> tuple[Value, ...]:
    student, grade = handed.student, handed.grade
    earned = handed.steps
    numbers = (grade.points, grade.max_points, grade.open_points, grade.penalty) if grade else (None,) * 4
    return (
        *(student.name, student.email, student.number, student.account, student.group),
        handed.stand.value,
        *numbers,
        *(earned[step][0] if step in earned else None for step in steps),
        handed.commit,
        handed.date,
        " | ".join(override_words(check) for check in handed.decided),
    )
