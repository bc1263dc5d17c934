"""The models that the course names are observed, whatever library class they are."""

from __future__ import annotations

import pytest

from checker.course import Model, load
from checker.evidence.results.model_matrix import is_exact, reported_fits
from checker.evidence.results.printed_results import parse_results
from checker.facts.actions import Script
from checker.facts.job import Job
from checker.facts.observation import Observation
from checker.facts.tree import Tree
from checker.sandbox.base import Sandbox

COURSE = load().course
TREE = Model(name="DecisionTreeClassifier", module="sklearn.tree", parameter="max_depth")
NEIGHBOURS = Model(name="KNeighborsClassifier", module="sklearn.neighbors", parameter="n_neighbors")
LINEAR = Model(name="LogisticRegression", module="sklearn.linear_model", parameter="max_iter")
LINEAR_TREES = Model(
    name="DecisionTreeClassifier",
    module="sklearn.tree",
    estimators=("sklearn.tree._classes.BaseDecisionTree", "sklearn.linear_model.LogisticRegression"),
    parameter="max_depth",
)
DATA = """
import numpy
from sklearn.metrics import confusion_matrix
rows = numpy.random.RandomState(3).normal(size=(120, 3))
labels = (rows[:, 0] + 0.5 * rows[:, 1] > 0.2).astype(int)
"""


def observed(sandbox: Sandbox, model: Model, main: str) -> tuple[Observation, str]:
    """What is seen of a script in a course of *model*, and the output. The run has to succeed."""
    course = COURSE.model_copy(update={"model": model})
    job = Job(tree=Tree.of({"main.py": DATA + main}), action=Script("main.py"), observe=course.observer_options)
    finished = sandbox.run(job)
    assert finished.succeeded, finished.errors
    return Observation.from_json(finished.observation or {}), finished.output


@pytest.mark.parametrize(
    ("model", "made", "value"),
    [
        (TREE, "from sklearn.tree import DecisionTreeClassifier\nmodel = DecisionTreeClassifier(max_depth=3)", 3),
        (TREE, "from sklearn.tree._classes import DecisionTreeClassifier\nmodel = DecisionTreeClassifier()", None),
        (NEIGHBOURS, "from sklearn.neighbors import KNeighborsClassifier\nmodel = KNeighborsClassifier(4)", 4),
        (NEIGHBOURS, "import sklearn.neighbors as n\nmodel = n.KNeighborsClassifier(6, weights='distance')", 6),
        (LINEAR, "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression(max_iter=99)", 99),
        (LINEAR_TREES, "from sklearn.tree import *\nmodel = DecisionTreeClassifier(max_depth=2)", 2),
        (LINEAR_TREES, "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression()", None),
    ],
)
@pytest.mark.parametrize("labels", ["labels", "numpy.where(labels, 'yes', 'no')"])
def test_a_model_and_what_it_predicts(
    sandbox: Sandbox, model: Model, made: str, value: int | None, labels: str
) -> None:
    train = f"labels = {labels}\nmodel.fit(rows[:80], labels[:80])\nsaid = model.predict(rows[80:])\n"
    seen, output = observed(sandbox, model, f"{made}\n{train}print(*confusion_matrix(labels[80:], said).ravel())")
    (fit,) = seen.fits
    assert (fit.value, fit.rows, str(fit.where)) == (value, 80, "main.py:9")
    assert fit.ones is not None
    assert fit.model == made.rpartition("model = ")[2].partition("(")[0].rpartition(".")[2]
    assert "predict" in {each.what for each in seen.evaluations}
    assert seen.predictions is not None
    counts = tuple(int(number) for number in output.split())
    assert [one.fits for one in seen.predictions if counts in one.matrices] == [(0,)]


def test_other_models_are_none_of_the_course(sandbox: Sandbox) -> None:
    main = "from sklearn.svm import SVC\nSVC().fit(rows, labels).predict(rows)"
    assert observed(sandbox, NEIGHBOURS, main)[0].fits == ()


def test_a_regression_is_no_evaluation_of_classes(sandbox: Sandbox) -> None:
    base = TREE.model_copy(update={"estimators": ("sklearn.tree._classes.BaseDecisionTree",)})
    main = "from sklearn.tree import DecisionTreeRegressor\nDecisionTreeRegressor().fit(rows, labels).predict(rows)"
    seen, _ = observed(sandbox, base, main)
    assert [fit.model for fit in seen.fits] == ["DecisionTreeRegressor"]
    assert "predict" not in {each.what for each in seen.evaluations}
    assert [one.ones for one in seen.predictions or ()] == [seen.fits[0].ones]


