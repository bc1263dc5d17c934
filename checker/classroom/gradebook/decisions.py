"""The instructor's decisions in the gradebook, which no grading changes: overrides, waivers and weights."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import student_ids
from checker.classroom.gradebook.tables import decision, student
from checker.classroom.records import Decision, DecisionKind


def add_decision(connection: Connection, one: Decision) -> None:
    """Keep a decision. Raises KeyError where its student is not there."""
    connection.execute(
        insert(decision).values(
            kind=one.kind.value,
            check=one.check,
            student_id=None if one.student is None else student_ids(connection)[one.student],
            points=one.points,
            reason=one.reason,
            author=one.author,
            at=one.at,
        )
    )


def all_decisions(connection: Connection) -> tuple[Decision, ...]:
    """All decisions that were ever made, the oldest first."""
    rows = connection.execute(
        select(decision, student.c.key)
        .outerjoin(student, decision.c.student_id == student.c.id)
        .order_by(decision.c.id)
    )
    return tuple(
        Decision(
            number=row.id,
            kind=DecisionKind(row.kind),
            check=row.check,
            student=row.key,
            points=row.points,
            reason=row.reason,
            author=row.author,
            at=row.at,
        )
        for row in rows
    )


def holding(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Those that hold: of several on the same check and student the last one, if it takes nothing back."""
    last = {(one.check, one.student): one for one in decisions}
    return tuple(one for one in last.values() if one.kind is not DecisionKind.WITHDRAWN)
