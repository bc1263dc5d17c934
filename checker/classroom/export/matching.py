"""The matching of the rows of another system's file with the students of the class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.records import Student
from checker.classroom.roster.reading import identities_of, plain_name, plain_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person in a row. ``line`` is that of the row, from 1; a field that the file does not have is empty."""

    line: int
    name: str = ""
    email: str = ""
    numbers: tuple[str, ...] = ()
    login: str = ""

    @property
    def shown(self) -> str:
        """The name shown to people."""
        return self.name or self.email or self.login or next(iter(self.numbers), "")


@dataclass(frozen=True, slots=True)
class Matches:
    """The students by the line of their row, rows of nobody, ambiguous rows, and students without a row."""

    students: Mapping[int, Student]
    unknown: tuple[Person, ...]
    unclear: tuple[Person, ...]
    without: tuple[Student, ...]


def match(people: Sequence[Person], members: Iterable[Student]) -> Matches:
    """The student among *members* for each of the *people*: by number and e-mail, else by login, else by name.

    A row is ambiguous if these name different students, if two rows name one, and if a number or a login is that of a
    student with quite another name: each system numbers people by itself.
    """
    class_students = tuple(members)
    index = _index(class_students)
    by_line: dict[int, Student] = {}
    unknown: list[Person] = []
    unclear: list[Person] = []
    for person in people:
        students = _candidates(person, index)
        if not students:
            unknown.append(person)
        elif len(students) > 1 or _another(person, students[0]):
            unclear.append(person)
        else:
            by_line[person.line] = students[0]
    lines: dict[str, list[int]] = {}
    for line, student in by_line.items():
        lines.setdefault(student.key, []).append(line)
    doubled = {line for numbers in lines.values() if len(numbers) > 1 for line in numbers}
    unclear += [person for person in people if person.line in doubled]
    matched = lines.keys() | {candidate.key for person in unclear for candidate in _candidates(person, index)}
    return Matches(
        {line: student for line, student in by_line.items() if line not in doubled},
        tuple(unknown),
        tuple(unclear),
        tuple(candidate for candidate in class_students if candidate.key not in matched),
    )


def _another(person: Person, student: Student) -> bool:
    """True if a student was found by number or login although all names differ."""
    if person.email and person.email.casefold() == student.email.casefold():
        return False
    in_file, in_class = set(plain_name(person.name).split()), set(plain_name(student.name).split())
    return bool(in_file and in_class) and in_file.isdisjoint(in_class)


def _index(members: Iterable[Student]) -> Mapping[tuple[str, str], list[Student]]:
    index: dict[tuple[str, str], list[Student]] = {}
    for student in members:
        logins = {student.email.casefold().partition("@")[0], student.account.casefold()} - {""}
        for identity in (*identities_of(student).items(), *(("login", login) for login in logins)):
            index.setdefault(identity, []).append(student)
    return index


def _candidates(person: Person, index: Mapping[tuple[str, str], list[Student]]) -> list[Student]:
    """All students that a row may mean: those with its number or e-mail, else with its login, else with its name."""
    address = person.email or (person.login if "@" in person.login else "")
    identities = [*(("number", plain_number(number)) for number in person.numbers), ("email", address.casefold())]
    sure = {student.key: student for identity in identities for student in index.get(identity, ())}
    if sure:
        return list(sure.values())
    for kind, value in (("login", person.login.casefold().partition("@")[0]), ("name", plain_name(person.name))):
        if students := index.get((kind, value), []):
            return students
    return []
