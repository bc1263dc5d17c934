"""The program starts as itself, whatever lies in the folder that it is started in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ended

PROGRAM = str(Path(sys.executable).with_name("checker"))
LATE = ("typing", "re", "json", "__future__", "contextlib", "yaml", "typer", "signal", "importlib")
STAND_IN = """
import sys
here, mine = sys.path.pop(0), sys.modules.pop("contextlib")
import contextlib as real
sys.path.insert(0, here)
sys.modules["contextlib"] = mine
globals().update({name: value for name, value in vars(real).items() if not name.startswith("__")})
"""
"""A module of the student's that does what the one of Python's does, which ``python -m`` needs to begin at all."""


def folder_with(place: Path, *names: str) -> Path:
    for name in names:
        mark = place / f"{name}.ran"
        (place / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    return place


def started(place: Path, *command: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {} if path is None else {"PYTHONPATH": path}
    return ended(command, cwd=place, env=environment, timeout=120)


def marks(place: Path) -> list[str]:
    return sorted(each.stem for each in place.glob("*.ran"))


@pytest.mark.parametrize("path", [".", "", ":", "here"])
def test_a_module_of_a_submission_is_no_part_of_the_grader(tmp_path: Path, path: str):
    folder_with(tmp_path, *LATE)
    done = started(tmp_path, PROGRAM, "course", "list", path=str(tmp_path) if path == "here" else path)
    assert marks(tmp_path) == []
    assert done.returncode in (0, 2), done.stderr


@pytest.mark.slow
def test_a_grading_runs_beside_such_modules(tmp_path: Path):
    folder_with(tmp_path, *LATE)
    done = started(tmp_path, PROGRAM, "check", "--check", "gitignore-python", "--format", "json", path=".")
    assert marks(tmp_path) == []
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 2), done.stderr


def test_a_start_by_module_takes_nothing_from_the_folder(tmp_path: Path):
    folder_with(tmp_path, *(name for name in LATE if name not in ("importlib", "contextlib")))
    done = started(tmp_path, sys.executable, "-m", "checker", "--version")
    assert marks(tmp_path) == []
    assert done.stdout.startswith("titanic-checker"), done.stderr


@pytest.mark.parametrize(
    ("name", "command", "path"),
    [("sitecustomize", (PROGRAM,), "."), ("contextlib", (sys.executable, "-m", "checker"), None)],
)
def test_what_python_ran_before_is_told_and_nothing_is_graded(
    tmp_path: Path, name: str, command: tuple[str, ...], path: str | None
):
    """Python itself runs these before any program begins."""
    folder_with(tmp_path, name)
    with (tmp_path / "contextlib.py").open("a", encoding="utf-8") as file:
        file.write(STAND_IN)
    done = started(tmp_path, *command, "--version", path=path)
    assert marks(tmp_path) == [name]
    assert done.returncode == 4
    assert done.stdout == ""
    assert f"{name}.py" in done.stderr
    assert "unset PYTHONPATH" in done.stderr
    assert "ne démarre pas" in done.stderr


def test_a_package_that_was_loaded_before_is_told_too(tmp_path: Path):
    (tmp_path / "sitecustomize").mkdir()
    (tmp_path / "sitecustomize" / "__init__.py").write_text("", encoding="utf-8")
    done = started(tmp_path, PROGRAM, "--version", path=str(tmp_path))
    assert done.returncode == 4, done.stderr


def test_a_path_with_nothing_in_it_hinders_nobody(tmp_path: Path):
    assert started(tmp_path, PROGRAM, "--version", path=f"{tmp_path}:.").returncode == 0


def test_no_child_of_the_program_is_told_where_to_look(tmp_path: Path):
    script = (
        "import json, os, subprocess, sys; from checker import __main__ as begun; begun._look_nowhere_else(); "
        "print(json.dumps([dict(os.environ), sys.path]))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}", "PYTHONSTARTUP": "x.py"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd="/", env=environment, capture_output=True, text=True, check=True
    )
    variables, path = json.loads(done.stdout)
    assert not {"PYTHONPATH", "PYTHONSTARTUP"} & set(variables)
    assert str(tmp_path) not in path
