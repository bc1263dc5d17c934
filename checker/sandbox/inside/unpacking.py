"""Unpacks a packed tree into an empty folder.

A pack is a sequence of entries: one line of JSON ``[kind, path, size]`` with surrogate escapes, then *size* bytes. A
fourth member is the offset in the pack of bytes that were written before; then none follow.
Links come last, so that no file can be written through one. Paths that the file system cannot represent are left out.
"""

from __future__ import annotations

import errno
import io
import json
import os
from typing import BinaryIO

_IMPOSSIBLE_NAMES = (
    errno.ENAMETOOLONG,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENOENT,
    errno.EINVAL,
    errno.EILSEQ,
)


def unpack(descriptor: int, root: str) -> None:
    """Unpack the file *descriptor* into the folder *root*, from its start, without moving its position."""
    pack = _Positioned(descriptor)
    made = {""}
    while line := pack.line():
        kind, path, size, *shared = json.loads(line)
        source = _Positioned(descriptor, shared[0]) if shared else pack
        parts = path.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError("a path of the tree leads out of it")
        folder = "/".join(parts[:-1])
        if folder not in made:
            _make_folder(os.path.join(root, folder))
            made.add(folder)
        target = os.path.join(root, path)
        if kind == "link":
            content = io.BytesIO()
            source.copy(size, content)
            try:
                os.symlink(content.getvalue(), os.fsencode(target))
            except OSError:
                continue
        elif kind == "folder":
            _make_folder(target)
        else:
            _write(target, kind, size, source)


class _Positioned:
    """A reader with a position of its own, for a descriptor that several processes read at the same time."""

    def __init__(self, descriptor: int, position: int = 0) -> None:
        self.descriptor = descriptor
        self.position = position
        self.buffer = b""

    def line(self) -> bytes:
        while b"\n" not in self.buffer:
            piece = os.pread(self.descriptor, 1 << 16, self.position)
            if not piece:
                return b""
            self.buffer += piece
            self.position += len(piece)
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def copy(self, size: int, target: BinaryIO) -> None:
        piece, self.buffer = self.buffer[:size], self.buffer[size:]
        while True:
            target.write(piece)
            size -= len(piece)
            if size <= 0:
                return
            piece = os.pread(self.descriptor, min(size, 1 << 20), self.position)
            if not piece:
                raise EOFError("the packed tree is cut short")
            self.position += len(piece)


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as refused:
        if refused.errno not in _IMPOSSIBLE_NAMES:
            raise


def _write(target: str, kind: str, size: int, pack: _Positioned) -> None:
    mode = 0o755 if kind == "executable" else 0o644
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
    except OSError as refused:
        if refused.errno not in _IMPOSSIBLE_NAMES:
            raise
        pack.copy(size, io.BytesIO())
        return
    with open(handle, "wb") as file:
        pack.copy(size, file)
