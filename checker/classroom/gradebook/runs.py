"""Gradings in the gradebook: each with its whole report, for as long as the gradebook is kept."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import repository_ids
from checker.classroom.gradebook.tables import repository, run
from checker.classroom.records import DateBasis, Provenance, Run, RunEnd
from checker.model import Trust
from checker.report import Sentence
from checker.stored_report import LARGEST
from checker.stored_values import sentence_part, told

_LEVEL = 6


def add_run(connection: Connection, one: Run) -> int:
    """Keep a grading, and give its number. Raises KeyError where its repository is not there."""
    values: dict[str, Any] = {
        "repository_id": repository_ids(connection)[one.repository],
        "identity": one.provenance.identity,
        "course_hash": one.provenance.course_hash,
        "checker": one.provenance.checker,
        "environment": one.provenance.environment,
        "requests": one.provenance.requests,
        "trust": one.provenance.trust.value,
        "end": one.end.value,
        "at": one.at,
        "seconds": one.seconds,
        "basis": one.basis.value,
        "late_seconds": one.late_seconds,
        "reason": None if one.reason is None else sentence_part(one.reason).model_dump(mode="json"),
        "report": None if one.report is None else zlib.compress(one.report, _LEVEL),
    }
    return int(connection.execute(insert(run).values(values).returning(run.c.id)).scalar_one())


def put_lateness(connection: Connection, number: int, basis: DateBasis, late_seconds: float) -> None:
    """Change how late the commit of a grading came: the deadline may be moved after it."""
    connection.execute(update(run).where(run.c.id == number).values(basis=basis.value, late_seconds=late_seconds))


def graded_runs(connection: Connection, only: str | None = None) -> Mapping[str, Run]:
    """The last grading of each repository that came to a report, by its key, with that report; of *only* one."""
    newest = select(func.max(run.c.id)).where(run.c.end == RunEnd.GRADED.value).group_by(run.c.repository_id)
    if only is not None:
        newest = newest.where(run.c.repository_id.in_(select(repository.c.id).where(repository.c.key == only)))
    return {one.repository: one for one in _runs(connection, run.c.id.in_(newest), reports=True)}


def latest_runs(connection: Connection, *, reports: bool = False) -> Mapping[str, Run]:
    """The last grading of each repository, by its key; with their *reports* where these are asked for."""
    newest = select(func.max(run.c.id)).group_by(run.c.repository_id)
    return {one.repository: one for one in _runs(connection, run.c.id.in_(newest), reports=reports)}


def runs_of(connection: Connection, key: str) -> tuple[Run, ...]:
    """All gradings of one repository, the oldest first, with their reports."""
    return tuple(_runs(connection, repository.c.key == key, reports=True))


def graded_since(connection: Connection, key: str, last: int, provenance: Provenance) -> bool:
    """Whether a repository was graded by the same *provenance* after its grading of number *last*."""
    wanted = (repository.c.key == key) & (run.c.id > last)
    return any(one.provenance == provenance for one in _runs(connection, wanted, reports=False))


def run_of(connection: Connection, number: int) -> Run | None:
    """The grading of that number, with its report."""
    return next(iter(_runs(connection, run.c.id == number, reports=True)), None)


def _runs(connection: Connection, wanted: Any, *, reports: bool) -> Iterator[Run]:
    columns: Iterable[Any] = run.c if reports else [column for column in run.c if column.name != "report"]
    query = select(*columns, repository.c.key).join(repository, run.c.repository_id == repository.c.id)
    for row in connection.execute(query.where(wanted).order_by(run.c.id)):
        yield _run(row, reports=reports)


def _run(row: Any, *, reports: bool) -> Run:
    packed = row.report if reports else None
    return Run(
        number=row.id,
        repository=row.key,
        provenance=Provenance(
            identity=row.identity,
            course_hash=row.course_hash,
            checker=row.checker,
            environment=row.environment,
            requests=row.requests,
            trust=Trust(row.trust),
        ),
        end=RunEnd(row.end),
        at=row.at,
        seconds=row.seconds,
        report=None if packed is None else zlib.decompressobj().decompress(packed, LARGEST + 1),
        reason=None if row.reason is None else told(Sentence.model_validate(row.reason)),
        basis=DateBasis(row.basis),
        late_seconds=row.late_seconds,
    )
