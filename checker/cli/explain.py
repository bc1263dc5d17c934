"""``checker explain``: the statement of a step, or the page of a check."""

from __future__ import annotations

from checker.checks.registry import checks
from checker.cli.console import Console
from checker.cli.pages import show_page
from checker.defaults import Defaults
from checker.explanations import explanation
from checker.model import text
from checker.session import course_of, unknown


def run(console: Console, name: str | None, course: str | None) -> None:
    """Print what there is to know about *name*. Raises UsageError where there is no such step or check."""
    file = course_of(course, Defaults())
    known = checks()
    steps = {step.id: step for step in file.course.steps}
    if name is None:
        for step in file.course.steps:
            title = step.title.get("fr" if console.language == "fr" else "en") or next(iter(step.title.values()))
            console.write(f"{step.id}  {title}")
            for entry in step.checks:
                console.write(f"      {entry.id}")
    elif name in steps:
        statement = file.statement(name, console.language)
        show_page(console, statement or str(steps[name].title))
        ids = tuple(entry.id for entry in steps[name].checks)
        console.say(text("\nIts checks: {names} (checker explain NAME).", names=ids))
    elif name in known:
        show_page(console, explanation(known[name], console.language))
    else:
        raise unknown(name, [*steps, *known])
