"""Text with delimiters (CSV), in which single cells can be changed while every other byte stays.

The rules are those of Python's ``csv`` for its dialect ``excel``; that module keeps no positions in the text, though.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from checker.classroom.sheets.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, too_large
from checker.errors import UsageError
from checker.model import text

_ENDS = {
    ",": re.compile(r"[,\r\n]"),
    ";": re.compile(r"[;\r\n]"),
    "\t": re.compile(r"[\t\r\n]"),
    "|": re.compile(r"[|\r\n]"),
}
"""By candidate delimiter: the characters that end a cell without quotation marks."""
_LOOKED_AT = 30
"""Records by which the delimiter is recognised."""
_NAMED = re.compile(r"sep=([,;\t|])\r?\n")
"""The line by which a file tells Excel its delimiter."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The ``value`` of a cell, and its position in the text, with its quotation marks."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A row, and the line of the text, from 1, on which it begins."""

    line: int
    cells: tuple[Cell, ...]

    @property
    def empty(self) -> bool:
        return not any(cell.value.strip() for cell in self.cells)

    def value(self, column: int) -> str:
        """The value in that column, from 0; empty if the row is shorter."""
        return self.cells[column].value if column < len(self.cells) else ""


class TooWide(Exception):
    """A row has more cells than any table of a class."""


class UnclosedQuote(Exception):
    """A quotation mark that opens a cell has no second one; *line* is that of its row, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def records(words: str, delimiter: str) -> Iterator[Record]:
    """The rows of a text, empty ones included. Raises UnclosedQuote and TooWide."""
    ends = _ENDS[delimiter]
    named = _NAMED.match(words)
    position, line = (named.end(), 2) if named else (0, 1)
    while position < len(words):
        cells: list[Cell] = []
        first = line
        while True:
            cell = _cell(words, position, ends, first)
            line += _line_ends(words, cell)
            cells.append(cell)
            if len(cells) > MOST_COLUMNS:
                raise TooWide
            position = cell.end
            if words[position : position + 1] != delimiter:
                break
            position += 1
        position += 2 if words.startswith("\r\n", position) else 1
        line += 1
        yield Record(first, tuple(cells))


def delimiter_of(words: str) -> str:
    """The delimiter that splits the first rows of a text into equally many cells, and the most of them."""
    named = _NAMED.match(words)
    return named[1] if named else max(_ENDS, key=lambda delimiter: _fitness(words, delimiter))


def table_of(words: str, delimiter: str, name: str) -> tuple[Record, ...]:
    """All rows that are not empty. Raises UsageError, which calls the file *name*, where it is broken or too large."""
    try:
        full = (record for record in records(words, delimiter) if not record.empty)
        table = tuple(islice(full, MOST_ROWS + 1))
    except UnclosedQuote as error:
        raise UsageError(
            text("{name}, line {line}: a quotation mark opens here and is never closed.", name=name, line=error.line),
            text("Close it or remove it, then run the command again."),
        ) from error
    except TooWide as error:
        raise too_large(name) from error
    if len(table) > MOST_ROWS or any(len(cell.value) > LONGEST_CELL for record in table for cell in record.cells):
        raise too_large(name)
    return table


def changed(words: str, cells: Mapping[Cell, str], delimiter: str) -> str:
    """*words* with new values in these *cells*; a value is quoted where it has to be, or where the old one was."""
    parts: list[str] = []
    position = 0
    for cell in sorted(cells, key=lambda place: place.start):
        quoted = words.startswith('"', cell.start)
        parts += [words[position : cell.start], _written(cells[cell], delimiter, quoted=quoted)]
        position = cell.end
    return "".join([*parts, words[position:]])


def _written(value: str, delimiter: str, *, quoted: bool) -> str:
    if quoted or value.startswith(" ") or any(sign in value for sign in (delimiter, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value


def _cell(words: str, start: int, ends: re.Pattern[str], line: int) -> Cell:
    if not words.startswith('"', start):
        end = _end(words, start, ends)
        return Cell(start, end, words[start:end])
    parts: list[str] = []
    position = start + 1
    while True:
        closing = words.find('"', position)
        if closing < 0:
            raise UnclosedQuote(line)
        parts.append(words[position:closing])
        position = closing + 1
        if not words.startswith('"', position):
            break
        parts.append('"')
        position += 1
    end = _end(words, position, ends)
    return Cell(start, end, "".join([*parts, words[position:end]]))


def _end(words: str, start: int, ends: re.Pattern[str]) -> int:
    match = ends.search(words, start)
    return match.start() if match else len(words)


def _line_ends(words: str, cell: Cell) -> int:
    ends = words.count("\n", cell.start, cell.end) + words.count("\r", cell.start, cell.end)
    return ends - words.count("\r\n", cell.start, cell.end)


def _fitness(words: str, delimiter: str) -> tuple[bool, float, int]:
    try:
        full = (record for record in records(words, delimiter) if not record.empty)
        widths = [len(record.cells) for record in islice(full, _LOOKED_AT)]
    except (UnclosedQuote, TooWide):
        return (False, 0.0, 0)
    if not widths:
        return (False, 0.0, 0)
    usual, count = Counter(widths).most_common(1)[0]
    return (widths[0] > 1 and usual > 1, count / len(widths), usual)
