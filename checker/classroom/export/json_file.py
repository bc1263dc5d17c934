"""The grades as JSON, for programs: unchanged text, points as numbers, decisions with their reasons."""

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
    document = {
        "form": FORM,
        "checker": __version__,
        "course": course,
        "students": [_student(grade) for grade in handed],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _student(handed: HandedGrade) -> dict[str, Any]:
    student = handed.student
    return {
        "key": student.key,
        **{field: clean(getattr(student, field)) for field in ("name", "email", "number", "account", "group")},
        "repository": student.repository,
        "state": handed.stand.value,
        "grade": _grade(handed),
        "commit": handed.commit or None,
        "date": handed.date.isoformat() if handed.date else None,
    }


def _grade(handed: HandedGrade) -> dict[str, Any] | None:
    """None for a student without a grade, which differs from a grade of 0."""
    grade = handed.grade
    if grade is None:
        return None
    return {
        "points": plainly(grade.points),
        "max_points": plainly(grade.max_points),
        "not_checked_points": plainly(grade.open_points),
        "late_penalty": plainly(grade.penalty),
        "steps": [
            {"step": step, "points": plainly(points), "max_points": plainly(most)}
            for step, (points, most) in handed.steps.items()
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
            for check in handed.decided
            if check.decided is not None
        ],
    }
