"""The checks of step 1.3, on facts made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker.course import load
from checker.evidence.project.code import read_code
from checker.facts.code import ImportedName
from checker.facts.environment import Bound, Declared, EnvironmentFile, EnvironmentUse, Form, Package, Required, Unmet
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import MainRun, MainStart, Matrix, Printed, Reporting
from checker.facts.notebook import NotebookFile
from checker.facts.observation import Fit, Holder, Observation, ProjectFunction
from checker.facts.tree import Tree
from checker.model import Basis, Blocked, Failed, Location, Passed, Unavailable
from checker.testing import verdict_of
from tests.verdicts import failed, passed

COURSE = load().course
MAIN = "from functions import train\n\ntrain()\n"
MODULE = "def train():\n    RandomForestClassifier().fit(X, y)\n    print(confusion_matrix(y, y), f.score(X, y))\n"
TRAIN = ProjectFunction("functions.py", "train", 1, Holder.MODULE)
SCRIPT = ProjectFunction("main.py", "train", 3, Holder.SCRIPT)
MATRIX = Matrix(((87, 13), (21, 58)), 3)


def tree(main=MAIN, **more):
    return Tree.of({"main.py": main, "functions.py": MODULE} | {k.replace("__", "."): v for k, v in more.items()})


def ended(**how):
    return Finished(**({"end": End.EXIT, "status": 0, "seconds": 1.25} | how))


def run(finished=None, *, path="main.py", substitute=False, fits=(), observed=True):
    seen = Observation(fits=fits, process=3) if observed else None
    return MainRun(path, substitute, finished or ended(), seen)


def failing(name, message="", line=3, path="main.py", source="train()"):
    return ended(status=1, error=StudentError(name, message, ((Location(path, line=line), source),)))


def judge(check, main_run, *facts, files=None):
    files = files or tree()
    main_run = MainStart(main_run) if check == "main-runs" else main_run
    return verdict_of(check, main_run, files, read_code(files, COURSE, None), COURSE, *facts)


# Step 1.3, runs


def test_a_script_that_ends_well_passes():
    assert str(passed(judge("main-runs", run())).message) == "main.py ran to its end in 1.2 s."


@pytest.mark.parametrize(
    ("finished", "actual", "hint"),
    [
        (
            failing("FileNotFoundError", "[Errno 2] No such file or directory: '/home/jd/train.csv'"),
            "FileNotFoundError: [Errno 2] No such file or directory: '/home/jd/train.csv'",
            "/home/jd/train.csv exists on your machine only: write a path relative to the root.",
        ),
        (
            failing("FileNotFoundError", r"[Errno 2] No such file or directory: 'C:\\titanic\\train.csv'"),
            "FileNotFoundError",
            "exists on your machine only",
        ),
        (
            failing("FileNotFoundError", "[Errno 2] No such file or directory: '../train.csv'"),
            "FileNotFoundError",
            "The file is data/raw/train.csv: write its path as seen from the root.",
        ),
        (
            failing("FileNotFoundError", "[Errno 2] No such file or directory: 'model.pkl'"),
            "FileNotFoundError",
            "model.pkl is not in the repository",
        ),
        (failing("NameError", "name 'x' is not defined"), "NameError: name 'x'", "Nothing of that name exists"),
        (failing("SyntaxError", "invalid syntax"), "SyntaxError", "Correct this line"),
        (failing("KeyError", "'Age'"), "KeyError: 'Age'", "Mend the line that is named"),
        (ended(status=3), "It ended with status 3.", "mend what its last lines say"),
        (ended(end=End.SIGNAL, status=9), "It was killed by signal 9.", "its last lines"),
        (ended(end=End.MEMORY, status=9), "more memory than it may have", "fit a smaller forest"),
        (ended(end=End.OUTPUT, status=9), "far too much output", "nothing in a loop"),
        (
            ended(end=End.TIME, status=9, where=(Location("functions.py", line=2),)),
            "Too slow: stopped after 300 s, at functions.py:2.",
            "fewer trees",
        ),
        (ended(end=End.TIME, status=9), "Too slow: stopped after 300 s.", "fewer trees"),
    ],
)
def test_each_way_to_fail_has_its_sentences(finished, actual, hint):
    files = Tree.of({"main.py": MAIN, "functions.py": MODULE, "data/raw/train.csv": "a\n"})
    verdict = failed(judge("main-runs", run(finished), files=files))
    assert actual in str(verdict.actual)
    assert hint in str(verdict.hint)
    assert verdict.where
    assert verdict.reproduce.endswith("python main.py")


def test_a_module_that_was_not_added_is_named():
    files = Tree.of({"main.py": "from functions import train\n"})
    verdict = judge("main-runs", run(failing("ModuleNotFoundError", "No module named 'functions'", 1)), files=files)
    assert isinstance(verdict, Failed)
    assert "functions is imported but not in the repository: git add it" in str(verdict.hint)
    assert [str(place) for place in verdict.where] == ["main.py:1"]


def test_a_script_of_another_name_earns_half():
    verdict = failed(judge("main-runs", run(path="run all.py", substitute=True)))
    assert verdict.credit == Fraction(1, 2)
    assert "Rename it: git mv 'run all.py' main.py." in str(verdict.hint)


def test_the_traceback_is_told_without_frames_of_ours():
    verdict = judge("main-runs", run(failing("KeyError", "'Age'", path="functions.py", line=2, source="x['Age']")))
    assert verdict.details["traceback"] == ["functions.py:2: x['Age']"]


PANDAS = Package("pandas", "==1.4.2", Bound.UPPER, conda=False, where=Location("requirements.txt", line=1))


def declaring(*, python=None, unmet=True, imported=True):
    file = EnvironmentFile("requirements.txt", Form.REQUIREMENTS, (PANDAS,), python=python)
    required = Required("pandas", "pandas", (Location("main.py", line=1),), PANDAS)
    return (
        Declared((file,), (Unmet(PANDAS, "3.1.0"),) if unmet else ()),
        EnvironmentUse((required,) if imported else (), (), 1),
    )


def test_a_run_that_needs_the_declared_versions_fails_nobody():
    verdict = judge("main-runs", run(failing("AttributeError", "no append")), *declaring())
    assert isinstance(verdict, Unavailable)
    assert "It needs the declared environment (pandas ==1.4.2, here 3.1.0)" in str(verdict.what)
    assert "requirements.txt" in str(verdict.remedy)


@pytest.mark.parametrize("name", ["NameError", "FileNotFoundError", "SyntaxError", "IndentationError"])
def test_what_fails_with_any_version_is_judged(name):
    assert isinstance(judge("main-runs", run(failing(name, "x")), *declaring()), Failed)


@pytest.mark.parametrize("how", [{"unmet": False}, {"imported": False}])
def test_versions_that_are_met_or_of_what_is_not_imported_excuse_nothing(how):
    assert isinstance(judge("main-runs", run(failing("AttributeError", "x")), *declaring(**how)), Failed)


def test_a_newer_python_that_is_declared_excuses_no_mistake_of_syntax():
    python = Package("python", "=3.99", Bound.UPPER, conda=True, where=Location("environment.yml", line=4))
    assert isinstance(judge("main-runs", run(failing("SyntaxError", "x")), *declaring(python=python)), Failed)


def test_a_known_library_that_is_not_here_fails_nobody():
    verdict = judge("main-runs", run(failing("ModuleNotFoundError", "No module named 'xgboost'")))
    assert isinstance(verdict, Unavailable)
    assert "xgboost" in str(verdict.what)


def test_a_library_that_nobody_knows_is_the_students():
    verdict = failed(judge("main-runs", run(failing("ModuleNotFoundError", "No module named 'panda'"))))
    assert "is called panda" in str(verdict.hint)


# Step 1.3, reports


def reporting(**more):
    facts = {"printed": Printed((0.81,), (MATRIX,)), "matrix": MATRIX, "matrix_follows": True, "score_follows": True}
    return Reporting(**(facts | more))


def test_a_report_that_follows_passes():
    verdict = passed(judge("main-reports", run(), reporting()))
    assert str(verdict.message) == "Performance and confusion matrix [[87 13] [21 58]] are printed."


@pytest.mark.parametrize(
    ("printed", "actual"),
    [
        (Printed((), ()), "main.py prints neither a performance nor a confusion matrix."),
        (Printed((0.81,), ()), "main.py prints a performance, but no confusion matrix."),
        (Printed((), (MATRIX,)), "main.py prints a confusion matrix, but no performance."),
    ],
)
def test_what_is_not_printed_is_named(printed, actual):
    verdict = failed(judge("main-reports", run(), reporting(printed=printed)))
    assert str(verdict.actual) == actual
    assert "print(…)" in str(verdict.hint)


def test_a_matrix_that_stands_still_fails():
    verdict = failed(judge("main-reports", run(), reporting(matrix_follows=False)))
    assert "does not change as the labels do: [[87 13] [21 58]]" in str(verdict.actual)


def test_a_score_that_stands_still_fails():
    verdict = failed(judge("main-reports", run(), reporting(score_follows=False)))
    assert "the performance is still 0.81" in str(verdict.actual)


def test_what_could_not_be_tried_is_advice():
    error = StudentError("AssertionError", "891 rows", ((Location("main.py", line=2), "assert"),))
    for more, said in (({"error": error}, "AssertionError: 891 rows"), ({}, "could not be seen")):
        verdict = passed(judge("main-reports", run(), reporting(matrix_follows=None, score_follows=None, **more)))
        assert said in str(verdict.advice[0].message)


def test_a_crash_is_not_charged_twice():
    crashed = run(failing("NameError", "x"))
    nothing = Printed((), ())
    verdict = passed(judge("main-reports", crashed, reporting(printed=nothing, source_matrix=True, source_score=True)))
    assert verdict.basis is Basis.READ


def test_what_a_forgotten_module_may_print_is_not_said_to_be_missing():
    files = tree("from src.models.train import train\n\ntrain()\n")
    crashed = run(failing("ModuleNotFoundError", "No module named 'src'"))
    verdict = judge("main-reports", crashed, reporting(printed=Printed((), ())), files=files)
    assert verdict == Blocked(by=("layout-source",))


def test_a_crash_excuses_nothing_that_the_code_does_not_do():
    verdict = failed(judge("main-reports", run(failing("NameError", "x")), reporting(printed=Printed((), ()))))
    assert verdict.basis is Basis.READ


def test_what_was_printed_before_a_crash_counts():
    assert passed(judge("main-reports", run(failing("NameError", "x")), reporting())).basis is Basis.RUN


# Step 1.3, imports


def fit(*stack, process=3):
    return Fit("RandomForestClassifier", 20, 801, (), Location("functions.py", line=2), stack, process)


IN_MODULE = (fit(TRAIN),)


def imports(main=MAIN, fits=IN_MODULE, finished=None, observed=True, **more):
    return judge("main-imports", run(finished, fits=fits, observed=observed), files=tree(main, **more))


@pytest.mark.parametrize(
    "main",
    [
        MAIN,
        "import functions as f\n\nf.train()\n",
        "import functions\n\nfunctions.train()\n",
        "from functions import train as fit\n\n\ndef main():\n    fit()\n\n\nmain()\n",
        "def read():\n    return yaml.safe_load(open('config.yaml'))\n\n\nfrom functions import train\n",
    ],
)
def test_both_styles_of_import_pass(main):
    assert passed(imports(main)).details["fitted_in"] == "functions.py:train"


@pytest.mark.parametrize(("name", "said"), [("*", ["from functions import …"]), ("train", [])])
def test_a_star_in_the_notebook_is_worth_advice(name, said):
    place = Location("titanic.ipynb", 1, 1)
    stars = (ImportedName("functions", name, None, place), ImportedName("pandas", "*", None, place))
    notebook = NotebookFile("titanic.ipynb", (f"from functions import {name}", "train()"), imports=stars)
    verdict = passed(judge("main-imports", run(fits=IN_MODULE), notebook))
    assert [str(one.message).rpartition(": ")[2] for one in verdict.advice] == said
    assert [one.where for one in verdict.advice] == [(place,)] * len(said)


@pytest.mark.parametrize(
    ("main", "more", "actual", "where"),
    [
        ("from functions import *\n", {}, "from functions import * hides where names come from.", "main.py:1"),
        (
            MAIN,
            {"functions__py": "from sklearn.ensemble import *\n"},
            "from sklearn.ensemble import *",
            "functions.py:1",
        ),
        (
            MAIN + "\n\ndef load(path):\n    return pd.read_csv(path)\n",
            {},
            "main.py defines functions of the pipeline itself: load.",
            "main.py:6",
        ),
        ("import pandas as pd\n", {}, "main.py imports nothing from a module of the project.", "main.py"),
    ],
)
def test_what_is_not_imported_by_name_is_shown(main, more, actual, where):
    verdict = failed(imports(main, **more))
    assert actual in str(verdict.actual)
    assert where in [str(place) for place in verdict.where]


@pytest.mark.parametrize(
    ("fits", "actual"),
    [
        ((fit(),), "The forest is fitted in main.py itself."),
        ((fit(TRAIN, SCRIPT),), "The forest is fitted in main.py itself."),
        ((), "No forest is fitted in the process of main.py."),
    ],
)
def test_the_forest_is_fitted_in_a_module(fits, actual):
    assert str(failed(imports(fits=fits)).actual) == actual


def test_one_fit_in_a_module_is_enough():
    assert isinstance(imports(fits=(fit(), fit(TRAIN))), Passed)


def test_a_child_that_fits_does_not_count():
    assert isinstance(imports(fits=(fit(TRAIN, process=7),)), Failed)


@pytest.mark.parametrize("how", [{"finished": failing("NameError", "x")}, {"observed": False}])
def test_without_a_run_the_source_is_read(how):
    assert passed(imports(fits=(), **how)).basis is Basis.READ


def test_without_a_run_a_module_has_to_fit():
    verdict = failed(imports(fits=(), finished=failing("NameError", "x"), functions__py="def train():\n    pass\n"))
    assert "No module of the project fits a model" in str(verdict.actual)


def test_a_forgotten_module_is_not_charged_twice():
    files = Tree.of({"main.py": "from functions import train\n\ntrain()\n"})
    verdict = judge("main-imports", run(failing("ModuleNotFoundError", "No module named 'functions'")), files=files)
    assert isinstance(verdict, Passed)
    assert verdict.basis is Basis.READ
