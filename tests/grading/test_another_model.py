"""A course of another estimator, parameter and target is graded by the same checks."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.course import load
from checker.facts.options import GradingOptions
from checker.grader import Grader
from checker.model import Failed, Passed
from tests.conftest import graded_by, result_of
from tests.repositories import commit_all

COURSE = """
data:
  folder: birds
  tables: [{role: train, file: penguins.csv}]
  target: Species
  positive: Chinstrap
  classes: [Adelie, Chinstrap, Gentoo]
  endpoint: minio.example
  variables: {}

model:
  name: DecisionTreeClassifier
  module: sklearn.tree
  parameter: max_depth

preload:
  programs: [pandas, sklearn.tree, sklearn.metrics, sklearn.model_selection]
"""
MODULE = '''"""The parts of the analysis."""

import pandas as pd
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier


def load():
    """Return the table."""
    return pd.read_csv("penguins.csv")


def features(table):
    """Return the variables and the species."""
    variables = table.drop(columns="Species").assign(Ratio=table["Bill"] / table["Depth"])
    variables["Island"] = (table["Island"] == "Biscoe").astype(int)
    return variables, table["Species"]


def split(variables, species):
    """Return the parts for training and validation."""
    return train_test_split(variables, species, test_size=0.3, random_state=1)


def train(variables, species, depth=4):
    """Return the trained model."""
    return DecisionTreeClassifier(max_depth=depth, random_state=1).fit(variables, species)


def evaluate(model, variables, species):
    """Print the performance and the matrix."""
    print("Accuracy:", round(model.score(variables, species), 3))
    print(confusion_matrix(species, model.predict(variables)))
'''
MAIN = '''"""The analysis."""

from birds import evaluate, features, load, split, train

X_train, X_test, y_train, y_test = split(*features(load()))
evaluate(train(X_train, y_train, depth=3), X_test, y_test)
'''
CROSSTAB = MODULE.replace(
    "print(confusion_matrix(species, model.predict(variables)))",
    'print(pd.crosstab(species, model.predict(variables), colnames=["predicted"]))',
)
ENCODED = MODULE.replace(
    'return variables, table["Species"]', 'return variables, table["Species"].astype("category").cat.codes'
)
PASTED = MODULE.replace(
    "print(confusion_matrix(species, model.predict(variables)))", 'print("[[35 3 2]\\n [2 14 1]\\n [1 0 32]]")'
)
FLATTERED = MODULE.replace("model.predict(variables)))", "species))")


MEASURES = {"Adelie": (38.8, 18.3, 3700), "Chinstrap": (48.8, 18.4, 3733), "Gentoo": (47.5, 15.0, 5076)}
CHECKS = (
    *("main-runs", "main-reports", "main-imports", "functions-train"),
    *("functions-features", "functions-split"),
)


def penguins() -> str:
    """A table of birds whose species their measures tell, mostly."""
    chance = random.Random(1912)
    lines = ["Island,Bill,Depth,Species,Mass"]
    for _ in range(300):
        species = chance.choices(("Adelie", "Chinstrap", "Gentoo"), (5, 2, 4))[0]
        bill, depth, mass = MEASURES[species]
        island = "Biscoe" if species == "Gentoo" or chance.random() < 0.2 else "Dream"
        drawn = (chance.gauss(bill, 3.5), chance.gauss(depth, 1.3), chance.gauss(mass, 400))
        lines.append(f"{island},{drawn[0]:.1f},{drawn[1]:.1f},{species},{drawn[2]:.0f}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a course on birds: a decision tree, its depth, three species."""
    folder = tmp_path_factory.mktemp("birds")
    source = load().path.read_text(encoding="utf-8")
    before, after = source[: source.index("\ndata:\n")], source[source.index("\nenvironment:\n") :]
    path = folder / "course.yaml"
    path.write_text(before + COURSE + after.replace("edition: ensae-2022", "edition: birds"), encoding="utf-8")
    (folder / "birds").mkdir()
    (folder / "birds/penguins.csv").write_text(penguins(), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def grader_of_birds(birds: str):
    with Grader(GradingOptions(course=birds, docker="off", lasting=True)) as opened:
        yield opened


@pytest.fixture
def graded(tmp_path: Path, grader_of_birds: Grader) -> Callable[..., Callable[[str], object]]:
    """The verdicts on a submission of these two files."""

    def made(module: str = MODULE, main: str = MAIN) -> Callable[[str], object]:
        for name, content in {"birds.py": module, "main.py": main, "penguins.csv": penguins()}.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        commit_all(tmp_path)
        report = graded_by(grader_of_birds, tmp_path, checks=CHECKS).report
        return lambda check: result_of(report, check).verdict

    return made


def shows(verdict: object, folder: Path) -> bool:
    """Whether the command of a failure fails in *folder*."""
    assert isinstance(verdict, Failed)
    assert verdict.reproduce
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    line = ["bash", "-c", verdict.reproduce]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, timeout=120).returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("module", [MODULE, CROSSTAB, ENCODED], ids=["numpy", "crosstab", "encoded"])
def test_a_right_project_passes(graded, module: str) -> None:
    verdict = graded(module)
    for check in ("main-runs", "main-imports", "functions-features", "functions-split"):
        assert isinstance(verdict(check), Passed), verdict(check)
    train = verdict("functions-train")
    assert isinstance(train, Passed), train
    assert [each["trees_after"] for each in train.details["trials"]] == [[7]]
    reports = verdict("main-reports")
    assert isinstance(reports, Passed), reports
    assert reports.advice == ()
    assert len(reports.details["matrices"][0]) == 3
    assert reports.details["other_data"]["followed"] is not None


@pytest.mark.slow
def test_a_parameter_that_does_not_reach_the_tree_fails(graded, tmp_path: Path) -> None:
    verdict = graded(MODULE.replace("max_depth=depth", "max_depth=5"))("functions-train")
    assert isinstance(verdict, Failed)
    assert str(verdict.hint).endswith("DecisionTreeClassifier(max_depth=depth).")
    assert shows(verdict, tmp_path)
    graded()
    assert not shows(verdict, tmp_path)


@pytest.mark.slow
def test_another_estimator_is_none(graded, tmp_path: Path) -> None:
    module = MODULE.replace("sklearn.tree", "sklearn.neighbors")
    module = module.replace("DecisionTreeClassifier", "KNeighborsClassifier")
    module = module.replace("max_depth=depth, random_state=1", "n_neighbors=depth")
    verdict = graded(module)
    train = verdict("functions-train")
    assert isinstance(train, Failed)
    assert str(train.hint).startswith("Train a DecisionTreeClassifier in a function")
    assert shows(train, tmp_path)
    imports = verdict("main-imports")
    assert not isinstance(imports, Failed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "said"),
    [
        (PASTED, "does not change as the labels do: [[35 3 2] [2 14 1] [1 0 32]]"),
        (FLATTERED, "main.py still prints [["),
    ],
)
def test_a_matrix_of_three_classes_that_is_not_the_models_fails(graded, tmp_path: Path, module: str, said: str) -> None:
    verdict = graded(module)("main-reports")
    assert isinstance(verdict, Failed), verdict
    assert said in str(verdict.actual)
    assert shows(verdict, tmp_path)
    graded()
    assert not shows(verdict, tmp_path)
