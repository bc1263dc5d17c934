"""The notebook of a submission: its cells, and the results of its runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.facts.absent_files import AbsentFile
from checker.facts.code import ImportedName
from checker.facts.job import Finished
from checker.facts.observation import Observation
from checker.facts.tree import Tree
from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """The notebook that is judged. ``cells`` are the sources of its code cells, in order.

    - ``problem``: the reason why it cannot be read (not JSON, conflict markers), at ``problem_where``; it then has no
      cells.
    - ``others``: further notebooks of the repository.
    - ``tagged``: a cell has a tag that asks to skip it or to let it fail; ``muted_cells``: the numbers of cells whose
      first line asks for this.
    """

    path: str
    cells: tuple[str, ...]
    problem: Text | None = None
    others: tuple[str, ...] = ()
    imports: tuple[ImportedName, ...] = ()
    problem_where: tuple[Location, ...] = ()
    tagged: bool = False
    muted_cells: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def running_cells(self) -> tuple[int, ...]:
        """The numbers of the non-empty cells, which alone are sent to a kernel."""
        return tuple(number for number, source in enumerate(self.cells, 1) if source.strip())

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """One execution of the notebook of one state of the submission.

    - ``folder``: the working folder; ``from_root``: it fails in its own folder and succeeds in the root of the
      repository.
    - ``absent``: the files that it opened in vain for a known reason; ``lent``: the tree with tables lent in their
      place, in which it then ran.
    - ``observation``: the observer's report; None where there is none or it was tampered with.
    - ``limit``: the time limit in seconds.
    """

    path: str
    folder: str
    cells: int
    finished: Finished
    from_root: bool = False
    observation: Observation | None = None
    limit: float = 420
    absent: tuple[AbsentFile, ...] = ()
    lent: Tree | None = field(default=None, repr=False)

    @property
    def succeeded(self) -> bool:
        return self.finished.succeeded and self.finished.cells == self.cells


@dataclass(frozen=True, slots=True)
class PastNotebook:
    """The newest earlier commit at which the notebook ran, searched only where the notebook fails now.

    - ``broken_at``: the first later commit at which it fails; ``cause``: the sentence for the change that broke it.
    - ``looked_at``: the number of states that were run; ``complete``: the budget was enough for all.
    - ``path``: the notebook of that commit.
    - ``unchanged``: the modules that are equal in the graded state.
    """

    reached_at: str | None
    broken_at: str | None
    run: NotebookRun | None
    looked_at: int
    complete: bool
    cause: Text | None = None
    path: str = ""
    unchanged: frozenset[str] = frozenset()
