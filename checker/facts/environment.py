"""The environment that a project declares, and the packages that the project uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from packaging.utils import canonicalize_name

from checker.model import Location, Text


class Form(StrEnum):
    """The kinds of files that declare an environment."""

    CONDA = "conda"
    REQUIREMENTS = "requirements"
    PROJECT = "project"
    LOCK = "lock"


class Bound(StrEnum):
    """How far a version is fixed: exact or with an upper bound, with a lower bound only, or not at all."""

    UPPER = "upper"
    LOWER = "lower"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Package:
    """One declared package. ``spec`` is its version as written; ``conda``: conda installs it (otherwise pip).

    ``build`` is conda's build string. ``channel`` is the prefix before ``::``. ``extras`` are the requested extras.
    ``marker`` is the environment marker, the condition under which pip installs the package.
    """

    name: str
    spec: str
    bound: Bound
    conda: bool
    where: Location
    build: str = ""
    channel: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""

    @property
    def key(self) -> str:
        """The normalised name, as package indexes compare it."""
        return canonicalize_name(self.name)


@dataclass(frozen=True, slots=True)
class Excess:
    """The limit that a file exceeds: *path* holds more than *most* bytes or packages, and the rest is not read."""

    path: str
    most: int
    counted: Literal["bytes", "packages"]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in a file, as its installer would report it. ``fatal``: the installer installs nothing because of it.

    ``excess``: the limit at which reading stopped. ``meant`` is the package that a wrong line is about. ``command`` is
    set where the whole file is the output of a command whose format its installer does not read. ``absent``: a file
    that this file includes is missing.
    """

    what: Text
    where: Location
    fatal: bool = True
    excess: Excess | None = None
    meant: Package | None = None
    command: str = ""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """One file that declares packages; packages of included files are among ``declared``.

    - ``declared``: the packages without Python, which is ``python``.
    - ``prefix``, ``name_line``: lines of a conda file.
    - ``exported``: the file is an export of a whole base environment.
    - ``encoding``: ``utf-8`` unless the file has another one.
    - ``one_python``: ``python`` allows exactly one minor version; ``no_python``: none that runs today's code.
    - ``direct``: the keys of the requested packages, where a lock file distinguishes them from dependencies.
    """

    path: str
    form: Form
    declared: tuple[Package, ...] = ()
    python: Package | None = None
    name: str | None = None
    name_line: Location | None = None
    prefix: Location | None = None
    channels: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    encoding: str = "utf-8"
    bom: bool = False
    exported: bool = False
    one_python: bool = False
    no_python: bool = False
    direct: frozenset[str] | None = None

    @property
    def packages(self) -> int:
        """The number of declared packages."""
        return len(self.declared)

    @property
    def fatal(self) -> tuple[Problem, ...]:
        """The problems that make the installer install nothing."""
        return tuple(problem for problem in self.problems if problem.fatal)

    @property
    def is_unknown(self) -> bool:
        """True where the packages are not known: nothing was readable, or an included file is absent."""
        return bool(self.fatal) and (not self.declared or any(problem.absent for problem in self.fatal))


@dataclass(frozen=True, slots=True)
class Unmet:
    """A declared version that this machine lacks. ``here`` is the installed version; empty where there is none."""

    package: Package
    here: str


@dataclass(frozen=True, slots=True)
class Declared:
    """All files that declare the environment; the first one is the main file.

    ``unmet`` are declared packages that are not installed here, or in a version outside of the declared range.
    """

    files: tuple[EnvironmentFile, ...]
    unmet: tuple[Unmet, ...] = ()

    @property
    def main(self) -> EnvironmentFile:
        """The first file."""
        return self.files[0]

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages of all files."""
        return tuple(package for file in self.files for package in file.declared)

    def of(self, keys: frozenset[str]) -> Package | None:
        """The first package whose normalised name is in *keys*."""
        return next((package for package in self.packages if package.key in keys), None)


@dataclass(frozen=True, slots=True)
class Required:
    """A third-party package that the project imports.

    - ``distribution``: the name under which the package is installed.
    - ``declared``: its declaration; ``via``: the declared package that depends on it, where it has no declaration.
    - ``elsewhere``: the file that declares it, where that is not the main file.
    - ``scripts``: a ``.py`` file imports it (otherwise only the notebook does).
    - ``optional``: every import of it stands in a ``try``.
    - ``nowhere``: no known distribution provides it, and the main script fails at the import or never reaches it.
    """

    package: str
    distribution: str
    where: tuple[Location, ...]
    declared: Package | None
    via: str | None = None
    scripts: bool = True
    optional: bool = False
    elsewhere: str | None = None
    nowhere: bool = False

    @property
    def is_undeclared(self) -> bool:
        """True where a script needs the package and the environment neither declares it nor installs it as a
        dependency.
        """
        return self.scripts and self.declared is None and self.via is None and not self.optional and not self.nowhere


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A declared package that no part of the project needs; ``megabytes`` where its size is known."""

    package: Package
    megabytes: int = 0


@dataclass(frozen=True, slots=True)
class EnvironmentUse:
    """The packages that the project needs, and the declared ones that it does not need (the heaviest first).

    ``unknown`` are needed packages that this machine lacks, so that their dependencies are not known. ``standard`` are
    declared packages named like a module of the standard library.
    """

    required: tuple[Required, ...]
    unneeded: tuple[Unneeded, ...]
    unknown: tuple[str, ...] = ()
    standard: tuple[Package, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredEnvironment:
    """The environment built from the declaration: the installed ``versions`` and the version of ``python``.

    ``asked`` is the declared version of Python, where another one was used. ``left_out`` are declared packages that
    only conda provides. ``unmade`` is the reason why there is no environment; ``certain``: no machine could build it.
    """

    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    python: str = ""
    asked: str = ""
    left_out: tuple[str, ...] = ()
    unmade: Text | None = None
    remedy: Text | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True)
class FilteredRun:
    """A run of the main script in which only the declared distributions and their dependencies can be imported.

    - ``path``: the main script; ``ran``: it was run at all (otherwise only its imports were compared).
    - ``package``: the import that failed, ``lacking``: the name to declare; None where no import failed.
    - ``message``: the error of a failed run.
    - ``distributions``: the installed names of the declared packages.
    - ``made``: the declared environment that was requested for the run, built or not.
    - ``less``: the part of the work that the run with all libraries did and this run, although it succeeded, did not
      do.
    """

    ran: bool
    path: str
    lacking: str | None = None
    package: str = ""
    message: str = ""
    where: tuple[Location, ...] = ()
    distributions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    made: DeclaredEnvironment | None = None
    less: tuple[Text, ...] = ()
