"""A class that does not exist is graded by the commands of an instructor, killed again and again, and is right."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker.classroom.gradebook.claims import held
from checker.classroom.gradebook.opening import Gradebook
from tests.classroom.conftest import NOON
from tests.classroom.synthetic import Kind, synthetic_class
from tests.classroom.whole_class import checker, differences, filled, grade_to_the_end, grade_with_kills, number_of_runs

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_class_of_24_killed_five_times_is_what_was_planted(
    tmp_path: Path, solution: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.fspath(ROOT))
    planted = synthetic_class(24, tmp_path / "made", hostile=2, empty=2)
    folder = tmp_path / "class"
    assert checker(tmp_path, "class", "init", "--class", str(folder)).returncode == 0
    filled(planted, folder / "gradebook.sqlite")
    cloned = checker(folder, "class", "clone")
    assert cloned.returncode == 0, cloned.stderr
    grade_with_kills(folder, 5, most_between=3)
    assert number_of_runs(folder) < sum(one.graded for one in planted)
    grade_to_the_end(folder)
    assert "Nothing is to be graded" in grade_to_the_end(folder)
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        assert held(connection, NOON) == {}
    assert differences(folder, planted, solution) == {}
    # what compares sees a verdict that is not the planted one
    honest = next(one for one in planted if one.kind is Kind.HONEST)
    changed = replace(honest, becomes={"notebook-runs": "failed"})
    others = tuple(changed if one is honest else one for one in planted)
    assert set(differences(folder, others, solution)) == {honest.key}
