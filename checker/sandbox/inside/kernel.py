"""A notebook's kernel: ipykernel, as Jupyter starts it, with reports on its cells and their errors."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from . import observing, reset_state, tracebacks, unraised
from .order import Order
from .preloading import preload
from .protocol import Report

_LOADED_AT_START = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "encodings.ascii",
)
_FLUSH_SECONDS = 0.02
_BACKEND = "module://matplotlib_inline.backend_inline"


def prepare() -> None:
    """Import the modules of a kernel, without the debugger, which is large and of no use here."""
    hidden = "debugpy" not in sys.modules
    if hidden:
        sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        preload(_LOADED_AT_START)
    finally:
        if hidden:
            del sys.modules["debugpy"]


def _request(shell: Any) -> Any:
    """The identity of the request that the kernel works on; None where unknown."""
    try:
        return shell.parent_header["header"]["msg_id"]
    except (AttributeError, KeyError, TypeError):
        return None


def run(order: Order, report: Report) -> NoReturn:
    """Serve the connection file of *order* until asked to stop."""
    prepare()
    from ipykernel import compiler
    from ipykernel.kernelapp import IPKernelApp

    os.environ.setdefault("MPLBACKEND", _BACKEND)
    # IPython reads its configuration from the current folder, which would run student code too early.
    folder = os.getcwd()
    os.chdir("/")
    application: Any = IPKernelApp.instance()
    quiet = ["--IPKernelApp.log_level=50", "--HistoryManager.enabled=False", "--HistoryManager.hist_file=:memory:"]
    application.initialize(["-f", order.content["connection"], "--transport=ipc", *quiet])
    os.chdir(folder)
    for stream in (sys.stdout, sys.stderr):
        # Output between two flushes is one message: with a flood it would be too large to be read in time.
        stream.flush_interval = _FLUSH_SECONDS  # type: ignore[union-attr]
    shell = application.shell
    shell.starting_dir = folder
    name_of: Any = compiler.get_file_name
    numbers = iter(order.content["numbers"])
    outermost: tuple[Any, int, str] = (None, 0, "")
    """The request that runs, the number of its cell, and its source."""

    def before_cell(cell: Any) -> None:
        nonlocal outermost
        source = cell.raw_cell
        request = _request(shell)
        if request is None or request != outermost[0]:
            outermost = (request, next(numbers, 0), source)
        _, number, outer = outermost
        inner = source.rstrip()  # source that a cell runs itself, as with `%%capture`, is a part of the cell
        above = outer[: outer.rfind(inner)] if inner and inner in outer else ""
        report.send(cell=[name_of(source), number, above.count("\n")])

    def after_cell(result: Any) -> None:
        exception = result.error_before_exec or result.error_in_exec
        if exception is not None:
            report.send(error=tracebacks.describe(exception, order.root))

    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)
    if order.interpreter is None:
        reset_state.draw_inline(shell)
    unraised.watch(shell, report, order.root)
    observer = observing.start(order)
    report.send(begun=True)
    try:
        application.start()
    finally:
        unraised.wait(report, order.root)
        observing.finish(observer, report)
        os._exit(0)
