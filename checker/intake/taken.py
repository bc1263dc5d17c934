"""A submission that was taken in: a repository of ours, and what was told of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from checker.facts.tree import Entry, Tree, tree_of
from checker.intake.scratch import Scratch
from checker.model import Text
from checker.repository import Repository


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of a repository beside its objects. ``entries`` are those of the working folder, where it is judged.

    ``large`` are the sizes of the blobs that are listed and never read, and ``absent`` the blobs that the repository
    was cloned without.
    """

    head: str | None
    branch: str | None
    inner: str
    entries: tuple[Entry, ...] | None
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
    """As any repository; nothing of the submission is read any more, and it has no git folder to look into."""

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
        """The folder with the packs of all objects that were told. It goes when this is closed."""
        return self._in_use.path / "git" / "objects" / "pack"

    @property
    def lacks(self) -> tuple[frozenset[str], frozenset[str]]:
        """The blobs whose content is not in the packs: those that are never read, and those that were left out."""
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
        inner = f"{self.folder}/{path}" if self.folder else path
        return inner not in self.whole() and inner in self._manifest.ignored

    def object_size(self, identity: str) -> int:
        if identity in self._manifest.large:
            return self._manifest.large[identity]
        return super().object_size(identity)

    def is_left_out(self, identity: str, *, graded: bool = False) -> bool:
        del graded  # the reader has demanded all that is graded
        return identity in self._manifest.absent

    def _working_tree(self) -> Tree:
        self._not_committed = self._manifest.not_committed
        self._untracked = self._manifest.untracked
        return tree_of({entry.path: entry for entry in self._manifest.entries or ()}, self._stored)
