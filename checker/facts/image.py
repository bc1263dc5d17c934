"""The image of a submission: its Dockerfile, what its build brings together, and how it would start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from checker.facts.running import Finished
from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile. ``line`` is its first, ``script`` the body of its here-document."""

    keyword: str
    value: str
    line: int
    stage: int
    flags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    script: str = ""

    @property
    def words(self) -> str:
        """All that the instruction runs or sets."""
        return f"{self.value}\n{self.script}" if self.script else self.value


@dataclass(frozen=True, slots=True)
class Stage:
    """One ``FROM``. ``base`` is the image's name with its variables filled in; ``earlier`` names a stage instead."""

    number: int
    name: str
    base: str
    line: int
    earlier: int | None = None


class Wrong(StrEnum):
    """What makes an instruction certain to fail when it is built, or to build something else than meant."""

    REFERENCE = "reference"
    SOURCE = "source"
    IGNORED = "ignored"
    STAGE = "stage"
    USED_BEFORE = "used-before"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A certain failure of the build: which instruction, and the file, image or stage that it is about."""

    kind: Wrong
    what: str
    line: int


@dataclass(frozen=True, slots=True)
class Start:
    """What the image runs. ``script`` is the path in the image of the Python file that it starts, if it does so.

    ``plain`` says that nothing but Python stands before the script, so that it can be started elsewhere, too.
    """

    words: tuple[str, ...]
    line: int
    script: str | None
    arguments: tuple[str, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dockerfile:
    """A Dockerfile and the rehearsal of its build.

    ``files`` maps the paths of the final image that come from the repository to their paths there; ``folder`` is
    the one in which the image starts. ``unreadable`` are lines that no builder understands. ``misplaced`` says that
    the file is not where, or not called what, a builder looks for. ``mistakes`` are certain failures of the build.
    ``whole_copy`` are the lines that copy everything; ``ignores`` says that there is a ``.dockerignore``.
    """

    path: str
    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    files: Mapping[str, str]
    folder: str
    start: Start | None
    unreadable: tuple[int, ...] = ()
    problem: Text | None = None
    misplaced: bool = False
    mistakes: tuple[Mistake, ...] = ()
    whole_copy: tuple[int, ...] = ()
    ignores: bool = False
    others: tuple[str, ...] = ()

    def place(self, line: int) -> tuple[Location, ...]:
        """A line of the file, as a place."""
        return (Location(self.path, line=line),)

    def of(self, *keywords: str) -> tuple[Instruction, ...]:
        """The instructions of these keywords, in order."""
        return tuple(one for one in self.instructions if one.keyword in keywords)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The start of the image, tried without an engine: only the files that it would hold, no variable of S3.

    It says nothing of the image's own libraries: a failure for want of one is no failure of the image.
    """

    finished: Finished


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine that answered."""

    version: str
