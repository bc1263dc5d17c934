"""``--no-run``: checks that reading alone can judge, of the current step where that is asked for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.checks.registry import checks
from checker.course import load
from checker.evidence.reading_alone import needs_run
from checker.facts.job import Job
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.grading import current_step
from checker.model import Report, Status
from checker.sandbox.lazy import LazySandbox
from checker.selection import Selection
from checker.solutions import build

COURSE = load("ensae-2022", frozenset(checks())).course


def test_checks_without_a_run__follow_from_their_facts():
    reading = {identity for identity, check in checks().items() if not needs_run(check.judge)}
    assert reading == {
        "branch",
        "clean-tree",
        "data-untracked",
        "environment-complete",
        "environment-file",
        "environment-minimal",
        "environment-pinned",
        "environment-portable",
        "gitignore-data",
        "gitignore-python",
        "gitignore-sources",
        "layout-data",
        "layout-notebook",
        "pull-request",
    }


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(self: LazySandbox, job: Job, scope: object = None) -> None:
        raise AssertionError(f"{job.action} was run")

    monkeypatch.setattr(LazySandbox, "run", run)
    monkeypatch.setattr(LazySandbox, "warm", run)


@pytest.fixture(scope="module")
def reader() -> Iterator[Grader]:
    with Grader(GradingOptions(docker="off")) as grader:
        yield grader


def read(grader: Grader, folder: Path, **selection: object) -> tuple[Report, int]:
    outcome = grader.grade(Submission(path=folder, own=True), Selection(without_runs=True, **selection))  # type: ignore[arg-type]
    assert outcome.faults == {}
    return outcome.report, outcome.exit_code


def judged(report: Report) -> dict[str, Status]:
    return {check.id: check.status for step in report.steps for check in step.checks}


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The solution of step 1.6, whose environment is pinned."""
    folder = tmp_path_factory.mktemp("solution") / "titanic"
    build("1.6", folder, language="en")
    return folder


def test_current_step__is_judged_alone_and_passes(reader, pinned):
    report, code = read(reader, pinned, current=True)
    parts = ("file", "complete", "pinned")
    assert judged(report) == {f"environment-{part}": Status.PASSED for part in parts}
    assert code == 0
    assert report.command.startswith("checker check --no-run --step current")
    assert str(report.remarks[0].message).startswith("Nothing was run:")


def test_current_step__a_failure_stops_the_commit(reader, pinned, tmp_path):
    folder = shutil.copytree(pinned, tmp_path / "titanic")
    listed = folder / "environment.yml"
    listed.write_text(re.sub(r"pandas=+\S+", "pandas", listed.read_text()))
    report, code = read(reader, folder, current=True)
    assert judged(report)["environment-pinned"] is Status.FAILED
    assert code == 1


@pytest.mark.slow
def test_other_steps__are_added_by_name(reader, pinned):
    report, _ = read(reader, pinned, current=True, steps=("1.5",))
    assert [step.id for step in report.steps] == ["1.5", "1.6"]


@pytest.mark.slow
def test_without_current__every_step_that_has_begun_is_read(reader, pinned):
    report, code = read(reader, pinned)
    assert judged(report)["layout-notebook"] is Status.PASSED
    assert judged(report)["gitignore-data"] is Status.TODO
    assert not {"notebook-runs", "main-runs", "lint-main", "image-builds"} & set(judged(report))
    assert (code, report.environment.sandbox) == (0, "none")


@pytest.mark.slow
def test_main_script_of_another_name__is_taken_without_a_run(reader, pinned, tmp_path):
    folder = shutil.copytree(pinned, tmp_path / "titanic")
    (folder / "main.py").rename(folder / "survivants.py")
    report, code = read(reader, folder, current=True)
    assert judged(report)["environment-complete"] is Status.PASSED
    assert code == 0


@pytest.mark.slow
def test_several_scripts__one_of_which_is_the_main__cannot_be_told_without_a_run(reader, pinned, tmp_path):
    folder = shutil.copytree(pinned, tmp_path / "titanic")
    shutil.copy(folder / "main.py", folder / "autre.py")
    (folder / "main.py").rename(folder / "survivants.py")
    for current in (True, False):
        report, code = read(reader, folder, current=current)
        assert set(judged(report).values()) == {Status.UNAVAILABLE}
        assert code == 0


def test_current_step__is_the_last_that_has_begun_and_no_bonus():
    steps = [step.id for step in COURSE.steps]
    bonus = {step.id for step in COURSE.steps if step.bonus}
    assert current_step(COURSE, {step: step in ("1.0", "1.1", "1.4") or step in bonus for step in steps}) == "1.4"
    assert current_step(COURSE, dict.fromkeys(steps, False)) is None
