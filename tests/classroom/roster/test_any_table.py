"""Whatever a table holds, it is read or refused with a sentence; nothing else comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.classroom.class_file import ForgeTable
from checker.classroom.export.canvas import gradebook
from checker.classroom.export.filling import fill
from checker.classroom.export.moodle import worksheet
from checker.classroom.roster.columns import columns_of
from checker.classroom.roster.fields import HEADERS
from checker.classroom.roster.joining import join
from checker.classroom.roster.reading import roster_of
from checker.classroom.sheets.reading import SheetRow, read_sheet
from checker.errors import UsageError
from tests.classroom.export.handing import handed, student

KNOWN = st.sampled_from([name for names in HEADERS.values() for name in names])
VALUES = st.sampled_from(
    [
        "",
        "a@x.fr",
        "Alice Dupont",
        "123456",
        "https://github.com/e/t",
        "e/t",
        "Participant 1",
        "N/A",
        "12,5",
        "Dupont, A",
    ]
)
CELL = st.one_of(KNOWN, VALUES, st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=6)
FORGES = st.sampled_from(
    [ForgeTable(), ForgeTable(kind="github"), ForgeTable(kind="gitlab", url="https://g.fr/api/v4")]
)


@settings(max_examples=40)
@given(TABLE, FORGES)
def test_any_table_makes_students_or_sentences(table: Sequence[Sequence[str]], forge: ForgeTable):
    rows = [SheetRow(line, tuple(cells)) for line, cells in enumerate(table, start=1) if any(map(str.strip, cells))]
    try:
        columns = columns_of(rows, forge)
    except UsageError:
        assert rows == []
        return
    roster = roster_of(columns, forge)
    lines = [one.line for one in (*roster.entries, *roster.wrong, *roster.skipped)]
    assert sorted(lines) == [row.line for row in columns.rows], "a row is lost"
    fields = [column.field for column in columns.every if column.field is not None]
    assert len(fields) == len(set(fields)), "two columns for one field"
    found = join(roster.entries, (), ())
    assert len(found.new) + len(found.wrong) == len(roster.entries)
    assert join(roster.entries, found.students, found.repositories).repositories == ()


@settings(max_examples=40)
@given(st.one_of(st.binary(max_size=80), TABLE.map(lambda rows: "\n".join(map(";".join, rows)).encode())))
def test_any_file_is_a_table_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.mktemp("any") / "file.csv"
    path.write_bytes(content)
    grades = [handed(student("a", "Alice Dupont", email="a@x.fr"), "12")]
    for read in (read_sheet, lambda one: fill(worksheet(one), grades), lambda one: fill(gradebook(one), grades)):
        with suppress(UsageError):
            read(path)
