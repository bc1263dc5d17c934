"""The notebook of a submission: what it holds, and what happened when it was run."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.code import ImportedName
from checker.facts.observation import Observation
from checker.facts.running import Finished
from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """The notebook that is judged. ``cells`` are the sources of its code cells, in order.

    ``problem`` says why it cannot be read (not JSON, conflict markers), ``problem_where`` where; then there are no
    cells. ``others`` are further notebooks of the repository. ``tagged`` says that some cell asks by a tag to be
    skipped, or to be let fail.
    """

    path: str
    cells: tuple[str, ...]
    problem: Text | None = None
    others: tuple[str, ...] = ()
    imports: tuple[ImportedName, ...] = ()
    problem_where: tuple[Location, ...] = ()
    tagged: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def running_cells(self) -> tuple[int, ...]:
        """The numbers of the cells that hold something: a kernel never sees the others."""
        return tuple(number for number, source in enumerate(self.cells, 1) if source.strip())

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """One execution of the notebook of one state of the submission.

    ``folder`` is where it was started. ``from_root`` says that it fails from its own folder and runs from the
    root of the repository. ``observation`` is what the observer told of it, None where it told nothing or was
    tampered with. ``limit`` is the time that it had, in seconds.
    """

    path: str
    folder: str
    cells: int
    finished: Finished
    from_root: bool = False
    observation: Observation | None = None
    limit: float = 420

    @property
    def succeeded(self) -> bool:
        return self.finished.succeeded and self.finished.cells == self.cells


@dataclass(frozen=True, slots=True)
class PastNotebook:
    """The newest earlier commit at which the notebook ran, looked for only where it fails now.

    ``broken_at`` is the first commit after it at which it does not. ``looked_at`` counts the states that were
    run, ``complete`` says that the budget was enough for all. ``path`` is the notebook of that commit, and
    ``cause`` the sentence for what broke it since. ``unchanged`` are the modules that are the same now.
    """

    reached_at: str | None
    broken_at: str | None
    run: NotebookRun | None
    looked_at: int
    complete: bool
    cause: Text | None = None
    path: str = ""
    unchanged: frozenset[str] = frozenset()
