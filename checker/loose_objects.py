"""Loose objects that were cut short, as a full disk or a loss of power leaves them.

libgit2 never comes back from one: it waits for the rest of the compressed stream (seen with 1.9.7). So they are looked
for before it reads any.
"""

from __future__ import annotations

import re
import stat
import zlib
from pathlib import Path

_FOLDER = re.compile(r"[0-9a-f]{2}")
_CHUNK = 1 << 20
_MOST_INFLATED = 1 << 24
"""Of a larger one, in bytes, the rest is not looked at before it is read."""
_MOST_IN_ALL = 1 << 27
"""Bytes that are inflated in all, about half a second's worth: the newest objects first, which a crash cuts short."""


def cut_short(objects: Path) -> str | None:
    """The name of an object in the folder *objects* whose file ends too early, where there is one."""
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
    found: list[tuple[int, Path]] = []
    try:
        for folder in objects.iterdir():
            if _FOLDER.fullmatch(folder.name):
                for path in folder.iterdir():
                    status = path.lstat()
                    if stat.S_ISREG(status.st_mode):
                        found.append((status.st_mtime_ns, path))
    except OSError:
        return []  # libgit2 says it better
    return [path for _, path in sorted(found, reverse=True)]


def _read(path: Path) -> tuple[bool, int]:
    """Whether a compressed stream comes to its end, and how many bytes of it were inflated to see that.

    One that is damaged otherwise is whole here: libgit2 says what is wrong with it.
    """
    inflate = zlib.decompressobj()
    seen = 0
    try:
        with path.open("rb") as file:
            rest = b""
            while not inflate.eof and seen < _MOST_INFLATED:
                piece = rest or file.read(_CHUNK)
                if not piece:
                    return False, seen
                seen += len(inflate.decompress(piece, _CHUNK))
                rest = inflate.unconsumed_tail
    except (OSError, zlib.error):
        pass
    return True, seen
