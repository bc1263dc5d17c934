"""What the linter says of the project's code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class MessageGroup:
    """All messages of one kind: what they cost together, in points of the score, and the first of their places.

    ``said`` are the words of the message at each place of ``where``.
    """

    symbol: str
    id: str
    count: int
    cost: float
    example: str
    where: tuple[Location, ...]
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileScore:
    """One file linted alone. ``score`` is None where it holds no statement."""

    path: str
    score: float | None
    statements: int


@dataclass(frozen=True, slots=True)
class Score:
    """One joint run of the linter over some files.

    ``value`` has two decimals, as the linter prints it, and is None where no file holds a statement. ``padding``
    counts statements that do nothing, where there are so many that they can only be meant for the figure: they are
    not counted in it. ``honoured``
    is the figure with the comments that switch messages off, which are found at ``pragmas``. ``unreadable`` are
    the files that cannot be parsed, each with the reason; they are in no figure. ``left_out`` are the libraries
    that this machine lacks and whose import errors do not count. ``crashed`` are the places at which the linter failed;
    it is ``sound`` where it reads ordinary code all the same.
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
        """All files of the group, those that cannot be parsed included."""
        return (*(file.path for file in self.files), *(where.path for where, _ in self.unreadable))

    def misses(self, bar: float) -> Fraction | None:
        """By how much the score is below *bar*; None where it reaches it or there is none."""
        if self.value is None or self.value >= bar:
            return None
        return Fraction(str(bar)) - Fraction(str(self.value))


@dataclass(frozen=True, slots=True)
class FirstScore:
    """The score of the first commit that had the file or files, which students are asked to note."""

    commit: str
    value: float


@dataclass(frozen=True, slots=True)
class LintScores:
    """The scores of the main script and of the modules, by the linter of that ``version``.

    ``first`` holds those of the first commit, by ``main`` and ``modules``, where it can be told.
    ``handed`` are the files that a main script without code of its own hands over to: they are linted with it.
    ``hidden`` are files other than Python's that it executes, which no linter sees.
    """

    version: str
    main: Score | None
    modules: Score | None
    handed: tuple[str, ...] = ()
    hidden: tuple[Location, ...] = ()
    first: Mapping[str, FirstScore] = field(default_factory=lambda: MappingProxyType({}))
