"""Runs pylint over a student's files, in process, by its own default rules and nobody's configuration."""

from __future__ import annotations

import gc
import os
import re
import sys
import tokenize
from pathlib import Path
from typing import Any

_PRAGMA = re.compile(rb"#.*pylint\s*:")
_LEFT_OUT = "duplicate-code,cyclic-import"  # they exist only where files are read together
_FOREIGN = ("import-error", "no-name-in-module")
_MOST_GROUPS = 60
_MOST_PLACES = 5
_MADE_BEFORE = 8
_WARMING = """import matplotlib.pyplot as plt
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
        run({"rounds": [{"root": folder, "targets": {"warming": [str(path)]}, "own": []}]})
    sys.path[:] = before  # no student's import is to be found where this process was started
    _ready.extend(_linter() for _ in range(_MADE_BEFORE))


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """The scores of groups of files, each group by one joint run and each of its files alone.

    There are ``rounds``, one a state of the repository, whose root is the folder ``root``. Their ``targets`` are the
    groups by name, as paths relative to it; ``sources`` is for whoever keeps results. ``own`` are the import names that
    mean the project itself: import errors of others are left out. ``packages`` are the folders of libraries that are
    looked into before our own.
    """
    _isolate()
    import pylint

    if not _ready:
        # All of the linter, before a submission's folder comes first where modules are looked for: an `astroid.py`
        # of its own would be executed, and give the score.
        _ready.append(_linter())
    sys.path[:0] = payload.get("packages", [])
    return {"version": pylint.__version__, "rounds": [_round(one) for one in payload["rounds"]]}


def _round(payload: dict[str, Any]) -> dict[str, Any]:
    """The root comes first where modules are looked for, as with ``PYTHONPATH=.``, and is the working folder."""
    folder, path = Path.cwd(), sys.path[:]
    root = Path(payload["root"]).absolute()
    own = frozenset(payload["own"])
    sys.path.insert(0, str(root))
    os.chdir(root)
    try:
        return {name: _target(list(paths), own) for name, paths in payload["targets"].items()}
    finally:
        os.chdir(folder)
        sys.path[:] = path
        _forget(root)


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


def _target(paths: list[str], own: frozenset[str]) -> dict[str, Any]:
    problems = {path: problem for path in paths if (problem := _unreadable(path))}
    readable = [path for path in paths if path not in problems]
    joint = _lint(readable, own, pragmas=False)
    pragmas = [place for path in readable for place in _pragmas(path)]
    honoured = _lint(readable, own, pragmas=True)["score"] if pragmas else joint["score"]
    return {
        "score": joint["score"],
        "honoured": honoured,
        "pragmas": pragmas,
        "statements": joint["statements"],
        "groups": joint["groups"],
        "left_out": joint["left_out"],
        "crashed": joint["crashed"],
        "files": {path: joint["files"][path] for path in readable if path in joint["files"]},
        "problems": problems,
    }


def _unreadable(path: str) -> dict[str, Any] | None:
    """Why Python cannot read a file. In a joint run such a file would all but vanish in the score of the others."""
    import ast

    try:
        with tokenize.open(path) as file:
            ast.parse(file.read())
    except SyntaxError as error:
        return {"message": str(error.msg), "line": error.lineno or 1}
    except (ValueError, RecursionError, MemoryError, LookupError) as error:
        return {"message": str(error) or type(error).__name__, "line": 1}
    except OSError as error:
        return {"message": error.strerror or "cannot be read", "line": 1}
    return None


def _pragmas(path: str) -> list[dict[str, Any]]:
    lines = Path(path).read_bytes().split(b"\n")
    return [{"path": path, "line": number} for number, line in enumerate(lines, 1) if _PRAGMA.search(line)][:20]


def _lint(paths: list[str], own: frozenset[str], *, pragmas: bool) -> dict[str, Any]:
    if not paths:
        return {"score": None, "statements": 0, "groups": [], "left_out": [], "crashed": [], "files": {}}
    linter = _ready.pop() if _ready else _linter()
    linter.own, linter.honours_pragmas = own, pragmas
    linter.check([f"./{path}" if path.startswith("-") else path for path in paths])
    outcome: dict[str, Any] = linter.outcome()
    return outcome


_ready: list[Any] = []
"""Linters that are made and were never used. Making one takes as long as using it on a small file."""


def _linter() -> Any:
    from pylint.config.config_initialization import _config_initialization
    from pylint.lint import PyLinter
    from pylint.reporters import CollectingReporter

    class Linter(PyLinter):
        """Keeps groups of messages instead of a list, and can be deaf to the comments meant for it."""

        own: frozenset[str] = frozenset()
        honours_pragmas = False

        def __init__(self) -> None:
            super().__init__()
            self.left_out: set[str] = set()
            self.files: dict[str, dict[str, Any]] = {}

        def process_tokens(self, tokens: list[tokenize.TokenInfo]) -> None:
            if self.honours_pragmas:
                super().process_tokens(tokens)

        def _lint_file(self, file: Any, *rest: Any) -> None:
            before = _counted(self.stats)
            super()._lint_file(file, *rest)
            spent = {name: count - before[name] for name, count in _counted(self.stats).items()}
            # By name, which two files may share; just now it is this one's. The sum is made at the very end.
            spent["statement"] = self.stats.by_module[self.current_name]["statement"]
            self.files[os.path.relpath(file.filepath)] = {"score": _score(**spent), "statements": spent["statement"]}

        def _add_one_message(self, definition: Any, line: Any, node: Any, args: Any, *rest: Any) -> None:
            if definition.symbol in _FOREIGN:
                name = _imported(definition.symbol, node, args)
                if name and name.partition(".")[0] not in self.own:
                    self.left_out.add(name.partition(".")[0])
                    return
            super()._add_one_message(definition, line, node, args, *rest)

        def outcome(self) -> dict[str, Any]:
            stats = self.stats
            return {
                "score": _score(**_counted(stats)),
                "statements": stats.statement,
                "groups": _groups(self.reporter.messages, stats.statement),
                "left_out": sorted(self.left_out),
                "crashed": sorted({message.path for message in self.reporter.messages if message.category == "fatal"}),
                "files": self.files,
            }

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


def _counted(stats: Any) -> dict[str, int]:
    return {name: getattr(stats, name) for name in ("statement", "fatal", "error", "warning", "refactor", "convention")}


def _score(*, statement: int, fatal: int, error: int, warning: int, refactor: int, convention: int) -> float | None:
    """By pylint's own formula. None where there is no statement to judge."""
    if not statement:
        return None
    if fatal:
        return 0.0
    faults = 5 * error + warning + refactor + convention
    return max(0.0, 10.0 - float(10.0 * faults / statement))


def _groups(messages: list[Any], statements: int) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for message in messages:
        weight = {"error": 5, "warning": 1, "refactor": 1, "convention": 1}.get(message.category, 0)
        group = groups.setdefault(
            message.symbol, {"symbol": message.symbol, "id": message.msg_id, "count": 0, "cost": 0.0, "places": []}
        )
        group["count"] += 1
        group["cost"] += 10.0 * weight / statements if statements else 0.0
        if len(group["places"]) < _MOST_PLACES:
            group["places"].append(
                {
                    "path": os.path.relpath(message.abspath or message.path),
                    "line": message.line,
                    "column": message.column + 1,
                    "text": message.msg.partition("\n")[0][:200],
                }
            )
    return sorted(groups.values(), key=lambda group: (-group["cost"], group["symbol"]))[:_MOST_GROUPS]
