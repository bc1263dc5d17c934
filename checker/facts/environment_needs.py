"""Whether a failed run of student code could succeed with the versions that the project declares."""

from __future__ import annotations

import re

from checker.facts.environment import Declared, EnvironmentUse, Unmet
from checker.facts.job import StudentError
from checker.model import Location, Text, text

_SAME_EVERYWHERE = """AssertionError BdbQuit EOFError FileNotFoundError IndentationError IsADirectoryError
KeyboardInterrupt NameError NotADirectoryError PermissionError RecursionError SyntaxError TabError TclError
UnboundLocalError UnicodeDecodeError UnicodeEncodeError ZeroDivisionError"""
SAME_EVERYWHERE = frozenset(_SAME_EVERYWHERE.split())
"""Errors that no version of a library causes or cures."""

SERVICE_MODULES = ("google.colab", "kaggle_secrets", "pyodide", "js", "dbutils")
"""Modules that exist only in the notebooks of one service: no declaration provides them."""


def missing_module(error: StudentError | None) -> str | None:
    """The full name of the module that an import failed to find."""
    if error is None or error.name not in {"ModuleNotFoundError", "ImportError"}:
        return None
    match = re.search(r"No module named '([\w.]+)'", error.message)
    return match[1] if match else None


def would_differ(error: StudentError | None, declared: Declared | None, use: EnvironmentUse | None) -> bool:
    """True where a run that failed with *error* should be repeated in the declared environment."""
    if error is None or error.name.rpartition(".")[2] in SAME_EVERYWHERE:
        return False
    return bool(concerned(error, declared, use))


def concerned(error: StudentError, declared: Declared | None, use: EnvironmentUse | None) -> tuple[Unmet, ...]:
    """The declared versions that are not installed here and that may have caused *error*.

    Only packages that the project imports count; where an import failed, only the package of that import.
    """
    if declared is None or use is None:
        return ()
    imported = {required.declared.key for required in use.required if required.declared is not None}
    unmet = tuple(entry for entry in declared.unmet if entry.package.key in imported)
    module = missing_module(error)
    if module is None:
        return unmet
    package = module.partition(".")[0]
    return tuple(entry for entry in unmet if package in _import_names(entry, use))


def needs_python(where: Location, version: str) -> tuple[Text, Text]:
    """The reason why code at *where* cannot be judged here (only Python *version* parses it), and the remedy."""
    return (
        text("{where} needs Python {version}, which is newer than the one here.", where=where, version=version),
        text("Choose the Python that the checker runs with: uvx has the option --python."),
    )


def _import_names(unmet: Unmet, use: EnvironmentUse) -> frozenset[str]:
    return frozenset(
        required.package.partition(".")[0]
        for required in use.required
        if required.declared is not None and required.declared.key == unmet.package.key
    )
