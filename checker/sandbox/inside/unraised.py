"""Errors that end no cell: those of threads and tasks that a cell started, and those that are only shown."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
from typing import Any

from . import tracebacks
from .protocol import Report

_SECONDS = 5.0
"""Seconds to wait for all threads that go on after the last cell, as Python waits for them at its exit."""


def watch(shell: Any, report: Report, root: str) -> None:
    """Report each error that *shell* shows, that ends a thread, or that a task raises unheard."""
    show = shell._showtraceback
    excepthook = threading.excepthook
    handle = asyncio.BaseEventLoop.default_exception_handler

    def shown(kind: Any, value: Any, lines: Any) -> None:
        if isinstance(value, BaseException):
            report.send(error=tracebacks.describe(value, root))
        show(kind, value, lines)

    def died(thread: Any) -> None:
        if thread.exc_type is not SystemExit:
            _tell(thread.exc_value, report, root)
        excepthook(thread)

    def unheard(loop: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
        _tell(context.get("exception"), report, root)
        handle(loop, context)

    shell._showtraceback = shown
    threading.excepthook = died
    asyncio.BaseEventLoop.default_exception_handler = unheard  # type: ignore[assignment,method-assign]


def wait(report: Report, root: str) -> None:
    """Wait a little for the threads that cells have started, and report the tasks whose errors were not retrieved."""
    ends = time.monotonic() + _SECONDS
    for thread in threading.enumerate():
        if not thread.daemon and _place_of(thread, root) is not None:
            thread.join(max(0.0, ends - time.monotonic()))
    try:
        for task in _tasks():
            if task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
                _tell(task.exception(), report, root)
    except Exception:  # tasks may be of a class of the student's
        pass


def _tell(error: BaseException | None, report: Report, root: str) -> None:
    """Report *error* if it comes from the student's code."""
    described = None if error is None else tracebacks.describe(error, root)
    if described is not None and described["frames"]:
        report.send(unraised=described)


def _place_of(thread: threading.Thread, root: str) -> str | None:
    """The student's file or cell with the function that *thread* runs; None for threads of libraries."""
    for function in (getattr(thread, "_target", None), getattr(type(thread), "run", None)):
        code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
        place = tracebacks.place(str(code.co_filename), root) if code is not None else None
        if place is not None:
            return place
    return None


def _tasks() -> list[Any]:
    """All tasks of asyncio, done or not; the versions of Python keep them under different names."""
    tasks: Any = sys.modules["asyncio.tasks"]
    names = ("_all_tasks", "_scheduled_tasks", "_eager_tasks")
    return [task for name in names for task in getattr(tasks, name, ())]
