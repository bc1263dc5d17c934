"""The gradebook that Canvas exports: its first rows are not students, and many of its columns cannot be changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from checker.classroom.export.filling import FileRow, FillableFile, headers_told
from checker.classroom.export.matching import Person
from checker.classroom.export.numbers import decimal_sign, number_in
from checker.classroom.sheets.canvas_rows import POINTS, no_student
from checker.classroom.sheets.delimited import Record, delimiter_of, table_of
from checker.classroom.sheets.encoding import decoded
from checker.classroom.sheets.reading import content_of
from checker.errors import UsageError, did_you_mean
from checker.model import Text, text

_ASSIGNMENT = re.compile(r"(?s)(.*) \(([0-9]{1,19})\)")


def gradebook(path: Path, grade_column: str | None = None) -> FillableFile:
    """The gradebook in that file, to be filled in the column of one assignment: by its header, its title or its number.

    Without *grade_column*, the file has to have a single assignment. Raises UsageError for a file that cannot be read
    or is no gradebook of Canvas, and where it is not clear which assignment is meant.
    """
    file = decoded(content_of(path), path.name)
    delimiter = delimiter_of(file.words)
    table = table_of(file.words, delimiter, path.name)
    headers = [cell.value.strip() for cell in table[0].cells] if table else []
    points = next((row for row in table[1:] if row.value(0).strip().casefold() == POINTS), None)
    if not _is_header(headers) or points is None:
        raise UsageError(
            text("{name} is no gradebook that Canvas exported.", name=path.name),
            text("Export it from Canvas (Grades, then Export), and give that file as it is."),
        )
    column = _assignment(headers, points, grade_column)
    rows = [row for row in table[1:] if no_student([cell.value for cell in row.cells]) is None]
    return FillableFile(
        file=file,
        delimiter=delimiter,
        rows=tuple(_file_row(row, headers, column, number_in(points.value(column))) for row in rows),
        decimal=decimal_sign([points.value(column), *(row.value(column) for row in rows)], "."),
        column=headers[column],
    )


def _is_header(headers: Sequence[str]) -> bool:
    """True if Canvas would take this row for the header of its gradebook."""
    whole = len(headers) > 3 and "Student" in headers[0] and "ID" in headers[1]
    parts = len(headers) > 4 and headers[:2] == ["LastName", "FirstName"] and "ID" in headers[2]
    return (whole or parts) and "Section" in headers


def _assignment(headers: Sequence[str], points: Record, asked: str | None) -> int:
    """The index of the column to fill: one of those with a number behind their title and with points to be earned."""
    columns: dict[int, tuple[str, str]] = {}
    for place in range(headers.index("Section") + 1, len(headers)):
        named = _ASSIGNMENT.fullmatch(headers[place])
        if named and number_in(points.value(place)) is not None:
            columns[place] = (named[1], named[2])
    names = headers_told([headers[place] for place in columns])
    if not columns:
        raise UsageError(
            text("The gradebook has no assignment that takes points."),
            text("Make one in Canvas, then export the gradebook again."),
        )
    if asked is None:
        if len(columns) == 1:
            return next(iter(columns))
        raise UsageError(
            text("The gradebook has several assignments: {names}.", names=names),
            text("Say which one is meant: --grade-column TITLE."),
        )
    fitting = [place for place, (title, number) in columns.items() if asked.strip() in (headers[place], title, number)]
    if len(fitting) == 1:
        return fitting[0]
    every = text("There are: {names}.", names=names)
    raise UsageError(
        text("The gradebook has no assignment, or more than one, that is called {column}.", column=asked),
        every if fitting else did_you_mean(asked, [title for title, _ in columns.values()], every),
    )


def _file_row(row: Record, headers: Sequence[str], column: int, maximum: Fraction | None) -> FileRow:
    cell = row.cells[column] if column < len(row.cells) else None
    reason = None if cell is None else _left(cell.value)
    return FileRow(person=_person(row, headers), grade=cell, maximum=maximum, left_alone=reason)


def _left(value: str) -> Text | None:
    match value.strip().casefold():
        case "n/a":
            return text("Canvas has not assigned it to this student.")
        case "ex":
            return text("Canvas has excused this student.")
        case _:
            return None


def _person(row: Record, headers: Sequence[str]) -> Person:
    def value(header: str) -> str:
        return row.value(headers.index(header)).strip() if header in headers else ""

    login = value("SIS Login ID")
    parts = f"{value('FirstName')} {value('LastName')}".strip()
    return Person(
        line=row.line,
        name=parts or row.value(0).strip(),
        email=login if "@" in login else "",
        numbers=(number,) if (number := value("SIS User ID") or value("ID")) else (),
        login=login,
    )
