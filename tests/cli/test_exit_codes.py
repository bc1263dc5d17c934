"""The exit codes, by name, and that each error is a sentence with a way out."""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Callable
from pathlib import Path

import pytest

from checker import grader
from checker.checks.registry import checks
from checker.course import load
from checker.facts.hygiene import IgnoreRules
from checker.facts.tree import Tree
from checker.model import text
from checker.needs import needs
from checker.sandbox.capabilities import Capabilities
from tests.command_line import Checker
from tests.conftest import shell
from tests.processes import ended
from tests.repositories import commit_all

NOTHING_FAILED = 0
A_CHECK_FAILED = 1
WRONG_USAGE = 2
WRONG_COURSE = 3
CHECKER_FAILED = 4
COURSE = Path(__file__).parents[2] / "checker" / "courses" / "ensae-2022" / "course.yaml"


def test_nothing_failed(checker: Checker, project: Path) -> None:
    said = checker("check", "--check", "gitignore-python")
    assert said.code == NOTHING_FAILED, said
    assert "gitignore-python · passed" in said.out


def test_a_check_failed(checker: Checker, project: Path) -> None:
    (project / ".gitignore").write_text("*.csv\n", encoding="utf-8")
    said = checker("check", "--check", "gitignore-python", "--check", "clean-tree")
    assert said.code == A_CHECK_FAILED, said
    assert "✗ gitignore-python" in said.out
    assert "Not committed yet: .gitignore." in said.out


def test_what_was_named_and_is_to_do_counts_as_failed(checker: Checker, project: Path) -> None:
    assert checker("check", "--check", "dockerfile").code == A_CHECK_FAILED
    assert checker("check", "--step", "2.3").code == A_CHECK_FAILED


