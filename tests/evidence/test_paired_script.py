"""Scripts of jupytext are notebooks; scripts with marked cells are scripts."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.evidence.project.code import candidates, read_code
from checker.evidence.runs.notebook import find_notebook
from checker.evidence.source.paired_script import is_paired, percent_cells
from checker.facts.tree import Tree

COURSE = load().course
HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: percent\n# ---\n\n"
CELLS = (
    "# %% [markdown]\n# # Titanic\n\n# %%\nimport pandas\n\n# %% [raw]\n# x\n\n# %% tags=[]\n#%%time\nForest.fit()\n"
)


def test_the_code_cells_are_told_from_the_others():
    assert percent_cells(HEADER + CELLS) == ("import pandas", "#%%time\nForest.fit()")
    assert percent_cells("x = 1\n") == ()


@pytest.mark.parametrize(
    "source",
    [
        CELLS,
        "# ---\n# jupytext: none\n" + CELLS,
        HEADER.replace("percent", "light") + CELLS,
        "'''jupytext: format_name: percent'''\n" + CELLS,
        "",
    ],
)
def test_without_its_header_it_is_a_script(source):
    assert not is_paired(source)


def test_it_is_the_notebook_and_no_main_script():
    tree = Tree.of({"titanic.py": HEADER + CELLS, "lib.py": "x = 1\n"})
    notebook = find_notebook(tree, COURSE)
    assert notebook.path == "titanic.py"
    assert [imported.package for imported in notebook.imports] == ["pandas"]
    code = read_code(tree, COURSE, notebook)
    assert (code.main, code.modules, candidates(code, COURSE.model)) == (None, (), ())
    assert code.unreached == ("lib.py",)


def test_beside_its_notebook_it_is_nothing_of_its_own():
    cell = '{"cell_type": "code", "source": "import pandas", "metadata": {}, "outputs": [], "execution_count": null}'
    notebook = f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{cell}]}}'
    tree = Tree.of({"titanic.py": HEADER + CELLS, "titanic.ipynb": notebook})
    found = find_notebook(tree, COURSE)
    assert found.path == "titanic.ipynb"
    assert candidates(read_code(tree, COURSE, found), COURSE.model) == ()


def test_a_main_script_with_the_header_is_the_main_script():
    tree = Tree.of({"main.py": HEADER + CELLS})
    assert find_notebook(tree, COURSE) is None
    assert read_code(tree, COURSE, None).main == "main.py"
