"""Resets the state of a forked child to that of a freshly started interpreter."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Collection
from typing import Any


def freshen() -> None:
    """Reset the state inherited from the zygote: random numbers, temporary folder, drawing back end."""
    random.seed()
    tempfile.tempdir = None
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed()


def forget(names: Collection[str]) -> None:
    """Unload our modules in *names*, so that student code finds its own modules of these names."""
    if not names:  # reading all loaded modules would copy thousands of shared pages of memory
        return
    package: Any = sys.modules["_inside"]
    for name in [*sys.modules]:
        top = name.partition(".")[0]
        if top in names and top not in package.STARTED and top != "_inside":
            del sys.modules[name]


def loaded_from(folders: Collection[str]) -> list[str]:
    """The top-level names of the modules that were loaded from *folders*."""
    if not folders:
        return []
    tops = tuple(folder.rstrip("/") + "/" for folder in folders)
    names = set()
    for name, module in [*sys.modules.items()]:
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path.startswith(tops):
            names.add(name.partition(".")[0])
    return sorted(names)


def draw_in_memory() -> None:
    """Select the drawing back end that matplotlib selects without a display."""
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        matplotlib.rcParams["backend"] = "agg"


def draw_inline(shell: object) -> None:
    """Activate the notebook's drawing back end, as its import does in a fresh kernel; here it was imported before."""
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is None or "matplotlib" not in sys.modules:
        return
    import matplotlib as mpl
    from IPython.core.pylabtools import activate_matplotlib

    backend = "module://matplotlib_inline.backend_inline"
    mpl.rcParams["backend"] = backend
    activate_matplotlib(backend)  # type: ignore[no-untyped-call]
    # Figures are drawn, but small, since they are discarded.
    inline.InlineBackend.instance(parent=shell).print_figure_kwargs = {"bbox_inches": None, "dpi": 20}
    inline.configure_inline_support(shell, backend)
