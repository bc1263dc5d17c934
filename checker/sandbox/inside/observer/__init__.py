"""Sees what the project's functions do while student code runs, and can change what they are called with.

The source of each project file is compiled with one more decorator on its functions; the code of libraries runs
as it is, so that a run costs what it costs without us. What libraries do (reading a table, fitting a forest) is
seen by wrapping the few functions that do it, once they are imported. Standard library only.

Options: ``replace``, a list of ``{"function": "functions.py:train", "argument": "n_trees", "value": 7}`` (with
``"path": ["trees"]`` for a value within a dictionary, ``"old": 20`` to replace only that value; ``"*"`` as
the function or the argument stands for all); ``tables: False`` does not look into tables, which takes time;
``only_files``: nothing is seen but which files of the tree are read.
"""

from __future__ import annotations

from typing import Any

from . import hooks, libraries
from .watch import Watch

_watching: list[Watch] = []


def install(options: dict[str, Any], root: str) -> None:
    """Watch the code below *root* from here on. Called once, before the first line of student code."""
    if _watching:
        raise RuntimeError("already watching")
    watch = Watch(options, root)
    if options.get("only_files"):
        hooks.install_for_files(watch)
    else:
        libraries.install(watch)
        hooks.install(watch)
    _watching.append(watch)


def next_cell() -> None:
    """Tell that the next cell of a notebook begins, where no kernel does. Before the first one, there was none."""
    for watch in _watching:
        watch.places.next_cell()


def collect() -> dict[str, Any]:
    """What was seen, as JSON, and the end of watching. Raises RuntimeError where nothing was installed."""
    if not _watching:
        raise RuntimeError("not watching")
    return _watching[0].close()
