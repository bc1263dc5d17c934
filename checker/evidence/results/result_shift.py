"""Whether a printed matrix and a printed performance changed when the labels of the data did.

The aim is to find results that do not depend on the data. So any size of the test set, cross-validation, balanced
classes and either order of rows and columns are accepted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from checker.evidence.datasets.on_disk import Labels
from checker.facts.main_script import Matrix, Printed
from checker.facts.observation import Fit, Observation

_ROUGHLY = 1.6
"""The tolerated factor between a total and the proportional one: rows are dropped, classes balanced, folds uneven."""
_ERRORS = 2.5
"""The tolerated difference between a share of survivors and that of all passengers, in standard errors."""
_CLEARLY = 0.6
"""The minimum part of the shift, where only the share can be compared because the number of rows was fixed."""
_IN_PROPORTION = 0.12
"""The tolerated relative difference between a model's training rows and the proportional number."""


def matrix_follows(before: Printed, after: Printed, was: Labels, now: Labels) -> tuple[Matrix, Matrix] | None:
    """The first pair of matrices that changed as the labels did; None for none."""
    fixed = {matrix.cells for matrix in before.matrices} & {matrix.cells for matrix in after.matrices}
    for new in after.matrices:
        for old in before.matrices:
            if not fixed & {new.cells, old.cells} and _moved(old, new, was, now):
                return old, new
    return None


def _moved(old: Matrix, new: Matrix, was: Labels, now: Labels) -> bool:
    if old.is_shares and new.is_shares:
        return True
    if old.is_shares != new.is_shares and not (old.is_whole and new.is_whole):
        return False
    growth, expected = new.total / old.total, now.rows / was.rows
    grew = new.total != old.total and (growth > 1) == (expected > 1)
    if grew and 1 / _ROUGHLY <= growth / expected <= _ROUGHLY:
        return True
    return any(
        abs(before - was.share) <= _ERRORS * _error(was.share, old.total)
        and abs(after - now.share) <= _ERRORS * _error(now.share, new.total)
        and (after - before) / (now.share - was.share) >= _CLEARLY
        for before, after in zip(_shares(old), _shares(new), strict=True)
    )


def fits_follow(before: Observation, after: Observation, was: Labels, now: Labels) -> bool | None:
    """True where the largest model was trained on the other rows when these were served; None where this is unknown.

    The number of rows decides, or else the share of survivors among them, which stays that of the ordinary data where a
    program carries these along.
    """
    old, new = _largest(before), _largest(after)
    if old is None or new is None:
        return None
    if abs(new.rows / old.rows / (now.rows / was.rows) - 1) <= _IN_PROPORTION:
        return True
    shares = (_share(old), _share(new))
    if (shares[1] - shares[0]) / (now.share - was.share) >= _CLEARLY:
        return True
    stayed = (
        abs(share - was.share) <= _ERRORS * _error(was.share, fit.rows)
        for share, fit in zip(shares, (old, new), strict=True)
    )
    return False if all(stayed) else None


def _largest(observation: Observation) -> Fit | None:
    """The fit on the most rows among those with two classes."""
    return max((fit for fit in observation.fits if fit.rows and fit.ones), key=lambda fit: fit.rows, default=None)


def _share(fit: Fit) -> float:
    return (fit.ones or 0) / fit.rows


def _error(share: float, rows: float) -> float:
    """The standard error of a share observed on so many rows."""
    return math.sqrt(share * (1 - share) / rows)


def _shares(matrix: Matrix) -> tuple[float, ...]:
    """The share of survivors, if rows are the true classes and the second one survived; and for the other orders."""
    (_, b), (c, d) = matrix.cells
    second = ((c + d) / matrix.total, (b + d) / matrix.total)
    return (*second, *(1 - share for share in second))


def score_follows(before: Printed, after: Printed, pair: tuple[Matrix, Matrix] | None) -> bool:
    """True where a score changed with the data, or agrees with the matrix both times."""
    if set(before.scores) != set(after.scores):
        return True
    return pair is not None and all(
        any(abs(score - measure) <= 0.0051 for score in printed.scores for measure in matrix_measures(matrix))
        for printed, matrix in zip((before, after), pair, strict=True)
    )


def matrix_measures(matrix: Matrix) -> Iterator[float]:
    """The measures of a printed matrix, and its accuracy where there are more than two classes."""
    if matrix.rows:
        yield matrix.accuracy
    yield from measures(matrix.cells[0] + matrix.cells[1])


def measures(cells: Sequence[float]) -> Iterator[float]:
    """Accuracy, and precision, recall and F1 for either class, of a matrix given row by row."""
    a, b, c, d = cells
    if total := a + b + c + d:
        yield (a + d) / total
    for right, wrong, missed in ((d, b, c), (a, c, b)):
        if right:
            yield right / (right + wrong)
            yield right / (right + missed)
            yield 2 * right / (2 * right + wrong + missed)
