"""A whole grading with a store: what is run the first time, and what the second."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from checker import solutions
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.model import Report, Text
from checker.sandbox.base import Sandbox, SandboxFault
from checker.selection import Selection
from tests.conftest import shell
from tests.repositories import commit_all

MAIN = """\
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix

from helpers import features

data = pd.read_csv("https://data.example/titanic/train.csv")
X, y = features(data), data["Survived"]
model = RandomForestClassifier(n_estimators=20, random_state=1).fit(X, y)
print("score", model.score(X, y))
print(confusion_matrix(y, model.predict(X)))
"""
HELPERS = "def features(data):\n    return data[['Pclass', 'SibSp', 'Parch']]\n"
CHECKS = ("main-runs", "main-reports", "lint-main", "notebook-runs")


class Counting:
    """Counts the runs of another sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.kind = sandbox.kind
        self.sandbox = sandbox
        self.jobs = []

    def run(self, job, scope=None):
        self.jobs.append(job)
        return self.sandbox.run(job, scope)


class Unopened:
    """A sandbox that nobody may open."""

    kind = "bubblewrap"

    def __enter__(self):
        raise SandboxFault("opened")

    def __exit__(self, *exception):
        pass

    def run(self, job, scope=None):
        raise SandboxFault("run")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "other.py").write_text("x = 1\n")
    (folder / "README.md").write_text("# Titanic\n")
    commit_all(folder)
    return folder


def said(report: Report):
    """All that a report says, its time aside."""
    return [(step.id, [(one.id, one.verdict) for one in step.checks]) for step in report.steps]


@pytest.fixture
def graded(sandbox, project, tmp_path):
    """Grade, and give the report and the real runs."""

    def grade(cache=tmp_path / "kept", **asked):
        counting = Counting(sandbox)
        with Grader(GradingOptions(cache=cache), sandbox=counting) as grader:
            outcome = grader.grade(Submission(path=project, own=True, **asked), Selection(checks=CHECKS))
        assert not outcome.faults
        return outcome.report, counting.jobs

    return grade


def test_the_second_time_nothing_runs_and_the_report_is_the_same(graded):
    first, jobs = graded()
    assert len(jobs) >= 3
    second, again = graded()
    assert not again
    assert said(second) == said(first)


def test_without_a_store_everything_runs(graded):
    _, jobs = graded(cache=None)
    _, again = graded(cache=None)
    assert len(jobs) == len(again) > 0


def test_where_everything_is_known_no_sandbox_is_opened(graded, project, tmp_path, monkeypatch):
    first, _ = graded()
    monkeypatch.setattr("checker.grader.open_sandbox", lambda *_, **__: Unopened())

    def graded_in(cache):
        with Grader(GradingOptions(cache=cache)) as grader:
            return grader.grade(Submission(path=project, own=True), Selection(checks=CHECKS))

    assert said(graded_in(tmp_path / "kept").report) == said(first)
    assert graded_in(tmp_path / "other").faults


def test_a_store_that_cannot_be_written_loses_nothing(graded, tmp_path):
    (tmp_path / "file").write_text("")
    first, jobs = graded(cache=tmp_path / "file")
    second, again = graded(cache=tmp_path / "file")
    assert len(jobs) == len(again) > 0
    statuses = [[(one.id, one.verdict.__class__) for one in step.checks] for step in first.steps]
    assert statuses == [[(one.id, one.verdict.__class__) for one in step.checks] for step in second.steps]


def test_a_commit_is_judged_by_its_whole_tree(graded, project):
    _, jobs = graded(commit="HEAD")
    assert jobs
    _, again = graded(commit="HEAD")
    assert not again
    (project / "README.md").write_text("# Other\n")
    shell("git commit -q -a -m readme", project)
    _, anew = graded(commit="HEAD")
    assert {type(job.action) for job in anew} == {type(job.action) for job in jobs}


def words(jobs):
    """What was run, in a word each."""
    return {getattr(job.action, "name", None) or getattr(job.action, "path", None) for job in jobs}


EVERYTHING = {"main.py", "lint", "titanic.ipynb"}
NOTEBOOK = """{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a",
"metadata": {}, "execution_count": null, "outputs": [%s], "source": "import pandas as pd\\nprint(%d)"}]}"""
OUTPUT = '{"output_type": "stream", "name": "stdout", "text": "1"}'


@pytest.mark.slow
def test_on_a_work_tree_an_edit_runs_again_only_what_it_can_affect(graded, project):
    (project / "titanic.ipynb").write_text(NOTEBOOK % ("", 1))
    (project / "Dockerfile").write_text("FROM python:3.12\n")
    (project / "notes.txt").write_text("x\n")
    _, jobs = graded()
    assert words(jobs) == EVERYTHING
    for path, content, expected in (
        ("README.md", "# Other\n", set()),
        ("Dockerfile", "FROM python:3.13\n", set()),
        ("titanic.ipynb", NOTEBOOK % (OUTPUT, 1), set()),  # saved with what it printed
        ("titanic.ipynb", NOTEBOOK % ("", 2), {"titanic.ipynb"}),
        ("other.py", "x = 2\n", set()),  # nothing imports it
        ("helpers.py", HELPERS + "\n# changed\n", {"lint", "main.py"}),
        ("main.py", MAIN + "\n# changed\n", {"lint", "main.py"}),
        ("notes.txt", "y\n", {"main.py", "titanic.ipynb"}),  # it may be data
        ("pandas.py", "raise SystemExit\n", EVERYTHING),  # what was imported is another module now
    ):
        (project / path).write_text(content)
        _, again = graded()
        assert words(again) == expected, path
    _, nothing = graded()
    assert words(nothing) <= {"lint"}


def test_a_file_that_is_read_by_a_name_put_together_runs_again(graded, project):
    (project / "main.py").write_text(MAIN + "print(open(''.join(reversed('dm.EMDAER'))).read())\n")
    graded()
    _, again = graded()
    assert not again
    (project / "README.md").write_text("# Other\n")
    _, again = graded()
    assert "main.py" in words(again)


_BROKEN = "def train_forest(features, survived, n_trees=20, seed=1912):\n    raise ValueError(n_trees)\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "edits"),
    [
        ("1.2", {}),
        ("1.4", {"functions.py": "def nothing():\n    pass\n"}),
        ("2.3", {}),
        ("2.3", {"src/models/train_evaluate.py": _BROKEN}),
    ],
)
def test_who_works_on_it_is_told_what_a_grading_says(sandbox, tmp_path, step, edits):
    folder = tmp_path / "project"
    solutions.build(step, folder, language="en")
    options = GradingOptions(docker="off", cache=tmp_path / "kept")

    def grade(options):
        with Grader(options, sandbox=sandbox) as grader:
            return grader.grade(Submission(path=folder, own=True))

    grade(options)
    for path, content in edits.items():
        (folder / path).write_text(content)
    quick, whole = grade(options), grade(dataclasses.replace(options, cache=None))
    assert not quick.faults
    assert judged(quick.report) == judged(whole.report)


def judged(report: Report):
    """What each check says, measures of time aside."""
    return [(one.id, _untimed(one.verdict)) for step in report.steps for one in step.checks]


def _untimed(verdict):
    fields = {
        field.name: getattr(verdict, field.name) for field in dataclasses.fields(verdict) if field.name != "details"
    }
    return type(verdict), {name: _without_seconds(value) for name, value in fields.items()}


def _without_seconds(value):
    if isinstance(value, Text):
        return value.template, [pair for pair in value.values if pair[0] != "seconds"]
    return [_without_seconds(each) for each in value] if isinstance(value, tuple) else value
