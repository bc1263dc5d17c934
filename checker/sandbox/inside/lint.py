"""Runs pylint on a student's files, in process, with its default rules and without configuration files."""

from __future__ import annotations

import gc
import itertools
import os
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

_PRAGMA = re.compile(rb"^[^#]*#.*pylint\s*:")
_LEFT_OUT = "duplicate-code,cyclic-import"  # they exist only where files are read together
_FOREIGN = ("import-error", "no-name-in-module")
_OF_SIGNATURES = frozenset(
    {
        "missing-kwoa",
        "no-value-for-parameter",
        "redundant-keyword-arg",
        "too-many-function-args",
        "unexpected-keyword-arg",
    }
)
_KEEP_SIGNATURES = frozenset({"abstractmethod", "cache", "classmethod", "contextmanager", "lru_cache", "staticmethod"})
"""Decorators that keep the signature of their function."""
_QUOTES = "'\""
_MOST_GROUPS = 200
_MOST_PLACES = 5
_MOST_LINES = 20_000
_MADE_BEFORE = 8
_CANNOT_IMPORT = re.compile(r"Cannot import '([\w.]{1,300})' due to")
_WARMING = """import argparse
import itertools
import logging
import os
import pathlib

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import s3fs
import seaborn as sns
import yaml
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler

table = pd.read_csv("x.csv")
table["a"] = table["b"].fillna(table["b"].mean()).map(len)
forest = RandomForestClassifier(n_estimators=20).fit(table, table["a"])
print(confusion_matrix(table["a"], forest.predict(np.array([1]))), sns, plt, s3fs, yaml)
print(train_test_split(LabelEncoder(), StandardScaler()))
with open("x.yaml", encoding="utf-8") as file:
    config = yaml.safe_load(file)
store = s3fs.S3FileSystem(client_kwargs={"endpoint_url": os.environ["X"]}, anon=True)
with store.open(config["a"]["b"], "rb") as stream:
    table = pd.concat([table, pd.read_csv(stream)])
print(pd.plotting.scatter_matrix(table), itertools.chain([1]), pathlib.Path("x").read_text(encoding="utf-8"))
print(argparse.ArgumentParser().parse_args(), logging.getLogger("x").info("x"), list(map(int, ["1"])), dict(a=1))
"""


def prepare() -> None:
    """Let pylint analyse the libraries of the course once, the most expensive part of a first run.

    This takes longer than one submission, and makes each later one ten times as fast.
    """
    _isolate()
    _reads_ordinary_code()  # it imports those libraries
    _ready.extend(_linter() for _ in range(_MADE_BEFORE))


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """The linter's result for each file, read together with the other files of its group.

    *payload* has ``packages``, the folders of libraries that are searched before our own, and ``rounds``, one per file:

    - ``only``: the file that is judged.
    - ``paths``: the files of its group, relative to ``root``, the folder of a state of the repository.
    - ``own``: the import names of the project itself; import errors about other names are left out.
    - ``absent``: modules of the project that are missing; import errors about them, and about unreadable modules, are
      left out.
    - ``folders``: the folders, below the root, of the project's own packages.
    - ``sources``, ``beside``: for the cache of results; not used here.

    For a file on which the linter failed, ``sound`` in the result says whether it can read ordinary code.
    """
    _isolate()
    import pylint

    if not _ready:
        # All of the linter, before a submission's folder comes first where modules are looked for: an `astroid.py`
        # of its own would be executed, and give the score.
        _ready.append(_linter())
    sys.path[:0] = payload.get("packages", [])
    judged: list[dict[str, Any]] = []
    for (root, paths, own, absent, folders), rounds in itertools.groupby(payload["rounds"], _group_of):
        names = _Names(frozenset(own), absent)
        judged += _in_root(root, list(paths), [one["only"] for one in rounds], names, folders)
    crashed = [file for file in judged if file.get("crashed")]
    sound = not crashed or _reads_ordinary_code()
    for file in crashed:
        file["sound"] = sound
    return {"version": pylint.__version__, "rounds": judged}


def _reads_ordinary_code() -> bool:
    """Whether the linter can read ordinary code: if so, its failure is due to the submission's file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ordinary_code.py")
        path.write_text(_WARMING, encoding="utf-8")
        (file,) = _in_root(folder, [path.name], [path.name], _Names())
    return not file["crashed"]


class _Names(NamedTuple):
    """The import names of the project itself, and those of its modules that are absent or unreadable for Python."""

    own: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()

    def expects_nothing_of(self, name: str) -> bool:
        """Whether the module *name*, or one below it, is known to be absent."""
        return bool(name) and any(f"{absent}.".startswith(f"{name}.") for absent in self.absent)


def _group_of(one: dict[str, Any]) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    more = tuple(tuple(one.get(name, ())) for name in ("own", "absent", "folders"))
    return one["root"], tuple(one["paths"]), more[0], more[1], more[2]


def _in_root(
    root: str, paths: list[str], wanted: list[str], names: _Names, folders: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The results with *root* as the working folder and first on ``sys.path``, as with ``PYTHONPATH=.``.

    The *folders* below *root* come last on the path, as those of an installed project.
    """
    folder, before = Path.cwd(), sys.path[:]
    place = Path(root).absolute()
    sys.path.insert(0, str(place))
    sys.path += [str(place / inner) for inner in folders]
    os.chdir(place)
    try:
        return _judged(paths, wanted, names)
    finally:
        os.chdir(folder)
        sys.path[:] = before
        _forget(place)


