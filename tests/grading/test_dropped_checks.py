"""A course may leave out any check: no report then waits for a check that nobody will ever judge."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from checker.checks.base import Check
from checker.course import Course, load
from checker.errors import CourseError
from checker.facts.step_traces import StepTraces
from checker.grader import Outcome
from checker.grading import Graded, grade
from checker.locale import Speech
from checker.model import Blocked, Failed, Passed, Suspicion, ToDo, Unavailable, Verdict, text
from checker.plan import Evidence
from checker.render.json import render
from checker.selection import Selection
from tests.conftest import result_of
from tests.repositories import commit_all
from tests.verdicts import failed

SHIPPED = load()
DROPPED = ("main-runs", "main-reports", "main-imports")


def without(course: Course, *ids: str) -> Course:
    """The course without these checks."""
    steps = (
        step.model_copy(update={"checks": tuple(entry for entry in step.checks if entry.id not in ids)})
        for step in course.steps
    )
    return course.model_copy(update={"steps": tuple(step for step in steps if step.checks)})


def waits(*ids: str) -> Callable[[], Verdict]:
    def judge() -> Verdict:
        """It waits."""
        return Blocked(by=ids, details={"of": "lint"})

    return judge


def broken() -> Verdict:
    """The main script runs"""
    return Failed(
        expected=text("it runs"),
        actual=text("it stops"),
        hint=text("mend it"),
        reproduce="python main.py",
        credit=Fraction(1, 2),
        credits=("regression",),
        reached_at="abc",
        details={"of": "main"},
    )


def unseen() -> Verdict:
    """The main script runs"""
    return Unavailable(what=text("no"), remedy=text("get it"))


def fine() -> Verdict:
    """The main script runs"""
    return Passed(message=text("fine"))


def lint_of(course: Course, judges: dict[str, Callable[..., Verdict]], **asked: object) -> Verdict:
    found = judged(course, judges, **asked)
    return next(check.verdict for step in found.steps for check in step.checks if check.id == "lint-main")


def judged(course: Course, judges: dict[str, Callable[..., Verdict]], **asked: object) -> Graded:
    checks = {entry.id: Check(entry.id, judges.get(entry.id, fine)) for _, entry in SHIPPED.course.checks()}
    evidence = Evidence({Course: course, StepTraces: StepTraces(frozenset({"main-file"}))}, [])
    return grade(course, checks, evidence, Selection(), **asked)  # type: ignore[arg-type]


LACKING = without(SHIPPED.course, *DROPPED)


def test_a_check_of_the_course_is_waited_for() -> None:
    verdict = lint_of(SHIPPED.course, {"lint-main": waits("main-runs", "notebook-runs"), "main-runs": broken})
    assert verdict == Blocked(by=("main-runs", "notebook-runs"), details={"of": "lint"})


def test_one_that_the_course_lacks_is_left_out() -> None:
    verdict = lint_of(LACKING, {"lint-main": waits("main-runs", "notebook-runs")})
    assert verdict == Blocked(by=("notebook-runs",), details={"of": "lint"})


def test_where_none_is_left_the_verdict_says_what_to_mend_and_earns_nothing() -> None:
    verdict = lint_of(LACKING, {"lint-main": waits("main-runs"), "main-runs": broken})
    assert verdict == Failed(
        expected=text("it runs"),
        actual=text("it stops"),
        hint=text("mend it"),
        reproduce="python main.py",
        details={"of": "lint"},
    )


def test_a_chain_of_dropped_checks_ends_at_one_of_the_course() -> None:
    chain = {"lint-main": waits("main-runs"), "main-runs": waits("main-imports"), "main-imports": waits("layout-data")}
    assert lint_of(LACKING, chain) == Blocked(by=("layout-data",), details={"of": "lint"})


def test_dropped_checks_that_wait_for_each_other_come_to_an_end() -> None:
    circle = {"lint-main": waits("main-runs"), "main-runs": waits("main-imports"), "main-imports": waits("main-runs")}
    assert isinstance(lint_of(LACKING, circle), ToDo)


def test_what_cannot_be_seen_here_stays_so() -> None:
    assert lint_of(LACKING, {"lint-main": waits("main-runs"), "main-runs": unseen}) == unseen()


@pytest.mark.parametrize("asked", [{}, {"suits": lambda check: check.id != "main-runs"}], ids=["passed", "not run"])
def test_a_dropped_check_without_a_fault_is_named_by_what_it_wants(asked: dict[str, object]) -> None:
    verdict = lint_of(LACKING, {"lint-main": waits("main-runs")}, **asked)
    assert isinstance(verdict, ToDo)
    assert str(verdict.what) == "This can be judged once it is so: The main script runs."
    assert "main-runs" not in Speech("fr").say(verdict.what)


def test_a_suspicion_names_checks_of_the_course_only() -> None:
    def doubt() -> tuple[Suspicion, ...]:
        return (Suspicion("main-differs", text("it differs"), (), ("main-runs", "lint-main")),)

    assert [one.checks for one in judged(LACKING, {}, doubts=[doubt]).suspicions] == [("lint-main",)]
    assert [one.checks for one in judged(SHIPPED.course, {}, doubts=[doubt]).suspicions] == [("main-runs", "lint-main")]


@pytest.fixture
def course_without_main(tmp_path: Path) -> str:
    """The path of the course without the checks of step 1.3."""
    content = yaml.safe_load(SHIPPED.path.read_text(encoding="utf-8"))
    content["steps"] = [step for step in content["steps"] if step["id"] != "1.3"]
    path = tmp_path / "course" / "course.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for name in ("data", "statement"):
        (path.parent / name).symlink_to(SHIPPED.path.parent / name)
    return str(path)


CHECKS = ("functions-load", "layout-source")


@pytest.mark.timeout(560)
def test_the_solution_passes_a_course_without_step_1_3_and_a_broken_module_is_told(
    grade: Callable[..., Outcome], copy_of: Callable[[str], Path], course_without_main: str
) -> None:
    folder = copy_of("1.5")
    right = grade(folder, checks=CHECKS, course=course_without_main)
    assert not right.faults
    assert {name: type(result_of(right.report, name).verdict) for name in CHECKS} == dict.fromkeys(CHECKS, Passed)

    (folder / "src/data/import_data.py").write_text("def import_data(:\n", encoding="utf-8")
    commit_all(folder)
    assert result_of(grade(folder, checks=CHECKS).report, "functions-load").verdict == Blocked(by=("main-runs",))
    wrong = grade(folder, checks=CHECKS, course=course_without_main)
    assert not wrong.faults
    loading = result_of(wrong.report, "functions-load")
    assert "SyntaxError" in str(failed(loading.verdict).actual)
    assert loading.points == 0
    for language in ("en", "fr"):
        written = render(wrong.report, Speech(language))
        assert not [name for name in DROPPED if name in written]


def test_a_misspelt_trace_is_named_with_its_line_and_the_closest_one(tmp_path: Path) -> None:
    content = SHIPPED.path.read_text(encoding="utf-8").replace("begun_by: [main-script]", "begun_by: [main-scirpt]")
    path = tmp_path / "course.yaml"
    path.write_text(content, encoding="utf-8")
    line = next(number for number, words in enumerate(content.splitlines(), 1) if "main-scirpt" in words)
    with pytest.raises(CourseError) as caught:
        load(str(path))
    assert f"line {line}:" in str(caught.value.cause)
    assert str(caught.value.remedy) == "Did you mean main-script?"
