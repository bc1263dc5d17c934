"""The modules of a package, in which the registries find their entries."""

from __future__ import annotations

import functools
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType


@functools.cache
def modules_in(package: str) -> tuple[ModuleType, ...]:
    """The modules in *package* and in the packages below it, sorted by name.

    Each of them is imported. A folder without ``__init__.py`` is no package, and its files are not imported.
    Raises ImportError where *package* or a module of it cannot be imported.
    """
    found = walk_packages(import_module(package).__path__, f"{package}.", onerror=import_module)
    return tuple(import_module(name) for name in sorted(module.name for module in found))
