"""Code that ran with the main script and that no import reaches: the linter reads it all the same, or nobody can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.locale import Speech
from checker.model import Failed, Passed
from checker.render.json import message_of
from checker.sandbox.base import Sandbox
from tests.conftest import result_of, shell
from tests.mutants.model import Edit, Replace, Shell, Write, apply
from tests.mutants.test_mutants import Grade, advice_of, reproduced

MAIN, MODULES = "lint-main", "lint-modules"
_HURRIED = """import os, sys
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
def Load(a, b):
    X=pd.read_csv(a); Y=pd.read_csv(b)
    return X, Y
def Train(X, y, n=20):
    Model = RandomForestClassifier(n_estimators = n)
    Model.fit(X, y)
    L = []
    for i in range(len(X)):
        if X.columns[0] == None: L.append(i)
    return Model
"""
_LONG = _HURRIED + "".join(f"def F{n}(x): return x+{n}\n" for n in range(40))
_TIDY = '"""A plug-in."""\n\n\ndef register(registry):\n    """Add it."""\n    registry.append("hello")\n'


def _in_module(source: str) -> Edit:
    return Replace("src/models/train_evaluate.py", "from sklearn.ensemble", f"{source}from sklearn.ensemble")


def _loader(path: str) -> Edit:
    return Replace(
        "main.py",
        "N_TREES = 20\n",
        f'N_TREES = 20\nPLUGINS = [importlib.import_module(f"{path}.{{name}}") for name in ["work"]]\n',
    )


_IMPORTLIB = Replace("main.py", "from src.data.import_data", "import importlib\n\nfrom src.data.import_data")


@dataclass(frozen=True, slots=True)
class Case:
    """Edits of the solution of 1.5, the place that ``lint-modules`` names (none: it passes), and a fragment."""

    name: str
    edits: tuple[Edit, ...]
    where: str = ""
    says: str = ""


CASES = (
    Case(
        "import_module of a name that is put together",
        (Write("src/plugins/work.py", _LONG), _IMPORTLIB, _loader("src.plugins")),
        "src/plugins/work.py:1",
        "No import leads to src/plugins/work.py",
    ),
    Case(
        "runpy in a module",
        (Write("src/hidden.py", _LONG), _in_module("import runpy\nrunpy.run_path('src/hidden.py')\n")),
        "src/hidden.py:1",
        "No import leads to src/hidden.py",
    ),
    Case(
        "exec of a Python file",
        (Write("src/hidden.py", _LONG), _in_module("exec(open('src/hidden.py', encoding='utf-8').read())\n")),
        "src/hidden.py:1",
        "No import leads to",
    ),
    Case(
        "exec of a text",
        (Write("src/hidden.txt", _LONG), _in_module("exec(open('src/hidden.txt', encoding='utf-8').read())\n")),
        "src/hidden.txt",
        "holds Python",
    ),
    Case(
        "compile of a text",
        (Write("notes.md", _LONG), _in_module("exec(compile(open('notes.md').read(), 'notes', 'exec'))\n")),
        "notes.md",
        "holds Python",
    ),
    Case("a plug-in loader", (Write("src/plugins/work.py", _TIDY), _IMPORTLIB, _loader("src.plugins"))),
    Case(
        "a text that is read",
        (Write("notes.txt", "Import the data first.\n"), _in_module("open('notes.txt').read()\n")),
    ),
    Case("an untidy file that nothing loads", (Write("src/old.py", _LONG),)),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_ran_is_judged_with_the_modules(
    case: Case, copy_of: Callable[[str], Path], grade: Grade, sandbox: Sandbox
) -> None:
    folder = copy_of("1.5")
    apply(case.edits, folder)
    shell("git add -A && git commit -q -m 'Try'", folder)
    report = grade(folder, checks=(MAIN, MODULES), own=False).report
    verdict = result_of(report, MODULES).verdict
    assert isinstance(result_of(report, MAIN).verdict, Passed)
    if not case.where:
        assert isinstance(verdict, Passed), Speech("en").say(message_of(verdict))
        return
    assert isinstance(verdict, Failed)
    assert any(str(place).startswith(case.where) for place in verdict.where), verdict.where
    assert case.says in Speech("en").say(message_of(verdict)) + advice_of(verdict.advice)
    assert reproduced(verdict.reproduce, folder, sandbox) != 0


@pytest.mark.slow
def test_code_without_its_source_is_suspicious(copy_of: Callable[[str], Path], grade: Grade) -> None:
    folder = copy_of("1.5")
    line = "import py_compile; py_compile.compile('hurried.py', cfile='src/hurried.pyc')"
    edits = (
        Write("hurried.py", _LONG),
        Shell(f'python3.11 -c "{line}" && rm hurried.py && git add -f src/hurried.pyc'),
        Replace("main.py", "N_TREES = 20\n", "N_TREES = 20\nimport src.hurried\n"),
    )
    apply(edits, folder)
    shell("git add -A && git commit -q -m 'Try'", folder)
    suspicions = grade(folder, own=False).report.suspicions
    assert [str(place) for one in suspicions if one.id == "code-without-source" for place in one.where] == [
        "src/hurried.pyc"
    ]
