"""A trial notebook, run in an interpreter before any student's notebook is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, Literal

from checker.absences import UnavailableHere
from checker.facts.actions import Notebook, Script
from checker.facts.job import Job, RunLimits
from checker.facts.preloading import NO_LIBRARIES, PreloadedLibraries
from checker.facts.tree import Tree
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.environments.spec import EnvironmentUnavailable
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process.process_sandbox import NO_MEMORY, ProcessSandbox

_LIMITS = RunLimits(seconds=60)
_FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
"""A cell that draws, as most notebooks do: parts of a kernel that are too new for matplotlib fail only here."""


def runs_notebooks(
    interpreter: Interpreter, packages: Iterable[str], libraries: PreloadedLibraries = NO_LIBRARIES
) -> bool:
    """Whether a kernel starts in *interpreter* and runs a cell; with matplotlib among *packages*, also a figure.

    *libraries* are preloaded, as they will be for a student's notebook.

    Raises EnvironmentUnavailable where the trial decides nothing: it takes too long or too much memory, or no program
    starts in the interpreter.
    """
    cells = ["1", *([_FIGURE] if "matplotlib" in packages else [])]
    tree = Tree.of({"trial.ipynb": _notebook(cells), "trial.py": ""})
    kind: Literal["bubblewrap", "plain"] = "bubblewrap" if capabilities().namespaces is None else "plain"
    with ProcessSandbox(kind, network=False, interpreter=interpreter, libraries=libraries) as sandbox:
        started = time.monotonic()
        try:
            succeeded = sandbox.run(Job(tree=tree, action=Notebook("trial.ipynb"), limits=_LIMITS)).succeeded
        except UnavailableHere as absence:
            if absence.what == NO_MEMORY[0]:
                raise EnvironmentUnavailable(*NO_MEMORY) from absence
            succeeded = False
        except SandboxFault:
            succeeded = False
        if not succeeded and time.monotonic() - started >= _LIMITS.seconds:
            raise EnvironmentUnavailable(text("The environment was not made in time."))
        if not succeeded:
            # A kernel that fails before its first cell is no fault of the sandbox, if a program runs in the same one.
            try:
                sandbox.run(Job(tree=tree, action=Script("trial.py"), limits=_LIMITS))
            except SandboxFault as fault:
                raise EnvironmentUnavailable(text("Python does not start in this environment.")) from fault
    return succeeded


def _notebook(cells: Iterable[str]) -> str:
    """A notebook of these code cells."""
    code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    written = [{**code, "id": f"cell-{number}", "source": source} for number, source in enumerate(cells)]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
