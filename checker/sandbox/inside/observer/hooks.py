"""Hooks into Python itself: compilation of project files, printing, imports, files and connections."""

from __future__ import annotations
import __future__

import ast
import builtins
import functools
import importlib.machinery
import os
import sys
from collections.abc import Callable
from typing import Any

from .. import tracebacks
from .recorder import Recorder

_ONLY_TREE = ast.PyCF_ONLY_AST
_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_NAME = "__observed__"
_LARGEST = 1_000_000
_LAZY = 0x20 | 0x80 | 0x100 | 0x200
"""Flags of code that runs after its call has returned: generators and coroutines."""

_CODE = (".py", ".pyc", ".pyi", ".pyo", ".so", ".pyd", ".pth", ".egg-link", ".dll", ".dylib")
_DATA = (
    ".csv", ".tsv", ".txt", ".gz", ".bz2", ".xz", ".zip", ".parquet", ".feather", ".arrow", ".json", ".jsonl",
    ".xlsx", ".xls", ".pkl", ".pickle", ".joblib", ".dta", ".sav", ".h5", ".db", ".sqlite", ".yaml", ".yml", ".toml",
)  # fmt: skip
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib", "/bin/", "/opt/")
_HOME = ("/.cache/", "/.config/", "/.matplotlib/", "/.ipython/", "/.jupyter/", "/.local/", "/.aws/")

_STARTING = frozenset(
    {"subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.exec", "os.fork", "os.forkpty"}
)
_EVENTS = frozenset({"open", "socket.connect", "socket.getaddrinfo", *_STARTING})


def install(recorder: Recorder) -> None:
    """Install the hooks. Those of printing, importing and compiling replace names of ``builtins``."""
    setattr(builtins, _NAME, functools.partial(_observed, recorder))
    recorder.places.count_cells()
    # Each call of a project function takes two frames of ours: the limit on recursion is raised accordingly.
    sys.setrecursionlimit(3 * sys.getrecursionlimit())
    _hook_compile(recorder)
    _hook_loader(recorder)
    _hook_print(recorder)
    _hook_import(recorder)
    install_for_files(recorder)


def _observed(recorder: Recorder, filename: str, name: str, line: int) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        if function.__code__.co_flags & _LAZY:
            return function
        place = recorder.places.of_code(filename)
        if place is None:
            return function
        entry = recorder.entry(name, line, place, function.__globals__)

        @functools.wraps(function)
        def observed(*args: Any, **kwargs: Any) -> Any:
            return recorder.around(entry, function, args, kwargs)

        observed.__dict__["__unobserved__"] = function
        return observed

    return decorate


class _Decorating(ast.NodeTransformer):
    """Adds one decorator, the innermost, to each function, and wraps lambdas that get a name."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._names: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        name = ".".join([*self._names, node.name])
        self._within(node, node.name, "<locals>")
        node.decorator_list.append(self._call(name, node.lineno, node))
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self._within(node, node.name, "<locals>")
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._within(node, node.name)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
            maker = self._call(".".join([*self._names, target.id]), node.value.lineno, node.value)
            call = ast.Call(func=maker, args=[node.value], keywords=[])
            node.value = ast.copy_location(call, node.value)
        return node

    def _within(self, node: ast.AST, *names: str) -> None:
        depth = len(self._names)
        self._names.extend(names)
        self.generic_visit(node)
        del self._names[depth:]

    def _call(self, name: str, line: int, near: ast.AST) -> ast.Call:
        values: list[ast.expr] = [ast.Constant(self._filename), ast.Constant(name), ast.Constant(line)]
        call = ast.Call(func=ast.Name(_NAME, ast.Load()), args=values, keywords=[])
        for each in ast.walk(call):
            # The code of a function starts at its first decorator, whose line therefore has to be that of `def`.
            if isinstance(each, ast.expr):
                each.lineno = each.end_lineno = line
                each.col_offset = each.end_col_offset = getattr(near, "col_offset", 0)
        return call


def _hook_compile(recorder: Recorder) -> None:
    original = builtins.compile

    @functools.wraps(original)
    def compile_(
        source: Any,
        filename: Any,
        mode: str,
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
        **others: Any,
    ) -> Any:
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & _FUTURE
        if mode in ("exec", "single") and not flags & _ONLY_TREE and isinstance(filename, str):
            source = _decorated(recorder, original, source, filename, mode, flags)
        return original(source, filename, mode, flags, True, optimize, **others)

    builtins.compile = compile_


def _decorated(recorder: Recorder, original: Any, source: Any, filename: str, mode: str, flags: int) -> Any:
    """The syntax tree of *source* with our decorators; *source* itself if it is not the project's, or has errors."""
    try:
        place = recorder.places.cell(filename) if tracebacks.is_cell(filename) else recorder.places.of_code(filename)
        if place is None or recorder.looking:
            return source
        tree = source
        if not isinstance(source, ast.AST):
            if len(source) > _LARGEST:
                return source
            tree = original(source, filename, mode, flags | _ONLY_TREE, True)
        return _Decorating(filename).visit(tree)
    except Exception:
        # The compiler reports errors of the source, in the words that the student knows.
        return source


