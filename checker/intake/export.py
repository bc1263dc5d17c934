"""The export of an opened repository by the confined reader: its objects, then a manifest of everything else."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from checker.errors import UsageError
from checker.facts.tree import Kind
from checker.intake import frames
from checker.intake.bounds import MOST_NOTES, Bounds
from checker.intake.frames import Frame
from checker.intake.objects import BLOB, COMMIT, TREE, commit_of, tree_items
from checker.intake.sentences import told
from checker.intake.view import too_many_references
from checker.model import Json, text
from checker.repository.bounds import HUGE
from checker.repository.refusals import missing_objects
from checker.repository.repository import Repository


class Export:
    """Writes the frames of one repository."""

    def __init__(self, repository: Repository, target: BinaryIO, bounds: Bounds) -> None:
        self._bounds = bounds
        self._repository = repository
        self._target = target
        self._seen: set[str] = set()
        self._large: dict[str, int] = {}
        self._absent: set[str] = set()
        self._bytes = 0

    def write(self, inner: str) -> None:
        """Write all frames. Raises UsageError for a repository that cannot be judged."""
        references = self._repository.references()
        if len(references) > self._bounds.references:
            raise too_many_references(self._bounds.references)
        self._work_tree()
        self._history(references)
        frames.write(self._target, Frame.MANIFEST, json.dumps(self._manifest(inner, references)).encode())
        frames.write(self._target, Frame.DONE)
        self._target.flush()

    def _work_tree(self) -> None:
        """The contents of the files that are judged."""
        whole = self._repository.whole()
        for entry in whole.entries.values():
            if entry.kind is Kind.SUBMODULE or entry.blob in self._seen:
                continue
            if entry.absent:
                self._absent.add(entry.blob)
            elif entry.size > HUGE:
                self._large[entry.blob] = entry.size
            else:
                self._tell(BLOB, entry.blob, whole.fetch(entry))

    def _history(self, references: Mapping[str, str]) -> None:
        """The ancestors of the judged commit, all of them, and those of the references as far as they are present."""
        head = self._repository.head
        shallow = frozenset(self._repository.shallow_commits())
        demanded = set(self._commits([head] if head else [], shallow, whole=True))
        self._commits(references.values(), shallow, whole=False, known=demanded)

    def _commits(
        self, starts: Iterable[str], shallow: frozenset[str], *, whole: bool, known: Iterable[str] = ()
    ) -> list[str]:
        done = set(known)
        identities: list[str] = []
        waiting = deque(starts)
        while waiting:
            identity = waiting.popleft()
            if identity in done:
                continue
            done.add(identity)
            if len(done) > self._bounds.commits:
                raise UsageError(
                    text("The repository holds more than {number} commits.", number=self._bounds.commits),
                    text("Hand in a clone with the latest ones: git clone --depth 1000."),
                )
            try:
                tree, parents = self._commit(identity)
            except KeyError as error:
                if whole:
                    raise missing_objects(error) from error
                continue
            identities.append(identity)
            self._tree(tree, whole=whole)
            if identity not in shallow:
                waiting.extend(parents)
        return identities

    def _commit(self, identity: str) -> tuple[str, tuple[str, ...]]:
        kind, content = self._object(identity)
        if kind != COMMIT:
            raise KeyError(identity)
        tree_and_parents = commit_of(content)
        self._tell(COMMIT, identity, content)
        return tree_and_parents

    def _tree(self, top: str, *, whole: bool) -> None:
        waiting = [top]
        while waiting:
            identity = waiting.pop()
            if identity in self._seen:
                continue
            try:
                kind, content = self._object(identity)
            except KeyError as error:
                if whole:
                    raise missing_objects(error) from error
                continue
            if kind != TREE:
                continue
            self._tell(TREE, identity, content)
            for item in tree_items(content):
                if item.is_folder:
                    waiting.append(item.id)
                elif not item.is_submodule:
                    self._blob(item.id, whole=whole)

    def _blob(self, identity: str, *, whole: bool) -> None:
        if identity in self._seen or identity in self._large or identity in self._absent:
            return
        try:
            size = self._repository.object_size(identity)
            if size > HUGE:
                self._large[identity] = size
                return
            kind, content = self._repository.object(identity)
        except KeyError as error:
            if self._repository.is_left_out(identity):
                self._absent.add(identity)
            elif whole:
                raise missing_objects(error) from error
            return
        if kind == BLOB:
            self._tell(kind, identity, content)

    def _object(self, identity: str) -> tuple[bytes, bytes]:
        if self._repository.object_size(identity) > HUGE:
            raise too_large(self._bounds.data)
        return self._repository.object(identity)

    def _tell(self, kind: bytes, identity: str, content: bytes) -> None:
        if identity in self._seen:
            return
        self._seen.add(identity)
        self._bytes += len(content)
        if len(self._seen) > self._bounds.objects or self._bytes > self._bounds.data:
            raise too_large(self._bounds.data)
        frames.write(self._target, Frame.OBJECT, kind, b" ", content)

    def _manifest(self, inner: str, references: Mapping[str, str]) -> dict[str, Json]:
        repository = self._repository
        whole = repository.whole().entries
        entries: list[Json] = [[path, entry.kind.value, entry.size, entry.blob] for path, entry in whole.items()]
        symbolic = {name: target for name in references if (target := repository.symbolic(name)) is not None}
        return {
            "head": repository.head,
            "branch": repository.branch,
            "inner": inner,
            "entries": entries if repository.work_tree else None,
            "not_committed": [*repository.not_committed],
            "untracked": [*sorted(repository.untracked)],
            "ignored": [*repository.ignored(self._bounds.ignored)],
            "references": dict(references),
            "symbolic": dict(symbolic),
            "remotes": [[name, url] for name, url in repository.remotes()],
            "shallow": [*repository.shallow_commits()],
            "large": dict(self._large),
            "absent": [*sorted(self._absent)],
            "notes": [told(note) for note in repository.notes[:MOST_NOTES]],
        }


def too_large(most: int) -> UsageError:
    """The refusal of a repository whose objects have more than *most* bytes."""
    return UsageError(
        text("The repository and its history hold more than {size} GB.", size=round(most / 1e9, 2)),
        text("Take data and environments out of it and its history: git filter-repo --strip-blobs-bigger-than 10M."),
    )
