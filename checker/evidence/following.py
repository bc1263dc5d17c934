"""Whether a printed matrix and a printed performance moved when the labels behind them did.

What has to be found out is a result that does not depend on the data: so any share kept aside, cross-validation,
balanced classes and either order of rows and columns are welcome.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from checker.evidence.tables import Labels
from checker.facts.program import Matrix, Printed

_ROUGHLY = 1.6
"""Factor by which a total may miss the proportional one: rows are dropped, classes balanced, folds uneven."""
_ERRORS = 2.5
"""Standard errors by which a share of survivors may miss the one of all passengers."""
_CLEARLY = 0.6
"""The part of the shift that has to be seen where only the share can tell: the number of rows was fixed."""


def followed(before: Printed, after: Printed, was: Labels, now: Labels) -> tuple[Matrix, Matrix] | None:
    """The first pair of matrices that moved as the labels did, if there is one."""
    fixed = {matrix.cells for matrix in before.matrices} & {matrix.cells for matrix in after.matrices}
    for new in after.matrices:
        for old in before.matrices:
            if not fixed & {new.cells, old.cells} and _moved(old, new, was, now):
                return old, new
    return None


def _moved(old: Matrix, new: Matrix, was: Labels, now: Labels) -> bool:
    if _is_shares(old) or _is_shares(new):
        return _is_shares(old) and _is_shares(new)
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


def _is_shares(matrix: Matrix) -> bool:
    """Shares or percentages instead of counts."""
    cells = [cell for row in matrix.cells for cell in row]
    return matrix.total <= 2.1 or any(cell != int(cell) for cell in cells)


def _error(share: float, rows: float) -> float:
    """The standard error of a share that is seen on so many rows."""
    return math.sqrt(share * (1 - share) / rows)


def _shares(matrix: Matrix) -> tuple[float, ...]:
    """The share of survivors, if rows are what was true and the second one survived; and in the other orders."""
    (_, b), (c, d) = matrix.cells
    second = ((c + d) / matrix.total, (b + d) / matrix.total)
    return (*second, *(1 - share for share in second))


def score_follows(before: Printed, after: Printed, pair: tuple[Matrix, Matrix] | None) -> bool:
    """Whether some score is another one on other data, or agrees with the matrix both times."""
    if set(before.scores) != set(after.scores):
        return True
    return pair is not None and all(
        any(abs(score - measure) <= 0.0051 for score in printed.scores for measure in _measures(matrix))
        for printed, matrix in zip((before, after), pair, strict=True)
    )


def _measures(matrix: Matrix) -> Iterator[float]:
    """Accuracy, and precision, recall and their mean for either class."""
    (a, b), (c, d) = matrix.cells
    if matrix.total:
        yield (a + d) / matrix.total
    for right, wrong, missed in ((d, b, c), (a, c, b)):
        if right:
            yield right / (right + wrong)
            yield right / (right + missed)
            yield 2 * right / (2 * right + wrong + missed)