def _hook_loader(recorder: Recorder) -> None:
    """Compile project modules always: cached byte-code lacks our decorators, and must not contain them."""
    loader = importlib.machinery.SourceFileLoader
    original = loader.get_code

    @functools.wraps(original)
    def get_code(self: Any, fullname: str) -> Any:
        path = self.get_filename(fullname)
        if recorder.places.of_code(path) is None:
            return original(self, fullname)
        return self.source_to_code(self.get_data(path), path)

    loader.get_code = get_code  # type: ignore[method-assign]


def _hook_print(recorder: Recorder) -> None:
    original = builtins.print

    @functools.wraps(original)
    def print_(*args: Any, **kwargs: Any) -> None:
        recorder.printed(sys._getframe(1))
        original(*args, **kwargs)

    builtins.print = print_


def _hook_import(recorder: Recorder) -> None:
    original = builtins.__import__
    standard = getattr(sys, "stdlib_module_names", frozenset(sys.builtin_module_names))
    noted: set[tuple[str, str]] = set()
    """Imports of libraries that were noted already: libraries repeat imports within their functions."""

    def ask(names: Any, name: str) -> None:
        package = name.partition(".")[0]
        if package not in standard:
            requester = (names or {}).get("__name__")
            if isinstance(requester, str) and requester.partition(".")[0] != package:
                recorder.asked(requester.partition(".")[0], package)

    def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: A002
        module = original(name, globals, locals, fromlist, level)
        if level == 0:
            requester = globals.get("__name__") if type(globals) is dict else None
            pair = (requester, name) if type(requester) is str else None
            if pair in noted:
                return module
            ask(globals, name)
            place = recorder.places.of_code(sys._getframe(1).f_code.co_filename)
            if place is not None:
                package = name.partition(".")[0]
                origin = getattr(sys.modules.get(package), "__file__", None) or ""
                if package not in standard and (not origin or recorder.places.of_code(origin) is None):
                    recorder.imported(package, [*place, sys._getframe(1).f_lineno])
            elif pair is not None:
                noted.add(pair)
        return module

    builtins.__import__ = import_

    bootstrap: Any = importlib._bootstrap  # used by `importlib.import_module`
    found = bootstrap._gcd_import

    def import_module(name: str, package: Any = None, level: int = 0) -> Any:
        module = found(name, package, level)
        if level == 0:
            ask(sys._getframe(2).f_globals, name)
        return module

    bootstrap._gcd_import = import_module


def install_for_files(recorder: Recorder) -> None:
    """Install the hook of opened files, connections and programs alone; nothing of Python is replaced."""
    prefixes = tuple(
        {os.path.realpath(folder) + "/" for folder in (sys.prefix, sys.base_prefix, os.path.dirname(__file__))}
        | {folder + "/" for folder in (sys.prefix, sys.base_prefix)}
    )

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        try:
            if event == "open":
                _read(recorder, *args[:2])
            if recorder.looking:
                return
            if event == "open":
                _opened(recorder, prefixes, *args)
            elif event in _STARTING:
                recorder.started()
            elif event == "socket.connect":
                if isinstance(args[1], tuple):
                    recorder.connected(str(args[1][0]), _port(args[1][1]))
            elif args[0] is not None:
                recorder.connected(_text(args[0]), _port(args[1]))
        except Exception:
            # An exception here would become the student's.
            pass

    sys.addaudithook(hear)


def _read(recorder: Recorder, path: Any, mode: Any) -> None:
    """Note each file of the tree that is read by any code; source files included."""
    if path is None or isinstance(path, int) or (isinstance(mode, str) and mode[:1] in ("w", "x")):
        return
    relative = recorder.places.relative(_text(os.fspath(path)))
    if relative is not None:
        recorder.file(relative)


def _opened(recorder: Recorder, prefixes: tuple[str, ...], path: Any, mode: Any, flags: Any) -> None:
    if path is None or isinstance(path, int):
        return
    name = os.path.abspath(_text(os.fspath(path)))
    lower = name.lower()
    if lower.endswith(_CODE) or "/__pycache__/" in name:
        return
    if recorder.places.relative(name) is None:
        foreign = name.startswith((*prefixes, *_SYSTEM)) or any(part in name for part in _HOME)
        if foreign or not lower.endswith(_DATA):
            return
    elif os.path.isdir(name):
        return
    if isinstance(mode, str):
        writing = any(letter in mode for letter in "wax+")
    else:
        writing = bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))
    recorder.opened(name, writing=writing)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)


def _port(value: Any) -> int:
    try:
        port = int(value)
    except (TypeError, ValueError):
        return 443 if value == "https" else 80 if value == "http" else 0
    return port if 0 <= port < 65536 else 0
