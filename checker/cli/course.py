"""``checker course``: validate a course file, or show what it holds."""

from __future__ import annotations

from fractions import Fraction

from checker.checks.registry import checks
from checker.cli.console import Console
from checker.course import DEFAULT_EDITION, load
from checker.grading import title_of
from checker.model import text


def check(console: Console, name: str) -> None:
    """Validate the course. Raises CourseError with the line of the first mistake."""
    file = load(name, frozenset(checks()))
    entries = [entry for _, entry in file.course.checks()]
    console.say(
        text(
            "{path} is valid: {steps} steps, {checks} checks, {points} points, hash {hash}.",
            path=file.path.name,
            steps=len(file.course.steps),
            checks=len(entries),
            points=sum((entry.points for entry in entries), Fraction(0)),
            hash=file.hash,
        ),
    )


def show(console: Console, name: str | None) -> None:
    """Print the steps with their checks and points."""
    file = load(name or DEFAULT_EDITION, frozenset(checks()))
    speech = console.speech()
    console.write(f"{file.course.id} {file.course.edition} ({file.hash})")
    for step in file.course.steps:
        title = f"{step.id:<5} {speech.say(title_of(step))}"
        console.write(f"{title:<56} {speech.show(step.points):>6}")
        for entry in step.checks:
            console.write(f"      {entry.id:<50} {speech.show(entry.points):>6}")
