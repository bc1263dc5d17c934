"""A class whose grades are known, made through the gradebook alone: nothing is run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from checker.classroom.folder import ClassFolder
from checker.classroom.gradebook.decisions import add_decision
from checker.classroom.gradebook.roster import put_fetched, put_repositories, put_students
from checker.classroom.gradebook.runs import add_run
from checker.classroom.new_class import new_class_file
from checker.classroom.opening import open_class
from checker.classroom.records import ClassRepository, Decision, DecisionKind, Fetched, Run, RunEnd, Student
from checker.classroom.whole_class import WholeClass, options_of
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.locale import Speech
from checker.model import CheckResult, Failed, Passed, Report, StepResult, Trust, text
from checker.render.json import render
from tests.render.reports import ordinary

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Planted:
    """A student, and the shares (of two steps of 12 and 8 points) that their work earns; None: nothing was graded."""

    student: Student
    shares: tuple[str, str] | None


def report(shares: tuple[str, str]) -> Report:
    """A report in which each of two checks earns its share of the points."""
    steps = []
    for identity, most, share in (("1.1", "12", shares[0]), ("1.2", "8", shares[1])):
        verdict = (
            Passed(message=text("It is as it should be."))
            if share == "1"
            else Failed(
                expected=text("It is."), actual=text("It is not."), hint=text("Do it."), reproduce="false",
                credit=Fraction(share),
            )
        )  # fmt: skip
        check = CheckResult(
            id=f"check-{identity}", title=text("A check"), verdict=verdict, max_points=Fraction(most), seconds=0.1
        )
        steps.append(StepResult(id=identity, title=text("A step"), checks=(check,)))
    return replace(ordinary(), trust=Trust.OFFICIAL, steps=tuple(steps), cap=Fraction(20), remarks=(), suspicions=())


def make_class(folder: Path, planted: Iterable[Planted], overrides: Mapping[str, str] | None = None) -> Path:
    """A class in that *folder*, with an archive and a grading for each student who has shares.

    *overrides* are points for the first check, by the key of the student.
    """
    ClassFolder(folder.resolve()).make(new_class_file("ensae-2022", "fr"))
    with open_class(folder) as of:
        for one in planted:
            _plant(of, one)
        for key, points in (overrides or {}).items():
            decision = Decision(
                kind=DecisionKind.OVERRIDE, check="check-1.1", reason="=cmd|' /C calc'!A0", author="Prof", at=AT,
                student=key, points=Fraction(points),
            )  # fmt: skip
            with of.gradebook.writing() as connection:
                add_decision(connection, decision)
    return folder


def _plant(of, one: Planted) -> None:
    archive = of.folder.repositories / f"{one.student.key}.zip"
    archive.write_bytes(b"PK" + one.student.key.encode())
    tip = hashlib.sha256(archive.read_bytes()).hexdigest()
    repository = ClassRepository(key=one.student.key, source=str(archive))
    with of.gradebook.writing() as connection:
        if one.shares is None:
            put_students(connection, [one.student])
            return
        put_repositories(connection, [repository])
        put_students(connection, [replace(one.student, repository=repository.key)])
        put_fetched(connection, repository.key, Fetched(at=AT, place=archive.name, tip=tip))
    grader = Grader(options_of(of, GradingOptions()))
    task = next(
        task for task in WholeClass(of, grader).plan(grader.course(), (), ()).tasks if task.repository == repository
    )
    content = render(report(one.shares), Speech("en")).encode()
    run = Run(
        repository=repository.key, provenance=task.provenance, end=RunEnd.GRADED, at=AT, seconds=1.0, report=content
    )
    with of.gradebook.writing() as connection:
        add_run(connection, run)
