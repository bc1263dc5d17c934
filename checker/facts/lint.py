"""The linter's scores and messages for the project's code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class MessageGroup:
    """All messages of one kind: their total cost in points of the score, and the first of their locations.

    ``texts`` are the texts of the message, one for each location of ``where``.
    """

    symbol: str
    id: str
    count: int
    cost: float
    example: str
    where: tuple[Location, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileScore:
    """One file linted alone. ``score`` is None for a file without statements."""

    path: str
    score: float | None
    statements: int


@dataclass(frozen=True, slots=True)
class Score:
    """One joint run of the linter over some files.

    - ``value``: the score, with two decimals as the linter prints it; None where no file holds a statement.
    - ``padding``: the number of statements that do nothing or repeat a shape, where there are so many that they serve
      only to raise the score. These statements and their messages are not counted in ``value``.
    - ``honoured``: the score with the comments that switch messages off, which stand at ``pragmas``.
    - ``unreadable``: the files that cannot be parsed, each with the reason; no score includes them.
    - ``left_out``: the libraries that this machine lacks, whose import errors are not counted.
    - ``crashed``: the locations at which the linter failed; ``sound``: the linter reads ordinary code nevertheless.
    """

    files: tuple[FileScore, ...]
    value: float | None
    honoured: float | None
    statements: int
    groups: tuple[MessageGroup, ...] = ()
    pragmas: tuple[Location, ...] = ()
    unreadable: tuple[tuple[Location, Text], ...] = ()
    left_out: tuple[str, ...] = ()
    crashed: tuple[Location, ...] = ()
    sound: bool = True
    padding: int = 0

    @property
    def paths(self) -> tuple[str, ...]:
        """All files of the group, including those that cannot be parsed."""
        return (*(file.path for file in self.files), *(where.path for where, _ in self.unreadable))

    def misses(self, bar: float) -> Fraction | None:
        """The difference by which the score is below *bar*; None where the score reaches *bar* or there is no score."""
        if self.value is None or self.value >= bar:
            return None
        return Fraction(str(bar)) - Fraction(str(self.value))


@dataclass(frozen=True, slots=True)
class FirstScore:
    """The score of the first commit that had the file or files; students are asked to note it."""

    commit: str
    value: float


@dataclass(frozen=True, slots=True)
class LintScores:
    """The scores of the main script and of the modules, by the linter of that ``version``.

    - ``first``: the scores of the first commit, by ``main`` and ``modules``, where known.
    - ``handed``: the files that a main script without own code delegates to; they are linted with it.
    - ``hidden``: executed files other than Python files, which no linter sees.
    - ``folders``: the folders of the project's installed packages, in which the linter finds modules, too.
    """

    version: str
    main: Score | None
    modules: Score | None
    handed: tuple[str, ...] = ()
    hidden: tuple[Location, ...] = ()
    folders: tuple[str, ...] = ()
    first: Mapping[str, FirstScore] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class UnreachedScores:
    """Files that ran with the main script although no import leads to them: ``paths``.

    ``together`` is the score of the modules and these files. ``texts`` are other files with Python code that the main
    script opened; ``unreadable`` are loaded files without source (``.pyc``).
    """

    paths: tuple[str, ...]
    together: Score | None
    texts: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
