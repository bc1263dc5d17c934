"""Gradings in the gradebook: each with its whole report, for as long as the gradebook is kept."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import repository_ids
from checker.classroom.gradebook.sentences import document_of, sentence_in
from checker.classroom.gradebook.tables import repository, run
from checker.classroom.records import DateBasis, Provenance, Run, RunEnd
from checker.model import Trust
from checker.stored_report import LARGEST

_LEVEL = 6
_INPUTS = tuple(field.name for field in fields(Provenance))
"""The columns of a provenance, which are called like its fields."""


def add_run(connection: Connection, one: Run) -> int:
    """Store a grading, and give its number. Raises KeyError for an unknown repository."""
    values: dict[str, Any] = {
        "repository_id": repository_ids(connection)[one.repository],
        **asdict(one.provenance),
        "trust": one.provenance.trust.value,
        "end": one.end.value,
        "at": one.at,
        "seconds": one.seconds,
        "basis": one.basis.value,
        "late_seconds": one.late_seconds,
        "reason": document_of(one.reason),
        "report": None if one.report is None else zlib.compress(one.report, _LEVEL),
    }
    return int(connection.execute(insert(run).values(values).returning(run.c.id)).scalar_one())


def put_lateness(connection: Connection, number: int, basis: DateBasis, late_seconds: float) -> None:
    """Change the lateness of a grading's commit: the deadline may be moved after the grading."""
    connection.execute(update(run).where(run.c.id == number).values(basis=basis.value, late_seconds=late_seconds))


def graded_runs(connection: Connection, only: str | None = None) -> Mapping[str, Run]:
    """The grading of each repository on which its grades rest, by its key, with its report; of *only* one.

    This is the last grading with a report of trust level *official*, which only an instructor's has.
    """
    counts = (run.c.end == RunEnd.GRADED.value) & (run.c.trust == Trust.OFFICIAL.value)
    newest = select(func.max(run.c.id)).where(counts).group_by(run.c.repository_id)
    if only is not None:
        newest = newest.where(run.c.repository_id.in_(select(repository.c.id).where(repository.c.key == only)))
    return {one.repository: one for one in _runs(connection, run.c.id.in_(newest), reports=True)}


def latest_runs(connection: Connection, *, reports: bool = False) -> Mapping[str, Run]:
    """The last grading of each repository, by its key; with the report if *reports* is true."""
    newest = select(func.max(run.c.id)).group_by(run.c.repository_id)
    return {one.repository: one for one in _runs(connection, run.c.id.in_(newest), reports=reports)}


def runs_of(connection: Connection, key: str) -> tuple[Run, ...]:
    """All gradings of one repository, the oldest first, with their reports."""
    return tuple(_runs(connection, repository.c.key == key, reports=True))


def graded_since(connection: Connection, key: str, last: int, provenance: Provenance) -> bool:
    """True if a repository was graded with an equal *provenance* after its grading of number *last*."""
    wanted = (repository.c.key == key) & (run.c.id > last)
    return any(one.provenance == provenance for one in _runs(connection, wanted, reports=False))


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
        provenance=Provenance(**{name: getattr(row, name) for name in _INPUTS} | {"trust": Trust(row.trust)}),
        end=RunEnd(row.end),
        at=row.at,
        seconds=row.seconds,
        report=None if packed is None else zlib.decompressobj().decompress(packed, LARGEST + 1),
        reason=sentence_in(row.reason),
        basis=DateBasis(row.basis),
        late_seconds=row.late_seconds,
    )
