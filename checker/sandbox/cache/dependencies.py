"""The files that a run may depend on: on the student's own machine, an edit of any other file needs no new run.

The estimate is generous and goes by names in the sources: a file counts if its name is a word, even in a comment, of a
file that counts. The run itself shows whether other files were read. Ways to depend on a file that a run does not show
(another process, the size of a file) are searched for here by word; where one occurs, the whole tree counts.
"""

from __future__ import annotations

import json
import re

from checker.facts.job import Job
from checker.facts.tree import Kind, TooLarge, Tree
from checker.sandbox.cache.words import closure, name_of, replaces_library, words_of

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
"""Files for people, for git, for an installer or for a service, not for the program."""
_TEXTS = (".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".txt", ".env", ".conf", ".properties", ".pth")
_UNSEEN = frozenset(
    {
        "Popen", "ProcessPoolExecutor", "__del__", "atexit", "cffi", "ctypes", "dir_fd", "execl", "execle", "execlp",
        "execv", "execve", "execvp", "finalize", "fork", "getsize", "lstat", "multiprocessing", "nbclient", "nbconvert",
        "papermill", "popen", "posix_spawn", "scandir", "spawnl", "spawnv", "st_ctime", "st_mtime", "st_size", "stat",
        "subprocess", "system",
    }
)  # fmt: skip
"""Names of calls by which a run may depend on a file without an observed opening of it."""
_SHELL = re.compile(
    r"^[^\S\n]*(?:!|%%(?!time\b|timeit\b|capture\b)|%(?!%|matplotlib\b|config\b|timeit?\b|load_ext\b|autoreload\b|precision\b))"
    r"|=\s*[!%]",
    re.MULTILINE,
)
"""Lines of a notebook that are no Python and may start a program."""


def files_reached(job: Job) -> frozenset[str] | None:
    """The paths of the tree of *job* whose contents the job may depend on; None where they are unknown."""
    tree = job.tree
    if not _plain(tree):
        return None
    first = job.action.first_sources(job.folder)
    if first is None:
        return None
    try:
        return _closure(tree, first.path, {*words_of(first.text)})
    except TooLarge:
        return None


def _plain(tree: Tree) -> bool:
    """Whether the tree is small, without links and without compiled modules: each name stands for one source file."""
    return len(tree.entries) <= _MOST_FILES and all(
        entry.is_file and path.isprintable() and not path.lower().endswith((".pyc", ".pyo"))
        for path, entry in tree.entries.items()
        if entry.kind is not Kind.SUBMODULE
    )


def _apart(path: str) -> bool:
    """Whether a file is not for the program, unless the program names it."""
    return path.lower().endswith(_DOCUMENTS) or _FOR_OTHERS.search(path) is not None


def _closure(tree: Tree, start: str, words: set[str]) -> frozenset[str] | None:
    names = {path: name_of(path) for path in tree.entries if path.lower().endswith(".py") or _apart(path)}
    others = tree.entries.keys() - names.keys()
    words = words.union(*(words_of(_text(tree, path)) for path in others if path.lower().endswith(_TEXTS)))
    first = {start} if start in names else set()
    first |= {path for path in names if path.endswith(".py") and replaces_library(path)}
    try:
        reached, all_words = closure(first, names, lambda path: words_of(_source(tree, path)), words, others)
    except _Unreadable:
        return None
    if not _UNSEEN.isdisjoint(all_words) or (start and start not in reached | others):
        return None
    return reached | others


def _text(tree: Tree, path: str) -> str:
    return tree.read(path, limit=_LARGEST).decode("utf-8", "replace")


class _Unreadable(Exception):
    """A notebook is malformed, or a line in it is no Python."""


def _source(tree: Tree, path: str) -> str:
    """The text of a file; for a notebook, that of its code cells. Raises _Unreadable for an unreadable notebook."""
    source = _text(tree, path)
    if not path.lower().endswith(".ipynb"):
        return source
    try:
        cells = json.loads(source)["cells"]
        source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _Unreadable from None
    if _SHELL.search(source):
        raise _Unreadable
    return source
