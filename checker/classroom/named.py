"""Find students and repositories of a class by any of their names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from checker.classroom.records import ClassRepository, Student
from checker.errors import UsageError
from checker.model import text

_FIELDS = ("key", "number", "email", "account", "name")


def student_named(members: Iterable[Student], name: str) -> Student:
    """The student of that key, number, address, account or name. Raises UsageError for none and for several."""
    everybody = tuple(members)
    for field in _FIELDS:
        found = [one for one in everybody if getattr(one, field).casefold() == name.casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                text("{name} is the name of several students.", name=name),
                text("Say which: {names}.", names=tuple(one.key for one in found)),
            )
    words = [word for one in everybody for word in (one.key, one.account, one.email, one.name) if word]
    raise _unknown(name, words)


def repositories_named(
    repositories: tuple[ClassRepository, ...], members: Iterable[Student], names: Collection[str]
) -> tuple[ClassRepository, ...]:
    """Those of the *names*, each that of a repository or of a student of it; all where none is named.

    Raises UsageError for a name that nobody has.
    """
    if not names:
        return repositories
    keys: dict[str, set[str]] = {}
    for one in repositories:
        for word in (one.key, one.project):
            keys.setdefault(word.casefold(), set()).add(one.key)
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
    return tuple(one for one in repositories if one.key in chosen)


def _unknown(name: str, words: list[str]) -> UsageError:
    close = get_close_matches(name, words, n=1, cutoff=0.5)
    return UsageError(
        text("There is no {name} in this class.", name=name),
        text("Did you mean {name}?", name=close[0]) if close else text("checker class status names everybody."),
    )
