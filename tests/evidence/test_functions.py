"""Which argument moves the forest, how modules import, and what functions are written to do."""

from __future__ import annotations

import pytest

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.functions import (
    candidate_arguments,
    main_trials,
    model_parameter,
    module_imports,
    module_name,
)
from checker.evidence.runs.main_script import main_run, main_start
from checker.evidence.runs.notebook import find_notebook, run_anywhere
from checker.evidence.source.static_functions import written_functions
from checker.facts.functions import ModelParameter
from checker.facts.observation import Argument, Call, Fit, Holder, Observation, ProjectFunction
from checker.facts.options import GradingOptions
from checker.facts.tree import Tree
from checker.sandbox.base import Sandbox
from tests.evidence.test_notebook import notebook

COURSE = load().course
CLASS = """
class M:
    def __init__(self, n=9):
        self.n = n
    def fit(self, x, y):
        return RandomForestClassifier(self.n).fit(x, y)
"""
FOREST = "from sklearn.ensemble import RandomForestClassifier\n"
DATA = "x, y = [[n] for n in range(20)], [n % 2 for n in range(20)]"


def varied(sandbox: Sandbox, module: str, main: str) -> ModelParameter:
    tree = Tree.of({"model.py": FOREST + module, "main.py": main})
    code = read_code(tree, COURSE, None)
    run = main_run(main_start(None, tree, code, COURSE, sandbox, None))
    assert run.succeeded, run.finished.errors
    trials = main_trials(tree, COURSE, run, sandbox)
    return model_parameter(tree, COURSE, trials, None, None, sandbox)


def test_the_parameter_is_found_among_others(sandbox: Sandbox) -> None:
    module = """
def train(x, y, depth=3, trees=20):
    return RandomForestClassifier(n_estimators=trees, max_depth=depth, random_state=1).fit(x, y)
"""
    found = varied(sandbox, module, f"from model import train\n{DATA}\ntrain(x, y)\n")
    assert (found.moving.argument.name, found.moving.argument.default) == ("trees", True)
    assert (found.moving.before, found.moving.after) == ((20,), (7,))
    assert len(found.trials) == 1


@pytest.mark.parametrize(
    ("module", "call", "argument"),
    [
        (
            "def make(n):\n    return RandomForestClassifier(n)\ndef train(model, x, y):\n    return model.fit(x, y)\n",
            "from model import make, train\ntrain(make(5), x, y)",
            "n",
        ),
        (CLASS, "from model import M\nM().fit(x, y)", "n"),
        (
            "def train(x, y, tens=2):\n    return RandomForestClassifier(10 * tens).fit(x, y)\n",
            "from model import train\ntrain(x, y)",
            "tens",
        ),
        (
            "def train(x, y, **settings):\n    return RandomForestClassifier(**settings).fit(x, y)\n",
            "from model import train\ntrain(x, y, n_estimators=4)",
            "settings",
        ),
        (
            "def train(x, y, settings):\n    return RandomForestClassifier(settings.trees).fit(x, y)\n",
            "import argparse\nfrom model import train\ntrain(x, y, argparse.Namespace(trees=6))",
            "settings",
        ),
    ],
)
def test_however_the_number_travels(sandbox: Sandbox, module: str, call: str, argument: str) -> None:
    assert varied(sandbox, module, f"{DATA}\n{call}\n").moving.argument.name == argument


def test_a_parameter_without_effect_moves_nothing(sandbox: Sandbox) -> None:
    module = "def train(x, y, trees=20):\n    return RandomForestClassifier(n_estimators=20).fit(x, y)\n"
    found = varied(sandbox, module, f"from model import train\n{DATA}\ntrain(x, y)\n")
    assert found.seen
    assert found.moving is None
    assert [trial.after for trial in found.trials] == [(20,)]


def test_the_notebook_is_varied_where_there_is_no_main(sandbox: Sandbox) -> None:
    module = FOREST + "def train(x, y, n=3):\n    return RandomForestClassifier(n).fit(x, y)\n"
    tree = Tree.of({"model.py": module, "titanic.ipynb": notebook(f"from model import train\n{DATA}", "train(x, y)")})
    file = find_notebook(tree, COURSE)
    assert file is not None
    run = run_anywhere(tree, file, COURSE, sandbox)
    assert model_parameter(tree, COURSE, None, run, file, sandbox).moving.after == (7,)


