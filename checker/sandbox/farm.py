"""A folder from which only some of the installed distributions can be imported."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

UNDER_KERNEL = ("ipykernel", "matplotlib-inline")
"""What a notebook's kernel needs, whatever the project declares."""


def closure(names: Iterable[str], path: Sequence[str] | None = None) -> dict[str, importlib.metadata.Distribution]:
    """The ones of *names* that are installed in the folders of *path* (None: here), and all that these need.

    By normalised name.
    """
    folders = sys.path if path is None else [*path]
    found: dict[str, importlib.metadata.Distribution] = {}
    waiting = [(name, frozenset[str]()) for name in names]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        name = normalised(name)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            distribution = next(iter(importlib.metadata.distributions(name=name, path=folders)), None)
        except ValueError:
            continue
        if distribution is None:
            continue
        found[name] = distribution
        for line in distribution.requires or ():
            needed = _needed(line, extras)
            if needed is not None:
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def _needed(line: str, extras: frozenset[str]) -> Requirement | None:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return None
    marker = requirement.marker
    if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
        return requirement
    return None


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def build(names: Iterable[str], folder: str, path: Sequence[str] | None = None) -> None:
    """Fill the new *folder* with links to what the closure of *names* in *path* brings to the top level."""
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
