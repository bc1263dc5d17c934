"""Adding a roster to a class: the new students, the known ones, and the new repositories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from checker.classroom.keys import plain_key
from checker.classroom.records import ClassRepository, Student
from checker.classroom.roster.addresses import Address, address_of_repository
from checker.classroom.roster.reading import Entry, RowRemark, identities_of, plain_name
from checker.model import text

_KINDS = ("number", "email", "account", "name")
"""The fields that identify a student, the surest first."""


@dataclass(frozen=True, slots=True)
class ChangedStudent:
    """A student of the class before and after the change."""

    before: Student
    after: Student


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """The changes that a roster makes in a class.

    ``wrong``: rows that fit no one student of the class. ``repositories``: the new ones. ``absent``: students of the
    class whom the roster does not name.
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
        return (*self.new, *(change.after for change in self.changed))


def join(entries: Iterable[Entry], members: Iterable[Student], repositories: Iterable[ClassRepository]) -> Joining:
    """The changes that *entries* make in a class of these *members* and *repositories*.

    A student is recognised by number, else e-mail, else account, else name. An empty cell changes nothing, and two rows
    with one repository share it.
    """
    class_before = _ClassBefore(members, repositories)
    new: list[Student] = []
    changed: list[ChangedStudent] = []
    same: list[Student] = []
    wrong: list[RowRemark] = []
    met: dict[str, int] = {}
    for entry in entries:
        owners = class_before.owners(entry)
        if owners:
            same += [one for one in owners if one.key not in met]
            met.update(dict.fromkeys((one.key for one in owners), entry.line))
            continue
        found = class_before.who(entry)
        if isinstance(found, RowRemark):
            wrong.append(found)
            continue
        if found is not None and found.key in met:
            name, line = found.shown, met[found.key]
            wrong.append(
                RowRemark(entry.line, text("{name} is the student of line {line}, too.", name=name, line=line))
            )
            continue
        student = class_before.merged(entry, found)
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
        repositories=tuple(class_before.made),
        absent=tuple(one for one in class_before.members if one.key not in met),
        wrong=tuple(wrong),
    )


class _ClassBefore:
    """The class before the change, and the keys and repositories that a roster adds to it."""

    def __init__(self, members: Iterable[Student], repositories: Iterable[ClassRepository]) -> None:
        self.members = tuple(members)
        self.made: list[ClassRepository] = []
        known = tuple(repositories)
        self._known: dict[str, dict[str, list[Student]]] = {kind: {} for kind in _KINDS}
        for member in self.members:
            for kind, value in identities_of(member).items():
                self._known[kind].setdefault(value, []).append(member)
        self._called: dict[str, list[Student]] = {}
        for member in self.members:
            for word in _names_of_folders(member):
                self._called.setdefault(word, []).append(member)
        self._keys = {member.key for member in self.members}
        self._repository_keys = {member.key for member in known}
        self._by_address: dict[tuple[str, str], str] = {}
        for repository in known:
            address = address_of_repository(repository)
            if address is not None:
                self._by_address.setdefault(address.identity, repository.key)

    def owners(self, entry: Entry) -> tuple[Student, ...]:
        """The students whose repository is named by an entry that has only an address."""
        if entry.address is None or entry.name or entry.email or entry.number:
            return ()
        key = self._by_address.get(entry.address.identity)
        return tuple(member for member in self.members if key is not None and member.repository == key)

    def who(self, entry: Entry) -> Student | RowRemark | None:
        """The student of the class whom a row names; None for a new one."""
        matches: dict[str, Student] = {}
        for kind, value in identities_of(entry).items():
            students = self._known[kind].get(value, ())
            if kind == "name" and (matches or (len(students) == 1 and _differ(entry, students[0]))):
                continue  # a namesake
            if len(students) > 1:
                return RowRemark(
                    entry.line, text("Several students of the class are called {name}.", name=entry.name or value)
                )
            matches.update({student.key: student for student in students})
        if not matches and entry.called:
            matches = {student.key: student for student in self._called.get(plain_name(entry.called), ())}
        if len(matches) > 1:
            names = tuple(student.shown for student in matches.values())
            return RowRemark(entry.line, text("It fits several students of the class: {names}.", names=names))
        return next(iter(matches.values()), None)

    def merged(self, entry: Entry, student: Student | None) -> Student:
        """The student with the row's values; a new one if *student* is None."""
        if student is None:
            words = entry.name or entry.called or entry.account or entry.email.partition("@")[0] or entry.number
            student = Student(key=plain_key(words, self._keys), name=entry.called)
            self._keys.add(student.key)
        fields = {
            field: value
            for field in ("name", "email", "number", "account", "group")
            if (value := str(getattr(entry, field)))
        }
        after = replace(student, **fields)
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


def _names_of_folders(student: Student) -> frozenset[str]:
    """The possible names of a student's folder, in the plain form of names."""
    words = (student.name, student.key, student.account, student.number, student.email, student.email.partition("@")[0])
    return frozenset(plain_name(word.replace("_", " ")) for word in words if word)


def _differ(entry: Entry, student: Student) -> bool:
    """True if two students of one name are known to be two: both have a number, or an e-mail, and these differ."""
    of_entry, of_student = identities_of(entry), identities_of(student)
    return any(
        kind in of_entry and kind in of_student and of_entry[kind] != of_student[kind] for kind in ("number", "email")
    )
