"""The grades of a class as they are handed over: one value for each student."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from checker.classroom.points import CheckGrade, Grade
from checker.classroom.records import Counting, Run, Student
from checker.classroom.standing import Stand, StudentStanding
from checker.model import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedGrade:
    """A student, how far their work is, and the grade that they have; None where there is none.

    ``commit`` is the graded one (of an archive the SHA-256 of its bytes), and ``date`` when it came, where it still is
    the one that counts; ``reason`` says why the work cannot be graded.
    """

    student: Student
    stand: Stand
    grade: Grade | None = None
    reason: Text | None = None
    commit: str = ""
    date: datetime | None = None

    @property
    def steps(self) -> Mapping[str, tuple[Fraction, Fraction]]:
        """The points and the most points of each step, in the order of the course."""
        found: dict[str, tuple[Fraction, Fraction]] = {}
        for check in self.grade.checks if self.grade else ():
            points, most = found.get(check.step, (Fraction(0), Fraction(0)))
            found[check.step] = (points + check.points, most + check.max_points)
        return found

    @property
    def decided(self) -> tuple[CheckGrade, ...]:
        """The checks on which the instructor has decided."""
        return tuple(check for check in self.grade.checks if check.decided) if self.grade else ()

    @property
    def old(self) -> bool:
        """Whether there is a grade, but not of what the student has handed in now."""
        return self.grade is not None and self.stand is not Stand.GRADED


def handed_grades(
    found: Iterable[StudentStanding], runs: Mapping[str, Run], counting: Mapping[str, Counting]
) -> tuple[HandedGrade, ...]:
    """The grades to hand over.

    By the key of the repository: *runs* are the gradings on which the grades rest, *counting* the commits that count.
    """
    handed = []
    for one in found:
        run = runs.get(one.student.repository or "")
        commit = run.provenance.identity if run is not None and one.grade is not None else ""
        counts = counting.get(one.student.repository or "")
        handed.append(
            HandedGrade(
                student=one.student,
                stand=one.stand,
                grade=one.grade,
                reason=one.reason,
                commit=commit,
                date=counts.at if counts is not None and counts.identity == commit else None,
            )
        )
    return tuple(handed)
