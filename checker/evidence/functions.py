"""What the project's functions do when they run, which argument moves the forest, and how the modules import."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.notebook import plain_job, run_notebook
from checker.evidence.printed import said
from checker.evidence.program import main_job
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.functions import (
    ForestParameter,
    FunctionsAtWork,
    MainTrials,
    ModuleImport,
    ModuleImports,
    Origin,
    Runs,
    Sighting,
    Trial,
    WrittenFunctions,
)
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.observation import Argument, Call, Holder, Observation, ProjectFunction, observation_of
from checker.facts.options import GradingOptions
from checker.facts.program import MainRun
from checker.facts.running import End, Finished, Import, Job, Limits
from checker.facts.tree import Tree
from checker.model import Json, Unavailable, known, text

_OTHERS = (7, 11, 13)
"""Numbers of trees that nobody writes by default."""
_MOST_TRIALS = 8
_MOST_TRIALS_OF_NOTEBOOKS = 4
_SECONDS_OF_TRIALS = 240
_MOST_MODULES = 60
_UNTOUCHED = frozenset({"random_state", "seed", "n_jobs", "verbose", "self"})
"""Arguments that are tried last: their names say that they are something else."""


def functions_at_work(
    main: MainRun | Unavailable | None,
    notebook: NotebookRun | Unavailable | None,
    past: PastNotebook | Unavailable | None,
) -> FunctionsAtWork:
    """All runs in which the project's functions could be seen, and why one could not be had here, if that is so."""
    unseen = next((one for one in (main, notebook, past) if isinstance(one, Unavailable)), None)
    main, notebook, past = known(main), known(notebook), known(past)
    seen: list[Sighting] = []
    if main is not None and main.observation is not None:
        seen.append(_sighting(Origin.MAIN, main.path, main.observation, main.finished, complete=main.succeeded))
    if notebook is not None and notebook.observation is not None:
        finished = notebook.finished
        seen.append(
            _sighting(Origin.NOTEBOOK, notebook.path, notebook.observation, finished, complete=notebook.succeeded)
        )
    if past is not None and past.run is not None and past.run.observation is not None:
        observation = past.run.observation
        finished = past.run.finished
        seen.append(
            Sighting(
                Origin.PAST,
                past.path,
                observation,
                complete=True,
                printed=said(finished),
                commit=past.reached_at,
                same=_same_now(past, observation),
            ),
        )
    return FunctionsAtWork(tuple(seen), unseen)


def _sighting(
    origin: Origin,
    path: str,
    observation: Observation,
    finished: Finished,
    *,
    complete: bool,
) -> Sighting:
    return Sighting(origin, path, observation, complete, said(finished))


def _same_now(past: PastNotebook, observation: Observation) -> bool:
    """Whether the modules that a past run called are the ones of now: only then it shows what these do."""
    return all(
        function.path in past.unchanged for function in observation.functions if function.holder is Holder.MODULE
    )


def main_trials(tree: Tree, course: Course, main: MainRun, runs: StudentRuns) -> MainTrials:
    """The trials of main: they wait for no notebook."""
    if not _fits(main.observation):
        return MainTrials(None)
    runner = _MainRunner(tree, main, course, runs)
    return MainTrials(_vary(runner, main.observation, _MOST_TRIALS, main.finished.seconds))


def forest_parameter(
    tree: Tree,
    course: Course,
    main: MainTrials | Unavailable | None,
    notebook: NotebookRun | Unavailable | None,
    file: NotebookFile | None,
    runs: StudentRuns,
) -> ForestParameter:
    """The argument that moves the number of trees, by runs of main, or else of the notebook, with other values."""
    trials, run = known(main), known(notebook)
    if trials is not None and trials.parameter is not None:
        return trials.parameter
    found = ForestParameter(seen=False)
    if run is not None and file is not None and _fits(run.observation):
        varied = _NotebookRunner(tree, file, run, course, runs)
        found = _vary(varied, run.observation, _MOST_TRIALS_OF_NOTEBOOKS, run.finished.seconds)
    unseen = next((one for one in (main, notebook) if isinstance(one, Unavailable)), None)
    return found if found.moving is not None else replace(found, unseen=unseen)


class _MainRunner:
    def __init__(self, tree: Tree, run: MainRun, course: Course, runs: StudentRuns) -> None:
        self._tree, self._run, self._course, self._runs = tree, run, course, runs

    def __call__(self, rule: dict[str, Json]) -> Observation | None:
        observe: dict[str, Json] = {"replace": [rule], "tables": False}
        job = main_job(self._tree, self._run.path, self._course, ordinary_world(self._course), observe=observe)
        return observation_of(self._runs.run(job).observation)


