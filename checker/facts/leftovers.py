"""Remarks that belong to no check: uncommitted work, and files that should not be in the repository."""

from __future__ import annotations

from dataclasses import dataclass

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class RepositorySecret:
    """A token, key or presigned link, by its kind and location. Its value is not kept.

    ``commit`` is the short id of the earlier commit that holds it; None for the graded state.
    """

    kind: str
    where: Location
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The remarks on a repository; ``notes`` are those made while the submission was opened.

    ``conflicts`` are the locations of the first conflict marker of each file, ``pointers`` Git LFS pointers,
    ``clashes`` paths that some file systems treat as equal, ``outward`` links that lead out of the repository.
    """

    notes: tuple[Text, ...] = ()
    conflicts: tuple[Location, ...] = ()
    secrets: tuple[RepositorySecret, ...] = ()
    pointers: tuple[str, ...] = ()
    clashes: tuple[tuple[str, ...], ...] = ()
    outward: tuple[str, ...] = ()
