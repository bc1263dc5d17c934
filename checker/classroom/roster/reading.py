"""The students that the rows of a roster name, and what is wrong with a row, by its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.addresses import Address, account_of, address_of, is_email
from checker.classroom.roster.columns import Columns
from checker.classroom.roster.fields import WORDS, Field
from checker.classroom.sheets.canvas_rows import no_student
from checker.classroom.sheets.reading import SheetRow
from checker.model import Text, text

_LONGEST = 300
_WANTED = (Field.EMAIL, Field.NUMBER, Field.ACCOUNT, Field.REPOSITORY)
"""Fields of which an empty cell is told, where there is a column for them."""
_BLANKS = re.compile(r"\s+")
_MOODLE_FOLDER = "_assignsubmission_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one row says of a student; empty where it says nothing. ``line`` is that of the row, from 1.

    ``called`` is the name of a folder or an archive: a name of the student, or a number, an account, a key of theirs.
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
    """Something about a row, by its line: why it cannot be used, for instance."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Roster:
    """What a table says: its usable rows, those that are wrong, and rows that are no students.

    ``incomplete`` are usable rows with an empty cell in a column that the table has.
    """

    entries: tuple[Entry, ...]
    wrong: tuple[RowRemark, ...]
    skipped: tuple[RowRemark, ...] = ()
    incomplete: tuple[RowRemark, ...] = ()


def roster_of(columns: Columns, forge: ForgeTable) -> Roster:
    """The students of a table. A row whose number, e-mail or account an earlier one has is wrong."""
    entries: list[Entry] = []
    wrong: list[RowRemark] = []
    skipped: list[RowRemark] = []
    incomplete: list[RowRemark] = []
    seen: dict[tuple[str, str], int] = {}
    for row in columns.rows:
        reason = no_student(row.cells)
        if reason is not None:
            skipped.append(RowRemark(row.line, reason))
            continue
        found = _entry(row, columns, forge)
        if isinstance(found, Entry):
            reason = _doubled(found, seen)
        if isinstance(found, Text) or reason is not None:
            wrong.append(RowRemark(row.line, found if isinstance(found, Text) else reason or found_nobody()))
            continue
        entries.append(found)
        empty = [field for field in _WANTED if columns.place(field) is not None and not row.value(columns.place(field))]
        if empty:
            fields = tuple(WORDS[field] for field in empty)
            incomplete.append(RowRemark(row.line, text("{name}: {fields}", name=_shown(found), fields=fields)))
    return Roster(tuple(entries), tuple(wrong), tuple(skipped), tuple(incomplete))


def _shown(entry: Entry) -> str:
    return entry.name or entry.called or entry.email or entry.account or entry.number


def found_nobody() -> Text:
    """The sentence for a row that names nobody."""
    return text("There is neither a name, an e-mail, a number nor an account.")


def plain_name(words: str) -> str:
    """A name as it is compared: its words in order of the alphabet, without accents, case and signs."""
    letters = unicodedata.normalize("NFKD", words[:_LONGEST].casefold())
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(sorted(kept.split()))


def plain_number(words: str) -> str:
    """A number as it is compared: spreadsheets drop leading zeros."""
    return words.casefold().lstrip("0") or words


def name_of_folder(words: str) -> str:
    """The name of a student, from that of a folder or file of theirs; Moodle adds its own number to it."""
    return words.partition(_MOODLE_FOLDER)[0].rpartition("_")[0] if _MOODLE_FOLDER in words else words


def _entry(row: SheetRow, columns: Columns, forge: ForgeTable) -> Entry | Text:
    """What a row says, or what is wrong with it."""
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
    """The first name before the last one, as Canvas does not write it."""
    parts = f"{values[Field.FIRST_NAME]} {values[Field.LAST_NAME]}".strip()
    if parts:
        return parts
    last, comma, first = values[Field.NAME].partition(", ")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else values[Field.NAME]


def _doubled(entry: Entry, seen: dict[tuple[str, str], int]) -> Text | None:
    """Why a row is that of somebody who was there before; else it is remembered."""
    same: Sequence[tuple[str, str, Callable[[int], Text]]] = (
        (
            "number",
            plain_number(entry.number),
            lambda line: text("The number {value} is that of line {line}, too.", value=entry.number, line=line),
        ),
        (
            "email",
            entry.email.casefold(),
            lambda line: text("The e-mail {value} is that of line {line}, too.", value=entry.email, line=line),
        ),
        (
            "account",
            entry.account.casefold(),
            lambda line: text("The account {value} is that of line {line}, too.", value=entry.account, line=line),
        ),
    )
    if not (entry.number or entry.email or entry.account):
        same = (
            (
                "name",
                plain_name(entry.name),
                lambda line: text("The name {value} is that of line {line}, too.", value=entry.name, line=line),
            ),
        )
    for kind, value, reason in same:
        if value and (kind, value) in seen:
            return reason(seen[kind, value])
    _remember(((kind, value) for kind, value, _ in same), entry.line, seen)
    return None


def _remember(values: Iterable[tuple[str, str]], line: int, seen: dict[tuple[str, str], int]) -> None:
    seen.update({(kind, value): line for kind, value in values if value})
