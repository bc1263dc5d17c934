"""The grades as CSV: for programs, and for spreadsheets that take no workbook. UTF-8 with a mark, comma and point."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from fractions import Fraction

from checker.classroom.export.defusing import defused
from checker.classroom.export.numbers import plainly
from checker.classroom.export.table import Table, Value


def csv_file(table: Table) -> bytes:
    """The bytes of the file."""
    into = io.StringIO(newline="")
    writer = csv.writer(into, lineterminator="\r\n")
    writer.writerow([defused(header) for header in table.headers])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return into.getvalue().encode("utf-8-sig")


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case Fraction():
            return str(plainly(value))
        case datetime():
            return value.isoformat()
        case _:
            return defused(value)
