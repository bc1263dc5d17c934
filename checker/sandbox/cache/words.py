"""Files that name each other: a file counts if its name is a word of any file that counts.

The search is generous, comments included, so that imports need not be followed.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from checker.sandbox.cache.keys import package_names

_WORD = re.compile(r"\w+")
_ENTRIES = frozenset({"__init__", "__main__"})
_OF_PACKAGES = ("/__init__.py", "/__main__.py")
_ASKED_FOR = frozenset({"sitecustomize", "usercustomize"})


def words_of(source: str) -> frozenset[str]:
    """The words of *source*, in the Unicode form (NFKC) of Python's names."""
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", source)))


def name_of(path: str) -> frozenset[str]:
    """The words that any text naming the file contains; a module is named without its suffix."""
    folder, _, name = path.rpartition("/")
    stem = name[:-3] if name.lower().endswith(".py") else name
    return words_of(folder.rpartition("/")[2] if stem in _ENTRIES else stem)


def replaces_library(path: str) -> bool:
    """Whether a module has the name of a library, which it then shadows, or one that Python imports by itself."""
    parts = path.removesuffix(".pyi").removesuffix(".py").split("/")
    return not all(names.isdisjoint(parts) for names in (sys.stdlib_module_names, package_names(), _ASKED_FOR))


def closure(
    start: Iterable[str],
    names: Mapping[str, frozenset[str]],
    words_in: Callable[[str], AbstractSet[str]],
    words: Iterable[str] = (),
    beside: Iterable[str] = (),
) -> tuple[frozenset[str], frozenset[str]]:
    """The closure of *start*: its paths and those of *names* that they name, directly or not; and all their words.

    *words* count from the beginning; the packages around the paths *beside* count, too.
    """
    paths: set[str] = set()
    all_words = set(words)
    folders = {folder for path in beside for folder in _folders(path)}
    fresh = set(start)
    while True:
        paths |= fresh
        all_words = all_words.union(*(words_in(path) for path in fresh))
        folders |= {folder for path in fresh for folder in _folders(path)}
        fresh = {
            path
            for path, name in names.items()
            if path not in paths
            and (name <= all_words or (path.endswith(_OF_PACKAGES) and path.rpartition("/")[0] in folders))
        }
        if not fresh:
            return frozenset(paths), frozenset(all_words)


def _folders(path: str) -> Iterable[str]:
    return (path[:end] for end, letter in enumerate(path) if letter == "/")
