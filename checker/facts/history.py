"""The history of a submission: commits, branches, and where the student began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checker.facts.tree import Tree


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """One commit. ``seconds`` since the epoch are the committer's, which the student's clock sets.

    ``own`` says that it is the student's: not the starter's, not the upstream's.
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
    """What git tells of the way to the graded state.

    ``commits`` lead to the graded state, newest first (the first parent's line first). ``branch`` is the branch
    that is graded, None where nothing tells; ``default_branch`` is the one that work should not be on.
    ``start`` is the commit where the student began. ``shallow``: older commits exist but are not here.
    ``remotes`` are names and addresses without the secrets in them, ``revealing`` the names of those that had one.
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
