"""The files of courses: editions that come with the checker, and course files by their path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

DEFAULT_EDITION = "ensae-2022"


def shipped_courses() -> Path:
    """The folder of the editions, and of the tables that they share."""
    return Path(str(resources.files("checker"))) / "courses"


def editions() -> tuple[str, ...]:
    """The editions shipped with the checker."""
    return tuple(sorted(path.parent.name for path in shipped_courses().glob("*/course.yaml")))


def course_path(name: str) -> Path:
    """The file of the edition *name*, or of the course at that path; it need not exist."""
    if "/" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    return shipped_courses() / name / "course.yaml"
