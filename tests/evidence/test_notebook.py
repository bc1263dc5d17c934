"""Which notebook is judged, what is read of it, and how it is run."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checker.absences import NotDoneYet, UnavailableHere
from checker.course import load
from checker.evidence.runs.notebook import clean_notebook, find_notebook, run_anywhere
from checker.evidence.runs.past_notebook import Change, past_notebook
from checker.facts.history import Commit, History
from checker.facts.job import End, Finished, StudentError
from checker.facts.notebook import NotebookRun
from checker.facts.tree import Tree, tree_of
from checker.sandbox.base import Sandbox

COURSE = load().course


def notebook(*cells: str, **metadata: object) -> str:
    """A notebook of code cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": metadata,
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for number, source in enumerate(cells)
            ],
        },
        indent=1,
    )


ONE = notebook("1")


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"titanic.ipynb": ONE}, "titanic.ipynb"),
        ({"titanic.ipynb": ONE, "notebooks/titanic.ipynb": ONE}, "notebooks/titanic.ipynb"),
        ({"Titanic.ipynb": ONE}, "Titanic.ipynb"),
        ({"a.ipynb": ONE, "b/long.ipynb": notebook("1", "2")}, "b/long.ipynb"),
        ({"a.ipynb": ONE, ".ipynb_checkpoints/a-checkpoint.ipynb": notebook("1", "2", "3")}, "a.ipynb"),
        ({"a.ipynb": ONE, "env/pyvenv.cfg": "", "env/share/big.ipynb": notebook("1", "2", "3")}, "a.ipynb"),
    ],
)
def test_the_notebook_that_is_judged(files: dict[str, str], path: str) -> None:
    assert find_notebook(Tree.of(files), COURSE).path == path


def test_no_notebook() -> None:
    assert find_notebook(Tree.of({"a.py": ""}), COURSE) is None


def test_cells_are_code_cells_in_order_also_of_old_formats() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {"cells": [{"cell_type": "markdown", "source": "#"}, {"cell_type": "code", "input": ["a = 1\n", "a"]}]}
        ],
    }
    assert find_notebook(Tree.of({"old.ipynb": json.dumps(old)}), COURSE).cells == ("a = 1\na",)


def test_imports_and_tags_of_cells_are_seen() -> None:
    document = json.loads(notebook("%matplotlib inline\nimport pandas as pd", "", "x"))
    document["cells"][2]["metadata"]["tags"] = ["raises-exception"]
    found = find_notebook(Tree.of({"titanic.ipynb": "\ufeff" + json.dumps(document)}), COURSE)
    assert found is not None
    assert [str(one.where) for one in found.imports] == ["titanic.ipynb[1]:2"]
    assert found.running_cells == (1, 3)
    assert found.tagged


