"""``checker class status``: where the class stands, also while another process grades it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from checker.classroom.class_file import LateTable
from checker.classroom.current import current_grades, rules_of
from checker.classroom.gradebook.claims import held
from checker.classroom.gradebook.roster import fetched, students
from checker.classroom.gradebook.runs import graded_runs, latest_runs
from checker.classroom.opening import OpenClass
from checker.classroom.planning import Plan
from checker.classroom.standing import Stand, StudentStanding, standings
from checker.classroom.whole_class import WholeClass, options_of
from checker.cli.check import options_here
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.model import Text, text

_LONGEST_NAME = 28
_WORDS = {
    Stand.NO_REPOSITORY: text("without a repository"),
    Stand.NOT_FETCHED: text("not fetched yet"),
    Stand.UNREADY: text("cannot be graded now"),
    Stand.WAITING: text("waiting to be graded"),
    Stand.RUNNING: text("being graded"),
    Stand.GRADED: text("graded"),
    Stand.REFUSED: text("refused"),
    Stand.ERRORED: text("ended by a fault of the checker or the machine"),
}


def run(console: Console, folder: Path) -> None:
    """Print it. Raises UsageError where there is no class, ClassError where it cannot be used."""
    with opened_here(folder) as opened:
        grader = Grader(options_of(opened, options_here(console, GradingOptions())))
        to_do = WholeClass(opened, grader).plan(grader.course(), (), ())
        found = _standings(opened, to_do, opened.file.late)
    console.say(text("{folder}: students: {count}", folder=str(opened.folder.root), count=len(found)))
    counts = Counter(one.stand for one in found)
    for stand in Stand:
        if counts[stand]:
            say_row(console, text("{state}: {count}", count=counts[stand], state=_WORDS[stand]))
    for one in found:
        say_row(console, _line(one))
    console.say(_next(counts))


def _standings(opened: OpenClass, to_do: Plan, late: LateTable) -> tuple[StudentStanding, ...]:
    with opened.gradebook.reading() as connection:
        members = students(connection)
        grades = current_grades(graded_runs(connection), members, rules_of(connection, late))
        got, now = fetched(connection), datetime.now(UTC)
        return standings(members, to_do, got, latest_runs(connection), held(connection, now), grades)


def _line(one: StudentStanding) -> Text:
    name = (one.student.name or one.student.key)[:_LONGEST_NAME]
    state: Text = _WORDS[one.stand] if one.reason is None else one.reason
    if one.grade is None:
        return text("{name}: {state}", name=name, state=state)
    grade = text("{points} of {most}", points=float(one.grade.points), most=float(one.grade.max_points))
    if one.stand is Stand.GRADED:
        return text("{name}: {grade}", name=name, grade=grade)
    return text("{name}: {grade}; {state}", name=name, grade=grade, state=state)


def _next(counts: Counter[Stand]) -> Text:
    if not counts:
        return text("Next: checker class add roster.csv")
    if set(counts) == {Stand.NO_REPOSITORY}:
        return text("Next: checker class forks OWNER/REPO, or checker class add FOLDER with their work in it.")
    if counts[Stand.NOT_FETCHED]:
        return text("Next: checker class clone, then checker class grade.")
    if counts[Stand.WAITING]:
        return text("Next: checker class grade")
    return text("Next: checker class export")
