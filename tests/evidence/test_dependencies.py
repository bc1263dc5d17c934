"""Which edits a run may depend on, and that no edit is ever missed."""

from __future__ import annotations

import json
import posixpath
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.facts.actions import Cells, Command, Import, Notebook, Script, Tool
from checker.facts.job import End, Finished, Job
from checker.facts.tree import Kind, Tree, TreeEntry, tree_of
from checker.sandbox.cache.caching import CachingSandbox
from checker.sandbox.cache.dependencies import files_reached
from checker.sandbox.cache.store import ResultStore


def cells(*sources):
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})


PROJECT = {
    "main.py": "import pandas\nfrom src.data import load\nprint(load.read('config.yaml'))\n",
    "src/__init__.py": "",
    "src/data/__init__.py": "",
    "src/data/load.py": "def read(path):\n    with open(path) as file:\n        return file.read()\n",
    "src/data/save.py": "x = 1\n",
    "src/features/build.py": "x = 1\n",
    "other.py": "x = 1\n",
    "yaml.py": "x = 1\n",
    "sitecustomize.py": "",
    "config.yaml": "a: 1\n",
    "data/train.csv": "a\n",
    "README.md": "# Titanic\n",
    "Dockerfile": "FROM python\n",
    ".gitignore": "*.pyc\n",
    "environment.yml": "name: x\n",
    "requirements.txt": "pandas\n",
    ".github/workflows/grading.yml": "on: push\n",
    "titanic.ipynb": cells("from src.features import build\n", "%matplotlib inline\nprint(build)"),
    "notes.ipynb": cells("1"),
    "strange": "?",
}
DATA = {"config.yaml", "data/train.csv", "strange", "yaml.py", "sitecustomize.py"}
MAIN = {"main.py", "src/__init__.py", "src/data/__init__.py", "src/data/load.py"}


def reach(action, files=None, folder="", **edits):
    tree = Tree.of({**(files or PROJECT), **edits})
    return files_reached(Job(tree=tree, action=action, folder=folder))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Script("main.py"), MAIN | DATA),
        (Notebook("titanic.ipynb"), {"titanic.ipynb", "src/__init__.py", "src/features/build.py"} | DATA),
        (Cells("titanic.ipynb", ()), {"titanic.ipynb", "src/__init__.py", "src/features/build.py"} | DATA),
        (Import("src.data.load"), (MAIN - {"main.py"}) | DATA),
        (Tool("lint"), None),  # it gets nothing but what it reads
        (Tool("other"), None),
        (Command("python main.py"), None),
        (Script("absent.py"), None),
    ],
)
def test_what_a_run_depends_on(action, expected):
    assert reach(action) == expected


def test_a_module_alone():
    files = {"src/one.py": "import two", "src/two.py": "", "src/three.py": "", "README.md": ""}
    assert reach(Import("src.one"), files) == {"src/one.py", "src/two.py"}


def test_it_starts_in_its_folder():
    files = {"sub/main.py": "import helper", "sub/helper.py": "", "sub/other.py": ""}
    assert reach(Script("main.py"), files, folder="sub") == {"sub/main.py", "sub/helper.py"}


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import other", "other.py"),
        ("from . import other", "other.py"),
        ("import importlib; importlib.import_module('other')", "other.py"),
        ("exec(open('other.py').read())", "other.py"),
        ("# see other", "other.py"),
        ("name = 'src.features.build'", "src/features/build.py"),
        ("print(open('README.md').read())", "README.md"),
        ("print(open('Dockerfile').read())", "Dockerfile"),
        ("print(open('.gitignore').read())", ".gitignore"),
        ("open('.github/workflows/grading.yml')", ".github/workflows/grading.yml"),
    ],
)
def test_what_is_named_counts(source, path):
    assert path not in reach(Script("main.py"))
    assert path in reach(Script("main.py"), **{"main.py": source})


def test_what_a_configuration_names_counts():
    assert "other.py" in reach(Script("main.py"), **{"config.yaml": "model: other.Model\n"})


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess", "import os; os.system('x')", "os.popen('x')", "import multiprocessing", "import ctypes",
        "os.path.getsize(x)", "Path(x).stat().st_size", "import atexit", "os.open(x, dir_fd=3)", "import papermill",
    ],
)  # fmt: skip
def test_what_cannot_be_seen_makes_the_whole_tree_count(source):
    assert reach(Script("main.py"), **{"main.py": source}) is None
    assert reach(Script("main.py"), **{"src/data/load.py": source}) is None
    assert reach(Script("main.py"), **{"other.py": source}) is not None  # it is not reached


@pytest.mark.parametrize(
    "line", ["!ls", "%run other.py", "%%bash\nls", "x = !ls", "  !cat x", "files = %sx ls", "%load x"]
)
def test_a_line_of_a_notebook_that_starts_something_makes_the_whole_tree_count(line):
    assert reach(Notebook("titanic.ipynb"), **{"titanic.ipynb": cells("1", line)}) is None


@pytest.mark.parametrize("line", ["%matplotlib inline", "%load_ext autoreload", "%%time\nx = 1", "%timeit x", "x != 1"])
def test_others_do_not(line):
    assert reach(Notebook("titanic.ipynb"), **{"titanic.ipynb": cells("1", line)}) is not None


