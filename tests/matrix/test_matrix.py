"""The solutions prove the checks: state k passes all up to k, and leaves something open in each later step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.course import load
from checker.grader import Outcome
from checker.model import Failed, Passed, Report, Status, ToDo
from checker.template import new

COURSE = load().course
STEPS = [step.id for step in COURSE.steps]
NOT_SEEN_HERE = frozenset({"image-builds", "image-runs", "image-clean", "image-cache"})
"""Checks that need an engine; where there is one, they have tests of their own."""


@pytest.mark.parametrize(
    "state", [pytest.param(state, marks=[] if state == STEPS[-1] else [pytest.mark.slow]) for state in STEPS]
)
def test_state(state: str, solution_report: Callable[[str], Report]) -> None:
    for step in solution_report(state).steps:
        statuses = {check.id: check.status for check in step.checks}
        if COURSE.position(step.id) <= COURSE.position(state):
            for check in step.checks:
                if check.id not in NOT_SEEN_HERE:
                    assert isinstance(check.verdict, Passed), f"{step.id} {check.id}: {check.verdict}"
        else:
            settled = (Status.PASSED, Status.UNAVAILABLE)
            assert any(status not in settled for status in statuses.values()), f"{step.id}: {statuses}"


def test_the_starter_has_one_failure_and_a_road_ahead(tmp_path: Path, grade: Callable[..., Outcome]) -> None:
    folder = new(tmp_path / "starter", start_at="1.0", language="fr", answers={}, no_input=True)
    report = grade(folder, docker="off").report
    verdicts = {check.id: check.verdict for step in report.steps for check in step.checks}
    failed = [identity for identity, verdict in verdicts.items() if isinstance(verdict, Failed)]
    assert failed == ["notebook-runs"]
    failure = verdicts.pop("notebook-runs")
    assert isinstance(failure, Failed)
    assert "chdir" in str(failure.actual) + str(failure.hint)
    assert all(isinstance(verdict, ToDo) for verdict in verdicts.values())
