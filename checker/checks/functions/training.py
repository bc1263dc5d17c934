"""Functions that train and evaluate the model, with parameters that have an effect."""

from __future__ import annotations

from checker.checks.base import check
from checker.checks.functions import reproduce_calls, sightings
from checker.checks.pipeline_roles import MATRICES, SCORES, Roles
from checker.checks.runs.model_control import good_without_model
from checker.course import Course, Model
from checker.facts.functions import ArgumentChange, ModelParameter, Origin, Runs, Sighting
from checker.facts.observation import ProjectFunction
from checker.model import Basis, Failed, Json, Location, Passed, Text, Verdict, text

_FEWEST_ROWS = 20
"""The number of rows below which a model has learned nothing."""


@check("functions-train")
@sightings.unless_unseen
def functions_train(runs: Runs, parameter: ModelParameter, course: Course) -> Verdict:
    """Functions train and evaluate the forest

    ## What it checks

    A function of the project, or two, train the random forest and evaluate it; the performance and the confusion
    matrix are printed. The number of trees is a parameter: each integer argument or default on the way to `fit` is
    changed in turn, and one of them must change the number of trees of the forest that was trained. A `Pipeline`
    around the forest is fine.

    A parameter that is accepted but never reaches the forest fails: it is the most frequent mistake here. So does a
    forest that learned from fewer than 20 rows.

    ## Why it matters

    A number written in the middle of a function cannot be tried without changing the code. A parameter makes the
    function useful for the next question: are fifty trees better than twenty?

    ## How to do it

    Add a parameter for the number of trees and hand it to `{=model.name}`. Print the score and the matrix,
    with `print`, in the function or where it is called.

    ## Example

    ```python
    # Before: the parameter changes nothing
    def train(X, y, n_trees=20):
        return {=model.name}({=model.parameter}=20).fit(X, y)

    # After: it reaches the forest
    def train(X, y, n_trees=20):
        \"\"\"Return a forest of n_trees trees, trained on X and y.\"\"\"
        return {=model.name}({=model.parameter}=n_trees).fit(X, y)
    ```

    ## Known limits

    The value of the performance is never judged. When neither the notebook nor `{=names.main}` can run, the answer is
    read from the source and marked *read, not run*.
    """
    expected = text(
        "Functions train and evaluate the forest; the number of trees is a parameter; both results are printed."
    )
    if failed := sightings.blocked_by_modules(runs):
        return failed
    for seen, roles in sightings.with_roles(runs):
        printed = not _unprinted(seen, roles) or _prints_in_main(seen, roles)
        if roles.training() and roles.judging() and printed and not _learned_from_few(seen):
            if parameter.moving is not None:
                return _trained(seen, roles, parameter, parameter.moving)
            tried = parameter.seen and parameter.complete
            if not tried and (written_for := [one for one in runs.written.functions if one.value_from]):
                return sightings.passed_as_read(written_for)
    fitted = next(((seen, roles) for seen, roles in sightings.with_roles(runs) if seen.observation.fits), None)
    judged = fitted if fitted is not None and fitted[0].complete else sightings.complete(runs)
    if judged is not None:
        return _not_trained(expected, *judged, parameter, runs, course)
    training = [one for one in runs.written.functions if one.fits or one.value_from]
    measured = any(one.measures for one in runs.written.functions)
    if measured and any(one.fits for one in training) and any(one.value_from for one in training):
        return sightings.passed_as_read(training)
    if waiting := sightings.waiting_verdict(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text("As it is written, no function trains and evaluates a forest with a parameter for its trees."),
        hint=text("Write a function with a parameter for the number of trees, and hand it to the forest."),
        reproduce=reproduce_calls.training(course.model, course.names.main_for(runs.code.main), runs.code, ()),
        where=tuple(one.where for one in (*training, *runs.written.outside) if one.fits)[:3],
        basis=Basis.READ,
    )


def _learned_from_few(seen: Sighting) -> int:
    """The rows of the largest training, where they are too few to learn from; 0 where they are enough, or not known."""
    most = max((fit.rows for fit in seen.observation.fits), default=0)
    return most if most < _FEWEST_ROWS else 0


def _unprinted(seen: Sighting, roles: Roles) -> tuple[Text, ...]:
    """Which of the two results is not printed in a run."""
    lacking = []
    if not (seen.printed.scores or roles.judged(SCORES)):
        lacking.append(text("the performance"))
    if not (seen.printed.matrices or roles.judged(MATRICES)):
        lacking.append(text("the confusion matrix"))
    if not lacking and not seen.printed.scores and not seen.printed.matrices and seen.complete:
        return (text("the performance"), text("the confusion matrix"))
    return tuple(lacking)


def _prints_in_main(seen: Sighting, roles: Roles) -> bool:
    """Whether the main script computes results, so that main-reports alone judges what it prints of them."""
    return seen.origin is Origin.MAIN and seen.complete and roles.judged(SCORES | MATRICES)


