"""How far a student has come: the traces of work, by the names that the course file uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """The traces that were found: ``module``, ``main-script``, ``gitignore``, ``dockerfile``, …"""

    traces: frozenset[str]
