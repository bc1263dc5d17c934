"""The grading worksheet of a Moodle assignment, or another table of Moodle's with a column for the grade.

Moodle names its columns in the language of the user who uploads the file, skips a grade above the maximum, and reads
decimals as that language writes them: so Moodle's own file is filled in, never a new one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checker.classroom.class_file import ForgeTable
from checker.classroom.export.filling import FileRow, FillableFile, headers_told
from checker.classroom.export.matching import Person
from checker.classroom.export.numbers import decimal_sign, number_in
from checker.classroom.roster.columns import Columns, columns_of
from checker.classroom.roster.fields import Field, plain_header
from checker.classroom.sheets.delimited import Cell, Record, delimiter_of, table_of
from checker.classroom.sheets.encoding import decoded
from checker.classroom.sheets.reading import SheetRow, content_of
from checker.errors import UsageError, did_you_mean
from checker.model import Text, text

_GRADE = ("grade", "note")
_MAXIMUM = ("maximum grade", "note maximale")
_SCALE = ("scale", "bareme")
_CHANGEABLE = ("grade can be changed", "la note peut etre modifiee")
_COMMENT = ("feedback comments", "feedback par commentaires")
_NO = frozenset({"no", "non"})


def worksheet(path: Path, grade_column: str | None = None) -> FillableFile:
    """The worksheet in that file; its grades are in the column of that header, if one is given.

    Raises UsageError for a file that cannot be read, has no such column, or is graded by words.
    """
    file = decoded(content_of(path), path.name)
    delimiter = delimiter_of(file.words)
    table = table_of(file.words, delimiter, path.name)
    if not table:
        raise UsageError(text("{name} is empty.", name=path.name), text("Download the worksheet from Moodle again."))
    header, *rows = table
    headers = [cell.value.strip() for cell in header.cells]
    plain = [plain_header(header) for header in headers]
    grade = _grade_column(headers, plain, grade_column, path.name)
    maximum, changeable, comment = (_place(plain, names) for names in (_MAXIMUM, _CHANGEABLE, _COMMENT))
    if maximum is None and _place(plain, _SCALE) is not None and grade_column is None:
        raise UsageError(
            text("The assignment of {name} is graded by words, not by points.", name=path.name),
            text("Give it points in Moodle, then download the worksheet again."),
        )
    people = columns_of([SheetRow(row.line, tuple(cell.value for cell in row.cells)) for row in table], ForgeTable())
    numbers = [row.value(place) for row in rows for place in (maximum, grade) if place is not None]
    return FillableFile(
        file=file,
        delimiter=delimiter,
        rows=tuple(
            FileRow(
                person=_person(row, people),
                grade=_cell(row, grade),
                comment=_cell(row, comment),
                maximum=None if maximum is None else number_in(row.value(maximum)),
                left_alone=_left_alone(row, changeable),
            )
            for row in rows
        ),
        decimal=decimal_sign(numbers, "," if plain[grade] == "note" else "."),
        column=headers[grade],
    )


def _grade_column(headers: Sequence[str], plain: Sequence[str], asked: str | None, name: str) -> int:
    place = _place(plain, _GRADE if asked is None else (plain_header(asked),))
    if place is not None:
        return place
    names = headers_told(headers)
    if asked is None:
        raise UsageError(
            text("{name} has no column for grades that is known (Grade, Note).", name=name),
            text("Name it: --grade-column HEADER. There are: {names}.", names=names),
        )
    raise UsageError(
        text("{name} has no column {column}.", name=name, column=asked),
        did_you_mean(asked, headers, text("There are: {names}.", names=names)),
    )


def _place(plain: Sequence[str], names: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _cell(row: Record, place: int | None) -> Cell | None:
    return row.cells[place] if place is not None and place < len(row.cells) else None


def _person(row: Record, columns: Columns) -> Person:
    def value(field: Field) -> str:
        place = columns.place(field)
        return "" if place is None else row.value(place).strip()

    parts = f"{value(Field.FIRST_NAME)} {value(Field.LAST_NAME)}".strip()
    number = value(Field.NUMBER)
    return Person(
        line=row.line,
        name=parts or value(Field.NAME),
        email=value(Field.EMAIL),
        numbers=(number,) if number else (),
        login=value(Field.ACCOUNT),
    )


def _left_alone(row: Record, changeable: int | None) -> Text | None:
    if changeable is not None and row.value(changeable).strip().casefold() in _NO:
        return text("Moodle has locked the grade.")
    return None
