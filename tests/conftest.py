"""What all tests share: one warm sandbox, the solutions built once, and a grading in a line."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.model import CheckResult, Report
from checker.repository import open_submission
from checker.sandbox.base import Sandbox
from checker.sandbox.open import open_sandbox
from checker.session import Outcome, Request, run
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
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of a process, with its warm parents."""
    with open_sandbox("auto", lasting=True) as opened:
        yield opened


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
def grade(sandbox: Sandbox) -> Callable[..., Outcome]:
    """Grade a path: ``grade(path, checks=("lint-main",))``."""

    def graded(path: Path, **asked: object) -> Outcome:
        return run(Request(path=path, **asked), sandbox=sandbox)  # type: ignore[arg-type]

    return graded


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
