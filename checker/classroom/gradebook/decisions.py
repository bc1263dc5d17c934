"""The instructor's decisions in the gradebook, which no grading changes: overrides, waivers and weights."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import student_ids
from checker.classroom.gradebook.tables import decision, student
from checker.classroom.records import Decision, DecisionKind

_FIELDS = ("check", "points", "reason", "author", "at")


def add_decision(connection: Connection, one: Decision) -> None:
    """Store a decision. Raises KeyError for an unknown student."""
    number = None if one.student is None else student_ids(connection)[one.student]
    values = {field: getattr(one, field) for field in _FIELDS}
    connection.execute(insert(decision).values(kind=one.kind.value, student_id=number, **values))


def all_decisions(connection: Connection) -> tuple[Decision, ...]:
    """All decisions ever made, oldest first."""
    rows = connection.execute(
        select(decision, student.c.key)
        .outerjoin(student, decision.c.student_id == student.c.id)
        .order_by(decision.c.id)
    )
    return tuple(
        Decision(
            number=row.id,
            kind=DecisionKind(row.kind),
            student=row.key,
            **{field: getattr(row, field) for field in _FIELDS},
        )
        for row in rows
    )


def holding(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """The valid decisions: the last one on each check and student, without those that were withdrawn."""
    last = {(entry.check, entry.student): entry for entry in decisions}
    return tuple(entry for entry in last.values() if entry.kind is not DecisionKind.WITHDRAWN)
