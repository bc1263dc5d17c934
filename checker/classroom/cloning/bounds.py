"""Bounds on the fetching of one repository. No honest one comes near."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBounds:
    """The limits of one fetch.

    ``seconds`` are those of the clock for one call of git, and ``silence`` those in which nothing arrives: no byte on
    the disk, no word. ``disk`` are the bytes of a whole repository, ``archive`` those of an archive, ``memory`` those
    of the address space of each process, ``told`` those of the list of references. Of more ``branches`` than these,
    only the one that counts and the default one are fetched. ``left_out_from`` is the size in bytes from which on files
    of earlier states are not fetched.
    """

    seconds: float = 900.0
    silence: float = 60.0
    disk: int = 3_000_000_000
    archive: int = 2_000_000_000
    memory: int = 4_000_000_000
    told: int = 8_000_000
    branches: int = 1000
    left_out_from: int = 10_000_000


BOUNDS = FetchBounds()
