"""Actions: what a run does. Each kind says of itself what it needs, so that the sandbox knows no kind by name."""

from __future__ import annotations

import posixpath
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from checker.facts.linters import linter_inside
from checker.facts.service import ServiceRequest
from checker.model import NOTHING, Json


class Preloaded(StrEnum):
    """The libraries that a run finds loaded, named by the zygote that has them.

    A run that has to be a fresh process finds none, whatever its action asks for.
    """

    NOTHING = "launcher"
    PROGRAMS = "runs"
    NOTEBOOKS = "notebooks"
    LINTER = "lint"


class Exchange(StrEnum):
    """The messages that pass between the checker and a run, beside its order and its reports."""

    NONE = "none"
    KERNEL = "kernel"
    """Cells, sent one after the other by the client of a kernel."""
    MARKS = "marks"
    """A secret for each cell, which is reported when the cell has ended."""
    SERVICE = "service"
    """Requests to a service, sent by a client of ours that is in the network of the run, and their answers."""
    COMMANDS = "commands"
    """Several commands, each started when the one before has ended, and the values that they carry on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a kind of run needs and gets.

    - ``inside``: the module of ``checker.sandbox.inside`` whose ``run(order, report)`` executes the content.
    - ``preloaded``, ``exchange``: libraries and messages, see there.
    - ``is_student_code``: it is a program of the submission. It obeys the job's ``distributions`` and the declared
      environment, and imports the project's own packages.
    - ``is_notebook``: the run is one of cells. What a notebook imports need not be declared.
    - ``in_own_environment``: it always runs with the checker's own Python.
    - ``sees_packages``: from there, it looks at the packages that student code runs with.
    - ``has_network``: the gateway serves it.
    - ``starts_in_root``: in the root of the tree, whatever the job's ``folder``.
    - ``is_repeatable``: another run has the same result, so that a result may be kept.
    - ``must_return``: without status 0 and a returned value, our own code failed.
    """

    inside: str
    preloaded: Preloaded = Preloaded.NOTHING
    exchange: Exchange = Exchange.NONE
    is_student_code: bool = True
    is_notebook: bool = False
    in_own_environment: bool = False
    sees_packages: bool = False
    has_network: bool = True
    starts_in_root: bool = False
    is_repeatable: bool = True
    must_return: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the submission: its name for people, its path, and a command that runs it."""

    name: str
    path: str
    command: str


@dataclass(frozen=True, slots=True)
class FirstSources:
    """The sources that a run begins with: a path of the tree (empty: none), and text that may name other files."""

    path: str
    text: str = ""


class Action(ABC):
    """What a run does.

    A new kind is a subclass here, and a module in ``checker/sandbox/inside/`` where none of those there executes it.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def traits(self) -> Traits:
        """What the run needs and gets."""

    def content(self) -> dict[str, Json]:
        """The part of the order that is for the module ``traits.inside``."""
        return {}

    def executed(self) -> tuple[str, ...]:
        """The command line of a program of the system that takes the place of our process; empty: none."""
        return ()

    def rounds(self) -> tuple[Json, ...]:
        """The parts of the run whose results do not depend on each other; empty where it has none."""
        return ()

    def of_rounds(self, rounds: Sequence[Json]) -> Action:
        """The action with *rounds* for its own."""
        del rounds
        return self

    def first_sources(self, folder: str) -> FirstSources | None:
        """The sources of a run in *folder* of the tree; None where it may depend on any file."""
        del folder
        return None

    def program(self, folder: str) -> Program | None:
        """The program whose time a run in *folder* takes; None where the time is not the submission's."""
        del folder
        return None


_PROGRAM = Traits(inside="programs", preloaded=Preloaded.PROGRAMS)
_KERNEL = Traits(inside="kernel", preloaded=Preloaded.NOTEBOOKS, exchange=Exchange.KERNEL, is_notebook=True)
_CELLS = Traits(inside="programs", preloaded=Preloaded.NOTEBOOKS, exchange=Exchange.MARKS, is_notebook=True)
# The programs of the system that a command starts have no version in the key of a result.
_COMMAND = Traits(inside="", is_student_code=False, is_repeatable=False)
_COMMANDS = replace(_COMMAND, exchange=Exchange.COMMANDS)
_SERVICE = replace(_COMMAND, exchange=Exchange.SERVICE)
_TOOL = Traits(
    inside="tools",
    is_student_code=False,
    in_own_environment=True,
    has_network=False,
    starts_in_root=True,
    must_return=True,
)
_LINTER = replace(_TOOL, sees_packages=True)
_PRELOADED_LINTER = replace(_LINTER, preloaded=Preloaded.LINTER)


