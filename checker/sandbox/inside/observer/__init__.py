"""The observer: it records the calls of the project's functions in a run, and can replace their arguments.

Each project file is compiled with one more decorator on its functions. The code of libraries runs unchanged, so that a
run takes hardly longer. Actions of libraries (reading a table, fitting a model) are recorded by wrapping the few
functions concerned, once they are imported. Standard library only.

Options:

- ``estimators``: the classes whose models are observed, or base classes of them, by module and name.
- ``parameter``: the parameter of these models that is reported. ``counted_by``: the attribute of a fitted model whose
  length is the value in effect, where it is not the parameter itself.
- ``classes``: the classes of the target in their order, where these are not two of which the second one counts;
  ``positive``: the one that counts.
- ``replace``: a list of ``{"function": "functions.py:train", "argument": "n_trees", "value": 7}``, with
  ``"path": ["trees"]`` for a value within a dictionary and ``"old": 20`` to replace only that value; ``"*"`` as the
  function or the argument stands for all.
- ``tables: False``: tables are not examined, which saves time.
- ``only_files``: only the files of the tree that are read are recorded.
"""

from __future__ import annotations

from typing import Any

from . import hooks, libraries
from .recorder import Recorder

_recorders: list[Recorder] = []


def install(options: dict[str, Any], root: str) -> None:
    """Observe the code below *root* from here on. Called once, before the first line of student code."""
    if _recorders:
        raise RuntimeError("already watching")
    recorder = Recorder(options, root)
    if options.get("only_files"):
        hooks.install_for_files(recorder)
    else:
        libraries.install(recorder)
        hooks.install(recorder)
    _recorders.append(recorder)


def next_cell() -> None:
    """Note the beginning of a notebook's next cell, in a run without a kernel; called before each cell."""
    for recorder in _recorders:
        recorder.places.next_cell()


def collect() -> dict[str, Any]:
    """The observation as JSON; ends observing. Raises RuntimeError where nothing was installed."""
    if not _recorders:
        raise RuntimeError("not watching")
    return _recorders[0].close()
