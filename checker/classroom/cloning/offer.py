"""The branches that a remote repository offers, and its default branch, as ``git ls-remote`` lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HEADS = b"refs/heads/"
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_USUAL = ("main", "master")


@dataclass(frozen=True, slots=True)
class Offer:
    """The branches of a repository with their commits, and the default one; ``""`` if the server does not name it."""

    branches: Mapping[str, str]
    default_branch: str

    @property
    def has_long_names(self) -> bool:
        """True if objects are named by SHA-256."""
        return any(len(commit) != 40 for commit in self.branches.values())


def offer_of(output: bytes) -> Offer:
    """The offer in the output of ``git ls-remote --symref``. Malformed lines are ignored."""
    branches: dict[str, str] = {}
    default, head = "", ""
    for line in output.split(b"\n"):
        start, tab, name = line.partition(b"\t")
        if not tab:
            continue
        if name == b"HEAD" and start.startswith(b"ref: " + _HEADS):
            default = _decoded(start.removeprefix(b"ref: " + _HEADS)) or ""
        elif _ID.fullmatch(start):
            if name == b"HEAD":
                head = start.decode()
            elif name.startswith(_HEADS) and (branch := _decoded(name.removeprefix(_HEADS))):
                branches[branch] = start.decode()
    if default not in branches:
        defaults = [name for name, commit in branches.items() if commit == head]
        default = next(
            (name for name in _USUAL if name in (defaults or branches)), defaults[0] if len(defaults) == 1 else ""
        )
        if not default and len(branches) == 1:
            default = next(iter(branches))
    return Offer(branches, default)


def _decoded(name: bytes) -> str | None:
    """A branch's name; None for one that is not UTF-8, which no roster can name."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None
