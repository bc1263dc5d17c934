"""``checker course show`` and ``checker course export``: the content of a course, and an autograder of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checker import __version__
from checker.autograders.bundle import bundle
from checker.checks.registry import checks
from checker.cli.console import Console
from checker.cli.options import System
from checker.cli.surroundings import defaults_near
from checker.course import load
from checker.course_files import DEFAULT_EDITION, editions
from checker.grading import title_of
from checker.model import Text, text
from checker.render.entries import OPTIONAL


def show(console: Console, name: str | None) -> None:
    """Print the steps with their checks and points."""
    file = load(name or DEFAULT_EDITION, frozenset(checks()))
    speech = console.speech()
    console.write(f"{file.course.id} {file.course.edition} ({file.hash})")
    for step in file.course.steps:
        title = f"{step.id:<5} {speech.say(title_of(step))}"
        if step.optional:
            title += f" ({speech.say(OPTIONAL)})"
        console.write(f"{title:<56} {speech.show(step.points):>6}")
        for entry in step.checks:
            console.write(f"      {entry.id:<50} {speech.show(entry.points):>6}")


def export(console: Console, system: System, target: Path, name: str | None, source: str | None) -> None:
    """Write the autograder of *system*. Raises CourseError and UsageError."""
    file = load(name or DEFAULT_EDITION, frozenset(checks()))
    source = source or defaults_near(Path()).checker or f"titanic-checker=={__version__}"
    autograder = bundle(
        system,
        file,
        edition=None if name and name not in editions() else name or DEFAULT_EDITION,
        source=source,
        language=console.chosen,
    )
    autograder.write(target)
    console.say(text("The autograder for {system} is ready in {path}.", system=system, path=str(target)))
    console.say(text("Installed there: {source}", source=source))
    for sentence in _AFTERWARDS[system]:
        console.say(sentence)


_AFTERWARDS: Mapping[System, tuple[Text, ...]] = {
    "gradescope": (
        text("Upload it as the autograder of a programming assignment, with 2 CPUs and 3 GB of memory at least."),
    ),
    "classroom50": (
        text(
            "Put its files into the folder of the classroom's repository: {folder}",
            folder="CLASSROOM/autograders/ASSIGNMENT/",
        ),
        text("Let the assignment run with Python 3.12: its runtime says python 3.12."),
    ),
}
"""The steps left to do by hand."""
