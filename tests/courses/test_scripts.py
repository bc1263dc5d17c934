"""The names of the main script in a course file: several candidates, of which the first that is there counts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checker.course import Course, load
from checker.errors import CourseError

SHIPPED = load()
SOURCE = SHIPPED.path.read_text(encoding="utf-8")
LINE = "scripts: [main.py]"


def course(tmp_path: Path, names: str) -> Course:
    assert LINE in SOURCE
    path = tmp_path / "course.yaml"
    path.write_text(SOURCE.replace(LINE, names), encoding="utf-8")
    return load(str(path)).course


@pytest.mark.parametrize("names", ["main: train.py", "scripts: train.py", "scripts: [train.py]"])
def test_one_name_is_one_candidate(tmp_path: Path, names: str) -> None:
    assert course(tmp_path, names).names.scripts == ("train.py",)


@pytest.mark.parametrize(
    ("paths", "main"),
    [
        ({"train.py", "main.py", "docs/main.py"}, "train.py"),
        ({"main.py", "docs/main.py"}, "main.py"),
        ({"docs/main.py", "other.py"}, "docs/main.py"),
        ({"Train.py", "src/main.py"}, None),
        (set[str](), None),
    ],
)
def test_the_first_candidate_that_is_there_is_the_main_script(
    tmp_path: Path, paths: set[str], main: str | None
) -> None:
    assert course(tmp_path, "scripts: [train.py, main.py, docs/main.py]").names.main_among(paths) == main


@pytest.mark.parametrize(("path", "name"), [("main.py", "main.py"), ("run.py", "train.py"), (None, "train.py")])
def test_a_script_of_another_name_and_none_are_asked_for_the_first_candidate(
    tmp_path: Path, path: str | None, name: str
) -> None:
    assert course(tmp_path, "scripts: [train.py, main.py]").names.main_for(path) == name


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("scripts: []", "names.scripts"),
        ("scripts: [main.py, train.py, main.py]", "each stands there once"),
        ("scripts: [main.py, ../train.py]", "../train.py is no path of a Python file"),
        ("scripts: [/work/main.py]", "/work/main.py is no path of a Python file"),
        ("scripts: [./main.py]", "./main.py is no path of a Python file"),
        ("scripts: [main]", "main is no path of a Python file"),
        ("main: 3", "names.main"),
    ],
)
def test_what_is_no_list_of_scripts_is_refused_with_its_line(tmp_path: Path, names: str, said: str) -> None:
    with pytest.raises(CourseError) as caught:
        course(tmp_path, names)
    number = next(number for number, line in enumerate(SOURCE.splitlines(), 1) if LINE in line)
    assert said in str(caught.value.cause)
    assert any(f"line {line}:" in str(caught.value.cause) for line in (number, names_line()))


def names_line() -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if line == "names:")


def test_both_forms_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"names\.main is not known"):
        course(tmp_path, "main: main.py\n  scripts: [train.py]")


@pytest.mark.parametrize(("written", "right"), [("script: [main.py]", "scripts"), ("mian: main.py", "main")])
def test_a_misspelt_name_is_told(tmp_path: Path, written: str, right: str) -> None:
    with pytest.raises(CourseError) as caught:
        course(tmp_path, written)
    assert str(caught.value.remedy) == f"Did you mean {right}?"


def trace(tmp_path: Path, names: str, folder: Path) -> int:
    own = course(tmp_path, names)
    line = own.trace_command(next(step for step in own.steps if step.id == "1.3"))
    return subprocess.run(["bash", "-c", line], cwd=folder, check=False).returncode


def test_the_command_of_a_step_looks_for_each_candidate(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "mainXpy").touch()
    several, spaced = "scripts: [train.py, main.py]", "scripts: ['the script.py', '$HOME [1].py']"
    assert trace(tmp_path, several, folder) == 1
    assert trace(tmp_path, spaced, folder) == 1
    (folder / "main.py").touch()
    (folder / "$HOME [1].py").touch()
    assert trace(tmp_path, several, folder) == 0
    assert trace(tmp_path, spaced, folder) == 0


def test_the_command_of_the_edition_is_as_short_as_before() -> None:
    step = next(step for step in SHIPPED.course.steps if step.id == "1.3")
    assert SHIPPED.course.trace_command(step) == "git ls-files -co --exclude-standard | grep -qx main[.]py"
