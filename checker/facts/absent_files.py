"""Files that a run opens and the repository lacks, with the reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.hygiene import Rule
from checker.model import Location


class FileCause(StrEnum):
    """The reason why a file that a program opens is not in the repository."""

    MADE = "made"
    """Another program of the project writes it: a notebook, a script, or a module that main does not call."""
    POINTER = "pointer"
    """The repository holds only a pointer to the file (DVC, Git LFS); its content is kept on another server."""
    IGNORED = "ignored"
    """A rule of an ignore file keeps the file out of git; the author of the program has it on disk."""
    LETTER_CASE = "letter case"
    """The repository holds the file under a path that differs in letter case."""


@dataclass(frozen=True, slots=True)
class AbsentFile:
    """One file that was not found. ``path`` is relative to the project.

    ``there`` is the path in other letter case, or the file that points to the content. ``maker`` is the line that
    writes the file, ``rule`` the rule that ignores it. ``lent``: the run went on with a table of the course in place of
    the file.
    """

    path: str
    cause: FileCause
    there: str = ""
    maker: Location | None = None
    rule: Rule | None = None
    lent: bool = False
