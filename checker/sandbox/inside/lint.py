"""Runs pylint over a student's files, in process, by its own default rules and nobody's configuration."""

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
from typing import Any

_PRAGMA = re.compile(rb"^[^#]*#.*pylint\s*:")
_LEFT_OUT = "duplicate-code,cyclic-import"  # they exist only where files are read together
_FOREIGN = ("import-error", "no-name-in-module")
_MOST_GROUPS = 200
_MOST_PLACES = 5
_MADE_BEFORE = 8
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
    """Let pylint infer once what the libraries of the course are: the dearest part of a first run.

    It costs more than one submission does, and each further one a tenth of what it would.
    """
    import tempfile

    before = sys.path[:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "warming_up_the_linter.py")
        path.write_text(_WARMING, encoding="utf-8")
        run({"rounds": [{"root": folder, "paths": [path.name], "only": path.name, "own": []}]})
    sys.path[:] = before  # no student's import is to be found where this process was started
    _ready.extend(_linter() for _ in range(_MADE_BEFORE))


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """What the linter says of files, each as it is among the other files of its group.

    There are ``rounds``, one a file: ``only`` that one is judged, among the ``paths`` of its group, which are relative
    to ``root``, the folder of a state of the repository. ``own`` are the import names that mean the project itself:
    import errors of others are left out. ``sources`` and ``beside`` are for whoever keeps results. ``packages`` are the
    folders of libraries that are looked into before our own. Of a file on which the linter
    failed, ``sound`` says whether it reads ordinary code all the same.
    """
    _isolate()
    import pylint

    if not _ready:
        # All of the linter, before a submission's folder comes first where modules are looked for: an `astroid.py`
        # of its own would be executed, and give the score.
        _ready.append(_linter())
    sys.path[:0] = payload.get("packages", [])
    judged: list[dict[str, Any]] = []
    for (root, paths, own), rounds in itertools.groupby(payload["rounds"], _group_of):
        files = _in_root(root, list(paths), [one["only"] for one in rounds], frozenset(own))
        judged += files
    crashed = [file for file in judged if file.get("crashed")]
    sound = not crashed or _reads_ordinary_code()
    for file in crashed:
        file["sound"] = sound
    return {"version": pylint.__version__, "rounds": judged}


