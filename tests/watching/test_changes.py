"""What one report says otherwise than the one before."""

from __future__ import annotations

from dataclasses import replace

from checker.model import Passed, Report, Status, ToDo, text
from checker.watching.changes import differences, overlaid
from tests.render.reports import ordinary

PASSED = Passed(message=text("It is as it should be."))


def failing(report: Report) -> str:
    return next(check.id for step in report.steps for check in step.checks if check.status is Status.FAILED)


def test_nothing() -> None:
    assert differences(ordinary(), ordinary()) == ()


def test_a_check_that_passes_now() -> None:
    before = ordinary()
    name = failing(before)
    (found,) = differences(before, overlaid(before, {name: PASSED}))
    assert found.now is Status.PASSED
    assert str(found.sentence) == f"{found.name} passes now"


def test_a_step_that_passes_is_named_alone() -> None:
    before = ordinary()
    step = next(step for step in before.steps if step.status is not Status.PASSED)
    after = overlaid(before, {check.id: PASSED for check in step.checks})
    assert [str(one.sentence) for one in differences(before, after)] == [f"{step.id} passes now"]
    assert {one.now for one in differences(after, before)} <= set(Status) - {Status.PASSED}


def test_a_check_that_was_not_there_is_no_change() -> None:
    assert differences(replace(ordinary(), steps=ordinary().steps[:1]), ordinary()) == ()


def test_another_verdict_of_the_same_kind_is_no_change() -> None:
    report = overlaid(ordinary(), {failing(ordinary()): ToDo(what=text("a"))})
    assert differences(report, overlaid(report, {failing(ordinary()): ToDo(what=text("b"))})) == ()
