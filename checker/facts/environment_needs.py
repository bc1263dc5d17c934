"""Whether a failed run of student code would go otherwise with the versions that the project declares."""

from __future__ import annotations

import re
import sys

from checker.facts.environment import Declared, EnvironmentUse, Unmet
from checker.facts.running import StudentError

SAME_EVERYWHERE = frozenset(
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


def would_differ(error: StudentError | None, declared: Declared | None, use: EnvironmentUse | None) -> bool:
    """Whether a run that ended with *error* is worth another one in the declared environment."""
    if error is None or declared is None:
        return False
    kind = error.name.rpartition(".")[2]
    if kind in SAME_EVERYWHERE:
        return False
    if kind == "SyntaxError":
        return newer_python(declared) is not None
    return bool(concerned(error, declared, use))


def concerned(error: StudentError, declared: Declared | None, use: EnvironmentUse | None) -> tuple[Unmet, ...]:
    """The declared versions that are not met here and that *error* may come from.

    Only packages that the project imports count; where a module was not found, only its own package.
    """
    if declared is None or use is None:
        return ()
    imported = {one.declared.key for one in use.required if one.declared is not None}
    unmet = tuple(one for one in declared.unmet if one.package.key in imported)
    module = missing_module(error)
    if module is None:
        return unmet
    package = module.partition(".")[0]
    return tuple(one for one in unmet if package in _import_names(one, use))


def newer_python(declared: Declared | None) -> str | None:
    """The minor version of Python that is declared, where it is newer than the one here."""
    python = declared.main.python if declared is not None else None
    found = re.search(r"3\.(\d+)", python.spec) if python is not None else None
    return found[0] if found is not None and int(found[1]) > sys.version_info.minor else None


def _import_names(unmet: Unmet, use: EnvironmentUse) -> frozenset[str]:
    return frozenset(
        one.package.partition(".")[0]
        for one in use.required
        if one.declared is not None and one.declared.key == unmet.package.key
    )
