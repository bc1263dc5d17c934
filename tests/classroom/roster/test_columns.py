"""The columns of a roster are known by header, by content, or as the instructor says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.columns import Columns, Ground
from checker.classroom.roster.fields import HEADERS, Field, plain_header
from checker.classroom.roster.reading import Entry, roster_of
from checker.errors import UsageError

Reading = Callable[..., Columns]


def fields(columns: Columns) -> list[str]:
    return [column.field.value if column.field else "" for column in columns.every]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_french_list_is_read_in_every_form(columns: Reading, encoding: str, ending: str, delimiter: str):
    rows = [
        ["Nom", "Prénom", "Adresse de courriel", "N° étudiant", "Dépôt", "Groupe"],
        ["Dupont", "Élodie", "elodie@ecole.fr", "00123", "https://github.com/e/titanic", "TD 1"],
    ]
    words = "".join(delimiter.join(row) + ending for row in rows)
    found = columns(words, encoding=encoding)
    assert fields(found) == ["last", "first", "email", "number", "repository", "group"]
    entry = roster_of(found, ForgeTable()).entries[0]
    assert (entry.name, entry.email, entry.number, entry.group) == ("Élodie Dupont", "elodie@ecole.fr", "00123", "TD 1")
    assert entry.address.source == "https://github.com/e/titanic.git"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Prenom;NOM;Email;Matricule", ["first", "last", "email", "number"]),
        ("First name;Surname;E-mail address;Student ID", ["first", "last", "email", "number"]),
        ("Nom complet;Courriel;Compte GitHub;Équipe", ["name", "email", "account", "group"]),
        ("Full name;Email;GitHub username;Section", ["name", "email", "account", "group"]),
        ("Nom;Courriel", ["name", "email"]),
    ],
)
def test_headers_are_known_in_both_languages(columns: Reading, header: str, expected: list[str]):
    row = ";".join("abcd"[at] for at in range(header.count(";") + 1))
    assert fields(columns(f"{header}\n{row}\n")) == expected


def test_a_header_with_a_typo_is_taken_and_marked(columns: Reading):
    found = columns("Nom;Prenon;Couriel\nDupont;Élodie;e@x.fr\n")
    assert fields(found) == ["last", "first", "email"]
    assert [column.ground for column in found.every[1:]] == [Ground.CLOSE, Ground.CLOSE]
    assert roster_of(found, ForgeTable()).entries[0].name == "Élodie Dupont"


def test_an_unknown_column_is_not_used(columns: Reading):
    assert fields(columns("Nom;Année;Courriel\nDupont;2;e@x.fr\n")) == ["name", "", "email"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Élodie,Dupont,e@x.fr,123456", ["first", "last", "email", "number"]),
        ("DUPONT,Élodie,e@x.fr,elodie-d1", ["last", "first", "email", "account"]),
        ("Élodie Dupont,https://gitlab.com/e/t", ["name", "repository"]),
        ("e@x.fr,zoe42", ["email", "account"]),
        ("https://github.com/e/titanic", ["repository"]),
    ],
)
def test_without_a_header_the_content_decides(columns: Reading, row: str, expected: list[str]):
    found = columns(f"{row}\n")
    assert (found.header, fields(found), len(found.rows)) == (False, expected, 1)


def test_a_column_can_be_named_by_hand(columns: Reading):
    words = "A;B;C\nElodie;x;e@x.fr\n"
    assert fields(columns(words, "name=a", "account=2")) == ["name", "account", "email"]
    assert fields(columns("Nom;Pseudo\nA;b\n", "account=Nom")) == ["account", ""]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("emial=C", "email=…"),
        ("email", "Write one of|Did you mean"),
        ("email=Couriel", "Did you mean Courriel"),
        ("email=9", "There is no column 9"),
        ("email=0", "There is no column 0"),
        ("email=²", "There is no column"),
    ],
)
def test_a_column_that_is_not_there_is_named(columns: Reading, asked: str, says: str):
    with pytest.raises(UsageError, match=says):
        columns("Nom;Courriel\nA;a@x.fr\n", asked)


def test_a_moodle_worksheet_is_a_roster(columns: Reading):
    found = columns(
        "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,"
        'Dernière modification (note)\n"Participant 123","Élodie Dupont",e@x.fr,Remis,,"20,00",Oui,-\n',
        encoding="utf-8-sig",
    )
    assert fields(found) == ["", "name", "email", "", "", "", "", ""]


def test_a_canvas_export_is_a_roster_without_its_own_rows(columns: Reading):
    found = columns(
        "Student,ID,SIS User ID,SIS Login ID,Section,Titanic (77)\n"
        ",,,,,Manual Posting\n"
        "    Points Possible,,,,,20.00\n"
        '"Dupont, Élodie",11,S0042,edupont@ecole.fr,TD 1,\n'
        '"Student, Test",12,,abc,TD 1,\n'
    )
    assert fields(found) == ["name", "", "number", "email", "group", ""]
    roster = roster_of(found, ForgeTable())
    assert [(one.name, one.number, one.email) for one in roster.entries] == [
        ("Élodie Dupont", "S0042", "edupont@ecole.fr")
    ]
    assert [row.line for row in roster.skipped] == [2, 3, 5]


def test_an_identifier_is_what_it_holds(columns: Reading):
    assert fields(columns("Nom;Identifiant\nA;20231234\n")) == ["name", "number"]
    assert fields(columns("Nom;Identifiant\nA;elodie-d\n")) == ["name", "account"]
    assert fields(columns("Nom;Login\nA;a@x.fr\n")) == ["name", "email"]


def test_an_empty_table_is_refused(columns: Reading):
    with pytest.raises(UsageError, match="no rows"):
        columns("\n \n")


def test_headers_are_written_plainly_and_once():
    every = [name for names in HEADERS.values() for name in names]
    assert [name for name in every if plain_header(name) != name] == []
    assert len(every) == len(set(every))


def test_an_entry_is_a_value():
    assert Entry(line=1, name="A") == Entry(line=1, name="A")
    assert Field("email") is Field.EMAIL
