"""A worksheet that was filled in is imported by Moodle's own rules, and nothing else in it has changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.classroom.export.filling import COMMENT_MARK, Filled, fill
from checker.classroom.export.handed import HandedGrade
from checker.classroom.export.moodle import worksheet
from checker.errors import UsageError
from tests.classroom.export.handing import handed, student
from tests.classroom.export.importers import MoodleAssignment

FRENCH = (
    "\ufeffIdentifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,"
    "Dernière modification (travail remis),Texte en ligne,Dernière modification (note),Feedback par commentaires\r\n"
    '"Participant 11","Élodie DUPONT",elodie@ecole.fr,"Remis pour évaluation",,"20,00",Oui,"lundi 2, 10:00","<p>a,'
    ' ""b""\r\nc</p>",-,\r\n'
    '"Participant 12",Luc Martin,luc@ecole.fr,Remis,"2,50","20,00",Oui,-,,-,"Bravo, Luc !"\r\n'
    '"Participant 13",Zoé Petit,zoe@ecole.fr,Remis,"7,00","20,00",Non,-,,-,\r\n'
    '"Participant 14",Ana Absente,ana@ecole.fr,Non remis,,"20,00",Oui,-,,-,\r\n'
    '"Participant 15",Ivan Inconnu,ivan@ecole.fr,Non remis,"3,00","20,00",Oui,-,,-,\r\n'
)
ELODIE = student("elodie", "Élodie Dupont", email="elodie@ecole.fr")
LUC = student("luc", "Luc Martin", email="luc@ecole.fr")
ZOE = student("zoe", "Zoé Petit", email="zoe@ecole.fr")
ANA = student("ana", "Ana Absente", email="ana@ecole.fr")
NORA = student("nora", "Nora Dehors", email="nora@ecole.fr")
CLASS = (handed(ELODIE, "31/2"), handed(LUC, "12"), handed(ZOE, "20"), handed(ANA, None), handed(NORA, "4"))


def comment(one: HandedGrade) -> str:
    return f'{COMMENT_MARK} sur {one.grade.max_points if one.grade else ""}, "voilà"'


@pytest.fixture
def filled(tmp_path: Path) -> Callable[..., tuple[Filled, bytes]]:
    def run(
        words: str, *grades: HandedGrade, encoding: str = "utf-8", column: str | None = None, comments: bool = True
    ):
        path = tmp_path / "worksheet.csv"
        path.write_bytes(words.encode(encoding))
        return fill(worksheet(path, column), grades or CLASS, comment if comments else None), path.read_bytes()

    return run


def moodle(**more: object) -> MoodleAssignment:
    grades = {11: None, 12: 2.5, 13: 7.0, 14: None, 15: 3.0}
    return MoodleAssignment(
        maximum=20, language="fr", grades=grades, locked=frozenset({13}), comments={12: "Bravo, Luc !"}, **more
    )  # type: ignore[arg-type]


def test_moodle_takes_the_grades_of_a_french_worksheet(filled: Callable[..., tuple[Filled, bytes]]):
    found, _ = filled(FRENCH)
    assignment = moodle()
    assert assignment.upload(found.content) == (2, 1)
    assert assignment.grades == {11: 15.5, 12: 12.0, 13: 7.0, 14: None, 15: 3.0}
    assert assignment.comments == {11: f'{COMMENT_MARK} sur 20, "voilà"', 12: "Bravo, Luc !"}


def test_everybody_of_whom_nothing_was_written_is_named(filled: Callable[..., tuple[Filled, bytes]]):
    found, _ = filled(FRENCH)
    assert (found.written, found.kept, found.scales) == (2, 0, ())
    assert [(one.name, str(one.reason)) for one in found.replaced] == [("Luc Martin", "2,50 becomes 12,00.")]
    assert [(one.name, str(one.reason)) for one in found.left_alone] == [("Zoé Petit", "Moodle has locked the grade.")]
    assert [one.shown for one in found.unknown] == ["Ivan Inconnu"]
    assert found.without_row == (NORA,)
    assert [one.student for one in found.ungraded] == [ANA]


def test_no_other_byte_has_changed(filled: Callable[..., tuple[Filled, bytes]]):
    found, before = filled(FRENCH, comments=False)
    expected = FRENCH.replace('évaluation",,', 'évaluation","15,50",').replace('"2,50"', '"12,00"')
    assert found.content == expected.encode()
    assert found.content != before


def test_a_second_export_changes_nothing_but_its_own_comments(filled: Callable[..., tuple[Filled, bytes]]):
    first, _ = filled(FRENCH)
    again, before = filled(first.content.decode())
    assert (again.written, again.kept, again.content) == (0, 2, before)


def test_a_file_without_anybody_of_the_class_is_the_same(filled: Callable[..., tuple[Filled, bytes]]):
    found, before = filled(FRENCH, handed(NORA, "4"))
    assert found.content == before


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_delimiter_encoding_and_line_ends_stay(filled: Callable[..., tuple[Filled, bytes]], encoding: str, ending: str):
    words = f"Nom complet;Adresse de courriel;Note;Note maximale{ending}Élodie Dupont;elodie@ecole.fr;;20,00{ending}"
    found, _ = filled(words, encoding=encoding)
    assert found.content == words.replace(";;", ";15,50;").encode(encoding)


def test_points_are_converted_to_the_maximum_of_the_file(filled: Callable[..., tuple[Filled, bytes]]):
    found, _ = filled("Full name,Email address,Grade,Maximum grade\nx,elodie@ecole.fr,,30.00\n", handed(ELODIE, "10"))
    assert found.content.endswith(b"x,elodie@ecole.fr,15.00,30.00\n")
    assert found.scales == ((Fraction(20), Fraction(30)),)


def test_a_grade_above_the_maximum_is_cut_and_named(filled: Callable[..., tuple[Filled, bytes]]):
    found, _ = filled("Full name,Email address,Grade,Maximum grade\nx,elodie@ecole.fr,,20.00\n", handed(ELODIE, "21"))
    assert found.content.endswith(b",20.00,20.00\n")
    assert "above the maximum" in str(found.replaced[0].reason)


def test_a_maximum_of_nothing_is_none(filled: Callable[..., tuple[Filled, bytes]]):
    found, _ = filled("Full name,Email address,Grade,Maximum grade\nx,elodie@ecole.fr,,0.00\n", handed(ELODIE, "21"))
    assert found.content.endswith(b",21.00,0.00\n")


def test_a_student_without_a_grade_is_left_as_they_are(filled: Callable[..., tuple[Filled, bytes]]):
    found, before = filled(FRENCH, handed(ELODIE, None), handed(LUC, None))
    assert found.content == before


def test_a_row_that_may_be_two_students_is_left_alone(filled: Callable[..., tuple[Filled, bytes]]):
    words = "Full name,ID number,Email address,Grade\nÉlodie Dupont,7,luc@ecole.fr,\n"
    one = student("elodie", "Élodie Dupont", number="007")
    found, before = filled(words, handed(one, "1"), handed(LUC, "2"))
    assert found.content == before
    assert [person.shown for person in found.unclear] == ["Élodie Dupont"]


def test_two_rows_of_one_student_are_left_alone(filled: Callable[..., tuple[Filled, bytes]]):
    words = "Full name,Email address,Grade\nÉlodie Dupont,elodie@ecole.fr,\nDupont Elodie,,\n"
    found, before = filled(words, handed(ELODIE, "1"))
    assert (found.content, len(found.unclear), found.without_row) == (before, 2, ())


def test_a_number_of_somebody_with_another_name_is_not_believed(filled: Callable[..., tuple[Filled, bytes]]):
    words = "Full name,ID number,Grade\nLuc Martin,11,\n"
    found, before = filled(words, handed(student("elodie", "Élodie Dupont", number="11"), "1"))
    assert (found.content, [one.shown for one in found.unclear]) == (before, ["Luc Martin"])


def test_another_column_can_be_named(filled: Callable[..., tuple[Filled, bytes]]):
    words = (
        '"Prénom","Nom de famille","Adresse de courriel","Devoir : Titanic (Brut)"\nÉlodie,Dupont,elodie@ecole.fr,-\n'
    )
    found, _ = filled(words, handed(ELODIE, "1/3"), column="Devoir : Titanic (Brut)")
    assert found.content.decode().endswith("elodie@ecole.fr,0.33\n")
    with pytest.raises(UsageError, match=r"Did you mean Devoir : Titanic \(Brut\)"):
        filled(words, column="Devoir Titanic")
    with pytest.raises(UsageError, match="--grade-column"):
        filled(words)


def test_an_assignment_graded_by_words_is_refused(filled: Callable[..., tuple[Filled, bytes]]):
    with pytest.raises(UsageError, match="graded by words"):
        filled("Identifiant,Nom complet,Note,Barème\nParticipant 1,Élodie Dupont,,Acquis\n")


@pytest.mark.parametrize("words", ["", "\n\n"])
def test_an_empty_file_is_refused(filled: Callable[..., tuple[Filled, bytes]], words: str):
    with pytest.raises(UsageError, match="is empty"):
        filled(words)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), max_size=8)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(TEXT, st.integers(0, 80)), min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";"]),
    st.sampled_from(["fr", "en"]),
)
def test_whatever_the_file_moodle_reads_the_grades(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int]],
    every: bool,
    ending: str,
    delimiter: str,
    language: str,
):
    headers = {
        "fr": ["Identifiant", "Adresse de courriel", "Texte", "Note", "Note maximale", "Dernière modification (note)"],
        "en": ["Identifier", "Email address", "Text", "Grade", "Maximum grade", "Last modified (grade)"],
    }[language]
    maximum = "10,00" if language == "fr" else "10.00"
    into = io.StringIO(newline="")
    writer = csv.writer(
        into, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    )
    writer.writerow(headers)
    writer.writerows(
        [f"Participant {at}", f"s{at}@x.fr", words, "", maximum, "-"] for at, (words, _) in enumerate(rows)
    )
    path = tmp_path_factory.mktemp("moodle") / "w.csv"
    path.write_bytes(into.getvalue().encode())
    grades = [handed(student(f"s{at}", email=f"s{at}@x.fr"), f"{points}/4") for at, (_, points) in enumerate(rows)]
    found = fill(worksheet(path), grades)
    assignment = MoodleAssignment(maximum=10, language=language, grades=dict.fromkeys(range(len(rows))))
    assignment.upload(found.content, delimiter)
    expected = {
        at: float(round(Fraction(points, 8) * 100 + Fraction(1, 10**6))) / 100 for at, (_, points) in enumerate(rows)
    }
    assert assignment.grades == pytest.approx(expected, abs=0.0051)
    assert found.content.count(ending.encode()) == path.read_bytes().count(ending.encode())
