"""A tree as one anonymous file, for :mod:`checker.sandbox.inside.unpacking`."""

from __future__ import annotations

import json
import tempfile
from typing import IO

from checker.facts.tree import Kind, Tree

_WORTH_SHARING = 1 << 16


def pack(tree: Tree) -> IO[bytes]:
    """An open, nameless file with the content of *tree*: files first, links last, submodules as empty folders.

    A content that several files share is written once.
    """
    file = tempfile.TemporaryFile(prefix="tree")
    places: dict[str, int] = {}
    for entry in sorted(tree.entries.values(), key=lambda entry: (entry.kind is Kind.LINK, entry.path)):
        if not stays_inside(entry.path):
            continue
        kind = "folder" if entry.kind is Kind.SUBMODULE else entry.kind.value
        if entry.is_file and entry.blob in places:
            file.write(json.dumps([kind, entry.path, entry.size, places[entry.blob]]).encode() + b"\n")
            continue
        body = b"" if entry.kind is Kind.SUBMODULE else tree.fetch(entry)
        file.write(json.dumps([kind, entry.path, len(body)]).encode() + b"\n")
        if entry.is_file and entry.size == len(body) >= _WORTH_SHARING:
            places[entry.blob] = file.tell()
        file.write(body)
    file.flush()
    return file


def stays_inside(path: str) -> bool:
    """Whether *path*, of a tree that anybody may have made, is that of a file below the tree's folder."""
    return "\0" not in path and not any(part in ("", ".", "..") for part in path.split("/"))
