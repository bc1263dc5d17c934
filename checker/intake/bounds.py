"""Bounds on one submission while it is taken in. No honest one comes near."""

from __future__ import annotations

from dataclasses import dataclass

MOST_TOLD = 64_000_000
"""Bytes of everything that is told beside objects: names, references, sentences."""

MOST_NOTES = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one taking in.

    ``data`` are the bytes of all objects together, each counted once; ``members`` and ``unpacked`` the entries of an
    archive and their bytes; ``ignored`` the files on the disk that git ignores, of which, where there are more, the
    first are known. ``memory`` is address space in bytes: some 250 MB for Python and libgit2, and several times the
    largest blob. ``seconds`` are those of the processor, ``wall`` those of the clock: a busy machine is not charged.
    """

    commits: int = 100_000
    objects: int = 500_000
    references: int = 20_000
    ignored: int = 20_000
    data: int = 2_000_000_000
    members: int = 200_000
    unpacked: int = 2 << 30
    memory: int = 1_600_000_000
    seconds: int = 30
    wall: float = 300.0


BOUNDS = Bounds()
