"""What the observer sees of student code that really runs, and that it changes nothing else."""

from __future__ import annotations

import json
import time

import pytest

from checker.course import load
from checker.facts.actions import Import, Notebook, Script
from checker.facts.job import Job, RunLimits, ServedData
from checker.facts.observation import Holder, Observation, observation_of
from checker.facts.tree import Tree
from checker.sandbox.base import Sandbox

OPTIONS = load().course.observer_options
PASSENGERS = "PassengerId,Survived,Sex,Age\n" + "".join(
    f"{n},{n % 2},{'male' if n % 3 else 'female'},{n % 60 if n % 7 else ''}\n" for n in range(1, 201)
)
OTHERS = "PassengerId,Sex,Age\n" + "".join(f"{n},male,{n % 50}\n" for n in range(201, 261))


def observed(sandbox: Sandbox, files: dict[str, str], main: str = "main.py", **options: object) -> Observation:
    """What is seen of ``python main.py`` beside the two tables. The run has to succeed."""
    finished = sandbox.run(
        Job(
            tree=Tree.of({"train.csv": PASSENGERS, "test.csv": OTHERS, **files}),
            action=Script(main),
            observe={**OPTIONS, **options},  # type: ignore[dict-item]
            limits=RunLimits(seconds=60),
        )
    )
    assert finished.succeeded, finished.errors
    assert finished.observation is not None
    return Observation.from_json(finished.observation)


@pytest.mark.parametrize("name", ["contextlib", "threading", "copy", "functools"])
def test_a_module_of_the_project_wins_over_its_namesake_that_the_observer_uses(sandbox: Sandbox, name: str) -> None:
    assert observed(sandbox, {"main.py": f"from {name} import OWN\nprint(OWN)", f"{name}.py": "OWN = 1"}) is not None


FUNCTIONS = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

def load(train, test="test.csv"):
    return {"train": pd.read_csv(train), "test": pd.read_csv(test)}

def add_sex(table):
    table["Sex"] = (table["Sex"] == "male").astype(int)

def features(table):
    table = table.copy()
    add_sex(table)
    return table.assign(Age=table["Age"].fillna(30), Minor=table["Age"] < 18)

def split(x, y, share=0.1):
    return train_test_split(x, y, test_size=share)

def train(x, y, n_trees=4):
    return RandomForestClassifier(n_estimators=n_trees).fit(x, y)

def evaluate(model, x, y):
    print(model.score(x, y))
    print(confusion_matrix(y, model.predict(x)))
