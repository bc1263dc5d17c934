"""An exception of student code as plain values: its name, its message, and its frames in the student's files."""

from __future__ import annotations

import linecache
import os
from types import TracebackType
from typing import Any

_FRAMES = 50
_MESSAGE = 4000
_SOURCE = 300
_COMPILED = (".pyx", ".pxd", ".pxi")
"""Sources of compiled extensions: their paths are relative to a library, not to the student's project."""


def describe(exception: BaseException, root: str, traceback: TracebackType | None = None) -> dict[str, Any]:
    """The report on *exception*. ``frames`` are ``[path, line, source]``, outermost first.

    Paths are relative to *root*; frames elsewhere are left out. Names of notebook cells are kept as they are:
    the grader knows which cell they are. The place of a SyntaxError counts as its innermost frame.
    """
    frames = _frames(traceback if traceback is not None else exception.__traceback__, root)
    if isinstance(exception, SyntaxError):
        frames += _of_syntax(exception, root)
    kind = type(exception)
    return {"name": _short(_name(kind), 200), "message": _short(_message(exception), _MESSAGE), "frames": frames}


def place(filename: str, root: str) -> str | None:
    """*filename* relative to *root*; a cell's name unchanged; None for code that is not the student's."""
    if is_cell(filename):
        return filename
    if filename.startswith("<") or filename.endswith(_COMPILED):
        return None
    path = os.path.abspath(filename)
    top = root.rstrip("/") + "/"
    return path[len(top) :] if path.startswith(top) else None


def is_cell(filename: str) -> bool:
    """Whether *filename* is one that ipykernel gives to the code of a cell."""
    folder, name = os.path.split(filename)
    return os.path.basename(folder).startswith("ipykernel_") and name.endswith(".py")


def _name(kind: type) -> str:
    try:
        module, name = kind.__module__, kind.__qualname__
    except Exception:  # a metaclass may raise anything
        return "Exception"
    return name if module in ("builtins", "__main__") else str(module) + "." + str(name)


def _message(exception: BaseException) -> str:
    try:
        if isinstance(exception, SyntaxError):
            return str(exception.msg)
        if isinstance(exception, KeyError) and len(exception.args) == 1:
            return repr(exception.args[0])
        return str(exception)
    except BaseException:  # __str__ is student code
        return "(its message cannot be read)"


def _short(value: object, limit: int) -> str:
    string = value if type(value) is str else "?"
    string = string.encode("utf-8", "replace").decode()
    return string if len(string) <= limit else string[: limit - 1] + "…"


def _frames(traceback: TracebackType | None, root: str) -> list[list[Any]]:
    frames: list[Any] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = place(code.co_filename, root)
        if path is not None:
            frames.append([path, traceback.tb_lineno, code.co_filename, traceback.tb_frame.f_globals])
        traceback = traceback.tb_next
    if len(frames) > _FRAMES:
        frames = frames[:10] + frames[10 - _FRAMES :]
    return [[path, line, _source(filename, names, line)] for path, line, filename, names in frames]


def _source(filename: str, names: dict[str, Any], line: int) -> str:
    try:
        return _short(linecache.getline(filename, line, names).strip(), _SOURCE)
    except Exception:  # a loader of the student's, a file that is no text
        return ""


def _of_syntax(exception: SyntaxError, root: str) -> list[list[Any]]:
    if not isinstance(exception.filename, str) or not isinstance(exception.lineno, int):
        return []
    path = place(exception.filename, root)
    if path is None:
        return []
    source = exception.text if isinstance(exception.text, str) else ""
    return [[path, exception.lineno, _short(source.strip(), _SOURCE)]]
