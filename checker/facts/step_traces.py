"""The traces of the student's progress, by the names that the course file uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trace = Literal[
    "always",
    "branch",
    "own-work",
    "module",
    "function-in-main",
    "main-script",
    "main-file",
    "module-and-running-main",
    "source-folder",
    "notebook-folder",
    "data-folder",
    "import-from-folder",
    "environment-file",
    "network-read",
    "data-gone",
    "gitignore",
    "request",
    "configuration-file",
    "configuration-read",
    "small-environment",
    "dockerfile",
]
"""The traces that a course file may name."""


@dataclass(frozen=True, slots=True)
class StepTraces:
    """The traces that were found: ``module``, ``main-script``, ``gitignore``, ``dockerfile``, …

    ``unknown`` are the traces that this machine cannot see: a pull request without a forge to ask, a branch in an
    archive without history.
    """

    traces: frozenset[str]
    unknown: frozenset[str] = frozenset()