"""
MAIN = """
from functions import *
tables = load("train.csv")
ready = features(tables["train"])
parts = split(ready[["Sex", "Age", "Minor"]].to_numpy(float), ready["Survived"])
evaluate(train(parts[0], parts[2]), parts[1], parts[3])
"""


@pytest.fixture(scope="module")
def pipeline(sandbox: Sandbox) -> Observation:
    return observed(sandbox, {"functions.py": FUNCTIONS, "main.py": MAIN})


def named(observation: Observation, name: str):
    return next(function for function in observation.functions if function.name == name)


def test_calls_are_told_with_their_place_and_caller(pipeline: Observation) -> None:
    load = named(pipeline, "load")
    assert (load.path, load.line, load.holder, load.calls) == ("functions.py", 7, Holder.MODULE, 1)
    (call,) = pipeline.calls_of(load)
    assert str(call.caller) == "main.py:3"
    assert [(argument.name, argument.value, argument.default) for argument in call.arguments] == [
        ("train", "train.csv", False),
        ("test", "test.csv", True),
    ]


def test_tables_in_a_dictionary_are_found(pipeline: Observation) -> None:
    (call,) = pipeline.calls_of(named(pipeline, "load"))
    assert [(table.rows, table.holder, table.frame) for table in call.returned] == [
        (200, "return['train']", True),
        (60, "return['test']", True),
    ]


def test_columns_made_in_place_and_in_copies_are_told(pipeline: Observation) -> None:
    (inner,) = pipeline.calls_of(named(pipeline, "add_sex"))
    (outer,) = pipeline.calls_of(named(pipeline, "features"))
    assert inner.made == ("Sex",)
    assert set(outer.made) == {"Sex", "Age", "Minor"}
    assert [function.name for function in inner.stack] == ["features"]


def test_a_forest_on_an_array_knows_where_its_columns_were_made(pipeline: Observation) -> None:
    (fit,) = pipeline.fits
    assert (fit.model, fit.value, fit.rows, fit.process) == ("RandomForestClassifier", 4, 180, pipeline.process)
    assert [(column.name, column.made_in.name if column.made_in else None) for column in fit.columns] == [
        ("Sex", "add_sex"),
        ("Age", "features"),
        ("Minor", "features"),
    ]
    assert [function.name for function in fit.stack] == ["train"]


def test_reads_splits_measures_and_prints_have_their_functions(pipeline: Observation) -> None:
    assert [(read.reader, read.source, read.rows, read.stack[-1].name) for read in pipeline.reads] == [
        ("pandas.read_csv", "train.csv", 200, "load"),
        ("pandas.read_csv", "test.csv", 60, "load"),
    ]
    assert {split.stack[-1].name for split in pipeline.splits} == {"split"}
    assert {"score", "confusion_matrix"} <= {each.what for each in pipeline.evaluations}
    assert [str(each.where) for each in pipeline.prints] == ["functions.py:25", "functions.py:26"]
    assert [each.path for each in pipeline.opened] == ["train.csv", "test.csv"]
    assert {each.package for each in pipeline.imports} == {"pandas", "sklearn"}


def test_imports_on_behalf_of_a_library_are_seen(sandbox: Sandbox) -> None:
    source = (
        "import importlib\nimport pandas as pd\npd.read_csv('data.csv').to_markdown\nimportlib.import_module('yaml')\n"
    )
    seen = observed(
        sandbox, {"main.py": source + "pd.io.common.infer_compression\nimport s3fs\n", "data.csv": "a\n1\n"}
    )
    assert {("main", "pandas"), ("main", "yaml"), ("main", "s3fs")} <= {
        ("main" if first == "__main__" else first, second) for first, second in seen.asked
    }
    lazy = "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('x.parquet')\n"
    assert ("pandas", "pyarrow") in observed(sandbox, {"main.py": lazy}).asked


JUDGED = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
table = pd.read_csv("train.csv").fillna(0)
X, y = table[["PassengerId", "Age"]], table["Survived"]
A, B, a, b = train_test_split(X, y, test_size=50, random_state=1)
forest = RandomForestClassifier(n_estimators=3, random_state=1)
"""


@pytest.mark.parametrize(
    "judging",
    [
        "said = forest.fit(A, a).predict(B)",
        "said = make_pipeline(StandardScaler(), forest).fit(A, a).predict(B)",
        "said = (forest.fit(A, a).predict_proba(B)[:, 1] > 0.5).astype(int)",
        "said = (RandomForestRegressor(3, random_state=1).fit(A, a).predict(B) > 0.5).astype(int)",
        "a, b, B = y, y, X; said = cross_val_predict(forest, X, y, cv=4)",
        (
            "a, b, B = y, y, X; said = cross_val_predict(make_pipeline(forest), X, y, cv=4, method='predict_proba')"
            ".argmax(axis=1)"
        ),
        "b = y; forest.set_params(oob_score=True).fit(X, y); said = forest.oob_decision_function_.argmax(axis=1)",
        (
            "b = y; forest = RandomForestRegressor(30, random_state=1, oob_score=True).fit(X, y);"
            " said = (forest.oob_prediction_ > 0.5).astype(int)"
        ),
        "b = b.map({0: 'no', 1: 'yes'}); forest.fit(A, a.map({0: 'no', 1: 'yes'})); said = forest.predict(B)",
    ],
)
def test_the_matrix_of_what_a_forest_predicts(sandbox: Sandbox, judging: str) -> None:
    written = "open('matrix.txt', 'w').write(' '.join(map(str, confusion_matrix(b, said).ravel())))\n"
    main = f"{JUDGED}{judging}\n{written}print(open('matrix.txt').read())"
    job = Job(tree=Tree.of({"train.csv": PASSENGERS, "main.py": main}), action=Script("main.py"), observe=OPTIONS)
    finished = sandbox.run(job)
    assert finished.succeeded, finished.errors
    seen = Observation.from_json(finished.observation or {})
    assert seen.predictions is not None
    counts = tuple(int(number) for number in finished.output.split())
    assert counts in [each for one in seen.predictions for each in one.matrices]


