"""The predictions of models and the labels of rows, which together give the matrices that a run can print."""

from __future__ import annotations

from typing import Any

from .classes import TargetClasses

_MOST_LABELS = 8
"""The largest number of different label vectors of one length: those of a split, of folds, of balanced classes."""
_MOST_LENGTHS = 60
_MOST_PREDICTIONS = 300
_MOST_FITS = 20
"""The largest number of models that are noted for one prediction."""
_MOST_VALUES = 1_500_000
"""The largest number of rows of all kept predictions together."""


class Predictions:
    """Predictions and labels of rows, a byte each: 1 for the class that counts.

    ``seen``: predictions of the imported library are observed. ``cut``: there were more than are kept.
    """

    def __init__(self, classes: TargetClasses) -> None:
        self._classes = classes
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
        classes = self._classes.of(values)
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
        """For each prediction: its rows, those of the class that counts, its matrix with all labels of that length."""
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
