"""``checker solutions check``: what it shows and what it says of solutions that contradict the course."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from checker.cli import solutions as command
from checker.course import load
from checker.model import CheckResult, Errored, Passed, Report, StepResult, ToDo, Unavailable, Verdict, text
from checker.solution_matrix import Column, faults
from tests.command_line import Said
from tests.render.reports import ordinary

COURSE = load().course
PASSED = Passed(message=text("x"))
TO_DO = ToDo(what=text("x"))
UNSEEN = Unavailable(what=text("x"), remedy=text("x"))


def graded(state: str, changed: Mapping[str, Verdict] | None = None) -> Report:
    """The report of the solution of *state* as it should be, but for what is *changed*."""
    steps = []
    for step in COURSE.steps:
        usual: Verdict = PASSED if COURSE.position(step.id) <= COURSE.position(state) else TO_DO
        steps.append(
            StepResult(
                id=step.id,
                title=text("x"),
                checks=tuple(
                    CheckResult(
                        id=entry.id,
                        title=text("x"),
                        verdict=(changed or {}).get(entry.id, usual),
                        max_points=Fraction(1),
                    )
                    for entry in step.checks
                ),
            )
        )
    return replace(ordinary(), steps=tuple(steps))


def said_of(state: str, changed: Mapping[str, Verdict] | None = None) -> list[str]:
    return [str(fault) for fault in faults(COURSE, state, graded(state, changed))]


@pytest.mark.parametrize("state", [step.id for step in COURSE.steps])
def test_solutions_as_they_should_be_have_no_fault(state: str) -> None:
    assert said_of(state) == []


def test_a_check_that_does_not_pass_is_named() -> None:
    assert said_of("1.4", {"main-runs": TO_DO, "lint-main": Errored(fault="")}) == [
        "The solution of 1.4 does not pass main-runs.",
        "The solution of 1.4 does not pass lint-main.",
    ]


def test_what_this_machine_cannot_see_is_no_fault_and_no_proof() -> None:
    assert said_of("2.3", {"image-builds": UNSEEN}) == []
    assert said_of("1.8", {"pull-request": UNSEEN}) == ["The solution of 1.8 leaves nothing to do in step 1.9."]


def test_the_table_fits_a_terminal_and_the_command_tells_the_faults(
    capsys: pytest.CaptureFixture[str], checker: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [step.id for step in COURSE.steps]
    wrong = {"config-read": TO_DO}
    reports = {state: graded(state, wrong if state == "2.3" else None) for state in states}
    shown = [Column(state, report, tuple(faults(COURSE, state, report))) for state, report in reports.items()]
    monkeypatch.setattr(command.solutions, "faults", lambda: ())
    monkeypatch.setattr(command, "columns", lambda **_: iter(shown))
    said = checker("solutions", "check")
    assert said.code == 1
    assert said.err == "The solution of 2.3 does not pass config-read.\n"
    lines = said.out.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert lines[0].split() == states
    row = next(line for line in lines if line.startswith("2.1 config-read "))
    assert row.split()[2:] == ["·"] * 10 + ["✓", "✓", "·"]
    assert "✓ passed" in lines[-1]
    monkeypatch.setattr(command, "columns", lambda **_: iter(shown[:-1]))
    said = checker("solutions", "check", "--language", "fr")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].startswith("Chaque solution")