def test_a_prediction_is_no_label_of_itself(sandbox: Sandbox) -> None:
    given = "def given(one, other): return other\n"
    main = f"{JUDGED}{given}given(b, forest.fit(A, a).predict(B))"
    predictions = observed(sandbox, {"main.py": main}).predictions
    assert predictions is not None
    assert len(predictions[0].matrices) == 1


@pytest.mark.slow
def test_predictions_are_seen_when_the_time_for_tables_is_over(sandbox: Sandbox) -> None:
    wide = "import numpy\ndef given(table): return table.copy()\n"
    spent = "for _ in range(24): given(pd.DataFrame(numpy.random.rand(40000, 40)))\n"
    seen = observed(sandbox, {"main.py": f"{JUDGED}{wide}{spent}forest.fit(A, a).score(B, b)"})
    assert seen.cut
    assert seen.predictions is not None
    assert [len(one.matrices) for one in seen.predictions] == [1]


@pytest.mark.slow
def test_a_run_that_waits_for_a_processor_shows_no_less_of_tables(sandbox: Sandbox) -> None:
    busy = """
import threading
def spin():
    while not done: pass
done = []
for _ in range(8): threading.Thread(target=spin).start()
"""
    wide = "import numpy\nimport pandas as pd\ndef given(table): return table.copy()\n"
    spent = "given(pd.DataFrame(numpy.random.rand(15000, 40)))\ndone.append(1)\n"
    tree = Tree.of({"main.py": busy + wide + spent})
    finished = sandbox.run(Job(tree=tree, action=Script("main.py"), observe={}))
    assert finished.succeeded, finished.errors
    assert finished.observation is not None
    assert finished.observation["hurried"] is False


def test_labels_that_a_forest_learns_from(sandbox: Sandbox) -> None:
    fits = observed(sandbox, {"main.py": f"{JUDGED}forest.fit(A, a)\nforest.fit(A, A['Age'])"}).fits
    assert [(fit.rows, fit.ones is None) for fit in fits] == [(150, False), (150, True)]


def test_a_column_that_is_only_selected_does_not_differ(sandbox: Sandbox) -> None:
    files = {
        "main.py": """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
table = pd.read_csv("train.csv").sample(frac=0.5)
table["Age"] = table["Age"].fillna(30.5)
RandomForestClassifier(n_estimators=2).fit(table[["PassengerId", "Age"]], table["Survived"])
"""
    }
    (fit,) = observed(sandbox, files).fits
    assert [(column.name, column.differs, column.made_in) for column in fit.columns] == [
        ("PassengerId", False, None),
        ("Age", True, None),
    ]


def test_a_column_first_made_outside_stays_so_when_a_function_scales_it(sandbox: Sandbox) -> None:
    files = {
        "functions.py": """
from sklearn.preprocessing import StandardScaler
def scale(table):
    return StandardScaler().fit_transform(table)
""",
        "main.py": """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from functions import scale
table = pd.read_csv("train.csv")
table["Age"] = table["Age"].fillna(0)
RandomForestClassifier(n_estimators=2).fit(scale(table[["PassengerId", "Age"]]), table["Survived"])
""",
    }
    (fit,) = observed(sandbox, files).fits
    assert [(column.name, column.made_in.name if column.made_in else None) for column in fit.columns] == [
        ("PassengerId", "scale"),
        ("Age", None),
    ]


