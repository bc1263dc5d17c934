"""The grades of a class as they are handed over: one value for each student."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from checker.classroom.points import CheckGrade
from checker.classroom.records import Counting, Run
from checker.classroom.standing import Stand, StudentStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedGrade(StudentStanding):
    """The standing of a student, as it is handed over.

    ``commit`` is the graded one (of an archive the SHA-256 of its bytes), and ``date`` its time, if it still is the one
    that counts.
    """

    commit: str = ""
    date: datetime | None = None

    @property
    def steps(self) -> Mapping[str, tuple[Fraction, Fraction]]:
        """The earned and the maximal points of each step, in the order of the course."""
        return self.grade.steps if self.grade else {}

    @property
    def decided(self) -> tuple[CheckGrade, ...]:
        """The checks on which the instructor has decided."""
        return tuple(check for check in self.grade.checks if check.decided) if self.grade else ()

    @property
    def old(self) -> bool:
        """True if there is a grade, but not of the student's present work."""
        return self.grade is not None and self.stand is not Stand.GRADED


def handed_grades(
    standings: Iterable[StudentStanding], runs: Mapping[str, Run], counting: Mapping[str, Counting]
) -> tuple[HandedGrade, ...]:
    """The grades to hand over.

    By the key of the repository: *runs* are the gradings on which the grades rest, *counting* the commits that count.
    """
    handed = []
    for standing in standings:
        run = runs.get(standing.student.repository or "")
        commit = run.provenance.identity if run is not None and standing.grade is not None else ""
        counts = counting.get(standing.student.repository or "")
        handed.append(
            HandedGrade(
                student=standing.student,
                stand=standing.stand,
                grade=standing.grade,
                reason=standing.reason,
                since=standing.since,
                commit=commit,
                date=counts.at if counts is not None and counts.identity == commit else None,
            )
        )
    return tuple(handed)
