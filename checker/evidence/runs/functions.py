"""The observed calls of the project's functions, the argument that sets the model's parameter, and module imports."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain, count

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.datasets.served import ordinary_data
from checker.evidence.project.code import script_job
from checker.evidence.results.model_matrix import reported_fits
from checker.evidence.results.printed_results import parse_results
from checker.evidence.runs.notebook import plain_job, run_notebook
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.actions import Import
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.functions import (
    ArgumentChange,
    FunctionsAtWork,
    MainTrials,
    ModelParameter,
    ModuleImport,
    ModuleImports,
    Origin,
    Runs,
    Sighting,
    WrittenFunctions,
)
from checker.facts.job import End, Finished, Job, RunLimits
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.observation import Argument, Holder, Observation, ProjectFunction, observation_of
from checker.facts.options import GradingOptions
from checker.facts.tree import Tree
from checker.model import Json, Unavailable, known, text

_MOST_TRIALS = 8
_MOST_TRIALS_OF_NOTEBOOKS = 4
_SECONDS_OF_TRIALS = 240
_MOST_MODULES = 60
_UNTOUCHED = frozenset({"random_state", "seed", "n_jobs", "verbose", "self"})
"""Arguments that are tried last, because their names have another meaning."""


def functions_at_work(
    main: MainRun | Unavailable | None,
    notebook: NotebookRun | Unavailable | None,
    past: PastNotebook | Unavailable | None,
    course: Course,
) -> FunctionsAtWork:
    """All runs that show the project's functions, and the reason where one of them was not possible here."""
    unseen = next((run for run in (main, notebook, past) if isinstance(run, Unavailable)), None)
    main, notebook, past = known(main), known(notebook), known(past)
    sightings = [_sighting(Origin.MAIN, main, course), _sighting(Origin.NOTEBOOK, notebook, course)]
    if past is not None and (seen := _sighting(Origin.PAST, past.run, course)) is not None:
        sightings.append(replace(seen, commit=past.reached_at, same=_same_now(past, seen.observation)))
    return FunctionsAtWork(tuple(sighting for sighting in sightings if sighting is not None), unseen)


def _sighting(origin: Origin, run: MainRun | NotebookRun | None, course: Course) -> Sighting | None:
    if run is None or run.observation is None:
        return None
    printed = parse_results(run.finished, course)
    reported = reported_fits(printed, run.observation)
    return Sighting(origin, run.path, run.observation, run.succeeded, printed, reported=reported)


def _same_now(past: PastNotebook, observation: Observation) -> bool:
    """True where the modules that a past run called are unchanged: only then the run shows the graded state."""
    return all(
        function.path in past.unchanged for function in observation.functions if function.holder is Holder.MODULE
    )


def main_trials(tree: Tree, course: Course, main: MainRun, runs: StudentRuns) -> MainTrials:
    """The trials of main, which need no notebook."""
    if not _fits(main.observation):
        return MainTrials(None)

    def varied(observe: dict[str, Json]) -> Observation | None:
        job = script_job(main.lent or tree, main.path, course, observe=observe)
        return observation_of(runs.run(job).observation)

    return MainTrials(_vary(varied, main.observation, course.model.others, _MOST_TRIALS, main.finished.seconds))


def model_parameter(
    tree: Tree,
    course: Course,
    main: MainTrials | Unavailable | None,
    notebook: NotebookRun | Unavailable | None,
    file: NotebookFile | None,
    runs: StudentRuns,
) -> ModelParameter:
    """The argument that changes the model's parameter, from runs of main or else of the notebook with other values."""
    trials, run = known(main), known(notebook)
    if trials is not None and trials.parameter is not None:
        return trials.parameter
    parameter = ModelParameter(seen=False)
    if run is not None and file is not None and _fits(run.observation):
        varied = partial(_varied_notebook, run.lent or tree, file, run, course, runs)
        limit, seconds = _MOST_TRIALS_OF_NOTEBOOKS, run.finished.seconds
        parameter = _vary(varied, run.observation, course.model.others, limit, seconds)
    unseen = next((fact for fact in (main, notebook) if isinstance(fact, Unavailable)), None)
    return parameter if parameter.moving is not None else replace(parameter, unseen=unseen)


def _varied_notebook(
    tree: Tree, file: NotebookFile, run: NotebookRun, course: Course, runs: StudentRuns, observe: dict[str, Json]
) -> Observation | None:
    """The observation of the cells as one plain script without figures, or in a kernel where that shows no model."""
    plain = observation_of(runs.run(plain_job(tree, file, run, course, observe=observe)).observation)
    if _fits(plain):
        return plain
    return run_notebook(tree, file, course, runs, folder=run.folder, observe=observe).observation


def _fits(observation: Observation | None) -> bool:
    return observation is not None and bool(observation.fits)


def _values(observation: Observation | None) -> tuple[int | None, ...]:
    return tuple(fit.value for fit in observation.fits) if observation is not None else ()


