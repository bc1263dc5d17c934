"""Reading an Excel workbook: values only, of a formula the stored one; no code is run and no link fetched."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Protocol
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from checker.classroom.sheets.limits import LONGEST_CELL, MOST_ROWS, too_large
from checker.classroom.sheets.reading import Sheet, SheetRow
from checker.errors import UsageError
from checker.model import text

_MOST_MEMBERS = 1000
_MOST_UNPACKED = 64_000_000
_MOST_TAGS = 1_000_000
"""XML tags, each of which takes some hundred bytes of memory when read."""
_LAST_ROW = 1_048_576
_COLUMNS = 256


class _Worksheet(Protocol):
    title: str
    sheet_state: str

    def iter_rows(self, *, max_row: int, max_col: int, values_only: bool) -> Iterator[tuple[Any, ...]]: ...


def read_workbook(content: bytes, name: str, worksheet: str | None) -> Sheet:
    """The rows of a worksheet: of the one named *worksheet*, else of the first visible one that has any.

    Raises UsageError for a file that is no workbook, unpacks to too much, or has no such worksheet.
    """
    try:
        _bounded(content, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of features that it drops: charts, rules for input
            return _read(content, name, worksheet)
    except UsageError:
        raise
    except (
        ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError, OSError, ParseError,
        RecursionError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise UsageError(
            text("{name} is no Excel workbook that can be read ({reason}).", name=name, reason=str(error)[:200]),
            text("Open it in a spreadsheet and save it as CSV, then give that file."),
        ) from error


def _bounded(content: bytes, name: str) -> None:
    """Refuse a file that takes more memory than any class needs. Of a member, no more than its stated size is read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_UNPACKED:
            raise too_large(name)
        tags = 0
        for member in members:
            unpacked = archive.read(member)
            tags += unpacked.count(b"<")
            if tags > _MOST_TAGS:
                raise too_large(name)
            if b"<!ENTITY" in unpacked.replace(b"\0", b""):
                raise ValueError("it defines entities of XML")


def _read(content: bytes, name: str, wanted: str | None) -> Sheet:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheets: list[Any] = list(book.worksheets)
        if wanted is not None:
            named = [sheet for sheet in sheets if sheet.title.casefold() == wanted.casefold()]
            if not named:
                raise UsageError(
                    text("{name} has no worksheet {sheet}.", name=name, sheet=wanted),
                    text("There are: {names}.", names=tuple(sheet.title for sheet in sheets)),
                )
            sheets = named
        for sheet in sheets:
            if sheet.sheet_state != "visible" and wanted is None:
                continue
            sheet.reset_dimensions()  # the stated sizes may be wrong
            rows = tuple(_rows(sheet, name))
            if rows:
                return Sheet(rows, text("workbook, worksheet {title}", title=str(sheet.title)))
        return Sheet((), text("workbook"))
    finally:
        book.close()


def _rows(sheet: _Worksheet, name: str) -> Iterator[SheetRow]:
    count = 0
    for line, values in enumerate(sheet.iter_rows(max_row=_LAST_ROW, max_col=_COLUMNS, values_only=True), start=1):
        if values.count(None) == len(values):  # each of a million empty rows takes time
            continue
        last = max(at for at, value in enumerate(values, start=1) if value is not None)
        count += 1
        if count > MOST_ROWS:
            raise too_large(name)
        yield SheetRow(line, tuple(_words(value) for value in values[:last]))


def _words(value: object) -> str:
    """A cell as its reader sees it: a whole number without a decimal point."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)[:LONGEST_CELL]
