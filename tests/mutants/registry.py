"""All mutants and variants, by family."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import tests.mutants as package
from tests.mutants.model import Mutant, Variant

_MODULES = [
    import_module(f"tests.mutants.{module.name}")
    for module in pkgutil.iter_modules(package.__path__)
    if not module.name.startswith("test_") and module.name not in ("model", "registry")
]
MUTANTS: tuple[Mutant, ...] = tuple(mutant for module in _MODULES for mutant in module.MUTANTS)
VARIANTS: tuple[Variant, ...] = tuple(variant for module in _MODULES for variant in module.VARIANTS)
