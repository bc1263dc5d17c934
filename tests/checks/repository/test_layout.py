"""The checks of step 1.5, on facts made by hand."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.source.static_functions import written_functions
from checker.facts.functions import FunctionsAtWork, Origin, Sighting
from checker.facts.history import Commit, History
from checker.facts.hygiene import DataFile, DataFiles
from checker.facts.main_script import Printed
from checker.facts.notebook import NotebookFile
from checker.facts.observation import Evaluation, Fit, FittedColumn, Holder, Observation, ProjectFunction, Read, Split
from checker.facts.step_traces import StepTraces
from checker.facts.tree import Tree
from checker.model import Basis, Failed, Location, Passed
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
BEFORE_S3 = StepTraces(frozenset({"always", "main-file"}))
LOAD = "import pandas as pd\ndef load(a):\n    return pd.read_csv(a)\n"
PREPARE = "def prepare(t):\n    t['a'] = 1\n    return t\n"
TRAIN = "def train(f, x):\n    return f.fit(x)\n"
SPLIT_UP = {
    "README.md": "Mine.\n",
    "main.py": "from src.data.load import load\nfrom src.prepare import prepare\nfrom src.model import train\n",
    "src/data/load.py": LOAD,
    "src/prepare.py": PREPARE,
    "src/model.py": TRAIN,
}


def function(path, name="f", holder=Holder.MODULE):
    return ProjectFunction(path, name, 1, holder)


def seen(load, prepare, train):
    observation = Observation(
        reads=(
            Read("pandas.read_csv", "x", 3, (), None, (function("main.py", "main", Holder.SCRIPT), function(load))),
        ),
        splits=(Split("train_test_split", None, (function(prepare),)),),
        fits=(Fit("F", 20, 3, (FittedColumn("a", True, function(prepare)),), None, (function(train),)),),
        evaluations=(Evaluation("score", None, (function(train),)),),
    )
    return FunctionsAtWork((Sighting(Origin.MAIN, "main.py", observation, True, Printed((), ())),))


def layout_source(files, work=None, history=None):
    tree = Tree.of(files)
    code = read_code(tree, COURSE, None)
    facts = [one for one in (work, history) if one is not None]
    return verdict_of("layout-source", code, COURSE, tree, written_functions(code, None, COURSE), *facts)


@pytest.mark.parametrize("path", ["titanic.ipynb", "Titanic (1).ipynb", "src/titanic.ipynb"])
def test_a_notebook_elsewhere_fails(path):
    verdict = failed(verdict_of("layout-notebook", NotebookFile(path, ()), COURSE))
    assert str(verdict.actual) == f"Not in notebooks/: {path}."
    assert verdict.where == (Location(path),)


def test_notebooks_in_their_folder_pass():
    verdict = passed(
        verdict_of("layout-notebook", NotebookFile("notebooks/a.ipynb", (), others=("notebooks/b.ipynb",)), COURSE)
    )
    assert not verdict.advice


def test_another_notebook_at_the_root_fails_and_one_in_another_folder_is_advice():
    verdict = failed(verdict_of("layout-notebook", NotebookFile("notebooks/a.ipynb", (), others=("b.ipynb",)), COURSE))
    verdict = verdict_of("layout-notebook", NotebookFile("notebooks/a.ipynb", (), others=("docs/b.ipynb",)), COURSE)
    assert isinstance(verdict, Passed)
    assert "docs/b.ipynb lies apart" in advised(verdict)


def test_parts_in_several_modules_pass_by_reading():
    verdict = passed(layout_source(SPLIT_UP))
    assert verdict.basis is Basis.READ
    assert verdict.details["parts"]["model"] == ["src/model.py"]


def test_what_ran_counts_more_than_what_is_written():
    verdict = passed(layout_source(SPLIT_UP, seen("src/data/load.py", "src/prepare.py", "src/model.py")))
    assert verdict.basis is Basis.RUN
    verdict = failed(layout_source(SPLIT_UP, seen("src/model.py", "src/model.py", "src/model.py")))
    assert str(verdict.actual) == "Of src/, only src/model.py plays a part."


def test_two_files_of_one_part_are_not_enough():
    files = {"main.py": "import src.a, src.b\n", "src/a.py": LOAD, "src/b.py": LOAD}
    assert "only one of these parts is played: src/a.py, src/b.py" in str(failed(layout_source(files)).actual)


def test_functions_at_the_root_fail():
    verdict = failed(layout_source({"main.py": "import functions\n", "functions.py": LOAD + PREPARE + TRAIN}))
    assert str(verdict.actual) == "The functions are in functions.py, at the root."
    assert "src/data/import_data.py" in str(verdict.hint)


def test_no_functions_at_all_fail():
    assert str(failed(layout_source({"main.py": "x = 1\n"})).actual) == "No module plays one of these parts."


def test_parts_in_notebooks_or_tests_are_in_no_source_folder():
    failed(layout_source({"main.py": "import tests.a, tests.b\n", "tests/a.py": LOAD, "tests/b.py": TRAIN}))


@pytest.mark.parametrize("left", [LOAD, TRAIN.replace("train", "fit_all")])
def test_a_copy_at_the_root_fails(left):
    verdict = failed(layout_source(SPLIT_UP | {"functions.py": left}))
    assert "functions.py still holds" in str(verdict.actual)
    assert verdict.reproduce == "test ! -e functions.py"


def test_another_file_at_the_root_is_no_copy():
    files = SPLIT_UP | {"plots.py": "def draw():\n    pass\n", "old.py": "import pandas\npandas.read_csv('x')\n"}
    assert isinstance(layout_source(files), Passed)


def test_a_forgotten_module_is_named_first():
    files = {path: body for path, body in SPLIT_UP.items() if path != "src/data/load.py"}
    verdict = failed(layout_source(files))
    assert str(verdict.actual) == "src/data/load.py is not in the repository, and main.py:1 imports it."
    assert "git add src/data/load.py" in str(verdict.hint)


def test_another_folder_and_a_readme_are_advice():
    files = {path.replace("src/", "code/"): body.replace("src.", "code.") for path, body in SPLIT_UP.items()}
    assert "The usual name of the folder is src" in advised(layout_source(files))
    files = {
        path.replace("src/", "titanic_ml/"): body.replace("src.", "titanic_ml.") for path, body in SPLIT_UP.items()
    }
    assert advised(layout_source(files)) == ""
    start = Commit("1" * 40, (), "A", 1, "start", False, lambda: Tree.of({"README.md": "Mine.\n"}))
    history = History((start,), (), None, None, start.id)
    assert "README.md is still the statement" in advised(layout_source(SPLIT_UP, None, history))


def test_data_in_raw_or_nowhere_pass():
    assert isinstance(
        verdict_of("layout-data", DataFiles((DataFile("data/raw/train.csv", "csv", True),)), BEFORE_S3, COURSE), Passed
    )
    assert isinstance(verdict_of("layout-data", DataFiles(()), BEFORE_S3, COURSE), Passed)


@pytest.mark.parametrize("path", ["train.csv", "data/train.csv", "src/data/train.csv", "notebooks/train.csv"])
def test_passengers_elsewhere_fail(path):
    verdict = failed(verdict_of("layout-data", DataFiles((DataFile(path, "csv", True),)), BEFORE_S3, COURSE))
    assert str(verdict.actual) == f"Not in data/raw/: {path}."
    assert f"git mv {path} data/raw/" in str(verdict.hint)


def test_derived_data_are_advice_and_what_waits_counts():
    verdict = verdict_of("layout-data", DataFiles((DataFile("data/processed/x.csv", "csv"),)), BEFORE_S3, COURSE)
    assert isinstance(verdict, Passed)
    assert "made from raw data" in advised(verdict)
    verdict = verdict_of("layout-data", DataFiles((), waiting=(DataFile("train.csv", "csv", True),)), BEFORE_S3, COURSE)
    assert isinstance(verdict, Failed)
    verdict = verdict_of("layout-data", DataFiles((DataFile("tests/x.csv", "csv", fixture=True),)), BEFORE_S3, COURSE)
    assert isinstance(verdict, Passed)


def test_data_left_behind_once_the_code_reads_from_s3_are_charged_elsewhere():
    files = DataFiles((DataFile("export.dat", "csv", True),))
    assert isinstance(verdict_of("layout-data", files, BEFORE_S3, COURSE), Failed)
    verdict = passed(verdict_of("layout-data", files, StepTraces(frozenset({"network-read"})), COURSE))
    assert "data-untracked judges" in str(verdict.message)
    steps = tuple(step for step in COURSE.steps if step.id != "1.7")
    lacking = COURSE.model_copy(update={"steps": steps})
    assert isinstance(verdict_of("layout-data", files, StepTraces(frozenset({"network-read"})), lacking), Failed)