def test_the_likeliest_arguments_come_first() -> None:
    train, make, read = (ProjectFunction("m.py", name, 1, Holder.MODULE) for name in ("train", "make", "read"))
    cell = ProjectFunction("a.ipynb", "here", 1, Holder.CELL, cell=1)
    observation = Observation(
        functions=(train, make, read),
        calls=(
            Call(read, None, (), arguments=(Argument("rows", 100),)),
            Call(cell, None, (), arguments=(Argument("n", 20),)),
            Call(make, None, (), arguments=(Argument("n", 20), Argument("seed", 20))),
            Call(train, None, (), arguments=(Argument("depth", 3), Argument("name", "20"))),
        ),
        fits=(Fit("RandomForestClassifier", 20, 10, (), None, (cell, train)),),
    )
    assert [(f.name, a.name) for f, a in candidate_arguments(observation)] == [
        ("make", "n"),
        ("train", "depth"),
        ("make", "seed"),
    ]


@pytest.mark.parametrize(
    ("path", "root", "name"),
    [
        ("functions.py", "", "functions"),
        ("src/data/import_data.py", "", "src.data.import_data"),
        ("src/data/import_data.py", "src", "data.import_data"),
        ("src/__init__.py", "", "src"),
        ("import-data.py", "", None),
        ("class/a.py", "", None),
        ("other/a.py", "src", None),
    ],
)
def test_the_name_of_a_module(path: str, root: str, name: str | None) -> None:
    assert module_name(path, root) == name


def imported(sandbox: Sandbox, files: dict[str, str]):
    tree = Tree.of(files)
    return module_imports(tree, read_code(tree, COURSE, None), COURSE, GradingOptions(jobs=2), sandbox).imports


def test_each_module_is_imported_alone(sandbox: Sandbox) -> None:
    files = {
        "main.py": "from src.a import f\nfrom src.b import g\n",
        "src/a.py": "import os\ndef f(): pass\n",
        "src/b.py": "from src.a import f\nopen('notes.csv')\ndef g(): pass\n",
        "notes.csv": "a\n",
    }
    a, b = imported(sandbox, files)
    assert (a.path, a.module, a.folder) == ("src/a.py", "src.a", "")
    assert a.finished.succeeded
    assert b.observation is not None
    assert [(each.path, str(each.where)) for each in b.observation.opened] == [("notes.csv", "src/b.py:2")]


def test_a_module_is_looked_for_where_the_project_looks(sandbox: Sandbox) -> None:
    files = {
        "main.py": "import sys\nsys.path.append('src')\nfrom b import g\n",
        "src/a.py": "def f(): pass\n",
        "src/b.py": "from a import f\ndef g(): pass\n",
    }
    _, b = imported(sandbox, files)
    assert b.finished.succeeded
    assert (b.module, b.folder) == ("b", "src")


def test_an_import_that_fails_for_itself_is_told_from_the_root(sandbox: Sandbox) -> None:
    (one,) = imported(sandbox, {"main.py": "import functions\n", "functions.py": "columns = table.columns\n"})
    assert one.finished.error.name == "NameError"
    assert [str(place) for place in one.finished.error.where] == ["functions.py:1"]


def test_no_module_to_import(sandbox: Sandbox) -> None:
    with pytest.raises(NotDoneYet):
        imported(sandbox, {"main.py": "1\n"})


def test_what_functions_are_written_to_do() -> None:
    source = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

def load(a, b):
    return pd.read_csv(a), pd.read_csv(b)

class Steps:
    def make(self, table):
        table["Age"] = 1
        table = table.assign(Title=2)
        table.insert(0, "Minor", 3)
        for name in ("a", "b"):
            table[name] = 4
        return table

def train(x, y, arbres=20):
    x, z, y, t = train_test_split(x, y)
    model = RandomForestClassifier(n_estimators=arbres).fit(x, y)
    print(model.score(z, t))

TABLE["Fare"] = 2
"""
    tree = Tree.of(
        {"main.py": "import functions", "functions.py": source, "titanic.ipynb": notebook("%time\nx['Sex'] = 1")}
    )
    file = find_notebook(tree, COURSE)
    written = written_functions(read_code(tree, COURSE, file), file, COURSE)
    load_, make, train = (
        next(one for one in written.functions if one.name == name) for name in ("load", "Steps.make", "train")
    )
    assert (load_.reads, load_.returns, str(load_.where)) == (2, True, "functions.py:5")
    assert make.columns == ("Age", "Title", "Minor", "<name>")
    assert (train.fits, train.splits, train.value_from, train.prints) == (True, True, "arbres", True)
    assert train.measures == {"score"}
    outside = {str(one.where): one.columns for one in written.outside if one.columns}
    assert outside == {"functions.py": ("Fare",), "titanic.ipynb[1]": ("Sex",)}
