"""The traces by which a student is seen to have come to a step."""

from __future__ import annotations

import pytest

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.environment import declared
from checker.evidence.step_traces import step_traces
from checker.facts.tree import Tree

COURSE = load().course
CONDA = "name: monenv\ndependencies:\n  - python=3.11\n  - pandas=2.2\n"


def traces(files: dict[str, str]) -> frozenset[str]:
    tree = Tree.of(files)
    try:
        environment = declared(tree, COURSE)
    except NotDoneYet:
        environment = None
    return step_traces(tree, COURSE, read_code(tree, COURSE, None), None, environment, None, None).traces


@pytest.mark.parametrize(
    ("path", "begun"),
    [
        ("environment.yml", True),
        ("env/environment.yml", True),
        ("conda/environment.yaml", True),
        (".venv/environment.yml", False),
        ("lib/site-packages/environment.yml", False),
        ("notes.yml", False),
    ],
)
def test_an_environment_written_down_anywhere_is_a_trace(path: str, begun: bool) -> None:
    assert ("environment-file" in traces({path: CONDA, ".venv/pyvenv.cfg": "home = /usr"})) is begun


@pytest.mark.parametrize(
    ("files", "trace", "there"),
    [
        ({"fonctions.py": "def lire(): pass\n"}, "module", True),
        ({"README.md": "x"}, "module", False),
        ({"main.py": "print(1)\n"}, "main-file", True),
        ({"script.py": "print(1)\n"}, "main-file", False),
        ({"notebook/titanic.ipynb": "{}"}, "notebook-folder", True),
        ({"data/train.csv": "a"}, "data-folder", False),
        ({"data/raw/train.csv": "a"}, "data-folder", True),
        ({"gitignore.txt": "x"}, "gitignore", True),
        ({"config.yml": "a: 1"}, "configuration-file", True),
        ({"environment.yml": CONDA}, "small-environment", True),
        ({"Dockerfile": "FROM python:3.11"}, "dockerfile", True),
        ({"requirements.txt": "pandas"}, "dockerfile", False),
    ],
)
def test_traces_of_files(files: dict[str, str], trace: str, there: bool) -> None:
    assert (trace in traces(files)) is there


def test_without_history_nobody_knows_of_branches() -> None:
    tree = Tree.of({"main.py": "1\n"})
    seen = step_traces(tree, COURSE, read_code(tree, COURSE, None), None, None, None, None)
    assert seen.unknown == {"branch", "own-work", "request"}
