"""Functions that make the model's variables."""

from __future__ import annotations

from collections.abc import Sequence

from checker.checks.base import check
from checker.checks.functions import reproduce_calls, sightings
from checker.checks.pipeline_roles import Roles
from checker.course import Course, Model
from checker.facts.functions import Runs, Sighting, WrittenFunctions
from checker.facts.observation import FittedColumn
from checker.model import Basis, Failed, Json, Passed, Text, Verdict, text


@check("functions-features")
@sightings.unless_unseen
def functions_features(runs: Runs, course: Course) -> Verdict:
    """Functions make the variables of the model

    ## What it checks

    The table that the forest is trained on is compared with the table that was read. At least half of the columns
    that are new or changed must have been made inside functions of the project. The names and the number of
    functions are free.

    ## Why it matters

    The variables are the part of the analysis that you will try, correct and explain most often. In functions they
    can be tested, put in another order, and applied in the same way to the training and the test data.

    ## How to do it

    Move each transformation into a function that takes a table and returns a table: title from the name, mean age,
    length of the ticket, `hasCabin`, missing port, encodings. Then call these functions one after the other.

    ## Example

    ```python
    # Before: in the notebook
    train["hasCabin"] = train["Cabin"].notna().astype(int)

    # After: in functions.py
    def add_has_cabin(table):
        \"\"\"Return the table with a column that says whether the cabin is known.\"\"\"
        return table.assign(hasCabin=table["Cabin"].notna().astype(int))
    ```

    ## Known limits

    Whether a variable is a good one is not judged. When neither the notebook nor `{=names.main}` can run, the answer is
    read from the source and marked *read, not run*.
    """
    expected = text("At least half of the variables of the forest are made in functions of the project.")
    worst: tuple[Sighting, Roles] | None = None
    for seen, roles in sightings.with_roles(runs):
        inside, outside = roles.made()
        if inside and len(inside) >= len(outside):
            makers = [column.made_in for column in inside if column.made_in]
            return Passed(
                message=text(
                    "{inside} of {all} variables are made in functions: {names}.",
                    inside=len(inside),
                    all=len(inside) + len(outside),
                    names=sightings.names(makers),
                ),
                advice=sightings.script_advice(dict.fromkeys(makers)),
                details={**sightings.details(seen), **_columns(inside, outside)},
            )
        if worst is None and (inside or outside or seen.complete) and seen.observation.fits:
            worst = (seen, roles)
    if failed := sightings.blocked_by_modules(runs):
        return failed
    if worst is not None:
        return _features_outside(expected, *worst, runs.written, course.model, course.names.main_for(runs.code.main))
    within = {column for one in runs.written.functions for column in one.columns}
    beside = {column for one in runs.written.outside for column in one.columns} - within
    if within and len(within) >= len(beside):
        return sightings.passed_as_read([one for one in runs.written.functions if one.columns])
    if waiting := sightings.waiting_verdict(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text(
            "As far as reading tells, functions make {inside} columns, and code outside of them {outside}.",
            inside=len(within),
            outside=len(beside),
        ),
        hint=text("Move each transformation into a function that takes a table and returns a table."),
        reproduce=reproduce_calls.features(course.model, course.names.main_for(runs.code.main)),
        where=tuple(one.where for one in runs.written.outside if one.columns)[:3],
        basis=Basis.READ,
    )


def _columns(inside: Sequence[FittedColumn], outside: Sequence[FittedColumn]) -> dict[str, Json]:
    return {
        "inside": {column.name: column.made_in.key for column in inside if column.made_in},
        "outside": [column.name for column in outside],
    }


def _features_outside(
    expected: Text, seen: Sighting, roles: Roles, written: WrittenFunctions, model: Model, main: str
) -> Failed:
    inside, outside = roles.made()
    names = {column.name for column in outside}
    places = tuple(one.where for one in written.outside if names.intersection(one.columns))[:3]
    if not inside and not outside:
        actual = text("The forest is trained on the columns as they were read: no variable is made.")
        hint = text("Make the variables of the notebook in functions: title, age, length of the ticket, cabin.")
    elif roles.do_all and not inside:
        actual = text("{names} does everything at once, from reading to training.", names=sightings.names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
    else:
        actual = _made_outside(inside, outside)
        hint = text("Move each transformation into a function that takes a table and returns a table.")
        if idle := sightings.idle_functions(
            written, seen, lambda one: names.intersection(one.columns) and not one.fits
        ):
            hint = sightings.call_hint(idle)
    fit = roles.fit()
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce_calls.features(model, main),
        where=places or ((fit.where,) if fit and fit.where else ()),
        details={**sightings.details(seen), **_columns(inside, outside)},
    )


def _made_outside(inside: Sequence[FittedColumn], outside: Sequence[FittedColumn]) -> Text:
    counts = {"outside": len(outside), "all": len(inside) + len(outside)}
    columns = tuple(column.name for column in outside[: sightings.MOST_SHOWN])
    if len(outside) > sightings.MOST_SHOWN:
        return text(
            "{outside} of {all} variables are made outside of functions, {columns} among them.",
            columns=columns,
            **counts,
        )
    return text("{outside} of {all} variables are made outside of functions: {columns}.", columns=columns, **counts)
