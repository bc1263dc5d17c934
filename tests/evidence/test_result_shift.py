"""A result that follows the data passes in every form, and one that does not is found out."""

from __future__ import annotations

import random

import pytest

from checker.evidence.datasets.on_disk import Labels
from checker.evidence.results.result_shift import fits_follow, matrix_follows, score_follows
from checker.facts.main_script import Matrix, Printed
from checker.facts.observation import Fit, Observation

WAS, NOW = Labels(891, 342), Labels(715, 417)


def matrix(a, b, c, d):
    return Matrix(((a, b), (c, d)), 1)


def printed(*matrices, scores=(0.8,)):
    return Printed(scores, matrices)


def drawn(labels, rows, chance):
    """The matrix of a forest that is right in four of five cases, on *rows* people."""
    cells = {(true, guess): 0 for true in (0, 1) for guess in (0, 1)}
    for _ in range(rows):
        true = int(chance.random() < labels.share)
        cells[true, true if chance.random() < 0.8 else 1 - true] += 1
    return matrix(cells[0, 0], cells[0, 1], cells[1, 0], cells[1, 1])


@pytest.mark.parametrize("share", [0.1, 0.2, 0.33, 1.0])
def test_honest_forests_follow(share):
    for seed in range(300):
        chance = random.Random(seed)
        old, new = drawn(WAS, round(891 * share), chance), drawn(NOW, round(715 * share), chance)

        assert matrix_follows(printed(old), printed(new), WAS, NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (matrix(87, 13, 21, 58), matrix(58, 21, 13, 54)),
        (matrix(0.5, 0.1, 0.15, 0.25), matrix(0.3, 0.1, 0.1, 0.5)),
        (matrix(87, 13, 24, 75), matrix(80, 19, 15, 85)),
        (matrix(87, 13, 22, 78), matrix(65, 18, 17, 68)),
        (matrix(154.8, 30, 28.6, 74.8), matrix(31.8, 57.4, 51, 80.4)),
        (matrix(30, 4, 6, 28), matrix(24, 3, 5, 23)),
    ],
    ids=[
        "counts",
        "shares",
        "percentages in whole numbers",
        "a hundred of each class by chance",
        "means of counts",
        "balanced classes",
    ],
)
def test_other_forms_follow(old, new):
    assert matrix_follows(printed(old), printed(new), WAS, NOW) == (old, new)


def test_a_fixed_number_of_rows_follows_by_its_share_of_survivors():
    assert matrix_follows(printed(matrix(50, 12, 10, 28)), printed(matrix(30, 12, 10, 48)), WAS, NOW)


def test_what_is_pasted_does_not_follow():
    pasted = matrix(87, 13, 21, 58)

    assert matrix_follows(printed(pasted), printed(pasted), WAS, NOW) is None


def test_two_pasted_matrices_do_not_follow_each_other():
    both = printed(matrix(87, 13, 21, 58), matrix(40, 10, 10, 60))

    assert matrix_follows(both, both, WAS, NOW) is None


def test_of_several_matrices_any_one_follows():
    pasted, old, new = matrix(1, 2, 3, 4), matrix(87, 13, 21, 58), matrix(58, 21, 13, 54)

    assert matrix_follows(printed(pasted, old), printed(pasted, new), WAS, NOW) == (old, new)


def test_a_matrix_of_other_data_of_the_same_size_does_not_follow():
    assert matrix_follows(printed(matrix(48, 6, 8, 28)), printed(matrix(47, 7, 8, 28)), WAS, NOW) is None


def test_a_score_that_stays_does_not_follow():
    assert not score_follows(printed(scores=(0.81,)), printed(scores=(0.81,)), None)


def test_a_rounded_score_that_agrees_with_the_matrix_both_times_follows():
    pair = matrix(81, 9, 10, 0), matrix(70, 6, 10, 0)

    assert score_follows(printed(scores=(0.81,)), printed(scores=(0.81,)), pair)


def test_another_score_follows():
    assert score_follows(printed(scores=(0.81,)), printed(scores=(0.84,)), None)


def test_a_fixed_number_of_rows_fails_hardly_anybody_in_two_tries():
    failed = 0
    for seed in range(500):
        chance = random.Random(seed)
        failed += not any(
            matrix_follows(printed(drawn(WAS, 100, chance)), printed(drawn(NOW, 100, chance)), WAS, NOW)
            for _ in range(2)
        )

    assert failed <= 10


def test_a_random_matrix_of_the_old_size_mostly_does_not_follow():
    passed = 0
    for seed in range(500):
        chance = random.Random(seed)
        passed += matrix_follows(printed(drawn(WAS, 90, chance)), printed(drawn(WAS, 90, chance)), WAS, NOW) is not None

    assert passed <= 90


def learned(*fits):
    """What was seen of forests that learned from so many rows, so many of them survivors."""
    return Observation(fits=tuple(Fit("RandomForestClassifier", 20, rows, (), ones=ones) for rows, ones in fits))


@pytest.mark.parametrize(
    ("before", "after", "reaches"),
    [
        ([(801, 305)], [(643, 375)], True),  # a tenth is kept aside
        ([(801, 305)], [(801, 305)], False),  # the same table as before
        ([(801, 305)], [(801, 311)], False),  # the same table, split by chance
        ([(500, 190)], [(500, 292)], True),  # as many rows each time
        ([(400, 200)], [(400, 200)], None),  # as many rows of each class each time
        ([(801, 305), (20, 9)], [(643, 375), (20, 9)], True),  # another forest beside the largest
        ([(801, None)], [(643, None)], None),  # a forest of numbers
        ([], [], None),
    ],
)
def test_a_forest_learns_from_what_is_served(before, after, reaches):
    assert fits_follow(learned(*before), learned(*after), WAS, NOW) is reaches
