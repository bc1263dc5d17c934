"""``checker class rescore``: the grades by the stored verdicts, and what they would be by other rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from checker.classroom.current import renew_grades, rules_of
from checker.classroom.gradebook.roster import students
from checker.classroom.gradebook.runs import graded_runs
from checker.classroom.what_if import Change, changes, other_rules
from checker.classroom.whole_class import options_of
from checker.cli.check import options_here
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.model import Text, text


def run(console: Console, folder: Path, what_if: tuple[str, ...]) -> None:
    """With *what_if*, print who would change, and change nothing; without, bring all grades to what holds now.

    Raises UsageError for a rule that the course does not have, ClassError where the class cannot be used.
    """
    now = datetime.now(UTC)
    with opened_here(folder) as opened:
        late = opened.file.late
        if not what_if:
            with opened.gradebook.writing() as connection:
                changed = renew_grades(connection, late, "rescore", now)
            console.say(text("Grades that have changed: {count}.", count=len(changed)))
            return
        course = Grader(options_of(opened, options_here(console, GradingOptions()))).course().course
        with opened.gradebook.reading() as connection:
            rules = rules_of(connection, late)
            would_be = other_rules(rules, what_if, course, now)
            found = changes(graded_runs(connection), students(connection), rules, would_be)
    if not found:
        console.say(text("No grade would change."))
        return
    console.say(text("Grades that would change: {count}. Nothing was changed.", count=len(found)))
    for one in found:
        say_row(console, _line(one))


def _line(one: Change) -> Text:
    return text(
        "{name}: {now} → {would_be} of {most}",
        name=one.student.name or one.student.key,
        now=float(one.now.points),
        would_be=float(one.would_be.points),
        most=float(one.would_be.max_points),
    )
