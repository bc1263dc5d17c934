"""The classes of the target: whether a row is of the one that counts, a byte each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

_MOST_ROWS = 20_000

Counted = Optional[tuple[Any]]
"""The value that counts, alone in a tuple; None where it is not known."""


class TargetClasses:
    """The classes that a course names, in the order in which a classifier sorts them, and the positive one among them.

    Without *labels* there are two, of which the second one counts.
    """

    def __init__(self, labels: Sequence[str] = (), positive: str = "") -> None:
        self._labels = list(labels)
        self._positive = positive
        self._place = self._labels.index(positive) if positive in self._labels else 1

    def of(self, values: Any) -> bytes | None:
        """*values* (a series, array, list, or table of one column) as bytes, 1 for the class that counts.

        None for values that are no classes, or of more classes than there are.
        """
        shape = getattr(values, "shape", None)
        if shape is None and not isinstance(values, list):
            return None
        if shape is not None and len(shape) == 2 and shape[1] == 1:
            values = getattr(values, "values", values).ravel()
        elif shape is not None and len(shape) != 1:
            return None
        if not 1 < len(values) <= _MOST_ROWS:
            return None
        listed = values.tolist() if hasattr(values, "tolist") else values
        try:
            kinds = sorted(set(listed))
        except TypeError:
            return None
        counted = self.counted(kinds)
        return None if counted is None else bytes([value == counted[0] for value in listed])

    def counted(self, kinds: Sequence[Any]) -> Counted:
        """The value that counts among the sorted different values *kinds*; one that is not there may be given.

        Values are the labels of the course, or numbers in their order.
        """
        size = max(len(self._labels), 2)
        if len(kinds) > size or any(kind != kind for kind in kinds):  # noqa: PLR0124  a gap differs from itself
            return None
        if self._labels:
            named = {_written(kind): kind for kind in kinds}
            if named.keys() <= set(self._labels):
                return (named.get(self._positive),)
            if len(kinds) == size:
                return (kinds[self._place],)
            if _are_places(kinds, size) and (len(kinds) > 2 or self._place in kinds):
                return (self._place,)
            if len(kinds) > 2:
                return None
        if len(kinds) == 2:
            return (kinds[1],)
        return (kinds[0] if str(kinds[0]) in ("1", "1.0", "True") else None,)

    def likelier(self, scores: Any, kinds: Sequence[Any] = ()) -> list[bool]:
        """For each row of *scores*, one for each class, whether the class that counts has the highest one.

        *kinds* are the classes in the order of the columns, where they are known.
        """
        rows = scores.tolist()
        if not self._labels:
            return [row[-1] > 0.5 for row in rows]
        place = self._place_in(kinds)
        return [row.index(max(row)) == place for row in rows]

    def higher(self, scores: Any, kinds: Sequence[Any] = ()) -> list[bool]:
        """The same for scores that are positive for the second of two classes."""
        is_second = not self._labels or self._place_in(kinds) == 1
        return [(score > 0) is is_second for score in scores.tolist()]

    def nearer(self, values: Any) -> list[bool]:
        """For each number, whether it is nearer to the place of the class that counts than to that of another one."""
        if not self._labels:
            return [value > 0.5 for value in values.tolist()]
        last = len(self._labels) - 1
        return [min(max(round(value), 0), last) == self._place for value in values.tolist()]

    def _place_in(self, kinds: Sequence[Any]) -> int:
        """The place of the class that counts among *kinds*; -1 where it is not there."""
        counted = self.counted(kinds) if kinds else None
        if counted is None:
            return self._place
        return list(kinds).index(counted[0]) if counted[0] in kinds else -1


def _written(kind: Any) -> str:
    """A value as a course writes it."""
    return str(int(kind)) if isinstance(kind, float) and kind.is_integer() else str(kind)


def _are_places(kinds: Sequence[Any], size: int) -> bool:
    return all(isinstance(kind, (int, float)) and kind in range(size) for kind in kinds)
