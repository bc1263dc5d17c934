"""The sources that a file's lint messages may depend on: an edit of any other source cannot change them.

The linter follows imports and executes nothing, so its input is named in the sources that it reads. The result is a
superset: a source counts as soon as its name is a word of any source that counts, even in a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.evidence.source.python import decode
from checker.facts.tree import Tree
from checker.sandbox.cache.words import closure, name_of, replaces_library, words_of


def lint_dependencies(tree: Tree, paths: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """For each source of *paths* in *tree*, the sources of *paths* on which its messages may depend."""
    words = {path: words_of(decode(path, tree.read(path)).source) for path in paths}
    # A file named like a library replaces it for every import, and a stub replaces its module.
    always = {path for path in words if path.endswith(".pyi") or replaces_library(path)}
    names = {path: name_of(path) for path in words}
    return {path: closure({path} | always, names, words.__getitem__)[0] for path in words}
