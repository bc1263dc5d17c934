"""Bounds on the fetching of one repository, far above any honest one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBounds:
    """The limits of one fetch.

    ``seconds``: wall clock of one call of git. ``silence``: seconds without a byte on the disk or a line of output.
    ``disk``: bytes of a whole repository. ``archive``: bytes of an archive. ``memory``: bytes of address space of each
    process. ``told``: bytes of the list of references. ``branches``: with more than these, only the branch that counts
    and the default one are fetched. ``left_out_from``: bytes of a file of an earlier state from which on it is not
    fetched.
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
