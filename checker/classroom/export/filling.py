"""Filling grades into a file of another system: only the cells of grades and of their comments change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from checker.classroom.export.handed import HandedGrade
from checker.classroom.export.matching import Person, match
from checker.classroom.export.numbers import converted, number_in, rounded, written
from checker.classroom.records import Student
from checker.classroom.sheets.delimited import Cell, changed
from checker.classroom.sheets.encoding import Decoded
from checker.model import Text, text

COMMENT_MARK = "titanic-checker:"
"""The start of each comment by the checker; a comment without it was written by a person, and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """The row of a student in such a file: the cells to fill, and the maximum of points in the file.

    ``left_alone`` is the reason why nothing may be written.
    """

    person: Person
    grade: Cell | None
    comment: Cell | None = None
    maximum: Fraction | None = None
    left_alone: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillableFile:
    """A file to fill in: its text, its rows of students, and its number format."""

    file: Decoded
    delimiter: str
    rows: tuple[FileRow, ...]
    decimal: str
    column: str
    """The header of the column of grades."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on one row or one student, for the instructor."""

    name: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A filled file.

    ``content``: its bytes. ``written``: the number of grades put in. ``kept``: the number of grades that were there
    already. ``scales``: the conversions from the points of the course to those of the file.
    """

    content: bytes
    written: int
    kept: int
    scales: tuple[tuple[Fraction, Fraction], ...]
    replaced: tuple[Remark, ...]
    left_alone: tuple[Remark, ...]
    unknown: tuple[Person, ...]
    unclear: tuple[Person, ...]
    without_row: tuple[Student, ...]
    ungraded: tuple[HandedGrade, ...]


@dataclass(slots=True)
class _Notes:
    cells: dict[Cell, str] = field(default_factory=dict)
    written: int = 0
    kept: int = 0
    scales: dict[tuple[Fraction, Fraction], None] = field(default_factory=dict)
    replaced: list[Remark] = field(default_factory=list)
    left_alone: list[Remark] = field(default_factory=list)
    ungraded: list[HandedGrade] = field(default_factory=list)


def fill(
    fillable: FillableFile, handed: Iterable[HandedGrade], comment: Callable[[HandedGrade], str] | None = None
) -> Filled:
    """The file with the grades in it, and the *comment* on each, if one is made and the file has a place for it.

    A student without a grade keeps the file's cell. Points are converted to the file's own maximum, a grade above it is
    cut to it, and a comment that a person wrote stays.
    """
    grades: Mapping[str, HandedGrade] = {grade.student.key: grade for grade in handed}
    matches = match([row.person for row in fillable.rows], [grade.student for grade in grades.values()])
    notes = _Notes()
    for row in fillable.rows:
        student = matches.students.get(row.person.line)
        if student is not None:
            _fill_row(row, grades[student.key], fillable.decimal, comment, notes)
    words = changed(fillable.file.words, notes.cells, fillable.delimiter)
    return Filled(
        content=fillable.file.encoded(words),
        written=notes.written,
        kept=notes.kept,
        scales=tuple(notes.scales),
        replaced=tuple(notes.replaced),
        left_alone=tuple(notes.left_alone),
        unknown=matches.unknown,
        unclear=matches.unclear,
        without_row=matches.without,
        ungraded=tuple(notes.ungraded),
    )


def _fill_row(
    row: FileRow, handed: HandedGrade, decimal: str, comment: Callable[[HandedGrade], str] | None, notes: _Notes
) -> None:
    name = row.person.shown
    if handed.grade is None:
        notes.ungraded.append(handed)
        return
    if row.left_alone is not None or row.grade is None:
        notes.left_alone.append(Remark(name, row.left_alone or text("The row is too short.")))
        return
    maximum = row.maximum or None  # a maximum of 0 means that there is none
    points = rounded(converted(handed.grade.points, handed.grade.max_points, maximum))
    if maximum is not None and maximum != handed.grade.max_points:
        notes.scales[handed.grade.max_points, maximum] = None
    if maximum is not None and points > maximum:
        notes.replaced.append(
            Remark(name, text("{points} is above the maximum, which is written.", points=float(points)))
        )
        points = maximum
    before = number_in(row.grade.value)
    if before == points:
        notes.kept += 1
    else:
        if row.grade.value.strip():
            new = written(points, decimal)
            notes.replaced.append(
                Remark(name, text("{before} becomes {after}.", before=row.grade.value.strip()[:40], after=new))
            )
        notes.cells[row.grade] = written(points, decimal)
        notes.written += 1
    if comment is not None and row.comment is not None and _ours(row.comment.value):
        notes.cells[row.comment] = comment(handed)


def _ours(words: str) -> bool:
    """True if a comment is empty, or was written by an earlier export."""
    return not words.strip() or words.strip().startswith(COMMENT_MARK)


def headers_told(headers: Sequence[str]) -> tuple[str, ...]:
    """Headers for a sentence: no empty ones, and no more than fit on a screen."""
    return tuple(header[:60] for header in headers if header.strip())[:20]
