"""Functions that divide the data into a training and a test set."""

from __future__ import annotations

from checker.checks.base import check
from checker.checks.functions import reproduce_calls, sightings
from checker.course import Course
from checker.facts.functions import Runs
from checker.model import Basis, Failed, Location, Passed, Verdict, text


@check("functions-split")
@sightings.unless_unseen
def functions_split(runs: Runs, course: Course) -> Verdict:
    """A function makes the validation split

    ## What it checks

    The separation of the training sample from the validation sample is made inside a function of the project,
    whatever its name and its share.

    ## Why it matters

    A model is judged on passengers it has not seen. That separation must be done once, in one place, in the same
    way for everybody, or two scores cannot be compared.

    ## How to do it

    Put the call of `train_test_split` into a function that takes the table and returns the four parts. Make the
    share a parameter.

    ## Example

    ```python
    # Before: in a cell of the notebook
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.1)

    # After: in functions.py
    def split_train_test(table, share=0.1):
        \"\"\"Return the variables and labels of the training and the validation sample.\"\"\"
        labels = table["{=data.target}"]
        variables = table.drop(columns="{=data.target}")
        return train_test_split(variables, labels, test_size=share)
    ```

    ## Known limits

    The function is recognised while the program or the notebook runs: one that is never called is not seen. Whether
    the sample is fixed by a seed is not judged.
    """
    expected = text("The split into training and validation is made in a function of the project.")
    for seen, roles in sightings.with_roles(runs):
        if players := roles.splitting():
            return Passed(
                message=text("{name} makes the validation split.", name=players[0].name),
                advice=sightings.script_advice(players),
                details={**sightings.details(seen), "functions": [player.key for player in players]},
            )
    if failed := sightings.blocked_by_modules(runs):
        return failed
    if (complete := sightings.complete(runs)) is not None:
        seen, roles = complete
        places = roles.places("split")
        if not seen.observation.splits:
            actual = text("No split into training and validation was seen.")
            hint = text("Call train_test_split in a function that takes the table and returns the parts.")
        elif roles.split_in_one_for_all():
            actual = text(
                "{names} does everything at once, from reading to training.",
                names=sightings.names(roles.do_all),
            )
            hint = text("Give each part a function of its own: read, make the variables, split, train.")
        else:
            actual = text("The split is made outside of all functions, at {places}.", places=places)
            hint = text("Put train_test_split into a function that takes the table and returns the parts.")
            if idle := sightings.idle_functions(runs.written, seen, lambda one: one.splits and not one.reads):
                hint = sightings.call_hint(idle)
        return Failed(
            expected=expected,
            actual=actual,
            hint=hint,
            reproduce=reproduce_calls.splitting(course.model, course.names.main_for(runs.code.main)),
            where=places or tuple(function.where for function in roles.do_all),
            details=sightings.details(seen),
        )
    if splitting := [one for one in runs.written.functions if one.splits]:
        return sightings.passed_as_read(splitting)
    if waiting := sightings.waiting_verdict(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text("No function is written that makes the split."),
        hint=text("Put train_test_split into a function that takes the table and returns the parts."),
        reproduce=reproduce_calls.splitting(course.model, course.names.main_for(runs.code.main)),
        where=tuple(one.where for one in runs.written.outside if one.splits)[:3]
        or tuple(Location(path) for path in runs.code.modules[:1]),
        basis=Basis.READ,
    )
