"""``checker feedback run`` on this machine: what it writes, and what it says where no sandbox could be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.model import text
from checker.sandbox import open as opening
from tests.cli.conftest import checker, logs, project
from tests.command_line import Said
from tests.feedback.runner_imitation import commands

__all__ = ["checker", "logs", "project"]


@pytest.fixture
def runner(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a runner, for the project."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return tmp_path


ASKED = ("feedback", "run", "--steps", "1.8", "--language", "en", "--fail-on", "never")


def test_it_tells_the_runner(checker: Callable[..., Said], runner: Path) -> None:
    done = checker(*ASKED, "--folder", runner / "report")
    assert done.code == 0, done.err
    assert "# Titanic:" in (runner / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    assert f"\n{runner / 'report' / 'report.json'}\n" in (runner / "GITHUB_OUTPUT").read_text(encoding="utf-8")
    assert sorted(path.name for path in (runner / "report").iterdir())[-3:] == ["junit.xml", "report.json", "report.md"]


@pytest.mark.slow
def test_without_a_sandbox_the_summary_and_a_warning_say_so(
    checker: Callable[..., Said], runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = opening.capabilities().__class__
    refusal = (text("There are no namespaces."), text("Ask for some."))
    fields = dict.fromkeys(without.__dataclass_fields__, refusal)
    monkeypatch.setattr(opening, "capabilities", lambda: without(**fields))
    done = checker(*ASKED, "--folder", runner / "report")
    assert done.code == 0, done.err
    summary = (runner / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    assert summary.startswith("> The sandbox could not be made on this machine: the code ran without isolation.")
    assert [line for line in commands(done.out) if line.startswith("::warning::The sandbox could not be made")]


@pytest.mark.slow
def test_elsewhere_only_the_files_are_written(
    checker: Callable[..., Said], runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    done = checker(*ASKED, "--folder", runner / "report")
    assert done.code == 0, done.err
    assert "::" not in done.out.replace("::before", "")
    assert not (runner / "GITHUB_OUTPUT").exists()
    assert (runner / "report" / "junit.xml").is_file()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--sinks", "log sumary"), "Did you mean summary?"),
        (("--language", "de"), "There is no de to choose."),
        (("--fail-on", "sometimes"), "cannot fail on sometimes"),
        (("--steps", "9.9"), "no step or check 9.9"),
    ],
)
def test_wrong_inputs_are_named(checker: Callable[..., Said], runner: Path, words: tuple[str, str], says: str) -> None:
    done = checker("feedback", "run", *words, "--folder", runner / "report")
    assert done.code == 2
    assert says in done.err
    assert commands(done.out) == []


def test_a_folder_that_cannot_be_written_is_named(checker: Callable[..., Said], runner: Path) -> None:
    (runner / "report").write_text("", encoding="utf-8")
    done = checker(*ASKED, "--folder", runner / "report")
    assert done.code == 2
    assert "Choose another folder for --folder." in done.err
