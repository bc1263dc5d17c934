"""The entry point of every process inside: ``python start.py WHAT DESCRIPTOR``.

Loads its own folder as the package ``_inside`` and removes the folder from ``sys.path``.
"""

from __future__ import annotations

import sys

STARTED = frozenset(sys.modules)  # the modules of every Python at the start of its program

import importlib  # noqa: E402
import importlib.util  # noqa: E402
import os  # noqa: E402
from types import ModuleType  # noqa: E402


def load() -> ModuleType:
    """The folder of this file as the package ``_inside``."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "_inside", os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    if spec is None or spec.loader is None:
        raise ImportError(here)
    package = importlib.util.module_from_spec(spec)
    sys.modules["_inside"] = package
    package.STARTED = STARTED  # type: ignore[attr-defined]
    spec.loader.exec_module(package)
    return package


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    load()
    what, descriptor = sys.argv[1:3]
    importlib.import_module("_inside." + what).main(int(descriptor))


if __name__ == "__main__":
    main()
