"""In which language, with which colours, to which files the command line speaks."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints
from xml.etree import ElementTree as ET

import pytest

from checker import __version__
from checker.cli import check
from checker.cli import doctor as doctor_command
from checker.cli.console import Console
from checker.cli.progress import LONG
from checker.cli.surroundings import defaults_near, language_of
from checker.course import load
from checker.evidence.registry import probes
from checker.grader import Outcome
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import Capabilities
from tests.command_line import Checker
from tests.render.reports import ordinary

ONE = ("check", "--check", "gitignore-python")
FRENCH = "Titanic ensae-2022 · branche nettoyage"
ENGLISH = "Titanic ensae-2022 · branch nettoyage"


def speak(folder: Path, language: str) -> None:
    (folder / ".checker.yml").write_text(f"edition: ensae-2022\nlanguage: {language}\n", encoding="utf-8")


def test_english_where_nothing_is_said(checker: Checker, project: Path) -> None:
    assert checker(*ONE).out.startswith(ENGLISH)


def test_the_language_asked_for_comes_first(checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(project, "en")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert checker(*ONE, "--language", "fr").out.startswith(FRENCH)


def test_then_the_project_s_own(checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(project, "fr")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert checker(*ONE).out.startswith(FRENCH)
    assert json.loads(checker(*ONE, "--format", "json").out)["language"] == "fr"
    assert "Il n'y a ni étape ni vérification 9.9." in checker("explain", "9.9").err
    assert "Arborescence" not in checker("explain", "branch").err
    assert "Ce qui est vérifié" in checker("explain", "branch").out


def test_then_the_variables(checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert checker(*ONE).out.startswith(FRENCH)
    monkeypatch.setenv("LC_ALL", "C")
    assert checker(*ONE).out.startswith(ENGLISH)


def test_errors_speak_the_same_language(checker: Checker, project: Path) -> None:
    speak(project, "fr")
    assert "Vouliez-vous dire" in checker("check", "--step", "1.44").err
    assert "Did you mean" in checker("check", "--step", "1.44", "--language", "en").err
    assert "Did you mean" in checker("check", "--step", "1.44", "--language=en").err


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "fr_CA", "LC_MESSAGES": ""}, "fr"),
    ],
)
def test_the_language_of_variables(variables: dict[str, str], language: str) -> None:
    assert language_of(variables) == language


def test_the_defaults_of_a_project_are_found_from_below_and_never_from_above(tmp_path: Path) -> None:
    speak(tmp_path, "fr")
    inner = tmp_path / "project" / "src"
    inner.mkdir(parents=True)
    assert defaults_near(inner).language == "fr"
    (tmp_path / "project" / ".git").mkdir()
    assert defaults_near(inner).language is None


@pytest.mark.parametrize("content", ["language: [fr", "language: klingon\n", "x" * 30_000, "\x00", "language: &a fr\n"])
def test_defaults_that_make_no_sense_say_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / ".checker.yml").write_text(content, encoding="utf-8")
    assert defaults_near(tmp_path).language is None


def test_several_reports_in_one_run(checker: Checker, project: Path) -> None:
    said = checker(
        *ONE, "--format", "json", "--output", "out/report.json", "--format", "junit", "--output", "out/report.xml",
        "--format", "markdown", "--output", "-", "--format", "terminal",
    )  # fmt: skip
    assert said.code == 0
    assert json.loads((project / "out/report.json").read_text(encoding="utf-8"))["steps"][0]["id"] == "1.8"
    assert ET.parse(project / "out/report.xml").getroot().get("tests") == "1"
    assert said.out.index("# Titanic: ") < said.out.index(ENGLISH)


def test_a_report_replaces_the_last_one(checker: Checker, project: Path) -> None:
    for _ in range(2):
        checker(*ONE, "--format", "json", "--output", "../report.json")
    json.loads((project / "../report.json").read_text(encoding="utf-8"))


def test_the_summary_of_a_job_is_added_to(checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = project.parent / "summary.md"
    summary.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert checker(*ONE, "--format", "markdown", "--output", summary).code == 0
    assert summary.read_text(encoding="utf-8").startswith("# Before\n# Titanic")


def test_quiet_says_nothing_beside_the_report(checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noisy(check.Grader):
        def grade(self, submission: Any, selection: Any, listener: Any) -> Any:  # type: ignore[override]
            listener.gathering(type("NotebookRun", (), {}))
            listener.gathering(type("MainRun", (), {}))
            return super().grade(submission, selection)

    monkeypatch.setattr(check, "Grader", Noisy)
    assert checker(*ONE).err == "The work is being run; that usually takes about a minute.\n"
    assert checker(*ONE, "--quiet").err == ""


def test_every_long_piece_of_work_is_one_that_is_done() -> None:
    assert set(LONG) <= {get_type_hints(probe)["return"].__name__ for probe in probes()}


def in_a_terminal(folder: Path, *words: str, **variables: str) -> str:
    """What the command prints on a real terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **variables}
    line = [sys.executable, "-P", "-m", "checker", *words]
    with subprocess.Popen(line, cwd=folder, stdout=theirs, stderr=theirs, stdin=theirs, env=environment) as process:
        os.close(theirs)
        found = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            found += piece
        assert process.wait(timeout=60) == 0
    os.close(ours)
    return found.decode("utf-8")