def _isolate() -> None:
    """Switch off configuration files, and keep inferred results in memory."""
    for name in ("PYLINTRC", "PYTHONPATH"):
        os.environ.pop(name, None)
    os.environ.setdefault("PYLINTHOME", "/nonexistent")
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
    gc.set_threshold(500_000, 20, 1000)  # collecting garbage among trees that stay takes half of the time


def _forget(root: Path) -> None:
    """Forget the modules below *root*, so that no state is taken for another one; libraries are kept."""
    from astroid.interpreter._import.spec import _find_spec
    from astroid.interpreter._import.util import is_namespace
    from astroid.manager import AstroidManager
    from astroid.modutils import _cache_normalize_path_, _has_init

    manager = AstroidManager()
    for name, module in [*manager.astroid_cache.items()]:
        places = [place for place in (module.file, *(module.path or ())) if place]
        if any(Path(place).is_relative_to(root) for place in places):
            del manager.astroid_cache[name]
    manager._mod_file_cache.clear()
    for cache in (_find_spec, is_namespace, _cache_normalize_path_, _has_init):
        cache.cache_clear()


def _judged(paths: list[str], wanted: list[str], names: _Names) -> list[dict[str, Any]]:
    """The results for the *wanted* files among *paths*."""
    problems = {path: problem for path in paths if (problem := _unreadable(path))}
    readable = [path for path in paths if path not in problems]
    files = _lint(paths, readable, [path for path in wanted if path in readable], names, pragmas=False)
    pragmas = {path: controls for path in files if (controls := _pragmas(path))}
    honoured = _lint(paths, readable, [*pragmas], names, pragmas=True)
    for path, file in files.items():
        file["pragmas"] = pragmas.get(path, [])
        with_controls = honoured.get(path, file)
        file["honoured"] = {"statements": with_controls["statements"], "faults": with_controls["faults"]}
    return [{"problem": problems[path]} if path in problems else {"problem": None, **files[path]} for path in wanted]


def _unreadable(path: str) -> dict[str, Any] | None:
    """The reason why Python cannot read a file, which would hardly count in the score of a joint run; else None."""
    import ast

    try:
        with tokenize.open(path) as file:
            ast.parse(file.read())
    except SyntaxError as error:
        return {"message": str(error.msg), "line": error.lineno}
    except (ValueError, RecursionError, MemoryError, LookupError) as error:
        return {"message": str(error) or type(error).__name__, "line": None}
    except OSError as error:
        return {"message": error.strerror or "cannot be read", "line": 1}
    return None


def _pragmas(path: str) -> list[dict[str, Any]]:
    lines = Path(path).read_bytes().split(b"\n")
    return [{"path": path, "line": number} for number, line in enumerate(lines, 1) if _PRAGMA.search(line)][:20]


def _lint(
    paths: list[str], readable: list[str], wanted: list[str], names: _Names, *, pragmas: bool
) -> dict[str, dict[str, Any]]:
    """The results for the *wanted* files. The others are read too, as by one run for all *paths*."""
    if not wanted:
        return {}
    linter = _ready.pop() if _ready else _linter()
    linter.names, linter.honours_pragmas = names, pragmas
    linter.readable, linter.wanted = tuple(map(_argument, readable)), frozenset(wanted)
    linter.check([*map(_argument, paths)])
    files: dict[str, dict[str, Any]] = linter.files
    return files


