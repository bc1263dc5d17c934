"""The surroundings of a command: language and edition, from ``.checker.yml`` or the variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.submission_defaults import Defaults

_FILE = ".checker.yml"
_LARGEST = 20_000


def language_of(variables: Mapping[str, str]) -> str:
    """The language of the variables: French if they say so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := variables.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def defaults_near(folder: Path) -> Defaults:
    """The defaults of the project around *folder*, if there is one: up to the root of its repository."""
    from checker.facts.tree import Tree
    from checker.submission_defaults import Defaults, defaults

    try:
        here = folder.resolve()
        for place in (here, *here.parents):
            path = place / _FILE
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
                return defaults(Tree.of({_FILE: path.read_bytes()}))
            if (place / ".git").exists():
                break
    except OSError:
        pass
    return Defaults()
