"""The cells of a notebook as one plain script: without a kernel that could be told what to answer, and no figure drawn.

What a kernel says is said by the process that the student's code runs in. Here each cell is compiled and executed by
us, and what IPython would do with an error plays no part. ``get_ipython()`` is a shell of IPython all the same, so
that magics do what they do.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import inspect
import linecache
import re
import subprocess
import sys
from types import CodeType, ModuleType
from typing import Any

from .wire import Report

FOLDER = "/ipykernel_cells/"
"""Where the cells lie, by the names of their code: only we make such names."""

_DECORATION = ("matplotlib", "pylab", "config", "load_ext", "reload_ext", "autoreload", "gui", "xmode", "colors")
"""Magics that change how things look, or need the kernel's own parts."""
_INSTALLING = re.compile(
    r"\s*(?:sudo\s+)?(?:(?=\S*python)\S+\s+-m\s+)?(?:pip3?|conda|mamba|micromamba|uv|poetry|apt|apt-get)\b"
)
_AWAITING = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def name_of(number: int) -> str:
    """The file name of the code of a cell, counted from 1."""
    return FOLDER + str(number) + ".py"


def run(cells: list[list[str]], main: ModuleType, report: Report, observer: ModuleType | None = None) -> None:
    """Run *cells* in the namespace of *main*. Each comes with a mark, which is reported when the cell has ended."""
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
        pyplot.close("all")  # as a notebook does after each cell


def _wait_for(value: Any) -> Any:
    """*value*, or what comes of it where ``await`` stands outside of all functions."""
    if not (inspect.iscoroutine(value) and value.cr_code.co_filename.startswith(FOLDER) and _is_cell(value.cr_code)):
        return value
    import asyncio

    return asyncio.get_event_loop_policy().get_event_loop().run_until_complete(value)


def _is_cell(code: CodeType) -> bool:
    return code.co_name in ("<module>", "<expression>")


def _shell(main: ModuleType) -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config: Any = Config()
    config.HistoryManager.enabled = False
    leaving: dict[str, Any] = {name: getattr(builtins, name) for name in ("exit", "quit") if hasattr(builtins, name)}
    shell: Any = InteractiveShell.instance(config=config, user_module=main, user_ns=main.__dict__)
    atexit.unregister(shell.atexit_operations)  # nothing of it was opened: no history, no file
    sys.modules["__main__"] = main
    shell.builtin_trap.activate()
    main.__dict__.update(leaving)
    shell.system = _system
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


def _system(command: str) -> None:
    """``!command``, its output thrown away. What would install something is left out: it cannot, here."""
    if _INSTALLING.match(command):
        return
    try:
        subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    except OSError:
        pass
