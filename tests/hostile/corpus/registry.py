"""All hostile submissions, by family."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import tests.hostile.corpus as package
from tests.hostile.corpus.model import Hostile

_APART = ("model", "registry", "traps")
_MODULES = [
    import_module(f"tests.hostile.corpus.{module.name}")
    for module in pkgutil.iter_modules(package.__path__)
    if module.name not in _APART
]
CORPUS: tuple[Hostile, ...] = tuple(one for module in _MODULES for one in module.CORPUS)
