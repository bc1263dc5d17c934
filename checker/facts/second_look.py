"""What is seen when the work is looked at a second time, otherwise than by what its own process says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.observation import ProjectFunction
from checker.facts.running import Finished
from checker.model import Location


@dataclass(frozen=True, slots=True)
class PlainNotebook:
    """The cells of a notebook that ran in its kernel, run once more as one plain script.

    ``stopped_at`` is the number of the cell that did not come to its end, each time it was tried and while the kernel
    said the contrary each time; None where all of them ended, or where chance may have a part.
    """

    path: str
    finished: Finished
    stopped_at: int | None = None


class Difference(StrEnum):
    """In what a program that is watched differs from the same that is not."""

    STATUS = "status"
    MATRIX = "matrix"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class PlainMain:
    """The main script, which succeeded, run once more without the observer.

    ``differs`` is what was otherwise, each time it was tried.
    """

    path: str
    differs: frozenset[Difference] = frozenset()


class Reach(StrEnum):
    """What code may reach for to change what is seen of it."""

    KERNEL = "kernel"
    FRAMES = "frames"
    MEMORY = "memory"
    LEAVING = "leaving"
    TRACING = "tracing"
    CHANNELS = "channels"
    LIBRARIES = "libraries"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """One such place: what is used there, as it is written."""

    reach: Reach
    where: Location
    what: str


@dataclass(frozen=True, slots=True)
class Reaches:
    """All such places in the main script, the modules and the notebook."""

    found: tuple[Reached, ...]


@dataclass(frozen=True, slots=True)
class Unfounded:
    """What the observer told and the source rules out.

    ``functions`` ran, by what was told, but are not defined there. ``forest`` is the class of a forest that was
    fitted although no file names one. ``reads`` are addresses from which tables were read without a request.
    """

    functions: tuple[ProjectFunction, ...] = ()
    forest: str = ""
    forest_where: Location | None = None
    reads: tuple[tuple[str, Location | None], ...] = ()
