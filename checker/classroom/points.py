"""The grade of a student: from stored verdicts, the decisions of the instructor, and lateness. No code is run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from checker.classroom.class_file import LateTable
from checker.classroom.records import Decision, DecisionKind
from checker.model import CheckResult, Failed, Report, Status, credit_of

_DAY = 86_400
_NOT_LATE = LateTable()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGrade:
    """One check of one student: its earned points and its worth, after all decisions.

    ``decided`` is the decision that changed one of them; None if there is none. ``open``: neither the grading, by a
    fault of its own or of the machine, nor a person has judged it.
    """

    check: str
    step: str
    status: Status
    points: Fraction
    max_points: Fraction
    bonus: bool = False
    decided: Decision | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The grade of one student.

    ``points`` are after the deduction for lateness, ``penalty`` is that deduction. ``open_points`` is the worth of the
    checks that are not judged.
    """

    points: Fraction
    max_points: Fraction
    penalty: Fraction
    open_points: Fraction
    checks: tuple[CheckGrade, ...]

    @property
    def steps(self) -> Mapping[str, tuple[Fraction, Fraction]]:
        """The earned and the maximal points of each step, in the order of the course."""
        by_step: dict[str, tuple[Fraction, Fraction]] = {}
        for check in self.checks:
            points, most = by_step.get(check.step, (Fraction(0), Fraction(0)))
            by_step[check.step] = (points + check.points, most + check.max_points)
        return by_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of a grade, beside verdicts.

    ``credits`` are shares of the course, by name, as a what-if changes them: ``near`` for instance.
    """

    decisions: tuple[Decision, ...] = ()
    late: LateTable = _NOT_LATE
    credits: Mapping[str, tuple[Fraction, Fraction]] | None = None


def grade_of(report: Report, rules: Rules, *, student: str, late_seconds: float = 0.0) -> Grade:
    """The grade of the *student* whose work has this *report*.

    The sum is at most the course's cap, as in the grading itself, and never below 0. A weight that changes the worth of
    a check changes the worth of the whole by that much.
    """
    decided = _by_check(rules.decisions, student)
    checks = tuple(
        _check_grade(check, step.id, decided.get(check.id, ()), rules, bonus=step.bonus)
        for step in report.steps
        for check in step.checks
    )
    earned = sum((one.points for one in checks), Fraction(0))
    pairs = zip(checks, _checks(report), strict=True)
    changed = sum((one.max_points - check.max_points for one, check in pairs if not one.bonus), Fraction(0))
    whole = report.max_points + changed
    penalty = min(penalty_of(rules.late, late_seconds), earned)
    return Grade(
        points=max(Fraction(0), min(earned, report.cap + changed) - penalty),
        max_points=whole,
        penalty=penalty,
        open_points=sum((one.max_points for one in checks if one.open and not one.bonus), Fraction(0)),
        checks=checks,
    )


def penalty_of(late: LateTable, late_seconds: float) -> Fraction:
    """The points that lateness takes off, for each day that has begun."""
    if late.policy != "penalty" or late_seconds <= 0:
        return Fraction(0)
    points = late.points_per_day * math.ceil(late_seconds / _DAY)
    return points if late.most_points is None else min(points, late.most_points)


def _checks(report: Report) -> Iterable[CheckResult]:
    return (check for step in report.steps for check in step.checks)


def _by_check(decisions: Iterable[Decision], student: str) -> Mapping[str, Sequence[Decision]]:
    by_check: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.student in (None, student):
            by_check.setdefault(decision.check, []).append(decision)
    return by_check


def _check_grade(
    check: CheckResult, step: str, decisions: Sequence[Decision], rules: Rules, *, bonus: bool
) -> CheckGrade:
    """A check after its decisions: a weight first, then a waiver, and an override over both."""
    worth, share, by = check.max_points, _share(check, rules), None
    for kind in (DecisionKind.WEIGHT, DecisionKind.WAIVER):
        for decision in decisions:
            if decision.kind is kind:
                by = decision
                worth = decision.points if kind is DecisionKind.WEIGHT and decision.points is not None else worth
                share = Fraction(1) if kind is DecisionKind.WAIVER else share
    points = worth * share
    for decision in decisions:
        if decision.kind is DecisionKind.OVERRIDE and decision.points is not None:
            by, points = decision, decision.points
    judged = by is not None and by.kind is not DecisionKind.WEIGHT
    return CheckGrade(
        check=check.id,
        step=step,
        status=check.status,
        points=points,
        max_points=worth,
        bonus=bonus,
        decided=by,
        open=check.status in (Status.UNAVAILABLE, Status.ERRORED) and not judged,
    )


def _share(check: CheckResult, rules: Rules) -> Fraction:
    """The share of its points that a check earned, with the credits of a what-if in place of the course's."""
    verdict = check.verdict
    if rules.credits and isinstance(verdict, Failed) and verdict.credits:
        share = verdict.credit
        for name in verdict.credits:
            if name in rules.credits:
                was, would_be = rules.credits[name]
                share = share / was * would_be if was else would_be
        return share
    return credit_of(verdict)
