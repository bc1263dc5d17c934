"""The probe of generated files that git tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from checker.course import Course
from checker.environment_folders import environments
from checker.facts.code import Code
from checker.facts.hygiene import Clutter, Unclean
from checker.facts.tree import Tree, folders_above
from checker.repository.repository import Repository

_EDITORS = (".vscode", ".idea", ".spyproject")
_BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
_BUILD_FOLDERS = ("build/", "dist/")


def build_artifacts(repository: Repository, tree: Tree, course: Course, code: Code | None) -> Clutter:
    """The generated files among the tracked ones."""
    prefix = f"{repository.folder}/" if repository.folder else ""
    followed = [path for path in tree.entries if prefix + path not in repository.untracked]
    return artifact_kind(followed, course.samples.unclean, code)


def artifact_kind(paths: Iterable[str], unclean: Mapping[str, str], code: Code | None) -> Clutter:
    """The generated files among tracked *paths*. A folder that holds a module of the project is not a generated one."""
    followed = sorted(paths)
    virtual = environments(followed)
    sources = {file.path for file in code.project} if code else set[str]()
    counts: Counter[tuple[str, str, str]] = Counter()
    editors: set[str] = set()
    folders_first = sorted(unclean.items(), key=lambda item: not item[0].endswith("/"))
    for path in followed:
        home = next((folder for folder in folders_above(path) if folder in virtual), None)
        if home is not None:
            counts[home, "virtual environment", f"/{home}/"] += 1
            continue
        editors.update(folder for folder in folders_above(path) if folder.rpartition("/")[2] in _EDITORS)
        for pattern, maker in folders_first:
            place = _matched(path, pattern, followed)
            if place is not None and not any(source.startswith(f"{place}/") for source in sources):
                counts[place, maker, pattern] += 1
                break
    unclean_paths = (Unclean(path, maker, pattern, count) for (path, maker, pattern), count in sorted(counts.items()))
    return Clutter(tuple(unclean_paths), tuple(sorted(editors)))


def _matched(path: str, pattern: str, followed: list[str]) -> str | None:
    """The file or folder on *path* that *pattern* matches; None for none."""
    if not pattern.endswith("/"):
        return path if fnmatchcase(path.rpartition("/")[2], pattern) else None
    for folder in folders_above(path):
        above, _, name = folder.rpartition("/")
        if fnmatchcase(name, pattern[:-1]):
            beside = f"{above}/" if above else ""
            if pattern in _BUILD_FOLDERS and above and not any(f"{beside}{file}" in followed for file in _BUILD_FILES):
                continue
            return folder
    return None


PROBES = (build_artifacts,)
