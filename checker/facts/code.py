"""The Python code of a submission as it is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One imported name: ``import a.b as c`` (name None), ``from a.b import name as alias`` (``*`` included).

    ``module`` is absolute: a relative import is resolved from its file. ``guarded``: the import stands in a ``try``, or
    under a condition on the system or for types. ``top``: the import runs when the file is imported. ``never``: it
    stands under a condition that is false at run time (``if False``, ``if TYPE_CHECKING``).
    """

    module: str
    name: str | None
    alias: str | None
    where: Location
    guarded: bool = False
    top: bool = True
    never: bool = False

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True, eq=False)
class PythonFile:
    """One ``.py`` file. ``tree`` is None where the file cannot be parsed; ``problem`` and ``problem_where`` then give
    the reason and the place.

    ``python`` is the version of Python, such as ``3.12``, that parses the file, where that is newer than the checker's.
    """

    path: str
    source: str
    tree: ast.Module | None = field(repr=False)
    imports: tuple[ImportedName, ...] = ()
    problem: Text | None = None
    problem_where: tuple[Location, ...] = ()
    python: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """The Python files of the project and the part that each plays.

    - ``files``: all tracked ``.py`` files outside of virtual environments, by path.
    - ``main``: the path of the main script; ``substitute``: its name differs from the course's.
    - ``modules``: the files that main or the notebook import, directly or not.
    - ``unreached``: files that would be modules if anything imported them.
    - ``missing``: imports of local modules that the repository lacks (a forgotten ``git add``).
    - ``explained``: the missing imports whose cause is known; they count against the run of main.
    - ``roots``: the folders, relative to the root of the tree, from which imports are resolved (``""`` first).
    """

    files: Mapping[str, PythonFile]
    main: str | None
    substitute: bool
    modules: tuple[str, ...]
    unreached: tuple[str, ...] = ()
    missing: tuple[ImportedName, ...] = ()
    roots: tuple[str, ...] = ("",)
    explained: tuple[ImportedName, ...] = ()

    @property
    def main_file(self) -> PythonFile | None:
        return self.files.get(self.main) if self.main else None

    @property
    def project(self) -> tuple[PythonFile, ...]:
        """The main script and the modules: the project's code in the sense of the course."""
        paths = (*((self.main,) if self.main else ()), *self.modules)
        return tuple(self.files[path] for path in paths)


def called_name(call: ast.Call) -> str:
    """The last name of the called expression: ``read_csv`` of ``pd.read_csv(…)``; empty where it has none."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
