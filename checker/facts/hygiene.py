"""Files that a repository should not hold, and the effect of its ignore rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checker.facts.code import ImportedName


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file."""

    path: str
    line: int
    pattern: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that holds data. ``what`` is its form; ``passengers``: it contains the course's passengers.

    ``fixture``: a small sample beside tests. ``pointer``: a Git LFS pointer in place of the content. ``rule`` would
    ignore the file if git did not already track it.
    """

    path: str
    what: str
    passengers: bool = False
    fixture: bool = False
    pointer: bool = False
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The data files of a repository.

    ``tracked`` are in git. ``waiting`` are in the working folder, and ``git add -A`` would add them. ``past`` are data
    files of the latest earlier commit that had some; ``past_commit`` is its short id. ``models`` are fitted models,
    which are not data.
    """

    tracked: tuple[DataFile, ...]
    waiting: tuple[DataFile, ...] = ()
    past: tuple[str, ...] = ()
    past_commit: str | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclean:
    """A tracked file, or folder of ``count`` files, that a program generated; ``pattern`` is the ignore rule for it."""

    path: str
    what: str
    pattern: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Clutter:
    """Tracked files that programs generated; ``editors`` are folders of editors' settings."""

    tracked: tuple[Unclean, ...]
    editors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files of a repository, and the answers of git's rules for sample paths.

    - ``files``: the ignore files that git reads.
    - ``misspelt``: files with a name that git does not read; ``unreadable``: files in an encoding that git does not
      read (UTF-16).
    - ``rules``: the lines of ``files``.
    - ``answers``: the deciding rule of each sample path, None where the path is not ignored.
    - ``ignored_once_mended``: the sample paths that would be ignored if the files had the right name and encoding.
    """

    files: tuple[str, ...]
    misspelt: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    answers: Mapping[str, Rule | None] = field(default_factory=lambda: MappingProxyType({}))
    ignored_once_mended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IgnoredSources:
    """Files of the project that a rule ignores.

    ``modules`` are imports whose module is not in the repository, with its expected path and the rule that ignores this
    path. ``named`` are absent files that the course requires and a rule ignores. ``threatened`` are ignored paths that
    git tracks already, or that the course requires later.
    """

    modules: tuple[tuple[ImportedName, str, Rule], ...] = ()
    named: tuple[tuple[str, Rule], ...] = ()
    threatened: tuple[tuple[str, Rule], ...] = ()