@dataclass(frozen=True, slots=True)
class Script(Action):
    """``python PATH ARGUMENTS…`` from the folder of the job; with ``as_module``, ``python -m`` and its dotted name."""

    path: str
    arguments: tuple[str, ...] = ()
    as_module: bool = False

    @property
    def traits(self) -> Traits:
        return _PROGRAM

    def content(self) -> dict[str, Json]:
        return {
            "program": "script",
            "path": self.path,
            "arguments": list(self.arguments),
            "as_module": self.as_module,
        }

    def first_sources(self, folder: str) -> FirstSources:
        return FirstSources(_joined(folder, self.path), " ".join(self.arguments))

    def program(self, folder: str) -> Program:
        return python_program(_joined(folder, self.path))


@dataclass(frozen=True, slots=True)
class Notebook(Action):
    """All code cells of a notebook, in order, in a fresh kernel started in the folder of the job."""

    path: str

    @property
    def traits(self) -> Traits:
        return _KERNEL

    def first_sources(self, folder: str) -> FirstSources:
        return FirstSources(_joined(folder, self.path))

    def program(self, folder: str) -> Program:
        return _executed_notebook(_joined(folder, self.path))


@dataclass(frozen=True, slots=True)
class Cells(Action):
    """The code cells of the notebook *path* (from the root) as one plain script, without kernel and figures.

    ``sources`` are all code cells, in order. The script starts in the folder of the job.
    """

    path: str
    sources: tuple[str, ...]

    @property
    def traits(self) -> Traits:
        return _CELLS

    def content(self) -> dict[str, Json]:
        return {"program": "cells"}

    def first_sources(self, folder: str) -> FirstSources:
        del folder
        return FirstSources(self.path)

    def program(self, folder: str) -> Program:
        del folder
        return _executed_notebook(self.path)


@dataclass(frozen=True, slots=True)
class Import(Action):
    """``import MODULE`` and nothing else, in a fresh interpreter started in the folder of the job."""

    module: str

    @property
    def traits(self) -> Traits:
        return _PROGRAM

    def content(self) -> dict[str, Json]:
        return {"program": "import", "module": self.module}

    def first_sources(self, folder: str) -> FirstSources:
        del folder
        return FirstSources("", self.module)

    def program(self, folder: str) -> Program:
        del folder
        line = f"import {self.module}"
        return Program(line, "", f"python -c {shlex.quote(line)}")


@dataclass(frozen=True, slots=True)
class Command(Action):
    """A line for ``bash -c``, in the folder of the job."""

    line: str

    @property
    def traits(self) -> Traits:
        return _COMMAND

    def executed(self) -> tuple[str, ...]:
        return ("/bin/bash", "-c", self.line)


SCRIPT = "{0}"
"""The word of a shell's command line that stands for the path of the file with the lines."""

BASH = ("bash", "-e", SCRIPT)
"""The shell that stops at the first line that fails."""


