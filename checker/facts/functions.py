"""The project's functions: what they did when they ran, what their arguments change, how their modules import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.notebook import NotebookRun
from checker.facts.observation import Argument, Observation, ProjectFunction
from checker.facts.program import MainRun, Printed
from checker.facts.running import Finished
from checker.model import Location, Unavailable


class Origin(StrEnum):
    """Which run showed something."""

    MAIN = "main"
    NOTEBOOK = "notebook"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Sighting:
    """The project's functions in one run of the main script or of the notebook.

    ``complete``: the run came to its end. ``commit`` is the earlier commit whose notebook ran (``Origin.PAST``).
    ``printed`` is what its output says of the forest. ``same``: the modules that it called are those of now.
    """

    origin: Origin
    path: str
    observation: Observation
    complete: bool
    printed: Printed
    commit: str | None = None
    same: bool = True


@dataclass(frozen=True, slots=True)
class FunctionsAtWork:
    """What was seen of the functions, the best evidence first: main, the notebook, the notebook of a past commit.

    ``unseen`` says why one of these runs, that might have shown more, could not be had on this machine.
    """

    sightings: tuple[Sighting, ...]
    unseen: Unavailable | None = None

    @property
    def now(self) -> tuple[Sighting, ...]:
        """The runs that show what the functions of the graded state do."""
        return tuple(seen for seen in self.sightings if seen.same)

    @property
    def complete(self) -> bool:
        """Whether such a run came to its end: what it did not show does not happen."""
        return any(seen.complete for seen in self.now)


@dataclass(frozen=True, slots=True)
class WrittenFunction:
    """A function as its source reads, or all code outside of functions (``name`` is empty then).

    ``reads`` are its calls that read a table, ``returns`` says that it returns something, ``columns`` are those that
    it assigns, ``splits``, ``fits`` and ``measures`` are calls that divide rows, fit a forest and judge it.
    ``trees_from`` is the parameter that reaches ``n_estimators``.
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
    trees_from: str = ""


@dataclass(frozen=True, slots=True)
class WrittenFunctions:
    """The functions of the project's modules and main script, and the code outside of functions, as written."""

    functions: tuple[WrittenFunction, ...]
    outside: tuple[WrittenFunction, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A run with another value of one argument: the trees that forests had before, and with it (empty: no fit)."""

    function: ProjectFunction
    argument: Argument
    value: int
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def moved(self) -> bool:
        return bool(self.after) and set(self.after) != set(self.before)


@dataclass(frozen=True, slots=True)
class MainTrials:
    """What runs of main with other numbers of trees tell; None where main fits no forest."""

    parameter: ForestParameter | None


@dataclass(frozen=True, slots=True)
class ForestParameter:
    """Which integer argument changes the number of trees, found out by changing them in turn.

    ``seen`` says that a forest was fitted at all in the run that was varied. ``unseen``: where none of them changed
    it, why a run that might have shown one could not be had on this machine.
    """

    seen: bool
    trials: tuple[Trial, ...] = ()
    complete: bool = True
    unseen: Unavailable | None = None

    @property
    def moving(self) -> Trial | None:
        return next((trial for trial in self.trials if trial.moved), None)


@dataclass(frozen=True, slots=True)
class ModuleImport:
    """One module of the project, imported alone in a fresh interpreter.

    ``module`` is the name by which it was imported and ``folder`` where the interpreter was started: the root, or
    the folder that the project puts on the path where it cannot be imported from the root. ``left`` says that the
    interpreter ended with status 0 before the import had come back.
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
    """All by which a part of the work is judged: what functions did, how they are written, why runs ended."""

    work: FunctionsAtWork
    written: WrittenFunctions
    code: Code
    main: MainRun | None
    notebook: NotebookRun | None
    declared: Declared | None
    use: EnvironmentUse | None
