"""Folders of installed libraries: environments are recognised by their content, others by their name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

_LIBRARIES = frozenset({"site-packages", "dist-packages", "node_modules"})
_WITHIN = ("lib", "lib64", "Lib", "Scripts", "bin")


def is_installed(path: str) -> bool:
    """True if a file lies in a folder into which an installer puts libraries."""
    return not _LIBRARIES.isdisjoint(path.split("/")[:-1])


def environments(paths: Iterable[str]) -> frozenset[str]:
    """The folders that are virtual or conda environments, recognised by their content, not by their name."""
    folders: set[str] = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "pyvenv.cfg" and folder:
            folders.add(folder)
        elif "site-packages/" in path or "conda-meta/" in path:
            parts = path.split("/")
            marker = parts.index("site-packages") if "site-packages" in parts[:-1] else parts.index("conda-meta")
            above = parts[:marker]
            while above and (above[-1].startswith("python") or above[-1] in _WITHIN):
                above.pop()
            folders.add("/".join(above) or "/".join(parts[: marker + 1]))
    return frozenset(folder for folder in folders if not any(folder.startswith(f"{other}/") for other in folders))


def own_paths(paths: Iterable[str], among: Collection[str]) -> Iterator[str]:
    """The *paths* outside of every virtual environment and library folder.

    *among* are all paths of the tree.
    """
    virtual = {path.rpartition("/")[0] for path in among if path.endswith("/pyvenv.cfg")}
    for path in paths:
        parts = path.split("/")[:-1]
        inside = virtual and any("/".join(parts[: depth + 1]) in virtual for depth in range(len(parts)))
        if not inside and _LIBRARIES.isdisjoint(parts):
            yield path
