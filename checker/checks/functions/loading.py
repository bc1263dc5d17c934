"""Functions that read the data."""

from __future__ import annotations

from checker.checks.base import check
from checker.checks.functions import reproduce_calls, sightings
from checker.checks.pipeline_roles import Loading, Roles, reads_by_configuration
from checker.course import Course, Model
from checker.facts.functions import Origin, Runs, Sighting, WrittenFunctions
from checker.model import Basis, Failed, Location, Passed, Text, Verdict, advice, text


@check("functions-load")
@sightings.unless_unseen
def functions_load(runs: Runs, course: Course) -> Verdict:
    """A function reads the data

    ## What it checks

    A function of the project reads the training and the test data and returns pandas tables. It may return both at
    once, return them in a dictionary, or be called twice; what it uses on the inside (polars, pyarrow) is its own
    affair. Its name is free.

    Once the configuration is outside of the code{?config-file| (step {=step.config-file})}, reading straight from the configured place in
    `{=names.main}` also passes, with advice.

    ## Why it matters

    Where the data come from is what changes first: another folder, another file, then S3. When one function knows
    it, one function changes.

    ## How to do it

    Put the reading into a function whose paths are parameters, end it with `return`, and call it from the notebook
    or from `{=names.main}`.

    ## Example

    ```python
    # Before: in a cell of the notebook
    train = pd.read_csv("train.csv")
    test = pd.read_csv("test.csv")

    # After: in functions.py
    def import_data(train_path, test_path):
        \"\"\"Return the training and the test table.\"\"\"
        return pd.read_csv(train_path), pd.read_csv(test_path)
    ```

    ## Known limits

    The function is recognised by what it does when the program or the notebook runs: one that is never called is
    not seen.
    """  # noqa: E501  wrapped as it is printed
    expected = text("A function of the project reads training and test data and returns pandas tables.")
    for seen, roles in sightings.with_roles(runs):
        loading = roles.loading()
        if loading.tables > 1 or (loading.tables and not roles.places("load")):
            return _loaded(seen, loading)
    for seen, _ in sightings.with_roles(runs):
        if seen.origin is Origin.MAIN and seen.complete and reads_by_configuration(seen):
            return Passed(
                message=text("{path} reads both tables from where the configuration says.", path=seen.path),
                advice=(advice("A function of its own would make the reading usable elsewhere, too."),),
                details=sightings.details(seen),
            )
    if failed := sightings.blocked_by_modules(runs):
        return failed
    if (complete := sightings.complete(runs)) is not None:
        seen, roles = complete
        main = course.names.main_for(runs.code.main)
        return _not_loaded(expected, seen, roles, runs.written, course.model, main)
    reading = [one for one in runs.written.functions if one.reads and one.returns and not one.fits]
    if sum(one.reads for one in reading) > 1 or (reading and not any(one.reads for one in runs.written.outside)):
        return sightings.passed_as_read(reading)
    if waiting := sightings.waiting_verdict(runs, course):
        return waiting
    places = tuple(one.where for one in runs.written.outside if one.reads)[:3]
    return Failed(
        expected=expected,
        actual=text("No function is written that reads both tables and returns them."),
        hint=text("Put the reading into a function that ends with return, and call it."),
        reproduce=reproduce_calls.reading(course.model, course.names.main_for(runs.code.main)),
        where=places or tuple(Location(path) for path in runs.code.modules[:1]),
        basis=Basis.READ,
    )


def _loaded(seen: Sighting, loading: Loading) -> Passed:
    return Passed(
        message=text("{names} read the data and return tables.", names=sightings.names(loading.functions))
        if len(loading.functions) > 1
        else text("{name} reads the data and returns tables.", name=loading.functions[0].name),
        advice=sightings.script_advice(loading.functions),
        details={
            **sightings.details(seen),
            "functions": [function.key for function in loading.functions],
            "tables": loading.tables,
        },
    )


def _not_loaded(
    expected: Text, seen: Sighting, roles: Roles, written: WrittenFunctions, model: Model, main: str
) -> Failed:
    loading = roles.loading()
    places = roles.places("load")
    if loading.functions:
        actual = text(
            "{names} returns one table only; the other is read elsewhere.",
            names=sightings.names(loading.functions),
        )
        hint = text("Let the same function read both, or call it once for each.")
        places = (*(function.where for function in loading.functions[:1]), *places)
    elif loading.other_kinds:
        actual = text("What reads the data returns {kinds}, not a pandas DataFrame.", kinds=loading.other_kinds)
        hint = text("End the function with a pandas DataFrame: .to_pandas(), or pd.DataFrame(…).")
    elif roles.do_all:
        actual = text("{names} does everything at once, from reading to training.", names=sightings.names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
        places = places or tuple(function.where for function in roles.do_all)
    elif places:
        actual = text("The data are read outside of all functions, at {places}.", places=places)
        hint = text("Put the reading into a function of a module that ends with return, and call it there.")
        if idle := sightings.idle_functions(written, seen, lambda one: one.reads and one.returns and not one.fits):
            hint = sightings.call_hint(idle)
    else:
        reading = [function for read in seen.observation.reads for function in read.stack[-1:]]
        actual = text("What reads the data returns no table.")
        hint = text("End the function that reads with return, and use what it returns.")
        places = tuple(dict.fromkeys(function.where for function in reading))[:3]
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce_calls.reading(model, main),
        where=places,
        details=sightings.details(seen),
    )
