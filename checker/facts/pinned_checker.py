"""The version of the checker that a course was made with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PinnedChecker:
    """The version that the starter pins, and the one that is ``running``, both in their normal form."""

    version: str
    running: str
