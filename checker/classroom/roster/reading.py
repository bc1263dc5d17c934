"""The students in the rows of a roster, and the errors in a row, by its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from checker.classroom.class_file import ForgeTable
from checker.classroom.records import Student
from checker.classroom.roster.addresses import Address, account_of, address_of, is_email
from checker.classroom.roster.columns import Columns
from checker.classroom.roster.fields import WORDS, Field
from checker.classroom.sheets.canvas_rows import no_student
from checker.classroom.sheets.reading import SheetRow
from checker.model import Text, text

_LONGEST = 300
_WANTED = (Field.EMAIL, Field.NUMBER, Field.ACCOUNT, Field.REPOSITORY)
"""Fields of which an empty cell is reported, if there is a column for them."""
_BLANKS = re.compile(r"\s+")
_MOODLE_FOLDER = "_assignsubmission_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The values of one row; empty if the row has none.

    ``line`` is that of the row, from 1. ``called`` is the name of a folder or an archive: the student's name, number,
    account or key.
    """

    line: int
    name: str = ""
    email: str = ""
    number: str = ""
    account: str = ""
    group: str = ""
    called: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class RowRemark:
    """A remark on a row, by its line: for instance the reason why it cannot be used."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Roster:
    """The rows of a table: usable ones, wrong ones, and rows that are no students.

    ``incomplete`` are usable rows with an empty cell in a column that the table has.
    """

    entries: tuple[Entry, ...]
    wrong: tuple[RowRemark, ...]
    skipped: tuple[RowRemark, ...] = ()
    incomplete: tuple[RowRemark, ...] = ()


def roster_of(columns: Columns, forge: ForgeTable) -> Roster:
    """The students of a table. A row that repeats the number, e-mail or account of an earlier one is wrong."""
    entries: list[Entry] = []
    wrong: list[RowRemark] = []
    skipped: list[RowRemark] = []
    incomplete: list[RowRemark] = []
    lines: dict[tuple[str, str], int] = {}
    for row in columns.rows:
        reason = no_student(row.cells)
        if reason is not None:
            skipped.append(RowRemark(row.line, reason))
            continue
        entry = _entry(row, columns, forge)
        if isinstance(entry, Entry):
            entry = _doubled(entry, lines) or entry
        if isinstance(entry, Text):
            wrong.append(RowRemark(row.line, entry))
            continue
        entries.append(entry)
        empty = [field for field in _WANTED if columns.place(field) is not None and not row.value(columns.place(field))]
        if empty:
            fields = tuple(WORDS[field] for field in empty)
            incomplete.append(RowRemark(row.line, text("{name}: {fields}", name=_shown(entry), fields=fields)))
    return Roster(tuple(entries), tuple(wrong), tuple(skipped), tuple(incomplete))


_TOO = {
    "number": text("The number {value} is that of line {line}, too."),
    "email": text("The e-mail {value} is that of line {line}, too."),
    "account": text("The account {value} is that of line {line}, too."),
    "name": text("The name {value} is that of line {line}, too."),
}


def _shown(entry: Entry) -> str:
    return entry.name or entry.called or entry.email or entry.account or entry.number


def found_nobody() -> Text:
    """The sentence for a row without a student."""
    return text("There is neither a name, an e-mail, a number nor an account.")


def plain_name(words: str) -> str:
    """A name for comparison: its words in alphabetical order, without accents, case and punctuation."""
    letters = unicodedata.normalize("NFKD", words[:_LONGEST].casefold())
    readable = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(sorted(readable.split()))


def plain_number(words: str) -> str:
    """A number for comparison, without leading zeros: spreadsheets drop them."""
    return words.casefold().lstrip("0") or words


def identities_of(person: Student | Entry) -> dict[str, str]:
    """The known values that identify a person, by their field, the surest first, in a form for comparison."""
    values = {
        "number": plain_number(person.number),
        "email": person.email.casefold(),
        "account": person.account.casefold(),
        "name": plain_name(person.name),
    }
    return {kind: value for kind, value in values.items() if value}


def name_of_folder(words: str) -> str:
    """The name of a student, from that of their folder or file; Moodle appends its own number to it."""
    return words.partition(_MOODLE_FOLDER)[0].rpartition("_")[0] if _MOODLE_FOLDER in words else words


def _entry(row: SheetRow, columns: Columns, forge: ForgeTable) -> Entry | Text:
    extra = [cell for cell in row.cells[columns.width :] if cell.strip()]
    if extra:
        return text("There are more cells ({count}) than columns ({width}).", count=len(row.cells), width=columns.width)
    values = {field: _BLANKS.sub(" ", row.value(columns.place(field))) for field in Field}
    for value in values.values():
        if len(value) > _LONGEST and value != values[Field.REPOSITORY]:
            return text("A cell is longer than {most} characters.", most=_LONGEST)
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in value):
            return text("A cell holds a control character.")
    if values[Field.EMAIL] and not is_email(values[Field.EMAIL]):
        return text("{email} is no e-mail address.", email=values[Field.EMAIL])
    account = account_of(values[Field.ACCOUNT]) if values[Field.ACCOUNT] else ""
    if account is None:
        return text("{account} is no account.", account=values[Field.ACCOUNT])
    address = None
    if values[Field.REPOSITORY]:
        found = address_of(values[Field.REPOSITORY], forge)
        if isinstance(found, Text):
            return found
        address = found
    entry = Entry(
        line=row.line,
        name=_name(values),
        email=values[Field.EMAIL],
        number=values[Field.NUMBER],
        account=account,
        group=values[Field.GROUP],
        address=address,
    )
    return entry if entry.name or entry.email or entry.number or entry.account else found_nobody()


def _name(values: Mapping[Field, str]) -> str:
    """The whole name, first name first: Canvas writes the last name first."""
    parts = f"{values[Field.FIRST_NAME]} {values[Field.LAST_NAME]}".strip()
    if parts:
        return parts
    last, comma, first = values[Field.NAME].partition(", ")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else values[Field.NAME]


def _doubled(entry: Entry, lines: dict[tuple[str, str], int]) -> Text | None:
    """The reason if an earlier row has this student's number, e-mail or account; else these are remembered."""
    identities = identities_of(entry)
    if len(identities) > 1:
        identities.pop("name", None)
    for kind, value in identities.items():
        if (kind, value) in lines:
            values = (("value", getattr(entry, kind)), ("line", lines[kind, value]))
            return Text(_TOO[kind].template, values)
    lines |= dict.fromkeys(identities.items(), entry.line)
    return None
