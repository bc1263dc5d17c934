"""Scores and matrices are found in whatever layout a student prints them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.evidence.results.printed_results import read_printed


def _numpy(a, b, c, d):
    return str(np.array([[a, b], [c, d]]))


def _headed(a, b, c, d):
    return "Confusion matrix\n" + pd.DataFrame([[a, b], [c, d]]).to_string()


def _crosstab(a, b, c, d, **how):
    true = [0] * (a + b) + [1] * (c + d)
    guessed = [0] * a + [1] * b + [0] * c + [1] * d
    usual = {"rownames": ["Réel"], "colnames": ["Prédit"], "margins": True}
    return str(pd.crosstab(np.array(true), np.array(guessed), **usual | how))


LAYOUTS = {
    "numpy": _numpy,
    "numpy after words": lambda *n: "Matrice de confusion :\n" + _numpy(*n),
    "numpy floats": lambda *n: str(np.array(n, dtype=float).reshape(2, 2)),
    "repr": lambda *n: repr(np.array(n).reshape(2, 2)),
    "list": lambda a, b, c, d: f"matrix: {[[a, b], [c, d]]}",
    "json": lambda a, b, c, d: json.dumps([[a, b], [c, d]], separators=(",", ":")),
    "list of numpy numbers": lambda a, b, c, d: str([[np.int64(a), np.int64(b)], [np.int64(c), np.int64(d)]]),
    "tuples": lambda a, b, c, d: str(((a, b), (c, d))),
    "pandas": lambda a, b, c, d: pd.DataFrame([[a, b], [c, d]]).to_string(),
    "pandas with words": lambda a, b, c, d: pd.DataFrame(
        [[a, b], [c, d]], index=["Actual 0", "Actual 1"], columns=["Predicted 0", "Predicted 1"]
    ).to_string(),
    "pandas in French": lambda a, b, c, d: pd.DataFrame(
        [[a, b], [c, d]], index=["Mort", "Survie"], columns=["Mort prédit", "Survie prédite"]
    ).to_string(),
    "crosstab": _crosstab,
    "crosstab without names": lambda *n: _crosstab(*n, rownames=None, colnames=None, margins=False),
    "crosstab with the name of the target": lambda *n: _crosstab(
        *n, rownames=["Survived"], colnames=["col_0"], margins=False
    ),
    "the same names on both sides": lambda a, b, c, d: pd.DataFrame(
        [[a, b], [c, d]], index=["mort", "vivant"], columns=["mort", "vivant"]
    ).to_string(),
    "under a title": _headed,
    "markdown": lambda a, b, c, d: (
        f"|          | prédit 0 | prédit 1 |\n|----------|---|---|\n| réel 0 | {a} | {b} |\n| réel 1 | {c} | {d} |"
    ),
    "two lines": lambda a, b, c, d: f"{a}\t{b}\n{c}\t{d}",
    "labels": lambda a, b, c, d: f"TN={a} FP={b} FN={c} TP={d}",
    "labels in French": lambda a, b, c, d: f"VN : {a}, FP : {b}, FN : {c}, VP : {d}",
    "words": lambda a, b, c, d: f"True negatives: {a}\nFalse positives: {b}\nFalse negatives: {c}\nTrue positives: {d}",
    "French words": lambda a, b, c, d: (
        f"Vrais négatifs : {a}\nFaux positifs : {b}\nFaux négatifs : {c}\nVrais positifs : {d}"
    ),
    "numbers first": lambda a, b, c, d: f"{d} vrais positifs, {b} faux positifs, {c} faux négatifs, {a} vrais négatifs",
    "dictionary": lambda a, b, c, d: json.dumps({"tn": a, "fp": b, "fn": c, "tp": d}),
    "words and letters": lambda a, b, c, d: (
        f"True positive (TP): {d}\nFalse positive (FP): {b}\nFalse negative (FN): {c}\nTrue negative (TN): {a}"
    ),
    "ravel": lambda *n: "confusion: " + str(np.array(n)),
}

COUNTS = st.integers(2, 4000)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@given(numbers=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS))
def test_a_matrix_is_read_from_any_layout(layout, numbers):
    a, b, c, d = (min(number, 40) for number in numbers) if layout.startswith("crosstab") else numbers
    printed = read_printed("0.8156 des passagers\n" + LAYOUTS[layout](a, b, c, d) + "\nfin\n")

    assert ((a, b), (c, d)) in [matrix.cells for matrix in printed.matrices]


@pytest.mark.parametrize(
    ("line", "score"),
    [
        ("0.8156424581005587", 0.8156424581005587),
        ("Score: 0.81", 0.81),
        ("accuracy = 81.5%", 0.815),
        ("Exactitude : 81,5 %", 0.815),
        ("Taux de bonnes réponses : 82 %", 0.82),
        ("82 % de bonnes réponses sur l'échantillon", 0.82),
        ("performance de la forêt 0,815", 0.815),
        ("accuracy score: 81.56", 0.8156),
        ("    accuracy                           0.81       179", 0.81),
        ("\x1b[1mScore\x1b[0m 0.79", 0.79),
        ("Score: np.float64(0.79)", 0.79),
    ],
)
def test_a_performance_is_read_in_any_wording(line, score):
    assert score in [pytest.approx(value) for value in read_printed(line).scores]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "done",
        "   PassengerId  Survived  Pclass\n0            1         0       3\n1            2         1       1",
        "Survived\n0    549\n1    342\nName: count, dtype: int64",
        "Pclass\n3    491\n1    216\n2    184",
        "(891, 12) (418, 11)",
        "(891, 12)\n(418, 11)",
        "mean age 29.69\nmedian 28.0",
    ],
)
def test_other_tables_are_no_matrix(output):
    assert read_printed(output).matrices == ()


def test_a_matrix_of_shares_counts():
    assert read_printed("[[0.87 0.13]\n [0.26 0.74]]").matrices[0].cells == ((0.87, 0.13), (0.26, 0.74))


def test_a_report_by_class_is_no_matrix():
    report = "0       0.81      0.87      0.84       100\n1       0.82      0.73      0.77        79\n"

    assert read_printed("precision recall f1-score support\n" + report).matrices == ()


def test_a_matrix_is_no_score():
    assert read_printed("[[87 13]\n [21 58]]").scores == ()


def test_endless_lines_are_read_in_no_time():
    read_printed("TN=1 " * 200_000)
    read_printed("[[1 2] [" * 100_000)


@given(st.text())
def test_no_text_breaks_the_reading(output):
    read_printed(output)
