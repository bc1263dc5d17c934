"""URLs of tables: their parts, and their change to another location."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from checker.course import Course
from checker.facts.job import HttpRequest

MOVED = "moved-"
"""The prefix of a changed part of a URL."""

_AMAZON = re.compile(r"^(?>(?P<bucket>.+?)\.s3[.-])[\w.-]*amazonaws\.com$")


def address(request: HttpRequest) -> str:
    """The URL of a request without its query; requests for one location have equal addresses."""
    return f"{request.host}{unquote(request.path)}".rstrip("/")


def url_parts(request: HttpRequest, course: Course) -> tuple[tuple[str, str], ...]:
    """The parts of a URL without the file name, as ``(name, kind)``.

    ``bucket`` comes first, then each ``folder``; a URL that has neither is a link on its ``host``.
    """
    host = request.host.partition(":")[0].lower()
    folders = [part for part in unquote(request.path).split("/")[:-1] if part]
    virtual = _AMAZON.match(host)
    bucket = virtual["bucket"] if virtual else host.removesuffix(f".{course.data.endpoint}")
    if bucket != host:
        return ((bucket, "bucket"), *((folder, "folder") for folder in folders))
    if not folders:
        return ((host, "host"),)
    return ((folders[0], "bucket"), *((folder, "folder") for folder in folders[1:]))


def moved_url(value: str, parts: Iterable[str]) -> str:
    """*value* with each of *parts* changed where it is a whole segment of the path."""
    changed = frozenset(parts)
    return "/".join(f"{MOVED}{step}" if step in changed else step for step in value.split("/"))


def url_elsewhere(value: str, course: Course) -> str:
    """The configuration value *value*, changed so that a URL made of it is another one.

    A file name keeps its beginning and its suffix, so that its content stays recognisable. A link changes in its
    folders, or in its host where it has none.
    """
    if "://" in value:
        return _link_elsewhere(value, course)
    steps = value.split("/")
    if _is_file(steps[-1], course):
        if any(step not in ("", ".", "..") for step in steps[:-1]):
            return "/".join([*(_step(step) for step in steps[:-1]), steps[-1]])
        stem, dot, suffix = steps[-1].partition(".")
        return "/".join([*steps[:-1], f"{stem}_{MOVED.strip('-')}{dot}{suffix}"])
    return "/".join(_step(step) for step in steps)


def _link_elsewhere(value: str, course: Course) -> str:
    scheme, _, location = value.partition("://")
    place, query = re.split(r"(?=[?#]|$)", location, maxsplit=1)
    authority, *steps = place.split("/")
    last = len(steps) - 1 if steps and _is_file(steps[-1], course) else len(steps)
    bucket_first = not scheme.lower().startswith("http")
    if bucket_first or not any(steps[:last]):
        authority = f"{MOVED}{authority}"
    steps = [*(_step(step) for step in steps[:last]), *steps[last:]]
    return f"{scheme}://{'/'.join([authority, *steps])}{query}"


def _step(step: str) -> str:
    return step if step in ("", ".", "..") or step.startswith(("$", "{")) else f"{MOVED}{step}"


def _is_file(name: str, course: Course) -> bool:
    lower = name.lower()
    begins = (*course.data.beginnings, *(f"{alias}." for alias in course.data.own))
    return "." in name and lower.startswith(begins)
