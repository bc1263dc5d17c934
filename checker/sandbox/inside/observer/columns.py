"""The history of columns by name and content: whether a column was read or made, and where first.

A column is identified by its set of values, so that it is recognised in any order, and in a part of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

LOADED = -1
"""The column was read from data as it is."""
OUTSIDE = -2
"""The column was made by code outside of all project functions."""

_MOST_ROWS = 50_000
_MOST_NAMES = 600
_MOST_VERSIONS = 60
_MOST_VALUES = 2_000_000
"""Values of all remembered columns together; beyond this number only row counts are kept."""


class Profile(NamedTuple):
    """The profile of a column: the numbers of rows and gaps, and the set of its values (None: too large)."""

    rows: int
    missing: int
    values: frozenset[Any] | None

    def is_part_of(self, other: Profile) -> bool:
        """Whether this profile is *other*, or has some of its rows."""
        if self.values is None or other.values is None:
            return self.rows <= other.rows
        if self.rows == other.rows:
            return self.missing == other.missing and self.values == other.values
        return self.rows < other.rows and self.missing <= other.missing and self.values <= other.values


def profile(values: Any) -> Profile:
    """The profile of *values*: anything with ``tolist`` or ``to_list``, one dimension."""
    rows = len(values)
    if rows > _MOST_ROWS:
        return Profile(rows, 0, None)
    listed = values.tolist() if hasattr(values, "tolist") else values.to_list()
    kind: Any = getattr(values, "dtype", None)
    if getattr(kind, "isbuiltin", 0) == 1 and kind.kind in "iub":  # numpy's own whole numbers: there is no gap
        return Profile(rows, 0, frozenset(listed))
    try:
        kept = [value for value in listed if value == value and value is not None]  # noqa: PLR0124  a gap differs from itself
    except (TypeError, ValueError):  # pandas.NA has no truth value
        kept = [value for value in listed if _is_there(value)]
    try:
        content = frozenset(kept)
    except TypeError:
        content = frozenset(repr(value)[:200] for value in kept)
    return Profile(rows, rows - len(kept), content)


def _is_there(value: Any) -> bool:
    try:
        return value is not None and bool(value == value)  # noqa: PLR0124
    except (TypeError, ValueError):
        return False


class ColumnHistory:
    """All versions of all observed columns, each with its origin.

    An origin is the number of a project function, LOADED or OUTSIDE.
    """

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[Profile, int]]] = {}
        self._kept = 0
        self.first_change: dict[str, int] = {}
        """By name: the origin where the column was first made, or first changed after it was read."""

    def see(self, name: str, column: Profile, origin: int) -> int:
        """Remember a column. Gives the origin of its version: that of a known one, else *origin*."""
        earlier = self.known(name, column)
        if earlier is not None:
            return earlier
        versions = self._versions.setdefault(name, [])
        if len(self._versions) <= _MOST_NAMES and len(versions) < _MOST_VERSIONS:
            self._kept += len(column.values or ())
            versions.append((column if self._kept <= _MOST_VALUES else column._replace(values=None), origin))
        if origin != LOADED:
            self.first_change.setdefault(name, origin)
        return origin

    def known(self, name: str, column: Profile) -> int | None:
        """The origin of the version with this profile; None where it is unknown."""
        versions = self._versions.get(name, [])
        for profile_, origin in versions[::-1]:
            if column.is_part_of(profile_):
                return origin
        if len(versions) > 1 and all(column.rows > version.rows for version, _ in versions):
            return self._stacked(versions, column)
        return None

    @staticmethod
    def _stacked(versions: Sequence[tuple[Profile, int]], column: Profile) -> int | None:
        """The origin of a column that consists of the rows of several known ones; None where it does not."""
        if column.values is None:
            return None
        for origin in dict.fromkeys(origin for _, origin in versions[::-1]):
            parts = [part for part, part_origin in versions if part_origin == origin]
            if any(part.values is None for part in parts):
                return origin
            values: frozenset[Any] = frozenset().union(*(part.values or () for part in parts))
            gaps = sum(part.missing for part in parts)
            if column.values <= values and (column.missing > 0) == (gaps > 0):
                return origin
        return None

    def has(self, name: str) -> bool:
        return name in self._versions
