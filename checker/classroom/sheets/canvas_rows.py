"""Rows of a table from Canvas that are no students."""

from __future__ import annotations

from collections.abc import Sequence

from checker.model import Text, text

POINTS = "points possible"
_TEST_STUDENTS = frozenset({"student, test", "test student"})


def no_student(cells: Sequence[str]) -> Text | None:
    """The reason why a row is no student; None if it may be one."""
    first = cells[0].strip().casefold() if cells else ""
    if first == POINTS:
        return text("The points of an assignment, as Canvas exports them.")
    if first in _TEST_STUDENTS:
        return text("The test student of Canvas.")
    full = [cell.strip().casefold() for cell in cells if cell.strip()]
    if full and all(cell == "muted" or cell.startswith("manual posting") for cell in full):
        return text("How grades are published, as Canvas exports it.")
    return None
