"""Addresses of tables, cut into the parts that a student can move, and moved elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from checker.course import Course
from checker.facts.running import Request

MOVED = "moved-"
"""What a part of an address gets in front of it when it is moved."""

_AMAZON = re.compile(r"^(?>(?P<bucket>.+?)\.s3[.-])[\w.-]*amazonaws\.com$")


def address(request: Request) -> str:
    """Where a request went, without its query: two requests for one place have the same address."""
    return f"{request.host}{unquote(request.path)}".rstrip("/")


def parts_of(request: Request, course: Course) -> tuple[tuple[str, str], ...]:
    """The parts of an address beside the name of the file, as ``(name, kind)``.

    ``bucket`` comes first, then each ``folder``; an address that has neither is a link on its ``host``.
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


def moved(value: str, parts: Iterable[str]) -> str:
    """*value* with each of *parts* that stands in it as a whole step of a path moved."""
    wanted = frozenset(parts)
    return "/".join(f"{MOVED}{step}" if step in wanted else step for step in value.split("/"))


def elsewhere(value: str, course: Course) -> str:
    """*value*, a value of a configuration, changed so that an address made of it is another one.

    The name of a file keeps its beginning and its suffix, so that it is still known what is in it. A link moves by
    its folders, or by its host where it has none.
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
    scheme, _, rest = value.partition("://")
    place, query = re.split(r"(?=[?#]|$)", rest, maxsplit=1)
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
    begins = (*course.data.stems, *(f"{own}." for own in course.data.own))
    return "." in name and lower.startswith(begins)
