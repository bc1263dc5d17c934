"""The classes of the predicted column, of which one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.facts.main_script import Matrix


@dataclass(frozen=True, slots=True)
class TargetClasses:
    """The values of the target in the order in which a classifier sorts them, and the positive one among them.

    Without ``labels`` there are two, of which the second one is positive.
    """

    labels: tuple[str, ...] = ()
    positive: str = ""

    @property
    def number(self) -> int:
        return len(self.labels) or 2

    @property
    def place(self) -> int:
        """The place of the positive class, from 0."""
        return self.labels.index(self.positive) if self.labels else 1

    def folded(self, rows: Sequence[Sequence[float]], line: int, place: int | None = None) -> Matrix:
        """A confusion matrix of all classes as one of two: the positive class, here at *place*, against the others.

        Shares of rows, or of columns, that add up to a whole each are averaged over the other classes.
        """
        at = self.place if place is None else place
        others = [number for number in range(len(rows)) if number != at]
        weights = _weights(rows, len(others))
        cells = [
            sum(rows[row][column] for row in group for column in across) / weight
            for (group, across), weight in zip(
                ((others, others), (others, [at]), ([at], others), ([at], [at])), weights, strict=True
            )
        ]
        shown = tuple(tuple(row) for row in rows)
        return Matrix(((cells[0], cells[1]), (cells[2], cells[3])), line, shown)


TWO_CLASSES = TargetClasses()


def _weights(rows: Sequence[Sequence[float]], others: int) -> tuple[int, int, int, int]:
    """The divisors of the four cells: 1 for counts, and the number of other classes for shares of rows or columns."""
    by_row, by_column = ([sum(line) for line in lines] for lines in (rows, [*zip(*rows, strict=True)]))
    if _are_wholes(by_row):
        return others, others, 1, 1
    return (others, 1, others, 1) if _are_wholes(by_column) else (1, 1, 1, 1)


def _are_wholes(sums: Sequence[float]) -> bool:
    return any(all(abs(each - whole) <= 0.03 * whole for each in sums) for whole in (1, 100))
