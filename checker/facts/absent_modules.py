"""Modules of the project that the main script imports and the repository lacks, with the reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.code import ImportedName
from checker.facts.hygiene import Rule
from checker.facts.tree import Tree


class Cause(StrEnum):
    """The reason why an import of a module of the project finds nothing."""

    LETTER_CASE = "letter case"
    """The file exists under a path that differs in letter case, which Windows and macOS accept."""
    NESTED = "nested repository"
    """The folder is a nested repository, of which git records a commit and no file."""
    ELSEWHERE = "elsewhere"
    """The file lies in another folder than the one that is imported."""
    IGNORED = "ignored"
    """A rule of an ignore file keeps it out of the repository."""


@dataclass(frozen=True, slots=True)
class AbsentModule:
    """One import that finds nothing. ``path`` is the file or folder that it names.

    ``there`` is the path found instead: the one in other letter case, the nested repository, or the file in another
    folder. ``rule`` is the rule that ignores the path. ``on_disk``: the working folder holds the path.
    """

    imported: ImportedName
    path: str
    cause: Cause
    there: str = ""
    rule: Rule | None = None
    on_disk: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AbsentModules:
    """All modules that the main script imports, directly or not, and the repository lacks.

    ``submitted`` is the project as submitted. ``mended`` is the project with every absent module in its place, as far
    as possible. Only the run of main is judged by ``submitted``; all other checks use ``mended``.
    """

    submitted: Tree
    mended: Tree
    modules: tuple[AbsentModule, ...] = ()

    @property
    def is_mended(self) -> bool:
        return self.mended is not self.submitted
