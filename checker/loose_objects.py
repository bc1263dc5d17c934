"""Truncated loose objects, as a full disk or a loss of power leaves them.

libgit2 hangs on a truncated object: it waits for the rest of the compressed stream (seen with 1.9.7). Therefore such
objects are searched for before libgit2 reads any.
"""

from __future__ import annotations

import re
import stat
import zlib
from pathlib import Path

_FOLDER = re.compile(r"[0-9a-f]{2}")
_CHUNK = 1 << 20
_MOST_INFLATED = 1 << 24
"""Bytes of one object that are inflated; the rest of a larger one is not verified."""
_MOST_IN_ALL = 1 << 27
"""Bytes that are inflated in all, in about half a second: the newest objects first, which a crash truncates."""


def cut_short(objects: Path) -> str | None:
    """The name of a truncated object in the folder *objects*; None without one."""
    left = _MOST_IN_ALL
    for path in _newest_first(objects):
        whole, inflated = _read(path)
        if not whole:
            return path.parent.name + path.name
        left -= inflated
        if left <= 0:
            break
    return None


def _newest_first(objects: Path) -> list[Path]:
    timed_paths: list[tuple[int, Path]] = []
    try:
        for folder in objects.iterdir():
            if _FOLDER.fullmatch(folder.name):
                for path in folder.iterdir():
                    status = path.lstat()
                    if stat.S_ISREG(status.st_mode):
                        timed_paths.append((status.st_mtime_ns, path))
    except OSError:
        return []  # libgit2 reports the error
    return [path for _, path in sorted(timed_paths, reverse=True)]


def _read(path: Path) -> tuple[bool, int]:
    """Whether a compressed stream is complete, and the number of bytes that were inflated to find out.

    A stream with other damage counts as complete: libgit2 reports the damage.
    """
    inflate = zlib.decompressobj()
    inflated = 0
    try:
        with path.open("rb") as file:
            rest = b""
            while not inflate.eof and inflated < _MOST_INFLATED:
                piece = rest or file.read(_CHUNK)
                if not piece:
                    return False, inflated
                inflated += len(inflate.decompress(piece, _CHUNK))
                rest = inflate.unconsumed_tail
    except (OSError, zlib.error):
        pass
    return True, inflated
