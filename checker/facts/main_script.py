"""The runs of the main script, with the course's data and with other data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from checker.facts.absent_files import AbsentFile
from checker.facts.job import Finished, StudentError
from checker.facts.observation import Observation
from checker.facts.tree import Tree
from checker.model import NOTHING, Json, Location


class Idleness(StrEnum):
    """The reason why a script does nothing when it is started."""

    EMPTY = "empty"
    """No statement has an effect."""
    PRINTING = "printing"
    """The script prints only literal text."""
    GUARD = "guard"
    """The condition around the work is never true."""
    UNCALLED = "uncalled"
    """No call leads to the function that holds the work."""
    NAMED = "named"
    """A function is named without the parentheses of a call."""
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class IdleMain:
    """A main script that exited with status 0 and did nothing: the reason and the line.

    ``what`` is the condition, the function or the printed text; ``elsewhere`` is the path of another script that holds
    the work.
    """

    why: Idleness
    where: Location
    what: str = ""
    elsewhere: str = ""

    @property
    def holds_no_work(self) -> bool:
        """True where the script holds nothing that could be judged in place of a run."""
        return self.why in (Idleness.EMPTY, Idleness.PRINTING)


@dataclass(frozen=True, slots=True)
class MainSource:
    """The source of the main script; ``holds_work``: starting it could have an effect."""

    holds_work: bool


@dataclass(frozen=True, slots=True)
class MainRun:
    """``python PATH`` from the root, with the course's data on the network and nothing else changed.

    - ``finished``: the run; where modules are absent, the run with all of them in place, and ``submitted`` is the run
      without them.
    - ``observation``: the observer's report; None where there is none or it was tampered with.
    - ``absent``: the files that the script opened in vain for a known reason; ``lent``: the tree with tables lent in
      their place, in which it then ran.
    - ``as_module``: it was started by ``python -m``.
    - ``limit``: the time limit in seconds.
    - ``idle``: the reason why a successful run did nothing.
    - ``speaks_of_training``: the source of the script, or of a module that it reaches, trains a model.
    """

    path: str
    substitute: bool
    finished: Finished
    observation: Observation | None = None
    limit: float = 300
    submitted: Finished | None = None
    absent: tuple[AbsentFile, ...] = ()
    lent: Tree | None = field(default=None, repr=False)
    idle: IdleMain | None = None
    as_module: bool = False
    speaks_of_training: bool = True

    @property
    def succeeded(self) -> bool:
        """True where the run succeeded and no slip kept it from its work; otherwise checks use the next best evidence.

        A run that did nothing for no known reason may have exited on purpose, and counts as it ran.
        """
        slipped = self.idle is not None and self.idle.why is not Idleness.UNEXPLAINED
        return self.finished.succeeded and not slipped


@dataclass(frozen=True, slots=True)
class MainStart:
    """The run of the main script, whatever it holds; a MainRun exists only where the script holds work."""

    run: MainRun


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix from an output; rows are the true classes.

    ``cells`` are those of two classes: of a target with more, the positive class stands against all others, and
    ``rows`` is the matrix of all classes.
    """

    cells: tuple[tuple[float, float], tuple[float, float]]
    line: int
    rows: tuple[tuple[float, ...], ...] = ()

    @property
    def as_printed(self) -> tuple[tuple[float, ...], ...]:
        """The rows of the output."""
        return self.rows or self.cells

    @property
    def accuracy(self) -> float:
        """The share of all classes that are predicted right; 0 for a matrix of zeros."""
        whole = sum(map(sum, self.as_printed))
        return sum(row[number] for number, row in enumerate(self.as_printed)) / whole if whole else 0.0

    @property
    def total(self) -> float:
        return sum(sum(row) for row in self.cells)

    @property
    def is_shares(self) -> bool:
        """True where the cells are shares, percentages or means of counts instead of counts.

        Whole numbers are percentages where both rows, or both columns, add up to 100, give or take a rounding.
        """
        if self.total <= 2.1:
            return True
        if self.is_whole:
            (a, b), (c, d) = self.cells
            pairs = ((a + b, c + d), (a + c, b + d))
            return any(all(abs(part - 100) <= 1 for part in pair) for pair in pairs)
        return any(abs(self.total - hundreds) <= 0.03 * hundreds for hundreds in (100, 200))

    @property
    def is_whole(self) -> bool:
        return all(cell == int(cell) for row in self.cells for cell in row)


@dataclass(frozen=True, slots=True)
class Printed:
    """The model's results in an output: scores and confusion matrices."""

    scores: tuple[float, ...]
    matrices: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The results that main prints with the course's data and with other data.

    - ``matrix``: the one that followed the data, otherwise the most certain one.
    - ``matrix_follows``, ``score_follows``: the printed value changed as the served labels did. None where this could
      not be tried: nothing was printed, the data could not be replaced, or the run with other data failed (``error``,
      ``shifted_ended``).
    - ``of_model``: the matrix can come from the predictions of a model of the run.
    - ``foreseen``: with randomly drawn labels, each matrix is better than chance allows.
    - ``flatters``: the matrices, or all scores, are better than chance allows, and the model of that run is not.
    - ``reaches_fit``: the model was trained on the other data; None where this was not observed.
    - ``unobserved``: the runs with other data that had no observation.
    - ``source_matrix``, ``source_score``: the source seems to print them, for a main script that does not run.
    - ``details``: lines for the report.
    """

    printed: Printed
    shifted: Printed | None = None
    matrix: Matrix | None = None
    matrix_follows: bool | None = None
    score_follows: bool | None = None
    of_model: bool | None = None
    flatters: bool = False
    foreseen: bool = False
    reaches_fit: bool | None = None
    error: StudentError | None = None
    source_matrix: bool = False
    source_score: bool = False
    unobserved: tuple[Finished, ...] = ()
    details: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
