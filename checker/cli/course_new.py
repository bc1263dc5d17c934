"""``checker course new``: make the beginning of a course."""

from __future__ import annotations

import shlex
from pathlib import Path

from checker.cli.console import Console
from checker.model import text
from checker.new_course import begin


def run(console: Console, directory: Path, course: str | None, edition: str | None) -> None:
    """Make the beginning of a course. Raises UsageError if the folder is taken, or a name is impossible."""
    begun = begin(directory, course=course, edition=edition)
    console.say(text("The course is ready in {path}.", path=str(begun.folder)))
    if not begun.has_solutions:
        console.say(text("It begins without solutions and mutants: they are in a checkout of the checker only."))
    console.say(
        text(
            "Change it, and see whether it holds together: {command}",
            command=f"checker course check {shlex.quote(str(begun.folder))}",
        )
    )
