"""Courses that differ from another one in a setting."""

from __future__ import annotations

from typing import Any

from checker.course import Course


def with_pylint(course: Course, **settings: Any) -> Course:
    """*course* with other settings of pylint."""
    assert course.pylint is not None
    return course.model_copy(update={"linters": (course.pylint.model_copy(update=settings),)})
