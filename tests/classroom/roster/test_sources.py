"""A folder of work, and addresses alone, make students, too."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from checker.classroom.class_file import ForgeTable
from checker.classroom.records import Student
from checker.classroom.roster.joining import join
from checker.classroom.roster.sources import is_table, roster_of_addresses, roster_of_place
from checker.errors import UsageError


@pytest.fixture
def works(tmp_path: Path) -> Path:
    folder = tmp_path / "works"
    for name in ("alice_dupont", "Élodie Petit_123_assignsubmission_file_", ".hidden"):
        (folder / name).mkdir(parents=True)
    with zipfile.ZipFile(folder / "bob.zip", "w") as file:
        file.writestr("main.py", "")
    (folder / "notes.md").write_text("x", encoding="utf-8")
    return folder


def test_each_folder_and_archive_is_a_student(works: Path):
    roster = roster_of_place(works)
    assert [one.called for one in roster.entries] == ["alice dupont", "bob", "Élodie Petit"]
    assert [str(row.reason) for row in roster.skipped] == ["notes.md is neither a folder nor an archive."]
    found = join(roster.entries, (), ())
    assert [one.key for one in found.new] == ["alice-dupont", "bob", "elodie-petit"]
    assert [one.source for one in found.repositories] == [
        str(works / "alice_dupont"), str(works / "bob.zip"), str(works / "Élodie Petit_123_assignsubmission_file_")
    ]  # fmt: skip
    assert {one.project for one in found.repositories} == {""}
    again = join(roster.entries, found.new, found.repositories)
    assert (len(again.same), again.students, again.repositories) == (3, (), ())


def test_a_folder_is_that_of_the_student_whom_it_names(works: Path):
    members = (
        Student(key="a", name="Dupont, Alice"),
        Student(key="b", name="Robert Roux", account="Bob"),
        Student(key="e", name="Élodie Durand", email="elodie.petit@ecole.fr"),
    )
    found = join(roster_of_place(works).entries, members, ())
    assert found.new == ()
    assert [(one.after.key, one.after.name, one.after.repository) for one in found.changed] == [
        ("a", "Dupont, Alice", "a"), ("b", "Robert Roux", "b"), ("e", "Élodie Durand", "e")
    ]  # fmt: skip


def test_a_folder_that_names_two_students_is_wrong(works: Path):
    members = (Student(key="bob", name="Bob Martin"), Student(key="r", name="Robert Roux", account="bob"))
    found = join(roster_of_place(works).entries, members, ())
    assert ["Bob Martin" in str(row.reason) for row in found.wrong] == [True]


def test_a_clone_is_one_student(works: Path):
    (works / ".git").mkdir()
    assert [one.called for one in roster_of_place(works).entries] == ["works"]
    assert [one.called for one in roster_of_place(works / "bob.zip").entries] == ["bob"]


def test_an_empty_folder_is_a_sentence(tmp_path: Path):
    with pytest.raises(UsageError, match="holds neither clones nor archives"):
        roster_of_place(tmp_path)


def test_addresses_are_called_by_their_owners():
    roster = roster_of_addresses(
        ("https://github.com/alice/titanic", "git@github.com:bob/titanic.git", "nonsense"), ForgeTable(kind="github")
    )
    assert [one.account for one in roster.entries] == ["alice", "bob"]
    assert [row.line for row in roster.wrong] == [3]
    found = join(roster.entries, (), ())
    assert [(one.key, one.repository) for one in found.new] == [("alice", "alice-titanic"), ("bob", "bob-titanic")]


def test_a_table_is_known_from_an_archive(works: Path, tmp_path: Path):
    table = tmp_path / "list.csv"
    table.write_text("a", encoding="utf-8")
    assert is_table(table)
    assert is_table(works / "notes.md")
    assert not is_table(works / "bob.zip")
    assert not is_table(works)
    (tmp_path / "list.xlsx").write_bytes((works / "bob.zip").read_bytes())
    assert is_table(tmp_path / "list.xlsx")
