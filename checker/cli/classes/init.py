"""``checker class init``: make the folder of a class."""

from __future__ import annotations

from pathlib import Path

from checker.checks.registry import checks
from checker.classroom.folder import ClassFolder
from checker.classroom.new_class import new_class_file
from checker.cli.console import Console
from checker.course import load
from checker.course_files import DEFAULT_EDITION
from checker.model import text


def run(console: Console, folder: Path, asked: str | None) -> None:
    """Make the folder, and print the next step. Raises UsageError if there is one, CourseError for a wrong course."""
    course = asked or DEFAULT_EDITION
    load(course, frozenset(checks()))
    made = ClassFolder(folder.resolve())
    made.make(new_class_file(course, console.language))
    console.say(text("The class is in {folder}.", folder=str(made.root)))
    console.say(text("Fill in {file}, then add the students: checker class add roster.csv", file=str(made.class_file)))
