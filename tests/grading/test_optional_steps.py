"""An optional step holds nothing up and is never missing; once begun, it is graded as any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from checker.checks.base import Check
from checker.course import Course, load
from checker.facts.step_traces import StepTraces, Trace
from checker.grading import Graded, current_step, exit_code, grade, skipped
from checker.locale import Speech
from checker.model import Failed, Passed, Report, Status, StepResult, Verdict, text
from checker.plan import Evidence
from checker.render import json as as_json
from checker.render import junit, markdown, terminal
from checker.render.screen import way_of
from checker.selection import Selection
from checker.solution_matrix import faults
from checker.stored_report import read
from tests.render.reports import ordinary

BEGUN_BY: dict[str, Trace] = {"1": "always", "2": "module", "3": "gitignore", "4": "dockerfile"}
CHECKS = {"1": "notebook-runs", "2": "functions-load", "3": "gitignore-data", "4": "dockerfile"}


def course_of(*optional: str, bonus: str = "") -> Course:
    """Four steps of a check and a point each: 1.1 has always begun, 1.2 to 1.4 by module, ignore file, Dockerfile."""
    shipped = load().course
    steps = tuple(
        shipped.steps[0].model_copy(
            update={
                "id": f"1.{number}",
                "begun_by": (trace,),
                "optional": number in optional,
                "bonus": number == bonus,
                "checks": (
                    shipped.steps[0].checks[0].model_copy(update={"id": CHECKS[number], "points": Fraction(1)}),
                ),
            }
        )
        for number, trace in BEGUN_BY.items()
    )
    return shipped.model_copy(update={"steps": steps})


def passing() -> Verdict:
    """It passes."""
    return Passed(message=text("fine"))


def failing() -> Verdict:
    """It passes."""
    return Failed(expected=text("a"), actual=text("b"), hint=text("c"), reproduce="false")


def graded(
    course: Course,
    *traces: str,
    unknown: frozenset[str] = frozenset(),
    judges: dict[str, Callable[..., Verdict]] | None = None,
    selection: Selection | None = None,
) -> Graded:
    checks = {entry.id: Check(entry.id, (judges or {}).get(entry.id, passing)) for _, entry in course.checks()}
    given = {Course: course, StepTraces: StepTraces(frozenset(traces), unknown)}
    return grade(course, checks, Evidence(given, ()), selection or Selection())


def report_of(outcome: Graded) -> Report:
    return replace(ordinary(), steps=outcome.steps, remarks=(), suspicions=())


def statuses(outcome: Graded) -> dict[str, Status]:
    return {step.id: step.status for step in outcome.steps}


def test_a_step_that_was_passed_over_is_to_do_and_not_skipped() -> None:
    assert statuses(graded(course_of("2"), "gitignore", "dockerfile"))["1.2"] is Status.TODO
    assert statuses(graded(course_of(), "gitignore", "dockerfile"))["1.2"] is Status.FAILED


def test_neighbours_are_those_of_the_path() -> None:
    outcome = graded(course_of("2"), "dockerfile")  # 1.3 stands between 1.1 and 1.4, whatever 1.2 is
    assert statuses(outcome) == {"1.1": Status.PASSED, "1.2": Status.TODO, "1.3": Status.FAILED, "1.4": Status.PASSED}
    (verdict,) = (check.verdict for step in outcome.steps if step.id == "1.3" for check in step.checks)
    assert isinstance(verdict, Failed)
    assert str(verdict.expected) == "Step 1.3 is done before step 1.4."
    states = {"1.1": True, "1.2": False, "1.3": True, "1.4": False}
    assert skipped(course_of("3"), states) == frozenset()  # a side branch, taken early, proves nothing
    assert skipped(course_of(), states) == {"1.2"}
    assert skipped(course_of("3", bonus="4"), dict.fromkeys(states, False) | {"1.1": True, "1.4": True}) == frozenset()


def test_the_next_step_is_behind_an_optional_one() -> None:
    report = report_of(graded(course_of("2")))
    assert report.next_step is not None
    assert report.next_step.id == "1.3"
    done = report_of(graded(course_of("2"), "gitignore", "dockerfile"))
    assert done.next_step is None
    assert (done.points, done.max_points) == (3, 4)  # no bonus: its points are part of the maximum


def test_a_begun_one_is_graded_as_any_other() -> None:
    outcome = graded(course_of("2"), "module", judges={"functions-load": failing})
    assert statuses(outcome)["1.2"] is Status.FAILED
    report = report_of(outcome)
    assert report.next_step is not None
    assert report.next_step.id == "1.2"
    assert exit_code(outcome, Selection()) == 1
    assert current_step(course_of("2"), {"1.1": True, "1.2": True, "1.3": False, "1.4": False}) == "1.2"


def test_a_trace_that_this_machine_cannot_see_is_asked_for_behind_it() -> None:
    unknown = frozenset({"gitignore"})
    assert statuses(graded(course_of("2"), unknown=unknown))["1.3"] is Status.PASSED
    assert statuses(graded(course_of(), unknown=unknown))["1.3"] is Status.TODO
    assert statuses(graded(course_of("3"), "module", unknown=unknown))["1.3"] is Status.PASSED


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (Selection(), 0),
        (Selection(up_to="1.3"), 0),
        (Selection(steps=("1.1", "1.3")), 0),
        (Selection(steps=("1.2",)), 1),
        (Selection(checks=("functions-load",)), 1),
        (Selection(up_to="1.4"), 1),
    ],
)
def test_the_exit_code_asks_for_it_only_by_name(selection: Selection, code: int) -> None:
    assert exit_code(graded(course_of("2"), "gitignore", selection=selection), selection) == code


def test_a_report_on_it_alone_names_it_next() -> None:
    report = report_of(graded(course_of("2"), selection=Selection(steps=("1.2",))))
    assert report.next_step is not None
    assert report.next_step.id == "1.2"


def test_renderers_show_it_as_optional() -> None:
    course = course_of("2", "3")
    report = report_of(graded(course, "gitignore", judges={"gitignore-data": failing}))
    english = terminal.render(report, Speech("en"))
    assert "1.3 Fork and branch (optional) · failed" in english
    assert "  Later: 1.4\n  Optional: 1.2\n" in english
    assert "Facultatif\N{NO-BREAK SPACE}: 1.2" in terminal.render(report, Speech("fr"))
    table = markdown.render(report, Speech("en"))
    assert "| 1.2 Fork and branch (optional) | 0/1 | optional |" in table
    assert "| 1.4 Fork and branch | 0/1 | all of it |" in table
    assert "This step is optional, and has not begun." in junit.render(report, Speech("en"))
    assert ("· Optional: 1.2", "default") in way_of(report, Speech("en"))
    done = report_of(graded(course_of("4"), "module", "gitignore"))
    assert "All that can be seen here is done.\n  Optional: 1.4\n" in terminal.render(done, Speech("en"))


def test_the_published_form_says_it_of_optional_steps_alone() -> None:
    report = report_of(graded(course_of("2")))
    written = as_json.render(report, Speech("en"))
    assert written.count('"optional"') == 1
    assert [step.optional for step in read(written.encode()).steps] == [False, True, False, False]


def test_a_solution_may_leave_it_out_but_its_own() -> None:
    course = course_of("2")
    report = report_of(graded(course, "gitignore"))
    assert [str(fault) for fault in faults(course, "1.3", report)] == []
    assert [str(fault) for fault in faults(course, "1.2", report)] == [
        "The solution of 1.2 does not pass functions-load.",
        "The solution of 1.2 leaves nothing to do in step 1.3.",
    ]


def test_a_step_that_says_nothing_is_not_optional() -> None:
    assert not any(step.optional for step in load().course.steps)
    assert not StepResult(id="1", title=text("x"), checks=()).left_out
