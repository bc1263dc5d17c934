"""The Python code of a submission as it is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One imported thing: ``import a.b as c`` (name None), ``from a.b import name as alias`` (``*`` included).

    ``module`` is absolute: a relative import is resolved from the file that holds it. ``guarded`` says that it
    stands in a ``try``, or under a condition on the system or for types, ``top`` that it is run when the file is
    imported.
    """

    module: str
    name: str | None
    alias: str | None
    where: Location
    guarded: bool = False
    top: bool = True

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True, eq=False)
class PythonFile:
    """One ``.py`` file. ``tree`` is None where it cannot be parsed; then ``problem`` says why and where."""

    path: str
    source: str
    tree: ast.Module | None = field(repr=False)
    imports: tuple[ImportedName, ...] = ()
    problem: Text | None = None
    problem_where: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """The Python files of the project and the part that each plays.

    ``files`` are all tracked ``.py`` files outside of virtual environments, by path. ``main`` is the path of the
    main script and ``substitute`` says that it has another name than the course's. ``modules`` are the project's
    modules: what main or the notebook reach by import, directly or not. ``unreached`` are the files that would be
    modules if anything imported them. ``missing`` are imports of local modules that the repository lacks
    (a forgotten ``git add``), as what was imported and where. ``roots`` are the folders, relative to the root of
    the tree, from which imports are resolved (``""`` first).
    """

    files: Mapping[str, PythonFile]
    main: str | None
    substitute: bool
    modules: tuple[str, ...]
    unreached: tuple[str, ...] = ()
    missing: tuple[ImportedName, ...] = ()
    roots: tuple[str, ...] = ("",)

    @property
    def main_file(self) -> PythonFile | None:
        return self.files.get(self.main) if self.main else None

    @property
    def project(self) -> tuple[PythonFile, ...]:
        """The main script and the modules: what the course calls the project's code."""
        paths = (*((self.main,) if self.main else ()), *self.modules)
        return tuple(self.files[path] for path in paths)