@pytest.mark.parametrize("path", ["src/x.pyc", "a\nb", "\udcff.md"])
def test_names_that_mean_something_else_make_the_whole_tree_count(path):
    entries = dict(Tree.of(PROJECT).entries)
    entries[path] = TreeEntry(path, Kind.FILE, 0, "0" * 40)
    assert files_reached(Job(tree=tree_of(entries, lambda entry: b""), action=Script("main.py"))) is None


def test_a_link_makes_the_whole_tree_count():
    entries = dict(Tree.of(PROJECT).entries)
    entries["link.csv"] = TreeEntry("link.csv", Kind.LINK, 9, "0" * 40)
    assert files_reached(Job(tree=tree_of(entries, lambda entry: b"README.md"), action=Script("main.py"))) is None


# --- no edit is missed: a small language of programs that read files, by name or by a name that is put together

_STEMS = ["main", "one", "two", "three", "random"]
_FILES = [*(f"{stem}.py" for stem in _STEMS), "pack/__init__.py", "pack/one.py", "README.md", "config.yaml", "b.csv"]
_MANY = [*["README.md", "one.py"] * 4, *_FILES]
_LINES = st.one_of(
    st.sampled_from(_STEMS).map(lambda name: f"import {name}"),
    st.sampled_from(["import pack", "import pack.one"]),
    st.sampled_from(_FILES).map(lambda name: f"open({name!r})"),
    # put together, so that no word of the source is the name
    st.sampled_from(_MANY).map(lambda name: f"open({name[0]!r}+{name[1:]!r})"),
    st.integers(0, 3).map(lambda number: f"print({number})"),
)
_BODY = st.lists(_LINES, max_size=3).map("\n".join)
_THERE = ("main.py", "README.md", "one.py")
_TREES = st.fixed_dictionaries(
    dict.fromkeys(_THERE, _BODY), optional={name: _BODY for name in _FILES if name not in _THERE}
)
_EDITS = st.lists(st.tuples(st.sampled_from(_MANY), st.none() | _BODY), min_size=2, max_size=6)


class Reading:
    """Runs that language: what it prints depends on all that it reads, and on which names there are."""

    kind = "plain"

    def run(self, job):
        tree, read, said = job.tree, [], [str(sorted(job.tree.entries))]

        def take(path, depth):
            if path not in tree or depth > 4:
                said.append(f"no {path}")
                return
            read.append(path)
            body = tree.read(path).decode()
            said.append(body)
            for line in body.splitlines() if path.endswith(".py") else ():
                if line.startswith("import "):
                    parts = line.removeprefix("import ").split(".")
                    for number in range(1, len(parts) + 1):
                        name = "/".join(parts[:number])
                        take(f"{name}.py" if f"{name}.py" in tree else f"{name}/__init__.py", depth + 1)
                elif line.startswith("open("):
                    take(posixpath.normpath("".join(re.findall(r"'([^']*)'", line))), depth + 1)

        take("random.py", 0)  # a library imports it
        take("main.py", 0)
        return Finished(end=End.EXIT, status=0, seconds=0, output="|".join(said), observation={"files": sorted(read)})


@settings(max_examples=150)
@given(_TREES, _EDITS)
def test_whatever_is_edited_what_is_remembered_is_what_would_be_seen(files, edits):
    with tempfile.TemporaryDirectory() as folder:
        box = CachingSandbox(Reading(), ResultStore(Path(folder, "kept")), files_reached)
        box.__dict__["_environment"] = "the same"
        files = dict(files)
        for path, body in [("main.py", files["main.py"]), *edits]:
            files.pop(path, None)
            if body is not None or path == "main.py":
                files[path] = body or ""
            job = Job(tree=Tree.of(files), action=Script("main.py"), observe={})
            for asked in (job, replace(job, observe=None)):
                assert box.run(asked).output == Reading().run(asked).output


class Counting(Reading):
    def __init__(self):
        self.runs = 0

    def run(self, job):
        self.runs += 1
        return super().run(job)


def runs_after(edit, files, store, **how):
    counting = Counting()
    box = CachingSandbox(counting, store, files_reached)
    job = Job(tree=Tree.of(files), action=Script("main.py"), **how)
    box.run(job)
    box.run(replace(job, tree=job.tree.with_(edit)))
    return counting.runs


def test_an_edit_of_what_was_read_by_a_name_put_together_runs_again(tmp_path):
    files = {"main.py": "open('R'+'EADME.md')", "README.md": "x", "LICENSE": "x"}
    assert runs_after({"README.md": b"y"}, files, ResultStore(tmp_path / "a")) == 2
    assert runs_after({"README.md": b"y"}, files | {"main.py": "print(1)"}, ResultStore(tmp_path / "b")) == 1


def test_without_a_trace_the_whole_tree_counts(tmp_path, monkeypatch):
    real = Reading.run
    monkeypatch.setattr(Reading, "run", lambda self, job: replace(real(self, job), observation={"files": None}))
    assert runs_after({"LICENSE": b"y"}, {"main.py": "print(1)", "LICENSE": ""}, ResultStore(tmp_path / "kept")) == 2


def test_who_did_not_ask_for_an_observation_gets_none(tmp_path):
    for _ in range(2):
        box = CachingSandbox(Reading(), ResultStore(tmp_path / "kept"), files_reached)
        assert box.run(Job(tree=Tree.of({"main.py": ""}), action=Script("main.py"))).observation is None
