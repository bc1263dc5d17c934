"""The probe of what programs made and git follows all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from checker.course import Course
from checker.facts.code import Code
from checker.facts.hygiene import Clutter, Unclean
from checker.facts.tree import Tree
from checker.repository import Repository

_EDITORS = (".vscode", ".idea", ".spyproject")
_BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
_BUILD_FOLDERS = ("build/", "dist/")
_LIBRARIES = ("lib", "lib64", "Lib", "Scripts", "bin")


def environments(paths: Iterable[str]) -> frozenset[str]:
    """The folders that are virtual or conda environments, known by what they hold and not by their name."""
    found: set[str] = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "pyvenv.cfg" and folder:
            found.add(folder)
        elif "site-packages/" in path or "conda-meta/" in path:
            parts = path.split("/")
            marker = parts.index("site-packages") if "site-packages" in parts[:-1] else parts.index("conda-meta")
            above = parts[:marker]
            while above and (above[-1].startswith("python") or above[-1] in _LIBRARIES):
                above.pop()
            found.add("/".join(above) or "/".join(parts[: marker + 1]))
    return frozenset(folder for folder in found if not any(folder.startswith(f"{other}/") for other in found))


def clutter(repository: Repository, tree: Tree, course: Course, code: Code | None) -> Clutter:
    """What programs made, among the files that git follows."""
    prefix = f"{repository.folder}/" if repository.folder else ""
    followed = [path for path in tree.entries if prefix + path not in repository.untracked]
    return clutter_of(followed, course.samples.unclean, code)


def clutter_of(paths: Iterable[str], unclean: Mapping[str, str], code: Code | None) -> Clutter:
    """As the probe, for tracked *paths*. A folder with a module of the project in it was not made by a program."""
    followed = sorted(paths)
    virtual = environments(followed)
    sources = {file.path for file in code.project} if code else set[str]()
    counts: Counter[tuple[str, str, str]] = Counter()
    editors: set[str] = set()
    folders_first = sorted(unclean.items(), key=lambda item: not item[0].endswith("/"))
    for path in followed:
        home = next((folder for folder in _above(path) if folder in virtual), None)
        if home is not None:
            counts[home, "virtual environment", f"/{home}/"] += 1
            continue
        editors.update(folder for folder in _above(path) if folder.rpartition("/")[2] in _EDITORS)
        for pattern, what in folders_first:
            place = _matched(path, pattern, followed)
            if place is not None and not any(source.startswith(f"{place}/") for source in sources):
                counts[place, what, pattern] += 1
                break
    found = (Unclean(path, what, pattern, count) for (path, what, pattern), count in sorted(counts.items()))
    return Clutter(tuple(found), tuple(sorted(editors)))


def _above(path: str) -> tuple[str, ...]:
    parts = path.split("/")[:-1]
    return tuple("/".join(parts[: depth + 1]) for depth in range(len(parts)))


def _matched(path: str, pattern: str, followed: list[str]) -> str | None:
    """The file or folder that *pattern* finds on the way to *path*."""
    if not pattern.endswith("/"):
        return path if fnmatchcase(path.rpartition("/")[2], pattern) else None
    for folder in _above(path):
        above, _, name = folder.rpartition("/")
        if fnmatchcase(name, pattern[:-1]):
            beside = f"{above}/" if above else ""
            if pattern in _BUILD_FOLDERS and above and not any(f"{beside}{file}" in followed for file in _BUILD_FILES):
                continue
            return folder
    return None


PROBES = (clutter,)
