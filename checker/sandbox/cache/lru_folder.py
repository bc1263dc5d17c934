"""A folder of the user's own, bounded in size; the least recently used entries go first.

A folder or entry that belongs to another user, is a link, or can be written by others is not used.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its name, its size in bytes, and the time of its last use in nanoseconds."""

    name: str
    size: int
    used: int


@dataclass(frozen=True, slots=True)
class LruFolder:
    """The folder at *path*, with at most *most* bytes in all entries and, if *number* is given, so many entries.

    *left* is the share of *most* that remains after a removal, so that removals are rare.
    """

    path: Path
    most: int
    number: int | None = None
    left: float = 1.0

    @contextlib.contextmanager
    def opened(self, *, make: bool = False) -> Iterator[int]:
        """A descriptor of the folder, so that the folder cannot be replaced meanwhile.

        Raises OSError where it is absent and not to be made, and PermissionError where others could have written it.
        """
        if make and not self.path.is_dir():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if not is_own(os.fstat(folder)):
                raise PermissionError(self.path)
            yield folder
        finally:
            os.close(folder)

    def surplus(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The *entries* above the bounds, which have to be removed, the least recently used first."""
        waiting = sorted(entries, key=lambda entry: entry.used)
        size = sum(entry.size for entry in waiting)
        bound = self.most if size <= self.most else self.most * self.left
        number = len(waiting) if self.number is None else self.number
        for gone, entry in enumerate(waiting):
            if size <= bound and len(waiting) - gone <= number:
                return
            size -= entry.size
            yield entry


def is_own(status: os.stat_result) -> bool:
    """Whether only this user can have written the file with this *status*."""
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
