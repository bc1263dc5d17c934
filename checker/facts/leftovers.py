"""What is worth a word and belongs to no check: what is not committed, and what should not lie about."""

from __future__ import annotations

from dataclasses import dataclass

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class Secret:
    """A token, key or presigned link, by its kind and place. Its value is not kept.

    ``commit`` is the short id of an earlier commit that holds it; None where the graded state does.
    """

    kind: str
    where: Location
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Leftovers:
    """``notes``: what reading the submission met.

    ``conflicts`` are places of the first conflict marker of each file, ``pointers`` Git LFS pointers, ``clashes``
    paths that some file systems cannot tell apart, ``outward`` links that lead out of the repository.
    """

    notes: tuple[Text, ...] = ()
    conflicts: tuple[Location, ...] = ()
    secrets: tuple[Secret, ...] = ()
    pointers: tuple[str, ...] = ()
    clashes: tuple[tuple[str, ...], ...] = ()
    outward: tuple[str, ...] = ()
