"""The standing of a class: for each student the state of their work, and their current grade."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checker.classroom.planning import Plan
from checker.classroom.points import Grade
from checker.classroom.records import Run, Student
from checker.model import Text, text


class Stand(StrEnum):
    """The state of a student's work."""

    NO_REPOSITORY = "no repository"
    NOT_FETCHED = "not fetched"
    UNREADY = "unready"
    """The work cannot be graded."""
    WAITING = "waiting"
    RUNNING = "running"
    GRADED = "graded"
    """This and the next two are ends of a grading, by the same words."""
    REFUSED = "refused"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentStanding:
    """One student. ``grade`` is None if there is none; ``reason`` says why the work cannot be graded, if it cannot."""

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
    """The standing of each of the *members*.

    *fetched* are the repositories that were fetched. *runs* and *held* (being graded, since when) are by repository.
    """
    waiting = {task.repository.key for task in to_do.tasks}

    def stand_of(key: str | None) -> tuple[Stand, Text | None]:
        if key is None:
            return Stand.NO_REPOSITORY, text("No repository is known of this student.")
        if key in held:
            return Stand.RUNNING, None
        if key not in fetched:
            return Stand.NOT_FETCHED, None
        if key in to_do.unready:
            return Stand.UNREADY, to_do.unready[key]
        if key in waiting or key not in runs:
            return Stand.WAITING, None
        run = runs[key]
        return Stand(run.end.value), run.reason

    found = []
    for student in members:
        stand, reason = stand_of(student.repository)
        grade, since = grades.get(student.key), held.get(student.repository or "")
        found.append(StudentStanding(student=student, stand=stand, grade=grade, reason=reason, since=since))
    return tuple(found)
