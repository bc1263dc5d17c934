"""``checker class add``: show how a roster is understood, and write it after confirmation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.classroom.class_file import ForgeTable
from checker.classroom.folder import opened
from checker.classroom.forges.opening import forge_address, open_forge
from checker.classroom.gradebook.roster import put_repositories, put_students, repositories, students
from checker.classroom.opening import OpenClass
from checker.classroom.records import ClassRepository, Student
from checker.classroom.roster.accounts import LookedUp, account_to_look_up, look_up, new_accounts, without_unknown
from checker.classroom.roster.addresses import Address, address_of
from checker.classroom.roster.columns import Columns, Ground, columns_of
from checker.classroom.roster.fields import WORDS, Field
from checker.classroom.roster.joining import Joining, join
from checker.classroom.roster.reading import Roster, RowRemark, roster_of
from checker.classroom.roster.sources import is_table, roster_of_addresses, roster_of_place
from checker.classroom.sheets.reading import read_sheet
from checker.cli.classes.forge_waiting import ForgeWaiting
from checker.cli.classes.opened import opened_here
from checker.cli.classes.rows import say_list
from checker.cli.console import Console
from checker.errors import ForgeError, UsageError
from checker.model import Text, text

_NAMED = 20
_MANY_ACCOUNTS = 20
"""The number of accounts from which on a message says that they are looked up: a forge takes seconds for them."""
_LONGEST_WAIT = 300.0
"""Seconds of the longest single wait for the forge: a roster can be added without it."""
_EXAMPLES = 5
_LONGEST = 40
_AGREED = frozenset({"y", "yes", "o", "oui"})
_SHOWN = (Field.NAME, Field.EMAIL, Field.NUMBER, Field.ACCOUNT, Field.GROUP, Field.REPOSITORY)
"""The fields of which a change is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options for reading and writing a roster: columns by hand, a worksheet, and the answers to questions."""

    columns: tuple[str, ...] = ()
    worksheet: str | None = None
    yes: bool = False
    skip_wrong: bool = False


def run(console: Console, folder: Path, sources: Sequence[str], asked: Asked) -> None:
    """Show the content of the *sources*, and add it to the class after confirmation.

    Raises UsageError for a source that cannot be read, and for rows that cannot be used; ClassError if the class
    cannot.
    """
    forge = opened(folder).load().forge
    roster = _read(console, sources, forge, asked)
    with opened_here(folder) as of:
        _add(console, of, roster, asked)


def _read(console: Console, sources: Sequence[str], forge: ForgeTable, asked: Asked) -> Roster:
    addresses = tuple(source for source in sources if _is_address(source))
    places = [Path(source) for source in sources if not _is_address(source)]
    for place in places:
        if not place.exists():
            raise UsageError(
                text("{path} is not there.", path=str(place)),
                text("Give a table of students (CSV, .xlsx), a folder of their work, or addresses of repositories."),
            )
    if len(places) > 1 and any(is_table(place) for place in places):
        raise UsageError(text("Several tables were given at once."), text("Add one after the other."))
    found = [_of_place(console, place, forge, asked) for place in places]
    if addresses:
        found.append(roster_of_addresses(addresses, forge))
    return Roster(
        tuple(entry for source in found for entry in source.entries),
        tuple(row for source in found for row in source.wrong),
        tuple(row for source in found for row in source.skipped),
        tuple(row for source in found for row in source.incomplete),
    )


def _is_address(words: str) -> bool:
    """True if *words* are the address of a repository, with a host: ``owner/name`` may be a mistyped path."""
    return not Path(words).exists() and ("://" in words or isinstance(address_of(words, ForgeTable()), Address))


def _of_place(console: Console, place: Path, forge: ForgeTable, asked: Asked) -> Roster:
    if not is_table(place):
        return roster_of_place(place)
    sheet = read_sheet(place, asked.worksheet)
    columns = columns_of(sheet.rows, forge, asked.columns)
    console.say(text("{name}: {form}; rows: {rows}.", name=place.name, form=sheet.form, rows=len(columns.rows)))
    _show_columns(console, columns)
    return roster_of(columns, forge)


def _show_columns(console: Console, columns: Columns) -> None:
    if not columns.header:
        console.say(text("It has no line of headers: the columns are known by what is in them."))
    for column in columns.every:
        header = column.header[:_LONGEST] or text("column {number}", number=column.place + 1)
        example = _short(column.example)
        if column.field is None:
            continue
        field = WORDS[column.field]
        if column.ground is Ground.CLOSE:
            words = text("{header} → {field}? Its header is close to one; {example}", header=header, field=field,
                         example=example)  # fmt: skip
        else:
            words = text("{header} → {field}: {example}", header=header, field=field, example=example)
        console.say(words, before="  ")
    unused = [column.header[:_LONGEST] or str(column.place + 1) for column in columns.every if column.field is None]
    if unused:
        console.say(text("Columns that are not used: {names}.", names=tuple(unused[:_NAMED])))
        console.say(text("To use another column: --column email=HEADER (or its number)."))


def _add(console: Console, of: OpenClass, roster: Roster, asked: Asked) -> None:
    with of.gradebook.reading() as connection:
        members, there = students(connection), repositories(connection)
    roster = _looked_up(console, of.file.forge, roster, members, there)
    first = join(roster.entries, members, there)
    wrong = tuple(sorted((*roster.wrong, *first.wrong), key=lambda row: row.line))
    _show_rows(console, roster.skipped, text("Left out, being no students:"))
    _show_rows(console, roster.incomplete, text("Cells that are empty:"))
    _show_rows(console, wrong, text("These rows cannot be used:"))
    _show_students(console, first, {repository.key: repository.source for repository in first.repositories})
    if wrong and not asked.skip_wrong:
        raise UsageError(
            text("Rows that cannot be used: {count}. Nothing was written.", count=len(wrong)),
            text("Correct them, or leave them out: --skip-wrong."),
        )
    if not first.students and not first.repositories:
        console.say(text("Nothing is to be written."))
        return
    if not asked.yes and not _agreed(console):
        console.say(text("Nothing was written. To write it: add --yes to the command."))
        return
    with of.gradebook.writing() as connection:
        # another process may have written in the meantime
        last = join(roster.entries, students(connection), repositories(connection))
        put_repositories(connection, last.repositories)
        put_students(connection, last.students)
    console.say(
        text(
            "Written. New students: {new}; changed: {changed}; new repositories: {repositories}.",
            new=len(last.new),
            changed=len(last.changed),
            repositories=len(last.repositories),
        )
    )
    console.say(_next(last.students, of.file.forge))


def _looked_up(
    console: Console,
    table: ForgeTable,
    roster: Roster,
    members: Sequence[Student],
    known_repositories: Sequence[ClassRepository],
) -> Roster:
    """The roster, with rows of unknown accounts moved to the wrong ones; unchanged if the forge cannot tell."""
    if table.kind == "none":
        return roster
    try:
        address = forge_address(table)
        accounts = new_accounts(roster.entries, members, known_repositories, address)
        if not accounts:
            return roster
        project = address.project(table.repository) or table.repository
        taken = {one.account for one in members} | {account_to_look_up(one, address) for one in roster.entries}
        with console.progress() as progress:
            listener = _AccountsProgress(console, progress)
            with open_forge(table, os.environ, listener, longest_wait=_LONGEST_WAIT) as forge:
                found = look_up(accounts, taken, project, forge, listener)
    except ForgeError as error:
        console.say(text("Whether the forge knows the accounts was not looked up: {reason}", reason=error.cause))
        return roster
    _say_left(console, found, len(accounts))
    return without_unknown(roster, address, found.reasons)


class _AccountsProgress(ForgeWaiting):
    """Shows the progress of a long lookup, and the reason for each wait."""

    def looking_up(self, account: str, done: int, whole: int) -> None:
        if whole >= _MANY_ACCOUNTS:
            self.progress.note(
                text("{done} of {whole} accounts looked up; now {account}.", done=done, whole=whole, account=account),
                plainly=text("Looking up {whole} accounts on the forge.", whole=whole),
            )


def _say_left(console: Console, found: LookedUp, whole: int) -> None:
    if found.problem is not None and len(found.left) == whole:
        console.say(text("Whether the forge knows the accounts was not looked up: {reason}", reason=found.problem))
    elif found.problem is not None:
        left, reason = len(found.left), found.problem
        console.say(
            text("{left} of {whole} accounts were not looked up: {reason}", left=left, whole=whole, reason=reason)
        )


def _show_rows(console: Console, rows: Sequence[RowRemark], title: Text) -> None:
    say_list(console, title, [text("line {line}: {reason}", line=row.line, reason=row.reason) for row in rows])


def _show_students(console: Console, joining: Joining, sources: dict[str, str]) -> None:
    console.say(
        text(
            "New students: {new}; changed: {changed}; the same as before: {same}.",
            new=len(joining.new),
            changed=len(joining.changed),
            same=len(joining.same),
        )
    )
    for student in joining.new[:_EXAMPLES]:
        console.say(text("new: {student}", student=_line(student, sources)), before="  ")
    if len(joining.new) > _EXAMPLES:
        console.say(text("and {count} more", count=len(joining.new) - _EXAMPLES), before="  ")
    for change in joining.changed[:_NAMED]:
        for field in _SHOWN:
            before, after = getattr(change.before, field) or "", getattr(change.after, field) or ""
            if before != after:
                console.say(
                    text("{name}: {field} {before} → {after}", name=_short(change.before.shown),
                         field=WORDS[field], before=_short(before) or "—", after=_short(after)), before="  ",
                )  # fmt: skip
    if joining.absent:
        console.say(text("In the class but not in it, and kept as they are: {count}.", count=len(joining.absent)))
    without = sum(student.repository is None for student in joining.students)
    if without:
        console.say(text("Without a repository: {count}.", count=without))


def _line(student: Student, sources: dict[str, str]) -> str:
    where = sources.get(student.repository or "", student.repository or "")
    parts = (student.name, student.email, student.number, student.account, student.group, where)
    return " · ".join(_short(part) for part in parts if part)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _agreed(console: Console) -> bool:
    """True if a user at a terminal says yes; without a terminal the answer is no."""
    if not (console.terminal and sys.stdin.isatty()):
        return False
    console.say(text("Write this to the class? [y/N]"), sys.stderr)
    return sys.stdin.readline(100).strip().casefold() in _AGREED


def _next(students: Iterable[Student], forge: ForgeTable) -> Text:
    if any(student.repository is None for student in students) and forge.kind != "none":
        return text("Next: checker class forks finds their repositories, then checker class clone.")
    return text("Next: checker class clone, then checker class grade.")
