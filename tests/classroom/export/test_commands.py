"""``checker class add`` and ``checker class export``, as an instructor types them."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from checker.classroom.gradebook.roster import repositories, students
from checker.classroom.opening import open_class
from checker.classroom.records import Student
from tests.classroom.export.graded_class import Planted, make_class
from tests.classroom.export.importers import MoodleAssignment
from tests.command_line import Checker, command_line

ELODIE = Student(key="elodie", name="Élodie Dupont", email="elodie@ecole.fr", number="00042")
LUC = Student(key="luc", name="Luc Martin", email="luc@ecole.fr")
ZOE = Student(key="zoe", name="=1+1", email="zoe@ecole.fr")
WORKSHEET = (
    "\ufeffIdentifiant,Nom complet,Adresse de courriel,Note,Note maximale,La note peut être modifiée,"
    "Dernière modification (note),Feedback par commentaires\r\n"
    'Participant 1,Élodie Dupont,elodie@ecole.fr,,"10,00",Oui,-,\r\n'
    'Participant 2,Luc Martin,luc@ecole.fr,,"10,00",Oui,-,\r\n'
    'Participant 3,Zoé,zoe@ecole.fr,,"10,00",Oui,-,\r\n'
)
ROSTER = (
    "Nom;Prénom;Couriel;Dépôt;Année\r\n"
    "Dupont;Élodie;elodie@ecole.fr;https://github.com/e/titanic;2\r\n"
    "Martin;Luc;elodie@ecole.fr;https://github.com/lm/titanic;2\r\n"
    "Petit;Zoé;zoe@ecole.fr;git@github.com:E/Titanic.git;2\r\n"
)


@pytest.fixture
def checker(capsys: pytest.CaptureFixture[str]) -> Checker:
    return lambda *words: command_line(capsys, "class", *words, "--language", "fr").plain


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    planted = (Planted(ELODIE, ("1", "1/2")), Planted(LUC, ("1/3", "0")), Planted(ZOE, None))
    return make_class(tmp_path / "class", planted, {"luc": "11/2"})


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return make_class(tmp_path / "class", ())


def members(folder: Path) -> list[tuple[str, str | None]]:
    with open_class(folder) as of, of.gradebook.reading() as connection:
        return [(one.name, one.repository) for one in students(connection)]


def test_a_roster_with_mistakes_is_shown_and_not_written(checker: Checker, empty: Path, tmp_path: Path):
    (tmp_path / "liste.csv").write_bytes(ROSTER.encode("cp1252"))
    code, out, err = checker("add", tmp_path / "liste.csv", "--class", empty, "--yes")
    assert code == 2
    assert "Couriel → adresse électronique ? L'en-tête y ressemble ; elodie@ecole.fr" in out
    assert "Colonnes non utilisées : Année." in out
    assert "ligne 3 : L'adresse électronique elodie@ecole.fr est aussi celle de la ligne 2." in out
    assert "Lignes inutilisables : 1. Rien n'a été écrit." in err
    assert members(empty) == []


def test_a_roster_is_written_when_it_is_agreed_to_and_only_once(checker: Checker, empty: Path, tmp_path: Path):
    (tmp_path / "liste.csv").write_bytes(ROSTER.encode("cp1252"))
    words = ("add", tmp_path / "liste.csv", "--class", empty, "--skip-wrong")
    code, out, _ = checker(*words)
    assert (code, members(empty)) == (0, [])
    assert "Rien n'a été écrit. Pour l'écrire : ajouter --yes à la commande." in out
    code, out, _ = checker(*words, "--yes")
    assert code == 0
    assert members(empty) == [("Élodie Dupont", "e-titanic"), ("Zoé Petit", "e-titanic")]
    assert "Écrit. Nouveaux étudiants : 2 ; modifiés : 0 ; nouveaux dépôts : 1." in out
    code, out, _ = checker(*words, "--yes")
    assert "Il n'y a rien à écrire." in out
    assert len(members(empty)) == 2


def test_a_workbook_is_a_roster(checker: Checker, empty: Path, tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title = "Étudiants"
    for row in (["Nom complet", "Courriel", "N° étudiant"], ["Élodie Dupont", "e@x.fr", 20231234], ["Luc", None, None]):
        book.active.append(row)
    book.save(tmp_path / "liste.xlsx")
    code, out, _ = checker("add", tmp_path / "liste.xlsx", "--class", empty, "--yes")
    assert code == 0
    assert "liste.xlsx : classeur, feuille Étudiants ; lignes : 2." in out
    assert "ligne 3 : Luc : adresse électronique, numéro" in out
    with open_class(empty) as of, of.gradebook.reading() as connection:
        assert [one.number for one in students(connection)] == ["20231234", ""]


def test_a_later_roster_changes_the_same_students(checker: Checker, empty: Path, tmp_path: Path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("name,email,repository\nElodie,e@x.fr,https://github.com/e/t\nLuc,l@x.fr,\n", encoding="utf-8")
    second.write_text("email;groupe\nE@x.fr;TD 1\n", encoding="utf-8")
    assert checker("add", first, "--class", empty, "--yes")[0] == 0
    code, out, _ = checker("add", second, "--class", empty, "--yes")
    assert code == 0
    assert "Elodie : groupe — → TD 1" in out
    assert "Dans la classe mais pas ici, et gardés tels quels : 1." in out
    assert members(empty) == [("Elodie", "e-t"), ("Luc", None)]


def test_addresses_and_folders_are_added(checker: Checker, empty: Path, tmp_path: Path):
    (tmp_path / "works" / "alice").mkdir(parents=True)
    code, _, _ = checker("add", tmp_path / "works", "github.com/bob/t", "--class", empty, "--yes")
    assert code == 0
    with open_class(empty) as of, of.gradebook.reading() as connection:
        assert {one.key: one.source for one in repositories(connection)} == {
            "alice": str(tmp_path / "works" / "alice"),
            "bob-t": "https://github.com/bob/t.git",
        }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "nowhere.csv"), "nowhere.csv n'existe pas."),
        (("add", "a.csv", "--column", "emial=A"), "Vouliez-vous dire email"),
        (("add", "a.csv", "b.csv"), "Plusieurs tableaux"),
        (("export",), "--format moodle, canvas, csv, json ou xlsx"),
        (("export", "--format", "xlsx"), "--output grades.xlsx"),
        (("export", "--format", "moodel", "--output", "x"), "Vouliez-vous dire moodle ?"),
        (("export", "--format", "moodle", "--output", "x"), "Moodle attend en retour son propre fichier"),
        (("export", "--format", "csv", "--fill", "a.csv", "--output", "x"), "--fill ne sert que pour"),
        (("export", "--format", "csv", "--output", "a.csv"), "a.csv existe déjà."),
        (("export", "--format", "csv", "--output", "no/where.csv"), "ne peut pas être écrit"),
    ],
)
def test_a_mistake_is_a_sentence_with_a_way_out(
    checker: Checker, empty: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
):
    monkeypatch.chdir(empty)
    for name in ("a.csv", "b.csv"):
        Path(name).write_text("Nom\nA\n", encoding="utf-8")
    code, out, err = checker(*words)
    assert code == 2
    assert says in err
    assert "Traceback" not in out + err


def test_a_worksheet_is_filled_in_for_moodle(checker: Checker, graded: Path, tmp_path: Path):
    (tmp_path / "w.csv").write_text(WORKSHEET, encoding="utf-8", newline="")
    words = ("export", "--format", "moodle", "--fill", tmp_path / "w.csv", "--output", tmp_path / "filled.csv")
    code, out, err = checker(*words, "--class", graded)
    assert code == 0
    assignment = MoodleAssignment(maximum=10, language="fr", grades={1: None, 2: None, 3: None})
    assert assignment.upload((tmp_path / "filled.csv").read_bytes()) == (2, 2)
    assert assignment.grades == {1: 8.0, 2: 2.75, 3: None}
    assert assignment.comments[1].replace("\xa0", " ").startswith("titanic-checker: 16 points sur 20. Par étape : 1.1")
    assert "Les points sur 20 ont été convertis en points sur 10, arrondis au centième." in out
    assert "=1+1 : " in err
    assert checker(*words, "--class", graded)[0] == 2
    assert checker(*words, "--class", graded, "--force", "--no-comments")[0] == 0


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_a_table_is_written_for_its_owner_alone(checker: Checker, graded: Path, tmp_path: Path, kind: str):
    path = tmp_path / f"grades.{kind}"
    code, out, err = checker("export", "--format", kind, "--output", path, "--class", graded)
    assert code == 0
    assert f"{path} : étudiants : 3 ; avec une note : 2." in out
    assert "Sans note, et laissés vides :" in err
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    if kind == "json":
        found = {one["key"]: one["grade"] for one in json.loads(path.read_bytes())["students"]}
        assert found["luc"]["points"] == 5.5
        assert found["zoe"] is None
