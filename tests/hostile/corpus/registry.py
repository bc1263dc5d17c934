"""All hostile submissions, by family."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import tests.hostile.corpus as package
from tests.hostile.corpus.model import Hostile

_APART = ("model", "registry", "traps")
FAMILIES: Mapping[str, tuple[Hostile, ...]] = MappingProxyType(
    {
        module.name: import_module(f"tests.hostile.corpus.{module.name}").CORPUS
        for module in pkgutil.iter_modules(package.__path__)
        if module.name not in _APART
    }
)
CORPUS: tuple[Hostile, ...] = tuple(one for family in FAMILIES.values() for one in family)
