"""Sources that parse, and that a walk of ours must neither fall into nor follow for minutes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from checker.absences import NotDoneYet
from checker.checks.runs.unseen_results import unseen_result
from checker.course import load
from checker.evidence.packages.own_packages import own_packages
from checker.evidence.project.absent_files import absent_file
from checker.evidence.project.code import read_code
from checker.evidence.runs.idle_main import main_source
from checker.evidence.runs.lint import handed_over, unreached_scores
from checker.evidence.source.cell_magics import muted_cells
from checker.evidence.source.python import python_file
from checker.facts.code import Code
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import MainRun
from checker.facts.tree import Kind, Tree, TreeEntry, tree_of

pytestmark = pytest.mark.slow

COURSE = load().course
_SECONDS = 5.0
"""Several times what a linear walk of these sources takes on a slow machine."""


@contextmanager
def soon() -> Iterator[None]:
    """Fails where the block takes much of the processor's time."""
    began = time.process_time()
    yield
    assert time.process_time() - began < _SECONDS


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("if " + "not " * 2_000 + "x:\n    import yaml\n", id="a condition that is negated without end"),
        pytest.param(("if 1: pass\n" + "elif 1: pass\n" * 2_000) * 3, id="branches that are never taken"),
        pytest.param("if 0: pass\n" + "elif 0: pass\n" * 2_000, id="branches of branches"),
        pytest.param("\n".join(f"def a{n}():\n x.y()" for n in range(3_000)), id="functions that nobody calls"),
        pytest.param("\n".join(f"def a{n}():\n a{n + 1}()" for n in range(3_000)), id="functions that call the next"),
    ],
)
def test_what_a_script_holds_is_told_soon(source: str) -> None:
    with soon():
        code = read_code(Tree.of({"main.py": source}), COURSE, None)
        main_source(code, COURSE)
    assert code.project[0].tree is not None


def test_conditions_are_worth_what_python_makes_of_them() -> None:
    conditions = {
        "0": True,
        "not 1": True,
        "not not 0": True,
        "x and 0": True,
        "not (1 or x)": True,
        "x or 0": False,
        "1": False,
        "not x": False,
        "x": False,
        "'a' and 1": False,
    }
    source = "".join(f"if {condition}:\n    import a{n}\n" for n, condition in enumerate(conditions))
    found = {one.module: one.never for one in python_file("main.py", source.encode()).imports}
    assert [found[f"a{n}"] for n in range(len(conditions))] == list(conditions.values())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("setup.py", ("a" + ".f()" * 1_000 + "\n") * 20, id="calls of what calls give"),
        pytest.param("setup.cfg", "[options]\nx" + " " * 60_000 + "y\n", id="a setting of blanks"),
        pytest.param("README.md", "pip install -x " * 15_000, id="installations on one line"),
        pytest.param("Makefile", "a\n" * 140_000, id="a long file of commands"),
        pytest.param(
            "pyproject.toml",
            "[build-system]\n[tool.setuptools.packages.find]\nwhere = "
            + str([f"a{number}" for number in range(20_000)]),
            id="folders without end",
        ),
    ],
)
def test_what_an_installation_gives_is_told_soon(path: str, content: str) -> None:
    many = {f"src/a{number}/b.py": "" for number in range(2_000)}
    with soon():
        found = own_packages(Tree.of({**many, "setup.py": "", path: content}))
    assert found.folders == ("src",)


def test_what_a_script_hands_over_is_told_soon() -> None:
    main = ("a" + ".f()" * 1_000 + "\n") * 20
    with soon():
        assert handed_over(read_code(Tree.of({"main.py": main}), COURSE, None)) == ((), ())


def test_a_link_that_main_opens_is_no_python() -> None:
    main = python_file("main.py", b"open('link.txt').read()\n")
    entries = {"link.txt": TreeEntry("link.txt", Kind.LINK, 3, "0" * 40)}
    run: Any = SimpleNamespace(finished=SimpleNamespace(observation={"files": ["link.txt"]}))
    scores: Any = SimpleNamespace(handed=(), hidden=())
    nothing: Any = None
    with pytest.raises(NotDoneYet):
        unreached_scores(
            tree_of(entries, lambda _: b"../x"),
            Code({"main.py": main}, "main.py", substitute=False, modules=()),
            COURSE,
            scores,
            run,
            nothing,
        )


@pytest.mark.parametrize("imported", ["os", "logging"])
def test_why_nothing_is_seen_is_told_soon(imported: str) -> None:
    code = read_code(Tree.of({"main.py": f"import {imported}\n" * 20_000}), COURSE, None)
    run = MainRun("main.py", substitute=False, finished=Finished(end=End.EXIT, status=0, seconds=1.0))
    with soon():
        assert unseen_result(run, code, score=True, matrix=True).where is None


@pytest.mark.parametrize("path", ["writer.py", "writer.ipynb"])
def test_who_writes_a_file_is_told_soon(path: str) -> None:
    source = ("a" + ".f()" * 1_000 + "\n") * 20 + "a.to_csv('train.csv')"
    content = json.dumps({"cells": [{"cell_type": "code", "source": source}] * 10}) if "ipynb" in path else source
    error = StudentError("FileNotFoundError", "No such file or directory: 'train.csv'")
    finished = Finished(end=End.EXIT, status=1, seconds=1.0, error=error)
    nowhere: Any = SimpleNamespace(folder="", whole=lambda: Tree.of({}))
    with soon():
        found = absent_file(nowhere, Tree.of({path: content}), COURSE, finished)
    assert found is not None
    assert found.maker is not None
    assert found.maker.path == path


def test_magics_at_the_end_of_a_long_cell_are_found_soon() -> None:
    with soon():
        assert muted_cells(("%%html\n" + "x = 1\n" * 30_000 + "!ls\n" * 60,)) == (1,)
