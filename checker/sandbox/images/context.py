"""The context of a build: the files of one state of a submission, as a tar file, never as a folder of the machine."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO

from checker.facts.tree import Kind, Tree
from checker.sandbox.process.packing import stays_inside

_IN_MEMORY = 32 << 20


def context(tree: Tree, extra: Mapping[str, bytes]) -> IO[bytes]:
    """The context as an open file. Owners and times are constant, so that only contents decide on cached layers."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="context")
    made: set[str] = set()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        for path, entry in sorted(tree.entries.items()):
            if path in extra or not stays_inside(path):
                continue
            _folders(tar, path, made)
            if entry.kind is Kind.SUBMODULE:
                _add(tar, path, b"", tarfile.DIRTYPE, 0o755)
            elif entry.kind is Kind.LINK:
                _add(tar, path, b"", tarfile.SYMTYPE, 0o777, tree.fetch(entry).decode("utf-8", "surrogateescape"))
            else:
                mode = 0o755 if entry.kind is Kind.EXECUTABLE else 0o644
                _add(tar, path, tree.fetch(entry), tarfile.REGTYPE, mode)
        for path, body in sorted(extra.items()):
            _add(tar, path, body, tarfile.REGTYPE, 0o644)
    file.seek(0)
    return file


def archive(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """A small tar file of *files* (contents and modes by path) and of the folders above them."""
    held = io.BytesIO()
    made: set[str] = set()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for path, (body, mode) in files.items():
            _folders(tar, path, made)
            _add(tar, path, body, tarfile.REGTYPE, mode)
    return held.getvalue()


def _folders(tar: tarfile.TarFile, path: str, made: set[str]) -> None:
    for folder in map(str, reversed(PurePosixPath(path).parents[:-1])):
        if folder not in made:
            made.add(folder)
            _add(tar, folder, b"", tarfile.DIRTYPE, 0o755)


def _add(tar: tarfile.TarFile, path: str, body: bytes, kind: bytes, mode: int, target: str = "") -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(body), target
    tar.addfile(entry, io.BytesIO(body))
