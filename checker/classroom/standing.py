"""Where a class stands: for each student how far their work is, and what grade they have now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checker.classroom.planning import Plan
from checker.classroom.points import Grade
from checker.classroom.records import Run, RunEnd, Student
from checker.model import Text, text


class Stand(StrEnum):
    """How far the work of a student is."""

    NO_REPOSITORY = "no repository"
    NOT_FETCHED = "not fetched"
    UNREADY = "unready"
    """Nothing of it can be graded."""
    WAITING = "waiting"
    RUNNING = "running"
    GRADED = "graded"
    REFUSED = "refused"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentStanding:
    """One student. ``grade`` is None where there is none; ``reason`` says why, where the work cannot be graded."""

    student: Student
    stand: Stand
    grade: Grade | None = None
    reason: Text | None = None
    since: datetime | None = None


def standings(
    members: tuple[Student, ...],
    to_do: Plan,
    fetched: Collection[str],
    runs: Mapping[str, Run],
    held: Mapping[str, datetime],
    grades: Mapping[str, Grade],
) -> tuple[StudentStanding, ...]:
    """Where each of the *members* stands.

    *fetched* are the repositories that were fetched. *runs* and *held* (being graded, since when) are by repository.
    """
    waiting = {task.repository.key for task in to_do.tasks}
    found = []
    for student in members:
        stand, reason = _stand(student, to_do, fetched, waiting, runs, held)
        found.append(
            StudentStanding(
                student=student,
                stand=stand,
                grade=grades.get(student.key),
                reason=reason,
                since=held.get(student.repository or ""),
            )
        )
    return tuple(found)


def _stand(
    student: Student,
    to_do: Plan,
    fetched: Collection[str],
    waiting: set[str],
    runs: Mapping[str, Run],
    held: Mapping[str, datetime],
) -> tuple[Stand, Text | None]:
    key = student.repository
    if key is None:
        return Stand.NO_REPOSITORY, text("No repository is known of this student.")
    if key in held:
        return Stand.RUNNING, None
    if key not in fetched:
        return Stand.NOT_FETCHED, None
    if key in to_do.unready:
        return Stand.UNREADY, to_do.unready[key]
    if key in waiting:
        return Stand.WAITING, None
    run = runs.get(key)
    if run is None:
        return Stand.WAITING, None
    if run.end is RunEnd.REFUSED:
        return Stand.REFUSED, run.reason
    if run.end is RunEnd.ERRORED:
        return Stand.ERRORED, run.reason
    return Stand.GRADED, None
