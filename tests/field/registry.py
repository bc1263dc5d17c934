"""All situations, by the module that holds them."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import tests.field as package
from tests.field.model import Situation

_NAMES = [module.name for module in pkgutil.iter_modules(package.__path__)]
SITUATIONS: dict[str, tuple[Situation, ...]] = {
    name: import_module(f"tests.field.{name}").SITUATIONS
    for name in _NAMES
    if not name.startswith("test_") and name not in ("model", "registry")
}
