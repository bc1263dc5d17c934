"""A printed matrix is held against what the forests of a run predicted."""

from __future__ import annotations

import pytest

from checker.evidence.results.model_matrix import flatters, given_by_model, is_exact, is_exact_score, knows_labels
from checker.facts.main_script import Matrix, Printed
from checker.facts.observation import Fit, Observation, Prediction, Read

GIVEN = (51, 2, 8, 29)
LOST = (15, 15, 19, 29)
"""The matrix of a forest that learned from labels drawn by lot."""
FOREST = Fit("RandomForestClassifier", 20, 801, (), process=7, ones=305)
READS = (Read("pandas.read_csv", "train.csv", 891, ("Survived",)), Read("pandas.read_csv", "test.csv", 418, ("Age",)))


def printed(*cells, scores=(0.8,)):
    return Printed(scores, tuple(Matrix(((a, b), (c, d)), 1) for a, b, c, d in cells))


def seen(*predictions, fits=(FOREST,)):
    return Observation(fits=fits, reads=READS, predictions=predictions, process=7)


def predicted(*matrices, rows=90, ones=31):
    return Prediction(rows, ones, (0,), matrices)


@pytest.mark.parametrize(
    ("cells", "observation", "answer"),
    [
        (GIVEN, seen(predicted(GIVEN)), True),
        ((51, 8, 2, 29), seen(predicted(GIVEN)), True),  # in the other direction
        ((45, 8, 6, 31), seen(predicted(GIVEN)), True),  # of another threshold, or a vote
        ((0.86, 0.14, 0.2, 0.8), seen(predicted(GIVEN)), True),
        (GIVEN, seen(predicted(LOST)), False),
        (GIVEN, seen(), False),
        (GIVEN, seen(predicted(rows=90, ones=31)), True),  # with labels that nobody saw
        (GIVEN, seen(predicted(rows=45, ones=15), predicted(rows=45, ones=16)), True),  # and by folds
        (GIVEN, seen(predicted(rows=90, ones=80)), False),
        (GIVEN, seen(predicted(rows=418, ones=150)), False),  # for the table that has no labels
        ((0.9, 0.1, 0.1, 0.9), seen(predicted(rows=418, ones=150)), False),
        (GIVEN, Observation(fits=seen().fits, process=7), None),  # not all was seen
        (GIVEN, seen(fits=()), None),
        (GIVEN, seen(fits=(Fit("RandomForestClassifier", 20, 801, (), process=8, ones=305),)), None),
        (GIVEN, seen(fits=(Fit("RandomForestRegressor", 20, 714, (), process=7),)), None),  # it fills in the age
        (GIVEN, None, None),
    ],
)
def test_whether_a_forest_gave_a_matrix(cells, observation, answer):
    assert given_by_model(printed(cells), observation, "Survived") is answer


def test_any_of_several_matrices_will_do():
    assert given_by_model(printed((1, 1, 1, 1), GIVEN), seen(predicted(GIVEN)), "Survived")
    assert given_by_model(printed(), seen(predicted(GIVEN)), "Survived") is None


def test_a_matrix_to_the_count():
    assert is_exact(printed((29, 8, 2, 51)), seen(predicted(GIVEN)))
    assert not is_exact(printed((50, 3, 8, 29)), seen(predicted(GIVEN)))


@pytest.mark.parametrize(("score", "answer"), [(0.889, True), (0.89, True), (0.8933, False), (0.95, False)])
def test_a_score_as_it_was_rounded(score, answer):
    assert is_exact_score(printed(scores=(score,)), seen(predicted(GIVEN))) is answer


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (GIVEN, True),
        (LOST, False),
        ((0, 30, 0, 48), False),
        ((0.88, 0.12, 0.2, 0.8), True),
        ((0.5, 0.5, 0.4, 0.6), False),
        ((50, 50, 25, 75), False),  # percentages in whole numbers, of who knows how many rows
        ((88, 12, 20, 80), True),
    ],
)
def test_whether_a_matrix_knows_more_than_chance(cells, answer):
    assert knows_labels(printed(cells)) is answer


def test_one_matrix_by_chance_is_enough():
    assert not knows_labels(printed(GIVEN, LOST))


@pytest.mark.parametrize(
    ("cells", "scores", "forest", "answer"),
    [
        (GIVEN, (0.89,), LOST, True),
        (LOST, (0.9,), LOST, True),
        (LOST, (0.564,), LOST, False),
        (LOST, (0.9, 0.51), LOST, False),  # one of them is no better than chance
        (GIVEN, (0.889,), GIVEN, False),  # the forest knew the answers
    ],
)
def test_what_flatters_where_labels_are_drawn_by_lot(cells, scores, forest, answer):
    observation = seen(predicted(forest, rows=sum(forest), ones=forest[1] + forest[3]))
    assert flatters(printed(cells, scores=scores), observation, "Survived") is answer
    assert not flatters(printed(cells, scores=scores), None, "Survived")
