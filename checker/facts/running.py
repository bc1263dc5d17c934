"""What is asked of a run of student code, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from checker.facts.tree import Tree
from checker.model import NOTHING, Json, Location, Text


@dataclass(frozen=True, slots=True)
class Script:
    """``python PATH ARGUMENTS…`` from the folder of the job."""

    path: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notebook:
    """All code cells of a notebook, in order, in a fresh kernel started in the folder of the job."""

    path: str


@dataclass(frozen=True, slots=True)
class Cells:
    """The code cells of the notebook *path* (from the root) as one plain script, without kernel and figures.

    ``sources`` are all of them, in order. Run in the folder of the job.
    """

    path: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """``import MODULE`` and nothing else, in a fresh interpreter started in the folder of the job."""

    module: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line for ``bash -c``, in the folder of the job."""

    line: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function of ours, ``checker.sandbox.inside.NAME:run(payload) -> JSON``, started in the root of the tree.

    It runs inside because what it reads is hostile, too. Where the payload has ``rounds``, a list, so has the result,
    one for each: a round depends on nothing but itself and the files named in its ``sources``.
    """

    name: str
    payload: Mapping[str, Json] = field(default_factory=lambda: NOTHING)


Action = Script | Notebook | Cells | Import | Command | Tool


@dataclass(frozen=True, slots=True)
class World:
    """What the network holds during a run: file contents by stem (``train``, ``test``, ``data``) as CSV.

    The gateway serves them under any host, bucket and folder, as csv, csv.gz or parquet by the suffix asked for,
    and answers 404 to anything else; with ``refuse`` it answers that status to every request, with ``refusals`` to
    those for a table of that stem. ``named`` are tables, too, but their name has to be that one as a whole.
    ``extra`` are files served by the last part of their path, as they are.
    The first ``delayed`` answers are held back by ``delay`` seconds each. A run gets that time on top of its limit.
    """

    tables: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    extra: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    refuse: int | None = None
    refusals: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    delay: float = 0.0
    delayed: int = 4
    named: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def held(self) -> float:
        """The most seconds that a run can have to wait for this network."""
        return self.delay * self.delayed


@dataclass(frozen=True, slots=True)
class Limits:
    """Wall clock in seconds; memory, written files and output in bytes; processes by number."""

    seconds: float = 60
    memory: int = 4 << 30
    written: int = 1 << 30
    output: int = 2_000_000
    processes: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of student code in a private copy of ``tree``.

    ``folder`` is where it starts, relative to the root of the tree. ``variables`` are added to an environment
    that is made from nothing. ``observe`` are the options of the observer inside (None: nothing is observed).
    ``distributions``: only these, and what they depend on, can be imported (None: all that is installed).
    ``attempt`` tells apart runs of the same job: what is remembered of one is no answer to the next.
    """

    tree: Tree
    action: Action
    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    world: World = World()
    limits: Limits = Limits()
    observe: Mapping[str, Json] | None = None
    distributions: frozenset[str] | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the gateway. ``seconds`` since the start of the run."""

    scheme: str
    host: str
    method: str
    path: str
    query: str
    status: int
    seconds: float

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


KERNEL_EXIT = "KernelExit"
"""The name of the error of a cell that asks the kernel to end (``exit()``), and is not the last one."""


@dataclass(frozen=True, slots=True)
class StudentError:
    """An exception of student code, with the frames that lie in the student's own files, outermost first.

    Each frame is a place and its line of source. Paths are relative to the tree; a cell is a place, too.
    """

    name: str
    message: str
    frames: tuple[tuple[Location, str], ...] = ()

    @property
    def where(self) -> tuple[Location, ...]:
        """The innermost place in the student's files, where there is one."""
        return (self.frames[-1][0],) if self.frames else ()


class Tampering(StrEnum):
    """What is wrong with the reports of a run. No program meets the line on which they come by chance."""

    FOREIGN = "foreign"
    """Something on it that we never write."""
    REPEATED = "repeated"
    """An observation that was told more than once, or before the end."""
    TOO_LARGE = "too large"
    """More than we ever write."""


class End(StrEnum):
    """How a run ended."""

    EXIT = "exit"
    SIGNAL = "signal"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What came of a job.

    ``status`` is the exit status (``End.EXIT``) or the number of the signal (``End.SIGNAL``).
    ``output`` and ``errors`` are what was written, cut at the job's limit. ``cells`` counts the cells of a
    notebook that ran to their end. ``observation`` is what the observer saw, ``result`` what a tool returned, or
    that an import came back.
    ``where`` is the cell or line that was running when a limit was reached. ``unseen`` are libraries and programs that
    may have reached for the network past the gateway: in plain mode only, and where no request was seen.
    ``tampering`` is what shows that somebody else wrote reports, too. ``environment`` says in which environment it
    ran: embedded, declared, or file; ``unmade`` why it was not run again in the declared one.
    """

    end: End
    status: int
    seconds: float
    output: str = ""
    errors: str = ""
    error: StudentError | None = None
    cells: int = 0
    where: tuple[Location, ...] = ()
    requests: tuple[Request, ...] = ()
    observation: Mapping[str, Json] | None = None
    result: Mapping[str, Json] | None = None
    unseen: tuple[str, ...] = ()
    tampering: frozenset[Tampering] = frozenset()
    environment: str = "embedded"
    unmade: Text | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with status 0, and no exception was left uncaught on the way."""
        return self.end is End.EXIT and self.status == 0 and self.error is None
