"""The current grades of a class: from the last grading of each repository, and the instructor's decisions."""

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
from checker.model import Trust
from checker.stored_report import read


def current_grades(runs: Mapping[str, Run], members: Collection[Student], rules: Rules) -> Mapping[str, Grade]:
    """The grade of each student whose repository has a report, by the student's key.

    *runs* are the last gradings with a report, by the key of the repository. A report that states another origin than
    an instructor gives no grade. Raises ReportError for a damaged one.
    """
    reports = {key: read(run.report) for key, run in runs.items() if run.report is not None}
    grades: dict[str, Grade] = {}
    for student in members:
        key = student.repository or ""
        report = reports.get(key)
        if report is not None and report.trust is Trust.OFFICIAL:
            late_seconds = runs[key].late_seconds
            grades[student.key] = grade_of(report, rules, student=student.key, late_seconds=late_seconds)
    return grades


def rules_of(connection: Connection, late: LateTable) -> Rules:
    """The current rules of the grades, beside the verdicts."""
    return Rules(decisions=holding(all_decisions(connection)), late=late)


def renew_grades(
    connection: Connection, late: LateTable, cause: str, at: datetime, *, repository: str | None = None
) -> tuple[str, ...]:
    """Record each grade that has changed, with *cause*; of one *repository* only, if one is given.

    Gives the keys of the students whose grade has changed.
    """
    runs = graded_runs(connection, repository)
    members = [student for student in students(connection) if student.repository in runs]
    numbers = {student.key: runs[student.repository].number for student in members if student.repository}
    changed = []
    for key, grade in current_grades(runs, members, rules_of(connection, late)).items():
        number = numbers[key]
        past = PastGrade(student=key, at=at, points=grade.points, max_points=grade.max_points, cause=cause, run=number)
        if note_grade(connection, past):
            changed.append(key)
    return tuple(changed)
