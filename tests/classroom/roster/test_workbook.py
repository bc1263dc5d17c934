"""An Excel workbook is read by its values, and a hostile one costs neither memory nor time."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from checker.classroom.sheets.limits import MOST_ROWS
from checker.classroom.sheets.reading import read_sheet
from checker.errors import UsageError


def saved(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def altered(path: Path, member: str, content: bytes) -> Path:
    """The workbook with another member in place of *member*."""
    into = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    path.write_bytes(into.getvalue())
    return path


SHEET = "xl/worksheets/sheet1.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_of(rows: bytes) -> bytes:
    return b"<worksheet " + MAIN + b"><sheetData>" + rows + b"</sheetData></worksheet>"


def test_values_are_read_as_people_see_them(tmp_path: Path):
    path = saved(
        tmp_path / "r.xlsx",
        ("Liste", [["Nom", "N°", "Né"], [], ["Élodie", 20231234, datetime(2003, 5, 1)], ["Zoé", 1.5, True]]),
    )
    found = read_sheet(path)
    assert [row.line for row in found.rows] == [1, 3, 4]
    assert found.rows[1].cells == ("Élodie", "20231234", "2003-05-01T00:00:00")
    assert found.rows[2].cells == ("Zoé", "1.5", "True")
    assert str(found.form) == "workbook, worksheet Liste"


def test_of_a_formula_the_stored_value_is_read(tmp_path: Path):
    path = saved(tmp_path / "r.xlsx", ("A", [["x"]]))
    rows = b'<row r="1"><c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c><c r="B1"><f>1+1</f></c></row>'
    assert read_sheet(altered(path, SHEET, sheet_of(rows))).rows[0].cells == ("ab",)


def test_the_first_worksheet_with_rows_is_read_or_the_named_one(tmp_path: Path):
    path = saved(tmp_path / "r.xlsx", ("Vide", []), ("Un", [["a"]]), ("Deux", [["b"]]))
    assert read_sheet(path).rows[0].cells == ("a",)
    assert read_sheet(path, "deux").rows[0].cells == ("b",)
    with pytest.raises(UsageError, match="There are: Vide, Un, Deux"):
        read_sheet(path, "Trois")


def test_a_wrong_statement_on_its_size_hides_no_row(tmp_path: Path):
    path = saved(tmp_path / "r.xlsx", ("A", [["x"]]))
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
    content = sheet_of(rows).replace(b"<sheetData>", b'<dimension ref="A1"/><sheetData>')
    assert [row.cells for row in read_sheet(altered(path, SHEET, content)).rows] == [("1",), ("2",)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "rows",
    [
        b"<row/>" * 4_000_000,
        b"<row>" + b"<c/>" * 4_000_000 + b"</row>",
        b"".join(b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' for _ in range(MOST_ROWS + 1)),
        b" " * 70_000_000,
    ],
    ids=["rows", "cells", "students", "blanks"],
)
def test_more_than_any_class_has_is_refused_at_once(tmp_path: Path, rows: bytes):
    path = altered(saved(tmp_path / "r.xlsx", ("A", [["x"]])), SHEET, sheet_of(rows))
    begun = time.process_time()
    with pytest.raises(UsageError, match="larger than the table of any class"):
        read_sheet(path)
    assert time.process_time() - begun < 20


def test_a_row_far_below_is_read_without_all_between(tmp_path: Path):
    rows = b'<row r="1"><c><v>1</v></c></row><row r="1000000"><c r="A1000000"><v>2</v></c></row>'
    path = altered(saved(tmp_path / "r.xlsx", ("A", [["x"]])), SHEET, sheet_of(rows))
    assert [row.line for row in read_sheet(path).rows] == [1, 1_000_000]


def test_a_row_that_no_spreadsheet_has_is_not_waited_for(tmp_path: Path):
    rows = b'<row r="1"><c><v>1</v></c></row><row r="99999999999999"><c><v>2</v></c></row>'
    path = altered(saved(tmp_path / "r.xlsx", ("A", [["x"]])), SHEET, sheet_of(rows))
    assert [row.line for row in read_sheet(path).rows] == [1]


@pytest.mark.parametrize(
    "content",
    [
        b"<worksheet",
        b"",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + sheet_of(b'<row><c t="str"><v>&b;</v></c></row>'),
        sheet_of(b'<row r="x"><c><v>1</v></c></row>'),
        sheet_of(b'<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>'),
        sheet_of(b'<row r="1"><c t="s"><v>7</v></c></row>'),
        sheet_of(b'<row r="1"><c t="n"><v>one</v></c></row>'),
    ],
    ids=["cut", "empty", "entities", "row", "column", "string", "number"],
)
def test_a_damaged_workbook_is_a_sentence(tmp_path: Path, content: bytes):
    path = altered(saved(tmp_path / "r.xlsx", ("A", [["x"]])), SHEET, content)
    with pytest.raises(UsageError, match="no Excel workbook that can be read"):
        read_sheet(path)


def test_a_zip_that_is_no_workbook_is_a_sentence(tmp_path: Path):
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "a")
    with pytest.raises(UsageError, match="no Excel workbook that can be read"):
        read_sheet(path)


def test_an_old_workbook_is_told_what_to_do(tmp_path: Path):
    path = tmp_path / "r.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UsageError, match=r"Save it as \.xlsx"):
        read_sheet(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_sheet(tmp_path / "r.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [b"a,b\n" * (MOST_ROWS + 1), b"a\n" * 15_000_000, b"," * 31_000_000, b"a;" * 15_000_000, b"a" * 33_000_000],
    ids=["students", "lines", "commas", "cells", "bytes"],
)
def test_a_text_larger_than_any_class_is_refused_at_once(tmp_path: Path, content: bytes):
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="larger than the table of any class"):
        read_sheet(path)
