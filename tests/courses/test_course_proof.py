"""A course in a folder of its own: what contradicts it is told, and what nothing defends."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from checker.course import load
from checker.course_mutants import CourseMutant
from checker.course_proof import faults, undefended, without_solution
from checker.model import (
    Blocked,
    CheckResult,
    Failed,
    Location,
    Passed,
    Report,
    StepResult,
    ToDo,
    Verdict,
    advice,
    text,
)
from checker.solutions import SolutionSet
from tests.render.reports import ordinary

PASSED = Passed(message=text("Fine."), advice=(advice("Well done."),))
FAILED = Failed(
    expected=text("A."), actual=text("B."), hint=text("C."), reproduce="false", where=(Location("main.py", None, 3),)
)
PARDONED = replace(FAILED, credit=Fraction(1))


def report_of(**verdicts: Verdict) -> Report:
    checks = tuple(
        CheckResult(id=name.replace("_", "-"), title=text("x"), verdict=verdict, max_points=Fraction(1))
        for name, verdict in verdicts.items()
    )
    return replace(ordinary(), steps=(StepResult(id="1.4", title=text("x"), checks=checks),))


def mutant(**more: object) -> CourseMutant:
    return CourseMutant.model_validate(
        {"check": "lint-main", "name": "x", "base": "1.4", "edits": [{"remove": "a"}], **more}
    )


def said(one: CourseMutant, after: Report, before: Report | None = None) -> list[str]:
    return [str(fault) for fault in faults(one, before or report_of(lint_main=PASSED, main_runs=PASSED), after)]


def test_a_mutant_that_is_seen_where_it_should_be() -> None:
    after = report_of(lint_main=FAILED, main_runs=PASSED)
    assert said(mutant(), after) == []
    for words in ("A.", "B.", "C."):
        assert said(mutant(says=words, where="main.py:3"), after) == []
    assert said(mutant(says="Well done.", verdict="passed"), report_of(lint_main=PASSED, main_runs=PASSED)) == []


def test_a_mutant_that_is_not_seen() -> None:
    after = report_of(lint_main=PASSED, main_runs=PASSED)
    assert said(mutant(), after) == ["The mutant lint-main: x is passed, and should be failed: Fine."]
    assert said(mutant(verdict="passed"), report_of(lint_main=FAILED, main_runs=PASSED)) == [
        "The mutant lint-main: x is failed, and should be passed: B."
    ]
    assert said(mutant(), report_of(lint_main=ToDo(what=text("Later.")), main_runs=PASSED)) == [
        "The mutant lint-main: x is to do, and should be failed: Later."
    ]


def test_other_words_and_another_place() -> None:
    after = report_of(lint_main=FAILED, main_runs=PASSED)
    assert said(mutant(says="D.", where="main.py:4"), after) == [
        "The verdict of lint-main: x does not say D., but: B. A. C.",
        "The verdict of lint-main: x does not name main.py:4, but: main.py:3.",
    ]


def test_a_second_charge_needs_its_reason_and_a_reason_its_charge() -> None:
    both = report_of(lint_main=FAILED, main_runs=FAILED)
    assert said(mutant(), both) == ["The mutant lint-main: x costs points in main-runs, too."]
    allowed = mutant(charged_too={"main-runs": "it stops"})
    assert said(allowed, both) == []
    assert said(allowed, report_of(lint_main=FAILED, main_runs=PARDONED)) == [
        "The mutant lint-main: x does not cost points in main-runs."
    ]
    assert said(mutant(), both, before=report_of(lint_main=PASSED, main_runs=FAILED)) == []


def test_a_blocked_check_leaves_the_charge_to_the_one_that_blocks() -> None:
    after = report_of(lint_main=Blocked(by=("main-runs",)), main_runs=FAILED)
    assert said(mutant(verdict="blocked"), after) == []


def test_what_no_mutant_defends() -> None:
    course = load().course.model_copy(update={"steps": load().course.steps[3:5]})  # 1.3 and 1.4
    assert undefended(course, []) == (("1.3", "1.4"), {})
    assert undefended(course, [mutant()]) == (("1.3",), {"1.4": ("lint-modules",)})
    assert undefended(course, [mutant(verdict="passed")]) == (("1.3", "1.4"), {})
    both = [mutant(), mutant(check="main-runs")]
    assert undefended(course, both) == ((), {"1.3": ("main-reports", "main-imports"), "1.4": ("lint-modules",)})


@pytest.mark.parametrize(("optional", "missing"), [(False, ["There is no solution of step 1.4."]), (True, [])])
def test_steps_without_a_solution_and_solutions_without_a_step(
    tmp_path: Path, optional: bool, missing: list[str]
) -> None:
    shipped = load().course
    steps = (shipped.steps[3], shipped.steps[4].model_copy(update={"optional": optional}))
    for step in ("1.3", "1.11"):
        (tmp_path / step).mkdir()
        (tmp_path / step / "step.yaml").touch()
    found = without_solution(shipped.model_copy(update={"steps": steps}), SolutionSet(tmp_path, tmp_path))
    assert [str(fault) for fault in found] == [
        *missing,
        "There is a solution of step 1.11, which the course does not have.",
    ]
