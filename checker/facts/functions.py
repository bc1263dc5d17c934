"""The project's functions: their calls in the runs, the effect of their arguments, the import of their modules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.job import Finished
from checker.facts.main_script import MainRun, Printed
from checker.facts.notebook import NotebookRun
from checker.facts.observation import Argument, Fit, Observation, ProjectFunction
from checker.model import Location, Unavailable


class Origin(StrEnum):
    """The run that an observation comes from."""

    MAIN = "main"
    NOTEBOOK = "notebook"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Sighting:
    """The project's functions in one run of the main script or of the notebook.

    ``complete``: the run succeeded. ``commit`` is the earlier commit whose notebook ran (``Origin.PAST``). ``printed``
    are the results of the model in its output; ``reported`` are the fits of models whose matrix equals the printed
    one, to the count. ``same``: the modules that it called are unchanged in the graded state.
    """

    origin: Origin
    path: str
    observation: Observation
    complete: bool
    printed: Printed
    commit: str | None = None
    same: bool = True
    reported: tuple[Fit, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionsAtWork:
    """The observed calls of functions, the best evidence first: main, the notebook, the notebook of a past commit.

    ``unseen`` is the reason why one of these runs, which could have shown more, was not possible on this machine.
    """

    sightings: tuple[Sighting, ...]
    unseen: Unavailable | None = None

    @property
    def now(self) -> tuple[Sighting, ...]:
        """The runs that show the functions of the graded state."""
        return tuple(sighting for sighting in self.sightings if sighting.same)

    @property
    def complete(self) -> bool:
        """True where one of these runs succeeded, so that a call it did not show does not happen."""
        return any(sighting.complete for sighting in self.now)


@dataclass(frozen=True, slots=True)
class WrittenFunction:
    """A function as its source reads, or all code outside of functions (``name`` is then empty).

    - ``reads``: its calls that read a table; ``returns``: it returns a value.
    - ``columns``: the columns that it assigns.
    - ``splits``, ``fits``, ``measures``: its calls that divide rows, fit a model and evaluate it.
    - ``value_from``: its parameter that reaches the parameter of the model.
    """

    path: str
    name: str
    where: Location
    reads: int = 0
    returns: bool = False
    columns: tuple[str, ...] = ()
    splits: bool = False
    fits: bool = False
    measures: frozenset[str] = frozenset()
    prints: bool = False
    value_from: str = ""


@dataclass(frozen=True, slots=True)
class WrittenFunctions:
    """The functions of the project's modules and main script, and the code outside of functions, as written."""

    functions: tuple[WrittenFunction, ...]
    outside: tuple[WrittenFunction, ...]


@dataclass(frozen=True, slots=True)
class ArgumentChange:
    """A run with one argument replaced by ``value``.

    ``before`` and ``after`` are the values of the parameter of the models (empty: no fit).
    """

    function: ProjectFunction
    argument: Argument
    value: int
    before: tuple[int | None, ...]
    after: tuple[int | None, ...]

    @property
    def moved(self) -> bool:
        return bool(self.after) and set(self.after) != set(self.before)


@dataclass(frozen=True, slots=True)
class MainTrials:
    """The results of runs of main with other arguments; None where main fits no model."""

    parameter: ModelParameter | None


@dataclass(frozen=True, slots=True)
class ModelParameter:
    """The integer argument that changes the parameter of the model, found by changing each in turn.

    ``seen``: the run that was varied fitted a model at all. ``unseen``: where no argument changed the parameter, the
    reason why a run that might have shown one was not possible on this machine.
    """

    seen: bool
    trials: tuple[ArgumentChange, ...] = ()
    complete: bool = True
    unseen: Unavailable | None = None

    @property
    def moving(self) -> ArgumentChange | None:
        return next((trial for trial in self.trials if trial.moved), None)


@dataclass(frozen=True, slots=True)
class ModuleImport:
    """One module of the project, imported alone in a fresh interpreter.

    ``module`` is the imported name and ``folder`` the working folder of the interpreter: the root or, where the module
    cannot be imported from the root, the folder that the project adds to the path. ``left``: the interpreter ended with
    status 0 before the import returned.
    """

    path: str
    module: str
    folder: str
    finished: Finished
    observation: Observation | None
    left: bool = False

    @property
    def succeeded(self) -> bool:
        return self.finished.succeeded and not self.left


@dataclass(frozen=True, slots=True)
class ModuleImports:
    """Every module of the project, imported alone."""

    imports: tuple[ModuleImport, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs and readings that a part of the work is judged by: calls of functions, their source, errors of runs."""

    work: FunctionsAtWork
    written: WrittenFunctions
    code: Code
    main: MainRun | None
    notebook: NotebookRun | None
    declared: Declared | None
    use: EnvironmentUse | None
