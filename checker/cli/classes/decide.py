"""``checker class override``, ``waive``, ``weigh`` and ``withdraw``: what an instructor decides, with a reason."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from checker.classroom.current import renew_grades
from checker.classroom.gradebook.decisions import add_decision, all_decisions, holding
from checker.classroom.gradebook.roster import students
from checker.classroom.named import student_named
from checker.classroom.opening import OpenClass
from checker.classroom.records import Decision, DecisionKind
from checker.classroom.whole_class import options_of
from checker.cli.check import options_here
from checker.cli.classes.opened import opened_here
from checker.cli.console import Console
from checker.errors import UsageError
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.model import text

_MOST_POINTS = 1000


def run(
    console: Console,
    folder: Path,
    kind: DecisionKind,
    check: str,
    reason: str,
    *,
    student: str | None = None,
    points: str | None = None,
    author: str | None = None,
) -> None:
    """Keep the decision, and say whose grade it changes.

    Raises UsageError for a check, a student or points that there are not, ClassError where the class cannot be used.
    """
    value = None if points is None else _points(points)
    if kind is not DecisionKind.WITHDRAWN and not reason.strip():
        raise UsageError(
            text("A decision needs a reason: others will read it."), text("Say why: --reason 'ill in the last week'")
        )
    with opened_here(folder) as opened:
        _known(check, _checks(console, opened))
        now = datetime.now(UTC)
        with opened.gradebook.writing() as connection:
            members = students(connection)
            who = None if student is None else student_named(members, student).key
            if kind is DecisionKind.WITHDRAWN:
                _there(check, who, holding(all_decisions(connection)))
            decision = Decision(
                kind=kind,
                check=check,
                student=who,
                points=value,
                reason=reason.strip(),
                author=author or _author(),
                at=now,
            )
            add_decision(connection, decision)
            changed = renew_grades(connection, opened.file.late, kind.value, now)
    console.say(text("Noted, by {author}.", author=decision.author))
    names = {one.key: one.name or one.key for one in members}
    if changed:
        console.say(
            text(
                "Grades that have changed: {count} ({names}).",
                count=len(changed),
                names=tuple(names[key] for key in changed),
            )
        )
    else:
        console.say(text("No grade has changed by it."))


def _checks(console: Console, opened: OpenClass) -> tuple[str, ...]:
    course = Grader(options_of(opened, options_here(console, GradingOptions()))).course().course
    return tuple(entry.id for _, entry in course.checks())


def _known(check: str, known: tuple[str, ...]) -> None:
    if check not in known:
        close = get_close_matches(check, known, n=1, cutoff=0.5)
        raise UsageError(
            text("The course has no check {check}.", check=check),
            text("Did you mean {name}?", name=close[0]) if close else text("They are listed by: checker course show"),
        )


def _there(check: str, student: str | None, holds: tuple[Decision, ...]) -> None:
    if not any((one.check, one.student) == (check, student) for one in holds):
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
    """Who decides: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"