@pytest.mark.parametrize(
    ("body", "means"),
    [
        ("    return table.iloc[:150], table.iloc[150:]", "rows"),
        ("    part = table.sample(frac=0.9)\n    return part, table.drop(part.index)", "sample"),
        (
            "    from sklearn.model_selection import ShuffleSplit\n    return list(ShuffleSplit(1).split(table))",
            "shuffle",
        ),
    ],
)
def test_splits_by_other_means(sandbox: Sandbox, body: str, means: str) -> None:
    files = {
        "cut.py": f"def cut(table):\n{body}\n",
        "main.py": "import pandas as pd\nfrom cut import cut\ncut(pd.read_csv('train.csv'))\n",
    }
    assert means in {split.means for split in observed(sandbox, files).splits if split.stack}


def test_one_table_taken_apart_again_is_no_split(sandbox: Sandbox) -> None:
    files = {
        "cut.py": "def apart(table):\n    return table[:200], table[200:]\n",
        "main.py": """
import pandas as pd
from cut import apart
apart(pd.concat([pd.read_csv("train.csv"), pd.read_csv("test.csv")]))
""",
    }
    assert observed(sandbox, files).splits == ()


@pytest.mark.parametrize("call", ["train(x, y)", "train(x, y, 5)", "train(x, y, settings={'forest': {'trees': 9}})"])
def test_an_argument_is_replaced_at_the_call(sandbox: Sandbox, call: str) -> None:
    inside = "settings" in call
    files = {
        "model.py": """
from sklearn.ensemble import RandomForestClassifier
def train(x, y, n_trees=4, settings=None):
    n_trees = settings["forest"]["trees"] if settings else n_trees
    return RandomForestClassifier(n_estimators=n_trees).fit(x, y)
""",
        "main.py": f"from model import train\nx, y = [[0], [1]], [0, 1]\n{call}\n",
    }
    rule = {"function": "model.py:train", "value": 7, "argument": "settings" if inside else "n_trees"}
    seen = observed(sandbox, files, replace=[rule | ({"path": ["forest", "trees"]} if inside else {})])
    assert [fit.value for fit in seen.fits] == [7]
    assert seen.replaced == ("model.py:train",)


def test_a_string_is_replaced_wherever_it_is_an_argument(sandbox: Sandbox) -> None:
    files = {
        "functions.py": "import pandas as pd\ndef load(place):\n    return pd.read_csv(place['path'])\n",
        "main.py": "from functions import load\nplace = {'path': 'train.csv'}\nload(place)\nprint(place)\n",
    }
    rule = {"function": "*", "argument": "*", "old": "train.csv", "value": "test.csv"}
    assert [read.rows for read in observed(sandbox, files, replace=[rule]).reads] == [60]


def test_methods_closures_and_lambdas_are_functions(sandbox: Sandbox) -> None:
    files = {
        "shapes.py": """
class Model:
    '''A model.'''
    def __init__(self, trees: int = 3) -> None:
        self.trees = trees
    @property
    def doubled(self):
        return 2 * self.trees
    @staticmethod
    def of(trees):
        return Model(trees)
def outer(n):
    def inner():
        return n
    return inner()
square = lambda x: x * x
def numbers():
    yield 1
""",
        "main.py": """
import inspect
import shapes
assert shapes.Model.of(4).doubled == 8
assert shapes.outer(3) == 3
assert shapes.square(3) == 9
assert list(shapes.numbers()) == [1]
assert shapes.Model.__doc__ == "A model."
assert str(inspect.signature(shapes.Model.__init__)) == "(self, trees: int = 3) -> None"
assert inspect.getsource(shapes.outer).startswith("def outer(n):")
""",
    }
    names = {function.name for function in observed(sandbox, files).functions}
    assert names == {"Model.__init__", "Model.doubled", "Model.of", "outer", "outer.<locals>.inner", "square"}


def test_functions_travel_to_other_processes(sandbox: Sandbox) -> None:
    files = {
        "helper.py": "def double(x):\n    return 2 * x\n",
        "main.py": """
import pickle
from joblib import Parallel, delayed
from helper import double
def triple(x):
    return 3 * x
if __name__ == "__main__":
    assert pickle.loads(pickle.dumps(double)) is double
    assert Parallel(n_jobs=2)(delayed(double)(n) for n in range(3)) == [0, 2, 4]
    assert Parallel(n_jobs=2)(delayed(triple)(n) for n in range(3)) == [0, 3, 6]
""",
    }
    observed(sandbox, files)


