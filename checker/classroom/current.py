"""The grades of a class as they are now: from the last grading of each repository, and what the instructor decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from checker.classroom.class_file import LateTable
from checker.classroom.gradebook.decisions import all_decisions, holding
from checker.classroom.gradebook.grades import PastGrade, note_grade
from checker.classroom.gradebook.roster import students
from checker.classroom.gradebook.runs import graded_runs
from checker.classroom.points import Grade, Rules, grade_of
from checker.classroom.records import Run, Student
from checker.stored_report import read


def current_grades(runs: Mapping[str, Run], members: Collection[Student], rules: Rules) -> Mapping[str, Grade]:
    """The grade of each student whose repository has a report, by the student's key.

    *runs* are the last gradings with a report, by the key of the repository. Raises ReportError for a damaged one.
    """
    reports = {key: (read(run.report), run.late_seconds) for key, run in runs.items() if run.report is not None}
    found: dict[str, Grade] = {}
    for student in members:
        if student.repository in reports:
            report, late_seconds = reports[student.repository]
            found[student.key] = grade_of(report, rules, student=student.key, late_seconds=late_seconds)
    return found


def rules_of(connection: Connection, late: LateTable) -> Rules:
    """What else than verdicts the grades depend on now."""
    return Rules(decisions=holding(all_decisions(connection)), late=late)


def renew_grades(
    connection: Connection, late: LateTable, cause: str, at: datetime, *, repository: str | None = None
) -> tuple[str, ...]:
    """Note each grade that is another one now, for *cause*; of one *repository* only, where it is given.

    Gives the keys of the students whose grade has changed.
    """
    runs = graded_runs(connection, repository)
    members = [one for one in students(connection) if one.repository in runs]
    numbers = {one.key: runs[one.repository].number for one in members if one.repository}
    changed = []
    for key, grade in current_grades(runs, members, rules_of(connection, late)).items():
        number = numbers[key]
        past = PastGrade(student=key, at=at, points=grade.points, max_points=grade.max_points, cause=cause, run=number)
        if note_grade(connection, past):
            changed.append(key)
    return tuple(changed)
