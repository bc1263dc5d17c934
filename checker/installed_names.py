"""Dotted names of modules and classes, looked up in the files of installed libraries; nothing is imported."""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

_NAME = re.compile(r"\b[A-Za-z_]\w*+")
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A part of a dotted name that its library lacks, and the closest name that the library has there."""

    name: str
    closest: str | None


@functools.cache
def unknown_name(dotted: str) -> UnknownName | None:
    """The first part of *dotted* that its library lacks.

    None where all parts are there, and where the library is not installed here or cannot be read.
    """
    package, *parts = dotted.split(".")
    folder = _folder(package)
    for number, part in enumerate(parts):
        if folder is None or (folder / part).is_dir():
            folder = None if folder is None else folder / part
            continue
        files = sorted(folder.glob(f"{part}.*"))
        if files:  # a module: the next part is one of its names
            return _missing(parts[number + 1 : number + 2], _names(folder / f"{part}.py"))
        modules = {path.name.partition(".")[0] for path in folder.iterdir()}
        names = _names(folder / "__init__.py")
        return _missing([part], None if names is None else {*names, *modules} if number == len(parts) - 1 else modules)
    return None


def _folder(package: str) -> Path | None:
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    places = list(found.submodule_search_locations or ()) if found is not None else []
    return Path(places[0]) if places and Path(places[0]).is_dir() else None


def _names(module: Path) -> set[str] | None:
    """All names in the source of a module; None where the module has no source to read."""
    try:
        if module.stat().st_size > _LARGEST:
            return None
        return set(_NAME.findall(module.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return None


def _missing(parts: list[str], names: Iterable[str] | None) -> UnknownName | None:
    if not parts or names is None or parts[0] in names:
        return None
    close = get_close_matches(parts[0], sorted(names), n=1, cutoff=0.6)
    return UnknownName(parts[0], close[0] if close else None)
