"""Imports libraries before they are needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable


def preload(modules: Iterable[str]) -> list[str]:
    """Import *modules*; gives the names of those that cannot be imported."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            missing.append(name)
    return missing
