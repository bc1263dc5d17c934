"""Modules that can be imported by themselves and do no work at import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.checks.base import check
from checker.checks.environment.environment_excuse import undecided
from checker.checks.functions import reproduce_calls
from checker.checks.functions.sightings import MOST_SHOWN
from checker.checks.pipeline_roles import is_configuration
from checker.checks.runs.ending_text import ending
from checker.course import Course, Model
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import missing_module
from checker.facts.functions import ModuleImport, ModuleImports
from checker.facts.job import End, StudentError
from checker.facts.main_script import MainRun
from checker.model import (
    Advice,
    Basis,
    Blocked,
    Failed,
    Json,
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


def _forgotten(code: Code) -> Failed | Blocked:
    """The verdict of functions-standalone on a module that is not in the repository: it blocks the others."""
    if code.explained:
        return Blocked(by=("main-runs",))
    lacking = code.missing[0]
    path = lacking.module.replace(".", "/") + ".py"
    return Failed(
        expected=text("Every module that the code imports is in the repository."),
        actual=text("{module} is imported, but {path} is not in the repository.", module=lacking.module, path=path),
        hint=text("A forgotten file: git add {path}, and commit it.", path=path),
        reproduce=reproduce_calls.python_line(f"import {lacking.module}"),
        where=tuple(one.where for one in code.missing[:3]),
        basis=Basis.READ,
    )


@check("functions-standalone")
def functions_standalone(
    imports: ModuleImports | None,
    run: MainRun | Unavailable | None,
    code: Code,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """Each module can be imported on its own

    ## What it checks

    Each module of the project is imported in a fresh Python interpreter started at the root of the repository. The
    import must succeed, end within its time limit, and do no work: no request over the network, no data file
    opened, no model trained.

    The modules of the project are its Python files except the main script, the notebooks' folder, tests and
    documentation, and files that nothing imports (a remark names those).

    ## Why it matters

    A module that leans on variables of the notebook, or that reads the data when it is imported, cannot be reused,
    tested or even looked at without its surroundings.

    ## How to do it

    Put every `import` that the module needs at its top. Keep everything that works inside functions. What must run
    goes to `{=names.main}`.

    ## Example

    ```python
    # Before: pandas is imported in the notebook only, and the file is read at import
    train = pd.read_csv("train.csv")

    # After
    import pandas as pd

    def import_data(path):
        \"\"\"Return the table read from a path.\"\"\"
        return pd.read_csv(path)
    ```

    ## Known limits

    Constants, small computations on them and definitions of classes are not work. Files of code opened during the
    import are not data. A module that stops in the same error as `{=names.main}` is charged in `main-runs` alone.
    """
    expected = text("Each module is imported alone, from the root, and does no work.")
    if imports is None:
        if code.missing:
            return _forgotten(code)
        return ToDo(what=text("There is no module yet."))
    details: dict[str, Json] = {
        "modules": {
            one.path: {"module": one.module, "status": one.finished.status, "seconds": round(one.finished.seconds, 2)}
            for one in imports.imports
        },
    }
    failing = [one for one in imports.imports if not one.succeeded]
    working = [(one, work) for one in imports.imports if one.succeeded and (work := _work(one))]
    waiting = {one.path: undecided(one.finished, course, declared, use) for one in failing}
    elsewhere = known(run) if course.judges("main-runs") else None
    judged = [one for one in failing if waiting[one.path] is None and not _stops_main(one, elsewhere)]
    if judged:
        return _cannot_import(expected, judged, course, details)
    if working:
        return _works_at_import(expected, working, course.model, course.names.main_for(code.main), details)
    if undecided_one := next(filter(None, waiting.values()), None):
        return undecided_one
    stopping = tuple(one.path for one in imports.imports if not one.succeeded)
    return Passed(
        message=text(
            "{paths} stops in the error of the main script, which main-runs judges.", paths=stopping[:MOST_SHOWN]
        )
        if stopping
        else text(
            "Imported alone, without any work: {paths}.", paths=tuple(one.path for one in imports.imports[:MOST_SHOWN])
        ),
        advice=tuple(_import_advice(imports.imports)),
        details=details,
    )


def _cannot_import(expected: Text, failing: Sequence[ModuleImport], course: Course, details: dict[str, Json]) -> Failed:
    first = failing[0]
    error = first.finished.error
    if not first.module:
        actual = text("{path} cannot be imported by that name.", path=first.path)
        hint = text("Give it a name of letters, digits and underscores: git mv {path} …", path=first.path)
    elif first.left:
        actual = text("{path}, imported alone, ends Python before the import has come back.", path=first.path)
        hint = text("Take sys.exit, exit or quit out of the top level: whoever imports the module would end with it.")
    else:
        actual = text("{path}, imported alone: {how}", path=first.path, how=ending(first.finished, course.limits.other))
        hint = _import_hint(first, error)
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce_calls.coming_back([(one.module, one.folder) for one in failing if _quietly(one)])
        if _quietly(first)
        else reproduce_calls.importing(
            [(one.module, one.folder) for one in failing if not _quietly(one)],
            course.limits.other if first.finished.end is End.TIME else None,
        ),
        where=tuple(place for one in failing for place in (_import_places(one)))[:5],
        details=details,
    )


def _stops_main(one: ModuleImport, run: MainRun | None) -> bool:
    """Whether the import ends in the error in which the main script ends, too, for which main-runs is there."""
    ours, theirs = one.finished.error, None if run is None else (run.submitted or run.finished).error
    return ours is not None and theirs is not None and (ours.name, ours.message) == (theirs.name, theirs.message)


def _quietly(one: ModuleImport) -> bool:
    """Whether its failure does not show in the status of the interpreter."""
    return one.finished.end is End.EXIT and one.finished.status == 0


def _import_places(one: ModuleImport) -> tuple[Location, ...]:
    error = one.finished.error
    return one.finished.where[:1] or (error.where if error else ()) or (Location(one.path),)


def _import_hint(one: ModuleImport, error: StudentError | None) -> Text:
    if one.finished.end is End.TIME:
        return text("Move what works at the top level into functions: an import only defines.")
    kind = error.name.rpartition(".")[2] if error else ""
    if module := missing_module(error):
        return text(
            "{module} is not found from the root: write the import as seen from there, or git add the file.",
            module=module,
        )
    if kind == "NameError":
        return text("Put every import that the module needs at its top; it knows nothing of the notebook's variables.")
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return text("Correct this line: Python cannot read the file.")
    if kind == "FileNotFoundError":
        return text("Read no file while the module is imported: move this line into a function.")
    return text("Move what works at the top level into functions: an import only defines.")


def _work(one: ModuleImport) -> tuple[tuple[Text, Location | None], ...]:
    """What a module does when it is imported that it should not do."""
    if one.observation is None:
        return ()
    seen = one.observation
    opened = [each for each in seen.opened if not is_configuration(each.path)]
    return (
        *((text("opens {file}", file=each.path), each.where) for each in opened),
        *((text("connects to {host}", host=each.host), each.where) for each in seen.connections),
        *((text("trains a forest"), each.where) for each in seen.fits),
    )


def _works_at_import(
    expected: Text,
    working: Sequence[tuple[ModuleImport, tuple[tuple[Text, Location | None], ...]]],
    model: Model,
    main: str,
    details: dict[str, Json],
) -> Failed:
    first, work = working[0]
    return Failed(
        expected=expected,
        actual=text(
            "{path} works while it is imported: it {work}.",
            path=first.path,
            work=tuple(dict.fromkeys(what for what, _ in work))[:3],
        ),
        hint=text("Move this line into a function, and call the function from {main} or the notebook.", main=main),
        reproduce=reproduce_calls.working(model, [(one.module, one.folder) for one, _ in working]),
        where=tuple(
            dict.fromkeys(place or Location(one.path) for one, each in working for _, place in each),
        )[:5],
        details=details,
    )


def _import_advice(imports: Sequence[ModuleImport]) -> Iterable[Advice]:
    for one in imports:
        if one.folder:
            yield advice(
                "{path} is found only from {folder}: import it as seen from the root.",
                path=one.path,
                folder=one.folder,
                where=(Location(one.path),),
            )
        if one.observation is None:
            continue
        for each in one.observation.opened:
            if is_configuration(each.path):
                yield advice(
                    "{path} opens {file} while it is imported: it can be imported from the root only.",
                    path=one.path,
                    file=each.path,
                    where=(each.where,) if each.where else (),
                )
