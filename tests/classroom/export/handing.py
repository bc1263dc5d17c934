"""Grades to hand over, made by hand."""

from __future__ import annotations

from fractions import Fraction

from checker.classroom.export.handed import HandedGrade
from checker.classroom.points import CheckGrade, Grade
from checker.classroom.records import Student
from checker.classroom.standing import Stand
from checker.model import Status


def student(key: str, name: str = "", **more: str) -> Student:
    return Student(key=key, name=name or key.title(), **more)


def handed(one: Student, points: str | None, whole: str = "20") -> HandedGrade:
    """The grade of a student, on one check of one step; None: there is none."""
    if points is None:
        return HandedGrade(student=one, stand=Stand.WAITING)
    check = CheckGrade(
        check="main-runs", step="1.3", status=Status.FAILED, points=Fraction(points), max_points=Fraction(whole)
    )
    grade = Grade(
        points=Fraction(points),
        max_points=Fraction(whole),
        penalty=Fraction(0),
        open_points=Fraction(0),
        checks=(check,),
    )
    return HandedGrade(student=one, stand=Stand.GRADED, grade=grade, commit="1a2b3c4d" * 5)
