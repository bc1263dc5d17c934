"""Whether a run failed for want of what another machine has, the declared environment first: then nobody fails."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

from checker.course import Course
from checker.facts.environment import Declared, EnvironmentUse, Unmet
from checker.facts.running import Finished, StudentError
from checker.model import Unavailable, text

_SAME_EVERYWHERE = frozenset(
    {
        "AssertionError",
        "FileNotFoundError",
        "IndentationError",
        "IsADirectoryError",
        "KeyboardInterrupt",
        "NameError",
        "NotADirectoryError",
        "PermissionError",
        "RecursionError",
        "TabError",
        "UnboundLocalError",
        "ZeroDivisionError",
    },
)
"""Errors that no version of a library causes or cures."""

_WITHOUT_NETWORK = (_SAME_EVERYWHERE - {"FileNotFoundError"}) | {"ImportError", "ModuleNotFoundError", "SyntaxError"}
"""Errors that no answer from the network would have kept away."""


def missing_module(error: StudentError | None) -> str | None:
    """The full name of the module that an import did not find."""
    if error is None or error.name not in {"ModuleNotFoundError", "ImportError"}:
        return None
    found = re.search(r"No module named '([\w.]+)'", error.message)
    return found[1] if found else None


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


def would_differ(
    error: StudentError | None, course: Course, declared: Declared | None, use: EnvironmentUse | None
) -> bool:
    """Whether a failed run is worth another one in the declared environment: it has what is lacking here."""
    waiting = needs_declared(error, course, declared, use)
    return waiting is not None and "missing" not in waiting.details


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
    if kind in _SAME_EVERYWHERE:
        return None
    if kind == "SyntaxError":
        return _newer_python(declared)
    module = missing_module(error)
    concerned = _unmet(declared, use)
    if module is not None:
        package = module.partition(".")[0]
        concerned = tuple(one for one in concerned if package in _import_names(one, use))
        if not concerned and package in course.environment.distributions:
            return Unavailable(
                what=text("The library {package} is not on this machine.", package=package),
                remedy=text("Judge it on a machine where {package} is installed.", package=package),
                details={"missing": [package]},
            )
    if not concerned or declared is None:
        return None
    return Unavailable(
        what=text(
            "It needs the declared environment ({packages}): here it ends with {error}.",
            packages=tuple(
                text("{name} {wanted}, here {here}", name=one.package.name, wanted=one.package.spec, here=one.here)
                if one.here
                else text("{name} {wanted}, not here", name=one.package.name, wanted=one.package.spec)
                for one in concerned[:5]
            ),
            error=kind,
        ),
        remedy=text("Run it in the environment that {file} declares.", file=declared.main.path),
        details={
            "unmet": [{"name": one.package.name, "wanted": one.package.spec, "here": one.here} for one in concerned],
        },
    )


def _unmet(declared: Declared | None, use: EnvironmentUse | None) -> tuple[Unmet, ...]:
    """The declared versions that are not met here, of packages that the project imports."""
    if declared is None or use is None:
        return ()
    imported = {one.declared.key for one in use.required if one.declared is not None}
    return tuple(one for one in declared.unmet if one.package.key in imported)


def _import_names(unmet: Unmet, use: EnvironmentUse | None) -> frozenset[str]:
    required = use.required if use is not None else ()
    return frozenset(
        one.package.partition(".")[0]
        for one in required
        if one.declared is not None and one.declared.key == unmet.package.key
    )


def _newer_python(declared: Declared | None) -> Unavailable | None:
    python = declared.main.python if declared is not None else None
    found = re.search(r"3\.(\d+)", python.spec) if python is not None else None
    if declared is None or found is None or int(found[1]) <= sys.version_info.minor:
        return None
    return Unavailable(
        what=text("It needs Python {version}, which is newer than the one here.", version=found[0]),
        remedy=text("Run it in the environment that {file} declares.", file=declared.main.path),
    )
