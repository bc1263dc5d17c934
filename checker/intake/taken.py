"""A submission that was taken in: a repository of ours, and the manifest of all other facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from checker.facts.tree import Tree, TreeEntry, tree_of
from checker.intake.scratch import Scratch
from checker.model import Text
from checker.repository.repository import Repository


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of a repository beside its objects.

    - ``entries``: those of the working folder, where that is judged.
    - ``large``: the sizes of the blobs that are listed and never read.
    - ``absent``: the blobs that the repository was cloned without.
    """

    head: str | None
    branch: str | None
    inner: str
    entries: tuple[TreeEntry, ...] | None
    not_committed: tuple[str, ...]
    untracked: frozenset[str]
    ignored: frozenset[str]
    references: Mapping[str, str]
    symbolic: Mapping[str, str]
    remotes: tuple[tuple[str, str], ...]
    shallow: tuple[str, ...]
    large: Mapping[str, int]
    absent: frozenset[str]
    notes: tuple[Text, ...]


class TakenIn(Repository):
    """A repository that was taken in: the submission itself is not read any more, and there is no git folder."""

    def __init__(self, path: Path, git: pygit2.Repository, manifest: Manifest, scratch: Scratch) -> None:
        self._manifest = manifest
        self._in_use = scratch
        super().__init__(
            path,
            git,
            root=None,
            commit=manifest.head,
            branch=manifest.branch,
            work_tree=manifest.entries is not None,
            inner=manifest.inner,
            notes=manifest.notes,
            scratch=scratch.path,
        )

    @property
    def packs(self) -> Path:
        """The folder with the packs of all received objects, removed when the repository is closed."""
        return self._in_use.path / "git" / "objects" / "pack"

    @property
    def lacks(self) -> tuple[frozenset[str], frozenset[str]]:
        """The blobs without content in the packs: those that are never read, and those that the clone left out."""
        return frozenset(self._manifest.large), self._manifest.absent

    def close(self) -> None:
        super().close()
        self._in_use.close()

    @property
    def shallow(self) -> bool:
        return bool(self._manifest.shallow)

    def shallow_commits(self) -> tuple[str, ...]:
        return self._manifest.shallow

    def references(self) -> Mapping[str, str]:
        return self._manifest.references

    def symbolic(self, name: str) -> str | None:
        return self._manifest.symbolic.get(name)

    def remotes(self) -> tuple[tuple[str, str], ...]:
        return self._manifest.remotes

    def ignored(self, most: int) -> tuple[str, ...]:
        return tuple(sorted(self._manifest.ignored))[:most]

    def ignored_here(self, path: str) -> bool:
        inner = self._from_root(path)
        return inner not in self.whole() and inner in self._manifest.ignored

    def object_size(self, identity: str) -> int:
        size = self._manifest.large.get(identity)
        return super().object_size(identity) if size is None else size

    def is_left_out(self, identity: str, *, graded: bool = False) -> bool:
        del graded  # the reader has required all blobs of the graded state
        return identity in self._manifest.absent

    def _working_tree(self) -> Tree:
        self._not_committed = self._manifest.not_committed
        self._untracked = self._manifest.untracked
        return tree_of({entry.path: entry for entry in self._manifest.entries or ()}, self._stored)
