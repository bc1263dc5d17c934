"""What all tests share: one warm sandbox, the solutions built once, and a grading in a line."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker.facts.options import GradingOptions, RunEnvironment
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import CheckResult, Report
from checker.repository import open_submission
from checker.sandbox.base import Sandbox, SharedSandbox
from checker.sandbox.clock import GradingClock, RunSlots
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.for_grading import GradingSandboxes
from checker.sandbox.images.workshop import Workshop
from checker.selection import Selection
from checker.solutions import build

GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "A Student",
    "GIT_AUTHOR_EMAIL": "student@example.org",
    "GIT_COMMITTER_NAME": "A Student",
    "GIT_COMMITTER_EMAIL": "student@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test depends on the language, the colours, the hosting service or the cache of the machine that runs it."""
    monkeypatch.setenv("TITANIC_CHECKER_CACHE", str(tmp_path / "cache"))
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI", "LC_", "GITLAB_")) or name in ("LANG", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    for name, value in GIT_IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """The grader that users get, opened once for all tests of a process; only uv is switched off."""
    with Grader(GradingOptions(cache=tmp_path_factory.mktemp("kept"), lasting=True)) as opened:
        yield opened


@pytest.fixture(scope="session")
def sandbox(grader: Grader) -> SharedSandbox:
    """The sandbox of all tests of a process, with its warm parents."""
    return grader.sandbox


@pytest.fixture(scope="session")
def solution(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The repository of a step's solution, built once. Tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("solutions")
    built: dict[str, Path] = {}

    def at(step: str) -> Path:
        if step not in built:
            built[step] = folder / step
            build(step, built[step], language="en")
        return built[step]

    return at


@pytest.fixture
def copy_of(solution: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A fresh copy of the repository of a step's solution, for a test to break."""
    count = iter(range(1000))

    def fresh(step: str) -> Path:
        return Path(shutil.copytree(solution(step), tmp_path / f"{step}-{next(count)}", symlinks=True))

    return fresh


@pytest.fixture
def grade(grader: Grader) -> Callable[..., Outcome]:
    """Grade a path as its author does: ``grade(path, checks=("lint-main",))``, with options of the grader by name."""
    return partial(graded_by, grader)


def graded_by(grader: Grader, path: Path, **asked: Any) -> Outcome:
    """The outcome of a grading by *grader*; *asked* are fields of the submission, the selection and the options.

    The submission is graded as its author does it, in their own folder, if *asked* does not say otherwise.
    """
    asked.setdefault("own", True)
    names = {field.name for field in fields(Submission)}
    of_submission = {name: asked.pop(name) for name in names & asked.keys()}
    names = {field.name for field in fields(Selection)}
    of_selection = {name: asked.pop(name) for name in names & asked.keys()}
    chosen = grader.with_options(**asked) if asked else grader
    return chosen.grade(Submission(path=path, **of_submission), Selection(**of_selection))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, empty: a test can see what is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def run_facts(sandbox: SharedSandbox) -> dict[type, object]:
    """The facts about how a grading is run, for evidence that is put together by hand: all of it in *sandbox*."""
    clock = GradingClock(1200)
    sandboxes = GradingSandboxes(sandbox, EnvironmentSandboxes("auto", None), clock, RunSlots(3))
    return {
        GradingClock: clock,
        GradingOptions: GradingOptions(docker="off", jobs=2),
        GradingSandboxes: sandboxes,
        RunEnvironment: RunEnvironment(),
        Sandbox: sandboxes.own,
        Workshop: Workshop(),
    }


def result_of(report: Report, check: str) -> CheckResult:
    """The result of one check in a report."""
    return next(result for step in report.steps for result in step.checks if result.id == check)


def shell(line: str, folder: Path) -> str:
    """The output of a command line that has to succeed."""
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout


def tree_of_folder(path: Path):
    """All files below *path*, those of git included, as a tree that a job can take."""
    from checker.facts.tree import Tree

    files = {}
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.is_symlink():
            files[os.fsdecode(os.path.relpath(file, path))] = file.read_bytes()
    return Tree.of(files)


__all__ = ["GIT_IDENTITY", "open_submission", "result_of", "shell", "tree_of_folder"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In continuous integration nothing may be left out: what is skipped there has failed."""
    report = yield
    if os.environ.get("CHECKER_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report
