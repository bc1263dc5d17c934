"""How far a student has come: the traces of work, by the names that the course file uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """The traces that were found: ``module``, ``main-script``, ``gitignore``, ``dockerfile``, …

    ``unknown`` are those that this machine cannot see: a request, where there is no forge to ask; a branch, in an
    archive without its history.
    """

    traces: frozenset[str]
    unknown: frozenset[str] = frozenset()
