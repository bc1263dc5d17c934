"""Our own tables: no cell is a formula, no student without a grade has 0, and each format is read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.classroom.export.csv_file import csv_file
from checker.classroom.export.defusing import defused
from checker.classroom.export.handed import HandedGrade
from checker.classroom.export.json_file import json_file
from checker.classroom.export.numbers import number_in, plainly, rounded, written
from checker.classroom.export.table import Table, table_of
from checker.classroom.export.xlsx_file import xlsx_file
from checker.classroom.points import Grade
from checker.classroom.records import Decision, DecisionKind
from checker.classroom.standing import Stand
from tests.classroom.export.handing import handed, student

AT = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
EVIL = (
    '=HYPERLINK("http://x";"y")', "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "－1",
    "＋1", "＠x", " =1", "\u200b=1", "a;=1", "a,=1", "a, =1", "a\n=1", "=", "\ufeff=1",
)  # fmt: skip
BEGINS = tuple("=+-@＝＋－＠")


def decided() -> HandedGrade:
    """A student with an override by an instructor whose reason is a formula."""
    one = handed(student("zoe", EVIL[0], email="z@x.fr", number="0042"), "11/2")
    decision = Decision(
        kind=DecisionKind.OVERRIDE, check="main-runs", reason=EVIL[1], author="Prof", at=AT, student="zoe",
        points=Fraction(11, 2),
    )  # fmt: skip
    assert isinstance(one.grade, Grade)
    checks = tuple(replace(check, decided=decision) for check in one.grade.checks)
    grade = replace(one.grade, checks=checks, penalty=Fraction(1, 3), open_points=Fraction(2))
    return replace(one, grade=grade, date=AT)


HANDED = (decided(), handed(student("ana", "Ana"), None))


def cells_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_is_read_back():
    header, zoe, ana = cells_of(csv_file(table_of(HANDED)))
    assert header[5:12] == [
        "state", "points", "max_points", "not_checked_points", "late_penalty", "1.3", "commit"
    ]  # fmt: skip
    assert zoe[1:3] == ["z@x.fr", "0042"]
    assert zoe[5:11] == ["graded", "5.5", "20", "2", "0.3333", "5.5"]
    assert zoe[12] == "2026-11-29T12:30:00+00:00"
    assert zoe[13] == "main-runs: override 5.5/20 (=cmd|' /C calc'!A0; Prof)"
    assert (ana[0], ana[5], set(ana[6:])) == ("Ana", "waiting", {""})


def test_a_student_without_a_grade_has_no_zero_anywhere():
    document = json.loads(json_file(HANDED, "ensae-2022"))
    assert [one["grade"] is None for one in document["students"]] == [False, True]
    assert document["students"][0]["grade"]["overrides"][0]["reason"] == EVIL[1]
    assert document["students"][0]["grade"]["steps"] == [{"step": "1.3", "points": 5.5, "max_points": 20}]


def test_a_workbook_is_read_back_and_its_text_is_text():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(table_of(HANDED), str.upper, "Notes")))
    sheet = book["Notes"]
    header, zoe, ana = sheet.iter_rows()
    assert [cell.value for cell in header][:2] == ["NAME", "EMAIL"]
    assert (zoe[0].value, zoe[0].data_type, zoe[0].quotePrefix) == (EVIL[0], "s", True)
    assert (zoe[2].value, zoe[2].data_type) == ("0042", "s")
    assert [cell.value for cell in zoe[6:11]] == [5.5, 20, 2, 0.3333, 5.5]
    assert zoe[12].value == datetime(2026, 11, 29, 12, 30)
    assert [cell.value for cell in ana[6:]] == [None] * 8
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def starts(words: str) -> str:
    return words.lstrip(" \t\r\n\xa0\u200b\ufeff")[:1]


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_is_taken_for_a_formula(evil: str):
    content = csv_file(Table(("name", "group"), ((evil, f"x{evil}"),))).decode("utf-8-sig")
    for delimiter in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if starts(cell.strip('"')) in BEGINS], (delimiter, row)


ANY = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("=+-@＝;,\t\r\n'\" ")), max_size=20)


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), max_size=4))
def test_any_text_comes_back_as_it_was_defused(rows: Sequence[Sequence[str]]):
    content = csv_file(Table(("a", "b", "c"), tuple(tuple(row) for row in rows)))
    assert cells_of(content)[1:] == [[defused(cell) for cell in row] for row in rows]
    for row in cells_of(content):
        assert not [cell for cell in row if starts(cell) in BEGINS]


@given(ANY)
def test_ordinary_words_stay_as_they_are(words: str):
    if words.isalnum():
        assert defused(words) == words
    assert defused(defused(words)) == defused(words)


@pytest.mark.slow
@given(st.lists(ANY, min_size=2, max_size=2))
def test_any_text_is_text_in_a_workbook(row: Sequence[str]):
    content = xlsx_file(Table(("a", "b"), (tuple(row),)), str, "Grades")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for cells in sheet.iter_rows() for cell in cells} <= {"s", "n"}
    assert {type(cell.value) for cells in sheet.iter_rows() for cell in cells} <= {str, type(None)}


@given(st.fractions(0, 100))
def test_points_are_written_to_the_hundredth(points: Fraction):
    for sign in (".", ","):
        back = number_in(written(points, sign))
        assert back == rounded(points)
        assert abs(back - points) <= Fraction(1, 200)
    assert plainly(points) == pytest.approx(float(points), abs=0.0001)


@pytest.mark.parametrize(
    ("points", "expected"),
    [("1/200", "0.01"), ("3/200", "0.02"), ("31/2", "15.50"), ("0", "0.00"), ("999/1000", "1.00")],
)
def test_a_half_goes_up(points: str, expected: str):
    assert written(Fraction(points), ".") == expected


@pytest.mark.parametrize("words", ["", "-", "a", "1,2,3", "1 2", "-1", "1e5", "٣", "9" * 30])
def test_what_is_no_number_is_none(words: str):
    assert number_in(words) is None


def test_a_grade_of_another_commit_is_old():
    assert replace(HANDED[0], stand=Stand.WAITING).old
    assert not HANDED[0].old
    assert not HANDED[1].old
