"""The main script at work: on the course's data, and on other data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.facts.running import Finished
from checker.model import NOTHING, Json


@dataclass(frozen=True, slots=True)
class MainRun:
    """``python main.py`` from the root, with the course's data on the network and nothing else changed."""

    path: str
    substitute: bool
    finished: Finished

    @property
    def succeeded(self) -> bool:
        return self.finished.succeeded


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix of two classes that was found in an output: rows are what was true."""

    cells: tuple[tuple[float, float], tuple[float, float]]
    line: int

    @property
    def total(self) -> float:
        return sum(sum(row) for row in self.cells)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program says of the forest: the scores and the matrices that its output holds."""

    scores: tuple[float, ...]
    matrices: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True)
class Reporting:
    """What main prints on the course's data and on other data, and whether the matrix followed the labels.

    ``expected`` and ``shifted_expected`` are the confusion matrix totals and row sums that the labels allow, as
    JSON for the report's details.
    """

    printed: Printed
    shifted: Printed | None
    follows: bool
    reason: str = ""
    details: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
