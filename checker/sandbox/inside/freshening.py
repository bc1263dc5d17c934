"""Makes a forked child what a freshly started interpreter is."""

from __future__ import annotations

import random
import sys
import tempfile
from typing import Any


def freshen() -> None:
    """Forget what the parent fixed for all of its children: random numbers, folders, chosen back ends."""
    random.seed()
    tempfile.tempdir = None
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed()


def forget(names: list[str]) -> None:
    """Unload the modules in *names* that we loaded, so that student code finds its own ones of that name."""
    if not names:  # a look at all that is loaded copies thousands of pages of memory
        return
    package: Any = sys.modules["_inside"]
    for name in [*sys.modules]:
        top = name.partition(".")[0]
        if top in names and top not in package.STARTED and top != "_inside":
            del sys.modules[name]


def loaded_from(folders: list[str]) -> list[str]:
    """The first parts of the names of the modules that were loaded from *folders*."""
    if not folders:
        return []
    tops = tuple(folder.rstrip("/") + "/" for folder in folders)
    found = set()
    for name, module in [*sys.modules.items()]:
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path.startswith(tops):
            found.add(name.partition(".")[0])
    return sorted(found)


def draw_in_memory() -> None:
    """Choose the drawing back end that matplotlib would choose without a display."""
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        matplotlib.rcParams["backend"] = "agg"


def draw_inline(shell: object) -> None:
    """Do what importing the notebook's drawing back end does in a kernel: here it was imported before."""
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is None or "matplotlib" not in sys.modules:
        return
    import matplotlib as mpl
    from IPython.core.pylabtools import activate_matplotlib

    backend = "module://matplotlib_inline.backend_inline"
    mpl.rcParams["backend"] = backend
    activate_matplotlib(backend)  # type: ignore[no-untyped-call]
    # Figures are drawn, but small: nobody looks at them.
    inline.InlineBackend.instance(parent=shell).print_figure_kwargs = {"bbox_inches": None, "dpi": 20}
    inline.configure_inline_support(shell, backend)
