"""Step 1.2: functions in a module, known by what they do when they run, else by how they read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from checker.checks import watching
from checker.checks.base import check
from checker.checks.declared import undecided
from checker.checks.lacking import blocked_by_absence
from checker.checks.program import ending
from checker.checks.roles import MATRICES, SCORES, Loading, Roles, is_configuration, reads_by_configuration
from checker.course import Course
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.environment_needs import missing_module
from checker.facts.functions import (
    ForestParameter,
    FunctionsAtWork,
    ModuleImport,
    ModuleImports,
    Origin,
    Runs,
    Sighting,
    WrittenFunction,
    WrittenFunctions,
)
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.observation import FittedColumn, Holder, ProjectFunction
from checker.facts.running import End, StudentError
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

_SHOWN = 6


def _unless_unseen(judge: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """*judge*, where a part that was not seen fails only if each run that could show it was to be had on this machine.

    What was seen, and what is read, passes whatever else could not be run.
    """

    @functools.wraps(judge)
    def judged(runs: Runs, *facts: object) -> Verdict:
        verdict = judge(runs, *facts)
        lacking = [runs.work.unseen, *(fact.unseen for fact in facts if isinstance(fact, ForestParameter))]
        unseen = next(filter(None, lacking), None)
        if unseen is None or not isinstance(verdict, Failed) or verdict == _absent(runs):
            return verdict
        return unseen

    return judged


def _roles(runs: Runs) -> Sequence[tuple[Sighting, Roles]]:
    return [(seen, Roles(seen.observation)) for seen in runs.work.now]


def _complete(runs: Runs) -> tuple[Sighting, Roles] | None:
    """The run by which a part that is missing is known to be missing: one that came to its end.

    One that trained a forest, if there is one: a script that starts the notebook shows nothing of it.
    """
    complete = [(seen, roles) for seen, roles in _roles(runs) if seen.complete]
    return next((one for one in complete if one[0].observation.fits), complete[0] if complete else None)


def _waiting(runs: Runs, course: Course) -> Verdict | None:
    """The verdict where neither runs nor source can tell: it needs another environment, or code is not there."""
    for run in (runs.main, runs.notebook):
        if run is not None and not run.succeeded:
            verdict = undecided(run.finished, course, runs.declared, runs.use)
            if verdict is not None:
                return verdict
    files = (runs.code.files.get(path) for path in runs.code.modules or runs.code.unreached)
    if any(file is not None and file.tree is None for file in files):
        return Blocked(by=("functions-standalone",))
    return blocked_by_absence(runs.code)


def _absent(runs: Runs) -> Failed | None:
    """The verdict where the code asks for modules of its own that the repository lacks, and has no other."""
    return _forgotten(runs.code) if _lacks_all(runs.code) else None


def _lacks_all(code: Code) -> bool:
    return bool(code.missing) and not code.modules and not code.unreached


def _forgotten(code: Code) -> Failed:
    """The same for every check that it fails, so that a report says it once."""
    lacking = code.missing[0]
    path = lacking.module.replace(".", "/") + ".py"
    return Failed(
        expected=text("Every module that the code imports is in the repository."),
        actual=text("{module} is imported, but {path} is not in the repository.", module=lacking.module, path=path),
        hint=text("A forgotten file: git add {path}, and commit it.", path=path),
        reproduce=watching.python_line(f"import {lacking.module}"),
        where=tuple(one.where for one in code.missing[:3]),
        basis=Basis.READ,
    )


def _by(seen: Sighting) -> dict[str, Json]:
    return {"seen_in": seen.path, "run": str(seen.origin), "commit": seen.commit}


def _names(functions: Iterable[ProjectFunction | WrittenFunction]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(function.name for function in functions))[:_SHOWN]


def _idle(
    written: WrittenFunctions, seen: Sighting, plays: Callable[[WrittenFunction], object]
) -> WrittenFunction | None:
    """The function of a module that is written to play a part, where the run never called it."""
    called = {function.key for function in seen.observation.functions}
    return next(
        (
            one
            for one in written.functions
            if plays(one) and one.path != seen.path and f"{one.path}:{one.name}" not in called
        ),
        None,
    )


def _call(idle: WrittenFunction) -> Text:
    return text("{name} is written for it ({place}): import it, and call it here.", name=idle.name, place=idle.where)


def _in_script(functions: Iterable[ProjectFunction]) -> tuple[Advice, ...]:
    """Advice for functions that lie in the main script."""
    found = [function for function in functions if function.holder is Holder.SCRIPT]
    if not found:
        return ()
    return (
        advice(
            "{names} would be easier to use again in a module of their own.",
            names=_names(found),
            where=tuple(function.where for function in found[:3]),
        ),
    )


def _as_read(functions: Sequence[WrittenFunction]) -> Passed:
    return Passed(
        message=text("{names}: as far as reading the code tells.", names=_names(functions)),
        basis=Basis.READ,
        details={"functions": list(_names(functions)), "seen_in": None},
    )


# --- load


@check("functions-load")
@_unless_unseen
def functions_load(runs: Runs, course: Course) -> Verdict:
    """A function reads the data

    ## What it checks

    A function of the project reads the training and the test data and returns pandas tables. It may return both at
    once, return them in a dictionary, or be called twice; what it uses on the inside (polars, pyarrow) is its own
    affair. Its name is free.

    Once the configuration is outside of the code (step 2.1), reading straight from the configured place in
    `main.py` also passes, with advice.

    ## Why it matters

    Where the data come from is what changes first: another folder, another file, then S3. When one function knows
    it, one function changes.

    ## How to do it

    Put the reading into a function whose paths are parameters, end it with `return`, and call it from the notebook
    or from `main.py`.

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
    """
    expected = text("A function of the project reads training and test data and returns pandas tables.")
    for seen, roles in _roles(runs):
        loading = roles.loading()
        if loading.tables > 1 or (loading.tables and not roles.places("load")):
            return _loaded(seen, loading)
    for seen, _ in _roles(runs):
        if seen.origin is Origin.MAIN and seen.complete and reads_by_configuration(seen):
            return Passed(
                message=text("{path} reads both tables from where the configuration says.", path=seen.path),
                advice=(advice("A function of its own would make the reading usable elsewhere, too."),),
                details=_by(seen),
            )
    if failed := _absent(runs):
        return failed
    if (complete := _complete(runs)) is not None:
        seen, roles = complete
        return _not_loaded(expected, seen, roles, roles.loading(), runs.written)
    reading = [one for one in runs.written.functions if one.reads and one.returns and not one.fits]
    if sum(one.reads for one in reading) > 1 or (reading and not any(one.reads for one in runs.written.outside)):
        return _as_read(reading)
    if waiting := _waiting(runs, course):
        return waiting
    places = tuple(one.where for one in runs.written.outside if one.reads)[:3]
    return Failed(
        expected=expected,
        actual=text("No function is written that reads both tables and returns them."),
        hint=text("Put the reading into a function that ends with return, and call it."),
        reproduce=watching.reading(),
        where=places or tuple(Location(path) for path in runs.code.modules[:1]),
        basis=Basis.READ,
    )


def _loaded(seen: Sighting, loading: Loading) -> Passed:
    return Passed(
        message=text("{names} read the data and return tables.", names=_names(loading.functions))
        if len(loading.functions) > 1
        else text("{name} reads the data and returns tables.", name=loading.functions[0].name),
        advice=_in_script(loading.functions),
        details={**_by(seen), "functions": [function.key for function in loading.functions], "tables": loading.tables},
    )


def _not_loaded(expected: Text, seen: Sighting, roles: Roles, loading: Loading, written: WrittenFunctions) -> Failed:
    places = roles.places("load")
    if loading.functions:
        actual = text("{names} returns one table only; the other is read elsewhere.", names=_names(loading.functions))
        hint = text("Let the same function read both, or call it once for each.")
        places = (*(function.where for function in loading.functions[:1]), *places)
    elif loading.other_kinds:
        actual = text("What reads the data returns {kinds}, not a pandas DataFrame.", kinds=loading.other_kinds)
        hint = text("End the function with a pandas DataFrame: .to_pandas(), or pd.DataFrame(…).")
    elif roles.do_all:
        actual = text("{names} does everything at once, from reading to training.", names=_names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
        places = places or tuple(function.where for function in roles.do_all)
    elif places:
        actual = text("The data are read outside of all functions, at {places}.", places=places)
        hint = text("Put the reading into a function of a module that ends with return, and call it there.")
        if idle := _idle(written, seen, lambda one: one.reads and one.returns and not one.fits):
            hint = _call(idle)
    else:
        reading = [function for read in seen.observation.reads for function in read.stack[-1:]]
        actual = text("What reads the data returns no table.")
        hint = text("End the function that reads with return, and use what it returns.")
        places = tuple(dict.fromkeys(function.where for function in reading))[:3]
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=watching.reading(),
        where=places,
        details=_by(seen),
    )


# --- features


@check("functions-features")
@_unless_unseen
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

    Whether a variable is a good one is not judged. When neither the notebook nor `main.py` can run, the answer is
    read from the source and marked *read, not run*.
    """
    expected = text("At least half of the variables of the forest are made in functions of the project.")
    worst: tuple[Sighting, Roles] | None = None
    for seen, roles in _roles(runs):
        inside, outside = roles.made()
        if inside and len(inside) >= len(outside):
            makers = [column.made_in for column in inside if column.made_in]
            return Passed(
                message=text(
                    "{inside} of {all} variables are made in functions: {names}.",
                    inside=len(inside),
                    all=len(inside) + len(outside),
                    names=_names(makers),
                ),
                advice=_in_script(dict.fromkeys(makers)),
                details={**_by(seen), **_columns(inside, outside)},
            )
        if worst is None and (inside or outside or seen.complete) and seen.observation.fits:
            worst = (seen, roles)
    if failed := _absent(runs):
        return failed
    if worst is not None:
        return _features_outside(expected, *worst, runs.written)
    within = {column for one in runs.written.functions for column in one.columns}
    beside = {column for one in runs.written.outside for column in one.columns} - within
    if within and len(within) >= len(beside):
        return _as_read([one for one in runs.written.functions if one.columns])
    if waiting := _waiting(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text(
            "As far as reading tells, functions make {inside} columns, and code outside of them {outside}.",
            inside=len(within),
            outside=len(beside),
        ),
        hint=text("Move each transformation into a function that takes a table and returns a table."),
        reproduce=watching.features(),
        where=tuple(one.where for one in runs.written.outside if one.columns)[:3],
        basis=Basis.READ,
    )


