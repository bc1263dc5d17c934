"""A gradebook that was filled in is imported by Canvas' own rules, and changes the scores of one assignment alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.classroom.export.canvas import gradebook
from checker.classroom.export.filling import Filled, fill
from checker.classroom.export.handed import HandedGrade
from checker.errors import UsageError
from tests.classroom.export.handing import handed, student
from tests.classroom.export.importers import CanvasCourse

EXPORT = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Quiz (70),Titanic (77),Assignments Current Score,Final Score\n"
    ",,,,,,,Manual Posting,,\n"
    "    Points Possible,,,,,,5.00,20.00,(read only),(read only)\n"
    '"Dupont, Élodie",11,S0042,edupont,TD 1,"x, y",4.50,,90.00,90.00\n'
    '"Martin, Luc",12,S0043,lmartin@ecole.fr,TD 1,,3.00,2.00,80.00,80.00\n'
    '"Petit, Zoé",13,S0044,zpetit,TD 2,,,EX,,\n'
    '"Absente, Ana",14,S0045,aabsente,TD 2,,,N/A,,\n'
    '"Inconnu, Ivan",15,S0046,iinconnu,TD 2,,1.00,,,\n'
    '"Student, Test",99,,abc123,TD 1,,,,,\n'
)
ELODIE = student("elodie", "Élodie Dupont", number="S0042")
LUC = student("luc", "Luc Martin", email="lmartin@ecole.fr")
ZOE = student("zoe", "Zoé Petit", email="zpetit@ecole.fr")
ANA = student("ana", "Ana Absente")
CLASS = (handed(ELODIE, "31/2"), handed(LUC, "12"), handed(ZOE, "20"), handed(ANA, "4"))


@pytest.fixture
def filled(tmp_path: Path) -> Callable[..., Filled]:
    def run(words: str, *grades: HandedGrade, column: str | None = "Titanic", encoding: str = "utf-8") -> Filled:
        path = tmp_path / "grades.csv"
        path.write_bytes(words.encode(encoding))
        return fill(gradebook(path, column), grades or CLASS, lambda _one: "never")

    return run


def course() -> CanvasCourse:
    names = {11: "Élodie", 12: "Luc", 13: "Zoé", 14: "Ana", 15: "Ivan", 99: "Test"}
    scores = {(11, 70): "4.5", (12, 70): "3", (12, 77): "2", (13, 77): "EX", (15, 70): "1"}
    return CanvasCourse({70: "Quiz", 77: "Titanic"}, names, scores, custom=frozenset({"Notes"}))


def test_canvas_changes_one_assignment_alone(filled: Callable[..., Filled]):
    assert course().upload(filled(EXPORT).content) == {(11, 77): "15.50", (12, 77): "12.00"}


def test_no_other_byte_has_changed(filled: Callable[..., Filled]):
    expected = EXPORT.replace("4.50,,90.00", "4.50,15.50,90.00").replace("3.00,2.00", "3.00,12.00")
    assert filled(EXPORT).content == expected.encode()
    marked = filled("\ufeff" + EXPORT.replace("\n", "\r\n")).content
    assert marked == ("\ufeff" + expected.replace("\n", "\r\n")).encode()


def test_who_is_excused_or_not_assigned_is_left_alone_and_named(filled: Callable[..., Filled]):
    found = filled(EXPORT)
    assert [(one.name, str(one.reason)) for one in found.left_alone] == [
        ("Petit, Zoé", "Canvas has excused this student."),
        ("Absente, Ana", "Canvas has not assigned it to this student."),
    ]
    assert [one.shown for one in found.unknown] == ["Inconnu, Ivan"]
    assert [str(one.reason) for one in found.replaced] == ["2.00 becomes 12.00."]


def test_a_french_gradebook_has_semicolons_and_commas(filled: Callable[..., Filled]):
    words = (
        "Student;ID;SIS Login ID;Section;Titanic (77)\n    Points Possible;;;;40,00\n"
        '"Dupont, Élodie";11;elodie;TD;\n"Martin, Luc";12;luc;TD;"1,00"\n'
    )
    found = filled(words, handed(ELODIE, "15"), handed(LUC, "1/3"))
    assert found.content.decode() == words.replace("TD;\n", "TD;30,00\n").replace('"1,00"', '"0,67"')
    assert CanvasCourse({77: "Titanic"}, {11: "É", 12: "L"}, {(12, 77): "1"}).upload(found.content) == {
        (11, 77): "30.00",
        (12, 77): "0.67",
    }


def test_last_and_first_names_may_be_apart(filled: Callable[..., Filled]):
    header = "LastName,FirstName,ID,SIS Login ID,Section,Titanic (77)\n"
    words = header + "    Points Possible,,,,,20.00\nDupont,Élodie,11,x,TD,\n"
    assert filled(words).content.decode().endswith("x,TD,15.50\n")


def test_the_only_assignment_needs_no_name(filled: Callable[..., Filled]):
    assert filled(EXPORT.replace("Quiz (70)", "Quiz"), column=None).written == 2
    with pytest.raises(UsageError, match=r"several assignments: Quiz \(70\), Titanic \(77\)"):
        filled(EXPORT, column=None)


@pytest.mark.parametrize("column", ["Titanic", "77", "Titanic (77)"])
def test_an_assignment_is_named_by_title_number_or_both(filled: Callable[..., Filled], column: str):
    assert filled(EXPORT, column=column).written == 2


@pytest.mark.parametrize(
    ("column", "says"),
    [("Titanik", "Did you mean Titanic"), ("Final Score", "no assignment"), ("Student", "no assignment")],
)
def test_an_assignment_that_is_not_there_is_a_sentence(filled: Callable[..., Filled], column: str, says: str):
    with pytest.raises(UsageError, match=says):
        filled(EXPORT, column=column)


def test_two_assignments_of_one_title_are_told_apart_by_number(filled: Callable[..., Filled]):
    words = EXPORT.replace("Quiz (70)", "Titanic (70)")
    with pytest.raises(UsageError, match="more than one"):
        filled(words)
    assert filled(words, column="77").written == 2


def test_a_read_only_column_is_no_assignment(filled: Callable[..., Filled]):
    words = EXPORT.replace("5.00,20.00,", "5.00,(read only),")
    with pytest.raises(UsageError, match="no assignment"):
        filled(words)


@pytest.mark.parametrize("words", ["", "a,b\n1,2\n", "Student,ID,Section,Titanic (77)\nDupont,11,TD,\n"])
def test_another_file_is_refused(filled: Callable[..., Filled], words: str):
    with pytest.raises(UsageError, match="no gradebook that Canvas exported"):
        filled(words)


def test_a_gradebook_without_assignments_is_refused(filled: Callable[..., Filled]):
    with pytest.raises(UsageError, match="no assignment that takes points"):
        filled("Student,ID,SIS Login ID,Section,Final Score\n    Points Possible,,,,(read only)\n")


def test_the_number_of_canvas_is_not_that_of_the_school(filled: Callable[..., Filled]):
    found = filled(EXPORT, handed(student("x", "Somebody Else", number="11"), "3"))
    assert (found.written, [one.name for one in found.without_row]) == (0, ["Somebody Else"])
