"""What each state of the solutions does when it is run, and how its code is written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.processes import ended

Solution = Callable[[str], Path]
WITHOUT_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "MPLBACKEND": "agg"}
    return ended([sys.executable, *command], cwd=folder, env=environment | WITHOUT_BYTECODE | variables, timeout=200)


@pytest.mark.parametrize("step", ["1.3", "1.4", "1.5"])
def test_main__runs_without_a_warning_and_reports(copy_of, step):
    done = run(copy_of(step), "-W", "error", "main.py")
    assert (done.returncode, done.stderr) == (0, "")
    cells = [int(number) for number in re.findall(r"\[\[ *(\d+) +(\d+)\]\s+\[ *(\d+) +(\d+)\]\]", done.stdout)[0]]
    assert sum(cells) == 90  # a tenth of 891 passengers
    accuracy = float(re.findall(r"validation.*?(0\.\d+)", done.stdout)[0])
    assert accuracy == pytest.approx((cells[0] + cells[3]) / 90, abs=0.001)


@pytest.mark.parametrize("step", ["1.4", "1.5"])
def test_main__is_reproducible_once_the_code_is_cured(copy_of, step):
    folder = copy_of(step)
    assert run(folder, "main.py").stdout == run(folder, "main.py").stdout


def score(folder: Path, *files: str) -> float:
    """Pylint's, with its default rules, from the root."""
    done = run(folder, "-m", "pylint", "--rcfile=/dev/null", "--persistent=n", *files, PYTHONPATH=".")
    return float(re.findall(r"rated at (-?[\d.]+)/10", done.stdout)[0])


def modules(folder: Path) -> list[str]:
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return sorted(path for path in paths if path != "main.py")


def test_lint__hurried_before_it_is_cured(copy_of):
    folder = copy_of("1.3")
    assert score(folder, "main.py") < 8.9  # not even near the bar
    assert score(folder, *modules(folder)) < 5.9


@pytest.mark.parametrize(
    "step", ["1.4", *(pytest.param(step, marks=pytest.mark.slow) for step in ("1.5", "1.7", "2.1", "2.3"))]
)
def test_lint__nothing_left_to_say_once_it_is(copy_of, step):
    folder = copy_of(step)
    assert score(folder, "main.py") == 10
    assert score(folder, *modules(folder)) == 10


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ("1.1", ""),
        *(
            pytest.param(step, place, marks=pytest.mark.slow)
            for step, place in (("1.2", ""), ("1.4", ""), ("1.5", "notebooks"))
        ),
    ],
)
def test_notebook__runs_without_a_word_on_stderr(copy_of, step, place):
    folder = copy_of(step) / place
    done = run(folder, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout", "titanic.ipynb")
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [output for cell in json.loads(done.stdout)["cells"] for output in cell.get("outputs", ())]
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 8


def test_notebook__of_the_starter_fails_at_its_one_fault(copy_of):
    folder = copy_of("1.0")
    done = run(folder, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout", "titanic.ipynb")
    assert done.returncode != 0
    assert "FileNotFoundError" in done.stderr
    assert "os.chdir(" in done.stderr
