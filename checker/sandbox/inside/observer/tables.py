"""Finds the tables in what functions get and give, whatever library made them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from .columns import Profile, profile

_MOST_COLUMNS = 150
_MOST_TABLES = 12
_MOST_ITEMS = 40


class Found:
    """One table: itself, where it was found, its kind, and whether it is a pandas DataFrame."""

    __slots__ = ("columns", "frame", "holder", "kind", "rows", "value", "width")

    def __init__(self, value: Any, holder: str, kind: str, shape: tuple[int, int], columns: list[str] | None) -> None:
        self.value = value
        self.holder = holder
        self.kind = kind
        self.frame = kind == "pandas.DataFrame"
        self.rows, self.width = shape
        self.columns = columns
        """Names, where the table has names of its own."""


def frame_class() -> Any:
    """``pandas.DataFrame``, once pandas is imported."""
    return getattr(sys.modules.get("pandas"), "DataFrame", None)


def table(value: Any, holder: str) -> Found | None:
    """*value* as a table, if it is one."""
    module = type(value).__module__
    package = module.partition(".")[0]
    frames = frame_class()
    if frames is not None and isinstance(value, frames):
        names = [str(name) for name in value.columns[:_MOST_COLUMNS]]
        named = None if all(isinstance(name, int) for name in value.columns[:_MOST_COLUMNS]) else names
        return Found(value, holder, "pandas.DataFrame", value.shape, named)
    if package == "polars" and type(value).__name__ == "DataFrame":
        return Found(value, holder, "polars.DataFrame", value.shape, list(value.columns))
    if package == "pyarrow" and type(value).__name__ == "Table":
        return Found(value, holder, "pyarrow.Table", value.shape, [str(name) for name in value.column_names])
    if package in ("numpy", "scipy") and getattr(value, "ndim", 0) == 2:
        return Found(value, holder, package + "." + type(value).__name__, value.shape, None)
    return None


def tables_in(value: Any, holder: str, depth: int = 2) -> list[Found]:
    """The tables in *value*: itself, or within tuples, lists, dictionaries and objects of the project."""
    found: list[Found] = []
    for each in _walk(value, holder, depth):
        found.append(each)
        if len(found) >= _MOST_TABLES:
            break
    return found


def _walk(value: Any, holder: str, depth: int) -> Iterator[Found]:
    if value is None or isinstance(value, (str, int, float, bytes, bool)):
        return
    here = table(value, holder)
    if here is not None:
        yield here
    elif depth and isinstance(value, dict):
        for key in list(value)[:_MOST_ITEMS]:
            yield from _walk(value[key], holder + "[" + repr(key)[:60] + "]", depth - 1)
    elif depth and isinstance(value, (tuple, list)):
        for number, item in enumerate(value[:_MOST_ITEMS]):
            yield from _walk(item, holder + "[" + str(number) + "]", depth - 1)
    elif depth and isinstance(getattr(value, "__dict__", None), dict) and not _is_of_library(value):
        for key, item in list(vars(value).items())[:_MOST_ITEMS]:
            yield from _walk(item, holder + "." + str(key)[:60], depth - 1)


def _is_of_library(value: Any) -> bool:
    """Whether the class of *value* is no class of the project."""
    if isinstance(value, (type, type(sys))) or callable(value):
        return True
    module = sys.modules.get(type(value).__module__)
    path = getattr(module, "__file__", None) or ""
    return type(value).__module__ != "__main__" and ("site-packages" in path or not path)


def profiles(found: Found, names: list[str]) -> Iterator[tuple[str, Profile]]:
    """Each column of *found* with what is remembered of it; *names* stand in where it has none of its own."""
    value = found.value
    if found.frame:
        # Not one by one by their numbers, which takes as long as looking into them.
        for name, (_, column) in zip(names[:_MOST_COLUMNS], value.items()):  # noqa: B905 - Python 3.9
            yield name, profile(column)
    elif found.kind == "polars.DataFrame":
        for name in names[:_MOST_COLUMNS]:
            yield name, profile(value[name])
    elif found.kind == "pyarrow.Table":
        for number, name in enumerate(names[:_MOST_COLUMNS]):
            yield name, profile(value.column(number).to_pandas())
    elif hasattr(value, "tolist"):
        for number in range(min(found.width, _MOST_COLUMNS, len(names))):
            yield names[number], profile(value[:, number])
