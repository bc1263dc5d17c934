"""The image of a submission: its Dockerfile, its simulated build, its real build and its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from checker.facts.job import Finished
from checker.facts.main_script import Printed
from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile. ``line`` is its first line, ``script`` the bodies of its here-documents.

    ``stage`` counts from 0, and is -1 before the first ``FROM``. ``flags`` are the ``--name=word`` options before the
    value; the words of a repeated option are joined by spaces.
    """

    keyword: str
    value: str
    line: int
    stage: int
    flags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    script: str = ""

    @property
    def words(self) -> str:
        """The whole text that the instruction runs or sets."""
        return f"{self.value}\n{self.script}" if self.script else self.value


@dataclass(frozen=True, slots=True)
class Stage:
    """One ``FROM``. ``base`` is the image name with its variables filled in; ``earlier`` is the stage that it names
    instead.
    """

    number: int
    name: str
    base: str
    line: int
    earlier: int | None = None


class Wrong(StrEnum):
    """The reason why an instruction is certain to fail.

    The first group is invalid for every builder, the second stops the build, the third stops the start.
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
    """A certain failure: the instruction, and the file, image, stage or word that it is about.

    ``by`` is the file that refers to that word, where the instruction itself does not name it.
    """

    kind: Wrong
    what: str
    line: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """The start command of the image. ``script`` is the path in the image of the Python file that it starts, if any."""

    words: tuple[str, ...]
    line: int
    script: str | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopiedSecret:
    """A file of the repository that is copied into the image and holds a secret. ``line`` is the instruction that
    copies it.

    ``signed``: the secret is a signed link, which opens one file and expires. ``shaped``: the secret was recognised by
    its shape, not by the name of the file.
    """

    path: str
    line: int
    signed: bool = False
    shaped: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dockerfile:
    """A Dockerfile and its simulated build.

    - ``files``: the paths of the final image that come from the repository, mapped to their paths in the repository.
    - ``folder``: the working folder of the image; ``variables``: the values that ``ENV`` sets.
    - ``problem``: the reason why the Dockerfile cannot be read at all.
    - ``misplaced``: its folder or name is not the one that a builder looks for.
    - ``mistakes``: certain failures.
    - ``unfollowed``: lines that bring files from elsewhere (``git clone``, another image); ``moved``: lines that may
      move copied files. With either of them, a missing or misplaced file is not certain.
    - ``whole_copy``: the lines that copy everything; ``git_copies``: those that copy ``.git`` by name.
    - ``git_left_out``: the ``ignore_file`` excludes ``.git``; ``left_out``: the rule that excludes a path, by path.
    - ``copied_secrets``: secrets in copied files; ``keys``: the lines of the Dockerfile that hold a string shaped like
      a key.
    - ``others``: further Dockerfiles.
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
    copied_secrets: tuple[CopiedSecret, ...] = ()
    keys: tuple[int, ...] = ()
    others: tuple[str, ...] = ()

    def place(self, line: int | None) -> Location:
        """The location of a line of the file."""
        return Location(self.path, line=line)

    def of(self, *keywords: str) -> tuple[Instruction, ...]:
        """The instructions with one of these keywords, in order."""
        return tuple(instruction for instruction in self.instructions if instruction.keyword in keywords)


@dataclass(frozen=True, slots=True)
class Finding:
    """One message of a Dockerfile linter: its rule, its text (in English), and the line."""

    code: str
    message: str
    line: int


@dataclass(frozen=True, slots=True)
class LintedDockerfile:
    """The messages of a Dockerfile linter, by line."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The start of the image, tried without an engine: with only the files of the image and no S3 variable.

    It runs with the checker's libraries, not with the image's, so a missing library is no failure of the image. The
    places of its error are paths in the repository.
    """

    finished: Finished


@dataclass(frozen=True, slots=True)
class Engine:
    """The Docker engine of this machine: its ``version``, or the ``missing`` part and the ``remedy``."""

    version: str | None
    missing: Text | None = None
    remedy: Text | None = None


class Stop(StrEnum):
    """The reason why a build ended without an image."""

    STEP = "step"
    """An instruction failed."""
    BASE = "base"
    """No registry has the base image."""
    TIME = "time"
    SIZE = "size"
    """The build wrote more than the course allows an image to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The result of ``docker build``. ``line`` is the instruction at which it stopped, ``what`` the name of the base.

    ``output`` is the end of the build's output, without control sequences. ``refused`` are the requested hosts that the
    course does not allow in a build, ``unreached`` the hosts that this machine could not reach. ``notes`` list the
    differences from a BuildKit build.
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
class LayerFinding:
    """A file in a layer of an image, by its path in the image, and the line that added it.

    ``removed``: a later line deleted the file, but the layer still holds it. ``sure`` is False for files that a program
    may have generated for itself.
    """

    path: str
    line: int | None
    removed: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The files and variables that a built image holds beyond its base.

    ``secrets``, ``git`` (folders) and ``data`` were found among the ``files`` examined in its layers; ``complete``: all
    files apart from libraries were examined. ``variables`` are those that the base does not set, ``keys`` the lines
    whose entry in the image's history shows a string shaped like a key.
    """

    secrets: tuple[LayerFinding, ...] = ()
    git: tuple[LayerFinding, ...] = ()
    data: tuple[LayerFinding, ...] = ()
    files: int = 0
    complete: bool = True
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    keys: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTrial:
    """The image of a submission, built and run on a real engine.

    - ``build``: None where this machine cannot build; ``missing`` and ``remedy`` are then the reason.
    - ``finished``, ``printed``: the run of the image; ``not_run``: the reason why an image was not run.
    - ``reinstalled``: the line of the installation that a change of the main script repeats; 0 where it repeats none,
      None where this was not tried.
    - ``fault``: set where the checker caused the failure: the program did not trust the gateway's certificate.
    - ``contents``: the files and variables of the image.
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
