"""``checker explain``: the statement of a step, or the page of a check."""

from __future__ import annotations

from pathlib import Path

from checker.checks.registry import checks
from checker.cli.console import Console
from checker.cli.pages import show_page
from checker.cli.surroundings import defaults_near
from checker.course import Course
from checker.explanations import explanation, title
from checker.grader import course_of
from checker.grading import title_of
from checker.model import text
from checker.selection import unknown


def run(console: Console, name: str | None, course: str | None) -> None:
    """Print the page of *name*. Raises UsageError if there is no such step or check."""
    file = course_of(course, defaults_near(Path()))
    known = checks()
    steps = {step.id: step for step in file.course.steps}
    if name is None:
        _list(console, file.course)
    elif name in steps:
        statement = file.statement(name, console.language) or file.statement(name, file.course.languages[0])
        show_page(console, statement or console.speech().say(title_of(steps[name])))
        console.write("")
        console.say(text("What is checked (checker explain NAME says more):"))
        _checks(console, file.course, name)
    elif name in known:
        show_page(console, explanation(known[name], console.language, file.course))
    else:
        raise unknown(name, [*steps, *known])


def _list(console: Console, course: Course) -> None:
    for step in course.steps:
        console.write(f"{step.id}  {console.speech().say(title_of(step))}")
        _checks(console, course, step.id)


def _checks(console: Console, course: Course, step: str) -> None:
    known = checks()
    for owner, entry in course.checks():
        if owner.id == step:
            console.write(f"     {entry.id:<24} {console.speech().say(title(known[entry.id], course))}")
