"""The folder of the project within its repository."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checker.environment_folders import is_installed
from checker.errors import UsageError
from checker.facts.tree import Tree, tree_of
from checker.model import text

_DEFAULTS = ".checker.yml"
_NOTEBOOK_FOLDERS = ("notebooks", "notebook")


def files_below(whole: Tree, folder: str) -> Tree:
    if not folder:
        return whole
    prefix = f"{folder}/"
    outer = {path.removeprefix(prefix): entry for path, entry in whole.entries.items() if path.startswith(prefix)}
    inner = {path: replace(entry, path=path) for path, entry in outer.items()}
    return tree_of(inner, lambda entry: whole.fetch(outer[entry.path]))


def project_folder(whole: Tree, inner: str, scripts: Iterable[str]) -> str:
    """The folder of the project: the root if it looks like a project, else the only folder that does.

    A project has one of *scripts*, a notebook or ``.checker.yml``. Raises UsageError where several folders do and
    *inner* names none of them.
    """
    marked: set[str] = set()
    identified: set[str] = set()
    ends = sorted((f"/{script}" for script in scripts), key=len, reverse=True)
    for path in whole.entries:
        folder, _, name = path.rpartition("/")
        end = next((end for end in ends if f"/{path}".endswith(end)), None)
        if is_installed(path) or not (end or name == _DEFAULTS or name.lower().endswith(".ipynb")):
            continue
        above, _, last = folder.rpartition("/")
        marked.add(above if last.lower() in _NOTEBOOK_FOLDERS else path[: -len(end)] if end else folder)
        if name == _DEFAULTS:
            identified.add(folder)
    if "" in marked or not marked:
        return ""
    tops = sorted(place for place in marked if not any(place.startswith(f"{other}/") for other in marked))
    if len(tops) == 1:
        return tops[0]
    around = [place for place in tops if f"{inner}/".startswith(f"{place}/")]
    chosen = around or [place for place in tops if place in identified]
    if len(chosen) == 1:
        return chosen[0]
    raise UsageError(
        text("The repository holds several projects: {folders}.", folders=tuple(tops[:10])),
        text("Give the folder of the one to judge: checker check {folder}.", folder=tops[0]),
    )
