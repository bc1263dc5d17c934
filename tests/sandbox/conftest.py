"""Both sandboxes, warm, and a run in a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import pytest

from checker.facts.actions import Action, Notebook, Script
from checker.facts.job import Finished, Job, RunLimits, ServedData
from checker.facts.tree import Tree
from checker.preloading import preloaded_libraries
from checker.sandbox.base import Sandbox
from checker.sandbox.capabilities import capabilities
from checker.sandbox.lazy import LazySandbox
from checker.sandbox.open import open_sandbox
from checker.sandbox.process.process_sandbox import ProcessSandbox

WORLD = ServedData(tables={"train": b"PassengerId,Survived\n1,0\n2,1\n", "test": b"PassengerId\n3\n"})
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def notebook(*cells: str, tags: tuple[str, ...] = ()) -> str:
    """A notebook of code cells, as its file."""
    written = [
        {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": dedent(cell).strip(), "outputs": [],
         "execution_count": None}
        for cell in cells
    ]  # fmt: skip
    return json.dumps({"cells": written, "metadata": {"kernelspec": {"name": "R"}}, "nbformat": 4, "nbformat_minor": 4})


BELOW_TMP = [sys.prefix.split("/")[2]] if sys.prefix.startswith("/tmp/") else []
"""The entries of a temporary folder inside from the start: the way to the checker's environment, if it lies there."""


class Runner:
    """Runs programs written in a test."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.kind = sandbox.kind

    @property
    def opened(self) -> ProcessSandbox:
        """The sandbox behind a lazy one, which its first run opens."""
        found = self.sandbox._sandbox if isinstance(self.sandbox, LazySandbox) else self.sandbox
        assert isinstance(found, ProcessSandbox)
        return found

    def script(self, source: str, files: Mapping[str, str] | None = None, **options: Any) -> Finished:
        """``python main.py``."""
        return self.job(Script("main.py"), {"main.py": dedent(source), **(files or {})}, **options)

    def cells(self, *cells: str, files: Mapping[str, str] | None = None, **options: Any) -> Finished:
        """A notebook with these cells."""
        return self.job(Notebook("a.ipynb"), {"a.ipynb": notebook(*cells), **(files or {})}, **options)

    def job(self, action: Action, files: Mapping[str, str], seconds: float = 30, **options: Any) -> Finished:
        """Any action on *files*."""
        limits = RunLimits(seconds=seconds, **{k: options.pop(k) for k in list(options) if k in RunLimits.__slots__})
        tree = Tree.of({path: dedent(body) for path, body in files.items()})
        return self.sandbox.run(Job(tree=tree, action=action, limits=limits, **{"served_data": WORLD, **options}))


@pytest.fixture(scope="session")
def isolated(sandbox: Sandbox) -> Runner:
    """Programs in bubblewrap."""
    if sandbox.kind != "bubblewrap":
        pytest.skip(str(capabilities().namespaces))
    return Runner(sandbox)


@pytest.fixture(scope="session")
def plain() -> Iterator[Runner]:
    """Programs as plain processes."""
    with open_sandbox("plain", libraries=preloaded_libraries(None)) as opened:
        yield Runner(opened)


@pytest.fixture(params=["bubblewrap", pytest.param("plain", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest) -> Runner:
    """Programs in each kind of sandbox. If there is little time, :mod:`test_endings` compares the two."""
    runner: Runner = request.getfixturevalue("isolated" if request.param == "bubblewrap" else "plain")
    return runner