def _argument(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


_ready: list[Any] = []
"""Unused linters. Making one takes as long as using it on a small file."""


def _linter() -> Any:
    from pylint.config.config_initialization import _config_initialization
    from pylint.lint import PyLinter
    from pylint.reporters import CollectingReporter

    class Linter(PyLinter):
        """A linter that judges the wanted files alone, and can ignore the control comments in them.

        The result for a file depends on the module search path, which all files of a run together decide, and on
        imported files only. So the score of many files follows from the sums of their single results.
        """

        names = _Names()
        honours_pragmas = False
        readable: tuple[str, ...] = ()
        wanted: frozenset[str] = frozenset()

        def __init__(self) -> None:
            super().__init__()
            self.left_out: set[str] = set()
            self.files: dict[str, dict[str, Any]] = {}

        def process_tokens(self, tokens: list[tokenize.TokenInfo]) -> None:
            if self.honours_pragmas:
                super().process_tokens(tokens)

        def _iterate_file_descrs(self, files_or_modules: Any) -> Any:
            del files_or_modules
            return super()._iterate_file_descrs(self.readable)

        def _lint_files(self, ast_mapping: Any, check_astroid_module: Any) -> None:
            messages = self.reporter.messages
            unread = {path: [one for one in messages if _path_of(one) == path] for path in self.wanted}
            walker = check_astroid_module.keywords["walker"]
            for item, module in ast_mapping.items():
                path = os.path.relpath(item.filepath)
                if path in self.wanted:
                    counted, said = walker.nbstatements, len(messages)
                    self.left_out.clear()
                    super()._lint_files({item: module}, check_astroid_module)
                    found = [*unread.pop(path), *messages[said:]]
                    self.files[path] = _file(found, walker.nbstatements - counted, self.left_out)
            for path, found in unread.items():
                self.files[path] = _file(found, 0, ())

        def _add_one_message(self, definition: Any, line: Any, node: Any, args: Any, *rest: Any) -> None:
            if definition.symbol == "syntax-error" and self.names.expects_nothing_of(_unparsed(args)):
                return
            if definition.symbol in _FOREIGN:
                name = _imported(node, args)
                if name and name.partition(".")[0] not in self.names.own:
                    self.left_out.add(name.partition(".")[0])
                    return
                if definition.symbol == "no-name-in-module" and isinstance(args, tuple):
                    name = f"{name}.{str(args[0]).strip(_QUOTES)}"
                if self.names.expects_nothing_of(name):
                    return
            if definition.symbol in _OF_SIGNATURES and _is_decorated(getattr(node, "func", None)):
                return
            super()._add_one_message(definition, line, node, args, *rest)

    linter = Linter()
    linter.load_default_plugins()
    options = ["--persistent=n", "--score=n", "--jobs=1", f"--disable={_LEFT_OUT}", "x"]
    _config_initialization(linter, options, reporter=CollectingReporter(), config_file=None)
    return linter


def _imported(node: Any, args: Any) -> str:
    """The absolute name that an import error is about; empty for a relative import."""
    if getattr(node, "level", None):
        return ""
    return str(args[-1] if isinstance(args, tuple) else args).strip(_QUOTES)


def _is_decorated(called: Any) -> bool:
    """Whether the called function has a decorator that changes its signature: ``@hydra.main``, ``@click.command``.

    The linter compares a call with the parameters as written below the decorator.
    """
    from astroid import UnboundMethod, nodes
    from pylint.checkers.utils import safe_infer

    function = safe_infer(called) if isinstance(called, nodes.NodeNG) else None
    while isinstance(function, UnboundMethod):  # the wrapper of a method of a class or object
        function = function._proxied
    if not isinstance(function, nodes.FunctionDef) or function.decorators is None:
        return False
    names = {_last_name(decorator) for decorator in function.decorators.nodes}
    return not names <= _KEEP_SIGNATURES


def _last_name(decorator: Any) -> str:
    """The last name of ``a.b.name`` and of ``a.b.name(…)``."""
    target = getattr(decorator, "func", decorator)
    return str(getattr(target, "attrname", getattr(target, "name", "")))


def _unparsed(args: Any) -> str:
    """The imported module that pylint could not parse; empty for an error in the file itself."""
    match = _CANNOT_IMPORT.match(args) if isinstance(args, str) else None
    return match[1] if match else ""


def _file(messages: list[Any], statements: int, left_out: Iterable[str]) -> dict[str, Any]:
    return {
        "statements": statements,
        "faults": dict(Counter(message.category for message in messages)),
        "groups": _groups(messages),
        "lines": [[message.line, message.category] for message in messages[:_MOST_LINES]],
        "left_out": sorted(left_out),
        "crashed": any(message.category == "fatal" for message in messages),
    }


def _path_of(message: Any) -> str:
    return os.path.relpath(str(message.abspath or message.path))


def _groups(messages: list[Any]) -> list[dict[str, Any]]:
    by_symbol: dict[str, list[Any]] = {}
    for message in messages:
        by_symbol.setdefault(message.symbol, []).append(message)
    groups = sorted(by_symbol.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {
            "symbol": symbol,
            "id": group[0].msg_id,
            "category": group[0].category,
            "count": len(group),
            "places": [_place(message) for message in group[:_MOST_PLACES]],
        }
        for symbol, group in groups[:_MOST_GROUPS]
    ]


def _place(message: Any) -> dict[str, Any]:
    words = message.msg.partition("\n")[0][:200]
    return {"path": _path_of(message), "line": message.line, "column": message.column + 1, "text": words}
