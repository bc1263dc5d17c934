"""The main script at work: on the course's data, and on other data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.facts.observation import Observation
from checker.facts.running import Finished, StudentError
from checker.model import NOTHING, Json


@dataclass(frozen=True, slots=True)
class MainRun:
    """``python main.py`` from the root, with the course's data on the network and nothing else changed.

    ``observation`` is what the observer told of it, None where it told nothing or was tampered with. ``limit`` is
    the time that it had, in seconds.
    """

    path: str
    substitute: bool
    finished: Finished
    observation: Observation | None = None
    limit: float = 300

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What main prints on the course's data and on other data.

    ``matrix`` is the one that was followed, else the surest that was found. ``matrix_follows`` and
    ``score_follows`` say whether matrix and performance moved as the labels that were served did; None where that
    could not be tried, because there was nothing to follow, because the data could not be replaced, or because
    the run on other data failed (``error``, ``shifted_ended``).
    ``unobserved`` are the runs on other data: nothing observed them.
    ``source_matrix`` and ``source_score`` say whether the source seems to print them, for where main does not run.
    ``details`` are for the report.
    """

    printed: Printed
    shifted: Printed | None = None
    matrix: Matrix | None = None
    matrix_follows: bool | None = None
    score_follows: bool | None = None
    error: StudentError | None = None
    source_matrix: bool = False
    source_score: bool = False
    unobserved: tuple[Finished, ...] = ()
    details: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
