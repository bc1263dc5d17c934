"""``checker class override``, ``waive``, ``weigh`` and ``withdraw``: an instructor's decisions, with their reasons."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from checker.classroom.current import renew_grades
from checker.classroom.gradebook.decisions import add_decision, all_decisions, holding
from checker.classroom.gradebook.roster import students
from checker.classroom.named import student_named
from checker.classroom.records import Decision, DecisionKind
from checker.cli.classes.grading import grader_here
from checker.cli.classes.opened import opened_here
from checker.cli.console import Console
from checker.course import Course
from checker.errors import UsageError, did_you_mean
from checker.model import text

_MOST_POINTS = 1000


def run(
    console: Console,
    folder: Path,
    decision_kind: str,
    check: str,
    reason: str,
    *,
    student: str | None = None,
    points: str | None = None,
    author: str | None = None,
) -> None:
    """Store the decision, and print whose grade it changes.

    Raises UsageError for an unknown check or student or impossible points, ClassError if the class cannot be used.
    """
    kind = DecisionKind(decision_kind)
    value = None if points is None else _points(points)
    if kind is not DecisionKind.WITHDRAWN and not reason.strip():
        raise UsageError(
            text("A decision needs a reason: others will read it."), text("Say why: --reason 'ill in the last week'")
        )
    with opened_here(folder) as opened:
        _demand_check(check, grader_here(console, opened).course().course)
        now = datetime.now(UTC)
        with opened.gradebook.writing() as connection:
            members = students(connection)
            subject = None if student is None else student_named(members, student).key
            if kind is DecisionKind.WITHDRAWN:
                _demand_decision(check, subject, holding(all_decisions(connection)))
            decision = Decision(
                kind=kind,
                check=check,
                student=subject,
                points=value,
                reason=reason.strip(),
                author=author or _author(),
                at=now,
            )
            add_decision(connection, decision)
            changed = renew_grades(connection, opened.file.late, kind.value, now)
    console.say(text("Noted, by {author}.", author=decision.author))
    names = {one.key: one.shown for one in members}
    if changed:
        who = tuple(names[key] for key in changed)
        console.say(text("Grades that have changed: {count} ({names}).", count=len(changed), names=who))
    else:
        console.say(text("No grade has changed by it."))


def _demand_check(check: str, course: Course) -> None:
    known = [entry.id for _, entry in course.checks()]
    if check not in known:
        remedy = did_you_mean(check, known, text("They are listed by: checker course show"))
        raise UsageError(text("The course has no check {check}.", check=check), remedy)


def _demand_decision(check: str, student: str | None, holds: tuple[Decision, ...]) -> None:
    if not any((decision.check, decision.student) == (check, student) for decision in holds):
        raise UsageError(
            text("There is no decision on {check} to withdraw.", check=check),
            text("For the decision on one student, name them: --student NAME"),
        )


def _points(words: str) -> Fraction:
    try:
        value = Fraction(words.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(
            text("{words} is no number of points.", words=words), text("Write it as 1.5, 1,5 or 3/2.")
        ) from error
    if not 0 <= value <= _MOST_POINTS:
        raise UsageError(
            text("{words} is no number of points.", words=words),
            text("It is between 0 and {most}.", most=_MOST_POINTS),
        )
    return value


def _author() -> str:
    """The author of a decision: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"
