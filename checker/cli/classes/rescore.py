"""``checker class rescore``: the grades from stored verdicts, and the grades under other rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from checker.classroom.current import renew_grades, rules_of
from checker.classroom.gradebook.roster import students
from checker.classroom.gradebook.runs import graded_runs
from checker.classroom.what_if import changes, other_rules
from checker.cli.classes.grading import grader_here
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_row
from checker.cli.console import Console
from checker.model import text


def run(console: Console, folder: Path, what_if: tuple[str, ...]) -> None:
    """With *what_if*, print whose grade would change, and change nothing; without, update all grades.

    Raises UsageError for a rule that the course does not have, ClassError if the class cannot be used.
    """
    now = datetime.now(UTC)
    with opened_here(folder) as opened:
        late = opened.file.late
        if not what_if:
            with opened.gradebook.writing() as connection:
                changed = renew_grades(connection, late, "rescore", now)
            console.say(text("Grades that have changed: {count}.", count=len(changed)))
            return
        course = grader_here(console, opened).course().course
        with opened.gradebook.reading() as connection:
            rules = rules_of(connection, late)
            would_be = other_rules(rules, what_if, course, now)
            all_changes = changes(graded_runs(connection), students(connection), rules, would_be)
    if not all_changes:
        console.say(text("No grade would change."))
        return
    console.say(text("Grades that would change: {count}. Nothing was changed.", count=len(all_changes)))
    for change in all_changes:
        words = text(
            "{name}: {now} → {would_be} of {most}",
            name=change.student.shown,
            now=float(change.now.points),
            would_be=float(change.would_be.points),
            most=float(change.would_be.max_points),
        )
        say_row(console, words)