RULE = "lambda self, rows, *_: self.classes_[(rows[:, 0] > 0).astype(int)]"


@pytest.mark.parametrize(
    "cheat",
    [
        f"class K(KNeighborsClassifier):\n    predict = {RULE}\nmodel = K()",
        "class K(KNeighborsClassifier):\n    def kneighbors(self, *_, **k): return [[0] * 5] * 40\nmodel = K()",
        "K = KNeighborsClassifier\nold = K.kneighbors\nmodel = K()\nK.kneighbors = lambda s, X, **k: old(s, -X, **k)",
        f"model = KNeighborsClassifier()\nmodel.predict = lambda rows: ({RULE})(model, rows)",
        "model = KNeighborsClassifier()\nold = model.kneighbors\nmodel.kneighbors = lambda X, **k: old(X * 2, **k)",
    ],
)
def test_a_rule_in_the_place_of_what_was_learned_is_no_prediction(sandbox: Sandbox, cheat: str) -> None:
    main = f"from sklearn.neighbors import KNeighborsClassifier\n{cheat}\nmodel.fit(rows[:80], labels[:80])\n"
    seen, _ = observed(sandbox, NEIGHBOURS, f"{main}model.predict(rows[80:])")
    assert len(seen.fits) == 1
    assert seen.predictions == ()


def test_a_class_of_the_project_that_only_prints_predicts(sandbox: Sandbox) -> None:
    main = """
from sklearn.neighbors import KNeighborsClassifier
class Mine(KNeighborsClassifier):
    def fit(self, rows, labels):
        return super().fit(rows, labels)
    def predict(self, rows):
        print("predicting")
        return super().predict(rows)
Mine().fit(rows[:80], labels[:80]).predict(rows[80:])
"""
    assert len(observed(sandbox, NEIGHBOURS, main)[0].predictions or ()) == 1


SPECIES = """
import numpy
from sklearn.metrics import confusion_matrix
rows = numpy.random.RandomState(3).normal(size=(240, 3))
labels = numpy.array(["Adelie", "Chinstrap", "Gentoo"])[(rows[:, 0] > 0).astype(int) + (rows[:, 1] > 0.4)]
"""


@pytest.mark.parametrize(
    ("model", "made"),
    [
        (TREE, "from sklearn.tree import DecisionTreeClassifier\nmodel = DecisionTreeClassifier(max_depth=2)"),
        (NEIGHBOURS, "from sklearn.neighbors import KNeighborsClassifier\nmodel = KNeighborsClassifier(9)"),
        (LINEAR, "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression(C=0.01)"),
        (COURSE.model, "from sklearn.ensemble import RandomForestClassifier\nmodel = RandomForestClassifier(5)"),
    ],
)
@pytest.mark.parametrize("labels", ["labels", "numpy.unique(labels, return_inverse=True)[1]"])
@pytest.mark.parametrize("positive", ["Adelie", "Gentoo"])
def test_three_classes_are_counted_as_the_printed_matrix_is_folded(
    sandbox: Sandbox, model: Model, made: str, labels: str, positive: str
) -> None:
    data = COURSE.data.model_copy(update={"classes": ("Gentoo", "Adelie", "Chinstrap"), "positive": positive})
    course = COURSE.model_copy(update={"model": model, "data": data})
    main = f"{SPECIES}{made}\nlabels = {labels}\nmodel.fit(rows[:150], labels[:150])\nprint(numpy.array2string("
    main += "confusion_matrix(labels[150:], model.predict(rows[150:]))))"
    job = Job(tree=Tree.of({"main.py": main}), action=Script("main.py"), observe=course.observer_options)
    finished = sandbox.run(job)
    assert finished.succeeded, finished.errors
    seen = Observation.from_json(finished.observation or {})
    printed = parse_results(finished, course)
    assert len(printed.matrices) == 1
    assert len(printed.matrices[0].rows) == 3
    assert is_exact(printed, seen)
    assert reported_fits(printed, seen) == seen.fits
    assert seen.fits[0].ones is not None
    assert 0 < seen.fits[0].ones < 150
