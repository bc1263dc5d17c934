"""Bounds on one submission while it is taken in, far above any honest one."""

from __future__ import annotations

from dataclasses import dataclass

MOST_TOLD = 64_000_000
"""Bytes of the frames other than objects: names, references, sentences."""

MOST_NOTES = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one intake.

    - ``data``: bytes of all objects together, each counted once.
    - ``members``, ``unpacked``: entries of an archive, and their bytes.
    - ``ignored``: files on the disk that git ignores; of more, the first are known.
    - ``memory``: address space in bytes: some 250 MB for Python and libgit2, and several times the largest blob.
    - ``seconds``: processor time, so that a busy machine is not charged; ``wall``: seconds of the clock.
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
