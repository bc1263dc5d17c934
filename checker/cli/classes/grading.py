"""The grader of a class and the standing of its students, in these surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from checker.classroom.current import current_grades, rules_of
from checker.classroom.gradebook.claims import held
from checker.classroom.gradebook.roster import fetched, students
from checker.classroom.gradebook.runs import graded_runs, latest_runs
from checker.classroom.opening import OpenClass
from checker.classroom.planning import Plan
from checker.classroom.records import Run
from checker.classroom.standing import StudentStanding, standings
from checker.classroom.whole_class import WholeClass, options_of
from checker.cli.check import options_here
from checker.cli.console import Console
from checker.facts.options import GradingOptions
from checker.grader import Grader


def grader_here(console: Console, opened: OpenClass, options: GradingOptions | None = None) -> Grader:
    """The grader of an open class, by *options*."""
    return Grader(options_of(opened, options_here(console, options or GradingOptions())))


def standing_here(console: Console, opened: OpenClass) -> tuple[Plan, Mapping[str, Run], tuple[StudentStanding, ...]]:
    """The plan of a class grading, the gradings on which the grades rest, and the standing of each student."""
    grader = grader_here(console, opened)
    to_do = WholeClass(opened, grader).plan(grader.course(), (), ())
    with opened.gradebook.reading() as connection:
        members, runs = students(connection), graded_runs(connection)
        grades = current_grades(runs, members, rules_of(connection, opened.file.late))
        got, now = fetched(connection), datetime.now(UTC)
        found = standings(members, to_do, got, latest_runs(connection), held(connection, now), grades)
    return to_do, runs, found
