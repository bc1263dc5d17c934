"""Reading a table from a file: CSV in any usual form, or an Excel workbook, of bounded size."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from checker.classroom.sheets.delimited import delimiter_of, table_of
from checker.classroom.sheets.encoding import decoded
from checker.classroom.sheets.limits import MOST_BYTES, too_large
from checker.errors import UsageError, unreadable
from checker.model import Text, text

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_DELIMITERS = {",": text("comma"), ";": text("semicolon"), "\t": text("tab"), "|": text("bar")}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty, and its line in the file (its row in a workbook), from 1."""

    line: int
    cells: tuple[str, ...]

    def value(self, column: int | None) -> str:
        """The value in that column, from 0, without surrounding blanks; empty if there is none."""
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a table. ``form`` describes the file's format for people."""

    rows: tuple[SheetRow, ...]
    form: Text


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises UsageError where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error, text("Look at the name of the file, and at who may read it.")) from error
    if len(content) > MOST_BYTES:
        raise too_large(path.name)
    return content


def read_sheet(path: Path, worksheet: str | None = None) -> Sheet:
    """The table in the file *path*; of a workbook the *worksheet* of that name, else the first one that has rows.

    Raises UsageError for a file that is no table, cannot be read or is too large.
    """
    content = content_of(path)
    if content.startswith(_OLD_WORKBOOK):
        raise UsageError(
            text("{name} is a workbook of the old form (.xls).", name=path.name),
            text("Save it as .xlsx or as CSV, then give that file."),
        )
    if zipfile.is_zipfile(io.BytesIO(content)):
        from checker.classroom.sheets.workbook import read_workbook

        return read_workbook(content, path.name, worksheet)
    return _text_sheet(content, path.name)


def _text_sheet(content: bytes, name: str) -> Sheet:
    file = decoded(content, name)
    delimiter = delimiter_of(file.words)
    rows = table_of(file.words, delimiter, name)
    encoding = file.encoding.upper().replace("CP", "Windows-")
    return Sheet(
        tuple(SheetRow(row.line, tuple(cell.value for cell in row.cells)) for row in rows),
        text("text, delimiter: {delimiter}, {encoding}", delimiter=_DELIMITERS[delimiter], encoding=encoding),
    )
