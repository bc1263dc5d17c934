"""The cells of a notebook as one plain script, without a kernel and without drawing figures.

A kernel's answers come from the process of the student's code, which could falsify them. Here we compile and execute
each cell ourselves, and IPython's handling of errors plays no part. ``get_ipython()`` still is a shell of IPython, so
that magics work.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import contextlib
import inspect
import linecache
import re
import subprocess
import sys
from types import ModuleType
from typing import Any

from .protocol import Report

FOLDER = "/ipykernel_cells/"
"""The folder in the file names of cells' code; only this module makes such names."""

_DECORATION = ("matplotlib", "pylab", "config", "load_ext", "reload_ext", "autoreload", "gui", "xmode", "colors")
"""Magics that change the display, or need parts of a kernel."""
_INSTALLING = re.compile(
    r"\s*(?:sudo\s+)?(?:(?=\S*python)\S+\s+-m\s+)?(?:pip3?|conda|mamba|micromamba|uv|poetry|apt|apt-get)\b"
)
_AWAITING = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def name_of(number: int) -> str:
    """The file name of the code of a cell, counted from 1."""
    return FOLDER + str(number) + ".py"


def run(cells: list[list[str]], main: ModuleType, report: Report, observer: ModuleType | None = None) -> None:
    """Run *cells*, pairs of source and mark, in the namespace of *main*; a mark is reported when its cell has ended."""
    shell = _shell(main)
    sys.argv[:] = ["plain"]
    sys.path.insert(0, "")
    for number, (source, mark) in enumerate(cells, 1):
        if source.strip():
            if observer is not None:
                observer.next_cell()
            _execute(number, shell.transform_cell(source), main)
        report.send(mark=mark)


def _execute(number: int, source: str, main: ModuleType) -> None:
    name = name_of(number)
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    names = main.__dict__
    tree = compile(source, name, "exec", ast.PyCF_ONLY_AST | _AWAITING, True)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    _wait_for(eval(compile(tree, name, "exec", _AWAITING, True), names))
    if last is not None:
        value = _wait_for(eval(compile(ast.Expression(last.value), name, "eval", _AWAITING, True), names))
        if value is not None:
            names["_"] = value
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")  # as in a notebook after each cell


def _wait_for(value: Any) -> Any:
    """*value*, or the result of the coroutine that code with a top-level ``await`` gives."""
    code = value.cr_code if inspect.iscoroutine(value) else None
    if code is None or not code.co_filename.startswith(FOLDER) or code.co_name not in ("<module>", "<expression>"):
        return value
    import asyncio

    return asyncio.get_event_loop_policy().get_event_loop().run_until_complete(value)


def _shell(main: ModuleType) -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config: Any = Config()
    config.HistoryManager.enabled = False
    leaving: dict[str, Any] = {name: getattr(builtins, name) for name in ("exit", "quit") if hasattr(builtins, name)}
    shell: Any = InteractiveShell.instance(config=config, user_module=main, user_ns=main.__dict__)
    atexit.unregister(shell.atexit_operations)  # no history and no file was opened
    sys.modules["__main__"] = main
    shell.builtin_trap.activate()
    main.__dict__.update(leaving)
    shell.system = _system
    shell.showtraceback = _raise_again
    for name in ("matplotlib", "pylab"):
        setattr(shell, "enable_" + name, lambda *_, **__: ("agg", "agg"))
    magic = shell.run_line_magic

    def run_line_magic(name: str, line: str, *more: Any, **named: Any) -> Any:
        if name in _DECORATION:
            return None
        named["_stack_depth"] = named.get("_stack_depth", 1) + 1
        return magic(name, line, *more, **named)

    shell.run_line_magic = run_line_magic
    return shell


def _raise_again(*_: Any, **__: Any) -> None:
    """Let an error that IPython would only show (``%run``, ``%%capture``) end the cell."""
    error = sys.exc_info()[1]
    if error is not None:
        raise error


def _system(command: str) -> None:
    """Run ``!command`` and discard its output. Commands that install packages are skipped: they cannot work here."""
    if _INSTALLING.match(command):
        return
    with contextlib.suppress(OSError):
        subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
