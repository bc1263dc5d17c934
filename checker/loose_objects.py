"""Loose objects that were cut short, as a full disk or a loss of power leaves them.

libgit2 never comes back from one: it waits for the rest of the compressed stream (seen with 1.9.7). So they are looked
for before it reads any.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

_FOLDER = re.compile(r"[0-9a-f]{2}")
_CHUNK = 1 << 20
_MOST_INFLATED = 1 << 24
"""Of a larger one, in bytes, the rest is not looked at before it is read."""


def cut_short(objects: Path) -> str | None:
    """The name of an object in the folder *objects* whose file ends too early, where there is one."""
    return next((name for name, path in _loose(objects) if not _is_whole(path)), None)


def _loose(objects: Path) -> Iterator[tuple[str, str]]:
    try:
        folders = [name for name in os.listdir(objects) if _FOLDER.fullmatch(name)]
        names = [(folder, name) for folder in folders for name in os.listdir(objects / folder)]
    except OSError:
        return  # libgit2 says it better
    for folder, name in names:
        path = f"{objects}/{folder}/{name}"
        if stat.S_ISREG(os.lstat(path).st_mode):
            yield folder + name, path


def _is_whole(path: str) -> bool:
    """Whether a compressed stream comes to its end. One that is damaged otherwise is none of our business."""
    inflate = zlib.decompressobj()
    seen = 0
    try:
        with Path(path).open("rb") as file:
            rest = b""
            while not inflate.eof and seen < _MOST_INFLATED:
                piece = rest or file.read(_CHUNK)
                if not piece:
                    return False
                seen += len(inflate.decompress(piece, _CHUNK))
                rest = inflate.unconsumed_tail
    except (OSError, zlib.error):
        return True
    return True
