"""The meaning of a roster's columns: by header, else by content, else as the instructor says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial

from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.addresses import Address, account_of, address_of, is_email
from checker.classroom.roster.fields import AMBIGUOUS, HEADERS, LAST_NAME_BESIDE_FIRST, OTHERS, Field, plain_header
from checker.classroom.sheets.canvas_rows import no_student
from checker.classroom.sheets.reading import SheetRow
from checker.errors import UsageError, did_you_mean
from checker.model import text

_LOOKED_AT = 200
"""Rows by which the content of a column is recognised."""
_MOSTLY = 0.8
_ALIKE = 0.8
_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{3,20}[A-Za-z]{0,2}")
_PARTICIPANT = re.compile(r"[^\W\d_]{3,30} [0-9]{1,12}")
"""The identifier in a Moodle worksheet, which differs in each assignment: ``Participant 123``."""


class Ground(StrEnum):
    """The reason for the meaning of a column."""

    HEADER = "header"
    CLOSE = "close"
    """The header is close to a known one."""
    CONTENT = "content"
    ASKED = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its index from 0, its header (empty if there is none), a sample value, and its field."""

    place: int
    header: str
    example: str
    field: Field | None = None
    ground: Ground = Ground.HEADER


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a table, and its rows of students, without the header."""

    every: tuple[Column, ...]
    rows: tuple[SheetRow, ...]
    header: bool

    def place(self, field: Field) -> int | None:
        """The index of the column of that field."""
        return next((column.place for column in self.every if column.field is field), None)

    @property
    def width(self) -> int:
        return len(self.every)


def columns_of(table: Sequence[SheetRow], forge: ForgeTable, asked: Sequence[str] = ()) -> Columns:
    """The columns of a table.

    *asked* are ``field=header`` or ``field=number`` (from 1), which come first. Raises UsageError for an unknown field
    or column, and for a table without rows.
    """
    if not table:
        raise UsageError(text("The table has no rows."), text("Give a file with one row for each student."))
    contents = partial(_content_field, forge=forge)
    header = _has_header(table, contents, asked)
    rows = tuple(table[1:] if header else table)
    widths = Counter(len(row.cells) for row in rows[:_LOOKED_AT])
    width = len(table[0].cells) if header else widths.most_common(1)[0][0]
    headers = [table[0].value(place) if header else "" for place in range(width)]
    people = [row for row in rows[:_LOOKED_AT] if no_student(row.cells) is None]
    values = [[value for row in people if (value := row.value(place))] for place in range(width)]
    taken: dict[int, tuple[Field, Ground]] = {}
    for request in asked:
        field, place = _asked(request, headers)
        taken = {at: found for at, found in taken.items() if found[0] is not field}
        taken[place] = (field, Ground.ASKED)
    _by_header(headers, values, contents, taken)
    _by_content(headers, values, contents, taken)
    _split_name(headers, taken)
    every = []
    for place in range(width):
        found, ground = taken.get(place, (None, Ground.HEADER))
        example = next(iter(values[place]), "")
        every.append(Column(place=place, header=headers[place], example=example, field=found, ground=ground))
    return Columns(tuple(every), rows, header)


def _asked(words: str, headers: Sequence[str]) -> tuple[Field, int]:
    name, equals, column = words.partition("=")
    names = [field.value for field in Field]
    if not equals or name not in names:
        close = get_close_matches(name, names, n=1, cutoff=0.5)
        raise UsageError(
            text("--column {words} names nothing that is known of a student.", words=words),
            text("Did you mean {name}?", name=f"{close[0]}=…")
            if close
            else text("Write one of {names}, an equals sign, and the header of the column.", names=tuple(names)),
        )
    plain = [plain_header(header) for header in headers]
    if plain_header(column) in plain and plain_header(column):
        return Field(name), plain.index(plain_header(column))
    if column.isascii() and column.isdigit() and 0 < int(column[:6]) <= len(headers):
        return Field(name), int(column) - 1
    every = text("There are: {names}.", names=tuple(header or str(at) for at, header in enumerate(headers, start=1)))
    raise UsageError(text("There is no column {column}.", column=column), did_you_mean(column, headers, every))


_Contents = Callable[[Sequence[str]], Field | None]


def _content_field(values: Sequence[str], forge: ForgeTable) -> Field | None:
    """The field that most values fit, if one is recognisable: an e-mail, a repository or a number."""
    if not values:
        return None
    kinds: Mapping[Field, Callable[[str], bool]] = {
        Field.EMAIL: is_email,
        Field.REPOSITORY: lambda value: isinstance(address_of(value, forge), Address) and "/" in value,
        Field.NUMBER: lambda value: _NUMBER.fullmatch(value) is not None,
    }
    for field, fits in kinds.items():
        if sum(fits(value) for value in values) >= _MOSTLY * len(values):
            return field
    return None


def _has_header(table: Sequence[SheetRow], contents: _Contents, asked: Sequence[str]) -> bool:
    """True if the first row is a header: it holds a known or requested name, or differs in kind from the others."""
    known = {name for names in HEADERS.values() for name in names} | AMBIGUOUS | OTHERS | {LAST_NAME_BESIDE_FIRST}
    first = table[0]
    cells = [plain_header(cell) for cell in first.cells if plain_header(cell)]
    if any(is_email(cell.strip()) for cell in first.cells):
        return False
    if set(cells) & (known | {plain_header(request.partition("=")[2]) for request in asked}):
        return True
    for place in range(len(first.cells)):
        field = contents([first.value(place)]) if first.value(place) else None
        if field is not None:
            return False
        if contents([value for row in table[1:_LOOKED_AT] if (value := row.value(place))]) is not None:
            return True
    return any(get_close_matches(cell, known, n=1, cutoff=_ALIKE) for cell in cells)


def _by_header(
    headers: Sequence[str], values: Sequence[Sequence[str]], contents: _Contents, taken: dict[int, tuple[Field, Ground]]
) -> None:
    """Assign the columns whose header is known, then those whose header is close to a known one."""
    plain = [plain_header(header) for header in headers]
    free = {place for place, name in enumerate(plain) if name and place not in taken}
    for field in [field for field in Field if field not in _fields(taken)]:
        names = HEADERS[field]
        if field is Field.LAST_NAME and Field.FIRST_NAME in _fields(taken):
            names = (*names, LAST_NAME_BESIDE_FIRST)
        if field is Field.NAME and not any(name in HEADERS[Field.FIRST_NAME] for name in plain):
            names = (*names, LAST_NAME_BESIDE_FIRST)
        for name in names:
            place = next((at for at in sorted(free) if plain[at] == name), None)
            if place is not None:
                taken[place] = (field, Ground.HEADER)
                free.discard(place)
                break
    for place in sorted(free):
        if plain[place] in AMBIGUOUS and not _participants(values[place]):
            field = contents(values[place]) or Field.ACCOUNT
            if field not in _fields(taken):
                taken[place] = (field, Ground.CONTENT)
    for place in sorted(free - taken.keys()):
        if plain[place] not in OTHERS and not _participants(values[place]):
            names_left = {name: field for field in Field if field not in _fields(taken) for name in HEADERS[field]}
            close = get_close_matches(plain[place], [name for name in names_left if len(name) > 3], n=1, cutoff=_ALIKE)
            if close:
                taken[place] = (names_left[close[0]], Ground.CLOSE)


def _split_name(headers: Sequence[str], taken: dict[int, tuple[Field, Ground]]) -> None:
    """Next to a column of first names, found only later, ``Nom`` is the last name."""
    fields = _fields(taken)
    for place, (field, ground) in list(taken.items()):
        if (
            field is Field.NAME
            and ground is not Ground.ASKED
            and Field.FIRST_NAME in fields
            and Field.LAST_NAME not in fields
            and plain_header(headers[place]) in (LAST_NAME_BESIDE_FIRST, "name")
        ):
            taken[place] = (Field.LAST_NAME, ground)


def _participants(values: Sequence[str]) -> bool:
    return bool(values) and all(_PARTICIPANT.fullmatch(value) for value in values)


def _fields(taken: Mapping[int, tuple[Field, Ground]]) -> set[Field]:
    """The fields that have a column."""
    return {field for field, _ in taken.values()}


def _by_content(
    headers: Sequence[str], values: Sequence[Sequence[str]], contents: _Contents, taken: dict[int, tuple[Field, Ground]]
) -> None:
    """Assign columns without a known header by their content; in a table without headers, names and accounts too."""
    free = [
        place
        for place, header in enumerate(headers)
        if place not in taken and plain_header(header) not in OTHERS and not _participants(values[place])
    ]
    for place in list(free):
        field = contents(values[place])
        if field is not None and field not in _fields(taken):
            taken[place] = (field, Ground.CONTENT)
            free.remove(place)
    if any(headers) or _fields(taken) & {Field.NAME, Field.LAST_NAME}:
        return
    names = [place for place in free if values[place] and not any(sign.isdigit() for sign in "".join(values[place]))]
    match names[:2]:
        case [first_place, other] if other == first_place + 1 and not any(
            " " in value for value in (*values[first_place], *values[other])
        ):
            shouted = sum(value.isupper() for value in values[first_place]) > len(values[first_place]) / 2
            first, last = (other, first_place) if shouted else (first_place, other)
            taken[first] = (Field.FIRST_NAME, Ground.CONTENT)
            taken[last] = (Field.LAST_NAME, Ground.CONTENT)
        case [first_place, *_]:
            taken[first_place] = (Field.NAME, Ground.CONTENT)
        case _:
            pass
    rest = [place for place in free if place not in taken and values[place]]
    accounts = [place for place in rest if all(account_of(value) for value in values[place])]
    if accounts and Field.ACCOUNT not in _fields(taken):
        taken[accounts[0]] = (Field.ACCOUNT, Ground.CONTENT)
