"""Facts from a second, independent run or from the source, which confirm or contradict the reports of a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.job import Finished
from checker.facts.observation import ProjectFunction
from checker.model import Location


@dataclass(frozen=True, slots=True)
class PlainNotebook:
    """The cells of a notebook that ran in its kernel, run again as one plain script.

    ``stopped_at`` is the number of the cell that failed in every plain run although the kernel reported success every
    time. None where all cells succeeded, or where the difference may be chance.
    """

    path: str
    finished: Finished
    stopped_at: int | None = None


class Difference(StrEnum):
    """A difference between a run with the observer and a run without it."""

    STATUS = "status"
    MATRIX = "matrix"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class PlainMain:
    """The main script, which succeeded, run again without the observer.

    ``differs`` are the differences that every repeated run showed.
    """

    path: str
    differs: frozenset[Difference] = frozenset()


class TamperKind(StrEnum):
    """The kinds of objects that code can use to falsify the observation of its run."""

    KERNEL = "kernel"
    FRAMES = "frames"
    MEMORY = "memory"
    LEAVING = "leaving"
    TRACING = "tracing"
    CHANNELS = "channels"
    LIBRARIES = "libraries"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, order=True)
class TamperSite:
    """One place where code uses an object of a TamperKind; ``what`` is the expression as written."""

    reach: TamperKind
    where: Location
    what: str


@dataclass(frozen=True, slots=True)
class TamperSites:
    """All tampering sites of the main script, the modules and the notebook."""

    found: tuple[TamperSite, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedClaims:
    """Observations that the source rules out.

    ``functions`` were reported as called and are not defined in the source. ``model`` is the class of a model that
    was fitted although no file names one. ``reads`` are addresses from which tables were read without a request.
    """

    functions: tuple[ProjectFunction, ...] = ()
    model: str = ""
    model_where: Location | None = None
    reads: tuple[tuple[str, Location | None], ...] = ()
