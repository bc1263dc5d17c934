"""Whether a notebook runs in an interpreter: tried, as a notebook is run, before anybody's is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, Literal

from checker.absences import UnavailableHere
from checker.facts.running import Job, Limits, Notebook, Script
from checker.facts.tree import Tree
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.wanted import Unmade
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.processes import NO_MEMORY, ProcessSandbox

_LIMITS = Limits(seconds=60)
_FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
"""How each notebook draws; parts of a kernel that are too new for a library fail here, and not before."""


def runs_notebooks(interpreter: Interpreter, packages: Iterable[str]) -> bool:
    """Whether a kernel starts in *interpreter* and runs a cell; with matplotlib among *packages*, also a figure.

    Raises Unmade where that cannot be told: it takes too long or too much memory, or no program starts in it.
    """
    cells = ["1", *([_FIGURE] if "matplotlib" in packages else [])]
    tree = Tree.of({"trial.ipynb": _notebook(cells), "trial.py": ""})
    kind: Literal["bubblewrap", "plain"] = "bubblewrap" if capabilities().namespaces is None else "plain"
    with ProcessSandbox(kind, network=False, interpreter=interpreter) as sandbox:
        started = time.monotonic()
        try:
            succeeded = sandbox.run(Job(tree=tree, action=Notebook("trial.ipynb"), limits=_LIMITS)).succeeded
        except UnavailableHere as absence:
            if absence.what == NO_MEMORY[0]:
                raise Unmade(*NO_MEMORY) from absence
            succeeded = False
        except SandboxFault:
            succeeded = False
        if not succeeded and time.monotonic() - started >= _LIMITS.seconds:
            raise Unmade(text("The environment was not made in time."))
        if not succeeded:
            # A kernel that fails before its first cell is no fault of the sandbox, if a program runs in the same one.
            try:
                sandbox.run(Job(tree=tree, action=Script("trial.py"), limits=_LIMITS))
            except SandboxFault as fault:
                raise Unmade(text("Python does not start in this environment.")) from fault
    return succeeded


def _notebook(cells: Iterable[str]) -> str:
    """A notebook of these code cells."""
    code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    written = [{**code, "id": f"cell-{number}", "source": source} for number, source in enumerate(cells)]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
