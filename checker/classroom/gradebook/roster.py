"""Students and repositories in the gradebook."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.sentences import document_of, sentence_in
from checker.classroom.gradebook.tables import repository, student
from checker.classroom.records import ClassRepository, Fetched, Forked, Push, Student
from checker.facts.pull_requests import PullRequest, State

_FIELDS = ("name", "email", "number", "account", "group")


def put_students(connection: Connection, students: Iterable[Student]) -> None:
    """Add students, or change those with an equal key. Raises KeyError for an unknown repository."""
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
    """Add repositories, or change those with an equal key; their fetches and gradings stay."""
    known = _ids(connection, repository)
    for one in repositories:
        values = asdict(one)
        key = values.pop("key")
        if key in known:
            connection.execute(update(repository).where(repository.c.key == key).values(values))
        else:
            connection.execute(insert(repository).values(key=key, **values))


def put_forked(connection: Connection, key: str, record: Forked) -> None:
    """Store the forge's record of a repository, replacing the earlier one."""
    pushes = [asdict(one) | {"at": one.at.isoformat()} for one in record.pushes]
    requests = None if record.requests is None else [asdict(one) for one in record.requests]
    connection.execute(update(repository).where(repository.c.key == key).values(pushes=pushes, requests=requests))


def put_fetched(connection: Connection, key: str, fetched: Fetched) -> None:
    """Store the result of the last fetch of a repository."""
    document = asdict(fetched) | {"at": fetched.at.isoformat(), "problem": document_of(fetched.problem)}
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
    return tuple(sorted(found, key=lambda member: (_plain(member.name), member.key)))


def repositories(connection: Connection) -> tuple[ClassRepository, ...]:
    """All repositories, in the order in which they were added."""
    rows = connection.execute(select(repository).order_by(repository.c.id))
    return tuple(
        ClassRepository(key=row.key, source=row.source, project=row.project, branch=row.branch) for row in rows
    )


def forked(connection: Connection) -> Mapping[str, Forked]:
    """The forge's records, by the key of the repository."""
    rows = connection.execute(select(repository.c.key, repository.c.pushes, repository.c.requests))
    return {row.key: _forked(row) for row in rows if row.pushes is not None or row.requests is not None}


def fetched(connection: Connection) -> Mapping[str, Fetched]:
    """The results of the last fetches, by the key of the repository; without those that were never fetched."""
    rows = connection.execute(select(repository.c.key, repository.c.fetched))
    return {row.key: _fetched(row.fetched) for row in rows if row.fetched is not None}


def repository_ids(connection: Connection) -> Mapping[str, int]:
    """The numbers of the repositories in the database, by key."""
    return _ids(connection, repository)


def student_ids(connection: Connection) -> Mapping[str, int]:
    """The numbers of the students in the database, by key."""
    return _ids(connection, student)


def _plain(name: str) -> str:
    """A name without accents and capitals, for sorting."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def _ids(connection: Connection, table: Any) -> dict[str, int]:
    return {row.key: row.id for row in connection.execute(select(table.c.key, table.c.id))}


def _forked(row: Any) -> Forked:
    pushes = tuple(Push(**{**part, "at": datetime.fromisoformat(part["at"])}) for part in row.pushes or ())
    if row.requests is None:
        return Forked(pushes=pushes)
    requests = (PullRequest(**part) for part in row.requests)
    return Forked(pushes=pushes, requests=tuple(replace(part, state=State(part.state)) for part in requests))


def _fetched(document: dict[str, Any]) -> Fetched:
    at, problem = datetime.fromisoformat(document["at"]), sentence_in(document["problem"])
    return Fetched(**{**document, "at": at, "problem": problem})