def _vary(
    run: Callable[[dict[str, Json]], Observation | None],
    observation: Observation | None,
    others: Sequence[int],
    limit: int,
    seconds: float,
) -> ModelParameter:
    """The trials with one of *others* each, as many as fit into the time budget.

    The budget is estimated from the first run's *seconds*.
    """
    if observation is None:
        return ModelParameter(seen=False)
    before = _values(observation)
    trials: list[ArgumentChange] = []
    candidates = list(candidate_arguments(observation))
    limit = max(1, min(limit, int(_SECONDS_OF_TRIALS / max(seconds, 1))))
    for function, argument in candidates[:limit]:
        numbers = chain(others, count(max(others) + 1))
        value = next(number for number in numbers if number not in before and number != argument.value)
        rule: dict[str, Json] = {
            "function": function.key,
            "argument": argument.name,
            "path": list(argument.path),
            "value": value,
        }
        observe: dict[str, Json] = {"replace": [rule], "tables": False}
        trial = ArgumentChange(function, argument, value, before, _values(run(observe)))
        trials.append(trial)
        if trial.moved:
            break
    return ModelParameter(seen=True, trials=tuple(trials), complete=len(candidates) <= limit)


def candidate_arguments(observation: Observation) -> tuple[tuple[ProjectFunction, Argument], ...]:
    """The integer arguments that may be the parameter of the model, the likeliest first.

    These are arguments of the functions that were running when the model was fitted, and of other functions that were
    called with exactly the value of its parameter (a function that creates the model, a class that stores it).
    """
    around = {function for fit in observation.fits for function in fit.stack}
    values = {fit.value for fit in observation.fits}
    ranked: dict[tuple[str, str, tuple[str | int, ...]], tuple[int, ProjectFunction, Argument]] = {}
    for call in observation.calls:
        for argument in call.arguments if call.function.holder is not Holder.CELL else ():
            if not isinstance(argument.value, int):
                continue
            on_the_way, equal = call.function in around, argument.value in values
            if not (on_the_way or equal):
                continue
            in_a_list = any(isinstance(step, int) for step in argument.path)
            unlikely = argument.name in _UNTOUCHED or in_a_list
            rank = (0 if equal else 2) + (0 if on_the_way else 1) + (8 if unlikely else 0)
            ranked.setdefault((call.function.key, argument.name, argument.path), (rank, call.function, argument))
    ordered = sorted(ranked.values(), key=lambda candidate: candidate[0])
    return tuple((function, argument) for _, function, argument in ordered)


def module_imports(tree: Tree, code: Code, course: Course, options: GradingOptions, runs: StudentRuns) -> ModuleImports:
    """Every module of the project, imported alone from the root, in parallel."""
    paths = code.modules or code.unreached
    if not paths:
        raise NotDoneYet(text("There is no module yet."))
    imported = partial(_imported, tree, code, course, runs)
    with ThreadPoolExecutor(max_workers=options.jobs or 1) as pool:
        return ModuleImports(tuple(pool.map(imported, paths[:_MOST_MODULES])))


def _imported(tree: Tree, code: Code, course: Course, runs: StudentRuns, path: str) -> ModuleImport:
    """The import from the root or, where that fails for a reason of paths, from the folder that the project uses."""
    root_attempt: ModuleImport | None = None
    for root in dict.fromkeys(("", *code.roots)):
        module = module_name(path, root)
        if module is None:
            continue
        finished = runs.run(
            Job(
                tree=tree,
                action=Import(module),
                folder=root,
                variables=course.data.variables,
                served_data=ordinary_data(course),
                limits=RunLimits(seconds=course.limits.other),
                observe=course.observer_options,
            ),
        )
        has_left = finished.succeeded and finished.result is None
        attempt = ModuleImport(path, module, root, finished, observation_of(finished.observation), has_left)
        root_attempt = root_attempt or attempt
        if finished.error is None or finished.error.name not in ("ModuleNotFoundError", "ImportError"):
            return attempt
    if root_attempt is None:
        return ModuleImport(path, "", "", Finished(end=End.EXIT, status=1, seconds=0), None)
    return root_attempt


def module_name(path: str, root: str = "") -> str | None:
    """The dotted name by which the file *path* is imported from the folder *root*; None where there is none."""
    start = f"{root}/" if root else ""
    if not path.startswith(start):
        return None
    parts = path.removeprefix(start).removesuffix(".py").split("/")
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    valid = all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return ".".join(parts) if valid else None


def runs(
    work: FunctionsAtWork,
    written: WrittenFunctions,
    code: Code,
    main: MainRun | Unavailable | None,
    notebook: NotebookRun | Unavailable | None,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Runs:
    """All evidence by which the parts of the work are judged, as one fact. *work* names the runs that were not
    possible.
    """
    return Runs(work, written, code, known(main), known(notebook), declared, use)


PROBES = (functions_at_work, main_trials, model_parameter, module_imports, runs)
