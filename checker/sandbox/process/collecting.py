"""Takes files out of a workspace whose processes have ended, without following or waiting for anything."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import islice
from types import MappingProxyType

from checker.facts.collected import Collect, Collected, LeftOut

_MOST_ENTRIES = 20_000
_DEEPEST = 40
"""Folders below one another; each is an open descriptor while it is walked."""
_MOST_NAMED = 100
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_Places = frozenset[tuple[int, int]]
"""How far the patterns have come on the way to a path: pairs of a pattern and of its next part."""


def collected(folder: int, wanted: Collect) -> Collected:
    """The files *wanted* below the open folder with the descriptor *folder*.

    Names and contents are hostile. Where a process may still write (plain mode cannot rule that out), a file that
    changes meanwhile is left out.
    """
    walk = _Walk(wanted)
    with opened_folder(".", folder) as root:
        walk.enter(root, "", walk.first, depth=0)
    return Collected(MappingProxyType(walk.files), MappingProxyType(walk.left_out), walk.unnamed)


def read_file(folder: int, name: str, limit: int) -> bytes | LeftOut:
    """The content of the regular file *name* in an open folder, of at most *limit* bytes; else why it was not read."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as refused:
        return LeftOut.LINK if refused.errno == errno.ELOOP else LeftOut.UNREADABLE
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return LeftOut.SPECIAL
        if before.st_size > limit:
            return LeftOut.FILE_BYTES
        with open(descriptor, "rb", closefd=False) as file:
            body = file.read(before.st_size + 1)
        after = os.fstat(descriptor)
    except OSError:
        return LeftOut.UNREADABLE
    finally:
        os.close(descriptor)
    same = all(getattr(before, one) == getattr(after, one) for one in ("st_size", "st_mtime_ns", "st_ctime_ns"))
    return body if same and len(body) == before.st_size else LeftOut.CHANGED


@contextmanager
def opened_folder(name: str, folder: int | None = None) -> Iterator[int]:
    """A descriptor of the folder *name*, a path or a name in an open *folder*. Raises OSError, also for a link."""
    descriptor = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _parts(pattern: str) -> tuple[str, ...]:
    """The parts of *pattern*; one that ends with ``**`` names the files below, not the folder itself."""
    parts = tuple(pattern.split("/"))
    return (*parts, "*") if parts[-1] == "**" else parts


class _Walk:
    """A walk through the folders that the patterns lead into, in the order of the paths."""

    def __init__(self, wanted: Collect) -> None:
        self.files: dict[str, bytes] = {}
        self.left_out: dict[str, LeftOut] = {}
        self.unnamed = 0
        self._wanted = wanted
        self._patterns = [_parts(pattern) for pattern in wanted.patterns]
        self._bytes_left = wanted.total_bytes
        self._entries_left = _MOST_ENTRIES
        self.first = self._with_empty_parts({(number, 0) for number in range(len(self._patterns))})

    def enter(self, folder: int, above: str, places: _Places, depth: int) -> None:
        """Take what *places* lead to in an open *folder*, whose path with a slash is *above*."""
        with os.scandir(folder) as listed:
            names = [entry.name for entry in islice(listed, self._entries_left + 1)]
        if len(names) > self._entries_left:
            self._leave(above[:-1] or ".", LeftOut.ENTRIES)
            names = names[: self._entries_left]
        self._entries_left -= len(names)
        for name in sorted(names):
            following = self._after(name, places)
            if following:
                self._take(folder, name, above + name, following, depth)

    def _take(self, folder: int, name: str, path: str, places: _Places, depth: int) -> None:
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                self._leave(path, LeftOut.LINK)
            elif stat.S_ISDIR(status.st_mode):
                if not self._lead_on(places):
                    return
                if depth == _DEEPEST:
                    self._leave(path, LeftOut.DEPTH)
                    return
                with opened_folder(name, folder) as opened:
                    self.enter(opened, path + "/", places, depth + 1)
            elif self._are_at_an_end(places):
                self._take_file(folder, name, path, status)
        except OSError:
            self._leave(path, LeftOut.UNREADABLE)

    def _take_file(self, folder: int, name: str, path: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._leave(path, LeftOut.SPECIAL)
        elif len(self.files) == self._wanted.most_files:
            self._leave(path, LeftOut.NUMBER)
        elif status.st_size > self._wanted.file_bytes:
            self._leave(path, LeftOut.FILE_BYTES)
        elif status.st_size > self._bytes_left:
            self._leave(path, LeftOut.TOTAL_BYTES)
        else:
            body = read_file(folder, name, min(self._wanted.file_bytes, self._bytes_left))
            if isinstance(body, LeftOut):
                self._leave(path, body)
            else:
                self.files[path] = body
                self._bytes_left -= len(body)

    def _leave(self, path: str, why: LeftOut) -> None:
        if len(self.left_out) < _MOST_NAMED:
            self.left_out[path] = why
        else:
            self.unnamed += 1

    def _after(self, name: str, places: _Places) -> _Places:
        """The places after a part of a path that is *name*."""
        following = set()
        for number, part in places:
            pattern = self._patterns[number]
            if part == len(pattern):
                continue
            if pattern[part] == "**":
                following.add((number, part))
            elif fnmatchcase(name, pattern[part]):
                following.add((number, part + 1))
        return self._with_empty_parts(following)

    def _with_empty_parts(self, places: set[tuple[int, int]]) -> _Places:
        """*places*, and those behind each ``**``, which may stand for no folder."""
        for number, part in [*places]:
            pattern, behind = self._patterns[number], part
            while behind < len(pattern) and pattern[behind] == "**":
                behind += 1
                places.add((number, behind))
        return frozenset(places)

    def _lead_on(self, places: _Places) -> bool:
        return any(part < len(self._patterns[number]) for number, part in places)

    def _are_at_an_end(self, places: _Places) -> bool:
        return any(part == len(self._patterns[number]) for number, part in places)