def _columns(inside: Sequence[FittedColumn], outside: Sequence[FittedColumn]) -> dict[str, Json]:
    return {
        "inside": {column.name: column.made_in.key for column in inside if column.made_in},
        "outside": [column.name for column in outside],
    }


def _features_outside(expected: Text, seen: Sighting, roles: Roles, written: WrittenFunctions) -> Failed:
    inside, outside = roles.made()
    names = {column.name for column in outside}
    places = tuple(one.where for one in written.outside if names.intersection(one.columns))[:3]
    if not inside and not outside:
        actual = text("The forest is trained on the columns as they were read: no variable is made.")
        hint = text("Make the variables of the notebook in functions: title, age, length of the ticket, cabin.")
    elif roles.do_all and not inside:
        actual = text("{names} does everything at once, from reading to training.", names=_names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
    else:
        actual = _made_outside(inside, outside)
        hint = text("Move each transformation into a function that takes a table and returns a table.")
        if idle := _idle(written, seen, lambda one: names.intersection(one.columns) and not one.fits):
            hint = _call(idle)
    fit = roles.fit()
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=watching.features(),
        where=places or ((fit.where,) if fit and fit.where else ()),
        details={**_by(seen), **_columns(inside, outside)},
    )


def _made_outside(inside: Sequence[FittedColumn], outside: Sequence[FittedColumn]) -> Text:
    counts = {"outside": len(outside), "all": len(inside) + len(outside)}
    columns = tuple(column.name for column in outside[:_SHOWN])
    if len(outside) > _SHOWN:
        return text(
            "{outside} of {all} variables are made outside of functions, {columns} among them.",
            columns=columns,
            **counts,
        )
    return text("{outside} of {all} variables are made outside of functions: {columns}.", columns=columns, **counts)


