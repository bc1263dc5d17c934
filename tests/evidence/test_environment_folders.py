"""What installers put into a repository is told from the project's own files, in every probe that lists files."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.environment_folders import is_installed, own_paths
from checker.evidence.datasets.on_disk import disk_tables
from checker.evidence.image.simulated_build import dockerfiles
from checker.evidence.project.code import notebook_paths, own_python_files
from checker.facts.tree import Tree

COURSE = load().course
INSTALLED = (
    "env/lib/python3.13/site-packages/numpy",
    "usr/lib/python3/dist-packages/numpy",
    "web/node_modules/numpy",
    "mine/tests",
)
"""Folders of other people's files; ``mine`` is a virtual environment."""
OWN = ("src", "site-packages-of-mine", "data")
TABLE = "PassengerId,Survived,Pclass,Name,Sex,Age\n1,0,3,x,male,2\n"


def tree(folder: str) -> Tree:
    names = {"a.py": "", "a.ipynb": "{}", "Dockerfile": "", "train.csv": TABLE}
    return Tree.of({"mine/pyvenv.cfg": "", **{f"{folder}/{name}": body for name, body in names.items()}})


@pytest.mark.parametrize("folder", INSTALLED)
def test_installed_files_are_not_the_projects(folder: str) -> None:
    whole = tree(folder)
    assert own_python_files(whole) == notebook_paths(whole) == dockerfiles(whole) == ()
    assert list(own_paths(whole.entries, whole.entries)) == []


@pytest.mark.parametrize("folder", INSTALLED[:3])
def test_a_table_among_libraries_is_none_of_the_projects(folder: str) -> None:
    assert disk_tables(tree(folder), COURSE) == ()


@pytest.mark.parametrize("folder", OWN)
def test_files_of_the_project_are_its_own(folder: str) -> None:
    whole = tree(folder)
    assert own_python_files(whole) == (f"{folder}/a.py",)
    assert notebook_paths(whole) == (f"{folder}/a.ipynb",)
    assert dockerfiles(whole) == (f"{folder}/Dockerfile",)
    assert [table.path for table in disk_tables(whole, COURSE)] == [f"{folder}/train.csv"]
    assert not is_installed(f"{folder}/a.py")
