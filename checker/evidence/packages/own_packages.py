"""The probe of the project's own packages: their folders, and the places that ask to install the project."""

from __future__ import annotations

import ast
import configparser
import itertools
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from checker.evidence.packages.requirements import read_text, table, toml_of
from checker.evidence.source.python import dotted, parse, string_of
from checker.facts.own_packages import OwnPackages
from checker.facts.tree import TooLarge, Tree, folders_above, path_from
from checker.model import Location

_LARGEST = 500_000
_MOST_FILES = 60
_MOST_READ = 300_000
"""The number of bytes, over all files, that are searched for an installation."""
_MOST_FOLDERS = 20
_LONGEST_LINE = 1_000
_LONGEST_SETTING = 200
"""The longest line that can name a folder, in characters: configparser takes quadratic time for a line."""
_INSTALLABLE = ("pyproject.toml", "setup.py", "setup.cfg")
_ASKING = re.compile(
    r"(?:(?=[\w.-]*(?:requirements|env|conda))[\w.-]*\.(?:ya?ml|txt|in)|readme[\w.-]*|contributing[\w.-]*"
    r"|[\w-]*dockerfile|makefile|justfile|[\w.-]+\.sh|\.gitlab-ci\.yml|tasks\.py|tox\.ini|noxfile\.py)",
    re.IGNORECASE,
)
"""Names of files that tell people and programs which packages to install."""
_LISTS = re.compile(r"\.(?:ya?ml|txt|in)$", re.IGNORECASE)
_MARKS = str.maketrans(dict.fromkeys("\"'`[](){},;&|$<>", " "))
_HERE = frozenset({".", "./", "..", "../"})
_SETUP = frozenset({("setup.py", "develop"), ("setup.py", "install")})
_SYNCING = frozenset({("uv", "sync"), ("uv", "run"), ("poetry", "install"), ("pdm", "install"), ("pdm", "sync")})


def own_packages(tree: Tree) -> OwnPackages:
    """The packages that an installation of the project would make importable, where the project can be installed.

    A folder below the root counts as one of sources (``src/``), unless the settings name another; see setuptools' pages
    on *src-layout* and *flat-layout*. The packages of a flat layout are importable from the root anyway, so they count
    only where the repository asks for the installation.
    """
    project = next((name for name in _INSTALLABLE if name in tree), "")
    if not project:
        return OwnPackages()
    settings = _settings(tree)
    syncs = _has_backend(tree, settings)
    asked_at = next(_asked(tree, syncs=syncs), None)
    if not (syncs or asked_at):
        return OwnPackages()
    holding = {folder for path in tree.entries if path.endswith(".py") for folder in ("", *folders_above(path))}
    folders_named = dict.fromkeys(folder for folder in _named(tree, settings) if folder in holding)
    folders = tuple(folders_named)[:_MOST_FOLDERS]
    if not folders:
        is_source = "src" in holding and "src/__init__.py" not in tree
        folders = ("src",) if is_source else ("",)
    if asked_at is None:
        folders = tuple(folder for folder in folders if folder)
    return OwnPackages(folders, project, asked_at)


def _settings(tree: Tree) -> Mapping[str, Any]:
    try:
        return toml_of(read_text(tree, "pyproject.toml", _LARGEST)[0])
    except (KeyError, TooLarge, ValueError, RecursionError):
        return {}


def _has_backend(tree: Tree, settings: Mapping[str, Any]) -> bool:
    """True where every installer would install the project: a list of dependencies alone is no package."""
    tools = table(settings.get("tool"))
    packaged = table(tools.get("uv")).get("package") is True
    return packaged or "build-system" in settings or "poetry" in tools or "setup.py" in tree


