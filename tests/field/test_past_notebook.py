"""Which earlier notebook earns the step back: the one that was mended, and no other that merely ran."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.model import Failed
from tests.conftest import result_of, shell
from tests.hostile.corpus.model import cells
from tests.mutants.test_mutants import Grade

CHECK = "notebook-runs"
_ONE_LINE = cells("print('hello')")
_TOY = cells(
    "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier().fit([[0], [1]], [0, 1])",
    *(f"x = {number}" for number in range(40)),
)
_SHORTER = cells(
    "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\ndata = pd.read_csv('train.csv')",
    "RandomForestClassifier().fit(data[['Pclass', 'SibSp', 'Parch']], data['Survived'])",
)


def _graded(folder: Path, grade: Grade) -> Failed:
    verdict = result_of(grade(folder, checks=(CHECK,), own=False).report, CHECK).verdict
    assert isinstance(verdict, Failed), verdict
    return verdict


def _commit(folder: Path, notebook: str, message: str) -> None:
    (folder / "titanic.ipynb").write_text(notebook, encoding="utf-8")
    shell(f"git add -A && git commit -q --allow-empty -m '{message}'", folder)


@pytest.mark.slow
@pytest.mark.parametrize("between", [_ONE_LINE, _TOY], ids=["one line", "a toy forest and forty lines"])
@pytest.mark.parametrize("removed", [False, True], ids=["broken ever since", "removed"])
def test_another_notebook_that_ran_earns_nothing(
    copy_of: Callable[[str], Path], grade: Grade, between: str, *, removed: bool
) -> None:
    folder = copy_of("1.0")
    broken = (folder / "titanic.ipynb").read_text(encoding="utf-8")
    _commit(folder, between, "Try")
    _commit(folder, broken, "Go on")
    if removed:
        shell("git rm -q titanic.ipynb && git commit -q -m 'Remove it'", folder)
    verdict = _graded(folder, grade)
    assert verdict.credit == 0
    assert verdict.reached_at is None


@pytest.mark.slow
@pytest.mark.parametrize("rewritten", [False, True], ids=["the notebook of the start", "one that trains the forest"])
def test_the_notebook_that_was_mended_earns_it(
    copy_of: Callable[[str], Path], grade: Grade, *, rewritten: bool
) -> None:
    folder = copy_of("1.1")
    if rewritten:
        _commit(folder, _SHORTER, "Begin anew")
    before = shell("git rev-parse HEAD", folder).strip()
    _commit(folder, cells("from functions import load", "load()"), "Use functions")
    verdict = _graded(folder, grade)
    assert (verdict.credit, verdict.reached_at) == (1, before)
