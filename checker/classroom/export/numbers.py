"""Points in the number formats of other systems, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_NUMBER = re.compile(r"\s*([0-9]{1,9})(?:[.,]([0-9]{0,9}))?\s*")


def number_in(words: str) -> Fraction | None:
    """The number in a cell, with a decimal point or comma; None if there is none."""
    match = _NUMBER.fullmatch(words)
    return Fraction(f"{match[1]}.{match[2] or '0'}") if match else None


def converted(points: Fraction, whole: Fraction, maximum: Fraction | None) -> Fraction:
    """*points* out of *whole* as points out of *maximum*; unchanged if either is unknown."""
    return points if maximum is None or not whole else points * maximum / whole


def rounded(points: Fraction) -> Fraction:
    """*points*, rounded to hundredths; a half is rounded up."""
    return Fraction(_hundredths(points))


def written(points: Fraction, decimal: str) -> str:
    """*points* with two decimals behind a *decimal* point or comma."""
    return str(_hundredths(points)).replace(".", decimal)


def plainly(points: Fraction) -> float | int:
    """*points* as a number of JSON or of a spreadsheet, to four decimals."""
    return int(points) if points.denominator == 1 else round(float(points), 4)


def decimal_sign(cells: Iterable[str], otherwise: str) -> str:
    """The decimal sign of a column: that of its first number that has one."""
    for cell in cells:
        if number_in(cell) is not None and ("," in cell or "." in cell):
            return "," if "," in cell else "."
    return otherwise


def _hundredths(points: Fraction) -> Decimal:
    exact = Decimal(points.numerator) / Decimal(points.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
