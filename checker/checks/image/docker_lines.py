"""Command lines that build and run the image of a project by Docker itself, under the name of the course."""

from __future__ import annotations

from checker.course import Course


def building(course: Course, *, quiet: bool = False) -> str:
    """Builds the image; *quiet*, it says the identity of the image alone."""
    return f"docker build {'-q ' if quiet else ''}-t {course.image_name} ."


def running(course: Course) -> str:
    """Runs the image that was built, and removes the container."""
    return f"docker run --rm {course.image_name}"


def by_hand(course: Course) -> str:
    """Builds the image, then runs it."""
    return f"{building(course)} && {running(course)}"
