"""A grade follows from stored verdicts, decisions and lateness."""

from __future__ import annotations

from fractions import Fraction

from checker.classroom.class_file import LateTable
from checker.classroom.points import Grade, Rules, grade_of, penalty_of
from checker.classroom.records import Decision, DecisionKind
from checker.model import Report
from tests.classroom.conftest import NOON, PASSED, UNAVAILABLE, failed, report_of

DAY = 86_400


def decided(kind: DecisionKind, check: str, points: str | None = None, student: str | None = None) -> Decision:
    return Decision(
        kind=kind,
        check=check,
        points=None if points is None else Fraction(points),
        student=student,
        reason="because",
        author="teacher",
        at=NOON,
    )


REPORT = report_of(
    ("1.1", {"runs": (PASSED, 2)}),
    ("1.4", {"lint": (failed(Fraction(1, 2), ("near",)), 1), "modules": (failed(), 1)}),
    ("2.3", {"image": (UNAVAILABLE, 3)}),
)


def graded(*decisions: Decision, report: Report = REPORT, late: LateTable | None = None, late_by: float = 0) -> Grade:
    rules = Rules(decisions=decisions, late=late or LateTable())
    return grade_of(report, rules, student="ada", late_seconds=late_by)


def test_without_a_decision_it_is_what_the_report_says() -> None:
    grade = graded()
    assert (grade.points, grade.max_points, grade.open_points) == (Fraction(5, 2), 7, 3)
    assert grade.points == REPORT.points


def test_an_override_holds_for_its_student_alone() -> None:
    assert graded(decided(DecisionKind.OVERRIDE, "lint", "3/4", "ada")).points == Fraction(11, 4)
    assert graded(decided(DecisionKind.OVERRIDE, "lint", "3/4", "bob")).points == Fraction(5, 2)


def test_an_override_judges_what_no_machine_could() -> None:
    grade = graded(decided(DecisionKind.OVERRIDE, "image", "2", "ada"))
    assert (grade.points, grade.open_points) == (Fraction(9, 2), 0)


def test_a_waiver_counts_as_passed_for_everybody() -> None:
    grade = graded(decided(DecisionKind.WAIVER, "modules"))
    assert (grade.points, grade.max_points) == (Fraction(7, 2), 7)


def test_another_weight_changes_what_is_earned_and_the_whole() -> None:
    grade = graded(decided(DecisionKind.WEIGHT, "lint", "2"))
    assert (grade.points, grade.max_points, grade.open_points) == (3, 8, 3)
    grade = graded(decided(DecisionKind.WEIGHT, "image", "1"))
    assert (grade.points, grade.max_points, grade.open_points) == (Fraction(5, 2), 5, 1)


def test_a_waiver_of_a_check_with_another_weight_gives_that_weight() -> None:
    decisions = (decided(DecisionKind.WAIVER, "modules"), decided(DecisionKind.WEIGHT, "modules", "5"))
    assert graded(*decisions).points == Fraction(15, 2)


def test_an_override_is_stronger_than_a_waiver() -> None:
    decisions = (decided(DecisionKind.OVERRIDE, "modules", "1/4", "ada"), decided(DecisionKind.WAIVER, "modules"))
    assert graded(*decisions).points == Fraction(11, 4)


def test_the_cap_holds_with_bonus_points() -> None:
    report = report_of(("1.1", {"runs": (PASSED, 19)}), ("9.1", {"more": (PASSED, 4)}), cap=20, bonus="9.1")
    grade = graded(report=report)
    assert (grade.points, grade.max_points) == (20, 19)


def test_each_day_that_has_begun_costs() -> None:
    late = LateTable(policy="penalty", points_per_day=Fraction(1, 2), most_points=Fraction(2))
    assert penalty_of(late, 0) == 0
    assert penalty_of(late, 1) == Fraction(1, 2)
    assert penalty_of(late, DAY) == Fraction(1, 2)
    assert penalty_of(late, DAY + 1) == 1
    assert penalty_of(late, 100 * DAY) == 2
    assert graded(late=late, late_by=1).points == 2


def test_lateness_costs_nothing_by_other_policies_and_never_more_than_there_is() -> None:
    assert graded(late=LateTable(policy="accept", points_per_day=Fraction(9)), late_by=DAY).points == Fraction(5, 2)
    grade = graded(late=LateTable(policy="penalty", points_per_day=Fraction(9)), late_by=DAY)
    assert (grade.points, grade.penalty) == (0, Fraction(5, 2))


def test_a_what_if_changes_the_credit_that_rests_on_it() -> None:
    near = {"near": (Fraction(1, 2), Fraction(1, 5))}
    assert grade_of(REPORT, Rules(credits=near), student="ada").points == Fraction(11, 5)
    other = {"regression": (Fraction(1, 2), Fraction(0))}
    assert grade_of(REPORT, Rules(credits=other), student="ada").points == Fraction(5, 2)


def test_a_what_if_leaves_the_other_factors_of_a_credit() -> None:
    report = report_of(("1.4", {"lint": (failed(Fraction(1, 4), ("near", "substitute_script")), 4)}))
    near = {"near": (Fraction(1, 2), Fraction(1))}
    assert grade_of(report, Rules(credits=near), student="ada").points == 2
