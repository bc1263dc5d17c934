"""Matrices of more than two classes are read in any layout, and folded to the positive class against the others."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.evidence.results.printed_results import read_printed
from checker.evidence.results.result_shift import matrix_measures
from checker.facts.target_classes import TWO_CLASSES, TargetClasses

SPECIES = TargetClasses(("Adelie", "Chinstrap", "Gentoo"), "Chinstrap")
ROWS = ((14, 1, 2), (3, 7, 4), (5, 6, 12))
FOLDED = ((14 + 2 + 5 + 12, 1 + 6), (3 + 4, 7))


def _crosstab(rows, names, **how):
    pairs = [
        (names[true], names[guessed])
        for true, row in enumerate(rows)
        for guessed, count in enumerate(row)
        for _ in range(count)
    ]
    true, guessed = zip(*pairs, strict=True)
    return str(pd.crosstab(np.array(true), np.array(guessed), **how))


def _frame(rows, names):
    return pd.DataFrame(rows, index=names, columns=names).to_string()


def _lines(rows, names, between=" ", frame=""):
    written = (between.join([name, *map(str, row)]) for name, row in zip(names, rows, strict=True))
    return "\n".join(f"{frame}{line}{frame}" for line in written)


NAMES = SPECIES.labels
LAYOUTS = {
    "numpy": lambda rows: str(np.array(rows)),
    "numpy after words": lambda rows: "Matrice de confusion :\n" + str(np.array(rows)),
    "numpy floats": lambda rows: str(np.array(rows, dtype=float)),
    "repr": lambda rows: repr(np.array(rows)),
    "list": lambda rows: f"matrix: {[list(row) for row in rows]}",
    "json": lambda rows: json.dumps([list(row) for row in rows], separators=(",", ":")),
    "list of numpy numbers": lambda rows: str([[np.int64(cell) for cell in row] for row in rows]),
    "tuples": lambda rows: str(tuple(map(tuple, rows))),
    "pandas": lambda rows: pd.DataFrame(rows).to_string(),
    "pandas with names": lambda rows: _frame(rows, NAMES),
    "pandas with words": lambda rows: pd.DataFrame(
        rows, index=[f"Actual {n}" for n in "abc"], columns=[f"Predicted {n}" for n in "abc"]
    ).to_string(),
    "crosstab": lambda rows: _crosstab(rows, NAMES),
    "crosstab of numbers": lambda rows: _crosstab(rows, (0, 1, 2)),
    "crosstab with margins": lambda rows: _crosstab(
        rows, (0, 1, 2), margins=True, rownames=["Réel"], colnames=["Prédit"]
    ),
    "crosstab with names and margins": lambda rows: _crosstab(rows, NAMES, margins=True, rownames=["species"]),
    "bare lines": lambda rows: "\n".join("\t".join(map(str, row)) for row in rows),
    "names by hand": lambda rows: _lines(rows, NAMES, "   "),
    "markdown": lambda rows: "| | Adelie | Chinstrap | Gentoo |\n|---|---|---|---|\n" + _lines(rows, NAMES, " | ", "|"),
    "frame": lambda rows: "┌────┐\n" + _lines(rows, NAMES, " │ ", "│") + "\n└────┘",
    "header of numbers": lambda rows: "confusion\n0 1 2\n" + "\n".join(" ".join(map(str, row)) for row in rows),
}
COUNTS = st.integers(1, 30)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_a_matrix_of_three_classes_is_read_and_folded(layout):
    printed = read_printed("0.8156 of the birds\n" + LAYOUTS[layout](ROWS) + "\nend\n", SPECIES)
    (matrix,) = printed.matrices
    assert (matrix.as_printed, matrix.cells) == (ROWS, FOLDED)
    assert 0.8156 in printed.scores
    assert all(score == 0.8156 for score in printed.scores)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@given(rows=st.tuples(*[st.tuples(COUNTS, COUNTS, COUNTS)] * 3))
def test_any_counts_are_read(layout, rows):
    assert rows in [matrix.as_printed for matrix in read_printed(LAYOUTS[layout](rows), SPECIES).matrices]


def test_names_beside_the_rows_tell_the_place_of_the_positive_class():
    order = ("Gentoo", "Adelie", "Chinstrap")
    (matrix,) = read_printed(_frame(ROWS, order), SPECIES).matrices
    assert matrix.cells == ((14 + 1 + 3 + 7, 2 + 4), (5 + 6, 12))
    (matrix,) = read_printed(str(np.array(ROWS)), SPECIES).matrices
    assert matrix.cells == FOLDED


@pytest.mark.parametrize(
    ("classes", "cells"),
    [
        (TargetClasses(NAMES, "Adelie"), ((7 + 4 + 6 + 12, 3 + 5), (1 + 2, 14))),
        (TargetClasses(NAMES, "Gentoo"), ((14 + 1 + 3 + 7, 2 + 4), (5 + 6, 12))),
    ],
)
def test_it_is_folded_by_the_place_of_the_positive_class(classes, cells):
    assert read_printed(str(np.array(ROWS)), classes).matrices[0].cells == cells


@pytest.mark.parametrize("axis", [0, 1, None])
def test_shares_stay_shares(axis):
    rows = np.array(ROWS)
    shares = rows / rows.sum(axis=axis, keepdims=axis is not None)
    (matrix,) = read_printed(str(shares.round(3)), SPECIES).matrices
    assert matrix.is_shares
    assert matrix.total == pytest.approx(1 if axis is None else 2, abs=0.02)
    (a, b), (c, d) = matrix.cells
    assert min(a, b, c, d) > 0


def test_the_accuracy_is_that_of_all_classes():
    (matrix,) = read_printed(str(np.array(ROWS)), SPECIES).matrices
    assert matrix.accuracy == pytest.approx(33 / 54)
    assert 33 / 54 in [pytest.approx(measure) for measure in matrix_measures(matrix)]
    (two,) = read_printed("[[87 13]\n [21 58]]").matrices
    assert two.accuracy == pytest.approx(145 / 179)


@pytest.mark.parametrize(
    "output",
    [
        "[1 2 3]\n[4 5 6]\n[7 8 9]",  # no brackets around them
        "[[1 2 3]\n [4 5 6]]",
        "[[1 2 3] and [4 5 6] and [7 8 9]]",
        "[[1 2 3 4]\n [5 6 7 8]\n [9 1 2 3]]",
        "   a  b  c\nx  1  2  3\ny  4  5  6\nz  7  8  9",  # a table of something else
        "Island\nDream    1 2 3\nBiscoe   4 5 6\nTorgersen 7 8 9",
        "0  1  2\n1  4  5\n2  7  8",  # a head and two rows
        "[[-1 2 3]\n [4 5 6]\n [7 8 9]]",
        "precision recall f1-score support\nAdelie 0.9 0.8 0.85 30\nChinstrap 0.7 0.9 0.79 14\nGentoo 1.0 1.0 1.0 24",
    ],
)
def test_other_tables_are_no_matrix_of_three_classes(output):
    assert [matrix for matrix in read_printed(output, SPECIES).matrices if matrix.rows] == []


def test_a_matrix_of_two_classes_counts_where_there_is_none_of_all():
    (matrix,) = read_printed("[[30 2]\n [3 12]]", SPECIES).matrices
    assert (matrix.cells, matrix.rows) == (((30, 2), (3, 12)), ())


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_two_classes_are_read_as_before(layout):
    assert [matrix.rows for matrix in read_printed(LAYOUTS[layout](ROWS), TWO_CLASSES).matrices if matrix.rows] == []


def test_four_classes():
    rows = [[5, 1, 0, 2], [0, 9, 3, 1], [2, 2, 8, 0], [1, 0, 4, 7]]
    grades = TargetClasses(("3", "4", "5", "6"), "6")
    for output in (str(np.array(rows)), pd.DataFrame(rows, index=[3, 4, 5, 6], columns=[3, 4, 5, 6]).to_string()):
        (matrix,) = read_printed(output, grades).matrices
        assert matrix.cells == ((30, 3), (5, 7))


@given(st.text(alphabet="[](), \n0123456789.AdelieChinstrapGentoo|"))
def test_no_text_breaks_the_reading(output):
    read_printed(output, SPECIES)
