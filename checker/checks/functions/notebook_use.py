"""The notebook calls the functions of the modules."""

from __future__ import annotations

from collections.abc import Sequence

from checker.checks.base import check
from checker.checks.environment.environment_excuse import undecided
from checker.checks.functions import reproduce_calls, sightings
from checker.checks.pipeline_roles import Roles, reads_by_configuration
from checker.course import Course
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.functions import FunctionsAtWork, Origin, Sighting
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.model import (
    Advice,
    Blocked,
    Failed,
    Location,
    Passed,
    Text,
    ToDo,
    Unavailable,
    Verdict,
    advice,
    known,
    text,
)


@check("notebook-uses-functions")
def notebook_uses_functions(
    work: FunctionsAtWork,
    code: Code,
    file: NotebookFile | None,
    notebook: NotebookRun | Unavailable | None,
    past: PastNotebook | Unavailable | None,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The notebook calls the functions

    ## What it checks

    While the notebook runs, the four roles are played by functions of the project's modules: read the data, make
    the variables, split, train and evaluate. A copy of the same code in the cells does not count.

    Once `{=names.main}` runs and calls these functions, the notebook has done its duty and this check passes. A notebook
    that no longer runs is judged at the commit where it last ran.

    ## Why it matters

    Two copies of the same code always end up different. As soon as the notebook calls the module, there is a single
    truth.

    ## How to do it

    Import the functions by name in the first cell, replace the original cells by calls, then restart the kernel and
    run everything.

    ## Example

    ```python
    # Before: the code of the cell was copied into functions.py, and kept here
    train = pd.read_csv("train.csv")
    test = pd.read_csv("test.csv")

    # After
    from functions import import_data

    train, test = import_data("train.csv", "test.csv")
    ```

    ## Known limits

    Plots and explorations may remain in the cells. A module changed while the kernel is running is not read again:
    restart it.
    """  # noqa: E501  wrapped as it is printed
    expected = text("Reading, making variables, splitting and training are calls of the project's functions.")
    superseded = next((seen for seen in work.now if seen.origin is Origin.MAIN and seen.complete), None)
    if superseded is not None and _calls_the_rest(superseded):
        return Passed(
            message=text("{path} calls the functions now: the notebook has done its duty.", path=superseded.path),
            details=sightings.details(superseded),
        )
    shown = [seen for seen in work.sightings if seen.origin is not Origin.MAIN]
    called = next((seen for seen in shown if not Roles(seen.observation).missing()), None)
    if called is not None:
        return Passed(
            message=text("{path} calls functions for all four parts.", path=called.path),
            advice=_at_commit(called),
            details=sightings.details(called),
        )
    ran = next((seen for seen in shown if seen.complete), None)
    if sightings.lacks_all_modules(code):
        return Blocked(by=("functions-standalone",))
    if work.unseen is not None:
        return work.unseen
    if ran is None:
        return _not_run(code, file, known(notebook), known(past), course, declared, use)
    roles = Roles(ran.observation)
    missing = roles.missing()
    main = course.names.main_for(code.main)
    places = tuple(place for part in missing for place in roles.places(part))
    return Failed(
        expected=expected,
        actual=text("In {path}, these parts are no calls of functions: {parts}.", path=ran.path, parts=_parts(missing)),
        hint=text("Import the functions in the first cell and call them in place of the original code."),
        reproduce=reproduce_calls.features(course.model, main)
        if missing == ("features",)
        else reproduce_calls.calling(course.model, main),
        where=places or (Location(ran.path),),
        advice=_at_commit(ran),
        details={**sightings.details(ran), "missing": list(missing)},
    )


def _calls_the_rest(seen: Sighting) -> bool:
    """Whether main calls functions for all parts, but for those that are charged elsewhere or read by configuration.

    Where another model than that of the course is fitted, of which functions-train speaks, nothing tells who made its
    variables.
    """
    missing = set(Roles(seen.observation).missing())
    return not missing or reads_and_rest(seen) or (not seen.observation.fits and missing <= {"features", "train"})


def reads_and_rest(seen: Sighting) -> bool:
    """Whether main reads from its configuration by itself, and leaves all the rest to functions."""
    return Roles(seen.observation).missing() == ("load",) and reads_by_configuration(seen)


def _parts(missing: Sequence[str]) -> tuple[Text, ...]:
    words = {
        "load": text("reading the data"),
        "features": text("making the variables"),
        "split": text("splitting"),
        "train": text("training"),
    }
    return tuple(words[part] for part in missing)


def _at_commit(seen: Sighting) -> tuple[Advice, ...]:
    if seen.commit is None:
        return ()
    return (advice("Judged at commit {commit}, where the notebook last ran.", commit=seen.commit[:8]),)


def _not_run(
    code: Code,
    file: NotebookFile | None,
    notebook: NotebookRun | None,
    past: PastNotebook | None,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The notebook ran nowhere: that is said where it belongs."""
    if file is None and past is None:
        return ToDo(what=text("There is no notebook in the repository."))
    if sightings.lacks_all_modules(code):
        return Blocked(by=("functions-standalone",))
    if notebook is not None and (waiting := undecided(notebook.finished, course, declared, use)):
        return waiting
    return Blocked(by=("notebook-runs",))
