"""Whether a run failed for want of the environment that its repository declares: then nobody fails."""

from __future__ import annotations

import re

from checker.facts.running import StudentError
from checker.facts.unmet import Unmet
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


def missing_module(error: StudentError | None) -> str | None:
    """The full name of the module that an import did not find."""
    if error is None or error.name not in {"ModuleNotFoundError", "ImportError"}:
        return None
    found = re.search(r"No module named '([\w.]+)'", error.message)
    return found[1] if found else None


def needs_declared(error: StudentError | None, unmet: Unmet | None) -> Unavailable | None:
    """The verdict on a failed run that may well succeed with the declared versions, else None.

    A misspelt name or a missing file fails with any version, and is judged.
    """
    if error is None or unmet is None:
        return None
    kind = error.name.rpartition(".")[2]
    if kind in _SAME_EVERYWHERE:
        return None
    if kind == "SyntaxError":
        return _python(unmet) if unmet.newer_python else None
    module = missing_module(error)
    concerned = unmet.packages
    if module is not None:
        package = module.partition(".")[0]
        concerned = tuple(one for one in concerned if package in one.imports)
        if not concerned and package in unmet.known:
            return Unavailable(
                what=text("The library {package} is not on this machine.", package=package),
                remedy=text("Judge it on a machine where {package} is installed.", package=package),
                details={"missing": [package]},
            )
    if not concerned:
        return None
    return Unavailable(
        what=text(
            "It needs the declared environment: {packages}. It ended with {error}.",
            packages=tuple(
                text("{name} {wanted} (here: {here})", name=one.name, wanted=one.wanted, here=one.here or "–")
                for one in concerned[:5]
            ),
            error=kind,
        ),
        remedy=text("Run it in the environment that {file} declares.", file=unmet.file),
        details={"unmet": [{"name": one.name, "wanted": one.wanted, "here": one.here} for one in concerned]},
    )


def _python(unmet: Unmet) -> Unavailable:
    return Unavailable(
        what=text("It needs Python {version}, which is newer than the one here.", version=unmet.newer_python or ""),
        remedy=text("Run it in the environment that {file} declares.", file=unmet.file),
    )
