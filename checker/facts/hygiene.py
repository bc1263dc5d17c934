"""What a repository holds that it should not, and what its ignore rules do."""

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
    """A file that holds data. ``what`` names its form; ``passengers`` says that the course's people are in it.

    ``fixture`` is a small sample beside tests, ``pointer`` a Git LFS pointer in the place of the content.
    ``rule`` would ignore the file, if git did not follow it already.
    """

    path: str
    what: str
    passengers: bool = False
    fixture: bool = False
    pointer: bool = False
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The data in a repository.

    ``tracked`` is followed by git. ``waiting`` lies in the working folder, and ``git add -A`` would take it.
    ``past`` are paths of data in the latest earlier commit that had some, whose short id is ``past_commit``.
    ``models`` are fitted models, which are no data.
    """

    tracked: tuple[DataFile, ...]
    waiting: tuple[DataFile, ...] = ()
    past: tuple[str, ...] = ()
    past_commit: str | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclean:
    """A tracked file, or a folder of ``count`` of them, that a program made. ``pattern`` is the rule it deserves."""

    path: str
    what: str
    pattern: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Clutter:
    """What programs made and git follows; ``editors`` are folders of editors' settings."""

    tracked: tuple[Unclean, ...]
    editors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files of a repository, and what git's own rules say of sample paths.

    ``files`` are those that git reads, ``misspelt`` are meant as one and are none, ``unreadable`` are in an
    encoding that git cannot read (UTF-16). ``rules`` are their lines. ``answers`` has the deciding rule of each
    sample path, None where it is not ignored.
    """

    files: tuple[str, ...]
    misspelt: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    answers: Mapping[str, Rule | None] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Swallowed:
    """Files of the project that a rule ignores.

    ``modules`` are imports whose module is not in the repository, with the path that it would have and the rule
    that keeps it out. ``named`` are files that the course asks for, absent, and kept out by a rule.
    ``threatened`` are files that git follows but would not take again, or that the course expects later.
    """

    modules: tuple[tuple[ImportedName, str, Rule], ...] = ()
    named: tuple[tuple[str, Rule], ...] = ()
    threatened: tuple[tuple[str, Rule], ...] = ()
