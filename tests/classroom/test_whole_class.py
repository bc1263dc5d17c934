"""A class that does not exist is graded by the commands of an instructor, killed again and again, and is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.classroom.gradebook.claims import held
from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_repositories, put_students
from checker.classroom.gradebook.runs import graded_runs, latest_runs, runs_of
from checker.classroom.records import ClassRepository, RunEnd, Student
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.stored_report import read
from tests.classroom.conftest import NOON
from tests.classroom.synthetic import Planted, synthetic_class

KILLS = 5
ROOT = Path(__file__).parents[2]


def checker(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of an instructor in the folder of the class."""
    return subprocess.run([sys.executable, "-m", "checker", *words], cwd=folder, capture_output=True, text=True)


def statuses(grader: Grader, path: Path) -> dict[str, str]:
    """What becomes of each check of a repository that is graded alone."""
    report = grader.grade(Submission(path=path, own=False)).report
    return {check.id: check.status.value for step in report.steps for check in step.checks}


def filled(folder: Path, planted: tuple[Planted, ...]) -> None:
    """The class in *folder*, with a student for each submission."""
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.writing() as connection:
        put_repositories(
            connection, [ClassRepository(key=one.key, source=str(one.source), branch=one.branch) for one in planted]
        )
        put_students(connection, [Student(key=one.key, name=one.key.title(), repository=one.key) for one in planted])


def number_of_runs(folder: Path) -> int:
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        return len(latest_runs(connection))


def graded_with_kills(folder: Path, kills: int) -> None:
    """Grade the class, killed after each few gradings, and then to its end."""
    chance = random.Random(7)
    for _ in range(kills):
        before = number_of_runs(folder)
        process = subprocess.Popen(
            [sys.executable, "-m", "checker", "class", "grade", "--docker", "off", "--quiet"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = before + chance.randint(1, 3)
        while process.poll() is None and number_of_runs(folder) < until:
            time.sleep(0.2)
        time.sleep(chance.random())
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_class_of_24_killed_five_times_is_what_was_planted(
    tmp_path: Path, solution: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.fspath(ROOT))
    planted = synthetic_class(24, tmp_path / "made", hostile=2, empty=2)
    folder = tmp_path / "class"
    assert checker(tmp_path, "class", "init", "--class", str(folder)).returncode == 0
    filled(folder, planted)
    cloned = checker(folder, "class", "clone")
    assert cloned.returncode == 0, cloned.stderr
    graded_with_kills(folder, KILLS)
    # nothing is lost, and nothing is graded twice
    before = number_of_runs(folder)
    done = checker(folder, "class", "grade", "--docker", "off")
    assert done.returncode == 0, done.stderr + done.stdout
    assert before >= KILLS
    again = checker(folder, "class", "grade", "--docker", "off")
    assert "Nothing is to be graded" in again.stdout
    options = GradingOptions(docker="off", lasting=True, sandbox="bubblewrap")
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        runs = graded_runs(connection)
        twice = [one.key for one in planted if len(runs_of(connection, one.key)) != int(one.graded)]
        assert held(connection, NOON) == {}
        assert all(run.end is RunEnd.GRADED for run in latest_runs(connection).values())
    assert twice == []
    with Grader(options) as grader:
        expected = {step: statuses(grader, solution(step)) for step in {one.step for one in planted}}
    wrong = {}
    for one in planted:
        if not one.graded:
            assert one.key not in runs
            continue
        report = runs[one.key].report
        assert report is not None
        found = {check.id: check.status.value for step in read(report).steps for check in step.checks}
        difference = {
            check: status
            for check, status in found.items()
            if status != (expected[one.step] | dict(one.becomes)).get(check)
        }
        if difference:
            wrong[one.key, one.kind.value] = difference
        assert (folder / "reports" / f"{one.key}.json").read_bytes() == report
    assert wrong == {}
