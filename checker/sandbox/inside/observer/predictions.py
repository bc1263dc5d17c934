"""The predictions of models and the labels of rows, which together give the matrices that a run can print."""

from __future__ import annotations

from typing import Any

_MOST_ROWS = 20_000
_MOST_LABELS = 8
"""The largest number of different label vectors of one length: those of a split, of folds, of balanced classes."""
_MOST_LENGTHS = 60
_MOST_PREDICTIONS = 300
_MOST_FITS = 20
"""The largest number of models that are noted for one prediction."""
_MOST_VALUES = 1_500_000
"""The largest number of rows of all kept predictions together."""


class Predictions:
    """Predictions and labels of rows, a byte each: 1 for the second of two classes.

    ``seen``: predictions of the imported library are observed. ``cut``: there were more than are kept.
    """

    def __init__(self) -> None:
        self.seen = False
        self.cut = False
        self._fits: dict[bytes, list[int]] = {}
        self._values = 0
        self._labels: dict[int, dict[bytes, None]] = {}

    def add(self, classes: bytes, fit: int) -> None:
        """Add the prediction *classes* of the model with the number *fit*."""
        if classes in self._fits:
            if fit not in self._fits[classes] and len(self._fits[classes]) < _MOST_FITS:
                self._fits[classes].append(fit)
            return
        if len(self._fits) >= _MOST_PREDICTIONS or self._values + len(classes) > _MOST_VALUES:
            self.cut = True
            return
        self._values += len(classes)
        self._fits[classes] = [fit]

    def label(self, values: Any, *, sure: bool) -> None:
        """Add *values* as possible labels of rows, or as *sure* ones; the latest of each length are kept.

        Values that are not sure may also be a prediction that is passed on.
        """
        classes = two_classes(values)
        if classes is None or (not sure and classes in self._fits):
            return
        if len(classes) not in self._labels and len(self._labels) >= _MOST_LENGTHS:
            return
        kept = self._labels.setdefault(len(classes), {})
        kept.pop(classes, None)
        kept[classes] = None
        if len(kept) > _MOST_LABELS:
            del kept[next(iter(kept))]

    def told(self) -> list[dict[str, Any]]:
        """For each prediction: its rows, those of the second class, and its matrix with all labels of that length."""
        return [
            {
                "rows": len(classes),
                "ones": classes.count(1),
                "fits": fits,
                "matrices": [matrix(labels, classes) for labels in self._labels.get(len(classes), ())],
            }
            for classes, fits in self._fits.items()
        ]


def matrix(labels: bytes, classes: bytes) -> list[int]:
    """The four counts of a confusion matrix, row by row; rows are the labels."""
    both = sum(map(int.__and__, labels, classes))
    true, predicted = labels.count(1), classes.count(1)
    return [len(classes) - true - predicted + both, predicted - both, true - both, both]


def two_classes(values: Any) -> bytes | None:
    """*values* (a series, array, list, or table of one column) as classes; None for values of no or over two classes.

    The larger of two values is the second class, as a classifier sorts them.
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
    if len(kinds) > 2 or any(kind != kind for kind in kinds):  # noqa: PLR0124  a gap differs from itself
        return None
    second = kinds[1] if len(kinds) == 2 else kinds[0] if str(kinds[0]) in ("1", "1.0", "True") else None
    return bytes([value == second for value in listed])