# --- split


@check("functions-split")
@_unless_unseen
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
        labels = table["Survived"]
        variables = table.drop(columns="Survived")
        return train_test_split(variables, labels, test_size=share)
    ```

    ## Known limits

    The function is recognised while the program or the notebook runs: one that is never called is not seen. Whether
    the sample is fixed by a seed is not judged.
    """
    expected = text("The split into training and validation is made in a function of the project.")
    for seen, roles in _roles(runs):
        if players := roles.splitting():
            return Passed(
                message=text("{name} makes the validation split.", name=players[0].name),
                advice=_in_script(players),
                details={**_by(seen), "functions": [player.key for player in players]},
            )
    if failed := _absent(runs):
        return failed
    if (complete := _complete(runs)) is not None:
        seen, roles = complete
        places = roles.places("split")
        if not seen.observation.splits:
            actual = text("No split into training and validation was seen.")
            hint = text("Call train_test_split in a function that takes the table and returns the parts.")
        elif roles.split_in_one_for_all():
            actual = text("{names} does everything at once, from reading to training.", names=_names(roles.do_all))
            hint = text("Give each part a function of its own: read, make the variables, split, train.")
        else:
            actual = text("The split is made outside of all functions, at {places}.", places=places)
            hint = text("Put train_test_split into a function that takes the table and returns the parts.")
            if idle := _idle(runs.written, seen, lambda one: one.splits and not one.reads):
                hint = _call(idle)
        return Failed(
            expected=expected,
            actual=actual,
            hint=hint,
            reproduce=watching.splitting(),
            where=places or tuple(function.where for function in roles.do_all),
            details=_by(seen),
        )
    if splitting := [one for one in runs.written.functions if one.splits]:
        return _as_read(splitting)
    if waiting := _waiting(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text("No function is written that makes the split."),
        hint=text("Put train_test_split into a function that takes the table and returns the parts."),
        reproduce=watching.splitting(),
        where=tuple(one.where for one in runs.written.outside if one.splits)[:3]
        or tuple(Location(path) for path in runs.code.modules[:1]),
        basis=Basis.READ,
    )


# --- train


@check("functions-train")
@_unless_unseen
def functions_train(runs: Runs, parameter: ForestParameter, course: Course) -> Verdict:
    """Functions train and evaluate the forest

    ## What it checks

    A function of the project, or two, train the random forest and evaluate it; the performance and the confusion
    matrix are printed. The number of trees is a parameter: each integer argument or default on the way to `fit` is
    changed in turn, and one of them must change the number of trees of the forest that was trained. A `Pipeline`
    around the forest is fine.

    A parameter that is accepted but never reaches the forest fails: it is the most frequent mistake here.

    ## Why it matters

    A number written in the middle of a function cannot be tried without changing the code. A parameter makes the
    function useful for the next question: are fifty trees better than twenty?

    ## How to do it

    Add a parameter for the number of trees and hand it to `RandomForestClassifier`. Print the score and the matrix,
    with `print`, in the function or where it is called.

    ## Example

    ```python
    # Before: the parameter changes nothing
    def train(X, y, n_trees=20):
        return RandomForestClassifier(n_estimators=20).fit(X, y)

    # After: it reaches the forest
    def train(X, y, n_trees=20):
        \"\"\"Return a forest of n_trees trees, trained on X and y.\"\"\"
        return RandomForestClassifier(n_estimators=n_trees).fit(X, y)
    ```

    ## Known limits

    The value of the performance is never judged. When neither the notebook nor `main.py` can run, the answer is
    read from the source and marked *read, not run*.
    """
    expected = text(
        "Functions train and evaluate the forest; the number of trees is a parameter; both results are printed."
    )
    if failed := _absent(runs):
        return failed
    for seen, roles in _roles(runs):
        if roles.training() and roles.judging() and not _unprinted(seen, roles):
            if parameter.moving is not None:
                return _trained(seen, roles, parameter)
            tried = parameter.seen and parameter.complete
            if not tried and (written_for := [one for one in runs.written.functions if one.trees_from]):
                return _as_read(written_for)
    fitted = next(((seen, roles) for seen, roles in _roles(runs) if seen.observation.fits), None)
    judged = fitted if fitted is not None and fitted[0].complete else _complete(runs)
    if judged is not None:
        return _not_trained(expected, *judged, parameter, runs.code, runs.written)
    training = [one for one in runs.written.functions if one.fits or one.trees_from]
    measured = any(one.measures for one in runs.written.functions)
    if measured and any(one.fits for one in training) and any(one.trees_from for one in training):
        return _as_read(training)
    if waiting := _waiting(runs, course):
        return waiting
    return Failed(
        expected=expected,
        actual=text("As it is written, no function trains and evaluates a forest with a parameter for its trees."),
        hint=text("Write a function with a parameter for the number of trees, and hand it to the forest."),
        reproduce=watching.training(runs.code, ()),
        where=tuple(one.where for one in (*training, *runs.written.outside) if one.fits)[:3],
        basis=Basis.READ,
    )


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


def _trained(seen: Sighting, roles: Roles, parameter: ForestParameter) -> Passed:
    trial = parameter.moving
    players = tuple(dict.fromkeys((*roles.training(), *roles.judging())))
    argument, function = (trial.argument.name, trial.function.name) if trial else ("", "")
    return Passed(
        message=text(
            "{name} trains and evaluates the forest; {argument} of {function} sets its trees.",
            name=players[0].name,
            argument=argument,
            function=function,
        )
        if len(players) == 1
        else text(
            "{names} train and evaluate the forest; {argument} of {function} sets its trees.",
            names=_names(players),
            argument=argument,
            function=function,
        ),
        advice=_in_script(players),
        details={**_by(seen), "functions": [player.key for player in players], **_trials(parameter)},
    )


def _trials(parameter: ForestParameter) -> dict[str, Json]:
    return {
        "trials": [
            {
                "function": trial.function.key,
                "argument": ".".join(str(step) for step in (trial.argument.name, *trial.argument.path)),
                "value": trial.value,
                "trees_before": list[Json](dict.fromkeys(trial.before))[:_SHOWN],
                "trees_after": list[Json](dict.fromkeys(trial.after))[:_SHOWN],
            }
            for trial in parameter.trials
        ],
    }


def _not_trained(
    expected: Text,
    seen: Sighting,
    roles: Roles,
    parameter: ForestParameter,
    code: Code,
    written: WrittenFunctions,
) -> Failed:
    trainers = roles.training()
    fit = roles.fit()
    trees = tuple(dict.fromkeys(each.trees for each in seen.observation.fits))
    reproduce = watching.training(code, trees)
    where: tuple[Location, ...] = (fit.where,) if fit is not None and fit.where is not None else ()
    if fit is None:
        actual = text("No forest was trained in the process of {path}.", path=seen.path)
        hint = text("Train a RandomForestClassifier in a function of the project, and call it.")
    elif not trainers and roles.do_all:
        actual = text("{names} does everything at once, from reading to training.", names=_names(roles.do_all))
        hint = text("Give each part a function of its own: read, make the variables, split, train.")
    elif not trainers:
        actual = text(
            "The forest is trained outside of the project's functions, at {place}.", place=fit.where or seen.path
        )
        hint = text("Move the training into a function of a module, with the number of trees as a parameter.")
        if idle := _idle(written, seen, lambda one: one.fits and one.trees_from):
            hint = _call(idle)
    elif parameter.moving is None:
        return _no_parameter(expected, seen, trainers[0], parameter, fit.trees, reproduce, where)
    elif not roles.judging():
        actual = text("{names} trains the forest, but no function evaluates it.", names=_names(trainers))
        hint = text("Compute the score and the confusion matrix in a function, too, and print them.")
        reproduce = watching.judging()
        where = tuple(each.where for each in seen.observation.evaluations if each.where is not None)[:1] or where
    else:
        actual = text("What is not printed: {results}.", results=_unprinted(seen, roles))
        hint = text("Print the score and the confusion matrix in the function that evaluates.")
        reproduce = watching.judging()
        where = tuple(player.where for player in roles.judging())
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=where,
        details={**_by(seen), **_trials(parameter)},
    )


def _no_parameter(
    expected: Text,
    seen: Sighting,
    trainer: ProjectFunction,
    parameter: ForestParameter,
    trees: int,
    reproduce: str,
    where: tuple[Location, ...],
) -> Failed:
    if parameter.trials:
        trial = next((one for one in parameter.trials if one.argument.value == trees), parameter.trials[0])
        actual = text(
            "{function} was called with {argument}={value}, and the forest still had {trees} trees.",
            function=trial.function.name,
            argument=trial.argument.name,
            value=trial.value,
            trees=trees,
        )
        hint = text(
            "Hand the parameter to the forest: RandomForestClassifier(n_estimators={argument}).",
            argument=trial.argument.name,
        )
    else:
        actual = text(
            "{function} has no parameter for the number of trees: it is always {trees}.",
            function=trainer.name,
            trees=trees,
        )
        hint = text(
            "Add a parameter to {function}, for instance n_trees={trees}, and hand it to the forest.",
            function=trainer.name,
            trees=trees,
        )
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=where or (trainer.where,),
        details={**_by(seen), **_trials(parameter)},
    )


# --- each module alone


@check("functions-standalone")
def functions_standalone(
    imports: ModuleImports | None,
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
    goes to `main.py`.

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
    import are not data.
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
    judged = []
    for one in failing:
        waiting = undecided(one.finished, course, declared, use)
        if waiting is None:
            judged.append(one)
    if judged:
        return _cannot_import(expected, judged, course, details)
    if working:
        return _works_at_import(expected, working, details)
    if failing and (waiting := undecided(failing[0].finished, course, declared, use)):
        return waiting
    return Passed(
        message=text(
            "Imported alone, without any work: {paths}.", paths=tuple(one.path for one in imports.imports[:_SHOWN])
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
        reproduce=watching.coming_back([(one.module, one.folder) for one in failing if _quietly(one)])
        if _quietly(first)
        else watching.importing(
            [(one.module, one.folder) for one in failing if not _quietly(one)],
            course.limits.other if first.finished.end is End.TIME else None,
        ),
        where=tuple(place for one in failing for place in (_import_places(one)))[:5],
        details=details,
    )


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
        hint=text("Move this line into a function, and call the function from main.py or the notebook."),
        reproduce=watching.working([(one.module, one.folder) for one, _ in working]),
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


# --- the notebook


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

    Once `main.py` runs and calls these functions, the notebook has done its duty and this check passes. A notebook
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
    """
    expected = text("Reading, making variables, splitting and training are calls of the project's functions.")
    superseded = next((seen for seen in work.now if seen.origin is Origin.MAIN and seen.complete), None)
    if superseded is not None and (not Roles(superseded.observation).missing() or reads_and_rest(superseded)):
        return Passed(
            message=text("{path} calls the functions now: the notebook has done its duty.", path=superseded.path),
            details=_by(superseded),
        )
    shown = [seen for seen in work.sightings if seen.origin is not Origin.MAIN]
    called = next((seen for seen in shown if not Roles(seen.observation).missing()), None)
    if called is not None:
        return Passed(
            message=text("{path} calls functions for all four parts.", path=called.path),
            advice=_at_commit(called),
            details=_by(called),
        )
    ran = next((seen for seen in shown if seen.complete), None)
    if work.unseen is not None and not _lacks_all(code):
        return work.unseen
    if ran is None:
        return _not_run(code, file, known(notebook), known(past), course, declared, use)
    roles = Roles(ran.observation)
    missing = roles.missing()
    places = tuple(place for part in missing for place in roles.places(part))
    return Failed(
        expected=expected,
        actual=text("In {path}, these parts are no calls of functions: {parts}.", path=ran.path, parts=_parts(missing)),
        hint=text("Import the functions in the first cell and call them in place of the original code."),
        reproduce=watching.features() if missing == ("features",) else watching.calling(),
        where=places or (Location(ran.path),),
        advice=_at_commit(ran),
        details={**_by(ran), "missing": list(missing)},
    )


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
    if _lacks_all(code):
        return _forgotten(code)
    if notebook is not None:
        waiting = undecided(notebook.finished, course, declared, use)
        if waiting is not None:
            return waiting
    return Blocked(by=("notebook-runs",))


CHECKS = (
    functions_load,
    functions_features,
    functions_split,
    functions_train,
    functions_standalone,
    notebook_uses_functions,
)