def _reads_ordinary_code() -> bool:
    """Whether the linter reads what any submission might hold: it failed on this one, and only on this one."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ordinary_code.py")
        path.write_text(_WARMING, encoding="utf-8")
        (file,) = _in_root(folder, [path.name], [path.name], frozenset())
    return not file["crashed"]


def _group_of(one: dict[str, Any]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return one["root"], tuple(one["paths"]), tuple(one["own"])


def _in_root(root: str, paths: list[str], wanted: list[str], own: frozenset[str]) -> list[dict[str, Any]]:
    """The root comes first where modules are looked for, as with ``PYTHONPATH=.``, and is the working folder."""
    folder, before = Path.cwd(), sys.path[:]
    place = Path(root).absolute()
    sys.path.insert(0, str(place))
    os.chdir(place)
    try:
        return _judged(paths, wanted, own)
    finally:
        os.chdir(folder)
        sys.path[:] = before
        _forget(place)


def _isolate() -> None:
    """No configuration is found, and what is inferred is kept."""
    for name in ("PYLINTRC", "PYTHONPATH"):
        os.environ.pop(name, None)
    os.environ.setdefault("PYLINTHOME", "/nonexistent")
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
    gc.set_threshold(500_000, 20, 1000)  # half of the time goes into looking for garbage among trees that stay


def _forget(root: Path) -> None:
    """Nothing of one state is taken for the other: what is kept are the libraries."""
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


def _judged(paths: list[str], wanted: list[str], own: frozenset[str]) -> list[dict[str, Any]]:
    """What is said of each of the *wanted* files among *paths*."""
    problems = {path: problem for path in paths if (problem := _unreadable(path))}
    readable = [path for path in paths if path not in problems]
    files = _lint(paths, readable, [path for path in wanted if path in readable], own, pragmas=False)
    pragmas = {path: found for path in files if (found := _pragmas(path))}
    honoured = _lint(paths, readable, [*pragmas], own, pragmas=True)
    for path, file in files.items():
        file["pragmas"] = pragmas.get(path, [])
        other = honoured.get(path, file)
        file["honoured"] = {"statements": other["statements"], "faults": other["faults"]}
    return [{"problem": problems[path]} if path in problems else {"problem": None, **files[path]} for path in wanted]


def _unreadable(path: str) -> dict[str, Any] | None:
    """Why Python cannot read a file. In a joint run such a file would all but vanish in the score of the others."""
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
    paths: list[str], readable: list[str], wanted: list[str], own: frozenset[str], *, pragmas: bool
) -> dict[str, dict[str, Any]]:
    """What is said of each of the *wanted* files. The others are read, as they are by one run for all *paths*."""
    if not wanted:
        return {}
    linter = _ready.pop() if _ready else _linter()
    linter.own, linter.honours_pragmas = own, pragmas
    linter.readable, linter.wanted = tuple(map(_argument, readable)), frozenset(wanted)
    linter.check([*map(_argument, paths)])
    outcome: dict[str, dict[str, Any]] = linter.outcome()
    return outcome


def _argument(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


_ready: list[Any] = []
"""Linters that are made and were never used. Making one takes as long as using it on a small file."""


def _linter() -> Any:
    from pylint.config.config_initialization import _config_initialization
    from pylint.lint import PyLinter
    from pylint.reporters import CollectingReporter

    class Linter(PyLinter):
        """Judges the files that are wanted alone, and can be deaf to the comments meant for it.

        What it says of a file depends on where modules are looked for, which all files of a run together decide, and
        on no other file but those that are looked into: the score of many is that of the sums of each.
        """

        own: frozenset[str] = frozenset()
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
            if definition.symbol in _FOREIGN:
                name = _imported(definition.symbol, node, args)
                if name and name.partition(".")[0] not in self.own:
                    self.left_out.add(name.partition(".")[0])
                    return
            super()._add_one_message(definition, line, node, args, *rest)

        def outcome(self) -> dict[str, dict[str, Any]]:
            return self.files

    linter = Linter()
    linter.load_default_plugins()
    options = ["--persistent=n", "--score=n", "--jobs=1", f"--disable={_LEFT_OUT}", "x"]
    _config_initialization(linter, options, reporter=CollectingReporter(), config_file=None)
    return linter


def _imported(symbol: str, node: Any, args: Any) -> str:
    """The absolute name that an import error is about; empty for a relative import."""
    if getattr(node, "level", None):
        return ""
    name = args[-1] if isinstance(args, tuple) else args
    return str(name).strip("'\"") if symbol in _FOREIGN else ""


def _file(messages: list[Any], statements: int, left_out: Iterable[str]) -> dict[str, Any]:
    return {
        "statements": statements,
        "faults": dict(Counter(message.category for message in messages)),
        "groups": _groups(messages),
        "left_out": sorted(left_out),
        "crashed": any(message.category == "fatal" for message in messages),
    }


def _path_of(message: Any) -> str:
    path: str = message.abspath or message.path
    return os.path.relpath(path)


def _groups(messages: list[Any]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for message in messages:
        empty = {"symbol": message.symbol, "id": message.msg_id, "category": message.category, "count": 0, "places": []}
        group = groups.setdefault(message.symbol, empty)
        group["count"] += 1
        if len(group["places"]) < _MOST_PLACES:
            group["places"].append(
                {
                    "path": _path_of(message),
                    "line": message.line,
                    "column": message.column + 1,
                    "text": message.msg.partition("\n")[0][:200],
                }
            )
    return sorted(groups.values(), key=lambda group: (-group["count"], group["symbol"]))[:_MOST_GROUPS]
