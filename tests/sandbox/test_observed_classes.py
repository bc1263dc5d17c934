"""The observer counts rows of the class that counts, whatever stands for it."""

from __future__ import annotations

import numpy as np
import pytest

from checker.sandbox.inside.observer.classes import TargetClasses

TWO = TargetClasses()
SPECIES = TargetClasses(["Adelie", "Chinstrap", "Gentoo"], "Gentoo")
MIDDLE = TargetClasses(["Adelie", "Chinstrap", "Gentoo"], "Chinstrap")
GRADES = TargetClasses(["3", "4", "5"], "4")
ALIVE = TargetClasses(["alive", "dead"], "alive")


@pytest.mark.parametrize(
    ("classes", "values", "counted"),
    [
        (TWO, [0, 1, 1], [0, 1, 1]),
        (TWO, ["no", "yes", "no"], [0, 1, 0]),
        (TWO, [True, True], [1, 1]),
        (TWO, [0, 0], [0, 0]),
        (TWO, [0, 1, 2], None),
        (TWO, [0.0, float("nan")], None),
        (SPECIES, ["Gentoo", "Adelie", "Chinstrap"], [1, 0, 0]),
        (SPECIES, ["Adelie", "Chinstrap"], [0, 0]),
        (SPECIES, ["Gentoo", "Gentoo"], [1, 1]),
        (SPECIES, [0, 1, 2, 2], [0, 0, 1, 1]),
        (SPECIES, [0.0, 2.0], [0, 1]),
        (SPECIES, [1, 2, 3, 3], [0, 0, 1, 1]),
        (SPECIES, ["a", "b", "c"], [0, 0, 1]),
        (SPECIES, [0, 1, 2, 3], None),
        (SPECIES, [False, True, True], [0, 1, 1]),  # the project asks of one class alone
        (MIDDLE, [0, 1, 2, 1], [0, 1, 0, 1]),
        (MIDDLE, [0, 1], [0, 1]),
        (GRADES, [3, 4, 5, 4], [0, 1, 0, 1]),
        (GRADES, [3.0, 5.0], [0, 0]),
        (GRADES, [0, 1, 2], [0, 1, 0]),
        (ALIVE, ["alive", "dead"], [1, 0]),
        (ALIVE, [0, 1, 1], [1, 0, 0]),
    ],
)
def test_values_become_bytes(classes: TargetClasses, values: list[object], counted: list[int] | None) -> None:
    expected = None if counted is None else bytes(counted)
    assert classes.of(values) == expected
    assert classes.of(np.array(values)) == expected
    assert classes.of(np.array(values).reshape(-1, 1)) == expected


@pytest.mark.parametrize("values", [None, "abc", {"a": 1}, np.zeros((3, 2)), [[1], [0]], [1], np.float64(3)])
def test_other_values_are_no_classes(values: object) -> None:
    assert SPECIES.of(values) is None
    assert TWO.of(values) is None


@pytest.mark.parametrize(
    ("classes", "kinds", "scores", "counted"),
    [
        (TWO, [0, 1], [[0.5, 0.5], [0.2, 0.8]], [False, True]),
        (TWO, [0, 1, 2], [[0.1, 0.2, 0.7]], [True]),
        (ALIVE, ["alive", "dead"], [[0.5, 0.5], [0.2, 0.8]], [True, False]),
        (SPECIES, [0, 1, 2], [[0.4, 0.3, 0.3], [0.1, 0.2, 0.7]], [False, True]),
        (MIDDLE, [0, 1, 2], [[0.4, 0.5, 0.1], [0.1, 0.2, 0.7]], [True, False]),
        (MIDDLE, ["Adelie", "Gentoo"], [[0.4, 0.6]], [False]),
        (MIDDLE, [], [[0.1, 0.7, 0.2]], [True]),
    ],
)
def test_the_likelier_class(
    classes: TargetClasses, kinds: list[object], scores: list[object], counted: list[bool]
) -> None:
    assert classes.likelier(np.array(scores), kinds) == counted


def test_scores_and_numbers() -> None:
    assert TWO.higher(np.array([-1, 2]), [0, 1]) == [False, True]
    assert ALIVE.higher(np.array([-1, 2]), ["alive", "dead"]) == [True, False]
    assert TWO.nearer(np.array([0.2, 0.8, 1.7])) == [False, True, True]
    assert SPECIES.nearer(np.array([0.2, 1.2, 1.8, 3.4])) == [False, False, True, True]
    assert MIDDLE.nearer(np.array([0.2, 1.2, 1.8, -3.0])) == [False, True, False, False]
