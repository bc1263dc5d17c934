"""Which files a run may depend on: on the student's own machine, an edit of any other need not run anything again.

Told from the names that stand in the sources, generously: a file counts as soon as its name is a word of any file that
counts, be it in a comment. Whether a run really read nothing else is seen when it runs; what could not be seen there
(another process, the size of a file) is looked for here, and where it is found, the whole tree counts.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections.abc import Iterable

from checker.facts.running import Cells, Import, Job, Notebook, Script
from checker.facts.tree import Kind, TooLarge, Tree
from checker.sandbox.identity import package_names

_WORD = re.compile(r"\w+")
_LARGEST = 1_000_000
_MOST_FILES = 3_000

_DOCUMENTS = (
    ".md", ".rst", ".ipynb", ".adoc", ".tex", ".bib", ".html", ".css", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".pdf",
    ".drawio", ".sh", ".r", ".rmd", ".qmd",
)  # fmt: skip
_FOR_OTHERS = re.compile(
    r"(?:^|/)(?:readme|licen[cs]e|changelog|authors|contributing|makefile|procfile|(?=[\w.-]*dockerfile)[\w.-]+|\.dockerignore"
    r"|\.gitignore|\.gitattributes|\.gitkeep|\.editorconfig|\.checker\.yml|\.pre-commit-config\.ya?ml|\.gitlab-ci\.yml"
    r"|environment[\w-]*\.ya?ml|requirements[\w-]*\.txt|compose\.ya?ml|docker-compose\.ya?ml)$"
    r"|^\.(?:github|gitlab|vscode|idea)/",
    re.IGNORECASE,
)
"""What is written for people, for git, for an installer or for a service, and not for the program."""
_TEXTS = (".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".txt", ".env", ".conf", ".properties", ".pth")
_ALWAYS = frozenset({"sitecustomize", "usercustomize"})
_ENTRIES = frozenset({"__init__", "__main__"})

_UNSEEN = frozenset(
    {
        "Popen", "ProcessPoolExecutor", "__del__", "atexit", "cffi", "ctypes", "dir_fd", "execl", "execle", "execlp",
        "execv", "execve", "execvp", "finalize", "fork", "getsize", "lstat", "multiprocessing", "nbclient", "nbconvert",
        "papermill", "popen", "posix_spawn", "scandir", "spawnl", "spawnv", "st_ctime", "st_mtime", "st_size", "stat",
        "subprocess", "system",
    }
)  # fmt: skip
"""Words by which a run may learn of a file without being seen to open it."""
_SHELL = re.compile(
    r"^[^\S\n]*(?:!|%%(?!time\b|timeit\b|capture\b)|%(?!%|matplotlib\b|config\b|timeit?\b|load_ext\b|autoreload\b|precision\b))"
    r"|=\s*[!%]",
    re.MULTILINE,
)
"""Lines of a notebook that are no Python, those aside that start nothing."""


def reached(job: Job) -> frozenset[str] | None:
    """The paths of the tree of *job* whose contents it may depend on; None where that cannot be told."""
    tree = job.tree
    if not _plain(tree):
        return None
    match job.action:
        case Script(path, arguments):
            start, words = posixpath.normpath(posixpath.join(job.folder, path)), {*_words(" ".join(arguments))}
        case Notebook(path):
            start, words = posixpath.normpath(posixpath.join(job.folder, path)), set()
        case Cells(path):
            start, words = path, set()
        case Import(module):
            start, words = "", {*_words(module)}
        case _:
            return None
    try:
        return _closure(tree, start, words)
    except TooLarge:
        return None


def _plain(tree: Tree) -> bool:
    """Whether a name in the tree is one file, and nothing in it was made of another file."""
    return len(tree.entries) <= _MOST_FILES and all(
        entry.is_file and path.isprintable() and not path.lower().endswith((".pyc", ".pyo"))
        for path, entry in tree.entries.items()
        if entry.kind is not Kind.SUBMODULE
    )


def _apart(path: str) -> bool:
    """Whether a file is for others than the program, unless the program names it."""
    return path.lower().endswith(_DOCUMENTS) or _FOR_OTHERS.search(path) is not None


def _closure(tree: Tree, start: str, words: set[str]) -> frozenset[str] | None:
    waiting = {path: _name_of(path) for path in tree.entries if path.lower().endswith(".py") or _apart(path)}
    found = set(tree.entries) - waiting.keys()
    for path in found:
        if path.lower().endswith(_TEXTS):
            words |= _words(_text(tree, path))
    foreign = _ALWAYS | sys.stdlib_module_names | package_names()
    fresh = {start} if start in waiting else set()
    fresh |= {path for path in waiting if path.endswith(".py") and not foreign.isdisjoint(_modules(path))}
    while True:
        for path in fresh:
            del waiting[path]
            source = _source(tree, path)
            if source is None:
                return None
            words |= _words(source)
        found |= fresh
        if not _UNSEEN.isdisjoint(words):
            return None
        packages = {folder for path in found for folder in _folders(path)}
        fresh = {
            path
            for path, name in waiting.items()
            if name <= words or (path.endswith("/__init__.py") and path.rpartition("/")[0] in packages)
        }
        if not fresh:
            break
    return None if start and start not in found else frozenset(found)


def _name_of(path: str) -> frozenset[str]:
    """The words that stand in any text that names the file."""
    folder, _, name = path.rpartition("/")
    if not name.lower().endswith(".py"):
        return frozenset(_words(name))
    stem = name[:-3]
    if stem in _ENTRIES:
        stem = folder.rpartition("/")[2]
    return frozenset(_words(stem))


def _modules(path: str) -> Iterable[str]:
    return path[:-3].split("/")


def _folders(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _words(source: str) -> set[str]:
    return set(_WORD.findall(source))


def _text(tree: Tree, path: str) -> str:
    return tree.read(path, limit=_LARGEST).decode("utf-8", "replace")


def _source(tree: Tree, path: str) -> str | None:
    """The text of a file; of a notebook that of its code cells, or None where a line of one is no Python."""
    source = _text(tree, path)
    if not path.lower().endswith(".ipynb"):
        return source
    try:
        cells = json.loads(source)["cells"]
        source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return None if _SHELL.search(source) else source
