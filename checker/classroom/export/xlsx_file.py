"""The grades as an Excel workbook: numbers are numbers, and text is text, whatever character it begins with."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from checker.classroom.export.defusing import one_line
from checker.classroom.export.numbers import plainly
from checker.classroom.export.table import Table, Value

_LONGEST = 32_000
_WIDTHS = {"name": 28, "email": 30, "commit": 14, "date": 18, "overrides": 60}


def xlsx_file(table: Table, header: Callable[[str], str], title: str) -> bytes:
    """The bytes of the workbook. *header* gives the words for a column, *title* those for the worksheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for place, name in enumerate(table.headers, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 11)

    def text_cell(words: str, *, bold: bool = False) -> Cell | None:
        plain = one_line(words)[:_LONGEST]
        if not plain:
            return None
        cell = WriteOnlyCell(sheet, value=plain)
        cell.data_type = "s"  # openpyxl takes what begins with an equals sign for a formula
        cell.quotePrefix = True  # so that it stays text when a user edits the cell
        if bold:
            cell.font = Font(bold=True)
        return cell

    def cells(row: tuple[Value, ...]) -> Iterator[Cell | float | datetime | None]:
        for value in row:
            match value:
                case None:
                    yield None
                case Fraction():
                    yield plainly(value)
                case datetime():
                    yield value.astimezone(UTC).replace(tzinfo=None)
                case _:
                    yield text_cell(value)

    sheet.append([text_cell(header(name), bold=True) for name in table.headers])
    for row in table.rows:
        sheet.append(cells(row))
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()
