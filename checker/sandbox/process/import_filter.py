"""A folder from which only some of the installed distributions can be imported."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

UNDER_KERNEL = ("ipykernel", "matplotlib-inline")
"""The distributions that a notebook's kernel needs, whatever the project declares."""


def closure(names: Iterable[str], path: Sequence[str] | None = None) -> dict[str, importlib.metadata.Distribution]:
    """The installed distributions among *names* and all their requirements, by normalised name.

    They are looked for in the folders of *path* (None: those of this process).
    """
    folders = sys.path if path is None else [*path]
    installed: dict[str, importlib.metadata.Distribution] = {}
    waiting = [(name, frozenset[str]()) for name in names]
    visited: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        name = canonicalize_name(name)
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        try:
            distribution = next(iter(importlib.metadata.distributions(name=name, path=folders)), None)
        except ValueError:
            continue
        if distribution is None:
            continue
        installed[name] = distribution
        waiting += [(needed.name, frozenset(needed.extras)) for needed in needs(distribution, extras)]
    return installed


def needs(distribution: importlib.metadata.Distribution, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """The requirements of *distribution* that hold on this machine, those of its *extras* among them."""
    for line in distribution.requires or ():
        with contextlib.suppress(InvalidRequirement):
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                yield needed


def build(names: Iterable[str], folder: str, path: Sequence[str] | None = None) -> None:
    """Fill the new *folder* with links to the top-level modules of the closure of *names* in *path*."""
    os.makedirs(folder, mode=0o755)
    for distribution in closure(names, path).values():
        for file in distribution.files or ():
            top = file.parts[0]
            if top in ("..", "bin", "share", "etc") or top.endswith(".pth"):
                continue
            target = Path(str(distribution.locate_file(top)))
            link = Path(folder, top)
            if not link.is_symlink() and target.exists():
                link.symlink_to(target)