@pytest.mark.parametrize(
    ("content", "says", "where"),
    [
        (ONE.replace(' "cells"', '<<<<<<< HEAD\n "cells"'), "merge conflict", "titanic.ipynb:5"),
        ("{", "not valid JSON", "titanic.ipynb:1"),
        ("[]", "not a notebook", "titanic.ipynb"),
        ('{"nbformat": 4, "cells": 7}', "not a notebook", "titanic.ipynb"),
        ('{"nbformat": 9}', "newer than Jupyter's", "titanic.ipynb"),
        ("", "is empty", "titanic.ipynb"),
        ("[" * 100_000, "not a notebook", "titanic.ipynb"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS", "titanic.ipynb"),
    ],
)
def test_what_cannot_be_opened_says_why(content: str, says: str, where: str) -> None:
    found = find_notebook(Tree.of({"titanic.ipynb": content}), COURSE)
    assert found.cells == ()
    assert says in str(found.problem)
    assert str(found.problem_where[0]) == where


def test_outputs_tags_and_kernel_play_no_part_in_a_run() -> None:
    found = find_notebook(Tree.of({"titanic.ipynb": notebook("a", "b", kernelspec={"name": "R"})}), COURSE)
    assert found is not None
    clean = json.loads(clean_notebook(found))
    assert clean["metadata"] == {}
    assert [cell["source"] for cell in clean["cells"]] == ["a", "b"]


def run(sandbox: Sandbox, files: dict[str, str]) -> NotebookRun:
    tree = Tree.of(files)
    found = find_notebook(tree, COURSE)
    assert found is not None
    return run_anywhere(tree, found, COURSE, sandbox)


def test_a_notebook_runs_from_its_own_folder(sandbox: Sandbox) -> None:
    files = {"notebooks/titanic.ipynb": notebook("open('../data.csv')", "", "1"), "data.csv": "a\n1\n"}
    ran = run(sandbox, files)
    assert ran.succeeded
    assert (ran.folder, ran.from_root, ran.cells, ran.finished.cells) == ("notebooks", False, 3, 3)


def test_or_else_from_the_root(sandbox: Sandbox) -> None:
    ran = run(sandbox, {"notebooks/titanic.ipynb": notebook("open('data.csv')"), "data.csv": "a\n1\n"})
    assert ran.succeeded
    assert (ran.folder, ran.from_root) == ("", True)


def test_an_error_has_its_cell_and_line(sandbox: Sandbox) -> None:
    ran = run(sandbox, {"titanic.ipynb": notebook("a = 1", "", "b = 2\nprint(c)")})
    assert not ran.succeeded
    assert ran.finished.error.name == "NameError"
    assert [str(place) for place in ran.finished.error.where] == ["titanic.ipynb[3]:2"]


def history(*trees: Tree) -> History:
    """Commits of these trees, the newest first."""
    commits = tuple(
        Commit(f"{number:040x}", (), "A", number, f"Commit {number}", own=True, tree=lambda tree=tree: tree)
        for number, tree in enumerate(trees)
    )
    return History(commits, (), "nettoyage", "main", None)


def test_the_last_commit_that_ran_is_found_and_what_broke_it(sandbox: Sandbox) -> None:
    before = Tree.of(
        {
            "titanic.ipynb": notebook("import functions; functions.lireDonnees()"),
            "functions.py": "def lireDonnees(): pass\n",
        }
    )
    after = before.with_({"functions.py": b"def lire_donnees(): pass\n"})
    with_readme = after.with_({"README.md": b"More words"})
    found = find_notebook(with_readme, COURSE)
    assert found is not None
    failed = run_anywhere(with_readme, found, COURSE, sandbox)
    past = past_notebook(with_readme, COURSE, history(with_readme, after, before, before), found, failed, sandbox)
    assert (past.reached_at, past.broken_at) == (f"{2:040x}", f"{1:040x}")
    assert past.looked_at == 1
    assert "lireDonnees of functions.py is now called lire_donnees" in str(past.cause)
    assert past.unchanged == frozenset()


def lacking(tree: Tree, path: str) -> Tree:
    """The same state in a clone that has not the content of *path*."""
    entries = {name: replace(entry, absent=name == path) for name, entry in tree.entries.items()}
    return tree_of(entries, tree.fetch)


def test_a_state_that_is_not_whole_here_is_neither_run_nor_held_against_anybody(sandbox: Sandbox) -> None:
    """A repository that was cloned without large files: their state might be the one that ran."""
    broken = Tree.of({"titanic.ipynb": notebook("import functions")})
    whole = Tree.of({"titanic.ipynb": ONE, "train.csv": "a\n1\n"})
    found = find_notebook(broken, COURSE)
    assert found is not None
    failed = run_anywhere(broken, found, COURSE, sandbox)
    assert not failed.succeeded
    with pytest.raises(UnavailableHere, match=r"train\.csv"):
        past_notebook(broken, COURSE, history(broken, lacking(whole, "train.csv")), found, failed, sandbox)
    older = whole.with_({"README.md": b"x", "train.csv": b"a\n2\n"})
    past = past_notebook(broken, COURSE, history(broken, lacking(whole, "train.csv"), older), found, failed, sandbox)
    assert past.reached_at == f"{2:040x}"
    assert past.looked_at == 1


def test_nobody_looks_back_from_a_notebook_that_runs(sandbox: Sandbox) -> None:
    tree = Tree.of({"titanic.ipynb": ONE})
    found = find_notebook(tree, COURSE)
    ran = NotebookRun("titanic.ipynb", "", 1, Finished(end=End.EXIT, status=0, seconds=1, cells=1))
    with pytest.raises(NotDoneYet):
        past_notebook(tree, COURSE, history(tree), found, ran, sandbox)


@pytest.mark.parametrize(
    ("then", "now", "error", "says"),
    [
        (
            {"titanic.ipynb": ONE, "functions.py": "def f(): pass"},
            {"titanic.ipynb": ONE, "src/functions.py": "def f(): pass"},
            StudentError("ModuleNotFoundError", "No module named 'functions'"),
            "functions.py was moved to src/functions.py",
        ),
        (
            {"titanic.ipynb": ONE, "functions.py": "def f(): pass"},
            {"titanic.ipynb": ONE},
            StudentError("ModuleNotFoundError", "No module named 'functions'"),
            "functions.py was removed",
        ),
        (
            {"titanic.ipynb": ONE, "functions.py": "def f(): pass"},
            {"notebooks/titanic.ipynb": ONE, "functions.py": "def f(): pass"},
            StudentError("ModuleNotFoundError", "No module named 'functions'"),
            "The notebook was moved to notebooks/titanic.ipynb",
        ),
        (
            {"titanic.ipynb": ONE, "train.csv": "1"},
            {"titanic.ipynb": ONE, "data/raw/train.csv": "1"},
            StudentError("FileNotFoundError", "[Errno 2] No such file or directory: 'train.csv'"),
            "train.csv were moved to data/raw/train.csv",
        ),
        (
            {"titanic.ipynb": ONE, "train.csv": "1"},
            {"titanic.ipynb": ONE},
            StudentError("FileNotFoundError", "[Errno 2] No such file or directory: 'train.csv'"),
            "Git no longer follows the data train.csv",
        ),
        (
            {"notebooks/titanic.ipynb": ONE},
            {"notebooks/titanic.ipynb": ONE, "config.yaml": "a: 1"},
            StudentError("FileNotFoundError", "[Errno 2] No such file or directory: 'config.yaml'"),
            "The configuration lies in config.yaml",
        ),
    ],
)
def test_the_sentence_for_what_broke_it(
    then: dict[str, str], now: dict[str, str], error: StudentError, says: str
) -> None:
    old, new = find_notebook(Tree.of(then), COURSE), find_notebook(Tree.of(now), COURSE)
    assert old is not None
    failed = NotebookRun(new.path, new.folder, 1, Finished(end=End.EXIT, status=1, seconds=1, error=error))
    assert says in str(Change(Tree.of(then), Tree.of(now), old, new, failed).cause())


@pytest.mark.parametrize(("source", "known"), [("read('/home/jd/train.csv')", False), ("read(HERE / NAME)", True)])
def test_a_place_on_somebodys_machine_is_not_taken_for_moved_data(source: str, known: bool) -> None:
    then, now = (
        Tree.of({"titanic.ipynb": ONE, "train.csv": "1"}),
        Tree.of({"titanic.ipynb": ONE, "functions.py": source}),
    )
    old, new = find_notebook(then, COURSE), find_notebook(now, COURSE)
    assert old is not None
    assert new is not None
    error = StudentError("FileNotFoundError", "[Errno 2] No such file or directory: '/home/jd/train.csv'")
    failed = NotebookRun(new.path, new.folder, 1, Finished(end=End.EXIT, status=1, seconds=1, error=error))
    assert (Change(then, now, old, new, failed).cause() is not None) is known
