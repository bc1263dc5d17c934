"""A course with several names for its main script: which one is run, linted and named."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.course import load
from checker.facts.lint import LintScores
from checker.grader import Outcome
from checker.model import Failed, Passed, ToDo
from checker.testing import code, verdict_of
from tests.conftest import result_of

BROKEN = '"""It ends at once."""\n\nraise SystemExit(3)\n'
CHECKS = ("main-runs", "main-imports", "lint-main")


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The course with two names, of which the edition's is the second."""
    source = load().path.read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("several") / "course.yaml"
    path.write_text(source.replace("scripts: [main.py]", "scripts: [train.py, main.py]"), encoding="utf-8")
    return str(path)


@pytest.fixture
def work(copy_of: Callable[[str], Path]) -> Path:
    return copy_of("1.4")


@pytest.fixture
def verdicts(work: Path, several: str, grade: Callable[..., Outcome]) -> Callable[..., list[object]]:
    def of(*checks: str) -> list[object]:
        report = grade(work, checks=checks, course=several).report
        return [result_of(report, check).verdict for check in checks]

    return of


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train.py", "main.py"])
def test_a_submission_with_either_name_passes_under_its_own(
    work: Path, verdicts: Callable[..., list[object]], name: str
) -> None:
    (work / "main.py").rename(work / name)
    runs, imports, lint = verdicts(*CHECKS)
    assert isinstance(runs, Passed)
    assert str(runs.message).startswith(f"{name} ran to its end")
    assert isinstance(imports, Passed)
    assert isinstance(lint, Passed)
    assert str(lint.message).endswith(f"to {name}.")


@pytest.mark.slow
def test_the_first_name_decides_where_both_are_there(work: Path, verdicts: Callable[..., list[object]]) -> None:
    right = (work / "main.py").read_text(encoding="utf-8")
    (work / "train.py").write_text(right, encoding="utf-8")
    (work / "main.py").write_text(BROKEN, encoding="utf-8")
    runs, _, lint = verdicts(*CHECKS)
    assert isinstance(runs, Passed)
    assert str(runs.message).startswith("train.py ran to its end")
    assert str(lint.message).endswith("to train.py.")  # type: ignore[attr-defined]
    (work / "train.py").write_text(BROKEN, encoding="utf-8")
    (work / "main.py").write_text(right, encoding="utf-8")
    (runs,) = verdicts("main-runs")
    assert isinstance(runs, Failed)
    assert str(runs.expected) == "train.py, started at the root, ends with status 0."
    assert runs.reproduce == "python train.py"
    assert subprocess.run(["bash", "-c", runs.reproduce], cwd=work, check=False).returncode == 3


@pytest.mark.slow
def test_a_script_of_another_name_is_asked_for_the_first_one(work: Path, verdicts: Callable[..., list[object]]) -> None:
    (work / "main.py").rename(work / "titanic.py")
    runs, _, lint = verdicts(*CHECKS)
    assert isinstance(runs, Failed)
    assert str(runs.actual) == "titanic.py runs, but it is not called train.py."
    assert str(runs.hint) == "Rename it: git mv titanic.py train.py."
    assert runs.credits == ("substitute_script",)
    assert isinstance(lint, Failed)
    assert str(lint.hint) == "Rename it: git mv titanic.py train.py."
    for verdict in (runs, lint):
        assert subprocess.run(["bash", "-c", verdict.reproduce or ""], cwd=work, check=False).returncode == 1


@pytest.mark.slow
def test_a_submission_without_any_has_still_to_begin(work: Path, verdicts: Callable[..., list[object]]) -> None:
    (work / "main.py").unlink()
    assert [type(verdict) for verdict in verdicts(*CHECKS)] == [ToDo, ToDo, ToDo]


def test_a_submission_without_any_is_asked_for_the_first_one(several: str) -> None:
    verdict = verdict_of("lint-main", LintScores("3.3.9", None, None), code({"functions.py": ""}), load(several).course)
    assert isinstance(verdict, ToDo)
    assert str(verdict.what) == "There is no train.py yet."


@pytest.mark.parametrize("name", ["train.py", "main.py"])
def test_a_project_below_the_root_is_found_by_either_name(
    tmp_path: Path, several: str, grade: Callable[..., Outcome], name: str
) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / name).write_text(BROKEN, encoding="utf-8")
    subprocess.run("git init -q && git add -A && git commit -qm Begin", cwd=tmp_path, check=True, shell=True)
    report = grade(tmp_path, checks=("gitignore-data",), course=several).report
    assert report.submission.folder == "part"
