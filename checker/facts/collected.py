"""Files that are taken out of the workspace after a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Collect:
    """A request for files of the workspace, as they are at the end of the run.

    - ``patterns``: globs relative to the root of the tree, with ``*``, ``?``, ``[…]`` within a name and ``**`` for any
      number of folders. Names that begin with a dot are like others.
    - ``most_files``: the number of files; ``file_bytes``, ``total_bytes``: bytes of one file, and of all together.
    """

    patterns: tuple[str, ...]
    most_files: int = 100
    file_bytes: int = 5_000_000
    total_bytes: int = 20_000_000


class LeftOut(StrEnum):
    """The reason why a path that a pattern names, or the way to it, was not taken out."""

    LINK = "link"
    """A symbolic link. None is followed."""
    SPECIAL = "special"
    """A pipe, a socket or a device."""
    NUMBER = "number"
    """There were as many files before it as may be taken."""
    FILE_BYTES = "file bytes"
    """The file is larger than one may be."""
    TOTAL_BYTES = "total bytes"
    """The file is larger than what the files before it left of all bytes."""
    ENTRIES = "entries"
    """A folder, not or not wholly looked at: those before it, and it, have more entries than are looked at."""
    DEPTH = "depth"
    """A folder below more others than are entered."""
    UNREADABLE = "unreadable"
    """Its permissions keep the checker out, or it went away."""
    CHANGED = "changed"
    """The file was written while it was read."""


FLEETING = frozenset({LeftOut.ENTRIES, LeftOut.UNREADABLE, LeftOut.CHANGED})
"""The reasons that need not hold for the next run of the same job."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The files that were taken out, in the order of their paths, and those that were not.

    Paths are relative to the root of the tree, with ``/``; bytes that are not UTF-8 are surrogates in them. They are a
    student's text. A hard link is a file like others.

    - ``files``: contents by path; ``left_out``: reasons by path, of which at most a hundred are kept.
    - ``unnamed``: the number of those left out beyond that.
    """

    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    left_out: Mapping[str, LeftOut] = field(default_factory=lambda: MappingProxyType({}))
    unnamed: int = 0

    @property
    def complete(self) -> bool:
        """Whether every path that the patterns name was taken out."""
        return not self.left_out and not self.unnamed

    @property
    def repeatable(self) -> bool:
        """Whether the next run of the same job would have the same files taken out."""
        return not self.unnamed and FLEETING.isdisjoint(self.left_out.values())
