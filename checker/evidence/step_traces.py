"""The traces of work that show that a step has begun. The course file assigns the traces to steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import get_args

from checker.course import Course
from checker.evidence.image.simulated_build import dockerfiles
from checker.evidence.source.python import string_constants
from checker.facts.code import Code
from checker.facts.environment import Declared
from checker.facts.history import History
from checker.facts.notebook import NotebookFile
from checker.facts.pull_requests import PullRequests
from checker.facts.step_traces import StepTraces, Trace
from checker.facts.tree import Tree
from checker.model import Unavailable, known

_ENVIRONMENT = re.compile(
    r"(environment|env|conda)[\w.-]*\.ya?ml|requirements[\w.-]*\.(txt|in)|pyproject\.toml|pipfile(\.lock)?|"
    r"(uv|poetry|pixi|conda|pdm)[\w.-]*lock(\.ya?ml)?|setup\.(py|cfg)",
)
_CONFIGURATION = re.compile(r"(config|configuration|conf|settings|params|parameters)[\w-]*\.(ya?ml|toml|json|ini|cfg)")
_DATA = re.compile(r"\.(csv|tsv|parquet|xlsx?|feather)(\.(gz|zip|bz2|xz))?$", re.IGNORECASE)
_NETWORK = re.compile(r"\b(?:https?|s3)://[^\s\"']", re.IGNORECASE)
_CLIENTS = frozenset({"s3fs", "boto3", "minio", "fsspec", "requests", "urllib", "httpx", "aiohttp"})
_CONFIGURING = frozenset(
    {"hydra", "omegaconf", "dynaconf", "confuse", "configobj", "environs", "decouple", "dotenv", "pydantic_settings"}
)
"""Libraries that find and open the configuration by themselves, so that the code need not name its file."""
_SMALL = 100
"""The number of packages above which a file is the export of a whole base environment."""
_LARGEST = 500_000


def step_traces(
    tree: Tree,
    course: Course,
    code: Code,
    history: History | Unavailable | None,
    declared: Declared | None,
    notebook: NotebookFile | None,
    requests: PullRequests | Unavailable | None,
) -> StepTraces:
    """All traces that the course file may name, found or unknown on this machine."""
    history, requests = known(history), known(requests)
    traces: Mapping[Trace, Callable[[], bool]] = {
        "always": lambda: True,
        "branch": lambda: _on_branch(history),
        "own-work": lambda: history is not None and bool(history.own),
        "module": lambda: bool(code.modules or code.unreached or code.missing),
        "function-in-main": lambda: _has_function(code),
        "main-script": lambda: code.main is not None,
        "main-file": lambda: course.names.main_among(tree.entries) is not None,
        "module-and-running-main": lambda: code.main is not None and bool(code.modules),
        "source-folder": lambda: _in_folder(tree, course.names.source_folder) or _package(code),
        "notebook-folder": lambda: _notebook_in_folder(tree, course),
        "data-folder": lambda: _in_folder(tree, course.names.data_folder),
        "import-from-folder": lambda: any("." in imported.module for imported in code.missing),
        "environment-file": lambda: declared is not None or any(_at_root(tree, _ENVIRONMENT)),
        "network-read": lambda: _reads_network(tree, code, notebook),
        "data-gone": lambda: _data_gone(tree, history),
        "gitignore": lambda: _ignore_file(tree),
        "request": lambda: requests is not None and bool(requests.requests),
        "configuration-file": lambda: any(_at_root(tree, _CONFIGURATION)),
        "configuration-read": lambda: _opens_configuration(code),
        "small-environment": lambda: _small_environment(declared),
        "dockerfile": lambda: bool(dockerfiles(tree)),
    }
    unknown = ({"request"} if requests is None else set()) | ({"branch", "own-work"} if history is None else set())
    return StepTraces(frozenset(name for name in get_args(Trace) if traces[name]()), frozenset(unknown))


def _on_branch(history: History | None) -> bool:
    if history is None:
        return False
    default = history.default_branch
    on_other_branch = any(branch.own_commits and branch.name != default for branch in history.branches)
    return on_other_branch or history.branch not in (None, default)


def _has_function(code: Code) -> bool:
    main = code.main_file
    return main is not None and main.tree is not None and any(isinstance(n, ast.FunctionDef) for n in main.tree.body)


def _in_folder(tree: Tree, folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in tree.entries)


def _package(code: Code) -> bool:
    """True where modules lie in a folder of their own: a package under another name."""
    return any("/" in path for path in (*code.modules, *code.unreached))


def _notebook_in_folder(tree: Tree, course: Course) -> bool:
    folders = (course.names.notebook_folder, course.names.notebook_folder.removesuffix("s"))
    return any(entry.path.startswith(tuple(f"{folder}/" for folder in folders)) for entry in tree.files(".ipynb"))


def _at_root(tree: Tree, pattern: re.Pattern[str]) -> Iterator[str]:
    """The files of the root whose whole lower-case name matches the pattern."""
    return (path for path in tree.entries if "/" not in path and pattern.fullmatch(path.lower()))


def _ignore_file(tree: Tree) -> bool:
    """True where there is an ignore file, even one with a misspelt name."""
    names = (path.rpartition("/")[2].lower().removesuffix(".txt") for path in tree.entries)
    return any("ignore" in name and SequenceMatcher(None, name, ".gitignore").ratio() > 0.8 for name in names)


def _reads_network(tree: Tree, code: Code, notebook: NotebookFile | None) -> bool:
    """True where code or configuration contains a URL, or uses a library that reads one."""
    files = code.project or tuple(code.files.values())
    imported = {one.package for file in files for one in file.imports}
    imported |= {one.package for one in notebook.imports} if notebook else set()
    if imported & _CLIENTS:
        return True
    sources = [*(file.source for file in files), *(notebook.cells if notebook else ())]
    contents = (tree.read_if_small(path, _LARGEST) for path in _at_root(tree, _CONFIGURATION))
    sources += [content.decode("utf-8", "replace") for content in contents if content is not None]
    return any(_NETWORK.search(source) for source in sources if _mentions_data(source))


def _mentions_data(source: str) -> bool:
    return bool(re.search(r"\.(csv|parquet|tsv|json)\b|s3://|s3\b|minio", source, re.IGNORECASE))


def _data_gone(tree: Tree, history: History | None) -> bool:
    """True where the repository began with data and holds none now."""
    if history is None or history.start is None or _has_data(tree):
        return False
    start = next((commit for commit in history.commits if commit.id == history.start), None)
    return start is not None and _has_data(start.tree())


def _has_data(tree: Tree) -> bool:
    return any(_DATA.search(path) for path in tree.entries)


def _opens_configuration(code: Code) -> bool:
    """True where the project's code names a configuration file, or imports a library that finds one."""
    for file in code.project:
        if any(imported.package in _CONFIGURING for imported in file.imports):
            return True
        names = (word.rpartition("/")[2].lower() for word, _ in string_constants(file.tree))
        if any(len(name) < 80 and _CONFIGURATION.fullmatch(name) for name in names):
            return True
    return False


def _small_environment(declared: Declared | None) -> bool:
    """True where an environment file is not the export of a whole base environment."""
    return declared is not None and any(0 < file.packages < _SMALL and not file.exported for file in declared.files)


PROBES = (step_traces,)