def test_recursion_reaches_as_deep_as_without_us(sandbox: Sandbox) -> None:
    observed(sandbox, {"main.py": "def down(n):\n    return n and down(n - 1)\nassert down(900) == 0\n"})


def test_line_numbers_in_the_traceback_are_the_students(sandbox: Sandbox) -> None:
    tree = Tree.of(
        {"m.py": "import os\n\ndef fail():\n    x = 1\n    return 1 / 0\n", "main.py": "import m\nm.fail()\n"}
    )
    finished = sandbox.run(Job(tree=tree, action=Script("main.py"), observe={}))
    assert finished.error is not None
    assert [str(place) for place, _ in finished.error.frames] == ["main.py:2", "m.py:5"]
    assert [call.raised for call in Observation.from_json(finished.observation or {}).calls] == ["ZeroDivisionError"]


def test_cells_are_counted_as_they_run(sandbox: Sandbox) -> None:
    cells = [
        "",
        "%matplotlib inline\ndef here():\n    return 1",
        "here()",
        "import pandas as pd\npd.read_csv('train.csv')",
    ]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
            for n, cell in enumerate(cells)
        ],
    }
    tree = Tree.of({"a.ipynb": json.dumps(notebook), "train.csv": PASSENGERS})
    finished = sandbox.run(Job(tree=tree, action=Notebook("a.ipynb"), observe={}))
    assert finished.succeeded
    seen = Observation.from_json(finished.observation or {}, notebook="a.ipynb", cells=(2, 3, 4))
    (here,) = seen.functions
    assert (here.holder, str(here.where)) == (Holder.CELL, "a.ipynb[2]:2")
    assert str(seen.calls[0].caller) == "a.ipynb[3]:1"
    assert [str(read.where) for read in seen.reads] == ["a.ipynb[4]:2"]


def test_an_import_alone_shows_its_work(sandbox: Sandbox) -> None:
    source = "import pandas as pd\nimport urllib.request\nTABLE = pd.read_csv('train.csv')\n"
    source += "urllib.request.urlopen('http://data.example.org/train.csv').read()\n"
    tree = Tree.of({"src/m.py": source, "train.csv": PASSENGERS})
    finished = sandbox.run(
        Job(tree=tree, action=Import("src.m"), observe={}, served_data=ServedData({"train": PASSENGERS.encode()}))
    )
    seen = Observation.from_json(finished.observation or {})
    assert [(each.path, str(each.where)) for each in seen.opened] == [("train.csv", "src/m.py:3")]
    assert ("data.example.org", "src/m.py:4") in {(each.host, str(each.where)) for each in seen.connections}


def test_a_function_called_often_costs_little(sandbox: Sandbox) -> None:
    source = "def f(x):\n    return x\nfor n in range(200_000):\n    f(n)\n"
    started = time.monotonic()
    seen = observed(sandbox, {"main.py": source})
    assert seen.functions[0].calls == 200_000
    assert len(seen.calls) < 100
    assert time.monotonic() - started < 20


def test_what_the_student_does_to_it_is_no_fault(sandbox: Sandbox) -> None:
    source = """
import builtins, sys
builtins.print = lambda *a, **k: None
for name in [name for name in sys.modules if "observer" in name]:
    sys.modules[name] = None
"""
    assert sandbox.run(Job(tree=Tree.of({"main.py": source}), action=Script("main.py"), observe={})).succeeded


@pytest.mark.parametrize(
    ("source", "started"),
    [
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\n", True),
        ("import os\nos.system('true')\n", True),
        ("import joblib\njoblib.cpu_count(only_physical_cores=True)\n", False),
        ("import sklearn.ensemble\n", False),
    ],
)
def test_a_program_that_the_project_starts_is_noted(sandbox: Sandbox, source: str, started: bool) -> None:
    job = Job(tree=Tree.of({"main.py": source}), action=Script("main.py"), observe={})
    assert observation_of(sandbox.run(job).observation).started_others is started
