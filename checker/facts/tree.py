"""The files of one state of a submission, without a folder on disk."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The kind that git records for an entry."""

    FILE = "file"
    EXECUTABLE = "executable"
    LINK = "link"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One path of a tree. ``path`` is relative, with ``/``; bytes that are not UTF-8 are surrogates in it.

    ``absent``: the repository was cloned without this content, because it is large. ``size`` is then unknown, and set
    above the largest size that is ever read.
    """

    path: str
    kind: Kind
    size: int
    blob: str
    absent: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_file(self) -> bool:
        return self.kind in (Kind.FILE, Kind.EXECUTABLE)


class TooLarge(Exception):
    """A file is larger than the limit of its reader."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Paths and their contents. Two trees with the same ``id`` hold the same files."""

    id: str
    entries: Mapping[str, TreeEntry]
    fetch: Callable[[TreeEntry], bytes] = field(repr=False)

    def __contains__(self, path: object) -> bool:
        return path in self.entries

    def read(self, path: str, limit: int = 50_000_000) -> bytes:
        """The content of a file. Raises KeyError where there is none, TooLarge above *limit* bytes."""
        entry = self.entries[path]
        if not entry.is_file:
            raise KeyError(path)
        if entry.size > limit:
            raise TooLarge(path)
        return self.fetch(entry)

    def read_if_small(self, path: str, limit: int = 50_000_000) -> bytes | None:
        """The content of a file; None where there is none, or one of more than *limit* bytes."""
        try:
            return self.read(path, limit)
        except (KeyError, TooLarge):
            return None

    def files(self, suffix: str = "") -> tuple[TreeEntry, ...]:
        """All regular files whose path ends with *suffix* (in any case), sorted by path."""
        ending = suffix.lower()
        return tuple(
            entry for path, entry in sorted(self.entries.items()) if entry.is_file and path.lower().endswith(ending)
        )

    @classmethod
    def of(cls, files: Mapping[str, str | bytes]) -> Tree:
        """A tree of regular files, from their contents."""
        contents = {path: body.encode() if isinstance(body, str) else body for path, body in files.items()}
        blobs = {
            path: hashlib.sha1(b"blob %d\0" % len(b) + b, usedforsecurity=False).hexdigest()
            for path, b in contents.items()
        }
        entries = {path: TreeEntry(path, Kind.FILE, len(body), blobs[path]) for path, body in contents.items()}
        return cls(_identity(entries), MappingProxyType(entries), lambda entry: contents[entry.path])

    def with_(self, edits: Mapping[str, bytes | None]) -> Tree:
        """A copy of the tree with some files replaced or added, or removed where the content is None."""
        changed = Tree.of({path: body for path, body in edits.items() if body is not None})
        entries = {path: entry for path, entry in self.entries.items() if path not in edits} | dict(changed.entries)

        def fetch(entry: TreeEntry) -> bytes:
            return changed.fetch(entry) if entry.path in changed.entries else self.fetch(entry)

        return Tree(_identity(entries), MappingProxyType(entries), fetch)


def _identity(entries: Mapping[str, TreeEntry]) -> str:
    lines = (f"{entry.kind} {entry.blob} {path}\0" for path, entry in sorted(entries.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def tree_of(entries: Mapping[str, TreeEntry], fetch: Callable[[TreeEntry], bytes]) -> Tree:
    """A tree from its entries and a function that reads an entry."""
    return Tree(_identity(entries), MappingProxyType(dict(entries)), fetch)


def path_from(folder: str, path: str) -> str | None:
    """The path that *path* means in *folder*, without ``.`` and ``..`` (``""``: the root); None outside of the tree."""
    place = posixpath.normpath(posixpath.join(folder or ".", path))
    if place.partition("/")[0] in ("..", ""):
        return None
    return place if place != "." else ""


def folders_above(path: str) -> tuple[str, ...]:
    """The folders that hold *path*, from the one below the root downwards."""
    return tuple(path[:end] for end, letter in enumerate(path) if letter == "/")
