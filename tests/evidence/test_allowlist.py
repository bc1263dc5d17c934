"""What is taken for harmless leads to nothing but tables, models and figures."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from checker import solutions
from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.notebook import find_notebook, notebook_run, plain_job, run_notebook
from checker.evidence.source.allowlist import can_skip_kernel, is_confined, notebook_is_confined
from checker.facts.actions import Cells, Notebook
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.open_submission import open_submission

HARMLESS = [
    "import pandas as pd\ndf = pd.read_csv('data/train.csv')\ndf.copy().groupby('Sex').mean()",
    "import sys\nsys.path.insert(0, '..')\nfrom src.data import load_data",
    "import os\nos.environ['A'] = 'b'\nbucket = os.getenv('BUCKET', 'x') + '/titanic/' + os.path.join('a', 'b')",
    "import seaborn as sns\nimport matplotlib.pyplot as plt\nsns.heatmap(df.corr())\nplt.title('é')\nplt.show()",
    "import yaml\nwith open('../config.yaml') as file:\n    config = yaml.safe_load(file)",
    "import warnings\nwarnings.filterwarnings('ignore')",
    "class Model:\n    def __init__(self):\n        self.trees = 20\nif __name__ == '__main__':\n    print(Model())",
    "from pathlib import Path\nfolder = Path(__file__).parent / 'data'",
    "x = np.random.rand(3) ** 2; df['Title'] = df['Name'].str.split(',').apply(lambda name: name[0])",
]
HARMFUL = [
    "import IPython",
    "import os as o",
    "import sys\ns = sys",
    "import sys\nsys.modules['pandas']",
    "from sys import modules",
    "from os import *",
    "from os import _exit",
    "import pandas as pd\npd.io.common.os._exit(0)",
    "import pandas as pd\npd.compat.sys.exit(0)",
    "import numpy as np\nnp.ctypeslib",
    "import numpy as np\nnp.memmap('x')",
    "import numpy as np\nnp.load('x', allow_pickle=True)",
    "import pandas as pd\npd.read_pickle('x')",
    "import pandas as pd\npd.eval('x')",
    "df.query('@df.a')",
    "df.agg('eval', expr='@x.y')",
    "get_ipython().kernel",
    "exit()",
    "raise SystemExit",
    "getattr(x, 'a' + 'b')",
    "().__class__.__base__.__subclasses__()",
    "x._y",
    "exec('a')",
    "open('x' + 'y')",
    "open('/proc/self/mem', 'wb')",
    "open('src/data.py', 'w')",
    "df.to_csv('src/data.py')",
    "__builtins__",
    "__import__('os')",
    "import matplotlib\nmatplotlib.use('module://mine')",
    "import yaml\nyaml.load(x, yaml.Loader)",
    "import yaml\nyaml.unsafe_load(x)",
    "import something_else",
    "import ctypes",
    "from matplotlib import sys",
    "from pandas.io.common import os",
    "import pandas.io.common",
    "class A:\n    def __eq__(self, other):\n        return True",
    "class A:\n    def __del__(self):\n        pass",
    "def __getattr__(name):\n    pass",
    "from pathlib import sys",
    "b'code'",
]


@pytest.mark.parametrize("source", HARMLESS)
def test_what_the_course_needs_is_harmless(source):
    assert is_confined(ast.parse(source), frozenset({"src"}))


@pytest.mark.parametrize("source", HARMFUL)
def test_what_leads_out_is_not(source):
    assert not is_confined(ast.parse(source), frozenset({"src"}))


def tree_of(*cells, **files):
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells],
    }
    return Tree.of({"titanic.ipynb": json.dumps(document)} | {f"{name}.py": body for name, body in files.items()})


def notebook_of(*cells, **files):
    tree = tree_of(*cells, **files)
    return find_notebook(tree, load().course), read_code(tree, load().course, None)


def test_a_notebook_is_judged_with_all_modules_and_its_magics():
    good = "%matplotlib inline\nimport pandas as pd"
    assert notebook_is_confined(*notebook_of(good, "import functions", functions="x = 1"))
    assert not notebook_is_confined(*notebook_of(good, "import functions", functions="import gc"))
    assert not notebook_is_confined(*notebook_of(good, functions="this is no Python"))
    for cell in ("!ls", "%run x.py", "x = !ls", "%%bash\nls", "not Python at all", "pd.read_csv?"):
        assert not notebook_is_confined(*notebook_of(good, cell))


def test_notebooks_of_the_course_are_harmless_from_the_first_step_on(tmp_path):
    for step in ("1.1", "1.5", "2.3"):
        solutions.build(step, tmp_path / step, language="fr")
        with open_submission(tmp_path / step) as repository:
            tree = repository.tree()
            code = read_code(tree, load().course, None)
            notebook = find_notebook(tree, load().course)
            assert notebook is not None
            assert notebook_is_confined(notebook, code)


PLOTTED = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [
        "In[1]",
        "Out[1]",
        "_1",
        "__file__",
        "display(1)",
        "%matplotlib widget",
        "%matplotlib qt",
        "%config InlineBackend.figure_format = 'nothing'",
        "%config InlineBackend.close_figures = False",
        "plt.switch_backend('TkAgg')",
        "import matplotlib\nmatplotlib.use('TkAgg')",
        "import pandas as pd\npd.set_option('display.max_rows', None)",
        "plt.gca().xaxis.set_major_formatter(lambda x, at: seen.append(x))",
        "plt.gcf().canvas.mpl_connect('draw_event', seen.append)",
        "plt.gca().secondary_xaxis('top', functions=(f, g))",
        "from matplotlib.animation import FuncAnimation",
        "class Drawn:\n    def _repr_html_(self):\n        return seen.append(1)\nDrawn()",
        "import pandas as pd\npd.DataFrame().style.map(seen.append)",
        "from sklearn.base import BaseEstimator as E\nclass Mine(E):\n    def get_params(self): seen.clear()\nMine()",
        "get_ipython()",
        "!ls",
    ],
)
def test_where_showing_or_drawing_may_matter_the_kernel_has_a_say(cell):
    assert can_skip_kernel(*notebook_of(PLOTTED, "_ = 1", "seen = []"))
    assert not can_skip_kernel(*notebook_of(PLOTTED, "seen = []", cell))


def test_what_a_module_draws_counts_as_well():
    assert can_skip_kernel(*notebook_of("import mine", mine="def plot(): pass"))
    assert not can_skip_kernel(*notebook_of("import mine", mine="def plot(axis):\n    axis.set_major_formatter(f)"))


class Noting:
    """Notes what is run."""

    def __init__(self, sandbox):
        self.kind, self.sandbox, self.actions = sandbox.kind, sandbox, []

    def run(self, job):
        self.actions.append(type(job.action))
        return self.sandbox.run(job)


def run_of(sandbox, *cells, own=False, environment="embedded"):
    tree = tree_of(*cells)
    notebook, code = find_notebook(tree, load().course), read_code(tree, load().course, None)
    noting = Noting(sandbox)
    options = GradingOptions(environment=environment, cache=Path("kept"))
    submission = Submission(path=Path(), own=own)
    return notebook_run(None, tree, notebook, code, load().course, options, submission, noting), noting.actions


@pytest.mark.slow
def test_who_works_on_a_notebook_waits_for_no_kernel(sandbox):
    run, actions = run_of(sandbox, "x = 1", "", "print(x)", own=True)
    assert run.succeeded
    assert run.finished.cells == 3
    assert actions == [Cells]


@pytest.mark.slow
def test_what_does_not_run_without_a_kernel_is_run_in_one(sandbox):
    run, actions = run_of(sandbox, "x = 1", "print(y)", own=True)
    assert not run.succeeded
    assert run.finished.error.where[0].cell == 2
    assert actions == [Cells, Notebook]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "asked"),
    [("print(1)", {}), ("print(1)", {"own": True, "environment": "declared"}), ("Out", {"own": True})],
)
def test_all_others_are_run_in_a_kernel(sandbox, cell, asked):
    run, actions = run_of(sandbox, "x = 1", cell, **asked)
    assert run.succeeded
    assert actions == [Notebook]


def seen_in(finished):
    """What the observer told, but for what chance decides and for the imports of a kernel itself."""
    requests = sorted((one.method, one.host, one.path, one.status) for one in finished.requests)
    fits = [{**fit, "ones": None} for fit in finished.observation["fits"]]
    predictions = [one["rows"] for one in finished.observation["predictions"]]
    return {**finished.observation, "asked": None, "fits": fits, "predictions": predictions}, requests


@pytest.mark.slow
@pytest.mark.parametrize("step", solutions.steps())
def test_without_a_kernel_the_same_is_seen(step, sandbox, tmp_path):
    solutions.build(step, tmp_path / step, language="fr")
    course = load().course
    with open_submission(tmp_path / step) as repository:
        tree = repository.tree()
        code = read_code(tree, course, None)
        notebook = find_notebook(tree, course)
        assert notebook is not None
        run = run_notebook(tree, notebook, course, sandbox)
        assert can_skip_kernel(notebook, code) == run.succeeded
        plain = sandbox.run(plain_job(tree, notebook, run, course, observe={}))
        assert plain.succeeded == run.succeeded
        if run.succeeded:
            assert seen_in(plain) == seen_in(run.finished)
