"""Follows columns by name and content: was a column read so, or made, and where first?

A column's content is known by its set of values, so that it is recognised in any order, and in a part of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LOADED = -1
"""The column was read from data as it is."""
OUTSIDE = -2
"""The column was made by code that is in no project function."""

_MOST_ROWS = 50_000
_MOST_NAMES = 600
_MOST_VERSIONS = 60
_MOST_VALUES = 2_000_000
"""Values of all remembered columns together: beyond it only row counts are kept."""


class Profile:
    """What is remembered of a column: how many rows and gaps, and the set of its values (None: too large)."""

    __slots__ = ("missing", "rows", "values")

    def __init__(self, rows: int, missing: int, values: frozenset[Any] | None) -> None:
        self.rows = rows
        self.missing = missing
        self.values = values

    def is_part_of(self, other: Profile) -> bool:
        """Whether this is *other*, or some of its rows."""
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


class Columns:
    """All versions of all columns that were seen, each with where it came from.

    An origin is the number of a project function, LOADED or OUTSIDE.
    """

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[Profile, int]]] = {}
        self._kept = 0
        self.first_change: dict[str, int] = {}
        """For each name: where it was first made, or first changed after it was read."""

    def see(self, name: str, seen: Profile, origin: int) -> int:
        """Remember a column. Gives the origin of the version that it is: an older one, or *origin*."""
        known = self.known(name, seen)
        if known is not None:
            return known
        versions = self._versions.setdefault(name, [])
        if len(self._versions) <= _MOST_NAMES and len(versions) < _MOST_VERSIONS:
            self._kept += len(seen.values or ())
            kept = seen if self._kept <= _MOST_VALUES else Profile(seen.rows, seen.missing, None)
            versions.append((kept, origin))
        if origin != LOADED:
            self.first_change.setdefault(name, origin)
        return origin

    def known(self, name: str, seen: Profile) -> int | None:
        """The origin of the version that this is, where it is known."""
        versions = self._versions.get(name, [])
        for profile_, origin in reversed(versions):
            if seen.is_part_of(profile_):
                return origin
        if len(versions) > 1 and seen.values is not None and all(seen.rows > each.rows for each, _ in versions):
            return self._stacked(versions, seen)
        return None

    @staticmethod
    def _stacked(versions: Sequence[tuple[Profile, int]], seen: Profile) -> int | None:
        """The origin of a column whose rows are those of several known ones, one below the other."""
        for origin in dict.fromkeys(origin for _, origin in reversed(versions)):
            parts = [each for each, other in versions if other == origin]
            if any(each.values is None for each in parts):
                return origin
            values: frozenset[Any] = frozenset().union(*(each.values or () for each in parts))
            gaps = sum(each.missing for each in parts)
            if seen.values is not None and seen.values <= values and (seen.missing > 0) == (gaps > 0):
                return origin
        return None

    def loaded(self, name: str, seen: Profile) -> bool:
        """Whether the column is as it was read."""
        return self.known(name, seen) == LOADED

    def has(self, name: str) -> bool:
        return name in self._versions