def _trained(seen: Sighting, roles: Roles, parameter: ModelParameter, moving: ArgumentChange) -> Passed:
    players = tuple(dict.fromkeys((*roles.training(), *roles.judging())))
    names, way = sightings.names(players), {"argument": moving.argument.name, "function": moving.function.name}
    return Passed(
        message=text(
            "{name} trains and evaluates the forest; {argument} of {function} sets its trees.", name=names[0], **way
        )
        if len(players) == 1
        else text(
            "{names} train and evaluate the forest; {argument} of {function} sets its trees.", names=names, **way
        ),
        advice=sightings.script_advice(players),
        details={**sightings.details(seen), "functions": [player.key for player in players], **_trials(parameter)},
    )


def _trials(parameter: ModelParameter) -> dict[str, Json]:
    return {
        "trials": [
            {
                "function": trial.function.key,
                "argument": ".".join(str(step) for step in (trial.argument.name, *trial.argument.path)),
                "value": trial.value,
                # Names of the published report, whatever the course's parameter is.
                "trees_before": list[Json](dict.fromkeys(trial.before))[: sightings.MOST_SHOWN],
                "trees_after": list[Json](dict.fromkeys(trial.after))[: sightings.MOST_SHOWN],
            }
            for trial in parameter.trials
        ],
    }


def _not_trained(
    expected: Text,
    seen: Sighting,
    roles: Roles,
    parameter: ModelParameter,
    runs: Runs,
    course: Course,
) -> Failed:
    model = course.model
    main = course.names.main_for(runs.code.main)
    trainers = roles.training()
    fit = roles.fit()
    values = tuple(dict.fromkeys(each.value for each in seen.observation.fits))
    reproduce = reproduce_calls.training(model, main, runs.code, values)
    where: tuple[Location, ...] = (fit.where,) if fit is not None and fit.where is not None else ()
    if fit is None:
        actual = text("No forest was trained in the process of {path}.", path=seen.path)
        hint = text("Train a {estimator} in a function of the project, and call it.", estimator=model.name)
    elif not trainers and seen.origin is Origin.MAIN and Roles(seen.observation).training():
        actual = text(
            "The forest whose results are printed is another one, trained at {place}.", place=where or seen.path
        )
        hint = text("Use the forest that your function trains, and remove the other one.")
        reproduce = good_without_model(seen.path, seen.printed.matrices[0], course, of_modules=True)
    elif not trainers and roles.do_all:
        actual = text("{names} does everything at once, from reading to training.", names=sightings.names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
    elif not trainers:
        actual = text(
            "The forest is trained outside of the project's functions, at {place}.", place=fit.where or seen.path
        )
        hint = text("Move the training into a function of a module, with the number of trees as a parameter.")
        if idle := sightings.idle_functions(runs.written, seen, lambda one: one.fits and one.value_from):
            hint = sightings.call_hint(idle)
    elif rows := _learned_from_few(seen):
        actual = text("The forest learned from {rows} rows only.", rows=rows)
        hint = text("Hand the whole training sample to fit.")
        reproduce = reproduce_calls.learning(model, main, _FEWEST_ROWS)
    elif parameter.moving is None:
        return _no_parameter(expected, seen, trainers[0], parameter, model, fit.value, reproduce, where)
    elif not roles.judging():
        actual = text("{names} trains the forest, but no function evaluates it.", names=sightings.names(trainers))
        hint = text("Compute the score and the confusion matrix in a function, too, and print them.")
        reproduce = reproduce_calls.judging(model, main)
        where = tuple(each.where for each in seen.observation.evaluations if each.where is not None)[:1] or where
    else:
        actual = text("What is not printed: {results}.", results=_unprinted(seen, roles))
        hint = text("Print the score and the confusion matrix in the function that evaluates.")
        reproduce = reproduce_calls.judging(model, main)
        where = tuple(player.where for player in roles.judging())
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=where,
        details={**sightings.details(seen), **_trials(parameter)},
    )


def _no_parameter(
    expected: Text,
    seen: Sighting,
    trainer: ProjectFunction,
    parameter: ModelParameter,
    model: Model,
    given: int | None,
    reproduce: str,
    where: tuple[Location, ...],
) -> Failed:
    if parameter.trials:
        trial = next((one for one in parameter.trials if one.argument.value == given), parameter.trials[0])
        actual = text(
            "{function} was called with {argument}={value}, and the forest still had {trees} trees.",
            function=trial.function.name,
            argument=trial.argument.name,
            value=trial.value,
            trees="None" if given is None else given,
        )
        hint = text(
            "Hand the parameter to the forest: {estimator}({parameter}={argument}).",
            estimator=model.name,
            parameter=model.parameter,
            argument=trial.argument.name,
        )
    else:
        actual = text(
            "{function} has no parameter for the number of trees: it is always {trees}.",
            function=trainer.name,
            trees="None" if given is None else given,
        )
        hint = text(
            "Add a parameter to {function}, for instance n_trees={trees}, and hand it to the forest.",
            function=trainer.name,
            trees="None" if given is None else given,
        )
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=where or (trainer.where,),
        details={**sightings.details(seen), **_trials(parameter)},
    )
