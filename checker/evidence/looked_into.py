"""Which sources the linter may look into while it reads one: an edit of any other leaves what it says of that one.

The linter follows imports and executes nothing, so what it looks into is named in what it has read. As for a run, this
is told generously: a source counts as soon as its name is a word of any source that counts, be it in a comment.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping

from checker.evidence.source import decode
from checker.facts.tree import Tree
from checker.sandbox.identity import package_names

_WORD = re.compile(r"\w+")


def looked_into(tree: Tree, paths: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """For each of *paths*, all of them sources in *tree*, those of them on whose contents its messages may depend."""
    words = {path: _words(decode(path, tree.read(path)).source) for path in paths}
    foreign = sys.stdlib_module_names | package_names()
    # What has the name of a library is found in its place by whatever imports that; a stub speaks for its module.
    always = {path for path in words if path.endswith(".pyi") or not foreign.isdisjoint(_parts(path))}
    names = {path: _name(path) for path in words}
    return {path: _closure({path} | always, words, names) for path in words}


def _closure(
    start: set[str], words: Mapping[str, frozenset[str]], names: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    found: set[str] = set()
    fresh, known = set(start), frozenset[str]()
    while fresh:
        found |= fresh
        known = known.union(*(words[path] for path in fresh))
        folders = {path[:end] for path in found for end, letter in enumerate(path) if letter == "/"}
        fresh = {
            path
            for path, name in names.items()
            if path not in found
            and (name <= known or (path.endswith("/__init__.py") and path.rpartition("/")[0] in folders))
        }
    return frozenset(found)


def _name(path: str) -> frozenset[str]:
    """The words by which a source is imported."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    return _words(folder.rpartition("/")[2] if stem == "__init__" else stem)


def _parts(path: str) -> list[str]:
    return path.removesuffix(".pyi").removesuffix(".py").split("/")


def _words(source: str) -> frozenset[str]:
    """The words of *source*, written as Python reads names."""
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", source)))
