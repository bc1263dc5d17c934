"""Whether a run failed for want of what another machine has, the declared environment first: then nobody fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checker.course import Course
from checker.facts.code import PythonFile
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import SAME_EVERYWHERE, concerned, missing_module, needs_python
from checker.facts.job import Finished, StudentError
from checker.model import Location, Unavailable, text

_FROM_DATA = frozenset({"FileNotFoundError", "UnicodeDecodeError"})
_WITHOUT_NETWORK = (SAME_EVERYWHERE - _FROM_DATA) | {"ImportError", "ModuleNotFoundError"}
"""Errors that no answer from the network would have kept away."""


def undecided(
    finished: Finished, course: Course, declared: Declared | None, use: EnvironmentUse | None
) -> Unavailable | None:
    """The verdict on a failed run that may well succeed on another machine, else None.

    What ran in the declared environment needs no other.
    """
    waiting = None if finished.environment == "declared" else needs_declared(finished.error, course, declared, use)
    if waiting is not None and finished.unmade is not None:
        waiting = replace(waiting, remedy=finished.unmade)
    return waiting or past_the_gateway(finished)


def newer_syntax(files: Iterable[PythonFile]) -> Unavailable | None:
    """The verdict where one of *files* can be read by a newer Python only, else None."""
    for file in files:
        if file.python is not None:
            what, remedy = needs_python((*file.problem_where, Location(file.path))[0], file.python)
            return Unavailable(what=what, remedy=remedy)
    return None


def past_the_gateway(finished: Finished) -> Unavailable | None:
    """The verdict on a run that may have failed because its requests led nowhere, or were not seen, in plain mode."""
    kind = finished.error.name.rpartition(".")[2] if finished.error is not None else ""
    if not finished.unseen or kind in _WITHOUT_NETWORK:
        return None
    return Unavailable(
        what=text(
            "Data may have been asked for by {names}, which cannot be seen in plain mode.", names=finished.unseen
        ),
        remedy=text("Check it with --sandbox bubblewrap, on Linux or in continuous integration."),
        details={"unseen": list(finished.unseen)},
    )


def needs_declared(
    error: StudentError | None, course: Course, declared: Declared | None, use: EnvironmentUse | None
) -> Unavailable | None:
    """The verdict on a failed run that may well succeed with the declared versions, else None.

    Only versions of what the project imports count. A misspelt name or a missing file fails with any version, and
    is judged.
    """
    if error is None:
        return None
    kind = error.name.rpartition(".")[2]
    if kind in SAME_EVERYWHERE:
        return None
    module = missing_module(error)
    unmet = concerned(error, declared, use)
    if module is not None and not unmet:
        package = module.partition(".")[0]
        if package in course.environment.distributions:
            return Unavailable(
                what=text("The library {package} is not on this machine.", package=package),
                remedy=text("Judge it on a machine where {package} is installed.", package=package),
                details={"missing": [package]},
            )
    if not unmet or declared is None:
        return None
    return Unavailable(
        what=text(
            "It needs the declared environment ({packages}): here it ends with {error}.",
            packages=tuple(
                text("{name} {wanted}, here {here}", name=one.package.name, wanted=one.package.spec, here=one.here)
                if one.here
                else text("{name} {wanted}, not here", name=one.package.name, wanted=one.package.spec)
                for one in unmet[:5]
            ),
            error=kind,
        ),
        remedy=text("Run it in the environment that {file} declares.", file=declared.main.path),
        details={
            "unmet": [{"name": one.package.name, "wanted": one.package.spec, "here": one.here} for one in unmet],
        },
    )
