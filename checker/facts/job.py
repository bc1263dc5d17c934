"""Runs: the job, its limits and served data, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from checker.facts.actions import Action
from checker.facts.collected import Collect, Collected
from checker.facts.service import ServiceResult
from checker.facts.tree import Tree
from checker.model import Json, Location, Text


@dataclass(frozen=True, slots=True)
class ServedData:
    """The data that the gateway serves during a run: file contents by stem (``train``, ``test``, ``data``) as CSV.

    The gateway serves the tables under any host, bucket and folder, as csv, csv.gz or parquet by the requested suffix,
    and answers 404 to any other request.

    - ``refuse``: a status for every request; ``refusals``: a status for requests of one stem.
    - ``named``: tables that are served only under exactly that file name.
    - ``extra``: files served unchanged by the last part of their path.
    - ``delayed``: the number of first answers that are each held back by ``delay`` seconds. A run gets that time in
      addition to its limit.
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
        """The maximum number of seconds that held-back answers can cost a run."""
        return self.delay * self.delayed


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Wall clock in seconds; memory, written files and output in bytes; processes by number."""

    seconds: float = 60
    memory: int = 4 << 30
    written: int = 1 << 30
    output: int = 2_000_000
    processes: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of student code in a private copy of ``tree``.

    - ``folder``: the working folder, relative to the root of the tree.
    - ``variables``: additions to an otherwise empty environment.
    - ``observe``: the options of the observer (None: no observer).
    - ``paths``: folders of the tree that are searched for modules after the installed ones.
    - ``distributions``: the only importable ones, with their dependencies (None: all that are installed).
    - ``collect``: the files that are taken out of the workspace after the run, however it ended (None: none are).
    - ``attempt``: distinguishes repeated runs of one job, so that a cached result does not answer the next run.
    """

    tree: Tree
    action: Action
    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    served_data: ServedData = ServedData()
    limits: RunLimits = RunLimits()
    observe: Mapping[str, Json] | None = None
    distributions: frozenset[str] | None = None
    paths: tuple[str, ...] = ()
    collect: Collect | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request that reached the gateway. ``seconds`` counts from the start of the run."""

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
"""The error name of a cell, other than the last one, that asks the kernel to end (``exit()``)."""


@dataclass(frozen=True, slots=True)
class StudentError:
    """An exception of student code, with the frames in the student's own files, outermost first.

    Each frame is a location and its source line. Paths are relative to the tree; a location can be a cell.
    """

    name: str
    message: str
    frames: tuple[tuple[Location, str], ...] = ()

    @property
    def where(self) -> tuple[Location, ...]:
        """The innermost location in the student's files, empty where there is none."""
        return (self.frames[-1][0],) if self.frames else ()


class Tampering(StrEnum):
    """The defect of a run's reports. No program writes to the line of the reports by chance."""

    FOREIGN = "foreign"
    """A message that the checker's code never writes."""
    REPEATED = "repeated"
    """An observation that was reported twice, or before the end."""
    TOO_LARGE = "too large"
    """More data than the checker's code ever writes."""


class End(StrEnum):
    """How a run ended."""

    EXIT = "exit"
    SIGNAL = "signal"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The result of one of several commands.

    - ``end``, ``status``, ``seconds``, ``output``, ``errors``: as of a whole run. What it left running may add to its
      output until the last command has ended.
    - ``variables``, ``path``, ``outputs``: the values that it carried on.
    - ``malformed``: the reason why one of its files of values could not be read, with the line; empty: all could.
    """

    end: End
    status: int
    seconds: float
    output: str = ""
    errors: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    path: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    malformed: str = ""

    @property
    def succeeded(self) -> bool:
        """True where the command ended by itself with status 0, and its values could be read."""
        return self.end is End.EXIT and self.status == 0 and not self.malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The result of a job.

    - ``status``: the exit status (``End.EXIT``) or the number of the signal (``End.SIGNAL``).
    - ``output``, ``errors``: stdout and stderr, cut at the job's limit.
    - ``cells``: the number of cells of a notebook that ran to their end.
    - ``observation``: the observer's report; ``result``: the return value of a tool, or the mark that an import
      returned.
    - ``where``: the cell or line that was running when a limit was reached.
    - ``unseen``: libraries and programs that may have used the network past the gateway; only in plain mode, and where
      no request was logged.
    - ``tampering``: the signs that student code wrote reports, too.
    - ``environment``: embedded, declared, or file; ``unmade``: why the job was not repeated in the declared
      environment.
    - ``commands``: the result of each of several commands, None for one that was not run. ``end`` and ``status`` are
      then those of the first one that failed, whatever followed.
    - ``service``: the result of a service. ``end`` and ``status`` are those of its own process, status 0 if it was
      stopped.
    - ``collected``: the files that were taken out; None where the job asked for none.
    - ``went_on``: the error ended no cell: Jupyter only displays it, or it was raised in a thread or task.
    """

    end: End
    status: int
    seconds: float
    output: str = ""
    errors: str = ""
    error: StudentError | None = None
    cells: int = 0
    where: tuple[Location, ...] = ()
    requests: tuple[HttpRequest, ...] = ()
    observation: Mapping[str, Json] | None = None
    result: Mapping[str, Json] | None = None
    unseen: tuple[str, ...] = ()
    tampering: frozenset[Tampering] = frozenset()
    commands: tuple[CommandResult | None, ...] = ()
    service: ServiceResult | None = None
    collected: Collected | None = None
    environment: str = "embedded"
    unmade: Text | None = None
    went_on: bool = False

    @property
    def succeeded(self) -> bool:
        """True where the run ended by itself with status 0 and no uncaught exception."""
        return self.end is End.EXIT and self.status == 0 and self.error is None
