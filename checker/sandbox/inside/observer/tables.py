"""Finds tables of any library among the arguments and results of functions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from .columns import Profile, profile

_MOST_COLUMNS = 150
_MOST_TABLES = 12
_MOST_ITEMS = 40


class FoundTable(NamedTuple):
    """A table: its value, the name of its holder, its kind, its size, and its column names, None where it has none."""

    value: Any
    holder: str
    kind: str
    rows: int
    width: int
    columns: list[str] | None

    @property
    def frame(self) -> bool:
        """Whether it is a pandas DataFrame."""
        return self.kind == "pandas.DataFrame"


def table(value: Any, holder: str) -> FoundTable | None:
    """*value* as a table; None where it is none."""
    package = type(value).__module__.partition(".")[0]
    frames = getattr(sys.modules.get("pandas"), "DataFrame", None)
    columns: list[str] | None
    if frames is not None and isinstance(value, frames):
        names = list(value.columns[:_MOST_COLUMNS])
        kind, columns = "pandas.DataFrame", [str(name) for name in names]
        if all(isinstance(name, int) for name in names):
            columns = None
    elif package == "polars" and type(value).__name__ == "DataFrame":
        kind, columns = "polars.DataFrame", list(value.columns)
    elif package == "pyarrow" and type(value).__name__ == "Table":
        kind, columns = "pyarrow.Table", [str(name) for name in value.column_names]
    elif package in ("numpy", "scipy") and getattr(value, "ndim", 0) == 2:
        kind, columns = package + "." + type(value).__name__, None
    else:
        return None
    rows, width = value.shape
    return FoundTable(value, holder, kind, rows, width, columns)


def tables_in(value: Any, holder: str, depth: int = 2) -> list[FoundTable]:
    """The tables in *value*: itself, or those within tuples, lists, dictionaries and the project's objects."""
    return list(islice(_walk(value, holder, depth), _MOST_TABLES))


def _walk(value: Any, holder: str, depth: int) -> Iterator[FoundTable]:
    if value is None or isinstance(value, (str, int, float, bytes, bool)):
        return
    own_table = table(value, holder)
    if own_table is not None:
        yield own_table
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
    """Whether the class of *value* is not the project's."""
    if isinstance(value, (type, type(sys))) or callable(value):
        return True
    module = sys.modules.get(type(value).__module__)
    path = getattr(module, "__file__", None) or ""
    return type(value).__module__ != "__main__" and ("site-packages" in path or not path)


def profiles(found: FoundTable, names: list[str]) -> Iterator[tuple[str, Profile]]:
    """Each column of *found* with its profile; *names* are used where the table has no names."""
    value = found.value
    if found.frame:
        # Not by number, one by one, which takes as long as examining them.
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
