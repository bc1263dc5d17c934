"""The grades as JSON, for programs: text as it is, points as numbers, decisions with their reasons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from checker import __version__
from checker.classroom.export.handed import HandedGrade
from checker.classroom.export.numbers import plainly
from checker.stored_values import clean

FORM = "titanic-checker/class-grades/v1"


def json_file(handed: Sequence[HandedGrade], course: str) -> bytes:
    """The bytes of the file."""
    document = {"form": FORM, "checker": __version__, "course": course, "students": [_student(one) for one in handed]}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _student(one: HandedGrade) -> dict[str, Any]:
    student = one.student
    return {
        "key": student.key,
        "name": clean(student.name),
        "email": clean(student.email),
        "number": clean(student.number),
        "account": clean(student.account),
        "group": clean(student.group),
        "repository": student.repository,
        "state": one.stand.value,
        "grade": _grade(one),
        "commit": one.commit or None,
        "date": one.date.isoformat() if one.date else None,
    }


def _grade(one: HandedGrade) -> dict[str, Any] | None:
    """None where there is no grade, which is not the same as one of 0."""
    grade = one.grade
    if grade is None:
        return None
    return {
        "points": plainly(grade.points),
        "max_points": plainly(grade.max_points),
        "not_checked_points": plainly(grade.open_points),
        "late_penalty": plainly(grade.penalty),
        "steps": [
            {"step": step, "points": plainly(points), "max_points": plainly(most)}
            for step, (points, most) in one.steps.items()
        ],
        "overrides": [
            {
                "check": check.check,
                "kind": check.decided.kind.value,
                "points": plainly(check.points),
                "max_points": plainly(check.max_points),
                "reason": clean(check.decided.reason),
                "author": clean(check.decided.author),
                "at": check.decided.at.isoformat(),
            }
            for check in one.decided
            if check.decided is not None
        ],
    }