MOST_COMMANDS = 100
"""The number of commands that one run may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCommand:
    """Lines for a shell, one of several commands in a workspace.

    - ``shell``: the program, looked for in ``PATH``, and its arguments. ``SCRIPT`` in them is the path of the lines.
    - ``folder``: the working folder, relative to that of the job. It has to be there.
    - ``variables``: additions to the environment, for this command only.
    - ``go_on``: its failure does not keep those after it from running.
    - ``always``: it runs although one before it has failed.
    """

    lines: str
    shell: tuple[str, ...] = BASH
    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    go_on: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """The files by which a command passes values on, each named by the variable that has its path; empty: none.

    - ``variables``: lines ``NAME=value``, or ``NAME<<WORD``, lines of the value, ``WORD``. Later commands get them.
    - ``path``: folders, a line each, that come first in the ``PATH`` of later commands.
    - ``outputs``: as variables. They are only told, and stand where ``Commands.references`` names them.
    """

    variables: str = ""
    path: str = ""
    outputs: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """An output of an earlier command, by its number from 0. It is empty where the command did not set it."""

    command: int
    name: str


@dataclass(frozen=True, slots=True)
class Commands(Action):
    """Several commands in one workspace, in order, as the steps of a workflow are run.

    A command finds the files and the carried values of those before it, and what they left running. All together have
    the limits of the job. The first failure ends the sequence, except as ``go_on`` and ``always`` say.

    - ``references``: pieces of text in lines and variables, each replaced by an output just before a command starts.
    - ``path``: the file of the submission that has the commands, for messages.

    Raises ValueError for no command, and for more than ``MOST_COMMANDS``.
    """

    commands: tuple[ShellCommand, ...]
    carried: Carried = Carried()
    references: Mapping[str, Output] = field(default_factory=lambda: MappingProxyType({}))
    path: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.commands) <= MOST_COMMANDS:
            raise ValueError(f"{len(self.commands)} commands")

    @property
    def traits(self) -> Traits:
        return _COMMANDS

    def executed(self) -> tuple[str, ...]:
        """The beginning of each command line; the folder and the words of the shell follow."""
        return ("/bin/sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh")

    def program(self, folder: str) -> Program | None:
        del folder
        lines = [line for command in self.commands for line in command.lines.splitlines() if line.strip()]
        return Program(self.path or lines[0].strip(), self.path, "\n".join(lines)) if lines else None


PORT = "PORT"
"""The variable with the port of a service."""

_LARGEST_ANSWER = 2_000_000
_MOST_REQUESTS = 100


@dataclass(frozen=True, slots=True)
class Service(Action):
    """A line for ``bash -c`` that starts a service, and requests to it, in order, once it answers. Then it is stopped.

    - ``port``: the one on which it listens on the loopback address. None: the line takes it from the variable ``PORT``.
    - ``ready_path``: asked by GET again and again, until any answer comes, for at most ``ready_seconds``.
    - ``answer_seconds``, ``answer_bytes``: limits of one answer; ``total_bytes``: of the bodies of all together.

    The limits of the job hold for all of it. Raises ValueError for more than 100 requests, and for an ``answer_bytes``
    of more than 2 MB.
    """

    line: str
    requests: tuple[ServiceRequest, ...] = ()
    port: int | None = None
    ready_path: str = "/"
    ready_seconds: float = 30
    answer_seconds: float = 10
    answer_bytes: int = 1_000_000
    total_bytes: int = 10_000_000

    def __post_init__(self) -> None:
        if len(self.requests) > _MOST_REQUESTS or self.answer_bytes > _LARGEST_ANSWER:
            raise ValueError(f"{len(self.requests)} requests for {self.answer_bytes} bytes")
        ServiceRequest(path=self.ready_path)

    @property
    def traits(self) -> Traits:
        return _SERVICE

    def executed(self) -> tuple[str, ...]:
        return ("/bin/bash", "-c", self.line)

    def program(self, folder: str) -> Program:
        del folder
        return Program(self.line, "", self.line)


@dataclass(frozen=True, slots=True)
class Tool(Action):
    """A function of the checker, ``checker.sandbox.inside.NAME:run(payload) -> JSON``, started in the root of the tree.

    It runs inside the sandbox because its input is hostile, too. Where the payload has a list ``rounds``, the result
    has one item for each round. A round depends only on itself and on the files named in its ``sources``.
    """

    name: str
    payload: Mapping[str, Json] = field(default_factory=lambda: NOTHING)

    @property
    def traits(self) -> Traits:
        linter = linter_inside(self.name)
        if linter is None:
            return _TOOL
        return _PRELOADED_LINTER if linter.is_preloaded else _LINTER

    def content(self) -> dict[str, Json]:
        return {"name": self.name, "payload": dict(self.payload)}

    def rounds(self) -> tuple[Json, ...]:
        rounds = self.payload.get("rounds")
        return tuple(rounds) if isinstance(rounds, list) else ()

    def of_rounds(self, rounds: Sequence[Json]) -> Tool:
        return Tool(self.name, {**self.payload, "rounds": list(rounds)})

    def program(self, folder: str) -> Program | None:
        del folder
        linter = linter_inside(self.name)
        return Program(linter.name, "", linter.command) if linter is not None else None


def python_program(path: str) -> Program:
    """``python PATH`` as a program of the submission."""
    return Program(path, path, f"python {shlex.quote(path)}")


def _executed_notebook(path: str) -> Program:
    return Program(path, path, f"jupyter nbconvert --to notebook --execute --stdout {shlex.quote(path)}")


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))
