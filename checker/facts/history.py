"""The history of a submission: commits, branches, and the commit where the student began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checker.facts.tree import Tree


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """One commit. ``seconds`` since the epoch are the committer's, from the student's clock.

    ``own``: a commit of the student, not of the starter or of the upstream repository.
    """

    id: str
    parents: tuple[str, ...]
    author: str
    seconds: int
    message: str
    own: bool
    tree: Callable[[], Tree] = field(repr=False)

    @property
    def short(self) -> str:
        return self.id[:8]

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, local or of a remote, with the number of the student's own commits on it."""

    name: str
    remote: str | None
    commit: str
    own_commits: int


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The git history that leads to the graded state.

    - ``commits``: newest first (the first parent's line first).
    - ``branch``: the graded branch, None where unknown; ``default_branch``: the one that work should not be on.
    - ``start``: the commit where the student began.
    - ``shallow``: older commits exist but are not here.
    - ``remotes``: names and addresses, without secrets; ``revealing``: the names of those whose address held a secret.
    """

    commits: tuple[Commit, ...]
    branches: tuple[Branch, ...]
    branch: str | None
    default_branch: str | None
    start: str | None
    shallow: bool = False
    remotes: tuple[tuple[str, str], ...] = ()
    revealing: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Commit, ...]:
        return tuple(commit for commit in self.commits if commit.own)
