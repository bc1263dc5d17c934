"""Students and repositories in the gradebook."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.tables import repository, student
from checker.classroom.records import ClassRepository, Fetched, Forked, Push, Student
from checker.facts.requests import PullRequest, State
from checker.report import Sentence
from checker.stored_values import sentence_part, told

_FIELDS = ("name", "email", "number", "account", "group")


def put_students(connection: Connection, students: Iterable[Student]) -> None:
    """Add students, or change those of the same key. Raises KeyError for a repository that is not there."""
    repositories = _ids(connection, repository)
    known = _ids(connection, student)
    for one in students:
        values: dict[str, Any] = {field: getattr(one, field) for field in _FIELDS}
        values["repository_id"] = None if one.repository is None else repositories[one.repository]
        if one.key in known:
            connection.execute(update(student).where(student.c.key == one.key).values(values))
        else:
            connection.execute(insert(student).values(key=one.key, **values))


def put_repositories(connection: Connection, repositories: Iterable[ClassRepository]) -> None:
    """Add repositories, or change those of the same key; what was fetched and graded of them stays."""
    known = _ids(connection, repository)
    for one in repositories:
        values = asdict(one)
        key = values.pop("key")
        if key in known:
            connection.execute(update(repository).where(repository.c.key == key).values(values))
        else:
            connection.execute(insert(repository).values(key=key, **values))


def put_forked(connection: Connection, key: str, said: Forked) -> None:
    """Keep what the forge told of a repository, in place of what it told before."""
    pushes = [{"branch": one.branch, "commit": one.commit, "at": one.at.isoformat()} for one in said.pushes]
    requests = None if said.requests is None else [asdict(one) for one in said.requests]
    connection.execute(update(repository).where(repository.c.key == key).values(pushes=pushes, requests=requests))


def put_fetched(connection: Connection, key: str, fetched: Fetched) -> None:
    """Keep what the last fetch of a repository came to."""
    document = {
        "at": fetched.at.isoformat(),
        "place": fetched.place,
        "branch": fetched.branch,
        "tip": fetched.tip,
        "default_branch": fetched.default_branch,
        "problem": None if fetched.problem is None else sentence_part(fetched.problem).model_dump(mode="json"),
    }
    connection.execute(update(repository).where(repository.c.key == key).values(fetched=document))


def students(connection: Connection) -> tuple[Student, ...]:
    """All students, by name and then by key."""
    rows = connection.execute(
        select(student, repository.c.key.label("repository"))
        .outerjoin(repository, student.c.repository_id == repository.c.id)
        .order_by(student.c.id)
    )
    found = [
        Student(key=row.key, repository=row.repository, **{field: getattr(row, field) for field in _FIELDS})
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (_plain(one.name), one.key)))


def repositories(connection: Connection) -> tuple[ClassRepository, ...]:
    """All repositories, in the order in which they were added."""
    rows = connection.execute(select(repository).order_by(repository.c.id))
    return tuple(
        ClassRepository(key=row.key, source=row.source, project=row.project, branch=row.branch) for row in rows
    )


def forked(connection: Connection) -> Mapping[str, Forked]:
    """What the forge told, by the key of the repository."""
    rows = connection.execute(select(repository.c.key, repository.c.pushes, repository.c.requests))
    return {row.key: _forked(row) for row in rows if row.pushes is not None or row.requests is not None}


def fetched(connection: Connection) -> Mapping[str, Fetched]:
    """What the last fetch came to, by the key of the repository; without those that were never fetched."""
    rows = connection.execute(select(repository.c.key, repository.c.fetched))
    return {row.key: _fetched(row.fetched) for row in rows if row.fetched is not None}


def repository_ids(connection: Connection) -> Mapping[str, int]:
    """The numbers of the repositories in the database, by key."""
    return _ids(connection, repository)


def student_ids(connection: Connection) -> Mapping[str, int]:
    """The numbers of the students in the database, by key."""
    return _ids(connection, student)


def _plain(name: str) -> str:
    """A name without accents and capitals, as lists are sorted."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def _ids(connection: Connection, table: Any) -> dict[str, int]:
    return {row.key: row.id for row in connection.execute(select(table.c.key, table.c.id))}


def _forked(row: Any) -> Forked:
    pushes = tuple(
        Push(branch=one["branch"], commit=one["commit"], at=datetime.fromisoformat(one["at"]))
        for one in row.pushes or ()
    )
    if row.requests is None:
        return Forked(pushes=pushes)
    requests = (PullRequest(**one) for one in row.requests)
    return Forked(pushes=pushes, requests=tuple(replace(one, state=State(one.state)) for one in requests))


def _fetched(document: dict[str, Any]) -> Fetched:
    problem = document["problem"]
    return Fetched(
        at=datetime.fromisoformat(document["at"]),
        place=document["place"],
        branch=document["branch"],
        tip=document["tip"],
        default_branch=document["default_branch"],
        problem=None if problem is None else told(Sentence.model_validate(problem)),
    )
