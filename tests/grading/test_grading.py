"""Begun or not, skipped, points, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest

from checker.checks.base import Check
from checker.course import Course, load
from checker.facts.step_traces import StepTraces
from checker.grading import Graded, Selection, exit_code, grade
from checker.model import Errored, Failed, Passed, Status, ToDo, Unavailable, Verdict, text
from checker.plan import Evidence


@dataclass(frozen=True)
class Unasked:
    """A fact whose probe must not run."""


def never(course: Course) -> Unasked:
    raise AssertionError("a check of a step that has not begun asked for its facts")


def passing() -> Verdict:
    """It passes."""
    return Passed(message=text("fine"))


def failing() -> Verdict:
    """It passes."""
    return Failed(expected=text("a"), actual=text("b"), hint=text("c"), reproduce="false", credit=Fraction(1, 2))


def unseen() -> Verdict:
    """It passes."""
    return Unavailable(what=text("no"), remedy=text("get it"))


def faulty() -> Verdict:
    """It passes."""
    raise ZeroDivisionError


def asking(fact: Unasked) -> Verdict:
    """It passes."""
    raise AssertionError(fact)


COURSE = load().course


def graded(
    traces: set[str],
    judges: dict[str, Callable[..., Verdict]] | None = None,
    selection: Selection | None = None,
    unknown: frozenset[str] = frozenset(),
) -> Graded:
    judges = judges or {}
    checks = {entry.id: Check(entry.id, judges.get(entry.id, passing)) for _, entry in COURSE.checks()}
    given = {Course: COURSE, StepTraces: StepTraces(frozenset(traces), unknown)}
    return grade(COURSE, checks, Evidence(given, [never]), selection or Selection())


def status(outcome: Graded, step: str) -> Status:
    return next(result.status for result in outcome.steps if result.id == step)


def test_a_step_that_has_not_begun_is_to_do_and_asks_for_nothing() -> None:
    outcome = graded(set(), {"dockerfile": asking})
    assert status(outcome, "2.3") is Status.TODO
    assert status(outcome, "1.1") is Status.PASSED
    assert sum(step.points for step in outcome.steps) == Fraction(3, 2)


def test_a_step_between_two_that_have_begun_was_skipped() -> None:
    outcome = graded({"module", "main-file", "main-script", "source-folder", "network-read"})
    skipped = next(step for step in outcome.steps if step.id == "1.6")
    assert skipped.status is Status.FAILED
    assert skipped.points == 0
    assert all(isinstance(check.verdict, Failed) and check.verdict.reproduce for check in skipped.checks)


def test_what_this_machine_cannot_see_is_asked_once_the_student_has_come_there() -> None:
    traces = {"gitignore"}
    outcome = graded(traces, {"pull-request": unseen}, unknown=frozenset({"request"}))
    assert status(outcome, "1.9") is Status.UNAVAILABLE
    assert status(graded(set(), {"pull-request": unseen}, unknown=frozenset({"request"})), "1.9") is Status.TODO


def test_a_first_step_that_this_machine_cannot_see_is_asked_at_once() -> None:
    outcome = graded(set(), {"branch": unseen}, unknown=frozenset({"branch", "own-work"}))
    assert status(outcome, "1.0") is Status.UNAVAILABLE
    assert status(graded(set(), {"branch": unseen}), "1.0") is Status.TODO


def test_credit_makes_a_step_partial() -> None:
    outcome = graded({"main-file"}, {"lint-main": failing})
    step = next(step for step in outcome.steps if step.id == "1.4")
    assert (step.status, step.points) == (Status.PARTIAL, Fraction(3, 2))


def test_our_fault_costs_nothing_and_is_kept_for_the_log() -> None:
    outcome = graded(set(), {"notebook-runs": faulty})
    step = next(step for step in outcome.steps if step.id == "1.1")
    assert step.status is Status.ERRORED
    assert step.not_checked_points == step.max_points
    assert isinstance(step.checks[0].verdict, Errored)
    assert "ZeroDivisionError" in outcome.faults["notebook-runs"]


@pytest.mark.parametrize(
    ("judges", "selection", "code"),
    [
        ({}, Selection(), 0),
        ({"notebook-runs": unseen}, Selection(), 0),
        ({"notebook-runs": failing}, Selection(), 1),
        ({"notebook-runs": faulty}, Selection(), 4),
        ({}, Selection(steps=frozenset({"2.3"})), 1),
        ({}, Selection(checks=frozenset({"dockerfile"})), 1),
        ({}, Selection(up_to="1.2"), 1),
        ({}, Selection(steps=frozenset({"1.1"})), 0),
    ],
)
def test_exit_code(judges: dict[str, Callable[..., Verdict]], selection: Selection, code: int) -> None:
    assert exit_code(graded(set(), judges, selection), selection) == code


def test_only_what_is_selected_is_judged() -> None:
    outcome = graded(set(), selection=Selection(steps=frozenset({"1.1"}), checks=frozenset({"branch"})))
    assert [check.id for step in outcome.steps for check in step.checks] == ["branch", "notebook-runs"]


def test_to_do_means_that_nothing_was_judged() -> None:
    verdicts = [check.verdict for step in graded(set()).steps for check in step.checks if step.id != "1.1"]
    assert all(isinstance(verdict, ToDo) for verdict in verdicts)
