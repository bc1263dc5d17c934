"""A strict parser of git's commits and trees: any deviation from git's own form is malformed.

The rules are those of git's documentation: a tree is a sequence of ``mode SP name NUL id``, a commit starts with its
tree, its parents, an author and a committer, one header in each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMIT, TREE, BLOB = b"commit", b"tree", b"blob"
_ID_LENGTH = 20
_START = re.compile(rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author [^\n]*\ncommitter [^\n]*\n")
_MODE = re.compile(rb"[0-7]{5,6}")


class Malformed(ValueError):
    """The bytes are no object of the stated kind."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a tree: its ``mode`` as a number, its ``name`` as bytes, and the ``id`` of its object."""

    mode: int
    name: bytes
    id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == 0o40000

    @property
    def is_submodule(self) -> bool:
        return self.mode == 0o160000


def commit_of(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The ids of a commit's tree and of its parents. Raises Malformed for any other content."""
    start = _START.match(content)
    if start is None:
        raise Malformed("a commit without its headers")
    parents = tuple(line[7:].decode() for line in start[2].splitlines())
    return start[1].decode(), parents


def tree_items(content: bytes) -> Iterator[Item]:
    """The entries of a tree, in order. Raises Malformed for any other content."""
    position = 0
    while position < len(content):
        space = content.find(b" ", position, position + 7)
        end = content.find(b"\0", space + 1) if space >= 0 else -1
        following = end + 1 + _ID_LENGTH
        mode = content[position:space]
        if end < 0 or following > len(content) or not _MODE.fullmatch(mode) or end == space + 1:
            raise Malformed("a tree that is cut short")
        yield Item(int(mode, 8), content[space + 1 : end], content[end + 1 : following].hex())
        position = following
