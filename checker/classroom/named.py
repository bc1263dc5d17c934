"""Looking up students and repositories of a class by any of their names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from checker.classroom.records import ClassRepository, Student
from checker.errors import UsageError, did_you_mean
from checker.model import text

_FIELDS = ("key", "number", "email", "account", "name")


def student_named(members: Iterable[Student], name: str) -> Student:
    """The student of that key, number, address, account or name. Raises UsageError for none and for several."""
    everybody = tuple(members)
    for field in _FIELDS:
        matches = [student for student in everybody if getattr(student, field).casefold() == name.casefold()]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise UsageError(
                text("{name} is the name of several students.", name=name),
                text("Say which: {names}.", names=tuple(student.key for student in matches)),
            )
    words = [
        word for student in everybody for word in (student.key, student.account, student.email, student.name) if word
    ]
    raise _unknown(name, words)


def repositories_named(
    repositories: tuple[ClassRepository, ...], members: Iterable[Student], names: Collection[str]
) -> tuple[ClassRepository, ...]:
    """The repositories with these *names*, each of a repository or of one of its students; all if there are no names.

    Raises UsageError for an unknown name.
    """
    if not names:
        return repositories
    keys: dict[str, set[str]] = {}
    for repository in repositories:
        for word in (repository.key, repository.project):
            keys.setdefault(word.casefold(), set()).add(repository.key)
    for student in members:
        for field in _FIELDS:
            if student.repository is not None:
                keys.setdefault(getattr(student, field).casefold(), set()).add(student.repository)
    keys.pop("", None)
    chosen: set[str] = set()
    for name in names:
        if name.casefold() not in keys:
            raise _unknown(name, list(keys))
        chosen |= keys[name.casefold()]
    return tuple(repository for repository in repositories if repository.key in chosen)


def _unknown(name: str, words: list[str]) -> UsageError:
    remedy = did_you_mean(name, words, text("checker class status names everybody."))
    return UsageError(text("There is no {name} in this class.", name=name), remedy)
