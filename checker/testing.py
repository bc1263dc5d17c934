"""For authors of checks: the facts that many checks need, made in a line, and the verdict of a check on facts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from checker.checks.registry import checks
from checker.course import Course, load
from checker.evidence.project.code import read_code
from checker.facts.code import Code
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import MainRun
from checker.facts.tree import Tree
from checker.model import Location, Unavailable, Verdict
from checker.needs import needs

_KILLED = 9
_NONE: Mapping[type, Unavailable] = MappingProxyType({})


def verdict_of(identity: str, *facts: object, unavailable: Mapping[type, Unavailable] = _NONE) -> Verdict:
    """What the check of that id says of these facts, which are found by their type, in any order.

    A fact that the check can do without is None where it is not given; one that is *unavailable* is told to a check
    that asks to know, and is the verdict of any other. Raises KeyError where there is no such check, TypeError where
    a fact is missing that it needs.
    """
    check = checks()[identity]
    arguments: list[object] = []
    for need in needs(check.judge):
        if (lacking := unavailable.get(need.kind)) is not None:
            if not need.told:
                return lacking
            arguments.append(lacking)
            continue
        fitting = [fact for fact in facts if isinstance(fact, need.kind)]
        if not fitting and not need.optional:
            raise TypeError(f"{identity} needs a {need.kind.__name__}")
        arguments.append(fitting[0] if fitting else None)
    return check(*arguments)


def tree(files: Mapping[str, str | bytes] | None = None) -> Tree:
    """A submission with these files, contents by path. Without *files* it holds an empty ``main.py``."""
    return Tree.of({"main.py": ""} if files is None else files)


def code(files: Tree | Mapping[str, str | bytes] | None = None, course: Course | None = None, **options: Any) -> Code:
    """The code of a tree, or of these files, as the probe reads it by *course* (by default the default edition).

    *options* are those of :func:`checker.evidence.project.code.read_code`: ``notebook``, ``main``, ``absent``.
    """
    submission = files if isinstance(files, Tree) else tree(files)
    return read_code(submission, course or load().course, options.pop("notebook", None), **options)


def finished(end: End = End.EXIT, status: int | None = None, *, seconds: float = 1, **fields: Any) -> Finished:
    """A run that ended well after a second, unless the arguments say otherwise. *fields* are those of Finished.

    Where no *status* is given, it is 0, or 1 with an ``error``; a run that reached a limit was killed by signal 9.
    """
    if status is None:
        status = _KILLED if end is not End.EXIT else int(fields.get("error") is not None)
    return Finished(end=end, status=status, seconds=seconds, **fields)


def crashed(name: str, message: str = "", *frames: tuple[Location, str], **fields: Any) -> Finished:
    """A run that the exception *name* ended. *frames* are places and their lines of source, outermost first."""
    return finished(error=StudentError(name, message, frames), **fields)


def main_run(
    run: Finished | None = None,
    *,
    path: str = "main.py",
    substitute: bool = False,
    **fields: Any,
) -> MainRun:
    """The main script after *run*, by default one that ended well. *fields* are those of MainRun."""
    return MainRun(path, substitute, run or finished(), **fields)
