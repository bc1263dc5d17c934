"""The maximum size of a table of a class, and the error for a larger one."""

from __future__ import annotations

from checker.errors import UsageError
from checker.model import text

MOST_BYTES = 32_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 1000
LONGEST_CELL = 1_000_000


def too_large(name: str) -> UsageError:
    """The error for a table larger than any class has."""
    return UsageError(
        text("{name} is larger than the table of any class.", name=name),
        text("Keep the rows and columns of the students, at most {rows} rows.", rows=MOST_ROWS),
    )