def test_a_fault_of_ours_is_told_logged_and_not_shown(
    checker: Checker, project: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(tree: Tree) -> IgnoreRules:
        raise ZeroDivisionError("a fault of ours")

    real = grader.probes()
    kept = [probe for probe in real if needs(probe) is not None and returned(probe) is not IgnoreRules]
    assert len(kept) == len(real) - 1
    monkeypatch.setattr(grader, "probes", lambda: (*kept, broken))
    said = checker("check", "--check", "gitignore-python", "--check", "clean-tree")
    assert said.code == CHECKER_FAILED, said
    assert "This is not your fault" in said.out
    assert "clean-tree  passed" in said.out, "the rest of the report goes on"
    for shown in (said.out, said.err):
        assert "Traceback" not in shown
        assert "ZeroDivisionError" not in shown
    (log,) = logs.rglob("fault-*.log")
    assert "ZeroDivisionError: a fault of ours" in log.read_text(encoding="utf-8")
    assert str(log) in said.err


def returned(probe: Callable[..., object]) -> object:
    return typing.get_type_hints(probe)["return"]


def test_a_fault_outside_of_any_check_is_told_and_logged(
    checker: Checker, project: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grader, "checks", lambda: 1 / 0)
    said = checker("check", "--language", "fr")
    assert said.code == CHECKER_FAILED
    assert "Ce n'est pas de votre faute" in said.err
    assert "Traceback" not in said.out + said.err
    assert "ZeroDivisionError" in next(logs.rglob("fault-*.log")).read_text(encoding="utf-8")


def test_without_a_place_for_logs_the_fault_is_told_all_the_same(
    checker: Checker, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(grader, "checks", lambda: 1 / 0)
    said = checker("check")
    assert (said.code, said.out) == (CHECKER_FAILED, "")
    assert "The checker itself failed." in said.err


def test_not_a_git_repository(checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = checker("check", tmp_path / "empty")
    assert said.code == WRONG_USAGE
    assert "git" in said.err
    assert len(said.err.strip().splitlines()) == 2, "what happened, and what to do"


def test_no_such_path(checker: Checker, tmp_path: Path) -> None:
    said = checker("check", tmp_path / "nowhere")
    assert said.code == WRONG_USAGE
    assert "nowhere" in said.err


def test_no_commit(checker: Checker, tmp_path: Path) -> None:
    shell("git init -q -b main", tmp_path)
    said = checker("check", tmp_path)
    assert said.code == WRONG_USAGE, said
    assert "commit" in said.err


def test_no_notebook(checker: Checker, project: Path) -> None:
    said = checker("check", "--check", "notebook-runs")
    assert said.code == A_CHECK_FAILED, said
    assert "notebook" in said.out.partition("notebook-runs")[2]


@pytest.mark.parametrize(
    ("words", "wrong", "close"),
    [
        (("--step", "1.44"), "1.44", "1.4"),
        (("--up-to", "23"), "23", "2.3"),
        (("--check", "lint-mian"), "lint-mian", "lint-main"),
        (("--format", "markdwon"), "markdwon", "markdown"),
    ],
)
def test_a_misspelt_name_gets_the_closest_one(
    checker: Checker, project: Path, words: tuple[str, ...], wrong: str, close: str
) -> None:
    said = checker("check", *words)
    assert said.code == WRONG_USAGE
    assert wrong in said.err
    assert f"Did you mean {close}?" in said.err


def test_a_name_like_no_other_gets_the_list(checker: Checker, project: Path) -> None:
    said = checker("check", "--format", "zzz")
    assert said.code == WRONG_USAGE
    assert "terminal, json, junit, markdown" in said.err


def test_an_unreadable_course_file(checker: Checker, project: Path, tmp_path: Path) -> None:
    said = checker("check", "--course", tmp_path / "none.yaml")
    assert said.code == WRONG_COURSE
    assert "none.yaml" in said.err
    said = checker("check", "--course", "ensae-2021")
    assert said.code == WRONG_COURSE
    assert "Did you mean ensae-2022?" in said.err


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        ("cap: 20", "cap: 20\n\tx: 1", "line 6"),
        ("cap: 20", "cpa: 20", "Did you mean cap?"),
        ("{id: lint-main,", "{id: lint-mian,", "Did you mean lint-main?"),
    ],
)
def test_a_mistake_in_a_course_file_is_named(
    checker: Checker, tmp_path: Path, old: str, new: str, fragment: str
) -> None:
    file = tmp_path / "course.yaml"
    content = COURSE.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")
    said = checker("course", "check", file)
    assert said.code == WRONG_COURSE
    assert fragment in said.err
    assert str(file) in said.err


def test_the_course_that_comes_along_is_valid(checker: Checker) -> None:
    said = checker("course", "check", "ensae-2022")
    assert said.code == NOTHING_FAILED
    assert "13 steps, 39 checks, 20 points" in said.out


def test_more_outputs_than_formats(checker: Checker, project: Path) -> None:
    assert checker("check", "--output", "a", "--output", "b").code == WRONG_USAGE
    assert not (project / "a").exists()


@pytest.mark.parametrize("place", ["/proc/none/report.json", "README.md/report.json", "."])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    checker: Checker, project: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.cli.check.Grader", lambda *_, **__: pytest.fail("the work was begun"))
    said = checker("check", "--format", "json", "--output", place)
    assert said.code == WRONG_USAGE
    assert place in said.err


@pytest.mark.parametrize(
    "words", [("check", "--nothing"), ("chek",), ("check", "--jobs", "0"), ("check", "--language", "de"), ("new",)]
)
def test_wrong_usage(checker: Checker, project: Path, words: tuple[str, ...]) -> None:
    said = checker(*words)
    assert said.code == WRONG_USAGE
    assert "Traceback" not in said.err


def test_an_isolation_that_this_machine_lacks_is_no_fault(
    checker: Checker, project: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = (text("bubblewrap is not installed."), text("Ask for it."))
    monkeypatch.setattr(grader, "capabilities", lambda: Capabilities(refusal, None, None))
    said = checker("check", "--sandbox", "bubblewrap", "--check", "clean-tree")
    assert said.code == CHECKER_FAILED
    assert said.err == "bubblewrap is not installed.\nAsk for it.\n"
    assert not logs.exists()


def test_one_commit_can_be_graded_and_a_wrong_one_is_told(checker: Checker, project: Path) -> None:
    (project / ".gitignore").unlink()
    commit_all(project)
    assert checker("check", "--check", "gitignore-python").code == A_CHECK_FAILED
    said = checker("check", "--check", "gitignore-python", "--commit", "HEAD~1", "--format", "json")
    assert said.code == NOTHING_FAILED
    assert json.loads(said.out)["submission"]["commit"] == shell("git rev-parse HEAD~1", project).strip()
    assert checker("check", "--commit", "none").code == WRONG_USAGE


def test_every_check_of_the_course_exists() -> None:
    load(known_checks=frozenset(checks()))


@pytest.mark.parametrize(
    ("lacking", "word"),
    [("import os; del os.fork", "WSL"), ("import sys; sys.version_info = (3, 10, 12)", "uvx")],
    ids=["Windows", "an old Python"],
)
def test_a_system_that_cannot_run_it_is_told_what_to_do_in_both_languages(lacking: str, word: str) -> None:
    seen = ended([sys.executable, "-c", f"{lacking}; from checker.__main__ import main; main()"])
    assert seen.returncode == CHECKER_FAILED
    assert seen.stdout == ""
    english, french = seen.stderr.splitlines()
    assert word in english
    assert word in french
    assert "needs" in english
    assert "demande" in french
