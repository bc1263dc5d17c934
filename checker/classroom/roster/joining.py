"""Bringing a roster into a class: who is new, who is there already, and which repositories that makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checker.classroom.keys import plain_key
from checker.classroom.records import ClassRepository, Student
from checker.classroom.roster.addresses import Address, address_of_repository
from checker.classroom.roster.reading import Entry, RowRemark, plain_name, plain_number
from checker.model import text

_KINDS = ("number", "email", "account", "name")
"""What identifies a student, the surest first."""


@dataclass(frozen=True, slots=True)
class ChangedStudent:
    """A student of the class as they were, and as they will be."""

    before: Student
    after: Student


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What a roster changes in a class. ``wrong`` are rows that fit no one student of it.

    ``repositories`` are those that are new; ``absent`` are students of the class whom the roster does not name.
    """

    new: tuple[Student, ...]
    changed: tuple[ChangedStudent, ...]
    same: tuple[Student, ...]
    repositories: tuple[ClassRepository, ...]
    absent: tuple[Student, ...]
    wrong: tuple[RowRemark, ...]

    @property
    def students(self) -> tuple[Student, ...]:
        """The students to write."""
        return (*self.new, *(one.after for one in self.changed))


def join(entries: Iterable[Entry], members: Iterable[Student], repositories: Iterable[ClassRepository]) -> Joining:
    """What *entries* change in a class of these *members* and *repositories*.

    A student is known again by number, else e-mail, else account, else name. An empty cell changes nothing, and two
    rows of one repository share it.
    """
    there = _There(members, repositories)
    new: list[Student] = []
    changed: list[ChangedStudent] = []
    same: list[Student] = []
    wrong: list[RowRemark] = []
    met: dict[str, int] = {}
    for entry in entries:
        owners = there.owners(entry)
        if owners:
            same += [one for one in owners if one.key not in met]
            met.update(dict.fromkeys((one.key for one in owners), entry.line))
            continue
        found = there.who(entry)
        if isinstance(found, RowRemark):
            wrong.append(found)
            continue
        if found is not None and found.key in met:
            wrong.append(_twice(entry, found, met[found.key]))
            continue
        student = there.merged(entry, found)
        met[student.key] = entry.line
        if found is None:
            new.append(student)
        elif student == found:
            same.append(student)
        else:
            changed.append(ChangedStudent(found, student))
    return Joining(
        new=tuple(new),
        changed=tuple(changed),
        same=tuple(same),
        repositories=tuple(there.made),
        absent=tuple(one for one in there.members if one.key not in met),
        wrong=tuple(wrong),
    )


class _There:
    """The class as it is, and the keys and repositories that a roster adds to it."""

    def __init__(self, members: Iterable[Student], repositories: Iterable[ClassRepository]) -> None:
        self.members = tuple(members)
        self.made: list[ClassRepository] = []
        known = tuple(repositories)
        self._known: dict[str, dict[str, list[Student]]] = {kind: {} for kind in _KINDS}
        for one in self.members:
            for kind, value in _identities(one).items():
                self._known[kind].setdefault(value, []).append(one)
        self._called: dict[str, list[Student]] = {}
        for one in self.members:
            for word in _names_of_folders(one):
                self._called.setdefault(word, []).append(one)
        self._keys = {one.key for one in self.members}
        self._repository_keys = {one.key for one in known}
        self._by_address: dict[tuple[str, str], str] = {}
        for repository in known:
            address = address_of_repository(repository)
            if address is not None:
                self._by_address.setdefault(address.identity, repository.key)

    def owners(self, entry: Entry) -> tuple[Student, ...]:
        """The students whose repository an entry of nothing but an address names."""
        if entry.address is None or entry.name or entry.email or entry.number:
            return ()
        key = self._by_address.get(entry.address.identity)
        return tuple(one for one in self.members if key is not None and one.repository == key)

    def who(self, entry: Entry) -> Student | RowRemark | None:
        """The student of the class whom a row names; None: nobody yet."""
        found: dict[str, Student] = {}
        for kind, value in _identities(entry).items():
            students = self._known[kind].get(value, ())
            if kind == "name" and (found or (len(students) == 1 and _differ(entry, students[0]))):
                continue  # a namesake
            if len(students) > 1:
                return RowRemark(
                    entry.line, text("Several students of the class are called {name}.", name=entry.name or value)
                )
            found.update({one.key: one for one in students})
        if not found and entry.called:
            found = {one.key: one for one in self._called.get(plain_name(entry.called), ())}
        if len(found) > 1:
            names = tuple(one.name or one.key for one in found.values())
            return RowRemark(entry.line, text("It fits several students of the class: {names}.", names=names))
        return next(iter(found.values()), None)

    def merged(self, entry: Entry, student: Student | None) -> Student:
        """The student with what the row says; a new one where there is none."""
        if student is None:
            words = entry.name or entry.called or entry.account or entry.email.partition("@")[0] or entry.number
            student = Student(key=plain_key(words, self._keys), name=entry.called)
            self._keys.add(student.key)
        said = {
            field: value
            for field in ("name", "email", "number", "account", "group")
            if (value := str(getattr(entry, field)))
        }
        after = replace(student, **said)
        return after if entry.address is None else replace(after, repository=self._repository(entry.address, after))

    def _repository(self, address: Address, student: Student) -> str:
        key = self._by_address.get(address.identity)
        if key is None:
            words = address.path.replace("/", "-") if address.on_forge else student.key
            key = plain_key(words, self._repository_keys)
            project = address.path if address.on_forge else ""
            self.made.append(ClassRepository(key=key, source=address.source, project=project))
            self._repository_keys.add(key)
            self._by_address[address.identity] = key
        return key


def _identities(one: Student | Entry) -> Mapping[str, str]:
    values = {
        "number": plain_number(one.number),
        "email": one.email.casefold(),
        "account": one.account.casefold(),
        "name": plain_name(one.name),
    }
    return {kind: value for kind, value in values.items() if value}


def _names_of_folders(one: Student) -> frozenset[str]:
    """What the folder of a student's work may be called, in the plain form of names."""
    words = (one.name, one.key, one.account, one.number, one.email, one.email.partition("@")[0])
    return frozenset(plain_name(word.replace("_", " ")) for word in words if word)


def _differ(entry: Entry, student: Student) -> bool:
    """Whether two of one name are known to be two: both have a number, or an e-mail, and not the same."""
    mine, theirs = _identities(entry), _identities(student)
    return any(kind in mine and kind in theirs and mine[kind] != theirs[kind] for kind in ("number", "email"))


def _twice(entry: Entry, student: Student, line: int) -> RowRemark:
    return RowRemark(
        entry.line,
        text("{name} is the student of line {line}, too.", name=student.name or student.key, line=line),
    )