def _named(tree: Tree, settings: Mapping[str, Any]) -> Iterator[str]:
    """The folders of packages that the settings name."""
    tools = table(settings.get("tool"))
    setuptools = table(tools.get("setuptools"))
    folders: list[object] = []
    where = table(table(setuptools.get("packages")).get("find")).get("where")
    folders += where if isinstance(where, list) else []
    folders.append(table(setuptools.get("package-dir")).get(""))
    listed = table(tools.get("poetry")).get("packages")
    folders += [table(one).get("from", "") for one in listed] if isinstance(listed, list) else []
    targets = table(table(table(tools.get("hatch")).get("build")).get("targets"))
    wheels = table(targets.get("wheel")).get("packages")
    folders += [posixpath.dirname(one) for one in wheels if isinstance(one, str)] if isinstance(wheels, list) else []
    folders += [*_in_setup(tree), *_in_configuration(tree)]
    for folder in folders:
        if isinstance(folder, str) and (place := path_from("", folder)) is not None:
            yield place


def _in_setup(tree: Tree) -> Iterator[str]:
    """``package_dir={"": "src"}`` and ``find_packages("src")`` of a ``setup.py``, which is parsed and never run."""
    try:
        source = parse(read_text(tree, "setup.py", _LARGEST)[0])
    except (KeyError, TooLarge, SyntaxError):
        return
    for node in ast.walk(source):
        if isinstance(node, ast.keyword) and node.arg == "package_dir" and isinstance(node.value, ast.Dict):
            nodes = node.value.values
        elif isinstance(node, ast.Call) and dotted(node.func).endswith(("find_packages", "find_namespace_packages")):
            nodes = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "where")]
        else:
            continue
        yield from (word for part in nodes if (word := string_of(part)) is not None)


def _in_configuration(tree: Tree) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        lines = read_text(tree, "setup.cfg", _LARGEST)[0].split("\n")
        parser.read_string("\n".join(line for line in lines if len(line) <= _LONGEST_SETTING))
    except (KeyError, TooLarge, configparser.Error, ValueError):
        return
    yield from (line.strip() for line in parser.get("options.packages.find", "where", fallback="").split("\n") if line)
    for line in parser.get("options", "package_dir", fallback="").split("\n"):
        name, equals, folder = line.partition("=")
        if equals and not name.strip():
            yield folder.strip()


def _asked(tree: Tree, *, syncs: bool) -> Iterator[Location]:
    """The lines that ask to install the project. A tool that *syncs* installs every project with a backend."""
    paths = [path for path in tree.entries if path.count("/") <= 2 and _ASKING.fullmatch(path.rpartition("/")[2])]
    paths += [path for path in tree.entries if path.startswith((".github/workflows/", "docs/"))]
    remaining = _MOST_READ
    for path in sorted(dict.fromkeys(paths), key=lambda path: (path.count("/"), path))[:_MOST_FILES]:
        try:
            source = read_text(tree, path, remaining)[0]
        except (KeyError, TooLarge, ValueError):
            continue
        remaining -= tree.entries[path].size
        for number, line in enumerate(source.split("\n"), 1):
            if asks_for_project(line, listed=_LISTS.search(path) is not None, syncs=syncs):
                yield Location(path, line=number)


def asks_for_project(line: str, *, listed: bool, syncs: bool) -> bool:
    """True where *line* asks to install its own folder: as an item of a list of packages, or as a command.

    Only the beginning of a very long line is read.
    """
    words = line[:_LONGEST_LINE].partition(" #")[0].translate(_MARKS).replace("-e.", "-e .").replace("=.", " .").split()
    if listed:
        first = [word for word in words if word != "-"][:3]
        if first and (first[0] in _HERE or (first[0] in ("-e", "--editable") and first[-1] in _HERE)):
            return True
    pairs = set(itertools.pairwise(words))
    if pairs & (_SETUP | (_SYNCING if syncs else frozenset())):
        return True
    return any(
        name.strip("3%!").endswith("pip") and verb == "install" and _names_folder(words[number + 2 :])
        for number, (name, verb) in enumerate(itertools.pairwise(words))
    )


def _names_folder(words: list[str]) -> bool:
    """True where the words after ``pip install`` name the current folder, first of all or as the editable one."""
    first_argument = next((word for word in words if not word.startswith("-")), "")
    editable = {following for word, following in itertools.pairwise(words) if word in ("-e", "--editable")}
    return first_argument in _HERE or bool(_HERE & editable)


PROBES = (own_packages,)
