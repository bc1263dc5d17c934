"""The printed results: goals that are met or missed, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A measured figure, and its upper bound."""

    what: str
    seen: float
    at_most: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.seen <= self.at_most

    def __str__(self) -> str:
        mark = "met   " if self.met else "MISSED"
        return f"{mark}  {self.what:<58} {self.seen:7.3f}{self.unit} (at most {self.at_most}{self.unit})"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of aligned columns; numbers have two decimals."""
    lines = [[_shown(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _shown(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
