"""Fixtures of all tests: one warm sandbox, the solutions built once, and a grading in a line."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from checker.facts.options import GradingOptions, RunEnvironment
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import CheckResult, Report
from checker.open_submission import open_submission
from checker.sandbox.base import Sandbox, SharedSandbox
from checker.sandbox.environments.sandboxes import EnvironmentSandboxes
from checker.sandbox.images.engine_session import EngineSession
from checker.sandbox.per_grading.clock import GradingClock, RunSlots
from checker.sandbox.per_grading.sandboxes import GradingSandboxes
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

settings.register_profile("without a deadline", deadline=None)  # other processes make any example slow
settings.load_profile("without a deadline")


@pytest.fixture(autouse=True)
def _clean_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """Variables cleaned for each test: language, colours, hosting service and cache of this machine have no effect.

    The cache is a folder of the test's own that does not exist yet: most of the thousands of tests never make it.
    """
    name = sha256(request.node.nodeid.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    monkeypatch.setenv("TITANIC_CHECKER_CACHE", str(tmp_path_factory.getbasetemp() / f"cache-{name}"))
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI", "LC_", "GITLAB_")) or name in ("LANG", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    for name, value in GIT_IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test session share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def grader(shared_folder: Path) -> Iterator[Grader]:
    """The users' grader, opened once for all tests of a process; only uv is switched off.

    Its results are kept for all processes: a run of a solution is made once in a session.
    """
    with Grader(GradingOptions(cache=shared_folder / "kept", lasting=True)) as opened:
        yield opened


@pytest.fixture(scope="session")
def sandbox(grader: Grader) -> SharedSandbox:
    """The sandbox of all tests of a process, with its warm zygotes."""
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


@pytest.fixture(scope="session")
def solution_report(solution: Callable[[str], Path], grader: Grader) -> Callable[[str], Report]:
    """The report of a step's solution without an engine, graded once for all tests of a process."""
    return cache(lambda step: graded_by(grader, solution(step), docker="off").report)


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

    The submission is graded as its author does it, in their own folder, unless *asked* sets this otherwise.
    """
    asked.setdefault("own", True)
    names = {field.name for field in fields(Submission)}
    of_submission = {name: asked.pop(name) for name in names & asked.keys()}
    names = {field.name for field in fields(Selection)}
    of_selection = {name: asked.pop(name) for name in names & asked.keys()}
    chosen = grader.with_options(**asked) if asked else grader
    return chosen.grade(Submission(path=path, **of_submission), Selection(**of_selection))


@pytest.fixture
def without_suspicions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole gradings look for no suspicions: their runs take as long as all others, and no verdict depends on them."""
    monkeypatch.setattr("checker.grader.SUSPICIONS", ())


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, empty, so that a test sees leftovers."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def run_facts(sandbox: SharedSandbox) -> dict[type, object]:
    """The facts about how a grading is run, for evidence that is put together by hand: all runs are in *sandbox*."""
    clock = GradingClock(1200)
    sandboxes = GradingSandboxes(sandbox, EnvironmentSandboxes("auto", None), clock, RunSlots(3))
    return {
        GradingClock: clock,
        GradingOptions: GradingOptions(docker="off", jobs=2),
        GradingSandboxes: sandboxes,
        RunEnvironment: RunEnvironment(),
        Sandbox: sandboxes.own,
        EngineSession: EngineSession(),
    }


def result_of(report: Report, check: str) -> CheckResult:
    """The result of one check in a report."""
    return next(result for step in report.steps for result in step.checks if result.id == check)


def shell(line: str, folder: Path) -> str:
    """The output of a command line that has to succeed; git knows an author, in fixtures of a session, too."""
    environment = os.environ | GIT_IDENTITY
    result = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode == 0, f"{line}: {result.stderr}"
    return result.stdout


def tree_of_folder(path: Path):
    """All files below *path*, those of git included, as a tree for a job."""
    from checker.facts.tree import Tree

    files = {}
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.is_symlink():
            files[os.fsdecode(os.path.relpath(file, path))] = file.read_bytes()
    return Tree.of(files)


__all__ = ["GIT_IDENTITY", "open_submission", "result_of", "shell", "tree_of_folder"]


_REPEATED = {"field", "gateway", "hostile", "mutants"}
"""Folders whose slow tests run the same code again and again. Counted branches make a grading a third longer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Image tests come first: the process with the first half of a session runs them all, on one engine.

    The branches that the slow tests of a repeated kind run are not counted.
    """
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)
    for item in items:
        if item.get_closest_marker("slow") and _REPEATED.intersection(item.path.parts):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In continuous integration every test has to run: a skipped test fails."""
    report = yield
    if os.environ.get("CHECKER_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report
