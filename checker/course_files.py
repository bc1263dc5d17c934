"""The files of courses: editions that come with the checker, and course files by their path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

DEFAULT_EDITION = "ensae-2022"
FILE = "course.yaml"
"""The name of a course file in the folder of its course."""


def shipped_courses() -> Path:
    """The folder of the editions, and of the tables that they share."""
    return Path(str(resources.files("checker"))) / "courses"


def editions() -> tuple[str, ...]:
    """The editions shipped with the checker."""
    return tuple(sorted(path.parent.name for path in shipped_courses().glob(f"*/{FILE}")))


def course_path(name: str) -> Path:
    """The file of the edition *name*, or of the course whose file or folder is at that path; it need not exist."""
    path = Path(name)
    if path.is_dir() and ("/" in name or not (shipped_courses() / name).is_dir()):
        return path / FILE
    return path if "/" in name or name.endswith((".yaml", ".yml")) else shipped_courses() / name / FILE
