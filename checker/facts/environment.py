"""The environment that a project declares, and what of it the project uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from checker.model import Location, Text


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it: ``Scikit_Learn`` is ``scikit-learn`` (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
    """One declared package. ``spec`` is its version as written, ``conda`` says that conda installs it (else pip).

    ``build`` is conda's build string. ``channel`` is what stands before ``::``. ``extras`` are those asked for;
    ``marker`` is the condition under which pip installs it at all.
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
        """The name as indexes compare it."""
        return normal(self.name)


@dataclass(frozen=True, slots=True)
class Excess:
    """More than any environment needs, and than is read: the file *path* holds more than *most* bytes or packages."""

    path: str
    most: int
    counted: Literal["bytes", "packages"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that its tool stumbles over. ``fatal``: the tool installs nothing because of it.

    ``excess``: it was left unread from there on. ``meant`` is the package that a wrong line is about.
    """

    what: Text
    where: Location
    fatal: bool = True
    excess: Excess | None = None
    meant: Package | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """One file that declares packages, those of files that it includes among them.

    ``declared`` leaves Python itself out, which is ``python``. ``prefix`` and ``name_line`` are places in a conda
    file. ``exported`` says that a whole base environment was written out. ``encoding`` is ``utf-8`` if it is.
    ``one_python``: ``python`` allows one minor version only; ``no_python``: it allows none that code of today runs in.
    ``direct`` are the keys of the packages that were asked for, where a lock tells them from their dependencies.
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
        """How many packages it declares."""
        return len(self.declared)

    @property
    def fatal(self) -> tuple[Problem, ...]:
        """The problems because of which nothing would be installed."""
        return tuple(problem for problem in self.problems if problem.fatal)


@dataclass(frozen=True, slots=True)
class Unmet:
    """A declared version that this machine does not have. ``here`` is the one that it has; empty: none."""

    package: Package
    here: str


@dataclass(frozen=True, slots=True)
class Declared:
    """All files that declare the environment; the one that counts comes first.

    ``unmet`` are packages of theirs whose version here lies outside of what is declared, or that are not here.
    """

    files: tuple[EnvironmentFile, ...]
    unmet: tuple[Unmet, ...] = ()

    @property
    def main(self) -> EnvironmentFile:
        """The file that counts."""
        return self.files[0]

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages of all files."""
        return tuple(package for file in self.files for package in file.declared)

    def of(self, keys: frozenset[str]) -> Package | None:
        """The first package that has one of these normal names."""
        return next((package for package in self.packages if package.key in keys), None)


@dataclass(frozen=True, slots=True)
class Required:
    """A third-party package that the project imports.

    ``distribution`` is the name by which it is installed. ``declared`` is its declaration, ``via`` the declared
    package that brings it along, where it has none of its own; ``elsewhere`` is the file that declares it, where
    that is not the one that counts. ``scripts``: the project's ``.py`` files import it (else only the notebook
    does). ``optional``: only ever imported in a ``try``.
    """

    package: str
    distribution: str
    where: tuple[Location, ...]
    declared: Package | None
    via: str | None = None
    scripts: bool = True
    optional: bool = False
    elsewhere: str | None = None


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A declared package that nothing in the project needs; ``megabytes`` where its size is known."""

    package: Package
    megabytes: int = 0


@dataclass(frozen=True, slots=True)
class EnvironmentUse:
    """What the project needs of what it declares, and what it does not: the heaviest first.

    ``unknown`` are needed packages that this machine lacks: what they bring along is not known here. ``standard`` are
    declared packages that have the name of a module of Python itself.
    """

    required: tuple[Required, ...]
    unneeded: tuple[Unneeded, ...]
    unknown: tuple[str, ...] = ()
    standard: tuple[Package, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredEnvironment:
    """The environment that was made of what is declared: with which ``versions``, in which ``python``.

    ``asked`` is the version of Python that is declared, where another one had to do. ``left_out`` are declared packages
    that only conda has. ``unmade`` says why there is none; it is ``certain`` where no machine could make it.
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
    """A run of the main script with nothing importable but what is declared and what that depends on.

    ``package`` is the import name that it asked for in vain and ``lacking`` the name to declare; None where it
    lacked nothing. ``ran`` says whether it was run at all: where not, only the imports were compared. ``message``
    is how it ended, if it failed. ``path`` is the main script. ``distributions`` are the installed names of what was
    declared. ``made`` is the environment of its own that it ran in, or could not, where that was asked for.
    """

    ran: bool
    path: str
    lacking: str | None = None
    package: str = ""
    message: str = ""
    where: tuple[Location, ...] = ()
    distributions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    made: DeclaredEnvironment | None = None
