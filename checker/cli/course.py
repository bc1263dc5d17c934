"""``checker course``: validate a course file, or show what it holds."""

from __future__ import annotations

from checker.checks.registry import checks
from checker.cli.console import Console
from checker.course import DEFAULT_EDITION, load
from checker.model import text


def check(console: Console, name: str) -> None:
    """Validate the course. Raises CourseError with the line of the first mistake."""
    file = load(name, frozenset(checks()))
    count = sum(1 for _ in file.course.checks())
    console.say(
        text(
            "{path} is valid: {steps} steps, {checks} checks, {points} points, hash {hash}.",
            path=str(file.path.name),
            steps=len(file.course.steps),
            checks=count,
            points=sum(float(entry.points) for _, entry in file.course.checks()),
            hash=file.hash,
        ),
    )


def show(console: Console, name: str | None) -> None:
    """Print the steps with their checks and points."""
    file = load(name or DEFAULT_EDITION, frozenset(checks()))
    speech = console.speech()
    console.write(f"{file.course.id} {file.course.edition} ({file.hash})")
    for step in file.course.steps:
        title = step.title.get("fr" if speech.language == "fr" else "en") or next(iter(step.title.values()))
        console.write(f"{step.id:<5} {title}  {speech.show(step.points)}")
        for entry in step.checks:
            console.write(f"        {entry.id:<26} {speech.show(entry.points):>5}")