class _NotebookRunner:
    """Runs the cells as one plain script, which draws nothing, or in a kernel where that shows no forest."""

    def __init__(self, tree: Tree, file: NotebookFile, run: NotebookRun, course: Course, runs: StudentRuns) -> None:
        self._tree, self._file, self._run, self._course, self._runs = tree, file, run, course, runs

    def __call__(self, rule: dict[str, Json]) -> Observation | None:
        observe: dict[str, Json] = {"replace": [rule], "tables": False}
        plain = observation_of(
            self._runs.run(plain_job(self._tree, self._file, self._run, self._course, observe=observe)).observation
        )
        if _fits(plain):
            return plain
        run = run_notebook(
            self._tree,
            self._file,
            self._course,
            self._runs,
            folder=self._run.folder,
            observe=observe,
        )
        return run.observation


def _fits(observation: Observation | None) -> bool:
    return observation is not None and bool(observation.fits)


def _trees(observation: Observation | None) -> tuple[int, ...]:
    return tuple(fit.trees for fit in observation.fits) if observation is not None else ()


def _vary(
    run: _MainRunner | _NotebookRunner, observation: Observation | None, most: int, seconds: float
) -> ForestParameter:
    """The trials, as many as fit into the time that they may take, to judge by the first run's *seconds*."""
    if observation is None:
        return ForestParameter(seen=False)
    before = _trees(observation)
    trials: list[Trial] = []
    candidates = list(candidate_arguments(observation))
    most = max(1, min(most, int(_SECONDS_OF_TRIALS / max(seconds, 1))))
    for function, argument in candidates[:most]:
        value = next(number for number in _OTHERS if number not in before and number != argument.value)
        rule: dict[str, Json] = {
            "function": function.key,
            "argument": argument.name,
            "path": list(argument.path),
            "value": value,
        }
        trial = Trial(function, argument, value, before, _trees(run(rule)))
        trials.append(trial)
        if trial.moved:
            break
    return ForestParameter(seen=True, trials=tuple(trials), complete=len(candidates) <= most)


def candidate_arguments(observation: Observation) -> tuple[tuple[ProjectFunction, Argument], ...]:
    """The integer arguments that may be the number of trees, the likeliest first.

    Those of the functions that were running when the forest was fitted, and those of other functions that were
    called with exactly its number of trees (a function that makes the model, a class that keeps it).
    """
    around = {function for fit in observation.fits for function in fit.stack}
    trees = {fit.trees for fit in observation.fits}
    found: dict[tuple[str, str, tuple[str | int, ...]], tuple[int, ProjectFunction, Argument]] = {}
    for call in observation.calls:
        for argument in _integers(call):
            on_the_way, equal = call.function in around, argument.value in trees
            if not (on_the_way or equal):
                continue
            in_a_list = any(isinstance(step, int) for step in argument.path)
            unlikely = argument.name in _UNTOUCHED or in_a_list
            rank = (0 if equal else 2) + (0 if on_the_way else 1) + (8 if unlikely else 0)
            found.setdefault((call.function.key, argument.name, argument.path), (rank, call.function, argument))
    return tuple((function, argument) for _, function, argument in sorted(found.values(), key=lambda one: one[0]))


def _integers(call: Call) -> Iterator[Argument]:
    if call.function.holder is not Holder.CELL:
        yield from (argument for argument in call.arguments if isinstance(argument.value, int))


def module_imports(tree: Tree, code: Code, course: Course, options: GradingOptions, runs: StudentRuns) -> ModuleImports:
    """Every module of the project imported alone from the root, side by side."""
    paths = code.modules or code.unreached
    if not paths:
        raise NotDoneYet(text("There is no module yet."))

    def imported(path: str) -> ModuleImport:
        return _imported(tree, path, code, course, runs)

    with ThreadPoolExecutor(max_workers=options.jobs or 1) as pool:
        return ModuleImports(tuple(pool.map(imported, paths[:_MOST_MODULES])))


def _imported(tree: Tree, path: str, code: Code, course: Course, runs: StudentRuns) -> ModuleImport:
    """From the root; where that fails for a reason of paths, from the folder that the project itself starts from."""
    first: ModuleImport | None = None
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
                world=ordinary_world(course),
                limits=Limits(seconds=course.limits.other),
                observe={},
            ),
        )
        left = finished.succeeded and finished.result is None
        attempt = ModuleImport(path, module, root, finished, observation_of(finished.observation), left)
        first = first or attempt
        if finished.succeeded or not _for_its_path(finished):
            return attempt
    if first is None:
        return ModuleImport(path, "", "", Finished(end=End.EXIT, status=1, seconds=0), None)
    return first


def _for_its_path(finished: Finished) -> bool:
    return finished.error is not None and finished.error.name in ("ModuleNotFoundError", "ImportError")


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
    """All by which the parts of the work are judged, as one fact. Which run could not be had, *work* tells."""
    return Runs(work, written, code, known(main), known(notebook), declared, use)


PROBES = (functions_at_work, main_trials, forest_parameter, module_imports, runs)
