"""Notebooks in a kernel of their own, and what can be done to hide how they went."""

from __future__ import annotations

import json

import pytest

from checker.facts.actions import Notebook
from checker.facts.job import End
from tests.sandbox.conftest import Runner, notebook


def test_all_cells_run_in_order(either: Runner) -> None:
    seen = either.cells("x = 1", "", "x += 1", "print(x)\nx")
    assert (seen.end, seen.status, seen.cells, seen.error) == (End.EXIT, 0, 4, None)
    assert seen.output == "2\n2\n"
    assert seen.succeeded


def test_the_first_error_stops_it(either: Runner) -> None:
    seen = either.cells("x = 1", "x\n1 / 0", "print('never')")
    assert (seen.status, seen.cells, seen.output) == (1, 1, "")
    assert (seen.error.name, seen.error.message) == ("ZeroDivisionError", "division by zero")
    assert [(str(place), source) for place, source in seen.error.frames] == [("a.ipynb[2]:2", "1 / 0")]


def test_an_error_in_a_module_and_back_in_a_cell(either: Runner) -> None:
    seen = either.cells(
        "def f(x):\n    return 1 / x", "", "import helper\nhelper.g(f)", files={"helper.py": "def g(f):\n    f(0)"}
    )
    assert seen.error is not None
    assert [str(place) for place, _ in seen.error.frames] == ["a.ipynb[3]:2", "helper.py:2", "a.ipynb[1]:2"]


def test_cells_with_the_same_text_are_told_apart(either: Runner) -> None:
    assert str(either.cells("n = 1", "1 / n\nn -= 1", "1 / n\nn -= 1").error.where[0]) == "a.ipynb[3]:1"


def test_a_syntax_error_and_a_magic(either: Runner) -> None:
    seen = either.cells("%matplotlib inline\n!echo from a shell", "x = = 1")
    assert seen.output == "from a shell\r\n"
    assert seen.error.name == "SyntaxError"
    assert str(seen.error.where[0]) == "a.ipynb[2]:1"


def test_its_folder_is_where_it_starts(either: Runner) -> None:
    files = {"notebooks/a.ipynb": notebook("import functions"), "functions.py": ""}
    assert str(either.job(Notebook("a.ipynb"), files, folder="notebooks").error.where[0]) == "notebooks/a.ipynb[1]:1"
    assert either.job(Notebook("notebooks/a.ipynb"), files).succeeded


def test_figures_are_drawn(either: Runner) -> None:
    seen = either.cells(
        "import matplotlib.pyplot as plt\nimport seaborn as sns",
        """
        drawn = []
        class Spy(plt.Figure):
            def draw(self, renderer):
                drawn.append(1)
                super().draw(renderer)
        """,
        "plt.figure(FigureClass=Spy)\nplt.plot([1, 2])",
        "print(len(drawn) > 0, 'inline' in plt.get_backend())",
    )
    assert seen.error is None
    assert seen.output.splitlines()[-1] == "True True"


@pytest.mark.slow
@pytest.mark.parametrize(
    "hiding",
    [
        "get_ipython().showtraceback = lambda *a, **k: None",
        "type(get_ipython()).showtraceback = lambda *a, **k: None",
        "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)",
        "get_ipython().events.callbacks['post_run_cell'].clear()",
        "import sys\nsys.excepthook = print",
    ],
)
def test_hidden_errors_are_found(either: Runner, hiding: str) -> None:
    seen = either.cells(hiding, "1 / 0")
    assert not seen.succeeded
    assert str(seen.error.where[0]).startswith("a.ipynb[2]")


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["raises-exception", "skip-execution"])
def test_tags_have_no_say(either: Runner, tag: str) -> None:
    seen = either.job(Notebook("a.ipynb"), {"a.ipynb": notebook("1 / 0", "2", tags=(tag,))})
    assert not seen.succeeded
    assert seen.cells == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "ending", ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 9)", "import ctypes\nctypes.string_at(0)"]
)
def test_a_dead_kernel_is_no_success(either: Runner, ending: str) -> None:
    seen = either.cells("x = 1", ending, "print('never')")
    assert not seen.succeeded
    assert seen.cells == 1
    assert seen.seconds < 5
    assert str((seen.where if seen.error is None else seen.error.where)[0]) == "a.ipynb[2]"


@pytest.mark.slow
def test_an_endless_cell_is_named(either: Runner) -> None:
    seen = either.cells("def f():\n    while True:\n        pass", "f()", seconds=2.5)
    assert seen.end is End.TIME
    assert seen.cells == 1
    assert str(seen.where[0]) in ("a.ipynb[1]:2", "a.ipynb[1]:3")


@pytest.mark.slow
def test_the_deadline_is_for_all_cells_together(either: Runner) -> None:
    seen = either.cells(*["import time\ntime.sleep(0.8)"] * 6, seconds=2.5)
    assert seen.end is End.TIME
    assert seen.cells < 4


@pytest.mark.slow
def test_a_cell_cannot_flood_the_grader(either: Runner) -> None:
    seen = either.cells("while True:\n    print('x' * 100_000)", output=500_000, seconds=20)
    assert seen.end is End.OUTPUT
    assert len(seen.output) <= 500_000


def test_display_data_count_too(either: Runner) -> None:
    seen = either.cells(
        "from IPython.display import display\nwhile True:\n    display({'image/png': 'x' * 100_000}, raw=True)",
        output=500_000,
        seconds=20,
    )
    assert seen.end is End.OUTPUT


def test_what_is_written_past_the_kernel_is_kept_from_the_graders_terminal(either: Runner) -> None:
    assert either.cells("import os\nos.write(1, b'direct')\nos.write(2, b'direct')", "1").succeeded


@pytest.mark.slow
def test_answers_of_input_are_not_waited_for(either: Runner) -> None:
    assert "StdinNotImplementedError" in either.cells("input('name?')", seconds=10).error.name


def test_an_old_notebook_is_read(either: Runner) -> None:
    cell = {"cell_type": "code", "input": ["print('old')"], "outputs": [], "language": "python", "collapsed": False,
            "prompt_number": 1, "metadata": {}}  # fmt: skip
    old = {
        "worksheets": [{"cells": [cell], "metadata": {}}],
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
    }
    assert either.job(Notebook("a.ipynb"), {"a.ipynb": json.dumps(old)}).output == "old\n"


def test_tables_come_over_the_network(either: Runner) -> None:
    seen = either.cells("import pandas as pd", "pd.read_csv('https://a.org/b/train.csv').shape")
    assert seen.output == "(2, 2)\n"
    assert [request.path for request in seen.requests] == ["/b/train.csv"]