@pytest.mark.slow
def test_colours_on_a_terminal_and_none_where_nobody_wants_them(project: Path) -> None:
    assert "\x1b[32m" in in_a_terminal(project, *ONE)
    plain = in_a_terminal(project, *ONE, NO_COLOR="1")
    assert ENGLISH in plain
    assert not re.search(r"\x1b\[[0-9;]*m", plain)
    assert not re.search(r"\x1b\[[0-9;]*m", in_a_terminal(project, *ONE, TERM="dumb"))


@pytest.mark.slow
def test_a_terminal_without_our_signs_gets_plainer_ones(project: Path) -> None:
    assert "+ gitignore-python" in in_a_terminal(project, *ONE, PYTHONIOENCODING="latin-1", NO_COLOR="1")


def test_pages_are_laid_out_on_a_terminal_and_plain_elsewhere(checker: Checker, project: Path) -> None:
    assert "## What it checks" in checker("explain", "lint-main").out
    shown = in_a_terminal(project, "explain", "lint-main", NO_COLOR="1")
    assert "## What it checks" not in shown
    assert "What it checks" in shown
    assert "\x1b]8" not in shown


def test_explain_lists_steps_and_checks_with_what_they_say(checker: Checker, project: Path) -> None:
    said = checker("explain")
    assert said.code == 0
    assert "1.4  Quality of the code" in said.out
    line = next(line for line in said.out.splitlines() if line.strip().startswith("lint-main "))
    assert len(line.split()) > 4, "its title stands beside it"
    assert line in checker("explain", "1.4").out


def test_next_shows_the_step_and_its_statement(
    checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = Outcome(ordinary(), 1, {}, load(), {})
    monkeypatch.setattr(check.Grader, "grade", lambda *_, **__: outcome)
    said = checker("next")
    assert said.code == 0
    assert "~ 1.2 Functions in a module · partial" in said.out
    assert (load().statement("1.2", "en") or "?").strip() in said.out


def test_new_makes_a_starter(checker: Checker, tmp_path: Path) -> None:
    said = checker("new", tmp_path / "mine", "--language", "fr", "author_name=Ada")
    assert said.code == 0, said
    assert str(tmp_path / "mine") in said.out
    assert (tmp_path / "mine" / "titanic.ipynb").is_file()
    assert defaults_near(tmp_path / "mine").language == "fr"


@pytest.mark.parametrize("words", [("author_name",), ("nothing=1",), ("s3_endpoint=https://x",), ("--start-at", "9.9")])
def test_new_refuses_an_impossible_answer_and_leaves_nothing(
    checker: Checker, tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = checker("new", tmp_path / "mine", *words)
    assert said.code == 2, said
    assert "Traceback" not in said.err
    assert not (tmp_path / "mine").exists()


def test_new_refuses_a_folder_that_is_taken(checker: Checker, project: Path) -> None:
    assert checker("new", project).code == 2


def test_solutions_build(checker: Checker, tmp_path: Path) -> None:
    assert checker("solutions", "build", "1.1", tmp_path / "s").code == 0
    assert (tmp_path / "s" / "titanic.ipynb").is_file()
    assert checker("solutions", "build", "1.1", tmp_path / "s").code == 2
    assert checker("solutions", "build", "7.7", tmp_path / "t").code == 2


@pytest.mark.slow
def test_doctor_tries_what_it_promises(checker: Checker, project: Path) -> None:
    said = checker("doctor", "--language", "fr")
    assert said.code == 0, said
    assert "Une exécution d'essai a lu ses données par la passerelle" in said.out
    assert "pylint 3.3" in said.out
    assert "✗" not in said.out


def test_doctor_says_how_to_get_what_is_missing(
    checker: Checker, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = (text("bubblewrap is not installed."), text("Install it."))
    monkeypatch.setattr(doctor_command, "capabilities", lambda: Capabilities(refusal, None, None))
    monkeypatch.setattr(doctor_command, "version", lambda name: "4.0" if name == "pylint" else "1")

    def refused(kind: str) -> object:
        raise SandboxFault("nothing can be started")

    monkeypatch.setattr(doctor_command, "open_sandbox", refused)
    monkeypatch.setattr(doctor_command.shutil, "which", lambda _: None)
    said = checker("doctor")
    assert said.code == 4
    assert "? bubblewrap is not installed.\n  → Install it." in said.out
    assert "✗ pylint 4.0; ensae-2022 grades with 3.3" in said.out
    assert "✗ A trial run failed: nothing can be started" in said.out
    assert re.search(r"^[?] .*Docker", said.out, flags=re.MULTILINE)
    assert "? git is not installed" in said.out


def test_who_asks_for_nothing_gets_the_help(checker: Checker) -> None:
    assert "checker check" in checker().out + checker().err


def test_version(checker: Checker) -> None:
    assert checker("--version").out == f"titanic-checker {__version__}\n"


def test_a_console_of_a_narrow_terminal_is_not_narrower_than_forty() -> None:
    assert Console.of(None).width == 80  # no terminal here
