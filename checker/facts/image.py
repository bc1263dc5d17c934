"""The image of a submission: its Dockerfile, what its build brings together, and how it would start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from checker.facts.program import Printed
from checker.facts.running import Finished
from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile. ``line`` is its first, ``script`` the bodies of its here-documents.

    ``stage`` counts from 0, and is -1 before the first ``FROM``. ``flags`` are what stands before the value as
    ``--name=word``; where a name comes again, its words follow each other with a space between.
    """

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
    """What makes an instruction certain to fail.

    The first group is what no builder understands, the second what stops the build, the third what stops the start.
    """

    UNKNOWN = "unknown"
    INCOMPLETE = "incomplete"
    EARLY = "early"
    OPEN = "open"

    REFERENCE = "reference"
    SOURCE = "source"
    IGNORED = "ignored"
    STAGE = "stage"
    USED_BEFORE = "used-before"

    LIST = "list"
    ONE_WORD = "one-word"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A certain failure: which instruction, and the file, image, stage or word that it is about.

    ``by`` is the file that refers to it, where the instruction itself does not name it.
    """

    kind: Wrong
    what: str
    line: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What the image runs. ``script`` is the path in the image of the Python file that it starts, if it does so."""

    words: tuple[str, ...]
    line: int
    script: str | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """A file of the repository that comes into the image and holds a secret. ``line`` is the one that copies it."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dockerfile:
    """A Dockerfile and the rehearsal of its build.

    ``files`` maps the paths of the final image that come from the repository to their paths there; ``folder`` is
    the one in which the image starts, ``variables`` what ``ENV`` sets for it. ``problem`` says why nothing of it can
    be read; ``misplaced`` that it is not where, or not called what, a builder looks for.

    ``mistakes`` are certain failures. ``unfollowed`` are lines that bring files from elsewhere (``git clone``, another
    image), ``moved`` those that may move what was copied: then what is missing, or lies in a wrong place, is not
    certain. ``whole_copy`` are the lines that copy everything, ``git_copies`` those that copy ``.git`` by name;
    ``git_left_out`` says that the ``ignore_file`` keeps ``.git`` out, ``left_out`` gives the rule that keeps a path out
    by path. ``carried`` are secrets in copied files, ``keys``
    the lines of the Dockerfile that hold something of the shape of a key. ``others`` are further Dockerfiles.
    """

    path: str
    instructions: tuple[Instruction, ...] = ()
    stages: tuple[Stage, ...] = ()
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    folder: str = "/"
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    start: Start | None = None
    problem: Text | None = None
    misplaced: bool = False
    mistakes: tuple[Mistake, ...] = ()
    unfollowed: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    whole_copy: tuple[int, ...] = ()
    git_copies: tuple[int, ...] = ()
    git_left_out: bool = False
    ignore_file: str = ".dockerignore"
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    carried: tuple[Carried, ...] = ()
    keys: tuple[int, ...] = ()
    others: tuple[str, ...] = ()

    def place(self, line: int | None) -> Location:
        """A line of the file, as a place."""
        return Location(self.path, line=line)

    def of(self, *keywords: str) -> tuple[Instruction, ...]:
        """The instructions of these keywords, in order."""
        return tuple(one for one in self.instructions if one.keyword in keywords)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a linter of Dockerfiles: its rule, what it says (in English), and the line."""

    code: str
    message: str
    line: int


@dataclass(frozen=True, slots=True)
class LintedDockerfile:
    """What a linter of Dockerfiles says, by line."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The start of the image, tried without an engine: only the files that it would hold, no variable of S3.

    It says nothing of the image's own libraries: a failure for want of one is no failure of the image. The places of
    its error are paths in the repository.
    """

    finished: Finished


@dataclass(frozen=True, slots=True)
class Engine:
    """Whether a Docker engine answers here: its ``version``, or what is ``missing`` and the ``remedy``."""

    version: str | None
    missing: Text | None = None
    remedy: Text | None = None


class Stop(StrEnum):
    """Why a build ended without an image."""

    STEP = "step"
    """An instruction failed."""
    BASE = "base"
    """No registry has the image that it starts from."""
    TIME = "time"
    SIZE = "size"
    """It wrote more than the course lets an image hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What came of ``docker build``. ``line`` is the instruction at which it stopped, ``what`` the name of the base.

    ``output`` is the end of what it said, control sequences removed. ``refused`` are the hosts that it asked for and
    that the course does not let a build reach, ``unreached`` those that this machine could not reach. ``notes`` say
    what had to be done differently from BuildKit.
    """

    seconds: float
    stop: Stop | None = None
    line: int | None = None
    what: str = ""
    output: str = ""
    refused: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.stop is None


@dataclass(frozen=True, slots=True)
class Held:
    """A file in a layer of an image, by its path there, and the line that left it.

    ``removed`` says that a later line took it out of the image, though not out of its layer. ``sure`` is False for what
    a program may have made for itself.
    """

    path: str
    line: int | None
    removed: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an image holds beyond its base, as it was really built.

    ``secrets``, ``git`` (folders) and ``data`` were found in its layers, ``files`` of which were looked at;
    ``complete`` says that these are all that there are, apart from libraries. ``variables`` are those that the base
    does not set, ``keys`` the lines whose part of the image's history shows something of the shape of a key.
    """

    secrets: tuple[Held, ...] = ()
    git: tuple[Held, ...] = ()
    data: tuple[Held, ...] = ()
    files: int = 0
    complete: bool = True
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    keys: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The image of a submission, built and run on a real engine.

    ``build`` is None where this machine cannot build it: ``missing`` and ``remedy`` then say why. With an image,
    ``finished`` and ``printed`` are its run, or ``not_run`` says why there is none. ``reinstalled`` is the line of the
    installation that a change of the main script repeats, 0 where it repeats none, None where that was not tried.
    ``fault`` is set where the run failed by our doing: what it read did not trust the gateway. ``contents`` is what
    the image holds.
    """

    build: Build | None = None
    missing: Text | None = None
    remedy: Text | None = None
    finished: Finished | None = None
    printed: Printed | None = None
    not_run: tuple[Text, Text] | None = None
    fault: str = ""
    reinstalled: int | None = None
    contents: Contents | None = None
