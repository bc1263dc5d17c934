"""Grade a class that does not exist by the commands of an instructor, and compare with what was planted."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from checker.classroom.gradebook.opening import Gradebook
from checker.classroom.gradebook.roster import put_repositories, put_students
from checker.classroom.gradebook.runs import graded_runs, latest_runs, runs_of
from checker.classroom.records import ClassRepository, RunEnd, Student
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.stored_report import read
from tests.classroom.synthetic import Planted
from tests.processes import ended

_GRADE = ("class", "grade", "--docker", "off")


def checker(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of an instructor in the folder of the class."""
    return ended([sys.executable, "-m", "checker", *words], cwd=folder)


def filled(planted: tuple[Planted, ...], gradebook: str | Path) -> None:
    """Put a student into the *gradebook* of a class for each submission."""
    repositories = [ClassRepository(key=one.key, source=str(one.source), branch=one.branch) for one in planted]
    students = [Student(key=one.key, name=one.key.title(), repository=one.key) for one in planted]
    with Gradebook(gradebook) as opened, opened.writing() as connection:
        put_repositories(connection, repositories)
        put_students(connection, students)


def number_of_runs(folder: Path) -> int:
    """How many repositories were graded until now."""
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        return len(latest_runs(connection))


def grade_with_kills(folder: Path, kills: int, *, most_between: int) -> None:
    """Begin to grade the class so often, killed each time after some gradings, at most *most_between*."""
    chance = random.Random(7)
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "checker", *_GRADE, "--quiet"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = number_of_runs(folder) + chance.randint(0, most_between)
        while process.poll() is None and number_of_runs(folder) < until:
            time.sleep(0.2)
        time.sleep(5 * chance.random())
        process.send_signal(signal.SIGKILL)
        process.wait()


def grade_to_the_end(folder: Path) -> str:
    """Grade what is left; what the command said. Raises RuntimeError where it did not end well."""
    done = checker(folder, *_GRADE)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def differences(folder: Path, planted: tuple[Planted, ...], solution: Callable[[str], Path]) -> Mapping[str, object]:
    """What in the gradebook is not as it was planted, by the key of the submission: nothing, where all is well."""
    with Gradebook(folder / "gradebook.sqlite") as gradebook, gradebook.reading() as connection:
        runs = graded_runs(connection)
        ends = {key: run.end for key, run in latest_runs(connection).items()}
        numbers = {one.key: len(runs_of(connection, one.key)) for one in planted}
    expected = _statuses_of_solutions({one.step for one in planted}, solution)
    wrong: dict[str, object] = {}
    for one in planted:
        if numbers[one.key] != int(one.graded):
            wrong[one.key] = f"{numbers[one.key]} gradings"
        elif one.graded and ends[one.key] is not RunEnd.GRADED:
            wrong[one.key] = ends[one.key]
        elif one.graded:
            report = runs[one.key].report or b""
            found = {check.id: check.status.value for step in read(report).steps for check in step.checks}
            wanted = {**expected[one.step], **one.becomes}
            other = {check: status for check, status in found.items() if status != wanted[check]}
            if other:
                wrong[one.key] = (one.kind.value, other)
            elif (folder / "reports" / f"{one.key}.json").read_bytes() != report:
                wrong[one.key] = "another report"
    return wrong


def _statuses_of_solutions(steps: set[str], solution: Callable[[str], Path]) -> Mapping[str, Mapping[str, str]]:
    """What becomes of each check of the solutions of these steps, each graded alone."""
    with Grader(GradingOptions(docker="off", lasting=True, sandbox="bubblewrap")) as grader:
        reports = {step: grader.grade(Submission(path=solution(step), own=False)).report for step in steps}
    return {
        name: {check.id: check.status.value for step in report.steps for check in step.checks}
        for name, report in reports.items()
    }
