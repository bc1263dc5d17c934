"""A roster changes the students whom it names, and loses nothing of anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.classroom.class_file import ForgeTable
from checker.classroom.records import ClassRepository, Student
from checker.classroom.roster.addresses import Address, address_of
from checker.classroom.roster.joining import Joining, join
from checker.classroom.roster.reading import Entry

ALICE = Student(key="alice", name="Alice Dupont", email="a@x.fr", number="42", account="alice", repository="e-titanic")
LUC = Student(key="luc", name="Luc Martin", email="l@x.fr")
PROJECT = ClassRepository(key="e-titanic", source="https://github.com/e/titanic.git", project="e/titanic")


def address(words: str) -> Address:
    found = address_of(words, ForgeTable(kind="github"))
    assert isinstance(found, Address)
    return found


def joined(*entries: Entry) -> Joining:
    return join(entries, (ALICE, LUC), (PROJECT,))


@pytest.mark.parametrize(
    "entry",
    [
        Entry(line=2, number="0042", name="Somebody Else"),
        Entry(line=2, email="A@X.fr"),
        Entry(line=2, account="Alice"),
        Entry(line=2, name="DUPONT Alice"),
    ],
)
def test_a_student_is_known_again(entry: Entry):
    found = joined(entry)
    assert found.new == ()
    assert [one.key for one in (*found.same, *(change.after for change in found.changed))] == ["alice"]
    assert found.absent == (LUC,)


def test_an_empty_cell_changes_nothing_and_another_value_does():
    found = joined(Entry(line=2, email="a@x.fr", group="TD 2"))
    after = found.changed[0].after
    assert (after.group, after.number, after.account, after.repository) == ("TD 2", "42", "alice", "e-titanic")
    assert joined(Entry(line=2, email="a@x.fr")).same == (ALICE,)


def test_a_new_student_has_a_key_of_their_own():
    found = joined(Entry(line=2, name="Alice", number="7"), Entry(line=3, name="Alice", number="8"))
    assert [one.key for one in found.new] == ["alice-2", "alice-3"]


def test_two_rows_of_one_repository_share_it():
    found = joined(
        Entry(line=2, name="Ana", address=address("https://github.com/pair/Work")),
        Entry(line=3, name="Bob", address=address("git@github.com:pair/work.git")),
    )
    assert [one.repository for one in found.new] == ["pair-work", "pair-work"]
    assert [one.key for one in found.repositories] == ["pair-work"]


def test_a_repository_that_is_there_is_taken_however_it_is_written():
    found = joined(Entry(line=2, name="Ana", address=address("git@github.com:E/titanic.git")))
    assert (found.new[0].repository, found.repositories) == ("e-titanic", ())


def test_an_address_alone_is_that_of_the_students_who_have_it():
    pair = (replace(LUC, repository="e-titanic"), replace(ALICE, account=""))
    found = join([Entry(line=1, account="e", address=address("https://github.com/e/titanic"))], pair, (PROJECT,))
    assert (found.same, found.students, found.absent) == (pair, (), ())


def test_a_row_that_fits_two_students_is_wrong():
    found = joined(Entry(line=2, number="42", email="l@x.fr"))
    assert "Alice Dupont, Luc Martin" in str(found.wrong[0].reason)
    assert (found.new, found.changed) == ((), ())


def test_two_rows_of_one_student_are_wrong():
    found = joined(Entry(line=2, email="a@x.fr"), Entry(line=3, account="alice"))
    assert [(row.line, str(row.reason)) for row in found.wrong] == [(3, "Alice Dupont is the student of line 2, too.")]


def test_a_namesake_with_another_number_is_somebody_else():
    found = joined(Entry(line=2, name="Alice Dupont", number="43", email="other@x.fr"))
    assert [one.name for one in found.new] == ["Alice Dupont"]
    assert found.absent == (ALICE, LUC)


def test_a_name_that_several_have_is_wrong():
    twins = (Student(key="a", name="Luc Martin", number="1"), Student(key="b", name="Martin Luc", number="2"))
    assert "Several students" in str(join([Entry(line=2, name="Luc Martin")], twins, ()).wrong[0].reason)


WORDS = st.sampled_from(["", "a", "b", "c", "d"])
ENTRIES = st.lists(
    st.builds(Entry, line=st.integers(1, 50), name=WORDS, email=WORDS, number=WORDS, account=WORDS).filter(
        lambda one: bool(one.name or one.email or one.number or one.account)
    ),
    max_size=6,
)


@given(ENTRIES, ENTRIES)
def test_adding_again_changes_nothing(first: list[Entry], second: list[Entry]):
    for entries in (first, second):
        there = join(entries, (), ())
        again = join(entries, there.students, there.repositories)
        known = [one for one in again.new if one.key in {student.key for student in there.students}]
        assert known == []
        assert len({one.key for one in there.students}) == len(there.students)
    members = join(first, (), ()).students
    after = {one.key for one in join(second, members, ()).absent} | {
        one.key for one in (*join(second, members, ()).same, *join(second, members, ()).students)
    }
    assert {one.key for one in members} <= after
