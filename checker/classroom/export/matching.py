"""Which student of the class a row of another system's file is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.records import Student
from checker.classroom.roster.reading import plain_name, plain_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a row names. ``line`` is that of the row, from 1; empty where the file does not say it."""

    line: int
    name: str = ""
    email: str = ""
    numbers: tuple[str, ...] = ()
    login: str = ""

    @property
    def shown(self) -> str:
        """What people call them by."""
        return self.name or self.email or self.login or next(iter(self.numbers), "")


@dataclass(frozen=True, slots=True)
class Matches:
    """The students by the line of their row, the rows of nobody, rows of which it is not clear whose they are, and
    students who have no row.
    """

    students: Mapping[int, Student]
    unknown: tuple[Person, ...]
    unclear: tuple[Person, ...]
    without: tuple[Student, ...]


def match(people: Sequence[Person], members: Iterable[Student]) -> Matches:
    """Which of the *members* each of the *people* is: by number and e-mail, else by login, else by name.

    It is not clear where these name different students, where two rows name one, and where a number or a login is that
    of somebody with quite another name: each system numbers people by itself.
    """
    every = tuple(members)
    index = _index(every)
    found: dict[int, Student] = {}
    unknown: list[Person] = []
    unclear: list[Person] = []
    for person in people:
        students = _candidates(person, index)
        if not students:
            unknown.append(person)
        elif len(students) > 1 or _another(person, students[0]):
            unclear.append(person)
        else:
            found[person.line] = students[0]
    lines: dict[str, list[int]] = {}
    for line, student in found.items():
        lines.setdefault(student.key, []).append(line)
    doubled = {line for those in lines.values() if len(those) > 1 for line in those}
    unclear += [person for person in people if person.line in doubled]
    there = lines.keys() | {one.key for person in unclear for one in _candidates(person, index)}
    return Matches(
        {line: student for line, student in found.items() if line not in doubled},
        tuple(unknown),
        tuple(unclear),
        tuple(one for one in every if one.key not in there),
    )


def _another(person: Person, student: Student) -> bool:
    """Whether a student was found by number or login although all names differ."""
    if person.email and person.email.casefold() == student.email.casefold():
        return False
    theirs, ours = set(plain_name(person.name).split()), set(plain_name(student.name).split())
    return bool(theirs and ours) and theirs.isdisjoint(ours)


def _index(members: Iterable[Student]) -> Mapping[tuple[str, str], list[Student]]:
    index: dict[tuple[str, str], list[Student]] = {}
    for one in members:
        identities = (
            ("number", plain_number(one.number)),
            ("email", one.email.casefold()),
            ("login", one.email.casefold().partition("@")[0]),
            ("login", one.account.casefold()),
            ("name", plain_name(one.name)),
        )
        for identity in dict.fromkeys(identities):
            if identity[1]:
                index.setdefault(identity, []).append(one)
    return index


def _candidates(person: Person, index: Mapping[tuple[str, str], list[Student]]) -> list[Student]:
    """All students that a row may mean: those of its number and e-mail, else of its login, else of its name."""
    sure: dict[str, Student] = {}
    for number in person.numbers:
        sure.update({one.key: one for one in index.get(("number", plain_number(number)), ())})
    address = person.email or (person.login if "@" in person.login else "")
    sure.update({one.key: one for one in index.get(("email", address.casefold()), ())})
    if sure:
        return list(sure.values())
    for kind, value in (("login", person.login.casefold().partition("@")[0]), ("name", plain_name(person.name))):
        if found := index.get((kind, value), []):
            return found
    return []
