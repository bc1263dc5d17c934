"""Whether a printed confusion matrix comes from a model of the run, and whether it is better than chance."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from checker.evidence.results.result_shift import matrix_measures, measures
from checker.facts.main_script import Matrix, Printed
from checker.facts.observation import Fit, Observation, Prediction

_NEAR = 0.3
"""The tolerated difference of two correlations: for another threshold, a vote with other models, a mean over folds."""
_NEAR_SHARE = 0.15
"""The tolerated difference of the counts of a class, as a share of the rows, where no labels are known."""
_CLEARLY = 3.0
"""The number of standard errors above which a matrix is better than chance."""
_SURELY = 4 / 3
"""The factor on this number where a single run has to be enough."""
_CLEARLY_OF_SHARES = 0.4
"""The threshold for a matrix of shares, whose number of rows is unknown: at least 60."""
_GOOD = 0.7
"""The score above which a prediction is better than chance, for labels of which at most 62 % are equal."""

Cells = Sequence[float]


def given_by_model(printed: Printed, observation: Observation | None, target: str) -> bool | None:
    """True where a printed matrix may come from a model's predictions in this run, also by a vote or another
    threshold.

    Predictions for a table without the column *target* give no matrix. None where the answer is not known: nothing was
    printed, or not all predictions of the process were observed.
    """
    if observation is None or observation.predictions is None or not printed.matrices:
        return None
    if not any(fit.ones is not None and fit.process == observation.process for fit in observation.fits):
        return None
    unlabelled = {read.rows for read in observation.reads if target not in read.columns}
    predictions = [
        prediction for prediction in observation.predictions if prediction.matrices or prediction.rows not in unlabelled
    ]
    return any(_is_near(matrix, predictions) for matrix in printed.matrices)


def is_exact(printed: Printed, observation: Observation | None) -> bool:
    """True where a printed matrix equals, to the count, one of a model's predictions against labels of its rows."""
    return next(_exact(printed, observation), None) is not None


def reported_fits(printed: Printed, observation: Observation) -> tuple[Fit, ...]:
    """The fits of the models whose matrix is printed, equal to the count."""
    numbers = dict.fromkeys(fit for prediction in _exact(printed, observation) for fit in prediction.fits)
    return tuple(observation.fits[number] for number in numbers if number < len(observation.fits))


def _exact(printed: Printed, observation: Observation | None) -> Iterator[Prediction]:
    cells = {_flat(matrix) for matrix in printed.matrices}
    for prediction in (observation.predictions if observation else None) or ():
        if any(form in cells for each in prediction.matrices for form in _forms(each)):
            yield prediction


def is_exact_score(printed: Printed, observation: Observation | None) -> bool:
    """True where a printed score is a measure of a model's predictions in this run."""
    predictions = (observation.predictions if observation else None) or ()
    known = {measure for prediction in predictions for cells in prediction.matrices for measure in measures(cells)}
    return _agree(printed.scores, known)


def flatters(printed: Printed, observation: Observation | None, target: str) -> bool:
    """True where the printed results on randomly drawn labels are good, and the model's predictions are not.

    False where not all predictions of the run were observed.
    """
    if observation is None or observation.predictions is None:
        return False
    of_model = given_by_model(printed, observation, target)
    if knows_labels(printed) and of_model is False:
        return True
    printed_measures = (
        {measure for matrix in printed.matrices for measure in matrix_measures(matrix)} if of_model else set()
    )
    return (
        scores_well(printed)
        and not _agree(printed.scores, printed_measures)
        and not is_exact_score(printed, observation)
    )


def _agree(scores: Sequence[float], known: Collection[float]) -> bool:
    """True where a score equals one of these measures, rounded as printed: to two digits or more."""
    return any(
        abs(score - measure) <= (0.0051 if math.isclose(score, round(score, 2)) else 0.00051)
        for score in scores
        for measure in known
    )


def knows_labels(printed: Printed, *, surely: bool = False) -> bool:
    """True where every printed matrix is better than chance, with an error of 1 in 300.

    With *surely*, of 1 in 15,000.
    """
    factor = _SURELY if surely else 1
    return bool(printed.matrices) and all(_knows(matrix, factor) for matrix in printed.matrices)


def scores_well(printed: Printed) -> bool:
    """True where every printed score is better than chance allows."""
    return bool(printed.scores) and all(score >= _GOOD for score in printed.scores)


def _knows(matrix: Matrix, factor: float) -> bool:
    strength = abs(_correlation(_flat(matrix)))
    if matrix.is_shares:
        return strength > _CLEARLY_OF_SHARES * factor
    return strength * math.sqrt(matrix.total) > _CLEARLY * factor


def _is_near(matrix: Matrix, predictions: Sequence[Prediction]) -> bool:
    cells = _flat(matrix)
    correlations = [_correlation(each) for prediction in predictions for each in prediction.matrices]
    if any(abs(abs(_correlation(cells)) - abs(each)) <= _NEAR for each in correlations):
        return True
    unknown = [prediction for prediction in predictions if not prediction.matrices]
    if matrix.is_shares:
        return bool(unknown)
    return any(_may_count(cells, rows, ones) for rows, ones in _together(unknown, matrix.total))


def _together(predictions: Sequence[Prediction], limit: float) -> Iterator[tuple[int, int]]:
    """The rows and the rows of the second class of one prediction, or of several in sequence, as for folds."""
    for start in range(len(predictions)):
        rows = ones = 0
        for prediction in predictions[start:]:
            rows, ones = rows + prediction.rows, ones + prediction.ones
            if rows > limit:
                break
            yield rows, ones


def _may_count(cells: Cells, rows: int, ones: int) -> bool:
    """True where a matrix may count these predictions, in either direction and for either class."""
    first, second, third, fourth = cells
    sums = (first + second, third + fourth, first + third, second + fourth)
    return rows == sum(cells) and any(abs(each - ones) <= _NEAR_SHARE * rows for each in sums)


def _forms(cells: Cells) -> Iterator[tuple[float, ...]]:
    """A matrix in both directions and both orders of the classes."""
    first, second, third, fourth = cells
    yield from ((first, second, third, fourth), (first, third, second, fourth))
    yield from ((fourth, third, second, first), (fourth, second, third, first))


def _flat(matrix: Matrix) -> tuple[float, ...]:
    return tuple(cell for row in matrix.cells for cell in row)


def _correlation(cells: Cells) -> float:
    """The correlation (phi) of labels and predictions, from -1 to 1; 0 where all are of one class."""
    first, second, third, fourth = cells
    product = (first + second) * (third + fourth) * (first + third) * (second + fourth)
    return (first * fourth - second * third) / math.sqrt(product) if product > 0 else 0.0
